#include "adapters/sqlite/keyring.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "adapters/sqlite/database.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {
namespace {

using crypto::KeyAccess;
using crypto::SecretBytes;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kCachedKeys = 1024;   // 32 KiB of locked memory
constexpr unsigned kBusyMilliseconds = 5000;
constexpr int kKeystoreVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE keystore (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, destroyed INTEGER NOT NULL) STRICT;
INSERT INTO keystore VALUES (1, 1, 0);
CREATE TABLE installation_key (name TEXT PRIMARY KEY, label TEXT NOT NULL, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE data_key (
  person INTEGER NOT NULL,
  version INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (person, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER data_key_gone AFTER DELETE ON data_key BEGIN
  UPDATE keystore SET destroyed = destroyed + 1;
END;
)sql";

std::string purpose_of(std::int64_t person, unsigned version) { return "dek|v1|" + std::to_string(person) + "|" + std::to_string(version); }

std::expected<SecretBytes, std::string> read_kek(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return std::unexpected(file + ": the key-encryption key cannot be opened; is the path right and does this user own it?");
  struct stat about {};
  std::string problem;
  SecretBytes key(kKeyBytes);
  if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    problem = file + ": not a plain file; it must hold 32 random bytes";
  } else if ((about.st_mode & 077) != 0) {
    problem = file + ": others may read the key-encryption key; chmod 0400";
  } else if (about.st_size != static_cast<off_t>(kKeyBytes)) {
    problem = file + ": " + std::to_string(about.st_size) + " bytes; the key-encryption key has 32";
  } else {
    const auto into = key.fill(KeyAccess::granted_to("keyring: read the KEK file"));
    if (::read(fd, into.data(), into.size()) != static_cast<ssize_t>(into.size())) problem = file + ": the key-encryption key cannot be read";
  }
  ::close(fd);
  if (!problem.empty()) return std::unexpected(problem);
  return key;
}

std::expected<void, std::string> write_kek(const std::string& file, const SecretBytes& key) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (fd < 0) return std::unexpected(file + ": cannot be made; it must not exist yet, in a folder this user may write");
  const auto bytes = key.reveal(KeyAccess::granted_to("keyring: write the KEK file"));
  const bool written = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) {
    ::unlink(file.c_str());
    return std::unexpected(file + ": could not be written to the end");
  }
  // The name is durable too, else a power cut could leave wrapped keys without what opens them.
  const std::size_t slash = file.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || ::fsync(directory) != 0) {
    if (directory >= 0) ::close(directory);
    return std::unexpected(folder + ": cannot be synced");
  }
  ::close(directory);
  return {};
}

}  // namespace

struct Keyring::Impl {
  Impl(std::string file, SecretBytes the_kek, Database::Mode mode)
      : name(std::move(file)), kek(std::move(the_kek)), database(name, mode, kBusyMilliseconds) {}

  void prepare() {
    find.emplace(database.handle(), "SELECT version, wrapped FROM data_key WHERE person = ? ORDER BY version DESC LIMIT 1");
    add.emplace(database.handle(), "INSERT INTO data_key (person, version, wrapped) VALUES (?, ?, ?)");
    remove.emplace(database.handle(), "DELETE FROM data_key WHERE person = ?");
    destroyed.emplace(database.handle(), "SELECT destroyed FROM keystore");
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
  // Another process may have destroyed a key: at most a second goes by before this one notices.
  void notice_destruction() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked < std::chrono::seconds(1)) return;
    looked = now;
    auto rows = destroyed->select();
    const std::int64_t count = rows.next() ? rows.integer(0) : -1;
    if (count != destroyed_count) forget_all();
    destroyed_count = count;
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

  std::expected<void, std::string> load_installation_keys() {
    Statement all(database.handle(), "SELECT name, label, wrapped FROM installation_key");
    auto rows = all.select();
    while (rows.next()) {
      const std::string_view key_name = rows.text(0);
      const std::string label = rows.string(1);
      auto key = crypto::unwrap_key(kek, rows.blob(2), std::string(key_name == "audit" ? "aud" : key_name == "blind_index" ? "bik" : "sig") + "|v1|" + label);
      if (!key) return std::unexpected(name + ": the key-encryption key does not open these keys; kek_file and keystore must be of one installation");
      if (key_name == "audit") {
        audit = std::move(*key);
      } else if (key_name == "blind_index") {
        blind_index = std::move(*key);
      } else if (key_name == "release") {
        auto signing = crypto::SigningKey::from_seed(std::move(*key));
        if (!signing) return std::unexpected(name + ": the release signing key is not 32 bytes");
        release.emplace(std::move(*signing));
        release_label = label;
      }
    }
    if (audit.empty() || blind_index.empty() || !release) return std::unexpected(name + ": a key is missing; restore the key store from its backup");
    return {};
  }

  std::string name;
  SecretBytes kek;
  Database database;
  std::optional<Statement> find, add, remove, destroyed;
  SecretBytes audit, blind_index;
  std::optional<crypto::SigningKey> release;
  std::string release_label;

  std::mutex mutex;  // the connection, the cache, what waits for flush()
  SecretBytes slots{kCachedKeys * kKeyBytes};
  std::list<Opened> recent;
  std::unordered_map<std::int64_t, std::list<Opened>::iterator> where;
  std::vector<std::size_t> free_slots;
  std::chrono::steady_clock::time_point looked{};
  std::int64_t destroyed_count = -1;
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

std::expected<Keyring, std::string> Keyring::create(const std::string& keystore, const std::string& kek_file) {
  if (::access(keystore.c_str(), F_OK) == 0) return std::unexpected(keystore + ": is there already; keys are never overwritten");
  if (::access(kek_file.c_str(), F_OK) == 0) return std::unexpected(kek_file + ": is there already; keys are never overwritten");
  try {
    SecretBytes kek = SecretBytes::random(kKeyBytes);
    if (auto written = write_kek(kek_file, kek); !written) return std::unexpected(written.error());
    auto impl = std::make_unique<Impl>(keystore, std::move(kek), Database::Mode::create);
    const auto today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
    const std::string year = std::to_string(static_cast<int>(today.year()));
    {
      Transaction transaction(impl->database);
      impl->database.run(kSchema);
      Statement add(impl->database.handle(), "INSERT INTO installation_key (name, label, wrapped) VALUES (?, ?, ?)");
      const struct {
        const char *name, *purpose;
        std::string label;
      } keys[] = {{"audit", "aud", year + "-1"}, {"blind_index", "bik", year + "-1"}, {"release", "sig", "release-" + year + "-1"}};
      for (const auto& key : keys) {
        const std::string wrapped = crypto::wrap_key(impl->kek, SecretBytes::random(kKeyBytes), std::string(key.purpose) + "|v1|" + key.label);
        add.run(key.name, key.label, Blob{wrapped});
      }
      transaction.commit();
    }
    if (auto loaded = impl->load_installation_keys(); !loaded) return std::unexpected(loaded.error());
    impl->prepare();
    return Keyring(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(keystore + ": " + fault.what());
  }
}

std::expected<Keyring, std::string> Keyring::open(const std::string& keystore, const std::string& kek_file) {
  auto kek = read_kek(kek_file);
  if (!kek) return std::unexpected(kek.error());
  if (::access(keystore.c_str(), F_OK) != 0) return std::unexpected(keystore + ": there is no key store here; run `gatehouse init` or restore it");
  try {
    auto impl = std::make_unique<Impl>(keystore, std::move(*kek), Database::Mode::write);
    Statement version(impl->database.handle(), "SELECT version FROM keystore");
    {
      auto rows = version.select();
      if (!rows.next() || rows.integer(0) != kKeystoreVersion)
        return std::unexpected(keystore + ": a key store of another version; use the gatehouse that made it or run `gatehouse migrate`");
    }
    if (auto loaded = impl->load_installation_keys(); !loaded) return std::unexpected(loaded.error());
    impl->prepare();
    return Keyring(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(keystore + ": " + fault.what());
  }
}

const crypto::SigningKey& Keyring::release_key() const { return *impl_->release; }
std::string Keyring::release_keyid() const { return impl_->release_label; }
const SecretBytes& Keyring::audit_key() const { return impl_->audit; }
const SecretBytes& Keyring::blind_index_key() const { return impl_->blind_index; }

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
  const auto into = lease.key_->fill(KeyAccess::granted_to("keyring: lend a data key"));
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  try {
    impl_->notice_destruction();
    if (const auto found = impl_->where.find(person); found != impl_->where.end()) {
      impl_->recent.splice(impl_->recent.begin(), impl_->recent, found->second);
      std::memcpy(into.data(), impl_->slot(found->second->slot).data(), kKeyBytes);
      lease.version_ = found->second->version;
      return lease;
    }
    auto rows = impl_->find->select(person);
    if (!rows.next()) return std::unexpected(Trouble::no_key);
    const unsigned version = static_cast<unsigned>(rows.integer(0));
    if (!crypto::unwrap_key(impl_->kek, rows.blob(1), purpose_of(person, version), *lease.key_)) return std::unexpected(Trouble::unavailable);
    lease.version_ = version;
    // What is not durable yet may still be taken back by discard().
    if (!impl_->batch) impl_->remember(person, version, *lease.key_);
    return lease;
  } catch (const DatabaseFault&) {
    return std::unexpected(Trouble::unavailable);
  }
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
  auto key = crypto::unwrap_key(impl_->audit, wrapped, purpose);
  if (!key || key->size() != kKeyBytes) return std::unexpected(Trouble::unavailable);
  Lease lease;
  lease.key_ = std::make_unique<SecretBytes>(std::move(*key));
  lease.from_ = impl_.get();
  return lease;
}

std::string Keyring::wrap_under_audit(const SecretBytes& key, std::string_view purpose) const { return crypto::wrap_key(impl_->audit, key, purpose); }

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
    const std::string wrapped = crypto::wrap_key(impl_->kek, SecretBytes::random(kKeyBytes), purpose_of(person, 1));
    impl_->add->run(person, 1, Blob{wrapped});
    return {};
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

std::expected<void, std::string> Keyring::destroy(std::int64_t person) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  try {
    impl_->forget(person);
    Transaction transaction(impl_->database);
    impl_->remove->run(person);
    transaction.commit();
    impl_->database.checkpoint(Database::Checkpoint::truncate);
    return {};
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->name + ": " + fault.what());
  }
}

Keyring::Lease::Lease(Lease&& other) noexcept
    : from_(std::exchange(other.from_, nullptr)), key_(std::move(other.key_)), version_(other.version_) {}
Keyring::Lease& Keyring::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    if (key_ && from_ != nullptr) from_->give_back(std::move(key_));
    from_ = std::exchange(other.from_, nullptr);
    key_ = std::move(other.key_);
    version_ = other.version_;
  }
  return *this;
}
Keyring::Lease::~Lease() {
  if (key_ && from_ != nullptr) from_->give_back(std::move(key_));
}

}  // namespace gatehouse::adapters
