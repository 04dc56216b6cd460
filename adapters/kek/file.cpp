// The `file` provider: whoever can read the files of this user can read the key. Good where the disk is encrypted and the backup leaves keys/ out.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/durable/files.hpp"
#include "adapters/kek/provider.hpp"

namespace gatehouse::adapters {
namespace {

using crypto::KeyAccess;
using crypto::SecretBytes;

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
}

class FileKekProvider final : public KekProvider {
 public:
  explicit FileKekProvider(std::string file) : file_(std::move(file)) {}

  std::expected<std::string, std::string> keep(unsigned number, const SecretBytes& kek) override {
    const std::string path = path_of(number);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (fd < 0)
      return std::unexpected(errno == EEXIST ? path + ": is there already; keys are never overwritten"
                                             : path + ": cannot be made; is the folder there, and may this user write in it?");
    const auto bytes = kek.reveal(KeyAccess::granted_to("KEK provider: write the KEK file"));
    const bool written = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
    if (::close(fd) != 0 || !written) {
      ::unlink(path.c_str());
      return std::unexpected(path + ": could not be written to the end; is the disk full?");
    }
    // The name is durable too, else a power cut could leave wrapped keys without what opens them.
    if (auto synced = sync_folder(real_disk(), folder_of(path)); !synced) return std::unexpected(synced.error());
    return std::string();
  }

  std::expected<SecretBytes, std::string> open(unsigned number, std::string_view) override {
    const std::string path = path_of(number);
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return std::unexpected(path + ": the key-encryption key cannot be opened; is the path right and does this user own it?");
    struct stat about {};
    std::string problem;
    SecretBytes key(kKekBytes);
    if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
      problem = path + ": not a plain file; it must hold 32 random bytes";
    } else if ((about.st_mode & 077) != 0) {
      problem = path + ": others may read the key-encryption key; chmod 0400";
    } else if (about.st_size != static_cast<off_t>(kKekBytes)) {
      problem = path + ": " + std::to_string(about.st_size) + " bytes; the key-encryption key has 32";
    } else {
      const auto into = key.fill(KeyAccess::granted_to("KEK provider: read the KEK file"));
      if (::read(fd, into.data(), into.size()) != static_cast<ssize_t>(into.size())) problem = path + ": the key-encryption key cannot be read";
    }
    ::close(fd);
    if (!problem.empty()) return std::unexpected(problem);
    return key;
  }

  std::expected<void, std::string> destroy(unsigned number) override {
    const std::string path = path_of(number);
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
      if (errno == ENOENT) return {};
      return std::unexpected(path + ": cannot be opened to destroy it; does this user own it?");
    }
    // Written over where it lies: good on a disk that writes in place; on others the file system's encryption has to do.
    const bool writable = ::fchmod(fd, 0600) == 0;
    ::close(fd);
    const int over = writable ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (over < 0) return std::unexpected(path + ": cannot be written over; does this user own it?");
    const SecretBytes noise = SecretBytes::random(kKekBytes);
    const auto bytes = noise.reveal(KeyAccess::granted_to("KEK provider: random bytes over a destroyed key"));
    const bool gone = ::write(over, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(over) == 0;
    ::close(over);
    if (!gone || ::unlink(path.c_str()) != 0) return std::unexpected(path + ": could not be destroyed; say it again");
    return sync_folder(real_disk(), folder_of(path));
  }

 private:
  std::string path_of(unsigned number) const { return number == 1 ? file_ : file_ + "." + std::to_string(number); }
  std::string file_;
};

}  // namespace

std::unique_ptr<KekProvider> file_kek_provider(std::string file) { return std::make_unique<FileKekProvider>(std::move(file)); }

}  // namespace gatehouse::adapters
