#include "adapters/sqlite/desk.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/reader.hpp"
#include "adapters/sqlite/words.hpp"
#include "policy/ports/request_life.hpp"

namespace gatehouse::adapters {

using nlohmann::json;
using policy::RequestState;

namespace {

policy::RequestStatus status_of(const Rows& rows) {
  policy::RequestStatus out;
  out.id = rows.string(0);
  out.agency = rows.string(1);
  const auto state = policy::from_text<RequestState>(rows.text(2));
  const auto purpose = policy::from_text<policy::Purpose>(rows.text(3));
  if (!state || !purpose) throw DatabaseFault(0, "database: request: a word that is not of the vocabulary");
  out.state = *state;
  out.purpose = *purpose;
  out.received = instant_of(rows.integer(4));
  out.answer_by = instant_of(rows.integer(5));
  out.review_asked = rows.integer(6) != 0;
  if (!rows.null(7)) out.wanted = statements_of(rows.text(7));
  return out;
}

std::string verdict_row(const std::string& request, std::int64_t at, std::string_view word, const std::string& staff) {
  return request + "|" + std::to_string(at) + "|" + std::string(word) + "|" + staff;
}

std::optional<policy::PersonVerdict> read_verdict(const std::string& text) {
  const json file = json::parse(text, nullptr, false);
  if (!file.is_object()) return std::nullopt;
  try {
    policy::PersonVerdict out;
    out.rationale = file.at("rationale").get<std::string>();
    out.conditions = file.at("conditions").get<std::string>();
    out.content_sha256 = file.at("content").get<std::string>();
    out.items = file.at("items").get<std::vector<std::string>>();
    // Verdicts of before have none of these.
    if (file.contains("review")) out.review_json = file.at("review").get<std::string>();
    if (file.contains("role")) out.role = policy::from_text<policy::Role>(file.at("role").get<std::string>());
    if (file.contains("entry")) out.log_index = file.at("entry").get<std::uint64_t>();
    if (file.contains("decision")) out.decision_json = file.at("decision").get<std::string>();
    return out;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<policy::WaitingRequest> read_waiting(Database& database, std::size_t limit, const std::string& unseen) {
  Statement all(database.handle(),
                "SELECT q.id, q.agency, q.state, q.purpose, q.received, q.answer_by, q.review_asked, q.wanted, q.urgency, d.outcome, q.page_lead, "
                "EXISTS (SELECT 1 FROM verdict v WHERE v.request = q.seq AND v.word = 'refused' AND v.at > "
                "coalesce((SELECT max(r.at) FROM review r WHERE r.request = q.seq), 0)), "
                "EXISTS (SELECT 1 FROM verdict v WHERE v.request = q.seq AND v.at > "
                "coalesce((SELECT max(r.at) FROM review r WHERE r.request = q.seq), 0)), q.escalated_at IS NOT NULL, "
                "EXISTS (SELECT 1 FROM request f WHERE f.follows = q.id AND f.agency = q.agency), q.follows IS NOT NULL "
                "FROM request q JOIN decision d ON d.request = q.seq "
                // A review is asked of what was released in part as well: the package itself says that a person will look. It stays until one has answered.
                // Each half by its own index: an OR of the two would read every request there ever was.
                "WHERE q.seq IN (SELECT o.seq FROM request o WHERE o.state = 'waiting' UNION SELECT w.request FROM review w WHERE NOT EXISTS (SELECT 1 FROM verdict v "
                "WHERE v.request = w.request AND v.word IN ('refused', 'released') AND v.at > (SELECT max(r.at) FROM review r WHERE r.request = w.request))) "
                "AND q.seq NOT IN (SELECT value FROM json_each(?2)) ORDER BY q.answer_by, q.seq LIMIT ?1");
  std::vector<policy::WaitingRequest> out;
  auto rows = all.select(static_cast<std::uint64_t>(limit), unseen);
  while (rows.next()) {
    policy::WaitingRequest one;
    one.status = status_of(rows);
    one.urgency = rows.string(8);
    one.outcome = rows.string(9);
    one.paged = rows.integer(10) != 0;
    one.refused = rows.integer(11) != 0;
    one.settled_by_person = rows.integer(12) != 0;
    one.escalated = rows.integer(13) != 0;
    one.completed = rows.integer(14) != 0;
    one.completes = rows.integer(15) != 0;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<policy::RequestStatus> read_keyed_in(Database& database, const std::string& staff) {
  Statement all(database.handle(), "SELECT q.id, q.agency, q.state, q.purpose, q.received, q.answer_by, q.review_asked FROM request q JOIN keyed_in k ON k.request = q.seq "
                                   "WHERE k.staff = ? ORDER BY q.received DESC, q.seq DESC LIMIT 200");
  std::vector<policy::RequestStatus> out;
  auto rows = all.select(staff);
  while (rows.next()) out.push_back(status_of(rows));
  return out;
}

namespace {

constexpr const char* kAsked = " FROM request q JOIN decision d ON d.request = q.seq WHERE q.received >= ?1 AND q.received < ?2 AND (?3 = '' OR q.agency = ?3) "
                               "AND (?4 = '' OR q.purpose = ?4) AND (?5 = '' OR d.outcome = ?5) AND q.seq NOT IN (SELECT value FROM json_each(?8)) ";

}  // namespace

std::vector<policy::DecidedRequest> read_decided(Database& database, const policy::DecidedQuery& query, const std::string& unseen) {
  Statement all(database.handle(), (std::string("SELECT q.id, q.agency, q.state, q.purpose, q.received, q.answer_by, q.review_asked, q.wanted, q.urgency, d.outcome, "
                                                "(SELECT r.id FROM release r WHERE r.request = q.seq)") +
                                    kAsked + "ORDER BY q.seq DESC LIMIT ?6 OFFSET ?7").c_str());
  std::vector<policy::DecidedRequest> out;
  auto rows = all.select(seconds_of(query.from), seconds_of(query.until), query.agency, query.purpose, query.outcome, static_cast<std::int64_t>(query.limit),
                         static_cast<std::int64_t>(query.skip), unseen);
  while (rows.next()) {
    policy::DecidedRequest one;
    one.status = status_of(rows);
    one.urgency = rows.string(8);
    one.outcome = rows.string(9);
    if (!rows.null(10)) one.status.release_id = rows.string(10);
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<policy::DecidedCount> read_counts(Database& database, policy::Instant from, policy::Instant until, policy::Instant at, const std::string& unseen) {
  std::map<std::array<std::string, 3>, policy::DecidedCount> counts;
  const auto count_of = [&](const Rows& rows) -> policy::DecidedCount& {
    auto& out = counts[{rows.string(0), rows.string(1), rows.string(2)}];
    out.agency = rows.string(0);
    out.purpose = rows.string(1);
    out.outcome = rows.string(2);
    return out;
  };
  {
    Statement all(database.handle(), "SELECT agency, purpose, outcome, sum(requests), sum(shared) FROM tally WHERE hour >= ?1 / 3600 AND hour < (?2 + 3599) / 3600 "
                                     "GROUP BY 1, 2, 3 HAVING sum(requests) > 0");
    auto rows = all.select(seconds_of(from), seconds_of(until));
    while (rows.next()) {
      auto& one = count_of(rows);
      one.count = rows.number(3);
      one.shared = rows.number(4);
    }
  }
  // The tally counts everything: what the one who looks must not see is taken out again, from the same hours.
  if (unseen != "[]") {
    Statement theirs(database.handle(), "SELECT q.agency, q.purpose, d.outcome, count(*), count(r.request) FROM request q JOIN decision d ON d.request = q.seq "
                                        "LEFT JOIN release r ON r.request = q.seq WHERE q.seq IN (SELECT value FROM json_each(?3)) "
                                        "AND q.received / 3600 >= ?1 / 3600 AND q.received / 3600 < (?2 + 3599) / 3600 GROUP BY 1, 2, 3");
    auto rows = theirs.select(seconds_of(from), seconds_of(until), unseen);
    while (rows.next()) {
      auto& one = count_of(rows);
      // What came in since the tally was read is not in it yet.
      one.count -= std::min(one.count, rows.number(3));
      one.shared -= std::min(one.shared, rows.number(4));
    }
    std::erase_if(counts, [](const auto& kind) { return kind.second.count == 0; });
  }
  // Late: it still waits after the time promised, or a person said their first word that settled it after then. Few rows: what persons wrote, and what waits.
  for (const char* sql : {"SELECT q.agency, q.purpose, d.outcome, count(DISTINCT q.seq) FROM verdict v JOIN request q ON q.seq = v.request JOIN decision d ON d.request = q.seq "
                          "WHERE v.word IN ('released', 'refused') AND v.at > q.answer_by AND q.received >= ?1 AND q.received < ?2 AND q.state <> 'waiting' AND ?3 > 0 "
                          "AND NOT EXISTS (SELECT 1 FROM verdict w WHERE w.request = v.request AND w.word IN ('released', 'refused') AND w.at <= q.answer_by) "
                          "AND q.seq NOT IN (SELECT value FROM json_each(?4)) GROUP BY 1, 2, 3",
                          "SELECT q.agency, q.purpose, d.outcome, count(*) FROM request q JOIN decision d ON d.request = q.seq "
                          "WHERE q.state = 'waiting' AND q.answer_by < ?3 AND q.received >= ?1 AND q.received < ?2 "
                          "AND q.seq NOT IN (SELECT value FROM json_each(?4)) GROUP BY 1, 2, 3"}) {
    Statement late(database.handle(), sql);
    auto rows = late.select(seconds_of(from), seconds_of(until), seconds_of(at), unseen);
    while (rows.next()) count_of(rows).late += rows.number(3);
  }
  std::vector<policy::DecidedCount> out;
  for (auto& [kind, one] : counts) out.push_back(std::move(one));
  return out;
}

StaffJob::Work tell_work(std::string id, policy::Told told) {
  return [id = std::move(id), told = std::move(told)](WriteContext& context) {
    sqlite3* const db = context.database.handle();
    std::int64_t seq = 0;
    std::string agency, own_key;
    std::optional<std::int64_t> person;
    {
      auto rows = context.request.select(id);
      if (!rows.next()) return WriteJob::Verdict::undo;
      const auto state = policy::from_text<RequestState>(rows.text(2));
      if (!state || !policy::may_be_fetched(*state)) return WriteJob::Verdict::undo;
      seq = rows.integer(0);
      agency = rows.string(1);
      if (!rows.null(3)) person = rows.integer(3);
      own_key = rows.blob(4);
    }
    {
      // What may not be fetched any more may not be told any more either.
      auto rows = context.release.select(seq);
      if (!rows.next() || rows.integer(1) <= seconds_of(told.at)) return WriteJob::Verdict::undo;
    }
    auto sealer = request_sealer(context.keys, id, person, own_key);
    if (!sealer) return WriteJob::Verdict::undo;
    const std::string file = json{{"whom", told.whom}, {"words", told.words}, {"checked", told.checked}, {"items", told.items}}.dump();
    const std::string sealed = sealer->seal("told", id + "|" + std::to_string(seconds_of(told.at)) + "|" + told.staff, "file", file);
    Statement(db, "INSERT INTO told (request, at, staff, file) VALUES (?, ?, ?, ?)").run(seq, seconds_of(told.at), told.staff, Blob{sealed});
    LogWords words;
    words.kind = "receipt";
    words.at = seconds_of(told.at);
    words.agency = agency;
    std::string detail = "{\"request\":", staff = "{\"by\":";
    append_json_text(detail, id);
    append_json_text(staff, told.staff);
    auto draft = draft_entry(words, detail + ",\"why\":\"told_by_word_of_mouth\"}", *sealer, staff + "}", context.keys.audit_key());
    if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: an entry of what was told would be too long");
    draft->person = person;
    draft->request = seq;
    context.log.append(*draft);
    return WriteJob::Verdict::keep;
  };
}

StaffJob::Work escalate_work(std::string id, policy::Instant at) {
  return [id = std::move(id), at](WriteContext& context) {
    const int marked = Statement(context.database.handle(),
                                 "UPDATE request SET escalated_at = ?, page_lead = 1, paged_at = NULL WHERE id = ? AND escalated_at IS NULL AND "
                                 "(state = 'waiting' OR review_asked = 1)")
                           .run(seconds_of(at), id);
    return marked == 1 ? WriteJob::Verdict::keep : WriteJob::Verdict::undo;
  };
}

WriteJob::Verdict OpenRequestJob::apply(WriteContext& context) {
  sqlite3* const db = context.database.handle();
  policy::OpenedRequest out;
  std::int64_t seq = 0;
  std::optional<std::int64_t> person;
  std::string own_key, asked, answer, question;
  {
    Statement find(db, "SELECT q.id, q.agency, q.state, q.purpose, q.received, q.answer_by, q.review_asked, q.wanted, q.urgency, q.seq, q.person, q.own_key, "
                       "q.matched_how, q.asked, d.answer, d.log_index, q.follows, d.question, d.pack, d.at FROM request q JOIN decision d ON d.request = q.seq WHERE q.id = ?");
    auto rows = find.select(id_);
    if (!rows.next()) return Verdict::undo;
    out.status = status_of(rows);
    out.urgency = rows.string(8);
    seq = rows.integer(9);
    if (!rows.null(10)) person = rows.integer(10);
    own_key = rows.blob(11);
    out.matched_how = split_words(rows.text(12));
    asked = rows.blob(13);
    answer = rows.blob(14);
    out.log_index = rows.number(15);
    if (!rows.null(16)) out.follows = rows.string(16);
    question = rows.blob(17);
    out.pack_sha256 = rows.string(18);
    out.decided = instant_of(rows.integer(19));
  }
  auto sealer = request_sealer(context.keys, id_, person, own_key);
  if (!sealer) return Verdict::undo;
  const auto request_json = sealer->open("request", id_, "asked", asked);
  const auto decision_json = sealer->open("decision", id_, "answer", answer);
  const auto case_json = sealer->open("decision", id_, "question", question);
  if (!request_json || !decision_json || !case_json) throw DatabaseFault(SQLITE_CONSTRAINT, "database: request: what is stored cannot be opened");
  out.request_json = *request_json;
  out.case_json = *case_json;
  out.decision_json = *decision_json;
  {
    Statement sent(db, "SELECT id, recipient_keyid, sha256, expires, log_index FROM release WHERE request = ?");
    auto rows = sent.select(seq);
    if (rows.next()) {
      out.status.release_id = rows.string(0);
      out.recipient_keyid = rows.string(1);
      out.package_sha256 = rows.string(2);
      out.status.release_expires = instant_of(rows.integer(3));
      out.status.log_index = rows.number(4);
    }
  }
  {
    Statement said(db, "SELECT at, word, staff, file FROM verdict WHERE request = ? ORDER BY id");
    auto rows = said.select(seq);
    while (rows.next()) {
      const auto plain = sealer->open("verdict", verdict_row(id_, rows.integer(0), rows.text(1), rows.string(2)), "file", rows.blob(3));
      auto verdict = plain ? read_verdict(*plain) : std::nullopt;
      if (!verdict) throw DatabaseFault(SQLITE_CONSTRAINT, "database: verdict: what is stored cannot be opened");
      verdict->at = instant_of(rows.integer(0));
      verdict->word = rows.string(1);
      verdict->staff = rows.string(2);
      out.verdicts.push_back(std::move(*verdict));
    }
  }
  {
    Statement asked_again(db, "SELECT at, words FROM review WHERE request = ? ORDER BY id");
    auto rows = asked_again.select(seq);
    while (rows.next()) {
      auto plain = sealer->open("review", id_, "words", rows.blob(1));
      if (!plain) throw DatabaseFault(SQLITE_CONSTRAINT, "database: review: what is stored cannot be opened");
      out.reviews.push_back({instant_of(rows.integer(0)), std::move(*plain)});
    }
  }
  {
    Statement how(db, "SELECT staff, file FROM keyed_in WHERE request = ?");
    auto rows = how.select(seq);
    if (rows.next()) {
      auto plain = sealer->open("keyed_in", id_, "file", rows.blob(1));
      if (!plain) throw DatabaseFault(SQLITE_CONSTRAINT, "database: keyed_in: what is stored cannot be opened");
      out.keyed_in_by = rows.string(0);
      out.keyed_in_json = std::move(*plain);
    }
  }
  {
    Statement said(db, "SELECT at, staff, file FROM told WHERE request = ? ORDER BY id");
    auto rows = said.select(seq);
    while (rows.next()) {
      const auto plain = sealer->open("told", id_ + "|" + std::to_string(rows.integer(0)) + "|" + rows.string(1), "file", rows.blob(2));
      const json file = plain ? json::parse(*plain, nullptr, false) : json();
      if (!file.is_object()) throw DatabaseFault(SQLITE_CONSTRAINT, "database: told: what is stored cannot be opened");
      policy::Told one;
      one.at = instant_of(rows.integer(0));
      one.staff = rows.string(1);
      one.whom = file.value("whom", "");
      one.words = file.value("words", "");
      one.checked = file.value("checked", "");
      one.items = file.value("items", std::vector<std::string>());
      out.told.push_back(std::move(one));
    }
  }
  {
    std::optional<std::uint64_t> last = out.log_index;
    if (!out.status.release_id.empty())
      last = out.status.log_index;
    else if (!out.verdicts.empty())
      last = out.verdicts.back().log_index;
    if (last) {
      auto rows = context.entry.select(*last);
      if (rows.next()) {
        out.last_index = *last;
        out.last_entry = rows.string(0);
      }
    }
  }
  LogWords words;
  words.kind = "access";
  words.at = seconds_of(at_);
  words.agency = out.status.agency;
  std::string detail = "{\"request\":", staff = "{\"by\":";
  append_json_text(detail, id_);
  append_json_text(staff, by_);
  detail += ",\"why\":";
  append_json_text(detail, policy::text(why_));
  auto draft = draft_entry(words, detail + "}", *sealer, staff + "}", context.keys.audit_key());
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: an access entry would be too long");
  draft->person = person;
  draft->request = seq;
  context.log.append(*draft);
  out_ = std::move(out);
  return Verdict::keep;
}

WriteJob::Verdict SettleByPersonJob::apply(WriteContext& context) {
  sqlite3* const db = context.database.handle();
  const policy::Settlement& s = settlement_;
  const std::int64_t at = seconds_of(s.verdict.at);
  std::int64_t seq = 0;
  std::string agency, own_key;
  std::optional<std::int64_t> person;
  {
    auto rows = context.request.select(s.request_id);
    if (!rows.next() || rows.text(2) != policy::text(s.from)) return Verdict::undo;
    seq = rows.integer(0);
    agency = rows.string(1);
    if (!rows.null(3)) person = rows.integer(3);
    own_key = rows.blob(4);
  }
  const bool gives = s.verdict.word == "released" || s.verdict.word == "first_of_two", asks = s.verdict.word == "asked";
  if (asks != !s.wanted.empty() || (!gives && !asks && s.verdict.word != "refused")) return Verdict::undo;
  if (asks && s.from != RequestState::waiting) return Verdict::undo;
  if (gives) {
    // What a person approves is about the very person and agency that were asked about, under the pack in force, and nothing of it has moved.
    if (!person || token_.agency != agency || token_.person != std::to_string(*person)) return Verdict::undo;
    if (token_is_stale(context, token_, s.pack_sha256)) {
      result_ = policy::Desk::Settled::stale;
      return Verdict::undo;
    }
  }
  if (s.release.has_value() != (s.verdict.word == "released")) return Verdict::undo;
  auto sealer = request_sealer(context.keys, s.request_id, person, own_key);
  if (!sealer) return Verdict::undo;

  const auto k = context.keys.random_key();
  LogWords words;
  words.kind = s.release ? "release" : "decision";
  words.at = at;
  words.agency = agency;
  words.outcome = policy::text(s.outcome);
  words.pack = s.pack_sha256;
  const std::string digest = crypto::hex(crypto::hmac_sha256(k.key(), s.decision_json));
  const std::string manifest = s.release ? crypto::hex(crypto::sha256(s.release->manifest)) : std::string();
  words.decision = digest;
  words.manifest = manifest;
  std::string detail = "{\"k\":";
  append_json_text(detail, crypto::hex(k.key().reveal(crypto::KeyAccess::granted_to("sqlite: the key of a decision digest goes into its sealed detail"))));
  detail += ",\"rationale\":";
  append_json_text(detail, s.verdict.rationale);
  detail += ",\"request\":";
  append_json_text(detail, s.request_id);
  if (!s.verdict.review_json.empty()) {
    detail += ",\"review\":";
    append_json_text(detail, s.verdict.review_json);
  }
  if (person) {
    detail += ",\"subject\":";
    append_json_text(detail, std::to_string(*person));
  }
  detail += ",\"why\":";
  append_json_text(detail, s.verdict.word);
  std::string staff = "{\"as\":";
  append_json_text(staff, policy::text(s.role));
  staff += ",\"by\":";
  append_json_text(staff, s.verdict.staff);
  auto draft = draft_entry(words, detail + "}", *sealer, staff + "}", context.keys.audit_key());
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: a person's verdict would be too long");
  draft->person = person;
  draft->request = seq;
  const std::uint64_t index = context.log.append(*draft);

  json kept{{"rationale", s.verdict.rationale}, {"conditions", s.verdict.conditions}, {"content", s.verdict.content_sha256}, {"items", s.verdict.items},
            {"role", policy::text(s.role)}, {"entry", index}, {"decision", s.decision_json}};
  if (!s.verdict.review_json.empty()) kept["review"] = s.verdict.review_json;
  const std::string file = kept.dump();
  const std::string sealed = sealer->seal("verdict", verdict_row(s.request_id, at, s.verdict.word, s.verdict.staff), "file", file);
  Statement(db, "INSERT INTO verdict (request, at, word, staff, file) VALUES (?, ?, ?, ?, ?)").run(seq, at, s.verdict.word, s.verdict.staff, Blob{sealed});

  if (asks) {
    std::vector<std::string> wanted;
    for (const auto one : s.wanted) wanted.emplace_back(policy::text(one));
    Statement(db, "UPDATE request SET wanted = ? WHERE seq = ?").run(join_words(wanted), seq);
  }
  if (gives) {
    const std::string officer = Sealer(context.keys.audit_key(), "staff").seal("approval", s.request_id + "|" + std::string(policy::text(s.role)), "officer", s.verdict.staff);
    Statement(db, "INSERT OR REPLACE INTO approval (request, role, at, officer) VALUES (?, ?, ?, ?)").run(seq, policy::text(s.role), at, Blob{officer});
  }
  if (s.release) {
    if (!policy::may_move(s.from, RequestState::released) || context.move.run(policy::text(RequestState::released), at, seq, policy::text(s.from)) != 1)
      return Verdict::undo;
    Statement(db, "UPDATE request SET live_until = ? WHERE seq = ?").run(seconds_of(s.release->expires), seq);
    const std::string content = sealer->seal("release", s.request_id, "content_sha256", s.release->content_sha256);
    const std::string consents_only = join_words(s.release->consents_only);
    context.add_release.run(seq, s.release->release_id, person, agency, s.release->recipient_keyid, at, seconds_of(s.release->expires), index, s.release->sha256,
                            Blob{content}, consents_only, s.release->manifest, s.release->manifest_sig);
    context.add_package.run(seq, Blob{s.release->age});
    for (const auto& obligation : s.obligations) {
      const std::string whom = join_words(obligation.to), clauses = join_words(obligation.clauses);
      context.add_obligation.run(seq, policy::text(obligation.kind), policy::text(obligation.when), whom, clauses);
    }
    for (const auto& clock : s.clocks) {
      const std::string clauses = join_words(clock.clauses);
      context.add_clock.run(seq, policy::text(clock.kind), seconds_of(clock.due), clauses);
    }
  }
  result_ = policy::Desk::Settled::done;
  return Verdict::keep;
}

}  // namespace gatehouse::adapters
