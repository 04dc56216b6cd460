#include <gtest/gtest.h>

#include <functional>

#include "adapters/sqlite/admin.hpp"
#include "tests/adapters/store_checks.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using adapters::Put;

class Administration : public testing::Test {
 protected:
  Administration() {
    furnish(folder_.path());
    auto admin = adapters::Admin::open(settings_in(folder_.path()));
    if (!admin) throw std::runtime_error(admin.error());
    admin_.emplace(std::move(*admin));
  }
  Folder folder_;
  std::optional<adapters::Admin> admin_;
};

TEST_F(Administration, TheSameFileTwiceChangesNothing) {
  const auto before = admin_->counts().value();
  admin_->begin();
  EXPECT_EQ(admin_->put(anna()).value(), Put::unchanged);
  EXPECT_EQ(admin_->put(contact_of("P-1", "I-1", "07700 900123")).value(), Put::unchanged);
  EXPECT_EQ(admin_->put(consent_of("P-1")).value(), Put::unchanged);
  put_agency(*admin_, "kent-mash", "1");
  ASSERT_TRUE(admin_->commit());
  const auto after = admin_->counts().value();
  EXPECT_EQ(after.log_entries, before.log_entries);
  EXPECT_EQ(after.people, 2u);
  EXPECT_EQ(after.items, 1u);
  EXPECT_EQ(after.consents, 1u);
  EXPECT_EQ(after.agencies, 2u);
}

TEST_F(Administration, ARowThatFailsLeavesTheOthersStanding) {
  admin_->begin();
  EXPECT_EQ(admin_->put(contact_of("P-1", "I-5", "07700 900555")).value(), Put::added);
  const auto bad = admin_->put(contact_of("P-nobody", "I-6", "07700 900556"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "unknown_person");
  EXPECT_EQ(bad.error().where, "person_ref");
  EXPECT_EQ(admin_->put(contact_of("P-1", "I-7", "07700 900557")).value(), Put::added);
  ASSERT_TRUE(admin_->commit());
  EXPECT_EQ(admin_->counts()->items, 3u);
}

TEST_F(Administration, WhatWasRolledBackNeverWas) {
  const auto before = admin_->counts().value();
  admin_->begin();
  adapters::PersonInput person;
  person.ref = "P-9";
  person.names = {{"Nine", "Fictional", "current"}};
  EXPECT_EQ(admin_->put(person).value(), Put::added);
  admin_->rollback();
  EXPECT_EQ(admin_->counts()->people, before.people);
  EXPECT_EQ(admin_->counts()->log_entries, before.log_entries);
  EXPECT_EQ(admin_->put(person).value(), Put::added);
  EXPECT_EQ(admin_->counts()->people, before.people + 1);
}

TEST_F(Administration, WhatIsAcknowledgedIsThereForAnotherProcess) {
  admin_->begin();
  ASSERT_TRUE(admin_->put(contact_of("P-1", "I-5", "07700 900555")));
  auto other = adapters::Admin::open(settings_in(folder_.path()));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->counts()->items, 1u);
  ASSERT_TRUE(admin_->commit());
  EXPECT_EQ(other->counts()->items, 2u);
}

TEST_F(Administration, BadRowsAreRefusedByFieldAndReasonWithoutTheirValues) {
  const auto refused = [](const std::expected<Put, policy::Error>& put, const char* code, const char* where) {
    ASSERT_FALSE(put) << where;
    EXPECT_EQ(put.error().code, code);
    EXPECT_EQ(put.error().where, where);
    EXPECT_EQ(put.error().text().find("Secretname"), std::string::npos);
    EXPECT_EQ(put.error().text().find("9990000019"), std::string::npos);
    EXPECT_FALSE(put.error().remedy.empty());
  };
  adapters::PersonInput person;
  refused(admin_->put(person), "missing", "ref");
  person.ref = "P-8";
  refused(admin_->put(person), "missing", "names");
  person.names = {{"Secretname", "Secretname", "nickname"}};
  refused(admin_->put(person), "unknown_value", "names[0].kind");
  person.names = {{"", "", "current"}};
  refused(admin_->put(person), "missing", "names[0]");
  person.names = {{"Secretname", "Secretname", "current"}};
  person.identifiers = {{"nhs", "9990000019"}};
  refused(admin_->put(person), "bad_identifier", "identifiers[0].value");
  person.identifiers = {{"nhs", "9990000018"}, {"upn", "A801200005001"}};
  refused(admin_->put(person), "bad_identifier", "identifiers[1].value");
  person.identifiers.clear();
  person.date_of_birth = "2011-02-30";
  refused(admin_->put(person), "bad_date", "date_of_birth");
  person.date_of_birth.clear();
  person.expected_date = "soon";
  refused(admin_->put(person), "bad_date", "expected_date");
  person.expected_date.clear();
  person.markers = {"danger"};
  refused(admin_->put(person), "unknown_value", "markers[0]");

  adapters::RelationInput relation;
  relation.person_ref = "P-1";
  refused(admin_->put(relation), "missing", "names");
  relation.other_ref = "P-none";
  refused(admin_->put(relation), "unknown_person", "other_ref");
  relation.other_ref = "P-1";
  refused(admin_->put(relation), "bad_value", "other_ref");
  relation.other_ref = "P-2";
  refused(admin_->put(relation), "missing", "relation");
  relation.relation = "brother";
  relation.role = "friend";
  refused(admin_->put(relation), "unknown_value", "role");

  refused(admin_->put(contact_of("P-1", "", "07700 900555")), "missing", "item_ref");
  auto consent = consent_of("P-1");
  consent.consent_ref.clear();
  refused(admin_->put(consent), "missing", "consent_ref");
  refused(admin_->put(adapters::CompetenceInput{"P-1", policy::Competence::competent, "", "", "s"}), "bad_date", "assessed_on");
  refused(admin_->put(adapters::FindingInput{"P-1", policy::CircumstanceCode::being_hurt, "2026-01-01", "", ""}), "missing", "found_by");
  EXPECT_EQ(admin_->counts()->people, 2u);
}

TEST_F(Administration, OneKeyBelongsToOneAgency) {
  auto agencies = admin_->agencies().value();
  auto stolen = agencies[0];
  stolen.id = "kent-thief";
  stolen.name = "Thief";
  const auto put = admin_->put_agency(stolen, kNow);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, "key_in_use");
  for (auto& key : stolen.keys) key.keyid += "-x";
  EXPECT_EQ(admin_->put_agency(stolen, kNow).error().code, "key_in_use");
  for (auto& key : stolen.keys) key.value += "-x";
  EXPECT_EQ(admin_->put_agency(stolen, kNow).value(), Put::added);
}

TEST_F(Administration, AnAgencyIsReplacedWholeAndItsVersionGrows) {
  auto agency = admin_->agencies()->at(1);
  const auto before = agency.version;
  agency.keys.pop_back();
  agency.agreements[0].to = policy::read_date("2027-01-01");
  EXPECT_EQ(admin_->put_agency(agency, kNow).value(), Put::replaced);
  const auto after = admin_->agencies()->at(1);
  EXPECT_GT(after.version, before);
  EXPECT_EQ(after.keys.size(), 2u);
  EXPECT_EQ(after.agreements[0].to, policy::read_date("2027-01-01"));
}

TEST_F(Administration, EmergenciesOfAPartnerTakeTwoDifferentPeople) {
  auto agency = admin_->agencies()->at(1);
  ASSERT_FALSE(agency.emergency_registered);
  const std::vector<std::string> two = {"Imogen Farrow", "Delroy Whitcombe"};
  const auto refused = [&](const policy::Agency& wanted) {
    const auto entries = admin_->counts()->log_entries;
    for (const std::vector<std::string>& officers :
         {std::vector<std::string>{}, {"Imogen Farrow"}, {"Imogen Farrow", "Farrow, I."}, {"Imogen Farrow", ""}, {"Imogen Farrow", "Delroy Whitcombe", "Petra Sandilands"}}) {
      const auto put = admin_->put_agency(wanted, kNow, "{}", officers);
      ASSERT_FALSE(put) << officers.size();
      EXPECT_EQ(put.error().code, "second_person");
    }
    EXPECT_EQ(admin_->counts()->log_entries, entries);
  };
  agency.emergency_registered = true;
  refused(agency);
  auto another = agency;
  another.id = "kent-new";
  another.keys.clear();
  refused(another);
  EXPECT_EQ(admin_->put_agency(agency, kNow, "{}", two).value(), Put::replaced);
  EXPECT_EQ(admin_->put_agency(agency, kNow).value(), Put::unchanged);
  // Registered, it is nobody's to lend: not to another kind of agency, not to who answers another number, not to who holds another key or holds one for longer.
  const auto changed = [&](const std::function<void(policy::Agency&)>& change) {
    auto wanted = agency;
    change(wanted);
    refused(wanted);
  };
  changed([](auto& one) { one.type = policy::AgencyType::police; });
  changed([](auto& one) { one.directory_number = "01632 960009"; });
  changed([](auto& one) { one.keys[0].value += "-x"; });
  changed([](auto& one) { one.keys[0].not_after += std::chrono::hours(1); });
  changed([](auto& one) { one.keys[0].not_before -= std::chrono::hours(1); });
  changed([](auto& one) {
    one.keys.push_back(one.keys[0]);
    one.keys.back().keyid += "-x";
    one.keys.back().value += "-x";
  });
  // Whatever ends earlier takes one, and coming back takes two again.
  auto less = agency;
  less.keys[0].not_after -= std::chrono::hours(1);
  less.keys[1].state = policy::KeyState::revoked;
  less.keys.pop_back();
  EXPECT_EQ(admin_->put_agency(less, kNow).value(), Put::replaced);
  refused(agency);
  less.emergency_registered = false;
  EXPECT_EQ(admin_->put_agency(less, kNow).value(), Put::replaced);
  refused(agency);
  agency.emergency_registered = false;
  EXPECT_EQ(admin_->put_agency(agency, kNow).value(), Put::replaced) << "of others one person may say so";
}

TEST_F(Administration, APackNeedsTwoDifferentPeople) {
  const policy::PackIdentity pack{"p", "1", std::string(64, 'c')};
  EXPECT_FALSE(admin_->activate_pack(pack, "One Officer", "", kNow));
  EXPECT_FALSE(admin_->activate_pack(pack, "One Officer", "one  OFFICER", kNow));
  EXPECT_FALSE(admin_->activate_pack({"p", "1", "short"}, "One Officer", "Two Officer", kNow));
  EXPECT_TRUE(admin_->activate_pack(pack, "One Officer", "Two Officer", kNow));
}

// Whoever calls, and whatever the command line asked before: the store asks policy/officers itself.
TEST_F(Administration, OnePersonUnderTwoNamesIsNotTwoWhoOrderARestoreAPackOrADestruction) {
  const std::string before = R"({"kept":1,"lost":2,"origin":"example.org/log"})";
  const auto entries = admin_->counts()->log_entries;
  for (const char* second : {"Imogen Farrow", "imogen  FARROW", "Farrow, Imogen", "Dr I\xcc\x81mogen Farrow", "ImogenFarrow", "", " ", "I. Farrow", "Imogen Farrow-Hale",
                             "Imogen F\xd0\xb0rrow", "Imogen Farrow (st_2)", "st_4f1c2a9be07d55a1c3e2f901"})
    for (const auto& [one, other] : {std::pair("Imogen Farrow", second), std::pair(second, "Imogen Farrow")}) {
      EXPECT_FALSE(admin_->begin_again(before, one, other, "the machine burnt", kNow)) << second;
      EXPECT_FALSE(admin_->activate_pack({"p", "1", std::string(64, 'c')}, one, other, kNow)) << second;
      const auto shredded = admin_->shred("P-1", one, other, kNow, "asked for");
      ASSERT_FALSE(shredded) << second;
      EXPECT_EQ(shredded.error().code, "second_person") << second;
    }
  EXPECT_FALSE(admin_->begin_again(before, "Imogen Farrow (st_1)", "Imogen Farrow (st_2)", "the machine burnt", kNow)) << "two accounts of one name";
  EXPECT_EQ(admin_->counts()->log_entries, entries);
  EXPECT_TRUE(admin_->begin_again(before, "Imogen Farrow", "Delroy Whitcombe", "the machine burnt", kNow));
  EXPECT_EQ(admin_->counts()->log_entries, entries + 1);
}

TEST_F(Administration, AnExistingDatabaseIsNotMadeAgainAndAMissingOneIsNamed) {
  EXPECT_NE(adapters::Admin::create(settings_in(folder_.path())).error().find("never overwritten"), std::string::npos);
  auto settings = settings_in(folder_.path());
  settings.database += ".none";
  EXPECT_NE(adapters::Admin::open(settings).error().find("gatehouse init"), std::string::npos);
  EXPECT_FALSE(adapters::SqliteStore::open(settings, [](const std::string&) {}));
}

TEST_F(Administration, ConsentsAreListedAsTheyWerePut) {
  const auto listed = admin_->consents("P-1").value();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].form, policy::ConsentForm::written);
  EXPECT_EQ(listed[0].expires, policy::read_date("2027-05-01"));
  EXPECT_FALSE(listed[0].withdrawn.has_value());
  EXPECT_TRUE(admin_->consents("P-2")->empty());
  EXPECT_FALSE(admin_->consents("P-none"));
}

TEST_F(Administration, WhileAnotherProcessWritesARowSaysSoAndNothingIsHalfDone) {
  auto impatient = settings_in(folder_.path());
  impatient.busy_milliseconds = 10;
  auto other = adapters::Admin::open(impatient);
  ASSERT_TRUE(other);
  admin_->begin();
  ASSERT_TRUE(admin_->put(contact_of("P-1", "I-5", "07700 900555")));
  EXPECT_FALSE(other->put(contact_of("P-1", "I-6", "07700 900556")));
  other->begin();
  EXPECT_FALSE(other->put(contact_of("P-1", "I-6", "07700 900556")));
  EXPECT_FALSE(other->commit());
  ASSERT_TRUE(admin_->commit());
  EXPECT_TRUE(other->put(contact_of("P-1", "I-6", "07700 900556")));
  EXPECT_EQ(other->counts()->items, 3u);
  EXPECT_EQ(inconsistency(folder_.path()), "");
}

}  // namespace
}  // namespace gatehouse::tests
