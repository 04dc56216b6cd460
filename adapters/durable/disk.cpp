#include "adapters/durable/disk.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse::adapters {

int Disk::open(const char* path, int flags, unsigned mode) { return ::open(path, flags | O_CLOEXEC, mode); }
long Disk::write(int file, const char* bytes, std::size_t size) { return ::write(file, bytes, size); }
int Disk::sync(int file) { return ::fsync(file); }
void Disk::close(int file) { ::close(file); }
int Disk::rename(const char* from, const char* to) { return ::rename(from, to); }
int Disk::make_folder(const char* path, unsigned mode) { return ::mkdir(path, mode); }
int Disk::remove(const char* path) { return ::remove(path); }

Disk& real_disk() {
  static Disk disk;
  return disk;
}

}  // namespace gatehouse::adapters
