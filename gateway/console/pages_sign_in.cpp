// Signing in and out.
#include <algorithm>

#include "crypto/keys.hpp"
#include "crypto/one_time_code.hpp"
#include "gateway/console/console.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::StaffState;

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// `next=/cases/…` of our own address line; only what a Path takes as it is.
std::string next_of(const Visit& visit) {
  std::string next = visit.form.one("next");
  if (next.empty() && visit.request.query.starts_with("next=")) next = visit.request.query.substr(5);
  return Path(next).text() == next && next.find_first_of("?&=") == std::string::npos ? next : std::string();
}

}  // namespace

Html Console::sign_in_form(const Visit& visit, const Mistakes& mistakes) const {
  Html body = mistakes_summary(mistakes);
  body += heading("Sign in");
  Html inside;
  inside += text_input({"sign_in", "Sign-in name", "", visit.form.one("sign_in"), "text", "username", ""}, mistakes);
  inside += text_input({"password", "Password", "", "", "password", "current-password", ""}, mistakes);
  inside += text_input({"code", "Code from your authenticator app", "6 digits. If you do not have your phone, type one of your printed recovery codes.", "", "text",
                        "one-time-code", ""}, mistakes);
  if (const std::string next = next_of(visit); !next.empty()) inside += html("<input type=\"hidden\" name=\"next\" value=\"{}\">", next);
  inside += button("Sign in");
  body += form(Path("/sign-in"), visit.csrf, inside);
  body += details("You cannot sign in",
                  bullets({"Lost your phone: use a recovery code, then make new ones under Your account.",
                           "Lost the codes as well, or forgot the password: another officer of your organisation gives you a new one-time code.",
                           "Invited for the first time: open the page /join with your one-time code."}));
  return body;
}

asio::awaitable<Response> Console::sign_in_page(Visit& visit) {
  if (visit.me && visit.me->state == StaffState::active) co_return go_to(Path("/"));
  co_return answer(visit, 200, "Sign in", sign_in_form(visit, {}));
}

// Whether name, password and code belong together. A code opens once; wrong tries slow down whoever tries, and nobody else.
asio::awaitable<std::expected<Console::Proved, policy::StoreError>> Console::prove_oneself(Visit& visit, std::string sign_in, std::string password, std::string code, std::string noted) {
  Proved out;
  const std::int64_t seconds = visit.at.time_since_epoch().count();
  const std::string who = throttle_key(visit, sign_in);
  out.wait = throttle_.wait(who, seconds);
  if (out.wait > 0) co_return out;

  std::string asked = sign_in;
  const auto found = co_await s_.staff.staff_by_sign_in(std::move(asked));
  if (!found) co_return std::unexpected(found.error());
  std::string hash;
  if (*found && (*found)->state == StaffState::active) hash = (*found)->password_hash;
  auto looking = right_password(std::move(hash), std::move(password));
  const bool right = co_await std::move(looking);

  auto& member = out.member;
  if (right) {
    member = **found;
    // A code opens once: its step is written down before the session exists. Two tries with one code meet in the member's version.
    if (const auto step = crypto::step_of_code(member->code_secret, code, seconds, member->code_used)) {
      member->code_used = *step;
    } else {
      const std::string printed = sha256_text(code);
      const auto left = std::find(member->recovery.begin(), member->recovery.end(), printed);
      if (left == member->recovery.end() || code.size() < 10)
        member.reset();
      else
        member->recovery.erase(left);
    }
  }
  if (member) {
    policy::StaffMember next = *member;
    policy::StaffNote note{member->id, std::move(noted), visit.at};
    const auto put = co_await s_.staff.put_staff(std::move(next), std::move(note), false);
    if (!put) co_return std::unexpected(put.error());
    if (!*put) member.reset();
  }
  if (!member) {
    throttle_.failed(who, seconds);
    LogEvent event(Level::warning, "sign_in_refused");
    event.request_id = visit.request.id;
    if (s_.log) s_.log(event);
  } else {
    throttle_.succeeded(who);
  }
  co_return out;
}

asio::awaitable<Response> Console::sign_in(Visit& visit) {
  const std::string sign_in = lower(visit.form.one("sign_in"));
  const std::string password = visit.form.exact("password"), code = tidy_code(visit.form.one("code"));
  Mistakes mistakes;
  if (sign_in.empty()) mistakes.push_back({"sign_in", "Enter your sign-in name"});
  if (password.empty()) mistakes.push_back({"password", "Enter your password"});
  if (code.empty()) mistakes.push_back({"code", "Enter the code from your app"});
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: Sign in", sign_in_form(visit, mistakes));

  std::string name = sign_in, given = password, typed = code;
  auto proving = prove_oneself(visit, std::move(name), std::move(given), std::move(typed), "signed_in");
  auto proved = co_await std::move(proving);
  if (!proved) co_return broken(visit, proved.error());
  if (proved->wait > 0) {
    mistakes.push_back({"sign_in", "There were too many wrong tries from here. Wait " + std::to_string((proved->wait + 59) / 60) + " minutes and try again"});
    Response out = answer(visit, 429, "Error: Sign in", sign_in_form(visit, mistakes));
    out.set("retry-after", std::to_string(proved->wait));
    co_return out;
  }
  const auto& member = proved->member;
  if (!member) {
    mistakes.push_back({"sign_in", "Name, password and code do not belong together. A code works once and for about a minute"});
    co_return answer(visit, 403, "Error: Sign in", sign_in_form(visit, mistakes));
  }
  // What the browser had before is worth nothing now.
  if (!visit.session.empty()) {
    std::string old = visit.session;
    const auto ended = co_await s_.staff.end_session(std::move(old));
    if (!ended) co_return broken(visit, ended.error());
  }
  std::string id = member->id;
  auto beginning = begin_session(std::move(id), visit.at);
  const auto session = co_await std::move(beginning);
  if (!session) co_return broken(visit, session.error());
  const std::string next = next_of(visit);
  Response out = go_to(next.empty() ? Path("/") : Path(next));
  out.headers.emplace_back("set-cookie", *session);
  out.headers.emplace_back("set-cookie", device_cookie(sign_in));
  co_return out;
}

asio::awaitable<Response> Console::sign_out(Visit& visit) {
  if (!visit.session.empty()) {
    std::string token = visit.session;
    const auto ended = co_await s_.staff.end_session(std::move(token));
    if (!ended) co_return broken(visit, ended.error());
  }
  Response out = go_to(Path("/signed-out"));
  out.headers.emplace_back("set-cookie", session_cookie(""));
  out.set("clear-site-data", "\"cache\", \"storage\"");
  co_return out;
}

asio::awaitable<Response> Console::signed_out(Visit& visit) {
  Html body = heading("You are signed out");
  body += paragraph("Nothing of what you saw is kept in this browser. Close the window if others use this machine.");
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/sign-in"), "Sign in again"));
  Response out = answer(visit, 200, "You are signed out", body);
  out.set("clear-site-data", "\"cache\", \"storage\"");
  co_return out;
}

// The session goes on; asked for by the page's own script when somebody says they are still there.
asio::awaitable<Response> Console::stay(Visit& visit) {
  std::string token = visit.session;
  const auto touched = co_await s_.staff.touch_session(std::move(token), visit.at);
  if (!touched) co_return broken(visit, touched.error());
  co_return Response(204);
}

}  // namespace gatehouse::gateway::console
