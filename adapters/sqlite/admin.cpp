#include "adapters/sqlite/admin.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <set>

#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/identifiers.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/index_proof.hpp"
#include "adapters/sqlite/key_store.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/one_at_a_time.hpp"
#include "adapters/sqlite/reader.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/statistics_import.hpp"
#include "adapters/sqlite/words.hpp"
#include "adapters/sqlite/write_jobs.hpp"
#include "policy/officers/two_people.hpp"

namespace gatehouse::adapters {

using policy::Error;
using policy::RequestState;

namespace {

Error refused(std::string code, std::string where, std::string what, std::string remedy, std::vector<std::string> allowed = {}) {
  return {std::move(code), std::move(where), std::move(what), std::move(remedy), std::move(allowed)};
}
Error damaged(const char* where) {
  return refused("damaged", where, "what is stored cannot be opened", "restore the database and the key store from backups of the same age");
}
Error fault_error(const DatabaseFault& fault) {
  return refused(fault.busy() ? "busy" : "unavailable", "database", fault.what(),
                 fault.busy() ? "another process writes; try again" : "look at the disk and the health page");
}

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool is_mother(std::string_view relation) {
  const auto words = name_words(relation);
  return std::find(words.begin(), words.end(), "mother") != words.end() && std::find(words.begin(), words.end(), "step") == words.end();
}

bool is_day_or_empty(const std::string& text) { return text.empty() || policy::read_date(text).has_value(); }

std::optional<Error> bad_names(const std::vector<NameInput>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string where = "names[" + std::to_string(i) + "]";
    if (names[i].given.empty() && names[i].family.empty()) return refused("missing", where, "has neither a given nor a family name", "at least one of them");
    if (names[i].kind != "current" && names[i].kind != "former" && names[i].kind != "alias")
      return refused("unknown_value", where + ".kind", "is not a kind of name", "one of the list", {"current", "former", "alias"});
  }
  return std::nullopt;
}

std::optional<Error> bad_identifiers(const std::vector<IdentifierInput>& identifiers) {
  for (std::size_t i = 0; i < identifiers.size(); ++i) {
    const std::string where = "identifiers[" + std::to_string(i) + "]";
    if (identifiers[i].type.empty()) return refused("missing", where + ".type", "is empty", "nhs, upn, ni, agency_reference or the name of another number");
    if (!normal_identifier(identifiers[i].type, identifiers[i].value))
      return refused("bad_identifier", where + ".value", "is not a number of this type (length or check digit)", "the number as printed");
  }
  return std::nullopt;
}

// ---- consents that uphold a release

bool covers(const policy::Consent& consent, std::string_view agency, std::string_view category, std::string_view purpose, bool wildcard) {
  const auto holds = [wildcard](const std::vector<std::string>& words, std::string_view word) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& one) { return one == word || (wildcard && one == "*"); });
  };
  return holds(consent.agencies, agency) && holds(consent.categories, category) && holds(consent.purposes, purpose);
}

// Whether one of the consents, alone, still stands for this share. What is not said speaks against it.
bool stands(const std::vector<policy::Consent>& consents, std::string_view agency, std::string_view category, std::string_view purpose,
            std::chrono::sys_days released) {
  // Consent counts days where the people live, this code days of UTC: a day of grace at both ends.
  const std::chrono::days grace(1);
  for (const auto& consent : consents) {
    if (consent.refused || consent.withdrawn || !consent.given || !consent.expires || !consent.form) continue;
    if (!covers(consent, agency, category, purpose, false)) continue;
    if (std::chrono::sys_days(*consent.given) > released + grace || std::chrono::sys_days(*consent.expires) < released - grace) continue;
    const bool beaten = std::any_of(consents.begin(), consents.end(), [&](const policy::Consent& other) {
      if (!other.refused && !other.withdrawn) return false;
      if (other.given_by != consent.given_by || !covers(other, agency, category, purpose, true)) return false;
      const auto word = other.withdrawn ? other.withdrawn : other.given;
      return !word || std::chrono::sys_days(*word) >= std::chrono::sys_days(*consent.given);
    });
    if (!beaten) return true;
  }
  return false;
}

}  // namespace

struct Admin::Impl {
  Impl(const SqliteSettings& the_settings, Keyring the_keys, Database::Mode mode)
      : settings(the_settings), keys(std::move(the_keys)), database(settings.database, mode, settings.busy_milliseconds) {}

  struct Statements {
    explicit Statements(sqlite3* db)
        : person_by_ref(db, "SELECT id, shredded_at FROM person WHERE ref = ?"),
          person(db, "SELECT file, markers FROM person WHERE id = ?"),
          add_person(db, "INSERT INTO person (ref, key_version, decoy, file) VALUES (?, ?, ?, x'')"),
          set_person(db, "UPDATE person SET file = ?, unborn = ? WHERE id = ?"),
          set_markers(db, "UPDATE person SET markers = ? WHERE id = ?"),
          clues(db, "SELECT token, kind FROM identifier WHERE person = ?"),
          add_clue(db, "INSERT INTO identifier (token, person, kind) VALUES (?, ?, ?)"),
          drop_clue(db, "DELETE FROM identifier WHERE token = ? AND person = ? AND kind = ?"),
          relation(db, "SELECT id, file FROM relation WHERE person = ? AND ref = ?"),
          relations(db, "SELECT id, file, mother FROM relation WHERE person = ?"),
          relations_to(db, "SELECT r.id, r.person, r.file, r.mother, p.unborn, p.shredded_at FROM relation r JOIN person p ON p.id = r.person WHERE r.other = ?"),
          add_relation(db, "INSERT INTO relation (person, ref, other, mother, flags, key_version, file) VALUES (?, ?, ?, ?, ?, ?, x'')"),
          set_relation(db, "UPDATE relation SET flags = ?, file = ? WHERE id = ?"),
          drop_relation_tokens(db, "DELETE FROM relation_token WHERE relation = ?"),
          add_relation_token(db, "INSERT OR IGNORE INTO relation_token (person, token, relation, initial_only) VALUES (?, ?, ?, ?)"),
          item(db, "SELECT i.id, i.version, i.content, c.sealed FROM item i JOIN item_content c ON c.id = i.content WHERE i.person = ? AND i.ref = ?"),
          add_content(db, "INSERT INTO item_content (sealed) VALUES (?)"),
          set_content(db, "UPDATE item_content SET sealed = ? WHERE id = ?"),
          add_item(db, "INSERT INTO item (person, id, ref, version, category, compartment, given_in_confidence, relevant_for, relevant_for_all, restricted, "
                       "key_version, content) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)"),
          set_item(db, "UPDATE item SET version = ?, category = ?, compartment = ?, given_in_confidence = ?, relevant_for = ?, relevant_for_all = ?, "
                       "restricted = ? WHERE person = ? AND id = ?"),
          drop_restrictions(db, "DELETE FROM item_restriction WHERE person = ? AND item = ?"),
          add_restriction(db, "INSERT OR IGNORE INTO item_restriction (person, item, whom) VALUES (?, ?, ?)"),
          consents(db, "SELECT id, version, file FROM consent WHERE person = ? ORDER BY id"),
          releases_on_consent(db, "SELECT q.seq, q.id, q.agency, q.state, q.purpose, r.consents_only, r.at FROM release r JOIN request q ON q.seq = r.request "
                                  "WHERE r.person = ? AND r.consents_only <> '' AND q.state IN ('released', 'fetched', 'acknowledged')"),
          move(db, "UPDATE request SET state = ?, changed_at = ? WHERE seq = ? AND state = ?"),
          drop_package(db, "DELETE FROM release_package WHERE request = ?"),
          pack(db, "SELECT sha256 FROM active_pack WHERE one = 1") {}
    Statement person_by_ref, person, add_person, set_person, set_markers, clues, add_clue, drop_clue, relation, relations, relations_to, add_relation,
        set_relation, drop_relation_tokens, add_relation_token, item, add_content, set_content, add_item, set_item, drop_restrictions, add_restriction,
        consents, releases_on_consent, move, drop_package, pack;
  };

  void prepare() {
    statements.emplace(database.handle());
    log.emplace(database);
    hashes.emplace(database, keys);
    hashes->look();
  }
  Statements& s() { return *statements; }

  std::string token(const std::string& words) const { return hashes->to_write(first_index(keys, words)); }
  std::vector<std::string> forms(const std::string& words) const { return hashes->to_find(first_index(keys, words)); }   // the one that is written first
  struct FoundPerson {
    std::int64_t id = 0;
    bool shredded = false;
  };
  std::optional<FoundPerson> find_person(const std::string& ref) {
    for (const std::string& form : forms("ref:" + ref)) {
      auto rows = s().person_by_ref.select(Blob{form});
      if (rows.next()) return FoundPerson{rows.integer(0), !rows.null(1)};
    }
    return std::nullopt;
  }
  std::expected<Sealer, Error> sealer_of(std::int64_t person) {
    auto lease = keys.open_data_key(person);
    if (!lease) return std::unexpected(damaged("person_ref"));
    return Sealer(std::move(*lease), person_subject(person));
  }
  std::expected<std::int64_t, Error> person_of(const std::string& ref, const char* where) {
    const auto found = find_person(ref);
    if (!found) return std::unexpected(refused("unknown_person", where, "there is no person with this reference", "import the person first"));
    if (found->shredded) return std::unexpected(refused("shredded", where, "this person's file was destroyed", "a new reference for a new file"));
    return found->id;
  }
  std::string active_pack() {
    auto rows = s().pack.select();
    return rows.next() ? rows.string(0) : std::string();
  }

  // ---- transactions
  struct Tally {
    std::uint64_t people = 0, relations = 0, items = 0, consents = 0, competence = 0, findings = 0;
    std::string digest = std::string(32, '\0');   // chained over everything that was put
    std::uint64_t sum() const { return people + relations + items + competence + findings; }
  };
  bool opened = false;
  std::string trouble;        // begin() could not: every row and commit() say so
  Tally tally;

  void begin() {
    trouble.clear();
    tally = Tally();
    try {
      database.run("BEGIN IMMEDIATE");
      opened = true;
      log->load();
      hashes->look();
    } catch (const DatabaseFault& fault) {
      trouble = fault.what();
      rollback();
    }
  }
  void rollback() {
    opened = false;
    keys.discard();
    try {
      if (database.in_transaction()) database.run("ROLLBACK");
    } catch (const DatabaseFault&) {
      // Nothing was committed: the next BEGIN says what is wrong.
    }
  }
  std::expected<void, std::string> commit() {
    if (!trouble.empty() || !opened) {
      rollback();
      return std::unexpected(trouble.empty() ? std::string("database: nothing was begun") : std::exchange(trouble, {}));
    }
    try {
      if (tally.sum() > 0) {
        const auto number = [](std::uint64_t value) { return std::to_string(value); };
        std::string detail = "{\"competence\":" + number(tally.competence) + ",\"consents\":" + number(tally.consents) + ",\"digest\":\"" +
                             crypto::hex({reinterpret_cast<const std::uint8_t*>(tally.digest.data()), tally.digest.size()}) +
                             "\",\"findings\":" + number(tally.findings) + ",\"items\":" + number(tally.items) + ",\"people\":" + number(tally.people) +
                             ",\"relations\":" + number(tally.relations) + "}";
        append({"config", now_seconds(), {}, {}, active_pack(), {}, {}}, std::move(detail), {});
      }
      log->store();
      // A key is durable before the first transaction that uses it.
      if (auto durable = keys.flush(); !durable) throw DatabaseFault(0, durable.error());
      database.run("COMMIT");
      opened = false;
    } catch (const DatabaseFault& fault) {
      rollback();
      return std::unexpected(std::string(fault.what()) + "; whether the last rows are in the database is not known");
    }
    try {
      database.checkpoint(Database::Checkpoint::passive);
    } catch (const DatabaseFault& fault) {
      return std::unexpected(std::string("written, but ") + fault.what());
    }
    return {};
  }

  struct OwnedWords {
    std::string_view kind;
    std::int64_t at;
    std::string agency, outcome, pack, decision, manifest;
    std::string before = {};
  };
  // Under the person's key when there is one, else under the audit key.
  void append(const OwnedWords& words, std::string detail, std::string staff, std::optional<std::int64_t> person = std::nullopt) {
    LogWords clear{words.kind, words.at, words.agency, words.outcome, words.pack, words.decision, words.manifest, words.before};
    std::optional<Sealer> sealer;
    if (person) {
      auto own = sealer_of(*person);
      if (!own) throw DatabaseFault(0, "log: the key of the person is not there");
      sealer.emplace(std::move(*own));
    } else {
      sealer.emplace(keys.audit_key(), "audit");
    }
    auto draft = draft_entry(clear, std::move(detail), *sealer, std::move(staff), keys.audit_key());
    if (!draft) throw DatabaseFault(0, draft.error());
    draft->person = person;
    log->append(*draft);
  }

  void count(std::uint64_t Tally::*what, std::string_view kind, std::string_view packed) {
    ++(tally.*what);
    const auto digest = crypto::sha256(tally.digest + std::string(kind) + "|" + std::string(packed));
    tally.digest.assign(reinterpret_cast<const char*>(digest.data()), digest.size());
  }

  // One row: in a savepoint, in its own transaction where none is open.
  std::expected<Put, Error> row(const std::function<std::expected<Put, Error>()>& work) {
    const bool alone = !opened && trouble.empty();
    if (alone) begin();
    if (!trouble.empty()) {
      Error error = refused("unavailable", "database", trouble, "try again when nobody else writes");
      if (alone) trouble.clear();
      return std::unexpected(error);
    }
    std::expected<Put, Error> result = std::unexpected(Error());
    const auto mark = log->mark();
    const Tally before = tally;
    try {
      database.run("SAVEPOINT one_row");
      result = work();
      if (!result) {
        database.run("ROLLBACK TO one_row");
        log->back_to(mark);
        tally = before;
      }
      database.run("RELEASE one_row");
    } catch (const DatabaseFault& fault) {
      result = std::unexpected(fault_error(fault));
      log->back_to(mark);
      tally = before;
      try {
        if (!database.in_transaction()) throw fault;
        database.run("ROLLBACK TO one_row");
        database.run("RELEASE one_row");
      } catch (const DatabaseFault& worse) {
        rollback();
        trouble = worse.what();
      }
    }
    if (alone) {
      const auto done = commit();
      if (!done && result) return std::unexpected(refused("unavailable", "database", done.error(), "try again"));
    }
    return result;
  }

  // ---- people
  std::expected<void, Error> index(std::int64_t person, const PersonInput& file, const std::vector<std::string>& mothers) {
    std::set<std::pair<std::string, std::string>> wanted;
    std::map<std::pair<std::string, std::string>, std::string> have;   // as they would be written now, and as they stand
    for (const Clue& clue : clues_of(file, mothers))
      if (clue.kind != "ref") wanted.emplace(token(clue.typed), clue.kind);
    {
      auto rows = s().clues.select(person);
      while (rows.next()) have.emplace(std::pair(hashes->turned(rows.blob(0)), rows.string(1)), rows.blob(0));
    }
    for (const auto& [clue, stored] : have)
      if (!wanted.contains(clue)) s().drop_clue.run(Blob{stored}, person, clue.second);
    for (const auto& clue : wanted)
      if (!have.contains(clue)) s().add_clue.run(Blob{clue.first}, person, clue.second);
    return {};
  }
  std::expected<PersonInput, Error> person_file(std::int64_t person, const Sealer& sealer) {
    auto rows = s().person.select(person);
    if (!rows.next()) return std::unexpected(damaged("person_ref"));
    const auto plain = sealer.open("person", std::to_string(person), "file", rows.blob(0));
    auto file = plain ? read_person(*plain) : std::nullopt;
    if (!file) return std::unexpected(damaged("person_ref"));
    return std::move(*file);
  }
  std::expected<std::vector<std::string>, Error> mothers_of(std::int64_t person, const Sealer& sealer) {
    std::vector<std::string> out;
    auto rows = s().relations.select(person);
    while (rows.next()) {
      if (rows.integer(2) == 0) continue;
      const auto plain = sealer.open("relation", std::to_string(rows.integer(0)), "file", rows.blob(1));
      const auto file = plain ? read_relation(*plain) : std::nullopt;
      if (!file) return std::unexpected(damaged("person_ref"));
      for (const auto& name : file->relation.names) out.push_back(full_name(name));
      out.insert(out.end(), file->others_names.begin(), file->others_names.end());
    }
    return out;
  }
  std::expected<void, Error> index_again(std::int64_t person) {
    auto sealer = sealer_of(person);
    if (!sealer) return std::unexpected(sealer.error());
    auto file = person_file(person, *sealer);
    if (!file) return std::unexpected(file.error());
    auto mothers = mothers_of(person, *sealer);
    if (!mothers) return std::unexpected(mothers.error());
    return index(person, *file, *mothers);
  }

  void name_tokens(std::int64_t person, std::int64_t relation, const RelationFile& file) {
    s().drop_relation_tokens.run(relation);
    // A professional on the file who asks is doing their work; whoever is family, or marked as a danger, has a conflict.
    if (file.relation.role == "professional" && !file.relation.alleged_perpetrator && !file.relation.risk_to) return;
    std::vector<std::string> names = file.others_names;
    for (const auto& name : file.relation.names) names.push_back(full_name(name));
    for (const auto& name : names) {
      const WorkerName worker = worker_name(name);
      for (const WorkerToken& one : worker_words(person, worker)) {
        const std::string hashed = token(one.words);
        s().add_relation_token.run(person, Blob{hashed}, relation, one.initial && worker.initial_only);
      }
    }
  }

  // The names of `other` have changed: every file that names them through a relation says so too.
  std::expected<void, Error> names_changed(std::int64_t other, const PersonInput& file) {
    struct Found {
      std::int64_t relation, person;
      bool unborns_mother;
      std::string sealed;
    };
    std::vector<Found> found;
    {
      auto rows = s().relations_to.select(other);
      while (rows.next())
        if (rows.null(5)) found.push_back({rows.integer(0), rows.integer(1), rows.integer(3) != 0 && rows.integer(4) != 0, std::string(rows.blob(2))});
    }
    for (const auto& one : found) {
      auto sealer = sealer_of(one.person);
      if (!sealer) return std::unexpected(sealer.error());
      const std::string row_name = std::to_string(one.relation);
      const auto plain = sealer->open("relation", row_name, "file", one.sealed);
      auto relation = plain ? read_relation(*plain) : std::nullopt;
      if (!relation) return std::unexpected(damaged("relation"));
      relation->others_names.clear();
      for (const auto& name : file.names) relation->others_names.push_back(full_name(name));
      const std::string sealed = sealer->seal("relation", row_name, "file", pack(*relation));
      s().set_relation.run(flags_of(relation->relation), Blob{sealed}, one.relation);
      name_tokens(one.person, one.relation, *relation);
      if (one.unborns_mother)
        if (auto done = index_again(one.person); !done) return done;
    }
    return {};
  }

  static std::uint64_t flags_of(const RelationInput& relation) {
    return (relation.parental_responsibility ? relation_parental_responsibility : 0) | (relation.risk_to ? relation_risk_to : 0) |
           (relation.alleged_perpetrator ? relation_alleged_perpetrator : 0) | (relation.role == "professional" ? relation_professional : 0);
  }

  std::expected<Put, Error> put_person(const PersonInput& input, bool decoy) {
    std::uint64_t markers = 0;
    for (std::size_t i = 0; i < input.markers.size(); ++i) {
      const std::string& marker = input.markers[i];
      if (marker == "risk")
        markers |= marker_risk;
      else if (marker == "safe_contact")
        markers |= marker_safe_contact;
      else if (marker == "embargo")
        markers |= marker_embargo;
      else
        return std::unexpected(refused("unknown_value", "markers[" + std::to_string(i) + "]", "is not a marker", "one of the list", {"risk", "safe_contact", "embargo"}));
    }
    if (input.ref.empty()) return std::unexpected(refused("missing", "ref", "is empty", "the organisation's own number for this person"));
    if (input.names.empty()) return std::unexpected(refused("missing", "names", "is empty", "at least one name"));
    if (auto bad = bad_names(input.names)) return std::unexpected(*bad);
    if (auto bad = bad_identifiers(input.identifiers)) return std::unexpected(*bad);
    if (!is_day_or_empty(input.date_of_birth)) return std::unexpected(refused("bad_date", "date_of_birth", "is not a day", "2010-03-04"));
    if (!is_day_or_empty(input.expected_date)) return std::unexpected(refused("bad_date", "expected_date", "is not a day", "2026-03-04"));

    const std::string packed = pack(input);
    const auto found = find_person(input.ref);
    if (found && found->shredded) return std::unexpected(refused("shredded", "ref", "this person's file was destroyed", "a new reference for a new file"));
    std::int64_t id = found ? found->id : 0;
    const bool added = !found;
    if (added) {
      const std::string hashed = token("ref:" + input.ref);
      s().add_person.run(Blob{hashed}, 1, decoy);
      id = sqlite3_last_insert_rowid(database.handle());
      if (auto made = keys.make_data_key(id); !made) return std::unexpected(refused("unavailable", "key store", made.error(), "look at the key store"));
    }
    auto sealer = sealer_of(id);
    if (!sealer) return std::unexpected(sealer.error());
    bool names_differ = false;
    if (!added) {
      auto before = person_file(id, *sealer);
      if (!before) return std::unexpected(before.error());
      bool same_markers = false;
      {
        auto rows = s().person.select(id);
        same_markers = rows.next() && rows.number(1) == markers;
      }
      if (same_markers && pack(*before) == packed) return Put::unchanged;
      names_differ = !std::equal(before->names.begin(), before->names.end(), input.names.begin(), input.names.end(),
                                 [](const NameInput& a, const NameInput& b) { return a.given == b.given && a.family == b.family; });
      if (!same_markers) s().set_markers.run(markers, id);
    } else if (markers != 0) {
      s().set_markers.run(markers, id);
    }
    const std::string sealed = sealer->seal("person", std::to_string(id), "file", packed);
    s().set_person.run(Blob{sealed}, !input.expected_date.empty(), id);
    std::vector<std::string> mothers;
    if (!input.expected_date.empty()) {
      auto theirs = mothers_of(id, *sealer);
      if (!theirs) return std::unexpected(theirs.error());
      mothers = std::move(*theirs);
    }
    // Nobody may find the stand-in.
    if (!decoy)
      if (auto done = index(id, input, mothers); !done) return std::unexpected(done.error());
    if (names_differ)
      if (auto done = names_changed(id, input); !done) return std::unexpected(done.error());
    if (!decoy) count(&Tally::people, "person", packed);
    return added ? Put::added : Put::replaced;
  }

  std::expected<Put, Error> put_relation(const RelationInput& input) {
    auto person = person_of(input.person_ref, "person_ref");
    if (!person) return std::unexpected(person.error());
    std::optional<std::int64_t> other;
    RelationFile file;
    file.relation = input;
    if (!input.other_ref.empty()) {
      auto found = person_of(input.other_ref, "other_ref");
      if (!found) return std::unexpected(found.error());
      if (*found == *person) return std::unexpected(refused("bad_value", "other_ref", "is the same person", "somebody else"));
      other = *found;
      auto their_sealer = sealer_of(*other);
      if (!their_sealer) return std::unexpected(their_sealer.error());
      auto theirs = person_file(*other, *their_sealer);
      if (!theirs) return std::unexpected(theirs.error());
      for (const auto& name : theirs->names) file.others_names.push_back(full_name(name));
    } else if (input.names.empty()) {
      return std::unexpected(refused("missing", "names", "is empty and `other_ref` too", "one of the two: who is it?"));
    }
    if (auto bad = bad_names(input.names)) return std::unexpected(*bad);
    if (auto bad = bad_identifiers(input.identifiers)) return std::unexpected(*bad);
    if (input.relation.empty()) return std::unexpected(refused("missing", "relation", "is empty", "mother, father, sibling, social worker, …"));
    if (input.role != "family" && input.role != "professional" && input.role != "other")
      return std::unexpected(refused("unknown_value", "role", "is not a role in a case file", "one of the list", {"family", "professional", "other"}));

    const std::string who = other ? "file:" + std::to_string(*other) : "name:" + joined(name_words(full_name(input.names.front())));
    const std::vector<std::string> refs = forms("relation:" + std::to_string(*person) + "|" + who + "|" + joined(name_words(input.relation)));
    const std::string packed = pack(file);
    auto sealer = sealer_of(*person);
    if (!sealer) return std::unexpected(sealer.error());
    std::int64_t id = 0;
    for (const std::string& ref : refs) {
      auto rows = s().relation.select(*person, Blob{ref});
      if (rows.next()) {
        id = rows.integer(0);
        const auto before = sealer->open("relation", std::to_string(id), "file", rows.blob(1));
        if (!before) return std::unexpected(damaged("relation"));
        if (*before == packed) return Put::unchanged;
      }
    }
    const bool added = id == 0;
    const bool mother = is_mother(input.relation);
    if (added) {
      s().add_relation.run(*person, Blob{refs.front()}, other, mother, flags_of(input), sealer->key_version());
      id = sqlite3_last_insert_rowid(database.handle());
    }
    const std::string sealed = sealer->seal("relation", std::to_string(id), "file", packed);
    s().set_relation.run(flags_of(input), Blob{sealed}, id);
    name_tokens(*person, id, file);
    if (mother)
      if (auto done = index_again(*person); !done) return std::unexpected(done.error());
    count(&Tally::relations, "relation", packed);
    return added ? Put::added : Put::replaced;
  }

  std::expected<Put, Error> put_item(const ItemInput& input) {
    auto person = person_of(input.person_ref, "person_ref");
    if (!person) return std::unexpected(person.error());
    if (input.item_ref.empty()) return std::unexpected(refused("missing", "item_ref", "is empty", "the organisation's own number for this item"));
    ItemFile file;
    file.record = input.record;
    file.record.id.clear();
    file.record.version = 0;
    file.compartment = input.compartment;
    file.given_in_confidence = input.given_in_confidence;
    file.relevant_for = purpose_bits(input.relevant_for);
    file.relevant_for_all = input.relevant_for_all;
    file.withheld_from = input.withheld_from;
    file.item_ref = input.item_ref;
    const std::string packed = pack(file);
    const std::vector<std::string> refs = forms(item_words(*person, input.item_ref));
    auto sealer = sealer_of(*person);
    if (!sealer) return std::unexpected(sealer.error());
    std::int64_t id = 0, version = 0, content = 0;
    for (const std::string& ref : refs) {
      auto rows = s().item.select(*person, Blob{ref});
      if (rows.next()) {
        id = rows.integer(0);
        version = rows.integer(1);
        content = rows.integer(2);
        const auto before = sealer->open("item", versioned_row(id, version), "content", rows.blob(3));
        if (!before) return std::unexpected(damaged("item_ref"));
        if (*before == packed) return Put::unchanged;
      }
    }
    const bool added = id == 0;
    ++version;
    if (added) {
      // Ids leave the house inside packages: random ones say nothing about how much is on file.
      const std::string random = crypto::random_bytes(8);
      std::memcpy(&id, random.data(), 8);
      id &= INT64_MAX;
      id |= 1;
    }
    const std::string sealed = sealer->seal("item", versioned_row(id, version), "content", packed);
    const auto category = policy::text(input.record.category), compartment = policy::text(input.compartment);
    const bool restricted = !input.withheld_from.empty();
    if (added) {
      s().add_content.run(Blob{sealed});
      content = sqlite3_last_insert_rowid(database.handle());
      s().add_item.run(*person, id, Blob{refs.front()}, category, compartment, input.given_in_confidence, file.relevant_for, input.relevant_for_all, restricted,
                       sealer->key_version(), content);
    } else {
      s().set_content.run(Blob{sealed}, content);
      s().set_item.run(version, category, compartment, input.given_in_confidence, file.relevant_for, input.relevant_for_all, restricted, *person, id);
      s().drop_restrictions.run(*person, id);
    }
    for (const auto& whom : input.withheld_from) {
      const std::string hashed = token(withheld_words(*person, whom));
      s().add_restriction.run(*person, id, Blob{hashed});
    }
    count(&Tally::items, "item", packed);
    return added ? Put::added : Put::replaced;
  }

  // consent, competence and finding: one sealed file each, found by a keyed reference.
  struct Kept {
    Put put;
    std::string before;   // packed, when it was there
  };
  std::expected<Kept, Error> keep(const char* table, std::int64_t person, const Sealer& sealer, const std::string& ref_words, const std::string& packed) {
    const std::string name(table);
    Statement find(database.handle(), "SELECT id, version, file FROM " + name + " WHERE person = ? AND ref = ?");
    const std::vector<std::string> refs = forms(name + ":" + std::to_string(person) + "|" + ref_words);
    std::int64_t id = 0, version = 0;
    std::string before;
    for (const std::string& ref : refs) {
      auto rows = find.select(person, Blob{ref});
      if (rows.next()) {
        id = rows.integer(0);
        version = rows.integer(1);
        auto plain = sealer.open(name, versioned_row(id, version), "file", rows.blob(2));
        if (!plain) return std::unexpected(damaged(table));
        if (*plain == packed) return Kept{Put::unchanged, *plain};
        before = std::move(*plain);
      }
    }
    const bool added = id == 0;
    if (added) {
      Statement add(database.handle(), "INSERT INTO " + name + " (person, ref, version, key_version, file) VALUES (?, ?, 0, ?, x'')");
      add.run(person, Blob{refs.front()}, sealer.key_version());
      id = sqlite3_last_insert_rowid(database.handle());
    }
    ++version;
    const std::string sealed = sealer.seal(name, versioned_row(id, version), "file", packed);
    Statement set(database.handle(), "UPDATE " + name + " SET version = ?, file = ? WHERE id = ?");
    set.run(version, Blob{sealed}, id);
    return Kept{added ? Put::added : Put::replaced, std::move(before)};
  }

  std::expected<std::vector<policy::Consent>, Error> consents_of(std::int64_t person, const Sealer& sealer) {
    std::vector<policy::Consent> out;
    auto rows = s().consents.select(person);
    while (rows.next()) {
      const auto plain = sealer.open("consent", versioned_row(rows.integer(0), rows.integer(1)), "file", rows.blob(2));
      auto consent = plain ? read_consent(*plain) : std::nullopt;
      if (!consent) return std::unexpected(damaged("consent"));
      out.push_back(std::move(consent->consent));
    }
    return out;
  }

  // A withdrawal bites at once: what rested on that consent alone is taken back in the same transaction.
  std::expected<void, Error> take_back(std::int64_t person, const Sealer& sealer) {
    auto consents = consents_of(person, sealer);
    if (!consents) return std::unexpected(consents.error());
    std::vector<Move> moves;
    {
      auto rows = s().releases_on_consent.select(person);
      while (rows.next()) {
        const auto released = std::chrono::floor<std::chrono::days>(instant_of(rows.integer(6)));
        const auto categories = split_words(rows.text(5));
        const bool upheld = std::all_of(categories.begin(), categories.end(), [&](const std::string& category) {
          return stands(*consents, rows.text(2), category, rows.text(4), released);
        });
        const auto state = policy::from_text<RequestState>(rows.text(3));
        if (upheld || !state) continue;
        // What has not been fetched is simply not given; what has been is asked back.
        const RequestState to = *state == RequestState::released ? RequestState::withdrawn : RequestState::recalled;
        moves.push_back({rows.integer(0), rows.string(1), rows.string(2), *state, to, now_seconds(), "consent_withdrawn", person, {}});
      }
    }
    for (const auto& move : moves) move_request(move, keys, *log, s().move, s().drop_package);
    return {};
  }

  std::expected<Put, Error> put_consent(const ConsentInput& input) {
    auto person = person_of(input.person_ref, "person_ref");
    if (!person) return std::unexpected(person.error());
    if (input.consent_ref.empty()) return std::unexpected(refused("missing", "consent_ref", "is empty", "the organisation's own number for this consent"));
    auto sealer = sealer_of(*person);
    if (!sealer) return std::unexpected(sealer.error());
    const std::string packed = pack(input);
    auto kept = keep("consent", *person, *sealer, input.consent_ref, packed);
    if (!kept) return std::unexpected(kept.error());
    if (kept->put == Put::unchanged) return Put::unchanged;
    std::string detail = "{\"consent\":";
    append_json_text(detail, input.consent_ref);
    detail += std::string(",\"refused\":") + (input.consent.refused ? "true" : "false") + ",\"subject\":\"" + std::to_string(*person) +
              "\",\"withdrawn\":" + (input.consent.withdrawn ? "true" : "false") + "}";
    append({"consent", now_seconds(), {}, {}, active_pack(), {}, {}}, std::move(detail), {}, *person);
    if (auto done = take_back(*person, *sealer); !done) return std::unexpected(done.error());
    ++tally.consents;
    return kept->put;
  }

  std::expected<Put, Error> put_competence(const CompetenceInput& input) {
    auto person = person_of(input.person_ref, "person_ref");
    if (!person) return std::unexpected(person.error());
    if (!policy::read_date(input.assessed_on)) return std::unexpected(refused("bad_date", "assessed_on", "is not a day", "2026-03-04"));
    if (!is_day_or_empty(input.valid_to)) return std::unexpected(refused("bad_date", "valid_to", "is not a day", "2026-03-04"));
    auto sealer = sealer_of(*person);
    if (!sealer) return std::unexpected(sealer.error());
    const std::string packed = pack(input);
    auto kept = keep("competence", *person, *sealer, input.assessed_on, packed);
    if (!kept) return std::unexpected(kept.error());
    if (kept->put != Put::unchanged) count(&Tally::competence, "competence", packed);
    return kept->put;
  }

  std::expected<Put, Error> put_finding(const FindingInput& input) {
    auto person = person_of(input.person_ref, "person_ref");
    if (!person) return std::unexpected(person.error());
    if (!policy::read_date(input.found_on)) return std::unexpected(refused("bad_date", "found_on", "is not a day", "2026-03-04"));
    if (!is_day_or_empty(input.until)) return std::unexpected(refused("bad_date", "until", "is not a day", "2026-03-04"));
    if (input.found_by.empty()) return std::unexpected(refused("missing", "found_by", "is empty", "the staff id of who found it: without a name it is no evidence"));
    auto sealer = sealer_of(*person);
    if (!sealer) return std::unexpected(sealer.error());
    const std::string packed = pack(input);
    auto kept = keep("finding", *person, *sealer, std::string(policy::text(input.code)), packed);
    if (!kept) return std::unexpected(kept.error());
    if (kept->put != Put::unchanged) count(&Tally::findings, "finding", packed);
    return kept->put;
  }

  std::expected<Put, Error> put_agency(const policy::Agency& agency, std::int64_t at, const std::string& staff, const std::vector<std::string>& approved_by);
  bool opens_emergencies(const policy::Agency& agency);
  void add_stand_in();

  SqliteSettings settings;
  Keyring keys;
  Database database;
  std::optional<LogTail> log;
  std::optional<Index> hashes;
  std::optional<Statements> statements;
};

// Read in the place of a person who is not there, so that the work is the same: about as much as a common file has.
void Admin::Impl::add_stand_in() {
  PersonInput person;
  person.ref = crypto::hex(crypto::sha256(crypto::random_bytes(32)));
  person.names = {{"Stand", "In", "current"}};
  person.date_of_birth = "2010-01-01";
  auto put = put_person(person, true);
  if (!put) throw DatabaseFault(0, put.error().text());
  const auto id = person_of(person.ref, "ref");
  auto sealer = sealer_of(*id);
  if (!sealer) throw DatabaseFault(0, sealer.error().text());
  using enum policy::Category;
  int number = 0;
  for (const auto category : {identity, contact, household, education, attendance_behaviour, health_physical, safeguarding_concern, chronology}) {
    ItemInput item;
    item.person_ref = person.ref;
    item.item_ref = std::to_string(++number);
    item.record.category = category;
    if (auto done = put_item(item); !done) throw DatabaseFault(0, done.error().text());
  }
  ConsentInput consent;
  consent.consent.agencies = {"nobody"};
  auto kept = keep("consent", *id, *sealer, "stand-in", pack(consent));
  if (!kept) throw DatabaseFault(0, kept.error().text());
}

// Whether this gives somebody what two people must answer for: emergencies to a partner, or to others in its name.
bool Admin::Impl::opens_emergencies(const policy::Agency& agency) {
  if (!agency.emergency_registered) return false;
  Statement row(database.handle(), "SELECT type, directory_number FROM agency WHERE id = ? AND emergency_registered <> 0");
  auto rows = row.select(agency.id);
  if (!rows.next() || rows.text(0) != policy::text(agency.type) || rows.text(1) != agency.directory_number) return true;
  // A key that holds, and did not hold before as it does now. One that ends sooner gives nobody anything.
  Statement same(database.handle(), "SELECT 1 FROM agency_key WHERE agency = ?1 AND kind = ?2 AND keyid = ?3 AND value = ?4 AND not_before <= ?5 AND not_after >= ?6 AND state = 'current'");
  return std::any_of(agency.keys.begin(), agency.keys.end(), [&](const policy::AgencyKey& key) {
    return key.state == policy::KeyState::current && !same.select(agency.id, key.kind, key.keyid, key.value, seconds_of(key.not_before), seconds_of(key.not_after)).next();
  });
}

std::expected<Put, Error> Admin::Impl::put_agency(const policy::Agency& agency, std::int64_t at, const std::string& staff, const std::vector<std::string>& approved_by) {
  static constexpr std::array<std::string_view, 3> kinds = {"tls_pin", "signing", "age"};
  if (agency.id.empty() || agency.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") != std::string::npos)
    return std::unexpected(refused("bad_value", "id", "is empty or has characters other than a-z 0-9 - _ .", "a short id such as `kent-mash`"));
  if (agency.name.empty()) return std::unexpected(refused("missing", "name", "is empty", "the agency's name"));
  for (std::size_t i = 0; i < agency.keys.size(); ++i) {
    const auto& key = agency.keys[i];
    const std::string where = "keys[" + std::to_string(i) + "]";
    if (std::find(kinds.begin(), kinds.end(), key.kind) == kinds.end())
      return std::unexpected(refused("unknown_value", where + ".kind", "is not a kind of key", "one of the list", {"tls_pin", "signing", "age"}));
    if (key.keyid.empty() || key.value.empty()) return std::unexpected(refused("missing", where, "has no keyid or no value", "both"));
    if (key.not_after <= key.not_before) return std::unexpected(refused("bad_value", where + ".not_after", "is not after `not_before`", "a later time"));
  }
  for (std::size_t i = 0; i < agency.agreements.size(); ++i)
    if (agency.agreements[i].name.empty())
      return std::unexpected(refused("missing", "agreements[" + std::to_string(i) + "].name", "is empty", "the name of the agreement"));
  if ((approved_by.size() != 2 || !policy::are_two_people(approved_by[0], approved_by[1])) && opens_emergencies(agency))
    return std::unexpected(refused("second_person", "emergency_registered", "two different people register a partner for emergencies, and answer for its type, number and keys from then on",
                                   "name both"));

  // What is stored, as one text, before and after: the log says whether keys changed.
  Statement key_rows(database.handle(), "SELECT kind, keyid, value, not_before, not_after, state FROM agency_key WHERE agency = ? ORDER BY kind, keyid");
  Statement agreement_rows(database.handle(), "SELECT name, purposes, from_day, to_day, verified_on FROM agreement WHERE agency = ? ORDER BY name");
  Statement row(database.handle(), "SELECT type, name, directory_number, emergency_registered FROM agency WHERE id = ?");
  const auto as_text = [&agency](Statement& statement, int columns) {
    std::string out;
    auto rows = statement.select(agency.id);
    while (rows.next()) {
      for (int i = 0; i < columns; ++i) out.append(rows.text(i)).append(1, '\x1f');
      out += '\x1e';
    }
    return out;
  };
  const std::string keys_before = as_text(key_rows, 6), rest_before = as_text(row, 4) + as_text(agreement_rows, 5);

  Statement put(database.handle(),
                "INSERT INTO agency (id, type, name, directory_number, emergency_registered) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET "
                "type = ?2, name = ?3, directory_number = ?4, emergency_registered = ?5 WHERE type <> ?2 OR name <> ?3 OR directory_number <> ?4 OR "
                "emergency_registered <> ?5");
  put.run(agency.id, policy::text(agency.type), agency.name, agency.directory_number, agency.emergency_registered);

  Statement put_key(database.handle(),
                    "INSERT INTO agency_key (agency, kind, keyid, value, not_before, not_after, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                    "ON CONFLICT (agency, kind, keyid) DO UPDATE SET value = ?4, not_before = ?5, not_after = ?6, state = ?7 "
                    "WHERE value <> ?4 OR not_before <> ?5 OR not_after <> ?6 OR state <> ?7");
  Statement drop_key(database.handle(), "DELETE FROM agency_key WHERE agency = ? AND kind = ? AND keyid = ?");
  std::set<std::pair<std::string, std::string>> gone;
  {
    auto rows = key_rows.select(agency.id);
    while (rows.next()) gone.emplace(rows.text(0), rows.text(1));
  }
  for (const auto& key : agency.keys) gone.erase({key.kind, key.keyid});
  for (const auto& [kind, keyid] : gone) drop_key.run(agency.id, kind, keyid);
  for (std::size_t i = 0; i < agency.keys.size(); ++i) {
    const auto& key = agency.keys[i];
    try {
      put_key.run(agency.id, key.kind, key.keyid, key.value, seconds_of(key.not_before), seconds_of(key.not_after),
                  key.state == policy::KeyState::current ? "current" : "revoked");
    } catch (const DatabaseFault& fault) {
      if (!fault.constraint()) throw;
      return std::unexpected(refused("key_in_use", "keys[" + std::to_string(i) + "]", "this key or its id belongs to another agency, or is listed twice",
                                     "one key, one agency, one id"));
    }
  }
  Statement put_agreement(database.handle(),
                          "INSERT INTO agreement (agency, name, purposes, from_day, to_day, verified_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                          "ON CONFLICT (agency, name) DO UPDATE SET purposes = ?3, from_day = ?4, to_day = ?5, verified_on = ?6 "
                          "WHERE purposes <> ?3 OR from_day IS NOT ?4 OR to_day IS NOT ?5 OR verified_on IS NOT ?6");
  Statement drop_agreement(database.handle(), "DELETE FROM agreement WHERE agency = ? AND name = ?");
  std::set<std::string> lapsed;
  {
    auto rows = agreement_rows.select(agency.id);
    while (rows.next()) lapsed.insert(rows.string(0));
  }
  for (const auto& agreement : agency.agreements) lapsed.erase(agreement.name);
  for (const auto& name : lapsed) drop_agreement.run(agency.id, name);
  const auto day = [](const std::optional<policy::Date>& date) { return date ? std::optional(policy::to_text(*date)) : std::optional<std::string>(); };
  for (const auto& agreement : agency.agreements) {
    const std::string purposes = join_words(agreement.purposes);
    const auto from = day(agreement.from), to = day(agreement.to), verified = day(agreement.verified_on);
    put_agreement.run(agency.id, agreement.name, purposes, from, to, verified);
  }

  const std::string keys_after = as_text(key_rows, 6), rest_after = as_text(row, 4) + as_text(agreement_rows, 5);
  if (keys_before == keys_after && rest_before == rest_after) return Put::unchanged;
  const auto digest = crypto::sha256(keys_after + rest_after);
  const bool key_change = keys_before != keys_after;
  append({key_change ? "key" : "config", at, agency.id, {}, active_pack(), {}, {}}, "{\"directory_entry\":\"" + crypto::hex(digest) + "\"}", staff);
  return rest_before.empty() ? Put::added : Put::replaced;
}

Admin::Admin(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Admin::Admin(Admin&&) noexcept = default;
Admin& Admin::operator=(Admin&&) noexcept = default;
Admin::~Admin() {
  if (impl_) impl_->rollback();
}

std::expected<Admin, std::string> Admin::open(const SqliteSettings& settings) {
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  if (::access(settings.database.c_str(), F_OK) != 0) return std::unexpected(settings.database + ": there is no database here; run `gatehouse init` or restore it");
  try {
    auto impl = std::make_unique<Impl>(settings, std::move(*keys), Database::Mode::write);
    if (const int version = schema_version(impl->database); version != kSchemaVersion)
      return std::unexpected(settings.database + ": schema version " + std::to_string(version) + ", this gatehouse reads " + std::to_string(kSchemaVersion) +
                             (version == 0 ? "; run `gatehouse init`" : version < kSchemaVersion ? "; run `gatehouse migrate`" : "; use a newer gatehouse"));
    impl->prepare();
    return Admin(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(settings.database + ": " + fault.what());
  }
}

std::expected<Admin, std::string> Admin::create(const SqliteSettings& settings) {
  if (::access(settings.database.c_str(), F_OK) == 0) return std::unexpected(settings.database + ": is there already; a database is never overwritten");
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  try {
    auto impl = std::make_unique<Impl>(settings, std::move(*keys), Database::Mode::create);
    adapters::migrate(impl->database, now_seconds());
    keep_index_key(impl->database, impl->keys);   // nothing stands in it: there is nothing to prove
    impl->prepare();
    impl->database.run("BEGIN IMMEDIATE");
    impl->opened = true;
    impl->add_stand_in();
    impl->tally = Impl::Tally();
    impl->log->load();
    if (auto done = impl->commit(); !done) return std::unexpected(done.error());
    return Admin(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(settings.database + ": " + fault.what());
  }
}

std::expected<Admin::Migrated, std::string> Admin::migrate(const SqliteSettings& settings, bool figures_are_ours) {
  if (::access(settings.database.c_str(), F_OK) != 0) return std::unexpected(settings.database + ": there is no database here; run `gatehouse init` or restore it");
  if (::access(settings.keystore.c_str(), F_OK) != 0) return std::unexpected(settings.keystore + ": there is no key store here; restore it");
  const auto alone = OneAtATime::take(settings.keystore);   // a rotation would begin on what is being proved
  if (!alone) return std::unexpected(alone.error());
  try {
    Database database(settings.database, Database::Mode::write, settings.busy_milliseconds);
    const int before = schema_version(database);
    if (before == 0) return std::unexpected(settings.database + ": not a database of gatehouse; run `gatehouse init`");
    if (before > kSchemaVersion) return std::unexpected(settings.database + ": made by a newer gatehouse; use that one");
    {
      Database keys(settings.keystore, Database::Mode::write, settings.busy_milliseconds);
      if (const int version = key_store_version(keys); version == 0 || version > kKeystoreVersion)
        return std::unexpected(settings.keystore + (version == 0 ? ": not a key store of gatehouse; restore it" : ": made by a newer gatehouse; use that one"));
      if (auto done = migrate_key_store(keys, settings.kek, now_seconds()); !done) return std::unexpected(settings.keystore + ": " + done.error());
    }
    // Before the database is changed: beside a key store of another rotation nobody would be found, and the migrated database would say that it is right.
    auto keys = Keyring::open(settings.keystore, settings.kek);
    if (!keys) return std::unexpected(keys.error());
    if (auto proved = prove_index_key(database, *keys); !proved) return std::unexpected(proved.error());
    adapters::migrate(database, now_seconds());
    keep_index_key(database, *keys);
    auto figures = keep_statistics_key(settings, figures_are_ours);
    if (!figures) return std::unexpected(figures.error());
    return Migrated{before, std::move(*figures)};
  } catch (const DatabaseFault& fault) {
    return std::unexpected(line_of(fault, settings.database));
  }
}

void Admin::begin() { impl_->begin(); }
std::expected<void, std::string> Admin::commit() { return impl_->commit(); }
void Admin::rollback() { impl_->rollback(); }

std::expected<Put, Error> Admin::put(const PersonInput& person) {
  return impl_->row([&] { return impl_->put_person(person, false); });
}
std::expected<Put, Error> Admin::put(const RelationInput& relation) {
  return impl_->row([&] { return impl_->put_relation(relation); });
}
std::expected<Put, Error> Admin::put(const ItemInput& item) {
  return impl_->row([&] { return impl_->put_item(item); });
}
std::expected<Put, Error> Admin::put(const ConsentInput& consent) {
  return impl_->row([&] { return impl_->put_consent(consent); });
}
std::expected<Put, Error> Admin::put(const CompetenceInput& competence) {
  return impl_->row([&] { return impl_->put_competence(competence); });
}
std::expected<Put, Error> Admin::put(const FindingInput& finding) {
  return impl_->row([&] { return impl_->put_finding(finding); });
}
std::expected<Put, Error> Admin::put_agency(const policy::Agency& agency, policy::Instant at, const std::string& staff, const std::vector<std::string>& approved_by) {
  return impl_->row([&] { return impl_->put_agency(agency, seconds_of(at), staff, approved_by); });
}

std::expected<void, Error> Admin::put_key_change(const KeyChange& change, const std::string& from, const std::string& by, policy::Instant at) {
  Impl& impl = *impl_;
  const auto done = impl.row([&]() -> std::expected<Put, Error> {
    if (from.empty()) {
      const std::string officer = Sealer(impl.keys.audit_key(), "audit").seal("key_change", change.id, "officer", change.recorded_by);
      Statement(impl.database.handle(), "INSERT INTO key_change (id, agency, state, asked_at, wanted, challenge, officer) VALUES (?, ?, ?, ?, ?, ?, ?)")
          .run(change.id, change.agency, change.state, seconds_of(change.asked_at), change.wanted, change.challenge_sha256, Blob{officer});
    } else if (Statement(impl.database.handle(), "UPDATE key_change SET state = ? WHERE id = ? AND state = ?").run(change.state, change.id, from) != 1) {
      return std::unexpected(refused("changed", "key change", "somebody else moved it on meanwhile", "look at gatehouse partner change list"));
    }
    std::string detail = "{\"change\":", staff = "{\"by\":";
    append_json_text(detail, change.id);
    detail += ",\"what\":";
    append_json_text(detail, "change_" + change.state);
    append_json_text(staff, by);
    impl.append({"key", seconds_of(at), change.agency, {}, impl.active_pack(), {}, {}}, detail + "}", staff + "}");
    return Put::replaced;
  });
  if (!done) return std::unexpected(done.error());
  return {};
}

std::expected<std::vector<KeyChange>, std::string> Admin::key_changes() {
  try {
    Statement all(impl_->database.handle(), "SELECT id, agency, state, asked_at, wanted, challenge, officer FROM key_change ORDER BY asked_at DESC, id");
    const Sealer audit(impl_->keys.audit_key(), "audit");
    std::vector<KeyChange> out;
    auto rows = all.select();
    while (rows.next()) {
      KeyChange change;
      change.id = rows.string(0);
      change.agency = rows.string(1);
      change.state = rows.string(2);
      change.asked_at = instant_of(rows.integer(3));
      change.wanted = rows.string(4);
      change.challenge_sha256 = rows.string(5);
      const auto officer = audit.open("key_change", change.id, "officer", rows.blob(6));
      // Without it nobody can tell a second person from the first: this one goes no further, and the others do.
      if (officer && !officer->empty())
        change.recorded_by = *officer;
      else
        change.trouble = change.id + ": who took this change up cannot be read, so nobody can be told to be a second person; " +
                         (change.state == "asked" || change.state == "proven" ? "refuse it (gatehouse partner change refuse " + change.id + " --by NAME) and let the partner ask again; then "
                                                                              : std::string()) +
                         "gatehouse audit verify, and restore the database and the key store from backups of one age";
      out.push_back(std::move(change));
    }
    return out;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->settings.database + ": " + fault.what());
  }
}

std::expected<std::vector<policy::Agency>, std::string> Admin::agencies() {
  try {
    Reader reader(impl_->settings, impl_->keys);
    auto directory = reader.directory();
    if (!directory) return std::unexpected(impl_->settings.database + ": the directory of agencies cannot be read");
    return std::move(directory->agencies);
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->settings.database + ": " + fault.what());
  }
}

std::expected<std::vector<policy::Consent>, Error> Admin::consents(const std::string& person_ref) {
  try {
    std::optional<Transaction> one_view;
    if (!impl_->database.in_transaction()) {
      one_view.emplace(impl_->database, "BEGIN");
      impl_->hashes->look();
    }
    const auto person = impl_->person_of(person_ref, "person_ref");
    if (!person) return std::unexpected(person.error());
    const auto sealer = impl_->sealer_of(*person);
    if (!sealer) return std::unexpected(sealer.error());
    return impl_->consents_of(*person, *sealer);
  } catch (const DatabaseFault& fault) {
    return std::unexpected(fault_error(fault));
  }
}

std::expected<void, std::string> Admin::activate_pack(const policy::PackIdentity& pack, const std::string& first_officer,
                                                      const std::string& second_officer, policy::Instant at) {
  if (!policy::are_two_people(first_officer, second_officer))
    return std::unexpected(std::string("pack: two different people approve a pack; name both"));
  if (pack.sha256.size() != 64 || !crypto::from_hex(pack.sha256)) return std::unexpected(std::string("pack: its SHA-256 is not 64 hexadecimal digits"));
  const auto done = impl_->row([&]() -> std::expected<Put, Error> {
    std::string officers = "{\"approved_by\":[";
    append_json_text(officers, first_officer);
    officers += ',';
    append_json_text(officers, second_officer);
    officers += "]}";
    const Sealer audit(impl_->keys.audit_key(), "audit");
    const std::string sealed = audit.seal("active_pack", "1", "officers", officers);
    Statement put(impl_->database.handle(),
                  "INSERT INTO active_pack (one, pack, version, sha256, at, officers) VALUES (1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT (one) DO UPDATE SET "
                  "pack = ?1, version = ?2, sha256 = ?3, at = ?4, officers = ?5");
    put.run(pack.id, pack.version, pack.sha256, seconds_of(at), Blob{sealed});
    std::string detail = "{\"pack\":";
    append_json_text(detail, pack.id);
    detail += ",\"version\":";
    append_json_text(detail, pack.version);
    detail += '}';
    impl_->append({"policy", seconds_of(at), {}, {}, pack.sha256, {}, {}}, std::move(detail), std::move(officers));
    return Put::replaced;
  });
  if (!done) return std::unexpected(done.error().text());
  return {};
}

std::expected<void, Error> Admin::shred(const std::string& person_ref, const std::string& first_officer, const std::string& second_officer,
                                        policy::Instant at, const std::string& reason) {
  if (!policy::are_two_people(first_officer, second_officer))
    return std::unexpected(refused("second_person", "officers", "two different people order a file destroyed", "name both"));
  Impl& impl = *impl_;
  std::int64_t person = 0;
  const auto logged = impl.row([&]() -> std::expected<Put, Error> {
    const auto found = impl.find_person(person_ref);
    if (!found) return std::unexpected(refused("unknown_person", "person_ref", "there is no person with this reference", "the reference of the file"));
    person = found->id;
    if (found->shredded) return Put::unchanged;
    const auto run = [&](const char* sql, const auto&... values) { Statement(impl.database.handle(), sql).run(values...); };
    run("DELETE FROM identifier WHERE person = ?", person);
    run("DELETE FROM relation_token WHERE person = ?", person);
    run("DELETE FROM request_candidate WHERE person = ?", person);
    run("DELETE FROM release_package WHERE request IN (SELECT request FROM release WHERE person = ?)", person);
    // What a worker had half written about this person's requests is sealed with another key than theirs.
    run("DELETE FROM draft WHERE EXISTS (SELECT 1 FROM request q WHERE q.person = ? AND instr(draft.page, q.id) > 0)", person);
    run("UPDATE person SET shredded_at = ? WHERE id = ?", seconds_of(at), person);
    std::string staff = "{\"ordered_by\":[";
    append_json_text(staff, first_officer);
    staff += ',';
    append_json_text(staff, second_officer);
    staff += "]";
    if (!reason.empty()) {
      staff += ",\"reason\":";
      append_json_text(staff, reason);
    }
    staff += "}";
    impl.append({"shred", seconds_of(at), {}, {}, impl.active_pack(), {}, {}}, "{\"subject\":\"" + std::to_string(person) + "\"}", std::move(staff));
    return Put::replaced;
  });
  if (!logged) {
    // Written and only not moved out of the write-ahead log is written: nobody finds the person any more, and who ordered it must not be told that nothing happened.
    bool stands = false;
    try {
      const auto found = impl.find_person(person_ref);
      stands = found && found->shredded;
    } catch (const DatabaseFault&) {
      // Then it is not known, as the error says.
    }
    if (!stands) return std::unexpected(logged.error());
  }
  // The entry is durable. From here on it is only a matter of finishing: as far as it goes, and then what is left is said.
  const auto destroyed = impl.keys.destroy(person);
  if (!destroyed) return std::unexpected(refused(kShredKeyThere, "key store", destroyed.error(), "say it again: the order is logged, the key is not destroyed yet"));
  bool gone = false;
  try {
    gone = impl.database.empty_log(impl.settings.busy_milliseconds);
  } catch (const DatabaseFault&) {
    // What was deleted may stand in the log yet: as with a reader.
  }
  if (const auto forgotten = forget_in_statistics(impl.settings, person_ref); !forgotten)
    return std::unexpected(refused(kShredLeavesSomething, "statistics", forgotten.error(), "say it again: the file is destroyed, its coded rows may be there yet"));
  if (!*destroyed || !gone)
    return std::unexpected(refused(kShredLeavesSomething, *destroyed ? "database" : "key store",
                                   (*destroyed ? impl.settings.database : impl.settings.keystore) +
                                       ": it is destroyed, but a reader still holds what stood there before, or the disk fails",
                                   "end it (a backup, an export) and say it again"));
  return {};
}

std::expected<void, std::string> Admin::begin_again(const std::string& before_json, const std::string& first_officer, const std::string& second_officer,
                                                   const std::string& reason, policy::Instant at) {
  if (!policy::are_two_people(first_officer, second_officer)) return std::unexpected(std::string("restore: two different people order it; name both"));
  Impl& impl = *impl_;
  const auto done = impl.row([&]() -> std::expected<Put, Error> {
    std::string staff = "{\"ordered_by\":[";
    append_json_text(staff, first_officer);
    staff += ',';
    append_json_text(staff, second_officer);
    staff += "],\"reason\":";
    append_json_text(staff, reason);
    impl.append({"restore", seconds_of(at), {}, {}, impl.active_pack(), {}, {}, before_json}, "{}", staff + "}");
    return Put::added;
  });
  if (!done) return std::unexpected(done.error().text());
  return {};
}

std::expected<void, std::string> Admin::announce_key(const std::string& sha256, const std::string& by, policy::Instant at) {
  Impl& impl = *impl_;
  const auto done = impl.row([&]() -> std::expected<Put, Error> {
    std::string staff = "{\"by\":";
    append_json_text(staff, by);
    impl.append({"key", seconds_of(at), {}, {}, impl.active_pack(), {}, sha256}, "{\"log_key\":\"next\"}", staff + "}");
    return Put::added;
  });
  if (!done) return std::unexpected(done.error().text());
  return {};
}

std::string Admin::sealed_for_list(std::string_view line) const { return crypto::base64(Sealer(impl_->keys.audit_key(), "audit").seal("destroyed", "list", "line", line)); }

std::optional<std::string> Admin::opened_from_list(std::string_view sealed) const {
  const auto bytes = crypto::from_base64(sealed);
  if (!bytes) return std::nullopt;
  auto plain = Sealer(impl_->keys.audit_key(), "audit").open("destroyed", "list", "line", *bytes);
  if (!plain) return std::nullopt;
  return std::move(*plain);
}

std::expected<std::uint64_t, std::string> Admin::active_accounts() {
  try {
    Statement all(impl_->database.handle(), "SELECT count(*) FROM staff WHERE state = 'active'");
    auto rows = all.select();
    if (!rows.next()) return std::unexpected(impl_->settings.database + ": cannot be counted");
    return rows.number(0);
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->settings.database + ": " + fault.what());
  }
}

std::expected<Admin::Counts, std::string> Admin::counts() {
  try {
    Statement all(impl_->database.handle(),
                  "SELECT (SELECT count(*) FROM person WHERE decoy = 0), (SELECT count(*) FROM item WHERE person NOT IN (SELECT id FROM person WHERE decoy = 1)), "
                  "(SELECT count(*) FROM consent WHERE person NOT IN (SELECT id FROM person WHERE decoy = 1)), (SELECT count(*) FROM agency), "
                  "(SELECT count(*) FROM request), (SELECT size FROM log_head)");
    auto rows = all.select();
    if (!rows.next()) return std::unexpected(impl_->settings.database + ": cannot be counted");
    return Counts{rows.number(0), rows.number(1), rows.number(2), rows.number(3), rows.number(4), rows.number(5)};
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->settings.database + ": " + fault.what());
  }
}

std::expected<std::vector<Admin::LogRow>, std::string> Admin::log_rows(std::uint64_t from, std::uint64_t limit) {
  try {
    Statement all(impl_->database.handle(), "SELECT idx, entry, leaf FROM log_entry WHERE idx >= ? ORDER BY idx LIMIT ?");
    auto rows = all.select(std::min<std::uint64_t>(from, INT64_MAX), std::min<std::uint64_t>(limit, INT64_MAX));
    std::vector<LogRow> out;
    while (rows.next()) out.push_back({rows.number(0), rows.string(1), std::string(rows.blob(2))});
    return out;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->settings.database + ": " + fault.what());
  }
}

std::expected<std::string, std::string> Admin::log_detail(std::uint64_t index, const std::string& member) {
  try {
    Statement one(impl_->database.handle(),
                  "SELECT l.entry, l.person, q.id, q.own_key FROM log_entry l LEFT JOIN request q ON q.seq = l.request WHERE l.idx = ?");
    auto rows = one.select(std::min<std::uint64_t>(index, INT64_MAX));
    if (!rows.next()) return std::unexpected("log: there is no entry " + std::to_string(index));
    if (member == "staff" || (rows.null(1) && rows.blob(3).empty())) return open_detail(rows.text(0), member, Sealer(impl_->keys.audit_key(), "audit"));
    auto sealer = request_sealer(impl_->keys, rows.text(2), rows.null(1) ? std::nullopt : std::optional(rows.integer(1)), rows.blob(3));
    if (!sealer) return std::unexpected("log: the key of entry " + std::to_string(index) + " is destroyed, or the key store cannot be read");
    return open_detail(rows.text(0), member, *sealer);
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->settings.database + ": " + fault.what());
  }
}

}  // namespace gatehouse::adapters
