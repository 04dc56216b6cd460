#include "gateway/documents/converter.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace gatehouse::documents {

namespace {

using Clock = std::chrono::steady_clock;

// More than the largest reading has: what says more is not our reader any more.
constexpr std::size_t kMostAnswer = 96u << 20;

class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  int get() const { return number_; }
  void set(int number) { number_ = number; }

 private:
  int number_ = -1;
};

// A child that is waited for on every path out of here.
class Child {
 public:
  ~Child() { end(); }
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t id = 0;

  // True once it has ended; `status` is waitpid's.
  bool gone(int& status) {
    if (id == 0) return true;
    const pid_t found = ::waitpid(id, &status, WNOHANG);
    if (found == id) id = 0;
    else if (found < 0 && errno != EINTR) id = 0, status = -1;
    return id == 0;
  }
  void end() {
    if (id == 0) return;
    ::kill(id, SIGKILL);
    int status = 0;
    while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    id = 0;
  }
};

Refusal no_reader() { return {"no_reader", "the reader of documents could not be started", "install gatehouse-convert beside gatehouse"}; }
Refusal timed_out() { return {"timed_out", "reading it took too long", "a person must look at it"}; }
Refusal crashed() { return {"crashed", "the reader of documents ended without an answer", "a person must look at it"}; }

}  // namespace

Converter Converter::beside_this_program(std::chrono::seconds limit) {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  const std::string here(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return Converter(here.substr(0, here.rfind('/') == std::string::npos ? 0 : here.rfind('/')) + "/gatehouse-convert", limit);
}

std::expected<Converter::Answer, Refusal> Converter::call(const char* what, const char* more, std::string_view first, std::string_view second) const {
  // A socket for what goes in: a reader that ends early must not end us with SIGPIPE.
  int in[2], out[2];
  Descriptor in_ours, in_theirs, out_ours, out_theirs;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0) return std::unexpected(no_reader());
  in_ours.set(in[0]), in_theirs.set(in[1]);
  if (::pipe2(out, O_CLOEXEC) != 0) return std::unexpected(no_reader());
  out_ours.set(out[0]), out_theirs.set(out[1]);
  if (::fcntl(in_ours.get(), F_SETFL, O_NONBLOCK) != 0 || ::fcntl(out_ours.get(), F_SETFL, O_NONBLOCK) != 0) return std::unexpected(no_reader());

  std::array<char*, 4> argv{const_cast<char*>("gatehouse-convert"), const_cast<char*>(what), const_cast<char*>(more), nullptr};  // posix_spawn does not write
  std::array<char*, 1> environment{nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0) return std::unexpected(no_reader());
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in_theirs.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out_theirs.get(), 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // no socket and no database of ours goes along
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  Child child;
  const int started = posix_spawn(&child.id, program_.c_str(), &actions, &attributes, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (started != 0) {
    child.id = 0;
    return std::unexpected(no_reader());
  }
  in_theirs.close();
  out_theirs.close();

  const auto end = Clock::now() + limit_;
  Answer answer;
  bool finished = false;
  while (!finished) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return std::unexpected(timed_out());
    std::array<pollfd, 2> watched{pollfd{out_ours.get(), POLLIN, 0}, pollfd{in_ours.get(), POLLOUT, 0}};
    if (::poll(watched.data(), in_ours.get() >= 0 ? 2 : 1, static_cast<int>(std::min<long long>(left, 1000))) < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(crashed());
    }
    if (in_ours.get() >= 0 && watched[1].revents != 0) {
      std::string_view& next = first.empty() ? second : first;
      const ssize_t sent = next.empty() ? 0 : ::send(in_ours.get(), next.data(), next.size(), MSG_NOSIGNAL);
      if (sent > 0) next.remove_prefix(static_cast<std::size_t>(sent));
      // A reader that has seen enough stops reading: its answer counts, not that we could not say the rest.
      const bool broken = sent < 0 && errno != EAGAIN && errno != EINTR;
      if (broken || (first.empty() && second.empty())) in_ours.close();
    }
    if (watched[0].revents != 0) {
      const std::size_t have = answer.bytes.size();
      answer.bytes.resize(have + (1u << 16));
      const ssize_t got = ::read(out_ours.get(), answer.bytes.data() + have, 1u << 16);
      answer.bytes.resize(have + (got > 0 ? static_cast<std::size_t>(got) : 0));
      if (got == 0) finished = true;
      if (got < 0 && errno != EAGAIN && errno != EINTR) return std::unexpected(crashed());
      if (answer.bytes.size() > kMostAnswer) return std::unexpected(crashed());
    }
  }
  // It has closed its output: it is ending, or it never will.
  int status = 0;
  while (!child.gone(status)) {
    if (Clock::now() >= end) return std::unexpected(timed_out());
    ::poll(nullptr, 0, 1);
  }
  if (status == -1) return std::unexpected(crashed());
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return std::unexpected(signal == SIGXCPU || signal == SIGKILL ? timed_out() : crashed());
  }
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return answer;
}

Reading Converter::read(std::string_view bytes, const Format* said) const {
  if (bytes.size() > kLargestFile) return std::unexpected(Refusal{"too_large", "it is larger than 25 MB", "split it, or leave its pictures out"});
  const std::string format = said == nullptr ? "" : std::string(text(*said));
  auto answer = call("read", said == nullptr ? nullptr : format.c_str(), bytes, {});
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (answer->status != 0) return std::unexpected(crashed());
  auto reading = read_reading(answer->bytes);
  if (!reading) return std::unexpected(crashed());
  return std::move(*reading);
}

std::expected<std::string, Refusal> Converter::write(const Read& document, std::string_view title) const {
  const bool one_line = std::none_of(title.begin(), title.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (title.size() > kLongestTitle || !one_line) return std::unexpected(Refusal{"bad_title", "its title is not one line of at most 200 bytes", "use the case reference"});
  std::string reading;
  try {
    reading = to_json(document);
  } catch (const std::exception&) {
    return std::unexpected(Refusal{"unwritable", "the result is not valid Unicode", "a person must look at it"});
  }
  const std::string head = std::string(title) + "\n";
  auto answer = call("write", nullptr, head, reading);
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (answer->status == 4) {
    auto said = read_reading(answer->bytes);
    if (said && !*said) return std::unexpected(std::move(said->error()));
  }
  if (answer->status != 0 || answer->bytes.empty()) return std::unexpected(crashed());
  return std::move(answer->bytes);
}

}  // namespace gatehouse::documents
