#include "adapters/durable/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::adapters {

namespace fs = std::filesystem;

namespace {

std::unexpected<std::string> refuse(const fs::path& where, const char* what, const char* remedy) {
  return std::unexpected(where.string() + ": " + what + ": " + std::strerror(errno) + "; " + remedy);
}

const char* name_of(const fs::path& folder) { return folder.empty() ? "." : folder.c_str(); }

class File {
 public:
  File(Disk& disk, int descriptor) : disk_(disk), descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) disk_.close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  bool good() const { return descriptor_ >= 0; }

 private:
  Disk& disk_;
  int descriptor_;
};

}  // namespace

FileRead read_file(const fs::path& path, std::size_t longest, std::string& out) {
  const File file(real_disk(), ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.good()) return errno == ENOENT || errno == ENOTDIR ? FileRead::missing : FileRead::failed;
  out.resize(longest + 1);
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(file.get(), out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileRead::failed;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > longest) {
    errno = EFBIG;
    return FileRead::failed;
  }
  out.resize(size);
  return FileRead::good;
}

std::expected<void, std::string> replace_file(Disk& disk, const fs::path& path, std::string_view bytes, unsigned mode) {
  fs::path temporary = path;
  temporary += ".tmp";
  // A file that could not be written or synced is thrown away: a second sync of it may call lost pages written.
  const auto failed = [&](const char* what) {
    auto error = refuse(temporary, what, "check the disk");
    disk.remove(temporary.c_str());
    return error;
  };
  {
    const File file(disk, disk.open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC, mode));
    if (!file.good()) return refuse(temporary, "the file cannot be made", "check owner and disk");
    while (!bytes.empty()) {
      const long put = disk.write(file.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put == 0) errno = ENOSPC;
      if (put <= 0) return failed("the file cannot be written");
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    if (disk.sync(file.get()) != 0) return failed("the file cannot be synced");
  }
  if (disk.rename(temporary.c_str(), path.c_str()) != 0) return refuse(path, "the file cannot be put in place", "check owner and disk");
  return {};
}

std::expected<void, std::string> sync_folder(Disk& disk, const fs::path& folder) {
  const File file(disk, disk.open(name_of(folder), O_RDONLY | O_DIRECTORY, 0));
  if (!file.good() || disk.sync(file.get()) != 0) return refuse(folder, "the folder cannot be synced", "check the disk");
  return {};
}

std::expected<void, std::string> replace_durably(Disk& disk, const fs::path& path, std::string_view bytes, unsigned mode) {
  if (auto done = replace_file(disk, path, bytes, mode); !done) return done;
  return sync_folder(disk, path.parent_path());
}

std::expected<void, std::string> DurableTree::make(const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return {};
  if (folder != root_) {
    if (auto above = make(folder.parent_path()); !above) return above;
  }
  if (disk_.make_folder(folder.c_str(), 0755) != 0 && errno != EEXIST) return refuse(folder, "the folder cannot be made", "check owner and disk");
  return {};
}

std::expected<void, std::string> DurableTree::sync_names_above(const fs::path& folder) {
  if (durable_.contains(folder)) return {};
  if (folder == root_) {
    // Where the parent is not ours to open, the root was made for us by somebody else, long ago.
    const File parent(disk_, disk_.open(name_of(folder.parent_path()), O_RDONLY | O_DIRECTORY, 0));
    if (!parent.good() && errno != EACCES) return refuse(folder.parent_path(), "the folder cannot be synced", "check owner and disk");
    if (parent.good() && disk_.sync(parent.get()) != 0) return refuse(folder.parent_path(), "the folder cannot be synced", "check the disk");
  } else {
    if (auto above = sync_names_above(folder.parent_path()); !above) return above;
    if (auto synced = sync_folder(disk_, folder.parent_path()); !synced) return synced;
  }
  durable_.insert(folder);
  return {};
}

}  // namespace gatehouse::adapters
