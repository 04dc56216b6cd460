#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <thread>

#include "gateway/duties/duties.hpp"

namespace gatehouse::gateway {

namespace asio = boost::asio;

bool run_program(const std::vector<std::string>& arguments, std::chrono::seconds limit) {
  if (arguments.empty()) return false;
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));  // posix_spawn does not write to them
  argv.push_back(nullptr);
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  char* environment[] = {path.data(), nullptr};
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return false;
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // no socket and no database of ours goes along
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t child = 0;
  const int started = posix_spawn(&child, argv[0], &actions, &attributes, argv.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (started != 0) return false;
  const auto end = std::chrono::steady_clock::now() + limit;
  int status = 0;
  while (true) {
    const pid_t gone = waitpid(child, &status, WNOHANG);
    if (gone == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (gone < 0 && errno != EINTR) return false;
    if (std::chrono::steady_clock::now() >= end) {
      kill(-child, SIGKILL);  // its whole group
      waitpid(child, &status, 0);
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

namespace {

template <class Job>
asio::awaitable<bool> call(Job job) {
  co_return job();
}

}  // namespace

PageLead::PageLead(policy::Store& store, SnapshotKeeper& keeper, Metrics& metrics, Log log, Run run)
    : store_(store), keeper_(keeper), metrics_(metrics), log_(std::move(log)), run_(std::move(run)), pool_(1) {}

PageLead::~PageLead() { pool_.join(); }

asio::awaitable<std::expected<std::size_t, policy::StoreError>> PageLead::once(policy::Instant at) {
  const auto due = co_await store_.pages_due(50);
  if (!due) co_return std::unexpected(due.error());
  const auto now = keeper_.load();
  const auto& paging = now->settings().paging;
  std::size_t paged = 0;
  for (const auto& id : *due) {
    const auto before = failed_.find(id);
    if (before != failed_.end() && before->second.next > at) continue;
    bool told = true;
    if (!paging.command.empty()) {
      std::vector<std::string> arguments = paging.command;
      arguments.push_back(id);
      auto job = [this, arguments = std::move(arguments), limit = std::chrono::seconds(paging.timeout_seconds)] { return run_(arguments, limit); };
      auto work = call(std::move(job));
      told = co_await asio::co_spawn(pool_, std::move(work), asio::use_awaitable);
    }
    LogEvent event(told ? Level::warning : Level::error, told ? "page_lead" : "page_failed");
    event.request_id = id;
    event.detail = told ? "a request needs the safeguarding lead" : "the paging command failed; it is tried again";
    if (log_) log_(event);
    if (!told) {
      metrics_.count(Metrics::Event::page_failed);
      auto& retry = failed_[id];
      retry.next = at + std::chrono::seconds(2 << std::min(retry.failures, 5));
      ++retry.failures;
      continue;
    }
    std::string name = id;
    const auto done = co_await store_.paged(std::move(name), at);
    if (!done) co_return std::unexpected(done.error());
    failed_.erase(id);
    metrics_.count(Metrics::Event::paged);
    ++paged;
  }
  co_return paged;
}

}  // namespace gatehouse::gateway
