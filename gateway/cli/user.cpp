#include "gateway/cli/user.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include "adapters/sqlite/sqlite_store.hpp"
#include "crypto/keys.hpp"
#include "crypto/one_time_code.hpp"
#include "crypto/password.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/wait_for.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/console/console.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::cli {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using json = nlohmann::ordered_json;
using policy::StaffMember;
using policy::StaffState;

SetUpCode new_set_up_code() {
  SetUpCode out;
  out.code = gateway::console::one_time_words();
  const std::string salt = crypto::random_bytes(16);
  out.expires = now() + std::chrono::minutes(30);
  out.file = json({{"salt", crypto::base64(salt)}, {"sha256", crypto::hex(crypto::sha256(salt + out.code))}, {"expires", policy::to_text(out.expires)}}).dump() + "\n";
  return out;
}

namespace {

struct Options {
  std::string config, id, file = "-";
  bool json = false;
};

class Staff {
 public:
  explicit Staff(const std::string& config) {
    auto opened = adapters::SqliteStore::open(sqlite_of(settings_of(config)), [](const std::string&) {});
    if (!opened) throw Stop{opened.error(), 1};
    store_ = std::move(*opened);
  }
  std::vector<StaffMember> all() { return wait_for<std::vector<StaffMember>>(io_, store_->staff()); }
  bool put(StaffMember member, const char* what, bool end_sessions) {
    policy::StaffNote note{"operator-uid-" + std::to_string(getuid()), what, now()};
    return wait_for<bool>(io_, store_->put_staff(std::move(member), std::move(note), end_sessions));
  }

 private:
  asio::io_context io_;  // outlives the store, which posts to it
  std::unique_ptr<adapters::SqliteStore> store_;
};

int add(const Options& options) {
  const std::string text = options.file == "-" ? std::string((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>()) : read_file(options.file);
  nlohmann::json value;
  if (const auto bad = gateway::strict::parse(text, value)) throw Stop{bad->text(), 2};
  std::optional<policy::Error> error;
  gateway::strict::Object in(value, "$", error);
  StaffMember member;
  member.name = in.text("name", "", true, 200);
  member.sign_in = in.text("sign_in", "", true, 200);
  const std::string password = in.text("password", "", true, 200);
  for (const auto& word : in.texts("roles")) {
    const auto role = policy::from_text<policy::Role>(word);
    if (!role) throw Stop{"$.roles: `" + word + "` is not a role; see policy/decision/CONTRACT.md, section 1.3", 2};
    member.roles.push_back(*role);
  }
  const std::string until = in.text("training_until");
  member.training_until = policy::read_date(until);
  in.done();
  if (error) throw Stop{error->text(), 2};
  if (!until.empty() && !member.training_until) throw Stop{"$.training_until: is not a date; year-month-day", 2};
  if (member.roles.empty()) throw Stop{"$.roles: is empty; at least one role", 2};
  for (char& c : member.sign_in) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ' || c == '|') throw Stop{"$.sign_in: has a space or a bar in it; leave it out", 2};
  }
  if (const auto trouble = gateway::console::password_trouble(password, member.sign_in, member.name); !trouble.empty()) throw Stop{"$.password: " + trouble, 2};
  const auto hash = crypto::hash_password(password, crypto::PasswordCost());
  if (!hash) throw Stop{"there is not the memory to hash a password (64 MiB)", 1};
  member.password_hash = *hash;
  member.id = "st_" + crypto::hex(crypto::sha256(crypto::random_bytes(32))).substr(0, 24);
  member.state = StaffState::active;
  member.code_secret = crypto::random_bytes(20);
  const auto codes = gateway::console::make_recovery_codes(member.recovery);
  const std::string id = member.id, key = crypto::base32(member.code_secret);
  if (!Staff(options.config).put(std::move(member), "added", false)) throw Stop{"$.sign_in: somebody has this sign-in name already; gatehouse user list shows all", 1};
  if (options.json) {
    std::cout << json({{"id", id}, {"code_key", key}, {"recovery_codes", codes}}).dump() << '\n';
    return 0;
  }
  std::cout << id << " added. Hand over in person; shown only here.\nKey for the authenticator app: " << key << "\nRecovery codes:\n";
  for (const auto& code : codes) std::cout << "  " << code << '\n';
  return 0;
}

int list(const Options& options) {
  for (const auto& one : Staff(options.config).all()) {
    json roles = json::array();
    std::string words;
    for (const auto role : one.roles) {
      roles.push_back(policy::text(role));
      words += (words.empty() ? "" : " ") + std::string(policy::text(role));
    }
    if (options.json)
      std::cout << json({{"id", one.id}, {"name", one.name}, {"sign_in", one.sign_in}, {"state", policy::text(one.state)}, {"roles", roles}}).dump() << '\n';
    else
      std::cout << one.id << "  " << policy::text(one.state) << "  " << one.sign_in << "  " << words << '\n';
  }
  return 0;
}

int reset(const Options& options) {
  Staff staff(options.config);
  for (auto& one : staff.all()) {
    if (one.id != options.id) continue;
    const std::string code = gateway::console::one_time_words();
    one.state = StaffState::invited;
    one.password_hash.clear();
    one.code_secret.clear();
    one.recovery.clear();
    one.join_sha256 = gateway::console::sha256_text(gateway::console::tidy_code(code));
    one.join_until = now() + std::chrono::hours(72);
    if (!staff.put(std::move(one), "reset", true)) throw Stop{options.id + ": was changed meanwhile; try again", 1};
    if (options.json)
      std::cout << json({{"id", options.id}, {"code", code}}).dump() << '\n';
    else
      std::cout << "One-time code for the page /join, good for three days, shown only here: " << code << '\n';
    return 0;
  }
  throw Stop{options.id + ": there is no such account; gatehouse user list shows all", 1};
}

int code(const Options& options) {
  if (!Staff(options.config).all().empty()) throw Stop{"the installation is set up: its administrator invites people", 1};
  const auto made = new_set_up_code();
  const std::string file = (fs::path(settings_of(options.config).data.database).parent_path() / "setup_code.json").string();
  ::umask(0077);
  if (const auto written = write_whole(file, made.file); !written) throw Stop{written.error(), 1};
  if (::chmod(file.c_str(), 0600) != 0) throw Stop{file + ": its mode cannot be set", 1};
  if (options.json)
    std::cout << json({{"code", made.code}, {"expires", policy::to_text(made.expires)}}).dump() << '\n';
  else
    std::cout << "One-time set-up code, good for 30 minutes, shown only here: " << made.code << '\n';
  return 0;
}

}  // namespace

void add_user(CLI::App& app, Context& context) {
  auto* user = app.add_subcommand("user", "people who may sign in to the console, for whoever runs this machine; every change is logged");
  user->require_subcommand(1);
  const auto sub = [&](const char* name, const char* what, int (*action)(const Options&)) {
    auto options = std::make_shared<Options>();
    auto* one = user->add_subcommand(name, what);
    one->add_option("--config", options->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
    one->add_flag("--json", options->json, "machine-readable output");
    one->callback(guarded(context, [options, action] { return action(*options); }));
    return std::pair(one, options);
  };
  auto [adding, what] = sub("add", "add somebody: JSON with name, sign_in, roles and password; prints the key for their authenticator app", add);
  adding->add_option("--file", what->file, "the JSON; - is standard input")->capture_default_str();
  sub("list", "everybody who has an account", list);
  auto [resetting, whose] = sub("reset", "take password, app and recovery codes away, end all sessions, print a new one-time code", reset);
  resetting->add_option("id", whose->id, "the account's id")->required();
  sub("code", "a new one-time set-up code, while nobody has an account", code);
}

}  // namespace gatehouse::cli
