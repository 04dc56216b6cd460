#pragma once
// A server certificate of our own making: ECDSA P-256, self-signed, for 397 days. Partners pin our signing key, not this.
#include <cstdint>
#include <expected>
#include <string>

namespace gatehouse::cli {

struct Certificate {
  std::string certificate_pem, key_pem;
};
// `host`: a DNS name or an IP address; localhost and 127.0.0.1 are added.
std::expected<Certificate, std::string> make_certificate(const std::string& host);

// Seconds since 1970 at which a PEM certificate ends.
std::expected<std::int64_t, std::string> certificate_end(const std::string& file);

}  // namespace gatehouse::cli
