// The five packs as they stand: every clause carried out, every choice stated, the law's date a switch that turns on its day and not before.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <regex>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/decision/compiled.hpp"
#include "policy/prove/cases.hpp"
#include "policy/prove/coverage.hpp"
#include "policy/prove/lint.hpp"
#include "tests/policy/decision/packs.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using test::config_text;
using test::kProjectPacks;

const Setting* setting(const Pack& pack, std::string_view name) {
  const auto& all = pack.compiled().settings;
  const auto found = std::ranges::find(all, name, &Setting::name);
  return found == all.end() ? nullptr : &*found;
}

TEST(ProjectPacks, CarryOutEveryClauseOfTheirPolicies) {
  const std::string clauses = config_text("clauses.tsv"), pages = config_text("pages.json"), matrix = config_text("minimum_necessary.json"), law = config_text("legal_refs.json");
  std::size_t all = 0;
  for (const char* id : kProjectPacks) {
    const std::string pack = config_text(std::string("packs/") + id + ".json");
    const auto got = coverage(pack, {clauses, pages, matrix, law});
    ASSERT_TRUE(got) << got.error().text();
    for (const ClauseTarget& row : got->rows) EXPECT_EQ(row.gap, "") << id << " " << row.id << " " << row.target;
    EXPECT_TRUE(got->complete()) << id;
    all += got->clauses;
  }
  EXPECT_EQ(all + 1, static_cast<std::size_t>(std::ranges::count(clauses, '\n'))) << "every line of clauses.tsv belongs to one of the five";
}

TEST(ProjectPacks, LeaveOnlySpeechAimsAndLessonsToPeople) {
  std::set<std::string> left;
  for (const char* id : kProjectPacks)
    for (const ClauseMap& clause : test::project_pack(id).compiled().clauses)
      if (clause.target == "not_enforced") {
        left.insert(clause.id);
        EXPECT_GT(clause.reason.size(), 40u) << clause.id << ": a reason a lawyer would accept is longer than this";
      }
  EXPECT_EQ(left, (std::set<std::string>{"BFF-6", "BFF-16", "BFF-42", "CAF-12", "NFP-3.4b", "WPS-18", "WPS-37"}));
}

TEST(ProjectPacks, StateAllTwentyOneChoicesAndSayWhichDefaultAppliesWhereThePolicyIsSilent) {
  for (const char* id : kProjectPacks) {
    const auto& settings = test::project_pack(id).compiled().settings;
    EXPECT_EQ(settings.size(), 21u) << id;
    for (const Setting& one : settings) {
      EXPECT_TRUE(one.silent != !one.clauses.empty()) << id << " " << one.name << ": silent, or with its clauses, never both";
      if (one.silent) EXPECT_NE(one.note.find("The default:"), std::string::npos) << id << " " << one.name << ": " << one.note;
      if (!one.contradicts.empty()) {
        EXPECT_GE(one.contradicts.size(), 2u) << id << " " << one.name;
        EXPECT_FALSE(one.note.empty()) << id << " " << one.name;
      }
    }
  }
}

TEST(ProjectPacks, DifferWhereThePoliciesDiffer) {
  const auto value = [](const char* pack, const char* name) { return json::parse(setting(test::project_pack(pack), name)->json); };
  EXPECT_EQ(value("best-foot-forward", "notify_subject")["mode"], "always");
  EXPECT_EQ(value("west-park", "notify_subject")["involve"], true);
  EXPECT_EQ(value("cats-cambridge", "notify_subject")["mode"], "default");
  EXPECT_TRUE(setting(test::project_pack("children-and-families"), "notify_subject")->silent);
  EXPECT_EQ(value("new-futures", "consent")["form"], json::array({"written"}));
  EXPECT_EQ(value("new-futures", "role_gates")["volunteer"]["min_days"], 183);
  EXPECT_EQ(value("new-futures", "covert_advice")["choice"], "deny");
  EXPECT_EQ(value("new-futures", "serious_offences")["exhaustive"], false);
  EXPECT_EQ(value("best-foot-forward", "deputies")["mash_referrer"], json::array({"dsl"}));
  EXPECT_EQ(value("cats-cambridge", "deputies")["mash_referrer"], json::array({"dsl", "deputy_dsl"}));
  EXPECT_EQ(value("best-foot-forward", "break_rule")["mandatory"].size(), 9u);
  EXPECT_EQ(value("children-and-families", "break_rule")["mandatory"], json::array({"significant_harm_child", "being_hurt"}));
  EXPECT_EQ(value("west-park", "levels")["compartments"], json::array({"counselling", "health_drop_in"}));
  EXPECT_EQ(value("west-park", "holder")["holder"], "compartment");
  EXPECT_EQ(value("cats-cambridge", "channels")["allow"], json::array({"work_mobile", "work_email"}));
  EXPECT_EQ(value("west-park", "contexts")["levels"].size(), 3u);
  for (const char* id : kProjectPacks) EXPECT_EQ(value(id, "levels")["absolute"], false) << id << ": nobody offers absolute confidence";
}

TEST(ProjectPacks, ShowTheStaleLawOfTheirPolicies) {
  const std::string law = config_text("legal_refs.json"), holidays = config_text("bank_holidays.json");
  const auto found = [&](const char* id) {
    std::set<std::string> out;
    const auto findings = lint(config_text(std::string("packs/") + id + ".json"), {law, holidays}, *read_date("2026-11-24"));
    for (const LintFinding& one : findings.value()) {
      out.insert(one.check + " " + one.where);
      EXPECT_NE(one.check, "settings-differ") << id << " " << one.where << " " << one.what;
      EXPECT_NE(one.check, "unknown-law") << id << " " << one.where << " " << one.what;
      EXPECT_NE(one.check, "wording") << id << " " << one.where << " " << one.what;
    }
    return out;
  };
  EXPECT_TRUE(found("new-futures").contains("stale-law NFP-3.2a")) << "Data Protection Act 1998";
  EXPECT_TRUE(found("new-futures").contains("wrong-reference NFP-4.1c"));
  EXPECT_TRUE(found("children-and-families").contains("mis-titled-acts CAF-3"));
  EXPECT_TRUE(found("cats-cambridge").contains("stale-law CATS-14")) << "July 2018 advice";
  EXPECT_TRUE(found("cats-cambridge").contains("incomplete-text CATS-27"));
  EXPECT_TRUE(found("best-foot-forward").contains("stale-law BFF-25")) << "safeguarding children boards";
  EXPECT_TRUE(found("west-park").contains("review-overdue $.policy.review_due"));
}

// A case that only section 16LA makes a duty: a hospital asks, a child is at risk, the lead approved.
std::string s16la_case(const std::string& at, const std::string& best_interests = "null") {
  return R"({"id":"s16la","at":")" + at + R"(","flow":"partner_request","requester":{"kind":"partner","agency":"kent-hospital","agency_type":"nhs_trust","agreement":"current","conflict":false},
    "subject":{"age":9,"competence":"not_competent"},"purpose":"health_treatment","stated":["public_task","why_necessary","intended_use","clinical_need","identity_checked","why_not_from_subject"],
    "items":[{"category":"safeguarding_concern","relevant":true,"compartment":"none","given_in_confidence":false,"withheld_from_requester":false}],
    "circumstances":[{"code":"wellbeing_at_risk","evidence":true}],"approvals":["dsl","manager","dpo"],"notice":"given","best_interests":)" + best_interests + R"(,"emergency":false})";
}

TEST(ProjectPacks, TurnOnTheDutyOfSection16LAOnItsDayAndNotBefore) {
  for (const char* id : kProjectPacks) {
    json pack = json::parse(config_text(std::string("packs/") + id + ".json"));
    const auto duty = [&](const json& changed, const std::string& at, const std::string& best = "null") {
      const auto read = test::read_pack(changed.dump());
      if (!read) return "not read: " + read.error().text();
      const auto question = read_case(s16la_case(at, best));
      if (!question) return "no case: " + question.error().text();
      const Decision decision = decide(*read, *question);
      const bool cited = std::ranges::any_of(decision.items(), [&](const ItemDecision& one) { return one.reason == ReasonCode::duty; });
      return std::string(text(decision.duty)) + (cited ? " duty" : "");
    };
    EXPECT_TRUE(pack["switches"][0]["from"].is_null()) << id << ": not commenced as far as is known";
    EXPECT_EQ(duty(pack, "2027-09-01T09:00:00Z"), "none") << id << ": no date, no duty, whatever the year";
    pack["switches"][0]["from"] = "2027-09-01";
    EXPECT_EQ(duty(pack, "2027-08-31T21:59:59Z"), "none") << id << ": the evening before";
    EXPECT_EQ(duty(pack, "2027-08-31T23:00:00Z"), "must_share duty") << id << ": midnight has passed in the pack's zone";
    EXPECT_EQ(duty(pack, "2027-09-01T09:00:00Z"), "must_share duty") << id;
    EXPECT_EQ(duty(pack, "2027-09-01T09:00:00Z", "false"), "none") << id << ": judged more detrimental to the child";
  }
}

TEST(ProjectPacks, NeverLetStaleLawChangeADecision) {
  // The same pack with every citation of law taken out decides the same.
  for (const char* id : kProjectPacks) {
    json pack = json::parse(config_text(std::string("packs/") + id + ".json"));
    for (json& rule : pack["rules"]) rule["cite"].erase("law");
    const auto without = test::read_pack(pack.dump());
    ASSERT_TRUE(without) << without.error().text();
    for (const std::string& line : test::lines_of(std::string(::gatehouse::test::source_dir()) + "/tests/policy/cases/" + id + ".jsonl")) {
      const auto question = read_case_line(line);
      ASSERT_TRUE(question);
      EXPECT_EQ(to_json(decide(*without, *question)), to_json(decide(test::project_pack(id), *question))) << id;
    }
  }
}

TEST(ProjectPacks, HoldNobodysNameNumberOrAddress) {
  const std::regex contact(R"([\w.]+@[\w.]+|https?://|www\.|\b0\d{3,4}[ -]?\d{3}|\b[A-Z]{1,2}\d{1,2} ?\d[A-Z]{2}\b)");
  for (const char* id : kProjectPacks) {
    const std::string text = config_text(std::string("packs/") + id + ".json");
    std::smatch found;
    EXPECT_FALSE(std::regex_search(text, found, contact)) << id << ": " << found.str();
  }
  const std::string clauses = config_text("clauses.tsv");
  std::smatch found;
  EXPECT_FALSE(std::regex_search(clauses, found, contact)) << found.str();
}

// Runs of words that are the policy's own: the packs say it in their own words.
TEST(ProjectPacks, SayItInTheirOwnWords) {
  const char* set = std::getenv("GATEHOUSE_SHARED");
  const std::filesystem::path shared = set != nullptr ? std::filesystem::path(set) : std::filesystem::path(::gatehouse::test::source_dir()) / ".." / "shared";
  if (!std::filesystem::exists(shared / "seeds")) GTEST_SKIP() << "skipped: the policies' own texts are not here (GATEHOUSE_SHARED names the folder that holds seeds/)";
  constexpr std::size_t run = 7;
  const auto words_of = [](const std::string& text) {
    std::vector<std::string> out(1);
    for (const char c : text) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (letter) out.back() += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      else if (!out.back().empty() && c != '\'') out.emplace_back();
    }
    if (out.back().empty()) out.pop_back();
    return out;
  };
  const auto runs_of = [&](const std::string& text) {
    const auto words = words_of(text);
    std::set<std::string> out;
    for (std::size_t i = 0; i + run <= words.size(); ++i) {
      std::string one;
      for (std::size_t n = 0; n < run; ++n) one += words[i + n] + " ";
      out.insert(one);
    }
    return out;
  };
  std::set<std::string> theirs;
  for (const auto& file : std::filesystem::directory_iterator(shared / "seeds")) theirs.merge(runs_of(test::file_text(file.path().string())));
  ASSERT_GT(theirs.size(), 1000u);
  for (const char* id : kProjectPacks) {
    const std::function<void(const json&)> look = [&](const json& node) {
      if (node.is_string())
        for (const std::string& one : runs_of(node.get<std::string>())) EXPECT_FALSE(theirs.contains(one)) << id << ": " << one;
      else if (node.is_structured())
        for (const json& inner : node) look(inner);
    };
    look(json::parse(config_text(std::string("packs/") + id + ".json")));
  }
}

}  // namespace
}  // namespace gatehouse::policy
