#include "tests/adapters/store_world.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>
#include <stdexcept>

#include "adapters/sqlite/keyring.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::tests {

namespace {

[[noreturn]] void broken(const std::string& why) { throw std::runtime_error("test world: " + why); }

}  // namespace

Folder::Folder() {
  if (!crypto::start()) broken("crypto does not start");
  const std::string place = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path().string();
  std::string name = place + "/gatehouse-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) broken("no folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

asio::io_context& fresh_context() {
  static std::mutex lock;
  static auto& kept = *new std::deque<asio::io_context>();
  const std::lock_guard<std::mutex> guard(lock);
  return kept.emplace_back();
}

adapters::SqliteSettings settings_in(const std::string& folder) {
  adapters::SqliteSettings settings;
  settings.database = folder + "/gatehouse.db";
  settings.keystore = folder + "/keys.db";
  settings.kek = folder + "/kek";
  settings.disk_reserve_bytes = 1 << 20;
  return settings;
}

void put_agency(adapters::Admin& admin, const std::string& id, const std::string& pin) {
  policy::Agency agency;
  agency.id = id;
  agency.type = policy::AgencyType::mash;
  agency.name = "Fictional " + id;
  agency.directory_number = "01632 960001";
  policy::Agreement agreement;
  agreement.name = "Fictional agreement";
  agreement.purposes = {"early_help", "mash_referral"};
  agreement.from = policy::read_date("2026-01-01");
  agency.agreements.push_back(agreement);
  for (const char* kind : {"tls_pin", "signing", "age"}) {
    policy::AgencyKey key;
    key.keyid = id + "/" + kind + "/2026-1";
    key.kind = kind;
    key.value = std::string(kind) + pin;
    key.not_before = kNow - 24h;
    key.not_after = kNow + 24h * 365;
    agency.keys.push_back(key);
  }
  if (auto put = admin.put_agency(agency, kNow); !put) broken(put.error().text());
}

adapters::PersonInput anna() {
  adapters::PersonInput person;
  person.ref = "P-1";
  person.names = {{"Anna", "Fictional", "current"}, {"Anna", "Formername", "former"}, {"Annie", "Aliasname", "alias"}};
  person.identifiers = {{"nhs", "999 000 0018"}, {"upn", kAnnasUpn}};
  person.date_of_birth = "2011-03-04";
  return person;
}

adapters::ItemInput contact_of(const std::string& person_ref, const std::string& item_ref, const std::string& phone) {
  adapters::ItemInput item;
  item.person_ref = person_ref;
  item.item_ref = item_ref;
  item.record.category = policy::Category::contact;
  item.record.author = "staff-7";
  item.record.kind = "fact";
  item.record.recorded_at = kNow - 24h;
  item.record.fields = {{"phone", phone}};
  item.relevant_for = {policy::Purpose::early_help};
  return item;
}

adapters::ConsentInput consent_of(const std::string& person_ref) {
  adapters::ConsentInput input;
  input.person_ref = person_ref;
  input.consent_ref = "C-1";
  input.consent.agencies = {"kent-mash"};
  input.consent.categories = {"contact"};
  input.consent.purposes = {"early_help"};
  input.consent.form = policy::ConsentForm::written;
  input.consent.given_by = policy::GivenBy::subject;
  input.consent.given = policy::read_date("2026-05-01");
  input.consent.expires = policy::read_date("2027-05-01");
  return input;
}

namespace {

void make_world(const std::string& folder) {
  const auto settings = settings_in(folder);
  {
    auto keys = adapters::Keyring::create(settings.keystore, settings.kek);
    if (!keys) broken(keys.error());
  }
  auto admin = adapters::Admin::create(settings);
  if (!admin) broken(admin.error());
  admin->begin();
  put_agency(*admin, "kent-mash", "1");
  put_agency(*admin, "kent-housing", "2");
  const auto good = [](const auto& put) {
    if (!put) broken(put.error().text());
  };
  good(admin->put(anna()));
  good(admin->put(contact_of("P-1", "I-1", "07700 900123")));
  good(admin->put(consent_of("P-1")));
  adapters::PersonInput ben;
  ben.ref = "P-2";
  ben.names = {{"Ben", "Fictional", "current"}};
  ben.date_of_birth = "2009-08-07";
  good(admin->put(ben));
  adapters::RelationInput mother;
  mother.person_ref = "P-1";
  mother.names = {{"Mary", "Fictional", "current"}, {"Mary", "Maidenname", "former"}};
  mother.relation = "mother";
  mother.parental_responsibility = true;
  good(admin->put(mother));
  if (auto done = admin->commit(); !done) broken(done.error());
  policy::PackIdentity pack{"best-foot-forward", "2026.11", kPack};
  if (auto done = admin->activate_pack(pack, "First Officer", "Second Officer", kNow); !done) broken(done.error());
}

}  // namespace

void furnish(const std::string& folder) {
  static const Folder model;
  static const bool made = (make_world(model.path()), true);
  if (!made) broken("no model");
  std::filesystem::copy(model.path(), folder, std::filesystem::copy_options::recursive);
}

policy::EvidenceQuery about_anna(const std::string& agency) {
  policy::EvidenceQuery query;
  query.locator.nhs_number = kAnnasNumber;
  query.locator.given_name = "Anna";
  query.locator.family_name = "Fictional";
  query.locator.date_of_birth = "2011-03-04";
  query.agency = agency;
  query.purpose = policy::Purpose::early_help;
  query.at = kNow;
  return query;
}

policy::Entry entry_for(int number, const std::string& agency) {
  const std::string n = std::to_string(number);
  policy::Entry entry;
  entry.request_id = "req-" + n;
  entry.agency = agency;
  entry.keyid = agency + "/signing/2026-1";
  entry.nonce = crypto::base64("nonce" + std::string(11 - std::min<std::size_t>(n.size(), 11), '0') + n);
  entry.nonce_expires = kNow + 300s;
  entry.idempotency_key = "key-" + n;
  entry.body_sha256 = crypto::hex(crypto::sha256("body " + n));
  entry.purpose = policy::Purpose::early_help;
  entry.received = kNow;
  entry.answer_by = kNow + 72h;
  entry.request_json = R"({"purpose":"early_help","subject":{"nhs_number":"9990000018"}})";
  entry.case_json = R"({"id":"x"})";
  entry.decision_json = R"({"id":"x","items":[{"clauses":["CAF-0"]}],"outcome":"withhold","clauses":["CAF-13","CAF-22"]})";
  entry.outcome = policy::Outcome::withhold;
  policy::Obligation obligation;
  obligation.kind = policy::ObligationKind::record_reason;
  obligation.to = {"subject"};
  obligation.clauses = {"CAF-24"};
  entry.obligations.push_back(obligation);
  policy::ClockDue clock;
  clock.kind = policy::ClockKind::request_response;
  clock.due = kNow + 72h;
  entry.clocks.push_back(clock);
  entry.pack_sha256 = kPack;
  return entry;
}

policy::Release release_for(int number) {
  policy::Release release;
  release.release_id = "rl-" + std::to_string(number);
  release.recipient_keyid = "kent-mash/age/2026-1";
  release.age = "age-encryption.org/v1 " + std::string(9000, static_cast<char>('a' + number % 26));
  release.sha256 = crypto::hex(crypto::sha256(release.age));
  release.manifest = "{\"release_id\":\"" + release.release_id + "\"}\n";
  release.manifest_sig = "-----BEGIN SSH SIGNATURE-----\n";
  release.content_sha256 = crypto::hex(crypto::sha256("content"));
  release.expires = kNow + 24h * 14;
  release.consents_only = {"contact"};
  return release;
}

}  // namespace gatehouse::tests
