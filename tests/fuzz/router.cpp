// Routing: first line the method, the rest the path. What a handler is given holds no dot segment, no percent sign and no empty part,
// and the path is the pattern with the captures filled in: nothing can be spelt two ways.
#include "gateway/http/router.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace gatehouse::gateway;

boost::asio::awaitable<Response> nothing(Request) { co_return Response(200); }

const Router& router() {
  static const Router made = [] {
    Router routes;
    for (const char* pattern : {"/", "/healthz", "/.well-known/gatehouse", "/v1/requests/{id}", "/v1/requests/{id}/package",
                                "/v1/requests/search", "/log/tile/{level}/{index*}"})
      routes.add("GET", pattern, Access::partner, nothing);
    routes.add("POST", "/v1/requests", Access::partner, nothing);
    return routes;
  }();
  return made;
}

std::string filled_in(std::string_view pattern, const std::vector<std::string>& captures) {
  std::string path;
  std::size_t next = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      path += pattern[i];
      continue;
    }
    if (next == captures.size()) std::abort();
    path += captures[next++];
    i = pattern.find('}', i);
  }
  if (next != captures.size()) std::abort();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return 0;
  const std::string_view method = text.substr(0, end), path = text.substr(end + 1);
  const auto match = router().find(method, path);
  if ((match.handler != nullptr) != (match.status == 200)) std::abort();
  if (match.status == 405 && match.allow.empty()) std::abort();
  if (match.status == 404 && !match.route.empty()) std::abort();
  if (match.handler == nullptr) return 0;
  if (filled_in(match.route, match.captures) != path) std::abort();
  for (const char* never : {"//", "/../", "/./", "%", "\\", "?"})
    if (path.find(never) != std::string_view::npos) std::abort();
  if (path.ends_with("/..") || path.ends_with("/.")) std::abort();
  return 0;
}
