#pragma once
// What is left to a process that reads a hostile file: memory, the processor for some seconds, and the three streams it was given.
#include <cstdint>
#include <string>

namespace gatehouse::convert {

struct Bounds {
  std::uint64_t memory_bytes = 1u << 30;  // address space; not enforced under a sanitizer, which reserves terabytes
  unsigned processor_seconds = 15;
};

// Before anything is loaded: limits, no new privileges, no core file, nothing inherited but the three streams, no environment.
// An empty string, or one line that says what could not be done.
std::string limit_process(const Bounds& bounds);

// For good: no file can be opened, no socket made, no process or thread started, no memory made executable, nothing written but to the streams that are
// open. A system call that is not on the list ends the process; those that libraries try and do without are answered with EACCES.
// An empty string, or one line: then the caller must end, unread.
std::string close_process();

}  // namespace gatehouse::convert
