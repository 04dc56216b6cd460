#pragma once
// Method and path to handler. Built once, then read only: any thread.
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace gatehouse::gateway {

using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

// Who may call a route at all, checked before the handler runs.
enum class Access { open, partner };  // open: without a client certificate; partner: a certificate whose pin belongs to an agency

class Router {
 public:
  // `path` may name parts: `/v1/requests/{id}`. A named part is 1–64 characters of [A-Za-z0-9_-]. The last one may be `{name*}`: one to
  // eight further parts, joined by `/`, of [A-Za-z0-9_.-] not beginning with a dot (hash tiles: `x001/234.p/5`). Where two routes match,
  // the one whose parts are spelt out wins, from the left. A GET route answers HEAD as well.
  // Throws std::invalid_argument: a pattern that is not one, no handler, or method and pattern there already.
  void add(std::string method, std::string path, Access access, Handler handler);

  struct Match {
    const Handler* handler = nullptr;  // null: see status
    Access access = Access::partner;
    int status = 404;  // 404 or 405
    std::vector<std::string> captures;
    std::string allow;  // for 405
    std::string route;  // the pattern: for metrics, never the path
  };
  // The path as received, percent-encoding kept. No route has a percent sign, a dot segment, an empty part or more than kPathBytes
  // characters, so such paths are 404 by construction: nothing here decodes, and nothing can be spelt two ways.
  Match find(std::string_view method, std::string_view path) const;
  static constexpr std::size_t kPathBytes = 512;
  static constexpr std::size_t kPathParts = 16;

 private:
  struct Route {
    std::string method, pattern;
    std::vector<std::string> parts;  // literal, or `{`: any one part, or `{*`: the rest
    Access access;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace gatehouse::gateway
