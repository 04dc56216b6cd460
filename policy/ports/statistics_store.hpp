#pragma once
// What statistics need from the place where counts, released figures and the ledger live. Counts are read from a cube that was built beforehand; what is
// released is charged in the same transaction as its log entry, before anything leaves. Rules as in store.hpp: called from any strand, arguments by value,
// an error is final for that attempt. INVARIANT: no true count is ever written anywhere but into the cube.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "policy/ports/store.hpp"
#include "policy/statistics/ledger.hpp"
#include "policy/statistics/table.hpp"

namespace gatehouse::policy {

// A key of 32 bytes that a figure is released under: BLAKE2b-256 of its key text.
using FigureKey = std::string;

struct StatisticsYear {
  std::string dataset;
  int year = 0;
  std::uint64_t cap_all = 0, spent_all = 0, cap_standing = 0, spent_standing = 0;
  statistics::Account partner;              // of the partner asked about
};

struct HeldRelease {
  std::string release, dataset, question;   // the question as JSON
  Instant at{};
};

// Everything but counts and figures. What a question is refused or priced by stands here, and nothing here follows from a child.
struct StatisticsBooks {
  std::string policy_sha256;                // approved by two officers; empty: none, and nothing is answered
  std::string key_id;                       // 32 bytes: keyed hash that tells the noise key of the scheme; empty: the scheme has never been used
  struct Open {
    std::string dataset, codes;             // codes: BLAKE2b-256 of Dataset::frozen() when it was built, 32 bytes
    statistics::Snapshot snapshot;
  };
  std::vector<Open> snapshots;              // the newest revision of each quarter
  std::vector<StatisticsYear> years;
  std::vector<HeldRelease> held;            // by the partner, newest first, at most 20
};

struct CubeScan {
  std::string dataset, measure;
  statistics::Snapshot snapshot;
  statistics::Tally tally;                  // with counts of zero
};

// A figure to be released, or one that was.
struct ReleasedFigure {
  FigureKey key;
  std::int64_t answer = 0;
  std::uint64_t sigma2 = 0;
  int year = 0;                             // the data-year it is charged to
};

struct KnownFigure {
  std::optional<std::int64_t> answer;       // somebody has had it
  bool mine = false;                        // this partner has
};

// A question that is answered, or refused by the policy or the budget: both are recorded.
struct StatisticsEntry {
  std::string agency;
  std::string keyid, nonce;                 // of the HTTP signature; empty on the command line
  Instant nonce_expires{};
  std::string idempotency_key, body_sha256; // empty on the command line
  Instant at{};
  std::string dataset;                      // of the figures; empty for a refusal without one
  std::string release;                      // `st_…`
  std::string question;                     // as JSON, for ledger and log
  std::string purpose;
  Outcome outcome = Outcome::withhold;      // anonymised: answered
  std::string why;                          // of a refusal, a word: `budget_exhausted`
  std::string pack_sha256;
  // What it rests on: checked again in the transaction.
  std::string policy_sha256, key_id;
  std::uint64_t scheme = 0;
  std::vector<statistics::Snapshot> snapshots;
  // What it costs this partner, unless it holds every figure of the year already; and the figures, fresh ones as just drawn.
  std::vector<statistics::YearPrice> price;
  std::vector<ReleasedFigure> figures;
  bool failed = false;                      // the noise could not be drawn: charged, and nothing is released
  std::string staff;                        // who asked on the command line; empty: the partner itself
};

struct StatisticsCommitted {
  enum class Kind : std::uint8_t {
    written,
    stale,          // policy, key or snapshot are not those any more: plan again
    nonce_seen,
    key_reused,
    over_budget,    // the caps would be passed: nothing was written
  } kind = Kind::stale;
  std::uint64_t charged = 0;                // to the partner, by this entry
  std::uint64_t left = 0;                   // of the partner's ration, over the data-years of the question
  std::vector<std::int64_t> answers;        // as StatisticsEntry::figures; what was released before stands
};

// The build of a quarter, made known: from here on it may be asked for. Its standing tables are released in the same transaction.
struct StatisticsPublication {
  std::string dataset, codes;
  statistics::Snapshot snapshot;
  std::string policy_sha256, key_id;
  std::uint64_t scheme = 0;
  std::uint64_t nano_rho = 0;               // of the standing tables
  std::vector<ReleasedFigure> figures;
  std::uint64_t cap_all = 0, cap_standing = 0;   // where the data-year is opened by this
  std::string staff;
  Instant at{};
};

enum class PublishError : std::uint8_t {
  unavailable,
  there_already,      // this quarter has its snapshot
  revised_already,    // the data-year has had its one revised snapshot
  over_budget,        // the standing tables do not fit into cap_standing
  not_approved,       // the policy is not the one two officers approved
  other_key,          // the noise key is not the one the scheme began with
  not_closed,         // the quarter is not over for long enough
};

struct CapChange {
  enum class What : std::uint8_t { all, standing, partner } what = What::partner;
  std::string dataset;
  int year = 0;
  std::string partner;
  std::uint64_t cap = 0;
  std::string first_officer, second_officer, reason;   // raising: two of them, different, and a reason
  Instant at{};
};

enum class CapError : std::uint8_t {
  unavailable,
  no_such_year,       // nothing was published for it yet
  two_officers,       // a raise needs two different officers and a reason
  overbooked,         // the caps of partners and standing tables together would be more than cap_all
};

struct CapHistory {
  std::string dataset, what, partner, officers, reason;
  int year = 0;
  std::uint64_t before = 0, after = 0;
  Instant at{};
};

// For officers: the whole ledger. `left_all` is never told to a partner.
struct StatisticsLedger {
  struct Partner {
    std::string partner;
    statistics::Account account;
  };
  struct Year {
    std::string dataset;
    int year = 0;
    statistics::Account all, standing;
    std::vector<Partner> partners;
  };
  struct Release {
    std::string dataset, partner, release, question;
    int year = 0;
    std::uint64_t rho_all = 0, rho_partner = 0;
    Instant at{};
  };
  std::vector<Year> years;
  std::vector<Release> charges;             // newest first
  std::vector<CapHistory> caps;             // newest first
  std::string trouble;                      // of the chain or its mark; empty: every line is what was chained
  bool set_back = false;                    // the mark outside the database is further: an older copy was restored
  bool unmarked = false;                    // there are charges, and the mark is not there
  std::uint64_t lines = 0;
};

class StatisticsStore {
 public:
  virtual ~StatisticsStore() = default;

  // One consistent view. `partner`: whose accounts; `scheme`: whose key.
  virtual boost::asio::awaitable<std::expected<StatisticsBooks, StoreError>> books(std::string partner, std::uint64_t scheme) = 0;

  // In the order of the keys.
  virtual boost::asio::awaitable<std::expected<std::vector<KnownFigure>, StoreError>> known(std::string partner, std::vector<FigureKey> keys) = 0;

  // Scans the whole partition, whatever is asked; gives the tally's counts. `unavailable` where the cube is not the one of the snapshot.
  virtual boost::asio::awaitable<std::expected<std::vector<std::int64_t>, StoreError>> count(CubeScan scan) = 0;

  // One transaction: nonce, idempotency row, charge, figures, receipts, log entry (kind `statistics`). Durable when this returns `written`.
  virtual boost::asio::awaitable<std::expected<StatisticsCommitted, StoreError>> charge(StatisticsEntry entry) = 0;

  // Opens the data-year and shares its budget out where that was not done.
  virtual boost::asio::awaitable<std::expected<void, PublishError>> publish_quarter(StatisticsPublication publication) = 0;

  // Raising is checked and logged with both officers; lowering is immediate. Lowering cap_all cuts everybody's rest in proportion.
  virtual boost::asio::awaitable<std::expected<void, CapError>> change_cap(CapChange change) = 0;

  // At most `charges` of them; the chain is checked whole.
  virtual boost::asio::awaitable<std::expected<StatisticsLedger, StoreError>> statistics_ledger(std::size_t charges) = 0;

  // After an older copy was restored: what it answered in the gap is unknown, so every data-year it or the mark knows is charged all that was left of its
  // cap_all. Officers: empty where the gateway found out by itself. Gives the number of data-years. Logged.
  virtual boost::asio::awaitable<std::expected<std::size_t, StoreError>> charge_in_full(std::string first_officer, std::string second_officer, Instant at) = 0;

  // The policy's digest, approved by two officers. False: they are not two.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> approve_statistics(std::string policy_sha256, std::string first_officer,
                                                                                     std::string second_officer, Instant at) = 0;
};

}  // namespace gatehouse::policy
