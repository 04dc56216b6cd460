#include "tests/adapters/store_contract.hpp"

#include <algorithm>

#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {

using policy::Committed;
using policy::Fetched;
using policy::Matched;
using policy::RequestState;
using Kind = policy::Committed::Kind;

policy::Evidence StoreContract::evidence(policy::EvidenceQuery query) {
  auto found = run(store().evidence(std::move(query)));
  if (!found) throw std::runtime_error("evidence could not be read");
  return std::move(*found);
}

policy::Committed StoreContract::commit(policy::Token token, policy::Entry entry) {
  auto done = run(store().commit(std::move(token), std::move(entry)));
  if (!done) throw std::runtime_error("could not be committed");
  return *done;
}

policy::Committed StoreContract::release(int number) {
  auto entry = entry_for(number);
  entry.outcome = policy::Outcome::release;
  entry.release = release_for(number);
  return commit(evidence(about_anna()).token, std::move(entry));
}

policy::RequestStatus StoreContract::status(const std::string& id, const std::string& agency) {
  auto found = run(store().request(id, agency));
  if (!found || !*found) throw std::runtime_error("no such request");
  return **found;
}

policy::Fetched StoreContract::fetch(const std::string& id, policy::Part part, policy::Instant at, const std::string& agency) {
  policy::FetchQuery query;
  query.request_id = id;
  query.agency = agency;
  query.part = part;
  query.at = at == policy::Instant() ? kNow + 60s : at;
  query.keyid = agency + "/signing/2026-1";
  query.agency_version = version_of(agency);
  auto done = run(store().fetch(std::move(query)));
  if (!done) throw std::runtime_error("could not be fetched");
  return std::move(*done);
}

std::uint64_t StoreContract::version_of(const std::string& agency) {
  auto directory = run(store().directory());
  if (!directory) throw std::runtime_error("no directory");
  for (const auto& one : directory->agencies)
    if (one.id == agency) return one.version;
  throw std::runtime_error("no such agency");
}

policy::Call StoreContract::call(int number, policy::Instant at, const std::string& agency) {
  policy::Call out;
  out.agency = agency;
  out.agency_version = version_of(agency);
  out.keyid = agency + "/signing/2026-1";
  out.nonce = "call-nonce-" + std::to_string(number);
  out.nonce_expires = at + 300s;
  out.idempotency_key = "call-" + std::to_string(number);
  out.body_sha256 = std::string(63, 'c') + std::to_string(number % 10);
  out.at = at;
  return out;
}

std::uint64_t StoreContract::log_size() {
  auto health = run(store().health());
  if (!health) throw std::runtime_error("no health");
  return health->log_size;
}

namespace {

// ---------------------------------------------------------------- who is meant

TEST_P(StoreContract, ANumberAndADateOfBirthPointToOnePerson) {
  const auto found = evidence(about_anna());
  EXPECT_EQ(found.matched, Matched::one);
  EXPECT_FALSE(found.token.person.empty());
  EXPECT_EQ(found.date_of_birth, policy::read_date("2011-03-04"));
  ASSERT_EQ(found.items.size(), 1u);
  EXPECT_EQ(found.items[0].category, policy::Category::contact);
  EXPECT_EQ(found.items[0].relevant, true);
  EXPECT_EQ(found.items[0].withheld_from_requester, false);
  ASSERT_EQ(found.consents.size(), 1u);
  EXPECT_EQ(found.consents[0].agencies, std::vector<std::string>{"kent-mash"});
  EXPECT_FALSE(found.risk_marker);
  EXPECT_NE(std::find(found.matched_how.begin(), found.matched_how.end(), "nhs"), found.matched_how.end());
  EXPECT_NE(std::find(found.matched_how.begin(), found.matched_how.end(), "dob"), found.matched_how.end());
}

TEST_P(StoreContract, ANumberAloneIsOnlyACandidate) {
  auto query = about_anna();
  query.locator = {};
  query.locator.nhs_number = kAnnasNumber;
  const auto found = evidence(query);
  EXPECT_EQ(found.matched, Matched::candidates);
  EXPECT_TRUE(found.token.person.empty());
  EXPECT_TRUE(found.items.empty());
  EXPECT_TRUE(found.consents.empty());
  EXPECT_FALSE(found.date_of_birth.has_value());
  EXPECT_TRUE(found.risk_marker);
}

TEST_P(StoreContract, ANumberAndANameAreEnoughAndSpellingOfTheNameIsFolded) {
  auto query = about_anna();
  query.locator = {};
  query.locator.upn = "b801200005001";
  query.locator.given_name = "ANNA Maria";
  query.locator.family_name = "Fictional";
  EXPECT_EQ(evidence(query).matched, Matched::one);
}

TEST_P(StoreContract, ANumberWithTheDateOfBirthAndNameOfSomebodyElseIsACandidate) {
  auto query = about_anna();
  query.locator.given_name = "Ben";
  query.locator.date_of_birth = "2009-08-07";
  EXPECT_EQ(evidence(query).matched, Matched::candidates);
}

TEST_P(StoreContract, ANameAndDateOfBirthWithoutANumberIsACandidate) {
  auto query = about_anna();
  query.locator.nhs_number.clear();
  const auto found = evidence(query);
  EXPECT_EQ(found.matched, Matched::candidates);
  EXPECT_EQ(found.matched_how.front(), "name_dob");
}

TEST_P(StoreContract, AliasFormerNameSwappedDayAndSoundFindCandidates) {
  const struct {
    const char *given, *family, *dob, *how;
  } cases[] = {{"Annie", "Aliasname", "2011-03-04", "alias"},
               {"Anna", "Formername", "2011-03-04", "former_name"},
               {"Anna", "Fictional", "2011-04-03", "dob_swapped"},
               {"Ana", "Fiktionell", "2011-03-04", "phonetic"}};
  for (const auto& one : cases) {
    policy::EvidenceQuery query = about_anna();
    query.locator = {};
    query.locator.given_name = one.given;
    query.locator.family_name = one.family;
    query.locator.date_of_birth = one.dob;
    const auto found = evidence(query);
    EXPECT_EQ(found.matched, Matched::candidates) << one.how;
    EXPECT_NE(std::find(found.matched_how.begin(), found.matched_how.end(), one.how), found.matched_how.end()) << one.how;
    EXPECT_TRUE(found.items.empty()) << one.how;
  }
}

TEST_P(StoreContract, AnUnbornChildIsFoundByMotherAndExpectedDateAsACandidate) {
  adapters::PersonInput child;
  child.ref = "P-unborn";
  child.names = {{"Baby", "Fictional", "current"}};
  child.expected_date = "2027-02-01";
  ASSERT_TRUE(admin().put(child));
  adapters::RelationInput mother;
  mother.person_ref = "P-unborn";
  mother.other_ref = "P-1";
  mother.relation = "mother";
  ASSERT_TRUE(admin().put(mother));
  policy::EvidenceQuery query = about_anna();
  query.locator = {};
  query.locator.mother_name = "FICTIONAL, Anna";
  query.locator.expected_date = "2027-02-01";
  const auto found = evidence(query);
  EXPECT_EQ(found.matched, Matched::candidates);
  EXPECT_EQ(found.matched_how, std::vector<std::string>{"unborn"});
  // The mother takes another name: the child is found by it.
  auto renamed = anna();
  renamed.names.push_back({"Anna", "Newname", "current"});
  ASSERT_TRUE(admin().put(renamed));
  query.locator.mother_name = "Anna Newname";
  EXPECT_EQ(evidence(query).matched, Matched::candidates);
}

TEST_P(StoreContract, TwoPeopleWithOneNumberAreCandidatesForAPerson) {
  adapters::PersonInput twin = anna();
  twin.ref = "P-3";
  twin.identifiers = {{"nhs", kAnnasNumber}};
  twin.date_of_birth = "2012-01-01";
  ASSERT_TRUE(admin().put(twin));
  EXPECT_EQ(evidence(about_anna()).matched, Matched::candidates);
}

TEST_P(StoreContract, ASecondNumberThatContradictsTheFirstMakesACandidate) {
  auto query = about_anna();
  query.locator.upn = "Z" + std::string(kAnnasUpn).substr(1);  // not hers
  EXPECT_EQ(evidence(query).matched, Matched::candidates);
}

TEST_P(StoreContract, ANumberWithAWrongCheckDigitFindsNobody) {
  auto query = about_anna();
  query.locator = {};
  query.locator.nhs_number = "9990000019";
  query.locator.date_of_birth = "2011-03-04";
  const auto found = evidence(query);
  EXPECT_EQ(found.matched, Matched::nobody);
  EXPECT_TRUE(found.items.empty());
  EXPECT_TRUE(found.matched_how.empty());
}

// ---------------------------------------------------------------- what the file says

TEST_P(StoreContract, AnItemNobodyMarkedForThePurposeIsUnknownNotRelevant) {
  auto query = about_anna();
  query.purpose = policy::Purpose::cp_conference;
  const auto found = evidence(query);
  ASSERT_EQ(found.items.size(), 1u);
  EXPECT_FALSE(found.items[0].relevant.has_value());
}

TEST_P(StoreContract, OnlyTheCategoriesAskedForAreListed) {
  auto query = about_anna();
  query.categories = {policy::Category::housing};
  EXPECT_TRUE(evidence(query).items.empty());
}

TEST_P(StoreContract, ANamedRestrictionHoldsForThatAgencyAlone) {
  auto item = contact_of("P-1", "I-2", "07700 900124");
  item.withheld_from = {"kent-mash"};
  ASSERT_TRUE(admin().put(item));
  const auto withheld = [&](const std::string& agency) {
    int count = 0;
    for (const auto& one : evidence(about_anna(agency)).items) count += one.withheld_from_requester.value() ? 1 : 0;
    return count;
  };
  EXPECT_EQ(withheld("kent-mash"), 1);
  EXPECT_EQ(withheld("kent-housing"), 0);
}

TEST_P(StoreContract, TheLatestAssessmentOfCompetenceCountsAndALapsedOneIsNone) {
  adapters::CompetenceInput assessed{"P-1", policy::Competence::competent, "2026-01-01", "2026-12-31", "staff-7"};
  ASSERT_TRUE(admin().put(assessed));
  EXPECT_EQ(evidence(about_anna()).competence, policy::Competence::competent);
  assessed.assessed_on = "2026-06-01";
  assessed.outcome = policy::Competence::not_competent;
  assessed.valid_to = "2026-07-01";
  ASSERT_TRUE(admin().put(assessed));
  EXPECT_EQ(evidence(about_anna()).competence, policy::Competence::unassessed);
  assessed.assessed_on = "2027-06-01";  // in the future: not yet said
  ASSERT_TRUE(admin().put(assessed));
  EXPECT_EQ(evidence(about_anna()).competence, policy::Competence::unassessed);
}

TEST_P(StoreContract, FindingsAreEvidenceWhileTheyLast) {
  adapters::FindingInput finding{"P-1", policy::CircumstanceCode::being_hurt, "2026-11-01", "staff-9", ""};
  ASSERT_TRUE(admin().put(finding));
  auto found = evidence(about_anna());
  ASSERT_EQ(found.circumstances.size(), 1u);
  EXPECT_EQ(found.circumstances[0].code, policy::CircumstanceCode::being_hurt);
  EXPECT_TRUE(found.circumstances[0].evidence);
  finding.until = "2026-11-21";
  ASSERT_TRUE(admin().put(finding));
  EXPECT_TRUE(evidence(about_anna()).circumstances.empty());
}

TEST_P(StoreContract, AMarkerOnThePersonOrTheHouseholdIsSeen) {
  EXPECT_FALSE(evidence(about_anna()).risk_marker);
  adapters::RelationInput sibling;
  sibling.person_ref = "P-1";
  sibling.other_ref = "P-2";
  sibling.relation = "brother";
  ASSERT_TRUE(admin().put(sibling));
  EXPECT_FALSE(evidence(about_anna()).risk_marker);
  adapters::PersonInput ben;
  ben.ref = "P-2";
  ben.names = {{"Ben", "Fictional", "current"}};
  ben.date_of_birth = "2009-08-07";
  ben.markers = {"safe_contact"};
  const auto before = evidence(about_anna()).token.person_version;
  ASSERT_TRUE(admin().put(ben));
  EXPECT_TRUE(evidence(about_anna()).risk_marker);
  EXPECT_GT(evidence(about_anna()).token.person_version, before);
}

TEST_P(StoreContract, AWorkerWhoIsFamilyOrTheAllegedPerpetratorHasAConflict) {
  adapters::RelationInput uncle;
  uncle.person_ref = "P-1";
  uncle.names = {{"Wilfred", "Danger", "current"}};
  uncle.relation = "uncle";
  uncle.alleged_perpetrator = true;
  ASSERT_TRUE(admin().put(uncle));
  adapters::RelationInput worker;
  worker.person_ref = "P-1";
  worker.names = {{"Sophie", "Helper", "current"}};
  worker.relation = "social worker";
  worker.role = "professional";
  ASSERT_TRUE(admin().put(worker));
  const auto conflict = [&](const std::string& name) {
    auto query = about_anna();
    query.worker = name;
    return evidence(query).conflict;
  };
  for (const char* name : {"Wilfred Danger", "DANGER, Wilfred", "Dr W. Danger", "Wilfrid Danger", "Mary Maidenname"}) EXPECT_TRUE(conflict(name)) << name;
  for (const char* name : {"", "Sophie Helper", "Ursula Danger", "Somebody Else"}) EXPECT_FALSE(conflict(name)) << name;
}

TEST_P(StoreContract, OneOfOurOwnHasAConflictWithAnybodyWhomTheDetailsMayPointTo) {
  adapters::RelationInput uncle;
  uncle.person_ref = "P-1";
  uncle.names = {{"Wilfred", "Danger", "current"}};
  uncle.relation = "uncle";
  uncle.alleged_perpetrator = true;
  ASSERT_TRUE(admin().put(uncle));
  auto vague = about_anna();
  vague.locator.nhs_number.clear();  // a name and a birthday are candidates for a person to decide, never one person
  vague.worker = "Wilfred Danger";
  const auto asked_by_a_partner = evidence(vague);
  ASSERT_EQ(asked_by_a_partner.matched, policy::Matched::candidates);
  EXPECT_FALSE(asked_by_a_partner.conflict) << "what is known of nobody in particular is no answer to a partner";
  vague.conflict_with_candidates = true;
  EXPECT_TRUE(evidence(vague).conflict);
  vague.worker = "Sophie Helper";
  EXPECT_FALSE(evidence(vague).conflict);
}

TEST_P(StoreContract, FindGivesExactlyTheItemsNamedInTheirOrderAndTheirPeople) {
  ASSERT_TRUE(admin().put(contact_of("P-1", "I-2", "07700 900124")));
  const auto found = evidence(about_anna());
  ASSERT_EQ(found.items.size(), 2u);
  policy::RecordQuery query;
  query.person = found.token.person;
  query.items = {{found.items[1].id, found.items[1].version}, {found.items[0].id, found.items[0].version}};
  const auto file = run(records().find(query));
  ASSERT_TRUE(file);
  ASSERT_EQ(file->records.size(), 2u);
  EXPECT_EQ(file->records[0].id, found.items[1].id);
  EXPECT_EQ(file->records[1].id, found.items[0].id);
  for (const auto& record : file->records) {
    EXPECT_EQ(record.category, policy::Category::contact);
    EXPECT_EQ(record.author, "staff-7");
    ASSERT_EQ(record.fields.size(), 1u);
    EXPECT_EQ(record.fields[0].name, "phone");
    EXPECT_TRUE(record.fields[0].value.starts_with("07700 90012"));
    EXPECT_EQ(record.recorded_at, kNow - 24h);
  }
  ASSERT_EQ(file->people.size(), 2u);
  EXPECT_EQ(file->people[0].id, file->subject);
  EXPECT_EQ(file->people[0].relation, "self");
  EXPECT_EQ(file->people[0].names.size(), 3u);
  EXPECT_EQ(file->people[1].relation, "mother");
  EXPECT_EQ(file->people[1].names, (std::vector<std::string>{"Mary Fictional", "Mary Maidenname"}));
}

TEST_P(StoreContract, AnItemThatMovedOnOrIsGoneIsChangedNeverLeftOut) {
  const auto found = evidence(about_anna());
  policy::RecordQuery query;
  query.person = found.token.person;
  query.items = {{found.items[0].id, found.items[0].version}};
  ASSERT_TRUE(run(records().find(query)));
  ASSERT_EQ(admin().put(contact_of("P-1", "I-1", "07700 900999")).value(), adapters::Put::replaced);
  const auto moved_on = run(records().find(query));
  ASSERT_FALSE(moved_on);
  EXPECT_EQ(moved_on.error(), policy::SourceError::changed);
  query.items = {{"0000000000000001", 1}};
  EXPECT_EQ(run(records().find(query)).error(), policy::SourceError::changed);
  query.items.clear();
  query.person = "999999";
  EXPECT_EQ(run(records().find(query)).error(), policy::SourceError::changed);
}

// ---------------------------------------------------------------- commit

TEST_P(StoreContract, ACommitIsWrittenWithItsEntryAndSurvivesARestart) {
  const auto before = log_size();
  const auto done = commit(evidence(about_anna()).token, entry_for(1));
  EXPECT_EQ(done.kind, Kind::written);
  EXPECT_EQ(done.log_index, before);
  EXPECT_EQ(log_size(), before + 1);
  backend_->close();
  backend_->open();
  EXPECT_EQ(log_size(), before + 1);
  const auto found = status("req-1");
  EXPECT_EQ(found.state, RequestState::waiting);
  EXPECT_EQ(found.purpose, policy::Purpose::early_help);
  EXPECT_EQ(found.received, kNow);
  EXPECT_EQ(found.answer_by, kNow + 72h);
  EXPECT_TRUE(found.release_id.empty());
  EXPECT_FALSE(found.review_asked);
}

TEST_P(StoreContract, SomebodyUnknownIsCommittedLikeSomebodyKnown) {
  auto query = about_anna();
  query.locator = {};
  query.locator.nhs_number = "4010232137";
  query.locator.date_of_birth = "2000-01-01";
  const auto found = evidence(query);
  ASSERT_EQ(found.matched, Matched::nobody);
  EXPECT_EQ(commit(found.token, entry_for(1)).kind, Kind::written);
  const auto asked = run(store().asked("req-1", "kent-mash"));
  ASSERT_TRUE(asked && *asked);
  EXPECT_EQ(**asked, entry_for(1).request_json);
}

TEST_P(StoreContract, AReleaseAboutNobodyIsRefused) {
  auto query = about_anna();
  query.locator = {};
  query.locator.nhs_number = "4010232137";
  auto entry = entry_for(1);
  entry.release = release_for(1);
  EXPECT_FALSE(run(store().commit(evidence(query).token, entry)));
}

TEST_P(StoreContract, ANonceIsTakenOnceAlsoAcrossARestart) {
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(1)).kind, Kind::written);
  backend_->close();
  backend_->open();
  auto again = entry_for(2);
  again.nonce = entry_for(1).nonce;
  const auto before = log_size();
  EXPECT_EQ(commit(evidence(about_anna()).token, again).kind, Kind::nonce_seen);
  EXPECT_EQ(log_size(), before);
  again.keyid = "another-key";
  EXPECT_EQ(commit(evidence(about_anna()).token, again).kind, Kind::written);
}

TEST_P(StoreContract, TheSameKeyWithTheSameBodyIsTheSameRequestAndWithAnotherBodyIsRefused) {
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(1)).kind, Kind::written);
  auto again = entry_for(2);
  again.idempotency_key = entry_for(1).idempotency_key;
  again.body_sha256 = entry_for(1).body_sha256;
  const auto before = log_size();
  const auto same = commit(evidence(about_anna()).token, again);
  EXPECT_EQ(same.kind, Kind::same_request);
  EXPECT_EQ(same.request_id, "req-1");
  again.body_sha256 = entry_for(2).body_sha256;
  EXPECT_EQ(commit(evidence(about_anna()).token, again).kind, Kind::key_reused);
  EXPECT_EQ(log_size(), before);
  // Neither wrote its nonce: the same signature with a key of its own still goes.
  again.idempotency_key = "another";
  EXPECT_EQ(commit(evidence(about_anna()).token, again).kind, Kind::written);
  // Another agency's key of the same name is another key.
  auto other = entry_for(3, "kent-housing");
  other.idempotency_key = entry_for(1).idempotency_key;
  EXPECT_EQ(commit(evidence(about_anna("kent-housing")).token, other).kind, Kind::written);
}

TEST_P(StoreContract, AnythingTheTokenCoversMakesTheCommitStale) {
  const struct {
    const char* what;
    std::function<void(adapters::Admin&)> change;
  } changes[] = {
      {"item", [](adapters::Admin& a) { ASSERT_TRUE(a.put(contact_of("P-1", "I-1", "07700 900777"))); }},
      {"new item", [](adapters::Admin& a) { ASSERT_TRUE(a.put(contact_of("P-1", "I-9", "07700 900778"))); }},
      {"restriction",
       [](adapters::Admin& a) {
         auto item = contact_of("P-1", "I-1", "07700 900777");
         item.withheld_from = {"kent-mash"};
         ASSERT_TRUE(a.put(item));
       }},
      {"consent",
       [](adapters::Admin& a) {
         auto consent = consent_of("P-1");
         consent.consent.withdrawn = policy::read_date("2026-11-22");
         ASSERT_TRUE(a.put(consent));
       }},
      {"competence", [](adapters::Admin& a) { ASSERT_TRUE(a.put(adapters::CompetenceInput{"P-1", policy::Competence::competent, "2026-01-01", "", "staff-7"})); }},
      {"finding", [](adapters::Admin& a) { ASSERT_TRUE(a.put(adapters::FindingInput{"P-1", policy::CircumstanceCode::being_hurt, "2026-01-01", "staff-7", ""})); }},
      {"relation",
       [](adapters::Admin& a) {
         adapters::RelationInput relation;
         relation.person_ref = "P-1";
         relation.names = {{"Uncle", "Fictional", "current"}};
         relation.relation = "uncle";
         ASSERT_TRUE(a.put(relation));
       }},
      {"name",
       [](adapters::Admin& a) {
         auto person = anna();
         person.names[0].family = "Changed";
         ASSERT_TRUE(a.put(person));
       }},
      {"marker",
       [](adapters::Admin& a) {
         auto person = anna();
         person.names[0].family = "Changed";
         person.markers = {"risk"};
         ASSERT_TRUE(a.put(person));
       }},
      {"key revoked",
       [](adapters::Admin& a) {
         auto agencies = a.agencies();
         ASSERT_TRUE(agencies);
         for (auto& agency : *agencies)
           if (agency.id == "kent-mash") {
             agency.keys[0].state = policy::KeyState::revoked;
             ASSERT_TRUE(a.put_agency(agency, kNow));
           }
       }},
      {"agreement",
       [](adapters::Admin& a) {
         auto agencies = a.agencies();
         ASSERT_TRUE(agencies);
         for (auto& agency : *agencies)
           if (agency.id == "kent-mash") {
             agency.agreements.clear();
             ASSERT_TRUE(a.put_agency(agency, kNow));
           }
       }},
      {"second person with the number",
       [](adapters::Admin& a) {
         adapters::PersonInput person;
         person.ref = "P-other";
         person.names = {{"Other", "Person", "current"}};
         person.identifiers = {{"nhs", kAnnasNumber}};
         ASSERT_TRUE(a.put(person));
       }},
  };
  int number = 0;
  for (const auto& one : changes) {
    const auto token = evidence(about_anna()).token;
    one.change(admin());
    const auto before = log_size();
    EXPECT_EQ(commit(token, entry_for(++number)).kind, Kind::stale) << one.what;
    EXPECT_EQ(log_size(), before) << one.what;
    const auto nothing = run(store().request("req-" + std::to_string(number), "kent-mash"));
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing) << one.what;
  }
  // The pack last: until it is decided under the new one nothing is written.
  const auto token = evidence(about_anna()).token;
  ASSERT_TRUE(admin().activate_pack({"best-foot-forward", "2026.12", std::string(64, 'b')}, "First Officer", "Second Officer", kNow));
  EXPECT_EQ(commit(token, entry_for(100)).kind, Kind::stale);
  EXPECT_EQ(commit(evidence(about_anna()).token, entry_for(100)).kind, Kind::stale);  // fresh evidence, decided under the old pack
  auto entry = entry_for(100);
  entry.pack_sha256 = std::string(64, 'b');
  EXPECT_EQ(commit(evidence(about_anna()).token, entry).kind, Kind::written);
}

TEST_P(StoreContract, SomebodyWhoBecameKnownMeanwhileMakesTheCommitStale) {
  auto query = about_anna();
  query.locator = {};
  query.locator.nhs_number = "4010232137";
  query.locator.date_of_birth = "2000-01-01";
  const auto token = evidence(query).token;
  // Somebody else is imported: the look-up still finds nobody, the commit goes.
  adapters::PersonInput other;
  other.ref = "P-else";
  other.names = {{"Else", "Where", "current"}};
  other.identifiers = {{"nhs", "9434765919"}};
  ASSERT_TRUE(admin().put(other));
  EXPECT_EQ(commit(token, entry_for(1)).kind, Kind::written);
  const auto second = evidence(query).token;
  other.ref = "P-new";
  other.identifiers = {{"nhs", "4010232137"}};
  ASSERT_TRUE(admin().put(other));
  EXPECT_EQ(commit(second, entry_for(2)).kind, Kind::stale);
}

TEST_P(StoreContract, AChangeOfSomebodyElseLeavesTheTokenGood) {
  const auto token = evidence(about_anna()).token;
  ASSERT_TRUE(admin().put(contact_of("P-2", "I-1", "07700 900777")));
  EXPECT_EQ(commit(token, entry_for(1)).kind, Kind::written);
}

TEST_P(StoreContract, ARequestIdIsWrittenOnce) {
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(1)).kind, Kind::written);
  auto again = entry_for(2);
  again.request_id = "req-1";
  EXPECT_FALSE(run(store().commit(evidence(about_anna()).token, again)));
  EXPECT_EQ(commit(evidence(about_anna()).token, entry_for(3)).kind, Kind::written);
}

// ---------------------------------------------------------------- afterwards

TEST_P(StoreContract, AnotherAgencysRequestIsAsIfItDidNotExist) {
  ASSERT_EQ(release(1).kind, Kind::written);
  EXPECT_FALSE(run(store().request("req-1", "kent-housing")).value());
  EXPECT_FALSE(run(store().asked("req-1", "kent-housing")).value());
  EXPECT_EQ(run(store().ask_review("req-1", "words", call(1, kNow, "kent-housing"))).value(), policy::Called::no_such_request);
  policy::Transition received;
  received.request_id = "req-1";
  received.from = RequestState::released;
  received.to = RequestState::acknowledged;
  received.at = kNow;
  received.why = "receipt";
  EXPECT_EQ(run(store().acknowledge(received, call(2, kNow, "kent-housing"))).value(), policy::Called::no_such_request);
  EXPECT_EQ(status("req-1").state, RequestState::released);
  EXPECT_EQ(fetch("req-1", policy::Part::package, kNow, "kent-housing").kind, Fetched::Kind::no_such_request);
  EXPECT_EQ(fetch("req-none").kind, Fetched::Kind::no_such_request);
}

TEST_P(StoreContract, AReleaseIsFetchedAndEveryFetchIsLoggedFirst) {
  const auto done = release(1);
  ASSERT_EQ(done.kind, Kind::written);
  EXPECT_EQ(status("req-1").state, RequestState::released);
  EXPECT_EQ(status("req-1").release_id, "rl-1");
  EXPECT_EQ(status("req-1").log_index, done.log_index);
  auto before = log_size();
  EXPECT_EQ(fetch("req-1", policy::Part::manifest).bytes, release_for(1).manifest);
  EXPECT_EQ(fetch("req-1", policy::Part::manifest_sig).bytes, release_for(1).manifest_sig);
  EXPECT_EQ(status("req-1").state, RequestState::released);
  const auto package = fetch("req-1");
  EXPECT_EQ(package.kind, Fetched::Kind::given);
  EXPECT_EQ(package.bytes, release_for(1).age);
  EXPECT_EQ(package.log_index, done.log_index);
  EXPECT_EQ(status("req-1").state, RequestState::fetched);
  EXPECT_EQ(log_size(), before + 3);
  const auto proof = fetch("req-1", policy::Part::proof);
  EXPECT_NE(proof.bytes.find("\"kind\":\"release\""), std::string::npos);
  EXPECT_EQ(fetch("req-1").bytes, release_for(1).age);  // again, as often as needed
}

TEST_P(StoreContract, WhatWaitsIsNotReleased) {
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(1)).kind, Kind::written);
  const auto before = log_size();
  for (const auto part : {policy::Part::package, policy::Part::manifest, policy::Part::manifest_sig, policy::Part::proof}) {
    const auto got = fetch("req-1", part);
    EXPECT_EQ(got.kind, Fetched::Kind::not_released);
    EXPECT_TRUE(got.bytes.empty());
  }
  EXPECT_EQ(log_size(), before);
}

TEST_P(StoreContract, AWithdrawalTakesBackWhatRestedOnThatConsentAlone) {
  ASSERT_EQ(release(1).kind, Kind::written);
  ASSERT_EQ(release(2).kind, Kind::written);
  ASSERT_EQ(fetch("req-2").kind, Fetched::Kind::given);
  auto other_basis = entry_for(3);
  other_basis.outcome = policy::Outcome::release;
  other_basis.release = release_for(3);
  other_basis.release->consents_only.clear();
  ASSERT_EQ(commit(evidence(about_anna()).token, other_basis).kind, Kind::written);

  auto withdrawn = consent_of("P-1");
  withdrawn.consent.withdrawn = policy::read_date("2026-11-22");
  ASSERT_EQ(admin().put(withdrawn).value(), adapters::Put::replaced);

  EXPECT_EQ(status("req-1").state, RequestState::withdrawn);
  EXPECT_EQ(status("req-2").state, RequestState::recalled);
  EXPECT_EQ(status("req-3").state, RequestState::released);
  const auto before = log_size();
  for (const char* id : {"req-1", "req-2"}) {
    const auto got = fetch(id);
    EXPECT_EQ(got.kind, Fetched::Kind::gone) << id;
    EXPECT_TRUE(got.bytes.empty()) << id;
  }
  EXPECT_EQ(log_size(), before + 2);  // that nothing was given is logged too
  EXPECT_EQ(fetch("req-3").kind, Fetched::Kind::given);
}

TEST_P(StoreContract, ARefusalOnTheSameScopeTakesBackToo) {
  ASSERT_EQ(release(1).kind, Kind::written);
  auto refusal = consent_of("P-1");
  refusal.consent_ref = "C-2";
  refusal.consent.refused = true;
  refusal.consent.given = policy::read_date("2026-11-20");
  ASSERT_TRUE(admin().put(refusal));
  EXPECT_EQ(status("req-1").state, RequestState::withdrawn);
}

TEST_P(StoreContract, AnotherConsentThatStandsKeepsTheRelease) {
  auto second = consent_of("P-1");
  second.consent_ref = "C-2";
  second.consent.given = policy::read_date("2026-11-01");
  ASSERT_TRUE(admin().put(second));
  ASSERT_EQ(release(1).kind, Kind::written);
  auto withdrawn = consent_of("P-1");
  withdrawn.consent.withdrawn = policy::read_date("2026-10-01");  // said before the second was given
  ASSERT_TRUE(admin().put(withdrawn));
  EXPECT_EQ(status("req-1").state, RequestState::released);
  second.consent.categories = {"housing"};  // narrowed: what was released is no longer covered
  ASSERT_TRUE(admin().put(second));
  EXPECT_EQ(status("req-1").state, RequestState::withdrawn);
}

TEST_P(StoreContract, AnExpiredReleaseIsGone) {
  ASSERT_EQ(release(1).kind, Kind::written);
  EXPECT_EQ(fetch("req-1", policy::Part::package, kNow + 24h * 14 - 1s).kind, Fetched::Kind::given);
  EXPECT_EQ(fetch("req-1", policy::Part::package, kNow + 24h * 14).kind, Fetched::Kind::gone);
  EXPECT_EQ(status("req-1").state, RequestState::expired);
  EXPECT_EQ(fetch("req-1").kind, Fetched::Kind::gone);
}

TEST_P(StoreContract, ARevokedRecipientKeyMakesThePackageGone) {
  ASSERT_EQ(release(1).kind, Kind::written);
  auto agencies = admin().agencies();
  ASSERT_TRUE(agencies);
  for (auto& agency : *agencies)
    for (auto& key : agency.keys)
      if (agency.id == "kent-mash" && key.kind == "age") {
        key.state = policy::KeyState::revoked;
        ASSERT_TRUE(admin().put_agency(agency, kNow));
      }
  EXPECT_EQ(fetch("req-1").kind, Fetched::Kind::gone);
  EXPECT_EQ(status("req-1").state, RequestState::released);
}

TEST_P(StoreContract, AReviewIsRecordedAlsoAfterADecline) {
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(1)).kind, Kind::written);
  policy::Transition declined;
  declined.request_id = "req-1";
  declined.at = kNow + 72h;
  declined.why = "answer_due";
  ASSERT_TRUE(run(store().settle(declined)).value());
  const auto before = log_size();
  EXPECT_EQ(run(store().ask_review("req-1", "Please look again.", call(1, kNow + 73h))).value(), policy::Called::done);
  EXPECT_TRUE(status("req-1").review_asked);
  EXPECT_EQ(status("req-1").state, RequestState::declined);
  EXPECT_EQ(log_size(), before + 1);
}

TEST_P(StoreContract, ACallHappensOnceHoweverOftenItIsSent) {
  ASSERT_EQ(release(1).kind, Kind::written);
  const auto before = log_size();
  const auto first = call(1, kNow + 1h);
  EXPECT_EQ(run(store().ask_review("req-1", "Please look again.", first)).value(), policy::Called::done);
  EXPECT_EQ(run(store().ask_review("req-1", "Please look again.", first)).value(), policy::Called::nonce_seen) << "byte for byte the same: a replay";
  auto again = call(2, kNow + 1h);
  again.idempotency_key = first.idempotency_key;
  again.body_sha256 = first.body_sha256;
  EXPECT_EQ(run(store().ask_review("req-1", "Please look again.", again)).value(), policy::Called::again) << "signed anew under the same key";
  auto other = call(3, kNow + 1h);
  other.idempotency_key = first.idempotency_key;
  EXPECT_EQ(run(store().ask_review("req-1", "Something else.", other)).value(), policy::Called::key_reused);
  EXPECT_EQ(log_size(), before + 1);

  policy::Transition received;
  received.request_id = "req-1";
  received.from = RequestState::released;
  received.to = RequestState::acknowledged;
  received.at = kNow + 1h;
  received.why = "receipt";
  const auto receipt = call(4, kNow + 1h);
  EXPECT_EQ(run(store().acknowledge(received, receipt)).value(), policy::Called::done);
  EXPECT_EQ(run(store().acknowledge(received, receipt)).value(), policy::Called::nonce_seen);
  auto receipt_again = call(5, kNow + 1h);
  receipt_again.idempotency_key = receipt.idempotency_key;
  receipt_again.body_sha256 = receipt.body_sha256;
  EXPECT_EQ(run(store().acknowledge(received, receipt_again)).value(), policy::Called::again) << "although the state has moved on since";
  EXPECT_EQ(run(store().acknowledge(received, call(6, kNow + 1h))).value(), policy::Called::conflict);
  EXPECT_EQ(log_size(), before + 2);
  // What was refused has used nothing up.
  received.from = RequestState::acknowledged;
  received.why = "receipt";
  EXPECT_EQ(run(store().ask_review("req-1", "Once more.", call(6, kNow + 1h))).value(), policy::Called::done);
}

TEST_P(StoreContract, AnAgencyThatChangedSinceItWasFoundIsLookedAtAgainBeforeAnythingIsDone) {
  ASSERT_EQ(release(1).kind, Kind::written);
  auto old = call(1, kNow + 1h);
  policy::FetchQuery query;
  query.request_id = "req-1";
  query.agency = "kent-mash";
  query.agency_version = old.agency_version;
  query.at = kNow + 1h;
  query.keyid = old.keyid;
  auto directory = run(store().directory()).value();
  for (auto agency : directory.agencies)
    if (agency.id == "kent-mash") {
      for (auto& key : agency.keys)
        if (key.kind == "signing") key.state = policy::KeyState::revoked;
      ASSERT_TRUE(admin().put_agency(agency, kNow));
    }
  const auto before = log_size();
  EXPECT_EQ(run(store().fetch(query)).value().kind, Fetched::Kind::stale);
  EXPECT_TRUE(run(store().fetch(query)).value().bytes.empty());
  EXPECT_EQ(run(store().ask_review("req-1", "words", old)).value(), policy::Called::stale);
  policy::Transition received;
  received.request_id = "req-1";
  received.from = RequestState::released;
  received.to = RequestState::acknowledged;
  received.at = kNow + 1h;
  received.why = "receipt";
  EXPECT_EQ(run(store().acknowledge(received, old)).value(), policy::Called::stale);
  EXPECT_EQ(log_size(), before);
  EXPECT_EQ(status("req-1").state, RequestState::released);
  EXPECT_FALSE(status("req-1").review_asked);
}

TEST_P(StoreContract, AReleaseWhoseDaysAreOverIsDueAndEndsOnce) {
  ASSERT_EQ(release(1).kind, Kind::written);
  const auto ends = status("req-1").release_expires;
  const auto due_at = [&](policy::Instant when) {
    std::vector<std::string> out;
    const auto due = run(store().due(when, 10));
    for (const auto& one : due.value()) out.push_back(one.id);
    return out;
  };
  EXPECT_TRUE(due_at(ends - 1s).empty());
  EXPECT_EQ(due_at(ends), std::vector<std::string>{"req-1"});
  policy::Transition over;
  over.request_id = "req-1";
  over.from = RequestState::released;
  over.to = RequestState::expired;
  over.at = ends;
  over.why = "expired";
  EXPECT_TRUE(run(store().settle(over)).value());
  EXPECT_TRUE(due_at(ends + 1h).empty());
  EXPECT_EQ(fetch("req-1", policy::Part::package, ends - 1s).kind, Fetched::Kind::gone);
}

TEST_P(StoreContract, WhatIsDueComesOldestFirstAndOnlyWhatWaits) {
  for (int i = 1; i <= 4; ++i) {
    auto entry = entry_for(i);
    entry.answer_by = kNow + std::chrono::hours(10 - i);
    ASSERT_EQ(commit(evidence(about_anna()).token, entry).kind, Kind::written);
  }
  ASSERT_EQ(release(5).kind, Kind::written);
  const auto ids = [&](policy::Instant now, std::size_t limit) {
    std::vector<std::string> out;
    const auto due = run(store().due(now, limit));
    for (const auto& one : due.value()) out.push_back(one.id);
    return out;
  };
  EXPECT_EQ(ids(kNow + 5h, 10), std::vector<std::string>{});
  EXPECT_EQ(ids(kNow + 6h, 10), (std::vector<std::string>{"req-4"}));
  EXPECT_EQ(ids(kNow + 100h, 10), (std::vector<std::string>{"req-4", "req-3", "req-2", "req-1"}));
  EXPECT_EQ(ids(kNow + 100h, 2), (std::vector<std::string>{"req-4", "req-3"}));
  policy::Transition declined;
  declined.request_id = "req-4";
  declined.at = kNow + 6h;
  ASSERT_TRUE(run(store().settle(declined)).value());
  EXPECT_FALSE(run(store().settle(declined)).value());  // the state is no longer `waiting`
  EXPECT_EQ(ids(kNow + 100h, 10), (std::vector<std::string>{"req-3", "req-2", "req-1"}));
}

TEST_P(StoreContract, AChangeOfStateAloneNeverReleases) {
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(1)).kind, Kind::written);
  policy::Transition wrong;
  wrong.request_id = "req-1";
  wrong.to = RequestState::released;
  wrong.at = kNow;
  EXPECT_FALSE(run(store().settle(wrong)).value());
  EXPECT_EQ(status("req-1").state, RequestState::waiting);
  EXPECT_EQ(fetch("req-1").kind, Fetched::Kind::not_released);
}

TEST_P(StoreContract, APageForTheLeadIsDueUntilItIsDurablyPaged) {
  auto entry = entry_for(1);
  entry.page_lead = true;
  ASSERT_EQ(commit(evidence(about_anna()).token, entry).kind, Kind::written);
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(2)).kind, Kind::written);
  backend_->close();
  backend_->open();
  EXPECT_EQ(run(store().pages_due(10)).value(), std::vector<std::string>{"req-1"});
  EXPECT_TRUE(run(store().paged("req-1", kNow)).value());
  EXPECT_FALSE(run(store().paged("req-1", kNow)).value());
  EXPECT_FALSE(run(store().paged("req-2", kNow)).value());
  EXPECT_TRUE(run(store().pages_due(10)).value().empty());
}

TEST_P(StoreContract, TheDirectoryListsAgenciesKeysAgreementsAndTheActivePack) {
  const auto before = run(store().directory()).value();
  EXPECT_EQ(before.active_pack_sha256, kPack);
  ASSERT_EQ(before.agencies.size(), 2u);
  EXPECT_EQ(before.agencies[1].id, "kent-mash");
  EXPECT_EQ(before.agencies[1].keys.size(), 3u);
  ASSERT_EQ(before.agencies[1].agreements.size(), 1u);
  EXPECT_EQ(before.agencies[1].agreements[0].purposes, (std::vector<std::string>{"early_help", "mash_referral"}));
  EXPECT_EQ(before.agencies[1].agreements[0].from, policy::read_date("2026-01-01"));
  EXPECT_FALSE(before.agencies[1].agreements[0].to.has_value());
  put_agency(admin(), "kent-police", "3");
  const auto after = run(store().directory()).value();
  EXPECT_GT(after.version, before.version);
  EXPECT_EQ(after.agencies.size(), 3u);
}

TEST_P(StoreContract, HealthSaysWhetherItCanBeWrittenAndWhereTheLogEnds) {
  ASSERT_EQ(commit(evidence(about_anna()).token, entry_for(1)).kind, Kind::written);
  const auto health = run(store().health()).value();
  EXPECT_TRUE(health.writable);
  EXPECT_GT(health.free_bytes, 0u);
  EXPECT_EQ(health.last_entry, kNow);
}

}  // namespace
}  // namespace gatehouse::tests
