#include "gateway/partner_api/asked.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gateway/partner_api/problems.hpp"

using nlohmann::json;
using namespace gatehouse;
using gateway::read_asked;

namespace {

json good() {
  return {{"purpose", "early_help"}, {"subject", {{"nhs_number", "9990000018"}, {"family_name", "Wyelock"}}}, {"stated", {{"why_necessary", "words"}}}};
}

std::string code(const json& body) {
  const auto read = read_asked(body.dump());
  return read ? "" : gateway::problem_of(read.error()).type;
}

}  // namespace

TEST(Asked, ReadsEveryFieldOfAFullRequest) {
  json body = good();
  body["categories"] = {"identity", "contact"};
  body["fields"] = {"contact.phone", "identity.names"};
  body["offence"] = "assault";
  body["urgency"] = "amber";
  body["needed_by"] = "2026-11-30T12:00:00+01:00";
  body["circumstances"] = {"significant_harm_child"};
  body["emergency"] = true;
  body["officer"] = "PC 4127";
  body["worker"] = {{"name", "Ottoline Farthing"}, {"post", "officer"}, {"role", "worker"}, {"contact", "01632 960155"}};
  body["onward_recipients"] = {"nobody"};
  body["retention"] = "six months";
  body["repeat"] = false;
  const auto read = read_asked(body.dump());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->purpose, policy::Purpose::early_help);
  EXPECT_EQ(read->locator.nhs_number, "9990000018");
  EXPECT_EQ(read->categories.size(), 2u);
  ASSERT_EQ(read->fields.size(), 2u);
  EXPECT_EQ(read->fields[0].second, "phone");
  EXPECT_EQ(read->stated, std::vector{policy::Statement::why_necessary});
  EXPECT_EQ(read->offence, policy::Offence::assault);
  EXPECT_EQ(read->urgency, policy::Urgency::amber);
  EXPECT_EQ(policy::to_text(*read->needed_by), "2026-11-30T11:00:00Z");
  EXPECT_EQ(read->claims, std::vector{policy::CircumstanceCode::significant_harm_child});
  EXPECT_TRUE(read->emergency);
  EXPECT_EQ(read->officer, "PC 4127");
  EXPECT_EQ(read->worker.role, policy::Role::worker);
}

// CONTRACT.md section 1.6: every field of the organisation's and every derived one, wherever a partner might put it.
class OrganisationOnly : public testing::TestWithParam<std::string> {};

TEST_P(OrganisationOnly, IsRefusedByNameWhereverItStands) {
  const std::string name = GetParam();
  for (const json& value : {json(true), json("current"), json(json::array({{{"id", "i-1"}}})), json(nullptr), json(3)}) {
    json top = good();
    top[name] = value;
    EXPECT_EQ(code(top), "organisation-only-field");
    json subject = good();
    subject["subject"][name] = value;
    EXPECT_EQ(code(subject), "organisation-only-field");
    json worker = good();
    worker["worker"] = {{"name", "W"}, {name, value}};
    EXPECT_EQ(code(worker), "organisation-only-field");
    json claim = good();
    claim["circumstances"] = json::array({{{"code", "significant_harm_child"}, {name, value}}});
    EXPECT_EQ(code(claim), "organisation-only-field");
    const auto read = read_asked(claim.dump());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().where, "$.circumstances[0]." + name);
  }
}

INSTANTIATE_TEST_SUITE_P(Contract, OrganisationOnly,
                         testing::Values("evidence", "items", "relevant", "relevance", "compartment", "given_in_confidence", "withheld_from_requester", "restrictions",
                                         "consents", "approvals", "consulted", "notice", "best_interests", "competence", "conflict", "training", "attested", "tenure",
                                         "tenure_days", "signed_off", "started", "marked_risk", "risk_marker", "context", "age", "agreement", "recipient",
                                         "parental_responsibility", "at", "flow", "agency_type"));

TEST(Asked, TheTableOfOrganisationOnlyFieldsIsTheOneTested) { EXPECT_EQ(gateway::organisation_only().size(), 31u); }

TEST(Asked, PurposeIsNeverAssumed) {
  json body = good();
  body.erase("purpose");
  EXPECT_EQ(code(body), "missing-field");
  body["purpose"] = "treatment";
  EXPECT_EQ(code(body), "unknown-value");
  const auto read = read_asked(body.dump());
  EXPECT_EQ(read.error().allowed.size(), policy::count_of<policy::Purpose>());
}

TEST(Asked, UnknownKeysAndWordsAreNamedByTheirPath) {
  json body = good();
  body["subject"]["shoe_size"] = "44";
  const auto read = read_asked(body.dump());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().where, "$.subject.shoe_size");
  EXPECT_EQ(code(body), "unknown-field");
  body = good();
  body["stated"]["because"] = "x";
  EXPECT_EQ(code(body), "unknown-field");
  body = good();
  body["categories"] = {"everything"};
  EXPECT_EQ(code(body), "unknown-value");
  body = good();
  body["stated"]["why_necessary"] = "   ";
  EXPECT_EQ(code(body), "missing-field");
  body = good();
  body["stated"]["why_necessary"] = std::string(2001, 'x');
  EXPECT_EQ(code(body), "invalid-value");
}

TEST(Asked, AKeyThatMayHoldAnythingIsNotRepeatedInTheAnswer) {
  json body = good();
  body["Casimir Wyelock, born 1979"] = true;
  const auto read = read_asked(body.dump());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().where.find("Wyelock"), std::string::npos);
  EXPECT_EQ(read.error().text().find("Wyelock"), std::string::npos);
}

TEST(Asked, SomebodyMustBeMeant) {
  json body = good();
  body["subject"] = {{"given_name", "Casimir"}, {"date_of_birth", "1979-02-11"}};
  EXPECT_EQ(code(body), "missing-field");
  body["subject"] = {{"given_name", "Casimir"}, {"family_name", "Wyelock"}};
  EXPECT_EQ(code(body), "");
  body["subject"] = {{"mother_name", "Seraphine Brackenreid"}, {"expected_date", "2027-02-30"}};
  EXPECT_EQ(code(body), "invalid-value");
  body.erase("subject");
  EXPECT_EQ(code(body), "missing-field");
}

TEST(Asked, RepeatedKeysBadUtf8AndDeepNestingAreMalformed) {
  EXPECT_EQ(gateway::problem_of(read_asked(R"({"purpose":"early_help","purpose":"mash_referral"})").error()).type, "malformed-json");
  EXPECT_EQ(gateway::problem_of(read_asked("{\"purpose\":\"\xff\"}").error()).type, "malformed-json");
  EXPECT_EQ(gateway::problem_of(read_asked("").error()).type, "malformed-json");
  EXPECT_EQ(gateway::problem_of(read_asked("[]").error()).type, "malformed-json");
  std::string deep(100000, '[');
  EXPECT_EQ(gateway::problem_of(read_asked(deep).error()).type, "malformed-json");
  deep += std::string(100000, ']');
  EXPECT_EQ(gateway::problem_of(read_asked(deep).error()).type, "malformed-json");
}

TEST(Asked, AFieldOutsideTheCategoriesAskedForIsAnError) {
  json body = good();
  body["categories"] = {"identity"};
  body["fields"] = {"contact.phone"};
  EXPECT_EQ(code(body), "invalid-value");
  body.erase("categories");
  const auto read = read_asked(body.dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->categories, std::vector{policy::Category::contact});
}

TEST(Asked, CompletingKeepsWhatWasSaidAndAddsWhatIsNew) {
  const auto whole = gateway::complete(good().dump(), R"({"stated":{"intended_use":"a room"},"circumstances":["being_hurt"],"officer":"PC 4127"})");
  ASSERT_TRUE(whole) << whole.error().text();
  const json body = json::parse(*whole);
  EXPECT_EQ(body["stated"]["why_necessary"], "words");
  EXPECT_EQ(body["stated"]["intended_use"], "a room");
  EXPECT_EQ(body["officer"], "PC 4127");
  EXPECT_EQ(body["subject"], good()["subject"]);
}

TEST(Asked, CompletingCannotChangeWhoIsMeantOrWhatFor) {
  EXPECT_EQ(gateway::complete(good().dump(), R"({"subject":{"nhs_number":"9990000026"}})").error().code, "unknown_key");
  EXPECT_EQ(gateway::complete(good().dump(), R"({"purpose":"mash_referral"})").error().code, "unknown_key");
  EXPECT_EQ(gateway::complete(good().dump(), R"({"approvals":["dsl"]})").error().code, "organisation_only");
  EXPECT_EQ(gateway::complete(good().dump(), R"({})").error().code, "missing");
}
