// Whole age files, opened as a stream and in memory: both open or neither does, and a stream that fails has let out nothing but the front of the same
// plaintext. The first byte says how the bytes arrive. The corpus holds files sealed to the specification's example identity and to a passphrase.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/age.hpp"
#include "crypto/age_stream.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

const std::vector<age::Identity>& identities() {
  static const std::vector<age::Identity> all = [] {
    if (!start()) std::abort();
    std::vector<age::Identity> out;
    out.push_back(std::move(*age::Identity::parse("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX")));
    return out;
  }();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto& keys = identities();
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = 1 + data[0] * 17u;
  std::string_view rest = file;
  const age::Source source = [&](std::span<char> into) -> std::expected<std::size_t, Error> {
    const std::size_t now = rest.copy(into.data(), std::min(into.size(), piece));
    rest.remove_prefix(now);
    return now;
  };
  std::string plain;
  const age::Sink sink = [&](std::string_view bytes) -> std::expected<void, Error> {
    plain += bytes;
    return {};
  };
  const auto streamed = age::open_stream({keys, nullptr}, source, sink);
  const auto whole = age::open(keys, file);
  if (streamed.has_value() != whole.has_value()) std::abort();
  if (whole && *whole != plain) std::abort();
  // Chunks are whole or nothing.
  if (!streamed && plain.size() % 65536 != 0) std::abort();
  if (!streamed && streamed.error().text().empty()) std::abort();
  return 0;
}
