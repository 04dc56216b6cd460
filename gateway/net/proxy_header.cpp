#include "gateway/net/proxy_header.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace gatehouse::gateway {
namespace {

constexpr std::array<std::uint8_t, 12> kSignature = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::uint8_t kLocal = 0x20, kProxy = 0x21;
constexpr std::uint8_t kUnspecified = 0x00, kTcp4 = 0x11, kTcp6 = 0x21;
constexpr std::uint8_t kTypeChecksum = 0x03;

std::size_t u16(std::span<const std::uint8_t> bytes, std::size_t at) { return static_cast<std::size_t>(bytes[at]) << 8 | bytes[at + 1]; }

// CRC32c over the header with the four bytes of the checksum itself taken as zero.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::size_t zeroed) {
  std::uint32_t crc = 0xffffffffU;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    crc ^= i >= zeroed && i < zeroed + 4 ? 0U : bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

}  // namespace

std::expected<std::size_t, std::string> proxy_header_size(std::span<const std::uint8_t> fixed) {
  if (fixed.size() < kProxyFixedBytes || !std::equal(kSignature.begin(), kSignature.end(), fixed.begin()))
    return std::unexpected("proxy header: no PROXY protocol version 2 signature");
  const std::size_t size = kProxyFixedBytes + u16(fixed, 14);
  if (size > kProxyMostBytes) return std::unexpected("proxy header: longer than " + std::to_string(kProxyMostBytes) + " bytes");
  return size;
}

std::expected<ProxyHeader, std::string> read_proxy_header(std::span<const std::uint8_t> bytes) {
  const auto size = proxy_header_size(bytes);
  if (!size) return std::unexpected(size.error());
  if (bytes.size() != *size) return std::unexpected("proxy header: not as long as it says");
  const std::uint8_t command = bytes[12], family = bytes[13];
  if (command != kLocal && command != kProxy) return std::unexpected("proxy header: a version or command other than 2, LOCAL or PROXY");

  std::size_t addresses = 0;
  if (family == kTcp4)
    addresses = 12;
  else if (family == kTcp6)
    addresses = 36;
  else if (family != kUnspecified || command == kProxy)
    return std::unexpected("proxy header: an address family other than TCP over IPv4 or IPv6");
  if (bytes.size() < kProxyFixedBytes + addresses) return std::unexpected("proxy header: shorter than its addresses");

  ProxyHeader header;
  header.local = command == kLocal;
  if (command == kProxy) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* source = bytes.data() + kProxyFixedBytes;
    if (inet_ntop(family == kTcp4 ? AF_INET : AF_INET6, source, text.data(), text.size()) == nullptr)
      return std::unexpected("proxy header: an address that cannot be written");
    header.source_address = text.data();
    header.source_port = static_cast<std::uint16_t>(u16(bytes, kProxyFixedBytes + (family == kTcp4 ? 8 : 32)));
  }

  // An unspecified family leaves the rest without a meaning (section 2.2): it is skipped.
  if (family == kUnspecified) return header;
  bool checked = false;
  for (std::size_t at = kProxyFixedBytes + addresses; at < bytes.size();) {
    if (bytes.size() - at < 3) return std::unexpected("proxy header: a further field without a length");
    const std::uint8_t type = bytes[at];
    const std::size_t length = u16(bytes, at + 1);
    at += 3;
    if (length > bytes.size() - at) return std::unexpected("proxy header: a further field longer than the header");
    if (type == kTypeChecksum) {
      if (length != 4 || checked) return std::unexpected("proxy header: a checksum is four bytes, once");
      checked = true;
      const std::uint32_t said = static_cast<std::uint32_t>(u16(bytes, at)) << 16 | static_cast<std::uint32_t>(u16(bytes, at + 2));
      if (crc32c(bytes, at) != said) return std::unexpected("proxy header: the checksum is wrong");
    }
    at += length;
  }
  return header;
}

}  // namespace gatehouse::gateway
