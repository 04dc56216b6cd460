// Counts plus noise, totals that add up, and what is shown of them.
#include <algorithm>
#include <numeric>
#include <tuple>

#include "policy/statistics/table.hpp"

namespace gatehouse::statistics {

namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

// The counted cells of one snapshot, in canonical order: how ties are broken does not hang on how the question was written.
std::vector<std::size_t> counted(const Table& table, std::size_t period) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < table.cells.size(); ++i)
    if (table.cells[i].period == period && table.cells[i].kind == Cell::Kind::counted) out.push_back(i);
  std::sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) { return table.cells[a].canonical < table.cells[b].canonical; });
  return out;
}

Fraction reduced(std::int64_t n, std::int64_t d) {
  const std::int64_t common = std::gcd(n, d);
  return common == 0 ? Fraction{0, 1} : Fraction{n / common, d / common};
}

Fraction plus(Fraction a, Fraction b) { return reduced(a.n * b.d + b.n * a.d, a.d * b.d); }

// Variances and the total follow from the question and the released cells alone.
Figures settled(const Table& table, std::vector<std::int64_t> cells) {
  Figures out;
  out.method = table.total == Total::measured ? "measured" : "sum";
  out.cells.resize(table.cells.size());
  const auto s2 = static_cast<std::int64_t>(table.sigma2);
  out.total.variance = {0, 1};
  for (std::size_t period = 0; period < table.snapshots.size(); ++period) {
    const auto mine = counted(table, period);
    const auto n = static_cast<std::int64_t>(mine.size());
    if (n == 0) continue;
    Fraction each{s2, 1}, all{n * s2, 1};
    if (table.total == Total::measured) {
      // s_c - s_c^2 / (s_t + n s_c) and n s_c s_t / (s_t + n s_c) with s_c = 5/4 sigma^2, s_t = 5 sigma^2.
      each = reduced(5 * s2 * (n + 3), 4 * (n + 4));
      all = reduced(5 * s2 * n, n + 4);
    }
    for (const std::size_t i : mine) {
      out.cells[i] = {cells[i], each, table.total == Total::sum};
      out.total.y += cells[i];
    }
    out.total.variance = plus(out.total.variance, all);
  }
  // A total of one plain cell is that cell.
  const bool one = std::count_if(table.cells.begin(), table.cells.end(), [](const Cell& cell) { return cell.kind == Cell::Kind::counted; }) == 1;
  out.total.exact_law = one && table.total == Total::sum;
  return out;
}

}  // namespace

Fraction Table::cell_variance() const {
  const auto s2 = static_cast<std::int64_t>(sigma2);
  return total == Total::measured ? Fraction{5 * s2, 4} : Fraction{s2, 1};
}

Fraction Table::total_variance() const { return {5 * static_cast<std::int64_t>(sigma2), 1}; }

Figures figures(const Table& table, const std::vector<std::int64_t>& noise, const std::vector<std::int64_t>& total_noise,
                const std::vector<std::int64_t>& counts) {
  std::vector<std::int64_t> y(table.cells.size(), 0);
  for (std::size_t period = 0; period < table.snapshots.size(); ++period) {
    const auto mine = counted(table, period);
    const auto n = static_cast<std::int64_t>(mine.size());
    if (n == 0) continue;
    std::int64_t truth = 0, sum = 0;
    for (const std::size_t i : mine) {
      y[i] = counts[i] + noise[i];
      truth += counts[i];
      sum += y[i];
    }
    if (table.total == Total::sum) continue;
    // Least squares for cells and a total measured apart: d = y0 - sum; each cell += d / (n + 4), the total -= 4 d / (n + 4).
    const std::int64_t y0 = truth + total_noise[period], d = y0 - sum, whole = n + 4;
    const std::int64_t total = floor_div(2 * (y0 * whole - 4 * d) + whole, 2 * whole);   // nearest, halves up
    const std::int64_t step = floor_div(d, whole);
    std::int64_t missing = total - (sum + n * step);                                    // 0 … n cells get one more: largest remainder, all are equal
    const std::int64_t start = ((d % n) + n) % n;                                       // so that no cell is always the first
    for (const std::size_t i : mine) y[i] += step;
    for (std::int64_t k = 0; k < n && missing > 0; ++k, --missing) ++y[mine[static_cast<std::size_t>((start + k) % n)]];
  }
  return settled(table, std::move(y));
}

Figures figures_of(const Table& table, const std::vector<std::int64_t>& released) { return settled(table, released); }

// ---------------------------------------------------------------- display

std::int64_t threshold(Fraction variance) {
  // The smallest k with k^2 >= 1.44 variance = 36/25 variance.
  std::int64_t k = 0;
  while (static_cast<__int128>(k) * k * 25 * variance.d < static_cast<__int128>(36) * variance.n) ++k;
  return std::max<std::int64_t>(6, k);
}

unsigned half_width(const Figure& figure) {
  if (figure.variance.n == 0) return 0;
  return figure.exact_law ? half_width(figure.variance) : wide_half_width(figure.variance);
}

namespace {

std::int64_t nearest(std::int64_t value, std::int64_t step) { return floor_div(2 * value + step, 2 * step) * step; }
std::int64_t down(std::int64_t value, std::int64_t step) { return floor_div(value, step) * step; }
std::int64_t up(std::int64_t value, std::int64_t step) { return -floor_div(-value, step) * step; }

// Half width and threshold, worked out once for each variance.
class Widths {
 public:
  struct Two {
    std::int64_t q, t;
  };
  const Two& of(const Figure& figure) {
    const auto key = std::tuple(figure.variance.n, figure.variance.d, figure.exact_law);
    auto found = known_.find(key);
    if (found == known_.end()) found = known_.emplace(key, Two{half_width(figure), threshold(figure.variance)}).first;
    return found->second;
  }

 private:
  std::map<std::tuple<std::int64_t, std::int64_t, bool>, Two> known_;
};

Shown show(const Figure& figure, Widths& widths, std::int64_t step, bool may_hide) {
  Shown out;
  const auto [q, t] = widths.of(figure);
  if (may_hide && figure.y < t) {
    out.symbol = 'c';
    out.high = t - 1 + q;
    out.too_uncertain = true;
  } else {
    const std::int64_t value = std::max<std::int64_t>(0, figure.y);
    out.value = value;
    out.low = std::max<std::int64_t>(0, figure.y - q);
    out.high = std::max<std::int64_t>(0, figure.y + q);
    out.too_uncertain = 2 * q > value;
  }
  if (step > 1) {
    if (out.value) out.value = nearest(*out.value, step);
    out.low = down(out.low, step);
    out.high = up(out.high, step);
  }
  return out;
}

// Where a line has one hidden figure alone, its smallest other one is hidden too. A line: cells that differ in one label (or the quarter) only.
void hide_beside(const Table& table, const Figures& figures, std::vector<Shown>& cells, std::int64_t step) {
  const std::size_t labels = table.group_by.size();
  for (bool again = true; again;) {
    again = false;
    for (std::size_t free = 0; free <= labels; ++free) {
      if (free == labels && table.snapshots.size() < 2) continue;
      std::map<std::vector<std::string>, std::vector<std::size_t>> lines;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (table.cells[i].kind != Cell::Kind::counted) continue;
        std::vector<std::string> line = table.cells[i].labels;
        if (free < labels)
          line[free].clear();
        line.push_back(free == labels ? std::string() : std::to_string(table.cells[i].period));
        lines[std::move(line)].push_back(i);
      }
      for (const auto& [ignored, line] : lines) {
        if (std::count_if(line.begin(), line.end(), [&](std::size_t i) { return cells[i].symbol == 'c'; }) != 1) continue;
        std::optional<std::size_t> smallest;
        for (const std::size_t i : line)
          if (cells[i].symbol == 0 && (!smallest || figures.cells[i].y < figures.cells[*smallest].y)) smallest = i;
        if (!smallest) continue;
        // Its range starts at 0 and ends at a round figure: the middle of the range would give the figure back.
        const Figure& figure = figures.cells[*smallest];
        Shown& hidden = cells[*smallest];
        hidden.value.reset();
        hidden.symbol = 'c';
        hidden.low = 0;
        hidden.high = up(figure.y + half_width(figure), std::max<std::int64_t>(10, step));
        hidden.too_uncertain = true;
        again = true;
      }
    }
  }
}

}  // namespace

Display display(const Table& table, const Figures& figures) {
  Display out;
  const std::int64_t step = table.rounding == 0 ? 1 : table.rounding;
  Widths widths;
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    Shown shown;
    if (table.cells[i].kind == Cell::Kind::counted)
      shown = show(figures.cells[i], widths, step, true);
    else
      shown.symbol = table.cells[i].kind == Cell::Kind::structural_zero ? 'z' : ':';
    out.cells.push_back(shown);
  }
  // The total is printed as it is: its range says how far it can be trusted.
  out.total = show(figures.total, widths, step, false);
  if (table.sdc) hide_beside(table, figures, out.cells, step);
  return out;
}

}  // namespace gatehouse::statistics
