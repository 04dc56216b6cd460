#pragma once
// Writes the write-ahead log back into the database on a thread and a connection of its own, while others commit: a commit waits for no more than its
// own flush. It never blocks a writer or a reader (SQLite's passive checkpoint); pages that a reader still needs are left for the next time.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/settings.hpp"

namespace gatehouse::adapters {

class Checkpointer {
 public:
  // Throws DatabaseFault. `done` is called on the checkpointer's thread at the end of each pass, good or bad.
  Checkpointer(const SqliteSettings& settings, std::function<void()> done);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();                         // waits for the pass that runs

  void start();                            // one pass; returns at once. Not again before `done`
  // Why a pass failed, or empty. After a failure nobody knows what the disk holds: the process must end, and no pass is tried again.
  std::string trouble();

 private:
  void loop();

  Database database_;
  std::function<void()> done_;
  std::mutex lock_;
  std::condition_variable more_;
  bool asked_ = false, ending_ = false;
  std::string trouble_;
  std::thread thread_;
};

}  // namespace gatehouse::adapters
