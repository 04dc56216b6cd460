#include "policy/prove/table.hpp"

#include <algorithm>
#include <regex>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/decision/compiled.hpp"
#include "tests/policy/decision/packs.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

std::string page_of(const std::string& pack, TableForm form) {
  static const std::string matrix = test::config_text("minimum_necessary.json"), law = test::config_text("legal_refs.json"), holidays = test::config_text("bank_holidays.json"),
                           clauses = test::config_text("clauses.tsv"), pages = test::config_text("pages.json");
  const auto got = table(pack, {matrix, law, holidays, clauses, pages, "0123abcd"}, form, *read_date("2026-11-24"));
  EXPECT_TRUE(got) << got.error().text();
  return got.value_or("");
}

std::string pack_text(const char* id) { return test::config_text(std::string("packs/") + id + ".json"); }

TEST(PolicyTable, ShowsEveryRuleClauseAndChoiceOfEachPack) {
  for (const char* id : test::kProjectPacks) {
    const json page = json::parse(page_of(pack_text(id), TableForm::json));
    std::set<std::string> seen;
    std::size_t choices = 0;
    for (const json& section : page["sections"])
      for (const json& row : section["rows"]) {
        EXPECT_EQ(row.size(), section["columns"].size()) << section["heading"];
        seen.insert(row[0][0].get<std::string>());
        choices += section["heading"] == "The twenty-one choices";
      }
    for (const CompiledRule& rule : test::project_pack(id).compiled().rules) EXPECT_TRUE(seen.contains(rule.id)) << id << " " << rule.id;
    for (const ClauseMap& clause : test::project_pack(id).compiled().clauses) EXPECT_TRUE(seen.contains(clause.id)) << id << " " << clause.id;
    EXPECT_EQ(choices, 21u) << id;
  }
}

TEST(PolicyTable, SaysWhereThePolicyIsSilentOrContradictsItself) {
  const std::string page = page_of(pack_text("new-futures"), TableForm::html);
  for (const char* part : {"THE POLICY CONTRADICTS ITSELF: NFP-2.1, NFP-4.6.3 and NFP-4.6.4.", "THE POLICY IS SILENT.", "SHA-256 of the file", "0123abcd", "Approval first: manager or director",
                           "69 of 69 clauses are mapped; there is no gap.", "Information-governance lead", "cites <code>Data Protection Act 1998</code>"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(PolicyTable, SpeaksPlainlyWhereAReaderLooks) {
  for (const char* id : test::kProjectPacks) {
    const json page = json::parse(page_of(pack_text(id), TableForm::json));
    for (const json& section : page["sections"])
      for (const json& row : section["rows"])
        for (std::size_t c = 1; c < row.size(); ++c)
          for (const json& line : row[c])
            if (section["columns"][c] != "Carried out by" && section["columns"][c] != "Clause" && section["heading"] != "Before you sign: what was found")
              EXPECT_FALSE(std::regex_search(line.get<std::string>(), std::regex("[a-z]_[a-z]"))) << id << " " << section["heading"] << ": " << line;
  }
}

TEST(PolicyTable, EscapesWhateverAPackHolds) {
  json pack = json::parse(pack_text("children-and-families"));
  pack["organisation"] = "<script>alert('x')</script> & \"Co\"";
  pack["rules"][0]["plain"] = "a | b\nc <img src=x onerror=y> `d|e` *f* _g_";
  const std::string html = page_of(pack.dump(), TableForm::html), text = page_of(pack.dump(), TableForm::markdown);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(&#39;x&#39;)"), std::string::npos);
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_NE(text.find("a \\| b c &lt;img src=x onerror=y&gt; `d\\|e` \\*f\\* \\_g\\_"), std::string::npos);
  // every row of a table has as many cells as its head
  std::size_t columns = 0;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string line = text.substr(from, end - from);
    from = end + 1;
    if (!line.starts_with("|")) { columns = 0; continue; }
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    if (columns == 0) columns = bars;
    EXPECT_EQ(bars, columns) << line;
  }
}

TEST(PolicyTable, NeedsNothingFromOutside) {
  const std::string page = page_of(pack_text("west-park"), TableForm::html);
  for (const char* part : {"http:", "https:", "src=", "<script", "@import", "url("}) EXPECT_EQ(page.find(part), std::string::npos) << part;
  EXPECT_NE(page.find("<html lang=\"en\">"), std::string::npos);
  EXPECT_EQ(page.find("<th>"), std::string::npos) << "every heading cell says what it heads";
}

TEST(PolicyTable, MarksAGap) {
  json pack = json::parse(pack_text("children-and-families"));
  pack["clauses"][0]["target"] = "prompt:gone";
  EXPECT_NE(page_of(pack.dump(), TableForm::html).find("GAP: no page or document has this id"), std::string::npos);
  EXPECT_NE(page_of(pack.dump(), TableForm::markdown).find("GAPS ARE MARKED"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::policy
