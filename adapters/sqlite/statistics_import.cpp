#include "adapters/sqlite/statistics_import.hpp"

#include <algorithm>
#include <filesystem>

#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/index_proof.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/words.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {

using policy::Error;
using statistics::DrawnFrom;

namespace {

constexpr std::size_t kRowsAtOnce = 5000;

std::string hex_of(std::string_view bytes) { return crypto::hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}); }

// Under the first index key. As the person's own row is found by, so that rows from a file and rows from the records are the same child.
std::int64_t child_of(const Keyring& keys, const std::string& ref) { return statistics_number(first_index(keys, "stat-child:" + hex_of(first_index(keys, "ref:" + ref)))); }

// Whole years on that day; nothing for a date that is none.
std::optional<int> years_between(const std::string& born_text, policy::Instant at) {
  const auto born = policy::read_date(born_text);
  if (!born) return std::nullopt;
  const policy::Date today{std::chrono::floor<std::chrono::days>(at)};
  if (std::chrono::sys_days(*born) > std::chrono::sys_days(today)) return -1;
  int age = static_cast<int>(today.year()) - static_cast<int>(born->year());
  if (std::pair(today.month(), today.day()) < std::pair(born->month(), born->day())) --age;
  return age;
}

// The band of config/record_schema.json, `age_band`.
std::string age_band(const PersonInput& person, policy::Instant at) {
  const auto age = years_between(person.date_of_birth, at);
  if (!age) return person.expected_date.empty() ? std::string() : "unborn";
  if (*age < 0) return "unborn";
  struct Band {
    int below;
    const char* word;
  };
  for (const Band& band : {Band{5, "0-4"}, Band{10, "5-9"}, Band{15, "10-14"}, Band{18, "15-17"}, Band{25, "18-24"}, Band{45, "25-44"}, Band{65, "45-64"}})
    if (*age < band.below) return band.word;
  return "65+";
}

// The district where one of the last three parts of an address names it; a town or a postcode is smaller than a district, and is not looked at.
std::optional<std::size_t> district_of(const statistics::Attribute& attribute, std::string_view address) {
  for (int part = 0; part < 3 && !address.empty(); ++part) {
    const auto comma = address.find_last_of(",\n");
    std::string_view last = comma == std::string_view::npos ? address : address.substr(comma + 1);
    while (!last.empty() && last.front() == ' ') last.remove_prefix(1);
    while (!last.empty() && last.back() == ' ') last.remove_suffix(1);
    if (const auto code = attribute.code(last)) return code;
    if (comma == std::string_view::npos) break;
    address = address.substr(0, comma);
  }
  return std::nullopt;
}

// Where the child lived then: by the last address before it that names a district, else by the first one after.
std::optional<std::size_t> district_at(const statistics::Attribute& attribute, const std::vector<std::pair<policy::Instant, std::string>>& addresses, policy::Instant at) {
  std::optional<std::size_t> before, after;
  for (const auto& [from, address] : addresses) {
    const auto code = district_of(attribute, address);
    if (code && from <= at) before = code;
    if (code && from > at && !after) after = code;
  }
  return before ? before : after;
}

std::int32_t day_of(policy::Instant at) { return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count()); }

}  // namespace

struct StatisticsImport::Impl {
  Impl(SqliteSettings s, const statistics::Dataset& d, Keyring k, StatisticsRows r, std::function<void(const std::string&)> how, std::chrono::seconds at_most)
      : settings(std::move(s)), dataset(d), keys(std::move(k)), rows(std::move(r)), say(std::move(how)), patience(at_most) {}
  SqliteSettings settings;
  const statistics::Dataset& dataset;
  Keyring keys;
  StatisticsRows rows;
  std::function<void(const std::string&)> say;
  std::chrono::seconds patience;
  std::size_t pending = 0;
  unsigned index_version = 1;              // of the rows, in this transaction
  bool open = false;

  // `child`: under the first index key.
  std::expected<StatisticsRows::Put, Error> put(std::int64_t child, const std::string& record, std::int32_t day, std::vector<std::size_t> codes) {
    if (!open) {
      rows.begin_within(patience, say);
      open = true;
      index_version = agreed_index_version(rows, keys);
    }
    StatisticsEvent event;
    event.child = turned_number(keys, child, 1, index_version);
    event.record = turned_number(keys, statistics_number(first_index(keys, "stat-record:" + dataset.id + "|" + record)), 1, index_version);
    event.day = day;
    event.codes = std::move(codes);
    auto put = rows.put(dataset, event);
    if (put && ++pending >= kRowsAtOnce) commit();
    return put;
  }
  void commit() {
    if (open) rows.commit();
    open = false;
    pending = 0;
  }
  // What was put since the last transaction is not there.
  void give_up() {
    open = false;
    pending = 0;
    try {
      rows.rollback();
    } catch (const DatabaseFault&) {
      // Nothing was committed either way.
    }
  }
};

StatisticsImport::StatisticsImport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StatisticsImport::StatisticsImport(StatisticsImport&&) noexcept = default;
StatisticsImport& StatisticsImport::operator=(StatisticsImport&&) noexcept = default;
StatisticsImport::~StatisticsImport() = default;

std::expected<StatisticsImport, std::string> StatisticsImport::open(const SqliteSettings& settings, const statistics::Dataset& dataset,
                                                                    std::function<void(const std::string&)> say, std::chrono::seconds patience) {
  if (settings.statistics.empty()) return std::unexpected(std::string("statistics: no place for rows is named; set $.data.statistics"));
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  auto rows = StatisticsRows::open(settings.statistics, settings.busy_milliseconds);
  if (!rows) return std::unexpected(rows.error());
  try {
    rows->begin_within(patience, say);
    auto good = rows->use(dataset);
    if (good) (void)agreed_index_version(*rows, *keys);   // before a file of a million lines is read
    if (good) rows->commit();
    if (!good) return std::unexpected(settings.statistics + ": " + good.error().text());
  } catch (const DatabaseFault& fault) {
    return std::unexpected(line_of(fault, settings.statistics));
  }
  return StatisticsImport(std::make_unique<Impl>(settings, dataset, std::move(*keys), std::move(*rows), std::move(say), patience));
}

std::expected<StatisticsRows::Put, Error> StatisticsImport::put(const std::string& child, const std::string& record, std::int32_t day, std::vector<std::size_t> codes) {
  try {
    return impl_->put(child_of(impl_->keys, child), record, day, std::move(codes));
  } catch (const DatabaseFault& fault) {
    impl_->give_up();
    return std::unexpected(Error{"unavailable", "rows", line_of(fault, impl_->settings.statistics), "bring the file in again: rows that are there already stay as they are", {}});
  }
}

std::expected<void, std::string> StatisticsImport::finish() {
  try {
    impl_->commit();
    impl_->rows.database().checkpoint(Database::Checkpoint::passive);
    return {};
  } catch (const DatabaseFault& fault) {
    return std::unexpected(line_of(fault, impl_->settings.statistics) + "; the last rows may not be there, bring the file in again");
  }
}

std::expected<StatisticsImport::Collected, std::string> StatisticsImport::collect() {
  Impl& in = *impl_;
  const auto& data = in.dataset;
  Collected out;
  try {
    Database store(in.settings.database, Database::Mode::read, in.settings.busy_milliseconds);
    Statement people(store.handle(), "SELECT id, file FROM person WHERE decoy = 0 AND shredded_at IS NULL ORDER BY id");
    Statement items(store.handle(), "SELECT i.id, i.version, i.category, i.compartment, c.sealed FROM item i JOIN item_content c ON c.id = i.content "
                                    "WHERE i.person = ? ORDER BY i.id");
    auto person_rows = people.select();
    while (person_rows.next()) {
      const std::int64_t person = person_rows.integer(0);
      auto lease = in.keys.open_data_key(person);
      if (!lease) continue;   // destroyed meanwhile
      const Sealer sealer(std::move(*lease), person_subject(person));
      const auto plain = sealer.open("person", std::to_string(person), "file", person_rows.blob(1));
      const auto file = plain ? read_person(*plain) : std::nullopt;
      if (!file) return std::unexpected(in.settings.database + ": a person's file cannot be opened; gatehouse audit verify, then restore");
      ++out.people;
      const std::int64_t child = child_of(in.keys, file->ref);

      struct Event {
        policy::Instant at;
        std::string record;
        policy::Category category;
      };
      std::vector<Event> events;
      std::vector<std::pair<policy::Instant, std::string>> addresses;
      auto rows = items.select(person);
      while (rows.next()) {
        const auto category = policy::from_text<policy::Category>(rows.text(2));
        const bool counted = category && std::find(data.counted.begin(), data.counted.end(), *category) != data.counted.end();
        if (!category || (!counted && *category != policy::Category::contact)) continue;
        if (rows.text(3) != policy::text(policy::Compartment::none)) continue;
        const auto sealed = sealer.open("item", versioned_row(rows.integer(0), rows.integer(1)), "content", rows.blob(4));
        const auto item = sealed ? read_item(*sealed) : std::nullopt;
        if (!item) return std::unexpected(in.settings.database + ": an item cannot be opened; gatehouse audit verify, then restore");
        const auto when = item->record.event_at ? item->record.event_at : item->record.recorded_at;
        if (*category == policy::Category::contact)
          for (const auto& field : item->record.fields)
            if (field.name == "address") addresses.emplace_back(when.value_or(policy::Instant{}), field.value);
        if (!counted) continue;
        if (!when) {
          ++out.undated;
          continue;
        }
        events.push_back({*when, "item:" + hex_of(first_index(in.keys, item_words(person, item->item_ref))), *category});
      }
      std::sort(addresses.begin(), addresses.end());
      for (const Event& event : events) {
        std::vector<std::size_t> codes;
        for (const auto& attribute : data.attributes) {
          std::optional<std::size_t> code;
          if (attribute.drawn_from) switch (*attribute.drawn_from) {
              case DrawnFrom::age_band: code = attribute.code(age_band(*file, event.at)); break;
              case DrawnFrom::sex: code = attribute.code(file->sex); break;
              case DrawnFrom::category: code = attribute.code(policy::text(event.category)); break;
              case DrawnFrom::district: code = district_at(attribute, addresses, event.at); break;
            }
          codes.push_back(code.value_or(attribute.otherwise));
        }
        const auto put = in.put(child, event.record, day_of(event.at), std::move(codes));
        if (!put) {
          ++out.not_applicable;
          continue;
        }
        ++(*put == StatisticsRows::Put::added ? out.added : *put == StatisticsRows::Put::replaced ? out.replaced : out.unchanged);
      }
    }
  } catch (const DatabaseFault& fault) {
    in.give_up();
    return std::unexpected(line_of(fault, in.settings.statistics) + "; say it again: rows that are there already stay as they are");
  }
  if (auto done = finish(); !done) return std::unexpected(done.error());
  return out;
}

std::expected<std::uint64_t, std::string> forget_in_statistics(const SqliteSettings& settings, const std::string& person_ref, std::chrono::seconds patience) {
  std::error_code ignored;
  if (settings.statistics.empty() || !std::filesystem::exists(settings.statistics, ignored)) return 0;
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  auto rows = StatisticsRows::open(settings.statistics, settings.busy_milliseconds);
  if (!rows) return std::unexpected(rows.error());
  try {
    rows->begin_within(patience, {});
    const std::uint64_t gone = rows->forget(turned_number(*keys, child_of(*keys, person_ref), 1, agreed_index_version(*rows, *keys)));
    rows->commit();
    if (!rows->empty_log()) return std::unexpected(settings.statistics + ": the rows are deleted, but a reader still holds what stood there before; end it (a backup, an export)");
    return gone;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(line_of(fault, settings.statistics));
  }
}

unsigned agreed_index_version(StatisticsRows& rows, Keyring& keys) {
  auto key = rows.index_key();
  const std::string file = rows.database().file();
  if (key.check.empty()) {
    // Who says it holds the file: another process may bring the first row in at this moment.
    std::optional<Transaction> own;
    if (!rows.database().in_transaction()) own.emplace(rows.database());
    key = rows.index_key();
    if (key.check.empty()) {
      if (rows.any()) throw DatabaseFault(0, "whether its index key is that of the key store was never compared; run `gatehouse migrate`", file);
      // Nothing stands in it: it begins under the newest key, not under a first one that was retired because somebody may know it.
      key.version = keys.blind_index_key().number();
      key.check = index_check(keys, key.version);
      rows.say_index_key(key);
    }
    if (own) own->commit();
  }
  if (key.check == index_check(keys, key.version)) return key.version;
  throw DatabaseFault(0, "its rows stand under another index key " + std::to_string(key.version) + " than that of the key store: they are of two rotations; restore both from one backup", file);
}

std::expected<std::string, std::string> keep_statistics_key(const SqliteSettings& settings, bool operator_says_so) {
  std::error_code ignored;
  if (settings.statistics.empty() || !std::filesystem::exists(settings.statistics, ignored)) return std::string();
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  auto rows = StatisticsRows::open(settings.statistics, settings.busy_milliseconds);
  if (!rows) return std::unexpected(rows.error());
  try {
    const auto key = rows->index_key();
    if (key.check.empty() && rows->any()) {
      bool ours = key.version == 1 || operator_says_so;
      if (!ours) {
        Database store(settings.database, Database::Mode::read, settings.busy_milliseconds);
        each_reference(store, *keys, [&](std::string_view, const std::string& ref) {
          ours = rows->has(turned_number(*keys, child_of(*keys, ref), 1, key.version));
          return !ours;
        });
      }
      if (!ours)
        return settings.statistics + ": nobody on file has a row in it under index key " + std::to_string(key.version) +
               " of this key store, so whether it is of this rotation cannot be tried, and no rows are taken or forgotten. If it is of another one, restore it and the key store from one "
               "backup; if its rows are all of people who are not on file, say `gatehouse migrate --figures-are-of-this-key-store`";
      Transaction transaction(rows->database());
      if (rows->index_key().check.empty()) rows->say_index_key({key.version, index_check(*keys, key.version)});
      transaction.commit();
    }
    (void)agreed_index_version(*rows, *keys);
    return std::string();
  } catch (const DatabaseFault& fault) {
    return std::unexpected(line_of(fault, settings.statistics));
  }
}

}  // namespace gatehouse::adapters
