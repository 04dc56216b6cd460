#include "tests/fakes/fake_store.hpp"

#include <algorithm>
#include <stdexcept>

#include "crypto/log/tile.hpp"

namespace gatehouse::fakes {

using policy::Committed;
using policy::Fetched;
using policy::RequestState;
using policy::StoreError;

namespace {

void need(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("the store was misused: ") + what);
}

bool released(RequestState state) {
  return state == RequestState::released || state == RequestState::fetched || state == RequestState::acknowledged;
}

}  // namespace

void FakeStore::withdraw_consents(const std::string& person, policy::Date on) {
  auto& one = people.at(person);
  for (auto& consent : one.consents) consent.withdrawn = on;
  ++one.version;
  // What rested on that consent alone is taken back.
  for (auto& [id, row] : requests)
    if (row.person == person && row.entry.release && !row.entry.release->consents_only.empty() && released(row.state)) row.state = RequestState::withdrawn;
}

void FakeStore::revoke_key(const std::string& agency, const std::string& keyid) {
  for (auto& one : agencies.agencies)
    if (one.id == agency) {
      ++one.version;
      for (auto& key : one.keys)
        if (key.keyid == keyid) key.state = policy::KeyState::revoked;
    }
  ++agencies.version;
}

void FakeStore::recall(const std::string& request_id) { requests.at(request_id).state = RequestState::recalled; }

const FakePerson* FakeStore::match(const policy::Locator& who) const {
  for (const auto& [id, person] : people) {
    if (who.nhs_number.empty() || who.nhs_number != person.nhs_number) continue;
    const bool name = who.given_name == person.given_name && who.family_name == person.family_name;
    const bool born = !who.date_of_birth.empty() && who.date_of_birth == person.date_of_birth;
    if (name || born) return &person;
  }
  return nullptr;
}

std::uint64_t FakeStore::append(std::string kind, const std::string& request, std::string what) {
  log.push_back(LogLine{std::move(kind), request, std::move(what)});
  return log.size() - 1;
}

FakeStore::Answer<policy::Directory> FakeStore::directory() {
  road.push_back("directory");
  if (faults.next() != Fault::none) co_return std::unexpected(StoreError::unavailable);
  co_return agencies;
}

FakeStore::Answer<policy::Evidence> FakeStore::evidence(policy::EvidenceQuery query) {
  road.push_back("evidence");
  need(!query.agency.empty() && !query.request_id.empty() && query.at.time_since_epoch().count() > 0, "evidence without agency, request or time");
  if (faults.next() != Fault::none) co_return std::unexpected(StoreError::unavailable);
  policy::Evidence out;
  out.token.agency = query.agency;
  out.token.pack_sha256 = agencies.active_pack_sha256;
  for (const auto& one : agencies.agencies)
    if (one.id == query.agency) out.token.agency_version = one.version;
  out.token.looked_up = {"nhs"};
  const FakePerson* person = match(query.locator);
  if (person == nullptr) {
    out.conflict = query.conflict_with_candidates && close_to_candidates.contains(query.worker);
    co_return out;
  }
  out.conflict = query.conflict_with_candidates && close_to_candidates.contains(query.worker);
  out.token.person = person->id;
  out.token.person_version = person->version;
  out.matched = policy::Matched::one;
  out.matched_how = {"nhs", "name"};
  out.date_of_birth = policy::read_date(person->date_of_birth);
  out.competence = person->competence;
  for (const auto& item : person->items) out.items.push_back(item.header);
  out.consents = person->consents;
  out.circumstances = person->findings;
  out.risk_marker = person->risk_marker;
  co_return out;
}

FakeStore::Answer<Committed> FakeStore::commit(policy::Token token, policy::Entry entry) {
  road.push_back("commit");
  need(!entry.request_id.empty() && !entry.agency.empty() && entry.agency == token.agency, "an entry of another agency than the token's");
  need(!entry.nonce.empty() && !entry.keyid.empty() && !entry.idempotency_key.empty() && entry.body_sha256.size() == 64, "an entry that can be replayed");
  need(!entry.request_json.empty() && !entry.case_json.empty() && !entry.decision_json.empty(), "an entry that explains nothing");
  need(entry.answer_by > entry.received, "an answer due before the question");
  if (entry.release) {
    need(entry.release->age.starts_with("age-encryption.org/v1\n"), "a release that is not sealed");
    need(!entry.release->manifest.empty() && !entry.release->manifest_sig.empty() && entry.release->content_sha256.size() == 64, "a release without papers");
    need(entry.outcome == policy::Outcome::release || entry.outcome == policy::Outcome::partial, "a release that nothing decided");
    need(!token.person.empty(), "a release about nobody");
  }
  if (before_commit) {
    const auto once = std::exchange(before_commit, nullptr);
    once();
  }
  const Fault fault = faults.next();
  if (fault == Fault::lost) co_return std::unexpected(StoreError::unavailable);
  Committed out;
  const auto key = std::make_pair(entry.agency, entry.idempotency_key);
  bool stale = token.pack_sha256 != agencies.active_pack_sha256;
  if (!token.person.empty() && people.at(token.person).version != token.person_version) stale = true;
  for (const auto& one : agencies.agencies)
    if (one.id == token.agency && one.version != token.agency_version) stale = true;
  if (nonces_.contains({entry.keyid, entry.nonce})) {
    out.kind = Committed::Kind::nonce_seen;
  } else if (keys_.contains(key)) {
    const auto& before = requests.at(keys_.at(key));
    out.kind = before.entry.body_sha256 == entry.body_sha256 ? Committed::Kind::same_request : Committed::Kind::key_reused;
    out.request_id = out.kind == Committed::Kind::same_request ? before.entry.request_id : "";
  } else if (stale) {
    out.kind = Committed::Kind::stale;
  } else {
    nonces_.insert({entry.keyid, entry.nonce});
    keys_[key] = entry.request_id;
    Row row;
    row.state = entry.release ? RequestState::released : RequestState::waiting;
    row.log_index = append(entry.release ? "release" : "decision", entry.request_id, std::string(policy::text(entry.outcome)));
    row.person = token.person;
    row.review_asked = !entry.review_words.empty();
    if (const auto before = requests.find(entry.follows); before != requests.end()) before->second.wanted.clear();
    out.kind = Committed::Kind::written;
    out.request_id = entry.request_id;
    out.log_index = row.log_index;
    row.entry = std::move(entry);
    requests[out.request_id] = std::move(row);
  }
  if (fault == Fault::persisted) co_return std::unexpected(StoreError::unknown);
  co_return out;
}

policy::RequestStatus FakeStore::status_of(const Row& row) const {
  policy::RequestStatus out;
  out.id = row.entry.request_id;
  out.agency = row.entry.agency;
  out.state = row.state;
  out.purpose = row.entry.purpose;
  out.received = row.entry.received;
  out.answer_by = row.entry.answer_by;
  if (row.entry.release) {
    out.release_id = row.entry.release->release_id;
    out.release_expires = row.entry.release->expires;
  }
  out.log_index = row.log_index;
  out.review_asked = row.review_asked;
  out.wanted = row.wanted;
  return out;
}

FakeStore::Answer<std::optional<policy::RequestStatus>> FakeStore::request(std::string id, std::string agency) {
  road.push_back("request");
  need(!agency.empty(), "a request of nobody");
  if (faults.next() != Fault::none) co_return std::unexpected(StoreError::unavailable);
  const auto found = requests.find(id);
  if (found == requests.end() || found->second.entry.agency != agency) co_return std::nullopt;
  co_return status_of(found->second);
}

FakeStore::Answer<Fetched> FakeStore::fetch(policy::FetchQuery query) {
  road.push_back("fetch");
  need(!query.agency.empty() && !query.keyid.empty(), "a fetch by nobody");
  if (before_call) std::exchange(before_call, nullptr)();
  const Fault fault = faults.next();
  if (fault == Fault::lost) co_return std::unexpected(StoreError::unavailable);
  Fetched out;
  const auto found = requests.find(query.request_id);
  if (found != requests.end() && found->second.entry.agency == query.agency) {
    Row& row = found->second;
    if (!same_agency(query.agency, query.agency_version)) {
      out.kind = Fetched::Kind::stale;
    } else if (!row.entry.release) {
      out.kind = Fetched::Kind::not_released;
    } else {
      const auto& release = *row.entry.release;
      bool revoked = true;
      for (const auto& one : agencies.agencies)
        for (const auto& key : one.keys)
          if (one.id == query.agency && key.keyid == release.recipient_keyid && key.state == policy::KeyState::current) revoked = false;
      if (!released(row.state) || release.expires <= query.at || revoked) {
        out.kind = Fetched::Kind::gone;
        append("access", row.entry.request_id, "gone");
      } else {
        out.kind = Fetched::Kind::given;
        out.log_index = row.log_index;
        switch (query.part) {
          case policy::Part::package: out.bytes = release.age; break;
          case policy::Part::manifest: out.bytes = release.manifest; break;
          case policy::Part::manifest_sig: out.bytes = release.manifest_sig; break;
          case policy::Part::proof: out.bytes = "{\"kind\":\"release\"}"; break;
        }
        append("access", row.entry.request_id, "given");
        if (query.part == policy::Part::package && row.state == RequestState::released) row.state = RequestState::fetched;
      }
    }
  }
  if (fault == Fault::persisted) co_return std::unexpected(StoreError::unknown);
  co_return out;
}

bool FakeStore::same_agency(const std::string& agency, std::uint64_t version) const {
  return std::any_of(agencies.agencies.begin(), agencies.agencies.end(), [&](const auto& one) { return one.id == agency && one.version == version; });
}

std::optional<policy::Called> FakeStore::taken(const policy::Call& call) {
  const auto key = std::make_pair(call.agency, call.idempotency_key);
  if (nonces_.contains({call.keyid, call.nonce})) return policy::Called::nonce_seen;
  if (!same_agency(call.agency, call.agency_version)) return policy::Called::stale;
  if (keys_.contains(key)) return policy::Called::key_reused;
  if (const auto before = calls_.find(key); before != calls_.end())
    return before->second == call.body_sha256 ? policy::Called::again : policy::Called::key_reused;
  nonces_.insert({call.keyid, call.nonce});
  calls_[key] = call.body_sha256;
  return std::nullopt;
}

FakeStore::Answer<policy::Called> FakeStore::ask_review(std::string id, std::string words, policy::Call call) {
  road.push_back("ask_review");
  need(!words.empty() && call.at.time_since_epoch().count() > 0, "a review without words");
  need(!call.agency.empty() && !call.nonce.empty() && !call.idempotency_key.empty() && call.body_sha256.size() == 64, "a call that can be replayed");
  if (before_call) std::exchange(before_call, nullptr)();
  const Fault fault = faults.next();
  if (fault == Fault::lost) co_return std::unexpected(StoreError::unavailable);
  policy::Called out = policy::Called::no_such_request;
  const auto found = requests.find(id);
  if (found != requests.end() && found->second.entry.agency == call.agency) {
    out = taken(call).value_or(policy::Called::done);
    if (out == policy::Called::done) {
      found->second.review_asked = true;
      append("receipt", id, "review_asked");
    }
  }
  if (fault == Fault::persisted) co_return std::unexpected(StoreError::unknown);
  co_return out;
}

FakeStore::Answer<policy::Called> FakeStore::acknowledge(policy::Transition transition, policy::Call call) {
  road.push_back("acknowledge");
  need(!transition.why.empty(), "a transition without a reason");
  need(!call.agency.empty() && !call.nonce.empty() && !call.idempotency_key.empty() && call.body_sha256.size() == 64, "a call that can be replayed");
  if (before_call) std::exchange(before_call, nullptr)();
  const Fault fault = faults.next();
  if (fault == Fault::lost) co_return std::unexpected(StoreError::unavailable);
  policy::Called out = policy::Called::no_such_request;
  const auto found = requests.find(transition.request_id);
  if (found != requests.end() && found->second.entry.agency == call.agency) {
    const auto before_nonces = nonces_;
    const auto before_calls = calls_;
    out = taken(call).value_or(policy::Called::done);
    if (out == policy::Called::done && found->second.state != transition.from) {
      out = policy::Called::conflict;
      nonces_ = before_nonces;
      calls_ = before_calls;
    }
    if (out == policy::Called::done) {
      found->second.state = transition.to;
      append("receipt", transition.request_id, transition.why);
    }
  }
  if (fault == Fault::persisted) co_return std::unexpected(StoreError::unknown);
  co_return out;
}

FakeStore::Answer<std::vector<policy::RequestStatus>> FakeStore::due(policy::Instant now, std::size_t limit) {
  road.push_back("due");
  if (faults.next() != Fault::none) co_return std::unexpected(StoreError::unavailable);
  std::vector<policy::RequestStatus> out;
  for (const auto& [id, row] : requests)
    if (row.state == RequestState::waiting && row.entry.answer_by <= now && out.size() < limit) out.push_back(status_of(row));
  for (const auto& [id, row] : requests)
    if (released(row.state) && row.entry.release && row.entry.release->expires <= now && out.size() < limit) out.push_back(status_of(row));
  co_return out;
}

FakeStore::Answer<bool> FakeStore::settle(policy::Transition transition) {
  road.push_back("settle");
  need(!transition.why.empty(), "a transition without a reason");
  const Fault fault = faults.next();
  if (fault == Fault::lost) co_return std::unexpected(StoreError::unavailable);
  auto& row = requests.at(transition.request_id);
  const bool moved = row.state == transition.from;
  if (moved) {
    row.state = transition.to;
    append("decision", transition.request_id, transition.why);
  }
  if (fault == Fault::persisted) co_return std::unexpected(StoreError::unknown);
  co_return moved;
}

FakeStore::Answer<policy::Health> FakeStore::health() {
  if (faults.next() != Fault::none) co_return std::unexpected(StoreError::unavailable);
  policy::Health out;
  out.writable = true;
  out.log_size = log.size();
  co_return out;
}

FakeStore::Answer<std::optional<std::string>> FakeStore::asked(std::string id, std::string agency) {
  road.push_back("asked");
  if (faults.next() != Fault::none) co_return std::unexpected(StoreError::unavailable);
  const auto found = requests.find(id);
  if (found == requests.end() || found->second.entry.agency != agency) co_return std::nullopt;
  co_return found->second.entry.request_json;
}

FakeStore::Answer<std::vector<std::string>> FakeStore::pages_due(std::size_t limit) {
  if (faults.next() != Fault::none) co_return std::unexpected(StoreError::unavailable);
  std::vector<std::string> out;
  for (const auto& [id, row] : requests)
    if (row.entry.page_lead && !row.paged && out.size() < limit) out.push_back(id);
  co_return out;
}

FakeStore::Answer<bool> FakeStore::paged(std::string id, policy::Instant) {
  const Fault fault = faults.next();
  if (fault == Fault::lost) co_return std::unexpected(StoreError::unavailable);
  auto& row = requests.at(id);
  const bool first = !std::exchange(row.paged, true);
  if (fault == Fault::persisted) co_return std::unexpected(StoreError::unknown);
  co_return first;
}

boost::asio::awaitable<std::expected<policy::CaseFile, policy::SourceError>> FakeStore::find(policy::RecordQuery query) {
  road.push_back("find");
  need(!query.person.empty() && !query.items.empty(), "records of nobody, or none of them");
  if (faults.next() != Fault::none) co_return std::unexpected(policy::SourceError::unavailable);
  ++finds;
  const auto& person = people.at(query.person);
  policy::CaseFile out;
  out.people = person.people;
  out.subject = "self";
  for (const auto& [id, version] : query.items) {
    const auto item = std::find_if(person.items.begin(), person.items.end(), [&](const FakeItem& one) { return one.record.id == id; });
    if (item == person.items.end() || item->record.version != version) co_return std::unexpected(policy::SourceError::changed);
    out.records.push_back(item->record);
    ++found_items;
  }
  co_return out;
}

boost::asio::awaitable<std::expected<std::string, policy::ProofError>> FakeStore::checkpoint() {
  if (faults.next() != Fault::none) co_return std::unexpected(policy::ProofError::unavailable);
  co_return "gatehouse.example.org/log\n" + std::to_string(std::min(covered, log.size())) + "\n";
}

boost::asio::awaitable<std::expected<std::string, policy::ProofError>> FakeStore::proof(std::uint64_t index, std::string entry) {
  need(!entry.empty(), "a proof of nothing");
  if (faults.next() != Fault::none) co_return std::unexpected(policy::ProofError::unavailable);
  if (index >= covered) co_return std::unexpected(policy::ProofError::not_covered_yet);
  co_return "c2sp.org/tlog-proof@v1\nindex " + std::to_string(index) + "\n";
}

boost::asio::awaitable<std::expected<std::string, policy::ProofError>> FakeStore::tile(std::string name) {
  if (faults.next() != Fault::none) co_return std::unexpected(policy::ProofError::unavailable);
  const auto tile = crypto::log::parse_tile_path(name);
  if (!tile || tile->level != 0 || tile->index * 256 + tile->width > std::min(covered, log.size()))
    co_return std::unexpected(policy::ProofError::not_covered_yet);
  co_return std::string(tile->width * 32ull, 'h');
}

}  // namespace gatehouse::fakes
