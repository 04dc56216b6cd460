#include "policy/statistics/codebook.hpp"

#include <algorithm>
#include <set>

#include "policy/strict_json.hpp"

namespace gatehouse::statistics {

using policy::Error;
using nlohmann::json;
using policy::strict::Object;

std::string text_of(Period period) { return std::to_string(period / 4) + "-Q" + std::to_string(period % 4 + 1); }

policy::Instant end_of(Period period) {
  const Period next = period + 1;
  const auto first = std::chrono::year(next / 4) / std::chrono::month(static_cast<unsigned>(next % 4 * 3 + 1)) / std::chrono::day(1);
  return std::chrono::sys_days(first);
}

Period period_of(policy::Instant at) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return static_cast<int>(day.year()) * 4 + static_cast<Period>((static_cast<unsigned>(day.month()) - 1) / 3);
}

std::optional<std::size_t> Attribute::code(std::string_view spelling) const {
  const auto found = std::find(codes.begin(), codes.end(), spelling);
  if (found != codes.end()) return static_cast<std::size_t>(found - codes.begin());
  for (const auto& [other, means] : aliases)
    if (other == spelling) return means;
  return std::nullopt;
}

CodeSet Attribute::all() const {
  CodeSet out;
  for (std::size_t i = 0; i < codes.size(); ++i) out.set(i);
  return out;
}

const Measure* Dataset::measure(std::string_view name) const {
  const auto found = std::find_if(measures.begin(), measures.end(), [&](const Measure& one) { return one.id == name; });
  return found == measures.end() ? nullptr : &*found;
}

std::optional<std::size_t> Dataset::attribute(std::string_view name) const {
  for (std::size_t i = 0; i < attributes.size(); ++i)
    if (attributes[i].id == name) return i;
  return std::nullopt;
}

std::optional<std::pair<std::size_t, std::size_t>> Dataset::rollup(std::string_view name) const {
  for (std::size_t i = 0; i < attributes.size(); ++i)
    for (std::size_t j = 0; j < attributes[i].rollups.size(); ++j)
      if (attributes[i].rollups[j].id == name) return std::pair(i, j);
  return std::nullopt;
}

std::uint64_t Dataset::packed(const std::vector<std::size_t>& codes) const {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < attributes.size(); ++i) out = out * attributes[i].codes.size() + codes[i];
  return out;
}

bool Dataset::impossible(const std::vector<std::size_t>& codes) const {
  return std::any_of(not_applicable.begin(), not_applicable.end(), [&](const Excluded& rule) {
    return std::all_of(rule.sets.begin(), rule.sets.end(), [&](const auto& one) { return one.second.test(codes[one.first]); });
  });
}

std::string Dataset::frozen() const {
  std::string out = "gh-stat-codes/1\n" + id + "\n";
  for (const auto& one : measures) out += "measure " + one.id + " " + std::to_string(one.per_child) + "\n";
  for (const auto& one : attributes) {
    out += "attribute " + one.id;
    for (const auto& code : one.codes) out += " " + code;
    out += "\n";
  }
  // Rules in one order, whatever the file's is.
  std::vector<std::string> rules;
  for (const auto& rule : not_applicable) {
    std::string line = "not_applicable";
    for (const auto& [attribute, codes] : rule.sets) line += " " + attributes[attribute].id + "=" + codes.to_string().substr(kMostCodes - attributes[attribute].codes.size());
    rules.push_back(std::move(line));
  }
  std::sort(rules.begin(), rules.end());
  for (const auto& line : rules) out += line + "\n";
  return out;
}

const Dataset* Policy::dataset(std::string_view id) const {
  const auto found = std::find_if(datasets.begin(), datasets.end(), [&](const Dataset& one) { return one.id == id; });
  return found == datasets.end() ? nullptr : &*found;
}

// ---------------------------------------------------------------- reading

namespace {

constexpr std::size_t kMostAttributes = 8, kMostCombinations = 10'000;
constexpr std::uint64_t kCapAll = 250'000'000;     // nano-rho: rho 0.25 for each data-year, the promise that nobody widens by editing a file
constexpr std::array<std::uint64_t, 8> kSigma2 = {4, 9, 16, 25, 50, 100, 225, 400};

bool plain_code(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '+'; });
}

class Reader {
 public:
  explicit Reader(const json& value) : value_(value) {}

  std::expected<Policy, Error> read() {
    Object top(value_, "$", error_);
    if (const auto schema = top.text("schema"); !schema || *schema != "gatehouse-statistics/1")
      fail(top, "schema", "is not one this gatehouse reads", "gatehouse-statistics/1");
    top.text("version");
    top.text("note", 4000);
    out_.scheme = static_cast<std::uint64_t>(top.integer("scheme", 1, 1'000'000).value_or(1));
    out_.test_policy = top.boolean("test_policy").value_or(false);
    out_.lag_days = static_cast<unsigned>(top.integer("lag_days", out_.test_policy ? 0 : 1, 366).value_or(14));
    out_.tick_milliseconds = static_cast<unsigned>(top.integer("tick_ms", out_.test_policy ? 0 : 50, 5000).value_or(100));
    out_.max_cells = static_cast<std::size_t>(top.integer("max_cells", 1, 5000).value_or(5000));
    sigmas(top);
    top.each("datasets", [&](const json& one, const std::string& where) { dataset(one, where); });
    top.finish();
    std::set<std::string> ids;
    for (const auto& one : out_.datasets)
      if (!ids.insert(one.id).second) fail(top, "datasets", "two data sets have the same id", "give each its own");
    if (error_) return std::unexpected(std::move(*error_));
    return std::move(out_);
  }

 private:
  void fail(Object& in, std::string_view key, std::string what, std::string remedy) { in.fail_at(in.at(key), "bad_value", std::move(what), std::move(remedy)); }

  void sigmas(Object& top) {
    top.each("sigma2", [&](const json& one, const std::string& where) {
      const bool whole = one.is_number_unsigned();
      const std::uint64_t value = whole ? one.get<std::uint64_t>() : 0;
      const bool known = std::find(kSigma2.begin(), kSigma2.end(), value) != kSigma2.end() || (value == 1 && out_.test_policy);
      if (!known) return top.fail_at(where, "bad_value", "is not a noise level", "4, 9, 16, 25, 50, 100, 225 or 400; 1 in a test policy alone");
      if (!out_.sigma2.empty() && out_.sigma2.back() >= value) return top.fail_at(where, "bad_value", "is out of order", "write them ascending, each once");
      out_.sigma2.push_back(value);
    });
    if (!top.good()) return;
    if (out_.sigma2.empty()) out_.sigma2.assign(kSigma2.begin(), kSigma2.end());
    out_.standing_sigma2 = static_cast<std::uint64_t>(top.integer("standing_sigma2", 1, 400).value_or(100));
    if (std::find(out_.sigma2.begin(), out_.sigma2.end(), out_.standing_sigma2) == out_.sigma2.end())
      fail(top, "standing_sigma2", "is not one of sigma2", "100 is usual");
  }

  void dataset(const json& value, const std::string& where) {
    Dataset made;
    Object in(value, where, error_);
    made.id = code(in, "id");
    made.title = in.text("title", 200).value_or(made.id);
    made.unit = in.text("unit", 40).value_or("child");
    if (const auto first = in.text("first_period"))
      if (const auto period = quarter(*first)) made.first_period = *period;
    if (in.good() && made.first_period == 0) fail(in, "first_period", "is no quarter", "for example 2026-Q1");
    in.each("measures", [&](const json& one, const std::string& at) {
      Measure measure;
      Object inner(one, at, error_);
      measure.id = code(inner, "id");
      measure.per_child = static_cast<unsigned>(inner.integer("per_child", 1, 10).value_or(1));
      inner.finish();
      if (made.measure(measure.id) != nullptr) inner.fail_at(at, "bad_value", "two measures have the same id", "give each its own");
      made.measures.push_back(std::move(measure));
    });
    if (in.good() && made.measures.empty()) fail(in, "measures", "is empty", "for example [{\"id\": \"children\"}]");
    in.each("attributes", [&](const json& one, const std::string& at) { attribute(made, one, at); });
    if (in.good() && (made.attributes.empty() || made.attributes.size() > kMostAttributes)) fail(in, "attributes", "must be 1 to 8", "leave some out");
    check_size(made, in);
    in.each("not_applicable", [&](const json& one, const std::string& at) { excluded(made, one, at, false); });
    in.each("missing", [&](const json& one, const std::string& at) { excluded(made, one, at, true); });
    in.each("standing", [&](const json& one, const std::string& at) { standing(made, one, at); });
    made.cap_all = static_cast<std::uint64_t>(in.integer("cap_all", 0, out_.test_policy ? std::int64_t{1} << 50 : static_cast<std::int64_t>(kCapAll)).value_or(kCapAll));
    made.cap_standing = static_cast<std::uint64_t>(in.integer("cap_standing", 0, static_cast<std::int64_t>(made.cap_all)).value_or(static_cast<std::int64_t>(made.cap_all / 5 * 2)));
    words<policy::Purpose>(in, "purposes", made.purposes);
    if (in.good() && made.purposes.empty()) made.purposes = {policy::Purpose::statistical_return};
    words<policy::Category>(in, "counted", made.counted);
    in.finish();
    check_rules(made, in);
    out_.datasets.push_back(std::move(made));
  }

  void attribute(Dataset& made, const json& value, const std::string& where) {
    Attribute one;
    Object in(value, where, error_);
    one.id = code(in, "id");
    in.each("codes", [&](const json& text, const std::string& at) {
      const auto word = in.text_of(text, at, 64);
      if (!word) return;
      if (!plain_code(*word)) return in.fail_at(at, "bad_value", "is not a code", "lower case letters, digits, - _ +");
      if (one.code(*word)) return in.fail_at(at, "bad_value", "stands twice", "each code once");
      one.codes.push_back(*word);
    });
    if (in.good() && (one.codes.empty() || one.codes.size() > kMostCodes)) fail(in, "codes", "must be 1 to 256 codes", "split the attribute");
    if (const json* aliases = in.get("aliases"); aliases != nullptr && in.good()) {
      if (!aliases->is_object()) return fail(in, "aliases", "is not an object", "other spelling to code");
      for (const auto& [other, means] : aliases->items()) {
        const auto known = means.is_string() ? one.code(means.get<std::string>()) : std::nullopt;
        if (!known || one.code(other)) return fail(in, "aliases", "has an entry that names no code, or is one", "other spelling to code");
        one.aliases.emplace_back(other, *known);
      }
    }
    if (const json* rollups = in.get("rollup"); rollups != nullptr && in.good()) {
      if (!rollups->is_object()) return fail(in, "rollup", "is not an object", "{\"region\": {\"east-kent\": [\"ashford\"]}}");
      for (const auto& [id, groups] : rollups->items()) rollup(one, id, groups, in);
    }
    if (const auto category = in.word<policy::Category>("category"))
      one.category = *category;
    else
      fail(in, "category", "is missing", "the record category this attribute tells something about");
    one.drawn_from = in.word<DrawnFrom>("drawn_from");
    const auto otherwise = in.text("otherwise");
    if (in.good()) {
      const auto known = otherwise ? one.code(*otherwise) : std::optional<std::size_t>(one.codes.size() - 1);
      if (!known) fail(in, "otherwise", "is not one of the codes", "for example not_known");
      one.otherwise = known.value_or(0);
    }
    in.finish();
    if (made.attribute(one.id)) in.fail_at(where, "bad_value", "two attributes have the same id", "give each its own");
    made.attributes.push_back(std::move(one));
  }

  void rollup(Attribute& of, const std::string& id, const json& groups, Object& in) {
    const std::string where = in.at("rollup") + policy::strict::step(id);
    if (!plain_code(id) || !groups.is_object() || groups.empty()) return in.fail_at(where, "bad_value", "is not a roll-up", "names of groups, each with its codes");
    Rollup made;
    made.id = id;
    CodeSet used;
    for (const auto& [name, members] : groups.items()) {
      Rollup::Group group;
      group.code = name;
      if (!plain_code(name) || !members.is_array() || members.empty()) return in.fail_at(where, "bad_value", "has a group that is no list of codes", "name the codes");
      for (const auto& member : members) {
        const auto known = member.is_string() ? of.code(member.get<std::string>()) : std::nullopt;
        if (!known) return in.fail_at(where, "unknown_value", "names a code that the attribute does not have", "use its codes");
        // A code in two groups would count a child in two cells of one table, and the price would be wrong.
        if (used.test(*known)) return in.fail_at(where, "bad_value", "has a code in two groups", "each code in one group at most");
        used.set(*known);
        group.members.set(*known);
      }
      made.groups.push_back(std::move(group));
    }
    of.rollups.push_back(std::move(made));
  }

  void excluded(Dataset& made, const json& value, const std::string& where, bool by_period) {
    Excluded rule;
    Object in(value, where, error_);
    if (by_period) {
      const auto text = in.text("period");
      rule.period = text ? quarter(*text) : std::nullopt;
      if (in.good() && !rule.period) fail(in, "period", "is no quarter", "for example 2026-Q1");
    }
    for (std::size_t i = 0; i < made.attributes.size(); ++i) {
      const json* named = in.get(made.attributes[i].id);
      if (named == nullptr) continue;
      CodeSet set;
      const json list = named->is_array() ? *named : json::array({*named});
      for (const auto& one : list) {
        const auto known = one.is_string() ? made.attributes[i].code(one.get<std::string>()) : std::nullopt;
        if (!known) return fail(in, made.attributes[i].id, "names a code that the attribute does not have", "use its codes");
        set.set(*known);
      }
      rule.sets.emplace_back(i, set);
    }
    in.finish();
    if (in.good() && rule.sets.empty() && !by_period) in.fail_at(where, "bad_value", "names no attribute", "it would rule everything out");
    (by_period ? made.missing : made.not_applicable).push_back(std::move(rule));
  }

  void standing(Dataset& made, const json& value, const std::string& where) {
    if (made.standing.size() >= 4) {
      Object whole(value_, "$", error_);
      return whole.fail_at(where, "bad_value", "is a fifth standing table", "at most four: more noise would be the price");
    }
    std::vector<std::size_t> table;
    const json list = value.is_array() ? value : json::array({value});
    Object holder(value_, "$", error_);
    for (const auto& one : list) {
      const auto known = one.is_string() ? made.attribute(one.get<std::string>()) : std::nullopt;
      if (!known || std::find(table.begin(), table.end(), *known) != table.end())
        return holder.fail_at(where, "bad_value", "names no attribute, or one twice", "a list of attributes of this data set");
      table.push_back(*known);
    }
    std::size_t cells = 1;
    for (const std::size_t one : table) cells *= made.attributes[one].codes.size();
    if (cells > out_.max_cells) return holder.fail_at(where, "bad_value", "has more cells than max_cells", "use fewer attributes");
    made.standing.push_back(std::move(table));
  }

  void check_size(const Dataset& made, Object& in) {
    std::uint64_t size = 1;
    for (const auto& one : made.attributes)
      if (one.codes.empty() || __builtin_mul_overflow(size, one.codes.size(), &size) || size > (std::uint64_t{1} << 40))
        return fail(in, "attributes", "have more combinations than can be stored", "fewer attributes or codes");
    std::set<std::string> names;
    for (const auto& one : made.attributes) {
      bool fresh = names.insert(one.id).second;
      for (const auto& up : one.rollups) fresh = fresh && names.insert(up.id).second;
      if (!fresh || names.contains("period")) return fail(in, "attributes", "share a name with one another or with `period`", "names of attributes and roll-ups differ");
    }
  }

  // Canonical forms look at every combination of the attributes that rules name.
  void check_rules(const Dataset& made, Object& in) {
    if (!in.good()) return;
    std::set<std::size_t> named;
    for (const auto& rule : made.not_applicable)
      for (const auto& one : rule.sets) named.insert(one.first);
    std::size_t combinations = 1;
    for (const std::size_t one : named) combinations *= made.attributes[one].codes.size();
    if (combinations > kMostCombinations) fail(in, "not_applicable", "names attributes with more than 10,000 combinations", "fewer attributes in the rules");
    std::uint64_t standing = 0;
    for (std::size_t i = 0; i < made.standing.size(); ++i) standing += (1'000'000'000 + 2 * out_.standing_sigma2 - 1) / (2 * out_.standing_sigma2);
    if (standing * 4 > made.cap_standing && !made.standing.empty())
      fail(in, "standing", "costs more in four quarters than cap_standing", "fewer tables, or more noise in standing_sigma2");
  }

  std::string code(Object& in, std::string_view key) {
    const auto text = in.text(key, 64);
    if (in.good() && (!text || !plain_code(*text))) fail(in, key, "is missing or no code", "lower case letters, digits, - _ +");
    return text.value_or("");
  }
  template <class Enum>
  void words(Object& in, std::string_view key, std::vector<Enum>& out) {
    in.each(key, [&](const json& one, const std::string& at) {
      if (const auto word = in.word_of<Enum>(one, at)) out.push_back(*word);
    });
  }
  static std::optional<Period> quarter(std::string_view text) {
    if (text.size() != 7 || text.substr(4, 2) != "-Q" || text[6] < '1' || text[6] > '4') return std::nullopt;
    int year = 0;
    for (const char c : text.substr(0, 4)) {
      if (c < '0' || c > '9') return std::nullopt;
      year = year * 10 + (c - '0');
    }
    if (year < 1990) return std::nullopt;
    return year * 4 + (text[6] - '1');
  }

  const json& value_;
  std::optional<Error> error_;
  Policy out_;
};

}  // namespace

std::expected<Policy, Error> Policy::read(std::string_view text) {
  const auto value = policy::strict::parse(text);
  if (!value) return std::unexpected(value.error());
  return Reader(*value).read();
}

}  // namespace gatehouse::statistics
