#include "tests/documents/generate.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "tests/documents/identifiers.hpp"
#include "tests/documents/letters.hpp"
#include "tests/documents/noise.hpp"

namespace gatehouse::invented {

namespace {

constexpr const char* month_names[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
constexpr const char* weekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

struct Day {
  int day = 1, month = 1, year = 2025;  // months 1 … 12

  void forward(int days) {
    day += days;
    while (day > 28) {  // every month has 28 days here: no date of these texts can be impossible
      day -= 28;
      if (++month > 12) month = 1, ++year;
    }
  }
  const char* weekday() const { return weekdays[(day + month * 3 + year) % 7]; }
};

// How this author writes. One per document, since what a tagger must not learn is that names always look the same, nor that they vary within one note.
struct Voice {
  double first = 1, title = 1, full = 1, initials = 1, surname = 1;
  double lower_names = 0;  // share of mentions typed without the capital
  double misspelt = 0.012;
  bool without_accents = false;
  std::string date_form;
};

Voice make_voice(Style style, Random& random) {
  Voice voice;
  switch (random.below(4)) {
    case 0: voice.title = 2.5, voice.first = 0.6, voice.surname = 2; break;  // formal
    case 1: voice.first = 1.8, voice.title = 0.5; break;                    // by first names
    case 2: voice.full = 2.2; break;
    default: break;
  }
  if (random.chance(0.15)) voice.initials = 7;
  if (random.chance(0.2)) voice.lower_names = 0.12;
  if (style == Style::hurried || style == Style::spoken) voice.lower_names = 0.3, voice.misspelt = 0.03, voice.title *= 0.5;
  voice.without_accents = random.chance(0.35);
  static const std::vector<std::string> dates = {"long", "slash", "dots", "short", "weekday", "ordinal", "iso"};
  voice.date_form = dates[random.weighted({5, 4, 2, 2, 2, 1, 0.5})];
  return voice;
}

struct Mark {
  std::string type, role, kind;
  bool nobody = false;  // annotated without a person although a role decided
  bool always = false;  // hidden in every mode: a refuge
  bool drop = false;    // annotated in anonymise and where it is hidden; elsewhere plain text
  bool decoy = false;
};

class Writer {
 public:
  Writer(const Material& material, const Template& chosen, const std::string& tradition, Random& random)
      : material_(material), template_(chosen), random_(random), voice_(make_voice(chosen.style, random)),
        today_{random.between(1, 28), random.between(1, 12), random.between(2023, 2026)},
        cast_(material.names, random, Subject{random.one_of(chosen.kinds), tradition}, today_.year) {
    recipient_ = random_.one_of(chosen.recipients);
    static const std::set<std::string> reveal = {"mash", "la_childrens", "police", "la_adults", "court", "cafcass"};
    releases_ = !chosen.anonymise && reveal.contains(recipient_) && random_.chance(0.45);
    for (const std::string& role : chosen.people) person(role).listed = true;
  }

  void write(const Frame& frame) {
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const bool before_possessive = i + 1 < frame.size() && frame[i + 1].text.starts_with("'");
      write(frame[i], before_possessive);
    }
  }

  void roughen_page(Style style) { roughen(page_, style, random_); }
  CaseDocument finish(Half half, std::string id);

 private:
  Somebody& person(const std::string& role);
  bool hidden(const Somebody& who) const;
  void plain(std::string_view text);
  void marked(std::string_view text, Mark mark);
  void write(const Node& node, bool before_possessive);
  void name(const Somebody& who, std::string form);
  void name_with_role(const Somebody& who, bool before_possessive);
  bool role_is_said(const Somebody& who) const;
  bool alike(const Somebody& a, const Somebody& b, std::string_view form) const;
  bool fits_another(const Somebody& who, std::string_view form) const;
  void belonging(const Node& node);
  void of_nobody(const Node& node);
  void pool(const Node& node);
  void aside(const std::string& pool_name);
  std::string name_text(const Somebody& who, const std::string& form);
  std::string choose_form(const Somebody& who);
  std::string date(const Day& day, std::string form);
  std::string fact(Somebody& who, const std::string& kind);
  std::string make_fact(Somebody& who, const std::string& kind);
  std::string address(bool with_postcode);
  const std::string& word_of(const std::string& key);

  const Material& material_;
  const Template& template_;
  Random& random_;
  Voice voice_;
  Day today_;
  Cast cast_;
  std::string recipient_;
  bool releases_ = false;
  Page page_;
  std::vector<Mark> marks_;
  std::map<std::string, std::string> document_facts_;
  std::map<std::string, std::set<std::size_t>> used_frames_;
};

const std::string& Writer::word_of(const std::string& key) {
  const auto found = material_.words.find(key);
  if (found == material_.words.end()) throw std::runtime_error("no list `" + key + "` in words/");
  return random_.one_of(found->second);
}

Somebody& Writer::person(const std::string& role) {
  const bool known = cast_.has(role);
  Somebody& who = cast_.at(role);
  // The people a decision releases to those who protect the child; never a friend, a neighbour or another child's parent.
  static const std::set<std::string> at_issue = {"mother", "father", "stepfather", "stepmother", "partner", "sibling", "sibling2", "grandmother", "spouse", "son", "daughter"};
  if (!known && releases_ && at_issue.contains(role)) who.kept = random_.chance(0.93);
  return who;
}

bool Writer::hidden(const Somebody& who) const {
  if (template_.anonymise || who.informant) return true;
  return who.role != "subject" && who.group != Group::professional && !(who.kept && who.listed);
}

void Writer::plain(std::string_view text) {
  for (const char32_t c : code_points(text)) page_.push_back({c, -1});
}

void Writer::marked(std::string_view text, Mark mark) {
  const int index = static_cast<int>(marks_.size());
  marks_.push_back(std::move(mark));
  for (const char32_t c : code_points(text)) page_.push_back({c, index});
}

std::string Writer::choose_form(const Somebody& who) {
  const bool professional = who.group == Group::professional;
  static const std::vector<std::string> forms = {"first", "title", "full", "nick", "initials", "initial", "last"};
  std::vector<double> weights;
  if (professional) weights = {22, 40, 26, 2, 5, 3, 1.2};
  else if (who.age < 20) weights = {70, 0, 12, 12, 2, 1, 0.1};
  else weights = {44, 24, 16, 10, 1, 2, 1.5};
  weights[0] *= voice_.first;
  weights[1] *= voice_.title;
  weights[2] *= voice_.full;
  weights[4] *= voice_.initials;
  weights[6] *= voice_.surname;
  if (who.nickname.empty()) weights[3] = 0;
  // Initials mean nothing before their owner has been named, but for those who sign with them.
  if (!who.facts.contains("named")) weights[4] = 0;
  if (who.initial_first) weights[5] = 0;
  return forms[random_.weighted(weights)];
}

// Whether the words just before already say what this person does: `The health visitor, `.
bool Writer::role_is_said(const Somebody& who) const {
  static const std::set<std::string> ranks = {"PC", "DC", "DS", "DI", "DCI", "Insp", "PCSO", "Dr", "Dr.", "Nurse", "Sister", "Cllr", "Councillor"};
  if (ranks.contains(who.title)) return true;
  std::u32string before;
  for (std::size_t i = page_.size() < 45 ? 0 : page_.size() - 45; i < page_.size(); ++i) before.push_back(lower(page_[i].c));
  const std::string text = utf8(before);
  for (const std::string& part : split(who.relation, ' '))
    if (text.find(lower(part)) != std::string::npos) return true;
  return false;
}

std::string Writer::name_text(const Somebody& who, const std::string& form) {
  if (form == "first") return who.given;
  if (form == "full") return who.full_name();
  if (form == "nick") return who.nickname.empty() ? who.given : who.nickname;
  if (form == "title") return who.title + " " + who.surname;
  if (form == "title_full") return who.title + " " + who.given + " " + who.surname;
  if (form == "last") return who.surname;
  if (form == "initials") return who.initials();
  if (form == "initial") return utf8(code_points(who.given).front()) + (random_.chance(0.7) ? ". " : " ") + who.surname;
  if (form == "title_initial") return who.title + " " + utf8(code_points(who.given).front()) + ". " + who.surname;
  if (form == "first_initial") return who.given + " " + utf8(code_points(who.surname).front());
  if (form == "reversed") return who.reversed_name();
  if (form == "capitals_reversed") return upper(who.surname) + ", " + who.given;
  if (form == "capitals") return upper(who.full_name());
  if (form == "previous") return who.given + " " + (who.previous_surname.empty() ? who.surname : who.previous_surname);
  if (form == "lower") return lower(who.given);
  if (form == "auntie") return (who.woman ? "Auntie " : "Uncle ") + who.given;
  if (form == "baby") return "baby " + who.surname;
  throw std::runtime_error("no form `" + form + "` of a name");
}

// Mary Rose as `MR`: nobody writes that, since nobody could read it.
bool reads_as_title(const std::string& initials) { return initials == "MR" || initials == "MS" || initials == "DR"; }

// Could these two be meant by one name of this form?
bool Writer::alike(const Somebody& a, const Somebody& b, std::string_view form) const {
  if (form == "last") return a.surname == b.surname;
  if (form == "initials") return a.initials() == b.initials();
  if (form != "title" && form != "title_initial") return false;
  return a.surname == b.surname && a.woman == b.woman && a.age >= 18 && b.age >= 18;
}

bool Writer::fits_another(const Somebody& who, std::string_view form) const {
  return std::any_of(cast_.in_order().begin(), cast_.in_order().end(), [&](const Somebody* other) { return other->role != who.role && alike(who, *other, form); });
}

// Somebody who works there is mostly introduced by what they do: without that no reader could tell a worker from a stranger.
void Writer::name_with_role(const Somebody& who, bool before_possessive) {
  static const std::map<std::string, std::vector<std::string>, std::less<>> spoken = {
      {"social worker", {"social worker", "SW", "the social worker"}},
      {"team manager", {"team manager", "my manager", "manager"}},
      {"health visitor", {"health visitor", "HV", "the health visitor"}},
      {"class teacher", {"class teacher", "form tutor", "his teacher", "the teacher"}},
      {"head teacher", {"head teacher", "headteacher", "the head", "Head"}},
      {"designated safeguarding lead", {"DSL", "designated safeguarding lead", "the safeguarding lead"}},
      {"teaching assistant", {"teaching assistant", "TA", "LSA"}},
      {"police officer", {"police officer", "the attending officer", "officer"}},
      {"GP", {"GP", "the GP", "family doctor"}},
      {"school nurse", {"school nurse", "the nurse"}},
      {"conference chair", {"chair", "conference chair", "IRO"}},
      {"guardian", {"guardian", "children's guardian", "Cafcass officer"}},
      {"foster carer", {"foster carer", "carer", "her carer"}},
      {"education welfare officer", {"EWO", "education welfare officer", "attendance officer"}}};
  const auto found = spoken.find(who.relation);
  std::string role = found == spoken.end() ? who.relation : random_.one_of(found->second);
  if (role.starts_with("his ") || role.starts_with("her ")) role.replace(0, 3, cast_.at("subject").woman ? "her" : "his");
  if (!before_possessive && random_.chance(0.45)) {
    name(who, "");
    return plain(random_.chance(0.7) ? " (" + role + ")" : ", " + role + ",");
  }
  plain(role + (random_.chance(0.2) ? ", " : " "));
  name(who, "");
}

void Writer::name(const Somebody& who, std::string form) {
  const bool free = form.empty();
  if (free) form = choose_form(who);
  if (free && fits_another(who, form) && random_.chance(form == "title" ? 0.9 : 1)) form = "full";
  if (form == "initials" && reads_as_title(who.initials())) form = "full";
  std::string text = name_text(who, form);
  if (voice_.without_accents) text = without_accents(text);
  if (free && (form == "first" || form == "nick" || form == "full")) {
    if (random_.chance(voice_.lower_names) && !(who.group == Group::professional)) text = lower(text);
    if (random_.chance(voice_.misspelt)) {
      const std::string wrong = misspelt(text, random_);
      if (wrong != text) form = "misspelt";
      text = wrong;
    }
  }
  Somebody& known = cast_.at(who.role);
  known.facts["named"] = "yes";
  if (form == "nick") known.nickname_used = true;
  Mark mark;
  mark.type = "PERSON";
  mark.role = who.role;
  mark.kind = form;
  marked(text, mark);
}

std::string Writer::date(const Day& day, std::string form) {
  if (form.empty()) form = voice_.date_form;
  char text[48];
  const char* month = month_names[day.month - 1];
  if (form == "slash") std::snprintf(text, sizeof text, "%02d/%02d/%02d", day.day, day.month, random_.chance(0.5) ? day.year % 100 : day.year);
  else if (form == "dots") std::snprintf(text, sizeof text, "%02d.%02d.%02d", day.day, day.month, day.year % 100);
  else if (form == "short") std::snprintf(text, sizeof text, "%d %.3s %02d", day.day, month, day.year % 100);
  else if (form == "weekday") std::snprintf(text, sizeof text, "%s %d %s", day.weekday(), day.day, month);
  else if (form == "ordinal") std::snprintf(text, sizeof text, "%d%s of %s", day.day, day.day == 1 || day.day == 21 ? "st" : day.day == 2 || day.day == 22 ? "nd" : day.day == 3 || day.day == 23 ? "rd" : "th", month);
  else if (form == "iso") std::snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
  else if (form == "day") std::snprintf(text, sizeof text, "%02d/%02d", day.day, day.month);
  else std::snprintf(text, sizeof text, "%d %s %d", day.day, month, day.year);
  return text;
}

std::string Writer::address(bool with_postcode) {
  std::string made;
  if (random_.chance(0.25)) made = (random_.chance(0.7) ? "Flat " : "Apartment ") + std::to_string(random_.between(1, 40)) + ", ";
  if (random_.chance(0.12)) made += word_of("house") + ", ";
  made += std::to_string(random_.between(1, 160)) + (random_.chance(0.08) ? "a" : "") + " " + word_of("street");
  if (random_.chance(0.25)) made += ", " + word_of("town");
  if (with_postcode) {
    std::string code = word_of("district");
    made += (random_.chance(0.8) ? ", " : " ") + code + " " + std::to_string(random_.between(1, 9));
    for (int i = 0; i < 2; ++i) made.push_back("ABDEFGHJLNPQRSTUWXYZ"[random_.below(20)]);
  }
  return made;
}

std::string Writer::make_fact(Somebody& who, const std::string& kind) {
  const std::string first = name_key(who.given), last = name_key(who.surname);
  if (kind == "phone") return random_.chance(0.8) ? mobile(random_) : landline(random_);
  if (kind == "landline") return landline(random_);
  if (kind == "email") {
    std::string local;
    if (who.group == Group::professional) {
      local = random_.chance(0.65) ? first + "." + last : first.substr(0, 1) + "." + last;
    } else {
      switch (random_.below(6)) {
        case 0: local = first + "." + last; break;
        case 1: local = first.substr(0, 1) + last; break;
        case 2: local = first + std::to_string(random_.between(1, 99)); break;
        case 3: local = last + "_" + first; break;
        case 4: local = name_key(word_of("handle")) + std::to_string(random_.between(1, 999)); break;
        default: local = first + last + std::to_string(random_.between(70, 99)); break;
      }
    }
    return local + "@" + (random_.chance(0.25) ? word_of("host") + "." : "") + "example.org";
  }
  if (kind == "handle") {
    const std::string start = random_.chance(0.5) ? first : name_key(word_of("handle"));
    return "@" + start + (random_.chance(0.5) ? "_" : "") + (random_.chance(0.5) ? name_key(word_of("handle")) : std::to_string(random_.between(1, 2009)));
  }
  if (kind == "address" || kind == "refuge") return address(random_.chance(0.75));
  if (kind == "street") return std::to_string(random_.between(1, 160)) + " " + word_of("street");
  if (kind == "nhs") return nhs_number(random_);
  if (kind == "upn") return upn(random_, today_.year - std::max(0, who.age - 4));
  if (kind == "nino") return nino(random_);
  if (kind == "vehicle") return vehicle(random_);
  if (kind == "ref") return case_reference(random_);
  if (kind == "dob") {
    Day born{random_.between(1, 28), random_.between(1, 12), today_.year - who.age};
    static const std::vector<std::string> forms = {"slash", "long", "dots", "short", "iso"};
    if (who.age < 3 && born.year == today_.year && born.month >= today_.month) --born.year;
    return date(born, random_.one_of(forms));
  }
  if (kind == "age") {
    static const std::vector<std::string> babies = {"five weeks", "three months", "5 months", "nine months", "ten weeks", "7 months", "14 months", "18 months", "two"};
    if (who.age < 2) return random_.one_of(babies);
    static const char* words[] = {"two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"};
    return who.age <= 12 && random_.chance(0.25) ? words[who.age - 2] : std::to_string(who.age);
  }
  if (kind == "year") return who.age < 5 ? (random_.chance(0.5) ? "Reception" : "Nursery") : "Year " + std::to_string(std::clamp(who.age - 4, 1, 13));
  if (kind == "work") return word_of("work");
  if (kind == "town") return word_of("town");
  if (kind == "school") return word_of(who.age < 11 ? "primary" : "secondary");
  if (kind == "ethnicity") return who.tradition->ethnicities.empty() ? "European" : random_.one_of(who.tradition->ethnicities);
  return word_of(kind);  // occupation, diagnosis, illness, rare, faith, secret, arrest: words/traits.txt
}

std::string Writer::fact(Somebody& who, const std::string& kind) {
  auto [at, is_new] = who.facts.try_emplace(kind, "");
  if (is_new) at->second = make_fact(who, kind);
  static const std::set<std::string> held = {"phone", "landline", "email", "nhs", "upn", "nino", "vehicle", "ref"};
  if (is_new && held.contains(kind) && random_.chance(0.65)) {
    // The case file has its own way of writing a number.
    std::string as_held = at->second;
    if (kind == "nhs") as_held = spaced_nhs(random_, as_held);
    else if (kind == "phone" || kind == "landline") as_held = spaced_phone(random_, as_held);
    else if (kind == "nino") as_held = spaced_nino(random_, as_held);
    who.used_identifiers.push_back(as_held);
  }
  return at->second;
}

void Writer::belonging(const Node& node) {
  Somebody& who = person(node.role);
  if (std::string changed = for_gender(node.text, who.woman); !changed.empty()) return plain(changed);
  if (node.text == "relation") return plain(who.relation);
  std::string text = fact(who, node.text);
  Mark mark;
  mark.role = who.role;
  mark.kind = node.text;
  const std::string& kind = node.text;
  if (kind == "phone" || kind == "landline") {
    mark.type = "CONTACT";
    text = spaced_phone(random_, text);
  } else if (kind == "email" || kind == "handle") {
    mark.type = "CONTACT";
  } else if (kind == "address" || kind == "street" || kind == "town" || kind == "refuge") {
    mark.type = "LOC";
    mark.nobody = who.role == "subject";
    mark.always = kind == "refuge";
  } else if (kind == "nhs" || kind == "upn" || kind == "nino" || kind == "vehicle" || kind == "ref") {
    mark.type = "CODE";
    if (kind == "nhs") text = spaced_nhs(random_, text);
    if (kind == "nino") text = spaced_nino(random_, text);
    if (kind == "vehicle") text = spaced_vehicle(random_, text);
  } else if (kind == "dob") {
    mark.type = "DATETIME";
  } else if (kind == "age" || kind == "year") {
    mark.type = "DEM";
    mark.drop = true;
  } else if (kind == "work" || kind == "school") {
    mark.type = "ORG";
    mark.nobody = who.role == "subject";
  } else if (kind == "ethnicity" || kind == "occupation" || kind == "diagnosis" || kind == "faith") {
    mark.type = "DEM";
    mark.drop = true;
  } else {
    mark.type = "MISC";
    mark.drop = who.role == "subject";
  }
  marked(text, mark);
}

void Writer::of_nobody(const Node& node) {
  const std::string& kind = node.text;
  if (kind == "time") {
    static const std::vector<std::string> times = {"4.15pm", "9.20am", "11:05", "quarter past three", "about two", "16:40", "10.30", "half past eight", "1pm", "07:50", "6.10pm", "0930hrs", "midday", "5-ish", "20:15"};
    return plain(random_.one_of(times));
  }
  if (kind == "weekday") return plain(weekdays[random_.below(7)]);
  if (kind == "number") return plain(std::to_string(random_.between(2, 30)));
  Mark mark;
  std::string text;
  if (kind == "date" || kind == "past" || kind == "future" || kind == "month" || kind == "deadline") {
    mark.type = "DATETIME";
    mark.drop = true;
    Day day = today_;
    if (kind == "date") {
      text = date(day, node.form);
      today_.forward(random_.between(0, 9));
    } else if (kind == "past") {
      day.forward(-1);
      const int year = day.year - random_.between(0, 4);
      text = random_.chance(0.6) ? std::string(month_names[random_.below(12)]) + " " + std::to_string(year) : std::to_string(year - 1);
    } else if (kind == "month") {
      text = month_names[random_.below(12)];
    } else {
      day.forward(random_.between(5, 40));
      text = date(day, node.form);
    }
  } else if (kind == "money") {
    mark.type = "QUANTITY";
    mark.drop = true;
    const int pounds = random_.between(2, 60) * (random_.chance(0.7) ? 5 : 55);
    text = "£" + (pounds > 999 ? std::to_string(pounds / 1000) + "," + (pounds % 1000 < 100 ? pounds % 1000 < 10 ? "00" : "0" : "") + std::to_string(pounds % 1000) : std::to_string(pounds));
  } else if (kind == "ref") {
    mark.type = "CODE";
    mark.role = "subject";
    mark.kind = "ref";
    text = fact(person("subject"), "ref");
  } else {
    // One name of each kind per document, so that `the school` stays the same school.
    auto [at, is_new] = document_facts_.try_emplace(kind, "");
    if (is_new) at->second = kind == "school" ? fact(person("subject"), "school") : word_of(kind);
    text = at->second;
    mark.type = kind == "town" ? "LOC" : kind == "event" ? "MISC" : "ORG";
    mark.drop = kind == "event";
  }
  marked(text, mark);
}

void Writer::pool(const Node& node) {
  const auto found = material_.pools.find(node.text);
  if (found == material_.pools.end()) throw std::runtime_error(template_.name + ": no pool `" + node.text + "` in this half");
  const auto& frames = found->second;
  auto& used = used_frames_[node.text];
  const int wanted = random_.between(node.least, node.most);
  // One author has one kind of bullet: what can be chosen before a line is chosen once.
  Frame before = node.branches.empty() ? Frame() : node.branches.front();
  for (Node& part : before)
    if (part.kind == Node::Kind::choice) part.branches = {random_.one_of(part.branches)};
  for (int i = 0; i < wanted; ++i) {
    if (used.size() == frames.size()) used.clear();
    std::size_t at = random_.below(frames.size());
    while (used.contains(at)) at = (at + 1) % frames.size();
    used.insert(at);
    if (i > 0) plain(node.layout == Node::Layout::sentences ? " " : node.layout == Node::Layout::lines ? "\n" : "\n\n");
    write(before);
    write(frames[at]);
    // Notes wander: a sentence of no consequence, or one that brings in somebody new, between the others.
    if (node.layout == Node::Layout::sentences && wanted >= 2 && random_.chance(0.22)) {
      plain(" ");
      aside(random_.chance(0.6) ? "aside" : "introduction");
    }
  }
}

void Writer::aside(const std::string& pool_name) {
  const auto found = material_.pools.find(pool_name);
  if (found == material_.pools.end()) throw std::runtime_error("no pool `" + pool_name + "` in this half");
  auto& used = used_frames_[pool_name];
  const std::size_t at = random_.below(found->second.size());
  if (used.insert(at).second) write(found->second[at]);
}

void Writer::write(const Node& node, bool before_possessive) {
  switch (node.kind) {
    case Node::Kind::text:
      // "James' coat" as often as "James's": after an s the possessive may lose its own.
      if (node.text.starts_with("'s") && !page_.empty() && lower(page_.back().c) == U's' && random_.chance(0.5)) return plain("'" + node.text.substr(2));
      return plain(node.text);
    case Node::Kind::name: {
      const Somebody& who = person(node.role);
      const bool introduce = node.form.empty() && who.group == Group::professional && !who.listed && !who.facts.contains("named") && !role_is_said(who);
      if (introduce && random_.chance(0.75)) return name_with_role(who, before_possessive);
      return name(who, node.form);
    }
    case Node::Kind::belonging: return node.role.empty() ? of_nobody(node) : belonging(node);
    case Node::Kind::choice: return write(random_.one_of(node.branches));
    case Node::Kind::decoy: {
      Mark mark;
      mark.type = "MISC";
      mark.decoy = true;
      return marked(node.text, mark);
    }
    case Node::Kind::marked: {
      // Names inside would be marks inside a mark: the words are one stretch.
      const std::size_t from = page_.size();
      write(node.branches.front());
      Mark mark;
      mark.type = node.form;
      mark.role = node.role;
      if (!node.role.empty()) person(node.role);
      mark.drop = node.role.empty() || node.form == "DEM";
      const int index = static_cast<int>(marks_.size());
      marks_.push_back(mark);
      for (std::size_t i = from; i < page_.size(); ++i) page_[i].mark = index;
      return;
    }
    case Node::Kind::pool: return pool(node);
    case Node::Kind::informant: person(node.role).informant = true; return;
  }
}

CaseDocument Writer::finish(Half half, std::string id) {
  CaseDocument made;
  made.half = half;
  made.id = std::move(id);
  made.anonymise = template_.anonymise;
  made.recipient = recipient_;
  made.template_name = template_.name;
  made.tradition = cast_.at("subject").tradition->id;

  std::set<std::string> mentioned;
  for (const Letter& letter : page_)
    if (letter.mark >= 0) mentioned.insert(marks_[static_cast<std::size_t>(letter.mark)].role);
  std::map<std::string, std::string> ids;
  int listed = 0, unlisted = 0;
  for (Somebody* who : cast_.in_order()) {
    if (!who->listed && !mentioned.contains(who->role)) continue;
    const std::string person_id = who->listed ? "p" + std::to_string(++listed) : "x" + std::to_string(++unlisted);
    ids[who->role] = person_id;
    made.traditions[person_id] = who->tradition->id;
    if (!who->listed) continue;
    CasePerson entry{person_id, {who->full_name()}, who->relation, who->group == Group::family ? "family" : who->group == Group::professional ? "professional" : "other", who->used_identifiers};
    if (!who->nickname.empty() && random_.chance(who->nickname_used ? 0.92 : 0.5)) entry.names.push_back(who->nickname);
    if (!who->previous_surname.empty()) entry.names.push_back(who->given + " " + who->previous_surname);
    if (who->tradition->structure == Structure::family_first && random_.chance(0.5))
      entry.names.push_back(who->family_first ? who->given + " " + who->surname : who->surname + " " + who->given);
    if (who->initial_first) entry.names.push_back(who->given + " " + who->surname);
    if (random_.chance(0.08) && !reads_as_title(who->initials())) entry.names.push_back(who->initials());
    made.people.push_back(std::move(entry));
    if (who->kept) made.keep_people.push_back(person_id);
  }
  made.subject = ids.at("subject");

  std::u32string text;
  for (std::size_t i = 0; i < page_.size(); ++i) {
    text.push_back(page_[i].c);
    const int index = page_[i].mark;
    if (index < 0 || (i > 0 && page_[i - 1].mark == index)) continue;
    std::size_t end = i;
    while (end < page_.size() && page_[end].mark == index) ++end;
    const Mark& mark = marks_[static_cast<std::size_t>(index)];
    Gold gold{i, end, mark.type, "", false, mark.kind};
    const Somebody* who = mark.role.empty() ? nullptr : &cast_.at(mark.role);
    gold.hide = mark.decoy ? false : mark.always ? !(recipient_ == "subject" && !made.anonymise) : who ? hidden(*who) : made.anonymise;
    if (who && !mark.nobody) gold.person = ids.at(who->role);
    if (mark.drop && !gold.hide) continue;
    made.gold.push_back(std::move(gold));
  }
  made.text = utf8(text);
  return made;
}

}  // namespace

CaseDocument generate(const Material& material, const Wish& wish, std::uint64_t number) {
  Random random(wish.seed * 0x9e3779b97f4a7c15ULL ^ (number + 1) * 0xd1342543de82ef95ULL ^ (material.half == Half::train ? 0 : 0x5851f42d4c957f2dULL));
  random.next();
  std::vector<const Template*> possible;
  const bool anonymise = wish.anonymise ? *wish.anonymise : random.chance(0.3);
  for (const Template& one : material.templates)
    if (one.anonymise == anonymise) possible.push_back(&one);
  if (possible.empty()) throw std::runtime_error("no template of this mode");
  const Template& chosen = *random.one_of(possible);
  const std::string& tradition = random.one_of(material.names.traditions()).id;
  Writer writer(material, chosen, tradition, random);
  writer.write(chosen.body);
  if (wish.noise) writer.roughen_page(chosen.style);
  return writer.finish(material.half, std::string(word(material.half)) + "-" + std::to_string(wish.seed) + "-" + std::to_string(number));
}

std::string to_json(const CaseDocument& document) {
  using json = nlohmann::ordered_json;
  json made;
  made["id"] = document.id;
  made["text"] = document.text;
  made["mode"] = document.anonymise ? "anonymise" : "third_party";
  made["subject"] = document.subject;
  made["people"] = json::array();
  for (const CasePerson& person : document.people)
    made["people"].push_back({{"id", person.id}, {"names", person.names}, {"relation", person.relation}, {"role", person.role}, {"identifiers", person.identifiers}});
  made["recipient"] = document.recipient;
  made["keep_people"] = document.keep_people;
  made["gold"] = json::array();
  for (const Gold& gold : document.gold)
    made["gold"].push_back({{"start", gold.start},
                            {"end", gold.end},
                            {"type", gold.type},
                            {"person", gold.person.empty() ? json(nullptr) : json(gold.person)},
                            {"must", gold.hide ? "hide" : "keep"}});
  made["template"] = document.template_name;
  made["tradition"] = document.tradition;
  made["traditions"] = document.traditions;
  made["half"] = word(document.half);
  return made.dump();
}

}  // namespace gatehouse::invented
