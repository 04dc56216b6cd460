#include "gateway/console/marks.hpp"

#include <algorithm>
#include <map>

namespace gatehouse::gateway::console {

namespace {

constexpr std::string_view kPerson = "person:", kWords = "words:";
constexpr std::size_t kMostChoices = 60, kLongestWords = 200;

std::string_view type_words(std::string_view type) {
  if (type == "PERSON") return "a person";
  if (type == "CODE") return "a number or reference";
  if (type == "LOC") return "a place or address";
  if (type == "ORG") return "a body";
  if (type == "DEM") return "a trait of somebody";
  if (type == "DATETIME") return "a date or an age";
  if (type == "QUANTITY") return "an amount";
  if (type == "CONTACT") return "a way to reach somebody";
  return "a detail that points to somebody";
}

std::string_view detector_words(std::string_view detector) {
  if (detector == "known") return "found by the names on our record";
  if (detector == "pattern") return "found by its form and the words around it";
  if (detector == "model") return "found by the trained reader";
  if (detector == "safe_list") return "found because it is on no list of ordinary words";
  if (detector == "by_hand") return "hidden by a person here";
  return "found by the reader of texts";
}

std::string_view flag_words(std::string_view why) {
  if (why == "not_on_safe_list") return "not an ordinary word we know";
  if (why == "phonetic_match") return "sounds like a name on our record";
  if (why == "ambiguous_person") return "could be one of several people";
  if (why == "common_word_name") return "an ordinary word that is also a name";
  if (why == "informant_detail") return "may show who told us";
  if (why == "label_reveals") return "the word put in its place may say too much";
  return "we are not sure";
}

std::string percent(double confidence) { return std::to_string(static_cast<int>(confidence * 100)) + "%"; }

bool is_mark(const redaction::Span& span) { return span.detector == "by_hand"; }

}  // namespace

std::vector<HiddenThing> hidden_things(const std::vector<MarkedText>& marked) {
  std::vector<HiddenThing> out;
  std::map<std::string, std::size_t> where;
  std::map<std::string, std::vector<std::string>> ways;
  for (const auto& text : marked)
    for (const auto& span : text.redacted.spans) {
      const std::string words(part_of(text.original, span.start, span.end));
      const std::string value = span.person.empty() ? std::string(kWords) + folded_words(words) : std::string(kPerson) + span.person;
      const auto [at, fresh] = where.try_emplace(value, out.size());
      if (fresh) {
        HiddenThing one;
        one.value = value;
        one.label = span.label;
        one.type = span.type;
        one.detector = span.detector;
        one.person = !span.person.empty();
        one.by_hand = is_mark(span);
        one.confidence = span.confidence;
        out.push_back(std::move(one));
      }
      HiddenThing& one = out[at->second];
      ++one.places;
      if (span.confidence < one.confidence) {
        one.confidence = span.confidence;
        one.detector = span.detector;
      }
      auto& seen = ways[value];
      if (seen.size() < 3 && std::find(seen.begin(), seen.end(), words) == seen.end()) seen.push_back(words);
    }
  for (auto& one : out)
    for (const auto& words : ways[one.value]) one.words += (one.words.empty() ? "" : ", ") + words;
  return out;
}

bool any_doubt(const std::vector<MarkedText>& marked) {
  return std::any_of(marked.begin(), marked.end(), [](const MarkedText& text) {
    return std::any_of(text.redacted.spans.begin(), text.redacted.spans.end(), [](const redaction::Span& span) { return span.confidence < kSure; });
  });
}

Html marked_value(const std::vector<MarkedText>& marked, const std::string& item, const policy::Field& field) {
  const auto found = std::find_if(marked.begin(), marked.end(), [&](const MarkedText& one) {
    return one.item == item && one.field == field.name && one.redacted.text == field.value;
  });
  if (found == marked.end() || found->redacted.spans.empty()) return html("<div class=\"gh-text gh-leaves\">{}</div>", field.value);
  // Label by label out of the very value that leaves; never written from anywhere else.
  Html leaves, ours;
  std::size_t at = 0, from = 0;
  const std::string& value = field.value;
  for (const auto& span : found->redacted.spans) {
    const std::string_view plain = part_of(found->original, from, span.start);
    leaves += html("{}", std::string_view(value).substr(at, plain.size()));
    ours += html("{}", plain);
    at += plain.size();
    const std::string_view label = std::string_view(value).substr(at, span.label.size());
    at += span.label.size();
    // Words and an outline, never colour alone; a screen reader reads "[mother, hidden]".
    if (span.confidence < kSure)
      leaves += html("<mark class=\"gh-doubt\">{}<span class=\"gh-says\"> please check</span></mark>", label);
    else
      leaves += html("<mark class=\"gh-out-text\">{}<span class=\"govuk-visually-hidden\">, hidden</span></mark>", label);
    ours += html("<mark class=\"gh-was\">{}</mark>", part_of(found->original, span.start, span.end));
    from = span.end;
  }
  leaves += html("{}", std::string_view(value).substr(at));
  ours += html("{}", part_of(found->original, from, found->original.size()));
  return html("<div class=\"gh-two\"><div><span class=\"govuk-body-s\">This leaves</span><div class=\"gh-text gh-leaves\">{}</div></div><div><span class=\"govuk-body-s\">On our "
              "record (stays here)</span><div class=\"gh-text gh-ours\">{}</div></div></div>",
              leaves, ours);
}

CutReview read_review(const Form& form, Mistakes& mistakes) {
  CutReview out;
  const auto split = [](const std::string& value, std::vector<std::string>& people, std::vector<std::string>* words) {
    if (value.starts_with(kPerson))
      people.push_back(value.substr(kPerson.size()));
    else if (words != nullptr && value.starts_with(kWords))
      words->push_back(value.substr(kWords.size()));
  };
  for (const auto& one : form.all("show")) split(one, out.show_people, &out.show_words);
  for (const auto& one : form.all("hide")) split(one, out.hide_people, nullptr);
  std::string line;
  const std::string typed = form.one("hide_words") + "\n";
  for (const char c : typed) {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (const std::string words = folded_words(line); !words.empty()) out.hide_words.push_back(words);
    line.clear();
  }
  for (auto* list : {&out.show_people, &out.show_words, &out.hide_people, &out.hide_words}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  const auto too_long = [](const std::string& one) { return one.size() > kLongestWords; };
  if (out.hide_words.size() > kMostChoices || std::any_of(out.hide_words.begin(), out.hide_words.end(), too_long))
    mistakes.push_back({"hide_words", "Write at most 60 lines, each of 200 characters or fewer"});
  if (out.show_people.size() + out.show_words.size() > kMostChoices || std::any_of(out.show_words.begin(), out.show_words.end(), too_long))
    mistakes.push_back({"show", "Choose 60 or fewer; if so much should be shown, correct the record instead"});
  if (out.shows()) {
    out.reason = form.one("show_reason");
    if (out.reason.size() < 10) mistakes.push_back({"show_reason", "Write why these may be shown, in a sentence"});
    if (out.reason.size() > 1000) mistakes.push_back({"show_reason", "Write it in 1,000 characters or fewer"});
  }
  return out;
}

Html review_fields(const std::vector<MarkedText>& marked, const policy::CaseFile& file, const std::vector<policy::ProjectedItem>& items, const CutReview& review, const Form& typed,
                   const Mistakes& mistakes) {
  const auto things = hidden_things(marked);
  std::vector<Choice> show, hide;
  const auto name_of = [&](const std::string& id) {
    for (const auto& person : file.people)
      if (person.id == id && !person.names.empty()) return person.names.front() + (person.relation.empty() ? "" : " (" + person.relation + ")");
    return std::string("somebody of the case file");
  };
  for (const auto& one : things) {
    if (one.by_hand) continue;
    const std::string band = one.confidence >= kSure ? "Sure" : "Not sure: please check";
    show.push_back({one.value, one.label + " stands for: " + one.words,
                    band + " (" + percent(one.confidence) + "). It is " + std::string(type_words(one.type)) + ", " + std::string(detector_words(one.detector)) + "; " +
                        (one.places == 1 ? std::string("one place") : std::to_string(one.places) + " places") + ".",
                    false});
  }
  // What was chosen before stays on the page, or it could not be taken back.
  for (const auto& id : review.show_people) show.push_back({std::string(kPerson) + id, name_of(id), "Shown now, because a person here chose so", true});
  for (const auto& words : review.show_words)
    if (std::none_of(show.begin(), show.end(), [&](const Choice& one) { return one.value == std::string(kWords) + words; }))
      show.push_back({std::string(kWords) + words, words, "Shown now, because a person here chose so", true});
    else
      for (auto& one : show)
        if (one.value == std::string(kWords) + words) {
          one.chosen = true;
          one.hint += " It stays hidden: read by itself it names somebody of the case file.";
        }
  const auto keep = keep_people(items, file);
  for (const auto& id : keep)
    if (std::find(review.hide_people.begin(), review.hide_people.end(), id) == review.hide_people.end())
      hide.push_back({std::string(kPerson) + id, name_of(id), "Named, because a part that is released names them", false});
  for (const auto& id : review.hide_people) hide.push_back({std::string(kPerson) + id, name_of(id), "Hidden now, because a person here chose so", true});

  std::map<std::string, std::string> look;  // words that stand there unhidden, and why somebody should look
  for (const auto& text : marked)
    for (const auto& flag : text.redacted.flags) {
      const std::string words(part_of(text.original, flag.start, flag.end));
      const bool hidden = std::any_of(text.redacted.spans.begin(), text.redacted.spans.end(), [&](const auto& span) { return span.start < flag.end && flag.start < span.end; });
      if (!hidden && words.size() <= 120 && look.size() < 40) look.emplace(words, flag_words(flag.why));
    }

  Html out = html("<h3 class=\"govuk-heading-s\" id=\"hidden-things\">{}</h3>", std::string_view("Who and what is hidden"));
  if (things.empty() && marked.empty()) out += paragraph("There is no text in it that names other people.");
  if (things.empty() && !marked.empty()) out += paragraph("The texts were read for other people; nobody is hidden in them.");
  if (!look.empty()) {
    std::vector<std::string> lines;
    for (const auto& [words, why] : look) lines.push_back(words + ": " + why);
    out += paragraph("Not hidden. Look at these, and hide them below if they point to somebody:");
    out += bullets(lines);
  }
  if (!show.empty()) {
    out += choices("checkbox", "show", "Show everywhere after all", "A tick shows it in every text of this release. An informant needs a second person before it leaves.", show,
                   mistakes);
    out += text_area({"show_reason", "Why may these be shown?", "It is kept with the decision. Leave it empty if nothing is ticked.",
                      typed.has("show_reason") ? typed.one("show_reason") : review.reason, "text", "off", ""}, mistakes, 2);
  }
  if (!hide.empty()) out += choices("checkbox", "hide", "Hide everywhere", "Their names, and what belongs to them, go from every text.", hide, mistakes);
  std::string lines;
  for (const auto& one : review.hide_words) lines += (lines.empty() ? "" : "\n") + one;
  out += text_area({"hide_words", "Hide these words everywhere as well", "One on each line, as they stand in the text", typed.has("hide_words") ? typed.one("hide_words") : lines,
                    "text", "off", ""}, mistakes, 2);
  out += button("Show me the text again", "secondary", "again", "yes");
  return out;
}

}  // namespace gatehouse::gateway::console
