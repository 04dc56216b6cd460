// What an entry of the log looks like, and what it does not tell.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/sqlite/log.hpp"
#include "crypto/keystore.hpp"
#include "crypto/log/tree.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using nlohmann::json;

class LogEntries : public testing::Test {
 protected:
  LogEntries() {
    furnish(folder_.path());
    auto store = adapters::SqliteStore::open(settings_in(folder_.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    if (!store) throw std::runtime_error(store.error());
    store_ = std::move(*store);
    auto admin = adapters::Admin::open(settings_in(folder_.path()));
    if (!admin) throw std::runtime_error(admin.error());
    admin_.emplace(std::move(*admin));
  }
  std::vector<adapters::Admin::LogRow> rows() { return admin_->log_rows(0, 100000).value(); }
  policy::Committed commit(policy::Entry entry, policy::EvidenceQuery query = about_anna()) {
    auto token = run(store_->evidence(std::move(query)))->token;
    return run(store_->commit(std::move(token), std::move(entry))).value();
  }
  Folder folder_;
  std::unique_ptr<adapters::SqliteStore> store_;
  std::optional<adapters::Admin> admin_;
};

TEST_F(LogEntries, EveryEntryIsCanonicalJsonSaltedAndItsLeafIsItsHash) {
  auto entry = entry_for(1);
  entry.release = release_for(1);
  commit(entry);
  commit(entry_for(2));
  policy::FetchQuery fetch;
  fetch.request_id = "req-1";
  fetch.agency = "kent-mash";
  fetch.at = kNow;
  const auto directory = run(store_->directory());
  for (const auto& agency : directory.value().agencies)
    if (agency.id == "kent-mash") fetch.agency_version = agency.version;
  ASSERT_EQ(run(store_->fetch(fetch)).value().kind, policy::Fetched::Kind::given);
  std::set<std::string> salts;
  std::uint64_t next = 0;
  for (const auto& row : rows()) {
    EXPECT_EQ(row.index, next++);
    const auto leaf = crypto::log::leaf_hash(row.entry);
    EXPECT_EQ(row.leaf, std::string(leaf.begin(), leaf.end()));
    const json read = json::parse(row.entry);
    EXPECT_EQ(read.dump(), row.entry) << "sorted keys, no white space";
    EXPECT_EQ(read["v"], 1);
    const auto salt = crypto::from_base64(read["salt"].get<std::string>());
    ASSERT_TRUE(salt);
    EXPECT_EQ(salt->size(), 32u);
    EXPECT_TRUE(salts.insert(*salt).second);
    const auto detail = crypto::from_base64(read["detail"].get<std::string>());
    ASSERT_TRUE(detail);
    const std::size_t padded = detail->size() - 24 - 16;
    EXPECT_TRUE(padded >= 256 && (padded & (padded - 1)) == 0) << padded;
    EXPECT_LE(row.entry.size(), 65535u);
    for (const auto& [key, value] : read.items())
      EXPECT_TRUE((std::set<std::string>{"agency", "at", "decision", "detail", "kind", "manifest", "outcome", "pack", "salt", "staff", "v"}.contains(key))) << key;
  }
}

TEST_F(LogEntries, AReleaseSaysToWhomUnderWhichPackAndManifestAndSealsTheRest) {
  auto entry = entry_for(1);
  entry.outcome = policy::Outcome::partial;
  entry.release = release_for(1);
  const auto done = commit(entry);
  const json read = json::parse(rows().at(done.log_index).entry);
  EXPECT_EQ(read["kind"], "release");
  EXPECT_EQ(read["agency"], "kent-mash");
  EXPECT_EQ(read["at"], kNow.time_since_epoch().count());
  EXPECT_EQ(read["outcome"], "partial");
  EXPECT_EQ(read["pack"], kPack);
  EXPECT_EQ(read["manifest"], crypto::hex(crypto::sha256(entry.release->manifest)));
  const json detail = json::parse(admin_->log_detail(done.log_index).value());
  EXPECT_EQ(detail["clauses"], json({"CAF-13", "CAF-22"}));
  EXPECT_EQ(detail["request"], "req-1");
  EXPECT_FALSE(detail["subject"].get<std::string>().empty());
  // The digest of the decision opens with the key in the sealed part, and only with it.
  const std::string k = crypto::from_hex(detail["k"].get<std::string>()).value();
  const auto key = crypto::SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(k.data()), k.size()});
  EXPECT_EQ(read["decision"], crypto::hex(crypto::hmac_sha256(key, entry.decision_json)));
}

TEST_F(LogEntries, TheSameDecisionTwiceLooksDifferentEachTime) {
  auto one = entry_for(1), two = entry_for(2);
  const auto first = commit(one).log_index, second = commit(two).log_index;
  const auto all = rows();
  const auto a = json::parse(all.at(first).entry), b = json::parse(all.at(second).entry);
  for (const char* key : {"decision", "detail", "salt"}) EXPECT_NE(a[key], b[key]) << key;
}

TEST_F(LogEntries, SomebodyUnknownLeavesAnEntryOfTheSameShapeAndSize) {
  auto unknown = about_anna();
  unknown.locator.nhs_number = "4010232137";
  unknown.locator.given_name = "No";
  unknown.locator.family_name = "Body";
  const auto known_row = rows().size();
  commit(entry_for(1));
  commit(entry_for(2), unknown);
  const auto all = rows();
  const json a = json::parse(all.at(known_row).entry), b = json::parse(all.at(known_row + 1).entry);
  EXPECT_EQ(all[known_row].entry.size(), all[known_row + 1].entry.size());
  for (const auto& [key, value] : a.items()) EXPECT_TRUE(b.contains(key)) << key;
  const json detail = json::parse(admin_->log_detail(known_row + 1).value());
  EXPECT_FALSE(detail.contains("subject"));
}

TEST_F(LogEntries, EachKindOfEventHasItsKind) {
  auto entry = entry_for(1);
  entry.release = release_for(1);
  commit(entry);
  commit(entry_for(2));
  policy::FetchQuery fetch;
  fetch.request_id = "req-1";
  fetch.agency = "kent-mash";
  fetch.at = kNow;
  const auto directory = run(store_->directory());
  for (const auto& agency : directory.value().agencies)
    if (agency.id == "kent-mash") fetch.agency_version = agency.version;
  ASSERT_EQ(run(store_->fetch(fetch)).value().kind, policy::Fetched::Kind::given);
  policy::Transition declined;
  declined.request_id = "req-2";
  declined.at = kNow;
  declined.why = "answer_due";
  ASSERT_TRUE(run(store_->settle(declined)).value());
  policy::Call call;
  call.agency = "kent-mash";
  call.agency_version = fetch.agency_version;
  call.keyid = "kent-mash/signing/2026-1";
  call.nonce = "review-nonce";
  call.nonce_expires = kNow + std::chrono::seconds(300);
  call.idempotency_key = "review-key";
  call.body_sha256 = std::string(64, 'c');
  call.at = kNow;
  ASSERT_EQ(run(store_->ask_review("req-2", "again", call)).value(), policy::Called::done);
  policy::Transition received;
  received.request_id = "req-1";
  received.from = policy::RequestState::fetched;
  received.to = policy::RequestState::acknowledged;
  received.at = kNow;
  received.why = "receipt";
  ASSERT_TRUE(run(store_->settle(received)).value());
  auto withdrawn = consent_of("P-1");
  withdrawn.consent.withdrawn = policy::read_date("2026-11-22");
  ASSERT_TRUE(admin_->put(withdrawn));
  std::string kinds;
  for (const auto& row : rows()) kinds += json::parse(row.entry)["kind"].get<std::string>() + " ";
  EXPECT_EQ(kinds, "key key consent config policy release decision access decision receipt receipt consent recall ");
}

TEST_F(LogEntries, OfficersAreNamedInAPartThatOnlyTheAuditKeyOpens) {
  const auto all = rows();
  const auto policy = all.size() - 1;
  ASSERT_EQ(json::parse(all[policy].entry)["kind"], "policy");
  EXPECT_EQ(json::parse(admin_->log_detail(policy, "staff").value())["approved_by"], json({"First Officer", "Second Officer"}));
  EXPECT_EQ(all[policy].entry.find("Officer"), std::string::npos);
}

TEST_F(LogEntries, ADecisionWithMoreClausesThanAnEntryHoldsIsStillLogged) {
  auto entry = entry_for(1);
  entry.decision_json = "{\"clauses\":[";
  for (int i = 0; i < 20000; ++i) entry.decision_json += std::string(i ? "," : "") + "\"CAF-" + std::to_string(i) + "\"";
  entry.decision_json += "]}";
  const auto done = commit(entry);
  ASSERT_EQ(done.kind, policy::Committed::Kind::written);
  EXPECT_FALSE(json::parse(admin_->log_detail(done.log_index).value()).contains("clauses"));
}

TEST_F(LogEntries, AMemberIsFoundOnlyInTheOutermostObject) {
  using adapters::json_member;
  EXPECT_EQ(json_member(R"({"a":{"clauses":[1]},"b":"\"clauses\":[2]","clauses":["x,]}","y"],"c":1})", "clauses"), R"(["x,]}","y"])");
  EXPECT_EQ(json_member(R"({"a":["clauses",3]})", "clauses"), "");
  EXPECT_EQ(json_member(R"({"a":1,"v":2})", "v"), "2");
  EXPECT_EQ(json_member("", "v"), "");
  EXPECT_EQ(json_member(R"({"v":"unfinished)", "v"), "");
}

}  // namespace
}  // namespace gatehouse::tests
