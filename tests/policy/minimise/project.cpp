#include "policy/minimise/project.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "policy/minimise/tables.hpp"
#include "tests/policy/minimise/schema.hpp"

namespace gatehouse::policy {
namespace {

using namespace std::chrono;

const Instant now = sys_days{year{2026} / 11 / 22} + hours{10};

ItemDecision released(const Record& record, Detail detail) {
  ItemDecision item;
  item.id = record.id;
  item.version = record.version;
  item.category = record.category;
  item.outcome = ItemOutcome::release;
  item.detail = detail;
  return item;
}

Record record(Category category, std::vector<Field> fields) {
  Record made;
  made.id = "i-1";
  made.version = 3;
  made.category = category;
  made.kind = "fact";
  made.fields = std::move(fields);
  return made;
}

std::vector<ProjectedItem> cut(Purpose purpose, const Record& one, Detail detail, bool structured_only = false) {
  ItemDecision item = released(one, detail);
  item.structured_only = structured_only;
  return project(the_schema(), purpose, Decision({item}, {}, {}), {one}, now);
}

std::string value_of(const std::vector<ProjectedItem>& items, std::string_view field) {
  for (const ProjectedItem& item : items)
    for (const Field& one : item.fields)
      if (one.name == field) return one.value;
  return "-";
}

TEST(Project, FullReleasesAllFieldsAndTellsWhichAreText) {
  const Record concern = record(Category::safeguarding_concern, {{"type", "neglect"}, {"account", "He came without a coat."}});
  const auto items = cut(Purpose::mash_referral, concern, Detail::full);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].fields.size(), 2u);
  EXPECT_EQ(items[0].readings[0], Reading::as_it_is);
  EXPECT_EQ(items[0].readings[1], Reading::text);
}

TEST(Project, EveryNameFieldSaysWhoseNameItIs) {
  const auto items = cut(Purpose::mash_referral, record(Category::household, {{"member_name", "Zuzanna Nowak"}, {"relation", "sibling"}}), Detail::full);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].readings, (std::vector{Reading::person, Reading::as_it_is}));
  std::size_t names = 0;
  for (std::size_t c = 0; c < SchemaTables::categories; ++c)
    for (const FieldRule& rule : the_schema().tables().rules[c].fields) {
      const bool name = rule.type == FieldType::name;
      names += name;
      EXPECT_EQ(rule.names != Reading::as_it_is, name) << text(static_cast<Category>(c)) << "." << rule.name;
      EXPECT_EQ(rule.names == Reading::subject, name && static_cast<Category>(c) == Category::identity) << rule.name;
    }
  EXPECT_GE(names, 19u);
}

TEST(Project, WhatBelongsToSomebodyGoesAsItIsOnlyBesideTheName) {
  const Record lodger = record(Category::household, {{"member_name", "Zuzanna Nowak"}, {"member_date_of_birth", "2014-02-03"}, {"relation", "sibling"}});
  const auto whole = cut(Purpose::mash_referral, lodger, Detail::full);
  ASSERT_EQ(whole.size(), 1u);
  auto item = whole[0];
  band_belongings(the_schema(), item, {false, false, false}, now);
  EXPECT_EQ(value_of({item}, "member_date_of_birth"), "2014-02-03");
  item = whole[0];
  band_belongings(the_schema(), item, {true, false, false}, now);
  EXPECT_EQ(value_of({item}, "member_date_of_birth"), "10-14");
  EXPECT_EQ(item.fields.size(), item.readings.size());
  const Record nameless = record(Category::household, {{"member_date_of_birth", "2014-02-03"}});
  item = cut(Purpose::mash_referral, nameless, Detail::full).at(0);
  band_belongings(the_schema(), item, {false}, now);
  EXPECT_EQ(value_of({item}, "member_date_of_birth"), "10-14");

  item = cut(Purpose::mash_referral, record(Category::third_party, {{"person", "Wera Lis"}, {"address", "9 Mill Lane, Ashford"}}), Detail::full).at(0);
  band_belongings(the_schema(), item, {true, false}, now);
  EXPECT_EQ(value_of({item}, "address"), "-");
  // What is banded already stays as it is.
  item = cut(Purpose::mash_referral, lodger, Detail::banded).at(0);
  band_belongings(the_schema(), item, std::vector<bool>(item.fields.size()), now);
  EXPECT_EQ(value_of({item}, "member_date_of_birth"), "10-14");
}

TEST(Project, OnlyReleasedItemsOfTheDecidedVersionGo) {
  const Record contact = record(Category::contact, {{"phone", "07700 900114"}});
  ItemDecision item = released(contact, Detail::full);
  EXPECT_EQ(project(the_schema(), Purpose::mash_referral, Decision({item}, {}, {}), {contact}, now).size(), 1u);
  for (const ItemOutcome outcome : {ItemOutcome::withhold, ItemOutcome::refer, ItemOutcome::anonymised}) {
    item.outcome = outcome;
    EXPECT_TRUE(project(the_schema(), Purpose::mash_referral, Decision({item}, {}, {}), {contact}, now).empty());
  }
  item = released(contact, Detail::full);
  item.version = 4;
  EXPECT_TRUE(project(the_schema(), Purpose::mash_referral, Decision({item}, {}, {}), {contact}, now).empty());
  item = released(contact, Detail::full);
  item.id = "i-2";
  EXPECT_TRUE(project(the_schema(), Purpose::mash_referral, Decision({item}, {}, {}), {contact}, now).empty());
  item = released(contact, Detail::full);
  item.category = Category::housing;
  EXPECT_TRUE(project(the_schema(), Purpose::mash_referral, Decision({item}, {}, {}), {contact}, now).empty());
}

TEST(Project, ANoneCellNeverGoesWhateverTheDecisionSays) {
  EXPECT_TRUE(cut(Purpose::mash_referral, record(Category::employment, {{"status", "employed"}}), Detail::full).empty());
  EXPECT_TRUE(cut(Purpose::mash_referral, record(Category::contact, {{"phone", "07700 900114"}}), Detail::none).empty());
}

TEST(Project, ASummaryCellGivesTheStoredSummaryAlone) {
  Record opinion = record(Category::professional_opinion, {{"author", "A. Worker"}, {"opinion", "I think so."}, {"summary", "Support is needed."}});
  opinion.summary_author = "staff-7";
  opinion.summary_written_on = "2026-10-01";
  auto items = cut(Purpose::mash_referral, opinion, Detail::full);
  ASSERT_EQ(items.size(), 1u);
  ASSERT_EQ(items[0].fields.size(), 1u);
  EXPECT_EQ(items[0].fields[0].name, "summary");
  EXPECT_FALSE(items[0].needs_summary);

  opinion.fields.pop_back();
  items = cut(Purpose::mash_referral, opinion, Detail::full);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_TRUE(items[0].needs_summary);
  EXPECT_TRUE(items[0].refer);
  EXPECT_TRUE(items[0].fields.empty());
}

TEST(Project, ASummaryNobodySignedIsNone) {
  const auto items = cut(Purpose::mash_referral, record(Category::professional_opinion, {{"summary", "Support is needed."}}), Detail::summary);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_TRUE(items[0].needs_summary);
}

TEST(Project, ASummaryCellOfOnePartGivesThatPartCoded) {
  Record health = record(Category::health_physical, {{"condition", "asthma"}, {"action_needed", "carry_medicine"}, {"note", "Inhaler in bag."}, {"summary", "Asthma."}});
  health.summary_author = "staff-7";
  const auto items = cut(Purpose::education_placement, health, Detail::summary);
  ASSERT_EQ(items.size(), 1u);
  ASSERT_EQ(items[0].fields.size(), 1u);
  EXPECT_EQ(items[0].fields[0].name, "action_needed");
}

TEST(Project, OnlyAndNotCutPartsAndMarkedItems) {
  const Record identifiers = record(Category::identifiers, {{"nhs_number", "9990000018"}, {"upn", "B801200005001"}});
  auto items = cut(Purpose::education_placement, identifiers, Detail::full);
  EXPECT_EQ(value_of(items, "upn"), "B801200005001");
  EXPECT_EQ(value_of(items, "nhs_number"), "-");

  Record allegation = record(Category::allegation, {{"accused", "Some One"}, {"relation", "partner"}});
  EXPECT_TRUE(cut(Purpose::emergency, allegation, Detail::full).empty());
  allegation.marks = {"present_danger"};
  EXPECT_EQ(value_of(cut(Purpose::emergency, allegation, Detail::full), "accused"), "Some One");

  Record contact = record(Category::contact, {{"address", "1 Mill Lane"}, {"phone", "07700 900114"}});
  EXPECT_FALSE(cut(Purpose::cp_conference, contact, Detail::full).empty());
  contact.marks = {"reveals_safe_address"};
  EXPECT_TRUE(cut(Purpose::cp_conference, contact, Detail::full).empty());
}

TEST(Project, LastMonthsCountsBackFromTheDayAndAnUndatedEntryStaysOut) {
  Record entry = record(Category::chronology, {{"event_on", "2025-11-22"}, {"kind", "incident"}});
  EXPECT_FALSE(cut(Purpose::mash_referral, entry, Detail::relevant).empty());
  entry.fields[0].value = "2025-11-21";
  EXPECT_TRUE(cut(Purpose::mash_referral, entry, Detail::relevant).empty());
  entry.event_at = now - days{1};  // the item's own date comes first
  EXPECT_FALSE(cut(Purpose::mash_referral, entry, Detail::relevant).empty());
  entry.event_at.reset();
  entry.fields.erase(entry.fields.begin());
  EXPECT_TRUE(cut(Purpose::mash_referral, entry, Detail::relevant).empty());
  entry.recorded_at = now - days{10};
  EXPECT_FALSE(cut(Purpose::mash_referral, entry, Detail::relevant).empty());
  // The thirty-first of a short month: no day is invented.
  entry = record(Category::chronology, {{"event_on", "2026-08-31"}, {"kind", "incident"}});
  entry.summary_author = "staff-7";
  const auto at_end_of_february = sys_days{year{2027} / 2 / 28} + hours{1};
  EXPECT_EQ(project(the_schema(), Purpose::mash_referral, Decision({released(entry, Detail::relevant)}, {}, {}), {entry}, at_end_of_february).size(), 1u);
}

TEST(Project, WhatAPersonTellsOrAnotherPurposeSendsIsReferredEmpty) {
  const auto spoken = cut(Purpose::emergency, record(Category::safe_address, {{"address", "1 Mill Lane"}}), Detail::relevant);
  ASSERT_EQ(spoken.size(), 1u);
  EXPECT_TRUE(spoken[0].refer);
  EXPECT_TRUE(spoken[0].fields.empty());
  const auto apart = cut(Purpose::file_transfer, record(Category::safeguarding_concern, {{"type", "neglect"}}), Detail::full);
  ASSERT_EQ(apart.size(), 1u);
  EXPECT_TRUE(apart[0].refer);
  EXPECT_TRUE(apart[0].fields.empty());
}

TEST(Project, StructuredOnlyLeavesOutTextAndRefersWhatIsEmptyThen) {
  const Record concern = record(Category::safeguarding_concern, {{"type", "neglect"}, {"account", "He came without a coat."}});
  auto items = cut(Purpose::mash_referral, concern, Detail::full, true);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(value_of(items, "type"), "neglect");
  EXPECT_EQ(value_of(items, "account"), "-");
  items = cut(Purpose::mash_referral, record(Category::safeguarding_concern, {{"account", "He came without a coat."}}), Detail::full, true);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_TRUE(items[0].refer);
}

TEST(Project, BandsRoundEveryFieldByItsRule) {
  const auto band = [](Category category, const char* field, const char* value) {
    return value_of(cut(Purpose::s47_enquiry, record(category, {{field, value}}), Detail::banded), field);
  };
  EXPECT_EQ(band(Category::identity, "date_of_birth", "2026-12-24"), "unborn");
  EXPECT_EQ(band(Category::identity, "expected_date", "2027-01-02"), "unborn");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "2021-11-23"), "0-4");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "2021-11-22"), "5-9");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "2011-11-23"), "10-14");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "2008-11-23"), "15-17");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "2008-11-22"), "18-24");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "1981-11-23"), "25-44");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "1961-11-23"), "45-64");
  EXPECT_EQ(band(Category::identity, "date_of_birth", "1961-11-22"), "65+");
  EXPECT_EQ(band(Category::identity, "names", "Kacper Nowak"), "-");
  EXPECT_EQ(band(Category::identity, "sex", "male"), "male");
  EXPECT_EQ(band(Category::contact, "from_on", "2026-03-31"), "2026-Q1");
  EXPECT_EQ(band(Category::contact, "from_on", "2026-12-01"), "2026-Q4");
  EXPECT_EQ(band(Category::contact, "address", "9 Mill Lane, Gillingham, Medway ME7 1AA"), "-");
  EXPECT_EQ(band(Category::contact, "address", "9 Mill Lane, Medway, ME7 1AA"), "Medway");
  EXPECT_EQ(band(Category::contact, "address", "9 Mill Lane, Ashford"), "Ashford");
  EXPECT_EQ(band(Category::contact, "address", "Ashford Villa, 9 Mill Lane, Leeds, Yorkshire, LS1 1AA"), "-");
  EXPECT_EQ(band(Category::household, "size", "1"), "1");
  EXPECT_EQ(band(Category::household, "size", "4"), "3-4");
  EXPECT_EQ(band(Category::household, "size", "9"), "5+");
  EXPECT_EQ(band(Category::attendance_behaviour, "attendance", "97.5"), "90");
  EXPECT_EQ(band(Category::finance, "amount", "99.99"), "under_100");
  EXPECT_EQ(band(Category::finance, "amount", "100"), "100-499");
  EXPECT_EQ(band(Category::finance, "amount", "500"), "500-1999");
  EXPECT_EQ(band(Category::finance, "amount", "2000"), "2000+");
  EXPECT_EQ(band(Category::finance, "amount", "a lot"), "-");
  EXPECT_EQ(band(Category::finance, "note", "owes a lot"), "-");
}

TEST(Project, ASchemaNobodyReadReleasesNothing) {
  const Record contact = record(Category::contact, {{"phone", "07700 900114"}});
  EXPECT_TRUE(project(RecordSchema(), Purpose::mash_referral, Decision({released(contact, Detail::full)}, {}, {}), {contact}, now).empty());
}

// Whatever is stored and decided: no field leaves that the cell does not allow.
TEST(Project, NeverGivesAFieldThatTheCellDoesNotAllow) {
  rc::check("for every purpose, category, detail, mark and date", [] {
    const auto purpose = static_cast<Purpose>(*rc::gen::inRange<std::size_t>(0, SchemaTables::purposes));
    const auto category = static_cast<Category>(*rc::gen::inRange<std::size_t>(0, SchemaTables::categories));
    const SchemaTables& tables = the_schema().tables();
    const CategoryRule& rule = tables.rules[static_cast<std::size_t>(category)];
    Record one = record(category, {});
    for (const FieldRule& field : rule.fields) {
      if (*rc::gen::inRange(0, 4) == 0) continue;
      std::string value = "secret";
      if (field.type == FieldType::code) value = field.language ? "pol" : *rc::gen::elementOf(field.codes);
      if (field.type == FieldType::date) value = *rc::gen::elementOf(std::vector<std::string>{"2026-11-01", "2019-05-05", "nonsense"});
      if (field.type == FieldType::number) value = *rc::gen::elementOf(std::vector<std::string>{"7", "77", "x"});
      one.fields.push_back({field.name, value});
    }
    one.fields.push_back({"not_of_this_category", "secret"});
    for (const std::string& mark : tables.marks)
      if (*rc::gen::inRange(0, 3) == 0) one.marks.push_back(mark);
    if (*rc::gen::arbitrary<bool>()) one.summary_author = "staff-7";
    if (*rc::gen::arbitrary<bool>()) one.recorded_at = now - days{*rc::gen::inRange(0, 2000)};
    const auto detail = static_cast<Detail>(*rc::gen::inRange<std::size_t>(0, count_of<Detail>()));
    const bool structured = *rc::gen::arbitrary<bool>();
    const auto items = cut(purpose, one, detail, structured);
    RC_ASSERT(items.size() <= 1u);
    const Detail cell = tables.matrix[static_cast<std::size_t>(purpose)][static_cast<std::size_t>(category)];
    if (cell == Detail::none || detail == Detail::none) RC_ASSERT(items.empty());
    const auto found = tables.limits.find({purpose, category});
    for (const ProjectedItem& item : items) {
      RC_ASSERT(item.fields.size() == item.readings.size());
      if (item.refer) RC_ASSERT(item.fields.empty());
      for (const Field& field : item.fields) {
        const FieldRule* known = rule.field(field.name);
        RC_ASSERT(known != nullptr);
        if (structured) RC_ASSERT(known->type != FieldType::text);
        if (item.detail == Detail::summary) RC_ASSERT(field.name == "summary");
        if (item.detail == Detail::banded) {
          RC_ASSERT(known->band != Band::drop);
          RC_ASSERT(field.value != "secret");
        }
        if (field.name == "summary") RC_ASSERT(!one.summary_author.empty());
        if (found == tables.limits.end()) continue;
        const Limits& limits = found->second;
        RC_ASSERT(!limits.held);
        const auto has = [](const std::vector<std::string>& list, const std::string& word) { return std::find(list.begin(), list.end(), word) != list.end(); };
        const auto marked = [&](const std::vector<std::string>& list) { return std::any_of(list.begin(), list.end(), [&](const auto& mark) { return has(one.marks, mark); }); };
        if (limits.has_only) RC_ASSERT(has(limits.only_parts, known->part) || marked(limits.only_marks));
        RC_ASSERT(!has(limits.not_parts, known->part));
        RC_ASSERT(!marked(limits.not_marks));
      }
    }
  });
}

}  // namespace
}  // namespace gatehouse::policy
