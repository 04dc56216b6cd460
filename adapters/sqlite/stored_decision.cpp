#include "adapters/sqlite/stored_decision.hpp"

#include <algorithm>
#include <utility>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/words.hpp"

namespace gatehouse::adapters {

namespace {

policy::Instant instant(std::int64_t seconds) { return policy::Instant(std::chrono::seconds(seconds)); }

}  // namespace

std::expected<std::optional<StoredDecision>, std::string> read_decision(const SqliteSettings& settings, const std::string& request_id, const std::string& by,
                                                                        policy::Instant at) {
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  try {
    Database database(settings.database, Database::Mode::write, settings.busy_milliseconds);
    Statement find(database.handle(),
                   "SELECT q.seq, q.agency, q.state, q.purpose, q.urgency, q.received, q.answer_by, q.person, q.own_key, q.matched_how, "
                   "d.at, d.outcome, d.pack, d.log_index, d.question, d.answer, r.id, r.recipient_keyid, r.sha256, r.at, r.expires, r.log_index "
                   "FROM request q JOIN decision d ON d.request = q.seq LEFT JOIN release r ON r.request = q.seq WHERE q.id = ?");
    LogTail tail(database);
    Transaction transaction(database);
    StoredDecision out;
    std::int64_t seq = 0;
    std::optional<std::int64_t> person;
    std::string own_key, question, answer;
    {
      auto rows = find.select(request_id);
      if (!rows.next()) return std::optional<StoredDecision>();
      seq = rows.integer(0);
      out.id = request_id;
      out.agency = rows.string(1);
      const auto state = policy::from_text<policy::RequestState>(rows.text(2));
      if (!state) return std::unexpected("request " + request_id + ": its state is not one of this version; run the newer gatehouse");
      out.state = *state;
      out.purpose = rows.string(3);
      out.urgency = rows.string(4);
      out.received = instant(rows.integer(5));
      out.answer_by = instant(rows.integer(6));
      if (!rows.null(7)) person = rows.integer(7);
      own_key = rows.blob(8);
      out.matched_how = split_words(rows.text(9));
      out.decided = instant(rows.integer(10));
      out.outcome = rows.string(11);
      out.pack_sha256 = rows.string(12);
      out.log_index = rows.number(13);
      question = rows.blob(14);
      answer = rows.blob(15);
      if (!rows.null(16)) {
        out.release_id = rows.string(16);
        out.recipient_keyid = rows.string(17);
        out.package_sha256 = rows.string(18);
        out.released = instant(rows.integer(19));
        out.expires = instant(rows.integer(20));
        out.release_log_index = rows.number(21);
      }
    }
    auto sealer = request_sealer(*keys, request_id, person, own_key);
    if (!sealer) return std::unexpected("request " + request_id + ": the key of its file was destroyed, or the key store cannot be read");
    const auto opened_question = sealer->open("decision", request_id, "question", question);
    const auto opened_answer = sealer->open("decision", request_id, "answer", answer);
    if (!opened_question || !opened_answer)
      return std::unexpected("request " + request_id + ": what is stored cannot be opened; restore database and key store from backups of the same age");
    out.case_json = *opened_question;
    out.decision_json = *opened_answer;

    LogWords words;
    words.kind = "access";
    words.at = at.time_since_epoch().count();
    words.agency = out.agency;
    std::string detail = "{\"request\":", staff = "{\"by\":";
    append_json_text(detail, request_id);
    append_json_text(staff, by);
    auto draft = draft_entry(words, detail + ",\"why\":\"decision_shown\"}", *sealer, staff + "}", keys->audit_key());
    if (!draft) return std::unexpected(draft.error());
    draft->person = person;
    draft->request = seq;
    tail.load();
    tail.append(*draft);
    tail.store();
    transaction.commit();
    return std::optional<StoredDecision>(std::move(out));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(settings.database + ": " + fault.what() + (fault.busy() ? "; another process writes, try again" : ""));
  }
}

std::expected<Walked, std::string> each_decision(const SqliteSettings& settings, const std::string& by, policy::Instant at,
                                                 const std::function<void(const std::string& id, const std::string& question, const std::string& decision)>& use) {
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  try {
    {
      Database database(settings.database, Database::Mode::write, settings.busy_milliseconds);
      LogTail tail(database);
      Transaction transaction(database);
      LogWords words;
      words.kind = "access";
      words.at = at.time_since_epoch().count();
      std::string staff = "{\"by\":";
      append_json_text(staff, by);
      const Sealer audit(keys->audit_key(), "audit");
      auto draft = draft_entry(words, "{\"why\":\"decisions_replayed\"}", audit, staff + "}", keys->audit_key());
      if (!draft) return std::unexpected(draft.error());
      tail.load();
      tail.append(*draft);
      tail.store();
      transaction.commit();
    }
    Database database(settings.database, Database::Mode::read, settings.busy_milliseconds);
    Statement all(database.handle(), "SELECT q.id, q.person, q.own_key, d.question, d.answer FROM decision d JOIN request q ON q.seq = d.request ORDER BY d.request");
    Walked out;
    auto rows = all.select();
    while (rows.next()) {
      const std::string id = rows.string(0);
      auto sealer = request_sealer(*keys, id, rows.null(1) ? std::nullopt : std::optional(rows.integer(1)), rows.blob(2));
      if (!sealer) {
        if (sealer.error() != Keyring::Trouble::no_key) return std::unexpected("request " + id + ": the key store cannot be read");
        ++out.shredded;
        continue;
      }
      const auto question = sealer->open("decision", id, "question", rows.blob(3));
      const auto answer = sealer->open("decision", id, "answer", rows.blob(4));
      if (!question || !answer)
        return std::unexpected("request " + id + ": what is stored cannot be opened; restore database and key store from backups of the same age");
      ++out.opened;
      use(id, *question, *answer);
    }
    return out;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(settings.database + ": " + fault.what() + (fault.busy() ? "; another process writes, try again" : ""));
  }
}

std::expected<std::vector<RequestLine>, std::string> read_requests(const SqliteSettings& settings, std::size_t limit) {
  try {
    Database database(settings.database, Database::Mode::read, settings.busy_milliseconds);
    Statement newest(database.handle(),
                     "SELECT q.id, q.agency, q.state, q.purpose, d.outcome, q.received FROM request q JOIN decision d ON d.request = q.seq "
                     "ORDER BY q.seq DESC LIMIT ?");
    std::vector<RequestLine> out;
    auto rows = newest.select(static_cast<std::int64_t>(std::min<std::size_t>(limit, 100'000)));
    while (rows.next()) out.push_back({rows.string(0), rows.string(1), rows.string(2), rows.string(3), rows.string(4), instant(rows.integer(5))});
    return out;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(settings.database + ": " + fault.what());
  }
}

}  // namespace gatehouse::adapters
