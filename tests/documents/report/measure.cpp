#include "tests/documents/report/measure.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "tests/documents/letters.hpp"

namespace gatehouse::invented {

namespace {

bool is_word(char32_t c) { return is_letter(c) || is_digit(c); }

// Characters of titles inside [start, end): they may stay readable when the name behind them is hidden.
std::vector<bool> titles_in(const std::u32string& text, std::size_t start, std::size_t end) {
  static const std::set<std::string> titles = {"mr", "mrs", "ms", "miss", "dr", "auntie", "senior"};
  std::vector<bool> marked(end - start, false);
  for (std::size_t i = start; i < end;) {
    std::size_t stop = i;
    while (stop < end && is_word(text[stop])) ++stop;
    if (stop > i && titles.contains(lower(utf8(text.substr(i, stop - i)))))
      for (std::size_t k = i; k < stop; ++k) marked[k - start] = true;
    i = stop == i ? i + 1 : stop;
  }
  return marked;
}

std::string on_one_line(std::u32string part) {
  std::replace(part.begin(), part.end(), U'\n', U' ');
  return utf8(part);
}

std::string around(const std::u32string& text, std::size_t start, std::size_t end) {
  const std::size_t from = start < 40 ? 0 : start - 40;
  return on_one_line(text.substr(from, end + 25 - from));
}

// Stretches that were hidden and need not have been: what separates two hidden words is not counted, nor what stands between hidden and to be hidden.
void count_false_hides(Measures& made, const CaseDocument& document, const std::u32string& text, const std::vector<const redaction::Span*>& owner, const std::vector<bool>& hide) {
  for (std::size_t i = 0; i < text.size();) {
    if (!owner[i] || hide[i] || !is_word(text[i])) {
      ++i;
      continue;
    }
    std::size_t last = i, j = i;
    for (; j < text.size() && owner[j] && !hide[j]; ++j)
      if (is_word(text[j])) last = j + 1;
    ++made.false_hides;
    made.false_hidden.push_back({document.id, on_one_line(text.substr(i, last - i)), around(text, i, last), owner[i]->detector + " " + owner[i]->type});
    i = j;
  }
  made.plain_characters += static_cast<std::size_t>(std::count(hide.begin(), hide.end(), false));
}

}  // namespace

double Measures::false_hides_per_1000() const {
  return plain_characters == 0 ? 0 : 1000.0 * static_cast<double>(false_hides) / static_cast<double>(plain_characters);
}

void Measures::add(const Measures& other_one) {
  documents += other_one.documents;
  blocked += other_one.blocked;
  listed.add(other_one.listed);
  unlisted.add(other_one.unlisted);
  identifiers.add(other_one.identifiers);
  other.add(other_one.other);
  people.add(other_one.people);
  people_listed.add(other_one.people_listed);
  people_unlisted.add(other_one.people_unlisted);
  kept.add(other_one.kept);
  one_label.add(other_one.one_label);
  false_hides += other_one.false_hides;
  plain_characters += other_one.plain_characters;
  for (const auto& [id, share] : other_one.listed_by_tradition) listed_by_tradition[id].add(share);
  for (const auto& [id, share] : other_one.unlisted_by_tradition) unlisted_by_tradition[id].add(share);
  for (const auto& [form, share] : other_one.by_form) by_form[form].add(share);
  misses.insert(misses.end(), other_one.misses.begin(), other_one.misses.end());
  false_hidden.insert(false_hidden.end(), other_one.false_hidden.begin(), other_one.false_hidden.end());
}

Measures measure(const CaseDocument& document, const redaction::Redacted& result) {
  Measures made;
  made.documents = 1;
  made.blocked = result.blocked ? 1 : 0;
  const std::u32string text = code_points(document.text);
  std::vector<const redaction::Span*> owner(text.size(), nullptr);
  for (const redaction::Span& span : result.spans)
    for (std::size_t i = span.start; i < span.end; ++i) owner.at(i) = &span;
  std::set<std::string> listed;
  for (const CasePerson& person : document.people) listed.insert(person.id);

  std::vector<bool> hide(text.size(), false);
  std::map<std::string, bool> people;
  std::map<std::string, std::set<std::string>> labels;
  for (const Gold& gold : document.gold) {
    if (!gold.hide) {
      made.kept.count(std::all_of(owner.begin() + static_cast<std::ptrdiff_t>(gold.start), owner.begin() + static_cast<std::ptrdiff_t>(gold.end), [](const auto* span) { return span == nullptr; }));
      continue;
    }
    const bool is_name = gold.type == "PERSON";
    std::vector<bool> may_stay = is_name ? titles_in(text, gold.start, gold.end) : std::vector<bool>(gold.end - gold.start, false);
    bool hidden = true;
    const redaction::Span* first = nullptr;
    for (std::size_t i = gold.start; i < gold.end; ++i) {
      hide[i] = true;
      if (!is_word(text[i]) || may_stay[i - gold.start]) continue;
      hidden = hidden && owner[i];
      if (!first) first = owner[i];
    }
    const auto tradition = document.traditions.find(gold.person);
    const std::string of = tradition == document.traditions.end() ? "" : tradition->second;
    std::string kind;
    if (is_name) {
      const bool known = listed.contains(gold.person);
      kind = known ? "listed" : "unlisted";
      (known ? made.listed : made.unlisted).count(hidden);
      (known ? made.listed_by_tradition : made.unlisted_by_tradition)[of].count(hidden);
      made.by_form[gold.kind].count(hidden);
    } else if (gold.type == "CODE" || gold.type == "CONTACT" || gold.type == "LOC" || gold.type == "DATETIME") {
      kind = "identifier";
      made.identifiers.count(hidden);
    } else {
      kind = "other";
      made.other.count(hidden);
    }
    if (!gold.person.empty()) people.try_emplace(gold.person, true).first->second &= hidden;
    if (!hidden) made.misses.push_back({document.id, kind, gold.type, gold.kind, gold.person, of, on_one_line(text.substr(gold.start, gold.end - gold.start)), around(text, gold.start, gold.end)});
    else if (is_name && !gold.person.empty() && first) labels[gold.person].insert(first->label);
  }
  for (const auto& [id, all] : people) {
    made.people.count(all);
    (listed.contains(id) ? made.people_listed : made.people_unlisted).count(all);
  }
  std::map<std::string, int> owners;
  for (const auto& [id, own] : labels)
    for (const std::string& label : own) ++owners[label];
  for (const auto& [id, own] : labels) made.one_label.count(own.size() == 1 && owners[*own.begin()] == 1);
  count_false_hides(made, document, text, owner, hide);
  return made;
}

redaction::Document to_redact(const CaseDocument& document) {
  redaction::Document made;
  made.id = document.id;
  made.text = document.text;
  made.mode = document.anonymise ? redaction::Mode::anonymise : redaction::Mode::third_party;
  made.subject = document.subject;
  made.recipient = document.recipient;
  made.keep_people = document.keep_people;
  for (const CasePerson& person : document.people) made.people.push_back({person.id, person.names, person.relation, person.role, person.identifiers});
  return made;
}

CaseDocument read_case(const std::string& line) {
  using json = nlohmann::json;
  const json from = json::parse(line);
  CaseDocument made;
  made.id = from.at("id");
  made.text = from.at("text");
  made.anonymise = from.at("mode") == "anonymise";
  made.subject = from.at("subject");
  made.recipient = from.at("recipient");
  if (from.contains("keep_people") && !from["keep_people"].is_null()) made.keep_people = from["keep_people"].get<std::vector<std::string>>();
  for (const json& person : from.at("people"))
    made.people.push_back({person.at("id"), person.at("names"), person.at("relation"), person.at("role"), person.at("identifiers")});
  const std::size_t length = code_points(made.text).size();
  for (const json& gold : from.at("gold")) {
    Gold read{gold.at("start"), gold.at("end"), gold.at("type"), gold.at("person").is_null() ? "" : gold["person"].get<std::string>(), gold.at("must") == "hide", ""};
    if (read.start >= read.end || read.end > length) throw std::runtime_error(made.id + ": gold outside the text");
    made.gold.push_back(std::move(read));
  }
  if (from.contains("traditions")) made.traditions = from["traditions"].get<std::map<std::string, std::string>>();
  return made;
}

}  // namespace gatehouse::invented
