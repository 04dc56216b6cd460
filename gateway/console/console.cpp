#include "gateway/console/console.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "crypto/keys.hpp"
#include "gateway/duties/cover.hpp"
#include "gateway/version.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::Instant;
using policy::Role;

namespace {

constexpr std::string_view kSession = "__Host-gatehouse", kBrowser = "__Host-gatehouse-form", kDevice = "__Host-gatehouse-device";

// Everything a browser is told about every page. No script and no style but our own files, no frame, no other place to send a form to.
void guard(Response& response) {
  response.set("content-security-policy",
               "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  response.set("x-content-type-options", "nosniff");
  response.set("x-frame-options", "DENY");
  // `no-referrer` would make browsers send `Origin: null` with our own forms.
  response.set("referrer-policy", "same-origin");
  response.set("cross-origin-opener-policy", "same-origin");
  response.set("cross-origin-resource-policy", "same-origin");
  response.set("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  response.set("strict-transport-security", "max-age=31536000");
  if (response.header("cache-control").empty()) response.set("cache-control", "no-store");
}

bool sees_cases(Role role) {
  return role == Role::ig_lead || role == Role::dpo || role == Role::dsl || role == Role::deputy_dsl || role == Role::safeguarding_team || role == Role::manager ||
         role == Role::director;
}

bool is_page(const Response& response) { return response.header("content-type").starts_with("text/html"); }

}  // namespace

std::string session_cookie(std::string_view value) {
  return std::string(kSession) + "=" + std::string(value) + "; Path=/; Secure; HttpOnly; SameSite=Strict" + (value.empty() ? "; Max-Age=0" : "");
}

std::string sha256_text(std::string_view text) { return crypto::hex(crypto::sha256(text)); }

const std::vector<Console::Page>& Console::pages() {
  static const std::vector<Role> admin = {Role::admin};
  // Whoever a pack may refer something to; which of them may settle a case, the case says.
  static const std::vector<Role> desk = {Role::ig_lead, Role::dpo, Role::dsl, Role::deputy_dsl, Role::safeguarding_team, Role::manager, Role::director};
  // Whom it is told to when somebody says that someone could be hurt.
  static const std::vector<Role> leads = {Role::dsl, Role::deputy_dsl, Role::safeguarding_team, Role::ig_lead};
  // Who gives figures to a partner; who sees what is left of the budget; who may change it.
  static const std::vector<Role> figures = {Role::ig_lead, Role::dpo, Role::director, Role::manager, Role::dsl};
  static const std::vector<Role> budget = {Role::ig_lead, Role::dpo, Role::director, Role::auditor};
  static const std::vector<Role> officers = {Role::ig_lead, Role::dpo, Role::director};
  static const std::vector<Page> all = {
      {"GET", "/", Who::staff, {}, &Console::home},
      {"GET", "/emergency", Who::anybody, {}, &Console::emergency},
      {"GET", "/emergency/write", Who::staff, {}, &Console::emergency_write_page},
      {"POST", "/emergency/write", Who::staff, {}, &Console::emergency_write, true},
      {"GET", "/guide/{role}", Who::anybody, {}, &Console::guide},
      {"GET", "/set-up", Who::anybody, {}, &Console::set_up_page},
      {"POST", "/set-up", Who::anybody, {}, &Console::set_up},
      {"GET", "/join", Who::anybody, {}, &Console::join_page},
      {"POST", "/join", Who::anybody, {}, &Console::join},
      {"GET", "/enrol", Who::joining, {}, &Console::enrol_page},
      {"POST", "/enrol", Who::joining, {}, &Console::enrol},
      {"GET", "/sign-in", Who::anybody, {}, &Console::sign_in_page},
      {"POST", "/sign-in", Who::anybody, {}, &Console::sign_in},
      {"POST", "/sign-out", Who::anybody, {}, &Console::sign_out},
      {"GET", "/signed-out", Who::anybody, {}, &Console::signed_out},
      {"POST", "/stay", Who::staff, {}, &Console::stay},
      {"GET", "/account", Who::staff, {}, &Console::account},
      {"POST", "/account/recovery-codes", Who::staff, {}, &Console::new_recovery_codes},
      {"GET", "/policy-question", Who::staff, {}, &Console::policy_question_page},
      {"POST", "/policy-question", Who::staff, {}, &Console::policy_question},
      {"GET", "/enquiries", Who::staff, {}, &Console::enquiries},
      {"GET", "/enquiries/new", Who::staff, {}, &Console::could_be_hurt_page},
      {"POST", "/enquiries/new", Who::staff, {}, &Console::could_be_hurt},
      {"GET", "/enquiries/write", Who::staff, {}, &Console::write_enquiry_page},
      {"POST", "/enquiries/write", Who::staff, {}, &Console::write_enquiry, true},
      {"POST", "/enquiries/marks", Who::staff, {}, &Console::enquiry_marks},
      {"GET", "/enquiries/dangers", Who::staff, leads, &Console::dangers_waiting},
      {"POST", "/enquiries/dangers", Who::staff, leads, &Console::danger_seen},
      {"GET", "/enquiries/{id}", Who::staff, {}, &Console::enquiry_page},
      {"POST", "/enquiries/{id}", Who::staff, {}, &Console::settle_enquiry, true},
      {"GET", "/enquiries/{id}/advice", Who::staff, {}, &Console::advice_file},
      {"GET", "/documents", Who::staff, {}, &Console::documents_page},
      {"GET", "/documents/{id}", Who::staff, leads, &Console::sent_document_page},
      {"POST", "/documents/{id}", Who::staff, leads, &Console::settle_sent_document},
      {"GET", "/documents/{id}/file", Who::staff, leads, &Console::sent_file},
      {"GET", "/documents/{id}/cut", Who::staff, {}, &Console::sent_cut},
      {"GET", "/asked", Who::staff, {}, &Console::asked_page},
      {"POST", "/asked", Who::staff, {}, &Console::key_in, true},
      {"GET", "/asked/{id}", Who::staff, {}, &Console::asked_one},
      {"POST", "/asked/{id}", Who::staff, {}, &Console::tell_or_add, true},
      {"GET", "/decisions", Who::staff, desk, &Console::decisions},
      {"GET", "/decisions/{id}", Who::staff, desk, &Console::decision_page},
      {"POST", "/decisions/{id}/show", Who::staff, desk, &Console::show_decision},
      {"GET", "/shown", Who::anybody, {}, &Console::shown},
      {"GET", "/decisions/{id}/{file*}", Who::staff, desk, &Console::decision_file},
      {"GET", "/figures", Who::staff, figures, &Console::figures_page},
      {"POST", "/figures", Who::staff, figures, &Console::ask_figures, true},
      {"GET", "/figures/budget", Who::staff, budget, &Console::figures_budget_page},
      {"POST", "/figures/budget", Who::staff, officers, &Console::change_figures_cap, true},
      {"GET", "/cases", Who::staff, desk, &Console::cases},
      {"GET", "/cases/{id}", Who::staff, desk, &Console::case_page},
      {"POST", "/cases/{id}", Who::staff, desk, &Console::settle_case, true},
      {"GET", "/people", Who::staff, admin, &Console::people},
      {"GET", "/people/invite", Who::staff, admin, &Console::invite_page},
      {"POST", "/people/invite", Who::staff, admin, &Console::invite},
      {"GET", "/people/{id}", Who::staff, admin, &Console::person_page},
      {"POST", "/people/{id}", Who::staff, admin, &Console::person},
      {"POST", "/people/{id}/reset", Who::staff, {Role::admin, Role::ig_lead, Role::director}, &Console::reset_person},
  };
  return all;
}

Console::Console(ConsoleServices services)
    : s_(std::move(services)), assets_(s_.static_folder), no_such_hash_(crypto::hash_password("nobody has this password", s_.cost).value_or("")) {
  for (const Page& page : pages()) {
    const Page* const row = &page;
    router_.add(std::string(page.method), std::string(page.path), Access::open, [row](Request) -> asio::awaitable<Response> {
      (void)row;
      co_return Response(500);  // the pages are called through their row: respond() below
    });
  }
}

Console::~Console() {
  slow_.join();
  reading_.join();
}

void from_this_page(policy::Entry& entry, std::string_view kind, const std::string& once, policy::Instant at) {
  entry.keyid = "console";
  entry.nonce = crypto::base64(crypto::random_bytes(16));
  entry.nonce_expires = at + std::chrono::seconds(60);
  entry.idempotency_key = std::string(kind) + "-" + once;
  entry.body_sha256 = sha256_text(once);
}

std::string Console::keyed(std::string_view what) const { return crypto::hex(crypto::hmac_sha256(s_.key, what)); }

bool Console::same_origin(const Request& request) const {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string_view origin = request.header("origin");
  return origin.empty() || origin == "https://" + std::string(request.header("host"));
}

// Who the browser says it is, as far as we believe it.
asio::awaitable<std::expected<void, policy::StoreError>> Console::recognise(Visit& visit) {
  const std::string token = cookie(visit.request.header("cookie"), kSession);
  if (token.size() == 64) {
    std::string asked = token;
    const auto session = co_await s_.staff.session(std::move(asked));
    if (!session) co_return std::unexpected(session.error());
    if (*session) {
      const auto& known = **session;
      std::string id = known.staff;
      auto member = co_await s_.staff.staff_member(std::move(id));
      if (!member) co_return std::unexpected(member.error());
      const bool over = known.seen + kIdle < visit.at || known.made + kLongest < visit.at;
      if (*member && !over) {
        visit.me = std::move(**member);
        visit.session = token;
        if (visit.me->state == policy::StaffState::active) {
          const auto all = co_await s_.staff.staff();
          if (!all) co_return std::unexpected(all.error());
          visit.covering = covered_roles(*visit.me, *all, visit.now->policies().calendar.local_date(visit.at));
        }
        if (known.seen + std::chrono::seconds(30) < visit.at) {
          std::string seen = token;
          const auto touched = co_await s_.staff.touch_session(std::move(seen), visit.at);
          if (!touched) co_return std::unexpected(touched.error());
        }
      } else if (*member) {
        // Over, but its owner is known: what comes with it may be kept for them.
        visit.session = token;
        visit.late_owner = (*member)->id;
      }
    }
  }
  // Forms before signing in belong to a browser; afterwards to a session, so that no token outlives it.
  std::string bound = visit.session;
  if (bound.empty()) {
    bound = cookie(visit.request.header("cookie"), kBrowser);
    if (bound.size() != 64) {
      bound = crypto::hex(crypto::sha256(crypto::random_bytes(32)));
      visit.new_cookie = std::string(kBrowser) + "=" + bound + "; Path=/; Secure; HttpOnly; SameSite=Strict";
    }
  }
  visit.csrf = keyed("form|" + bound);
  co_return std::expected<void, policy::StoreError>();
}

asio::awaitable<Response> Console::respond(Request request) {
  if (request.path.starts_with("/assets/")) co_return asset(request);
  Visit visit;
  visit.request = std::move(request);
  visit.at = s_.clock();
  visit.now = s_.keeper.load();
  auto match = router_.find(visit.request.method, visit.request.path);
  visit.request.captures = std::move(match.captures);
  auto known = recognise(visit);
  const auto recognised = co_await std::move(known);

  // What is open to anybody opens also when nobody can be looked up: the emergency numbers above all.
  const bool needed = visit.request.method == "POST" || match.handler == nullptr ||
                      std::none_of(pages().begin(), pages().end(), [&](const Page& one) { return one.path == match.route && one.who == Who::anybody; });
  Response out;
  if (!recognised && needed) {
    out = broken(visit, recognised.error());
  } else if (match.handler == nullptr) {
    out = match.status == 405 ? refuse(visit, 405, "This address is not opened like that", "Go back and use the page's own buttons.")
                              : refuse(visit, 404, "Page not found", "If you typed the address, look at it again. If somebody gave it to you, it may be out of date.");
    if (match.status == 405) out.set("allow", match.allow);
  } else {
    const Page* page = nullptr;
    const std::string_view method = visit.request.method == "HEAD" ? std::string_view("GET") : std::string_view(visit.request.method);
    for (const Page& one : pages())
      if (one.path == match.route && one.method == method) page = &one;
    bool good = page != nullptr;
    if (good && method == "POST") {
      auto form = visit.request.header("content-type").starts_with("application/x-www-form-urlencoded") ? Form::read(visit.request.body) : std::nullopt;
      if (!form) {
        out = refuse(visit, 400, "The form could not be read", "Nothing was changed. Go back and send it again.");
        good = false;
      } else {
        visit.form = std::move(*form);
        const std::string token = visit.form.exact("token");
        if (!same_origin(visit.request) || token != visit.csrf) {
          out = refuse(visit, 403, "This form is out of date", "Nothing was changed. It was opened before you signed in or out, or it is not ours. Open the page again.");
          good = false;
        }
      }
    }
    if (good) {
      const bool active = visit.me && visit.me->state == policy::StaffState::active;
      if (page->who == Who::staff && !active) {
        if (page->keeps_draft && method == "POST" && !visit.late_owner.empty()) {
          std::string owner = visit.late_owner, place = visit.request.path, words = visit.form.encoded_without({"token", "second_password", "second_code"});
          const auto kept = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::move(words), visit.at);
          if (!kept) out = broken(visit, kept.error());
          good = kept.has_value();
        }
        if (good) {
          const bool joining = visit.me && visit.me->state == policy::StaffState::enrolling;
          // Where to after signing in: only a page that is opened, and its address holds no name.
          const std::string to = method == "GET" && visit.request.path != "/" ? visit.request.path : page->keeps_draft ? visit.request.path : std::string();
          out = go_to(joining ? Path("/enrol") : to.empty() ? Path("/sign-in") : Path("/sign-in?next=" + to));
        }
        good = false;
      } else if (page->who == Who::staff && !page->roles.empty() &&
                 std::none_of(page->roles.begin(), page->roles.end(), [&](Role role) { return visit.may(role); })) {
        out = refuse(visit, 403, "You cannot open this page", "Your role does not include it. If you need it for your work, ask your administrator.");
        good = false;
      } else if (page->who == Who::joining && !(visit.me && visit.me->state == policy::StaffState::enrolling)) {
        out = go_to(active ? Path("/") : Path("/join"));
        good = false;
      }
    }
    if (good) {
      auto work = (this->*page->handler)(visit);
      out = co_await std::move(work);
    }
  }
  out.route = match.route;
  if (!visit.new_cookie.empty() && is_page(out)) out.headers.emplace_back("set-cookie", visit.new_cookie);
  guard(out);
  co_return out;
}

Response Console::asset(const Request& request) const {
  const auto* file = request.method == "GET" || request.method == "HEAD" ? assets_.find(std::string_view(request.path).substr(8)) : nullptr;
  Response out(file != nullptr ? 200 : 404);
  out.route = "/assets/{file}";
  out.set("content-type", file != nullptr ? file->type : "text/plain; charset=utf-8");
  out.body = file != nullptr ? file->bytes : "nothing here\n";
  if (file != nullptr) out.set("cache-control", "public, max-age=31536000, immutable");
  guard(out);
  return out;
}

Response Console::go_to(const Path& to) const {
  Response out(303);
  out.set("location", to.text());
  return out;
}

Response Console::answer(const Visit& visit, int status, std::string_view title, const Html& body) const {
  const std::string& organisation = visit.now->settings().organisation.name;
  const bool signed_in = visit.me && visit.me->state == policy::StaffState::active;
  Html sheets;
  for (const char* name : {"govuk.css", "console.css"})
    if (const std::string address = assets_.address(name); !address.empty()) sheets += html("<link rel=\"stylesheet\" href=\"{}\">", Path(address));
  if (const std::string address = assets_.address("console.js"); !address.empty()) sheets += html("<script src=\"{}\" defer></script>", Path(address));
  Html menu, out_button, foot;
  if (signed_in) {
    menu += html("<li>{}</li>", link(Path("/"), "Start"));
    const auto roles = visit.roles();
    const bool decides = std::any_of(roles.begin(), roles.end(), sees_cases);
    if (decides) menu += html("<li>{}</li>", link(Path("/cases"), "Needs your decision"));
    if (decides) menu += html("<li>{}</li>", link(Path("/decisions"), "What we decided"));
    const auto opens = [&](std::string_view path) {
      for (const Page& page : pages())
        if (page.method == "GET" && page.path == path) return std::any_of(roles.begin(), roles.end(), [&](Role role) { return std::find(page.roles.begin(), page.roles.end(), role) != page.roles.end(); });
      return false;
    };
    if (opens("/figures")) menu += html("<li>{}</li>", link(Path("/figures"), "Figures without names"));
    else if (opens("/figures/budget")) menu += html("<li>{}</li>", link(Path("/figures/budget"), "The budget of figures"));
    if (visit.may(Role::admin)) menu += html("<li>{}</li>", link(Path("/people"), "People and roles"));
    menu += html("<li>{}</li>", link(Path("/policy-question"), "What does our policy say?"));
    menu += html("<li>{}</li>", link(Path("/enquiries"), "Ask without names"));
    menu += html("<li>{}</li>", link(Path("/asked"), "Someone has asked us"));
    menu += html("<li>{}</li>", link(Path("/documents"), "Documents"));
    menu += html("<li>{}</li>", link(Path("/account"), "Your account"));
    menu = html("<nav class=\"gh-menu\" aria-label=\"Main\"><ul>{}</ul></nav>", menu);
    out_button = html("<form method=\"post\" action=\"/sign-out\" class=\"gh-out\"><input type=\"hidden\" name=\"token\" value=\"{}\"><button class=\"govuk-button "
                      "govuk-button--warning\" id=\"exit\">Sign out and leave</button></form>",
                      visit.csrf);
    const Instant until = visit.at + kIdle;
    foot = html("<p class=\"govuk-body-s\" id=\"idle\" data-idle=\"{}\" data-token=\"{}\">You are signed out after 15 minutes without opening a page: at {} if you do "
                "nothing. What you have written on this page is kept for you.</p>",
                kIdle.count(), visit.csrf, local_words(visit.now->policies().calendar, until));
  }
  Response out(status);
  out.set("content-type", "text/html; charset=utf-8");
  out.body = html("<!DOCTYPE html><html lang=\"en\" class=\"govuk-template\"><head><meta charset=\"utf-8\"><title>{} – Gatehouse</title><meta name=\"viewport\" "
                  "content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">{}</head>"
                  "<body class=\"govuk-template__body\"><a href=\"#main\" class=\"govuk-skip-link\">Skip to main content</a>"
                  "<header class=\"gh-head\"><div class=\"govuk-width-container gh-bar\"><a class=\"gh-name\" href=\"/\">Gatehouse</a><span class=\"gh-house\">{}</span>"
                  "<a class=\"gh-danger\" href=\"/emergency\">Someone is in danger</a>{}</div></header>"
                  "<div class=\"govuk-width-container\">{}<main class=\"govuk-main-wrapper\" id=\"main\">{}</main></div>"
                  "<footer class=\"govuk-footer\"><div class=\"govuk-width-container\">{}<p class=\"govuk-body-s\">Nothing about a person leaves here except through a "
                  "decision that is written down first.</p></div></footer></body></html>",
                  title, sheets, organisation, out_button, menu, body, foot)
                 .text();
  return out;
}

Response Console::refuse(const Visit& visit, int status, std::string_view title, std::string_view words) const {
  Html body = heading(title);
  body += paragraph(words);
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/"), "Go to the start page"));
  return answer(visit, status, title, body);
}

Html Console::numbers(const Visit& visit) const {
  const auto& organisation = visit.now->settings().organisation;
  std::vector<std::pair<std::string, Html>> rows;
  const auto dial = [](const std::string& number) {
    std::string digits;
    for (const char c : number)
      if ((c >= '0' && c <= '9') || (c == '+' && digits.empty())) digits += c;
    return html("<a class=\"govuk-link gh-number\" href=\"tel:{}\">{}</a>", digits, number);
  };
  rows.emplace_back("Someone is in danger now", dial("999"));
  for (const auto& one : organisation.emergency_numbers) rows.emplace_back(one.who, dial(one.number));
  if (organisation.emergency_numbers.empty()) rows.emplace_back("Our duty number", dial(organisation.duty_number));
  return summary_list(rows);
}

Response Console::broken(const Visit& visit, policy::StoreError error) {
  if (error == policy::StoreError::unknown) {
    closed_ = true;
    if (s_.fatal) s_.fatal("a commit of the console ended and nobody saw how");
  }
  Html body = heading("Gatehouse cannot do this now");
  body += warning("Ring these numbers. Write it up after.");
  body += numbers(visit);
  body += paragraph(error == policy::StoreError::reserve ? "The disk is nearly full, so nothing can be written down, and nothing leaves. Tell your administrator."
                                                         : "Nothing was sent. Try again in a minute; if it stays like this, tell your administrator.");
  Response out = answer(visit, 503, "Gatehouse cannot do this now", body);
  out.set("retry-after", "5");
  return out;
}

asio::awaitable<std::expected<std::string, policy::StoreError>> Console::begin_session(std::string staff, Instant at) {
  const std::string token = crypto::hex(crypto::sha256(crypto::random_bytes(32)));
  policy::StaffSession session;
  session.staff = std::move(staff);
  session.made = session.seen = at;
  std::string name = token;
  const auto opened = co_await s_.staff.open_session(std::move(name), std::move(session));
  if (!opened) co_return std::unexpected(opened.error());
  if (!*opened) co_return std::unexpected(policy::StoreError::unavailable);
  co_return session_cookie(token);
}

asio::awaitable<bool> Console::right_password(std::string hash, std::string given) {
  // The same work whether there is such a person or not.
  auto job = [hash = hash.empty() ? no_such_hash_ : hash, real = !hash.empty(), given = std::move(given)] {
    return crypto::password_matches(hash, given) && real;
  };
  auto work = call(std::move(job));
  co_return co_await asio::co_spawn(slow_, std::move(work), asio::use_awaitable);
}

asio::awaitable<std::optional<std::string>> Console::hashed(std::string password) {
  auto job = [password = std::move(password), cost = s_.cost] { return crypto::hash_password(password, cost); };
  auto work = call(std::move(job));
  co_return co_await asio::co_spawn(slow_, std::move(work), asio::use_awaitable);
}

std::string Console::device_cookie(const std::string& sign_in) const {
  return std::string(kDevice) + "=" + keyed("device|" + sign_in) + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=15552000";
}

// A browser that has signed in as this person before is counted apart from everybody else; strangers by where they come from.
std::string Console::throttle_key(const Visit& visit, const std::string& sign_in) const {
  const std::string known = cookie(visit.request.header("cookie"), kDevice);
  if (!known.empty() && known == keyed("device|" + sign_in)) return "device|" + sign_in;
  return "stranger|" + sign_in + "|" + visit.request.peer.address;
}

}  // namespace gatehouse::gateway::console
