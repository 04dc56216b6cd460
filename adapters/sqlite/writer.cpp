#include "adapters/sqlite/writer.hpp"

#include <sqlite3.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace gatehouse::adapters {

using policy::StoreError;

namespace {

constexpr std::int64_t kNonceSlackSeconds = 300;          // clocks may differ
constexpr std::int64_t kIdempotencySeconds = 7 * 86400;
constexpr std::int64_t kPurgeEverySeconds = 60;
constexpr std::chrono::microseconds kLongestPatience{500};  // with a batch that is not full yet

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
}

int note_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

// Drops what no longer protects against anything, a little at a time.
void purge(WriteContext& context) {
  if (context.now - context.purged_at < kPurgeEverySeconds) return;
  context.purged_at = context.now;
  context.old_nonces.run(context.now - kNonceSlackSeconds);
  context.old_idempotency.run(context.now - kIdempotencySeconds);
}

}  // namespace

WriteContext::WriteContext(Database& the_database, Keyring& the_keys)
    : database(the_database),
      keys(the_keys),
      log(the_database),
      index(the_database, the_keys),
      stamp(database.handle(),
            "SELECT (SELECT n FROM counter WHERE name = 'identifiers'), (SELECT version FROM agency WHERE id = ?), "
            "(SELECT sha256 FROM active_pack WHERE one = 1), (SELECT version FROM person WHERE id = ? AND shredded_at IS NULL)"),
      identifier(database.handle(), "SELECT person FROM identifier WHERE token = ? LIMIT 64"),
      nonce_seen(database.handle(), "SELECT 1 FROM nonce WHERE expires = ? AND token = ?"),
      nonce(database.handle(), "INSERT OR IGNORE INTO nonce (expires, token) VALUES (?, ?)"),
      idempotency(database.handle(), "SELECT i.body, q.id FROM idempotency i JOIN request q ON q.seq = i.request WHERE i.token = ?"),
      add_idempotency(database.handle(), "INSERT INTO idempotency (token, body, request, at) VALUES (?, ?, ?, ?)"),
      add_request(database.handle(),
                  "INSERT INTO request (id, agency, state, purpose, urgency, received, answer_by, changed_at, person, key_version, own_key, matched_how, "
                  "follows, page_lead, asked, live_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"),
      add_decision(database.handle(),
                   "INSERT INTO decision (request, at, outcome, pack, log_index, question, answer) VALUES (?, ?, ?, ?, ?, ?, ?)"),
      add_release(database.handle(),
                  "INSERT INTO release (request, id, person, agency, recipient_keyid, at, expires, log_index, sha256, content_sha256, consents_only, "
                  "manifest, manifest_sig) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      add_package(database.handle(), "INSERT INTO release_package (request, age) VALUES (?, ?)"),
      add_obligation(database.handle(), "INSERT INTO obligation (request, kind, time, whom, clauses) VALUES (?, ?, ?, ?, ?)"),
      add_clock(database.handle(), "INSERT INTO clock (request, kind, due, clauses) VALUES (?, ?, ?, ?)"),
      request(database.handle(), "SELECT seq, agency, state, person, own_key FROM request WHERE id = ?"),
      release(database.handle(), "SELECT id, expires, recipient_keyid, log_index, manifest, manifest_sig FROM release WHERE request = ?"),
      recipient(database.handle(), "SELECT state FROM agency_key WHERE agency = ? AND kind = 'age' AND keyid = ?"),
      package(database.handle(), "SELECT age FROM release_package WHERE request = ?"),
      entry(database.handle(), "SELECT entry FROM log_entry WHERE idx = ?"),
      drop_package(database.handle(), "DELETE FROM release_package WHERE request = ?"),
      move(database.handle(), "UPDATE request SET state = ?, changed_at = ? WHERE seq = ? AND state = ?"),
      ask_review(database.handle(), "UPDATE request SET review_asked = 1, escalated_at = NULL WHERE seq = ?"),
      add_review(database.handle(), "INSERT INTO review (request, at, words) VALUES (?, ?, ?)"),
      paged(database.handle(), "UPDATE request SET paged_at = ? WHERE id = ? AND page_lead = 1 AND paged_at IS NULL"),
      old_nonces(database.handle(), "DELETE FROM nonce WHERE expires < ?"),
      old_idempotency(database.handle(), "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency ORDER BY id LIMIT 1000) AND at < ?") {}

void WriteContext::load() {
  log.load();
  index.look();
}

bool WriteContext::take_nonce(std::int64_t expires, std::string_view value) {
  const std::vector<std::string> forms = index.to_find(value);
  for (std::size_t i = 1; i < forms.size(); ++i)
    if (nonce_seen.select(expires, Blob{forms[i]}).next()) return false;
  return nonce.run(expires, Blob{forms.front()}) != 0;
}

std::optional<WriteContext::KnownCall> WriteContext::known_call(std::string_view key, std::string_view body) {
  for (const std::string& form : index.to_find(key)) {
    auto rows = idempotency.select(Blob{form});
    if (rows.next()) return KnownCall{index.same(rows.blob(0), body), rows.string(1)};
  }
  return std::nullopt;
}

void WriteContext::remember_call(std::string_view key, std::string_view body, std::int64_t request_seq, std::int64_t at) {
  const std::string stored_key = index.to_write(key), stored_body = index.to_write(body);
  add_idempotency.run(Blob{stored_key}, Blob{stored_body}, request_seq, at);
}

Writer::Writer(const SqliteSettings& settings, Keyring& keys, std::function<void(std::string)> fatal)
    : settings_(settings),
      database_(settings.database, Database::Mode::write, settings.busy_milliseconds),
      context_(database_, keys),
      begin_(database_.handle(), "BEGIN IMMEDIATE"),
      commit_(database_.handle(), "COMMIT"),
      rollback_(database_.handle(), "ROLLBACK"),
      savepoint_(database_.handle(), "SAVEPOINT job"),
      release_(database_.handle(), "RELEASE job"),
      back_(database_.handle(), "ROLLBACK TO job"),
      fatal_(std::move(fatal)),
      folder_(folder_of(settings.database)),
      checkpoint_at_(settings.checkpoint_pages),
      checkpointer_(settings, [this] {
        const std::lock_guard<std::mutex> lock(lock_);
        written_back_ = true;
        more_.notify_one();
      }) {
  sqlite3_wal_hook(database_.handle(), note_pages, &log_pages_);
  thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
  {
    const std::lock_guard<std::mutex> lock(lock_);
    ending_ = true;
  }
  more_.notify_one();
  thread_.join();
}

void Writer::submit(std::shared_ptr<WriteJob> job, Done done) {
  bool first = false, taken = false;
  {
    const std::lock_guard<std::mutex> lock(lock_);
    if (!closed_ && !ending_) {
      first = queue_.empty();
      queue_.push_back({std::move(job), std::move(done)});
      taken = true;
    }
  }
  if (!taken)
    done(StoreError::unavailable);  // nothing of it was even tried
  else if (first)
    more_.notify_one();
}

void Writer::loop() {
  std::vector<Waiting> batch;
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(lock_);
      more_.wait(lock, [this] { return ending_ || written_back_ || !queue_.empty(); });
      if (queue_.empty() && ending_) return;
    }
    if (take(batch)) write(batch);
    batch.clear();
    checkpoint();
    if (closed_) {
      // All who came meanwhile: nothing of theirs was tried.
      std::vector<Waiting> rest;
      {
        const std::lock_guard<std::mutex> lock(lock_);
        rest.swap(queue_);
      }
      for (auto& one : rest) one.done(StoreError::unavailable);
      fatal_(closed_because_);
      return;
    }
  }
}

bool Writer::take(std::vector<Waiting>& batch) {
  const std::lock_guard<std::mutex> lock(lock_);
  const std::size_t room = settings_.batch_requests > batch.size() ? settings_.batch_requests - batch.size() : 0;
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(room, queue_.size()));
  const bool any = end != queue_.begin();
  batch.insert(batch.end(), std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return any;
}

bool Writer::gather(std::vector<Waiting>& batch) {
  if (take(batch)) return true;
  if (together_ < 2 || batch.size() >= together_ || batch.size() >= settings_.batch_requests) return false;
  const auto patience = std::min<std::chrono::steady_clock::duration>(commit_took_ / 8, kLongestPatience);
  {
    std::unique_lock<std::mutex> lock(lock_);
    if (!more_.wait_for(lock, patience, [this] { return ending_ || !queue_.empty(); })) return false;
  }
  return take(batch);
}

void Writer::write(std::vector<Waiting>& batch) {
  std::vector<std::optional<StoreError>> results(batch.size());
  const auto all = [&](StoreError error) { results.assign(batch.size(), error); };
  const auto tell = [&] {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Done done = std::move(batch[i].done);
      done(results[i]);
    }
  };

  if (free_bytes() < settings_.disk_reserve_bytes) {
    all(StoreError::reserve);
    tell();
    return;
  }

  bool committing = false;
  try {
    begin_.run();
    context_.load();
    bool anything = false;
    // Who comes while the others are applied is in time for this COMMIT, too.
    for (std::size_t i = 0; i < batch.size() || gather(batch); ++i) {
      results.resize(batch.size());
      savepoint_.run();
      const auto mark = context_.log.mark();
      auto verdict = WriteJob::Verdict::undo;
      try {
        verdict = batch[i].job->apply(context_);
      } catch (const DatabaseFault& fault) {
        // A rule of the schema turned this one away; its neighbours stand. Anything else is the whole batch's trouble.
        if (!fault.constraint() || !database_.in_transaction()) throw;
        results[i] = StoreError::unavailable;
      }
      if (verdict == WriteJob::Verdict::undo) {
        back_.run();
        context_.log.back_to(mark);
      } else {
        anything = true;
      }
      release_.run();
    }
    if (anything) {
      purge(context_);
      context_.log.store();
      committing = true;
      const auto started = std::chrono::steady_clock::now();
      commit_.run();
      commit_took_ = std::chrono::steady_clock::now() - started;
      together_ = std::max(batch.size(), together_ - (together_ + 7) / 8);
    } else {
      rollback_.run();
    }
  } catch (const DatabaseFault& fault) {
    // Before COMMIT nothing was promised and nothing happened, and the reason tells what to say. A failed COMMIT, or storage that fails, has an
    // end nobody saw: the process must end, and nothing is tried again (Linux may call lost pages written the second time).
    const bool harmless = !committing && (fault.busy() || fault.full());
    if (database_.in_transaction()) {
      try {
        rollback_.run();
      } catch (const DatabaseFault&) {
        close(fault.what());
      }
    }
    if (harmless && !closed_) {
      all(fault.full() ? StoreError::reserve : StoreError::unavailable);
    } else {
      all(StoreError::unknown);
      close(fault.what());
    }
  }
  tell();
}

void Writer::close(const std::string& why) {
  const std::lock_guard<std::mutex> lock(lock_);
  if (!closed_) closed_because_ = why;
  closed_ = true;
}

// After the callers were told. The bulk is written back beside the commits; what came meanwhile is little, is written back here, and only then can the
// log begin from its front again. A sync that fails in either is as final as one that fails in a commit.
void Writer::checkpoint() {
  bool written_back = false;
  {
    const std::lock_guard<std::mutex> lock(lock_);
    std::swap(written_back, written_back_);
  }
  if (closed_) return;
  if (log_pages_ < last_log_pages_) checkpoint_at_ = settings_.checkpoint_pages;  // it began from the front again
  last_log_pages_ = log_pages_;
  try {
    if (written_back) {
      writing_back_ = false;
      checkpoint_at_ = log_pages_ + settings_.checkpoint_pages;                     // a reader may hold it: not again at every commit
      if (const std::string why = checkpointer_.trouble(); !why.empty())
        close(why);
      else
        database_.checkpoint(Database::Checkpoint::passive);
    } else if (!writing_back_ && log_pages_ >= checkpoint_at_) {
      writing_back_ = true;
      checkpointer_.start();
    }
  } catch (const DatabaseFault& fault) {
    close(fault.what());
  }
}

std::uint64_t Writer::free_bytes() {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  const std::lock_guard<std::mutex> lock(disk_lock_);
  if (disk_looked_ >= 0 && now - disk_looked_ < 1000) return free_bytes_;
  struct statvfs about {};
  // A disk that cannot be asked counts as full.
  free_bytes_ = ::statvfs(folder_.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize : 0;
  disk_looked_ = now;
  return free_bytes_;
}

}  // namespace gatehouse::adapters
