// Attacks over the partner API: averaging by repetition and rewriting, collusion, exhausting the budget for others, refusals that would tell, timing.
// Each has its positive control: the same attack succeeds against a policy or a store that is deliberately weak.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>
#include <set>

#include "adapters/sqlite/database.hpp"
#include "tests/gateway/statistics/stat_world.hpp"

namespace gatehouse::tests {
namespace {

using nlohmann::json;

const std::vector<std::string> kDistricts = {"ashford", "dover", "thanet", "swale", "medway", "dartford", "gravesham", "maidstone"};
const std::vector<std::string> kAges = {"0-4", "5-9", "10-14", "15-17", "18-24"};
const std::vector<std::string> kSexes = {"female", "male"};
const std::vector<std::string> kCategories = {"neglect", "offending", "self_harm", "housing", "other"};

// Ashford in a table of its own with some of the other districts: a measured total draws its cells afresh, so every subset is another draw of the same number.
std::string ashford_with(unsigned subset, int sigma2) {
  json districts = {"ashford"};
  for (unsigned i = 0; i < 7; ++i)
    if ((subset >> i & 1u) != 0) districts.push_back(kDistricts[i + 1]);
  return figures(R"("total": "measured", "group_by": ["district"], "filters": {"district": )" + districts.dump() + "}", "2026-Q3", sigma2);
}

struct Averaged {
  int answers = 0, refused = 0;
  double mean = 0;
};
Averaged average(StatWorld& world, const std::vector<std::string>& partners, int sigma2) {
  Averaged out;
  double sum = 0;
  for (unsigned subset = 0; subset < 128; ++subset) {
    const auto answer = world.ask(ashford_with(subset, sigma2), partners[subset % partners.size()]);
    if (answer.status != 200) {
      EXPECT_EQ(answer.type, "budget-exhausted");
      ++out.refused;
      continue;
    }
    for (const auto& cell : answer.json.at("cells"))
      if (cell.at("district") == "ashford") sum += cell.at("value").get<double>();
    ++out.answers;
  }
  out.mean = out.answers == 0 ? 0 : sum / out.answers;
  return out;
}

TEST(StatisticsAttacks, AveragingOverManyTablesEndsWithTheBudgetHoweverManyPartnersCollude) {
  constexpr double kTruth = 48;   // one child in each of 48 possible combinations of Ashford
  StatOptions real;
  real.policy = wide_policy("250000000", "100000000");
  real.partners = {"kent", "medway", "ashford-school"};
  StatWorld world(real);
  world.fill(1, 3);
  world.publish("2026-Q3");
  const auto got = average(world, real.partners, 25);
  EXPECT_EQ(got.answers, 6) << "50 million nano-rho each are two tables at sigma^2 25 for each of three partners";
  EXPECT_EQ(got.refused, 122);
  EXPECT_EQ(world.spent_by_all(), 6 * 20'000'000u + 15'000'000u);
  EXPECT_LE(world.spent_by_all(), 250'000'000u);
  EXPECT_EQ(world.ledger().trouble, "");

  // Control: a budget that never binds gives the number away.
  StatWorld weak;
  weak.fill(1, 3);
  weak.publish("2026-Q3");
  const auto all = average(weak, {"kent", "medway"}, 4);
  EXPECT_EQ(all.answers, 128);
  EXPECT_NEAR(all.mean, kTruth, 0.9) << "128 draws of sigma^2 at most 5: standard error 0.2";
  EXPECT_EQ(weak.truth(figures(R"("filters": {"district": ["ashford"]})"))[0], 48);
}

std::string one_cell(int i) {
  return figures(R"("filters": {"district": [")" + kDistricts[static_cast<std::size_t>(i % 8)] + R"("], "age_band": [")" + kAges[static_cast<std::size_t>(i / 8 % 5)] +
                 R"("], "sex": [")" + kSexes[static_cast<std::size_t>(i / 40 % 2)] + R"("], "category": [")" + kCategories[static_cast<std::size_t>(i / 80 % 5 == 1 ? 4 : i / 80 % 5)] +
                 R"("]})");
}

TEST(StatisticsAttacks, OnePartnerWhoSpendsEverythingTakesNothingFromAnother) {
  StatOptions real;
  real.policy = wide_policy("250000000", "100000000");
  const auto exhaust = [](StatWorld& world) {
    int answered = 0;
    for (int i = 0; i < 20; ++i) answered += world.ask(one_cell(i), "kent").status == 200;
    return answered;
  };
  {
    StatWorld world(real);
    world.fill(1, 3);
    world.publish("2026-Q3");
    const auto share = world.left_of("medway");
    EXPECT_EQ(exhaust(world), 3);
    EXPECT_EQ(world.left_of("medway"), share);
    for (int i = 100; i < 103; ++i) EXPECT_EQ(world.ask(one_cell(i), "medway").status, 200);
    EXPECT_EQ(world.ask(one_cell(103), "medway").type, "budget-exhausted");
  }
  // Control: caps that promise the same budget twice let the first take it all.
  StatWorld weak(real);
  weak.fill(1, 3);
  weak.publish("2026-Q3");
  adapters::Database(weak.settings().database, adapters::Database::Mode::write, 5000).run("UPDATE statistics_allowance SET cap = 250000000");
  EXPECT_EQ(exhaust(weak), 11);
  EXPECT_EQ(weak.ask(one_cell(100), "medway").type, "budget-exhausted");
}

TEST(StatisticsAttacks, TwoHundredQuestionsAtOnceGetExactlyWhatTheCapPaysFor) {
  for (int round = 0; round < (long_run() ? 20 : 3); ++round) {
    StatOptions exact;
    exact.policy = wide_policy("260000000", "60000000");
    exact.partners = {"kent"};
    StatWorld world(exact);
    world.fill(1, 3);
    world.publish("2026-Q3");
    std::vector<std::pair<std::string, std::string>> questions;
    std::set<std::string> distinct;
    for (int i = 0; distinct.size() < 200; ++i)
      if (distinct.insert(one_cell(i)).second) questions.emplace_back("kent", one_cell(i));
    int answered = 0, refused = 0;
    for (const auto& answer : world.together(questions)) {
      answered += answer.status == 200 && answer.json.at("charged").at("nano_rho") == 20'000'000;
      refused += answer.type == "budget-exhausted";
    }
    // Three cells of babies and offending stand for the same rows as others'; none of them is asked here.
    EXPECT_EQ(answered, 10);
    EXPECT_EQ(refused, 190);
    const auto book = world.ledger();
    EXPECT_EQ(book.trouble, "");
    EXPECT_EQ(book.lines, 11u);
    EXPECT_EQ(book.years.at(0).all.spent, 215'000'000u);
    EXPECT_EQ(world.left_of("kent"), 0u);
  }
}

TEST(StatisticsAttacks, ARefusalForWantOfBudgetDisablesNothingThatIsCheaperOrHeld) {
  StatOptions real;
  real.policy = wide_policy("250000000", "100000000");
  StatWorld world(real);
  world.fill(1, 3);
  world.publish("2026-Q3");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(world.ask(one_cell(i)).status, 200);
  const auto no = world.ask(one_cell(5));
  EXPECT_EQ(no.type, "budget-exhausted");
  EXPECT_EQ(no.json.at("price_nano_rho"), 20'000'000);
  EXPECT_EQ(no.json.at("left_nano_rho"), 15'000'000);
  EXPECT_EQ(no.json.at("cheapest_sigma2"), 50);
  EXPECT_EQ(no.json.at("you_hold").size(), 3u);
  EXPECT_EQ(world.ask(one_cell(0)).json.at("charged").at("nano_rho"), 0);
  std::string cheaper = one_cell(5);
  cheaper.replace(cheaper.find("\"sigma2\": 25"), 12, "\"sigma2\": 50");
  EXPECT_EQ(world.ask(cheaper).json.at("charged").at("nano_rho"), 10'000'000);
}

TEST(StatisticsCaps, ARaiseTakesTwoOfficersAndAReasonAndNothingIsPromisedTwice) {
  StatOptions real;
  real.policy = wide_policy("250000000", "100000000");
  StatWorld world(real);
  world.fill(1, 3);
  world.publish("2026-Q3");
  const auto change = [&](policy::CapChange::What what, std::uint64_t cap, std::string first, std::string second, std::string reason, const std::string& partner = "kent") {
    policy::CapChange one;
    one.what = what;
    one.dataset = "referrals";
    one.year = 2026;
    one.partner = what == policy::CapChange::What::partner ? partner : "";
    one.cap = cap;
    one.first_officer = std::move(first);
    one.second_officer = std::move(second);
    one.reason = std::move(reason);
    one.at = world.now;
    return world.run(world.store->change_cap(std::move(one)));
  };
  using enum policy::CapChange::What;
  EXPECT_EQ(change(all, 300'000'000, "Ada", "", "more"), std::unexpected(policy::CapError::two_officers));
  EXPECT_EQ(change(all, 300'000'000, "Ada", "Ada", "more"), std::unexpected(policy::CapError::two_officers));
  for (const char* second : {"ada  QUILL", "A. Quill", "Ada Quill-Marsh", "Ada Quill (st_2)"})
    EXPECT_EQ(change(all, 300'000'000, "Ada Quill", second, "more"), std::unexpected(policy::CapError::two_officers)) << second;
  EXPECT_FALSE(world.run(world.store->approve_statistics(std::string(64, 'a'), "Ada Quill", "A. Quill", world.now)).value());
  EXPECT_EQ(change(all, 300'000'000, "Ada", "Bo", ""), std::unexpected(policy::CapError::two_officers));
  EXPECT_EQ(change(partner, 90'000'000, "Ada", "Bo", "more"), std::unexpected(policy::CapError::overbooked)) << "cap_all first";
  EXPECT_TRUE(change(all, 300'000'000, "Ada", "Bo", "a larger year"));
  EXPECT_TRUE(change(partner, 125'000'000, "Ada", "Bo", "a larger year"));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(world.ask(one_cell(i)).status, 200);
  // Lowered below what is spent: what is spent is not given to somebody else.
  EXPECT_TRUE(change(partner, 0, "Ada", "", ""));
  EXPECT_EQ(world.ask(one_cell(8)).type, "budget-exhausted");
  EXPECT_EQ(change(partner, 200'000'000, "Ada", "Bo", "kent's share", "medway"), std::unexpected(policy::CapError::overbooked));
  EXPECT_TRUE(change(partner, 80'000'000, "Ada", "Bo", "what is left of it", "medway"));
  for (int i = 100; i < 104; ++i) EXPECT_EQ(world.ask(one_cell(i), "medway").status, 200) << "whatever fits a partner's cap fits the whole";
  const auto book = world.ledger();
  EXPECT_EQ(book.trouble, "");
  EXPECT_EQ(book.caps.size(), 4u);
  EXPECT_EQ(book.caps.back().officers, "Ada, Bo");
  EXPECT_EQ(book.caps.back().reason, "a larger year");
  // Lowering the promise cuts everybody at once.
  EXPECT_TRUE(change(all, 0, "Ada", "", ""));
  EXPECT_EQ(world.left_of("medway"), 0u);
}

// Random questions, half of them wrong in some way.
class Questions {
 public:
  explicit Questions(unsigned seed) : random_(seed) {}
  std::string next() {
    std::string more;
    const auto add = [&](std::string member) { more += (more.empty() ? "" : ", ") + member; };
    json filters = json::object();
    for (const auto& [attribute, codes] : {std::pair("district", kDistricts), std::pair("age_band", kAges), std::pair("sex", kSexes), std::pair("category", kCategories)}) {
      if (upto(2) != 0) continue;
      json some = json::array();
      for (const auto& code : codes)
        if (upto(2) == 0) some.push_back(code);
      if (upto(25) == 0) some.push_back("atlantis");
      filters[attribute] = some;
    }
    if (upto(12) == 0) filters["region"] = {"east-kent"};
    if (upto(30) == 0) filters["shoe_size"] = {"40"};
    if (!filters.empty()) add("\"filters\": " + filters.dump());
    json by = json::array();
    for (const char* attribute : {"district", "region", "age_band", "phase", "sex", "category"})
      if (upto(4) == 0) by.push_back(attribute);
    if (upto(30) == 0) by.push_back("sex");
    add("\"group_by\": " + by.dump());
    if (upto(3) == 0) add(R"("total": "measured")");
    if (upto(4) == 0) add(R"("rounding": 5)");
    if (upto(4) == 0) add(R"("sdc": true)");
    if (upto(40) == 0) add(R"("limit": 3)");
    static const std::vector<std::string> periods = {"2026-Q1", "2026-Q2", "2026-Q3", "2026-Q3", "2026-Q4", "2026-01/2026-06", "2031-Q1", "never"};
    static const std::vector<int> levels = {1, 4, 9, 16, 25, 50, 100, 225, 400, 7};
    return figures(more, periods[upto(periods.size())], levels[upto(levels.size())]);
  }
  std::size_t upto(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

 private:
  std::mt19937 random_;
};

TEST(StatisticsAttacks, NeitherARefusalNorTheSizeOfAnAnswerTellsAFullDatabaseFromAnEmptyOneOrOneChild) {
  std::vector<std::unique_ptr<StatWorld>> worlds;
  for (int i = 0; i < 3; ++i) {
    StatOptions real;
    real.policy = wide_policy("4000000000", "400000000");
    worlds.push_back(std::make_unique<StatWorld>(real));
    if (i == 0) worlds[0]->fill(3, 3);
    if (i == 2) worlds[2]->put({{7, day_in(2026, 8, 5), {0, 2, 0, 0}, 0}});
    for (const char* quarter : {"2026-Q1", "2026-Q2", "2026-Q3"}) worlds.back()->publish(quarter);
  }
  Questions questions(20261126);
  int answered = 0, refused = 0, differ = 0;
  std::set<std::string> types;
  const auto without_id = [](StatWorld::Answer answer) {
    answer.json.erase("instance");
    return answer.json.dump();
  };
  for (int i = 0; i < (long_run() ? 500 : 100); ++i) {
    const std::string question = questions.next();
    std::vector<StatWorld::Answer> answers, forecasts;
    for (auto& world : worlds) forecasts.push_back(world->forecast(question));
    for (auto& world : worlds) answers.push_back(world->ask(question));
    for (int other = 1; other < 3; ++other) {
      ASSERT_EQ(answers[0].status, answers[static_cast<std::size_t>(other)].status) << question;
      ASSERT_EQ(answers[0].body.size(), answers[static_cast<std::size_t>(other)].body.size()) << question;
      ASSERT_EQ(without_id(forecasts[0]), without_id(forecasts[static_cast<std::size_t>(other)])) << question;
      if (answers[0].status != 200) {
        ASSERT_EQ(without_id(answers[0]), without_id(answers[static_cast<std::size_t>(other)])) << question;
      } else {
        const auto& cells = answers[0].json.at("cells");
        for (std::size_t c = 0; c < cells.size(); ++c)
          ASSERT_EQ(cells[c].at("symbol") == "z", answers[static_cast<std::size_t>(other)].json.at("cells")[c].at("symbol") == "z") << question;
      }
    }
    if (answers[0].status == 200)
      ++answered, differ += answers[0].json.at("cells") != answers[1].json.at("cells");
    else
      ++refused, types.insert(answers[0].type);
  }
  EXPECT_GT(answered, 20);
  EXPECT_GT(refused, 20);
  EXPECT_GE(types.size(), 4u);
  EXPECT_GT(differ, answered / 2) << "control: the databases are not the same";
}

TEST(StatisticsAttacks, AnAnswerTakesAWholeTickWhetherItIsNewKnownOrRefused) {
  StatOptions padded;
  padded.policy = wide_policy();
  padded.policy.replace(padded.policy.find("\"tick_ms\": 0"), 12, "\"tick_ms\": 150");
  StatWorld slow(padded), bare;
  for (StatWorld* world : {&slow, &bare}) {
    world->fill(1, 3);
    world->publish("2026-Q3");
  }
  const auto took = [](StatWorld& world, const std::string& question, const std::string& partner) {
    const auto begun = std::chrono::steady_clock::now();
    (void)world.ask(question, partner);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
  };
  const std::string question = figures(R"("group_by": ["district", "age_band"])");
  for (const auto& [asked, partner] : {std::pair(question, "kent"), std::pair(question, "kent"), std::pair(question, "medway"), std::pair(figures("", "2031-Q1"), "kent"),
                                       std::pair(std::string("nonsense"), "kent")}) {
    EXPECT_GE(took(slow, asked, partner), 150);
  }
  // Control: without the tick the known answer comes at once.
  (void)bare.ask(question);
  std::int64_t quickest = 1000;
  for (int i = 0; i < 5; ++i) quickest = std::min<std::int64_t>(quickest, took(bare, question, "kent"));
  EXPECT_LT(quickest, 150);
}

TEST(StatisticsAttacks, NoBytesMakeAnErrorOfOursOrAChargeWithoutAnAnswer) {
  StatWorld world;
  world.fill(1, 3);
  for (const char* quarter : {"2026-Q1", "2026-Q2", "2026-Q3"}) world.publish(quarter);
  Questions questions(7);
  std::mt19937 random(11);
  static const std::vector<std::string> pieces = {"NaN", "-Infinity", "1e400", "-0", "null", "\"' OR 1=1 --\"", "[[[[[[[[", "{\"a\":", "\xff\xfe", "\\u0000", "18446744073709551616", "\"2026-Q3\"", "]", "}", ","};
  std::uint64_t lines = world.ledger().lines;
  int good = 0;
  for (int i = 0; i < (long_run() ? 100'000 : 400); ++i) {
    std::string body = questions.next();
    for (std::size_t edits = random() % 4; edits-- > 0;) {
      const std::size_t at = random() % (body.size() + 1);
      switch (random() % 4) {
        case 0: body.insert(at, pieces[random() % pieces.size()]); break;
        case 1: body = body.substr(0, at); break;
        case 2:
          if (at < body.size()) body[at] = static_cast<char>(random());
          break;
        default:
          if (at < body.size()) body.erase(at, 1 + random() % 5);
      }
    }
    if (body.empty()) continue;
    const auto answer = world.ask(body);
    ASSERT_LT(answer.status, 500) << body;
    if (answer.status == 200)
      ++good;
    else if (i % 20 == 0 || !long_run()) {
      const auto now = world.ledger().lines;
      ASSERT_EQ(now, lines) << body;
    }
    if (answer.status == 200) lines = world.ledger().lines;
  }
  EXPECT_GT(good, 20);
}

}  // namespace
}  // namespace gatehouse::tests
