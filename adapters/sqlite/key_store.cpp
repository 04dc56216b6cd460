#include "adapters/sqlite/key_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

#include "crypto/keystore.hpp"

namespace gatehouse::adapters {
namespace {

using crypto::SecretBytes;

constexpr const char* kFresh = R"sql(
CREATE TABLE keystore (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, destroyed INTEGER NOT NULL, changed INTEGER NOT NULL) STRICT;
INSERT INTO keystore VALUES (1, 2, 0, 1);
CREATE TABLE data_key (
  person INTEGER NOT NULL,
  version INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  kek INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (person, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER data_key_gone AFTER DELETE ON data_key BEGIN
  UPDATE keystore SET destroyed = destroyed + 1;
END;
)sql";

// What version 2 has and version 1 had not. What a serving process keeps opened is noticed by its counters: `destroyed` for data keys (forgotten and asked
// for again, also when one was renewed), `changed` for the others.
constexpr const char* kSecond = R"sql(
CREATE TABLE kek (
  number INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('making', 'next', 'current', 'old', 'retired')),
  made_at INTEGER NOT NULL,
  current_at INTEGER,
  retired_at INTEGER,
  remembered BLOB NOT NULL,
  probe BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_kek_writes ON kek (state) WHERE state = 'current';
CREATE TABLE installation_key (
  name TEXT NOT NULL,
  number INTEGER NOT NULL,
  label TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('next', 'current', 'old')),
  made_at INTEGER NOT NULL,
  current_at INTEGER,
  until INTEGER,
  kek INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (name, number),
  UNIQUE (name, label)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_key_is_current ON installation_key (name) WHERE state = 'current';
CREATE TABLE rotation (
  what TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  begun_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE key_event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  what TEXT NOT NULL,
  key TEXT NOT NULL,
  logged INTEGER
) STRICT;
CREATE TABLE escrow (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  recipient TEXT NOT NULL,
  threshold INTEGER NOT NULL,
  count INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE escrow_box (name TEXT PRIMARY KEY, at INTEGER NOT NULL, box BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER kek_added AFTER INSERT ON kek BEGIN UPDATE keystore SET changed = changed + 1; END;
CREATE TRIGGER kek_changed AFTER UPDATE ON kek BEGIN UPDATE keystore SET changed = changed + 1; END;
CREATE TRIGGER kek_gone AFTER DELETE ON kek BEGIN UPDATE keystore SET changed = changed + 1; END;
CREATE TRIGGER installation_key_added AFTER INSERT ON installation_key BEGIN UPDATE keystore SET changed = changed + 1; END;
CREATE TRIGGER installation_key_changed AFTER UPDATE ON installation_key BEGIN UPDATE keystore SET changed = changed + 1; END;
CREATE TRIGGER installation_key_gone AFTER DELETE ON installation_key BEGIN UPDATE keystore SET changed = changed + 1; END;
CREATE TRIGGER data_key_renewed AFTER INSERT ON data_key WHEN NEW.version > 1 BEGIN UPDATE keystore SET destroyed = destroyed + 1; END;
)sql";

constexpr const char* kFromFirst = R"sql(
ALTER TABLE keystore ADD COLUMN changed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE data_key ADD COLUMN kek INTEGER NOT NULL DEFAULT 1;
ALTER TABLE installation_key RENAME TO installation_key_1;
)sql";

}  // namespace

int key_store_version(Database& database) {
  Statement tables(database.handle(), "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'keystore'");
  {
    auto rows = tables.select();
    if (!rows.next() || rows.integer(0) == 0) return 0;
  }
  Statement version(database.handle(), "SELECT version FROM keystore");
  auto rows = version.select();
  return rows.next() ? static_cast<int>(rows.integer(0)) : 0;
}

void make_key_store(Database& database) {
  database.run(kFresh);
  database.run(kSecond);
}

std::expected<void, std::string> migrate_key_store(Database& database, const KekPlaces& places, std::int64_t at) {
  if (key_store_version(database) != 1) return {};
  Transaction transaction(database);
  database.run(kFromFirst);
  database.run(kSecond);
  Statement(database.handle(),
            "INSERT INTO installation_key (name, number, label, state, made_at, current_at, kek, wrapped) "
            "SELECT name, 1, label, 'current', ?1, ?1, 1, wrapped FROM installation_key_1")
      .run(at);
  Statement(database.handle(), "INSERT INTO kek (number, provider, state, made_at, current_at, remembered, probe) VALUES (1, 'file', 'current', ?1, ?1, x'', x'')").run(at);
  database.run("DROP TABLE installation_key_1; UPDATE keystore SET version = 2");
  {
    // In its new form it has a probe only from the next KEK on: what is tried is what it must open.
    KekSet keks;
    if (auto opened = keks.load(database, places); !opened) return std::unexpected(opened.error());
    Statement all(database.handle(), "SELECT name, label, wrapped FROM installation_key");
    auto rows = all.select();
    while (rows.next())
      if (!crypto::unwrap_key(*keks.find(1), rows.blob(2), installation_key_purpose(rows.text(0), rows.text(1))))
        return std::unexpected(std::string("the key-encryption key does not open these keys; keys and key store must be of one installation"));
  }
  transaction.commit();
  return {};
}

std::vector<KekRow> kek_rows(Database& database) {
  Statement all(database.handle(), "SELECT number, provider, state, remembered, probe, made_at, current_at, retired_at FROM kek ORDER BY number");
  std::vector<KekRow> out;
  auto rows = all.select();
  while (rows.next()) {
    KekRow row;
    row.number = static_cast<unsigned>(rows.integer(0));
    row.provider = rows.string(1);
    row.state = rows.string(2);
    row.remembered = rows.blob(3);
    row.probe = rows.blob(4);
    row.made_at = rows.integer(5);
    row.current_at = rows.integer(6);
    row.retired_at = rows.integer(7);
    out.push_back(std::move(row));
  }
  return out;
}

std::string kek_probe(const SecretBytes& kek, unsigned number) { return crypto::wrap_key(kek, SecretBytes(kKekBytes), "kek|v2|" + std::to_string(number)); }

bool is_probe_of(std::string_view probe, const SecretBytes& kek, unsigned number) {
  return crypto::unwrap_key(kek, probe, "kek|v2|" + std::to_string(number)).has_value();
}

std::string data_key_purpose(std::int64_t person, unsigned version) { return "dek|v1|" + std::to_string(person) + "|" + std::to_string(version); }

std::string installation_key_purpose(std::string_view name, std::string_view label) {
  return std::string(name == "audit" ? "aud" : name == "blind_index" ? "bik" : "sig") + "|v1|" + std::string(label);
}

std::expected<void, std::string> KekSet::load(Database& database, const KekPlaces& places) {
  const auto rows = kek_rows(database);
  std::set<unsigned> wanted;
  std::map<std::string, std::unique_ptr<KekProvider>> providers;
  unsigned current = 0, highest = 0, unreadable = 0;
  std::string trouble, current_trouble = "the key store names no current key-encryption key; restore it from its backup";
  for (const auto& row : rows) {
    if (row.state == "making" || row.state == "retired") continue;
    wanted.insert(row.number);
    highest = row.number;
    std::string why;
    if (!keys_.contains(row.number)) {
      auto& provider = providers[row.provider];
      if (!provider) {
        auto made = kek_provider(row.provider, places);
        if (made)
          provider = std::move(*made);
        else
          why = made.error();
      }
      if (provider) {
        auto key = provider->open(row.number, row.remembered);
        if (!key)
          why = key.error();
        else if (!row.probe.empty() && !is_probe_of(row.probe, *key, row.number))
          why = "key-encryption key " + std::to_string(row.number) + " of provider " + row.provider +
                " does not open these keys; keys and key store must be of one installation";
        else
          keys_.emplace(row.number, std::move(*key));
      }
    }
    if (row.state == "current") current = row.number, current_trouble = why;
    if (!why.empty()) {
      trouble = why;
      if (unreadable == 0) unreadable = row.number;
    }
  }
  std::erase_if(keys_, [&](const auto& one) { return !wanted.contains(one.first); });
  trouble_ = trouble;
  readable_ = unreadable == 0 ? highest : unreadable - 1;
  current_ = current;
  if (current == 0 || !current_trouble.empty()) return std::unexpected(current_trouble);
  return {};
}

const SecretBytes* KekSet::find(unsigned number) const {
  const auto found = keys_.find(number);
  return found == keys_.end() ? nullptr : &found->second;
}

std::expected<ReaderMark, std::string> ReaderMark::open(const std::string& keystore) {
  const std::string path = keystore + ".readers";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return std::unexpected(path + ": cannot be opened; does this user own the folder of the key store?");
  return ReaderMark(file);
}
ReaderMark::ReaderMark(ReaderMark&& other) noexcept : file_(std::exchange(other.file_, -1)), marked_(other.marked_) {}
ReaderMark& ReaderMark::operator=(ReaderMark&& other) noexcept {
  if (this != &other) {
    if (file_ >= 0) ::close(file_);
    file_ = std::exchange(other.file_, -1);
    marked_ = other.marked_;
  }
  return *this;
}
ReaderMark::~ReaderMark() {
  if (file_ >= 0) ::close(file_);
}

namespace {

// Open file description locks (fcntl(2)): they belong to the opened file, not to the process, and go with it however it ends.
bool lock(int file, short kind, off_t start, off_t length, int command = F_OFD_SETLK) {
  struct flock what {};
  what.l_type = kind;
  what.l_whence = SEEK_SET;
  what.l_start = start;
  what.l_len = length;
  if (::fcntl(file, command, &what) != 0) return false;
  return command != F_OFD_GETLK || what.l_type == F_UNLCK;
}

}  // namespace

bool ReaderMark::reads_up_to(unsigned number) {
  if (number == marked_) return true;
  if (!lock(file_, F_RDLCK, number, 1)) return false;
  if (marked_ != 0) lock(file_, F_UNLCK, marked_, 1);
  marked_ = number;
  return true;
}

// Nobody else holds a mark below `number`. What this very object marked does not count.
bool ReaderMark::all_read(unsigned number) const { return lock(file_, F_WRLCK, 0, number, F_OFD_GETLK); }

}  // namespace gatehouse::adapters
