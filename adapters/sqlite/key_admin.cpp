#include "adapters/sqlite/key_admin.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "adapters/durable/secret_file.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/key_store.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/one_at_a_time.hpp"
#include "adapters/sqlite/reseal.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/statistics_import.hpp"
#include "adapters/sqlite/statistics_rows.hpp"
#include "adapters/sqlite/turn_over.hpp"
#include "crypto/keys.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {
namespace {

using crypto::KeyAccess;
using crypto::SecretBytes;

constexpr std::size_t kKeyBytes = 32;
constexpr std::int64_t kDay = 86400;
constexpr unsigned kRowsAtOnce = 1000;            // wrapped again in one transaction: a serving gateway waits for milliseconds
// A process takes up a new key once a second; what seals waits for the slowest.
constexpr auto kTakenUp = std::chrono::milliseconds(2200);

std::string kek_name(unsigned number) { return "kek " + std::to_string(number); }

// A box of escrow: `kek N`, or `file NAME`.
std::expected<std::string, std::string> seal_for_escrow(const crypto::age::Recipient& to, const SecretBytes& key, const std::string& name) {
  const auto raw = key.reveal(KeyAccess::granted_to("escrow: seal a key to the officers' recipient"));
  auto box = crypto::age::seal({to}, {reinterpret_cast<const char*>(raw.data()), raw.size()});
  if (!box) return std::unexpected("escrow: " + name + ": " + box.error().text());
  return std::move(*box);
}

std::expected<SecretBytes, std::string> open_from_escrow(const crypto::age::Identity& identity, std::string_view box, const std::string& name) {
  std::vector<crypto::age::Identity> identities;
  auto same = crypto::age::Identity::parse(identity.text(KeyAccess::granted_to("escrow: open what was sealed to the officers")));
  if (!same) return std::unexpected("escrow: " + same.error().text());
  identities.push_back(std::move(*same));
  auto plain = crypto::age::open(identities, box);
  if (!plain) return std::unexpected("escrow: " + name + ": " + plain.error().text());
  SecretBytes out = SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(plain->data()), plain->size()});
  sodium_memzero(plain->data(), plain->size());
  return out;
}

struct Escrow {
  std::optional<crypto::age::Recipient> recipient;
  unsigned threshold = 0, count = 0;
  std::map<std::string, std::string> boxes;
};
std::expected<Escrow, std::string> read_escrow(Database& keystore, const std::string& file) {
  Escrow out;
  Statement one(keystore.handle(), "SELECT recipient, threshold, count FROM escrow");
  {
    auto rows = one.select();
    if (!rows.next()) return out;
    auto recipient = crypto::age::Recipient::parse(rows.text(0));
    if (!recipient) return std::unexpected(file + ": the recipient of the escrow is damaged; make a new escrow");
    out.recipient = std::move(*recipient);
    out.threshold = static_cast<unsigned>(rows.integer(1));
    out.count = static_cast<unsigned>(rows.integer(2));
  }
  Statement all(keystore.handle(), "SELECT name, box FROM escrow_box");
  auto rows = all.select();
  while (rows.next()) out.boxes.emplace(rows.string(0), std::string(rows.blob(1)));
  return out;
}

}  // namespace

struct KeyAdmin::Impl {
  Impl(const SqliteSettings& the_settings, KeyAdminSettings the_how, Keyring the_keys, OneAtATime the_lock, ReaderMark the_readers)
      : settings(the_settings),
        how(std::move(the_how)),
        lock(std::move(the_lock)),
        readers(std::move(the_readers)),
        keys(std::move(the_keys)),
        keystore(settings.keystore, Database::Mode::write, settings.busy_milliseconds),
        database(settings.database, Database::Mode::write, settings.busy_milliseconds) {}

  std::int64_t now() const {
    return how.now ? how.now() : std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  void say(const std::string& line) const {
    if (how.say) how.say(line);
  }
  std::string year() const {
    const auto day = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(policy::Instant(std::chrono::seconds(now()))));
    return std::to_string(static_cast<int>(day.year()));
  }

  // ---- what is done to a key is written down with it, then in the log: killed in between, it is logged by whoever comes next
  void note(const std::string& what, const std::string& key) {
    Statement(keystore.handle(), "INSERT INTO key_event (at, what, key) VALUES (?, ?, ?)").run(now(), what, key);
  }
  void log_events() {
    struct Event {
      std::int64_t id, at;
      std::string what, key;
    };
    std::vector<Event> events;
    {
      Statement open(keystore.handle(), "SELECT id, at, what, key FROM key_event WHERE logged IS NULL ORDER BY id");
      auto rows = open.select();
      while (rows.next()) events.push_back({rows.integer(0), rows.integer(1), rows.string(2), rows.string(3)});
    }
    if (events.empty()) return;
    std::vector<std::uint64_t> places;
    {
      Transaction transaction(database);
      LogTail log(database);
      log.load();
      std::string pack;
      {
        Statement active(database.handle(), "SELECT sha256 FROM active_pack WHERE one = 1");
        auto rows = active.select();
        if (rows.next()) pack = rows.string(0);
      }
      for (const auto& event : events) {
        std::string detail = "{\"key\":", staff = "{\"by\":";
        append_json_text(detail, event.key);
        detail += ",\"what\":";
        append_json_text(detail, event.what);
        append_json_text(staff, how.by);
        LogWords words;
        words.kind = "key";
        words.at = event.at;
        words.pack = pack;
        auto draft = draft_entry(words, detail + "}", Sealer(keys.audit_key(), "audit"), staff + "}", keys.audit_key());
        if (!draft) throw DatabaseFault(0, draft.error());
        places.push_back(log.append(*draft));
      }
      log.store();
      transaction.commit();
    }
    Transaction transaction(keystore);
    Statement done(keystore.handle(), "UPDATE key_event SET logged = ? WHERE id = ?");
    for (std::size_t i = 0; i < events.size(); ++i) done.run(places[i], events[i].id);
    transaction.commit();
  }

  // ---- KEKs
  std::expected<void, std::string> load() { return keks.load(keystore, settings.kek); }

  // What an interrupted making left is taken away: nothing rests on it.
  std::expected<void, std::string> tidy_making() {
    for (const auto& row : kek_rows(keystore)) {
      if (row.state != "making") continue;
      auto provider = kek_provider(row.provider, settings.kek);
      if (!provider) return std::unexpected(provider.error());
      if (auto gone = (*provider)->destroy(row.number); !gone) return std::unexpected(gone.error());
      Statement(keystore.handle(), "DELETE FROM kek WHERE number = ? AND state = 'making'").run(row.number);
    }
    return {};
  }

  // The KEK that will write next: there is always one, so that every process can read it before it is needed.
  std::expected<unsigned, std::string> ensure_next() {
    if (auto tidied = tidy_making(); !tidied) return std::unexpected(tidied.error());
    unsigned highest = 0;
    for (const auto& row : kek_rows(keystore)) {
      if (row.state == "next") return row.number;
      highest = row.number;
    }
    const unsigned number = highest + 1;
    auto provider = kek_provider(settings.kek.provider, settings.kek);
    if (!provider) return std::unexpected(provider.error());
    Statement(keystore.handle(), "INSERT INTO kek (number, provider, state, made_at, remembered, probe) VALUES (?, ?, 'making', ?, x'', x'')")
        .run(number, settings.kek.provider, now());
    const SecretBytes kek = SecretBytes::random(kKekBytes);
    const auto kept = (*provider)->keep(number, kek);
    if (!kept) return std::unexpected(kept.error());
    const std::string probe = kek_probe(kek, number);
    auto escrow = read_escrow(keystore, settings.keystore);
    if (!escrow) return std::unexpected(escrow.error());
    Transaction transaction(keystore);
    if (escrow->recipient) {
      const auto box = seal_for_escrow(*escrow->recipient, kek, kek_name(number));
      if (!box) return std::unexpected(box.error());
      Statement(keystore.handle(), "INSERT OR REPLACE INTO escrow_box (name, at, box) VALUES (?, ?, ?)").run(kek_name(number), now(), Blob{*box});
    }
    Statement(keystore.handle(), "UPDATE kek SET state = 'next', remembered = ?, probe = ? WHERE number = ? AND state = 'making'").run(Blob{*kept}, Blob{probe}, number);
    note("kek_made", kek_name(number));
    transaction.commit();
    say(kek_name(number) + " is made, kept by " + settings.kek.provider);
    return number;
  }

  std::expected<void, std::string> wait_for_readers(unsigned number) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(how.patience_seconds);
    while (true) {
      keys.refresh();
      if (readers.all_read(number)) return {};
      if (std::chrono::steady_clock::now() >= until)
        return std::unexpected(kek_name(number) + ": a process that is running cannot read it yet; start gatehouse again (systemd-creds: with the credential in its unit), "
                                                  "then say this again; nothing was switched");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  std::uint64_t wrap_again(unsigned to) {
    SecretBytes scratch(64);
    const auto again = [&](std::string_view wrapped, unsigned from, const std::string& purpose) {
      const auto* old = keks.find(from);
      const auto* fresh = keks.find(to);
      if (old == nullptr || fresh == nullptr) throw DatabaseFault(0, kek_name(old == nullptr ? from : to) + ": cannot be opened");
      auto box = crypto::rewrap_key(*old, *fresh, wrapped, purpose, scratch);
      if (!box) throw DatabaseFault(0, "key store: a key does not open with the KEK that wraps it; restore the key store from its backup");
      return std::move(*box);
    };
    std::uint64_t done = 0;
    {
      Transaction transaction(keystore);
      struct Row {
        std::string name, label, box;
        std::int64_t number;
      };
      std::vector<Row> rows_again;
      {
        Statement all(keystore.handle(), "SELECT name, number, label, kek, wrapped FROM installation_key WHERE kek <> ?");
        auto rows = all.select(to);
        while (rows.next()) {
          const std::string name = rows.string(0), label = rows.string(2);
          rows_again.push_back({name, label, again(rows.blob(4), static_cast<unsigned>(rows.integer(3)), installation_key_purpose(name, label)), rows.integer(1)});
        }
      }
      Statement set(keystore.handle(), "UPDATE installation_key SET wrapped = ?, kek = ? WHERE name = ? AND number = ?");
      for (const auto& row : rows_again) set.run(Blob{row.box}, to, row.name, row.number);
      done += rows_again.size();
      transaction.commit();
    }
    Statement some(keystore.handle(), "SELECT person, version, kek, wrapped FROM data_key WHERE (person, version) > (?, ?) AND kek <> ? ORDER BY person, version LIMIT ?");
    Statement set(keystore.handle(), "UPDATE data_key SET wrapped = ?, kek = ? WHERE person = ? AND version = ?");
    std::int64_t person = -1, version = 0;
    while (true) {
      struct Row {
        std::int64_t person, version;
        std::string box;
      };
      std::vector<Row> batch;
      Transaction transaction(keystore);
      {
        auto rows = some.select(person, version, to, kRowsAtOnce);
        while (rows.next()) {
          person = rows.integer(0);
          version = rows.integer(1);
          batch.push_back({person, version, again(rows.blob(3), static_cast<unsigned>(rows.integer(2)), data_key_purpose(person, static_cast<unsigned>(version)))});
        }
      }
      if (batch.empty()) break;
      for (const auto& row : batch) set.run(Blob{row.box}, to, row.person, row.version);
      transaction.commit();
      done += batch.size();
      if (done % 100'000 < batch.size()) say(std::to_string(done) + " keys wrapped again");
      std::this_thread::sleep_for(std::chrono::milliseconds(2));   // whoever waits to write is let in
    }
    return done;
  }

  // A key of the installation that is made to be the next one.
  std::string make_next(const std::string& name, const std::string& prefix) {
    std::int64_t number = 0;
    {
      Statement highest(keystore.handle(), "SELECT max(number) FROM installation_key WHERE name = ?");
      auto rows = highest.select(name);
      if (rows.next()) number = rows.integer(0);
    }
    ++number;
    const std::string label = prefix + year() + "-" + std::to_string(number);
    const auto* kek = keks.find(keks.current());
    if (kek == nullptr) throw DatabaseFault(0, "the current key-encryption key cannot be opened");
    const std::string wrapped = crypto::wrap_key(*kek, SecretBytes::random(kKeyBytes), installation_key_purpose(name, label));
    Statement(keystore.handle(), "INSERT INTO installation_key (name, number, label, state, made_at, kek, wrapped) VALUES (?, ?, ?, 'next', ?, ?, ?)")
        .run(name, number, label, now(), keks.current(), Blob{wrapped});
    note("key_made", label);
    return label;
  }
  struct Next {
    std::string label;
    std::int64_t number = 0, made_at = 0;
  };
  std::optional<Next> next_of(const std::string& name) {
    Statement one(keystore.handle(), "SELECT label, number, made_at FROM installation_key WHERE name = ? AND state = 'next' ORDER BY number LIMIT 1");
    auto rows = one.select(name);
    if (!rows.next()) return std::nullopt;
    return Next{rows.string(0), rows.integer(1), rows.integer(2)};
  }
  void switch_to(const std::string& name, const Next& next, std::optional<std::int64_t> until) {
    Statement(keystore.handle(), "UPDATE installation_key SET state = 'old', until = ? WHERE name = ? AND state = 'current'").run(until, name);
    Statement(keystore.handle(), "UPDATE installation_key SET state = 'current', current_at = ? WHERE name = ? AND number = ?").run(now(), name, next.number);
    note("key_current", next.label);
  }

  void renew(std::int64_t person) {
    const auto version = keys.renew_data_key(person);
    if (!version) throw DatabaseFault(0, version.error());
    Transaction transaction(database);
    reseal_person(database, keys, person);
    transaction.commit();
  }

  // ---- the index
  // The state of the key in the key store follows what the database says: that is where a rotation begins and ends.
  void index_is_written_with(unsigned number) {
    std::string label;
    {
      // Never backwards: a database that was restored from the middle of an earlier rotation says an earlier number.
      Statement behind(keystore.handle(), "SELECT label FROM installation_key WHERE name = 'blind_index' AND number = ?1 AND number > (SELECT number FROM installation_key "
                                          "WHERE name = 'blind_index' AND state = 'current')");
      auto rows = behind.select(number);
      if (!rows.next()) return;
      label = rows.string(0);
    }
    Transaction transaction(keystore);
    switch_to("blind_index", {label, number, 0}, std::nullopt);
    transaction.commit();
    keys.refresh();
  }
  // Nothing: asked to stop.
  std::optional<std::uint64_t> turn_all(const Index& index) {
    std::uint64_t done = 0, said = 0;
    for (const IndexColumn& column : index_columns()) {
      bool whole = false;
      while (!whole) {
        TurnOver pass(database, column);
        unsigned some = how.rows_at_once;
        while (some == how.rows_at_once) {
          if (how.go_on && !how.go_on()) return std::nullopt;
          Transaction transaction(database);
          some = pass.some(index, how.rows_at_once);
          transaction.commit();
          done += some;
          if (done - said >= 100'000) say(std::to_string(said = done) + " values turned over");
          std::this_thread::sleep_for(std::chrono::milliseconds(2));   // whoever waits to write is let in
        }
        whole = pass.done(index);
      }
    }
    return done;
  }
  // Nothing: no rows were ever brought in. Else the file, its rows standing under the key store's own key: an error where they do not.
  std::expected<std::optional<StatisticsRows>, std::string> statistics_rows() {
    std::error_code ignored;
    if (settings.statistics.empty() || !std::filesystem::exists(settings.statistics, ignored)) return std::optional<StatisticsRows>();
    auto rows = StatisticsRows::open(settings.statistics, settings.busy_milliseconds);
    if (!rows) return std::unexpected(rows.error());
    (void)agreed_index_version(*rows, keys);
    return std::optional(std::move(*rows));
  }
  std::expected<void, std::string> turn_statistics(unsigned version) {
    auto rows = statistics_rows();
    if (!rows) return std::unexpected(rows.error());
    if (!*rows) return {};
    const unsigned from = (*rows)->index_key().version;
    if (from < version) {
      const std::string check = index_check(keys, version);   // every key is there, or this throws before anything is begun
      (*rows)->renumber({version, check}, [&](std::int64_t number) { return turned_number(keys, number, from, version); });
    }
    // Also when an earlier run renumbered them and could not do this.
    if (!(*rows)->empty_log())
      return std::unexpected(settings.statistics + ": everything is turned over, but a reader still holds the values of before; end it (a backup, an export) and say it again");
    return {};
  }
  // The highest index key that was ever made.
  std::int64_t highest_index_key() {
    Statement highest(keystore.handle(), "SELECT max(number) FROM installation_key WHERE name = 'blind_index'");
    auto rows = highest.select();
    return rows.next() ? rows.integer(0) : 0;
  }
  // What was destroyed or wrapped anew leaves the write-ahead log of the key store too.
  bool empty_log() { return keystore.empty_log(settings.busy_milliseconds); }

  // Names the file by the word of the settings; SQLite knows its whole path.
  std::string line_of(const DatabaseFault& fault) const {
    const bool of_database = !fault.file().empty() && fault.file() == database.file();
    const bool of_keystore = fault.file().empty() || fault.file() == keystore.file();
    return (of_database ? settings.database : of_keystore ? settings.keystore : fault.file()) + ": " + fault.what();
  }

  template <class Work>
  auto guarded(Work work) -> decltype(work()) {
    try {
      if (auto loaded = load(); !loaded) return std::unexpected(loaded.error());
      log_events();
      auto result = work();
      log_events();
      return result;
    } catch (const DatabaseFault& fault) {
      // What does not pass by itself says what would be right.
      const bool passes = fault.busy() || fault.full() || (fault.code() & 0xff) == SQLITE_IOERR;
      return std::unexpected(line_of(fault) + (passes ? "; say it again: it goes on where it was" : ""));
    }
  }

  SqliteSettings settings;
  KeyAdminSettings how;
  OneAtATime lock;
  ReaderMark readers;
  Keyring keys;
  Database keystore, database;
  KekSet keks;
};

KeyAdmin::KeyAdmin(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeyAdmin::KeyAdmin(KeyAdmin&&) noexcept = default;
KeyAdmin& KeyAdmin::operator=(KeyAdmin&&) noexcept = default;
KeyAdmin::~KeyAdmin() = default;

std::expected<KeyAdmin, std::string> KeyAdmin::open(const SqliteSettings& settings, KeyAdminSettings how) {
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  if (::access(settings.database.c_str(), F_OK) != 0) return std::unexpected(settings.database + ": there is no database here; run `gatehouse init` or restore it");
  auto lock = OneAtATime::take(settings.keystore);
  if (!lock) return std::unexpected(lock.error());
  auto readers = ReaderMark::open(settings.keystore);
  if (!readers) return std::unexpected(readers.error());
  try {
    auto impl = std::make_unique<Impl>(settings, std::move(how), std::move(*keys), std::move(*lock), std::move(*readers));
    if (schema_version(impl->database) != kSchemaVersion) return std::unexpected(settings.database + ": a database of another version; run `gatehouse migrate`");
    Index(impl->database, impl->keys).look();   // of another rotation: whatever is done to the keys would be done beside the wrong database
    return KeyAdmin(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(adapters::line_of(fault, settings.keystore));
  }
}

std::expected<KeyStatus, std::string> KeyAdmin::status() {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<KeyStatus, std::string> {
    KeyStatus out;
    auto escrow = read_escrow(in.keystore, in.settings.keystore);
    if (!escrow) return std::unexpected(escrow.error());
    std::map<unsigned, std::uint64_t> wraps;
    for (const char* sql : {"SELECT kek, count(*) FROM data_key GROUP BY kek", "SELECT kek, count(*) FROM installation_key GROUP BY kek"}) {
      Statement counts(in.keystore.handle(), sql);
      auto rows = counts.select();
      while (rows.next()) wraps[static_cast<unsigned>(rows.integer(0))] += rows.number(1);
    }
    for (const auto& row : kek_rows(in.keystore))
      out.keks.push_back({row.number, row.provider, row.state, row.made_at, row.current_at, row.retired_at, wraps[row.number], escrow->boxes.contains(kek_name(row.number))});
    {
      Statement all(in.keystore.handle(), "SELECT name, label, state, current_at, until FROM installation_key ORDER BY name, number");
      auto rows = all.select();
      while (rows.next()) out.keys.push_back({rows.string(0), rows.string(1), rows.string(2), rows.integer(3), rows.integer(4)});
    }
    {
      Statement people(in.keystore.handle(), "SELECT count(DISTINCT person) FROM data_key");
      auto rows = people.select();
      if (rows.next()) out.people = rows.number(0);
    }
    {
      Statement unfinished(in.keystore.handle(), "SELECT what FROM rotation ORDER BY what");
      auto rows = unfinished.select();
      while (rows.next()) out.unfinished.push_back(rows.string(0));
    }
    if (std::find(out.unfinished.begin(), out.unfinished.end(), "index") == out.unfinished.end()) {
      unsigned current = 0;
      {
        Statement one(in.keystore.handle(), "SELECT number FROM installation_key WHERE name = 'blind_index' AND state = 'current'");
        auto rows = one.select();
        if (rows.next()) current = static_cast<unsigned>(rows.integer(0));
      }
      Index index(in.database, in.keys);
      index.look();
      if (index.oldest() < current) out.behind.push_back({in.settings.database, index.oldest(), current});
      // Figures that cannot be looked at hide nothing of the keys.
      try {
        auto figures = in.statistics_rows();
        if (!figures)
          out.troubles.push_back(figures.error());
        else if (*figures && (*figures)->index_key().version < current)
          out.behind.push_back({in.settings.statistics, (*figures)->index_key().version, current});
      } catch (const DatabaseFault& fault) {
        out.troubles.push_back(adapters::line_of(fault, in.settings.statistics));
      }
    }
    out.escrow = escrow->recipient;
    out.escrow_threshold = escrow->threshold;
    out.escrow_count = escrow->count;
    Statement checked(in.keystore.handle(), "SELECT max(at) FROM key_event WHERE what = 'escrow_checked'");
    auto rows = checked.select();
    if (rows.next()) out.escrow_checked_at = rows.integer(0);
    return out;
  });
}

std::expected<std::uint64_t, std::string> KeyAdmin::rotate_kek() {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<std::uint64_t, std::string> {
    std::int64_t resumed = 0;
    {
      Statement begun(in.keystore.handle(), "SELECT number FROM rotation WHERE what = 'kek'");
      auto rows = begun.select();
      if (rows.next()) resumed = rows.integer(0);
    }
    if (resumed == 0) {
      const auto next = in.ensure_next();
      if (!next) return std::unexpected(next.error());
      if (auto opened = in.load(); !opened) return std::unexpected(opened.error());
      if (in.keks.find(*next) == nullptr) return std::unexpected(in.keks.trouble());
      if (auto ready = in.wait_for_readers(*next); !ready) return std::unexpected(ready.error());
      Transaction transaction(in.keystore);
      Statement(in.keystore.handle(), "UPDATE kek SET state = 'old' WHERE state = 'current'").run();
      Statement(in.keystore.handle(), "UPDATE kek SET state = 'current', current_at = ? WHERE number = ?").run(in.now(), *next);
      Statement(in.keystore.handle(), "INSERT INTO rotation (what, number, begun_at) VALUES ('kek', ?, ?)").run(*next, in.now());
      in.note("kek_current", kek_name(*next));
      transaction.commit();
      in.say(kek_name(*next) + " wraps what is new from now on");
    } else {
      in.say("the rotation to " + kek_name(static_cast<unsigned>(resumed)) + " goes on");
    }
    if (auto opened = in.load(); !opened) return std::unexpected(opened.error());
    in.keys.refresh();
    const auto after = in.ensure_next();
    if (!after) return std::unexpected(after.error());
    if (auto opened = in.load(); !opened) return std::unexpected(opened.error());
    const std::uint64_t done = in.wrap_again(in.keks.current());
    Transaction transaction(in.keystore);
    for (const auto& row : kek_rows(in.keystore)) {
      if (row.state != "old") continue;
      Statement(in.keystore.handle(), "UPDATE kek SET state = 'retired', retired_at = ? WHERE number = ?").run(in.now(), row.number);
      in.note("kek_retired", kek_name(row.number));
    }
    Statement(in.keystore.handle(), "DELETE FROM rotation WHERE what = 'kek'").run();
    transaction.commit();
    if (!in.empty_log())
      return std::unexpected(in.settings.keystore + ": every key is wrapped again, but a reader still holds what stood there before; end it (a backup) and say `gatehouse keys sweep`");
    return done;
  });
}

std::expected<std::string, std::string> KeyAdmin::rotate_release(bool at_once) {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<std::string, std::string> {
    auto next = in.next_of("release");
    if (!next) {
      Transaction transaction(in.keystore);
      in.make_next("release", "release-");
      transaction.commit();
      next = in.next_of("release");
    }
    const std::int64_t ready = next->made_at + in.how.notice_days * kDay;
    if (!at_once && ready > in.now())
      return std::unexpected(next->label + ": partners have not had it for " + std::to_string(in.how.notice_days) + " days; it may sign from " +
                             policy::to_text(policy::Instant(std::chrono::seconds(ready))) + ", or --at-once when the present key is suspected");
    Transaction transaction(in.keystore);
    in.switch_to("release", *next, at_once ? in.now() : in.now() + in.how.overlap_days * kDay);
    in.make_next("release", "release-");
    transaction.commit();
    in.keys.refresh();
    return next->label;
  });
}

std::expected<void, std::string> KeyAdmin::rotate_audit() {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<void, std::string> {
    auto next = in.next_of("audit");
    if (!next) {
      Transaction transaction(in.keystore);
      in.make_next("audit", "");
      transaction.commit();
      next = in.next_of("audit");
    }
    // Everybody can open what it seals before anybody seals with it.
    std::this_thread::sleep_for(kTakenUp);
    Transaction transaction(in.keystore);
    in.switch_to("audit", *next, std::nullopt);
    transaction.commit();
    in.keys.refresh();
    return {};
  });
}

std::expected<std::uint64_t, std::string> KeyAdmin::rotate_index() {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<std::uint64_t, std::string> {
    Index index(in.database, in.keys);
    index.look();
    // Before anything is begun: rows of figures under another key would be turned over into nobody's.
    if (auto rows = in.statistics_rows(); !rows) return std::unexpected(rows.error());
    std::int64_t begun = 0;
    {
      Statement one(in.keystore.handle(), "SELECT number FROM rotation WHERE what = 'index'");
      auto rows = one.select();
      if (rows.next()) begun = rows.integer(0);
    }
    if (begun == 0 && !index.turning()) {
      Transaction transaction(in.keystore);
      auto next = in.next_of("blind_index");
      if (!next) {
        in.make_next("blind_index", "");
        next = in.next_of("blind_index");
      }
      begun = next->number;
      Statement(in.keystore.handle(), "INSERT INTO rotation (what, number, begun_at) VALUES ('index', ?, ?)").run(begun, in.now());
      transaction.commit();
      in.keys.refresh();
    } else {
      // A database that was restored from before this rotation begins it anew; one from the middle of an earlier rotation goes on to the newest key at once.
      begun = std::max({begun, std::int64_t{index.written()}, in.highest_index_key()});
      in.say("the rotation of the index goes on");
    }
    if (index.written() < begun) {
      // Everybody can look up under the new key before anything is written under it.
      std::this_thread::sleep_for(kTakenUp);
      const std::string check = index_check(in.keys, static_cast<unsigned>(begun));
      Transaction transaction(in.database);
      write_index_as(in.database, static_cast<unsigned>(begun), check);
      transaction.commit();
    }
    index.look();
    in.index_is_written_with(index.written());
    const auto done = in.turn_all(index);
    if (!done) return std::unexpected(std::string("index: stopped on the way; say it again: it goes on where it was"));
    // Said at the end: readers of figures are no reason to leave the rest undone.
    const auto figures = in.turn_statistics(index.written());
    {
      Transaction transaction(in.database);
      forget_older_index(in.database);
      transaction.commit();
    }
    // What stood under the old key leaves the file and the write-ahead log; until it has, the rotation is not over and nobody is told that it is.
    if (!in.database.empty_log(in.settings.busy_milliseconds))
      return std::unexpected(in.settings.database + ": everything is turned over, but a reader still holds the values of before; end it (a backup, an export) and say it again");
    if (!figures) return std::unexpected(figures.error());
    Transaction transaction(in.keystore);
    Statement(in.keystore.handle(), "DELETE FROM rotation WHERE what = 'index'").run();
    std::string label;
    {
      Statement now(in.keystore.handle(), "SELECT label FROM installation_key WHERE name = 'blind_index' AND number = ?");
      auto rows = now.select(index.written());
      if (rows.next()) label = rows.string(0);
    }
    in.note("index_turned_over", label);
    transaction.commit();
    return *done;
  });
}

std::expected<void, std::string> KeyAdmin::rotate_person(const std::string& ref) {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<void, std::string> {
    std::int64_t person = 0;
    Index index(in.database, in.keys);
    index.look();   // no rotation begins or ends meanwhile: there is one at a time
    for (const std::string& form : index.to_find(first_index(in.keys, "ref:" + ref))) {
      Statement one(in.database.handle(), "SELECT id FROM person WHERE ref = ? AND shredded_at IS NULL");
      auto rows = one.select(Blob{form});
      if (rows.next()) person = rows.integer(0);
    }
    if (person == 0) return std::unexpected(std::string("--person: there is nobody with this reference, or the file was destroyed"));
    in.renew(person);
    Transaction transaction(in.keystore);
    in.note("data_key_renewed", "person " + std::to_string(person));
    transaction.commit();
    return {};
  });
}

std::expected<std::uint64_t, std::string> KeyAdmin::rotate_people() {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<std::uint64_t, std::string> {
    std::int64_t last = -1;
    {
      Statement begun(in.keystore.handle(), "SELECT number FROM rotation WHERE what = 'people'");
      auto rows = begun.select();
      if (rows.next()) last = rows.integer(0);
    }
    if (last >= 0) in.say("the rotation of everybody's keys goes on");
    if (last < 0) Statement(in.keystore.handle(), "INSERT INTO rotation (what, number, begun_at) VALUES ('people', 0, ?)").run(in.now());
    last = std::max<std::int64_t>(last, 0);
    std::uint64_t done = 0;
    while (true) {
      std::vector<std::int64_t> some;
      {
        Statement people(in.database.handle(), "SELECT id FROM person WHERE id > ? AND shredded_at IS NULL ORDER BY id LIMIT 500");
        auto rows = people.select(last);
        while (rows.next()) some.push_back(rows.integer(0));
      }
      if (some.empty()) break;
      for (const auto person : some) {
        in.renew(person);
        last = person;
        Statement(in.keystore.handle(), "UPDATE rotation SET number = ? WHERE what = 'people'").run(last);
        ++done;
      }
      in.say(std::to_string(done) + " people done");
    }
    Transaction transaction(in.keystore);
    Statement(in.keystore.handle(), "DELETE FROM rotation WHERE what = 'people'").run();
    in.note("data_keys_renewed", "people");
    transaction.commit();
    return done;
  });
}

std::expected<KeyAdmin::Swept, std::string> KeyAdmin::sweep() {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<Swept, std::string> {
    Swept out;
    for (const auto& row : kek_rows(in.keystore)) {
      if (row.state != "retired" || row.retired_at + in.how.backup_days * kDay > in.now()) continue;
      auto provider = kek_provider(row.provider, in.settings.kek);
      if (!provider) return std::unexpected(provider.error());
      if (auto gone = (*provider)->destroy(row.number); !gone) return std::unexpected(gone.error());
      Transaction transaction(in.keystore);
      Statement(in.keystore.handle(), "DELETE FROM escrow_box WHERE name = ?").run(kek_name(row.number));
      Statement(in.keystore.handle(), "DELETE FROM kek WHERE number = ? AND state = 'retired'").run(row.number);
      in.note("kek_destroyed", kek_name(row.number));
      transaction.commit();
      out.destroyed.push_back(kek_name(row.number) + " destroyed");
    }
    std::vector<std::string> over;
    {
      Statement old(in.keystore.handle(), "SELECT label FROM installation_key WHERE name = 'release' AND state = 'old' AND until <= ?");
      auto rows = old.select(in.now());
      while (rows.next()) over.push_back(rows.string(0));
    }
    for (const auto& label : over) {
      Transaction transaction(in.keystore);
      Statement(in.keystore.handle(), "DELETE FROM installation_key WHERE name = 'release' AND label = ?").run(label);
      in.note("key_destroyed", label);
      transaction.commit();
      out.destroyed.push_back(label + " destroyed");
    }
    // Also when nothing was due: an earlier run may have met the reader.
    bool emptied = false;
    try {
      emptied = in.empty_log();
    } catch (const DatabaseFault&) {
      // What was destroyed above stays destroyed, and is said.
    }
    if (!emptied)
      out.still_held = in.settings.keystore + ": a reader still holds what stood there before, or the disk fails; end it (a backup) and say `gatehouse keys sweep` again";
    return out;
  });
}

std::expected<std::vector<crypto::EscrowShare>, std::string> KeyAdmin::make_escrow(unsigned threshold, unsigned count, const std::vector<File>& others) {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<std::vector<crypto::EscrowShare>, std::string> {
    auto fresh = crypto::make_escrow(threshold, count);
    if (!fresh) return std::unexpected(fresh.error().text());
    std::map<std::string, std::string> boxes;
    for (const auto& row : kek_rows(in.keystore)) {
      if (row.state == "making" || row.state == "retired") continue;
      const auto* kek = in.keks.find(row.number);
      if (kek == nullptr) return std::unexpected(kek_name(row.number) + ": cannot be opened, and so not put in escrow: " + in.keks.trouble());
      auto box = seal_for_escrow(fresh->recipient, *kek, kek_name(row.number));
      if (!box) return std::unexpected(box.error());
      boxes.emplace(kek_name(row.number), std::move(*box));
    }
    for (const auto& file : others) {
      auto bytes = read_secret_file(file.path, 65536);
      if (!bytes) return std::unexpected(bytes.error());
      auto box = seal_for_escrow(fresh->recipient, *bytes, file.name);
      if (!box) return std::unexpected(box.error());
      boxes.emplace("file " + file.name, std::move(*box));
    }
    Transaction transaction(in.keystore);
    Statement(in.keystore.handle(), "DELETE FROM escrow_box").run();
    Statement(in.keystore.handle(), "INSERT OR REPLACE INTO escrow (one, recipient, threshold, count, at) VALUES (1, ?, ?, ?, ?)")
        .run(fresh->recipient.text(), threshold, count, in.now());
    Statement add(in.keystore.handle(), "INSERT INTO escrow_box (name, at, box) VALUES (?, ?, ?)");
    for (const auto& [name, box] : boxes) add.run(name, in.now(), Blob{box});
    in.note("escrow_made", "set " + crypto::escrow_set(fresh->recipient));
    transaction.commit();
    return std::move(fresh->shares);
  });
}

std::expected<std::size_t, std::string> KeyAdmin::check_escrow(const std::vector<crypto::EscrowShare>& shares) {
  Impl& in = *impl_;
  return in.guarded([&]() -> std::expected<std::size_t, std::string> {
    const auto escrow = read_escrow(in.keystore, in.settings.keystore);
    if (!escrow) return std::unexpected(escrow.error());
    if (!escrow->recipient) return std::unexpected(std::string("escrow: nothing is in escrow; gatehouse keys escrow make"));
    const auto identity = crypto::recover_escrow(shares, *escrow->recipient);
    if (!identity) return std::unexpected(identity.error().text());
    for (const auto& row : kek_rows(in.keystore)) {
      if (row.state == "making" || row.state == "retired") continue;
      const auto box = escrow->boxes.find(kek_name(row.number));
      if (box == escrow->boxes.end()) return std::unexpected("escrow: " + kek_name(row.number) + " is not in it; gatehouse keys escrow make");
      const auto kek = open_from_escrow(*identity, box->second, box->first);
      if (!kek) return std::unexpected(kek.error());
      const auto* used = in.keks.find(row.number);
      if (used == nullptr || !kek->same_as(*used)) return std::unexpected("escrow: " + kek_name(row.number) + " is not the one in use; gatehouse keys escrow make");
    }
    for (const auto& [name, box] : escrow->boxes)
      if (auto opened = open_from_escrow(*identity, box, name); !opened) return std::unexpected(opened.error());
    Transaction transaction(in.keystore);
    in.note("escrow_checked", "set " + crypto::escrow_set(*escrow->recipient));
    transaction.commit();
    return escrow->boxes.size();
  });
}

std::expected<std::vector<std::string>, std::string> restore_from_escrow(const SqliteSettings& settings, const std::vector<crypto::EscrowShare>& shares,
                                                                         const std::vector<KeyAdmin::File>& others) {
  if (::access(settings.keystore.c_str(), F_OK) != 0) return std::unexpected(settings.keystore + ": there is no key store here; put its backup back first");
  auto lock = OneAtATime::take(settings.keystore);
  if (!lock) return std::unexpected(lock.error());
  try {
    Database keystore(settings.keystore, Database::Mode::write, settings.busy_milliseconds);
    if (key_store_version(keystore) != kKeystoreVersion) return std::unexpected(settings.keystore + ": a key store of another version; use the gatehouse that made it");
    const auto escrow = read_escrow(keystore, settings.keystore);
    if (!escrow) return std::unexpected(escrow.error());
    if (!escrow->recipient) return std::unexpected(settings.keystore + ": nothing was put in escrow with this key store");
    const auto identity = crypto::recover_escrow(shares, *escrow->recipient);
    if (!identity) return std::unexpected(identity.error().text());
    if (auto works = KekSet().load(keystore, settings.kek); works) return std::unexpected(settings.keystore + ": its key-encryption key opens; there is nothing to restore");
    auto provider = kek_provider(settings.kek.provider, settings.kek);
    if (!provider) return std::unexpected(provider.error());
    std::vector<std::string> out;
    for (const auto& row : kek_rows(keystore)) {
      if (row.state == "making" || row.state == "retired") continue;
      const auto box = escrow->boxes.find(kek_name(row.number));
      if (box == escrow->boxes.end()) return std::unexpected("escrow: " + kek_name(row.number) + " is not in it; is this the newest backup of the key store?");
      const auto kek = open_from_escrow(*identity, box->second, box->first);
      if (!kek) return std::unexpected(kek.error());
      if (!row.probe.empty() && !is_probe_of(row.probe, *kek, row.number)) return std::unexpected("escrow: " + kek_name(row.number) + " does not open these keys");
      // What an interrupted restore put there already.
      if (auto there = (*provider)->open(row.number, row.remembered); there && there->same_as(*kek) && row.provider == settings.kek.provider) continue;
      const auto kept = (*provider)->keep(row.number, *kek);
      if (!kept) return std::unexpected(kept.error());
      Transaction transaction(keystore);
      Statement(keystore.handle(), "UPDATE kek SET provider = ?, remembered = ? WHERE number = ?").run(settings.kek.provider, Blob{*kept}, row.number);
      Statement(keystore.handle(), "INSERT INTO key_event (at, what, key) VALUES (?, 'kek_restored', ?)")
          .run(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(), kek_name(row.number));
      transaction.commit();
      out.push_back(kek_name(row.number) + " restored, kept by " + settings.kek.provider);
    }
    for (const auto& file : others) {
      const auto box = escrow->boxes.find("file " + file.name);
      if (box == escrow->boxes.end() || ::access(file.path.c_str(), F_OK) == 0) continue;
      const auto bytes = open_from_escrow(*identity, box->second, box->first);
      if (!bytes) return std::unexpected(bytes.error());
      const auto raw = bytes->reveal(KeyAccess::granted_to("escrow: a key file is put back where it was"));
      const int to = ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
      const bool written = to >= 0 && ::write(to, raw.data(), raw.size()) == static_cast<ssize_t>(raw.size()) && ::fsync(to) == 0;
      if (to >= 0) ::close(to);
      if (!written) return std::unexpected(file.path + ": cannot be written; is the folder there, and may this user write in it?");
      out.push_back(file.path + " restored");
    }
    return out;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(settings.keystore + ": " + fault.what());
  }
}

}  // namespace gatehouse::adapters
