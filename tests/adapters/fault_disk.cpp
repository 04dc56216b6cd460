#include "tests/adapters/fault_disk.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gatehouse::tests {

namespace fs = std::filesystem;

namespace {

std::string parent(const std::string& path) { return fs::path(path).parent_path().string(); }

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void FaultFiles::note_what_is_there() {
  nodes_.clear();
  live_.clear();
  pending_.clear();
  if (fs::exists(folder_)) {
    live_[folder_] = 0;
    nodes_.push_back({true, true, {}});
    for (const auto& one : fs::recursive_directory_iterator(folder_)) {
      live_[one.path().string()] = static_cast<int>(nodes_.size());
      nodes_.push_back({one.is_directory(), true, one.is_directory() ? std::string() : contents(one.path().string())});
    }
  }
  durable_ = live_;
}

void FaultFiles::arm(DiskFault fault, int at, int times) {
  fault_ = fault;
  at_ = at;
  times_ = times;
  step_ = failed_ = 0;
  struck_ = false;
}

DiskFault FaultFiles::next(Step step) {
  const int number = step_++;
  if (fault_ == DiskFault::none || number < at_ || failed_ >= times_) return DiskFault::none;
  if (fault_ == DiskFault::shorter && step != Step::write) return DiskFault::none;
  if (fault_ == DiskFault::full && (step == Step::sync || step == Step::remove)) return DiskFault::none;
  ++failed_;
  struck_ = true;
  if (fault_ == DiskFault::kill || fault_ == DiskFault::power_cut || (fault_ == DiskFault::torn && step != Step::write)) throw Killed();
  return fault_;
}

int FaultFiles::open(const char* path, int flags, unsigned mode) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (!ours(path) || !writes) {
    const int file = Disk::open(path, flags, mode);
    if (file >= 0) files_[file] = path;
    return file;
  }
  const DiskFault fault = next(Step::open);
  if (fault == DiskFault::error || fault == DiskFault::full) {
    errno = fault == DiskFault::full ? ENOSPC : EIO;
    return -1;
  }
  const int file = Disk::open(path, flags, mode);
  if (file < 0) return file;
  const auto known = live_.find(path);
  if (known == live_.end()) {
    live_[path] = static_cast<int>(nodes_.size());
    nodes_.push_back({false, false, {}});
    pending_.push_back({parent(path), path, live_[path], {}});
  } else if ((flags & O_TRUNC) != 0) {
    nodes_[static_cast<std::size_t>(known->second)].synced = false;
  }
  if (fault == DiskFault::done) {
    Disk::close(file);
    errno = EIO;
    return -1;
  }
  files_[file] = path;
  return file;
}

long FaultFiles::write(int file, const char* bytes, std::size_t size) {
  const auto known = files_.find(file);
  if (known == files_.end() || !ours(known->second)) return Disk::write(file, bytes, size);
  const DiskFault fault = next(Step::write);
  nodes_[static_cast<std::size_t>(live_.at(known->second))].synced = false;
  switch (fault) {
    case DiskFault::error: errno = EIO; return -1;
    case DiskFault::full: errno = ENOSPC; return -1;
    case DiskFault::done:
      Disk::write(file, bytes, size);
      errno = EIO;
      return -1;
    case DiskFault::shorter:
      if (size > 1) {
        // The rest finds no room.
        fault_ = DiskFault::full;
        times_ = failed_ + 1;
        return Disk::write(file, bytes, size / 2);
      }
      errno = ENOSPC;
      return -1;
    case DiskFault::torn: Disk::write(file, bytes, size / 2); throw Killed();
    default: return Disk::write(file, bytes, size);
  }
}

int FaultFiles::sync(int file) {
  const auto known = files_.find(file);
  if (known == files_.end() || (!ours(known->second) && known->second != parent(folder_))) return 0;
  const DiskFault fault = next(Step::sync);
  if (fault == DiskFault::error || fault == DiskFault::full) {
    errno = EIO;
    return -1;
  }
  // Not really synced: what that would mean is kept here, and a test makes thousands.
  const auto node = live_.find(known->second);
  if (node != live_.end() && !nodes_[static_cast<std::size_t>(node->second)].folder) {
    Node& one = nodes_[static_cast<std::size_t>(node->second)];
    one.bytes = contents(known->second);
    one.synced = true;
  } else {
    std::erase_if(pending_, [&](const Change& change) {
      if (change.folder != known->second) return false;
      if (!change.from.empty()) durable_.erase(change.from);
      if (change.node < 0)
        durable_.erase(change.name);
      else
        durable_[change.name] = change.node;
      return true;
    });
  }
  if (fault == DiskFault::done) {
    errno = EIO;
    return -1;
  }
  return 0;
}

void FaultFiles::close(int file) {
  files_.erase(file);
  Disk::close(file);
}

int FaultFiles::rename(const char* from, const char* to) {
  if (!ours(from)) return Disk::rename(from, to);
  const DiskFault fault = next(Step::rename);
  if (fault == DiskFault::error || fault == DiskFault::full) {
    errno = fault == DiskFault::full ? ENOSPC : EIO;
    return -1;
  }
  const int done = Disk::rename(from, to);
  if (done == 0) {
    const int node = live_.at(from);
    live_.erase(from);
    live_[to] = node;
    pending_.push_back({parent(to), to, node, from});
  }
  if (fault == DiskFault::done) {
    errno = EIO;
    return -1;
  }
  return done;
}

int FaultFiles::make_folder(const char* path, unsigned mode) {
  if (!ours(path)) return Disk::make_folder(path, mode);
  const DiskFault fault = next(Step::make);
  if (fault == DiskFault::error || fault == DiskFault::full) {
    errno = fault == DiskFault::full ? ENOSPC : EIO;
    return -1;
  }
  const int done = Disk::make_folder(path, mode);
  if (done == 0) {
    live_[path] = static_cast<int>(nodes_.size());
    nodes_.push_back({true, true, {}});
    pending_.push_back({parent(path), path, live_[path], {}});
  }
  if (fault == DiskFault::done) {
    errno = EIO;
    return -1;
  }
  return done;
}

int FaultFiles::remove(const char* path) {
  if (!ours(path)) return Disk::remove(path);
  const DiskFault fault = next(Step::remove);
  if (fault == DiskFault::error) {
    errno = EIO;
    return -1;
  }
  const int done = Disk::remove(path);
  if (done == 0) {
    live_.erase(path);
    pending_.push_back({parent(path), path, -1, {}});
  }
  if (fault == DiskFault::done) {
    errno = EIO;
    return -1;
  }
  return done;
}

void FaultFiles::cut_power(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  // Changes of names reach the disk in order within a folder, up to some moment of each folder's own.
  std::map<std::string, bool> stopped;
  for (const Change& change : pending_) {
    if (stopped[change.folder]) continue;
    if (chance() % 3 == 0) {
      stopped[change.folder] = true;
      continue;
    }
    if (!change.from.empty()) durable_.erase(change.from);
    if (change.node < 0)
      durable_.erase(change.name);
    else
      durable_[change.name] = change.node;
  }
  std::map<std::string, std::string> files;
  std::vector<std::string> folders;
  for (const auto& [path, node] : durable_) {
    // A name in a folder that has none itself cannot be found again.
    if (path != folder_ && !durable_.contains(parent(path))) continue;
    const Node& one = nodes_[static_cast<std::size_t>(node)];
    if (one.folder) {
      folders.push_back(path);
      continue;
    }
    std::string bytes = one.bytes;
    if (!one.synced) {
      std::string now;
      for (const auto& [live_path, live_node] : live_)
        if (live_node == node) now = contents(live_path);
      switch (chance() % 4) {
        case 0: break;
        case 1: bytes = now; break;
        case 2: bytes = now.substr(0, now.empty() ? 0 : chance() % now.size()); break;
        case 3: bytes = std::string(now.size(), '\0'); break;
      }
    }
    files[path] = std::move(bytes);
  }
  fs::remove_all(folder_);
  std::erase_if(files, [&](const auto& file) {
    return std::find(folders.begin(), folders.end(), parent(file.first)) == folders.end();
  });
  for (const auto& folder : folders) {
    if (folder == folder_ || fs::exists(parent(folder))) fs::create_directories(folder);
  }
  for (const auto& [path, bytes] : files) std::ofstream(path, std::ios::binary) << bytes;
  files_.clear();
  note_what_is_there();
}

}  // namespace gatehouse::tests
