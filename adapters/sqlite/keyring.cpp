#include "adapters/sqlite/keyring.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/key_store.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {
namespace {

using crypto::KeyAccess;
using crypto::SecretBytes;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kCachedKeys = 1024;   // 32 KiB of locked memory
constexpr unsigned kBusyMilliseconds = 5000;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

struct Keyring::Impl {
  Impl(std::string file, const KekPlaces& the_places, Database::Mode mode)
      : name(std::move(file)), places(the_places), database(name, mode, kBusyMilliseconds) {}

  void prepare() {
    find.emplace(database.handle(), "SELECT version, wrapped, kek FROM data_key WHERE person = ? ORDER BY version DESC");
    add.emplace(database.handle(), "INSERT INTO data_key (person, version, wrapped, kek) VALUES (?, ?, ?, ?)");
    remove.emplace(database.handle(), "DELETE FROM data_key WHERE person = ?");
    counts.emplace(database.handle(), "SELECT destroyed, changed FROM keystore");
    writing.emplace(database.handle(), "SELECT number FROM kek WHERE state = 'current'");
  }

  // ---- opened keys, least recently used first out; slots in one block of locked memory
  struct Opened {
    std::int64_t person;
    unsigned version;
    std::size_t slot;
  };
  std::span<std::uint8_t> slot(std::size_t index) {
    return slots.fill(KeyAccess::granted_to("keyring: cache of opened data keys")).subspan(index * kKeyBytes, kKeyBytes);
  }
  void forget_all() {
    for (const auto& one : recent) free_slots.push_back(one.slot);
    recent.clear();
    where.clear();
    ::explicit_bzero(slots.fill(KeyAccess::granted_to("keyring: wipe the cache")).data(), slots.size());
  }
  void forget(std::int64_t person) {
    const auto found = where.find(person);
    if (found == where.end()) return;
    const auto bytes = slot(found->second->slot);
    ::explicit_bzero(bytes.data(), bytes.size());
    free_slots.push_back(found->second->slot);
    recent.erase(found->second);
    where.erase(found);
  }
  void remember(std::int64_t person, unsigned version, const SecretBytes& key) {
    forget(person);
    if (free_slots.empty()) forget(recent.back().person);
    const std::size_t index = free_slots.back();
    free_slots.pop_back();
    const auto from = key.reveal(KeyAccess::granted_to("keyring: cache of opened data keys"));
    std::memcpy(slot(index).data(), from.data(), kKeyBytes);
    recent.push_front({person, version, index});
    where[person] = recent.begin();
  }
  // Another process may have destroyed a key or rotated one: at most a second goes by before this one notices.
  void notice(bool at_once = false) {
    const auto now = std::chrono::steady_clock::now();
    if (!at_once && now - looked < std::chrono::seconds(1)) return;
    looked = now;
    std::int64_t destroyed = -1, changed = -1;
    {
      auto rows = counts->select();
      if (rows.next()) destroyed = rows.integer(0), changed = rows.integer(1);
    }
    if (destroyed != destroyed_count || changed != changed_count) forget_all();
    destroyed_count = destroyed;
    if (changed != changed_count) {
      // What cannot be taken up leaves what there is in use; it is tried again.
      if (auto loaded = load_keys())
        changed_count = changed;
      else
        complaint = loaded.error();
    }
  }

  // The KEK that wraps what is new, as this transaction sees it.
  std::expected<unsigned, std::string> writing_kek() {
    unsigned number = 0;
    {
      auto rows = writing->select();
      if (rows.next()) number = static_cast<unsigned>(rows.integer(0));
    }
    if (number != 0 && keks.find(number) == nullptr) {
      if (auto loaded = load_keys(); !loaded) return std::unexpected(loaded.error());
    }
    if (number == 0 || keks.find(number) == nullptr) return std::unexpected(name + ": the current key-encryption key cannot be read by this process; start it again");
    return number;
  }
  const SecretBytes* reading_kek(unsigned number) {
    if (const auto* kek = keks.find(number)) return kek;
    if (auto loaded = load_keys(); !loaded) complaint = loaded.error();
    return keks.find(number);
  }

  std::unique_ptr<SecretBytes> borrow() {
    {
      const std::lock_guard<std::mutex> lock(spare_mutex);
      if (!spare.empty()) {
        auto key = std::move(spare.back());
        spare.pop_back();
        return key;
      }
    }
    return std::make_unique<SecretBytes>(kKeyBytes);
  }
  void give_back(std::unique_ptr<SecretBytes> key) {
    const auto bytes = key->fill(KeyAccess::granted_to("keyring: wipe a lent key"));
    ::explicit_bzero(bytes.data(), bytes.size());
    const std::lock_guard<std::mutex> lock(spare_mutex);
    if (spare.size() < 16) spare.push_back(std::move(key));
  }

  // KEKs and the installation's keys, as the key store has them now.
  std::expected<void, std::string> load_keys() {
    if (auto opened = keks.load(database, places); !opened) return std::unexpected(opened.error());
    complaint = keks.trouble();
    if (readers && !readers->reads_up_to(keks.readable_up_to())) complaint = name + ".readers: cannot be locked; use a local file system";

    std::vector<std::shared_ptr<const KeyVersions::Version>> audits, indexes;
    std::vector<crypto::PublishedKey> published;
    std::optional<crypto::SigningKey> signing;
    std::string signing_label;
    Statement all(database.handle(),
                  "SELECT name, number, label, state, until, kek, wrapped FROM installation_key ORDER BY name, state = 'current' DESC, number DESC");
    auto rows = all.select();
    while (rows.next()) {
      const std::string key_name = rows.string(0), label = rows.string(2), state = rows.string(3);
      const auto number = static_cast<unsigned>(rows.integer(1));
      const auto* kek = keks.find(static_cast<unsigned>(rows.integer(5)));
      auto key = kek != nullptr ? crypto::unwrap_key(*kek, rows.blob(6), installation_key_purpose(key_name, label)) : std::unexpected(crypto::Error());
      if (!key || key->size() != kKeyBytes)
        return std::unexpected(name + ": the key-encryption key does not open these keys; keys and key store must be of one installation");
      if (key_name == "audit") {
        audits.push_back(std::make_shared<KeyVersions::Version>(KeyVersions::Version{number, std::move(*key)}));
      } else if (key_name == "blind_index") {
        indexes.push_back(std::make_shared<KeyVersions::Version>(KeyVersions::Version{number, std::move(*key)}));
      } else if (key_name == "release") {
        auto pair = crypto::SigningKey::from_seed(std::move(*key));
        if (!pair) return std::unexpected(name + ": a release signing key is not 32 bytes");
        published.push_back({label, pair->public_key(), state, rows.integer(4)});
        if (state == "current") signing.emplace(std::move(*pair)), signing_label = label;
      }
    }
    if (audits.empty() || indexes.empty() || !signing) return std::unexpected(name + ": a key is missing; restore the key store from its backup");
    // A chain with a gap finds nobody.
    const KeyVersions index(std::move(indexes));
    for (unsigned number = 1; number <= index.all().size(); ++number)
      if (index.find(number) == nullptr) return std::unexpected(name + ": an index key is missing; restore the key store from its backup");
    // Old ones stay for whoever still holds a reference; they are few and go with the process.
    audit_kept.push_back(std::make_unique<const KeyVersions>(std::move(audits)));
    index_kept.push_back(std::make_unique<const KeyVersions>(index));
    release_kept.push_back(std::make_unique<const crypto::ReleaseKeys>(crypto::ReleaseKeys{std::move(*signing), signing_label, std::move(published)}));
    audit = audit_kept.back().get();
    blind_index = index_kept.back().get();
    release = release_kept.back().get();
    return {};
  }

  std::string name;
  KekPlaces places;
  Database database;
  std::optional<Statement> find, add, remove, counts, writing;
  std::optional<ReaderMark> readers;
  KekSet keks;
  std::vector<std::unique_ptr<const KeyVersions>> audit_kept, index_kept;
  std::vector<std::unique_ptr<const crypto::ReleaseKeys>> release_kept;
  std::atomic<const KeyVersions*> audit = nullptr, blind_index = nullptr;
  std::atomic<const crypto::ReleaseKeys*> release = nullptr;
  std::string complaint;

  std::mutex mutex;  // the connection, the cache, what waits for flush()
  SecretBytes slots{kCachedKeys * kKeyBytes};
  std::list<Opened> recent;
  std::unordered_map<std::int64_t, std::list<Opened>::iterator> where;
  std::vector<std::size_t> free_slots;
  std::chrono::steady_clock::time_point looked{};
  std::int64_t destroyed_count = -1, changed_count = -1;
  bool batch = false;

  std::mutex spare_mutex;
  std::vector<std::unique_ptr<SecretBytes>> spare;
};

Keyring::Keyring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->free_slots.reserve(kCachedKeys);
  for (std::size_t i = 0; i < kCachedKeys; ++i) impl_->free_slots.push_back(kCachedKeys - 1 - i);
  impl_->recent.clear();
}
Keyring::Keyring(Keyring&&) noexcept = default;
Keyring& Keyring::operator=(Keyring&&) noexcept = default;
Keyring::~Keyring() = default;

std::expected<Keyring, std::string> Keyring::create(const std::string& keystore, const KekPlaces& places) {
  if (::access(keystore.c_str(), F_OK) == 0) return std::unexpected(keystore + ": is there already; keys are never overwritten");
  auto provider = kek_provider(places.provider, places);
  if (!provider) return std::unexpected(provider.error());
  unsigned kept = 0;
  const auto give_up = [&](std::string why) {
    // Ours alone, made a moment ago: nothing rests on them.
    for (; kept > 0; --kept) (void)(*provider)->destroy(kept);
    return std::unexpected(std::move(why));
  };
  try {
    const SecretBytes first = SecretBytes::random(kKekBytes), second = SecretBytes::random(kKekBytes);
    std::string remembered[2];
    for (unsigned number = 1; number <= 2; ++number) {
      auto done = (*provider)->keep(number, number == 1 ? first : second);
      if (!done) return give_up(done.error());
      remembered[number - 1] = *done;
      kept = number;
    }
    auto impl = std::make_unique<Impl>(keystore, places, Database::Mode::create);
    const auto today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
    const std::string year = std::to_string(static_cast<int>(today.year()));
    const std::int64_t at = now_seconds();
    {
      Transaction transaction(impl->database);
      make_key_store(impl->database);
      Statement add_kek(impl->database.handle(),
                        "INSERT INTO kek (number, provider, state, made_at, current_at, remembered, probe) VALUES (?, ?, ?, ?, ?, ?, ?)");
      const std::string probes[2] = {kek_probe(first, 1), kek_probe(second, 2)};
      add_kek.run(1, places.provider, "current", at, at, Blob{remembered[0]}, Blob{probes[0]});
      add_kek.run(2, places.provider, "next", at, Null(), Blob{remembered[1]}, Blob{probes[1]});
      Statement add(impl->database.handle(),
                    "INSERT INTO installation_key (name, number, label, state, made_at, current_at, kek, wrapped) VALUES (?, ?, ?, ?, ?, ?, 1, ?)");
      const struct {
        const char* name;
        unsigned number;
        std::string label;
        bool current;
      } keys[] = {{"audit", 1, year + "-1", true}, {"blind_index", 1, year + "-1", true}, {"release", 1, "release-" + year + "-1", true},
                  {"release", 2, "release-" + year + "-2", false}};
      for (const auto& key : keys) {
        const std::string wrapped = crypto::wrap_key(first, SecretBytes::random(kKeyBytes), installation_key_purpose(key.name, key.label));
        add.run(key.name, key.number, key.label, key.current ? "current" : "next", at, key.current ? std::optional(at) : std::nullopt, Blob{wrapped});
      }
      transaction.commit();
    }
    auto readers = ReaderMark::open(keystore);
    if (!readers) return std::unexpected(readers.error());
    impl->readers.emplace(std::move(*readers));
    impl->prepare();
    impl->notice(true);
    if (impl->release == nullptr) return std::unexpected(impl->complaint);
    return Keyring(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(keystore + ": " + fault.what());
  }
}

std::expected<Keyring, std::string> Keyring::open(const std::string& keystore, const KekPlaces& places) {
  if (::access(keystore.c_str(), F_OK) != 0) return std::unexpected(keystore + ": there is no key store here; run `gatehouse init` or restore it");
  try {
    auto impl = std::make_unique<Impl>(keystore, places, Database::Mode::write);
    if (const int version = key_store_version(impl->database); version != kKeystoreVersion)
      return std::unexpected(keystore + (version == 1 ? ": a key store of an earlier version; run `gatehouse migrate`"
                                                      : ": a key store of another version; use the gatehouse that made it"));
    auto readers = ReaderMark::open(keystore);
    if (!readers) return std::unexpected(readers.error());
    impl->readers.emplace(std::move(*readers));
    impl->prepare();
    impl->notice(true);
    if (impl->release == nullptr) return std::unexpected(impl->complaint);
    return Keyring(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(keystore + ": " + fault.what());
  }
}

const std::string& Keyring::file() const { return impl_->name; }
const crypto::ReleaseKeys& Keyring::release_keys() const { return *impl_->release.load(); }
const KeyVersions& Keyring::audit_key() const { return *impl_->audit.load(); }
const KeyVersions& Keyring::blind_index_key() const { return *impl_->blind_index.load(); }

void Keyring::refresh() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  try {
    impl_->notice(true);
  } catch (const DatabaseFault& fault) {
    impl_->complaint = impl_->name + ": " + fault.what();
  }
}

std::string Keyring::trouble() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->complaint;
}

std::expected<Keyring::DataKey, std::string> Keyring::data_key(const std::string& person, bool make) {
  std::int64_t id = 0;
  for (const char c : person) {
    if (c < '0' || c > '9' || id > (INT64_MAX - 9) / 10) return std::unexpected(std::string("data key: not the id of a person"));
    id = id * 10 + (c - '0');
  }
  if (make) {
    if (auto made = make_data_key(id); !made) return std::unexpected(made.error());
    if (auto durable = flush(); !durable) return std::unexpected(durable.error());
  }
  auto lease = open_data_key(id);
  if (!lease) return std::unexpected(std::string(lease.error() == Trouble::no_key ? "data key: there is none; it was destroyed or never made" : "data key: the key store cannot be read"));
  return DataKey{lease->key().clone(KeyAccess::granted_to("keyring: a data key asked for by id")), lease->version()};
}

std::expected<Keyring::Lease, Keyring::Trouble> Keyring::open_data_key(std::int64_t person) {
  Lease lease;
  lease.key_ = impl_->borrow();
  lease.from_ = impl_.get();
  lease.person_ = person;
  const auto into = lease.key_->fill(KeyAccess::granted_to("keyring: lend a data key"));
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  try {
    impl_->notice();
    if (const auto found = impl_->where.find(person); found != impl_->where.end()) {
      impl_->recent.splice(impl_->recent.begin(), impl_->recent, found->second);
      std::memcpy(into.data(), impl_->slot(found->second->slot).data(), kKeyBytes);
      lease.version_ = found->second->version;
      return lease;
    }
    auto rows = impl_->find->select(person);
    if (!rows.next()) return std::unexpected(Trouble::no_key);
    const unsigned version = static_cast<unsigned>(rows.integer(0));
    const auto* kek = impl_->reading_kek(static_cast<unsigned>(rows.integer(2)));
    if (kek == nullptr || !crypto::unwrap_key(*kek, rows.blob(1), data_key_purpose(person, version), *lease.key_)) return std::unexpected(Trouble::unavailable);
    lease.version_ = version;
    // What is not durable yet may still be taken back by discard().
    if (!impl_->batch) impl_->remember(person, version, *lease.key_);
    return lease;
  } catch (const DatabaseFault&) {
    return std::unexpected(Trouble::unavailable);
  }
}

std::vector<Keyring::Lease> Keyring::Lease::others() const {
  std::vector<Lease> out;
  if (from_ == nullptr || person_ == 0) return out;
  const std::lock_guard<std::mutex> lock(from_->mutex);
  try {
    auto rows = from_->find->select(person_);
    while (rows.next()) {
      const auto version = static_cast<unsigned>(rows.integer(0));
      if (version == version_) continue;
      const auto* kek = from_->reading_kek(static_cast<unsigned>(rows.integer(2)));
      auto key = kek != nullptr ? crypto::unwrap_key(*kek, rows.blob(1), data_key_purpose(person_, version)) : std::unexpected(crypto::Error());
      if (!key || key->size() != kKeyBytes) continue;
      Lease lease;
      lease.key_ = std::make_unique<SecretBytes>(std::move(*key));
      lease.from_ = from_;
      lease.person_ = person_;
      lease.version_ = version;
      out.push_back(std::move(lease));
    }
  } catch (const DatabaseFault&) {
    // What cannot be read opens nothing.
  }
  return out;
}

Keyring::Lease Keyring::random_key() {
  Lease lease;
  lease.key_ = impl_->borrow();
  lease.from_ = impl_.get();
  const auto into = lease.key_->fill(KeyAccess::granted_to("keyring: a fresh key"));
  std::string bytes = crypto::random_bytes(kKeyBytes);
  std::memcpy(into.data(), bytes.data(), kKeyBytes);
  ::explicit_bzero(bytes.data(), bytes.size());
  return lease;
}

std::expected<Keyring::Lease, Keyring::Trouble> Keyring::unwrap_under_audit(std::string_view wrapped, std::string_view purpose) {
  for (const auto& version : audit_key().all()) {
    auto key = crypto::unwrap_key(version->key, wrapped, purpose);
    if (!key || key->size() != kKeyBytes) continue;
    Lease lease;
    lease.key_ = std::make_unique<SecretBytes>(std::move(*key));
    lease.from_ = impl_.get();
    return lease;
  }
  return std::unexpected(Trouble::unavailable);
}

std::string Keyring::wrap_under_audit(const SecretBytes& key, std::string_view purpose) const { return crypto::wrap_key(audit_key(), key, purpose); }

std::expected<void, std::string> Keyring::make_data_key(std::int64_t person) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  try {
    {
      auto rows = impl_->find->select(person);
      if (rows.next()) return {};
    }
    if (!impl_->batch) {
      impl_->database.run("BEGIN IMMEDIATE");
      impl_->batch = true;
    }
    const auto kek = impl_->writing_kek();
    if (!kek) return std::unexpected(kek.error());
    const std::string wrapped = crypto::wrap_key(*impl_->keks.find(*kek), SecretBytes::random(kKeyBytes), data_key_purpose(person, 1));
    impl_->add->run(person, 1, Blob{wrapped}, *kek);
    return {};
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->name + ": " + fault.what());
  }
}

std::expected<unsigned, std::string> Keyring::renew_data_key(std::int64_t person) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  try {
    Transaction transaction(impl_->database);
    unsigned version = 0;
    {
      auto rows = impl_->find->select(person);
      if (!rows.next()) return std::unexpected(std::string("data key: there is none to renew; it was destroyed or never made"));
      version = static_cast<unsigned>(rows.integer(0)) + 1;
    }
    const auto kek = impl_->writing_kek();
    if (!kek) return std::unexpected(kek.error());
    const std::string wrapped = crypto::wrap_key(*impl_->keks.find(*kek), SecretBytes::random(kKeyBytes), data_key_purpose(person, version));
    impl_->add->run(person, version, Blob{wrapped}, *kek);
    transaction.commit();
    impl_->forget(person);
    return version;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->name + ": " + fault.what());
  }
}

std::expected<void, std::string> Keyring::flush() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  if (!impl_->batch) return {};
  try {
    impl_->database.run("COMMIT");
    impl_->batch = false;
    return {};
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->name + ": " + fault.what());
  }
}

void Keyring::discard() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  if (!impl_->batch) return;
  impl_->batch = false;
  try {
    if (impl_->database.in_transaction()) impl_->database.run("ROLLBACK");
  } catch (const DatabaseFault&) {
    // Nothing was committed; an orphan key would be harmless.
  }
}

std::expected<bool, std::string> Keyring::destroy(std::int64_t person) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  try {
    impl_->forget(person);
    Transaction transaction(impl_->database);
    impl_->remove->run(person);
    transaction.commit();
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->name + ": " + fault.what());
  }
  try {
    return impl_->database.empty_log(kBusyMilliseconds);
  } catch (const DatabaseFault&) {
    return false;   // the key is destroyed; a copy may be in the log yet
  }
}

Keyring::Lease::Lease(Lease&& other) noexcept
    : from_(std::exchange(other.from_, nullptr)), key_(std::move(other.key_)), person_(other.person_), version_(other.version_) {}
Keyring::Lease& Keyring::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    if (key_ && from_ != nullptr) from_->give_back(std::move(key_));
    from_ = std::exchange(other.from_, nullptr);
    key_ = std::move(other.key_);
    person_ = other.person_;
    version_ = other.version_;
  }
  return *this;
}
Keyring::Lease::~Lease() {
  if (key_ && from_ != nullptr) from_->give_back(std::move(key_));
}

}  // namespace gatehouse::adapters
