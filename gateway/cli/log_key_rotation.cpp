#include "gateway/cli/log_key_rotation.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "adapters/durable/files.hpp"
#include "adapters/sqlite/admin.hpp"
#include "crypto/keys.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/manifest.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/installation.hpp"

namespace gatehouse::cli {

namespace fs = std::filesystem;
namespace tree = crypto::log;

namespace {

std::int64_t seconds_now() { return now().time_since_epoch().count(); }

std::int64_t changed_at(const std::string& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? static_cast<std::int64_t>(status.st_mtim.tv_sec) : 0;
}

bool there(const std::string& file) {
  std::error_code none;
  return fs::exists(file, none);
}

// With the owner of the file it will replace: the log may be signed by a user of its own.
void write_like(const std::string& file, const std::string& owned_like, std::string_view bytes, unsigned mode) {
  if (auto written = adapters::replace_durably(adapters::real_disk(), file, bytes, mode); !written) throw Stop{written.error() + "; say it again", 1};
  struct stat was {};
  if (::geteuid() == 0 && ::stat(owned_like.c_str(), &was) == 0 && ::chown(file.c_str(), was.st_uid, was.st_gid) != 0) throw Stop{file + ": cannot be given to its owner; say it again", 1};
}

void move(const std::string& from, const std::string& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) throw Stop{from + ": cannot be moved to " + to + " (" + failed.message() + "); say it again", 1};
  if (auto synced = adapters::sync_folder(adapters::real_disk(), fs::path(to).parent_path()); !synced) throw Stop{synced.error() + "; say it again", 1};
}

tree::VerifierKey verifier_in(const std::string& file) {
  const auto text = read_whole(file, 4096);
  if (!text) throw Stop{text.error(), 1};
  auto key = tree::VerifierKey::parse(*text);
  if (!key) throw Stop{file + ": " + key.error().what + "; " + key.error().remedy, 1};
  return std::move(*key);
}

}  // namespace

LogKeyStep rotate_log_key(const gateway::Settings& settings, unsigned notice_days, const std::string& by) {
  const auto& log = settings.log;
  const std::string key = log.key_file, verifier = log.verifier_key_file, next_key = key + ".next", next_verifier = verifier + ".next", old_key = key + ".old", old_verifier = verifier + ".old";
  const bool half_way = there(old_key) && !there(next_key) && there(next_verifier);   // the key has been moved, its public half not yet
  if (!half_way && there(key) && !there(next_key)) {
    if (there(old_key)) throw Stop{old_key + ": the key before still signs beside the present one; gatehouse keys sweep destroys it when its overlap is over", 1};
    const crypto::SigningKey made = crypto::SigningKey::generate();
    const tree::VerifierKey named{log.origin, made.public_key()};
    auto admin = adapters::Admin::open(sqlite_of(settings));
    if (!admin) throw Stop{admin.error(), 1};
    const auto seed = made.seed().reveal(crypto::KeyAccess::granted_to("keys rotate log: the next log key goes to its file"));
    write_like(next_verifier, verifier, named.text() + "\n", 0644);
    // In the log under the present key, before the next one signs anything: its digest, in the clear. Killed here, another is made and named.
    if (const auto told = admin->announce_key(crypto::hex(crypto::sha256(named.text())), by, now()); !told) throw Stop{told.error() + "; say it again", 1};
    write_like(next_key, key, {reinterpret_cast<const char*>(seed.data()), seed.size()}, 0400);
    return {"announced", named.text()};
  }
  if (!half_way && there(next_key) && there(key)) {
    const tree::VerifierKey named = verifier_in(next_verifier);
    const std::int64_t from = changed_at(next_key) + std::int64_t{notice_days} * 86400;
    if (from > seconds_now())
      throw Stop{"the next log key was made " + std::to_string((seconds_now() - changed_at(next_key)) / 86400) + " days ago; it signs alone " + std::to_string(notice_days) +
                     " days after that (--notice-days), so that partners and witnesses have it", 1};
    const auto note = read_whole(log.folder + "/checkpoint", 65536);
    if (!note || !tree::open_checkpoint(*note, named)) throw Stop{"no published checkpoint carries the next key's signature yet; is gatehouse log running?", 1};
    move(key, old_key);
    ::utimensat(AT_FDCWD, old_key.c_str(), nullptr, 0);   // its overlap begins now
  }
  if (!there(key)) {
    if (!there(next_key)) throw Stop{key + ": is not there, and no next one; bring it back from a backup", 1};
    move(next_key, key);
  }
  if (there(next_verifier)) {
    const tree::VerifierKey named = verifier_in(next_verifier);
    if (verifier_in(verifier).text() != named.text()) write_like(old_verifier, verifier, verifier_in(verifier).text() + "\n", 0644);
    move(next_verifier, verifier);
  }
  return {"rotated", verifier_in(verifier).text()};
}

std::string sweep_log_key(const gateway::Settings& settings, unsigned overlap_days) {
  const std::string old_key = settings.log.key_file + ".old", old_verifier = settings.log.verifier_key_file + ".old";
  if (!there(old_key) || changed_at(old_key) + std::int64_t{overlap_days} * 86400 > seconds_now()) return {};
  // Overwritten before its name goes: as much as a disk allows.
  const int fd = ::open(old_key.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0 && ::chmod(old_key.c_str(), 0600) != 0) throw Stop{old_key + ": " + std::strerror(errno), 1};
  const int writable = fd >= 0 ? fd : ::open(old_key.c_str(), O_WRONLY | O_CLOEXEC);
  if (writable < 0) throw Stop{old_key + ": " + std::strerror(errno), 1};
  const std::string nothing(32, '\0');
  const bool written = ::write(writable, nothing.data(), nothing.size()) == static_cast<ssize_t>(nothing.size()) && ::fsync(writable) == 0;
  ::close(writable);
  if (!written || ::unlink(old_key.c_str()) != 0) throw Stop{old_key + ": cannot be destroyed; say it again", 1};
  if (auto synced = adapters::sync_folder(adapters::real_disk(), fs::path(old_key).parent_path()); !synced) throw Stop{synced.error(), 1};
  ::unlink(old_verifier.c_str());
  return "the log key before is destroyed: new checkpoints carry the present one's signature alone";
}

}  // namespace gatehouse::cli
