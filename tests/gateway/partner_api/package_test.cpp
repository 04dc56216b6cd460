// What gets into a package: every name follows the same decision, whatever field it stands in.
#include "gateway/partner_api/package.hpp"

#include <gtest/gtest.h>

#include "policy/minimise/tables.hpp"
#include "tests/gateway/partner_api/world.hpp"

using namespace gatehouse;
using fakes::World;
using gateway::Asked;
using gateway::Cut;
using policy::Category;
using policy::Detail;
using policy::Purpose;

namespace {

policy::Person person(std::string id, std::string name, std::string relation, std::string role) {
  policy::Person out;
  out.id = std::move(id);
  out.names = {std::move(name)};
  out.relation = std::move(relation);
  out.role = std::move(role);
  return out;
}

// A family of the case file, and one record of it at a time.
class Package : public testing::Test {
 protected:
  static policy::Record record(Category category, std::vector<policy::Field> fields, const std::string& id = "i-1") {
    policy::Record out;
    out.id = id;
    out.version = 1;
    out.category = category;
    out.kind = "fact";
    out.event_at = out.recorded_at = *policy::read_instant("2026-11-20T10:00:00Z");
    out.fields = std::move(fields);
    return out;
  }

  // A purpose whose cell lets this field go as it is.
  Purpose purpose_for(Category category, const std::string& field) {
    const auto& tables = world_.keeper->load()->policies().schema.tables();
    const auto* rule = tables.rules[static_cast<std::size_t>(category)].field(field);
    for (std::size_t p = 0; p < policy::SchemaTables::purposes; ++p) {
      const auto purpose = static_cast<Purpose>(p);
      const Detail cell = tables.matrix[p][static_cast<std::size_t>(category)];
      if (cell != Detail::full && cell != Detail::relevant && cell != Detail::exception) continue;
      const auto limits = tables.limits.find({purpose, category});
      const auto has = [&](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), rule->part) != list.end(); };
      if (limits == tables.limits.end() || (!limits->second.held && !limits->second.as_code && !has(limits->second.not_parts) &&
                                            (!limits->second.has_only || has(limits->second.only_parts))))
        return purpose;
    }
    ADD_FAILURE() << "no purpose needs " << policy::text(category) << "." << field;
    return Purpose::mash_referral;
  }

  Cut cut(Purpose purpose, std::vector<policy::Record> records, Asked asked = {}) {
    asked.purpose = purpose;
    policy::CaseFile file;
    file.subject = "self";
    file.people = {person("self", "Tansy Merrow-Hale", "self", "family"), person("r1", "Odette Merrow-Hale", "mother", "family"),
                   person("r2", "Dorian Pellgrove", "stepfather", "family"), person("r3", "Bryony Castellane", "family worker", "professional")};
    std::vector<policy::ItemDecision> items;
    for (const auto& one : records) {
      policy::ItemDecision item;
      item.id = one.id;
      item.version = one.version;
      item.category = one.category;
      item.outcome = policy::ItemOutcome::release;
      item.detail = Detail::full;
      items.push_back(std::move(item));
    }
    file.records = std::move(records);
    const policy::Decision decision(std::move(items), {}, {});
    return gateway::cut_down(*world_.keeper->load(), asked, decision, file, policy::AgencyType::la_early_help, prepared_, world_.now);
  }

  static std::string value_of(const Cut& cut, std::string_view field) {
    for (const auto& item : cut.items)
      for (const auto& one : item.fields)
        if (one.name == field) return one.value;
    return "-";
  }

  World world_;
  gateway::PreparedCaseFiles prepared_;
};

bool names_whom_the_item_is_about(Category category) {
  return category == Category::household || category == Category::parental_responsibility || category == Category::allegation ||
         category == Category::third_party || category == Category::staff_allegation;
}

}  // namespace

TEST_F(Package, NoNameFieldShowsSomebodyWhomTheTextHides) {
  const auto snapshot = world_.keeper->load();
  const auto& tables = snapshot->policies().schema.tables();
  std::size_t looked_at = 0;
  for (std::size_t c = 0; c < policy::SchemaTables::categories; ++c) {
    const auto category = static_cast<Category>(c);
    for (const auto& rule : tables.rules[c].fields) {
      if (rule.type != policy::FieldType::name || category == Category::safe_address) continue;
      SCOPED_TRACE(std::string(policy::text(category)) + "." + rule.name);
      ++looked_at;
      auto item = record(category, {{rule.name, "Odette Merrow-Hale"}});
      if (category == Category::allegation || category == Category::third_party || category == Category::staff_allegation) item.marks = {"present_danger"};
      const Cut result = cut(purpose_for(category, rule.name), {item});
      EXPECT_FALSE(result.blocked);
      const std::string shown = value_of(result, rule.name);
      if (names_whom_the_item_is_about(category))
        EXPECT_EQ(shown, "Odette Merrow-Hale");  // the decision released the item that is there to name her
      else
        EXPECT_EQ(shown.find("Odette"), std::string::npos) << shown;
    }
  }
  EXPECT_GE(looked_at, 19u);
}

TEST_F(Package, WhoSpeaksIsCalledByTheRelationAsInTheText) {
  const Cut result = cut(Purpose::early_help, {record(Category::family_view, {{"speaker", "Odette Merrow-Hale"}, {"view", "Odette would be glad of help."}})});
  ASSERT_FALSE(result.blocked);
  EXPECT_EQ(value_of(result, "speaker"), "[mother]");
  EXPECT_EQ(value_of(result, "view"), "[mother] would be glad of help.");
  EXPECT_FALSE(result.flags.redaction_flagged);
}

TEST_F(Package, TheSubjectsOwnNameStays) {
  EXPECT_EQ(value_of(cut(Purpose::mash_referral, {record(Category::verbatim_disclosure, {{"speaker", "Tansy Merrow-Hale"}})}), "speaker"), "Tansy Merrow-Hale");
  EXPECT_EQ(value_of(cut(Purpose::early_help, {record(Category::identity, {{"aliases", "Tanny Oakes"}})}), "aliases"), "Tanny Oakes");
}

TEST_F(Package, AnIdentityThatHoldsSomebodyElsesNameIsHeldForAPerson) {
  const Cut result = cut(Purpose::early_help, {record(Category::identity, {{"names", "Tansy Merrow-Hale, mother Odette  merrow-hale"}})});
  EXPECT_EQ(value_of(result, "names"), "-");
  EXPECT_EQ(result.decision.items()[0].outcome, policy::ItemOutcome::refer);
}

TEST_F(Package, AProfessionalStaysInHerFieldAndInTheTextAroundIt) {
  const Cut result = cut(Purpose::mash_referral, {record(Category::professionals_involved, {{"professional", "Wilhelmina Quorndon"}, {"profession", "health_visitor"}, {"phone", "01632 960418"}}),
                                                  record(Category::safeguarding_concern, {{"account", "Wilhelmina Quorndon saw Dorian shout."}}, "i-2")});
  ASSERT_FALSE(result.blocked);
  EXPECT_EQ(value_of(result, "professional"), "Wilhelmina Quorndon");
  EXPECT_EQ(value_of(result, "phone"), "01632 960418");
  EXPECT_EQ(value_of(result, "account"), "Wilhelmina Quorndon saw [stepfather] shout.");
}

TEST_F(Package, AProfessionalFieldThatNamesFamilyFollowsTheFile) {
  const Cut result = cut(Purpose::mash_referral, {record(Category::professionals_involved, {{"professional", "Dorian Pellgrove"}, {"phone", "07700 900418"}})});
  EXPECT_EQ(value_of(result, "professional"), "[stepfather]");
  EXPECT_EQ(value_of(result, "phone"), "-");  // his number goes no further than his name
}

TEST_F(Package, ASourceThatAskedNotToBeNamedIsNotNamedEvenWhenSheIsAProfessional) {
  auto told = record(Category::informant_identity, {{"informant", "Bryony Castellane"}, {"phone", "01632 960401"}, {"asked_not_to_be_named", "yes"}});
  Cut result = cut(purpose_for(Category::informant_identity, "informant"), {told});
  EXPECT_EQ(value_of(result, "informant"), "-");
  EXPECT_EQ(value_of(result, "phone"), "-");
  EXPECT_EQ(value_of(result, "asked_not_to_be_named"), "yes");
  auto opinion = record(Category::professional_opinion, {{"author", "Wilhelmina Quorndon"}, {"profession", "health"}});
  opinion.marks = {"given_in_confidence"};
  result = cut(purpose_for(Category::professional_opinion, "author"), {opinion});
  EXPECT_EQ(value_of(result, "author").find("Quorndon"), std::string::npos);
}

TEST_F(Package, ANumberOrABirthdayGoesNoFurtherThanTheNameItBelongsTo) {
  const std::vector<policy::Field> stranger = {{"person", "Ferdinand Ablewhite"}, {"relation", "neighbour"}, {"address", "16 Hopkiln Row, Faversham"}};
  Cut result = cut(Purpose::mash_referral, {record(Category::third_party, stranger)});
  EXPECT_EQ(value_of(result, "person").find("Ablewhite"), std::string::npos);
  EXPECT_EQ(value_of(result, "address"), "-");
  EXPECT_TRUE(result.flags.redaction_flagged);  // released to name somebody, and nobody knows whom: a person looks
  // Asked for the address alone, the name does not go, and so the address does not.
  Asked asked;
  asked.fields = {{Category::third_party, "address"}};
  auto mother = stranger;
  mother[0].value = "Odette Merrow-Hale";
  EXPECT_EQ(value_of(cut(Purpose::mash_referral, {record(Category::third_party, mother)}), "address"), "16 Hopkiln Row, Faversham");
  EXPECT_EQ(value_of(cut(Purpose::mash_referral, {record(Category::third_party, mother)}, asked), "address"), "-");
}

TEST_F(Package, ASchoolMayBearASaintsNameAndNobodysOfTheFile) {
  EXPECT_EQ(value_of(cut(Purpose::early_help, {record(Category::education, {{"setting", "St Mary's RC Primary"}, {"note", "Mary was there."}})}), "setting"), "St Mary's RC Primary");
  const Cut result = cut(Purpose::early_help, {record(Category::education, {{"setting", "taught at home by Dorian Pellgrove"}})});
  EXPECT_EQ(value_of(result, "setting"), "-");
  EXPECT_TRUE(result.flags.redaction_flagged);
}
