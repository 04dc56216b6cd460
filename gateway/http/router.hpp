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
enum class Access { open, partner };   // open: without a client certificate; partner: a certificate whose pin belongs to an agency

class Router {
 public:
  // `path` may name parts: `/v1/requests/{id}`. A part is 1–64 characters of [A-Za-z0-9_-].
  void add(std::string method, std::string path, Access access, Handler handler);

  struct Match {
    const Handler* handler = nullptr;        // null: see status
    Access access = Access::partner;
    int status = 404;                        // 404 or 405
    std::vector<std::string> captures;
    std::string allow;                       // for 405
    std::string route;                       // the pattern: for metrics, never the path
  };
  Match find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method, pattern;
    std::vector<std::string> parts;
    Access access;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace gatehouse::gateway
