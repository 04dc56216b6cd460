#include "gateway/net/server.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>
#include <variant>

#include "gateway/net/session.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;

namespace gatehouse::gateway {
namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kOutOfFilesPause{100};
constexpr std::chrono::milliseconds kGonePause{5};
constexpr int kBacklog = 4096;

using Network = std::variant<asio::ip::network_v4, asio::ip::network_v6>;

Network network(const std::string& text) {
  const std::size_t slash = text.find('/');
  boost::system::error_code error;
  const auto address = asio::ip::make_address(text.substr(0, slash), error);
  if (!error && address.is_v4()) {
    const auto made = slash == std::string::npos ? asio::ip::network_v4(address.to_v4(), 32) : asio::ip::make_network_v4(text, error);
    if (!error) return made;
  } else if (!error) {
    const auto made = slash == std::string::npos ? asio::ip::network_v6(address.to_v6(), 128) : asio::ip::make_network_v6(text, error);
    if (!error) return made;
  }
  throw std::runtime_error("listener: trusted proxy `" + text + "` is no address; write `192.0.2.1` or `192.0.2.0/24`");
}

asio::ip::address unmapped(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

bool holds(const Network& network, const asio::ip::address& address) {
  if (const auto* four = std::get_if<asio::ip::network_v4>(&network))
    return address.is_v4() && asio::ip::network_v4(address.to_v4(), four->prefix_length()).canonical() == four->canonical();
  const auto& six = std::get<asio::ip::network_v6>(network);
  return address.is_v6() && asio::ip::network_v6(address.to_v6(), six.prefix_length()).canonical() == six.canonical();
}

std::chrono::milliseconds grain(const ServerLimits& limits) {
  const auto shortest =
      std::min({limits.handshake, limits.header, limits.body, limits.idle, limits.request, limits.write, std::chrono::milliseconds(2000)});
  return std::max(shortest / 8, std::chrono::milliseconds(5));
}

void check(const ListenerSettings& settings) {
  const ServerLimits& limits = settings.limits;
  const auto zero = std::chrono::milliseconds{};
  for (const auto limit : {limits.handshake, limits.header, limits.body, limits.idle, limits.request, limits.write})
    if (limit <= zero) throw std::runtime_error("listener: a time limit of zero or less would end every connection; give milliseconds");
  if (limits.header_bytes < 256 || limits.connections == 0 || limits.requests_per_connection == 0)
    throw std::runtime_error("listener: header_bytes of at least 256, and at least one connection and one request on it, are needed");
  if (settings.plain && !(settings.certificate_file.empty() && settings.key_file.empty()))
    throw std::runtime_error("listener: plain and a certificate exclude each other; leave one out");
  if (settings.proxy_protocol && settings.trusted_proxies.empty())
    throw std::runtime_error("listener: proxy_protocol needs trusted_proxies; anyone else could claim any address");
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(std::vector<asio::any_io_executor> executors, ListenerSettings settings, Respond respond)
      : listener(std::make_shared<Listener>(std::move(settings), std::move(respond))), acceptor(executors.at(0)) {
    check(listener->settings);
    for (const std::string& text : listener->settings.trusted_proxies) proxies.push_back(network(text));
    for (auto& executor : executors) workers.push_back(std::make_shared<SessionThread>(std::move(executor), grain(listener->settings.limits)));
    if (const auto read = reload(); !read) throw std::runtime_error(read.error());
    listen();
  }

  std::expected<void, std::string> reload() {
    const ListenerSettings& settings = listener->settings;
    if (settings.plain) return {};
    auto context = server_context(settings.certificate_file, settings.key_file, settings.ask_client_certificate);
    if (!context) return std::unexpected(context.error());
    listener->set_context(std::move(*context));
    return {};
  }

  void listen() {
    const ListenerSettings& settings = listener->settings;
    const auto fault = [&](const std::string& what, const std::string& remedy) {
      return std::runtime_error("listener: " + settings.address + ":" + std::to_string(settings.port) + " " + what + "; " + remedy);
    };
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error) throw fault("is no address to listen on", "write an IP address such as 127.0.0.1");
    const tcp::endpoint endpoint(address, settings.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    if (error) throw fault("cannot be listened on (" + error.message() + ")", "is another process there already?");
    port = acceptor.local_endpoint().port();
  }

  SessionThread& emptiest() {
    return **std::min_element(workers.begin(), workers.end(), [](const auto& a, const auto& b) { return a->count < b->count; });
  }

  bool trusted(const asio::ip::address& address) const {
    return std::any_of(proxies.begin(), proxies.end(), [&](const Network& one) { return holds(one, address); });
  }

  // Whether a new connection may go on to TLS. Says no without a word: nothing has been said yet that could be answered.
  bool admits(const asio::ip::address& address) {
    auto& counts = listener->counts;
    if (listener->sessions.load() >= listener->settings.limits.connections) {
      counts.refused_full.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    if (listener->settings.proxy_protocol) {
      if (trusted(address)) return true;  // whoever is behind it is counted once its header is read
      counts.refused_proxy.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    if (listener->new_connections.take(address_key(address.to_string()), std::chrono::steady_clock::now()) == std::chrono::milliseconds{})
      return true;
    counts.refused_rate.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  static asio::awaitable<void> accept(std::shared_ptr<Impl> self) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (!self->stopping) {
      SessionThread& worker = self->emptiest();
      auto [error, socket] = co_await self->acceptor.async_accept(worker.executor, use_tuple);
      if (error == asio::error::operation_aborted || self->stopping) co_return;
      if (error == boost::system::errc::too_many_files_open || error == boost::system::errc::too_many_files_open_in_system ||
          error == boost::system::errc::not_enough_memory || error == asio::error::no_buffer_space) {
        self->listener->log(Level::warning, "accept_paused", "out of file descriptors or memory");
        pause.expires_after(kOutOfFilesPause);
        co_await pause.async_wait(use_tuple);
        continue;
      }
      if (error) continue;  // that client has gone already
      boost::system::error_code gone;
      const auto remote = socket.remote_endpoint(gone);
      if (gone) continue;
      const auto address = unmapped(remote.address());
      if (!self->admits(address)) continue;
      socket.set_option(tcp::no_delay(true), gone);
      socket.non_blocking(true, gone);
      if (gone) continue;
      self->listener->counts.accepted.fetch_add(1, std::memory_order_relaxed);
      self->listener->sessions.fetch_add(1);
      worker.count.fetch_add(1);
      start_session(self->listener, worker.shared_from_this(), std::move(socket), address.to_string());
    }
  }

  void on_each_worker(void (SessionThread::*act)()) {
    for (const auto& worker : workers) asio::post(worker->executor, [worker, act] { ((*worker).*act)(); });
  }

  void stop_accepting() {
    stopping = true;
    asio::post(acceptor.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->acceptor.close(ignored);
    });
  }

  std::shared_ptr<Listener> listener;
  std::vector<Network> proxies;
  std::vector<std::shared_ptr<SessionThread>> workers;
  tcp::acceptor acceptor;
  unsigned short port = 0;
  std::atomic<bool> stopping{false}, started{false};
};

Server::Server(std::vector<asio::any_io_executor> executors, ListenerSettings settings, Respond respond) {
  if (executors.empty()) throw std::runtime_error("listener: at least one executor is needed");
  impl_ = std::make_shared<Impl>(std::move(executors), std::move(settings), std::move(respond));
}

Server::Server(asio::any_io_executor executor, ListenerSettings settings, Respond respond)
    : Server(std::vector<asio::any_io_executor>{asio::make_strand(executor)}, std::move(settings), std::move(respond)) {}

Server::~Server() {
  if (impl_->stopping) return;
  impl_->stop_accepting();
  impl_->on_each_worker(&SessionThread::cut_off);
}

unsigned short Server::port() const { return impl_->port; }

void Server::start() {
  if (impl_->started.exchange(true)) return;
  auto accepting = Impl::accept(impl_);
  asio::co_spawn(impl_->acceptor.get_executor(), std::move(accepting), [listener = impl_->listener](std::exception_ptr thrown) {
    if (thrown) listener->log(Level::error, "accept_ended", "exception: no further connection is accepted");
  });
}

std::expected<void, std::string> Server::reload() {
  auto read = impl_->reload();
  if (read)
    impl_->listener->log(Level::info, "certificate_reloaded");
  else
    impl_->listener->log(Level::error, "certificate_kept", read.error());
  return read;
}

asio::awaitable<void> Server::stop(std::chrono::milliseconds grace) {
  const auto impl = impl_;  // outlives *this if the caller's frame does not
  impl->stop_accepting();
  impl->on_each_worker(&SessionThread::wind_down);
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto end = std::chrono::steady_clock::now() + grace;
  bool cut_off = false;
  while (impl->listener->sessions.load() > 0) {
    if (!cut_off && std::chrono::steady_clock::now() >= end) {
      cut_off = true;
      impl->on_each_worker(&SessionThread::cut_off);
    }
    pause.expires_after(kGonePause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

std::size_t Server::sessions() const { return impl_->listener->sessions.load(); }

ServerCounts Server::counts() const {
  const auto& counts = impl_->listener->counts;
  ServerCounts now;
  now.accepted = counts.accepted;
  now.refused_full = counts.refused_full;
  now.refused_rate = counts.refused_rate;
  now.refused_proxy = counts.refused_proxy;
  now.handshakes_failed = counts.handshakes_failed;
  now.timeouts = counts.timeouts;
  now.requests = counts.requests;
  now.malformed = counts.malformed;
  now.failed = counts.failed;
  return now;
}

std::int64_t Server::certificate_not_after() const { return impl_->listener->context().not_after; }

}  // namespace gatehouse::gateway
