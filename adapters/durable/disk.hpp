#pragma once
// The system calls that a file which must survive a crash goes through, so that a test can let each of them fail, stop the process there, or lose
// what was not synced. They answer as the calls of their names do, with errno. Any thread.
#include <cstddef>

namespace gatehouse::adapters {

class Disk {
 public:
  virtual ~Disk() = default;
  virtual int open(const char* path, int flags, unsigned mode);   // O_CLOEXEC is added
  virtual long write(int file, const char* bytes, std::size_t size);
  virtual int sync(int file);                                     // fsync, of a file or a folder
  virtual void close(int file);
  virtual int rename(const char* from, const char* to);
  virtual int make_folder(const char* path, unsigned mode);
  virtual int remove(const char* path);                           // a file, or an empty folder
};

Disk& real_disk();

}  // namespace gatehouse::adapters
