#pragma once
// The pieces every page is made of, in the words and classes of govuk-frontend. Pure, any thread.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/console/html.hpp"
#include "policy/decision/calendar.hpp"

namespace gatehouse::gateway::console {

struct Mistake {
  std::string field, words;  // the id of the field it links to
};
using Mistakes = std::vector<Mistake>;
std::string mistake_at(const Mistakes& mistakes, std::string_view field);

struct Field {
  std::string name, label, hint, value;
  std::string type = "text", autocomplete = "off", mode;
  bool large_label = false;
  unsigned width = 0;                  // characters; 0: as wide as the column
};
struct Choice {
  std::string value, label, hint;
  bool chosen = false;
};

Html text_input(const Field& field, const Mistakes& mistakes);
Html text_area(const Field& field, const Mistakes& mistakes, unsigned rows = 5);
// `type` radio or checkbox: one or several of a list, under one legend.
Html choices(std::string_view type, std::string_view name, std::string_view legend, std::string_view hint, const std::vector<Choice>& list, const Mistakes& mistakes);
Html select(std::string_view name, std::string_view label, std::string_view hint, const std::vector<Choice>& list);
// `kind`: empty, `secondary` or `warning`. With a name it sends name=value.
Html button(std::string_view words, std::string_view kind = {}, std::string_view name = {}, std::string_view value = {});
Html link(const Path& to, std::string_view words);
Html heading(std::string_view words, std::string_view caption = {});
Html second_heading(std::string_view words);
Html paragraph(std::string_view words);
Html inset(const Html& words);
Html warning(std::string_view words);
Html notice(std::string_view title, const Html& words);
Html bullets(const std::vector<std::string>& lines);
Html tag(std::string_view words, std::string_view colour);
Html details(std::string_view summary, const Html& inside, bool open = false);
Html summary_list(const std::vector<std::pair<std::string, Html>>& rows);
// A table with a caption; wide ones scroll in a region of their own that the keyboard reaches.
Html table(std::string_view caption, const std::vector<std::string>& heads, const std::vector<std::vector<Html>>& rows);
Html mistakes_summary(const Mistakes& mistakes);
// A form that posts to `to`, with the token that says it is ours.
Html form(const Path& to, std::string_view csrf, const Html& inside);

// `26 November 2026 at 14:05`, on the organisation's own clock.
std::string local_words(const policy::Calendar& calendar, policy::Instant at);
std::string date_words(policy::Date date);
// `Education record` for education_record: a stable word as a screen shows it.
std::string spaced(std::string_view word);
// `Information-governance lead` for ig_lead, and so on: the words of screens.
std::string_view role_words(policy::Role role);
// One step that would change an answer (NearMiss::needs), in words: `approval:dsl` is "Ask the designated safeguarding lead to approve".
std::string need_words(std::string_view need);

}  // namespace gatehouse::gateway::console
