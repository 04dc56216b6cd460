#include "adapters/sqlite/statistics_reader.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>

#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/words.hpp"
#include "crypto/noise.hpp"

namespace gatehouse::adapters {

using policy::StoreError;

namespace {

std::string as_text(const crypto::Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

// Ends the read transaction whatever happens.
class OneView {
 public:
  OneView(Statement& begin, Statement& end) : end_(end) { begin.run(); }
  OneView(const OneView&) = delete;
  OneView& operator=(const OneView&) = delete;
  ~OneView() {
    try {
      end_.run();
    } catch (const DatabaseFault&) {
      // A read: nothing to undo, and the connection is dropped by whoever saw the first fault.
    }
  }

 private:
  Statement& end_;
};

}  // namespace

StatisticsReader::StatisticsReader(const SqliteSettings& settings, Keyring& keys)
    : settings_(settings),
      keys_(keys),
      database_(settings.database, Database::Mode::read, settings.busy_milliseconds),
      begin_(database_.handle(), "BEGIN"),
      end_(database_.handle(), "COMMIT"),
      policy_(database_.handle(), "SELECT sha256 FROM statistics_policy WHERE one = 1"),
      scheme_(database_.handle(), "SELECT key_id FROM statistics_scheme WHERE scheme = ?"),
      snapshots_(database_.handle(), "SELECT dataset, period, max(revised), digest, codes FROM statistics_snapshot GROUP BY dataset, period ORDER BY dataset, period"),
      budgets_(database_.handle(), "SELECT dataset, year, cap_all, cap_standing FROM statistics_budget ORDER BY dataset, year"),
      all_spent_(database_.handle(), "SELECT all_after FROM statistics_charge WHERE dataset = ? AND year = ? ORDER BY id DESC LIMIT 1"),
      partner_spent_(database_.handle(), "SELECT partner_after FROM statistics_charge WHERE dataset = ? AND year = ? AND partner = ? ORDER BY id DESC LIMIT 1"),
      allowance_(database_.handle(), "SELECT cap FROM statistics_allowance WHERE dataset = ? AND year = ? AND partner = ?"),
      held_(database_.handle(), "SELECT release, dataset, question, at FROM statistics_charge WHERE partner = ? AND release <> '' GROUP BY release ORDER BY max(id) DESC LIMIT 20"),
      figure_(database_.handle(), "SELECT answer FROM statistics_release WHERE cell = ?"),
      receipt_(database_.handle(), "SELECT 1 FROM statistics_receipt WHERE partner = ? AND cell = ?") {}

std::expected<policy::StatisticsBooks, StoreError> StatisticsReader::books(const std::string& partner, std::uint64_t scheme) {
  const OneView view(begin_, end_);
  policy::StatisticsBooks out;
  {
    auto rows = policy_.select();
    if (rows.next()) out.policy_sha256 = rows.string(0);
  }
  {
    auto rows = scheme_.select(scheme);
    if (rows.next()) out.key_id = rows.blob(0);
  }
  {
    auto rows = snapshots_.select();
    while (rows.next()) {
      policy::StatisticsBooks::Open one;
      one.dataset = rows.string(0);
      one.snapshot.period = static_cast<statistics::Period>(rows.integer(1));
      one.snapshot.revised = rows.integer(2) != 0;
      one.snapshot.digest = rows.blob(3);   // of the row with the maximum (SQLite: bare columns beside max)
      one.codes = rows.blob(4);
      out.snapshots.push_back(std::move(one));
    }
  }
  {
    auto rows = budgets_.select();
    while (rows.next()) {
      policy::StatisticsYear year;
      year.dataset = rows.string(0);
      year.year = static_cast<int>(rows.integer(1));
      year.cap_all = rows.number(2);
      year.cap_standing = rows.number(3);
      const auto year_number = static_cast<std::int64_t>(year.year);
      auto all = all_spent_.select(year.dataset, year_number);
      if (all.next()) year.spent_all = all.number(0);
      const auto spent = [&](const std::string& whose) {
        auto mine = partner_spent_.select(year.dataset, year_number, whose);
        return mine.next() ? mine.number(0) : 0;
      };
      year.spent_standing = spent("");
      auto cap = allowance_.select(year.dataset, year_number, partner);
      if (cap.next()) year.partner.cap = cap.number(0);
      if (!partner.empty()) year.partner.spent = spent(partner);
      out.years.push_back(std::move(year));
    }
  }
  if (!partner.empty()) {
    auto rows = held_.select(partner);
    while (rows.next()) out.held.push_back({rows.string(0), rows.string(1), rows.string(2), instant_of(rows.integer(3))});
  }
  return out;
}

std::expected<std::vector<policy::KnownFigure>, StoreError> StatisticsReader::known(const std::string& partner, const std::vector<policy::FigureKey>& keys) {
  const OneView view(begin_, end_);
  std::vector<policy::KnownFigure> out;
  out.reserve(keys.size());
  for (const auto& key : keys) {
    policy::KnownFigure one;
    auto figure = figure_.select(Blob{key});
    if (figure.next()) {
      one.answer = figure.integer(0);
      auto receipt = receipt_.select(partner, Blob{key});
      one.mine = receipt.next();
    }
    out.push_back(one);
  }
  return out;
}

std::expected<std::vector<std::int64_t>, StoreError> StatisticsReader::count(policy::CubeScan& scan) {
  if (!rows_) {
    std::error_code missing;
    if (!std::filesystem::exists(settings_.statistics, missing)) return std::unexpected(StoreError::unavailable);
    auto opened = StatisticsRows::open(settings_.statistics, settings_.busy_milliseconds);
    if (!opened) return std::unexpected(StoreError::unavailable);
    rows_.emplace(std::move(*opened));
  }
  if (!rows_->scan(scan.dataset, scan.measure, scan.snapshot, scan.tally)) return std::unexpected(StoreError::unavailable);
  return scan.tally.counts();
}

std::string check_charges(Database& database, const std::function<void(const statistics::Charge&)>& use, std::uint64_t& lines) {
  Statement all(database.handle(),
                "SELECT id, dataset, year, partner, rho_all, rho_partner, all_after, partner_after, release, question, at, prev, hash FROM statistics_charge ORDER BY id");
  statistics::ChainCheck check;
  auto rows = all.select();
  while (rows.next()) {
    statistics::Charge one;
    one.id = rows.number(0);
    one.dataset = rows.string(1);
    one.year = static_cast<int>(rows.integer(2));
    one.partner = rows.string(3);
    one.rho_all = rows.number(4);
    one.rho_partner = rows.number(5);
    one.all_after = rows.number(6);
    one.partner_after = rows.number(7);
    one.release = rows.string(8);
    one.question = rows.string(9);
    one.at = rows.integer(10);
    if (rows.blob(11) != check.last_hash()) return "charge " + std::to_string(one.id) + ": does not follow the line before it; a line was taken out or put in";
    std::string wrong = check.next(one, rows.blob(12), as_text(crypto::blake2b_256(one.text(check.last_hash()))));
    if (!wrong.empty()) return wrong;
    if (use) use(one);
  }
  lines = check.lines();
  return {};
}

std::expected<LedgerMark, StoreError> StatisticsReader::mark() {
  const OneView view(begin_, end_);
  return LedgerMark::of(database_);
}

std::expected<policy::StatisticsLedger, StoreError> StatisticsReader::ledger(std::size_t charges) {
  const OneView view(begin_, end_);
  policy::StatisticsLedger out;
  {
    auto rows = budgets_.select();
    while (rows.next()) {
      policy::StatisticsLedger::Year year;
      year.dataset = rows.string(0);
      year.year = static_cast<int>(rows.integer(1));
      year.all.cap = rows.number(2);
      year.standing.cap = rows.number(3);
      const auto number = static_cast<std::int64_t>(year.year);
      Statement partners(database_.handle(), "SELECT partner, cap FROM statistics_allowance WHERE dataset = ? AND year = ? ORDER BY partner");
      auto list = partners.select(year.dataset, number);
      while (list.next()) year.partners.push_back({list.string(0), {list.number(1), 0}});
      auto all = all_spent_.select(year.dataset, number);
      if (all.next()) year.all.spent = all.number(0);
      const auto spent = [&](const std::string& partner) {
        auto mine = partner_spent_.select(year.dataset, number, partner);
        return mine.next() ? mine.number(0) : 0;
      };
      year.standing.spent = spent("");
      for (auto& partner : year.partners) partner.account.spent = spent(partner.partner);
      out.years.push_back(std::move(year));
    }
  }
  std::deque<policy::StatisticsLedger::Release> newest;
  out.trouble = check_charges(
      database_,
      [&](const statistics::Charge& one) {
        newest.push_front({one.dataset, one.partner, one.release, one.question, one.year, one.rho_all, one.rho_partner, instant_of(one.at)});
        if (newest.size() > charges) newest.pop_back();
      },
      out.lines);
  out.charges.assign(newest.begin(), newest.end());
  if (!settings_.ledger_mark.empty()) {
    const auto mark = LedgerMark::read(settings_.ledger_mark);
    if (!mark) {
      if (out.trouble.empty()) out.trouble = mark.error();
    } else if (!*mark) {
      out.unmarked = out.lines > 0;
    } else {
      out.set_back = !(*mark)->is_in(database_);
    }
  }
  Statement caps(database_.handle(), "SELECT id, dataset, year, what, partner, before, after, at, officers, reason FROM statistics_cap_change ORDER BY id DESC LIMIT 1000");
  const Sealer audit(keys_.audit_key(), "audit");
  auto rows = caps.select();
  while (rows.next()) {
    policy::CapHistory one;
    const std::string id = std::to_string(rows.integer(0));
    one.dataset = rows.string(1);
    one.year = static_cast<int>(rows.integer(2));
    one.what = rows.string(3);
    one.partner = rows.string(4);
    one.before = rows.number(5);
    one.after = rows.number(6);
    one.at = instant_of(rows.integer(7));
    one.officers = audit.open("statistics_cap_change", id, "officers", rows.blob(8)).value_or("(sealed with a key that is not there)");
    one.reason = audit.open("statistics_cap_change", id, "reason", rows.blob(9)).value_or("(sealed with a key that is not there)");
    out.caps.push_back(std::move(one));
  }
  return out;
}

}  // namespace gatehouse::adapters
