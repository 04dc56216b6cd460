#include "policy/statistics/standing.hpp"

#include <algorithm>
#include <numeric>

#include "policy/statistics/canonical.hpp"

namespace gatehouse::statistics {

namespace {

using Whole = __int128;

Whole floor_div(Whole a, Whole b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

std::size_t counted(const Table& table) {
  return static_cast<std::size_t>(std::count_if(table.cells.begin(), table.cells.end(), [](const Cell& cell) { return cell.kind == Cell::Kind::counted; }));
}

std::int64_t standing_sigma2(const StandingSet& set) { return static_cast<std::int64_t>(set.tables.front().sigma2); }

// Weights in units of 1 / (5 sigma^2): 1 for a measured total, 4/n for a sum of n cells. All over the product of the n.
struct Weights {
  Whole product = 1, all = 0;
};
Weights weights(const StandingSet& set) {
  Weights out;
  for (const auto& table : set.tables)
    if (const std::size_t n = counted(table); n > 0) out.product *= static_cast<Whole>(n);
  for (const auto& table : set.tables)
    if (const std::size_t n = counted(table); n > 0) out.all += out.product + 4 * out.product / static_cast<Whole>(n);
  return out;
}

Fraction in_thousandths(Whole numerator, Whole denominator) {
  return {static_cast<std::int64_t>(-floor_div(-numerator * 1000, denominator)), 1000};
}

}  // namespace

Fraction StandingSet::cell_noise() const { return {5 * standing_sigma2(*this), 4}; }
Fraction StandingSet::total_noise() const { return {5 * standing_sigma2(*this), 1}; }

Fraction StandingSet::total_variance() const {
  const Weights w = weights(*this);
  return w.all == 0 ? Fraction{0, 1} : in_thousandths(5 * static_cast<Whole>(standing_sigma2(*this)) * w.product, w.all);
}

Fraction StandingSet::sum_variance(std::size_t cells, std::size_t of) const {
  if (of == 0) return {0, 1};
  // Deviations from the mean keep the cells' own noise, the mean has that of the total: s_c m (n - m) / n + (m/n)^2 V.
  const Whole m = static_cast<Whole>(cells), n = static_cast<Whole>(of), total = total_variance().n;
  return in_thousandths(5 * static_cast<Whole>(standing_sigma2(*this)) * m * (n - m) * n * 1000 + 4 * m * m * total, 4000 * n * n);
}

StandingSet plan_standing(const Policy& policy, const Dataset& dataset, const Measure& measure, const Snapshot& snapshot) {
  StandingSet out;
  out.snapshot = snapshot;
  for (const auto& attributes : dataset.standing) {
    Question question;
    question.dataset = dataset.id;
    question.measure = measure.id;
    question.periods = {text_of(snapshot.period)};
    question.sigma2 = policy.standing_sigma2;
    for (const std::size_t one : attributes) question.group_by.push_back(dataset.attributes[one].id);
    auto table = plan(policy, question, {snapshot});
    if (!table) continue;   // the policy's reader saw to it that it can be planned
    const auto key = [&](std::string_view kind, std::string_view cell) {
      std::string text;
      put_field(text, kind);
      put_field(text, table->canonical);
      put_field(text, cell);
      return text;
    };
    for (Cell& cell : table->cells)
      if (cell.kind == Cell::Kind::counted) cell.key_text = key("gh-stat-standing/1", cell.canonical);
    out.total_key_text.push_back(key("gh-stat-standing-total/1", {}));
    out.nano_rho += table->whole_price();
    out.tables.push_back(std::move(*table));
  }
  put_field(out.shared_key_text, "gh-stat-standing-shared/1");
  for (const auto& table : out.tables) put_field(out.shared_key_text, std::string_view(table.canonical));
  return out;
}

StandingFigures join(const StandingSet& set, const std::vector<std::vector<std::int64_t>>& noise, const std::vector<std::int64_t>& total_noise,
                     const std::vector<std::vector<std::int64_t>>& counts) {
  StandingFigures out;
  const Weights w = weights(set);
  Whole weighted = 0;   // over w.product
  std::vector<Whole> sums;
  for (std::size_t j = 0; j < set.tables.size(); ++j) {
    const Table& table = set.tables[j];
    std::vector<std::int64_t> y(table.cells.size(), 0);
    Whole sum = 0, truth = 0;
    for (std::size_t i = 0; i < table.cells.size(); ++i) {
      if (table.cells[i].kind != Cell::Kind::counted) continue;
      y[i] = counts[j][i] + noise[j][i];
      truth += counts[j][i];
      sum += y[i];
    }
    if (const std::size_t n = counted(table); n > 0) weighted += (truth + total_noise[j]) * w.product + 4 * sum * (w.product / static_cast<Whole>(n));
    sums.push_back(sum);
    out.cells.push_back(std::move(y));
  }
  if (w.all == 0) return out;
  const Whole total = floor_div(2 * weighted + w.all, 2 * w.all);   // nearest, halves up
  out.total = static_cast<std::int64_t>(total);
  for (std::size_t j = 0; j < set.tables.size(); ++j) {
    const Table& table = set.tables[j];
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < table.cells.size(); ++i)
      if (table.cells[i].kind == Cell::Kind::counted) mine.push_back(i);
    if (mine.empty()) continue;
    std::sort(mine.begin(), mine.end(), [&](std::size_t a, std::size_t b) { return table.cells[a].canonical < table.cells[b].canonical; });
    const Whole n = static_cast<Whole>(mine.size()), residual = total - sums[j], step = floor_div(residual, n);
    const auto more = static_cast<std::size_t>(residual - step * n), start = more;
    for (const std::size_t i : mine) out.cells[j][i] += static_cast<std::int64_t>(step);
    for (std::size_t k = 0; k < more; ++k) ++out.cells[j][mine[(start + k) % mine.size()]];
  }
  return out;
}

namespace {

bool at_most(Fraction variance, std::uint64_t sigma2) {
  return static_cast<Whole>(variance.n) <= static_cast<Whole>(sigma2) * static_cast<Whole>(variance.d);
}

Fraction plus(Fraction a, Fraction b) {
  const std::int64_t n = a.n * b.d + b.n * a.d, d = a.d * b.d, common = std::gcd(n, d);
  return common == 0 ? Fraction{0, 1} : Fraction{n / common, d / common};
}

// One quarter of the question from one standing table. False: some cell cannot be.
bool fits(const Table& table, std::size_t period, const StandingSet& set, std::size_t j, Canonicaliser& canonical, FromStanding& out, Fraction& total) {
  const Dataset& data = *table.dataset;
  const Table& standing = set.tables[j];
  const std::size_t n = counted(standing);
  std::size_t all = 0;
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    const Cell& cell = table.cells[i];
    if (cell.period != period || cell.kind != Cell::Kind::counted) continue;
    // What the cell would be if it said nothing about attributes that the standing table does not have.
    std::vector<CodeSet> wider(data.attributes.size());
    for (std::size_t a = 0; a < wider.size(); ++a) {
      const bool grouped = std::find(data.standing[j].begin(), data.standing[j].end(), a) != data.standing[j].end();
      wider[a] = grouped ? cell.sets[a] : data.attributes[a].all();
    }
    const auto box = canonical.hull(wider);
    if (!box || canonical.bytes(*box) != cell.canonical) return false;
    std::size_t m = 0;
    for (const Cell& part : standing.cells) {
      bool inside = part.kind == Cell::Kind::counted;
      for (const std::size_t a : data.standing[j]) inside = inside && (part.sets[a] & ~cell.sets[a]).none();
      if (!inside) continue;
      out.parts[i].push_back(part.key_text);
      ++m;
    }
    if (m == n) out.parts[i] = {set.shared_key_text};   // everything: the published total itself
    out.variance[i] = set.sum_variance(m, n);
    if (m == 0 || !at_most(out.variance[i], table.sigma2)) return false;
    all += m;
  }
  if (all > 0) total = plus(total, set.sum_variance(all, n));
  return true;
}

}  // namespace

std::optional<FromStanding> from_standing(const Policy& policy, const Table& table) {
  FromStanding out;
  out.parts.resize(table.cells.size());
  out.variance.assign(table.cells.size(), {0, 1});
  out.total_variance = {0, 1};
  if (table.price.empty() || table.dataset->standing.empty()) return std::nullopt;
  if (table.measure != &table.dataset->measures.front()) return std::nullopt;   // the published tables count the first measure
  Canonicaliser canonical(*table.dataset);
  for (std::size_t period = 0; period < table.snapshots.size(); ++period) {
    const StandingSet set = plan_standing(policy, *table.dataset, *table.measure, table.snapshots[period]);
    bool found = false;
    for (std::size_t j = 0; j < set.tables.size() && !found; ++j) {
      FromStanding attempt = out;
      Fraction total = out.total_variance;
      found = fits(table, period, set, j, canonical, attempt, total);
      if (!found) continue;
      out = std::move(attempt);
      out.total_variance = total;
    }
    if (!found) return std::nullopt;
  }
  return out;
}

Figures figures_of(const Table& table, const FromStanding& plan, const std::vector<std::int64_t>& released) {
  Figures out;
  out.method = "standing";
  out.cells.resize(table.cells.size());
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    if (table.cells[i].kind != Cell::Kind::counted) continue;
    out.cells[i] = {released[i], plan.variance[i], false};
    out.total.y += released[i];
  }
  out.total.variance = plan.total_variance;
  out.total.exact_law = false;
  return out;
}

}  // namespace gatehouse::statistics
