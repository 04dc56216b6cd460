// What lies on the disk: no word about a person in the clear, and nothing that can be moved from one place to another.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log.hpp"
#include "crypto/keys.hpp"
#include "tests/adapters/store_checks.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using adapters::Database;
using adapters::Statement;

class Sealing : public testing::Test {
 protected:
  Sealing() { furnish(folder_.path()); }
  std::unique_ptr<adapters::SqliteStore> store() {
    auto opened = adapters::SqliteStore::open(settings_in(folder_.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(*opened);
  }
  adapters::Admin admin() {
    auto opened = adapters::Admin::open(settings_in(folder_.path()));
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(*opened);
  }
  Folder folder_;
};

// Gives words that occur nowhere else, and remembers them.
class Planted {
 public:
  std::string word(const std::string& about) {
    std::string out = "zq" + about + "planted" + std::to_string(words_.size()) + "xj";
    words_.push_back(out);
    return out;
  }
  void add(std::string known) { words_.push_back(std::move(known)); }
  // Files that hold one of them, as text, as hexadecimal digits or as base64.
  std::vector<std::string> found_in(const std::string& folder) const {
    std::vector<std::string> out;
    std::size_t files = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) continue;
      ++files;
      std::ifstream in(file.path(), std::ios::binary);
      std::stringstream text;
      text << in.rdbuf();
      const std::string bytes = text.str();
      for (const auto& word : words_) {
        const std::string hex = crypto::hex({reinterpret_cast<const std::uint8_t*>(word.data()), word.size()});
        std::vector<std::string> forms = {word, hex};
        // In base64 a word has three faces, by its place; the ends differ.
        for (std::size_t shift = 0; shift < 3 && word.size() > 8; ++shift) forms.push_back(crypto::base64_unpadded(word.substr(shift, (word.size() - shift) / 3 * 3)));
        for (const auto& form : forms)
          if (bytes.find(form) != std::string::npos) out.push_back(file.path().filename().string() + ": " + word);
      }
    }
    if (files < 3) out.push_back("fewer files than a store has");
    return out;
  }

 private:
  std::vector<std::string> words_;
};

TEST_F(Sealing, WordsPlantedInEveryFieldImportAndRequestAreNowhereOnDisk) {
  Planted planted;
  auto admin = this->admin();
  auto store = this->store();

  adapters::PersonInput person;
  person.ref = planted.word("ref");
  person.names = {{planted.word("given"), planted.word("family"), "current"},
                  {planted.word("given"), planted.word("former"), "former"},
                  {planted.word("given"), planted.word("alias"), "alias"}};
  person.identifiers = {{"nhs", "4010232137"}, {"ni", "AB123456C"}, {"agency_reference", planted.word("reference")}, {planted.word("type"), planted.word("value")}};
  planted.add("4010232137");
  planted.add("AB123456C");
  person.date_of_birth = "1987-02-13";
  planted.add("1987-02-13");
  person.expected_date = "2027-03-19";
  planted.add("2027-03-19");
  person.sex = planted.word("sex");
  person.markers = {"risk", "safe_contact", "embargo"};
  ASSERT_TRUE(admin.put(person));

  adapters::RelationInput relation;
  relation.person_ref = person.ref;
  relation.names = {{planted.word("given"), planted.word("family"), "current"}};
  relation.identifiers = {{"other", planted.word("number")}};
  relation.relation = "mother " + planted.word("relation");
  ASSERT_TRUE(admin.put(relation));

  adapters::ItemInput item;
  item.person_ref = person.ref;
  item.item_ref = planted.word("itemref");
  item.record.category = policy::Category::safeguarding_concern;
  item.record.author = planted.word("author");
  item.record.kind = planted.word("kind");
  item.record.marks = {planted.word("mark")};
  item.record.fields = {{planted.word("field"), planted.word("text")}, {"summary", planted.word("summary")}};
  item.record.summary_author = planted.word("author");
  item.record.summary_written_on = planted.word("day");
  item.withheld_from = {"person:" + planted.word("whom")};
  ASSERT_TRUE(admin.put(item));
  item.record.fields[0].value = planted.word("second");  // what is replaced is gone too
  ASSERT_TRUE(admin.put(item));

  adapters::ConsentInput consent = consent_of(person.ref);
  consent.consent_ref = planted.word("consentref");
  consent.consent.agencies = {planted.word("agency")};
  ASSERT_TRUE(admin.put(consent));
  adapters::CompetenceInput competence{person.ref, policy::Competence::competent, "2026-01-01", "", planted.word("assessor")};
  ASSERT_TRUE(admin.put(competence));
  adapters::FindingInput finding{person.ref, policy::CircumstanceCode::being_hurt, "2026-01-01", planted.word("finder"), ""};
  ASSERT_TRUE(admin.put(finding));
  ASSERT_TRUE(admin.activate_pack({"pack", "1", kPack}, planted.word("officer"), planted.word("secondofficer"), kNow));

  for (int known = 0; known < 2; ++known) {
    auto query = about_anna();
    if (known == 0) query.locator = {};
    query.locator.agency_reference = planted.word("partnerref");
    query.locator.mother_name = planted.word("mother");
    query.locator.expected_date = "2027-01-01";
    query.worker = planted.word("worker");
    const auto found = run(store->evidence(query));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->matched, known == 1 ? policy::Matched::one : policy::Matched::nobody);
    auto entry = entry_for(known + 1);
    entry.idempotency_key = planted.word("idempotency");
    entry.nonce = planted.word("nonce");
    entry.request_json = "{\"subject\":\"" + planted.word("asked") + "\"}";
    entry.case_json = "{\"id\":\"" + planted.word("case") + "\"}";
    entry.decision_json = "{\"reason\":\"" + planted.word("decision") + "\",\"clauses\":[\"" + planted.word("clause") + "\"]}";
    if (known == 1) {
      entry.release = release_for(2);
      entry.release->content_sha256 = planted.word("content");
    }
    const auto done = run(store->commit(found->token, entry));
    ASSERT_TRUE(done);
    ASSERT_EQ(done->kind, policy::Committed::Kind::written);
    policy::Call call;
    call.agency = "kent-mash";
    call.agency_version = found->token.agency_version;
    call.keyid = planted.word("keyid");
    call.nonce = planted.word("nonce");
    call.nonce_expires = kNow + std::chrono::seconds(300);
    call.idempotency_key = planted.word("key");
    call.body_sha256 = planted.word("body");
    call.at = kNow;
    ASSERT_EQ(run(store->ask_review(entry.request_id, planted.word("review"), call)).value(), policy::Called::done);
  }

  EXPECT_EQ(planted.found_in(folder_.path()), std::vector<std::string>()) << "while open, write-ahead log included";
  store.reset();
  {
    auto closing = std::move(admin);
  }
  EXPECT_EQ(planted.found_in(folder_.path()), std::vector<std::string>()) << "closed";
  // The search itself finds what is there.
  planted.add("kent-mash");
  EXPECT_FALSE(planted.found_in(folder_.path()).empty());
}

TEST_F(Sealing, NoSealedValueOpensInAnotherRowOrColumn) {
  {
    auto admin = this->admin();
    ASSERT_TRUE(admin.put(contact_of("P-1", "I-2", "07700 900124")));
    ASSERT_TRUE(admin.put(contact_of("P-2", "I-1", "07700 900125")));
    auto other = consent_of("P-1");
    other.consent_ref = "C-2";
    ASSERT_TRUE(admin.put(other));
    adapters::CompetenceInput competence{"P-1", policy::Competence::competent, "2026-01-01", "", "staff-7"};
    ASSERT_TRUE(admin.put(competence));
  }
  const char* swaps[] = {
      // two items of one person
      "UPDATE item_content SET sealed = (SELECT sealed FROM item_content c JOIN item i ON i.content = c.id WHERE i.person = 2 AND c.id <> item_content.id LIMIT 1) "
      "WHERE id = (SELECT min(content) FROM item WHERE person = 2)",
      // the content pointers of two items
      "UPDATE item SET content = (SELECT max(content) FROM item WHERE person = 2) WHERE person = 2 AND content = (SELECT min(content) FROM item WHERE person = 2)",
      // an item of somebody else
      "UPDATE item_content SET sealed = (SELECT c.sealed FROM item_content c JOIN item i ON i.content = c.id WHERE i.person = 3) WHERE id = (SELECT min(content) "
      "FROM item WHERE person = 2)",
      // two consents of one person, a consent as an assessment
      "UPDATE consent SET file = (SELECT file FROM consent c WHERE c.person = 2 AND c.id <> consent.id) WHERE person = 2 AND id = (SELECT min(id) FROM consent WHERE "
      "person = 2)",
      "UPDATE competence SET file = (SELECT file FROM consent WHERE person = 2 LIMIT 1) WHERE person = 2",
      // another person's file
      "UPDATE person SET file = (SELECT file FROM person WHERE id = 3) WHERE id = 2",
      // an older version put back
      "UPDATE item SET version = version + 1 WHERE person = 2",
      "UPDATE consent SET version = version - 1 WHERE person = 2",
  };
  for (const char* swap : swaps) {
    Folder copy;
    std::filesystem::copy(folder_.path(), copy.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    {
      Database database(copy.path() + "/gatehouse.db", Database::Mode::write, 1000);
      ASSERT_GE(Statement(database.handle(), swap).run(), 1) << swap;
    }
    auto store = adapters::SqliteStore::open(settings_in(copy.path()), [](const std::string&) {});
    ASSERT_TRUE(store);
    const auto found = run((*store)->evidence(about_anna()));
    if (!found) {
      EXPECT_EQ(found.error(), policy::StoreError::unavailable);
      continue;
    }
    policy::RecordQuery query;
    query.person = found->token.person;
    for (const auto& item : found->items) query.items.emplace_back(item.id, item.version);
    ASSERT_FALSE(query.items.empty());
    EXPECT_FALSE(run((*store)->find(query))) << swap;
  }
}

TEST_F(Sealing, AHeaderEditedInTheDatabaseNoLongerAgreesWithWhatWasSealed) {
  {
    auto admin = this->admin();
    auto item = contact_of("P-1", "I-1", "07700 900123");
    item.compartment = policy::Compartment::counselling;
    item.given_in_confidence = true;
    item.withheld_from = {"kent-housing"};
    item.relevant_for.clear();
    ASSERT_TRUE(admin.put(item));
  }
  for (const char* edit : {"compartment = 'none'", "given_in_confidence = 0", "relevant_for_all = 1", "relevant_for = -1", "category = 'identity'", "restricted = 0"}) {
    Folder copy;
    std::filesystem::copy(folder_.path(), copy.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    {
      Database database(copy.path() + "/gatehouse.db", Database::Mode::write, 1000);
      ASSERT_EQ(Statement(database.handle(), std::string("UPDATE item SET ") + edit + " WHERE person = 2").run(), 1);
    }
    auto store = adapters::SqliteStore::open(settings_in(copy.path()), [](const std::string&) {});
    ASSERT_TRUE(store);
    const auto found = run((*store)->evidence(about_anna()));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->items.size(), 1u);
    policy::RecordQuery query;
    query.person = found->token.person;
    query.items = {{found->items[0].id, found->items[0].version}};
    const auto file = run((*store)->find(query));
    ASSERT_FALSE(file) << edit;
    EXPECT_EQ(file.error(), policy::SourceError::unavailable) << edit;
  }
}

TEST_F(Sealing, TheLogCannotBeChangedThroughTheDatabaseAndAFileThatWasIsNotServed) {
  const std::string file = folder_.path() + "/gatehouse.db";
  {
    Database database(file, Database::Mode::write, 1000);
    EXPECT_THROW(Statement(database.handle(), "UPDATE log_entry SET entry = 'x' WHERE idx = 0").run(), adapters::DatabaseFault);
    EXPECT_THROW(Statement(database.handle(), "DELETE FROM log_entry").run(), adapters::DatabaseFault);
  }
  const struct {
    const char *edit, *why;
  } edits[] = {{"DROP TRIGGER log_entry_is_final; UPDATE log_entry SET entry = replace(entry, '\"v\":1', '\"v\":2') WHERE idx = 1", "entry 1 "},
               {"DROP TRIGGER log_entry_stays; DELETE FROM log_entry WHERE idx = 1", "entry 1 "},
               {"DROP TRIGGER log_entry_stays; DELETE FROM log_entry WHERE idx = (SELECT max(idx) FROM log_entry)", "head"},
               {"UPDATE log_head SET size = size + 1", "head"}};
  for (const auto& one : edits) {
    Folder copy;
    std::filesystem::copy(folder_.path(), copy.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    {
      Database database(copy.path() + "/gatehouse.db", Database::Mode::write, 1000);
      database.run(one.edit);
    }
    const auto store = adapters::SqliteStore::open(settings_in(copy.path()), [](const std::string&) {});
    ASSERT_FALSE(store) << one.edit;
    EXPECT_NE(store.error().find(one.why), std::string::npos) << store.error();
  }
}

TEST_F(Sealing, AShreddedPersonIsNobodyAtOnceAndTheLogStaysAsItWas) {
  auto store = this->store();
  auto admin = this->admin();
  auto entry = entry_for(1);
  entry.release = release_for(1);
  const auto token = run(store->evidence(about_anna()))->token;
  ASSERT_EQ(run(store->commit(token, entry))->kind, policy::Committed::Kind::written);
  const auto late = run(store->evidence(about_anna()))->token;
  const auto before = admin.log_rows(0, 1000).value();
  ASSERT_TRUE(admin.log_detail(before.size() - 1));

  EXPECT_FALSE(admin.shred("P-1", "One Officer", "one officer", kNow));  // two people
  EXPECT_FALSE(admin.shred("P-none", "One Officer", "Two Officer", kNow));
  ASSERT_TRUE(admin.shred("P-1", "One Officer", "Two Officer", kNow));
  ASSERT_TRUE(admin.shred("P-1", "One Officer", "Two Officer", kNow));  // said again: nothing more to do

  EXPECT_EQ(run(store->evidence(about_anna()))->matched, policy::Matched::nobody);
  policy::FetchQuery fetch;
  fetch.request_id = "req-1";
  fetch.agency = "kent-mash";
  fetch.agency_version = late.agency_version;
  fetch.at = kNow;
  EXPECT_EQ(run(store->fetch(fetch))->kind, policy::Fetched::Kind::gone);
  EXPECT_EQ(run(store->commit(late, entry_for(2)))->kind, policy::Committed::Kind::stale);
  const auto after = admin.log_rows(0, 1000).value();
  ASSERT_EQ(after.size(), before.size() + 2);  // shred, and the access that gave nothing
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i].entry, before[i].entry);
  EXPECT_NE(after[before.size()].entry.find("\"kind\":\"shred\""), std::string::npos);
  EXPECT_FALSE(admin.log_detail(before.size() - 1));
  EXPECT_EQ(admin.put(anna()).error().code, "shredded");
  // The key is in no file any more.
  auto keys = adapters::Keyring::open(settings_in(folder_.path()).keystore, settings_in(folder_.path()).kek);
  ASSERT_TRUE(keys);
  EXPECT_FALSE(keys->data_key(token.person, false));
  EXPECT_EQ(std::filesystem::file_size(folder_.path() + "/keys.db-wal"), 0u);
}

TEST_F(Sealing, AKeyDestroyedByAnotherProcessIsNoLongerUsedAfterASecond) {
  auto ours = adapters::Keyring::open(settings_in(folder_.path()).keystore, settings_in(folder_.path()).kek);
  auto theirs = adapters::Keyring::open(settings_in(folder_.path()).keystore, settings_in(folder_.path()).kek);
  ASSERT_TRUE(ours && theirs);
  ASSERT_TRUE(ours->open_data_key(2));
  ASSERT_TRUE(theirs->destroy(2));
  std::this_thread::sleep_for(1100ms);
  EXPECT_FALSE(ours->open_data_key(2));
}

}  // namespace
}  // namespace gatehouse::tests
