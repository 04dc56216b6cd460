// `gatehouse policy propose|approve|activate|proposals`: a pack serves when one officer has proposed it, another has approved it, and its proof holds.
//
// Both sign in here with the password and code of their staff account. What was proposed lies beside the database, under a key of the installation: a file
// that somebody else wrote or changed is no proposal. The activation is an entry of the log with both names, sealed; a gateway that serves takes the pack
// up by itself within a second.
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <expected>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "crypto/keys.hpp"
#include "crypto/one_time_code.hpp"
#include "crypto/password.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/wait_for.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/cli/policy_prove.hpp"
#include "gateway/console/console.hpp"
#include "gateway/pack_files.hpp"
#include "gateway/proof_gate.hpp"
#include "policy/officers/two_people.hpp"
#include "policy/prove/diff.hpp"

namespace gatehouse::cli {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;
using policy::Role;
using policy::StaffMember;

struct Options {
  std::string config, pack, as;
};

// A line of standard input; at a terminal asked for, and not shown.
std::string secret_line(const char* prompt) {
  const bool terminal = ::isatty(STDIN_FILENO) != 0;
  termios was{};
  if (terminal) {
    std::cerr << prompt << ": " << std::flush;
    ::tcgetattr(STDIN_FILENO, &was);
    termios quiet = was;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
    std::cerr << '\n';
  }
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  return line;
}

// Whose word counts: the information-governance lead, and beside them a second officer.
bool is_officer(const StaffMember& one) {
  return std::ranges::any_of(std::initializer_list<Role>{Role::ig_lead, Role::dpo, Role::director, Role::manager, Role::dsl}, [&](Role role) { return one.has(role); });
}

class Officers {
 public:
  explicit Officers(const gateway::Settings& settings) {
    auto opened = adapters::SqliteStore::open(sqlite_of(settings), [](const std::string&) {});
    if (!opened) throw Stop{opened.error(), 1};
    store_ = std::move(*opened);
  }
  // Password and code, both right, each code once; one answer for whatever is wrong.
  StaffMember sign_in(std::string name) {
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const std::string password = secret_line("Password"), code = secret_line("Code of the authenticator app, or a recovery code");
    auto found = wait_for(io_, store_->staff_by_sign_in(name));
    const bool active = found && found->state == policy::StaffState::active;
    // a name that is nobody's costs as much as a wrong password
    static const std::string nobody = crypto::hash_password("nobody's", crypto::PasswordCost()).value_or("");
    const bool right = crypto::password_matches(active ? found->password_hash : nobody, password) && active;
    bool opened = false;
    if (right) {
      if (const auto step = crypto::step_of_code(found->code_secret, code, now().time_since_epoch().count(), found->code_used)) {
        found->code_used = *step;
        opened = true;
      } else {
        const std::string tidy = gateway::console::tidy_code(code);
        const auto left = std::ranges::find(found->recovery, gateway::console::sha256_text(tidy));
        opened = tidy.size() >= 10 && left != found->recovery.end();
        if (opened) found->recovery.erase(left);
      }
    }
    if (!opened) throw Stop{"--as: sign-in name, password and code do not belong together; the code is six digits and opens once", 1};
    StaffMember next = *found;
    policy::StaffNote note{found->id, "signed_in", now()};
    if (!wait_for(io_, store_->put_staff(std::move(next), std::move(note), false))) throw Stop{"--as: the account changed meanwhile; try again with the next code", 1};
    if (!is_officer(*found)) throw Stop{"--as: only an information-governance lead, data protection officer, director, manager or safeguarding lead decides about a pack", 1};
    return std::move(*found);
  }
  std::string active_pack() { return wait_for(io_, store_->directory()).active_pack_sha256; }

 private:
  boost::asio::io_context io_;  // outlives the store, which posts to it
  std::unique_ptr<adapters::SqliteStore> store_;
};

struct Person {
  std::string id, name;
  bool lead = false;  // of information governance
};
struct Proposal {
  std::string pack, version, sha256, changed, at;
  Person proposed, approved;  // approved.id empty: nobody yet
};

// In a time that does not depend on where they differ.
bool same_code(std::string_view one, std::string_view other) {
  const auto secret = [](std::string_view text) { return crypto::SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); };
  return secret(one).same_as(secret(other));
}

// Proposals beside the database, each under a message authentication code.
class Proposals {
 public:
  explicit Proposals(const gateway::Settings& settings) : folder_(fs::path(settings.data.database).parent_path() / "packs") {
    const auto store = sqlite_of(settings);
    auto keyring = adapters::Keyring::open(store.keystore, store.kek);
    if (!keyring) throw Stop{keyring.error(), 1};
    const auto key = crypto::hmac_sha256(keyring->blind_index_key(), "proposals of packs");
    key_ = crypto::SecretBytes::copy_of(key);
  }
  static json person(const Person& one) { return {{"id", one.id}, {"name", one.name}, {"lead", one.lead}}; }

  void put(const Proposal& one) const {
    const std::string body = json{{"pack", one.pack}, {"version", one.version}, {"sha256", one.sha256}, {"changed", one.changed}, {"at", one.at}, {"proposed", person(one.proposed)},
                                  {"approved", person(one.approved)}}.dump();
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (const auto written = write_whole(file(one.sha256), body + "\n" + crypto::hex(crypto::hmac_sha256(key_, body)) + "\n"); !written) throw Stop{written.error(), 1};
  }
  // One line that says why a proposal holds no more and what to do about it: a stale one must not hide the others from those who list them.
  std::expected<Proposal, std::string> read(const std::string& sha256) const {
    const auto stale = [&](const char* what) {
      return std::unexpected(sha256.substr(0, 12) + ": a proposal that " + what + "; propose the pack again (gatehouse policy propose), or remove " + file(sha256));
    };
    std::ifstream in(file(sha256));
    std::string body, code;
    if (!in || !std::getline(in, body) || !std::getline(in, code)) return stale("cannot be read");
    if (!same_code(code, crypto::hex(crypto::hmac_sha256(key_, body)))) return stale("was not written by this installation, or before its index key changed");
    try {
      const json all = json::parse(body);
      const auto who = [](const json& one) { return Person{one.at("id"), one.at("name"), one.at("lead")}; };
      Proposal out{all.at("pack"), all.at("version"), all.at("sha256"), all.at("changed"), all.at("at"), who(all.at("proposed")), who(all.at("approved"))};
      if (out.sha256 != sha256) return stale("lies under the name of another");
      return out;
    } catch (const json::exception&) {
      return stale("another version of gatehouse wrote");  // ours by its code, but not in the form of today
    }
  }
  Proposal get(const std::string& sha256) const {
    auto one = read(sha256);
    if (!one) throw Stop{one.error(), 1};
    return std::move(*one);
  }
  // A hash or the beginning of one that no other has.
  std::string named(const std::string& begin) const {
    std::vector<std::string> fits;
    for (const std::string& one : all())
      if (begin.size() >= 6 && one.starts_with(begin)) fits.push_back(one);
    if (fits.size() != 1) throw Stop{begin + (fits.empty() ? ": is no proposal" : ": is the beginning of several proposals") + "; gatehouse policy proposals lists them", 2};
    return fits[0];
  }
  std::vector<std::string> all() const {
    std::vector<std::string> out;
    std::error_code none;
    for (const auto& one : fs::directory_iterator(folder_, none))
      if (const std::string name = one.path().filename().string(); name.ends_with(".proposal") && name.size() == 64 + 9) out.push_back(name.substr(0, 64));
    std::ranges::sort(out);
    return out;
  }
  void drop(const std::string& sha256) const {
    std::error_code none;
    fs::remove(file(sha256), none);
  }

 private:
  std::string file(const std::string& sha256) const { return (folder_ / (sha256 + ".proposal")).string(); }
  fs::path folder_;
  crypto::SecretBytes key_;
};

// One person may have two accounts: the names of their owners decide, not the ids.
void must_be_two(const Person& proposed, const Person& approved, const std::string& where) {
  if (proposed.id == approved.id) throw Stop{where + ": who proposed a pack does not approve it; somebody else signs in", 1};
  if (!policy::are_two_people(proposed.name, approved.name))
    throw Stop{where + ": who proposed a pack does not approve it, under another account either, and by their names these two may be one person's; somebody else signs in "
                       "(who has no account under their own full name gets one: People and roles)", 1};
}

policy::Pack read_pack(const gateway::PackFiles& files, const std::string& path) {
  auto pack = policy::Pack::read(files.pack, files.reference());
  if (!pack) throw Stop{path + " " + pack.error().text(), 2};
  return std::move(*pack);
}

gateway::PackFiles files_of(const gateway::Settings& settings, const std::string& path) {
  auto files = gateway::read_pack_files(path, settings.config_dir);
  if (!files) throw Stop{files.error(), 2};
  return std::move(*files);
}

void must_hold(const policy::Pack& pack, const std::string& path) {
  if (const std::string trouble = proof_trouble(pack); !trouble.empty()) throw Stop{path + ": " + trouble, 1};
}

// What would change, in a few lines; gives the number of states whose outcome changes.
std::string show_change(const gateway::Settings& settings, const std::string& active, const policy::Pack& draft) {
  const std::string kept = gateway::kept_pack_file(settings, active);
  std::error_code none;
  if (kept.empty() || !fs::exists(kept, none)) {
    std::cout << "There is no copy of the pack that serves to compare it with: read it whole (gatehouse policy table).\n";
    return "unknown";
  }
  const policy::PackDiff found = policy::diff(read_pack(files_of(settings, kept), kept), draft);
  std::cout << "Against the pack that serves (" << found.from.id << ' ' << found.from.version << "): the outcome changes in " << grouped(found.changed) << " of " << grouped(found.states)
            << " states; more goes out in " << grouped(found.more) << ", less in " << grouped(found.less) << "; only what is owed, asked or shown changes in " << grouped(found.otherwise) << ".\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(found.clauses.size(), 8); ++i)
    std::cout << "  " << found.clauses[i].about << ": " << grouped(found.clauses[i].states) << "\n    " << found.clauses[i].example.plain << '\n';
  if (found.clauses.size() > 8) std::cout << "  and " << found.clauses.size() - 8 << " more: gatehouse policy diff " << kept << " …\n";
  return found.changed;
}

int propose(const Options& options) {
  const gateway::Settings settings = settings_of(options.config);
  const gateway::PackFiles files = files_of(settings, options.pack);
  const policy::Pack pack = read_pack(files, options.pack);
  must_hold(pack, options.pack);
  Officers officers(settings);
  const std::string active = officers.active_pack();
  if (active == files.sha256) throw Stop{options.pack + ": is the active pack already; there is nothing to propose", 1};
  const StaffMember who = officers.sign_in(options.as);
  if (const std::string trouble = gateway::keep_pack(settings, files.pack); !trouble.empty()) throw Stop{trouble, 1};
  Proposal made{pack.identity().id, pack.identity().version, files.sha256, "", policy::to_text(now()), {who.id, who.name, who.has(Role::ig_lead)}, {}};
  made.changed = show_change(settings, active, pack);
  Proposals(settings).put(made);
  std::cout << pack.identity().id << ' ' << pack.identity().version << " sha256 " << files.sha256 << " is proved and proposed by " << who.name
            << ". Somebody else approves it: gatehouse policy approve " << files.sha256.substr(0, 12) << " --as SIGN-IN-NAME\n";
  return 0;
}

int approve(const Options& options) {
  const gateway::Settings settings = settings_of(options.config);
  const Proposals proposals(settings);
  Proposal one = proposals.get(proposals.named(options.pack));
  if (!one.approved.id.empty()) throw Stop{one.sha256 + ": is approved already, by " + one.approved.name + "; gatehouse policy activate " + one.sha256.substr(0, 12), 1};
  const std::string kept = gateway::kept_pack_file(settings, one.sha256);
  const gateway::PackFiles files = files_of(settings, kept);
  if (files.sha256 != one.sha256) throw Stop{kept + ": is not what was proposed; propose it again", 1};
  Officers officers(settings);
  // Seen before it is approved.
  const std::string changed = show_change(settings, officers.active_pack(), read_pack(files, kept));
  if (changed != one.changed) std::cout << "The pack that serves is another than when this was proposed: look at the change again.\n";
  std::cout << std::flush;
  const StaffMember who = officers.sign_in(options.as);
  must_be_two(one.proposed, {who.id, who.name, false}, "--as");
  if (!who.has(Role::ig_lead) && !one.proposed.lead) throw Stop{"--as: one of the two must be the information-governance lead", 1};
  one.changed = changed;
  one.approved = {who.id, who.name, who.has(Role::ig_lead)};
  proposals.put(one);
  std::cout << one.pack << ' ' << one.version << " sha256 " << one.sha256 << " is approved by " << who.name << ", proposed by " << one.proposed.name
            << ". It serves after: gatehouse policy activate " << one.sha256.substr(0, 12) << "\n";
  return 0;
}

int activate(const Options& options) {
  const gateway::Settings settings = settings_of(options.config);
  const Proposals proposals(settings);
  const Proposal one = proposals.get(proposals.named(options.pack));
  if (one.approved.id.empty()) throw Stop{one.sha256 + ": nobody has approved it yet; gatehouse policy approve " + one.sha256.substr(0, 12) + " --as SIGN-IN-NAME", 1};
  // Again: an older gatehouse, which compared the ids alone, may have taken the approval.
  must_be_two(one.proposed, one.approved, one.sha256.substr(0, 12) + " was not approved by two officers, propose it again");
  if (!(one.approved.lead || one.proposed.lead)) throw Stop{one.sha256 + ": was not approved by two officers; propose it again", 1};
  const std::string kept = gateway::kept_pack_file(settings, one.sha256);
  const gateway::PackFiles files = files_of(settings, kept);
  if (files.sha256 != one.sha256) throw Stop{kept + ": is not what was approved; propose it again", 1};
  const policy::Pack pack = read_pack(files, kept);
  must_hold(pack, kept);  // again: the reference data or this program may be others by now
  auto admin = adapters::Admin::open(sqlite_of(settings));
  if (!admin) throw Stop{admin.error(), 1};
  if (const auto done = admin->activate_pack(pack.identity(), one.proposed.name + " (" + one.proposed.id + ")", one.approved.name + " (" + one.approved.id + ")", now()); !done)
    throw Stop{done.error(), 1};
  proposals.drop(one.sha256);
  std::cout << one.pack << ' ' << one.version << " sha256 " << one.sha256 << " is the active pack; a gateway that serves takes it up within a second or two\n";
  return 0;
}

int list(const Options& options, bool as_json) {
  const gateway::Settings settings = settings_of(options.config);
  const Proposals proposals(settings);
  int code = 0;
  for (const std::string& sha256 : proposals.all()) {
    const auto read = proposals.read(sha256);
    if (!read) {
      // The others are listed all the same; the exit code says that something wants doing.
      code = 1;
      if (as_json) std::cout << json{{"sha256", sha256}, {"stale", read.error()}}.dump() << '\n';
      std::cerr << "gatehouse: " << read.error() << '\n';
      continue;
    }
    const Proposal& one = *read;
    if (as_json)
      std::cout << json{{"pack", one.pack}, {"version", one.version}, {"sha256", one.sha256}, {"changed", one.changed}, {"proposed_at", one.at}, {"proposed_by", one.proposed.id},
                        {"approved_by", one.approved.id.empty() ? json(nullptr) : json(one.approved.id)}}.dump() << '\n';
    else
      std::cout << one.sha256.substr(0, 12) << "  " << one.pack << ' ' << one.version << "  proposed by " << one.proposed.name << " on " << one.at
                << (one.approved.id.empty() ? ", not approved yet" : ", approved by " + one.approved.name) << '\n';
  }
  return code;
}

}  // namespace

void add_policy_activate(CLI::App& policy, Context& context) {
  const auto sub = [&](const char* name, const char* what) {
    auto options = std::make_shared<Options>();
    auto* command = policy.add_subcommand(name, what);
    command->add_option("--config", options->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
    return std::pair(command, options);
  };
  const char* sign_in = "your sign-in name; password and code of the authenticator app are asked for, or are the two lines of standard input";
  auto [proposing, one] = sub("propose", "put a pack forward: it is read, proved and compared with the one that serves");
  proposing->add_option("pack", one->pack, "file of the pack")->required();
  proposing->add_option("--as", one->as, sign_in)->required();
  proposing->callback(guarded(context, [options = one] { return propose(*options); }));
  auto [approving, two] = sub("approve", "approve what somebody else proposed; one of the two is the information-governance lead");
  approving->add_option("sha256", two->pack, "hash of the pack, or its first six digits or more")->required();
  approving->add_option("--as", two->as, sign_in)->required();
  approving->callback(guarded(context, [options = two] { return approve(*options); }));
  auto [activating, three] = sub("activate", "let a pack serve that two officers approved: proved once more, written to the log, taken up by the gateway that serves");
  activating->add_option("sha256", three->pack, "hash of the pack, or its first six digits or more")->required();
  activating->callback(guarded(context, [options = three] { return activate(*options); }));
  auto [listing, four] = sub("proposals", "packs that were proposed and do not serve yet");
  listing->add_flag("--json", context.json, "one JSON object per line");
  listing->callback(guarded(context, [options = four, &context] { return list(*options, context.json); }));
}

}  // namespace gatehouse::cli
