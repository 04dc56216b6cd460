#pragma once
// The one writer of a process: a thread that takes whatever is queued, writes it in one transaction (one savepoint for each job) and tells each
// caller only after COMMIT said yes. A job of a lone writer is written at once; where several
// write at once, a commit waits for the others some fraction of what a flush costs.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/sqlite/checkpointer.hpp"
#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/settings.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::adapters {

struct StatisticsStatements;  // statistics_jobs.cpp

// The statements of the write jobs, kept. Used inside a transaction only.
struct WriteContext {
  WriteContext(Database& database, Keyring& keys);

  // At the start of each transaction: where the log and the index stand.
  void load();

  // Values are what first_index() gave. False: this nonce was seen before.
  bool take_nonce(std::int64_t expires, std::string_view nonce);
  // The call that came with this key before: what of, and the request it was about.
  struct KnownCall {
    bool same_body = false;
    std::string request_id;
  };
  std::optional<KnownCall> known_call(std::string_view key, std::string_view body);
  void remember_call(std::string_view key, std::string_view body, std::int64_t request, std::int64_t at);

  Database& database;
  Keyring& keys;
  LogTail log;
  Index index;
  Statement stamp, identifier, nonce_seen, nonce, idempotency, add_idempotency;
  Statement add_request, add_decision, add_release, add_package, add_obligation, add_clock;
  Statement request, release, recipient, package, entry, drop_package, move, ask_review, add_review, paged;
  Statement old_nonces, old_idempotency;
  std::shared_ptr<StatisticsStatements> statistics;   // made with the first job that needs them
  std::int64_t now = 0, purged_at = 0;     // the newest time a request came in; when old nonces were last dropped
};

class WriteJob {
 public:
  virtual ~WriteJob() = default;
  enum class Verdict : std::uint8_t { keep, undo };
  // Runs in a savepoint on the writer's thread. `undo` leaves nothing of it; the answer is the job's own business either way. May throw DatabaseFault.
  virtual Verdict apply(WriteContext& context) = 0;
};

class Writer {
 public:
  // Called from the writer's thread, after COMMIT. Nothing: the job was applied and is durable (or wanted to leave nothing).
  using Done = std::move_only_function<void(std::optional<policy::StoreError>)>;

  // Throws DatabaseFault. `fatal` is called once, from the writer's thread, after all who wait were told.
  Writer(const SqliteSettings& settings, Keyring& keys, std::function<void(std::string)> fatal);
  ~Writer();                               // writes what is queued, then ends

  void submit(std::shared_ptr<WriteJob> job, Done done);
  bool open() const { return !closed_; }
  std::uint64_t free_bytes();

 private:
  struct Waiting {
    std::shared_ptr<WriteJob> job;
    Done done;
  };
  void loop();
  // Moves waiting jobs into the batch while it has room; false: none.
  bool take(std::vector<Waiting>& batch);
  // As take(), but where several write at once waits a moment for those who were told of the last commit just now and are about to write again: a
  // flush costs so much that two half batches take twice as long as one whole (PostgreSQL's commit_delay does the same). Never for a lone writer.
  bool gather(std::vector<Waiting>& batch);
  // What became of the whole batch; single jobs may differ (`results`).
  void write(std::vector<Waiting>& batch);
  void close(const std::string& why);
  void checkpoint();

  SqliteSettings settings_;
  Database database_;
  WriteContext context_;
  Statement begin_, commit_, rollback_, savepoint_, release_, back_;
  std::function<void(std::string)> fatal_;
  std::string folder_;

  std::mutex lock_;
  std::condition_variable more_;
  std::vector<Waiting> queue_;
  bool ending_ = false;
  std::atomic<bool> closed_ = false;
  std::string closed_because_;
  std::size_t together_ = 1;               // jobs that lately went into one commit: the most, forgotten by an eighth at each smaller one
  std::chrono::steady_clock::duration commit_took_{};  // the last one
  int log_pages_ = 0;                      // of the write-ahead log, at the last commit
  int last_log_pages_ = 0, checkpoint_at_;
  bool written_back_ = false;              // under the lock: the checkpointer came to its end
  bool writing_back_ = false;
  std::mutex disk_lock_;
  std::uint64_t free_bytes_ = 0;
  std::int64_t disk_looked_ = -1;
  Checkpointer checkpointer_;              // uses the lock: goes before it
  std::thread thread_;
};

}  // namespace gatehouse::adapters
