#include "tests/gateway/console/desk.hpp"

#include <filesystem>
#include <fstream>

#include "crypto/keys.hpp"
#include "tests/gateway/statistics/stat_world.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::tests {

using gateway::Request;
using gateway::Response;

namespace {

std::string encoded(const std::string& text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      out += c;
    } else {
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

}  // namespace

Response Browser::send(Request request) {
  std::string line;
  for (const auto& [name, value] : cookies) line += (line.empty() ? "" : "; ") + name + "=" + value;
  if (!line.empty()) request.headers.emplace_back("cookie", line);
  request.headers.emplace_back("host", "localhost:8444");
  request.peer.address = address_;
  request.id = "test";
  Response out = desk_.respond(std::move(request));
  for (const auto& [name, value] : out.headers) {
    if (name != "set-cookie") continue;
    const std::string pair = value.substr(0, value.find(';'));
    const auto equals = pair.find('=');
    if (value.find("Max-Age=0") != std::string::npos)
      cookies.erase(pair.substr(0, equals));
    else
      cookies[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  const auto at = out.body.find("name=\"token\" value=\"");
  if (at != std::string::npos) token = out.body.substr(at + 20, out.body.find('"', at + 20) - at - 20);
  return out;
}

Response Browser::get(const std::string& path) {
  Request request;
  request.method = "GET";
  const auto mark = path.find('?');
  request.path = path.substr(0, mark);
  if (mark != std::string::npos) request.query = path.substr(mark + 1), request.has_query = true;
  return send(std::move(request));
}

Response Browser::post(const std::string& path, Fields fields) {
  Request request;
  request.method = "POST";
  request.path = path;
  bool given = false;
  for (const auto& [name, value] : fields) {
    request.body += (request.body.empty() ? "" : "&") + encoded(name) + "=" + encoded(value);
    given = given || name == "token";
  }
  if (!given) request.body += (request.body.empty() ? "token=" : "&token=") + token;
  request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("origin", "https://localhost:8444");
  request.has_body = true;
  return send(std::move(request));
}

namespace {

// The reader of documents that was built with these tests.
std::string reader_program() { return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "gatehouse-convert").string(); }

}  // namespace

Desk::Desk(StatWorld* of) : figures(of) {
  static int number = 0;
  if (figures != nullptr) world.now = figures->now;
  folder = std::filesystem::temp_directory_path() / ("gatehouse-desk-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
  std::filesystem::create_directories(folder);
  const std::string salt = "sixteen bytes ok";
  nlohmann::json code = {{"salt", crypto::base64(salt)}, {"sha256", crypto::hex(crypto::sha256(salt + setup_code))},
                         {"expires", policy::to_text(now() + std::chrono::minutes(30))}};
  std::ofstream(folder + "/setup_code.json") << code.dump();
  crypto::PasswordCost quick{1, 8192};
  const std::string source = std::string(::gatehouse::test::source_dir());
  gateway::console::ConsoleServices services{staff, desk, world.store, world.store, release_key, *world.keeper, *world.metrics, {}, [this] { return world.now; }, [this](std::string why) { world.fatal.push_back(why); },
                                             crypto::SecretBytes::random(32), folder + "/setup_code.json", source + "/gateway/console/static",
                                             source + "/gateway/console/guide", quick, world.enquiries, world.inbound, documents::Converter(reader_program()), world.store,
                                             figures == nullptr ? nullptr : figures->statistics.get(), figures == nullptr ? nullptr : figures->between ? figures->between.get() : figures->store.get()};
  pages = std::make_unique<gateway::console::Console>(std::move(services));
}

Response Desk::respond(Request request) {
  return figures != nullptr ? figures->run(pages->respond(std::move(request))) : world.run(pages->respond(std::move(request)));
}

policy::StaffMember& Desk::member(const std::string& sign_in, std::vector<policy::Role> roles) {
  policy::StaffMember out;
  out.id = "st_" + sign_in;
  out.version = 1;
  out.state = policy::StaffState::active;
  out.name = "Fictional " + sign_in;
  out.sign_in = sign_in;
  out.roles = std::move(roles);
  out.password_hash = *crypto::hash_password(kPassword, {1, 8192});
  out.code_secret = "a secret of 20 bytes" + sign_in;
  return staff.members[out.id] = out;
}

Response Desk::sign_in(Browser& browser, const policy::StaffMember& member) {
  browser.get("/sign-in");
  return browser.post("/sign-in", {{"sign_in", member.sign_in}, {"password", kPassword}, {"code", code_of(member)}});
}

}  // namespace gatehouse::tests
