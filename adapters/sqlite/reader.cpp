#include "adapters/sqlite/reader.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/words.hpp"

namespace gatehouse::adapters {

using policy::Matched;
using policy::SourceError;
using policy::StoreError;

std::string remembered_epoch(std::int64_t epoch) { return "epoch:" + std::to_string(epoch); }

std::optional<std::int64_t> epoch_of(std::string_view remembered) {
  if (!remembered.starts_with("epoch:")) return std::nullopt;
  return person_number(remembered.substr(6));
}

constexpr std::size_t kHashBytes = 16;  // of first_index()

std::optional<std::vector<std::int64_t>> people_of(std::string_view remembered) {
  if (hash_of(remembered).empty()) return std::nullopt;
  std::vector<std::int64_t> out;
  for (std::size_t at = kHashBytes; at < remembered.size(); at += 8) std::memcpy(&out.emplace_back(), remembered.data() + at, 8);
  return out;
}

std::string_view hash_of(std::string_view remembered) {
  if (remembered.size() < kHashBytes || (remembered.size() - kHashBytes) % 8 != 0) return {};
  return remembered.substr(0, kHashBytes);
}

std::string item_id(std::int64_t id) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out(16, '0');
  auto rest = static_cast<std::uint64_t>(id);
  for (std::size_t i = 16; i-- > 0; rest >>= 4) out[i] = digits[rest & 15];
  return out;
}

std::optional<std::int64_t> item_number(std::string_view id) {
  if (id.size() != 16) return std::nullopt;
  std::uint64_t out = 0;
  for (const char c : id) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    out = out << 4 | static_cast<std::uint64_t>(digit);
  }
  return static_cast<std::int64_t>(out);
}

std::optional<std::int64_t> person_number(std::string_view id) {
  if (id.empty() || id.size() > 18) return std::nullopt;
  std::int64_t out = 0;
  for (const char c : id) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

// Ends with the object. Every statement of the view must be free by then.
class Reader::View {
 public:
  explicit View(Reader& reader) : reader_(reader) { reader_.begin_.run(); }
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() {
    try {
      reader_.end_.run();
    } catch (const DatabaseFault&) {
      // A read transaction has nothing to lose; the next BEGIN says what is wrong.
    }
  }

 private:
  Reader& reader_;
};

namespace {

// The columns status_of() reads.
std::string status_where(const char* condition) {
  return std::string("SELECT q.id, q.agency, q.state, q.purpose, q.received, q.answer_by, r.id, r.expires, r.log_index, q.review_asked, q.wanted FROM request q "
                     "LEFT JOIN release r ON r.request = q.seq WHERE ") +
         condition;
}

}  // namespace

Reader::Reader(const SqliteSettings& settings, Keyring& keys)
    : settings_(settings),
      keys_(keys),
      database_(settings.database, Database::Mode::read, settings.busy_milliseconds),
      index_(database_, keys),
      begin_(database_.handle(), "BEGIN"),
      end_(database_.handle(), "COMMIT"),
      stamp_(database_.handle(),
             "SELECT (SELECT n FROM counter WHERE name = 'identifiers'), (SELECT version FROM agency WHERE id = ?), "
             "(SELECT sha256 FROM active_pack WHERE one = 1)"),
      by_token_(database_.handle(), "SELECT person, kind FROM identifier WHERE token = ? LIMIT 64"),
      kinds_of_person_(database_.handle(), "SELECT DISTINCT kind FROM identifier WHERE person = ? AND kind IN ('nhs', 'upn')"),
      person_(database_.handle(), "SELECT version, markers, file FROM person WHERE id = ? AND shredded_at IS NULL"),
      household_(database_.handle(),
                 "SELECT EXISTS (SELECT 1 FROM relation r LEFT JOIN person o ON o.id = r.other WHERE r.person = ?1 AND ((r.flags & 6) <> 0 OR "
                 "o.markers <> 0)) OR EXISTS (SELECT 1 FROM relation r JOIN person o ON o.id = r.person WHERE r.other = ?1 AND o.markers <> 0)"),
      items_(database_.handle(),
             "SELECT id, version, category, compartment, given_in_confidence, relevant_for, relevant_for_all, restricted FROM item WHERE person = ?"),
      restrictions_(database_.handle(), "SELECT item FROM item_restriction WHERE person = ? AND whom = ?"),
      facts_(database_.handle(),
             "SELECT 1, id, version, file FROM consent WHERE person = ?1 UNION ALL SELECT 2, id, version, file FROM competence WHERE person = ?1 "
             "UNION ALL SELECT 3, id, version, file FROM finding WHERE person = ?1"),
      approvals_(database_.handle(),
                 "SELECT 1, role FROM approval WHERE request = (SELECT seq FROM request WHERE id = ?1) "
                 "UNION ALL SELECT 2, role FROM advice WHERE request = (SELECT seq FROM request WHERE id = ?1)"),
      worker_(database_.handle(), "SELECT initial_only FROM relation_token WHERE person = ? AND token = ?"),
      item_(database_.handle(),
            "SELECT i.version, i.category, i.compartment, i.given_in_confidence, i.relevant_for, i.relevant_for_all, i.restricted, c.sealed FROM item i "
            "JOIN item_content c ON c.id = i.content WHERE i.person = ? AND i.id = ?"),
      relations_(database_.handle(), "SELECT id, file FROM relation WHERE person = ?"),
      request_(database_.handle(), status_where("q.id = ? AND q.agency = ?")),
      asked_(database_.handle(), "SELECT seq, person, own_key, asked FROM request WHERE id = ? AND agency = ?"),
      due_(database_.handle(), status_where("q.state = 'waiting' AND q.answer_by <= ? ORDER BY q.answer_by, q.seq LIMIT ?")),
      over_(database_.handle(), status_where("q.state IN ('released', 'fetched', 'acknowledged') AND q.live_until <= ? ORDER BY q.live_until LIMIT ?")),
      pages_(database_.handle(), "SELECT id FROM (SELECT id, received AS at, seq FROM request WHERE page_lead = 1 AND paged_at IS NULL UNION ALL "
                                "SELECT id, asked, 0 FROM enquiry WHERE page_lead = 1 AND paged_at IS NULL UNION ALL "
                                "SELECT id, received, 0 FROM inbound WHERE page_lead = 1 AND paged_at IS NULL) ORDER BY at, seq LIMIT ?"),
      agencies_(database_.handle(), "SELECT id, type, name, directory_number, emergency_registered, version FROM agency ORDER BY id"),
      agency_keys_(database_.handle(), "SELECT keyid, kind, value, not_before, not_after, state FROM agency_key WHERE agency = ? ORDER BY kind, keyid"),
      agreements_(database_.handle(), "SELECT name, purposes, from_day, to_day, verified_on FROM agreement WHERE agency = ? ORDER BY name"),
      pack_and_version_(database_.handle(),
                        "SELECT (SELECT sha256 FROM active_pack WHERE one = 1), (SELECT n FROM counter WHERE name = 'directory')"),
      log_(database_.handle(), "SELECT size, at FROM log_head WHERE one = 1") {
  Statement decoy(database_.handle(), "SELECT id FROM person WHERE decoy = 1 LIMIT 1");
  auto rows = decoy.select();
  if (!rows.next()) throw DatabaseFault(0, "database: the stand-in for people who are not there is missing");
  decoy_ = rows.integer(0);
}

std::expected<policy::Evidence, StoreError> Reader::evidence(const policy::EvidenceQuery& query) {
  policy::Evidence out;
  const View view(*this);
  index_.look();

  // What the token covers besides the person.
  {
    auto rows = stamp_.select(query.agency);
    if (!rows.next()) return std::unexpected(StoreError::unavailable);
    out.token.looked_up.push_back(remembered_epoch(rows.integer(0)));
    out.token.agency = query.agency;
    out.token.agency_version = rows.number(1);
    out.token.pack_sha256 = rows.string(2);
  }

  // Who is meant. Every value is looked up, whatever the others gave.
  std::set<std::int64_t> exact, named, near;
  bool by_nhs = false, by_upn = false, asked_nhs = false, asked_upn = false;
  std::vector<std::string> how;
  for (const Look& look : looks_of(query.locator)) {
    std::string remembered = first_index(keys_, look.typed);
    for (const std::string& form : index_.to_find(remembered)) {
      auto rows = by_token_.select(Blob{form});
      while (rows.next()) {
        const std::int64_t person = rows.integer(0);
        const std::string_view kind = rows.text(1);
        char bytes[8];
        std::memcpy(bytes, &person, 8);
        remembered.append(bytes, 8);
        std::string_view word;
        switch (look.by) {
          case Look::By::nhs:
            exact.insert(person), by_nhs = true, word = "nhs";
            break;
          case Look::By::upn:
            exact.insert(person), by_upn = true, word = "upn";
            break;
          case Look::By::name:
            if (kind == "name") named.insert(person);
            near.insert(person), word = kind == "name" ? "name_dob" : kind;
            break;
          case Look::By::dob_swapped:
            near.insert(person), word = "dob_swapped";
            break;
          case Look::By::phonetic:
            near.insert(person), word = "phonetic";
            break;
          case Look::By::reference:
            near.insert(person), word = "agency_reference";
            break;
          case Look::By::unborn:
            near.insert(person), word = "unborn";
            break;
        }
        if (std::find(how.begin(), how.end(), word) == how.end()) how.emplace_back(word);
      }
    }
    if (look.by == Look::By::nhs) asked_nhs = true;
    if (look.by == Look::By::upn) asked_upn = true;
    out.token.looked_up.push_back(std::move(remembered));
  }

  // From here the same is read for somebody and for nobody: a stand-in takes the place of a person who is not there.
  std::int64_t person = exact.size() == 1 ? *exact.begin() : decoy_;
  bool one = exact.size() == 1;
  {
    // A number asked for that the person does not have, while another of its kind is on file, speaks against them.
    auto rows = kinds_of_person_.select(person);
    while (rows.next()) {
      if (rows.text(0) == "nhs" && asked_nhs && !by_nhs) one = false;
      if (rows.text(0) == "upn" && asked_upn && !by_upn) one = false;
    }
  }
  // The name and date of birth point to somebody else as well: a person decides which file it is.
  for (const std::int64_t other : named)
    if (other != person) one = false;

  auto lease = keys_.open_data_key(person);
  if (!lease) return std::unexpected(StoreError::unavailable);
  const Sealer sealer(std::move(*lease), person_subject(person));
  std::uint64_t markers = 0;
  {
    auto rows = person_.select(person);
    if (!rows.next()) return std::unexpected(StoreError::unavailable);
    const auto plain = sealer.open("person", std::to_string(person), "file", rows.blob(2));
    const auto who = plain ? read_who(*plain) : std::nullopt;
    if (!who) return std::unexpected(StoreError::unavailable);
    const bool dob = !who->date_of_birth.empty() && who->date_of_birth == query.locator.date_of_birth;
    bool name = false;
    if (!query.locator.given_name.empty() && !query.locator.family_name.empty()) {
      const auto given = name_words(query.locator.given_name), family = name_words(query.locator.family_name);
      for (const auto& known : who->names) {
        if (known.kind != "current" || given.empty() || family.empty()) continue;
        const auto known_given = name_words(known.given);
        name = name || (!known_given.empty() && known_given.front() == given.front() && name_words(known.family) == family);
      }
    }
    if (exact.size() == 1) {
      if (dob) how.emplace_back("dob");
      if (name) how.emplace_back("name");
    }
    if (!dob && !name) one = false;
    out.date_of_birth = policy::read_date(who->date_of_birth);
    out.token.person_version = rows.number(0);
    markers = rows.number(1);
  }
  out.matched = one ? Matched::one : exact.empty() && near.empty() ? Matched::nobody : Matched::candidates;
  out.matched_how = std::move(how);

  {
    auto rows = household_.select(person);
    out.risk_marker = !rows.next() || rows.integer(0) != 0 || markers != 0;
  }

  bool restricted = false;
  {
    auto rows = items_.select(person);
    while (rows.next()) {
      const auto category = policy::from_text<policy::Category>(rows.text(2));
      const auto compartment = policy::from_text<policy::Compartment>(rows.text(3));
      if (!category || !compartment) return std::unexpected(StoreError::unavailable);
      if (!query.categories.empty() && std::find(query.categories.begin(), query.categories.end(), *category) == query.categories.end()) continue;
      policy::Item item;
      item.id = item_id(rows.integer(0));
      item.version = rows.number(1);
      item.category = category;
      item.compartment = compartment;
      item.given_in_confidence = rows.integer(4) != 0;
      // Nobody marked it for this purpose: unknown, which never permits.
      if (rows.integer(6) != 0 || (rows.number(5) & purpose_bit(query.purpose)) != 0) item.relevant = true;
      item.withheld_from_requester = false;
      restricted = restricted || rows.integer(7) != 0;
      out.items.push_back(std::move(item));
    }
  }
  if (restricted) {
    for (const std::string& whom : index_.to_find(first_index(keys_, withheld_words(person, query.agency)))) {
      auto rows = restrictions_.select(person, Blob{whom});
      while (rows.next()) {
        const std::string id = item_id(rows.integer(0));
        for (auto& item : out.items)
          if (item.id == id) item.withheld_from_requester = true;
      }
    }
  }

  const policy::Date today = std::chrono::floor<std::chrono::days>(query.at);
  const std::string today_text = policy::to_text(today);
  std::string assessed_on;
  {
    auto rows = facts_.select(person);
    while (rows.next()) {
      static constexpr const char* tables[] = {"", "consent", "competence", "finding"};
      const auto kind = static_cast<std::size_t>(rows.integer(0));
      const auto plain = sealer.open(tables[kind], versioned_row(rows.integer(1), rows.integer(2)), "file", rows.blob(3));
      if (!plain) return std::unexpected(StoreError::unavailable);
      if (kind == 1) {
        auto consent = read_consent(*plain);
        if (!consent) return std::unexpected(StoreError::unavailable);
        out.consents.push_back(std::move(consent->consent));
      } else if (kind == 2) {
        const auto assessment = read_competence(*plain);
        if (!assessment) return std::unexpected(StoreError::unavailable);
        // The latest word counts, also where it has lapsed: then nobody has assessed.
        if (assessment->assessed_on > today_text || assessment->assessed_on < assessed_on) continue;
        assessed_on = assessment->assessed_on;
        const bool lapsed = !assessment->valid_to.empty() && assessment->valid_to < today_text;
        out.competence = lapsed ? policy::Competence::unassessed : assessment->outcome;
      } else {
        const auto finding = read_finding(*plain);
        if (!finding) return std::unexpected(StoreError::unavailable);
        if (finding->found_on > today_text || (!finding->until.empty() && finding->until < today_text)) continue;
        out.circumstances.push_back({finding->code, true});
      }
    }
  }

  if (!query.request_id.empty()) {
    auto rows = approvals_.select(query.request_id);
    while (rows.next()) {
      const auto role = policy::from_text<policy::Role>(rows.text(1));
      if (!role) return std::unexpected(StoreError::unavailable);
      (rows.integer(0) == 1 ? out.approvals : out.consulted).push_back(*role);
    }
  }

  if (!query.worker.empty()) {
    const WorkerName worker = worker_name(query.worker);
    // A partner's question is about one person or nobody, and takes the same road for both. One of our own sees the details as they were typed.
    std::set<std::int64_t> about = {person};
    if (query.conflict_with_candidates)
      for (const auto* list : {&exact, &named, &near}) about.insert(list->begin(), list->end());
    for (const std::int64_t one_of_them : about)
      for (const WorkerToken& name : worker_words(one_of_them, worker))
        for (const std::string& token : index_.to_find(first_index(keys_, name.words))) {
          auto rows = worker_.select(one_of_them, Blob{token});
          while (rows.next())
            if (same_worker(name.initial, worker, rows.integer(0) != 0)) out.conflict = true;
        }
  }

  if (out.matched == Matched::one) {
    out.token.person = std::to_string(person);
    return out;
  }
  policy::Evidence nobody;
  nobody.token = std::move(out.token);
  nobody.token.person_version = 0;
  nobody.matched = out.matched;
  nobody.matched_how = std::move(out.matched_how);
  nobody.conflict = query.conflict_with_candidates && out.conflict;
  return nobody;
}

std::expected<policy::CaseFile, SourceError> Reader::find(const policy::RecordQuery& query) {
  const auto person = person_number(query.person);
  if (!person) return std::unexpected(SourceError::changed);
  policy::CaseFile out;
  const View view(*this);
  auto lease = keys_.open_data_key(*person);
  if (!lease) return std::unexpected(lease.error() == Keyring::Trouble::no_key ? SourceError::changed : SourceError::unavailable);
  const Sealer sealer(std::move(*lease), person_subject(*person));

  out.records.reserve(query.items.size());
  for (const auto& [id, version] : query.items) {
    const auto number = item_number(id);
    if (!number) return std::unexpected(SourceError::changed);
    auto rows = item_.select(*person, *number);
    if (!rows.next() || rows.number(0) != version) return std::unexpected(SourceError::changed);
    const auto plain = sealer.open("item", versioned_row(*number, static_cast<std::int64_t>(version)), "content", rows.blob(7));
    auto file = plain ? read_item(*plain) : std::nullopt;
    // A header that was edited in the database is not the one the content was sealed with.
    if (!file || policy::text(file->record.category) != rows.text(1) || policy::text(file->compartment) != rows.text(2) ||
        file->given_in_confidence != (rows.integer(3) != 0) || file->relevant_for != rows.number(4) ||
        file->relevant_for_all != (rows.integer(5) != 0) || file->withheld_from.empty() != (rows.integer(6) == 0))
      return std::unexpected(SourceError::unavailable);
    file->record.id = id;
    file->record.version = version;
    out.records.push_back(std::move(file->record));
  }

  {
    auto rows = person_.select(*person);
    if (!rows.next()) return std::unexpected(SourceError::changed);
    const auto plain = sealer.open("person", query.person, "file", rows.blob(2));
    auto self = plain ? read_person(*plain) : std::nullopt;
    if (!self) return std::unexpected(SourceError::unavailable);
    policy::Person subject;
    subject.id = query.person;
    subject.relation = "self";
    subject.role = "family";
    for (const auto& name : self->names) subject.names.push_back(full_name(name));
    for (auto& identifier : self->identifiers) subject.identifiers.push_back(std::move(identifier.value));
    out.subject = subject.id;
    out.people.push_back(std::move(subject));
  }
  {
    auto rows = relations_.select(*person);
    while (rows.next()) {
      const std::string row = std::to_string(rows.integer(0));
      const auto plain = sealer.open("relation", row, "file", rows.blob(1));
      auto file = plain ? read_relation(*plain) : std::nullopt;
      if (!file) return std::unexpected(SourceError::unavailable);
      policy::Person other;
      other.id = "r" + row;
      other.relation = std::move(file->relation.relation);
      other.role = std::move(file->relation.role);
      for (const auto& name : file->relation.names) other.names.push_back(full_name(name));
      for (auto& identifier : file->relation.identifiers) other.identifiers.push_back(std::move(identifier.value));
      for (auto& name : file->others_names)
        if (std::find(other.names.begin(), other.names.end(), name) == other.names.end()) other.names.push_back(std::move(name));
      out.people.push_back(std::move(other));
    }
  }
  return out;
}

policy::RequestStatus Reader::status_of(const Rows& rows) const {
  policy::RequestStatus out;
  out.id = rows.string(0);
  out.agency = rows.string(1);
  const auto state = policy::from_text<policy::RequestState>(rows.text(2));
  const auto purpose = policy::from_text<policy::Purpose>(rows.text(3));
  if (!state || !purpose) throw DatabaseFault(0, "database: request: a word that is not of the vocabulary");
  out.state = *state;
  out.purpose = *purpose;
  out.received = instant_of(rows.integer(4));
  out.answer_by = instant_of(rows.integer(5));
  if (!rows.null(6)) {
    out.release_id = rows.string(6);
    out.release_expires = instant_of(rows.integer(7));
    out.log_index = rows.number(8);
  }
  out.review_asked = rows.integer(9) != 0;
  if (!rows.null(10)) out.wanted = statements_of(rows.text(10));
  return out;
}

std::expected<std::optional<policy::RequestStatus>, StoreError> Reader::request(const std::string& id, const std::string& agency) {
  const View view(*this);
  auto rows = request_.select(id, agency);
  if (!rows.next()) return std::optional<policy::RequestStatus>();
  return std::optional(status_of(rows));
}

std::expected<std::optional<std::string>, StoreError> Reader::asked(const std::string& id, const std::string& agency) {
  const View view(*this);
  auto rows = asked_.select(id, agency);
  if (!rows.next()) return std::optional<std::string>();
  auto sealer = request_sealer(keys_, id, rows.null(1) ? std::nullopt : std::optional(rows.integer(1)), rows.blob(2));
  if (!sealer) {
    if (sealer.error() == Keyring::Trouble::no_key) return std::optional<std::string>();
    return std::unexpected(StoreError::unavailable);
  }
  auto plain = sealer->open("request", id, "asked", rows.blob(3));
  if (!plain) return std::unexpected(StoreError::unavailable);
  return std::optional(std::move(*plain));
}

std::expected<std::vector<policy::RequestStatus>, StoreError> Reader::due(policy::Instant now, std::size_t limit) {
  const View view(*this);
  std::vector<policy::RequestStatus> out;
  auto rows = due_.select(seconds_of(now), static_cast<std::uint64_t>(limit));
  while (rows.next()) out.push_back(status_of(rows));
  if (out.size() < limit) {
    auto over = over_.select(seconds_of(now), static_cast<std::uint64_t>(limit - out.size()));
    while (over.next()) out.push_back(status_of(over));
  }
  return out;
}

std::expected<std::vector<std::string>, StoreError> Reader::pages_due(std::size_t limit) {
  const View view(*this);
  std::vector<std::string> out;
  auto rows = pages_.select(static_cast<std::uint64_t>(limit));
  while (rows.next()) out.push_back(rows.string(0));
  return out;
}

std::expected<policy::Directory, StoreError> Reader::directory() {
  const View view(*this);
  policy::Directory out;
  {
    auto rows = pack_and_version_.select();
    if (!rows.next()) return std::unexpected(StoreError::unavailable);
    out.active_pack_sha256 = rows.string(0);
    out.version = rows.number(1);
  }
  auto agencies = agencies_.select();
  while (agencies.next()) {
    policy::Agency agency;
    agency.id = agencies.string(0);
    const auto type = policy::from_text<policy::AgencyType>(agencies.text(1));
    if (!type) return std::unexpected(StoreError::unavailable);
    agency.type = *type;
    agency.name = agencies.string(2);
    agency.directory_number = agencies.string(3);
    agency.emergency_registered = agencies.integer(4) != 0;
    agency.version = agencies.number(5);
    auto keys = agency_keys_.select(agency.id);
    while (keys.next()) {
      policy::AgencyKey key;
      key.keyid = keys.string(0);
      key.kind = keys.string(1);
      key.value = keys.string(2);
      key.not_before = instant_of(keys.integer(3));
      key.not_after = instant_of(keys.integer(4));
      // Anything but the word `current` is revoked.
      key.state = keys.text(5) == "current" ? policy::KeyState::current : policy::KeyState::revoked;
      agency.keys.push_back(std::move(key));
    }
    auto agreements = agreements_.select(agency.id);
    while (agreements.next()) {
      policy::Agreement agreement;
      agreement.name = agreements.string(0);
      agreement.purposes = split_words(agreements.text(1));
      if (!agreements.null(2)) agreement.from = policy::read_date(agreements.text(2));
      if (!agreements.null(3)) agreement.to = policy::read_date(agreements.text(3));
      if (!agreements.null(4)) agreement.verified_on = policy::read_date(agreements.text(4));
      agency.agreements.push_back(std::move(agreement));
    }
    out.agencies.push_back(std::move(agency));
  }
  return out;
}

Reader::LogState Reader::log_state() {
  const View view(*this);
  auto rows = log_.select();
  if (!rows.next()) throw DatabaseFault(0, "database: the head of the log is missing");
  return {rows.number(0), rows.integer(1)};
}

}  // namespace gatehouse::adapters
