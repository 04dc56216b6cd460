// The `systemd-creds` provider (systemd.exec(5), CREDENTIALS; systemd-creds(1)): KEK N is the credential gatehouse-kek-N, encrypted to this machine. A
// service gets it from systemd with  LoadCredentialEncrypted=gatehouse-kek-N:FILE  when it starts: a key that was added later can be read after the next
// start, and a rotation waits for that. Without a service around it (gatehouse on a root shell) systemd-creds itself decrypts the file.
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "adapters/durable/files.hpp"
#include "adapters/kek/provider.hpp"

namespace gatehouse::adapters {
namespace {

using crypto::KeyAccess;
using crypto::SecretBytes;

constexpr const char* kProgram = "/usr/bin/systemd-creds";

// Runs the program with one end of a pipe as its input (to_child) or output. Its own messages go where ours go. -1: it could not be started.
class Child {
 public:
  Child(std::vector<std::string> arguments, bool to_child) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    const int theirs = to_child ? ends[0] : ends[1];
    ours_ = to_child ? ends[1] : ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs, to_child ? 0 : 1);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (::posix_spawn(&pid_, kProgram, &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    if (to_child)
      theirs_ = theirs;  // kept open until the end: writing to a child that has ended already is then no signal, only lost
    else
      ::close(theirs);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { wait(); }
  bool started() const { return pid_ > 0; }
  int pipe() const { return ours_; }
  // Closes our end, and gives whether it ended well.
  bool wait() {
    for (int* end : {&ours_, &theirs_}) {
      if (*end >= 0) ::close(*end);
      *end = -1;
    }
    if (pid_ <= 0) return false;
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_ = -1;
  int ours_ = -1, theirs_ = -1;
};

// Exactly one key from `file`, or an error that says what there was instead.
std::expected<SecretBytes, std::string> read_key(int file, const std::string& name) {
  SecretBytes room(kKekBytes + 1);
  const auto into = room.fill(KeyAccess::granted_to("KEK provider: read a credential"));
  std::size_t have = 0;
  while (have < into.size()) {
    const ssize_t got = ::read(file, into.data() + have, into.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(name + ": the credential cannot be read");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  if (have != kKekBytes)
    return std::unexpected(name + ": " + (have < kKekBytes ? std::to_string(have) : "more than 32") + " bytes; the key-encryption key has 32");
  return SecretBytes::copy_of(into.first(kKekBytes));
}

class SystemdCredsKekProvider final : public KekProvider {
 public:
  explicit SystemdCredsKekProvider(std::string folder) : folder_(std::move(folder)) {}

  std::expected<std::string, std::string> keep(unsigned number, const SecretBytes& kek) override {
    const std::string file = file_of(number);
    if (::access(file.c_str(), F_OK) == 0) return std::unexpected(file + ": is there already; keys are never overwritten");
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(folder_ + ": cannot be made");
    const std::string making = file + ".making";
    ::unlink(making.c_str());
    {
      Child child({"systemd-creds", "encrypt", "--name=" + name_of(number), "-", making}, true);
      if (!child.started()) return std::unexpected(std::string(kProgram) + ": cannot be run; is systemd installed?");
      const auto bytes = kek.reveal(KeyAccess::granted_to("KEK provider: give a credential to systemd-creds"));
      const bool given = ::write(child.pipe(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
      if (!child.wait() || !given)
        return std::unexpected(file + ": systemd-creds did not encrypt the key; run as root, or give this user leave to use the host key or the TPM");
    }
    // What cannot be opened again is worth nothing: asked before anything rests on it.
    auto back = decrypt(number, making);
    if (!back || !back->same_as(kek)) {
      ::unlink(making.c_str());
      return std::unexpected(back ? making + ": does not decrypt to the key it was made from" : back.error());
    }
    const int written = ::open(making.c_str(), O_RDONLY | O_CLOEXEC);
    const bool durable = written >= 0 && ::fsync(written) == 0;
    if (written >= 0) ::close(written);
    if (!durable || ::link(making.c_str(), file.c_str()) != 0 || ::unlink(making.c_str()) != 0) return std::unexpected(file + ": cannot be put in place");
    if (auto synced = sync_folder(real_disk(), folder_); !synced) return std::unexpected(synced.error());
    return std::string();
  }

  std::expected<SecretBytes, std::string> open(unsigned number, std::string_view) override {
    // What systemd decrypted for this service.
    if (const char* given = std::getenv("CREDENTIALS_DIRECTORY"); given != nullptr && given[0] != '\0') {
      const std::string path = std::string(given) + "/" + name_of(number);
      const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
      if (file >= 0) {
        auto key = read_key(file, name_of(number));
        ::close(file);
        return key;
      }
    }
    return decrypt(number, file_of(number));
  }

  std::expected<void, std::string> destroy(unsigned number) override {
    const std::string file = file_of(number);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return std::unexpected(file + ": could not be removed; does this user own the folder?");
    return sync_folder(real_disk(), folder_);
  }

 private:
  static std::string name_of(unsigned number) { return "gatehouse-kek-" + std::to_string(number); }
  std::string file_of(unsigned number) const { return folder_ + "/" + name_of(number) + ".cred"; }

  std::expected<SecretBytes, std::string> decrypt(unsigned number, const std::string& file) const {
    if (::access(file.c_str(), R_OK) != 0)
      return std::unexpected(name_of(number) + ": systemd passed no such credential, and " + file +
                             " is not there; write LoadCredentialEncrypted= into the unit and start it again");
    Child child({"systemd-creds", "decrypt", "--name=" + name_of(number), file, "-"}, false);
    if (!child.started()) return std::unexpected(std::string(kProgram) + ": cannot be run; is systemd installed?");
    auto key = read_key(child.pipe(), name_of(number));
    if (!child.wait())
      return std::unexpected(file + ": does not decrypt on this machine; the service must be given it by systemd (LoadCredentialEncrypted=), or be "
                                    "restored from escrow");
    return key;
  }

  std::string folder_;
};

}  // namespace

std::unique_ptr<KekProvider> systemd_creds_kek_provider(std::string folder) { return std::make_unique<SystemdCredsKekProvider>(std::move(folder)); }

}  // namespace gatehouse::adapters
