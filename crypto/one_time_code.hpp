#pragma once
// Codes from an authenticator app: TOTP (RFC 6238) with HMAC-SHA-1, six digits, steps of 30 seconds, which is what every such app does. Pure, any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

inline constexpr std::int64_t kCodeStepSeconds = 30;

// The code of one step (seconds since 1970 divided by 30). Empty when the secret cannot be used.
std::string one_time_code(std::string_view secret, std::int64_t step);
// The step whose code this is: the present one, or a neighbour on either side for clocks that differ; only steps after `used`, so that no code
// opens twice. Nothing: no such step.
std::optional<std::int64_t> step_of_code(std::string_view secret, std::string_view code, std::int64_t unix_seconds, std::int64_t used);
// RFC 4648 base 32 without padding, as apps take a secret that is typed.
std::string base32(std::string_view bytes);

}  // namespace gatehouse::crypto
