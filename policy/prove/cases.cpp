#include "policy/prove/cases.hpp"

#include <algorithm>

#include "policy/strict_json.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using Failure = std::optional<Error>;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool wrapped(const json& line) { return line.is_object() && line.contains("case"); }

// What one word of `expect` needs: the decision, and where to write down what differs.
class Comparison {
 public:
  Comparison(strict::Object& expect, const json& decision, std::vector<Difference>& out) : expect_(expect), decision_(decision), out_(out) {}

  template <class Enum>
  void equal(const char* word, const char* key) {
    if (const auto want = expect_.word<Enum>(word); want && decision_.at(key) != text(*want)) differ(word, text(*want), decision_.at(key));
  }

  // For each category named: the item's `key`. Several items of one category must all agree.
  template <class Enum>
  void of_items(const char* word, const char* key) {
    const json* wanted = expect_.get(word);
    if (wanted == nullptr) return;
    if (!wanted->is_object()) return expect_.fail_at(expect_.at(word), "wrong_type", "not an object", "write `{\"contact\": …}`");
    for (const auto& [category, value] : wanted->items()) {
      const std::string where = expect_.at(word) + strict::step(category);
      const auto want = expect_.word_of<Enum>(value, where);
      if (!want) return;
      bool found = false;
      for (const json& item : decision_.at("items")) {
        if (item.value("category", "") != category) continue;
        found = true;
        const json got = item.contains(key) ? item.at(key) : json("none");  // a detail where nothing goes out
        if (got != text(*want)) differ(std::string(word) + "." + category, text(*want), got);
      }
      if (!found) return expect_.fail_at(where, "unknown_item", "no item of the case has this category", "name a category of the case");
    }
  }

  // For each category named: exactly the item's clauses.
  void clauses_of_items(const char* word) {
    const json* wanted = expect_.get(word);
    if (wanted == nullptr) return;
    if (!wanted->is_object()) return expect_.fail_at(expect_.at(word), "wrong_type", "not an object", "write `{\"contact\": [\"…\"]}`");
    Failure error;
    strict::Object lists(*wanted, expect_.at(word), error);
    for (const auto& [category, unused] : wanted->items()) {
      const json want = sorted(lists.texts(category));
      bool found = false;
      for (const json& item : decision_.at("items")) {
        if (item.value("category", "") != category) continue;
        found = true;
        if (item.at("clauses") != want) differ(std::string(word) + "." + category, want, item.at("clauses"));
      }
      if (!found) return expect_.fail_at(expect_.at(word) + strict::step(category), "unknown_item", "no item of the case has this category", "name a category of the case");
    }
    if (error) expect_.fail_at(error->where, error->code, error->what, error->remedy, error->allowed);
  }

  template <class Enum>
  void exactly(const char* word, const char* key) {
    if (expect_.get(word) == nullptr) return;
    std::vector<std::string> want;
    for (const Enum one : expect_.words<Enum>(word)) want.emplace_back(text(one));
    same(word, sorted(std::move(want)), sorted(decision_.at(key).get<std::vector<std::string>>()));
  }

  void clauses_exactly(const char* word) {
    if (expect_.get(word) != nullptr) same(word, sorted(expect_.texts(word)), decision_.at("clauses"));
  }

  void obligations_exactly(const char* word) {
    const json& got = decision_.at("obligations");
    std::vector<json> want;
    if (!objects(word, [&](strict::Object& in) {
          json one = json::object();
          if (const auto kind = in.word<ObligationKind>("kind")) one["kind"] = text(*kind);
          if (const auto when = in.word<When>("when"); when && *when != When::none) one["when"] = text(*when);
          if (auto to = sorted(in.texts("to")); !to.empty()) one["to"] = std::move(to);
          if (in.get("clauses") != nullptr) one["clauses"] = sorted(in.texts("clauses"));
          want.push_back(std::move(one));
        }))
      return;
    bool equal = want.size() == got.size();
    for (const json& one : want)
      equal = equal && std::any_of(got.begin(), got.end(), [&](const json& there) {
                return there.at("kind") == one.at("kind") && there.value("when", "") == one.value("when", "") && there.value("to", json::array()) == one.value("to", json::array()) &&
                       (!one.contains("clauses") || there.at("clauses") == one.at("clauses"));
              });
    if (!equal) differ(word, want, got);
  }

  void clocks_exactly(const char* word) {
    const json& got = decision_.at("clocks");
    std::vector<json> want;
    if (!objects(word, [&](strict::Object& in) {
          json one = json::object();
          if (const auto kind = in.word<ClockKind>("kind")) one["kind"] = text(*kind);
          if (const auto due_text = in.text("due")) {
            if (const auto due = read_instant(*due_text)) one["due"] = to_text(*due);
            else in.fail_at(in.at("due"), "bad_instant", "not a time with a zone", "write `2026-11-22T10:00:00Z`");
          }
          if (in.get("clauses") != nullptr) one["clauses"] = sorted(in.texts("clauses"));
          want.push_back(std::move(one));
        }))
      return;
    bool equal = want.size() == got.size();
    for (const json& one : want)
      equal = equal && std::any_of(got.begin(), got.end(), [&](const json& there) {
                return there.at("kind") == one.at("kind") && (!one.contains("due") || there.at("due") == one.at("due")) &&
                       (!one.contains("clauses") || there.at("clauses") == one.at("clauses"));
              });
    if (!equal) differ(word, want, got);
  }

  template <class Enum>
  void any_of(const char* word, const char* key) {
    const auto wanted = expect_.words<Enum>(word);
    bool found = expect_.get(word) == nullptr;
    for (const Enum one : wanted) found = found || holds(decision_.at(key), text(one));
    if (!found) differ(word, *expect_.get(word), decision_.at(key));
  }

  template <class Enum>
  void includes(const char* word, const char* key) {
    for (const Enum one : expect_.words<Enum>(word))
      if (!holds(decision_.at(key), text(one))) differ(word, text(one), decision_.at(key));
  }

  void clauses(const char* word) {
    for (const std::string& one : expect_.texts(word))
      if (!holds(decision_.at("clauses"), one)) differ(word, one, decision_.at("clauses"));
  }

  void obligations(const char* word, bool wanted) {
    json kinds = json::array();
    for (const json& one : decision_.at("obligations")) kinds.push_back(one.at("kind"));
    for (const ObligationKind one : expect_.words<ObligationKind>(word))
      if (holds(kinds, text(one)) != wanted) differ(word, text(one), kinds);
  }

  void clocks(const char* word) {
    expect_.each(word, [&](const json& one, const std::string& where) {
      Failure error;
      strict::Object clock(one, where, error);
      const auto kind = clock.word<ClockKind>("kind");
      const auto due_text = clock.text("due");
      const auto due = due_text ? read_instant(*due_text) : std::nullopt;
      clock.finish();
      if (!error && !kind) error = Error{"missing_key", where + ".kind", "a clock without its kind", "write one of the allowed words", strict::words_of<ClockKind>()};
      if (!error && due_text && !due) error = Error{"bad_instant", where + ".due", "not a time with a zone", "write `2026-11-22T10:00:00Z`", {}};
      if (error) return expect_.fail_at(error->where, error->code, error->what, error->remedy, error->allowed);
      bool found = false;
      for (const json& clock_of_decision : decision_.at("clocks"))
        found = found || (clock_of_decision.at("kind") == text(*kind) &&
                          (!due || read_instant(clock_of_decision.at("due").get_ref<const std::string&>()) == due));
      if (!found) differ(word, one, decision_.at("clocks"));
    });
  }

 private:
  static json sorted(std::vector<std::string> list) {
    std::sort(list.begin(), list.end());
    return list;
  }
  void same(const char* word, const json& want, const json& got) {
    if (want != got) differ(word, want, got);
  }
  // Reads a list of objects with a `kind`; false where the word is absent or something is wrong, which is noted.
  template <class Read>
  bool objects(const char* word, Read read) {
    if (expect_.get(word) == nullptr) return false;
    bool good = true;
    expect_.each(word, [&](const json& one, const std::string& where) {
      Failure error;
      strict::Object in(one, where, error);
      read(in);
      in.finish();
      if (!error && (!one.contains("kind") || one.at("kind").is_null())) error = Error{"missing_key", where + ".kind", "no kind", "say which", {}};
      if (!error) return;
      good = false;
      expect_.fail_at(error->where, error->code, error->what, error->remedy, error->allowed);
    });
    return good && expect_.good();
  }
  static bool holds(const json& list, std::string_view word) {
    for (const json& one : list)
      if (one == word) return true;
    return false;
  }
  void differ(std::string key, const json& expected, const json& actual) { out_.push_back({std::move(key), dump(expected), dump(actual)}); }

  strict::Object& expect_;
  const json& decision_;
  std::vector<Difference>& out_;
};

std::expected<std::vector<Difference>, Error> compare_values(const json& expect, const json& decision) {
  Failure error;
  std::vector<Difference> out;
  strict::Object object(expect, "$.expect", error);
  Comparison comparison(object, decision, out);
  if (object.get("outcome") == nullptr) object.fail_at("$.expect.outcome", "missing_key", "no outcome is expected", "say what the whole outcome is", strict::words_of<Outcome>());
  comparison.equal<Outcome>("outcome", "outcome");
  comparison.equal<Duty>("duty", "duty");
  comparison.of_items<ItemOutcome>("items", "outcome");
  comparison.of_items<ReasonCode>("reason_code_of", "reason");
  comparison.any_of<Role>("refer_to_any_of", "refer_to");
  comparison.includes<Statement>("missing_includes", "missing");
  comparison.obligations("obligations_include", true);
  comparison.obligations("obligations_exclude", false);
  comparison.clocks("clocks_include");
  comparison.clauses("clauses_include");
  comparison.of_items<Detail>("detail_of", "detail");
  comparison.clauses_of_items("clauses_of");
  comparison.exactly<Role>("refer_to_exactly", "refer_to");
  comparison.exactly<Statement>("missing_exactly", "missing");
  comparison.clauses_exactly("clauses_exactly");
  comparison.obligations_exactly("obligations_exactly");
  comparison.clocks_exactly("clocks_exactly");
  object.finish();
  if (error) return std::unexpected(std::move(*error));
  return out;
}

}  // namespace

std::expected<WrappedCase, Error> unwrap_case(std::string_view line) {
  const auto document = strict::parse(line);
  if (!document) return std::unexpected(document.error());
  if (!wrapped(*document)) return WrappedCase{{}, {}, std::string(line), {}};
  Failure error;
  strict::Object object(*document, "$", error);
  WrappedCase out;
  out.name = object.text("name", 4096).value_or("");
  out.why = object.text("why", 4096).value_or("");
  if (const json* question = object.get("case")) out.question = dump(*question);
  else object.fail_at("$.case", "missing_key", "no case", "write the case under `case`");
  if (const json* expect = object.get("expect")) out.expect = dump(*expect);
  object.finish();
  if (error) return std::unexpected(std::move(*error));
  return out;
}

std::expected<Case, Error> read_case_line(std::string_view line) {
  auto bare = read_case(line);
  // A bare case is read once; only a line that is none is looked at again.
  if (bare || bare.error().code != "unknown_key") return bare;
  const auto document = strict::parse(line);
  if (!document || !wrapped(*document)) return bare;
  const auto apart = unwrap_case(line);
  if (!apart) return std::unexpected(apart.error());
  auto inside = read_case(apart->question);
  if (!inside) inside.error().where.replace(0, 1, "$.case");
  return inside;
}

std::optional<std::string> id_of(std::string_view line) {
  const auto document = strict::parse(line);
  if (!document || !document->is_object()) return std::nullopt;
  const json& question = wrapped(*document) ? (*document)["case"] : *document;
  if (!question.is_object()) return std::nullopt;
  const auto id = question.find("id");
  if (id == question.end() || !id->is_string()) return std::nullopt;
  return id->get<std::string>();
}

std::expected<std::vector<Difference>, Error> compare(std::string_view expect, std::string_view decision) {
  const auto want = strict::parse(expect);
  if (!want) return std::unexpected(want.error());
  const auto got = strict::parse(decision);
  if (!got) return std::unexpected(got.error());
  return compare_values(*want, *got);
}

std::string exact_expect(std::string_view decision) {
  using ordered = nlohmann::ordered_json;
  const json got = json::parse(decision);
  ordered out = {{"outcome", got.at("outcome")}, {"duty", got.at("duty")}};
  for (const json& item : got.at("items")) {
    const std::string category = item.value("category", "");
    if (category.empty()) continue;  // nothing to call it by
    out["items"][category] = item.at("outcome");
    out["reason_code_of"][category] = item.at("reason");
    out["detail_of"][category] = item.value("detail", "none");
    out["clauses_of"][category] = item.at("clauses");
  }
  out["refer_to_exactly"] = got.at("refer_to");
  out["missing_exactly"] = got.at("missing");
  const auto listed = [&](const char* key, std::initializer_list<const char*> parts) {
    ordered list = ordered::array();
    for (const json& one : got.at(key)) {
      ordered entry = ordered::object();
      for (const char* part : parts)
        if (one.contains(part)) entry[part] = one.at(part);
      list.push_back(std::move(entry));
    }
    return list;
  };
  out["obligations_exactly"] = listed("obligations", {"kind", "when", "to", "clauses"});
  out["clocks_exactly"] = listed("clocks", {"kind", "due", "clauses"});
  out["clauses_exactly"] = got.at("clauses");
  return out.dump();
}

std::expected<CaseResult, Error> run_case(const Pack& pack, std::string_view line) {
  auto apart = unwrap_case(line);
  if (!apart) return std::unexpected(apart.error());
  if (apart->expect.empty())
    return std::unexpected(Error{"missing_key", "$.expect", "nothing is expected", "write what the decision must be under `expect`", {}});
  const auto question = read_case_line(line);
  if (!question) return std::unexpected(question.error());
  CaseResult out;
  out.name = std::move(apart->name);
  out.why = std::move(apart->why);
  out.decision = to_json(decide(pack, *question));
  auto differences = compare(apart->expect, out.decision);
  if (!differences) return std::unexpected(differences.error());
  out.differences = std::move(*differences);
  return out;
}

}  // namespace gatehouse::policy
