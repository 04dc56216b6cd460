// From a question to its cells in canonical form.
#include <algorithm>
#include <tuple>

#include "policy/statistics/canonical.hpp"
#include "policy/statistics/table.hpp"

namespace gatehouse::statistics {

namespace {

Refusal refuse(Refusal::Kind kind, std::string where, std::string what, std::string remedy) { return {kind, std::move(where), std::move(what), std::move(remedy), {}}; }

Refusal unknown(std::string where, std::string what) {
  return refuse(Refusal::Kind::unknown_code, std::move(where), std::move(what), "see GET /v1/statistics/codebook");
}

}  // namespace

class Planner {
 public:
  Planner(const Policy& policy, const Question& question, const OpenSnapshots& open) : policy_(policy), question_(question), open_(open) {}

  std::expected<Table, Refusal> run() {
    using Step = std::optional<Refusal> (Planner::*)();
    for (const Step step : {&Planner::names, &Planner::filter, &Planner::group, &Planner::settings, &Planner::periods, &Planner::size})
      if (auto no = (this->*step)()) return std::unexpected(std::move(*no));
    cells();
    keys();
    prices();
    return std::move(out_);
  }

 private:
  std::optional<Refusal> names() {
    out_.dataset = policy_.dataset(question_.dataset);
    if (out_.dataset == nullptr) return unknown("$.dataset", "there is no such data set");
    out_.measure = out_.dataset->measure(question_.measure);
    if (out_.measure == nullptr) return unknown("$.measure", "there is no such measure");
    return std::nullopt;
  }

  // The codes a word of an attribute or of one of its roll-ups stands for.
  static std::optional<CodeSet> meaning(const Attribute& attribute, const Rollup* rollup, std::string_view word) {
    CodeSet set;
    if (rollup == nullptr) {
      const auto code = attribute.code(word);
      if (!code) return std::nullopt;
      set.set(*code);
      return set;
    }
    for (const auto& group : rollup->groups)
      if (group.code == word) return group.members;
    return std::nullopt;
  }

  struct Named {
    std::size_t attribute;
    const Rollup* rollup;
  };
  std::optional<Named> resolve(std::string_view name) const {
    const Dataset& data = *out_.dataset;
    if (const auto attribute = data.attribute(name)) return Named{*attribute, nullptr};
    if (const auto rollup = data.rollup(name)) return Named{rollup->first, &data.attributes[rollup->first].rollups[rollup->second]};
    return std::nullopt;
  }

  std::optional<Refusal> filter() {
    const Dataset& data = *out_.dataset;
    for (const auto& attribute : data.attributes) filter_.push_back(attribute.all());
    for (std::size_t i = 0; i < question_.filters.size(); ++i) {
      const auto& [name, words] = question_.filters[i];
      const std::string where = "$.filters[" + std::to_string(i) + "]";   // the name itself may be anything
      const auto named = resolve(name);
      if (!named) return unknown(where, "there is no such attribute");
      CodeSet set;
      for (const auto& word : words) {
        const auto codes = meaning(data.attributes[named->attribute], named->rollup, word);
        if (!codes) return unknown(where, "names a code that the attribute does not have");
        set |= *codes;
      }
      filter_[named->attribute] &= set;
    }
    return std::nullopt;
  }

  std::optional<Refusal> group() {
    const Dataset& data = *out_.dataset;
    groups_.assign(data.attributes.size(), {});
    for (std::size_t i = 0; i < data.attributes.size(); ++i) groups_[i].push_back({{}, data.attributes[i].all()});
    for (std::size_t by = 0; by < question_.group_by.size(); ++by) {
      const std::string where = "$.group_by[" + std::to_string(by) + "]";
      const std::string& name = question_.group_by[by];
      if (std::find(question_.group_by.begin(), question_.group_by.begin() + static_cast<std::ptrdiff_t>(by), name) != question_.group_by.begin() + static_cast<std::ptrdiff_t>(by))
        return refuse(Refusal::Kind::not_in_grammar, where, "stands twice", "each attribute once");
      const auto named = resolve(name);
      if (!named) return unknown(where, "there is no such attribute");
      const Attribute& attribute = data.attributes[named->attribute];
      std::vector<Group> finer;
      const auto split = [&](const std::string& code, std::size_t position, const CodeSet& set) {
        for (const Group& old : groups_[named->attribute]) {
          Group made{old.labels, old.set & set};
          if (made.set.none()) continue;   // district and region at once: pairs that cannot be
          made.labels.push_back({by, position, code});
          finer.push_back(std::move(made));
        }
      };
      if (named->rollup == nullptr) {
        for (std::size_t code = 0; code < attribute.codes.size(); ++code) split(attribute.codes[code], code, CodeSet().set(code));
      } else {
        for (std::size_t code = 0; code < named->rollup->groups.size(); ++code) split(named->rollup->groups[code].code, code, named->rollup->groups[code].members);
      }
      groups_[named->attribute] = std::move(finer);
    }
    return std::nullopt;
  }

  std::optional<Refusal> settings() {
    if (std::find(policy_.sigma2.begin(), policy_.sigma2.end(), question_.sigma2) == policy_.sigma2.end()) {
      Refusal no = refuse(Refusal::Kind::not_in_grammar, "$.sigma2", "is not a noise level of this policy", "one of `allowed`");
      for (const auto one : policy_.sigma2) no.allowed.push_back(std::to_string(one));
      return no;
    }
    out_.sigma2 = question_.sigma2;
    out_.scheme = policy_.scheme;
    out_.total = question_.total;
    out_.rounding = question_.rounding;
    out_.sdc = question_.sdc;
    out_.group_by = question_.group_by;
    return std::nullopt;
  }

  std::optional<Refusal> periods() {
    std::vector<Period> wanted;
    for (std::size_t i = 0; i < question_.periods.size(); ++i) {
      const std::string where = "$.periods[" + std::to_string(i) + "]";
      const auto quarters = quarters_of(question_.periods[i]);
      if (quarters.empty()) return refuse(Refusal::Kind::not_in_grammar, where, "is no quarter", "for example 2026-Q3");
      for (const auto one : quarters)
        if (one < out_.dataset->first_period) return unknown(where, "begins before this data set does");
      wanted.insert(wanted.end(), quarters.begin(), quarters.end());
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    for (const Period period : wanted) {
      const auto found = std::find_if(open_.begin(), open_.end(), [&](const Snapshot& one) { return one.period == period; });
      if (found == open_.end())
        return refuse(Refusal::Kind::period_not_open, "$.periods", "a quarter that is not open for questions", "see open_periods in the codebook");
      out_.snapshots.push_back(*found);
    }
    return std::nullopt;
  }

  std::optional<Refusal> size() {
    std::uint64_t count = out_.snapshots.size();
    for (const auto& groups : groups_)
      if (__builtin_mul_overflow(count, groups.size(), &count) || count > policy_.max_cells)
        return refuse(Refusal::Kind::too_many_cells, "$.group_by", "asks for more than " + std::to_string(policy_.max_cells) + " cells", "group by fewer attributes");
    return std::nullopt;
  }

  bool source_missing(const std::vector<CodeSet>& sets, Period period) const {
    const auto& rules = out_.dataset->missing;
    return std::any_of(rules.begin(), rules.end(), [&](const Excluded& rule) {
      return rule.period == period && std::all_of(rule.sets.begin(), rule.sets.end(), [&](const auto& one) { return (sets[one.first] & ~one.second).none(); });
    });
  }

  void cells() {
    const Dataset& data = *out_.dataset;
    canonical_.emplace(data);
    const std::size_t width = data.attributes.size();
    std::size_t slots = 1;
    for (std::size_t i = 0; i < width; ++i) {
      Tally::Map map;
      map.codes = data.attributes[i].codes.size();
      map.stride = slots;
      map.slot.assign(map.codes, -1);
      for (std::size_t g = 0; g < groups_[i].size(); ++g)
        for (std::size_t code = 0; code < map.codes; ++code)
          if (groups_[i][g].set.test(code) && filter_[i].test(code)) map.slot[code] = static_cast<std::int32_t>(g);
      slots *= groups_[i].size();
      out_.tally.maps_.push_back(std::move(map));
    }
    out_.tally.counts_.assign(slots, 0);

    struct Draft {
      std::vector<std::size_t> order;
      Cell cell;
    };
    std::vector<Draft> drafts;
    for (std::size_t slot = 0; slot < slots; ++slot) {
      Draft draft;
      draft.cell.slot = slot;
      draft.cell.labels.resize(question_.group_by.size());
      draft.order.resize(question_.group_by.size());
      std::vector<CodeSet> sets(width);
      std::size_t rest = slot;
      for (std::size_t i = 0; i < width; ++i) {
        const Group& group = groups_[i][rest % groups_[i].size()];
        rest /= groups_[i].size();
        sets[i] = group.set & filter_[i];
        for (const auto& label : group.labels) {
          draft.cell.labels[label.by] = label.code;
          draft.order[label.by] = label.position;
        }
      }
      if (auto smallest = canonical_->hull(std::move(sets))) {
        draft.cell.sets = std::move(*smallest);
        draft.cell.canonical = canonical_->bytes(draft.cell.sets);
      } else {
        draft.cell.kind = Cell::Kind::structural_zero;
      }
      drafts.push_back(std::move(draft));
    }
    std::sort(drafts.begin(), drafts.end(), [](const Draft& a, const Draft& b) { return std::tie(a.order, a.cell.slot) < std::tie(b.order, b.cell.slot); });
    for (std::size_t period = 0; period < out_.snapshots.size(); ++period)
      for (const Draft& draft : drafts) {
        Cell cell = draft.cell;
        cell.period = period;
        if (!cell.sets.empty() && source_missing(cell.sets, out_.snapshots[period].period)) cell.kind = Cell::Kind::source_missing;
        out_.cells.push_back(std::move(cell));
      }
  }

  void keys() {
    const auto head = [&](std::string_view what, const Snapshot& snapshot, std::string_view cell, const std::string& table) {
      std::string out;
      put_field(out, what);
      put_field(out, out_.dataset->id);
      put_field(out, out_.measure->id);
      put_field(out, snapshot.digest);
      put_field(out, cell);
      put_field(out, out_.sigma2);
      put_field(out, out_.scheme);
      put_field(out, table);
      return out;
    };
    put_field(out_.canonical, "gh-stat-table/1");
    put_field(out_.canonical, out_.total == Total::measured ? "measured" : "sum");
    put_field(out_.name_text, out_.total == Total::measured ? "measured" : "sum");
    for (std::size_t period = 0; period < out_.snapshots.size(); ++period) {
      std::vector<std::string> sets;
      for (const Cell& cell : out_.cells)
        if (cell.period == period && cell.kind == Cell::Kind::counted) sets.push_back(cell.canonical);
      std::sort(sets.begin(), sets.end());
      std::string all;
      for (const auto& one : sets) put_field(all, std::string_view(one));
      put_field(out_.canonical, head("gh-stat-table/1", out_.snapshots[period], all, {}));
      Snapshot named = out_.snapshots[period];
      named.digest = text_of(named.period) + (named.revised ? " revised" : "");
      put_field(out_.name_text, head("gh-stat-name/1", named, all, {}));
      // A measured total makes a table of its own: its cells are drawn afresh, or the same noise would be told twice at two widths.
      const std::string table = out_.total == Total::measured ? head("gh-stat-measured/1", out_.snapshots[period], all, {}) : std::string();
      for (Cell& cell : out_.cells)
        if (cell.period == period && cell.kind == Cell::Kind::counted) cell.key_text = head("gh-stat-cell/1", out_.snapshots[period], cell.canonical, table);
      if (out_.total == Total::measured) out_.total_key_text.push_back(sets.empty() ? std::string() : head("gh-stat-total/1", out_.snapshots[period], {}, table));
    }
  }

  void prices() {
    std::map<int, std::uint64_t> quarters;
    for (std::size_t period = 0; period < out_.snapshots.size(); ++period)
      if (std::any_of(out_.cells.begin(), out_.cells.end(), [&](const Cell& cell) { return cell.period == period && cell.kind == Cell::Kind::counted; }))
        ++quarters[year_of(out_.snapshots[period].period)];
    // One child may be in each quarter once, or per_child times in one cell.
    const std::uint64_t each = static_cast<std::uint64_t>(out_.measure->per_child) * out_.measure->per_child;
    for (const auto& [year, count] : quarters) out_.price.push_back({year, price_of(count * each, out_.sigma2)});
  }

  struct Label {
    std::size_t by, position;
    std::string code;
  };
  struct Group {
    std::vector<Label> labels;
    CodeSet set;
  };
  const Policy& policy_;
  const Question& question_;
  const OpenSnapshots& open_;
  Table out_;
  std::vector<CodeSet> filter_;
  std::vector<std::vector<Group>> groups_;
  std::optional<Canonicaliser> canonical_;
};

std::uint64_t price_of(std::uint64_t c, std::uint64_t sigma2) {
  const unsigned __int128 up = static_cast<unsigned __int128>(c) * 1'000'000'000u + (2 * sigma2 - 1);
  return static_cast<std::uint64_t>(up / (2 * sigma2));
}

std::uint64_t Table::whole_price() const {
  std::uint64_t sum = 0;
  for (const auto& one : price) sum += one.nano_rho;
  return sum;
}

std::expected<Table, Refusal> plan(const Policy& policy, const Question& question, const OpenSnapshots& open) { return Planner(policy, question, open).run(); }

}  // namespace gatehouse::statistics
