// Figures without names, for partners: a question put together from the public codebook, its price before it is asked, the answer with ranges; and the budget behind
// them, with its history, for officers. Everything that leaves goes through the same service as a partner's own question: noise, ledger, log. Exact counts are not here.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "gateway/console/console.hpp"
#include "gateway/statistics/permission.hpp"
#include "gateway/statistics/render.hpp"
#include "policy/officers/two_people.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using nlohmann::json;
using policy::StoreError;
using statistics::Cell;

namespace {

constexpr std::string_view kTitle = "Figures without names", kBudget = "The budget of figures";
constexpr std::size_t kCharges = 100;
constexpr std::uint64_t kPoint = 1'000'000;  // nano-rho: what screens count in

// Nano-rho as points, exactly: 20000000 is `20`, 5500000 is `5.5`.
std::string points(std::uint64_t nano) {
  std::string out = std::to_string(nano / kPoint);
  std::string rest = std::to_string(nano % kPoint + kPoint).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return rest.empty() ? out : out + "." + rest;
}

std::optional<std::uint64_t> nano_of(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot), rest = dot < text.size() ? text.substr(dot + 1) : std::string_view();
  const auto digits = [](std::string_view part) { return part.find_first_not_of("0123456789") == std::string_view::npos; };
  if (whole.empty() || whole.size() > 9 || rest.size() > 6 || !digits(whole) || !digits(rest) || (dot < text.size() && rest.empty())) return std::nullopt;
  return std::stoull(std::string(whole)) * kPoint + std::stoull((std::string(rest) + "000000").substr(0, 6));
}

unsigned half_width_at(std::uint64_t sigma2) { return statistics::half_width(statistics::Fraction{static_cast<std::int64_t>(sigma2), 1}); }
std::string among(std::uint64_t half_width) { return "within " + std::to_string(half_width) + " either way, 19 times in 20"; }

// A bar for a number between its neighbours. The row says it in words; a screen reader passes it by.
Html bar(std::int64_t value, std::int64_t most) {
  const std::int64_t width = most <= 0 || value <= 0 ? 0 : std::max<std::int64_t>(2, value * 160 / most);
  return html("<svg class=\"gh-chart\" width=\"160\" height=\"16\" aria-hidden=\"true\" focusable=\"false\"><rect width=\"{}\" height=\"16\"></rect></svg>", width);
}

// ------------------------------------------------------------------ the question

// One data set of the codebook, as the form needs it.
struct Book {
  json whole;
  const json* dataset = nullptr;
};

std::vector<std::string> groupings(const json& dataset) {
  std::vector<std::string> out;
  for (const json& attribute : dataset.at("attributes")) {
    out.push_back(attribute.at("id"));
    for (const auto& [rollup, groups] : attribute.at("rollup").items()) out.push_back(rollup);
  }
  return out;
}

// A code as a screen shows it: in the spelling that the codebook has for it, where that is the same word (`Folkestone and Hythe`).
std::string label_of(const json& dataset, const std::string& code) {
  for (const json& attribute : dataset.at("attributes"))
    for (const auto& [other, means] : attribute.at("aliases").items()) {
      if (means != code) continue;
      std::string plain = other;
      std::transform(plain.begin(), plain.end(), plain.begin(), [](char c) { return c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
      if (plain == code) return other;
    }
  return spaced(code);
}

// As the grammar has it. What the codebook does not know is refused by the service, in its own words.
std::string question_of(const Form& form, const json& dataset) {
  json out = {{"dataset", dataset.at("id")}, {"measure", form.one("measure")}, {"periods", form.all("periods")}, {"group_by", json::array()}, {"filters", json::object()}};
  const auto& purposes = dataset.at("purposes");
  out["purpose"] = purposes.empty() ? "statistical_return" : purposes.front();
  for (const char* field : {"by_first", "by_second"})
    if (const std::string by = form.one(field); !by.empty() && std::find(out["group_by"].begin(), out["group_by"].end(), by) == out["group_by"].end()) out["group_by"].push_back(by);
  for (const json& attribute : dataset.at("attributes")) {
    const std::string id = attribute.at("id");
    if (const auto only = form.all("only_" + id); !only.empty()) out["filters"][id] = only;
  }
  const std::string level = form.one("sigma2");
  out["sigma2"] = level.size() < 10 && !level.empty() && level.find_first_not_of("0123456789") == std::string::npos ? json(std::stoul(level)) : json(level);
  if (form.has("measured")) out["total"] = "measured";
  if (form.has("rounded")) out["rounding"] = 5;
  if (form.has("second_hidden")) out["sdc"] = true;
  return out.dump();
}

Html question_form(const Visit& visit, const Form& typed, const Book& book, const std::vector<std::uint64_t>& levels, const Html& below, const Mistakes& mistakes) {
  const json& data = *book.dataset;
  std::vector<Choice> partners, periods, measures, first = {{"", "No split", "", true}}, second = first;
  for (const auto& one : visit.now->partners()) partners.push_back({one.agency.id, one.agency.name, "", typed.one("partner") == one.agency.id});
  for (const json& one : data.at("open_periods")) {
    const auto chosen = typed.all("periods");
    periods.push_back({one, one, "", std::find(chosen.begin(), chosen.end(), one.get<std::string>()) != chosen.end()});
  }
  for (const json& one : data.at("measures")) measures.push_back({one, spaced(one.get<std::string>()), "", typed.one("measure") == one.get<std::string>()});
  for (const std::string& one : groupings(data)) {
    first.push_back({one, spaced(one), "", typed.one("by_first") == one});
    second.push_back({one, spaced(one), "", typed.one("by_second") == one});
  }
  Html fields = select("partner", "For which partner", "It is asked in their name and charged to their ration.", partners);
  fields += select("measure", "What to count", "", measures);
  fields += periods.empty() ? inset(html("No quarter is open for questions yet: <code>gatehouse stats publish</code> opens one when it is over for long enough."))
                            : choices("checkbox", "periods", "Which quarters", "", periods, mistakes);
  fields += html("<div class=\"gh-three\">{}{}</div>", select("by_first", "Split by", "", first), select("by_second", "And by", "", second));
  Html only;
  bool filtered = false;
  for (const json& attribute : data.at("attributes")) {
    const std::string id = attribute.at("id"), name = "only_" + id;
    const auto chosen = typed.all(name);
    filtered = filtered || !chosen.empty();
    std::vector<Choice> codes;
    for (const json& code : attribute.at("codes")) codes.push_back({code, label_of(data, code.get<std::string>()), "", std::find(chosen.begin(), chosen.end(), code.get<std::string>()) != chosen.end()});
    only += choices("checkbox", name, "Only: " + spaced(id), "Tick none for all", codes, mistakes);
  }
  fields += details("Count only some of them", only, filtered);
  std::vector<Choice> exact;
  for (const std::uint64_t level : levels) {
    const std::string value = std::to_string(level);
    exact.push_back({value, "Each number " + among(half_width_at(level)), "", typed.one("sigma2") == value || (typed.one("sigma2").empty() && level == 100)});
  }
  fields += choices("radio", "sigma2", "How exact", "The more exact, the more it uses of the ration.", exact, mistakes);
  std::vector<Choice> finer = {{"yes", "Measure the total as well, so that it is more exact than the sum", "", typed.has("measured")}};
  fields += choices("checkbox", "measured", "Total", "", finer, mistakes);
  finer = {{"yes", "Round to the nearest 5", "", typed.has("rounded")}};
  fields += choices("checkbox", "rounded", "Rounding", "", finer, mistakes);
  finer = {{"yes", "Hide a second number where one alone is hidden", "", typed.has("second_hidden")}};
  fields += choices("checkbox", "second_hidden", "Hidden numbers", "", finer, mistakes);
  fields += html("<input type=\"hidden\" name=\"dataset\" value=\"{}\">", data.at("id").get<std::string>());
  fields += below;
  return html("<form method=\"post\" action=\"/figures\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", visit.csrf, fields);
}

// A question from the ledger, in words: codes and names of the codebook only.
std::string in_words(const std::string& text) {
  const json question = json::parse(text, nullptr, false);
  if (!question.is_object()) return "A question of before that is not kept in words";
  if (const auto quarter = question.find("standing"); quarter != question.end() && quarter->is_string()) return "The tables published for " + quarter->get<std::string>();
  const auto listed = [](const json& list) {
    std::string out;
    for (const json& one : list)
      if (one.is_string()) out += (out.empty() ? "" : ", ") + one.get<std::string>();
    return out;
  };
  std::string out = spaced(question.value("measure", "")) + ", " + listed(question.value("periods", json::array()));
  if (const std::string by = listed(question.value("group_by", json::array())); !by.empty()) out += ", by " + by;
  const json filters = question.value("filters", json::object());
  if (filters.is_object())
    for (const auto& [attribute, codes] : filters.items()) out += ", only " + attribute + ": " + listed(codes);
  return out;
}

// What a cell shows, and between which numbers the count lies.
Html number_words(const statistics::Shown& one, Cell::Kind kind) {
  if (kind == Cell::Kind::structural_zero || one.symbol == 'z') return html("z <span class=\"govuk-hint\">cannot occur</span>");
  if (one.symbol == ':') return html(": <span class=\"govuk-hint\">source missing</span>");
  if (!one.value) return html("c <span class=\"govuk-hint\">too small to print</span>");
  if (one.too_uncertain) return html("{} <span class=\"govuk-hint\">too uncertain to use</span>", *one.value);
  return html("{}", *one.value);
}
Html range_words(const statistics::Shown& one) { return one.symbol == 'z' || one.symbol == ':' ? html("") : html("{} to {}", one.low, one.high); }

Html figures_table(const StatisticsAnswer& answer, const json& dataset) {
  const auto& table_of = answer.table;
  const bool quarters = table_of.snapshots.size() > 1;
  std::vector<std::string> heads;
  if (quarters) heads.emplace_back("Quarter");
  for (const auto& by : table_of.group_by) heads.push_back(spaced(by));
  for (const char* one : {"Number", "Chart", "Between"}) heads.emplace_back(one);
  std::int64_t most = 0;
  for (const auto& one : answer.display.cells) most = std::max(most, one.value.value_or(0));
  std::vector<std::vector<Html>> rows;
  for (std::size_t i = 0; i < table_of.cells.size(); ++i) {
    const Cell& cell = table_of.cells[i];
    const auto& shown = answer.display.cells[i];
    std::vector<Html> row;
    if (quarters) row.push_back(html("{}", statistics::text_of(table_of.snapshots[cell.period].period)));
    for (const auto& label : cell.labels) row.push_back(html("{}", label_of(dataset, label)));
    row.push_back(number_words(shown, cell.kind));
    row.push_back(bar(shown.value.value_or(0), most));
    row.push_back(range_words(shown));
    rows.push_back(std::move(row));
  }
  return table("The figures", heads, rows);
}

void account_row(std::string_view name, const statistics::Account& account, std::vector<std::vector<Html>>& rows) {
  rows.push_back({html("{}", name), html("{}", points(account.cap)), html("{}", points(account.spent)), bar(static_cast<std::int64_t>(account.spent / 1000), static_cast<std::int64_t>(account.cap / 1000)),
                  html("{}", points(account.left()))});
}

}  // namespace

asio::awaitable<std::expected<std::optional<Form>, StoreError>> Console::kept_for(const Visit& visit, std::string place) {
  std::string owner = visit.me->id;
  const auto draft = co_await s_.staff.draft(std::move(owner), std::move(place));
  if (!draft) co_return std::unexpected(draft.error());
  if (draft->empty()) co_return std::optional<Form>();
  co_return Form::read(*draft);
}

// Where figures are not set up, that is the whole page.
asio::awaitable<Response> Console::figures_page(Visit& visit) {
  Html body = heading(kTitle);
  if (s_.figures == nullptr) {
    body += inset(html("Figures are not set up here, or their ledger is not in order. The log of the server says why; <code>gatehouse stats ledger</code> shows the books."));
    co_return answer(visit, 200, kTitle, body);
  }
  body += paragraph("Numbers that a partner may have without asking about anybody. Chance is added to each, so that no number gives a child away, and each says how far off it may be. "
                    "Every question uses up some of what may ever be told about that year.");
  const auto roles = visit.roles();
  if (std::any_of(roles.begin(), roles.end(), [](policy::Role role) { return role == policy::Role::ig_lead || role == policy::Role::dpo || role == policy::Role::director || role == policy::Role::auditor; }))
    body += html("<p class=\"govuk-body\">{}</p>", link(Path("/figures/budget"), "The budget: what is left, who used it, who changed it"));
  const auto books = co_await s_.figures->codebook(visit.at);
  if (!books) co_return broken(visit, StoreError::unavailable);
  Book book{json::parse(*books), nullptr};
  std::string place = "/figures";
  auto looking = kept_for(visit, std::move(place));
  const auto kept = co_await std::move(looking);
  if (!kept) co_return broken(visit, kept.error());
  const auto query = Form::read(visit.request.query);
  const Form typed = *kept ? **kept : Form();
  if (*kept) body += notice("Kept for you", paragraph("Your session had ended. What you chose is below; nothing was asked."));
  const std::string wanted = *kept ? typed.one("dataset") : query ? query->one("dataset") : std::string();
  Html others;
  for (const json& one : book.whole.at("datasets")) {
    if (book.dataset == nullptr || one.at("id") == wanted) book.dataset = &one;
    others += html("<li>{}</li>", link(Path("/figures?dataset=" + one.at("id").get<std::string>()), one.at("title").get<std::string>()));
  }
  if (book.whole.at("datasets").size() > 1) body += html("<ul class=\"govuk-list\">{}</ul>", others);
  body += second_heading(book.dataset->at("title").get<std::string>());
  body += question_form(visit, typed, book, s_.figures->policy().sigma2, button("What would it use?", "secondary", "do", "price"), {});
  co_return answer(visit, 200, kTitle, body);
}

asio::awaitable<Response> Console::ask_figures(Visit& visit) {
  if (s_.figures == nullptr) co_return refuse(visit, 409, "Figures are not set up here", "The log of the server says why.");
  const auto books = co_await s_.figures->codebook(visit.at);
  if (!books) co_return broken(visit, StoreError::unavailable);
  Book book{json::parse(*books), nullptr};
  for (const json& one : book.whole.at("datasets"))
    if (one.at("id") == visit.form.one("dataset")) book.dataset = &one;
  const Partner* partner = visit.partner(visit.form.one("partner"));
  Mistakes mistakes;
  if (book.dataset == nullptr) co_return refuse(visit, 404, "Page not found", "There is no such data set.");
  if (partner == nullptr) mistakes.push_back({"partner", "Choose the partner that the figures are for"});
  if (visit.form.all("periods").empty()) mistakes.push_back({"periods", "Choose at least one quarter"});
  const auto again = [&](int status, const Html& above, const Html& below) {
    Html body = mistakes_summary(mistakes);
    body += heading(kTitle);
    body += above;
    body += second_heading(book.dataset->at("title").get<std::string>());
    body += question_form(visit, visit.form, book, s_.figures->policy().sigma2, below, mistakes);
    return answer(visit, status, mistakes.empty() ? kTitle : std::string_view("Error: Figures without names"), body);
  };
  const Html price_button = button("What would it use?", "secondary", "do", "price");
  if (!mistakes.empty()) co_return again(400, {}, price_button);
  if (!visit.now->pack_approved()) co_return broken(visit, StoreError::unavailable);

  const policy::Date today = visit.now->policies().calendar.local_date(visit.at);
  const Permission permission = [policies = visit.now->shared_policies(), agency = partner->agency.id, type = partner->agency.type,
                                 agreement = partner->agreement(policy::Purpose::statistical_return, today), at = visit.at](policy::Purpose purpose, const std::vector<policy::Category>& about) {
    return figures_permitted(policies->pack, agency, type, agreement, purpose, about, at);
  };
  // What the service would not give, in its words; the form stays as it is.
  const auto refused = [&](const std::variant<StatisticsRefusal, StatisticsTrouble>& why) -> Response {
    const auto* no = std::get_if<StatisticsRefusal>(&why);
    if (no == nullptr) return broken(visit, std::get<StatisticsTrouble>(why) == StatisticsTrouble::unknown ? StoreError::unknown : StoreError::unavailable);
    const Problem problem = problem_of(*no);
    if (no->refusal.kind == statistics::Refusal::Kind::budget_exhausted) {
      std::string words = "It would use " + points(no->price) + " points, and this partner has " + points(no->left) + " left. Waiting does not help.";
      if (no->cheapest_sigma2) words += " Less exact would fit: each number " + among(half_width_at(*no->cheapest_sigma2)) + ".";
      mistakes.push_back({"sigma2", words});
    } else if (no->refusal.kind == statistics::Refusal::Kind::purpose_not_permitted) {
      mistakes.push_back({"partner", "Our policy does not give this partner figures of this kind: look at its agreement and what it is for"});
    } else {
      const bool quarter = no->refusal.kind == statistics::Refusal::Kind::period_not_open;
      mistakes.push_back({quarter ? "periods" : "by_first", problem.detail});
    }
    return again(problem.status, {}, price_button);
  };

  const std::string question = question_of(visit.form, *book.dataset);
  if (visit.form.one("do") != "ask") {
    std::string agency = partner->agency.id, body = question;
    Permission may = permission;
    const auto seen = co_await s_.figures->forecast(std::move(agency), std::move(body), std::move(may), visit.at);
    if (!seen) co_return refused(seen.error());
    const std::string cost = seen->from_standing ? "Nothing: it follows from the tables that are published each quarter."
                             : seen->held        ? "Nothing: this partner holds these figures already."
                                                 : points(seen->price) + " points of the " + points(seen->left) + " that this partner has left.";
    Html above = summary_list({{"It would use", html("{}", cost)},
                               {"How exact", html("{} {}, each {}", seen->cells, std::string_view(seen->cells == 1 ? "number" : "numbers"), among(seen->half_width))}});
    if (!seen->cheaper.empty()) {
      std::vector<std::string> lines;
      for (const auto& level : seen->cheaper) lines.push_back(points(level.price) + " points: each " + among(level.half_width));
      above += details("Less exact, for less", bullets(lines));
    }
    if (!seen->fits) {
      mistakes.push_back({"sigma2", "There is not enough left for this. Waiting does not help; less exact, or fewer splits, may fit"});
      co_return again(403, above, price_button);
    }
    Html below = button("Get these figures", {}, "do", "ask");
    below += price_button;
    co_return again(200, notice("Before you ask", above), below);
  }

  Asker asker;
  asker.agency = partner->agency.id;
  asker.pack_sha256 = visit.now->policies().pack.identity().sha256;
  asker.staff = visit.me->id;
  std::string asked = question;
  Permission may = permission;
  const auto got = co_await s_.figures->ask(std::move(asker), std::move(asked), std::move(may), visit.at);
  if (!got) co_return refused(got.error());
  std::string owner = visit.me->id, place = "/figures";
  const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
  (void)dropped;  // the figures are here; a draft that stays is no reason to say that it failed

  Html body = heading(kTitle, partner->agency.name);
  body += html("<p class=\"govuk-body\">{}. {}</p>", in_words(question), book.dataset->at("title").get<std::string>());
  const bool split = got->display.cells.size() > 1;
  if (split && std::all_of(got->display.cells.begin(), got->display.cells.end(), [](const auto& one) { return one.too_uncertain || one.symbol != 0; }))
    body += inset(html("There are too few children for safe figures by group. What can be published is the total for the year."));
  body += figures_table(*got, *book.dataset);
  const auto& total = got->display.total;
  std::vector<std::pair<std::string, Html>> rows = {{"Total", total.value ? html("{}, between {} and {}", *total.value, total.low, total.high) : html("c, between {} and {}", total.low, total.high)},
                                                    {"Reference", html("{}", got->release)},
                                                    {"Used now", html("{} points; {} are left to this partner", points(got->charged), points(got->left))}};
  body += summary_list(rows);
  body += bullets({"Each number is the count with chance added: 19 times in 20 the count is between the two numbers beside it.", "c: too small to print. z: cannot occur. Colon: the source is missing.",
                   "Numbers of other tables may add up otherwise. Mistakes in recording are not in the range.",
                   "Asking the same again gives the same numbers and uses nothing.",
                   "Nobody can be picked out by reasonable means, within these limits; a partner still knows its own records, and brothers and sisters count together."});
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/figures"), "Ask for something else"));
  co_return answer(visit, 200, kTitle, body);
}

// ------------------------------------------------------------------ the budget

asio::awaitable<Response> Console::budget_answer(Visit& visit, int status, Mistakes mistakes, std::string done) {
  if (s_.figures_ledger == nullptr) co_return refuse(visit, 409, "Figures are not set up here", "The log of the server says why.");
  const auto book = co_await s_.figures_ledger->statistics_ledger(kCharges);
  if (!book) co_return broken(visit, book.error());
  const auto staff = co_await s_.staff.staff();
  if (!staff) co_return broken(visit, staff.error());
  std::map<std::string, std::string> names;
  for (const auto& one : *staff) names[one.id] = one.name;

  Html body = mistakes_summary(mistakes);
  if (!done.empty()) body += notice("Done", html("<p class=\"govuk-body\">{}</p>", done));
  body += heading(kBudget);
  body += paragraph("Points measure how much all answers together could ever tell about one child. They are counted for each year of records and never come back. "
                    "What is left of all of them together is for officers only: no partner is told.");
  if (!book->trouble.empty()) body += warning("The ledger of figures is not whole. Nothing is answered until it has been looked at: run gatehouse stats ledger.");
  if (book->set_back || book->unmarked) body += warning("The ledger of figures is older than its mark, or the mark is gone. Run gatehouse stats ledger and read what it says.");
  if (book->years.empty()) body += inset(html("No quarter has been published yet, so nothing has been used and there is no cap to change."));
  for (const auto& year : book->years) {
    body += second_heading(year.dataset + " " + std::to_string(year.year));
    std::vector<std::vector<Html>> rows;
    account_row("Everybody together: the promise", year.all, rows);
    account_row("Tables published each quarter", year.standing, rows);
    for (const auto& one : year.partners) account_row(visit.agency_name(one.partner), one.account, rows);
    body += table("Points of this year of records", {"For", "Cap", "Used", "Chart", "Left"}, rows);
  }
  const auto& calendar = visit.now->policies().calendar;
  if (!book->charges.empty()) {
    std::vector<std::vector<Html>> rows;
    for (const auto& one : book->charges)
      rows.push_back({html("{}", local_words(calendar, one.at)), html("{}", one.partner.empty() ? std::string("All partners") : visit.agency_name(one.partner)), html("{}", in_words(one.question)),
                      html("{}", points(one.rho_partner)), html("{}", points(one.rho_all)), html("{}", one.release)});
    body += second_heading("What was asked");
    body += table("The newest " + std::to_string(kCharges) + " at most, newest first", {"When", "For", "Question", "Points of theirs", "Points of all", "Reference"}, rows);
  }
  if (!book->caps.empty()) {
    std::vector<std::vector<Html>> rows;
    for (const auto& one : book->caps) {
      // Officers are kept as they were given: ids of staff, parted by a comma and a space.
      std::string officers;
      for (std::size_t at = 0; at < one.officers.size();) {
        const std::size_t end = std::min(one.officers.find(", ", at), one.officers.size());
        const std::string id = one.officers.substr(at, end - at);
        officers += (officers.empty() ? "" : ", ") + (names.contains(id) ? names.at(id) : id);
        at = end + 2;
      }
      const std::string whose = one.what == "partner" ? visit.agency_name(one.partner) : one.what == "all" ? "Everybody together" : "Tables published each quarter";
      rows.push_back({html("{}", local_words(calendar, one.at)), html("{} {}, {}", one.dataset, one.year, whose), html("{} to {}", points(one.before), points(one.after)), html("{}", officers), html("{}", one.reason)});
    }
    body += second_heading("Who changed a cap");
    body += table("Newest first", {"When", "Whose", "Points", "By", "Why"}, rows);
  }
  const auto roles = visit.roles();
  const bool may = std::any_of(roles.begin(), roles.end(), [](policy::Role role) { return role == policy::Role::ig_lead || role == policy::Role::dpo || role == policy::Role::director; });
  if (may && !book->years.empty()) {
    std::vector<Choice> whose;
    const std::string chosen = visit.form.one("whose");
    for (const auto& year : book->years) {
      const std::string of = year.dataset + "|" + std::to_string(year.year) + "|", named = year.dataset + " " + std::to_string(year.year) + ": ";
      const auto offer = [&](const std::string& value, const std::string& words, const statistics::Account& account) {
        whose.push_back({value, named + words + ", now " + points(account.cap), "", value == chosen});
      };
      offer(of + "all|", "everybody together", year.all);
      offer(of + "standing|", "tables published each quarter", year.standing);
      for (const auto& one : year.partners) offer(of + "partner|" + one.partner, visit.agency_name(one.partner), one.account);
    }
    body += second_heading("Change a cap");
    body += paragraph("Lowering takes one officer and holds at once. Raising takes a second officer, who reads this page with you and signs below, and a reason. Both stay in the list above.");
    Html fields = select("whose", "Which cap", "", whose);
    fields += text_input({"cap", "New cap, in points", "For example 150 or 37.5", visit.form.one("cap"), "text", "off", "decimal", false, 10}, mistakes);
    fields += text_area({"reason", "Why", "Needed to raise one. Name nobody.", visit.form.one("reason"), "text", "off", ""}, mistakes, 3);
    Html second = text_input({"second", "Their sign-in name", "", visit.form.one("second"), "text", "off", ""}, mistakes);
    second += text_input({"second_password", "Their password", "", "", "password", "off", ""}, mistakes);
    second += text_input({"second_code", "Their code", "6 digits from their app, or one of their printed recovery codes.", "", "text", "off", ""}, mistakes);
    fields += html("<fieldset class=\"govuk-fieldset\"><legend class=\"govuk-fieldset__legend govuk-fieldset__legend--s\">To raise it: the second officer signs</legend>{}</fieldset>", second);
    fields += button("Change this cap");
    body += html("<form method=\"post\" action=\"/figures/budget\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", visit.csrf, fields);
  }
  co_return answer(visit, status, mistakes.empty() ? kBudget : std::string_view("Error: The budget of figures"), body);
}

asio::awaitable<Response> Console::figures_budget_page(Visit& visit) {
  std::string place = "/figures/budget";
  auto looking = kept_for(visit, std::move(place));
  const auto kept = co_await std::move(looking);
  if (!kept) co_return broken(visit, kept.error());
  if (*kept) visit.form = **kept;
  auto showing = budget_answer(visit, 200, {}, {});
  co_return co_await std::move(showing);
}

asio::awaitable<Response> Console::change_figures_cap(Visit& visit) {
  if (s_.figures_ledger == nullptr) co_return refuse(visit, 409, "Figures are not set up here", "The log of the server says why.");
  const auto book = co_await s_.figures_ledger->statistics_ledger(0);
  if (!book) co_return broken(visit, book.error());
  Mistakes mistakes;
  policy::CapChange change;
  std::optional<std::uint64_t> before;
  const std::string whose = visit.form.one("whose");
  for (const auto& year : book->years) {
    const std::string of = year.dataset + "|" + std::to_string(year.year) + "|";
    const auto meant = [&](const std::string& value, policy::CapChange::What what, const std::string& partner, const statistics::Account& account) {
      if (whose != value) return;
      change.what = what;
      change.dataset = year.dataset;
      change.year = year.year;
      change.partner = partner;
      before = account.cap;
    };
    meant(of + "all|", policy::CapChange::What::all, "", year.all);
    meant(of + "standing|", policy::CapChange::What::standing, "", year.standing);
    for (const auto& one : year.partners) meant(of + "partner|" + one.partner, policy::CapChange::What::partner, one.partner, one.account);
  }
  const auto cap = nano_of(visit.form.one("cap"));
  if (!before) mistakes.push_back({"whose", "Choose whose cap it is"});
  if (!cap) mistakes.push_back({"cap", "Enter points as a number, for example 150 or 37.5"});
  change.reason = visit.form.one("reason");
  if (change.reason.size() > 500) mistakes.push_back({"reason", "Use at most 500 characters"});
  const bool raises = before && cap && *cap > *before;
  const std::string sign_in = visit.form.one("second");
  if (raises) {
    if (change.reason.empty()) mistakes.push_back({"reason", "Write down why it is raised"});
    if (sign_in.empty() || visit.form.exact("second_password").empty() || visit.form.one("second_code").empty())
      mistakes.push_back({"second", "Raising a cap takes a second officer: they sign with their name, password and code"});
  }
  if (!mistakes.empty()) {
    auto showing = budget_answer(visit, 400, std::move(mistakes), {});
    co_return co_await std::move(showing);
  }
  if (raises) {
    std::string name = sign_in, password = visit.form.exact("second_password"), code = tidy_code(visit.form.one("second_code"));
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    auto proving = prove_oneself(visit, std::move(name), std::move(password), std::move(code), "signed_as_second");
    const auto proved = co_await std::move(proving);
    if (!proved) co_return broken(visit, proved.error());
    const auto& second = proved->member;
    if (proved->wait > 0) mistakes.push_back({"second", "There were too many wrong tries from here. Wait " + std::to_string((proved->wait + 59) / 60) + " minutes and try again"});
    else if (!second) mistakes.push_back({"second", "Name, password and code do not belong together. A code works once and for about a minute"});
    else if (second->id == visit.me->id) mistakes.push_back({"second", "The second officer is somebody else than you"});
    else if (!policy::are_two_people(second->name, visit.me->name))
      mistakes.push_back({"second", "By the names of your two accounts you may be one person. Somebody else signs, under an account with their own full name"});
    else if (!second->has(policy::Role::ig_lead) && !second->has(policy::Role::dpo) && !second->has(policy::Role::director))
      mistakes.push_back({"second", "The second officer is an information-governance lead, a data protection officer or a director"});
    if (!mistakes.empty()) {
      const int status = proved->wait > 0 ? 429 : 403;
      auto showing = budget_answer(visit, status, std::move(mistakes), {});
      co_return co_await std::move(showing);
    }
    change.second_officer = second->id;
  }
  change.first_officer = visit.me->id;
  change.cap = *cap;
  change.at = visit.at;
  const auto changed = co_await s_.figures_ledger->change_cap(std::move(change));
  if (!changed) {
    switch (changed.error()) {
      case policy::CapError::unavailable: co_return broken(visit, StoreError::unavailable);
      case policy::CapError::no_such_year: mistakes.push_back({"whose", "There is no budget for this year of records yet: the first published quarter opens it"}); break;
      case policy::CapError::two_officers: mistakes.push_back({"second", "It was changed meanwhile, and this would raise it: a second officer signs"}); break;
      case policy::CapError::overbooked: mistakes.push_back({"cap", "The caps of partners and tables together would be more than that of everybody. Raise that one first, or lower another"}); break;
    }
    auto showing = budget_answer(visit, 409, std::move(mistakes), {});
    co_return co_await std::move(showing);
  }
  visit.form = Form();
  std::string owner = visit.me->id, place = "/figures/budget";
  const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
  (void)dropped;  // the cap is changed
  auto showing = budget_answer(visit, 200, {}, raises ? "The cap is raised. Both of you are in the list with the reason." : "The cap is changed.");
  co_return co_await std::move(showing);
}

}  // namespace gatehouse::gateway::console
