#include "gateway/net/session.hpp"

#include <openssl/rand.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gateway/http/problem.hpp"
#include "gateway/http/wire.hpp"
#include "gateway/net/proxy_header.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;

namespace gatehouse::gateway {
namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 16 * 1024;       // one TLS record
constexpr std::chrono::milliseconds kLinger{1000};  // for the other end to read a last answer
constexpr std::size_t kLingerBytes = 4 * 1024 * 1024;  // more than any body that is taken: a client that sends one too large still reads why
constexpr std::chrono::milliseconds kCancelGrace{5000};  // for a cancelled handler to return before its client is let go
constexpr std::chrono::milliseconds kLongestTick{10000};

std::string_view known_method(std::string_view method) {
  for (const std::string_view one : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    if (method == one) return one;
  return "other";
}

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

// ---------------------------------------------------------------- what sessions share

Listener::Listener(ListenerSettings settings_, Respond respond_)
    : settings(std::move(settings_)),
      respond(std::move(respond_)),
      new_connections({.per_second = settings.limits.new_connections_per_second, .burst = settings.limits.new_connections_burst}) {
  if (!respond) throw std::runtime_error("listener: nothing answers its requests");
}

TlsContext Listener::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

void Listener::set_context(TlsContext context) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

void Listener::log(const LogEvent& event) const {
  if (settings.log) settings.log(event);
}

void Listener::log(Level level, const char* event, std::string detail) const {
  if (!settings.log) return;
  LogEvent made(level, event);
  made.detail = std::move(detail);
  settings.log(made);
}

// ---------------------------------------------------------------- one session

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Listener> listener, std::shared_ptr<SessionThread> worker, tcp::socket socket, std::string address);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  static asio::awaitable<void> run(std::shared_ptr<Session> self);
  void wind_down();
  void cut_off();

  asio::cancellation_signal cancel;

 private:
  enum class Step : std::uint8_t { proxy, handshake, idle, header, body, handler, tick, write, linger };
  static const char* word(Step step);

  void deadline_passed();
  void close();
  void cancel_handler();
  bool open() const { return socket_.is_open(); }

  // Each returns false when the connection has ended or must: nothing may be read or written then.
  asio::awaitable<bool> wait_for(TlsStream::Result wanted);
  asio::awaitable<bool> read_proxy_line();
  asio::awaitable<bool> shake_hands();
  asio::awaitable<bool> wait_for_request();
  asio::awaitable<bool> exchange();  // one request, one answer; false: no further request
  asio::awaitable<bool> read_request(RequestReader& reader);
  asio::awaitable<bool> write(std::string text);
  asio::awaitable<void> say_goodbye();
  asio::awaitable<Response> answer(Request request);
  asio::awaitable<void> wait_for_tick(std::chrono::milliseconds tick);
  TlsStream::Result read_some();  // what there is, up to a record, to the end of in_

  void begin(Step step, std::chrono::milliseconds limit) {
    step_ = step;
    deadline_.arm(limit);
  }
  const ServerLimits& limits() const { return listener_->settings.limits; }
  std::string next_request_id();

  std::shared_ptr<Listener> listener_;
  std::shared_ptr<SessionThread> worker_;
  tcp::socket socket_;
  std::unique_ptr<TlsStream> tls_;
  Peer peer_;
  std::string in_;                 // received, not yet read as a request
  std::array<char, 17> prefix_{};  // of this connection's request ids
  std::uint64_t requests_ = 0;
  Step step_ = Step::handshake;
  bool cancelled_ = false;  // a handler's limit has passed; it has not returned yet
  bool waited_ = false;     // the socket had to be waited for during this exchange
  Deadline deadline_;
};

Session::Session(std::shared_ptr<Listener> listener, std::shared_ptr<SessionThread> worker, tcp::socket socket, std::string address)
    : listener_(std::move(listener)),
      worker_(std::move(worker)),
      socket_(std::move(socket)),
      deadline_(worker_->deadlines, [this] { deadline_passed(); }) {
  peer_.address = std::move(address);
  worker_->sessions.insert(this);
}

Session::~Session() {
  worker_->sessions.erase(this);
  worker_->count.fetch_sub(1);
  listener_->sessions.fetch_sub(1);
}

const char* Session::word(Step step) {
  switch (step) {
    case Step::proxy:
      return "proxy";
    case Step::handshake:
      return "handshake";
    case Step::idle:
      return "idle";
    case Step::header:
      return "header";
    case Step::body:
      return "body";
    case Step::handler:
      return "handler";
    case Step::tick:
      return "tick";
    case Step::write:
      return "write";
    case Step::linger:
      return "linger";
  }
  return "unknown";
}

// Everything below runs on the worker's executor. Once closed, the descriptor may belong to another connection: whoever resumes from a
// wait asks open() before TLS touches it.
void Session::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Session::deadline_passed() {
  if (step_ == Step::handler && !cancelled_) {
    deadline_.extend(kCancelGrace);
    cancel_handler();
    return;  // within() sees to the rest; when the handler does not come back, the client is let go
  }
  if (step_ != Step::idle && step_ != Step::linger) {
    listener_->counts.timeouts.fetch_add(1, std::memory_order_relaxed);
    listener_->log(Level::info, "timeout", word(step_));
  }
  close();
}

void Session::wind_down() {
  boost::system::error_code ignored;
  if (step_ == Step::idle)
    socket_.cancel(ignored);  // run() goes on to say goodbye
  else if (step_ == Step::proxy || step_ == Step::handshake)
    close();
}

void Session::cut_off() {
  close();
  if (step_ == Step::handler && !cancelled_) cancel_handler();
}

// Whoever hears the signal may end the session there and then.
void Session::cancel_handler() {
  const auto self = shared_from_this();
  cancelled_ = true;
  cancel.emit(asio::cancellation_type::terminal);
}

asio::awaitable<bool> Session::wait_for(TlsStream::Result wanted) {
  if (wanted != TlsStream::Result::want_read && wanted != TlsStream::Result::want_write) co_return false;
  waited_ = true;
  const auto direction = wanted == TlsStream::Result::want_read ? tcp::socket::wait_read : tcp::socket::wait_write;
  const auto [error] = co_await socket_.async_wait(direction, use_tuple);
  co_return !error && open();
}

TlsStream::Result Session::read_some() {
  std::array<char, kReadBytes> record;  // on the stack of a plain function: an idle session holds no buffer
  std::size_t got = 0;
  const auto result = tls_->read(record.data(), record.size(), got);
  in_.append(record.data(), got);
  return result;
}

asio::awaitable<bool> Session::read_proxy_line() {
  begin(Step::proxy, limits().handshake);
  std::string bytes;
  std::size_t want = kProxyFixedBytes;
  const auto octets = [&bytes] { return std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()); };
  while (bytes.size() < want) {
    std::array<char, kProxyMostBytes> some;
    // Never a byte more than the header: what follows is TLS.
    const ssize_t n = ::recv(socket_.native_handle(), some.data(), want - bytes.size(), MSG_DONTWAIT);
    if (n == 0) co_return false;
    if (n < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) co_return false;
      if (!co_await wait_for(TlsStream::Result::want_read)) co_return false;
      continue;
    }
    bytes.append(some.data(), static_cast<std::size_t>(n));
    if (bytes.size() != kProxyFixedBytes || want != kProxyFixedBytes) continue;
    const auto size = proxy_header_size(octets());
    if (!size) {
      listener_->counts.refused_proxy.fetch_add(1, std::memory_order_relaxed);
      listener_->log(Level::warning, "proxy_header_refused", size.error());
      co_return false;
    }
    want = *size;
  }
  const auto header = read_proxy_header(octets());
  if (!header) {
    listener_->counts.refused_proxy.fetch_add(1, std::memory_order_relaxed);
    listener_->log(Level::warning, "proxy_header_refused", header.error());
    co_return false;
  }
  if (!header->local) peer_.address = header->source_address;
  if (listener_->new_connections.take(address_key(peer_.address), std::chrono::steady_clock::now()) > std::chrono::milliseconds{}) {
    listener_->counts.refused_rate.fetch_add(1, std::memory_order_relaxed);
    co_return false;
  }
  co_return true;
}

asio::awaitable<bool> Session::shake_hands() {
  begin(Step::handshake, limits().handshake);
  tls_ = std::make_unique<TlsStream>(listener_->context(), socket_.native_handle());
  for (;;) {
    const auto result = tls_->handshake();
    if (result == TlsStream::Result::done) break;
    if (result == TlsStream::Result::failed || result == TlsStream::Result::closed) {
      listener_->counts.handshakes_failed.fetch_add(1, std::memory_order_relaxed);
      if (result == TlsStream::Result::failed) listener_->log(Level::info, "handshake_failed", tls_->failure());
      co_return false;
    }
    if (!co_await wait_for(result)) co_return false;
  }
  tls_->describe(peer_);
  co_return true;
}

// Idle: nothing of a request has come. Holds no buffer while it waits.
asio::awaitable<bool> Session::wait_for_request() {
  if (!in_.empty()) co_return true;  // pipelined
  in_ = std::string();
  begin(Step::idle, limits().idle);
  auto wanted = TlsStream::Result::want_read;
  if (tls_->pending()) wanted = read_some();
  while (in_.empty()) {
    if (worker_->stopping || !co_await wait_for(wanted)) co_return false;
    wanted = read_some();
  }
  co_return true;
}

asio::awaitable<bool> Session::read_request(RequestReader& reader) {
  begin(Step::header, limits().header);
  bool invited = false;
  for (;;) {
    const std::size_t used = reader.feed(in_);
    in_.erase(0, used);
    if (reader.complete() || reader.refused()) co_return true;
    if (reader.head_complete() && step_ == Step::header) begin(Step::body, limits().body);
    if (reader.wants_continue() && !invited && in_.empty()) {
      invited = true;
      if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
    }
    const auto result = read_some();
    if (result != TlsStream::Result::done && !co_await wait_for(result)) co_return false;
  }
}

std::string Session::next_request_id() {
  if (prefix_[0] == '\0') {
    std::array<unsigned char, 8> random{};
    if (RAND_bytes(random.data(), random.size()) != 1) throw std::runtime_error("no random bytes");
    for (std::size_t i = 0; i < random.size(); ++i) std::snprintf(&prefix_[i * 2], 3, "%02x", random[i]);
  }
  return std::string(prefix_.data(), 16) + "-" + std::to_string(++requests_);
}

asio::awaitable<Response> Session::answer(Request request) {
  const std::string id = request.id;
  std::string fault;
  try {
    step_ = Step::handler;
    cancelled_ = false;
    auto work = listener_->respond(std::move(request));
    auto answered = co_await within(deadline_, limits().request, std::move(work));
    if (answered) co_return std::move(*answered);
    fault = answered.error() == NetError::timeout ? "timeout" : "";
  } catch (const std::exception&) {
    // What an exception says may quote what it choked on: only that there was one is told.
    fault = "exception";
  } catch (...) {
    fault = "exception of no known type";
  }
  if (fault.empty() || fault == "timeout") {
    if (!fault.empty()) {
      listener_->counts.timeouts.fetch_add(1, std::memory_order_relaxed);
      LogEvent event(Level::warning, "timeout");
      event.request_id = id;
      event.detail = word(Step::handler);
      listener_->log(event);
    }
    Response response = to_response(problem_after("unavailable", std::chrono::seconds(5), "this took too long; nothing is promised"), id);
    response.close = true;
    co_return response;
  }
  listener_->counts.failed.fetch_add(1, std::memory_order_relaxed);
  LogEvent event(Level::error, "handler_failed");
  event.request_id = id;
  event.detail = fault;
  listener_->log(event);
  Response response = to_response(problem("internal", "name this request's id when you report it"), id);
  response.close = true;
  co_return response;
}

asio::awaitable<void> Session::wait_for_tick(std::chrono::milliseconds tick) {
  tick = std::min(tick, kLongestTick);
  begin(Step::tick, tick + kLinger);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto past = now % tick;
  if (past == decltype(past)::zero()) co_return;
  asio::steady_timer timer(worker_->executor, std::chrono::steady_clock::time_point(now - past + tick));
  co_await timer.async_wait(use_tuple);
}

asio::awaitable<bool> Session::write(std::string text) {
  std::size_t done = 0;
  while (done < text.size()) {
    std::size_t put = 0;
    const auto result = tls_->write(text.data() + done, text.size() - done, put);
    done += put;
    if (result != TlsStream::Result::done && !co_await wait_for(result)) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> Session::exchange() {
  waited_ = false;
  WireLimits wire{.header_bytes = limits().header_bytes, .body_bytes = limits().body_bytes};
  if (listener_->settings.larger_body) wire.larger_body = [this](const Request& head) { return std::min(listener_->settings.larger_body(head, peer_), kLingerBytes); };
  RequestReader reader(std::move(wire));
  if (!co_await read_request(reader)) co_return false;

  const auto began = std::chrono::steady_clock::now();
  const auto received = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::string id = next_request_id();
  Response response;
  LogEvent event(Level::info, "request");
  bool head_only = false;
  if (reader.refused()) {
    listener_->counts.malformed.fetch_add(1, std::memory_order_relaxed);
    event.event = "request_refused";
    event.detail = reader.refusal().type;
    response = to_response(reader.refusal(), id);
    response.close = true;
  } else {
    Request request = reader.take();
    head_only = request.method == "HEAD";
    event.method = known_method(request.method);
    if (!peer_.certificate_pin.empty() && unix_seconds() > peer_.certificate_not_after) {
      // It was valid when the connection began. Keep-alive does not outlive the certificate.
      response = to_response(problem("certificate-required", "the client certificate is no longer valid: connect with a new one"), id);
      response.close = true;
    } else {
      listener_->counts.requests.fetch_add(1, std::memory_order_relaxed);
      request.id = id;
      request.peer = peer_;
      request.received = received;
      response = co_await answer(std::move(request));
      if (!open()) co_return false;
    }
  }
  const auto ready = std::chrono::steady_clock::now();
  if (response.tick > std::chrono::milliseconds{}) {
    co_await wait_for_tick(response.tick);
    if (!open()) co_return false;
  }

  const bool keep = reader.keep_alive() && !response.close && !worker_->stopping && requests_ < limits().requests_per_connection;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::string text = wire_text(response, {.request_id = id, .now = now, .head_only = head_only, .close = !keep});
  if (listener_->settings.log) {
    event.request_id = id;
    event.route = std::move(response.route);
    event.status = response.status;
    event.microseconds = std::chrono::duration_cast<std::chrono::microseconds>(ready - began).count();
    listener_->log(event);
  }
  response = Response();
  begin(Step::write, limits().write);
  if (!co_await write(std::move(text))) co_return false;
  if (!keep) {
    co_await say_goodbye();
    co_return false;
  }
  // A client that sends request after request without a pause must not hold the thread: the others get their turn.
  if (!waited_) co_await asio::post(worker_->executor, asio::use_awaitable);
  co_return open();
}

// Closing with unread bytes in the socket would reset the connection, and the answer with it: they are read and thrown away, for a while.
asio::awaitable<void> Session::say_goodbye() {
  begin(Step::linger, kLinger);
  tls_->say_goodbye();
  boost::system::error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  if (error) co_return;
  std::size_t thrown_away = 0;
  while (thrown_away < kLingerBytes) {
    std::array<char, 2048> some;
    const ssize_t n = ::recv(socket_.native_handle(), some.data(), some.size(), MSG_DONTWAIT);
    if (n == 0) co_return;
    if (n > 0) {
      thrown_away += static_cast<std::size_t>(n);
      continue;
    }
    if ((errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) || !co_await wait_for(TlsStream::Result::want_read)) co_return;
  }
}

asio::awaitable<void> Session::run(std::shared_ptr<Session> self) {
  Session& session = *self;
  if (session.worker_->stopping) co_return session.close();
  if (session.listener_->settings.proxy_protocol && !co_await session.read_proxy_line()) co_return session.close();
  if (!co_await session.shake_hands()) co_return session.close();
  bool more = true;
  while (more) {
    more = co_await session.wait_for_request();
    if (!more && session.open() && session.worker_->stopping) session.tls_->say_goodbye();
    if (more) more = co_await session.exchange();
  }
  session.close();
}

// ---------------------------------------------------------------- the worker's side

SessionThread::SessionThread(asio::any_io_executor executor_, std::chrono::milliseconds grain)
    : executor(std::move(executor_)), deadlines(std::make_shared<Deadlines>(executor, grain)) {}

void SessionThread::wind_down() {
  stopping = true;
  for (Session* session : sessions) session->wind_down();
}

void SessionThread::cut_off() {
  stopping = true;
  const std::vector<Session*> all(sessions.begin(), sessions.end());
  for (Session* session : all)
    if (sessions.contains(session)) session->cut_off();
}

void start_session(std::shared_ptr<Listener> listener, std::shared_ptr<SessionThread> worker, tcp::socket socket, std::string address) {
  asio::post(
      worker->executor, [listener = std::move(listener), worker, socket = std::move(socket), address = std::move(address)]() mutable {
        auto session = std::make_shared<Session>(listener, worker, std::move(socket), std::move(address));
        auto ended = [session, listener](std::exception_ptr thrown) {
          if (!thrown) return;
          try {
            std::rethrow_exception(thrown);
          } catch (const std::exception&) {
            listener->log(Level::error, "session_failed", "exception");
          } catch (...) {
            listener->log(Level::error, "session_failed", "exception of no known type");
          }
        };
        auto conversation = Session::run(session);
        asio::co_spawn(worker->executor, std::move(conversation), asio::bind_cancellation_slot(session->cancel.slot(), std::move(ended)));
      });
}

}  // namespace gatehouse::gateway
