#include "gateway/cli/bench_load.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

namespace gatehouse::cli::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBuffer = 64 * 1024;   // an answer with an 8 KiB package is about 13 KiB
constexpr std::size_t kLargest = 4 << 20;

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Connection {
  Descriptor socket;                            // outlives ssl: declared first
  std::unique_ptr<SSL, FreeSsl> ssl;
  std::size_t request = 0;
  std::size_t sent = 0;
  std::string buffer;                           // kBuffer, grown for long answers
  std::size_t have = 0;
  std::size_t whole = 0;                        // bytes of the answer, 0 while the header is incomplete
  int status = 0;
  Clock::time_point started;
  bool busy = false;
  bool wants_write = false;
};

std::string last_tls_error() {
  const unsigned long code = ERR_get_error();
  if (code == 0) return "the connection was closed";
  char text[200];
  ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

std::expected<Context, std::string> make_context(const LoadSettings& settings) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return std::unexpected("tls: no context: " + last_tls_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_read_ahead(context.get(), 1);     // one read per record instead of two
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (SSL_CTX_load_verify_locations(context.get(), settings.server_certificate.c_str(), nullptr) != 1)
    return std::unexpected(settings.server_certificate + ": the server's certificate cannot be read; give its PEM file");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  if (!settings.client_certificate.empty() &&
      (SSL_CTX_use_certificate_chain_file(context.get(), settings.client_certificate.c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(context.get(), settings.client_key.c_str(), SSL_FILETYPE_PEM) != 1))
    return std::unexpected(settings.client_certificate + ": client certificate or key cannot be read: " + last_tls_error());
  return context;
}

std::expected<Connection, std::string> connect_one(const LoadSettings& settings, SSL_CTX* context) {
  const std::string where = settings.address + ":" + std::to_string(settings.port);
  Connection made;
  made.socket = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(settings.port);
  if (inet_pton(AF_INET, settings.address.c_str(), &to.sin_addr) != 1) return std::unexpected(where + ": not an IPv4 address");
  if (::connect(made.socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    return std::unexpected(where + ": cannot connect: " + std::strerror(errno) + "; is the server running?");
  const int one = 1;
  setsockopt(made.socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval patience{10, 0};                // for the blocking part: handshake and ask_once
  setsockopt(made.socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  made.ssl.reset(SSL_new(context));
  SSL_set_fd(made.ssl.get(), made.socket.get());
  if (SSL_connect(made.ssl.get()) != 1) return std::unexpected(where + ": TLS handshake failed: " + last_tls_error());
  made.buffer.resize(kBuffer);
  return made;
}

bool equal_without_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(), [](unsigned char a, unsigned char b) {
           return std::tolower(a) == std::tolower(b);
         });
}

// Fills `whole` and `status` once the header is complete. False: not an answer we can follow.
bool look_at_header(Connection& c) {
  const std::string_view seen(c.buffer.data(), c.have);
  const std::size_t end = seen.find("\r\n\r\n");
  if (end == std::string_view::npos) return c.have < 16 * 1024;
  if (!seen.starts_with("HTTP/1.1 ") || end < 12) return false;
  if (std::from_chars(seen.data() + 9, seen.data() + 12, c.status).ec != std::errc()) return false;
  std::size_t length = 0;
  bool found = false;
  for (std::size_t at = seen.find("\r\n") + 2; at < end;) {
    const std::size_t stop = seen.find("\r\n", at);
    const std::size_t colon = seen.find(':', at);
    if (colon < stop && equal_without_case(seen.substr(at, colon - at), "content-length")) {
      std::size_t value = colon + 1;
      while (seen[value] == ' ') ++value;
      found = std::from_chars(seen.data() + value, seen.data() + stop, length).ec == std::errc();
    }
    at = stop + 2;
  }
  if (!found || length > kLargest) return false;
  c.whole = end + 4 + length;
  if (c.buffer.size() < c.whole) c.buffer.resize(c.whole);
  return true;
}

double cpu_of(const std::vector<int>& pids) {
  double ticks = 0;
  for (const int pid : pids) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    const std::size_t close_bracket = line.rfind(')');   // the command's name may hold anything
    if (close_bracket == std::string::npos) continue;
    std::size_t at = close_bracket + 1;
    for (int field = 3; field <= 15 && at != std::string::npos; ++field) {
      at = line.find_first_not_of(' ', at);
      const std::size_t stop = line.find(' ', at);
      if (field >= 14) ticks += std::strtod(line.c_str() + at, nullptr);   // utime, stime
      at = stop;
    }
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double resident_bytes(const std::vector<int>& pids) {
  double pages = 0;
  for (const int pid : pids) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    double size = 0, resident = 0;
    if (file >> size >> resident) pages += resident;
  }
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double own_cpu() {
  rusage used{};
  getrusage(RUSAGE_THREAD, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double at_part(const std::vector<std::uint32_t>& sorted, double part) {
  if (sorted.empty()) return 0;
  const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[index];
}

class Round {
 public:
  Round(const LoadSettings& settings, const std::vector<std::string>& requests, bool repeat)
      : settings_(settings), requests_(requests), repeat_(repeat) {}

  std::expected<LoadResult, std::string> run() {
    auto context = make_context(settings_);
    if (!context) return std::unexpected(context.error());
    poll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
    connections_.reserve(settings_.connections);
    for (unsigned i = 0; i < settings_.connections; ++i) {
      auto made = connect_one(settings_, context->get());
      if (!made) return std::unexpected(made.error());
      fcntl(made->socket.get(), F_SETFL, fcntl(made->socket.get(), F_GETFL) | O_NONBLOCK);
      connections_.push_back(std::move(*made));
    }
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(poll_.get(), EPOLL_CTL_ADD, connections_[i].socket.get(), &event);
    }
    const auto start = Clock::now();
    measure_from_ = start + to_clock(settings_.warm_up_seconds);
    stop_at_ = measure_from_ + to_clock(settings_.seconds);
    for (std::size_t i = 0; i < connections_.size(); ++i) send_next(i);
    loop();
    finish();
    return std::move(result_);
  }

 private:
  static Clock::duration to_clock(double seconds) { return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)); }

  void loop() {
    epoll_event events[64];
    while (open_ > 0) {
      const int n = epoll_wait(poll_.get(), events, 64, 100);
      now_ = Clock::now();
      if (!measuring_ && now_ >= measure_from_) begin_measuring();
      if (measuring_ && !stopping_ && now_ >= stop_at_) end_measuring();
      if (now_ > stop_at_ + std::chrono::seconds(10)) {   // whoever has not answered by now is not going to
        result_.broken += open_;
        return;
      }
      for (int i = 0; i < n; ++i) {
        const std::size_t index = events[i].data.u64;
        if (!connections_[index].busy) continue;
        if ((events[i].events & EPOLLOUT) != 0 && !push(index)) continue;
        if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) pull(index);
      }
    }
  }

  void begin_measuring() {
    measuring_ = true;
    began_ = now_;
    own_cpu_ = own_cpu();
    server_cpu_ = cpu_of(settings_.server_pids);
    latencies_.reserve(1 << 20);
  }

  void end_measuring() {
    stopping_ = true;
    result_.seconds = std::chrono::duration<double>(now_ - began_).count();
    result_.own_cpu_seconds = own_cpu() - own_cpu_;
    result_.server_cpu_seconds = cpu_of(settings_.server_pids) - server_cpu_;
  }

  void finish() {
    if (measuring_ && !stopping_) {
      now_ = Clock::now();
      end_measuring();
    }
    std::ranges::sort(latencies_);
    result_.requests = latencies_.size();
    if (result_.seconds > 0) result_.per_second = static_cast<double>(result_.requests) / result_.seconds;
    result_.p50_us = at_part(latencies_, 0.50);
    result_.p90_us = at_part(latencies_, 0.90);
    result_.p99_us = at_part(latencies_, 0.99);
    result_.max_us = latencies_.empty() ? 0 : latencies_.back();
  }

  void drop(std::size_t index) {
    Connection& c = connections_[index];
    c.busy = false;
    --open_;
    ++result_.broken;
    epoll_ctl(poll_.get(), EPOLL_CTL_DEL, c.socket.get(), nullptr);
  }

  void send_next(std::size_t index) {
    Connection& c = connections_[index];
    if (!c.busy) {
      c.busy = true;
      ++open_;
    }
    if (stopping_ || next_ >= requests_.size()) {
      if (!stopping_) result_.ran_out = true;
      c.busy = false;
      --open_;
      return;
    }
    c.request = next_++;
    if (repeat_ && next_ == requests_.size()) next_ = 0;
    c.sent = c.have = c.whole = 0;
    c.started = Clock::now();
    push(index);
  }

  // False: the connection is gone.
  bool push(std::size_t index) {
    Connection& c = connections_[index];
    const std::string& bytes = requests_[c.request];
    while (c.sent < bytes.size()) {
      const int n = SSL_write(c.ssl.get(), bytes.data() + c.sent, static_cast<int>(bytes.size() - c.sent));
      if (n > 0) {
        c.sent += static_cast<std::size_t>(n);
        continue;
      }
      if (SSL_get_error(c.ssl.get(), n) == SSL_ERROR_WANT_WRITE) {
        watch_writing(index, true);
        return true;
      }
      drop(index);
      return false;
    }
    if (c.wants_write) watch_writing(index, false);
    return true;
  }

  void watch_writing(std::size_t index, bool on) {
    connections_[index].wants_write = on;
    epoll_event event{};
    event.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(poll_.get(), EPOLL_CTL_MOD, connections_[index].socket.get(), &event);
  }

  void pull(std::size_t index) {
    Connection& c = connections_[index];
    for (;;) {
      if (c.have == c.buffer.size()) c.buffer.resize(c.buffer.size() * 2);
      const int n = SSL_read(c.ssl.get(), c.buffer.data() + c.have, static_cast<int>(c.buffer.size() - c.have));
      if (n <= 0) {
        const int why = SSL_get_error(c.ssl.get(), n);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) drop(index);
        return;
      }
      c.have += static_cast<std::size_t>(n);
      if (c.whole == 0 && !look_at_header(c)) return drop(index);
      if (c.whole == 0 || c.have < c.whole) continue;
      if (c.have > c.whole) return drop(index);   // one request is out: nothing may follow its answer
      answered(c);
      send_next(index);
      return;                                      // closed loop: nothing more can be waiting
    }
  }

  void answered(Connection& c) {
    const auto now = Clock::now();
    if (!measuring_ || stopping_) return;   // what ends within the window counts, whenever it began
    latencies_.push_back(static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(now - c.started).count()));
    ++result_.statuses[c.status];
    if (result_.kept.size() < settings_.keep_answers && latencies_.size() % 97 == 1)
      result_.kept.push_back({c.request, std::string(c.buffer.data(), c.whole)});
  }

  const LoadSettings& settings_;
  const std::vector<std::string>& requests_;
  const bool repeat_;
  Descriptor poll_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> latencies_;           // microseconds
  LoadResult result_;
  Clock::time_point measure_from_, stop_at_, began_, now_;
  double own_cpu_ = 0, server_cpu_ = 0;
  std::size_t next_ = 0;
  std::size_t open_ = 0;                           // connections with a request out
  bool measuring_ = false, stopping_ = false;
};

}  // namespace

std::expected<LoadResult, std::string> drive(const LoadSettings& settings, const std::vector<std::string>& requests, bool repeat) {
  if (requests.empty()) return std::unexpected("bench: no request to send");
  return Round(settings, requests, repeat).run();
}

namespace {

// On a blocking connection.
std::expected<Answer, std::string> ask_on(Connection& c, const std::string& request) {
  while (c.sent < request.size()) {
    const int n = SSL_write(c.ssl.get(), request.data() + c.sent, static_cast<int>(request.size() - c.sent));
    if (n <= 0) return std::unexpected("bench: could not send: " + last_tls_error());
    c.sent += static_cast<std::size_t>(n);
  }
  while (c.whole == 0 || c.have < c.whole) {
    if (c.have == c.buffer.size()) c.buffer.resize(c.buffer.size() * 2);
    const int n = SSL_read(c.ssl.get(), c.buffer.data() + c.have, static_cast<int>(c.buffer.size() - c.have));
    if (n <= 0) return std::unexpected("bench: no whole answer: " + last_tls_error());
    c.have += static_cast<std::size_t>(n);
    if (c.whole == 0 && !look_at_header(c)) return std::unexpected("bench: the answer has no Content-Length or is not HTTP/1.1");
  }
  return Answer{0, std::string(c.buffer.data(), c.whole)};
}

}  // namespace

std::expected<Answer, std::string> ask_once(const LoadSettings& settings, const std::string& request) {
  auto context = make_context(settings);
  if (!context) return std::unexpected(context.error());
  auto made = connect_one(settings, context->get());
  if (!made) return std::unexpected(made.error());
  return ask_on(*made, request);
}

std::expected<HandshakeResult, std::string> handshakes(const LoadSettings& settings, unsigned threads) {
  auto context = make_context(settings);
  if (!context) return std::unexpected(context.error());
  if (auto first = connect_one(settings, context->get()); !first) return std::unexpected(first.error());
  std::atomic<std::uint64_t> made = 0;
  std::atomic<bool> broken = false;
  const double cpu = cpu_of(settings.server_pids);
  const auto start = Clock::now(), stop = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(settings.seconds));
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      while (Clock::now() < stop && !broken) {
        if (auto one = connect_one(settings, context->get())) ++made;
        else broken = true;
      }
    });
  workers.clear();
  if (broken) return std::unexpected("bench: a handshake failed while others were made");
  HandshakeResult result;
  result.per_second = static_cast<double>(made) / std::chrono::duration<double>(Clock::now() - start).count();
  if (made > 0) result.server_cpu_seconds_each = (cpu_of(settings.server_pids) - cpu) / static_cast<double>(made);
  return result;
}

std::expected<double, std::string> idle_bytes(const LoadSettings& settings, const std::string& request) {
  auto context = make_context(settings);
  if (!context) return std::unexpected(context.error());
  std::vector<Connection> held;
  const auto open_and_ask = [&]() -> std::expected<void, std::string> {
    auto made = connect_one(settings, context->get());
    if (!made) return std::unexpected(made.error());
    if (auto answer = ask_on(*made, request); !answer) return std::unexpected(answer.error());
    made->buffer = std::string();
    held.push_back(std::move(*made));
    return {};
  };
  for (int i = 0; i < 64; ++i)                       // what is allocated once
    if (auto done = open_and_ask(); !done) return std::unexpected(done.error());
  const double before = resident_bytes(settings.server_pids);
  for (unsigned i = 0; i < settings.connections; ++i)
    if (auto done = open_and_ask(); !done) return std::unexpected(done.error());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  return (resident_bytes(settings.server_pids) - before) / settings.connections;
}

std::expected<ParsedAnswer, std::string> parse(const Answer& answer) {
  const std::string_view text = answer.bytes;
  const std::size_t end = text.find("\r\n\r\n");
  ParsedAnswer parsed;
  if (end == std::string_view::npos || end < 12 || std::from_chars(text.data() + 9, text.data() + 12, parsed.status).ec != std::errc())
    return std::unexpected("bench: an answer without a header");
  for (std::size_t at = text.find("\r\n") + 2; at < end;) {
    const std::size_t stop = text.find("\r\n", at);
    const std::size_t colon = text.find(':', at);
    if (colon < stop) {
      std::size_t value = colon + 1;
      while (value < stop && text[value] == ' ') ++value;
      parsed.headers.emplace_back(text.substr(at, colon - at), text.substr(value, stop - value));
    }
    at = stop + 2;
  }
  parsed.body = text.substr(end + 4);
  return parsed;
}

}  // namespace gatehouse::cli::bench
