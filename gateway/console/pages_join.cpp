// The first account, joining with a one-time code, the authenticator app, printed codes.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "crypto/keys.hpp"
#include "crypto/one_time_code.hpp"
#include "gateway/console/console.hpp"
#include "gateway/console/qr.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::Role;
using policy::StaffState;

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Whether the code is the one that `gatehouse init` printed, in its time. A file that cannot be read opens nothing.
bool opens_set_up(const std::string& file, const std::string& typed, policy::Instant at) {
  std::ifstream in(file, std::ios::binary);
  const nlohmann::json code = nlohmann::json::parse(std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()), nullptr, false);
  if (!code.is_object() || !code.contains("salt") || !code.contains("sha256") || !code.contains("expires")) return false;
  const auto salt = code["salt"].is_string() ? crypto::from_base64(code["salt"].get<std::string>()) : std::nullopt;
  const auto until = code["expires"].is_string() ? policy::read_instant(code["expires"].get<std::string>()) : std::nullopt;
  if (!salt || !until || !code["sha256"].is_string() || at >= *until) return false;
  // Typed with or without its hyphens.
  std::string words;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (i > 0 && i % 5 == 0) words += '-';
    words += typed[i];
  }
  return sha256_text(*salt + words) == code["sha256"].get<std::string>();
}

}  // namespace

std::string tidy_code(std::string_view typed) {
  std::string out;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

std::string one_time_words() {
  constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";  // 32 of them: each byte gives five even bits
  const std::string bytes = crypto::random_bytes(20);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0 && i % 5 == 0) out += '-';
    out += letters[static_cast<unsigned char>(bytes[i]) & 31];
  }
  return out;
}

std::vector<std::string> make_recovery_codes(std::vector<std::string>& stored) {
  std::vector<std::string> out;
  stored.clear();
  for (int i = 0; i < 10; ++i) {
    out.push_back(one_time_words().substr(0, 17));  // 75 bits, for one use each
    stored.push_back(sha256_text(tidy_code(out.back())));
  }
  return out;
}

std::string password_trouble(std::string_view password, std::string_view sign_in, std::string_view name) {
  const std::string low = lower(std::string(password));
  if (password.size() < 12) return "Enter a password of 12 characters or more. Three words that do not belong together are good";
  if (password.size() > 200) return "Enter a password of 200 characters or fewer";
  const auto holds = [&](std::string_view part) { return part.size() >= 4 && low.find(lower(std::string(part))) != std::string::npos; };
  const std::string_view local = sign_in.substr(0, sign_in.find('@'));
  bool named = holds(local) || holds("gatehouse");
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t space = rest.find(' ');
    named = named || holds(rest.substr(0, space));
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
  }
  if (named) return "Enter a password without your name in it";
  // The same few characters again and again, or the keys beside one another.
  std::string seen;
  for (const char c : low)
    if (seen.find(c) == std::string::npos) seen += c;
  for (const char* common : {"password", "qwertyuiop", "1234567890", "letmein", "iloveyou", "safeguarding", "welcome"})
    if (low.find(common) != std::string::npos && low.size() < 20) return "Enter a password that is not one of the commonest";
  if (seen.size() < 6) return "Enter a password with more different characters";
  return {};
}

Html Console::set_up_form(const Visit& visit, const Mistakes& mistakes) const {
  Html body = mistakes_summary(mistakes);
  body += heading("Set up Gatehouse", visit.now->settings().organisation.name);
  body += paragraph("This makes the first account, an administrator. It needs the one-time code that was printed when Gatehouse was installed.");
  Html inside;
  inside += text_input({"code", "One-time set-up code", "Four groups of five letters and digits", visit.form.one("code"), "text", "off", "", false, 30}, mistakes);
  inside += text_input({"name", "Your full name", "", visit.form.one("name"), "text", "name", ""}, mistakes);
  inside += text_input({"sign_in", "Sign-in name", "What you will type to sign in, for example your work e-mail address", visit.form.one("sign_in"), "text", "username", ""},
                       mistakes);
  inside += text_input({"password", "Password", "12 characters or more. Three words that do not belong together are good", "", "password", "new-password", ""}, mistakes);
  inside += button("Make the account");
  body += form(Path("/set-up"), visit.csrf, inside);
  return body;
}

asio::awaitable<Response> Console::set_up_page(Visit& visit) {
  const auto staff = co_await s_.staff.staff();
  if (!staff) co_return broken(visit, staff.error());
  if (!staff->empty()) co_return refuse(visit, 404, "Page not found", "This installation is set up already.");
  co_return answer(visit, 200, "Set up Gatehouse", set_up_form(visit, {}));
}

asio::awaitable<Response> Console::set_up(Visit& visit) {
  const auto staff = co_await s_.staff.staff();
  if (!staff) co_return broken(visit, staff.error());
  if (!staff->empty()) co_return refuse(visit, 404, "Page not found", "This installation is set up already.");
  const std::string name = visit.form.one("name"), sign_in = lower(visit.form.one("sign_in")), password = visit.form.exact("password");
  Mistakes mistakes;
  const std::int64_t seconds = visit.at.time_since_epoch().count();
  const std::string who = "set-up|" + visit.request.peer.address;
  if (throttle_.wait(who, seconds) > 0) {
    mistakes.push_back({"code", "There were too many wrong tries from here. Wait a few minutes"});
  } else if (!opens_set_up(s_.setup_code_file, tidy_code(visit.form.one("code")), visit.at)) {
    throttle_.failed(who, seconds);
    mistakes.push_back({"code", "Enter the one-time code that gatehouse init printed; it is good for 30 minutes. gatehouse user code makes a new one"});
  }
  if (name.empty() || name.size() > 200) mistakes.push_back({"name", "Enter your full name"});
  if (sign_in.empty() || sign_in.size() > 200 || sign_in.find_first_of(" \t\n|") != std::string::npos)
    mistakes.push_back({"sign_in", "Enter a sign-in name without spaces"});
  if (const std::string trouble = password_trouble(password, sign_in, name); !trouble.empty()) mistakes.push_back({"password", trouble});
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: Set up Gatehouse", set_up_form(visit, mistakes));

  std::string given = password;
  auto hashing = hashed(std::move(given));
  const auto hash = co_await std::move(hashing);
  if (!hash) co_return broken(visit, policy::StoreError::unavailable);
  policy::StaffMember member;
  member.id = "st_" + crypto::hex(crypto::sha256(crypto::random_bytes(32))).substr(0, 24);
  member.state = StaffState::enrolling;
  member.name = name;
  member.sign_in = sign_in;
  member.roles = {Role::admin};
  member.password_hash = *hash;
  member.code_secret = crypto::random_bytes(20);
  const std::string id = member.id;
  // The code is gone before the account is there: it opens once, whatever happens next.
  if (::unlink(s_.setup_code_file.c_str()) != 0) co_return broken(visit, policy::StoreError::unavailable);
  policy::StaffNote note{id, "set_up", visit.at};
  const auto put = co_await s_.staff.put_staff(std::move(member), std::move(note), false);
  if (!put) co_return broken(visit, put.error());
  if (!*put) co_return refuse(visit, 404, "Page not found", "This installation is set up already.");
  std::string whose = id;
  auto beginning = begin_session(std::move(whose), visit.at);
  const auto session = co_await std::move(beginning);
  if (!session) co_return broken(visit, session.error());
  Response out = go_to(Path("/enrol"));
  out.headers.emplace_back("set-cookie", *session);
  co_return out;
}

Html Console::join_form(const Visit& visit, const Mistakes& mistakes) const {
  Html body = mistakes_summary(mistakes);
  body += heading("Join with your one-time code");
  Html inside;
  inside += text_input({"sign_in", "Sign-in name", "As your administrator gave it to you", visit.form.one("sign_in"), "text", "username", ""}, mistakes);
  inside += text_input({"code", "One-time code", "Four groups of five letters and digits", visit.form.one("code"), "text", "off", "", false, 30}, mistakes);
  inside += text_input({"password", "Choose a password", "12 characters or more. Three words that do not belong together are good", "", "password", "new-password", ""},
                       mistakes);
  inside += button("Continue");
  body += form(Path("/join"), visit.csrf, inside);
  return body;
}

asio::awaitable<Response> Console::join_page(Visit& visit) { co_return answer(visit, 200, "Join", join_form(visit, {})); }

asio::awaitable<Response> Console::join(Visit& visit) {
  const std::string sign_in = lower(visit.form.one("sign_in")), code = tidy_code(visit.form.one("code")), password = visit.form.exact("password");
  Mistakes mistakes;
  if (sign_in.empty()) mistakes.push_back({"sign_in", "Enter your sign-in name"});
  if (code.empty()) mistakes.push_back({"code", "Enter your one-time code"});
  if (const std::string trouble = password_trouble(password, sign_in, ""); !trouble.empty()) mistakes.push_back({"password", trouble});
  const std::int64_t seconds = visit.at.time_since_epoch().count();
  const std::string who = "join|" + sign_in + "|" + visit.request.peer.address;
  if (mistakes.empty() && throttle_.wait(who, seconds) > 0) mistakes.push_back({"code", "There were too many wrong tries from here. Wait a few minutes"});
  std::optional<policy::StaffMember> member;
  if (mistakes.empty()) {
    std::string asked = sign_in;
    auto found = co_await s_.staff.staff_by_sign_in(std::move(asked));
    if (!found) co_return broken(visit, found.error());
    if (*found && (*found)->state == StaffState::invited && !(*found)->join_sha256.empty() && visit.at < (*found)->join_until &&
        (*found)->join_sha256 == sha256_text(code))
      member = std::move(**found);
    if (!member) {
      throttle_.failed(who, seconds);
      mistakes.push_back({"code", "Name and code do not belong together, or the code is used or older than three days. Ask your administrator for a new one"});
    } else if (const std::string trouble = password_trouble(password, sign_in, member->name); !trouble.empty()) {
      mistakes.push_back({"password", trouble});
    }
  }
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: Join", join_form(visit, mistakes));

  std::string given = password;
  auto hashing = hashed(std::move(given));
  const auto hash = co_await std::move(hashing);
  if (!hash) co_return broken(visit, policy::StoreError::unavailable);
  const std::string id = member->id;
  member->state = StaffState::enrolling;
  member->password_hash = *hash;
  member->code_secret = crypto::random_bytes(20);
  member->code_used = 0;
  member->recovery.clear();
  member->join_sha256.clear();
  policy::StaffNote note{id, "joined", visit.at};
  const auto put = co_await s_.staff.put_staff(std::move(*member), std::move(note), true);
  if (!put) co_return broken(visit, put.error());
  if (!*put) co_return refuse(visit, 409, "The code was used meanwhile", "If that was not you, tell your administrator now.");
  std::string whose = id;
  auto beginning = begin_session(std::move(whose), visit.at);
  const auto session = co_await std::move(beginning);
  if (!session) co_return broken(visit, session.error());
  Response out = go_to(Path("/enrol"));
  out.headers.emplace_back("set-cookie", *session);
  co_return out;
}

Html Console::enrol_form(const Visit& visit, const Mistakes& mistakes) const {
  const auto& me = *visit.me;
  const std::string secret = crypto::base32(me.code_secret);
  std::string grouped;
  for (std::size_t i = 0; i < secret.size(); ++i) grouped += (i > 0 && i % 4 == 0 ? " " : "") + std::string(1, secret[i]);
  std::string account;
  for (const char c : me.sign_in)
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '@' || c == '.' || c == '-' || c == '_') account += c;
  const std::string address = "otpauth://totp/Gatehouse:" + account + "?secret=" + secret + "&issuer=Gatehouse";
  Html body = mistakes_summary(mistakes);
  body += heading("Add your authenticator app");
  body += html("<ol class=\"govuk-list govuk-list--number\"><li>Open an authenticator app on your phone and choose to add an account.</li><li>Read this picture with it, "
               "or type the key below.</li><li>Type the 6 digits that the app shows.</li></ol>");
  body += qr_code(address, "Picture for your authenticator app. The key below says the same.");
  body += html("<p class=\"govuk-body\">Key: <code class=\"gh-key\" id=\"key\">{}</code></p>", grouped);
  Html inside = text_input({"code", "Code from the app", "6 digits", "", "text", "one-time-code", "numeric", false, 10}, mistakes);
  inside += button("Continue");
  body += form(Path("/enrol"), visit.csrf, inside);
  return body;
}

asio::awaitable<Response> Console::enrol_page(Visit& visit) { co_return answer(visit, 200, "Add your authenticator app", enrol_form(visit, {})); }

namespace {

Html printed_codes(const std::vector<std::string>& codes) {
  Html lines;
  for (const auto& code : codes) lines += html("<li><code class=\"gh-key\">{}</code></li>", code);
  Html body = heading("Print your recovery codes");
  body += paragraph("Each opens the door once, in place of the code from your phone. They are shown only now. Print this page, or write them down, and keep them "
                    "where you keep your passport; not on the phone.");
  body += html("<ol class=\"govuk-list govuk-list--number\" id=\"recovery\">{}</ol>", lines);
  return body;
}

}  // namespace

asio::awaitable<Response> Console::enrol(Visit& visit) {
  const std::string code = tidy_code(visit.form.one("code"));
  policy::StaffMember member = *visit.me;
  const auto step = crypto::step_of_code(member.code_secret, code, visit.at.time_since_epoch().count(), member.code_used);
  if (!step) {
    const Mistakes mistakes = {{"code", "Enter the 6 digits that the app shows now. If they are never right, look at the clock of your phone"}};
    co_return answer(visit, 400, "Error: Add your authenticator app", enrol_form(visit, mistakes));
  }
  member.code_used = *step;
  member.state = StaffState::active;
  const auto codes = make_recovery_codes(member.recovery);
  const std::string id = member.id;
  policy::StaffNote note{id, "enrolled", visit.at};
  // The session of joining ends here: the one that may open pages is a new one.
  const auto put = co_await s_.staff.put_staff(std::move(member), std::move(note), true);
  if (!put) co_return broken(visit, put.error());
  if (!*put) co_return go_to(Path("/"));
  std::string whose = id;
  auto beginning = begin_session(std::move(whose), visit.at);
  const auto session = co_await std::move(beginning);
  if (!session) co_return broken(visit, session.error());
  Html body = printed_codes(codes);
  body += html("<p class=\"govuk-body\"><a class=\"govuk-button\" href=\"/\">I have them: go on</a></p>");
  visit.me.reset();  // the page's own forms would carry the token of the session that has just ended
  Response out = answer(visit, 200, "Print your recovery codes", body);
  out.headers.emplace_back("set-cookie", *session);
  co_return out;
}

asio::awaitable<Response> Console::account(Visit& visit) {
  const auto& me = *visit.me;
  std::string roles;
  for (const Role role : me.roles) roles += (roles.empty() ? "" : ", ") + std::string(role_words(role));
  Html body = heading("Your account");
  body += summary_list({{"Name", html("{}", me.name)}, {"Sign-in name", html("{}", me.sign_in)}, {"Roles", html("{}", roles)},
                        {"Recovery codes left", html("{}", me.recovery.size())},
                        {"Training in date until", me.training_until ? html("{}", date_words(*me.training_until)) : html("not on record")}});
  body += form(Path("/account/recovery-codes"), visit.csrf, button("Make new recovery codes", "secondary"));
  body += paragraph("The old ones stop working at once. Roles, cover and training dates are changed by your administrator.");
  co_return answer(visit, 200, "Your account", body);
}

asio::awaitable<Response> Console::new_recovery_codes(Visit& visit) {
  policy::StaffMember member = *visit.me;
  const auto codes = make_recovery_codes(member.recovery);
  policy::StaffNote note{member.id, "recovery_codes", visit.at};
  const auto put = co_await s_.staff.put_staff(std::move(member), std::move(note), false);
  if (!put) co_return broken(visit, put.error());
  if (!*put) co_return refuse(visit, 409, "Your account was changed meanwhile", "Open Your account and try again.");
  Html body = printed_codes(codes);
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/account"), "I have them: go back"));
  co_return answer(visit, 200, "Print your recovery codes", body);
}

}  // namespace gatehouse::gateway::console
