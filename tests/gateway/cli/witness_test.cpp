// Logs, witnesses, watchers and anchors as they run: processes on loopback, over HTTPS, on files that are copied, set back and forked.
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "adapters/anchor/anchor.hpp"
#include "adapters/partner/https_client.hpp"
#include "adapters/partner/https_url.hpp"
#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/log_reader.hpp"
#include "crypto/log/cosignature.hpp"
#include "crypto/log/policy.hpp"
#include "crypto/log/witness.hpp"
#include "crypto/secret_bytes.hpp"
#include "gateway/app.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/net/server.hpp"
#include "gateway/net/workers.hpp"
#include "tests/gateway/cli/command.hpp"
#include "tests/gateway/net/test_certificates.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;
namespace fs = std::filesystem;
namespace asio = boost::asio;
using nlohmann::json;

// `gatehouse …` in the background, until its end or this object's.
class Background {
 public:
  Background(const tools::Folder& folder, const std::string& name, std::vector<std::string> arguments) : out_(folder.path(name + ".out")), err_(folder.path(name + ".err")) {
    std::fflush(nullptr);
    fs::remove(out_);                    // of an earlier one of this name
    child_ = ::fork();
    if (child_ != 0) return;
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    // The program itself, not this one: the server starts its own file again as the prover of its pack.
    const std::string program = (fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "gatehouse").string();
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  ~Background() { stop(SIGKILL); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  static std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string out() const { return read(out_); }
  std::string err() const { return read(err_); }
  // Until standard output holds this; false when it ends before.
  bool says(const std::string& words) {
    for (int i = 0; i < 1000; ++i) {
      if (out().find(words) != std::string::npos) return true;
      if (::waitpid(child_, &status_, WNOHANG) == child_) {
        child_ = 0;
        return out().find(words) != std::string::npos;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  int stop(int signal_number = SIGTERM) {
    if (child_ > 0) {
      ::kill(child_, signal_number);
      ::waitpid(child_, &status_, 0);
      child_ = 0;
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }
  // Its exit status, once it has ended by itself.
  int wait() {
    if (child_ > 0) ::waitpid(child_, &status_, 0);
    child_ = 0;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }

 private:
  const std::string out_, err_;
  pid_t child_ = -1;
  int status_ = 0;
};

class Witnessed : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::start());
    const auto made = run({"init", "--dir", folder.path("site"), "--host", "gatehouse.example.org", "--organisation", "Example House", "--duty-number", "01632 960999",
                           "--config-dir", std::string(::gatehouse::test::source_dir()) + "/config", "--pack", "children-and-families", "--approved-by", "officer-a",
                           "--approved-by", "officer-b"});
    ASSERT_EQ(made.code, 0) << made.err;
    config = folder.path("site/gatehouse.json");
    log_key = folder.read("site/keys/log.vkey");
    while (log_key.ends_with('\n')) log_key.pop_back();
  }
  tools::Ran run(std::vector<std::string> arguments, const std::string& input = "") const { return tools::gatehouse(folder, std::move(arguments), input); }
  tools::Ran log_once(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"log", "--config", config, "--once", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
  std::uint64_t grow(int entries) {
    auto site = read_installation(config);
    auto admin = adapters::Admin::open(site->store);
    EXPECT_TRUE(admin) << admin.error();
    admin->begin();
    for (int i = 0; i < entries; ++i) {
      policy::Agency agency;
      agency.id = "example-agency-" + std::to_string(made_++);
      agency.type = policy::AgencyType::other;
      agency.name = "Example Agency";
      agency.directory_number = "01632 960001";
      EXPECT_TRUE(admin->put_agency(agency, policy::Instant(std::chrono::seconds(1795341600))));
    }
    EXPECT_TRUE(admin->commit());
    return admin->counts()->log_entries;
  }
  void settings(const std::function<void(json&)>& change) const {
    json value = json::parse(folder.read("site/gatehouse.json"));
    change(value);
    folder.write("site/gatehouse.json", value.dump(2));
  }
  // A witness of its own folder, running; its port is another after each start.
  void start_witness(const std::string& name) {
    if (!fs::exists(folder.path(name))) {
      const auto made = run({"witness", "init", "--dir", folder.path(name), "--name", name + ".example.org", "--log-key", log_key, "--json"});
      ASSERT_EQ(made.code, 0) << made.err;
      keys[name] = json::parse(made.out)["key"];
      json value = json::parse(folder.read(name + "/witness.json"));
      value["listen"]["port"] = 0;
      folder.write(name + "/witness.json", value.dump());
    }
    witnesses[name] = std::make_unique<Background>(folder, name, std::vector<std::string>{"witness", "--config", folder.path(name + "/witness.json"), "--quiet"});
    ASSERT_TRUE(witnesses[name]->says("listens on")) << witnesses[name]->err();
    const std::string said = witnesses[name]->out();
    ports[name] = std::stoi(said.substr(said.rfind(':') + 1));
  }
  void start_witnesses(unsigned quorum) {
    for (const char* name : {"one", "two", "three"}) start_witness(name);
    name_witnesses(quorum);
  }
  void name_witnesses(unsigned quorum) const {
    settings([&](json& value) {
      value["log"]["witnesses"] = json::array();
      for (const auto& [name, key] : keys)
        value["log"]["witnesses"].push_back({{"key", key}, {"url", "https://127.0.0.1:" + std::to_string(ports.at(name))}, {"authority_file", folder.path(name + "/server.pem")}});
      value["log"]["quorum"] = quorum;
    });
  }
  std::string write_policy() const {
    const auto printed = run({"log", "policy", "--config", config});
    EXPECT_EQ(printed.code, 0) << printed.err;
    folder.write("policy", printed.out);
    return folder.path("policy");
  }
  void copy(const std::string& from, const std::string& to) const {
    fs::remove_all(folder.path(to));
    fs::copy(folder.path(from), folder.path(to), fs::copy_options::recursive);
  }
  std::uint64_t published() const {
    const std::string note = folder.read("site/log/checkpoint");
    return note.empty() ? 0 : tree::read_seen_tree(note).value().size;
  }

  tools::Folder folder;
  std::string config, log_key;
  std::map<std::string, std::string> keys;
  std::map<std::string, int> ports;
  std::map<std::string, std::unique_ptr<Background>> witnesses;

 private:
  int made_ = 0;
};

TEST_F(Witnessed, a_checkpoint_is_published_with_the_cosignatures_that_a_policy_wants) {
  start_witnesses(2);
  const auto size = grow(5);
  const auto signed_once = log_once();
  ASSERT_EQ(signed_once.code, 0) << signed_once.err;
  EXPECT_EQ(published(), size);
  const std::string policy = write_policy();
  const auto verified = run({"audit", "verify", "--config", config, "--policy", policy, "--json"});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_EQ(json::parse(verified.out)["witnesses"], 3);
  EXPECT_EQ(json::parse(verified.out)["witnesses_wanted"], 2);

  ASSERT_EQ(run({"audit", "proof", "--make", "3", "--config", config, "--out", folder.path("three.tlog-proof")}).code, 0);
  EXPECT_LE(fs::file_size(folder.path("three.tlog-proof")), 8192u);
  const auto proved = run({"audit", "proof", folder.path("three.tlog-proof"), "--policy", policy});
  EXPECT_EQ(proved.code, 0) << proved.err;
  EXPECT_NE(proved.out.find("3 of 3 witnesses"), std::string::npos) << proved.out;
  EXPECT_NE(run({"audit", "proof", folder.path("three.tlog-proof"), "--log-key", log_key}).out.find("0 of 0 witnesses"), std::string::npos);
  // One cosignature missing is as good, two are not.
  std::string note = folder.read("three.tlog-proof");
  note.resize(note.rfind("\xe2\x80\x94"));
  folder.write("fewer", note);
  EXPECT_EQ(run({"audit", "proof", folder.path("fewer"), "--policy", policy}).code, 0);
  note.resize(note.rfind("\xe2\x80\x94"));
  folder.write("fewer", note);
  const auto refused = run({"audit", "proof", folder.path("fewer"), "--policy", policy});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("1 of 3 witnesses"), std::string::npos) << refused.err;
  EXPECT_EQ(run({"audit", "proof", "--make", "100000", "--config", config}).code, 1);
  EXPECT_EQ(run({"audit", "proof"}).code, 2);

  // Further checkpoints continue; a witness that was started again remembers.
  const auto more = grow(300);
  witnesses["one"]->stop();
  start_witness("one");
  name_witnesses(2);
  EXPECT_EQ(log_once().code, 0);
  EXPECT_EQ(published(), more);
  EXPECT_EQ(tree::cosignatures(folder.read("site/log/checkpoint"), {tree::WitnessKey::parse(keys["one"]).value()})->size(), 1u);
}

TEST_F(Witnessed, what_too_few_have_seen_waits_and_is_published_once_they_are_back) {
  start_witnesses(2);
  const auto first = grow(3);
  ASSERT_EQ(log_once().code, 0);
  witnesses["two"]->stop(SIGKILL);
  const auto second = grow(3);
  const auto with_two = log_once();
  EXPECT_EQ(with_two.code, 0) << with_two.err;
  EXPECT_NE(with_two.err.find("witness two.example.org: it cannot be reached"), std::string::npos) << with_two.err;
  EXPECT_EQ(published(), second);
  witnesses["three"]->stop(SIGKILL);
  const auto third = grow(3);
  EXPECT_EQ(log_once().code, 1);
  EXPECT_EQ(published(), second);
  EXPECT_GT(third, second);
  EXPECT_GT(second, first);
  const auto status = json::parse(folder.read("site/log/status.json"));
  EXPECT_EQ(status["signed_size"], third);
  EXPECT_EQ(status["published_size"], second);
  // No proof is given out of what is not published.
  EXPECT_EQ(run({"audit", "proof", "--make", std::to_string(third - 1), "--config", config}).code, 1);
  start_witness("two");
  start_witness("three");
  name_witnesses(2);
  EXPECT_EQ(log_once().code, 0);
  EXPECT_EQ(published(), third);
}

TEST_F(Witnessed, a_log_without_quorum_is_published_at_once_and_cosigned_when_it_can_be) {
  start_witnesses(0);
  for (auto& [name, one] : witnesses) one->stop(SIGKILL);
  const auto size = grow(2);
  EXPECT_EQ(log_once().code, 0);
  EXPECT_EQ(published(), size);
  for (const char* name : {"one", "two", "three"}) start_witness(name);
  name_witnesses(0);
  const auto again = log_once();
  EXPECT_EQ(again.code, 0) << again.err;
  std::vector<tree::WitnessKey> all;
  for (const auto& [name, key] : keys) all.push_back(tree::WitnessKey::parse(key).value());
  EXPECT_EQ(tree::cosignatures(folder.read("site/log/checkpoint"), all)->size(), 3u);
}

TEST_F(Witnessed, of_two_forks_the_second_is_cosigned_by_nobody) {
  start_witnesses(2);
  grow(5);
  ASSERT_EQ(log_once().code, 0);
  copy("site", "other");
  grow(4);
  ASSERT_EQ(log_once().code, 0);
  copy("site", "first-fork");
  // The same keys on the copy made before, with other entries: by an administrator who wants another past.
  copy("other", "site");
  grow(7);
  const auto forked = log_once();
  EXPECT_EQ(forked.code, 1);
  EXPECT_NE(forked.err.find("the log has forked"), std::string::npos) << forked.err;
  EXPECT_LT(published(), tree::read_seen_tree(folder.read("site/log/pending")).value().size);
  // Each witness keeps the note that proves it.
  for (const auto& [name, one] : witnesses) {
    std::size_t evidence = 0;
    for (const auto& file : fs::directory_iterator(folder.path(name + "/state"))) evidence += file.path().filename().string().find(".refused-") != std::string::npos ? 1u : 0u;
    EXPECT_EQ(evidence, 1u) << name;
  }
  // The honest one goes on.
  copy("first-fork", "site");
  grow(1);
  EXPECT_EQ(log_once().code, 0);
}

TEST_F(Witnessed, a_log_that_was_set_back_is_stopped_by_what_a_witness_has_seen) {
  start_witnesses(2);
  grow(5);
  ASSERT_EQ(log_once().code, 0);
  copy("site", "older");
  grow(9);
  ASSERT_EQ(log_once().code, 0);
  copy("older", "site");
  const auto stopped = log_once();
  EXPECT_EQ(stopped.code, 1);
  EXPECT_NE(stopped.err.find("that this log signed, and the log now has"), std::string::npos) << stopped.err;
  // With the witnesses for an anchor neither signer nor gateway starts.
  settings([](json& value) {
    value["log"]["anchor"] = "witness";
    value["partner"]["port"] = value["console"]["port"] = 0;
  });
  const auto behind = log_once();
  EXPECT_EQ(behind.code, 1);
  EXPECT_NE(behind.err.find("the database has fewer"), std::string::npos) << behind.err;
  const auto gateway = run({"serve", "--config", config, "--quiet"});
  EXPECT_EQ(gateway.code, 1);
  EXPECT_NE(gateway.err.find("the database has fewer"), std::string::npos) << gateway.err;
  // Two of three must answer to be sure of a quorum of two.
  witnesses["one"]->stop(SIGKILL);
  EXPECT_NE(log_once().err.find("the database has fewer"), std::string::npos);
  witnesses["two"]->stop(SIGKILL);
  const auto unknown = log_once();
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("1 of 3 witnesses answered and 2 must"), std::string::npos) << unknown.err;
}

// ------------------------------------------------------------------------------------------------ what a witness says over the wire

adapters::ClientResponse ask(adapters::HttpsClient& client, asio::io_context& io, const char* method, const std::string& target, std::string body = {}) {
  adapters::ClientRequest request(method, target);
  request.body = std::move(body);
  adapters::ClientResponse out;
  io.restart();
  auto work = client.send(std::move(request));
  asio::co_spawn(io, std::move(work), [&out](std::exception_ptr thrown, std::expected<adapters::ClientResponse, adapters::NetError> got) {
    if (!thrown && got) out = std::move(*got);
  });
  io.run();
  return out;
}

TEST_F(Witnessed, the_statuses_of_the_specification_come_over_https) {
  start_witness("one");
  asio::io_context io;
  adapters::HttpsClientSettings how;
  how.host = "127.0.0.1";
  how.port = static_cast<unsigned short>(ports["one"]);
  how.authority_file = folder.path("one/server.pem");
  adapters::HttpsClient client(io.get_executor(), how);
  std::string seed = folder.read("site/keys/log.key");
  const auto key = crypto::SigningKey::from_seed(crypto::SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size()})).value();
  const std::string origin = log_key.substr(0, log_key.find('+'));
  std::vector<crypto::Digest> leaves;
  for (int i = 0; i < 9; ++i) leaves.push_back(tree::leaf_hash("entry " + std::to_string(i)));
  const auto part = [&](std::uint64_t n) { return std::vector<crypto::Digest>(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(n)); };
  const auto note = [&](std::uint64_t n) { return tree::sign_checkpoint({origin, n, tree::tree_root(part(n))}, key); };
  const tree::SubtreeHash over = [&](int level, std::uint64_t i) -> std::expected<crypto::Digest, crypto::Error> {
    const auto first = leaves.begin() + static_cast<std::ptrdiff_t>(i << level);
    return tree::tree_root({first, first + (std::ptrdiff_t{1} << level)});
  };
  const auto post = [&](tree::AddCheckpoint request) { return ask(client, io, "POST", "/add-checkpoint", tree::add_checkpoint_text(request)); };
  const std::string seen = "/checkpoint/" + crypto::hex(crypto::sha256(origin));

  EXPECT_EQ(ask(client, io, "GET", "/healthz").status, 200);
  EXPECT_EQ(ask(client, io, "GET", seen).status, 404);
  EXPECT_EQ(ask(client, io, "POST", "/add-checkpoint", "nonsense").status, 400);
  EXPECT_EQ(ask(client, io, "GET", "/add-checkpoint").status, 405);
  EXPECT_EQ(ask(client, io, "POST", "/elsewhere", "x").status, 404);
  EXPECT_EQ(ask(client, io, "POST", "/add-checkpoint", std::string(200'000, 'x')).status, 413);
  EXPECT_EQ(post({0, {}, tree::sign_checkpoint({"elsewhere.example.org/log", 1, leaves[0]}, key)}).status, 404);
  EXPECT_EQ(post({0, {}, tree::sign_note(origin + "\n1\n" + crypto::base64(std::string(leaves[0].begin(), leaves[0].end())) + "\n", origin, crypto::SigningKey::generate())}).status, 403);
  const auto first = post({0, {}, note(3)});
  ASSERT_EQ(first.status, 200);
  const auto with = tree::add_cosignature(note(3), first.body, tree::WitnessKey::parse(keys["one"]).value());
  ASSERT_TRUE(with) << with.error().text();
  EXPECT_EQ(ask(client, io, "GET", seen).body, *with);
  const auto stale = post({1, {leaves[0]}, note(5)});
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.body, "3\n");
  EXPECT_EQ(stale.header("content-type"), "text/x.tlog.size");
  EXPECT_EQ(post({3, {leaves[0]}, note(5)}).status, 422);
  EXPECT_EQ(post({5, {}, note(3)}).status, 400);
  EXPECT_EQ(post({3, {}, tree::sign_checkpoint({origin, 3, leaves[1]}, key)}).status, 409);
  EXPECT_EQ(post({3, {}, note(3)}).status, 200);
  EXPECT_EQ(post({3, tree::consistency_proof(3, 9, over).value(), note(9)}).status, 200);
  EXPECT_EQ(post({3, tree::consistency_proof(3, 9, over).value(), note(9)}).status, 409);
  // What it kept, changed by hand: it says nothing more about this log, not even "never seen".
  for (const auto& file : fs::directory_iterator(folder.path("one/state"))) {
    if (file.path().extension() != ".checkpoint") continue;
    std::string kept = Background::read(file.path());
    kept[kept.find("\n9\n") + 1] = '3';
    std::ofstream(file.path(), std::ios::binary) << kept;
  }
  EXPECT_EQ(post({3, {}, note(3)}).status, 500);
  EXPECT_EQ(ask(client, io, "GET", seen).status, 500);
}

TEST_F(Witnessed, a_witness_behind_a_proxy_speaks_plainly) {
  if (!tools::have("curl")) GTEST_SKIP() << "the program `curl` is not installed";
  const auto made = run({"witness", "init", "--dir", folder.path("plain"), "--name", "plain.example.org", "--log-key", log_key, "--plain"});
  ASSERT_EQ(made.code, 0) << made.err;
  json value = json::parse(folder.read("plain/witness.json"));
  value["listen"]["port"] = 0;
  folder.write("plain/witness.json", value.dump());
  Background witness(folder, "plain-witness", {"witness", "--config", folder.path("plain/witness.json"), "--quiet"});
  ASSERT_TRUE(witness.says("(plain)")) << witness.err();
  const std::string said = witness.out();
  const std::string address = "http://127.0.0.1:" + std::to_string(std::stoi(said.substr(said.rfind(':') + 1)));
  grow(2);
  ASSERT_EQ(log_once().code, 0);
  folder.write("body", tree::add_checkpoint_text({0, {}, folder.read("site/log/checkpoint")}));
  ASSERT_EQ(folder.run("curl -sf --data-binary @body " + address + "/add-checkpoint > line && curl -sf " + address + "/healthz " + address + "/healthz > /dev/null"), 0);
  const auto key = tree::WitnessKey::parse(folder.read("plain/witness.vkey")).value();
  EXPECT_TRUE(tree::add_cosignature(folder.read("site/log/checkpoint"), folder.read("line"), key));
  EXPECT_EQ(witness.stop(), 0);
}

TEST_F(Witnessed, settings_of_a_witness_that_are_not_right_are_one_line) {
  ASSERT_EQ(run({"witness", "init", "--dir", folder.path("w"), "--name", "w.example.org"}).code, 0);
  const json good = json::parse(folder.read("w/witness.json"));
  const auto told = [&](const std::function<void(json&)>& change) {
    json value = good;
    value["logs"] = {log_key};
    change(value);
    folder.write("w/witness.json", value.dump());
    const auto ran = run({"witness", "--config", folder.path("w/witness.json")});
    EXPECT_NE(ran.code, 0);
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    return ran.err;
  };
  EXPECT_NE(told([](json& v) { v["logs"] = json::array(); }).find("$.logs"), std::string::npos);
  EXPECT_NE(told([](json& v) { v["logs"] = {"nonsense"}; }).find("$.logs[0]"), std::string::npos);
  EXPECT_NE(told([](json& v) { v["name"] = "a b"; }).find("$.name"), std::string::npos);
  EXPECT_NE(told([](json& v) { v["unknown"] = 1; }).find("$.unknown"), std::string::npos);
  EXPECT_NE(told([](json& v) { v["listen"].erase("key_file"); }).find("certificate_file"), std::string::npos);
  EXPECT_NE(told([](json& v) { v["listen"]["plain"] = true; }).find("exclude"), std::string::npos);
  EXPECT_NE(told([](json& v) { v["key_file"] = "elsewhere"; }).find("elsewhere"), std::string::npos);
  ASSERT_EQ(folder.run("chmod 644 w/witness.key"), 0);
  EXPECT_NE(told([](json&) {}).find("chmod"), std::string::npos);
  EXPECT_EQ(run({"witness", "init", "--dir", folder.path("w"), "--name", "x"}).code, 2);
  EXPECT_EQ(run({"witness", "init", "--dir", folder.path("v"), "--name", "a b"}).code, 2);
  EXPECT_EQ(run({"witness"}).code, 2);
}

// ------------------------------------------------------------------------------------------------ anchors

TEST_F(Witnessed, a_database_behind_the_anchor_on_another_disk_does_not_start) {
  fs::create_directory(folder.path("disk"));
  settings([&](json& value) {
    value["log"]["anchor"] = "file";
    value["log"]["anchor_folder"] = folder.path("disk");
    value["partner"]["port"] = value["console"]["port"] = 0;
  });
  grow(4);
  const auto first = log_once();
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_NE(first.err.find("on the log's own disk"), std::string::npos) << "the test's disk is one";
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path("disk")), {}), 1);
  copy("site", "older");
  grow(4);
  ASSERT_EQ(log_once().code, 0);
  copy("site", "newer");

  const auto refused = [&](const std::string& words) {
    for (const auto& ran : {log_once(), run({"serve", "--config", config, "--quiet"})}) {
      EXPECT_EQ(ran.code, 1);
      EXPECT_NE(ran.err.find(words), std::string::npos) << ran.err;
    }
  };
  copy("older", "site");
  refused("the database has fewer");
  // As many entries, but others.
  grow(6);
  refused("the tree here is another one");
  copy("newer", "site");
  EXPECT_EQ(log_once().code, 0);
  // The tiles are lost: the database alone is compared.
  fs::remove_all(folder.path("site/log"));
  EXPECT_EQ(log_once().code, 0);
  // The disk is not there, or another one is.
  fs::rename(folder.path("disk"), folder.path("unplugged"));
  refused("is its disk mounted?");
  fs::create_directory(folder.path("disk"));
  refused("it holds no checkpoint of this log");
  EXPECT_EQ(log_once({"--begin-anchor"}).code, 0);
  EXPECT_EQ(log_once().code, 0);
  for (const auto& file : fs::directory_iterator(folder.path("disk"))) std::ofstream(file.path()) << "something else\n";
  refused("not a checkpoint of this log");
}

TEST_F(Witnessed, without_an_anchor_every_start_says_so) {
  grow(1);
  EXPECT_NE(log_once().err.find("log.anchor is none"), std::string::npos);
  const auto status = run({"status", "--config", config, "--json"});
  EXPECT_NE(status.out.find("an anchor on another disk"), std::string::npos) << status.out;
  EXPECT_NE(status.out.find("a witness outside"), std::string::npos);
}

// A place that takes PUT and gives back with GET, as any web store does; below /token only with the right word.
class WebStore {
 public:
  explicit WebStore(const tools::Folder& folder) : workers_(1) {
    const auto certificate = testing::make_certificate();
    folder.write("store.pem", certificate.certificate_pem);
    folder.write("store.key", certificate.key_pem);
    pin = certificate.pin;
    gateway::ListenerSettings settings;
    settings.certificate_file = folder.path("store.pem");
    settings.key_file = folder.path("store.key");
    settings.ask_client_certificate = false;
    server_.emplace(workers_.executors(), settings, [this](gateway::Request request) { return respond(std::move(request)); });
    server_->start();
    workers_.run();
  }
  ~WebStore() {
    auto stopping = server_->stop(std::chrono::milliseconds(0));
    asio::co_spawn(workers_.executors()[0], std::move(stopping), [](std::exception_ptr) {});
    workers_.finish();
  }
  unsigned short port() const { return server_->port(); }
  std::string held() {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  void hold(std::string note) {
    const std::lock_guard lock(mutex_);
    held_ = std::move(note);
  }
  std::string pin;

 private:
  asio::awaitable<gateway::Response> respond(gateway::Request request) {
    const std::lock_guard lock(mutex_);
    gateway::Response out(404);
    out.set("content-type", "text/plain");
    if (request.path.starts_with("/token") && request.header("authorization") != "Bearer word") {
      out.status = 401;
    } else if (request.method == "PUT") {
      held_ = request.body;
      out.status = 201;
    } else if (request.method == "GET" && !held_.empty()) {
      out.status = 200;
      out.body = held_;
    }
    co_return out;
  }
  gateway::Workers workers_;
  std::mutex mutex_;
  std::string held_;
  std::optional<gateway::Server> server_;
};

TEST_F(Witnessed, an_anchor_at_an_address_is_written_and_compared) {
  WebStore store(folder);
  folder.write("token", "word\n");
  settings([&](json& value) {
    value["log"]["anchor"] = "https";
    value["log"]["anchor_url"] = "https://127.0.0.1:" + std::to_string(store.port()) + "/token/checkpoint";
    value["log"]["anchor_pin"] = store.pin;
    value["log"]["anchor_token_file"] = folder.path("token");
  });
  grow(4);
  const auto first = log_once();
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(store.held(), folder.read("site/log/checkpoint"));
  copy("site", "older");
  grow(4);
  ASSERT_EQ(log_once().code, 0);
  const std::string newest = store.held();
  copy("older", "site");
  EXPECT_NE(log_once().err.find("the database has fewer"), std::string::npos);
  EXPECT_EQ(store.held(), newest) << "an older one never takes its place";
  folder.write("token", "other\n");
  const auto refused = log_once();
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("it answered 401"), std::string::npos) << refused.err;
  settings([&](json& value) { value["log"]["anchor_url"] = "http://127.0.0.1/x"; });
  EXPECT_EQ(log_once().code, 2);
}

// ------------------------------------------------------------------------------------------------ watching

TEST_F(Witnessed, a_watcher_follows_the_log_and_refuses_what_does_not_continue_it) {
  const auto first = grow(5);
  ASSERT_EQ(log_once().code, 0);
  const auto watch = [&](std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"audit", "watch", "--log", folder.path("site/log"), "--log-key", log_key, "--state", folder.path("watcher"), "--once", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    const auto ran = run(all);
    const json said = json::parse(ran.out.substr(0, ran.out.find('\n')), nullptr, false);
    EXPECT_EQ(ran.code, said.value("result", "") == "good" ? 0 : 1) << ran.err;
    return said;
  };
  EXPECT_EQ(watch()["size"], first);
  EXPECT_EQ(watch()["before"], first);
  copy("site", "older");
  const auto second = grow(600);
  ASSERT_EQ(log_once().code, 0);
  EXPECT_EQ(watch()["size"], second);
  copy("site", "newer");

  copy("older", "site");
  const json back = watch();
  EXPECT_EQ(back["result"], "bad");
  EXPECT_NE(back["text"].get<std::string>().find("rolled back"), std::string::npos);
  // A fork of the same size, one that is larger, and the honest log again: what was remembered has not changed.
  for (const int extra : {600, 700}) {
    copy("older", "site");
    grow(extra);
    ASSERT_EQ(log_once().code, 0);
    const json fork = watch();
    EXPECT_EQ(fork["result"], "bad") << extra;
    EXPECT_NE(fork["text"].get<std::string>().find("forked"), std::string::npos) << fork;
  }
  std::size_t evidence = 0;
  for (const auto& file : fs::directory_iterator(folder.path("watcher"))) evidence += file.path().filename().string().starts_with("evidence-") ? 1u : 0u;
  EXPECT_EQ(evidence, 6u) << "three notes, and what was seen before beside each";
  copy("newer", "site");
  EXPECT_EQ(watch()["result"], "good");
  // Tiles that are gone prove nothing against the log; that is said, and nothing else.
  grow(3);
  ASSERT_EQ(log_once().code, 0);
  fs::rename(folder.path("site/log/tile"), folder.path("site/log/away"));
  EXPECT_EQ(watch()["result"], "unknown");
  fs::rename(folder.path("site/log/away"), folder.path("site/log/tile"));
  EXPECT_EQ(watch()["result"], "good");
  // A checkpoint with a false signature.
  std::string note = folder.read("site/log/checkpoint");
  note[note.size() - 6] = note[note.size() - 6] == 'A' ? 'B' : 'A';
  folder.write("site/log/checkpoint", note);
  EXPECT_EQ(watch()["result"], "bad");
  EXPECT_EQ(run({"audit", "watch", "--log", folder.path("nowhere"), "--log-key", log_key, "--state", folder.path("watcher"), "--once"}).code, 1);
  EXPECT_EQ(run({"audit", "watch", "--log", "ftp://x", "--log-key", log_key, "--state", folder.path("watcher"), "--once"}).code, 2);
  EXPECT_EQ(run({"audit", "watch", "--log", folder.path("site/log"), "--state", folder.path("watcher"), "--once"}).code, 2);
  EXPECT_EQ(run({"audit", "watch", "--log", folder.path("site/log"), "--log-key", log_key, "--state", folder.path("watcher"), "--once", "--max-age", "5"}).code, 2)
      << "without witnesses nobody says when";
}

TEST_F(Witnessed, a_served_log_is_watched_verified_and_proved_over_https) {
  start_witnesses(2);
  settings([](json& value) {
    value["partner"]["port"] = value["console"]["port"] = 0;
    value["log"]["signer"] = "separate";
  });
  const auto size = grow(300);
  Background signer(folder, "signer", {"log", "--config", config});
  Background gateway(folder, "gateway", {"serve", "--config", config, "--quiet"});
  ASSERT_TRUE(gateway.says("partner_port")) << gateway.err();
  const std::string said = gateway.out();
  const std::string log = "https://127.0.0.1:" + std::to_string(json::parse(said.substr(0, said.find('\n')))["partner_port"].get<int>()) + "/log";
  for (int i = 0; i < 400 && published() < size; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_GE(published(), size);
  const std::string policy = write_policy(), authority = folder.path("site/tls/server.pem");
  const auto watched = [&] {
    return run({"audit", "watch", "--log", log, "--policy", policy, "--authority", authority, "--state", folder.path("watcher"), "--once", "--max-age", "60"});
  };
  const auto first = watched();
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_NE(first.out.find("3 of 3 witnesses"), std::string::npos) << first.out;
  const auto more = grow(40);
  for (int i = 0; i < 400 && published() < more; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto second = watched();
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_NE(second.out.find("continuing the"), std::string::npos) << second.out;
  // An auditor with the exported entries, far away: checkpoint and tiles come from the address.
  const auto exported = run({"audit", "export", "--config", config, "--out", "-"});
  ASSERT_EQ(exported.code, 0) << exported.err;
  const auto verified = run({"audit", "verify", "--entries", "-", "--log", log, "--policy", policy, "--authority", authority}, exported.out);
  EXPECT_EQ(verified.code, 0) << verified.err;
  // One entry and its own leaf hash exchanged: only the tiles can name it.
  std::string forged;
  std::istringstream lines(exported.out);
  for (std::string line; std::getline(lines, line);)
    forged += line.find("\"index\":77,") == std::string::npos ? line + "\n" : "{\"entry\":\"" + crypto::base64("forged") + "\",\"index\":77,\"leaf\":\"" +
                  [] { const auto leaf = tree::leaf_hash("forged"); return crypto::base64(std::string(leaf.begin(), leaf.end())); }() + "\"}\n";
  folder.write("forged", forged);
  const auto named = run({"audit", "verify", "--entries", folder.path("forged"), "--log", log, "--policy", policy, "--authority", authority});
  EXPECT_EQ(named.code, 1);
  EXPECT_NE(named.err.find("entry 77: it is not the one that was signed"), std::string::npos) << named.err;
  EXPECT_EQ(gateway.stop(), 0) << gateway.err();
  EXPECT_EQ(signer.stop(), 0) << signer.err();
}

// ------------------------------------------------------------------------------------------------ somebody else's program

TEST_F(Witnessed, the_one_file_verifier_agrees_with_ours) {
  if (!tools::have("python3")) GTEST_SKIP() << "the program `python3` is not installed";
  start_witnesses(2);
  grow(30);
  ASSERT_EQ(log_once().code, 0);
  const std::string policy = write_policy(), script = std::string(::gatehouse::test::source_dir()) + "/scripts/verify-log";
  ASSERT_EQ(run({"audit", "proof", "--make", "11", "--config", config, "--out", folder.path("proof")}).code, 0);
  ASSERT_EQ(run({"audit", "export", "--config", config, "--out", folder.path("entries")}).code, 0);
  const std::string theirs = "python3 '" + script + "' --policy policy ";
  EXPECT_EQ(folder.run(theirs + "checkpoint site/log/checkpoint > said"), 0);
  EXPECT_NE(folder.read("said").find("3 of 3 witnesses"), std::string::npos) << folder.read("said");
  EXPECT_EQ(folder.run(theirs + "proof proof > said"), 0);
  EXPECT_NE(folder.read("said").find("index 11;"), std::string::npos) << folder.read("said");
  EXPECT_EQ(folder.run(theirs + "entries entries site/log/checkpoint > said"), 0);
  EXPECT_EQ(folder.run("python3 '" + script + "' --log-key '" + log_key + "' proof - < proof > /dev/null"), 0);
  EXPECT_EQ(folder.run("python3 '" + script + "' checkpoint site/log/checkpoint > /dev/null 2>&1"), 2);
  // Both say the same about every file, changed anywhere.
  const std::string good = folder.read("proof");
  std::size_t refused = 0;
  for (std::size_t at = 3; at < good.size(); at += good.size() / 12) {
    std::string bad = good;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    folder.write("changed", bad);
    const int ours = run({"audit", "proof", folder.path("changed"), "--policy", policy}).code;
    EXPECT_EQ(folder.run(theirs + "proof changed > /dev/null 2>&1") == 0, ours == 0) << at;
    refused += ours != 0 ? 1u : 0u;
  }
  // Signatures of strangers may change; everything else may not.
  EXPECT_GT(refused, 11u);
  std::string entries = folder.read("entries");
  const std::size_t line = entries.find("\"index\":9,");
  entries[line - 20] = entries[line - 20] == 'A' ? 'B' : 'A';
  folder.write("bent", entries);
  EXPECT_EQ(folder.run(theirs + "entries bent site/log/checkpoint 2> said"), 1);
  EXPECT_NE(folder.read("said").find("entry 9"), std::string::npos) << folder.read("said");
}

TEST(HttpsUrl, is_read_strictly) {
  using adapters::read_https_url;
  const auto plain = read_https_url("https://log.example.org");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "log.example.org");
  EXPECT_EQ(plain->port, 443);
  EXPECT_EQ(plain->path, "");
  const auto whole = read_https_url("https://[::1]:8443/a/b_c/");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->host, "::1");
  EXPECT_EQ(whole->port, 8443);
  EXPECT_EQ(whole->path, "/a/b_c");
  for (const char* bad : {"", "http://a", "https://", "https://a b", "https://a:", "https://a:0", "https://a:65536", "https://a:80x", "https://u@a", "https://a?x", "https://a/#x",
                          "https://a//b", "https://a/../b", "https://a/%2e", "https://[::1", "https://[x]", "https://a\n"})
    EXPECT_FALSE(read_https_url(bad)) << bad;
}

}  // namespace
}  // namespace gatehouse::cli
