#include "adapters/sqlite/schema.hpp"

#include <array>
#include <string>

namespace gatehouse::adapters {
namespace {

// Row numbers of people are never used twice: keys and sealed places are bound to them.
// person.version grows with anything a decision about the person rested on; the triggers see to it whoever writes.
constexpr const char* kMigration1 = R"sql(
CREATE TABLE schema_version (version INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;

CREATE TABLE counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('identifiers', 1), ('directory', 1);

CREATE TABLE person (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ref BLOB NOT NULL UNIQUE,
  version INTEGER NOT NULL DEFAULT 1,
  key_version INTEGER NOT NULL,
  unborn INTEGER NOT NULL DEFAULT 0,
  markers INTEGER NOT NULL DEFAULT 0,
  decoy INTEGER NOT NULL DEFAULT 0,
  shredded_at INTEGER,
  file BLOB NOT NULL
) STRICT;

CREATE TABLE identifier (
  token BLOB NOT NULL,
  person INTEGER NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  PRIMARY KEY (token, person, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifier_person ON identifier (person, kind);

CREATE TABLE relation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES person (id),
  ref BLOB NOT NULL,
  other INTEGER REFERENCES person (id),
  mother INTEGER NOT NULL DEFAULT 0,
  flags INTEGER NOT NULL DEFAULT 0,
  key_version INTEGER NOT NULL,
  file BLOB NOT NULL,
  UNIQUE (person, ref)
) STRICT;
CREATE INDEX relation_other ON relation (other) WHERE other IS NOT NULL;

CREATE TABLE relation_token (
  person INTEGER NOT NULL REFERENCES person (id),
  token BLOB NOT NULL,
  relation INTEGER NOT NULL REFERENCES relation (id) ON DELETE CASCADE,
  initial_only INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (person, token, relation)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_token_relation ON relation_token (relation);

CREATE TABLE item (
  person INTEGER NOT NULL REFERENCES person (id),
  id INTEGER NOT NULL,
  ref BLOB NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  category TEXT NOT NULL,
  compartment TEXT NOT NULL,
  given_in_confidence INTEGER NOT NULL,
  relevant_for INTEGER NOT NULL,
  relevant_for_all INTEGER NOT NULL,
  restricted INTEGER NOT NULL,
  key_version INTEGER NOT NULL,
  content INTEGER NOT NULL,
  PRIMARY KEY (person, id),
  UNIQUE (person, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_content (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;

CREATE TABLE item_restriction (
  person INTEGER NOT NULL,
  item INTEGER NOT NULL,
  whom BLOB NOT NULL,
  PRIMARY KEY (person, item, whom),
  FOREIGN KEY (person, item) REFERENCES item (person, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES person (id),
  ref BLOB NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  key_version INTEGER NOT NULL,
  file BLOB NOT NULL,
  UNIQUE (person, ref)
) STRICT;

CREATE TABLE competence (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES person (id),
  ref BLOB NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  key_version INTEGER NOT NULL,
  file BLOB NOT NULL,
  UNIQUE (person, ref)
) STRICT;

CREATE TABLE finding (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES person (id),
  ref BLOB NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  key_version INTEGER NOT NULL,
  file BLOB NOT NULL,
  UNIQUE (person, ref)
) STRICT;

CREATE TABLE agency (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  directory_number TEXT NOT NULL,
  emergency_registered INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

CREATE TABLE agency_key (
  agency TEXT NOT NULL REFERENCES agency (id),
  kind TEXT NOT NULL,
  keyid TEXT NOT NULL,
  value TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (agency, kind, keyid),
  UNIQUE (kind, keyid),
  UNIQUE (kind, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE agreement (
  agency TEXT NOT NULL REFERENCES agency (id),
  name TEXT NOT NULL,
  purposes TEXT NOT NULL,
  from_day TEXT,
  to_day TEXT,
  verified_on TEXT,
  PRIMARY KEY (agency, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE active_pack (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  pack TEXT NOT NULL,
  version TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  at INTEGER NOT NULL,
  officers BLOB NOT NULL
) STRICT;

CREATE TABLE request (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  agency TEXT NOT NULL,
  state TEXT NOT NULL,
  purpose TEXT NOT NULL,
  urgency TEXT NOT NULL,
  received INTEGER NOT NULL,
  answer_by INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  person INTEGER REFERENCES person (id),
  key_version INTEGER NOT NULL,
  own_key BLOB,
  matched_how TEXT NOT NULL,
  follows TEXT,
  page_lead INTEGER NOT NULL DEFAULT 0,
  paged_at INTEGER,
  review_asked INTEGER NOT NULL DEFAULT 0,
  asked BLOB NOT NULL
) STRICT;
CREATE INDEX request_due ON request (answer_by) WHERE state = 'waiting';
CREATE INDEX request_page ON request (received) WHERE page_lead = 1 AND paged_at IS NULL;
CREATE INDEX request_person ON request (person) WHERE person IS NOT NULL;

CREATE TABLE nonce (
  expires INTEGER NOT NULL,
  token BLOB NOT NULL,
  PRIMARY KEY (expires, token)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  id INTEGER PRIMARY KEY,
  token BLOB NOT NULL UNIQUE,
  body BLOB NOT NULL,
  request INTEGER NOT NULL REFERENCES request (seq),
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE decision (
  request INTEGER PRIMARY KEY REFERENCES request (seq),
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  pack TEXT NOT NULL,
  log_index INTEGER NOT NULL,
  question BLOB NOT NULL,
  answer BLOB NOT NULL
) STRICT;

CREATE TABLE release (
  request INTEGER PRIMARY KEY REFERENCES request (seq),
  id TEXT NOT NULL UNIQUE,
  person INTEGER REFERENCES person (id),
  agency TEXT NOT NULL,
  recipient_keyid TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  log_index INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  content_sha256 BLOB NOT NULL,
  consents_only TEXT NOT NULL,
  manifest TEXT NOT NULL,
  manifest_sig TEXT NOT NULL
) STRICT;
CREATE INDEX release_on_consent ON release (person) WHERE consents_only <> '';

CREATE TABLE release_package (request INTEGER PRIMARY KEY REFERENCES release (request), age BLOB NOT NULL) STRICT;

CREATE TABLE obligation (
  id INTEGER PRIMARY KEY,
  request INTEGER NOT NULL REFERENCES request (seq),
  kind TEXT NOT NULL,
  time TEXT NOT NULL,
  whom TEXT NOT NULL,
  clauses TEXT NOT NULL,
  done_at INTEGER
) STRICT;

CREATE TABLE clock (
  id INTEGER PRIMARY KEY,
  request INTEGER NOT NULL REFERENCES request (seq),
  kind TEXT NOT NULL,
  due INTEGER NOT NULL,
  clauses TEXT NOT NULL,
  done_at INTEGER
) STRICT;
CREATE INDEX clock_due ON clock (due) WHERE done_at IS NULL;

CREATE TABLE review (
  id INTEGER PRIMARY KEY,
  request INTEGER NOT NULL REFERENCES request (seq),
  at INTEGER NOT NULL,
  words BLOB NOT NULL
) STRICT;
CREATE INDEX review_request ON review (request);

CREATE TABLE approval (
  request INTEGER NOT NULL REFERENCES request (seq),
  role TEXT NOT NULL,
  at INTEGER NOT NULL,
  officer BLOB NOT NULL,
  PRIMARY KEY (request, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE advice (
  request INTEGER NOT NULL REFERENCES request (seq),
  role TEXT NOT NULL,
  at INTEGER NOT NULL,
  officer BLOB NOT NULL,
  PRIMARY KEY (request, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_entry (
  idx INTEGER PRIMARY KEY,
  entry TEXT NOT NULL,
  leaf BLOB NOT NULL,
  person INTEGER,
  request INTEGER
) STRICT;

CREATE TABLE log_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO log_head VALUES (1, 0, 1, 0);

CREATE TRIGGER identifier_added AFTER INSERT ON identifier BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'identifiers';
  UPDATE person SET version = version + 1 WHERE id = NEW.person;
END;
CREATE TRIGGER identifier_changed AFTER UPDATE ON identifier BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'identifiers';
  UPDATE person SET version = version + 1 WHERE id IN (OLD.person, NEW.person);
END;
CREATE TRIGGER identifier_gone AFTER DELETE ON identifier BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'identifiers';
  UPDATE person SET version = version + 1 WHERE id = OLD.person;
END;

CREATE TRIGGER person_changed AFTER UPDATE OF file, key_version, unborn, shredded_at ON person BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.id;
END;
CREATE TRIGGER person_marked AFTER UPDATE OF markers ON person BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.id
    OR id IN (SELECT person FROM relation WHERE other = NEW.id)
    OR id IN (SELECT other FROM relation WHERE person = NEW.id);
END;

CREATE TRIGGER relation_added AFTER INSERT ON relation BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.person OR id = NEW.other;
END;
CREATE TRIGGER relation_changed AFTER UPDATE ON relation BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (OLD.person, NEW.person, OLD.other, NEW.other);
END;
CREATE TRIGGER relation_gone AFTER DELETE ON relation BEGIN
  UPDATE person SET version = version + 1 WHERE id = OLD.person OR id = OLD.other;
END;

CREATE TRIGGER item_added AFTER INSERT ON item BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.person;
END;
CREATE TRIGGER item_changed AFTER UPDATE ON item BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (OLD.person, NEW.person);
END;
CREATE TRIGGER item_gone AFTER DELETE ON item BEGIN
  UPDATE person SET version = version + 1 WHERE id = OLD.person;
END;

CREATE TRIGGER restriction_added AFTER INSERT ON item_restriction BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.person;
END;
CREATE TRIGGER restriction_changed AFTER UPDATE ON item_restriction BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (OLD.person, NEW.person);
END;
CREATE TRIGGER restriction_gone AFTER DELETE ON item_restriction BEGIN
  UPDATE person SET version = version + 1 WHERE id = OLD.person;
END;

CREATE TRIGGER consent_added AFTER INSERT ON consent BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.person;
END;
CREATE TRIGGER consent_changed AFTER UPDATE ON consent BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (OLD.person, NEW.person);
END;
CREATE TRIGGER consent_gone AFTER DELETE ON consent BEGIN
  UPDATE person SET version = version + 1 WHERE id = OLD.person;
END;

CREATE TRIGGER competence_added AFTER INSERT ON competence BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.person;
END;
CREATE TRIGGER competence_changed AFTER UPDATE ON competence BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (OLD.person, NEW.person);
END;
CREATE TRIGGER competence_gone AFTER DELETE ON competence BEGIN
  UPDATE person SET version = version + 1 WHERE id = OLD.person;
END;

CREATE TRIGGER finding_added AFTER INSERT ON finding BEGIN
  UPDATE person SET version = version + 1 WHERE id = NEW.person;
END;
CREATE TRIGGER finding_changed AFTER UPDATE ON finding BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (OLD.person, NEW.person);
END;
CREATE TRIGGER finding_gone AFTER DELETE ON finding BEGIN
  UPDATE person SET version = version + 1 WHERE id = OLD.person;
END;

CREATE TRIGGER approval_added AFTER INSERT ON approval BEGIN
  UPDATE person SET version = version + 1 WHERE id = (SELECT person FROM request WHERE seq = NEW.request);
END;
CREATE TRIGGER approval_changed AFTER UPDATE ON approval BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (SELECT person FROM request WHERE seq IN (OLD.request, NEW.request));
END;
CREATE TRIGGER approval_gone AFTER DELETE ON approval BEGIN
  UPDATE person SET version = version + 1 WHERE id = (SELECT person FROM request WHERE seq = OLD.request);
END;
CREATE TRIGGER advice_added AFTER INSERT ON advice BEGIN
  UPDATE person SET version = version + 1 WHERE id = (SELECT person FROM request WHERE seq = NEW.request);
END;
CREATE TRIGGER advice_changed AFTER UPDATE ON advice BEGIN
  UPDATE person SET version = version + 1 WHERE id IN (SELECT person FROM request WHERE seq IN (OLD.request, NEW.request));
END;
CREATE TRIGGER advice_gone AFTER DELETE ON advice BEGIN
  UPDATE person SET version = version + 1 WHERE id = (SELECT person FROM request WHERE seq = OLD.request);
END;

CREATE TRIGGER agency_added AFTER INSERT ON agency BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agency_changed AFTER UPDATE OF id, type, name, directory_number, emergency_registered ON agency BEGIN
  UPDATE agency SET version = version + 1 WHERE id IN (OLD.id, NEW.id);
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agency_gone AFTER DELETE ON agency BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agency_key_added AFTER INSERT ON agency_key BEGIN
  UPDATE agency SET version = version + 1 WHERE id = NEW.agency;
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agency_key_changed AFTER UPDATE ON agency_key BEGIN
  UPDATE agency SET version = version + 1 WHERE id IN (OLD.agency, NEW.agency);
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agency_key_gone AFTER DELETE ON agency_key BEGIN
  UPDATE agency SET version = version + 1 WHERE id = OLD.agency;
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agreement_added AFTER INSERT ON agreement BEGIN
  UPDATE agency SET version = version + 1 WHERE id = NEW.agency;
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agreement_changed AFTER UPDATE ON agreement BEGIN
  UPDATE agency SET version = version + 1 WHERE id IN (OLD.agency, NEW.agency);
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER agreement_gone AFTER DELETE ON agreement BEGIN
  UPDATE agency SET version = version + 1 WHERE id = OLD.agency;
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER pack_activated AFTER INSERT ON active_pack BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER pack_changed AFTER UPDATE ON active_pack BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;
CREATE TRIGGER pack_gone AFTER DELETE ON active_pack BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'directory';
END;

CREATE TRIGGER log_entry_is_final BEFORE UPDATE ON log_entry BEGIN SELECT RAISE (ABORT, 'the log is appended to, never changed'); END;
CREATE TRIGGER log_entry_stays BEFORE DELETE ON log_entry BEGIN SELECT RAISE (ABORT, 'the log is appended to, never changed'); END;
)sql";

// Until when a release may be fetched, where the duty that ends it finds it without looking at all there ever were.
constexpr const char* kMigration2 = R"sql(
ALTER TABLE request ADD COLUMN live_until INTEGER;
UPDATE request SET live_until = (SELECT expires FROM release WHERE release.request = request.seq);
CREATE INDEX request_live ON request (live_until) WHERE state IN ('released', 'fetched', 'acknowledged');
)sql";

// Statistics: accounts and figures that were released. Nothing here follows from a child but through its noise.
constexpr const char* kMigration3 = R"sql(
CREATE TABLE statistics_policy (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sha256 TEXT NOT NULL,
  at INTEGER NOT NULL,
  officers BLOB NOT NULL
) STRICT;

CREATE TABLE statistics_scheme (scheme INTEGER PRIMARY KEY, key_id BLOB NOT NULL, at INTEGER NOT NULL) STRICT;

CREATE TABLE statistics_snapshot (
  dataset TEXT NOT NULL,
  period INTEGER NOT NULL,
  revised INTEGER NOT NULL,
  digest BLOB NOT NULL,
  codes BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (dataset, period, revised)
) STRICT, WITHOUT ROWID;

CREATE TABLE statistics_budget (
  dataset TEXT NOT NULL,
  year INTEGER NOT NULL,
  cap_all INTEGER NOT NULL,
  cap_standing INTEGER NOT NULL,
  PRIMARY KEY (dataset, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE statistics_allowance (
  dataset TEXT NOT NULL,
  year INTEGER NOT NULL,
  partner TEXT NOT NULL,
  cap INTEGER NOT NULL,
  PRIMARY KEY (dataset, year, partner)
) STRICT, WITHOUT ROWID;

CREATE TABLE statistics_release (
  cell BLOB PRIMARY KEY,
  answer INTEGER NOT NULL,
  sigma2 INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE statistics_receipt (partner TEXT NOT NULL, cell BLOB NOT NULL, PRIMARY KEY (partner, cell)) STRICT, WITHOUT ROWID;

CREATE TABLE statistics_charge (
  id INTEGER PRIMARY KEY,
  dataset TEXT NOT NULL,
  year INTEGER NOT NULL,
  partner TEXT NOT NULL,
  rho_all INTEGER NOT NULL CHECK (rho_all >= 0),
  rho_partner INTEGER NOT NULL CHECK (rho_partner >= 0),
  all_after INTEGER NOT NULL,
  partner_after INTEGER NOT NULL,
  release TEXT NOT NULL,
  question TEXT NOT NULL,
  at INTEGER NOT NULL,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX statistics_charge_year ON statistics_charge (dataset, year, id);
CREATE INDEX statistics_charge_partner ON statistics_charge (partner, dataset, year, id);

CREATE TABLE statistics_cap_change (
  id INTEGER PRIMARY KEY,
  dataset TEXT NOT NULL,
  year INTEGER NOT NULL,
  what TEXT NOT NULL,
  partner TEXT NOT NULL,
  before INTEGER NOT NULL,
  after INTEGER NOT NULL,
  at INTEGER NOT NULL,
  officers BLOB NOT NULL,
  reason BLOB NOT NULL
) STRICT;

CREATE TABLE statistics_idempotency (token BLOB PRIMARY KEY, body BLOB NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX statistics_idempotency_at ON statistics_idempotency (at);

CREATE TRIGGER statistics_charge_is_final BEFORE UPDATE ON statistics_charge BEGIN SELECT RAISE (ABORT, 'the ledger is appended to, never changed'); END;
CREATE TRIGGER statistics_charge_stays BEFORE DELETE ON statistics_charge BEGIN SELECT RAISE (ABORT, 'the ledger is appended to, never changed'); END;
CREATE TRIGGER statistics_release_is_final BEFORE UPDATE ON statistics_release BEGIN SELECT RAISE (ABORT, 'a released figure stands'); END;
CREATE TRIGGER statistics_release_stays BEFORE DELETE ON statistics_release BEGIN SELECT RAISE (ABORT, 'a released figure stands'); END;
CREATE TRIGGER statistics_snapshot_is_final BEFORE UPDATE ON statistics_snapshot BEGIN SELECT RAISE (ABORT, 'a snapshot stands'); END;
CREATE TRIGGER statistics_snapshot_stays BEFORE DELETE ON statistics_snapshot BEGIN SELECT RAISE (ABORT, 'a snapshot stands'); END;
CREATE TRIGGER statistics_scheme_is_final BEFORE UPDATE ON statistics_scheme BEGIN SELECT RAISE (ABORT, 'another noise key is another scheme'); END;
CREATE TRIGGER statistics_cap_change_is_final BEFORE UPDATE ON statistics_cap_change BEGIN SELECT RAISE (ABORT, 'history is appended to'); END;
CREATE TRIGGER statistics_cap_change_stays BEFORE DELETE ON statistics_cap_change BEGIN SELECT RAISE (ABORT, 'history is appended to'); END;
)sql";

// The people who work here, their sessions, and what they had written when one ended.
constexpr const char* kMigration4 = R"sql(
CREATE TABLE staff (
  id TEXT PRIMARY KEY,
  sign_in BLOB NOT NULL UNIQUE,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  file BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_session (
  token BLOB PRIMARY KEY,
  staff TEXT NOT NULL REFERENCES staff (id),
  made INTEGER NOT NULL,
  seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_session_staff ON staff_session (staff);

CREATE TABLE draft (
  staff TEXT NOT NULL REFERENCES staff (id),
  page TEXT NOT NULL,
  at INTEGER NOT NULL,
  words BLOB NOT NULL,
  PRIMARY KEY (staff, page)
) STRICT, WITHOUT ROWID;
)sql";

// What a person said about a request.
constexpr const char* kMigration5 = R"sql(
CREATE TABLE verdict (
  id INTEGER PRIMARY KEY,
  request INTEGER NOT NULL REFERENCES request (seq),
  at INTEGER NOT NULL,
  word TEXT NOT NULL,
  staff TEXT NOT NULL REFERENCES staff (id),
  file BLOB NOT NULL
) STRICT;
CREATE INDEX verdict_request ON verdict (request);
)sql";

// When the lead was told that a request waits too long for a person.
constexpr const char* kMigration6 = R"sql(
ALTER TABLE request ADD COLUMN escalated_at INTEGER;
)sql";

// New keys of a partner on their way: asked for, proven, approved by a second person.
constexpr const char* kMigration7 = R"sql(
CREATE TABLE key_change (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agency (id),
  state TEXT NOT NULL CHECK (state IN ('asked', 'proven', 'approved', 'refused')),
  asked_at INTEGER NOT NULL,
  wanted TEXT NOT NULL,
  challenge TEXT NOT NULL,
  officer BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// What a person asked the partner to state, and the way from a request to the one that completes it.
constexpr const char* kMigration8 = R"sql(
ALTER TABLE request ADD COLUMN wanted TEXT;
CREATE INDEX request_follows ON request (follows) WHERE follows IS NOT NULL;
)sql";

// Questions asked without names; and requests that came by telephone, letter or in person: how, and what was said to whom.
constexpr const char* kMigration9 = R"sql(
CREATE TABLE enquiry (
  id TEXT PRIMARY KEY,
  author TEXT NOT NULL REFERENCES staff (id),
  way TEXT NOT NULL,
  agency TEXT REFERENCES agency (id),
  colleague TEXT REFERENCES staff (id),
  asked INTEGER NOT NULL,
  answer_by INTEGER NOT NULL,
  answered INTEGER,
  ended INTEGER,
  how TEXT NOT NULL,
  page_lead INTEGER NOT NULL DEFAULT 0,
  paged_at INTEGER,
  pack TEXT NOT NULL,
  answer_key BLOB UNIQUE,
  answer_body BLOB,
  file BLOB
) STRICT;
CREATE INDEX enquiry_author ON enquiry (author);
CREATE INDEX enquiry_colleague ON enquiry (colleague) WHERE colleague IS NOT NULL;
CREATE INDEX enquiry_agency ON enquiry (agency) WHERE answered IS NULL AND ended IS NULL;
CREATE INDEX enquiry_page ON enquiry (asked) WHERE page_lead = 1 AND paged_at IS NULL;
CREATE INDEX enquiry_ended ON enquiry (ended) WHERE ended IS NOT NULL AND file IS NOT NULL;
CREATE TABLE keyed_in (
  request INTEGER PRIMARY KEY REFERENCES request (seq),
  staff TEXT NOT NULL REFERENCES staff (id),
  file BLOB NOT NULL
) STRICT;
CREATE INDEX keyed_in_staff ON keyed_in (staff);
CREATE TABLE told (
  id INTEGER PRIMARY KEY,
  request INTEGER NOT NULL REFERENCES request (seq),
  at INTEGER NOT NULL,
  staff TEXT NOT NULL REFERENCES staff (id),
  file BLOB NOT NULL
) STRICT;
CREATE INDEX told_request ON told (request);
)sql";

// What partners send in, until a lead has dealt with it.
constexpr const char* kMigration10 = R"sql(
CREATE TABLE inbound (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agency (id),
  format TEXT NOT NULL,
  received INTEGER NOT NULL,
  seen INTEGER,
  ended INTEGER,
  how TEXT NOT NULL,
  passed_to TEXT REFERENCES staff (id),
  page_lead INTEGER NOT NULL DEFAULT 0,
  paged_at INTEGER,
  sent_key BLOB NOT NULL UNIQUE,
  sent_body BLOB NOT NULL,
  about BLOB,
  original BLOB,
  cut BLOB
) STRICT;
CREATE INDEX inbound_open ON inbound (received) WHERE ended IS NULL;
CREATE INDEX inbound_passed_to ON inbound (passed_to) WHERE passed_to IS NOT NULL AND ended IS NULL;
CREATE INDEX inbound_page ON inbound (received) WHERE page_lead = 1 AND paged_at IS NULL;
CREATE INDEX inbound_ended ON inbound (ended) WHERE ended IS NOT NULL AND about IS NOT NULL;
)sql";

// How many requests of each kind an hour brought: kept by the writes themselves, so that a page of figures does not read every request.
constexpr const char* kMigration11 = R"sql(
CREATE TABLE tally (
  hour INTEGER NOT NULL,
  agency TEXT NOT NULL,
  purpose TEXT NOT NULL,
  outcome TEXT NOT NULL,
  requests INTEGER NOT NULL,
  shared INTEGER NOT NULL,
  PRIMARY KEY (hour, agency, purpose, outcome)
) STRICT, WITHOUT ROWID;
INSERT INTO tally SELECT q.received / 3600, q.agency, q.purpose, d.outcome, count(*), count(r.request)
  FROM request q JOIN decision d ON d.request = q.seq LEFT JOIN release r ON r.request = q.seq GROUP BY 1, 2, 3, 4;
CREATE TRIGGER tally_decided AFTER INSERT ON decision BEGIN
  INSERT INTO tally (hour, agency, purpose, outcome, requests, shared)
    SELECT q.received / 3600, q.agency, q.purpose, NEW.outcome, 1, 0 FROM request q WHERE q.seq = NEW.request
    ON CONFLICT (hour, agency, purpose, outcome) DO UPDATE SET requests = requests + 1;
END;
CREATE TRIGGER decision_outcome_stays BEFORE UPDATE OF outcome ON decision WHEN OLD.outcome <> NEW.outcome BEGIN
  SELECT RAISE(ABORT, 'the outcome of a decision does not change: what a person makes of it is a verdict');
END;
CREATE TRIGGER tally_released AFTER INSERT ON release BEGIN
  UPDATE tally SET shared = shared + 1
    WHERE (hour, agency, purpose, outcome) = (SELECT q.received / 3600, q.agency, q.purpose, d.outcome FROM request q JOIN decision d ON d.request = q.seq WHERE q.seq = NEW.request);
END;
)sql";

// Whom a request may be about besides the person it was decided for, so that somebody close to one of them is not shown it in a list; and a number that moves
// whenever a name is put beside a file, so that who is close to whom is worked out once and not on every page.
constexpr const char* kMigration12 = R"sql(
CREATE TABLE request_candidate (
  person INTEGER NOT NULL REFERENCES person (id),
  request INTEGER NOT NULL REFERENCES request (seq),
  PRIMARY KEY (person, request)
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('relations', 1);
CREATE TRIGGER relation_token_added AFTER INSERT ON relation_token BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'relations';
END;
CREATE TRIGGER relation_token_changed AFTER UPDATE ON relation_token BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'relations';
END;
CREATE TRIGGER relation_token_gone AFTER DELETE ON relation_token BEGIN
  UPDATE counter SET n = n + 1 WHERE name = 'relations';
END;
)sql";

// By which keyed hashes a request that was about nobody on file was looked up: a file that is added afterwards may be that person's, and somebody close to them
// is not shown the request in a list. Only for such a request: one that found its person is about that person.
constexpr const char* kMigration13 = R"sql(
CREATE TABLE request_look (
  token BLOB NOT NULL,
  request INTEGER NOT NULL REFERENCES request (seq),
  PRIMARY KEY (token, request)
) STRICT, WITHOUT ROWID;
)sql";

// Under which versions of the index key values stand (index.hpp): the oldest, and the one that is written.
constexpr const char* kMigration14 = R"sql(
INSERT INTO counter VALUES ('index_oldest', 1), ('index_written', 1);
)sql";

// Which key the version that is written is (index_check() in index.hpp): migrations have no keys, so Admin puts it there. And a gateway of before schema 14, which
// somebody left running, knows of no version: after a rotation it would find nobody and tell partners so. No answer of it is sent without its nonce, and no file
// changes without a row of these; both are turned away, and it answers that it is not available.
constexpr const char* kMigration15 = R"sql(
CREATE TABLE index_check (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
CREATE TRIGGER request_look_of_this_index BEFORE INSERT ON request_look WHEN length(NEW.token) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER person_of_this_index BEFORE INSERT ON person WHEN length(NEW.ref) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER identifier_of_this_index BEFORE INSERT ON identifier WHEN length(NEW.token) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER relation_of_this_index BEFORE INSERT ON relation WHEN length(NEW.ref) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER relation_token_of_this_index BEFORE INSERT ON relation_token WHEN length(NEW.token) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER item_of_this_index BEFORE INSERT ON item WHEN length(NEW.ref) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER item_restriction_of_this_index BEFORE INSERT ON item_restriction WHEN length(NEW.whom) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER consent_of_this_index BEFORE INSERT ON consent WHEN length(NEW.ref) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER competence_of_this_index BEFORE INSERT ON competence WHEN length(NEW.ref) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER finding_of_this_index BEFORE INSERT ON finding WHEN length(NEW.ref) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER nonce_of_this_index BEFORE INSERT ON nonce WHEN length(NEW.token) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER idempotency_of_this_index BEFORE INSERT ON idempotency WHEN length(NEW.token) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER staff_of_this_index BEFORE INSERT ON staff WHEN length(NEW.sign_in) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER staff_session_of_this_index BEFORE INSERT ON staff_session WHEN length(NEW.token) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER inbound_of_this_index BEFORE INSERT ON inbound WHEN length(NEW.sent_key) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER statistics_idempotency_of_this_index BEFORE INSERT ON statistics_idempotency WHEN length(NEW.token) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
CREATE TRIGGER enquiry_of_this_index BEFORE UPDATE OF answer_key ON enquiry WHEN length(NEW.answer_key) = 16 AND (SELECT n FROM counter WHERE name = 'index_written') > 1 BEGIN
  SELECT RAISE (ABORT, 'written by a gatehouse older than the index');
END;
)sql";

constexpr std::array<const char*, kSchemaVersion> kMigrations = {kMigration1, kMigration2, kMigration3, kMigration4, kMigration5, kMigration6, kMigration7,
                                                                     kMigration8, kMigration9, kMigration10, kMigration11, kMigration12, kMigration13, kMigration14,
                                                                     kMigration15};

using enum Holds;
constexpr Column kColumns[] = {
    {"schema_version", "version", number}, {"schema_version", "at", time},
    {"tally", "hour", number}, {"tally", "agency", opaque}, {"tally", "purpose", code}, {"tally", "outcome", code}, {"tally", "requests", number}, {"tally", "shared", number},
    {"counter", "name", code}, {"counter", "n", number}, {"index_check", "one", number}, {"index_check", "version", number}, {"index_check", "value", hash},
    {"person", "id", number}, {"person", "ref", hash}, {"person", "version", number}, {"person", "key_version", number},
    {"person", "unborn", number}, {"person", "markers", number}, {"person", "decoy", number},
    {"person", "shredded_at", time}, {"person", "file", sealed},
    {"identifier", "token", hash}, {"identifier", "person", number}, {"identifier", "kind", code},
    {"relation", "id", number}, {"relation", "person", number}, {"relation", "ref", hash}, {"relation", "other", number},
    {"relation", "mother", number}, {"relation", "flags", number},
    {"relation", "key_version", number}, {"relation", "file", sealed},
    {"relation_token", "person", number}, {"relation_token", "token", hash}, {"relation_token", "relation", number},
    {"relation_token", "initial_only", number}, {"request_candidate", "person", number}, {"request_candidate", "request", number},
    {"request_look", "token", hash}, {"request_look", "request", number},
    {"item", "person", number}, {"item", "id", number}, {"item", "ref", hash}, {"item", "version", number}, {"item", "category", code},
    {"item", "compartment", code}, {"item", "given_in_confidence", number}, {"item", "relevant_for", number},
    {"item", "relevant_for_all", number}, {"item", "restricted", number}, {"item", "key_version", number}, {"item", "content", number},
    {"item_content", "id", number}, {"item_content", "sealed", sealed},
    {"item_restriction", "person", number}, {"item_restriction", "item", number}, {"item_restriction", "whom", hash},
    {"consent", "id", number}, {"consent", "person", number}, {"consent", "ref", hash}, {"consent", "version", number},
    {"consent", "key_version", number}, {"consent", "file", sealed},
    {"competence", "id", number}, {"competence", "person", number}, {"competence", "ref", hash}, {"competence", "version", number},
    {"competence", "key_version", number}, {"competence", "file", sealed},
    {"finding", "id", number}, {"finding", "person", number}, {"finding", "ref", hash}, {"finding", "version", number},
    {"finding", "key_version", number}, {"finding", "file", sealed},
    {"agency", "id", opaque}, {"agency", "type", code}, {"agency", "name", opaque}, {"agency", "directory_number", opaque},
    {"agency", "emergency_registered", number}, {"agency", "version", number},
    {"agency_key", "agency", opaque}, {"agency_key", "kind", code}, {"agency_key", "keyid", opaque}, {"agency_key", "value", public_key},
    {"agency_key", "not_before", time}, {"agency_key", "not_after", time}, {"agency_key", "state", code},
    {"agreement", "agency", opaque}, {"agreement", "name", opaque}, {"agreement", "purposes", code}, {"agreement", "from_day", time},
    {"agreement", "to_day", time}, {"agreement", "verified_on", time},
    {"active_pack", "one", number}, {"active_pack", "pack", opaque}, {"active_pack", "version", opaque}, {"active_pack", "sha256", hash},
    {"active_pack", "at", time}, {"active_pack", "officers", sealed},
    {"request", "seq", number}, {"request", "id", opaque}, {"request", "agency", opaque}, {"request", "state", code},
    {"request", "purpose", code}, {"request", "urgency", code}, {"request", "received", time}, {"request", "answer_by", time},
    {"request", "changed_at", time}, {"request", "person", number}, {"request", "key_version", number}, {"request", "own_key", sealed},
    {"request", "matched_how", code}, {"request", "follows", opaque}, {"request", "page_lead", number}, {"request", "paged_at", time},
    {"request", "review_asked", number}, {"request", "asked", sealed}, {"request", "live_until", time},
    {"nonce", "expires", time}, {"nonce", "token", hash},
    {"idempotency", "id", number}, {"idempotency", "token", hash}, {"idempotency", "body", hash}, {"idempotency", "request", number},
    {"idempotency", "at", time},
    {"decision", "request", number}, {"decision", "at", time}, {"decision", "outcome", code}, {"decision", "pack", hash},
    {"decision", "log_index", number}, {"decision", "question", sealed}, {"decision", "answer", sealed},
    {"release", "request", number}, {"release", "id", opaque}, {"release", "person", number}, {"release", "agency", opaque},
    {"release", "recipient_keyid", opaque}, {"release", "at", time}, {"release", "expires", time}, {"release", "log_index", number},
    {"release", "sha256", hash}, {"release", "content_sha256", sealed}, {"release", "consents_only", code},
    {"release", "manifest", opaque}, {"release", "manifest_sig", opaque},
    {"release_package", "request", number}, {"release_package", "age", sealed},
    {"obligation", "id", number}, {"obligation", "request", number}, {"obligation", "kind", code}, {"obligation", "time", code},
    {"obligation", "whom", code}, {"obligation", "clauses", code}, {"obligation", "done_at", time},
    {"clock", "id", number}, {"clock", "request", number}, {"clock", "kind", code}, {"clock", "due", time}, {"clock", "clauses", code},
    {"clock", "done_at", time},
    {"review", "id", number}, {"review", "request", number}, {"review", "at", time}, {"review", "words", sealed},
    {"approval", "request", number}, {"approval", "role", code}, {"approval", "at", time}, {"approval", "officer", sealed},
    {"advice", "request", number}, {"advice", "role", code}, {"advice", "at", time}, {"advice", "officer", sealed},
    {"log_entry", "idx", number}, {"log_entry", "entry", opaque}, {"log_entry", "leaf", hash}, {"log_entry", "person", number},
    {"log_entry", "request", number},
    {"staff", "id", opaque}, {"staff", "sign_in", hash}, {"staff", "state", code}, {"staff", "version", number}, {"staff", "file", sealed},
    {"staff_session", "token", hash}, {"staff_session", "staff", opaque}, {"staff_session", "made", time}, {"staff_session", "seen", time},
    {"draft", "staff", opaque}, {"draft", "page", code}, {"draft", "at", time}, {"draft", "words", sealed},
    {"request", "escalated_at", time}, {"request", "wanted", code},
    {"verdict", "id", number}, {"verdict", "request", number}, {"verdict", "at", time}, {"verdict", "word", code}, {"verdict", "staff", opaque},
    {"verdict", "file", sealed},
    {"key_change", "id", opaque}, {"key_change", "agency", opaque}, {"key_change", "state", code}, {"key_change", "asked_at", time},
    {"key_change", "wanted", public_key}, {"key_change", "challenge", hash}, {"key_change", "officer", sealed},
    {"enquiry", "id", opaque}, {"enquiry", "author", opaque}, {"enquiry", "way", code}, {"enquiry", "agency", opaque}, {"enquiry", "colleague", opaque},
    {"enquiry", "asked", time}, {"enquiry", "answer_by", time}, {"enquiry", "answered", time}, {"enquiry", "ended", time}, {"enquiry", "how", code},
    {"enquiry", "page_lead", number}, {"enquiry", "paged_at", time}, {"enquiry", "pack", hash}, {"enquiry", "answer_key", hash},
    {"enquiry", "answer_body", hash}, {"enquiry", "file", sealed},
    {"inbound", "id", opaque}, {"inbound", "agency", opaque}, {"inbound", "format", code}, {"inbound", "received", time}, {"inbound", "seen", time},
    {"inbound", "ended", time}, {"inbound", "how", code}, {"inbound", "passed_to", opaque}, {"inbound", "page_lead", number}, {"inbound", "paged_at", time},
    {"inbound", "sent_key", hash}, {"inbound", "sent_body", hash}, {"inbound", "about", sealed}, {"inbound", "original", sealed}, {"inbound", "cut", sealed},
    {"keyed_in", "request", number}, {"keyed_in", "staff", opaque}, {"keyed_in", "file", sealed},
    {"told", "id", number}, {"told", "request", number}, {"told", "at", time}, {"told", "staff", opaque}, {"told", "file", sealed},
    {"log_head", "one", number}, {"log_head", "size", number}, {"log_head", "epoch", number}, {"log_head", "at", time},
    {"statistics_policy", "one", number}, {"statistics_policy", "sha256", hash}, {"statistics_policy", "at", time}, {"statistics_policy", "officers", sealed},
    {"statistics_scheme", "scheme", number}, {"statistics_scheme", "key_id", hash}, {"statistics_scheme", "at", time},
    {"statistics_snapshot", "dataset", code}, {"statistics_snapshot", "period", number}, {"statistics_snapshot", "revised", number},
    {"statistics_snapshot", "digest", hash}, {"statistics_snapshot", "codes", hash}, {"statistics_snapshot", "at", time},
    {"statistics_budget", "dataset", code}, {"statistics_budget", "year", number}, {"statistics_budget", "cap_all", number},
    {"statistics_budget", "cap_standing", number},
    {"statistics_allowance", "dataset", code}, {"statistics_allowance", "year", number}, {"statistics_allowance", "partner", opaque},
    {"statistics_allowance", "cap", number},
    {"statistics_release", "cell", hash}, {"statistics_release", "answer", number}, {"statistics_release", "sigma2", number}, {"statistics_release", "at", time},
    {"statistics_receipt", "partner", opaque}, {"statistics_receipt", "cell", hash},
    {"statistics_charge", "id", number}, {"statistics_charge", "dataset", code}, {"statistics_charge", "year", number}, {"statistics_charge", "partner", opaque},
    {"statistics_charge", "rho_all", number}, {"statistics_charge", "rho_partner", number}, {"statistics_charge", "all_after", number},
    {"statistics_charge", "partner_after", number}, {"statistics_charge", "release", opaque}, {"statistics_charge", "question", opaque},
    {"statistics_charge", "at", time}, {"statistics_charge", "prev", hash}, {"statistics_charge", "hash", hash},
    {"statistics_cap_change", "id", number}, {"statistics_cap_change", "dataset", code}, {"statistics_cap_change", "year", number},
    {"statistics_cap_change", "what", code}, {"statistics_cap_change", "partner", opaque}, {"statistics_cap_change", "before", number},
    {"statistics_cap_change", "after", number}, {"statistics_cap_change", "at", time}, {"statistics_cap_change", "officers", sealed},
    {"statistics_cap_change", "reason", sealed},
    {"statistics_idempotency", "token", hash}, {"statistics_idempotency", "body", hash}, {"statistics_idempotency", "at", time},
};

}  // namespace

int schema_version(Database& database) {
  Statement tables(database.handle(), "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'");
  auto found = tables.select();
  if (!found.next() || found.integer(0) == 0) return 0;
  Statement version(database.handle(), "SELECT max(version) FROM schema_version");
  auto rows = version.select();
  return rows.next() ? static_cast<int>(rows.integer(0)) : 0;
}

void migrate(Database& database, std::int64_t at, int target) {
  for (int version = schema_version(database) + 1; version <= target; ++version) {
    Transaction transaction(database);
    database.run(kMigrations[static_cast<std::size_t>(version - 1)]);
    Statement note(database.handle(), "INSERT INTO schema_version (version, at) VALUES (?, ?)");
    note.run(version, at);
    transaction.commit();
  }
}

std::span<const Column> declared_columns() { return kColumns; }

}  // namespace gatehouse::adapters
