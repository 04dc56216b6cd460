#pragma once
// Addresses of settings and options: `https://host[:port][/path]`, and nothing else. Pure, any thread.
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::adapters {

struct HttpsUrl {
  std::string host;                      // without brackets
  unsigned short port = 443;
  std::string path;                      // empty, or `/…` without a last slash
};

// Nothing for another scheme, user names, queries, fragments, percent signs, spaces or dot segments: places are written down once, plainly.
std::optional<HttpsUrl> read_https_url(std::string_view text);

}  // namespace gatehouse::adapters
