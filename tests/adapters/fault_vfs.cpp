#include "tests/adapters/fault_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <vector>

namespace gatehouse::tests {
namespace {

// A write or truncation since the last sync of its file.
struct Late {
  sqlite3_int64 at = 0;
  std::vector<char> bytes;
  bool truncate = false;
};

struct State {
  std::mutex lock;
  std::string database;
  Fault fault = Fault::none;
  int at = 0, times = 1, step = 0, failed = 0;
  bool armed = false, cut = false;
  std::map<std::string, std::vector<char>> synced;
  std::map<std::string, std::vector<Late>> late;
};
State state;
sqlite3_vfs* real_vfs = nullptr;

struct File {
  sqlite3_file base;
  sqlite3_io_methods methods;
  std::string* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* mine(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

enum class Step { write, truncate, sync };

// What is to happen now. Called with the lock held.
Fault next(const std::string& path, Step step) {
  if (!state.armed || !path.starts_with(state.database)) return Fault::none;
  if (state.cut) return Fault::power_cut;
  const int number = state.step++;
  if (state.fault == Fault::none || number < state.at || state.failed >= state.times) return Fault::none;
  const bool on_sync = state.fault == Fault::sync_lost || state.fault == Fault::sync_persisted;
  const bool ends = state.fault == Fault::power_cut || state.fault == Fault::kill;
  if (!ends && on_sync != (step == Step::sync)) return Fault::none;
  ++state.failed;
  if (ends) state.cut = true;
  return state.fault;
}

void keep(File* file) {
  sqlite3_int64 size = 0;
  file->real()->pMethods->xFileSize(file->real(), &size);
  std::vector<char> bytes(static_cast<std::size_t>(size));
  if (size > 0) file->real()->pMethods->xRead(file->real(), bytes.data(), static_cast<int>(size), 0);
  state.synced[*file->path] = std::move(bytes);
  state.late.erase(*file->path);
}

void note_late(File* file, const void* from, int size, sqlite3_int64 at) {
  if (!state.armed || !file->path->starts_with(state.database)) return;
  Late one;
  one.at = at;
  one.truncate = from == nullptr;
  if (from != nullptr) one.bytes.assign(static_cast<const char*>(from), static_cast<const char*>(from) + size);
  state.late[*file->path].push_back(std::move(one));
}

int f_close(sqlite3_file* file) {
  File* self = mine(file);
  const int code = self->real()->pMethods != nullptr ? self->real()->pMethods->xClose(self->real()) : SQLITE_OK;
  delete self->path;
  return code;
}
int f_read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) { return mine(file)->real()->pMethods->xRead(mine(file)->real(), into, size, at); }
int f_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  File* self = mine(file);
  const std::lock_guard<std::mutex> guard(state.lock);
  sqlite3_file* real = self->real();
  switch (next(*self->path, Step::write)) {
    case Fault::none:
    case Fault::sync_lost:
    case Fault::sync_persisted: note_late(self, from, size, at); return real->pMethods->xWrite(real, from, size, at);
    case Fault::write_error:
    case Fault::kill:
    case Fault::power_cut: return SQLITE_IOERR_WRITE;
    case Fault::write_persisted:
      note_late(self, from, size, at);
      real->pMethods->xWrite(real, from, size, at);
      return SQLITE_IOERR_WRITE;
    case Fault::write_short:
      note_late(self, from, size / 2, at);
      real->pMethods->xWrite(real, from, size / 2, at);
      return SQLITE_IOERR_WRITE;
    case Fault::no_space: return SQLITE_FULL;
  }
  return SQLITE_IOERR_WRITE;
}
int f_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const std::lock_guard<std::mutex> guard(state.lock);
  const Fault fault = next(*mine(file)->path, Step::truncate);
  if (fault != Fault::none && fault != Fault::sync_lost && fault != Fault::sync_persisted) return SQLITE_IOERR_TRUNCATE;
  note_late(mine(file), nullptr, 0, size);
  return mine(file)->real()->pMethods->xTruncate(mine(file)->real(), size);
}
int f_sync(sqlite3_file* file, int) {
  File* self = mine(file);
  const std::lock_guard<std::mutex> guard(state.lock);
  const bool ours = state.armed && self->path->starts_with(state.database);
  switch (next(*self->path, Step::sync)) {
    case Fault::sync_lost:
    case Fault::kill:
    case Fault::power_cut: return SQLITE_IOERR_FSYNC;
    case Fault::sync_persisted: keep(self); return SQLITE_IOERR_FSYNC;
    default: break;
  }
  if (ours) keep(self);
  return SQLITE_OK;
}
int f_file_size(sqlite3_file* file, sqlite3_int64* size) { return mine(file)->real()->pMethods->xFileSize(mine(file)->real(), size); }
int f_lock(sqlite3_file* file, int lock) { return mine(file)->real()->pMethods->xLock(mine(file)->real(), lock); }
int f_unlock(sqlite3_file* file, int lock) { return mine(file)->real()->pMethods->xUnlock(mine(file)->real(), lock); }
int f_check(sqlite3_file* file, int* out) { return mine(file)->real()->pMethods->xCheckReservedLock(mine(file)->real(), out); }
int f_control(sqlite3_file* file, int op, void* arg) { return mine(file)->real()->pMethods->xFileControl(mine(file)->real(), op, arg); }
int f_sector(sqlite3_file* file) { return mine(file)->real()->pMethods->xSectorSize(mine(file)->real()); }
// No promises about what a power cut leaves of a write.
int f_device(sqlite3_file*) { return 0; }
int f_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return mine(file)->real()->pMethods->xShmMap(mine(file)->real(), page, size, extend, out);
}
int f_shm_lock(sqlite3_file* file, int offset, int n, int flags) { return mine(file)->real()->pMethods->xShmLock(mine(file)->real(), offset, n, flags); }
void f_shm_barrier(sqlite3_file* file) { mine(file)->real()->pMethods->xShmBarrier(mine(file)->real()); }
int f_shm_unmap(sqlite3_file* file, int drop) { return mine(file)->real()->pMethods->xShmUnmap(mine(file)->real(), drop); }
int f_fetch(sqlite3_file* file, sqlite3_int64 at, int size, void** out) { return mine(file)->real()->pMethods->xFetch(mine(file)->real(), at, size, out); }
int f_unfetch(sqlite3_file* file, sqlite3_int64 at, void* page) { return mine(file)->real()->pMethods->xUnfetch(mine(file)->real(), at, page); }

int v_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  File* self = mine(file);
  self->base.pMethods = nullptr;
  self->real()->pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, self->real(), flags, out);
  if (self->real()->pMethods == nullptr) return code;
  self->path = new std::string(name != nullptr ? name : "");
  self->methods = {self->real()->pMethods->iVersion, f_close, f_read, f_write, f_truncate, f_sync, f_file_size, f_lock, f_unlock, f_check, f_control,
                   f_sector, f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, f_fetch, f_unfetch};
  self->base.pMethods = &self->methods;
  return code;
}
int v_delete(sqlite3_vfs*, const char* name, int sync) {
  {
    const std::lock_guard<std::mutex> guard(state.lock);
    if (state.cut && std::string(name).starts_with(state.database)) return SQLITE_IOERR_DELETE;
  }
  return real_vfs->xDelete(real_vfs, name, sync);
}

sqlite3_vfs our_vfs;

}  // namespace

FaultDisk::FaultDisk() {
  real_vfs = sqlite3_vfs_find(nullptr);
  our_vfs = *real_vfs;
  our_vfs.pNext = nullptr;
  our_vfs.zName = "gatehouse-faults";
  our_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  our_vfs.xOpen = v_open;
  our_vfs.xDelete = v_delete;
  sqlite3_vfs_register(&our_vfs, 1);
}

FaultDisk::~FaultDisk() {
  disarm();
  sqlite3_vfs_unregister(&our_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultDisk::arm(const std::string& database, Fault fault, int at, int times) {
  const std::lock_guard<std::mutex> guard(state.lock);
  state.database = database;
  state.fault = fault;
  state.at = at;
  state.times = times;
  state.step = state.failed = 0;
  state.armed = true;
  state.cut = false;
  state.synced.clear();
  state.late.clear();
  // What is there before the first step counts as synced.
  for (const char* end : {"", "-wal"}) {
    const std::string name = database + end;
    if (!std::filesystem::exists(name)) continue;
    std::FILE* in = std::fopen(name.c_str(), "rb");
    std::vector<char> bytes(std::filesystem::file_size(name));
    if (in != nullptr && !bytes.empty() && std::fread(bytes.data(), 1, bytes.size(), in) != bytes.size()) bytes.clear();
    if (in != nullptr) std::fclose(in);
    state.synced[name] = std::move(bytes);
  }
}

int FaultDisk::steps() const {
  const std::lock_guard<std::mutex> guard(state.lock);
  return state.step;
}
bool FaultDisk::struck() const {
  const std::lock_guard<std::mutex> guard(state.lock);
  return state.failed > 0;
}
void FaultDisk::disarm() {
  const std::lock_guard<std::mutex> guard(state.lock);
  state.armed = false;
}

void FaultDisk::restore(const std::string& database, std::uint64_t seed) {
  const std::lock_guard<std::mutex> guard(state.lock);
  std::mt19937_64 chance(seed);
  if (seed != 0) {
    for (auto& [name, writes] : state.late) {
      auto& bytes = state.synced[name];
      for (const Late& one : writes) {
        if (chance() % 2 == 0) continue;
        if (one.truncate) {
          bytes.resize(static_cast<std::size_t>(one.at));
          continue;
        }
        // Whole sectors of it reach the disk, in whatever number.
        std::size_t size = one.bytes.size();
        if (chance() % 3 == 0 && size > 512) size = 512 * (chance() % (size / 512));
        if (bytes.size() < static_cast<std::size_t>(one.at) + size) bytes.resize(static_cast<std::size_t>(one.at) + size);
        std::copy_n(one.bytes.begin(), size, bytes.begin() + one.at);
      }
    }
  }
  std::filesystem::remove(database + "-shm");
  for (const char* end : {"", "-wal"}) {
    const std::string name = database + end;
    const auto kept = state.synced.find(name);
    if (kept == state.synced.end()) {
      std::filesystem::remove(name);
      continue;
    }
    std::FILE* out = std::fopen(name.c_str(), "wb");
    if (out == nullptr || std::fwrite(kept->second.data(), 1, kept->second.size(), out) != kept->second.size()) throw std::bad_alloc();
    std::fclose(out);
  }
}

}  // namespace gatehouse::tests
