#include "adapters/sqlite/checkpointer.hpp"

namespace gatehouse::adapters {

Checkpointer::Checkpointer(const SqliteSettings& settings, std::function<void()> done)
    : database_(settings.database, Database::Mode::write, settings.busy_milliseconds), done_(std::move(done)) {
  thread_ = std::thread([this] { loop(); });
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard<std::mutex> lock(lock_);
    ending_ = true;
  }
  more_.notify_one();
  thread_.join();
}

void Checkpointer::start() {
  {
    const std::lock_guard<std::mutex> lock(lock_);
    asked_ = true;
  }
  more_.notify_one();
}

std::string Checkpointer::trouble() {
  const std::lock_guard<std::mutex> lock(lock_);
  return trouble_;
}

void Checkpointer::loop() {
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(lock_);
      more_.wait(lock, [this] { return ending_ || asked_; });
      if (ending_) return;
      asked_ = false;
    }
    try {
      // Twice: the first time takes long, and what came meanwhile is what the second leaves little of.
      database_.checkpoint(Database::Checkpoint::passive);
      database_.checkpoint(Database::Checkpoint::passive);
    } catch (const DatabaseFault& fault) {
      const std::lock_guard<std::mutex> lock(lock_);
      trouble_ = fault.what();
    }
    done_();
  }
}

}  // namespace gatehouse::adapters
