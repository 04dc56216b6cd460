#include "adapters/witness/witness_memory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "adapters/durable/files.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::adapters {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestNote = 65536;
constexpr int kMostEvidence = 100;

}  // namespace

struct WitnessMemory::Impl {
  Impl(std::string where, Disk& through) : folder(std::move(where)), disk(through), tree(through, folder) {}
  ~Impl() {
    if (lock >= 0) ::close(lock);
  }
  const fs::path folder;
  Disk& disk;
  DurableTree tree;
  int lock = -1;
  std::string broken;                    // why nothing is known any more

  // An origin may hold slashes; a digest does not, and two origins never share one.
  fs::path file(std::string_view origin) const { return folder / (crypto::hex(crypto::sha256(origin)) + ".checkpoint"); }
};

WitnessMemory::WitnessMemory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WitnessMemory::WitnessMemory(WitnessMemory&&) noexcept = default;
WitnessMemory& WitnessMemory::operator=(WitnessMemory&&) noexcept = default;
WitnessMemory::~WitnessMemory() = default;

std::expected<WitnessMemory, std::string> WitnessMemory::open(std::string folder, Disk& disk) {
  auto impl = std::make_unique<Impl>(std::move(folder), disk);
  if (auto made = impl->tree.make(impl->folder); !made) return std::unexpected(made.error());
  if (auto durable = impl->tree.sync_names_above(impl->folder); !durable) return std::unexpected(durable.error());
  const fs::path lock = impl->folder / ".lock";
  impl->lock = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (impl->lock < 0) return std::unexpected(lock.string() + ": " + std::strerror(errno) + "; check the folder's owner");
  if (::flock(impl->lock, LOCK_EX | LOCK_NB) != 0) return std::unexpected(impl->folder.string() + ": another witness uses it; run one");
  return WitnessMemory(std::move(impl));
}

std::expected<std::optional<std::string>, std::string> WitnessMemory::last(std::string_view origin) const {
  if (!impl_->broken.empty()) return std::unexpected(impl_->broken);
  std::string note;
  const fs::path file = impl_->file(origin);
  switch (read_file(file, kLongestNote, note)) {
    case FileRead::missing: return std::nullopt;
    case FileRead::failed: return std::unexpected(file.string() + ": " + std::strerror(errno) + "; check owner and disk");
    case FileRead::good: break;
  }
  return note;
}

std::expected<void, std::string> WitnessMemory::keep(std::string_view origin, std::string_view note) {
  if (!impl_->broken.empty()) return std::unexpected(impl_->broken);
  // Also when it is what is there: an earlier process may have ended before it was durable.
  auto kept = replace_durably(impl_->disk, impl_->file(origin), note);
  if (!kept) impl_->broken = kept.error() + "; start the witness again";
  return kept;
}

void WitnessMemory::keep_evidence(std::string_view origin, std::string_view note) {
  const std::string head = crypto::hex(crypto::sha256(origin)) + ".refused-";
  for (int i = 1; i <= kMostEvidence; ++i) {
    const fs::path file = impl_->folder / (head + std::to_string(i));
    std::string there;
    const FileRead got = read_file(file, kLongestNote, there);
    if (got == FileRead::good && there == note) return;
    if (got != FileRead::missing) continue;
    (void)replace_durably(impl_->disk, file, note);
    return;
  }
}

}  // namespace gatehouse::adapters
