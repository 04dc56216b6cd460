#include "gateway/net/proxy_header.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::gateway {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes header(std::uint8_t command, std::uint8_t family, const Bytes& rest) {
  Bytes bytes = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, command, family};
  bytes.push_back(static_cast<std::uint8_t>(rest.size() >> 8));
  bytes.push_back(static_cast<std::uint8_t>(rest.size()));
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

const Bytes kFour = {192, 0, 2, 7, 198, 51, 100, 1, 0x1f, 0x90, 0x20, 0xfb};
Bytes six() {
  Bytes bytes(36, 0);
  bytes[0] = 0x20, bytes[1] = 0x01, bytes[2] = 0x0d, bytes[3] = 0xb8, bytes[15] = 9, bytes[32] = 0x1f, bytes[33] = 0x90;
  return bytes;
}
Bytes with(Bytes bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

TEST(ProxyHeader, NamesWhoIsBehindTheProxy) {
  const auto four = read_proxy_header(header(0x21, 0x11, kFour));
  ASSERT_TRUE(four) << four.error();
  EXPECT_FALSE(four->local);
  EXPECT_EQ(four->source_address, "192.0.2.7");
  EXPECT_EQ(four->source_port, 8080);
  const auto other = read_proxy_header(header(0x21, 0x21, six()));
  ASSERT_TRUE(other) << other.error();
  EXPECT_EQ(other->source_address, "2001:db8::9");
  EXPECT_EQ(other->source_port, 8080);
}

TEST(ProxyHeader, TheProxysOwnConnectionNamesNobody) {
  for (const Bytes& bytes : {header(0x20, 0x00, {}), header(0x20, 0x11, kFour), header(0x20, 0x00, {1, 2, 3})}) {
    const auto read = read_proxy_header(bytes);
    ASSERT_TRUE(read) << read.error();
    EXPECT_TRUE(read->local);
    EXPECT_EQ(read->source_address, "");
  }
}

TEST(ProxyHeader, SaysHowLongItIsFromItsFirstSixteenBytes) {
  const Bytes bytes = header(0x21, 0x11, kFour);
  EXPECT_EQ(proxy_header_size(std::span(bytes).first(kProxyFixedBytes)), 28u);
  EXPECT_FALSE(proxy_header_size(std::span(bytes).first(15)));
  Bytes http(16, 'G');
  EXPECT_FALSE(proxy_header_size(http));
  const Bytes one_too_long = header(0x21, 0x11, Bytes(1009, 0));
  EXPECT_FALSE(proxy_header_size(std::span(one_too_long).first(kProxyFixedBytes)));
  const Bytes longest = header(0x21, 0x11, Bytes(1008, 0));
  EXPECT_EQ(proxy_header_size(std::span(longest).first(kProxyFixedBytes)), 1024u);
}

TEST(ProxyHeader, FurtherFieldsAreCheckedAndSkipped) {
  EXPECT_TRUE(read_proxy_header(header(0x21, 0x11, with(kFour, {0x04, 0, 2, 'a', 'b', 0x01, 0, 0}))));
  EXPECT_FALSE(read_proxy_header(header(0x21, 0x11, with(kFour, {0x04, 0}))));
  EXPECT_FALSE(read_proxy_header(header(0x21, 0x11, with(kFour, {0x04, 0, 3, 'a', 'b'}))));
  EXPECT_FALSE(read_proxy_header(header(0x21, 0x11, with(kFour, {0x04, 0xff, 0xff, 'a', 'b'}))));
}

TEST(ProxyHeader, AChecksumMustBeRight) {
  // CRC32c computed by bit with polynomial 0x1EDC6F41, independently of the code under test (checked against "123456789" = e3069283).
  Bytes bytes = header(0x21, 0x11, with(kFour, {0x03, 0, 4, 0, 0, 0, 0}));
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    std::uint8_t reflected = 0;
    for (int i = 0; i < 8; ++i) reflected = static_cast<std::uint8_t>(reflected << 1 | ((byte >> i) & 1));
    crc ^= static_cast<std::uint32_t>(reflected) << 24;
    for (int i = 0; i < 8; ++i) crc = (crc & 0x80000000U) != 0 ? crc << 1 ^ 0x1edc6f41U : crc << 1;
  }
  std::uint32_t sum = 0;
  for (int i = 0; i < 32; ++i) sum = sum << 1 | ((~crc >> i) & 1);
  for (int i = 0; i < 4; ++i) bytes[bytes.size() - 4 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
  EXPECT_TRUE(read_proxy_header(bytes));
  for (std::size_t at = 16; at < bytes.size(); ++at) {
    Bytes wrong = bytes;
    wrong[at] ^= 1;
    if (at >= 28 && at < 31) continue;  // type and length: another field altogether
    EXPECT_FALSE(read_proxy_header(wrong)) << at;
  }
}

TEST(ProxyHeader, AnythingElseIsRefused) {
  for (const Bytes& bytes : {header(0x22, 0x11, kFour),                             // a command there is not
                             header(0x11, 0x11, kFour),                             // version 1
                             header(0x21, 0x00, {}),                                // who, then?
                             header(0x21, 0x12, kFour), header(0x21, 0x22, six()),  // datagrams
                             header(0x21, 0x31, Bytes(216, 0)),                     // a local socket
                             header(0x21, 0x11, Bytes(11, 0)), header(0x21, 0x21, Bytes(35, 0)), header(0x21, 0x11, {}), Bytes{},
                             Bytes(15, 0), with(header(0x21, 0x11, kFour), {0})})
    EXPECT_FALSE(read_proxy_header(bytes));
  Bytes broken = header(0x21, 0x11, kFour);
  broken[11] = 0x0b;
  EXPECT_FALSE(read_proxy_header(broken));
}

}  // namespace
}  // namespace gatehouse::gateway
