#pragma once
// The console against fakes, and a browser of a few lines: it keeps cookies, reads the token out of a page, and posts forms.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/one_time_code.hpp"
#include "gateway/console/console.hpp"
#include "tests/fakes/fake_desk.hpp"
#include "tests/fakes/fake_staff.hpp"
#include "tests/gateway/partner_api/world.hpp"

namespace gatehouse::tests {

using Fields = std::vector<std::pair<std::string, std::string>>;

class Desk;
class StatWorld;

class Browser {
 public:
  explicit Browser(Desk& desk, std::string address = "127.0.0.1") : desk_(desk), address_(std::move(address)) {}
  gateway::Response get(const std::string& path);
  // Takes the token from the page last seen, unless one is given.
  gateway::Response post(const std::string& path, Fields fields);
  gateway::Response send(gateway::Request request);
  std::map<std::string, std::string> cookies;
  std::string token;

 private:
  Desk& desk_;
  std::string address_;
};

class Desk {
 public:
  // `figures`: an organisation that gives figures, on a real store; it must outlive the desk.
  explicit Desk(StatWorld* figures = nullptr);
  gateway::Response respond(gateway::Request request);
  // Somebody with a password and an app, ready to sign in.
  policy::StaffMember& member(const std::string& sign_in, std::vector<policy::Role> roles);
  std::string code_of(const policy::StaffMember& member) const { return crypto::one_time_code(member.code_secret, now().time_since_epoch().count() / 30); }
  gateway::Response sign_in(Browser& browser, const policy::StaffMember& member);
  policy::Instant now() const { return world.now; }
  void later(std::chrono::seconds by) { world.now += by; }

  fakes::World world;
  fakes::FakeStaff staff;
  fakes::FakeDesk desk;
  crypto::SigningKey release_key = crypto::SigningKey::generate();
  std::string folder;
  std::string setup_code = "ABCDE-FGHJK-LMNPQ-RSTUV";
  std::unique_ptr<gateway::console::Console> pages;
  StatWorld* figures = nullptr;
  static constexpr const char* kPassword = "harbour violet saddle";
};

}  // namespace gatehouse::tests
