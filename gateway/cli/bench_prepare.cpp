#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "gateway/app.hpp"
#include "gateway/cli/bench_material.hpp"
#include "gateway/cli/bench_parts.hpp"
#include "gateway/settings.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string folder;                        // an installation made by `gatehouse init`
  std::size_t subjects = 1000;
  unsigned short port = 0;
  unsigned threads = 2;
  std::string authority = "gatehouse.example.org";
  bool separate_log = false;
};

std::string day_text(std::chrono::sys_seconds at) { return policy::to_text(policy::Date(std::chrono::floor<std::chrono::days>(at))); }

// The settings of a race: our partner's limits out of the way, the purpose opted in, two threads, the port.
std::expected<void, std::string> set_up(const Options& options) {
  const std::string file = options.folder + "/gatehouse.json";
  std::ifstream in(file);
  if (!in) return std::unexpected(file + ": cannot be read; run `gatehouse init --dir " + options.folder + "` first");
  Json settings = Json::parse(in, nullptr, false);
  if (!settings.is_object()) return std::unexpected(file + ": not a JSON object");
  settings["threads"] = options.threads;
  Json& partner = settings["partner"];
  partner["address"] = "127.0.0.1";
  partner["port"] = options.port;
  partner["authorities"] = Json::array({options.authority});
  partner["new_connections_per_second"] = 100000;
  partner["new_connections_burst"] = 100000;
  settings["releases"]["automatic_release"][kPurpose] = "unflagged";
  settings["limits"] = {{"requests_per_second", 1e6}, {"burst", 1e6}, {"people_per_day", 10'000'000}, {"unmatched_alarm_per_day", 1'000'000}};
  if (options.separate_log) settings["log"]["signer"] = "separate";
  std::ofstream out(file + ".new", std::ios::trunc);
  out << settings.dump(2) << '\n';
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(file + ".new", file, failed);
  if (!out || failed) return std::unexpected(file + ": cannot be written");
  return {};
}

std::expected<void, std::string> failed_put(const std::string& what, const std::string& ref, const policy::Error& error) {
  return std::unexpected("bench prepare: " + what + " of " + ref + ": " + error.text());
}

std::expected<void, std::string> put_subject(adapters::Admin& admin, const Subject& subject, const std::string& partner) {
  adapters::PersonInput person;
  person.ref = subject.ref;
  person.names = {{subject.given_name, subject.family_name, "current"}};
  person.identifiers = {{"nhs", subject.nhs_number}};
  person.date_of_birth = subject.date_of_birth;
  person.sex = subject.sex;
  if (auto put = admin.put(person); !put) return failed_put("person", subject.ref, put.error());
  for (const auto& other : subject.people) {
    adapters::RelationInput relation;
    relation.person_ref = subject.ref;
    relation.names = {{other.given, other.family, "current"}};
    relation.relation = other.relation;
    relation.role = other.role;
    relation.parental_responsibility = other.relation == "mother";
    if (auto put = admin.put(relation); !put) return failed_put("relation", subject.ref, put.error());
  }
  for (std::size_t i = 0; i < subject.items.size(); ++i) {
    adapters::ItemInput item;
    item.person_ref = subject.ref;
    item.item_ref = subject.ref + "-" + std::to_string(i);
    item.record.category = *policy::from_text<policy::Category>(subject.items[i].category);
    item.record.kind = "fact";
    item.record.author = "staff-1";
    item.record.recorded_at = policy::read_instant(subject.consent_given + "T09:00:00Z");
    item.record.event_at = item.record.recorded_at;
    for (const auto& [name, value] : subject.items[i].fields) item.record.fields.push_back({name, value});
    item.record.summary_author = "staff-1";
    item.record.summary_written_on = subject.consent_given;
    item.relevant_for_all = true;
    if (auto put = admin.put(item); !put) return failed_put("item " + subject.items[i].category, subject.ref, put.error());
  }
  adapters::ConsentInput consent;
  consent.person_ref = subject.ref;
  consent.consent_ref = subject.ref + "-c";
  consent.consent.agencies = {partner};
  consent.consent.categories = released_categories();
  consent.consent.purposes = {kPurpose};
  consent.consent.form = policy::ConsentForm::written;
  consent.consent.given_by = policy::GivenBy::parental_responsibility;
  consent.consent.given = policy::read_date(subject.consent_given);
  consent.consent.expires = policy::read_date(subject.consent_expires);
  if (auto put = admin.put(consent); !put) return failed_put("consent", subject.ref, put.error());
  return {};
}

std::expected<void, std::string> fill(adapters::Admin& admin, const Material& material, std::chrono::sys_seconds now) {
  policy::Agency agency;
  agency.id = material.partner;
  agency.type = *policy::from_text<policy::AgencyType>(material.partner_type);
  agency.name = "Sampleton early help";
  agency.directory_number = "01632 960400";
  const auto today = policy::Date(std::chrono::floor<std::chrono::days>(now));
  agency.agreements.push_back({"bench", {"*"}, policy::Date(std::chrono::sys_days(today) - std::chrono::days(30)),
                               policy::Date(std::chrono::sys_days(today) + std::chrono::days(300)), today});
  const auto from = now - std::chrono::hours(1), to = now + std::chrono::hours(24 * 29);
  agency.keys = {{material.partner + "/tls/1", "tls_pin", material.tls_pin, from, to, policy::KeyState::current},
                 {material.signing_keyid, "signing", crypto::base64(material.signing.public_key()), from, to, policy::KeyState::current},
                 {material.age_keyid, "age", material.identity.recipient().text(), from, to, policy::KeyState::current}};
  if (auto put = admin.put_agency(agency, now); !put) return std::unexpected("bench prepare: partner: " + put.error().text());
  constexpr std::size_t kBatch = 100;        // rows of one transaction
  for (std::size_t i = 0; i < material.subjects.size(); i += kBatch) {
    admin.begin();
    for (std::size_t j = i; j < std::min(i + kBatch, material.subjects.size()); ++j) {
      if (auto put = put_subject(admin, material.subjects[j], material.partner); !put) {
        admin.rollback();
        return put;
      }
    }
    if (auto done = admin.commit(); !done) return done;
  }
  return {};
}

int run(const Options& options) {
  if (auto done = set_up(options); !done) return fail(done.error());
  const auto settings = gateway::load_settings(options.folder + "/gatehouse.json");
  if (!settings) return fail(settings.error().text());
  const adapters::SqliteSettings sqlite = gateway::store_settings(*settings);
  auto admin = adapters::Admin::open(sqlite);
  if (!admin) return fail(admin.error(), 1);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto material = make_material(options.folder + "/bench", options.authority, options.subjects, day_text(now));
  if (!material) return fail(material.error());
  if (auto done = fill(*admin, *material, now); !done) return fail(done.error(), 1);
  const auto counts = admin->counts();
  if (!counts) return fail(counts.error(), 1);
  std::cout << Json{{"people", counts->people}, {"items", counts->items}, {"consents", counts->consents}, {"agencies", counts->agencies}}.dump() << '\n';
  return 0;
}

}  // namespace

void add_prepare(CLI::App& bench, Context& context) {
  auto* command = bench.add_subcommand("prepare", "fill a fresh installation with subjects and one partner, and write the same material for a rival");
  auto options = std::make_shared<Options>();
  command->add_option("--dir", options->folder, "installation made by `gatehouse init`; not one in use: its settings and limits are changed")->required();
  command->add_option("--subjects", options->subjects)->capture_default_str()->check(CLI::Range(1, 99999));
  command->add_option("--port", options->port, "of the partner listener")->required();
  command->add_option("--threads", options->threads)->capture_default_str()->check(CLI::Range(1, 256));
  command->add_option("--authority", options->authority, "Host of the requests")->capture_default_str();
  command->add_flag("--separate-log", options->separate_log, "do not let `serve` start `gatehouse log`");
  command->callback([options, &context] { context.exit_code = run(*options); });
}

}  // namespace gatehouse::cli::bench
