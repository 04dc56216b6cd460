#pragma once
// Settings of one installation: `gatehouse.json`. Strict: an unknown key, a wrong type or a value out of range is one line with its JSON path.
// Relative paths are relative to the folder the file lies in; after load() every path is absolute or empty. Plain values, any thread.
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/evaluate.hpp"
#include "policy/decision/vocabulary.hpp"
#include "policy/error.hpp"

namespace gatehouse::gateway {

// A number on the emergency page and card: whom one reaches there, in words (`Safeguarding lead`, `MASH, nights and weekends`).
struct EmergencyNumber {
  std::string who, number;
};

struct OrganisationSettings {
  std::string name;
  std::string duty_number;                 // printed in every 202 and 429: somebody answers it
  std::string open_records_notice;         // what an agency is told about open records (NFP-2.3)
  std::string policy_statement;            // text or address of the confidentiality policy that outsiders may read
  // For the decision records; each in the organisation's own words, at most 500 bytes. Empty: "not recorded".
  std::string controller_relationship;     // whose data it is on either side, for example "each organisation is a controller in its own right"
  std::string impact_assessment;           // which one covers sharing, and of when
  std::string data_protection_contact;     // whom a person asks about their data
  std::vector<EmergencyNumber> emergency_numbers;  // lead, deputy, MASH by day and by night; empty: the duty number alone
};

struct DataSettings {
  std::string database;                    // data/gatehouse.db
  std::string statistics;                  // data/statistics.db: coded rows and cubes, made when there are any
  unsigned reader_threads = 2;
  std::uint64_t disk_reserve_bytes = 256ull << 20;  // below this nothing is written and so nothing released
  std::uint64_t disk_alarm_bytes = 2048ull << 20;   // below this the health page says so
};

struct KeySettings {
  std::string keystore;                    // keys/keys.db: wrapped keys
  std::string ledger_mark_file;            // keys/ledger.mark: how far the ledger of figures had got; outside the database's backups
  std::string noise_key_file;              // keys/noise.key: 32 bytes, mode 0400; in escrow, never in the database or its backups
  std::string kek_provider = "file";       // who keeps new key-encryption keys: file | systemd-creds | pkcs11
  std::string kek_file;                    // file: keys/kek is the first, keys/kek.N the others; 32 bytes, mode 0400 or 0600
  std::string credential_folder;           // systemd-creds: keys/credentials
  std::string pkcs11_module, pkcs11_token, pkcs11_pin_file;
  std::uint32_t kek_days = 90;             // a key-encryption key older than this: status says to rotate
  std::uint32_t backup_days = 30;          // backups of the key store are kept for so long at most: then what was destroyed is gone from them too
};

enum class LogSigner : std::uint8_t { child, separate };  // child: `serve` starts `gatehouse log`; separate: its own service and user

// Where the last checkpoint is kept off this disk, so that an old copy of the machine cannot start unnoticed. `none` is a permanent warning.
enum class AnchorKind : std::uint8_t { none, file, https, witness };

struct WitnessSettings {
  std::string key;                         // `name+hash+key` of the witness (c2sp.org/tlog-cosignature)
  std::string url;                         // https://…; `/add-checkpoint` is below it
  std::string pin, authority_file;         // whom to trust there; neither: the system's authorities
};

struct LogSettings {
  std::string origin;                      // `gatehouse.example.org/log`: name of the log and of its key
  std::string folder;                      // log/: checkpoint and tiles
  std::string key_file;                    // keys/log.key: read by `gatehouse log` alone
  std::string verifier_key_file;           // keys/log.vkey: `name+hash+key`
  LogSigner signer = LogSigner::child;
  AnchorKind anchor = AnchorKind::none;
  std::string anchor_folder;               // file: a folder on another disk
  std::string anchor_url, anchor_pin, anchor_authority_file, anchor_token_file;  // https
  std::vector<WitnessSettings> witnesses;
  std::uint32_t quorum = 0;                // so many witnesses must have cosigned before a checkpoint is published
};

struct ListenSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                  // 0: any free one (tests)
  std::string certificate_file, key_file;  // PEM
  std::vector<std::string> authorities;    // hosts (with port unless 443) by which this port is called; RFC 9421 `@authority` must be one
  bool proxy_protocol = false;             // PROXY v2 from a layer 4 proxy
  std::vector<std::string> trusted_proxies;
  std::uint32_t connections = 2000;
  double new_connections_per_second = 200, new_connections_burst = 400;  // per address, before TLS work
};

struct ReleaseSettings {
  std::uint32_t expires_days = 14;         // a package can be fetched for so long
  policy::AutomaticRelease automatic_default = policy::AutomaticRelease::never;  // never anything but `never` from a file
  std::map<policy::Purpose, policy::AutomaticRelease> automatic_release;          // opted in by the information-governance lead
  policy::AutomaticRelease automatic(policy::Purpose purpose) const {
    const auto found = automatic_release.find(purpose);
    return found == automatic_release.end() ? automatic_default : found->second;
  }
};

struct AnswerSettings {
  std::uint32_t floor_seconds = 900;       // no answer is promised, and nothing declined, sooner than this: a person needs time to look
  std::uint32_t bucket_bytes = 1024;       // every 202 body is padded to a multiple of this
  std::uint32_t tick_milliseconds = 50;    // what is not 200 leaves on this beat
};

// Per partner. All of them rest on the request alone, so a 429 tells nothing about anybody.
struct LimitSettings {
  double requests_per_second = 20, burst = 60;
  double emergencies_per_hour = 6, emergency_burst = 3;
  std::uint32_t people_per_day = 500;           // distinct people asked about, known or not
  std::uint32_t unmatched_alarm_per_day = 20;   // distinct people we do not know: an alarm, never an answer
};

struct PagingSettings {
  std::vector<std::string> command;        // program and arguments; the request id is added as the last one. Empty: log line and metric only
  std::uint32_t timeout_seconds = 20;
};

struct Settings {
  std::string file;                        // where it was read from
  std::string profile = "small";           // small | full
  OrganisationSettings organisation;
  std::string config_dir;                  // packs/, minimum_necessary.json, record_schema.json, openapi.yaml …
  std::string pack;                        // file of the pack
  DataSettings data;
  KeySettings keys;
  LogSettings log;
  ListenSettings partner, console;
  ReleaseSettings releases;
  AnswerSettings answers;
  LimitSettings limits;
  PagingSettings paging;
  std::string statistics_policy;           // config/statistics.json unless $.statistics.policy names another
  unsigned threads = 0;                    // of the network side; 0: one per core

  // Where `config_file("record_schema.json")` lies.
  std::string config_file(std::string_view name) const { return config_dir + "/" + std::string(name); }
};

// Reads and checks. Paths may name files that do not exist yet: whoever opens them says so.
std::expected<Settings, policy::Error> read_settings(std::string_view json, const std::string& file);
std::expected<Settings, policy::Error> load_settings(const std::string& file);

// The config/ folder to use when the file names none: $GATEHOUSE_CONFIG_DIR, the one beside the source tree this was built from, or
// /usr/share/gatehouse; the first that holds record_schema.json. Empty: none was found.
std::string default_config_dir();

// `--config FILE` or $GATEHOUSE_CONFIG; empty when neither is given.
std::string settings_file(const std::string& option);

}  // namespace gatehouse::gateway
