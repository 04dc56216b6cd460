#include "gateway/proof_gate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "crypto/keys.hpp"
#include "crypto/sha256.hpp"
#include "gateway/pack_files.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::gateway {

namespace fs = std::filesystem;
using strict::json;

namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kLimitMemory = false;  // their shadow is larger than any limit
#else
constexpr bool kLimitMemory = true;
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitMemory = false;
#else
constexpr bool kLimitMemory = true;
#endif

constexpr std::size_t kMostOut = std::size_t{4} << 20, kMostErr = std::size_t{64} << 10, kMostRemembered = 64;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int both[2];
    if (::pipe2(both, O_CLOEXEC) == 0) read = both[0], write = both[1];
  }
  ~Pipe() { close_read(), close_write(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_read() { if (read >= 0) ::close(read), read = -1; }
  void close_write() { if (write >= 0) ::close(write), write = -1; }
};

// The bytes of a file that is written anew beside its place, synced and renamed, so that nobody ever reads half of one.
std::string put_file(const std::string& path, std::string_view bytes) {
  const std::string beside = path + ".new";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (file < 0) return beside + ": cannot be written; check the rights of the folder";
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = ::write(file, bytes.data() + done, bytes.size() - done);
    if (wrote <= 0) break;
    done += static_cast<std::size_t>(wrote);
  }
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (done < bytes.size() || !synced || ::rename(beside.c_str(), path.c_str()) != 0) return path + ": cannot be written; is the disk full?";
  return {};
}

// Empty when it cannot be read to its end. Of any size: a program with its symbols is large.
std::string sha256_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  crypto::Sha256 hash;
  char part[65536];
  while (in.read(part, sizeof part) || in.gcount() > 0) hash.update(std::string_view(part, static_cast<std::size_t>(in.gcount())));
  return in.eof() && !in.bad() ? crypto::hex(hash.finish()) : std::string();
}

std::string first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  return std::string(text.substr(0, 400));
}

// The first claim that does not hold, and its story.
std::string broken_claim(const json& found) {
  std::size_t broken = 0;
  std::string out;
  for (const json& claim : found.value("claims", json::array())) {
    if (!claim.is_object() || claim.value("holds", false)) continue;
    if (++broken > 1) continue;
    out = claim.value("says", std::string("a claim does not hold"));
    const json examples = claim.value("examples", json::array());
    if (!examples.empty() && examples[0].is_object()) out += " Not here: " + examples[0].value("plain", std::string());
  }
  if (broken > 1) out += " (and " + std::to_string(broken - 1) + " more)";
  return out.empty() ? "a claim does not hold" : out;
}

}  // namespace

ChildRan run_child(const std::vector<std::string>& arguments, const ProofLimits& limits) {
  ChildRan out;
  Pipe said, complained;
  if (said.read < 0 || complained.read < 0) {
    out.err = "no pipe could be opened";
    return out;
  }
  std::vector<char*> argv;
  std::vector<std::string> words = arguments;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const rlim_t seconds = static_cast<rlim_t>(std::max<std::int64_t>(1, limits.time.count() / 1000 + 1));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    // Only calls that are safe after fork: a thread of the parent may hold any lock.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(number, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(said.write, 1) < 0 || ::dup2(complained.write, 2) < 0) ::_exit(126);
    ::close_range(3, ~0U, 0);
    const rlimit cpu{seconds, seconds}, core{0, 0}, space{limits.memory_bytes, limits.memory_bytes};
    ::setrlimit(RLIMIT_CPU, &cpu);
    ::setrlimit(RLIMIT_CORE, &core);
    if (kLimitMemory && ::setrlimit(RLIMIT_AS, &space) != 0) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  if (child < 0) {
    out.err = "no child process could be started";
    return out;
  }
  said.close_write();
  complained.close_write();
  const auto end = std::chrono::steady_clock::now() + limits.time;
  char part[16384];
  while (said.read >= 0 || complained.read >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) {
      out.late = true;
      break;
    }
    pollfd from[] = {{said.read, POLLIN, 0}, {complained.read, POLLIN, 0}};
    if (::poll(from, 2, static_cast<int>(std::min<std::int64_t>(left, 1000))) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (from[i].fd < 0 || from[i].revents == 0) continue;
      const ssize_t got = ::read(from[i].fd, part, sizeof part);
      if (got <= 0) {
        i == 0 ? said.close_read() : complained.close_read();
        continue;
      }
      std::string& into = i == 0 ? out.out : out.err;
      const std::size_t most = i == 0 ? kMostOut : kMostErr;
      into.append(part, std::min(static_cast<std::size_t>(got), most - std::min(most, into.size())));
    }
  }
  // Both ends closed: it has ended or is about to. One that closed them and goes on is ended like one that is late.
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) return out;
    if (out.late || std::chrono::steady_clock::now() >= end) {
      out.late = true;
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      break;
    }
    ::usleep(2000);
  }
  if (WIFEXITED(status) && !out.late) out.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) out.signal = WTERMSIG(status);
  return out;
}

ProofGate::ProofGate(std::string program, std::string memory, crypto::SecretBytes key, ProofLimits limits)
    : program_(std::move(program)), memory_(std::move(memory)), key_(std::move(key)), limits_(limits) {}

std::string ProofGate::trouble(const Settings& settings, const Policies& policies) const {
  try {
    const std::string proof = mark(policies);
    if (remembered(proof)) return {};
    const policy::PackIdentity& pack = policies.pack.identity();
    const auto not_proved = [&](const std::string& why) { return policies.pack_file + ": is not proved and does not serve: " + why; };
    const ChildRan ran = run_child({program_, "policy", "prove", "--json", "--config-dir", settings.config_dir, policies.pack_file}, limits_);
    if (ran.late) return not_proved("its proof took longer than " + std::to_string(limits_.time.count() / 1000) + " seconds; look for rules that name everything");
    if (ran.code < 0)
      return not_proved(ran.signal != 0 ? "its proof was ended by signal " + std::to_string(ran.signal) + "; run gatehouse policy prove on it" : first_line(ran.err));
    if (ran.code > 1) return not_proved(ran.err.empty() ? "its proof ended with status " + std::to_string(ran.code) : first_line(ran.err));
    const json found = json::parse(ran.out.substr(0, ran.out.find('\n')), nullptr, false);
    if (!found.is_object() || !found.contains("holds") || !found["holds"].is_boolean() || !found.contains("sha256") || !found["sha256"].is_string())
      return not_proved("its proof said nothing that can be read; run gatehouse policy prove on it");
    // The child reads the file again: what it proved must be what we hold.
    if (found["sha256"].get<std::string>() != pack.sha256 || found.value("reference_sha256", std::string()) != policies.reference_sha256)
      return not_proved("the pack or its reference data changed while it was proved; send HUP again");
    if (!found["holds"].get<bool>() || ran.code != 0) return not_proved(broken_claim(found) + " Run gatehouse policy prove on it");
    remember(proof);
    return {};
  } catch (const std::exception& error) {
    return policies.pack_file + ": is not proved and does not serve: " + error.what();
  }
}

std::string ProofGate::mark(const Policies& policies) const {
  const std::string self = sha256_of_file(program_);
  if (self.empty()) return {};  // a program that cannot be read is not the one that proved before
  const std::string what = "gatehouse proof 1\n" + policies.pack.identity().sha256 + "\n" + policies.reference_sha256 + "\n" + self;
  return crypto::hex(crypto::hmac_sha256(key_, what));
}

bool ProofGate::remembered(const std::string& mark) const {
  if (mark.empty() || memory_.empty()) return false;
  std::ifstream in(memory_);
  for (std::string line; std::getline(in, line);)
    if (line == mark) return true;
  return false;
}

// A proof that cannot be remembered is made again at the next start: no reason not to serve.
void ProofGate::remember(const std::string& mark) const {
  if (mark.empty() || memory_.empty()) return;
  std::vector<std::string> lines;
  {
    std::ifstream in(memory_);
    for (std::string line; std::getline(in, line) && lines.size() < 10'000;)
      if (line.size() == mark.size()) lines.push_back(line);
  }
  lines.push_back(mark);
  if (lines.size() > kMostRemembered) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kMostRemembered));
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  put_file(memory_, text);
}

std::string kept_pack_file(const Settings& settings, std::string_view sha256) {
  // A hash comes from the database; a name with a slash in it is none.
  const bool hex = sha256.size() == 64 && sha256.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return hex ? (fs::path(settings.data.database).parent_path() / "packs" / (std::string(sha256) + ".json")).string() : std::string();
}

std::string keep_pack(const Settings& settings, std::string_view text) {
  const std::string file = kept_pack_file(settings, crypto::hex(crypto::sha256(text)));
  std::error_code failed;
  if (const auto there = gateway::read_file(file); there && *there == text) return {};
  fs::create_directories(fs::path(file).parent_path(), failed);
  if (failed) return fs::path(file).parent_path().string() + ": cannot be made; " + failed.message();
  return put_file(file, text);
}

}  // namespace gatehouse::gateway
