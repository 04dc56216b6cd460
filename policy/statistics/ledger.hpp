#pragma once
// What figures cost and who may still spend how much. Whole nano-rho, addition only. Two ledgers: what all partners together were told about a data set's
// data-year (the promise, never reset), and what one partner was (the ration). Pure, any thread; the store keeps the rows (policy/ports/statistics_store.hpp).
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::statistics {

struct Account {
  std::uint64_t cap = 0, spent = 0;
  std::uint64_t left() const { return spent >= cap ? 0 : cap - spent; }
  // Never overflows: what does not fit into the number does not fit into the cap.
  bool fits(std::uint64_t price) const { return price <= left(); }
};

// What each of `partners` gets of what is not yet given away, none with more than an equal share of the whole.
std::uint64_t equal_share(std::uint64_t cap_all, std::uint64_t cap_standing, std::uint64_t given_away, std::size_t partners);

// New caps after cap_all was lowered: what each has not spent is cut in the same proportion, so that nothing is promised twice. Order is kept.
std::vector<std::uint64_t> cut_to(std::uint64_t cap_all, const std::vector<Account>& accounts);

// One line of the chain. Every field of it is in `text()`, which is hashed with the hash of the line before.
struct Charge {
  std::uint64_t id = 0;
  std::string dataset;
  int year = 0;
  std::string partner;                      // empty: standing tables, or a restore
  std::uint64_t rho_all = 0, rho_partner = 0;
  std::uint64_t all_after = 0, partner_after = 0;   // sums with this line
  std::string release;                      // `st_…`, `standing`, `restore`
  std::string question;                     // as JSON: what was asked, never what was answered
  std::int64_t at = 0;                      // seconds since 1970
  std::string text(std::string_view previous_hash) const;
};

// Reads a chain line by line and says what is wrong with it: sums, order, hashes. `hash`: BLAKE2b-256 of text().
class ChainCheck {
 public:
  // Empty: as it should be. Otherwise one line.
  std::string next(const Charge& charge, std::string_view hash, std::string_view computed);
  const std::string& last_hash() const { return last_; }
  std::uint64_t lines() const { return lines_; }

 private:
  std::string last_ = std::string(32, '\0');
  std::uint64_t lines_ = 0;
  std::vector<std::pair<std::string, std::uint64_t>> sums_;   // by account
  std::uint64_t& sum(const std::string& account);
};

}  // namespace gatehouse::statistics
