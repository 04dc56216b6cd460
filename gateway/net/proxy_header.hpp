#pragma once
// The PROXY protocol, version 2 (HAProxy's proxy-protocol.txt, section 2.2): how a layer 4 proxy says who is behind it. Strict: only TCP
// over IPv4 or IPv6 and the proxy's own LOCAL connections. Read only from proxies the settings name. Pure, any thread.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

namespace gatehouse::gateway {

inline constexpr std::size_t kProxyFixedBytes = 16;
inline constexpr std::size_t kProxyMostBytes = 1024;  // fixed part included; the specification's own advice is 536 for addresses alone

struct ProxyHeader {
  bool local = false;          // the proxy's own connection (a health check): the address of the connection holds
  std::string source_address;  // textual IP; empty when local
  std::uint16_t source_port = 0;
};

// How long the whole header is, from its first kProxyFixedBytes. Error: one line.
std::expected<std::size_t, std::string> proxy_header_size(std::span<const std::uint8_t> fixed);

// REQUIRES: exactly the bytes proxy_header_size asked for. Checks what follows the addresses as well (each type, length and value within
// bounds; the checksum, when one is there).
std::expected<ProxyHeader, std::string> read_proxy_header(std::span<const std::uint8_t> bytes);

}  // namespace gatehouse::gateway
