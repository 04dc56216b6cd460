#include "adapters/durable/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace gatehouse::adapters {

std::expected<crypto::SecretBytes, std::string> read_secret_file(const std::string& path, std::size_t longest) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::unexpected(path + ": the key cannot be opened; is the path right and does this user own it?");
  struct stat about {};
  std::string problem;
  crypto::SecretBytes key;
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    problem = path + ": not a plain file; name the file with the key";
  } else if (about.st_size <= 0 || static_cast<std::size_t>(about.st_size) > longest) {
    problem = path + ": " + std::to_string(about.st_size) + " bytes; a key has 1 to " + std::to_string(longest);
  } else {
    key = crypto::SecretBytes(static_cast<std::size_t>(about.st_size));
    auto into = key.fill(crypto::KeyAccess::granted_to("secret file: a key comes from its file"));
    while (!into.empty() && problem.empty()) {
      const ssize_t got = ::read(file, into.data(), into.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0)
        problem = path + ": the key cannot be read to its end";
      else
        into = into.subspan(static_cast<std::size_t>(got));
    }
  }
  ::close(file);
  if (!problem.empty()) return std::unexpected(problem);
  return key;
}

}  // namespace gatehouse::adapters
