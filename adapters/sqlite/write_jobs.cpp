#include "adapters/sqlite/write_jobs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "adapters/sqlite/reader.hpp"
#include "adapters/sqlite/words.hpp"
#include "policy/ports/request_life.hpp"

namespace gatehouse::adapters {

using policy::Called;
using policy::Committed;
using policy::Fetched;
using policy::RequestState;
using policy::StoreError;

namespace {

// {"name":"text",…}
class DetailText {
 public:
  DetailText& text(std::string_view name, std::string_view value) {
    raw(name, {});
    append_json_text(out_, value);
    return *this;
  }
  DetailText& raw(std::string_view name, std::string_view json) {
    out_.append(out_.size() == 1 ? "\"" : ",\"").append(name).append("\":").append(json);
    return *this;
  }
  std::string take() { return std::move(out_) + "}"; }

 private:
  std::string out_ = "{";
};

std::string_view word_of(policy::Part part) {
  switch (part) {
    case policy::Part::package: return "package";
    case policy::Part::manifest: return "manifest";
    case policy::Part::manifest_sig: return "manifest_sig";
    case policy::Part::proof: return "proof";
  }
  return "package";
}

constexpr std::size_t kLongestClauses = 24 * 1024;

// A request's entry after the first: sealed under the request's key; where that is destroyed, under the audit key and without the subject.
std::expected<LogDraft, std::string> draft_for_request(Keyring& keys, std::string_view id, std::optional<std::int64_t> person, std::string_view own_key,
                                                       const LogWords& words, DetailText detail) {
  auto sealer = request_sealer(keys, id, person, own_key);
  if (sealer && person) detail.text("subject", std::to_string(*person));
  auto draft = sealer ? draft_entry(words, detail.take(), *sealer, {}, keys.audit_key())
                      : draft_entry(words, detail.take(), Sealer(keys.audit_key(), "audit"), {}, keys.audit_key());
  if (draft && sealer) draft->person = person;
  return draft;
}

// Whether the agency is still as it was when the caller was found.
bool same_agency(WriteContext& context, const std::string& agency, std::uint64_t version) {
  auto rows = context.stamp.select(agency, std::optional<std::int64_t>());
  return rows.next() && !rows.null(1) && rows.number(1) == version;
}

// Takes nonce and key of a call about request `seq`. Nothing: it may go on. Otherwise what it is instead; the caller undoes.
std::optional<Called> taken(WriteContext& context, const HashedCall& by, std::int64_t seq) {
  context.now = std::max(context.now, seconds_of(by.call.at));
  if (!context.take_nonce(seconds_of(by.call.nonce_expires), by.nonce)) return Called::nonce_seen;
  if (!same_agency(context, by.call.agency, by.call.agency_version)) return Called::stale;
  if (const auto known = context.known_call(by.idempotency, by.body)) return known->same_body ? Called::again : Called::key_reused;
  context.remember_call(by.idempotency, by.body, seq, seconds_of(by.call.at));
  return std::nullopt;
}

std::string idempotency_words(const std::string& agency, const std::string& key) { return "idempotency:" + agency + "|" + key; }
std::string body_words(const std::string& agency, const std::string& sha256) { return "body:" + agency + "|" + sha256; }
std::string nonce_words(const std::string& keyid, const std::string& nonce) { return "nonce:" + keyid + "|" + nonce; }

}  // namespace

HashedCall::HashedCall(Keyring& keys, policy::Call the_call) : call(std::move(the_call)) {
  nonce = first_index(keys, nonce_words(call.keyid, call.nonce));
  idempotency = first_index(keys, idempotency_words(call.agency, call.idempotency_key));
  body = first_index(keys, body_words(call.agency, call.body_sha256));
}

std::expected<std::shared_ptr<CommitJob>, StoreError> CommitJob::prepare(Keyring& keys, policy::Token token, policy::Entry entry) {
  auto job = std::make_shared<CommitJob>();
  // A release about nobody cannot be right, whoever asks for it.
  if (entry.release && token.person.empty()) return std::unexpected(StoreError::unavailable);
  std::optional<Sealer> sealer;
  if (!token.person.empty()) {
    job->person_ = person_number(token.person);
    auto lease = job->person_ ? keys.open_data_key(*job->person_) : std::unexpected(Keyring::Trouble::no_key);
    if (!lease) {
      if (lease.error() == Keyring::Trouble::unavailable) return std::unexpected(StoreError::unavailable);
      job->result_.kind = Committed::Kind::stale;
      job->finished_ = true;
      return job;
    }
    sealer.emplace(std::move(*lease), person_subject(*job->person_));
  } else {
    // Who could not be found has no key: the request gets one of its own, so that it can be destroyed alone.
    auto fresh = keys.random_key();
    job->own_key_ = keys.wrap_under_audit(fresh.key(), request_key_purpose(entry.request_id));
    sealer.emplace(std::move(fresh), request_subject(entry.request_id));
  }
  job->key_version_ = sealer->key_version();
  const std::string& id = entry.request_id;
  job->asked_ = sealer->seal("request", id, "asked", entry.request_json);
  job->question_ = sealer->seal("decision", id, "question", entry.case_json);
  job->answer_ = sealer->seal("decision", id, "answer", entry.decision_json);
  if (!entry.review_words.empty()) job->review_ = sealer->seal("review", id, "words", entry.review_words);
  if (!entry.keyed_in_by.empty()) job->keyed_in_ = sealer->seal("keyed_in", id, "file", entry.keyed_in_json);
  if (entry.release) job->content_sha256_ = sealer->seal("release", id, "content_sha256", entry.release->content_sha256);

  job->nonce_ = first_index(keys, nonce_words(entry.keyid, entry.nonce));
  job->idempotency_ = first_index(keys, idempotency_words(entry.agency, entry.idempotency_key));
  job->body_ = first_index(keys, body_words(entry.agency, entry.body_sha256));

  // The digest of the decision is keyed with bytes that only the sealed part of the entry holds: nobody can try decisions against it.
  const auto k = keys.random_key();
  const std::string digest = crypto::hex(crypto::hmac_sha256(k.key(), entry.decision_json));
  DetailText detail;
  const std::string_view clauses = json_member(entry.decision_json, "clauses");
  if (clauses.starts_with('[') && clauses.size() <= kLongestClauses) detail.raw("clauses", clauses);
  detail.text("k", crypto::hex(k.key().reveal(crypto::KeyAccess::granted_to("sqlite: the key of a decision digest goes into its sealed detail"))));
  detail.text("request", id);
  if (job->person_) detail.text("subject", token.person);

  std::string manifest;
  if (entry.release) manifest = crypto::hex(crypto::sha256(entry.release->manifest));
  LogWords words;
  words.kind = entry.release ? "release" : "decision";
  words.at = seconds_of(entry.received);
  words.agency = entry.agency;
  words.outcome = policy::text(entry.outcome);
  words.pack = entry.pack_sha256;
  words.decision = digest;
  words.manifest = manifest;
  std::string staff;
  if (!entry.keyed_in_by.empty()) {
    staff = "{\"by\":";
    append_json_text(staff, entry.keyed_in_by);
    staff += "}";
  }
  auto draft = draft_entry(words, detail.take(), *sealer, staff, keys.audit_key());
  if (!draft) return std::unexpected(StoreError::unavailable);
  job->draft_ = std::move(*draft);
  job->draft_.person = job->person_;
  job->token_ = std::move(token);
  job->entry_ = std::move(entry);
  return job;
}

// Whether anything the token covers has changed since the evidence was read.
bool token_is_stale(WriteContext& context, const policy::Token& token, std::string_view decided_under) {
  const std::optional<std::int64_t> person = token.person.empty() ? std::nullopt : person_number(token.person);
  std::int64_t epoch = 0;
  {
    auto rows = context.stamp.select(token.agency, person);
    if (!rows.next()) return true;
    epoch = rows.integer(0);
    // Decided under a pack that is not the active one (or while none is): decided again.
    if (rows.number(1) != token.agency_version || rows.text(2) != token.pack_sha256 || rows.text(2) != decided_under || rows.text(2).empty())
      return true;
    if (person && (rows.null(3) || rows.number(3) != token.person_version)) return true;
  }
  if (token.looked_up.empty()) return true;
  const auto remembered = epoch_of(token.looked_up.front());
  if (!remembered) return true;
  if (*remembered == epoch) return false;
  // Some identifier of somebody has changed since: does each look-up still give the same people?
  for (std::size_t i = 1; i < token.looked_up.size(); ++i) {
    const std::string_view one = token.looked_up[i];
    const auto found = people_of(one);
    if (!found) return true;
    const std::multiset<std::int64_t> then(found->begin(), found->end());
    std::multiset<std::int64_t> now;
    for (const std::string& form : context.index.to_find(hash_of(one))) {
      auto rows = context.identifier.select(Blob{form});
      while (rows.next()) now.insert(rows.integer(0));
    }
    if (then != now) return true;
  }
  return false;
}

WriteJob::Verdict CommitJob::apply(WriteContext& context) {
  const policy::Entry& entry = entry_;
  const std::int64_t received = seconds_of(entry.received);
  context.now = std::max(context.now, received);

  // What depends on the request alone comes first: it says nothing about anybody.
  if (!context.take_nonce(seconds_of(entry.nonce_expires), nonce_)) {
    result_.kind = Committed::Kind::nonce_seen;
    return Verdict::undo;
  }
  if (auto known = context.known_call(idempotency_, body_)) {
    result_.kind = known->same_body ? Committed::Kind::same_request : Committed::Kind::key_reused;
    if (known->same_body) result_.request_id = std::move(known->request_id);
    return Verdict::undo;
  }
  if (token_.agency != entry_.agency || token_is_stale(context, token_, entry_.pack_sha256)) {
    result_.kind = Committed::Kind::stale;
    return Verdict::undo;
  }

  const RequestState state = entry.release ? RequestState::released : RequestState::waiting;
  const auto nothing_if_empty = [](const std::string& text) { return text.empty() ? std::optional<std::string>() : std::optional(text); };
  const std::optional<Blob> own_key = own_key_.empty() ? std::nullopt : std::optional(Blob{own_key_});
  const std::string how = join_words(entry.matched_how);
  const auto follows = nothing_if_empty(entry.follows);
  const std::optional<std::int64_t> live_until = entry.release ? std::optional(seconds_of(entry.release->expires)) : std::nullopt;
  context.add_request.run(entry.request_id, entry.agency, policy::text(state), policy::text(entry.purpose), policy::text(entry.urgency), received,
                          seconds_of(entry.answer_by), person_, key_version_, own_key, how, follows, entry.page_lead, Blob{asked_}, live_until);
  const std::int64_t seq = sqlite3_last_insert_rowid(context.database.handle());
  draft_.request = seq;
  // Whom the details point to besides: somebody close to one of them sees nothing of it either.
  std::set<std::int64_t> candidates;
  for (std::size_t i = 1; i < token_.looked_up.size(); ++i)
    if (const auto found = people_of(token_.looked_up[i])) candidates.insert(found->begin(), found->end());
  if (person_) {
    candidates.erase(*person_);
  } else {
    // Nor does somebody close to a person whose file is added afterwards.
    std::set<std::string_view> looks;
    for (std::size_t i = 1; i < token_.looked_up.size(); ++i)
      if (const std::string_view look = hash_of(token_.looked_up[i]); !look.empty()) looks.insert(look);
    for (const std::string_view look : looks) {
      const std::string stored = context.index.to_write(look);
      Statement(context.database.handle(), "INSERT INTO request_look (token, request) VALUES (?, ?)").run(Blob{stored}, seq);
    }
  }
  for (const std::int64_t candidate : candidates)
    Statement(context.database.handle(), "INSERT INTO request_candidate (person, request) VALUES (?, ?)").run(candidate, seq);
  if (!review_.empty()) {
    context.add_review.run(seq, received, Blob{review_});
    context.ask_review.run(seq);
  }
  // What was asked for is answered by this one.
  if (follows)
    Statement(context.database.handle(), "UPDATE request SET wanted = NULL WHERE id = ? AND agency = ?").run(*follows, entry.agency);
  const std::uint64_t index = context.log.append(draft_);
  if (!entry.keyed_in_by.empty())
    Statement(context.database.handle(), "INSERT INTO keyed_in (request, staff, file) VALUES (?, ?, ?)").run(seq, entry.keyed_in_by, Blob{keyed_in_});
  context.add_decision.run(seq, received, policy::text(entry.outcome), entry.pack_sha256, index, Blob{question_}, Blob{answer_});
  if (entry.release) {
    const policy::Release& release = *entry.release;
    const std::string consents_only = join_words(release.consents_only);
    context.add_release.run(seq, release.release_id, person_, entry.agency, release.recipient_keyid, received, seconds_of(release.expires), index,
                            release.sha256, Blob{content_sha256_}, consents_only, release.manifest, release.manifest_sig);
    context.add_package.run(seq, Blob{release.age});
  }
  for (const auto& obligation : entry.obligations) {
    const std::string whom = join_words(obligation.to), clauses = join_words(obligation.clauses);
    context.add_obligation.run(seq, policy::text(obligation.kind), policy::text(obligation.when), whom, clauses);
  }
  for (const auto& clock : entry.clocks) {
    const std::string clauses = join_words(clock.clauses);
    context.add_clock.run(seq, policy::text(clock.kind), seconds_of(clock.due), clauses);
  }
  context.remember_call(idempotency_, body_, seq, received);
  result_.kind = Committed::Kind::written;
  result_.request_id = entry.request_id;
  result_.log_index = index;
  return Verdict::keep;
}

WriteJob::Verdict FetchJob::apply(WriteContext& context) {
  result_ = {};
  std::int64_t seq = 0;
  RequestState state{};
  std::optional<std::int64_t> person;
  std::string own_key;
  {
    auto rows = context.request.select(query_.request_id);
    if (!rows.next() || rows.text(1) != query_.agency) return Verdict::undo;
    const auto word = policy::from_text<RequestState>(rows.text(2));
    if (!word) throw DatabaseFault(SQLITE_CONSTRAINT, "database: request: a state that is not of the vocabulary");
    seq = rows.integer(0);
    state = *word;
    if (!rows.null(3)) person = rows.integer(3);
    own_key = rows.blob(4);
  }
  if (!same_agency(context, query_.agency, query_.agency_version)) {
    result_.kind = Fetched::Kind::stale;
    return Verdict::undo;
  }
  std::string bytes, release_id;
  std::uint64_t index = 0;
  bool known = false, expired = false, revoked = true;
  {
    auto rows = context.release.select(seq);
    if (rows.next()) {
      known = true;
      release_id = rows.string(0);
      expired = rows.integer(1) <= seconds_of(query_.at);
      index = rows.number(3);
      if (query_.part == policy::Part::manifest) bytes = rows.string(4);
      if (query_.part == policy::Part::manifest_sig) bytes = rows.string(5);
      auto key = context.recipient.select(query_.agency, rows.text(2));
      revoked = !key.next() || key.text(0) != "current";
    }
  }
  if (!known) {
    result_.kind = Fetched::Kind::not_released;
    return Verdict::undo;
  }

  bool given = policy::may_be_fetched(state) && !expired && !revoked;
  if (given && query_.part == policy::Part::package) {
    auto rows = context.package.select(seq);
    given = rows.next();
    if (given) bytes = rows.blob(0);
  }
  if (given && query_.part == policy::Part::proof) {
    auto rows = context.entry.select(index);
    given = rows.next();
    if (given) bytes = rows.string(0);
  }

  DetailText detail;
  detail.raw("given", given ? "true" : "false").text("keyid", query_.keyid).text("part", word_of(query_.part)).text("release", release_id);
  detail.text("request", query_.request_id);
  LogWords words;
  words.kind = "access";
  words.at = seconds_of(query_.at);
  words.agency = query_.agency;
  auto draft = draft_for_request(context.keys, query_.request_id, person, own_key, words, std::move(detail));
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: an access entry would be too long");
  draft->request = seq;
  context.log.append(*draft);

  if (!given) {
    result_.kind = Fetched::Kind::gone;
    if (expired && policy::may_move(state, RequestState::expired)) {
      Move move{seq, query_.request_id, query_.agency, state, RequestState::expired, words.at, "expired", person, own_key};
      move_request(move, context.keys, context.log, context.move, context.drop_package);
    }
    return Verdict::keep;
  }
  if (query_.part == policy::Part::package && state == RequestState::released)
    context.move.run(policy::text(RequestState::fetched), words.at, seq, policy::text(RequestState::released));
  result_.kind = Fetched::Kind::given;
  result_.bytes = std::move(bytes);
  result_.log_index = index;
  return Verdict::keep;
}

WriteJob::Verdict ReviewJob::apply(WriteContext& context) {
  std::int64_t seq = 0;
  std::optional<std::int64_t> person;
  std::string own_key;
  {
    auto rows = context.request.select(id_);
    if (!rows.next() || rows.text(1) != by_.call.agency) return Verdict::undo;
    seq = rows.integer(0);
    if (!rows.null(3)) person = rows.integer(3);
    own_key = rows.blob(4);
  }
  if (const auto instead = taken(context, by_, seq)) {
    result_ = *instead;
    return Verdict::undo;
  }
  auto sealer = request_sealer(context.keys, id_, person, own_key);
  // The person's key was destroyed since: that somebody asked is kept, the words are not.
  const std::string words = sealer ? sealer->seal("review", id_, "words", words_)
                                   : Sealer(context.keys.audit_key(), "audit").seal("review", id_, "words", "{}");
  context.add_review.run(seq, seconds_of(by_.call.at), Blob{words});
  context.ask_review.run(seq);
  LogWords entry;
  entry.kind = "receipt";
  entry.at = seconds_of(by_.call.at);
  entry.agency = by_.call.agency;
  DetailText detail;
  detail.text("request", id_).text("why", "review_asked");
  auto draft = draft_for_request(context.keys, id_, person, own_key, entry, std::move(detail));
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: a review entry would be too long");
  draft->request = seq;
  context.log.append(*draft);
  result_ = Called::done;
  return Verdict::keep;
}

WriteJob::Verdict AcknowledgeJob::apply(WriteContext& context) {
  Move move{};
  {
    auto rows = context.request.select(transition_.request_id);
    if (!rows.next() || rows.text(1) != by_.call.agency) return Verdict::undo;
    move.request = rows.integer(0);
    move.agency = rows.string(1);
    if (!rows.null(3)) move.person = rows.integer(3);
    move.own_key = rows.blob(4);
  }
  // A call that was made before is that call, whatever the state has become since.
  if (const auto instead = taken(context, by_, move.request)) {
    result_ = *instead;
    return Verdict::undo;
  }
  move.id = transition_.request_id;
  move.from = transition_.from;
  move.to = transition_.to;
  move.at = seconds_of(transition_.at);
  move.why = transition_.why;
  const bool moved = move.to != RequestState::released && move_request(move, context.keys, context.log, context.move, context.drop_package);
  result_ = moved ? Called::done : Called::conflict;
  return moved ? Verdict::keep : Verdict::undo;
}

WriteJob::Verdict SettleJob::apply(WriteContext& context) {
  Move move{};
  // A release carries a package; it goes by commit(), never by a change of state alone.
  if (transition_.to == RequestState::released) return Verdict::undo;
  {
    auto rows = context.request.select(transition_.request_id);
    if (!rows.next() || rows.text(2) != policy::text(transition_.from)) return Verdict::undo;
    move.request = rows.integer(0);
    move.agency = rows.string(1);
    if (!rows.null(3)) move.person = rows.integer(3);
    move.own_key = rows.blob(4);
  }
  move.id = transition_.request_id;
  move.from = transition_.from;
  move.to = transition_.to;
  move.at = seconds_of(transition_.at);
  move.why = transition_.why;
  settled_ = move_request(move, context.keys, context.log, context.move, context.drop_package);
  return settled_ ? Verdict::keep : Verdict::undo;
}

WriteJob::Verdict PagedJob::apply(WriteContext& context) {
  first_ = context.paged.run(seconds_of(at_), id_) == 1 ||
           Statement(context.database.handle(), "UPDATE enquiry SET paged_at = ? WHERE id = ? AND page_lead = 1 AND paged_at IS NULL").run(seconds_of(at_), id_) == 1 ||
           Statement(context.database.handle(), "UPDATE inbound SET paged_at = ? WHERE id = ? AND page_lead = 1 AND paged_at IS NULL").run(seconds_of(at_), id_) == 1;
  return first_ ? Verdict::keep : Verdict::undo;
}

bool move_request(const Move& move, Keyring& keys, LogTail& log, Statement& update, Statement& drop_package) {
  if (!policy::may_move(move.from, move.to)) return false;
  if (update.run(policy::text(move.to), move.at, move.request, policy::text(move.from)) != 1) return false;
  const bool ends = move.to == RequestState::withdrawn || move.to == RequestState::recalled || move.to == RequestState::expired;
  // Nothing may be given any more: nothing is kept to give.
  if (ends) drop_package.run(move.request);
  LogWords words;
  words.kind = move.from == move.to || move.to == RequestState::acknowledged ? "receipt" : ends ? "recall" : "decision";
  words.at = move.at;
  words.agency = move.agency;
  words.outcome = policy::text(move.to);
  DetailText detail;
  detail.text("from", policy::text(move.from)).text("request", move.id).text("why", move.why);
  auto draft = draft_for_request(keys, move.id, move.person, move.own_key, words, std::move(detail));
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: a transition entry would be too long");
  draft->request = move.request;
  log.append(*draft);
  return true;
}

}  // namespace gatehouse::adapters
