// PROXY v2: any bytes. Whatever is accepted must survive being read again and name an address that is one.
#include "gateway/net/proxy_header.hpp"

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::gateway;
  const std::span<const std::uint8_t> bytes(data, size);
  const auto wanted = proxy_header_size(bytes);
  if (wanted && (*wanted < kProxyFixedBytes || *wanted > kProxyMostBytes)) std::abort();
  const auto header = read_proxy_header(bytes);
  if (!header) return 0;
  if (!wanted || *wanted != size) std::abort();
  in6_addr six{};
  if (header->local != header->source_address.empty()) std::abort();
  if (!header->local && inet_pton(AF_INET, header->source_address.c_str(), &six) != 1 &&
      inet_pton(AF_INET6, header->source_address.c_str(), &six) != 1)
    std::abort();
  return 0;
}
