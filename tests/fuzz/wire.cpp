// The request reader, against Beast: whatever ours accepts, Beast must read as the same request from the same number of bytes, in one
// piece or in two. (The reverse need not hold: ours is stricter.) Two servers that disagree about a request is how requests are smuggled.
#include "gateway/http/wire.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace gatehouse::gateway;
namespace http = boost::beast::http;

namespace {

struct Reading {
  bool complete = false, refused = false;
  std::size_t used = 0;
  Request request;
  bool keep_alive = false;
};

Reading read(std::string_view text, std::size_t cut) {
  RequestReader reader({.header_bytes = 2048, .fields = 50, .target_bytes = 512, .body_bytes = 4096});
  Reading reading;
  std::string held;
  for (const std::string_view piece : {text.substr(0, cut), text.substr(cut)}) {
    held.append(piece);
    const std::size_t used = reader.feed(held);
    held.erase(0, used);
    reading.used += used;
  }
  reading.complete = reader.complete();
  reading.refused = reader.refused();
  reading.keep_alive = reader.keep_alive();
  if (reading.complete) reading.request = reader.take();
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const Reading whole = read(text, text.size());
  const Reading cut = read(text, text.empty() ? 0 : data[0] % text.size());
  if (whole.complete != cut.complete || whole.refused != cut.refused) std::abort();
  if (!whole.complete) return 0;
  const Request& ours = whole.request;
  if (whole.used != cut.used || ours.body != cut.request.body || ours.headers != cut.request.headers || ours.path != cut.request.path)
    std::abort();

  http::request_parser<http::string_body> theirs;
  theirs.eager(true);
  theirs.header_limit(1 << 20);
  theirs.body_limit(1 << 20);
  boost::beast::error_code error;
  std::size_t used = 0;
  while (!theirs.is_done()) {
    const std::size_t now = theirs.put(boost::asio::const_buffer(text.data() + used, whole.used - used), error);
    used += now;
    if (error || (now == 0 && !theirs.is_done())) break;
  }
  if (error || !theirs.is_done() || used != whole.used) std::abort();
  const auto& message = theirs.get();
  if (std::string_view(message.method_string()) != ours.method || message.body() != ours.body) std::abort();
  const std::string target = ours.path + (ours.has_query ? "?" + ours.query : "");
  const std::string_view their_target(message.target().data(), message.target().size());
  if (!their_target.ends_with(target) && !(ours.path == "/" && !their_target.starts_with('/'))) std::abort();
  if (their_target.starts_with('/') && their_target != target) std::abort();
  std::size_t at = 0;
  for (const auto& field : message) {
    // Beast keeps fields of one name together; the order within a name is what counts.
    (void)field;
    ++at;
  }
  if (at != ours.headers.size()) std::abort();
  for (const auto& [name, value] : ours.headers) {
    bool found = false;
    const auto range = message.equal_range(name);
    for (auto one = range.first; one != range.second; ++one) found = found || std::string_view(one->value()) == value;
    if (!found) std::abort();
  }
  if (whole.keep_alive && !message.keep_alive()) std::abort();
  return 0;
}
