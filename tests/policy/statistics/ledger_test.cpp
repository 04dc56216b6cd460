// Caps, shares and the chain of charges; and policies that may not be carried out.
#include "policy/statistics/ledger.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "tests/policy/statistics/small_policy.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::tests {
namespace {

using namespace statistics;

TEST(Accounts, NothingFitsBeyondTheCapHoweverLarge) {
  EXPECT_TRUE((Account{100, 60}.fits(40)));
  EXPECT_FALSE((Account{100, 60}.fits(41)));
  EXPECT_FALSE((Account{100, 100}.fits(1)));
  EXPECT_TRUE((Account{100, 100}.fits(0)));
  EXPECT_FALSE((Account{100, 140}.fits(1)));   // a cap lowered below what was spent
  EXPECT_FALSE((Account{100, 60}.fits(UINT64_MAX)));
}

TEST(Shares, AreEqualAndNeverMoreThanThereIs) {
  EXPECT_EQ(equal_share(250, 100, 0, 3), 50u);
  EXPECT_EQ(equal_share(250, 100, 100, 3), 50u);
  EXPECT_EQ(equal_share(250, 100, 120, 3), 30u);
  EXPECT_EQ(equal_share(250, 100, 150, 4), 0u);
  EXPECT_EQ(equal_share(250, 100, 0, 0), 0u);
  EXPECT_EQ(equal_share(100, 100, 0, 3), 0u);
}

TEST(Caps, ALoweredCapCutsEverybodyInProportionAndPromisesNothingTwice) {
  const std::vector<Account> accounts = {{100, 40}, {60, 0}, {60, 60}, {30, 10}};   // 110 spent, 140 left
  for (const std::uint64_t cap : {0u, 100u, 110u, 111u, 180u, 250u, 400u}) {
    const auto caps = cut_to(cap, accounts);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < caps.size(); ++i) {
      EXPECT_GE(caps[i], accounts[i].spent);
      EXPECT_LE(caps[i], accounts[i].cap);
      sum += caps[i];
    }
    EXPECT_LE(sum, std::max<std::uint64_t>(cap, 110));
  }
  EXPECT_EQ(cut_to(180, accounts), (std::vector<std::uint64_t>{70, 30, 60, 20}));
}

TEST(Chains, AnyChangeIsNamedWithItsLine) {
  // A stand-in for the hash: the text itself, so that a change is a change.
  std::vector<std::pair<Charge, std::string>> lines;
  std::string last(32, '\0');
  for (std::uint64_t i = 1; i <= 5; ++i) {
    Charge one;
    one.id = i;
    one.dataset = "referrals";
    one.year = 2026;
    one.partner = i % 2 == 0 ? "kent" : "medway";
    one.rho_all = 10;
    one.rho_partner = 20;
    one.all_after = 10 * i;
    one.partner_after = 20 * ((i + 1) / 2);
    one.release = "st_1";
    last = one.text(last);
    lines.emplace_back(one, last);
  }
  const auto verdict = [&] {
    ChainCheck check;
    for (const auto& [charge, hash] : lines)
      if (std::string wrong = check.next(charge, hash, charge.text(check.last_hash())); !wrong.empty()) return wrong;
    return std::string();
  };
  EXPECT_EQ(verdict(), "");
  const auto kept = lines;
  lines[2].first.rho_partner = 0;
  EXPECT_NE(verdict().find("charge 3"), std::string::npos);
  lines = kept;
  lines.erase(lines.begin() + 1);
  EXPECT_NE(verdict().find("charge 3: stands where 2"), std::string::npos);
  lines = kept;
  std::swap(lines[0].first.partner, lines[1].first.partner);
  EXPECT_NE(verdict().find("charge 1"), std::string::npos);
}

TEST(Policies, TheOneThatComesWithGatehouseCanBeCarriedOut) {
  std::ifstream in(std::string(test::source_dir()) + "/config/statistics.json");
  std::stringstream text;
  text << in.rdbuf();
  const auto policy = Policy::read(text.str());
  ASSERT_TRUE(policy) << policy.error().text();
  EXPECT_FALSE(policy->test_policy);
  EXPECT_EQ(policy->sigma2, (std::vector<std::uint64_t>{4, 9, 16, 25, 50, 100, 225, 400}));
  ASSERT_NE(policy->dataset("referrals"), nullptr);
  EXPECT_EQ(policy->dataset("referrals")->standing.size(), 4u);
  EXPECT_FALSE(policy->closed(2026 * 4 + 2, *policy::read_instant("2026-10-14T23:59:59Z")));
  EXPECT_TRUE(policy->closed(2026 * 4 + 2, *policy::read_instant("2026-10-15T00:00:00Z")));
}

TEST(Policies, WhatWouldBreakThePromiseIsRefusedWithItsPlace) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = kSmallPolicy;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto read = Policy::read(text);
    return read ? std::string("read") : read.error().where;
  };
  EXPECT_EQ(with("\"test_policy\": true", "\"test_policy\": true"), "read");
  EXPECT_NE(with("\"test_policy\": true, ", ""), "read") << "sigma^2 = 1 and a huge cap belong to test policies alone";
  EXPECT_NE(with("[1, 4", "[2, 4"), "read");
  EXPECT_NE(with("[1, 4", "[4, 1"), "read");
  EXPECT_NE(with("[1, 4", "[-1, 4"), "read");
  EXPECT_NE(with("\"coastal\": [\"dover\", \"thanet\"]", "\"coastal\": [\"dover\"], \"port\": [\"dover\"]"), "read") << "a child would count twice";
  EXPECT_NE(with("\"coastal\": [\"dover\", \"thanet\"]", "\"coastal\": [\"atlantis\"]"), "read");
  EXPECT_NE(with("\"coast\":", "\"sex\":"), "read");
  EXPECT_NE(with("\"dover\", \"thanet\", \"medway\"]", "\"dover\", \"dover\", \"medway\"]"), "read");
  EXPECT_NE(with("\"lag_days\": 14", "\"lag_days\": -1"), "read");
  EXPECT_NE(with("\"2026-Q1\"", "\"2026\""), "read");
  EXPECT_NE(with("\"cap_standing\": 400000000", "\"cap_standing\": 4000000"), "read") << "four quarters of standing tables would not fit";
  EXPECT_NE(with("\"lag_days\": 14", "\"lag_days\": 14, \"budget_refresh\": \"monthly\""), "read");
  EXPECT_EQ(with("\"lag_days\": 14", "\"lag_days\": 14, \"budget_refresh\": \"monthly\""), "$.budget_refresh");
}

TEST(Policies, CodeListsAreFrozenByTheirText) {
  const auto one = small_policy();
  EXPECT_EQ(one.datasets[0].frozen(), small_policy().datasets[0].frozen());
  std::string text = kSmallPolicy;
  text.replace(text.find("\"neglect\", \"offending\""), 22, "\"offending\", \"neglect\"");
  EXPECT_NE(small_policy(text).datasets[0].frozen(), one.datasets[0].frozen());
  text = kSmallPolicy;
  text.replace(text.find("\"coast\""), 7, "\"shore\"");   // a name for groups changes no stored row
  EXPECT_EQ(small_policy(text).datasets[0].frozen(), one.datasets[0].frozen());
}

}  // namespace
}  // namespace gatehouse::tests
