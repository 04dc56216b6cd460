// The key of the index is changed beside a store that serves: before, at each step and after, who was found is found, and what was seen before is known.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <thread>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/key_admin.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/statistics_import.hpp"
#include "adapters/sqlite/statistics_rows.hpp"
#include "adapters/sqlite/turn_over.hpp"
#include "crypto/keystore.hpp"
#include "tests/adapters/store_checks.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using adapters::Database;
using adapters::KeyAdmin;
using adapters::Keyring;
using adapters::Put;
using adapters::Statement;
using policy::Called;
using policy::Committed;
using policy::Matched;

constexpr const char* kTwinsNumber = "4010232137";
constexpr const char* kLatersNumber = "9434765919";

class IndexRotation : public testing::Test {
 protected:
  IndexRotation() {
    furnish(folder_.path());
    settings_ = settings_in(folder_.path());
  }
  std::unique_ptr<adapters::SqliteStore> store() {
    auto store = adapters::SqliteStore::open(settings_, [](const std::string& why) { ADD_FAILURE() << why; });
    if (!store) throw std::runtime_error(store.error());
    return std::move(*store);
  }
  adapters::Admin admin() {
    auto admin = adapters::Admin::open(settings_);
    if (!admin) throw std::runtime_error(admin.error());
    return std::move(*admin);
  }
  // `steps`: ends after so many transactions, as a kill between two of them does.
  KeyAdmin keys(int steps = -1, unsigned rows_at_once = 200) {
    adapters::KeyAdminSettings how;
    how.by = "Keeper Fictional";
    how.rows_at_once = rows_at_once;
    if (steps >= 0) how.go_on = [left = steps]() mutable { return left-- > 0; };
    auto made = KeyAdmin::open(settings_, std::move(how));
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
  }
  long long number_of(const std::string& sql) { return number(folder_.path(), sql); }
  // How many values stand under a version.
  long long under(unsigned version) {
    long long out = 0;
    for (const auto& column : adapters::index_columns()) {
      const std::string value = column.column, mark = version == 1 ? "x''" : "x'000" + std::to_string(version) + "'";
      out += number_of(std::string("SELECT count(*) FROM ") + column.table + " WHERE substr(" + value + ", 17) = " + mark);
    }
    return out;
  }

  // ---- something under every column
  static adapters::PersonInput person(const char* ref, const char* given, const char* nhs) {
    adapters::PersonInput out;
    out.ref = ref;
    out.names = {{given, "Invented", "current"}};
    out.date_of_birth = "2012-03-04";
    if (*nhs != '\0') out.identifiers = {{"nhs", nhs}};
    return out;
  }
  static adapters::ItemInput withheld() {
    auto out = contact_of("P-1", "I-2", "07700 900124");
    out.withheld_from = {"kent-housing"};
    return out;
  }
  static adapters::RelationInput uncle_of(const char* ref) {
    adapters::RelationInput out;
    out.person_ref = ref;
    out.names = {{"Wilfred", "Danger", "current"}};
    out.relation = "uncle";
    out.alleged_perpetrator = true;
    return out;
  }
  static policy::EvidenceQuery about(const std::string& nhs, const char* given, const char* born = "2012-03-04") {
    policy::EvidenceQuery query = about_anna();
    query.locator = {};
    query.locator.nhs_number = nhs;
    query.locator.given_name = given;
    query.locator.family_name = "Invented";
    query.locator.date_of_birth = born;
    return query;
  }
  static policy::StaffMember staff_member(const char* id, const char* sign_in) {
    policy::StaffMember out;
    out.id = id;
    out.sign_in = sign_in;
    out.roles = {policy::Role::worker};
    return out;
  }
  static policy::Call call(adapters::SqliteStore& store, int number) {
    policy::Call out;
    out.agency = "kent-mash";
    const auto directory = run(store.directory());
    for (const auto& agency : directory->agencies)
      if (agency.id == out.agency) out.agency_version = agency.version;
    out.keyid = "kent-mash/sig-1";
    out.nonce = "call" + std::to_string(number);
    out.nonce_expires = kNow + 300s;
    out.idempotency_key = "call" + std::to_string(number);
    out.body_sha256 = std::string(64, 'b');
    out.at = kNow + 60s;
    return out;
  }
  static policy::InboundDocument document() {
    policy::InboundDocument out;
    out.id = "dc_1";
    out.format = "docx";
    out.about_json = "{}";
    out.original = "file";
    return out;
  }
  static policy::Enquiry enquiry() {
    policy::Enquiry out;
    out.id = "en_1";
    out.author = "st_1";
    out.way = policy::EnquiryWay::partner;
    out.agency = "kent-mash";
    out.asked = kNow;
    out.answer_by = kNow + 48h;
    out.text = "Does anybody there know of a group for carers?";
    return out;
  }

  void fill(adapters::SqliteStore& store) {
    {
      auto a = admin();
      ASSERT_TRUE(a.put(withheld()));
      ASSERT_TRUE(a.put(person("P-3", "Dora", kTwinsNumber)));
      ASSERT_TRUE(a.put(adapters::CompetenceInput{"P-1", policy::Competence::competent, "2026-05-01", "", "st_1"}));
      ASSERT_TRUE(a.put(adapters::FindingInput{"P-1", policy::CircumstanceCode::being_hurt, "2026-01-01", "st_1", ""}));
      ASSERT_TRUE(a.put(uncle_of("P-3")));
    }
    ASSERT_TRUE(*run(store.put_staff(staff_member("st_1", "rowan"), policy::StaffNote{"st_0", "added", kNow}, false)));
    ASSERT_TRUE(*run(store.open_session("a session", policy::StaffSession{"st_1", kNow, kNow})));
    ASSERT_EQ(run(store.commit(run(store.evidence(about_anna()))->token, entry_for(1)))->kind, Committed::Kind::written);
    // About nobody; the file of that person comes afterwards, with somebody dangerous on it.
    const auto evidence = run(store.evidence(about("", "Cleo")));
    ASSERT_EQ(evidence->matched, Matched::nobody);
    ASSERT_EQ(run(store.commit(evidence->token, entry_for(2)))->kind, Committed::Kind::written);
    ASSERT_TRUE(admin().put(person("P-77", "Cleo", "")));
    ASSERT_TRUE(admin().put(uncle_of("P-77")));
    ASSERT_EQ(run(store.send_document(document(), call(store, 1)))->called, Called::done);
    ASSERT_TRUE(*run(store.ask_enquiry(enquiry())));
    ASSERT_EQ(*run(store.answer_enquiry("en_1", "Yes.", call(store, 2))), Called::done);
    // As the statistics write it.
    auto ring = Keyring::open(settings_.keystore, settings_.kek).value();
    Database database(settings_.database, Database::Mode::write, 1000);
    adapters::Index index(database, ring);
    index.look();
    const std::string key = index.to_write(adapters::first_index(ring, "idempotency:kent-mash|figures"));
    Statement(database.handle(), "INSERT INTO statistics_idempotency (token, body, at) VALUES (?, ?, 0)").run(adapters::Blob{key}, adapters::Blob{key});
    for (const auto& column : adapters::index_columns())
      EXPECT_GT(number_of(std::string("SELECT count(") + column.column + ") FROM " + column.table), 0) << column.table << "." << column.column << " is not tried here";
  }

  std::size_t seen_by(adapters::SqliteStore& store, const std::string& looker) {
    std::size_t out = 0;
    for (const auto& one : *run(store.counts(kNow, kNow + 1s, kNow + 1h, looker))) out += one.count;
    return out;
  }

  // Changes nothing.
  void expect_everything_is_known(adapters::SqliteStore& store, const std::string& when) {
    SCOPED_TRACE(when);
    const auto found = run(store.evidence(about_anna()));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->matched, Matched::one);
    EXPECT_EQ(found->items.size(), 2u);
    auto housing = about_anna("kent-housing");
    housing.worker = "Mary Fictional";
    const auto theirs = run(store.evidence(housing));
    ASSERT_TRUE(theirs);
    EXPECT_TRUE(theirs->conflict) << "a relative asks";
    EXPECT_EQ(std::count_if(theirs->items.begin(), theirs->items.end(), [](const policy::Item& item) { return item.withheld_from_requester == true; }), 1);
    auto vague = about_anna();
    vague.locator.nhs_number.clear();
    EXPECT_EQ(run(store.evidence(vague))->matched, Matched::candidates);
    EXPECT_EQ(run(store.evidence(about(kTwinsNumber, "Dora")))->matched, Matched::one);
    EXPECT_EQ(run(store.evidence(about("", "Nobody")))->matched, Matched::nobody);

    // What was seen before is not taken for new.
    auto token = run(store.evidence(about_anna()))->token;
    EXPECT_EQ(run(store.commit(token, entry_for(1)))->kind, Committed::Kind::nonce_seen);
    auto again = entry_for(1);
    again.nonce = "another";
    EXPECT_EQ(run(store.commit(token, again))->kind, Committed::Kind::same_request);
    EXPECT_EQ(run(store.commit(token, again))->request_id, "req-1");
    again.body_sha256 = std::string(64, 'c');
    EXPECT_EQ(run(store.commit(token, again))->kind, Committed::Kind::key_reused);
    EXPECT_EQ(run(store.send_document(document(), call(store, 1)))->called, Called::nonce_seen);
    auto sent = call(store, 1);
    sent.nonce = "fresh";
    EXPECT_EQ(run(store.send_document(document(), sent))->called, Called::again);
    auto answered = call(store, 2);
    answered.nonce = "fresh";
    EXPECT_EQ(*run(store.answer_enquiry("en_1", "Yes.", answered)), Called::again);

    const auto member = run(store.staff_by_sign_in("rowan"));
    ASSERT_TRUE(member);
    EXPECT_TRUE(*member);
    EXPECT_FALSE(*run(store.put_staff(staff_member("st_9", "rowan"), policy::StaffNote{"st_0", "added", kNow}, false))) << "the name is taken";
    const auto session = run(store.session("a session"));
    ASSERT_TRUE(session);
    EXPECT_TRUE(*session);
    EXPECT_TRUE(*run(store.touch_session("a session", kNow)));

    auto a = admin();
    const auto before = a.counts().value();
    EXPECT_EQ(a.put(anna()).value(), Put::unchanged);
    EXPECT_EQ(a.put(withheld()).value(), Put::unchanged);
    EXPECT_EQ(a.put(consent_of("P-1")).value(), Put::unchanged);
    EXPECT_EQ(a.put(uncle_of("P-3")).value(), Put::unchanged);
    EXPECT_EQ(a.put(adapters::FindingInput{"P-1", policy::CircumstanceCode::being_hurt, "2026-01-01", "st_1", ""}).value(), Put::unchanged);
    EXPECT_EQ(a.put(adapters::CompetenceInput{"P-1", policy::Competence::competent, "2026-05-01", "", "st_1"}).value(), Put::unchanged);
    EXPECT_EQ(a.consents("P-1")->size(), 1u);
    EXPECT_EQ(a.counts()->people, before.people);

    // Who is close to a person whose file came later sees nothing of what was asked about them.
    EXPECT_EQ(seen_by(store, "Sophie Helper") - seen_by(store, "Wilfred Danger"), 1u);
  }

  Folder folder_;
  adapters::SqliteSettings settings_;
};

TEST_F(IndexRotation, AValueFollowsFromTheOneBeforeAndSaysItsVersion) {
  ASSERT_TRUE(keys().rotate_index());
  auto ring = Keyring::open(settings_.keystore, settings_.kek).value();
  Database database(settings_.database, Database::Mode::write, 1000);
  adapters::Index index(database, ring);
  index.look();
  EXPECT_EQ(index.oldest(), 2u);
  EXPECT_EQ(index.written(), 2u);
  const std::string first = adapters::first_index(ring, "nhs:9990000018");
  EXPECT_EQ(first, crypto::blind_index(*ring.blind_index_key().find(1), "nhs:9990000018"));
  const std::string second = crypto::next_blind_index(*ring.blind_index_key().find(2), first) + std::string("\0\2", 2);
  EXPECT_EQ(index.to_write(first), second);
  EXPECT_EQ(index.turned(first), second);
  EXPECT_EQ(index.turned(second), second);
  EXPECT_EQ(index.to_find(first), std::vector<std::string>{second});
  EXPECT_EQ(adapters::index_version(first), 1u);
  EXPECT_EQ(adapters::index_version(second), 2u);
  EXPECT_TRUE(index.same(second, first));
  EXPECT_TRUE(index.same(first, first));
  EXPECT_FALSE(index.same(second, adapters::first_index(ring, "nhs:9990000019")));
  EXPECT_THROW(adapters::index_version("short"), adapters::DatabaseFault);
  EXPECT_THROW(index.turned(first + std::string("\0\3", 2)), adapters::DatabaseFault);
  {
    adapters::Transaction transaction(database);
    adapters::write_index_as(database, 3, "a check");
    EXPECT_THROW(index.look(), adapters::DatabaseFault) << "there is no such key";
  }
}

TEST_F(IndexRotation, EveryColumnThatHoldsAHashIsTurnedOverOrIsOfSomethingElse) {
  std::set<std::pair<std::string_view, std::string_view>> known, hashes;
  for (const auto& one : adapters::index_columns()) known.emplace(one.table, one.column);
  // Digests of what is no secret, and of what has a key of its own.
  for (const auto& one : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"active_pack", "sha256"}, {"decision", "pack"}, {"release", "sha256"}, {"log_entry", "leaf"}, {"key_change", "challenge"}, {"enquiry", "pack"},
           {"statistics_policy", "sha256"}, {"statistics_scheme", "key_id"}, {"statistics_snapshot", "digest"}, {"statistics_snapshot", "codes"},
           {"index_check", "value"}, {"statistics_release", "cell"}, {"statistics_receipt", "cell"}, {"statistics_charge", "prev"}, {"statistics_charge", "hash"}})
    known.insert(one);
  for (const auto& column : adapters::declared_columns())
    if (column.holds == adapters::Holds::hash) hashes.emplace(column.table, column.column);
  EXPECT_EQ(hashes, known);
}

TEST_F(IndexRotation, IsNotOverWhileAReaderHoldsTheValuesOfBefore) {
  auto serving = store();
  fill(*serving);
  std::string one;
  {
    Database reader(settings_.database, Database::Mode::read, 1000);
    Statement begin(reader.handle(), "BEGIN"), end(reader.handle(), "COMMIT"), token(reader.handle(), "SELECT token FROM identifier LIMIT 1");
    begin.run();
    {
      auto rows = token.select();
      ASSERT_TRUE(rows.next());
      one = std::string(rows.blob(0));
    }
    const auto stopped = keys().rotate_index();
    ASSERT_FALSE(stopped);
    EXPECT_NE(stopped.error().find("a reader still holds"), std::string::npos) << stopped.error();
    EXPECT_FALSE(keys().status().value().unfinished.empty());
    expect_everything_is_known(*serving, "while the reader holds it");
    end.run();
  }
  const auto turned = keys().rotate_index();
  ASSERT_TRUE(turned) << turned.error();
  EXPECT_TRUE(keys().status().value().unfinished.empty());
  for (const char* name : {"/gatehouse.db", "/gatehouse.db-wal"}) {
    std::ifstream in(folder_.path() + name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(bytes.find(one), std::string::npos) << name;
  }
}

TEST_F(IndexRotation, WhoeverLearntTheOldKeyFindsNobodyInTheDatabaseOfToday) {
  std::vector<std::string> old;
  {
    auto serving = store();
    fill(*serving);
    Database database(settings_.database, Database::Mode::read, 1000);
    for (const auto& column : adapters::index_columns()) {
      Statement all(database.handle(), std::string("SELECT ") + column.column + " FROM " + column.table + " WHERE " + column.column + " IS NOT NULL");
      auto rows = all.select();
      while (rows.next()) old.emplace_back(rows.blob(0));
    }
    ASSERT_GT(old.size(), 40u);
    for (const std::string& one : old) EXPECT_EQ(one.size(), 16u);
    const auto turned = keys().rotate_index();
    ASSERT_TRUE(turned) << turned.error();
    EXPECT_GE(*turned, old.size() - 8) << "equal values in one place are turned over at once";
    expect_everything_is_known(*serving, "after it");
  }
  EXPECT_EQ(under(1), 0);
  EXPECT_GT(under(2), 40);
  for (const char* name : {"/gatehouse.db", "/gatehouse.db-wal"}) {
    std::ifstream in(folder_.path() + name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    for (const std::string& one : old) EXPECT_EQ(bytes.find(one), std::string::npos) << name;
  }
  // Both ends of it are on the log, and the state says which key is which.
  std::set<std::string> said;
  auto a = admin();
  for (const auto& row : a.log_rows(0, 10000).value())
    if (row.entry.find("\"kind\":\"key\"") != std::string::npos) said.insert(a.log_detail(row.index).value_or("?"));
  const auto status = keys().status().value();
  std::vector<std::string> states;
  std::string label;
  for (const auto& key : status.keys)
    if (key.name == "blind_index") states.push_back(key.state), label = key.label;
  EXPECT_EQ(states, (std::vector<std::string>{"old", "current"}));
  EXPECT_TRUE(status.unfinished.empty());
  for (const char* what : {"key_made", "key_current", "index_turned_over"})
    EXPECT_TRUE(said.contains("{\"key\":\"" + label + "\",\"what\":\"" + what + "\"}")) << what;
}

TEST_F(IndexRotation, StoppedAtEachStepItGoesOnAndMeanwhileNobodyIsMissed) {
  auto serving = store();
  fill(*serving);
  bool ended = false;
  int runs = 0;
  for (int steps = 0; !ended && steps < 400; ++steps) {
    auto rotation = keys(steps, 1);
    ended = rotation.rotate_index().has_value();
    const auto status = rotation.status().value();
    EXPECT_EQ(status.unfinished, ended ? std::vector<std::string>() : std::vector<std::string>{"index"});
    expect_everything_is_known(*serving, std::to_string(steps) + " steps");
    if (testing::Test::HasFailure()) FAIL() << "stopped after " << steps << " steps";
    ++runs;
    if (steps == 12) {
      // Somebody new, and somebody with the number of a person who is on file under the old key: both are found from now on.
      ASSERT_EQ(admin().put(person("P-4", "Later", kLatersNumber)).value(), Put::added);
      EXPECT_EQ(admin().put(person("P-4", "Later", kLatersNumber)).value(), Put::unchanged);
      ASSERT_EQ(admin().put(person("P-5", "Edith", kAnnasNumber)).value(), Put::added);
      ASSERT_EQ(run(serving->evidence(about_anna()))->matched, Matched::candidates) << "two people have this number";
      auto changed = person("P-5", "Edith", "");
      ASSERT_EQ(admin().put(changed).value(), Put::replaced);
    }
    if (steps >= 12) {
      EXPECT_EQ(run(serving->evidence(about(kLatersNumber, "Later")))->matched, Matched::one);
    }
  }
  ASSERT_TRUE(ended);
  EXPECT_GT(runs, 10);
  EXPECT_EQ(under(1), 0);
  EXPECT_EQ(number_of("SELECT count(*) FROM counter WHERE name IN ('index_oldest', 'index_written') AND n = 2"), 2);
  // Once more, on top of it, and the keys of both are wrapped again by another key-encryption key.
  ASSERT_TRUE(keys().rotate_index());
  EXPECT_EQ(under(2), 0);
  EXPECT_GT(under(3), 40);
  ASSERT_TRUE(keys().rotate_kek());
  expect_everything_is_known(*serving, "after two rotations and one of the key-encryption key");
  serving.reset();
  serving = store();
  expect_everything_is_known(*serving, "after a start");
  // Shredded under a later key, nobody finds them.
  ASSERT_TRUE(admin().shred("P-4", "First Officer", "Second Officer", kNow));
  EXPECT_EQ(run(serving->evidence(about(kLatersNumber, "Later")))->matched, Matched::nobody);
}

TEST_F(IndexRotation, KilledAtAnyMomentItGoesOn) {
  {
    auto serving = store();
    fill(*serving);
    auto a = admin();
    a.begin();
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(a.put(person(("Q-" + std::to_string(i)).c_str(), "Many", "")));
    ASSERT_TRUE(a.commit());
  }
  std::mt19937 random(20261127);
  int kills = 0, ended = 0;
  for (int attempt = 0; (ended < 2 || kills < 8) && attempt < 200; ++attempt) {
    const pid_t child = ::fork();
    if (child == 0) {
      int code = 1;
      try {
        code = keys(-1, 3).rotate_index() ? 0 : 1;
      } catch (const std::exception&) {
      }
      ::_exit(code);
    }
    // The first two seconds are for others to take the key up; after that rows are turned over.
    ::usleep(static_cast<useconds_t>(random() % (attempt % 2 == 0 ? 2'600'000 : 6'000'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
      ++kills;
    else if (WEXITSTATUS(status) == 0)
      ++ended;
    else
      FAIL() << "a rotation that was killed before does not go on";
    auto serving = store();
    expect_everything_is_known(*serving, "attempt " + std::to_string(attempt));
    if (testing::Test::HasFailure()) return;
    if (attempt == 11 && ended < 2) {   // so that it ends on a slow machine too
      serving.reset();
      ASSERT_TRUE(keys().rotate_index());
      ++ended;
    }
  }
  ASSERT_TRUE(keys().rotate_index());
  EXPECT_EQ(under(1), 0);
  EXPECT_EQ(number_of("SELECT count(DISTINCT n) FROM counter WHERE name IN ('index_oldest', 'index_written')"), 1);
}

TEST_F(IndexRotation, WhileItGoesOnEveryQuestionIsAnsweredAsBefore) {
  auto serving = store();
  fill(*serving);
  std::atomic<bool> ended = false;
  std::jthread rotating([&] {
    const auto done = keys(-1, 1).rotate_index();
    EXPECT_TRUE(done) << (done ? "" : done.error());
    ended = true;
  });
  int number = 100, stale = 0;
  while (!ended) {
    const auto found = run(serving->evidence(about_anna()));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->matched, Matched::one);
    const auto done = run(serving->commit(found->token, entry_for(++number)));
    ASSERT_TRUE(done);
    // Her row was turned over in between: decided again, as after any change of her file.
    if (done->kind == Committed::Kind::stale)
      ++stale;
    else
      ASSERT_EQ(done->kind, Committed::Kind::written);
    ASSERT_EQ(run(serving->evidence(about("", "Nobody")))->matched, Matched::nobody);
    ASSERT_TRUE(*run(serving->session("a session")));
    ASSERT_EQ(seen_by(*serving, "Sophie Helper") - seen_by(*serving, "Wilfred Danger"), 1u);
    ASSERT_EQ(admin().put(person(("R-" + std::to_string(number)).c_str(), "Many", "")).value(), Put::added);
  }
  rotating.join();
  EXPECT_GT(number, 110);
  EXPECT_LT(stale, 30);
  EXPECT_EQ(under(1), 0);
  expect_everything_is_known(*serving, "after it");
  for (int i = 101; i <= number; ++i) ASSERT_EQ(admin().put(person(("R-" + std::to_string(i)).c_str(), "Many", "")).value(), Put::unchanged);
}

TEST_F(IndexRotation, WhoeverWasAsleepTakesTheNewKeyUpBeforeTheyLookOrWrite) {
  auto before = admin();   // looks at no key store between now and its next row
  ASSERT_TRUE(keys().rotate_index());
  EXPECT_EQ(before.put(anna()).value(), Put::unchanged);
  ASSERT_EQ(before.put(person("P-4", "Later", kLatersNumber)).value(), Put::added);
  EXPECT_EQ(before.consents("P-1")->size(), 1u);
  EXPECT_EQ(under(1), 0);
  auto serving = store();
  EXPECT_EQ(run(serving->evidence(about(kLatersNumber, "Later")))->matched, Matched::one);
}

TEST_F(IndexRotation, AnOlderDatabaseIsReadWithTheNewerKeysAndTheOtherWayRoundIsSaid) {
  {
    auto serving = store();
    fill(*serving);
  }
  const std::string backup = folder_.path() + "/before";
  std::filesystem::create_directory(backup);
  for (const char* name : {"gatehouse.db", "keys.db"}) {
    Database(folder_.path() + "/" + name, Database::Mode::write, 1000).checkpoint(Database::Checkpoint::truncate);
    std::filesystem::copy_file(folder_.path() + "/" + name, backup + "/" + name);
  }
  ASSERT_TRUE(keys().rotate_index());
  const auto put_back = [&](const std::string& name) {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(folder_.path() + "/" + name + tail);
    std::filesystem::copy_file(backup + "/" + name, folder_.path() + "/" + name);
  };
  put_back("gatehouse.db");
  {
    auto serving = store();
    expect_everything_is_known(*serving, "a database from before the rotation");
    ASSERT_TRUE(keys().rotate_index());
    expect_everything_is_known(*serving, "turned over again");
  }
  EXPECT_EQ(under(1), 0);
  EXPECT_GT(under(3), 40);
  put_back("keys.db");
  const auto refused = adapters::SqliteStore::open(settings_, [](const std::string&) {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("newer backup of the key store"), std::string::npos) << refused.error();
}

TEST_F(IndexRotation, RowsOfStatisticsKeepTheirChildrenAndRecords) {
  settings_.statistics = folder_.path() + "/statistics.db";
  const auto policy = statistics::Policy::read(R"({"schema": "gatehouse-statistics/1", "test_policy": true, "lag_days": 0, "tick_ms": 0, "datasets": [{
    "id": "referrals", "first_period": "2026-Q1", "measures": [{"id": "children"}], "attributes": [
      {"id": "sex", "category": "identity", "codes": ["female", "male"]}], "cap_all": 1000000000, "cap_standing": 0}]})");
  ASSERT_TRUE(policy);
  using Rows = adapters::StatisticsRows;
  const auto put = [&](const char* child, const char* record) {
    auto rows = adapters::StatisticsImport::open(settings_, policy->datasets.front());
    if (!rows) throw std::runtime_error(rows.error());
    const auto done = rows->put(child, record, 20635, {0}).value();
    if (!rows->finish()) throw std::runtime_error("not finished");
    return done;
  };
  EXPECT_EQ(put("P-1", "r-1"), Rows::Put::added);
  EXPECT_EQ(put("P-1", "r-2"), Rows::Put::added);
  EXPECT_EQ(put("P-2", "r-3"), Rows::Put::added);
  const auto before = children_in_figures(settings_.statistics);
  ASSERT_TRUE(keys().rotate_index());
  const auto after = children_in_figures(settings_.statistics);
  EXPECT_EQ(after.size(), 2u);
  for (const auto child : after) EXPECT_FALSE(before.contains(child)) << "the old key still says which child this is";
  EXPECT_EQ(put("P-1", "r-1"), Rows::Put::unchanged);
  EXPECT_EQ(put("P-1", "r-4"), Rows::Put::added);
  EXPECT_EQ(children_in_figures(settings_.statistics).size(), 2u);
  // Stopped after the rows were turned over, they are not turned over twice.
  auto ring = Keyring::open(settings_.keystore, settings_.kek).value();
  EXPECT_EQ(adapters::turned_number(ring, *before.begin(), 1, 2), *after.find(adapters::turned_number(ring, *before.begin(), 1, 2)));
  EXPECT_EQ(adapters::forget_in_statistics(settings_, "P-1").value(), 3u);
  EXPECT_EQ(children_in_figures(settings_.statistics).size(), 1u);
}

}  // namespace
}  // namespace gatehouse::tests
