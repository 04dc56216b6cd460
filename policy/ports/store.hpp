#pragma once
// What the gateway needs from the place where people, consents, agencies, requests, decisions, releases and the log live. Two real
// implementations pass one contract suite (tests/adapters/store_contract.*): SQLite (embedded), later PostgreSQL.
// Called from any strand. Blocking work leaves the calling thread. Arguments are taken by value: the caller may be gone before a call
// resumes. Implementations retry transient faults themselves: an error returned here is final for this attempt.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/decision/decision.hpp"
#include "policy/minimise/record.hpp"

namespace gatehouse::policy {

enum class StoreError : std::uint8_t {
  unavailable,  // could not be read or written; nothing is known to have happened
  unknown,      // a commit whose end nobody saw: all who wait get 503 and the process ends
  reserve,      // below the disk reserve: closed until somebody makes room
};

// ---------------------------------------------------------------- agencies

enum class KeyState : std::uint8_t { current, revoked };

// One key of a partner: a TLS pin (SHA-256 of the public key, hex), a request-signing key (Ed25519, 32 bytes base64) or an age
// recipient (`age1…`). Valid from not_before, included, to not_after, excluded, unless revoked.
struct AgencyKey {
  std::string keyid;
  std::string kind;      // tls_pin | signing | age
  std::string value;
  Instant not_before{}, not_after{};
  KeyState state = KeyState::current;
};

struct Agreement {
  std::string name;
  std::vector<std::string> purposes;  // words of Purpose; `*`: every purpose of the agreement's text
  std::optional<Date> from, to, verified_on;
};

struct Agency {
  std::string id;
  AgencyType type = AgencyType::other;
  std::string name;
  std::string directory_number;       // ours, for calling back; never one the caller gives
  bool emergency_registered = false;  // by two people: whoever fills this asks for both
  std::vector<Agreement> agreements;
  std::vector<AgencyKey> keys;
  std::uint64_t version = 0;          // grows with every change of any of this
};

// What every request of the process shares: loaded at start, on reload and when a commit was stale.
struct Directory {
  std::vector<Agency> agencies;
  std::string active_pack_sha256;     // approved by two people; empty: none, and nothing may be served
  std::uint64_t version = 0;
};

// ---------------------------------------------------------------- evidence

// Who is meant. Typed, as the partner wrote it; the implementation normalises and looks up keyed hashes only.
// By itself only where one exact NHS number or UPN and one more match (name or date of birth) point to exactly one person.
struct Locator {
  std::string nhs_number, upn;
  std::string given_name, family_name;
  std::string date_of_birth;          // ISO 8601 date
  std::string agency_reference;
  std::string mother_name, expected_date;  // an unborn child
};

enum class Matched : std::uint8_t { nobody, one, candidates };

struct EvidenceQuery {
  Locator locator;
  std::string agency;                 // who asks: for named-person restrictions and approvals
  std::string request_id;             // approvals of this exact request, when it is decided again
  std::string worker;                 // the partner's worker as named in the request, for conflicts; may be empty
  bool conflict_with_candidates = false;  // one of our own looks: the conflict is with anybody whom the details may point to, one or several
  Purpose purpose{};
  std::vector<Category> categories;   // asked for; empty: all that the purpose may need
  Instant at{};
};

// Covers the versions of everything the decision rested on: the person (items, consents, restrictions, findings, approvals), the agency's
// keys and agreements, the active pack, and which person the look-up gave. Opaque to all but the store that gave it.
struct Token {
  std::string person;
  std::uint64_t person_version = 0;
  std::string agency;
  std::uint64_t agency_version = 0;
  std::string pack_sha256;
  std::vector<std::string> looked_up;  // keyed hashes, in the order looked up
};

struct Evidence {
  Token token;
  Matched matched = Matched::nobody;
  std::vector<std::string> matched_how;          // which values agreed: `nhs`, `dob`, … stored with the request, never told
  std::optional<Date> date_of_birth;
  Competence competence = Competence::unassessed;
  std::vector<Item> items;                       // headers only; `relevant` is for the purpose asked
  std::vector<Consent> consents;
  std::vector<Circumstance> circumstances;       // the organisation's own findings
  std::vector<Role> approvals, consulted;        // for this request
  std::optional<Notice> notice;
  std::optional<bool> best_interests;
  bool conflict = false;                         // the worker named in the request is the alleged perpetrator or close
  bool risk_marker = true;                       // any risk, safe-contact or embargo marker on person or household
};

// ---------------------------------------------------------------- commit

enum class RequestState : std::uint8_t {
  received, waiting, released, fetched, acknowledged, declined, no_trace, withdrawn, recalled, expired
};
template <>
struct Words<RequestState> {
  static constexpr std::array<std::string_view, 10> list = {
      "received", "waiting", "released", "fetched", "acknowledged", "declined", "no_trace", "withdrawn", "recalled", "expired"};
};

// The sealed package and its papers, ready to leave.
struct Release {
  std::string release_id;
  std::string recipient_keyid;
  std::string age;                    // the age file
  std::string sha256;                 // hex, of the age file
  std::string manifest;               // canonical JSON
  std::string manifest_sig;           // armoured SSHSIG
  std::string content_sha256;         // hex, of the projected and redacted bytes before sealing
  Instant expires{};
  std::vector<std::string> consents_only;  // categories that rest on consent alone: withdrawal recalls them
};

struct Entry {
  // the request
  std::string request_id;
  std::string agency;
  std::string keyid, nonce;           // of the HTTP signature; nonce base64
  Instant nonce_expires{};
  std::string idempotency_key;
  std::string body_sha256;            // hex
  Purpose purpose{};
  Urgency urgency = Urgency::routine;
  Instant received{};
  Instant answer_by{};                // T, computed from the request alone
  std::string request_json;           // what was asked, locator included: sealed at rest
  std::vector<std::string> matched_how;
  bool page_lead = false;
  std::string follows;                // id of an earlier request of this agency that this one completes; empty: none
  std::string review_words;           // our own emergency: a person looks at it afterwards, and reads this; empty: nothing of the kind. Sealed at rest
  std::string keyed_in_by;            // a staff id, where somebody asked by telephone, letter or in person; empty: over the partner API
  std::string keyed_in_json;          // how it came, in our words: sealed at rest
  // the decision
  std::string case_json;              // the question as decided, for replay: sealed at rest
  std::string decision_json;          // sealed at rest
  Outcome outcome = Outcome::withhold;
  std::vector<Obligation> obligations;
  std::vector<ClockDue> clocks;
  std::string pack_sha256;
  // the release, when one goes by itself
  std::optional<Release> release;
};

struct Committed {
  enum class Kind : std::uint8_t { written, stale, nonce_seen, key_reused, same_request } kind = Kind::stale;
  std::string request_id;             // of the first one, for same_request
  std::uint64_t log_index = 0;
};

// ---------------------------------------------------------------- afterwards

struct RequestStatus {
  std::string id, agency;
  RequestState state = RequestState::received;
  Purpose purpose{};
  Instant received{}, answer_by{};
  std::string release_id;             // empty until released
  Instant release_expires{};
  std::uint64_t log_index = 0;        // of the release's entry
  bool review_asked = false;
  std::vector<Statement> wanted;      // what a person asked the partner to state, while it waits; nothing of it depends on the record
};

enum class Part : std::uint8_t { package, manifest, manifest_sig, proof };

// A partner's call that changes something, as the gateway found the caller, and what makes it happen once. Its nonce and its idempotency row are
// written in the transaction of what it does.
struct Call {
  std::string agency;
  std::uint64_t agency_version = 0;          // under which the caller was found: once it has changed nothing is done, and the caller is looked at again
  std::string keyid, nonce;                  // of the HTTP signature; nonce base64
  Instant nonce_expires{};
  std::string idempotency_key, body_sha256;  // hex, of address and body
  Instant at{};
};

enum class Called : std::uint8_t {
  done,
  again,            // the same key with the same body: done before, nothing is written now
  no_such_request,  // of this agency
  conflict,         // the state is no longer the one it was
  stale,            // the agency's keys or agreements have changed since the caller was found
  nonce_seen,
  key_reused,       // the same key with another body
};

struct FetchQuery {
  std::string request_id, agency;
  std::uint64_t agency_version = 0;   // as in Call
  Part part = Part::package;
  Instant at{};
  std::string keyid;
};

struct Fetched {
  // gone: withdrawn, recalled, expired, or the recipient's key revoked; nothing is given, and that is logged too
  // stale: as in Called; nothing is given and nothing written
  enum class Kind : std::uint8_t { given, not_released, gone, no_such_request, stale } kind = Kind::no_such_request;
  std::string bytes;                  // package, manifest or signature; for `proof` the log entry as stored
  std::uint64_t log_index = 0;
};

// A change of state that nobody's request asks for: the answer at T, a withdrawal, a recall, an expiry. `from` must still be the state.
struct Transition {
  std::string request_id;
  RequestState from = RequestState::waiting, to = RequestState::declined;
  Instant at{};
  std::string why;                    // a word: `answer_due`, `consent_withdrawn`, …
};

struct Health {
  bool writable = false;
  std::uint64_t log_size = 0;
  Instant last_entry{};
  std::uint64_t free_bytes = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  virtual boost::asio::awaitable<std::expected<Directory, StoreError>> directory() = 0;

  // One consistent view. A person who does not exist and one who may not be named take the same road: nobody, no items.
  virtual boost::asio::awaitable<std::expected<Evidence, StoreError>> evidence(EvidenceQuery query) = 0;

  // One transaction: nonce, idempotency row, request, decision, release, obligations, clocks, log entry. Durable when this returns `written`.
  // Answers `stale`, and writes nothing, when something the token covers has changed. `nonce_seen`, `key_reused` (same key, other
  // digest) and `same_request` write nothing either. After `unknown` the entry may or may not be there: the process ends.
  virtual boost::asio::awaitable<std::expected<Committed, StoreError>> commit(Token token, Entry entry) = 0;

  // Only the agency's own request; another's is as if it did not exist.
  virtual boost::asio::awaitable<std::expected<std::optional<RequestStatus>, StoreError>> request(std::string id, std::string agency) = 0;

  // Checks withdrawal, recall, revocation and expiry again, logs the access (kind `access`), moves released to fetched for the package; durable
  // before the bytes are returned.
  virtual boost::asio::awaitable<std::expected<Fetched, StoreError>> fetch(FetchQuery query) = 0;

  // A partner asks that a person look again, also after `declined`. Logged.
  virtual boost::asio::awaitable<std::expected<Called, StoreError>> ask_review(std::string id, std::string words, Call call) = 0;

  // A partner acknowledges a package, or confirms that it has deleted one that was taken back. Logged. `conflict`: the state was no longer `from`, or
  // the table of states does not know the move.
  virtual boost::asio::awaitable<std::expected<Called, StoreError>> acknowledge(Transition transition, Call call) = 0;

  // What time alone has brought about: requests in state waiting whose answer_by has come, oldest first; then, as far as `limit` allows, those whose
  // release may still be fetched although its days are over.
  virtual boost::asio::awaitable<std::expected<std::vector<RequestStatus>, StoreError>> due(Instant now, std::size_t limit) = 0;

  // False: the state was no longer `from`. Logged in the same transaction.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> settle(Transition transition) = 0;

  virtual boost::asio::awaitable<std::expected<Health, StoreError>> health() = 0;

  // What was asked (Entry::request_json), opened for the agency that asked it; nothing: no such request of this agency, or its key is destroyed.
  virtual boost::asio::awaitable<std::expected<std::optional<std::string>, StoreError>> asked(std::string id, std::string agency) {
    (void)id, (void)agency;
    co_return std::unexpected(StoreError::unavailable);
  }

  // Requests for which the safeguarding lead is to be paged (Entry::page_lead) and has not been, oldest first. A page outlives a crash: it is due
  // until paged() is durable. False: it was paged already.
  virtual boost::asio::awaitable<std::expected<std::vector<std::string>, StoreError>> pages_due(std::size_t limit) {
    (void)limit;
    co_return std::unexpected(StoreError::unavailable);
  }
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> paged(std::string id, Instant at) {
    (void)id, (void)at;
    co_return std::unexpected(StoreError::unavailable);
  }
};

}  // namespace gatehouse::policy
