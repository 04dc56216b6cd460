#include "gateway/settings.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "crypto/log/cosignature.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::gateway {

namespace fs = std::filesystem;

std::string default_config_dir() {
  std::vector<fs::path> places;
  if (const char* named = std::getenv("GATEHOUSE_CONFIG_DIR"); named != nullptr && *named != '\0') places.emplace_back(named);
  // Beside the binary: build/<preset>/gatehouse lies two folders below the source tree; an installed one below <prefix>/bin.
  std::error_code ignored;
  const fs::path self = fs::read_symlink("/proc/self/exe", ignored);
  if (!self.empty()) {
    fs::path folder = self.parent_path();
    for (int up = 0; up < 4 && folder.has_relative_path(); ++up, folder = folder.parent_path()) places.push_back(folder / "config");
    places.push_back(self.parent_path().parent_path() / "share" / "gatehouse");
  }
  places.emplace_back("/usr/share/gatehouse");
  for (const auto& place : places)
    if (fs::exists(place / "record_schema.json", ignored)) return fs::absolute(place, ignored).lexically_normal().string();
  return {};
}

std::string settings_file(const std::string& option) {
  if (!option.empty()) return option;
  const char* named = std::getenv("GATEHOUSE_CONFIG");
  return named == nullptr ? std::string() : std::string(named);
}

namespace {

using strict::Object;

ListenSettings listen(Object& whole, const char* key, std::uint16_t port, std::optional<policy::Error>& error,
                      const std::function<std::string(std::string)>& path) {
  ListenSettings out;
  out.port = port;
  const auto* found = whole.find(key);
  if (found == nullptr) {
    out.certificate_file = path("tls/server.pem");
    out.key_file = path("tls/server.key");
    return out;
  }
  Object in(*found, whole.at(key), error);
  out.address = in.text("address", out.address);
  out.port = in.whole<std::uint16_t>("port", out.port, 0, 65535);
  out.certificate_file = path(in.text("certificate_file", "tls/server.pem"));
  out.key_file = path(in.text("key_file", "tls/server.key"));
  out.authorities = in.texts("authorities");
  for (auto& one : out.authorities) {
    for (auto& c : one)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (one.ends_with(":443")) one.resize(one.size() - 4);  // RFC 9421 section 2.2.3: the default port is dropped
  }
  out.proxy_protocol = in.flag("proxy_protocol", out.proxy_protocol);
  out.trusted_proxies = in.texts("trusted_proxies");
  if (out.proxy_protocol && out.trusted_proxies.empty())
    in.wrong(in.at("trusted_proxies"), "missing", "is empty although proxy_protocol is on", "name the proxies' addresses");
  out.connections = in.whole<std::uint32_t>("connections", out.connections, 1, 1000000);
  out.new_connections_per_second = in.number("new_connections_per_second", out.new_connections_per_second, 0.1, 1e9);
  out.new_connections_burst = in.number("new_connections_burst", out.new_connections_burst, 1, 1e9);
  in.done();
  return out;
}

void read_anchor(Object& one, LogSettings& log, std::optional<policy::Error>& error, const std::function<std::string(std::string)>& path) {
  const std::string anchor = one.text("anchor", "none");
  if (anchor == "file")
    log.anchor = AnchorKind::file;
  else if (anchor == "https")
    log.anchor = AnchorKind::https;
  else if (anchor == "witness")
    log.anchor = AnchorKind::witness;
  else if (anchor != "none")
    one.wrong("$.log.anchor", "unknown_value", "is not a kind of anchor", "file, https, witness or none");
  log.anchor_folder = path(one.text("anchor_folder"));
  log.anchor_url = one.text("anchor_url");
  log.anchor_pin = one.text("anchor_pin");
  log.anchor_authority_file = path(one.text("anchor_authority_file"));
  log.anchor_token_file = path(one.text("anchor_token_file"));
  if (log.anchor == AnchorKind::file && log.anchor_folder.empty())
    one.wrong("$.log.anchor_folder", "missing", "is missing", "a folder on another disk than the log's");
  if (log.anchor == AnchorKind::https && log.anchor_url.empty()) one.wrong("$.log.anchor_url", "missing", "is missing", "https://host/path that takes PUT and GET");
  if (const auto* list = one.find("witnesses")) {
    if (!list->is_array() || list->size() > 15) {
      one.wrong("$.log.witnesses", "wrong_type", "must be a list of witnesses", "at most 15");
    } else {
      for (std::size_t i = 0; i < list->size(); ++i) {
        Object in((*list)[i], "$.log.witnesses[" + std::to_string(i) + "]", error);
        WitnessSettings witness;
        witness.key = in.text("key", "", true);
        witness.url = in.text("url", "", true);
        witness.pin = in.text("pin");
        witness.authority_file = path(in.text("authority_file"));
        if (!witness.key.empty() && !crypto::log::WitnessKey::parse(witness.key))
          in.wrong(in.at("key"), "bad_key", "is not a witness's key", "`name+hash+key`, as the witness prints it");
        for (const auto& other : log.witnesses)
          if (other.key == witness.key) in.wrong(in.at("key"), "repeated", "is there already", "each witness once");
        in.done();
        log.witnesses.push_back(std::move(witness));
      }
    }
  }
  log.quorum = one.whole<std::uint32_t>("quorum", 0, 0, 15);
  if (log.quorum > log.witnesses.size()) one.wrong("$.log.quorum", "out_of_range", "wants more witnesses than there are", "a smaller one, or more witnesses");
  if (log.anchor == AnchorKind::witness && log.witnesses.empty()) one.wrong("$.log.witnesses", "missing", "is missing, and the anchor is `witness`", "name them");
}

}  // namespace

std::expected<Settings, policy::Error> read_settings(std::string_view text, const std::string& file) {
  nlohmann::json value;
  if (auto bad = strict::parse(text, value)) {
    bad->where = file;
    return std::unexpected(*bad);
  }
  std::optional<policy::Error> error;
  Settings out;
  std::error_code ignored;
  out.file = fs::absolute(file, ignored).lexically_normal().string();
  const fs::path base = fs::path(out.file).parent_path();
  const std::function<std::string(std::string)> path = [&base](std::string given) {
    if (given.empty()) return given;
    const fs::path one(given);
    return (one.is_absolute() ? one : base / one).lexically_normal().string();
  };

  Object in(value, "$", error);
  out.profile = in.text("profile", out.profile);
  if (out.profile != "small" && out.profile != "full") in.wrong("$.profile", "unknown_value", "is not a profile", "small or full");
  out.config_dir = path(in.text("config_dir"));
  if (out.config_dir.empty()) out.config_dir = default_config_dir();
  if (const auto* found = in.find("organisation")) {
    Object one(*found, "$.organisation", error);
    out.organisation.name = one.text("name", "", true, 200);
    out.organisation.duty_number = one.text("duty_number", "", true, 40);
    out.organisation.open_records_notice = one.text("open_records_notice", "We keep open records: the person may see that you asked.");
    out.organisation.policy_statement = one.text("policy_statement");
    out.organisation.controller_relationship = one.text("controller_relationship", "", false, 500);
    out.organisation.impact_assessment = one.text("impact_assessment", "", false, 500);
    out.organisation.data_protection_contact = one.text("data_protection_contact", "", false, 500);
    if (const auto* list = one.find("emergency_numbers")) {
      if (!list->is_array() || list->size() > 12) one.wrong("$.organisation.emergency_numbers", "wrong_type", "must be a list of numbers to ring", "at most 12");
      for (std::size_t i = 0; list->is_array() && i < std::min<std::size_t>(list->size(), 12); ++i) {
        Object number((*list)[i], "$.organisation.emergency_numbers[" + std::to_string(i) + "]", error);
        EmergencyNumber entry;
        entry.who = number.text("who", "", true, 80);
        entry.number = number.text("number", "", true, 40);
        number.done();
        out.organisation.emergency_numbers.push_back(std::move(entry));
      }
    }
    one.done();
  } else {
    in.wrong("$.organisation", "missing", "is missing", "give name and duty_number");
  }
  if (const std::string pack = in.text("pack", "", true, 4096); !pack.empty()) {
    // A bare name is one of the packs that come with Gatehouse.
    out.pack = pack.find('/') == std::string::npos && !pack.ends_with(".json") ? out.config_dir + "/packs/" + pack + ".json" : path(pack);
  }
  out.data.database = path("data/gatehouse.db");
  out.data.statistics = path("data/statistics.db");
  if (const auto* found = in.find("data")) {
    Object one(*found, "$.data", error);
    out.data.database = path(one.text("database", "data/gatehouse.db"));
    out.data.statistics = path(one.text("statistics", "data/statistics.db"));
    out.data.reader_threads = one.whole<unsigned>("reader_threads", out.data.reader_threads, 1, 64);
    out.data.disk_reserve_bytes = one.whole<std::uint64_t>("disk_reserve_bytes", out.data.disk_reserve_bytes, 0, 1ull << 50);
    out.data.disk_alarm_bytes = one.whole<std::uint64_t>("disk_alarm_bytes", out.data.disk_alarm_bytes, 0, 1ull << 50);
    one.done();
  }
  out.keys.keystore = path("keys/keys.db");
  out.keys.kek_file = path("keys/kek");
  out.keys.noise_key_file = path("keys/noise.key");
  out.keys.ledger_mark_file = path("keys/ledger.mark");
  out.keys.credential_folder = path("keys/credentials");
  if (const auto* found = in.find("keys")) {
    Object one(*found, "$.keys", error);
    out.keys.keystore = path(one.text("keystore", "keys/keys.db"));
    out.keys.kek_file = path(one.text("kek_file", "keys/kek"));
    out.keys.noise_key_file = path(one.text("noise_key_file", "keys/noise.key"));
    out.keys.ledger_mark_file = path(one.text("ledger_mark_file", "keys/ledger.mark"));
    out.keys.credential_folder = path(one.text("credential_folder", "keys/credentials"));
    out.keys.kek_provider = one.text("kek_provider", out.keys.kek_provider);
    if (out.keys.kek_provider != "file" && out.keys.kek_provider != "systemd-creds" && out.keys.kek_provider != "pkcs11")
      one.wrong("$.keys.kek_provider", "unknown_value", "keeps no key-encryption keys", "file, systemd-creds or pkcs11");
    if (const auto* token = one.find("pkcs11")) {
      Object pkcs11(*token, "$.keys.pkcs11", error);
      out.keys.pkcs11_module = path(pkcs11.text("module", "", true, 4096));
      out.keys.pkcs11_token = pkcs11.text("token", "", true, 32);
      out.keys.pkcs11_pin_file = path(pkcs11.text("pin_file"));
      pkcs11.done();
    } else if (out.keys.kek_provider == "pkcs11") {
      one.wrong("$.keys.pkcs11", "missing", "is missing", "give module (the path of its library) and token (its label), and pin_file where it asks for one");
    }
    out.keys.kek_days = one.whole<std::uint32_t>("kek_days", out.keys.kek_days, 1, 3650);
    out.keys.backup_days = one.whole<std::uint32_t>("backup_days", out.keys.backup_days, 1, 30);
    one.done();
  }
  out.statistics_policy = out.config_file("statistics.json");
  if (const auto* found = in.find("statistics")) {
    Object one(*found, "$.statistics", error);
    if (const std::string given = one.text("policy", "", true, 4096); !given.empty()) out.statistics_policy = path(given);
    one.done();
  }
  out.log.folder = path("log");
  out.log.key_file = path("keys/log.key");
  out.log.verifier_key_file = path("keys/log.vkey");
  if (const auto* found = in.find("log")) {
    Object one(*found, "$.log", error);
    out.log.origin = one.text("origin", "", true, 200);
    for (const char c : out.log.origin)
      if (static_cast<unsigned char>(c) <= ' ' || c == '+' || static_cast<unsigned char>(c) > '~')
        one.wrong("$.log.origin", "bad_origin", "holds a blank, a plus or a sign outside ASCII", "for example gatehouse.example.org/log");
    out.log.folder = path(one.text("folder", "log"));
    out.log.key_file = path(one.text("key_file", "keys/log.key"));
    out.log.verifier_key_file = path(one.text("verifier_key_file", "keys/log.vkey"));
    const std::string signer = one.text("signer", "child");
    if (signer == "separate")
      out.log.signer = LogSigner::separate;
    else if (signer != "child")
      one.wrong("$.log.signer", "unknown_value", "is not a way to sign the log", "child or separate");
    read_anchor(one, out.log, error, path);
    one.done();
  } else {
    in.wrong("$.log", "missing", "is missing", "give its origin, for example gatehouse.example.org/log");
  }
  out.partner = listen(in, "partner", 8443, error, path);
  out.console = listen(in, "console", 8444, error, path);
  if (out.partner.authorities.empty())
    in.wrong("$.partner.authorities", "missing", "is missing", "name each host (and port) by which partners call this gateway");
  if (const auto* found = in.find("releases")) {
    Object one(*found, "$.releases", error);
    out.releases.expires_days = one.whole<std::uint32_t>("expires_days", out.releases.expires_days, 1, 90);
    if (const auto* modes = one.find("automatic_release")) {
      if (modes->is_object()) {
        for (const auto& [key, mode] : modes->items()) {
          const auto purpose = policy::from_text<policy::Purpose>(key);
          if (!purpose) {
            one.wrong("$.releases.automatic_release", "unknown_key", "names a purpose that is not known", "use words of `purpose`");
            break;
          }
          if (const auto how = one.word_of<policy::AutomaticRelease>(mode, "$.releases.automatic_release." + key))
            out.releases.automatic_release[*purpose] = *how;
        }
      } else {
        one.wrong("$.releases.automatic_release", "not_an_object", "an object is needed", "purpose to never, structured or unflagged");
      }
    }
    one.done();
  }
  if (const auto* found = in.find("answers")) {
    Object one(*found, "$.answers", error);
    out.answers.floor_seconds = one.whole<std::uint32_t>("floor_seconds", out.answers.floor_seconds, 1, 86400);
    out.answers.bucket_bytes = one.whole<std::uint32_t>("bucket_bytes", out.answers.bucket_bytes, 512, 65536);
    out.answers.tick_milliseconds = one.whole<std::uint32_t>("tick_milliseconds", out.answers.tick_milliseconds, 10, 5000);
    one.done();
  }
  if (const auto* found = in.find("limits")) {
    Object one(*found, "$.limits", error);
    out.limits.requests_per_second = one.number("requests_per_second", out.limits.requests_per_second, 0.01, 1e9);
    out.limits.burst = one.number("burst", out.limits.burst, 1, 1e9);
    out.limits.emergencies_per_hour = one.number("emergencies_per_hour", out.limits.emergencies_per_hour, 0.01, 1e6);
    out.limits.emergency_burst = one.number("emergency_burst", out.limits.emergency_burst, 1, 1e6);
    out.limits.people_per_day = one.whole<std::uint32_t>("people_per_day", out.limits.people_per_day, 1, 100000000);
    out.limits.unmatched_alarm_per_day = one.whole<std::uint32_t>("unmatched_alarm_per_day", out.limits.unmatched_alarm_per_day, 1, 1000000);
    one.done();
  }
  if (const auto* found = in.find("paging")) {
    Object one(*found, "$.paging", error);
    out.paging.command = one.texts("command", 16);
    if (!out.paging.command.empty() && !out.paging.command[0].starts_with('/'))
      one.wrong("$.paging.command[0]", "not_absolute", "is not an absolute path", "give the whole path of the program");
    out.paging.timeout_seconds = one.whole<std::uint32_t>("timeout_seconds", out.paging.timeout_seconds, 1, 300);
    one.done();
  }
  out.threads = in.whole<unsigned>("threads", 0, 0, 256);
  in.done();
  if (error) {
    error->where = file + ": " + error->where;
    return std::unexpected(*error);
  }
  if (out.config_dir.empty())
    return std::unexpected(policy::Error{"missing", file + ": $.config_dir", "no folder with record_schema.json was found",
                                         "name the config folder of Gatehouse", {}});
  return out;
}

std::expected<Settings, policy::Error> load_settings(const std::string& file) {
  if (file.empty())
    return std::unexpected(policy::Error{"missing", "--config", "no settings file was named", "give --config FILE or set GATEHOUSE_CONFIG", {}});
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(policy::Error{"unreadable", file, "cannot be read", "gatehouse init --dir D makes one", {}});
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return read_settings(text, file);
}

}  // namespace gatehouse::gateway
