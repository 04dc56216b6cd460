// The regulator's form, from what is stored: every field, what nobody wrote down, and nothing of the person it is about.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gateway/decision_record/export.hpp"
#include "tests/gateway/partner_api/world.hpp"

namespace gatehouse::tests {
namespace {

using gateway::DecisionRecord;
using gateway::RecordSource;
using nlohmann::json;
using policy::RequestState;

class DecisionRecords : public testing::Test {
 protected:
  // What the partner API itself stored about a request, as the desk would open it.
  RecordSource stored(json body = fakes::World::good_body()) {
    EXPECT_LT(world.post(body).status, 300);
    const auto& [id, row] = *world.store.requests.rbegin();
    RecordSource out;
    out.opened.status.id = id;
    out.opened.status.agency = row.entry.agency;
    out.opened.status.state = row.state;
    out.opened.status.purpose = row.entry.purpose;
    out.opened.status.received = row.entry.received;
    out.opened.status.log_index = 8;
    out.opened.request_json = row.entry.request_json;
    out.opened.case_json = row.entry.case_json;
    out.opened.decision_json = row.entry.decision_json;
    out.opened.pack_sha256 = row.entry.pack_sha256;
    out.opened.decided = row.entry.received;
    out.opened.log_index = 7;
    if (row.entry.release) {
      out.opened.status.release_id = row.entry.release->release_id;
      out.opened.status.release_expires = row.entry.release->expires;
      out.opened.recipient_keyid = row.entry.release->recipient_keyid;
      out.opened.package_sha256 = row.entry.release->sha256;
    }
    out.agency = &world.store.agencies.agencies.front();
    out.staff = &staff;
    out.organisation = &organisation;
    snapshot = world.keeper->load();
    out.calendar = &snapshot->policies().calendar;
    return out;
  }
  // What the machine left to a person, and the person let go in part: with the decision as it stood then.
  RecordSource settled() {
    auto source = stored();
    auto& opened = source.opened;
    json machine = json::parse(opened.decision_json), then = machine;
    for (auto& item : machine["items"]) item["outcome"] = "refer", item["reason"] = "needs_approval", item.erase("detail");
    machine["outcome"] = "refer";
    machine["legs"] = {{"data_protection", "none"}, {"confidence", "none"}};
    machine["refer_to"] = {"ig_lead"};
    opened.decision_json = machine.dump();
    bool first = true;
    for (auto& item : then["items"]) {
      if (item["outcome"] != "release") continue;
      if (!first) item["outcome"] = "withhold", item["reason"] = "needs_approval";
      first = false;
    }
    then["outcome"] = "partial";
    then["pack"]["sha256"] = std::string(64, 'b');
    policy::PersonVerdict verdict;
    verdict.word = "released";
    verdict.staff = "st_imogen";
    verdict.role = policy::Role::dpo;
    verdict.rationale = "They need it.";
    verdict.at = opened.decided + std::chrono::hours(2);
    verdict.log_index = 8;
    verdict.decision_json = then.dump();
    opened.verdicts.push_back(verdict);
    return source;
  }
  static gateway::RecordFrom from_of(const DecisionRecord& record, std::string_view key) {
    for (const auto& line : record.lines)
      if (line.key == key) return line.from;
    throw std::runtime_error("no field " + std::string(key));
  }
  std::shared_ptr<const gateway::Snapshot> snapshot;
  static std::string of(const DecisionRecord& record, std::string_view key) {
    for (const auto& line : record.lines)
      if (line.key == key) return line.value;
    return "(no such field)";
  }
  fakes::World world;
  gateway::OrganisationSettings organisation{"Marlbrook Family Support (fictional)", "", "", "", "", "", "", {}};
  std::map<std::string, gateway::RecordPerson> staff{{"st_imogen", {"Imogen Fairweather", "Information-governance lead"}}};
};

TEST_F(DecisionRecords, EveryFieldOfTheRegulatorsFormIsThereSharedOrNot) {
  json nothing = fakes::World::good_body();
  nothing["subject"] = {{"nhs_number", "9990000026"}, {"given_name", "Petra"}, {"family_name", "Sandlewick"}, {"date_of_birth", "1991-04-25"}};
  for (const auto& body : {fakes::World::good_body(), nothing}) {
    const auto record = gateway::decision_record(stored(body));
    for (const char* key : {"receiving_organisation", "requesting_organisation", "person_and_post", "date_received", "data_requested", "controller_relationship", "agreement_in_place", "purpose",
                            "lawful_basis", "why_necessary", "extra_conditions", "part_3", "legal_power", "impact_assessment", "data_protection_officer", "retention_and_deletion", "security",
                            "rights_arrangements", "dates_or_intervals", "decision", "reasons", "decided_by", "signed", "dated"}) {
      EXPECT_NE(of(record, key), "(no such field)") << key;
      EXPECT_FALSE(of(record, key).empty()) << key;
    }
    EXPECT_EQ(record.checks.size(), 7u);
    for (const auto& check : record.checks) EXPECT_FALSE(check.here.empty()) << check.check;
    const std::string all = gateway::to_json(record);
    for (const char* name : {"Wyelock", "Casimir", "Petra", "Sandlewick", "9990000", "1979-02-11", "Ferry Passage"}) EXPECT_EQ(all.find(name), std::string::npos) << name;
  }
}

TEST_F(DecisionRecords, SaysWhatWasSharedOnWhichBasisAndHowItWasSealed) {
  const auto source = stored();
  const auto record = gateway::decision_record(source);
  EXPECT_EQ(of(record, "decision"), "shared; not yet fetched");
  EXPECT_EQ(of(record, "shared"), "contact, identity");
  EXPECT_EQ(of(record, "why_necessary"), "He may lose his room.");
  EXPECT_EQ(of(record, "person_and_post"), "Ottoline Farthing, housing officer");
  EXPECT_NE(of(record, "lawful_basis").find("UK GDPR Article 6(1)(a)"), std::string::npos) << of(record, "lawful_basis");
  EXPECT_NE(of(record, "security").find(source.opened.package_sha256), std::string::npos);
  EXPECT_NE(of(record, "agreement_in_place").find("in force"), std::string::npos);
  EXPECT_NE(of(record, "signed").find("entry 7 of the log, release in entry 8"), std::string::npos);
  EXPECT_EQ(of(record, "impact_assessment"), "not recorded") << "nobody's word was made up";
  EXPECT_NE(of(record, "decided_by").find("approved by two officers"), std::string::npos);
  const auto sharing = gateway::one_off_sharing(source);
  ASSERT_TRUE(sharing);
  EXPECT_EQ(sharing->checks.size(), 6u);
  EXPECT_EQ(of(*sharing, "dates_or_intervals"), "one-off");
}

TEST_F(DecisionRecords, ARefusalHasItsReasonAndNoRecordOfSharing) {
  json body = fakes::World::good_body();
  body["subject"] = {{"nhs_number", "9990000026"}, {"given_name", "Petra"}, {"family_name", "Sandlewick"}, {"date_of_birth", "1991-04-25"}};
  auto source = stored(body);
  EXPECT_EQ(of(gateway::decision_record(source), "decision"), "not decided yet; a person is to decide");
  policy::PersonVerdict verdict;
  verdict.word = "refused";
  verdict.staff = "st_imogen";
  verdict.rationale = "She has said no, and nobody is in danger.";
  verdict.at = source.opened.decided + std::chrono::hours(2);
  source.opened.verdicts.push_back(verdict);
  source.opened.status.state = RequestState::declined;
  const auto record = gateway::decision_record(source);
  EXPECT_NE(of(record, "decision").find("not shared"), std::string::npos);
  EXPECT_EQ(of(record, "shared"), "nothing");
  EXPECT_EQ(of(record, "security"), "nothing left");
  EXPECT_EQ(of(record, "rationale"), "She has said no, and nobody is in danger.");
  EXPECT_NE(of(record, "decided_by").find("Imogen Fairweather, Information-governance lead (refused"), std::string::npos) << of(record, "decided_by");
  EXPECT_EQ(record.checks.back().here, "She has said no, and nobody is in danger.");
  EXPECT_FALSE(gateway::one_off_sharing(source));
}

TEST_F(DecisionRecords, OfWhatAPersonLetGoOnlyWhatTheyTickedIsShared) {
  auto source = stored();
  policy::PersonVerdict verdict;
  verdict.word = "released";
  verdict.staff = "st_gone";
  verdict.items = {"i-1"};
  verdict.rationale = "His name is enough.";
  verdict.conditions = "for the meeting of 3 December";
  source.opened.verdicts.push_back(verdict);
  const auto record = gateway::decision_record(source);
  EXPECT_EQ(of(record, "shared"), "identity");
  EXPECT_EQ(of(record, "kept_back"), "contact");
  EXPECT_EQ(of(record, "conditions"), "for the meeting of 3 December");
  EXPECT_NE(of(record, "decided_by").find("st_gone"), std::string::npos) << "who is not on the list any more is shown by the id";
}

TEST_F(DecisionRecords, WhatAPersonReleasedHasTheBasisThatStoodThenAndTheirRole) {
  const auto source = settled();
  const auto record = gateway::decision_record(source);
  EXPECT_NE(of(record, "lawful_basis").find("UK GDPR Article 6(1)(a)"), std::string::npos) << "the machine left it to a person, so its own answer had none: " << of(record, "lawful_basis");
  EXPECT_NE(of(record, "decided_by").find("Imogen Fairweather, Data protection officer (released"), std::string::npos) << of(record, "decided_by");
  EXPECT_NE(of(record, "data_protection_officer").find("They need it."), std::string::npos);
  EXPECT_NE(of(record, "signed").find("policy SHA-256 " + std::string(64, 'b')), std::string::npos) << "the pack under which the person decided";
  std::size_t shared = 0;
  for (const auto& row : record.rows) shared += row[1] == "shared" ? 1 : 0;
  EXPECT_EQ(shared, 1u);
  EXPECT_EQ(of(record, "shared").find(','), std::string::npos) << of(record, "shared");
  EXPECT_NE(gateway::repeat_sharing({source}, world.now, world.now).rows[0][4].find("Article 6(1)(a)"), std::string::npos);
}

TEST_F(DecisionRecords, OfAnOldVerdictNothingIsMadeUp) {
  auto source = settled();
  source.opened.verdicts[0].decision_json.clear();
  source.opened.verdicts[0].role.reset();
  source.opened.verdicts[0].items = {"i-1"};
  const auto record = gateway::decision_record(source);
  EXPECT_EQ(of(record, "lawful_basis"), "not recorded");
  EXPECT_EQ(of(record, "shared"), "identity");
  EXPECT_EQ(of(record, "part_3"), "not recorded");
  source.opened.verdicts[0].word = "refused";
  source.opened.verdicts[0].log_index.reset();
  source.opened.status.release_id.clear();
  source.opened.status.state = RequestState::waiting;
  const auto refused = gateway::decision_record(source);
  EXPECT_NE(of(refused, "signed").find("which entry has the person's word was not kept"), std::string::npos);
  EXPECT_EQ(of(refused, "decision"), "not shared; a person said no, and they are told at the time promised");
  EXPECT_EQ(of(refused, "lawful_basis"), "none: nothing was shared");
  source.opened.verdicts[0].log_index = 11;
  EXPECT_NE(of(gateway::decision_record(source), "signed").find("the person's word in entry 11"), std::string::npos);
}

TEST_F(DecisionRecords, EveryValueSaysWhereItComesFromAndWhatIsNotRecordedComesFromNowhere) {
  for (const auto& source : {stored(), settled()}) {
    const auto record = gateway::decision_record(source);
    for (const auto& line : record.lines) EXPECT_EQ(line.value == "not recorded", line.from == gateway::RecordFrom::nowhere) << line.key;
    EXPECT_EQ(from_of(record, "why_necessary"), gateway::RecordFrom::request);
    EXPECT_EQ(from_of(record, "sharing_organisation"), gateway::RecordFrom::settings);
    EXPECT_EQ(from_of(record, "decision"), source.opened.verdicts.empty() ? gateway::RecordFrom::decision : gateway::RecordFrom::person);
    const auto read = json::parse(gateway::to_json(record));
    EXPECT_EQ(read["from"]["why_necessary"], "request");
    EXPECT_FALSE(read["from"].contains("impact_assessment"));
  }
}

TEST_F(DecisionRecords, ClausesAreInTheWordsOfThePackThatDecidedOrInNone) {
  auto source = stored();
  source.pack = &snapshot->policies().pack;
  auto record = gateway::decision_record(source);
  ASSERT_FALSE(record.clauses.empty());
  for (const auto& one : record.clauses) EXPECT_FALSE(one.words.empty()) << one.id;
  auto other = settled();
  other.pack = &snapshot->policies().pack;
  record = gateway::decision_record(other);
  ASSERT_FALSE(record.clauses.empty());
  for (const auto& one : record.clauses) EXPECT_TRUE(one.words.empty()) << one.id << " in the words of another pack";
  EXPECT_FALSE(json::parse(gateway::to_json(record))["clauses"][0].contains("words"));
}

TEST_F(DecisionRecords, WhatWasAskedForIsSpecialAlsoWhereNothingOfItIsOnRecord) {
  auto source = stored();
  auto body = fakes::World::good_body();
  body["categories"] = {"health_mental", "ethnicity_religion", "staff_allegation"};
  source.opened.request_json = body.dump();
  const auto record = gateway::decision_record(source);
  EXPECT_NE(of(record, "extra_conditions").find("special category (UK GDPR Article 9): health mental, ethnicity religion"), std::string::npos) << of(record, "extra_conditions");
  EXPECT_NE(of(record, "extra_conditions").find("criminal offence data (Article 10): staff allegation"), std::string::npos);
  body.erase("categories");
  source.opened.request_json = body.dump();
  source.opened.decision_json = R"({"items":[]})";
  EXPECT_EQ(of(gateway::decision_record(source), "extra_conditions"), "not recorded") << "nobody can say";
}

TEST_F(DecisionRecords, WhomANoticeIsOwedToIsNamed) {
  auto source = stored();
  auto decision = json::parse(source.opened.decision_json);
  decision["obligations"] = {{{"kind", "notify_parent"}, {"when", "before"}, {"to", {"mother", "father"}}, {"clauses", json::array()}}};
  source.opened.decision_json = decision.dump();
  EXPECT_NE(of(gateway::decision_record(source), "rights_arrangements").find("notify parent (mother, father), before"), std::string::npos)
      << of(gateway::decision_record(source), "rights_arrangements");
}

TEST_F(DecisionRecords, ARepeatRecordCountsWhatWasSharedAndWhatWasNot) {
  std::vector<RecordSource> sources = {stored()};
  json body = fakes::World::good_body();
  body["subject"]["nhs_number"] = "9990000999";
  sources.push_back(stored(body));
  sources.back().opened.status.state = RequestState::declined;
  sources.back().opened.status.release_id.clear();
  sources.back().opened.request_json = body.dump();
  const auto record = gateway::repeat_sharing(sources, world.now - std::chrono::hours(24), world.now + std::chrono::hours(24));
  EXPECT_EQ(of(record, "requests"), "2");
  EXPECT_EQ(of(record, "shared_count"), "1");
  EXPECT_EQ(of(record, "refused_count"), "1");
  EXPECT_EQ(record.rows.size(), 2u);
  const std::string csv = gateway::to_csv({record});
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << csv;
}

TEST_F(DecisionRecords, NoCellBecomesAFormulaAndQuotesAreDoubled) {
  json body = fakes::World::good_body();
  for (const char* hostile : {"=1+1", "+44", "-2", "@SUM(A1)", "\tx", "  =1", "\n@x", "\xef\xbc\x9d" "1", "say \"it\",\nagain"}) {
    body["stated"]["why_necessary"] = hostile;
    auto source = stored();
    source.opened.request_json = body.dump();
    const std::string csv = gateway::to_csv({gateway::decision_record(source)});
    const std::string cell = hostile[0] == 's' ? "\"say \"\"it\"\",\nagain\"" : "\"'" + std::string(hostile) + "\"";
    EXPECT_NE(csv.find(cell), std::string::npos) << hostile;
  }
}

TEST_F(DecisionRecords, NoControlCharacterReachesASheetOrAPage) {
  auto source = stored();
  json body = fakes::World::good_body();
  body["stated"]["why_necessary"] = "a\x1b[31mb\x01 c";
  source.opened.request_json = body.dump();
  const auto record = gateway::decision_record(source);
  EXPECT_NE(gateway::to_csv({record}).find("\"a [31mb  c\""), std::string::npos);
  for (const auto& block : gateway::to_document({record}).parts.at(0).blocks)
    for (const auto& cell : block.cells)
      for (const char c : cell) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << cell;
}

TEST_F(DecisionRecords, StoredTextOfAnyFormNeverBreaksARecord) {
  auto source = stored();
  for (const char* odd : {"", "null", "[]", "{\"stated\": [1], \"worker\": \"x\", \"retention\": 5, \"repeat\": \"yes\"}", "{\"items\": {\"a\": 1}, \"legs\": [], \"clauses\": \"x\", \"obligations\": [1]}", "{",
                          "{\"requester\": {\"conflict\": null}, \"circumstances\": [{\"code\": 1, \"evidence\": null}], \"consents\": [1, {}], \"repeat\": null, \"items\": [1, null, {}], \"pack\": 4}"}) {
    source.opened.request_json = source.opened.case_json = source.opened.decision_json = odd;
    const auto record = gateway::decision_record(source);
    EXPECT_EQ(of(record, "why_necessary"), "not recorded");
    EXPECT_FALSE(gateway::to_document({record}).parts.empty());
  }
}

}  // namespace
}  // namespace gatehouse::tests
