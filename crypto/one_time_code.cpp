#include "crypto/one_time_code.hpp"

#include <liboath/oath.h>
#include <sodium.h>

#include <cstdlib>

namespace gatehouse::crypto {

std::string one_time_code(std::string_view secret, std::int64_t step) {
  static const bool ready = oath_init() == OATH_OK;
  char out[8] = {};
  if (!ready || step < 0 || secret.empty()) return {};
  if (oath_hotp_generate(secret.data(), secret.size(), static_cast<std::uint64_t>(step), 6, false, OATH_HOTP_DYNAMIC_TRUNCATION, out) != OATH_OK) return {};
  return std::string(out);
}

std::optional<std::int64_t> step_of_code(std::string_view secret, std::string_view code, std::int64_t unix_seconds, std::int64_t used) {
  std::optional<std::int64_t> found;
  if (code.size() != 6) return found;
  const std::int64_t present = unix_seconds / kCodeStepSeconds;
  for (std::int64_t step = present - 1; step <= present + 1; ++step) {
    const std::string right = one_time_code(secret, step);
    if (right.size() == code.size() && sodium_memcmp(right.data(), code.data(), right.size()) == 0 && step > used && !found) found = step;
  }
  return found;
}

std::string base32(std::string_view bytes) {
  char* text = nullptr;
  std::size_t size = 0;
  if (oath_base32_encode(bytes.data(), bytes.size(), &text, &size) != OATH_OK) return {};
  std::string out(text, size);
  sodium_memzero(text, size);
  std::free(text);
  while (out.ends_with('=')) out.pop_back();
  return out;
}

}  // namespace gatehouse::crypto
