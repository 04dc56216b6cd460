// An age file's header, its armour and what is behind it, from anybody who can send bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/age.hpp"
#include "crypto/age_header.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

// The specification's example identity: 32 bytes of `B`. The corpus holds a file sealed to it.
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
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto& keys = identities();
  if (const auto header = age::parse_header(file)) {
    if (header->stanzas.empty() || header->mac.size() != 32 || header->size > file.size() || header->mac_covers >= header->size) std::abort();
    for (const auto& stanza : header->stanzas)
      if (stanza.arguments.empty() || stanza.arguments.front().empty()) std::abort();
    // What stands behind the header does not change how it is read.
    const auto alone = age::parse_header(file.substr(0, header->size));
    if (!alone || alone->stanzas.size() != header->stanzas.size() || alone->mac != header->mac) std::abort();
  }
  if (const auto bytes = age::unarmor(file)) {
    const auto again = age::unarmor(age::armor(*bytes));
    if (!again || *again != *bytes) std::abort();
  }
  (void)age::open(keys, file);
  (void)age::Recipient::parse(file);
  (void)age::Identity::parse(file);
  return 0;
}
