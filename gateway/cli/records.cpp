// records import, consent import|list, partner add|list|revoke: what an administrator brings in. With them decisions list|show.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/decisions.hpp"
#include "gateway/cli/destroyed_list.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/partner_change.hpp"
#include "gateway/cli/two_officers.hpp"
#include "gateway/import/import.hpp"
#include "gateway/import/partner_file.hpp"

namespace gatehouse::cli {

namespace {

using nlohmann::json;

adapters::Admin open_store(const gateway::Settings& settings) {
  auto admin = adapters::Admin::open(sqlite_of(settings));
  if (!admin) throw Stop{admin.error(), 1};
  return std::move(*admin);
}

policy::RecordSchema schema_of(const std::string& config_dir) {
  if (config_dir.empty()) throw Stop{"the config folder was not found; set GATEHOUSE_CONFIG_DIR to the folder with record_schema.json"};
  auto schema = policy::RecordSchema::read(read_file(config_dir + "/record_schema.json"), read_file(config_dir + "/minimum_necessary.json"));
  if (!schema) throw Stop{schema.error().text()};
  return std::move(*schema);
}

// ---------------------------------------------------------------- records import, consent import

struct ImportOptions {
  std::string file, config, format, mapping, kind;
  std::size_t batch = 500;
  bool dry_run = false, json = false;
};

// A bar on the terminal while a long file goes in; nothing when standard error is not one.
class Progress {
 public:
  explicit Progress(std::uintmax_t total) : total_(total), shown_(total > 0 && isatty(STDERR_FILENO) == 1) {}
  ~Progress() { clear(); }
  void show(std::uint64_t done) {
    if (!shown_) return;
    const auto part = std::min<std::uintmax_t>(done * 40 / total_, 40);
    std::cerr << "\r[" << std::string(part, '#') << std::string(40 - part, '.') << "] " << std::min<std::uintmax_t>(done * 100 / total_, 100) << " %" << std::flush;
    drawn_ = true;
  }
  void clear() {
    if (drawn_) std::cerr << '\r' << std::string(52, ' ') << '\r' << std::flush;
    drawn_ = false;
  }

 private:
  std::uintmax_t total_;
  bool shown_, drawn_ = false;
};

json as_json(const imports::Summary& summary) {
  return {{"rows", summary.rows}, {"added", summary.added}, {"replaced", summary.replaced}, {"unchanged", summary.unchanged}, {"refused", summary.refused},
          {"blanket_consents", summary.blanket_consents}, {"acknowledged_line", summary.acknowledged_line}, {"read_to_end", summary.read_to_end}};
}

int import_file(const ImportOptions& wanted) {
  imports::Options options;
  options.batch_rows = wanted.batch;
  const bool csv_name = wanted.file.size() > 4 && wanted.file.substr(wanted.file.size() - 4) == ".csv";
  const std::string format = !wanted.format.empty() ? wanted.format : csv_name || !wanted.mapping.empty() ? "csv" : "jsonl";
  options.format = format == "csv" ? imports::Format::csv : imports::Format::jsonl;
  if (!wanted.kind.empty()) options.kind = imports::kind_from(wanted.kind);
  if (!wanted.mapping.empty()) {
    if (options.format != imports::Format::csv) throw Stop{"--mapping is for CSV; leave it out, or give --format csv"};
    auto mapping = imports::Mapping::read(read_file(wanted.mapping));
    if (!mapping) throw Stop{wanted.mapping + ": " + mapping.error().text()};
    options.mapping = std::move(*mapping);
  }

  std::string config_dir;
  std::unique_ptr<adapters::Admin> admin;
  if (wanted.dry_run && gateway::settings_file(wanted.config).empty()) {
    config_dir = gateway::default_config_dir();
  } else {
    const auto settings = settings_of(wanted.config);
    config_dir = settings.config_dir;
    if (!wanted.dry_run) admin = std::make_unique<adapters::Admin>(open_store(settings));
  }
  const auto schema = schema_of(config_dir);

  std::ifstream file;
  std::uintmax_t size = 0;
  if (wanted.file != "-") {
    std::error_code error;
    if (std::filesystem::is_directory(wanted.file, error)) throw Stop{wanted.file + ": is a folder; give a file"};
    file.open(wanted.file, std::ios::binary);
    if (!file) throw Stop{wanted.file + ": cannot be read; give the path of a file you may read, or - for standard input"};
    const auto found = std::filesystem::file_size(wanted.file, error);
    if (!error) size = found;
  }
  Progress progress(size);
  imports::Listener listener;
  listener.refused = [&](const imports::Refusal& refusal) {
    progress.clear();
    if (wanted.json) {
      std::cout << json{{"event", "refused"}, {"line", refusal.line}, {"field", refusal.field}, {"code", refusal.code}, {"reason", refusal.reason}}.dump() << '\n';
    } else {
      fail("line " + std::to_string(refusal.line) + ": " + refusal.field + ": " + refusal.reason);
    }
  };
  listener.progress = [&](std::uint64_t bytes) { progress.show(bytes); };
  // With --json each commit is told as soon as it is durable: whoever drives the import can go on from there after a crash.
  if (wanted.json)
    listener.acknowledged = [](const imports::Summary& summary) {
      std::cout << json{{"event", "committed"}, {"through_line", summary.acknowledged_line}}.dump() << std::endl;
    };

  std::optional<imports::Sink> sink;
  if (admin) sink = imports::sink_of(*admin);
  const auto summary = imports::run(wanted.file == "-" ? std::cin : file, options, schema, sink ? &*sink : nullptr, listener);
  progress.clear();
  if (!summary) {
    const std::string name = wanted.file == "-" ? "standard input" : wanted.file;
    throw Stop{name + ": " + summary.error().line, summary.error().bad_input ? 2 : 1};
  }
  if (wanted.json) {
    auto line = as_json(*summary);
    line["event"] = "summary";
    line["dry_run"] = wanted.dry_run;
    std::cout << line.dump() << std::endl;
  } else {
    if (wanted.dry_run) {
      std::cout << summary->rows << " rows: " << summary->added << " can be read, " << summary->refused
                << " refused. Nothing was written; whether each row's person is known is checked at the import.\n";
    } else {
      std::cout << summary->rows << " rows: " << summary->added << " added, " << summary->replaced << " replaced, " << summary->unchanged
                << " unchanged, " << summary->refused << " refused\n";
    }
    if (summary->blanket_consents > 0)
      std::cout << summary->blanket_consents << (summary->blanket_consents == 1 ? " consent is" : " consents are")
                << " blanket (no last day, or a wildcard): kept, but they never count. Ask again, agency by agency.\n";
    if (!summary->read_to_end) std::cout << "The rest of the file was not read: mend the line named above and run it again.\n";
  }
  return summary->refused > 0 || !summary->read_to_end ? 1 : 0;
}

void import_options(CLI::App* command, const std::shared_ptr<ImportOptions>& wanted, bool any_kind) {
  command->add_option("file", wanted->file, "the file, or - for standard input")->required();
  command->add_option("--config", wanted->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  command->add_option("--format", wanted->format, "jsonl (one object per line) or csv (RFC 4180); by default the file's name says it")
      ->check(CLI::IsMember({"jsonl", "csv"}));
  command->add_option("--mapping", wanted->mapping, "JSON file that says which CSV column is which field");
  if (any_kind)
    command->add_option("--kind", wanted->kind, "what a row is when it has no key `kind`")
        ->check(CLI::IsMember({"person", "relation", "item", "consent", "competence", "finding"}));
  command->add_option("--batch", wanted->batch, "rows in one transaction")->check(CLI::Range(1, 100000));
  command->add_flag("--dry-run", wanted->dry_run, "read and check everything, write nothing");
  command->add_flag("--json", wanted->json, "one JSON object per event: refused, committed, summary");
  std::string keys = "A bad row is named by line, field and reason, never by its value, and the rest goes in. A batch is acknowledged only after its\n"
                     "commit. The same file again changes nothing. Exit 0: all rows are in; 1: some were refused; 2: usage or a file that cannot be read.\n\n"
                     "JSON Lines: {\"kind\": \"person\", …} with these keys:\n";
  for (const auto kind : {imports::Kind::person, imports::Kind::relation, imports::Kind::item, imports::Kind::consent, imports::Kind::competence,
                          imports::Kind::finding}) {
    if (!any_kind && kind != imports::Kind::consent) continue;
    keys += "  " + std::string(imports::text(kind)) + ":";
    for (const auto& key : imports::keys_of(kind)) keys += " " + key;
    keys += "\n";
  }
  keys += "\nCSV mapping: {\"kind\": \"consent\", \"delimiter\": \",\", \"columns\": {\"Column name\": {…}}, \"constants\": {\"field\": value}}\n"
          "  {\"field\": \"person_ref\"}                 the cell as it is; also \"names[0].given\", \"fields.phone\"\n"
          "  {\"field\": …, \"date\": \"dd/mm/yyyy\"}      parts: dd d mm m mon yyyy\n"
          "  {\"field\": …, \"codes\": {\"Y\": true}}      each cell must be one of the codes\n"
          "  {\"field\": …, \"split\": \";\"}              a list\n"
          "  {\"field\": …, \"prefix\": \"KFS-\"}          put before the cell    \"type\": \"boolean\": true or false\n"
          "  {\"ignore\": true}  \"optional\": true        a column that is not wanted; one that may be missing\n"
          "An example with every one of these: config/demo/consents.map.json, described in config/demo/README.md.";
  command->footer(keys);
}

// ---------------------------------------------------------------- consent list

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string state_of(const policy::Consent& consent, policy::Date today) {
  const auto day = std::chrono::sys_days(today);
  const auto wild = [](const std::vector<std::string>& words) { return std::find(words.begin(), words.end(), "*") != words.end(); };
  if (consent.refused) return "refused";
  if (consent.withdrawn && std::chrono::sys_days(*consent.withdrawn) <= day) return "withdrawn";
  if (!consent.expires || wild(consent.agencies) || wild(consent.categories) || wild(consent.purposes)) return "blanket";
  if (std::chrono::sys_days(*consent.expires) < day) return "expired";
  if (consent.given && std::chrono::sys_days(*consent.given) > day) return "not_yet";
  return "current";
}

int list_consents(const std::string& config, const std::string& person, bool as_lines) {
  auto admin = open_store(settings_of(config));
  const auto consents = admin.consents(person);
  if (!consents) throw Stop{consents.error().text(), 1};
  const policy::Date today{std::chrono::floor<std::chrono::days>(now())};
  for (const auto& consent : *consents) {
    const std::string state = state_of(consent, today);
    if (as_lines) {
      json line = {{"agencies", consent.agencies}, {"categories", consent.categories}, {"purposes", consent.purposes}, {"refused", consent.refused}, {"state", state}};
      if (consent.form) line["form"] = policy::text(*consent.form);
      if (consent.given_by) line["given_by"] = policy::text(*consent.given_by);
      if (consent.given) line["given"] = policy::to_text(*consent.given);
      if (consent.expires) line["expires"] = policy::to_text(*consent.expires);
      if (consent.withdrawn) line["withdrawn"] = policy::to_text(*consent.withdrawn);
      std::cout << line.dump() << '\n';
    } else {
      std::cout << state << ": to " << joined(consent.agencies) << "; about " << joined(consent.categories) << "; for " << joined(consent.purposes) << "; given "
                << (consent.given ? policy::to_text(*consent.given) : "?") << ", until " << (consent.expires ? policy::to_text(*consent.expires) : "no last day")
                << (consent.withdrawn ? ", withdrawn " + policy::to_text(*consent.withdrawn) : "") << '\n';
    }
  }
  if (!as_lines && consents->empty()) std::cout << "no consent is recorded\n";
  return 0;
}

// ---------------------------------------------------------------- partner add, list, revoke

struct PartnerOptions {
  std::string config, file, tls_cert, signing_key, age, until;
  std::vector<std::string> approved_by;
  bool json = false;
};

policy::Agency agency_of(adapters::Admin& admin, const std::string& id) {
  auto agencies = admin.agencies();
  if (!agencies) throw Stop{agencies.error(), 1};
  for (auto& agency : *agencies)
    if (agency.id == id) return std::move(agency);
  return {};
}

// A free id in the form `kent-mash/age/2026-2`.
std::string next_keyid(const policy::Agency& agency, const std::string& word, policy::Date today) {
  for (int n = 1;; ++n) {
    std::string id = agency.id + "/" + word + "/" + std::to_string(static_cast<int>(today.year())) + "-" + std::to_string(n);
    if (std::none_of(agency.keys.begin(), agency.keys.end(), [&](const auto& key) { return key.keyid == id; })) return id;
  }
}

int add_partner(const PartnerOptions& wanted) {
  const auto settings = settings_of(wanted.config);
  auto partner = imports::read_partner(read_file(wanted.file));
  if (!partner) throw Stop{wanted.file + ": " + partner.error().text()};
  auto admin = open_store(settings);
  const auto at = now();
  const policy::Date today{std::chrono::floor<std::chrono::days>(at)};
  const auto known = agency_of(admin, partner->id);
  policy::Agency agency = *partner;
  if (!known.id.empty()) {
    auto both = imports::merged(known, *partner);
    if (!both) throw Stop{wanted.file + ": " + both.error()};
    agency = std::move(*both);
  }

  policy::Instant until = at + std::chrono::days(365);
  if (!wanted.until.empty()) {
    const auto day = policy::read_date(wanted.until);
    if (!day || std::chrono::sys_days(*day) <= std::chrono::sys_days(today)) throw Stop{"--until: is not a day to come; write YYYY-MM-DD"};
    until = policy::Instant(std::chrono::sys_days(*day));
  }
  json added = json::array();
  const auto add = [&](const std::string& word, const std::string& kind, const std::string& value, policy::Instant from, policy::Instant to) {
    for (const auto& key : agency.keys)
      if (key.kind == kind && key.value == value) {
        if (key.state == policy::KeyState::revoked) throw Stop{"key `" + key.keyid + "` was revoked and cannot come back; make a new one", 1};
        return;  // already there
      }
    policy::AgencyKey key;
    key.keyid = next_keyid(agency, word, today);
    key.kind = kind;
    key.value = value;
    key.not_before = from;
    key.not_after = to;
    added.push_back({{"keyid", key.keyid}, {"kind", kind}, {"not_after", policy::to_text(to)}});
    agency.keys.push_back(std::move(key));
  };
  const auto start = at - std::chrono::minutes(5);  // the partner's clock may be a little behind ours
  if (!wanted.tls_cert.empty()) {
    const auto pin = imports::pin_of_certificate(read_file(wanted.tls_cert));
    if (!pin) throw Stop{wanted.tls_cert + ": " + pin.error()};
    if (pin->not_after <= at) throw Stop{wanted.tls_cert + ": the certificate has expired; the partner must make a new one"};
    add("tls", "tls_pin", pin->pin, pin->not_before, pin->not_after);
  }
  if (!wanted.signing_key.empty()) {
    const auto key = imports::signing_key_of(read_file(wanted.signing_key));
    if (!key) throw Stop{wanted.signing_key + ": " + key.error()};
    add("sig", "signing", *key, start, until);
  }
  if (!wanted.age.empty()) {
    if (const auto good = imports::check_key("age", wanted.age); !good) throw Stop{"--age: " + good.error()};
    add("age", "age", wanted.age, start, until);
  }

  // One person alone could otherwise swap the recipient of a partner who is served.
  const auto holds = [&](const std::string& kind) {
    return std::any_of(known.keys.begin(), known.keys.end(), [&](const auto& key) { return key.kind == kind && key.state == policy::KeyState::current && key.not_after > at; });
  };
  const bool two = !wanted.approved_by.empty();
  std::vector<std::string> officers;
  if (two) officers = must_be_two_officers(settings, wanted.approved_by, "--approved-by: two different officers say that these keys hold");
  for (const auto& key : agency.keys) {
    const bool there = std::any_of(known.keys.begin(), known.keys.end(), [&](const auto& old) { return old.kind == key.kind && old.keyid == key.keyid; });
    if (!there && holds(key.kind) && !two)
      throw Stop{agency.id + ": has a " + key.kind + " key that still holds; a new one is asked for with it (gatehouse partner change), or two officers say so: --approved-by A --approved-by B"};
  }
  const auto put = admin.put_agency(agency, at, two ? json{{"approved_by", officers}}.dump() : std::string(), officers);
  if (!put && put.error().code == "second_person")
    throw Stop{agency.id + ": what is registered for emergencies gets an answer at once: two officers register it, and say so again when its type, number or keys change: "
                           "--approved-by A --approved-by B"};
  if (!put) throw Stop{put.error().text(), 1};
  const char* word = *put == adapters::Put::added ? "added" : *put == adapters::Put::replaced ? "replaced" : "unchanged";
  std::vector<std::string> lacking;
  for (const auto* kind : {"tls_pin", "signing", "age"})
    if (std::none_of(agency.keys.begin(), agency.keys.end(),
                     [&](const auto& key) { return key.kind == kind && key.state == policy::KeyState::current && key.not_after > at; }))
      lacking.push_back(kind);
  if (wanted.json) {
    std::cout << json{{"id", agency.id}, {"result", word}, {"keys_added", added}, {"lacking", lacking}}.dump() << '\n';
    return 0;
  }
  std::cout << agency.id << " " << word << '\n';
  for (const auto& key : added)
    std::cout << "  " << key["kind"].get<std::string>() << " " << key["keyid"].get<std::string>() << " until " << key["not_after"].get<std::string>() << '\n';
  if (!lacking.empty()) std::cout << "  cannot be served yet: no current " << joined(lacking) << " key\n";
  return 0;
}

std::string agreement_state(const policy::Agency& agency, policy::Date today) {
  bool any = false;
  for (const auto& agreement : agency.agreements) {
    const auto day = std::chrono::sys_days(today);
    any = true;
    if ((!agreement.from || std::chrono::sys_days(*agreement.from) <= day) && agreement.to && day <= std::chrono::sys_days(*agreement.to)) return "current";
  }
  return any ? "lapsed" : "none";
}

int list_partners(const std::string& config, bool as_lines) {
  auto admin = open_store(settings_of(config));
  const auto agencies = admin.agencies();
  if (!agencies) throw Stop{agencies.error(), 1};
  const auto at = now();
  const policy::Date today{std::chrono::floor<std::chrono::days>(at)};
  const auto key_state = [&](const policy::AgencyKey& key) {
    return key.state == policy::KeyState::revoked ? "revoked" : key.not_after <= at ? "expired" : key.not_before > at ? "not_yet" : "current";
  };
  for (const auto& agency : *agencies) {
    if (as_lines) {
      json line = {{"id", agency.id}, {"type", policy::text(agency.type)}, {"name", agency.name}, {"directory_number", agency.directory_number},
                   {"agreement", agreement_state(agency, today)}, {"emergency_registered", agency.emergency_registered}, {"keys", json::array()}};
      for (const auto& key : agency.keys)
        line["keys"].push_back({{"keyid", key.keyid}, {"kind", key.kind}, {"state", key_state(key)}, {"not_after", policy::to_text(key.not_after)}});
      std::cout << line.dump() << '\n';
      continue;
    }
    std::cout << agency.id << " (" << policy::text(agency.type) << "), " << agency.name << ", ring " << agency.directory_number << ", agreement "
              << agreement_state(agency, today) << (agency.emergency_registered ? ", registered for emergencies" : "") << '\n';
    for (const auto& key : agency.keys)
      std::cout << "  " << key.kind << " " << key.keyid << " " << key_state(key) << " until " << policy::to_text(key.not_after) << '\n';
  }
  if (!as_lines && agencies->empty()) std::cout << "no partner is known; gatehouse partner add --file P.json\n";
  return 0;
}

int revoke_key(const std::string& config, const std::string& keyid) {
  const auto settings = settings_of(config);
  auto admin = open_store(settings);
  auto agencies = admin.agencies();
  if (!agencies) throw Stop{agencies.error(), 1};
  // Also for one that was revoked already: saying it again is how an unwritten line of the list is made good.
  const auto remember = [&] {
    if (const std::string trouble = remember_destroyed(settings, admin, nlohmann::json{{"kind", "revoke"}, {"keyid", keyid}}.dump()); !trouble.empty()) throw Stop{trouble, 1};
  };
  for (auto& agency : *agencies)
    for (auto& key : agency.keys) {
      if (key.keyid != keyid) continue;
      if (key.state == policy::KeyState::revoked) {
        remember();
        std::cout << keyid << " was revoked already\n";
        return 0;
      }
      key.state = policy::KeyState::revoked;
      const auto put = admin.put_agency(agency, now());
      if (!put) throw Stop{put.error().text(), 1};
      remember();
      std::cout << keyid << " revoked: from now on it opens and signs nothing here\n";
      return 0;
    }
  throw Stop{"no key is called `" + keyid + "`; gatehouse partner list shows them"};
}

}  // namespace

void add_records(CLI::App& app, Context& context) {
  add_decisions(app, context);
  auto* records = app.add_subcommand("records", "bring people, relations, items, consents, competence assessments and findings in");
  records->require_subcommand(1);
  auto wanted = std::make_shared<ImportOptions>();
  auto* import = records->add_subcommand("import", "read a JSON Lines or CSV file into the store");
  import_options(import, wanted, /*any_kind=*/true);
  import->callback(guarded(context, [wanted] { return import_file(*wanted); }));

  auto* consent = app.add_subcommand("consent", "bring consents in, and show a person's");
  consent->require_subcommand(1);
  auto consents = std::make_shared<ImportOptions>();
  consents->kind = "consent";
  auto* consent_import = consent->add_subcommand("import", "read consents; the same reference again replaces (a withdrawal, a refusal)");
  import_options(consent_import, consents, /*any_kind=*/false);
  consent_import->callback(guarded(context, [consents] { return import_file(*consents); }));
  struct Listing {
    std::string config, person;
    bool json = false;
  };
  auto listing = std::make_shared<Listing>();
  auto* consent_list = consent->add_subcommand("list", "show a person's consents and which of them count today");
  consent_list->add_option("--person", listing->person, "the person's reference in your own records")->required();
  consent_list->add_option("--config", listing->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  consent_list->add_flag("--json", listing->json, "one JSON object per consent");
  consent_list->callback(guarded(context, [listing] { return list_consents(listing->config, listing->person, listing->json); }));

  auto* partner = app.add_subcommand("partner", "the agencies that may ask, and their keys");
  partner->require_subcommand(1);
  auto adding = std::make_shared<PartnerOptions>();
  auto* add = partner->add_subcommand("add", "add an agency, or add keys to one; never takes a key away");
  add->add_option("--file", adding->file, "JSON: id, type, name, directory_number, emergency_registered, agreements, keys")->required();
  add->add_option("--config", adding->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  add->add_option("--tls-cert", adding->tls_cert, "the partner's client certificate, PEM; its pin (SHA-256 of the public key) and dates are kept");
  add->add_option("--signing-key", adding->signing_key, "the partner's Ed25519 public key, PEM; valid for a year or --until");
  add->add_option("--age", adding->age, "the partner's age recipient, age1…; valid for a year or --until");
  add->add_option("--until", adding->until, "last day of the signing key and the age recipient, YYYY-MM-DD");
  add->add_flag("--json", adding->json, "print one JSON object");
  add->callback(guarded(context, [adding] { return add_partner(*adding); }));
  add->add_option("--approved-by", adding->approved_by, "two officers, where the partner is registered for emergencies, or has a key of this kind that still holds and cannot sign for a change; give it twice");
  add_partner_change(*partner, context);
  auto partners = std::make_shared<Listing>();
  auto* list = partner->add_subcommand("list", "show the agencies, their agreements and their keys");
  list->add_option("--config", partners->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  list->add_flag("--json", partners->json, "one JSON object per agency");
  list->callback(guarded(context, [partners] { return list_partners(partners->config, partners->json); }));
  auto revoking = std::make_shared<Listing>();
  auto* revoke = partner->add_subcommand("revoke", "revoke a key at once and for good");
  revoke->add_option("keyid", revoking->person, "the key id")->required();
  revoke->add_option("--config", revoking->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  revoke->callback(guarded(context, [revoking] { return revoke_key(revoking->config, revoking->person); }));
}

}  // namespace gatehouse::cli
