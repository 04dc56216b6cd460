// The armour of age files, read as a stream in pieces of any size and as a whole: both say the same, and what is read is armoured again alike.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/age.hpp"
#include "crypto/age_armor.hpp"
#include "crypto/secret_bytes.hpp"

using namespace gatehouse::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = start();
  if (!started || size == 0) return started ? 0 : (std::abort(), 0);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = 1 + data[0];
  std::string_view rest = text;
  const age::Source source = [&](std::span<char> into) -> std::expected<std::size_t, Error> {
    const std::size_t now = rest.copy(into.data(), std::min(into.size(), piece));
    rest.remove_prefix(now);
    return now;
  };
  age::ArmorReader reader(source);
  std::string streamed;
  bool good = true;
  for (char buffer[100];;) {
    const auto got = reader.read({buffer, 1 + piece % sizeof buffer});
    if (!got) {
      if (got.error().code != "bad_armor") std::abort();
      good = false;
      break;
    }
    if (*got == 0) break;
    streamed.append(buffer, *got);
  }
  const auto whole = age::unarmor(text);
  if (whole.has_value() != good || (good && *whole != streamed)) std::abort();
  if (!good) return 0;
  const auto again = age::unarmor(age::armor(streamed));
  if (!again || *again != streamed) std::abort();
  return 0;
}
