// Shares as officers type them. What is read prints as the same line again, white space apart.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/escrow.hpp"
#include "crypto/secret_bytes.hpp"

using namespace gatehouse::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = start();
  if (!started) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto share = read_share(text);
  if (!share) return 0;
  std::string letters;
  std::copy_if(text.begin(), text.end(), std::back_inserter(letters), [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; });
  if (share_text(*share, KeyAccess::granted_to("fuzz: print a share")) != letters) std::abort();
  return 0;
}
