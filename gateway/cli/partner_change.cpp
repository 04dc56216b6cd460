#include "gateway/cli/partner_change.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "crypto/keys.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/two_officers.hpp"
#include "gateway/import/partner_change.hpp"

namespace gatehouse::cli {

using json = nlohmann::ordered_json;
using adapters::Admin;
using adapters::KeyChange;

namespace {

struct Options {
  std::string config, file, signature, id, answer, signing_signature, tls_signature, by, rang;
  bool json = false;
};

Admin open_store(const gateway::Settings& settings) {
  auto admin = Admin::open(sqlite_of(settings));
  if (!admin) throw Stop{admin.error(), 1};
  return std::move(*admin);
}

std::string whole(const std::string& path) {
  return path == "-" ? std::string((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>()) : read_file(path);
}

policy::Agency agency_of(Admin& admin, const std::string& id) {
  auto agencies = admin.agencies();
  if (!agencies) throw Stop{agencies.error(), 1};
  for (auto& one : *agencies)
    if (one.id == id) return std::move(one);
  throw Stop{"no partner is called `" + id + "`; gatehouse partner list shows them"};
}

// Whatever it is: also one that can only be refused.
KeyChange any_change_of(Admin& admin, const std::string& id) {
  auto all = admin.key_changes();
  if (!all) throw Stop{all.error(), 1};
  for (auto& one : *all)
    if (one.id == id) return std::move(one);
  throw Stop{"no change of keys is called `" + id + "`; gatehouse partner change list shows them"};
}

KeyChange change_of(Admin& admin, const std::string& id) {
  KeyChange one = any_change_of(admin, id);
  if (!one.trouble.empty()) throw Stop{one.trouble, 1};
  return one;
}

void put(Admin& admin, const KeyChange& change, const char* from, const std::string& by) {
  if (auto done = admin.put_key_change(change, from, by, now()); !done) throw Stop{done.error().text(), 1};
}

std::string digits(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

int ask(const Options& options) {
  if (options.by.empty()) throw Stop{"--by: who takes this up"};
  auto admin = open_store(settings_of(options.config));
  const std::string text = whole(options.file);
  const auto wanted = imports::read_key_change(text, now());
  if (!wanted) throw Stop{options.file + ": " + wanted.error()};
  const auto partner = agency_of(admin, wanted->partner);
  const auto signer = imports::who_signed(text, read_file(options.signature), partner, now());
  if (!signer) throw Stop{options.signature + ": " + signer.error(), 1};
  // Said now rather than after the call.
  if (const auto possible = imports::with_new_keys(partner, *wanted, now()); !possible) throw Stop{options.file + ": " + possible.error(), 1};
  KeyChange change;
  const std::string random = crypto::random_bytes(12);
  change.id = "kc_" + crypto::hex({reinterpret_cast<const std::uint8_t*>(random.data()), random.size()});
  change.agency = partner.id;
  change.state = "asked";
  change.asked_at = now();
  change.wanted = text;
  change.recorded_by = options.by;
  const std::string challenge = imports::key_change_challenge(change.id);
  change.challenge_sha256 = crypto::hex(crypto::sha256(challenge));
  const auto sealed = imports::sealed_challenge(*wanted, challenge);
  if (!sealed) throw Stop{sealed.error(), 1};
  put(admin, change, "", options.by);
  if (options.json) {
    std::cout << json({{"id", change.id}, {"signed_by", *signer}, {"challenge", *sealed}}).dump() << '\n';
    return 0;
  }
  std::cout << *sealed;
  std::cerr << change.id << ", signed by " << *signer << ". Send the challenge to the partner" << (wanted->age.empty() ? "" : " (age -d -i NEW.key opens it)")
            << "; what comes back goes to: gatehouse partner change prove " << change.id << '\n';
  return 0;
}

int prove(const Options& options) {
  auto admin = open_store(settings_of(options.config));
  auto change = change_of(admin, options.id);
  if (change.state != "asked") throw Stop{options.id + ": is " + change.state + " already", 1};
  const auto wanted = imports::read_key_change(change.wanted, now());
  if (!wanted) throw Stop{options.id + ": " + wanted.error(), 1};
  const std::string answer = whole(options.answer);
  const auto line = imports::trimmed(answer);
  if (crypto::hex(crypto::sha256(line)) != change.challenge_sha256) throw Stop{options.answer + ": is not the challenge of this change; the new key has not opened it", 1};
  const auto file = [](const std::string& path) { return path.empty() ? std::string() : read_file(path); };
  if (const auto proven = imports::check_possession(*wanted, line, file(options.signing_signature), file(options.tls_signature)); !proven) throw Stop{proven.error(), 1};
  change.state = "proven";
  put(admin, change, "asked", change.recorded_by);
  const auto partner = agency_of(admin, change.agency);
  if (options.json)
    std::cout << json({{"id", change.id}, {"state", change.state}, {"ring", partner.directory_number}}).dump() << '\n';
  else
    std::cout << change.id << ": the partner holds the new keys. Now somebody else than " << change.recorded_by << " rings " << partner.name << " on " << partner.directory_number
              << ", asks whether this change is theirs, and says: gatehouse partner change approve " << change.id << " --by NAME --rang NUMBER\n";
  return 0;
}

int approve(const Options& options) {
  if (options.by.empty()) throw Stop{"--by: who approves"};
  const auto settings = settings_of(options.config);
  auto admin = open_store(settings);
  auto change = change_of(admin, options.id);
  if (change.state != "proven") throw Stop{options.id + ": is " + change.state + "; only a proven change can be approved", 1};
  std::vector<std::string> two;
  try {
    two = must_be_two_officers(settings, {options.by, change.recorded_by}, "--by: whoever took this up does not approve it; a second person does");
  } catch (Stop& stop) {
    stop.code = 1;  // the options are right by themselves: it is this change that they do not fit
    throw;
  }
  const auto partner = agency_of(admin, change.agency);
  if (digits(options.rang).empty() || digits(options.rang) != digits(partner.directory_number))
    throw Stop{"--rang: is not the number on record for this partner; never ring a number that came with the request", 1};
  const auto wanted = imports::read_key_change(change.wanted, now());
  if (!wanted) throw Stop{options.id + ": " + wanted.error(), 1};
  const auto changed = imports::with_new_keys(partner, *wanted, now());
  if (!changed) throw Stop{options.id + ": " + changed.error(), 1};
  change.state = "approved";
  admin.begin();
  const std::string staff = json({{"approved_by", options.by}, {"recorded_by", change.recorded_by}, {"rang", options.rang}}).dump();
  const auto done = admin.put_agency(*changed, now(), staff, two);
  const auto moved = done ? admin.put_key_change(change, "proven", options.by, now()) : std::expected<void, policy::Error>();
  if (!done || !moved) {
    admin.rollback();
    throw Stop{(!done ? done.error() : moved.error()).text(), 1};
  }
  if (auto durable = admin.commit(); !durable) throw Stop{durable.error(), 1};
  json out = {{"id", change.id}, {"keys", json::array()}};
  for (const auto& key : changed->keys)
    if (key.state == policy::KeyState::current && key.not_after > now())
      out["keys"].push_back({{"keyid", key.keyid}, {"kind", key.kind}, {"not_after", policy::to_text(key.not_after)}});
  if (options.json) {
    std::cout << out.dump() << '\n';
    return 0;
  }
  std::cout << change.id << " approved; releases go to the newest age recipient from now on\n";
  for (const auto& key : out["keys"])
    std::cout << "  " << key["kind"].get<std::string>() << " " << key["keyid"].get<std::string>() << " until " << key["not_after"].get<std::string>() << '\n';
  return 0;
}

int refuse(const Options& options) {
  if (options.by.empty()) throw Stop{"--by: who refuses"};
  auto admin = open_store(settings_of(options.config));
  auto change = any_change_of(admin, options.id);
  if (change.state != "asked" && change.state != "proven") throw Stop{options.id + ": is " + change.state + " already", 1};
  const std::string from = change.state;
  change.state = "refused";
  put(admin, change, from.c_str(), options.by);
  std::cout << (options.json ? json({{"id", change.id}, {"state", "refused"}}).dump() : change.id + " refused; if the request was not the partner's, revoke the key that signed it: gatehouse partner revoke") << '\n';
  return 0;
}

int list(const Options& options) {
  auto admin = open_store(settings_of(options.config));
  const auto all = admin.key_changes();
  if (!all) throw Stop{all.error(), 1};
  int code = 0;
  for (const auto& one : *all) {
    if (!one.trouble.empty()) {
      // The others are listed all the same; the exit code says that something wants doing.
      code = 1;
      if (options.json)
        std::cout << json({{"id", one.id}, {"partner", one.agency}, {"state", one.state}, {"asked", policy::to_text(one.asked_at)}, {"recorded_by", nullptr}, {"trouble", one.trouble}}).dump() << '\n';
      std::cerr << "gatehouse: " << one.trouble << '\n';
      continue;
    }
    if (options.json)
      std::cout << json({{"id", one.id}, {"partner", one.agency}, {"state", one.state}, {"asked", policy::to_text(one.asked_at)}, {"recorded_by", one.recorded_by}}).dump() << '\n';
    else
      std::cout << one.id << "  " << one.agency << "  " << one.state << "  " << policy::to_text(one.asked_at) << "  taken up by " << one.recorded_by << '\n';
  }
  if (!options.json && all->empty()) std::cout << "no partner has asked for new keys\n";
  return code;
}

}  // namespace

void add_partner_change(CLI::App& partner, Context& context) {
  auto* change = partner.add_subcommand("change", "new keys of a partner: signed by its present key, proven by the new ones, approved by a second person after a call");
  change->require_subcommand(1);
  const auto sub = [&](const char* name, const char* what, int (*action)(const Options&)) {
    auto options = std::make_shared<Options>();
    auto* one = change->add_subcommand(name, what);
    one->add_option("--config", options->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
    one->add_flag("--json", options->json, "print JSON");
    one->callback(guarded(context, [options, action] { return action(*options); }));
    return std::pair(one, options);
  };
  auto [asking, asked] = sub("ask", "take a signed request up; prints the challenge for the partner", ask);
  asking->add_option("--file", asked->file, "JSON: partner, asked, and age, signing_key or tls_certificate; - for standard input")->required();
  asking->add_option("--signature", asked->signature, "over the file, by the partner's present signing key: openssl pkeyutl -sign -rawin, in base64")->required();
  asking->add_option("--by", asked->by, "who takes it up")->required();
  auto [proving, proven] = sub("prove", "check what the new keys made of the challenge", prove);
  proving->add_option("id", proven->id, "kc_…")->required();
  proving->add_option("--answer", proven->answer, "the challenge as the partner opened it; - for standard input")->required();
  proving->add_option("--signing-signature", proven->signing_signature, "over the challenge, by the new signing key, in base64");
  proving->add_option("--tls-signature", proven->tls_signature, "over the challenge, by the key of the new certificate (openssl dgst -sha256 -sign), in base64");
  auto [approving, approved] = sub("approve", "let the new keys hold: a second person, after ringing the number on record", approve);
  approving->add_option("id", approved->id, "kc_…")->required();
  approving->add_option("--by", approved->by, "who approves; not who took it up")->required();
  approving->add_option("--rang", approved->rang, "the number that was rung: the one on record, never one that came with the request")->required();
  auto [refusing, refused] = sub("refuse", "end a change that is not the partner's", refuse);
  refusing->add_option("id", refused->id, "kc_…")->required();
  refusing->add_option("--by", refused->by, "who refuses")->required();
  sub("list", "every change that was asked for", list);
}

}  // namespace gatehouse::cli
