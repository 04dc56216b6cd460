#include "gateway/console/parts.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace gatehouse::gateway::console {

std::string mistake_at(const Mistakes& mistakes, std::string_view field) {
  for (const auto& one : mistakes)
    if (one.field == field) return one.words;
  return {};
}

namespace {

struct Around {
  std::string group, input, described;
  Html hint, error;
};

Around around(std::string_view name, std::string_view hint, const Mistakes& mistakes) {
  Around out;
  const std::string wrong = mistake_at(mistakes, name);
  out.group = wrong.empty() ? "govuk-form-group" : "govuk-form-group govuk-form-group--error";
  if (!hint.empty()) {
    out.hint = html("<div class=\"govuk-hint\" id=\"{}-hint\">{}</div>", name, hint);
    out.described = std::string(name) + "-hint";
  }
  if (!wrong.empty()) {
    out.error = html("<p class=\"govuk-error-message\" id=\"{}-error\"><span class=\"govuk-visually-hidden\">Error:</span> {}</p>", name, wrong);
    out.described += (out.described.empty() ? "" : " ") + std::string(name) + "-error";
  }
  return out;
}

}  // namespace

Html text_input(const Field& field, const Mistakes& mistakes) {
  const Around a = around(field.name, field.hint, mistakes);
  std::string classes = "govuk-input";
  if (field.width != 0) classes += " govuk-input--width-" + std::to_string(field.width);
  if (!mistake_at(mistakes, field.name).empty()) classes += " govuk-input--error";
  const std::string label = field.large_label ? "govuk-label govuk-label--l" : "govuk-label";
  const std::string_view mode = field.mode.empty() ? std::string_view("text") : std::string_view(field.mode);
  const Html input = a.described.empty()
                         ? html("<input class=\"{}\" id=\"{}\" name=\"{}\" type=\"{}\" value=\"{}\" autocomplete=\"{}\" spellcheck=\"false\" inputmode=\"{}\">", classes,
                                field.name, field.name, field.type, field.value, field.autocomplete, mode)
                         : html("<input class=\"{}\" id=\"{}\" name=\"{}\" type=\"{}\" value=\"{}\" autocomplete=\"{}\" spellcheck=\"false\" inputmode=\"{}\" "
                                "aria-describedby=\"{}\">",
                                classes, field.name, field.name, field.type, field.value, field.autocomplete, mode, a.described);
  return html("<div class=\"{}\"><label class=\"{}\" for=\"{}\">{}</label>{}{}{}</div>", a.group, label, field.name, field.label, a.hint, a.error, input);
}

Html text_area(const Field& field, const Mistakes& mistakes, unsigned rows) {
  const Around a = around(field.name, field.hint, mistakes);
  const std::string classes = mistake_at(mistakes, field.name).empty() ? "govuk-textarea" : "govuk-textarea govuk-textarea--error";
  // The line end after the tag is dropped by browsers: text that begins with one keeps it.
  const Html area = a.described.empty()
                        ? html("<textarea class=\"{}\" id=\"{}\" name=\"{}\" rows=\"{}\" autocomplete=\"off\">\n{}</textarea>", classes, field.name, field.name, rows,
                               field.value)
                        : html("<textarea class=\"{}\" id=\"{}\" name=\"{}\" rows=\"{}\" autocomplete=\"off\" aria-describedby=\"{}\">\n{}</textarea>", classes, field.name,
                               field.name, rows, a.described, field.value);
  return html("<div class=\"{}\"><label class=\"govuk-label\" for=\"{}\">{}</label>{}{}{}</div>", a.group, field.name, field.label, a.hint, a.error, area);
}

Html choices(std::string_view type, std::string_view name, std::string_view legend, std::string_view hint, const std::vector<Choice>& list, const Mistakes& mistakes) {
  const Around a = around(name, hint, mistakes);
  const std::string_view block = type == "radio" ? "govuk-radios" : "govuk-checkboxes";
  Html inside;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Choice& one = list[i];
    // The first has the group's own name as id: the error summary links there.
    const std::string id = i == 0 ? std::string(name) : std::string(name) + "-" + std::to_string(i + 1);
    Html box = one.chosen ? html("<input class=\"{}__input\" id=\"{}\" name=\"{}\" type=\"{}\" value=\"{}\" checked>", block, id, name, type, one.value)
                          : html("<input class=\"{}__input\" id=\"{}\" name=\"{}\" type=\"{}\" value=\"{}\">", block, id, name, type, one.value);
    Html more = one.hint.empty() ? Html() : html("<div class=\"govuk-hint {}__hint\">{}</div>", block, one.hint);
    inside += html("<div class=\"{}__item\">{}<label class=\"govuk-label {}__label\" for=\"{}\">{}</label>{}</div>", block, box, block, id, one.label, more);
  }
  const Html inner = html("<legend class=\"govuk-fieldset__legend govuk-fieldset__legend--m\">{}</legend>{}{}<div class=\"{}\">{}</div>", legend, a.hint, a.error, block,
                          inside);
  if (a.described.empty()) return html("<div class=\"{}\"><fieldset class=\"govuk-fieldset\">{}</fieldset></div>", a.group, inner);
  return html("<div class=\"{}\"><fieldset class=\"govuk-fieldset\" aria-describedby=\"{}\">{}</fieldset></div>", a.group, a.described, inner);
}

Html select(std::string_view name, std::string_view label, std::string_view hint, const std::vector<Choice>& list) {
  Html options;
  for (const auto& one : list)
    options += one.chosen ? html("<option value=\"{}\" selected>{}</option>", one.value, one.label) : html("<option value=\"{}\">{}</option>", one.value, one.label);
  const Around a = around(name, hint, {});
  return html("<div class=\"govuk-form-group\"><label class=\"govuk-label\" for=\"{}\">{}</label>{}<select class=\"govuk-select\" id=\"{}\" name=\"{}\">{}</select></div>",
              name, label, a.hint, name, name, options);
}

Html button(std::string_view words, std::string_view kind, std::string_view name, std::string_view value) {
  const std::string classes = kind.empty() ? "govuk-button" : "govuk-button govuk-button--" + std::string(kind);
  if (name.empty()) return html("<button type=\"submit\" class=\"{}\">{}</button>", classes, words);
  return html("<button type=\"submit\" class=\"{}\" name=\"{}\" value=\"{}\">{}</button>", classes, name, value, words);
}

Html link(const Path& to, std::string_view words) { return html("<a class=\"govuk-link\" href=\"{}\">{}</a>", to, words); }

Html heading(std::string_view words, std::string_view caption) {
  if (caption.empty()) return html("<h1 class=\"govuk-heading-l\">{}</h1>", words);
  return html("<span class=\"govuk-caption-l\">{}</span><h1 class=\"govuk-heading-l\">{}</h1>", caption, words);
}
Html second_heading(std::string_view words) { return html("<h2 class=\"govuk-heading-m\">{}</h2>", words); }
Html paragraph(std::string_view words) { return html("<p class=\"govuk-body\">{}</p>", words); }
Html inset(const Html& words) { return html("<div class=\"govuk-inset-text\">{}</div>", words); }
Html warning(std::string_view words) {
  return html("<div class=\"govuk-warning-text\"><span class=\"govuk-warning-text__icon\" aria-hidden=\"true\">!</span><strong class=\"govuk-warning-text__text\"><span "
              "class=\"govuk-visually-hidden\">Warning</span> {}</strong></div>",
              words);
}
Html notice(std::string_view title, const Html& words) {
  return html("<div class=\"govuk-notification-banner\" role=\"region\" aria-labelledby=\"notice-title\"><div class=\"govuk-notification-banner__header\"><h2 "
              "class=\"govuk-notification-banner__title\" id=\"notice-title\">{}</h2></div><div class=\"govuk-notification-banner__content\">{}</div></div>",
              title, words);
}
Html bullets(const std::vector<std::string>& lines) {
  Html inside;
  for (const auto& line : lines) inside += html("<li>{}</li>", line);
  return html("<ul class=\"govuk-list govuk-list--bullet\">{}</ul>", inside);
}
Html tag(std::string_view words, std::string_view colour) { return html("<strong class=\"govuk-tag govuk-tag--{}\">{}</strong>", colour, words); }
Html details(std::string_view summary, const Html& inside, bool open) {
  const Html both = html("<summary class=\"govuk-details__summary\"><span class=\"govuk-details__summary-text\">{}</span></summary><div class=\"govuk-details__text\">{}</div>", summary, inside);
  return open ? html("<details class=\"govuk-details\" open>{}</details>", both) : html("<details class=\"govuk-details\">{}</details>", both);
}

Html summary_list(const std::vector<std::pair<std::string, Html>>& rows) {
  Html inside;
  for (const auto& [key, value] : rows)
    inside += html("<div class=\"govuk-summary-list__row\"><dt class=\"govuk-summary-list__key\">{}</dt><dd class=\"govuk-summary-list__value\">{}</dd></div>", key, value);
  return html("<dl class=\"govuk-summary-list\">{}</dl>", inside);
}

Html table(std::string_view caption, const std::vector<std::string>& heads, const std::vector<std::vector<Html>>& rows) {
  Html head, body;
  for (const auto& one : heads) head += html("<th scope=\"col\" class=\"govuk-table__header\">{}</th>", one);
  for (const auto& row : rows) {
    Html cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells += i == 0 ? html("<th scope=\"row\" class=\"govuk-table__header\">{}</th>", row[i]) : html("<td class=\"govuk-table__cell\">{}</td>", row[i]);
    body += html("<tr class=\"govuk-table__row\">{}</tr>", cells);
  }
  return html("<div class=\"gh-scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\"><table class=\"govuk-table\"><caption class=\"govuk-table__caption "
              "govuk-table__caption--m\">{}</caption><thead class=\"govuk-table__head\"><tr class=\"govuk-table__row\">{}</tr></thead><tbody "
              "class=\"govuk-table__body\">{}</tbody></table></div>",
              caption, caption, head, body);
}

Html mistakes_summary(const Mistakes& mistakes) {
  if (mistakes.empty()) return {};
  Html lines;
  for (const auto& one : mistakes) {
    // A fragment is no address of its own: the `#` is ours, the id too.
    lines += one.field.empty() ? html("<li>{}</li>", one.words) : html("<li><a href=\"#{}\">{}</a></li>", one.field, one.words);
  }
  return html("<div class=\"govuk-error-summary\" tabindex=\"-1\" id=\"mistakes\"><div role=\"alert\"><h2 class=\"govuk-error-summary__title\">There is a problem</h2><div "
              "class=\"govuk-error-summary__body\"><ul class=\"govuk-list govuk-error-summary__list\">{}</ul></div></div></div>",
              lines);
}

Html form(const Path& to, std::string_view csrf, const Html& inside) {
  return html("<form method=\"post\" action=\"{}\" novalidate><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", to, csrf, inside);
}

std::string date_words(policy::Date date) {
  static constexpr std::array months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
  const unsigned month = static_cast<unsigned>(date.month());
  return std::to_string(static_cast<unsigned>(date.day())) + " " + (month >= 1 && month <= 12 ? months[month - 1] : "?") + " " +
         std::to_string(static_cast<int>(date.year()));
}

std::string local_words(const policy::Calendar& calendar, policy::Instant at) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(calendar.local_time(at)).count();
  char time[16];
  std::snprintf(time, sizeof time, " at %02d:%02d", static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
  return date_words(calendar.local_date(at)) + time;
}

std::string spaced(std::string_view word) {
  std::string out(word);
  std::replace(out.begin(), out.end(), '_', ' ');
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

std::string_view role_words(policy::Role role) {
  using enum policy::Role;
  switch (role) {
    case worker: return "Worker";
    case volunteer: return "Volunteer";
    case mentor: return "Mentor";
    case teacher: return "Teacher";
    case non_teaching_staff: return "Non-teaching staff";
    case counsellor: return "Counsellor";
    case health_professional: return "Health professional";
    case manager: return "Manager";
    case director: return "Director";
    case dsl: return "Designated safeguarding lead";
    case deputy_dsl: return "Deputy safeguarding lead";
    case safeguarding_team: return "Safeguarding team";
    case ig_lead: return "Information-governance lead";
    case dpo: return "Data protection officer";
    case admin: return "Administrator";
    case auditor: return "Auditor";
  }
  return "?";
}

std::string need_words(std::string_view need) {
  const std::string_view what = need.substr(0, need.find(':')), which = what.size() < need.size() ? need.substr(what.size() + 1) : std::string_view();
  const auto role = policy::from_text<policy::Role>(which);
  std::string who = role ? std::string(role_words(*role)) : std::string(which);
  if (role && !who.empty() && *role != policy::Role::dpo) who[0] = static_cast<char>(who[0] | 0x20);
  if (what == "approval") return "Ask the " + who + " to approve";
  if (what == "advice") return "Ask the " + who + " for advice, and write it down";
  if (what == "consent") return which.empty() ? "Ask the person to agree" : "Ask the person to agree (" + who + ")";
  if (what == "state") return "Ask them to state what is missing";
  if (what == "agreement") return "Have an information-sharing agreement in force with them";
  if (what == "training") return "Bring your training up to date";
  if (what == "ask_for") return "Share less: some of it is not needed for this";
  return std::string(need);
}

}  // namespace gatehouse::gateway::console
