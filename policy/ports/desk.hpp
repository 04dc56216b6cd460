#pragma once
// What waits for a person, and what a person made of it. Called from any strand; arguments by value; errors as in store.hpp.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/ports/store.hpp"

namespace gatehouse::policy {

// What a person said about a request. Kept sealed; the log has it too.
struct PersonVerdict {
  std::string word;                   // released | first_of_two | refused | asked
  std::string staff;                  // who
  std::string rationale, conditions;
  std::string content_sha256;         // of everything that was proposed when they looked: what the form showed
  std::vector<std::string> items;     // ids of what they approved
  std::string review_json;            // what they had shown or hidden after all, and why; empty: nothing
  Instant at{};
  // Set when it is read. Nothing: it was said before these were kept.
  std::optional<Role> role;           // in which they said it
  std::optional<std::uint64_t> log_index;
  std::string decision_json;          // as it stood with what they said: a person's release has a basis where the machine's answer had none
};

// A partner asked that a person look again, and what they wrote: often the first word of a danger. Kept sealed.
struct ReviewAsked {
  Instant at{};
  std::string words;
};

// What somebody who works here told the one who asked, after it was released. Kept sealed; that it was said is on the log.
struct Told {
  Told() = default;
  std::string staff, whom, words;     // who said it, to whom, and what
  std::string checked;                // called_back | identity_seen
  std::vector<std::string> items;     // ids of what was told
  Instant at{};
};

struct WaitingRequest {
  RequestStatus status;
  std::string urgency, outcome;       // of the decision by machine
  bool paged = false;                 // the safeguarding lead was to be told
  bool refused = false;               // a person has said no since the last review was asked; the partner is told at the time promised
  bool settled_by_person = false;     // a person has said something since then, if only the first of two
  bool escalated = false;             // the lead was told that it waits too long
  bool completed = false;             // the partner has sent a request that completes this one: that one is looked at
  bool completes = false;             // it is such a request
};

// One request, opened for somebody who works here.
struct OpenedRequest {
  RequestStatus status;
  std::string urgency, request_json, decision_json;
  std::vector<std::string> matched_how;
  std::uint64_t log_index = 0;        // of the decision's entry
  std::vector<PersonVerdict> verdicts;  // oldest first
  std::vector<ReviewAsked> reviews;     // oldest first
  std::string follows;                // the request that this one completes; empty: none
  std::string keyed_in_by, keyed_in_json;  // as in Entry
  std::vector<Told> told;               // oldest first
  std::string case_json;                // the question as it was decided; item headers, never contents
  std::string pack_sha256;              // of the policy it was decided by
  Instant decided{};
  std::string recipient_keyid, package_sha256;  // of the release; empty: nothing was released
  // The entry that says how it ended, as it stands in the log: of the release, else of the last person's word, else of the decision.
  std::uint64_t last_index = 0;
  std::string last_entry;               // empty: which one it is was not kept
};

// Why a request is opened: a word of the look's log entry.
enum class Look : std::uint8_t { case_opened, record_read, record_exported };
template <>
struct Words<Look> {
  static constexpr std::array<std::string_view, 3> list = {"case_opened", "record_read", "record_exported"};
};

// Which requests, by when they were received: from `from`, included, to `until`, excluded. Empty words: all.
struct DecidedQuery {
  Instant from{}, until{};
  std::string agency, purpose, outcome;
  std::size_t limit = 200, skip = 0;
  std::string looker;                   // as in Desk::waiting
};
struct DecidedRequest {
  RequestStatus status;
  std::string urgency, outcome;         // of the decision in force
};
// How many there were of each kind. `late`: a person had not settled it, nor the machine, by the time promised.
struct DecidedCount {
  std::string agency, purpose, outcome;
  std::uint64_t count = 0, shared = 0, late = 0;
};

// A verdict with what follows from it. `release` only for `released`.
struct Settlement {
  std::string request_id;
  RequestState from = RequestState::waiting;
  Role role{};                        // in which they said it
  PersonVerdict verdict;
  std::string decision_json, pack_sha256;
  Outcome outcome = Outcome::withhold;
  std::vector<Obligation> obligations;
  std::vector<ClockDue> clocks;
  std::optional<Release> release;
  std::vector<Statement> wanted;      // only for `asked`: what the partner is to state
};

class Desk {
 public:
  virtual ~Desk() = default;
  // Waiting, or asked to be looked at again, whatever has become of it, until a person has answered; earliest answer first. Nothing that is sealed.
  // `looker`: the full name of whoever looks. What is about somebody they are family of, or a danger to, or may be, is not there. Empty: nobody looks.
  virtual boost::asio::awaitable<std::expected<std::vector<WaitingRequest>, StoreError>> waiting(std::size_t limit, std::string looker) = 0;
  // The look is logged (kind `access`) and durable before anything is returned. Nothing: no such request, or its key is destroyed.
  virtual boost::asio::awaitable<std::expected<std::optional<OpenedRequest>, StoreError>> open_request(std::string id, std::string by, Instant at,
                                                                                                       Look why = Look::case_opened) = 0;
  // The safeguarding lead is paged for it, once more even when they were at the start. False: it was escalated already, or waits no longer.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> escalate(std::string id, Instant at) = 0;
  enum class Settled : std::uint8_t {
    done,
    stale,    // something the token covers has changed: look again
    over,     // the request is no longer in `from`, or is not about the token's person: nothing was written
  };
  // One transaction: verdict, approval, release with its package, obligations, clocks, log entry. For a release the token must hold.
  virtual boost::asio::awaitable<std::expected<Settled, StoreError>> settle_by_person(Token token, Settlement settlement) = 0;
  // What that member of staff keyed in for somebody who asked by telephone, letter or in person; newest first, at most 200.
  virtual boost::asio::awaitable<std::expected<std::vector<RequestStatus>, StoreError>> keyed_in_by(std::string staff) = 0;
  // What was told, with its log entry. False: there is no such request, or nothing of it is released (any more); nothing was written.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> tell(std::string id, Told told) = 0;
  // What was asked in a time, newest first; and how many of each kind, from whole hours: the one that `from` falls into to the one before `until`, or that it
  // falls into. Nothing that is sealed, and nothing of what the looker is close to.
  virtual boost::asio::awaitable<std::expected<std::vector<DecidedRequest>, StoreError>> decided(DecidedQuery query) = 0;
  virtual boost::asio::awaitable<std::expected<std::vector<DecidedCount>, StoreError>> counts(Instant from, Instant until, Instant at,
                                                                                                  std::string looker) = 0;
};

}  // namespace gatehouse::policy
