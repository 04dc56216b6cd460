#include "tests/documents/cast.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/documents/letters.hpp"

namespace gatehouse::invented {

namespace {

enum class Line { family, mothers_side, own };  // whose surname: the subject's, the mother's own, nobody's here

struct Role {
  std::string_view name;
  std::string_view relation;
  Group group;
  Line line;
  double woman;    // share
  double listed;   // share of case files that hold this person
  int youngest, oldest;
  std::string_view titles;  // of a professional: one is chosen; empty: Mr, Mrs, Ms or none
};

// Ages 0, 0: about the subject's.
constexpr Role roles[] = {
    {"mother", "mother", Group::family, Line::mothers_side, 1, 0.97, 19, 48, ""},
    {"father", "father", Group::family, Line::family, 0, 0.93, 20, 55, ""},
    {"stepfather", "stepfather", Group::family, Line::own, 0, 0.85, 22, 55, ""},
    {"stepmother", "stepmother", Group::family, Line::family, 1, 0.85, 22, 50, ""},
    {"partner", "mother's partner", Group::family, Line::own, 0.05, 0.6, 20, 50, ""},
    {"sibling", "sibling", Group::family, Line::family, 0.5, 0.93, 1, 19, ""},
    {"sibling2", "sibling", Group::family, Line::family, 0.5, 0.9, 1, 19, ""},
    {"sibling3", "sibling", Group::family, Line::own, 0.5, 0.8, 1, 19, ""},
    {"grandmother", "maternal grandmother", Group::family, Line::mothers_side, 1, 0.75, 46, 80, ""},
    {"grandfather", "maternal grandfather", Group::family, Line::mothers_side, 0, 0.7, 48, 82, ""},
    {"pgm", "paternal grandmother", Group::family, Line::family, 1, 0.7, 46, 80, ""},
    {"pgf", "paternal grandfather", Group::family, Line::family, 0, 0.7, 48, 82, ""},
    {"aunt", "maternal aunt", Group::family, Line::mothers_side, 1, 0.5, 20, 50, ""},
    {"uncle", "paternal uncle", Group::family, Line::family, 0, 0.5, 20, 50, ""},
    {"cousin", "cousin", Group::family, Line::own, 0.4, 0.2, 12, 26, ""},
    {"spouse", "", Group::family, Line::family, 0.5, 0.95, 24, 90, ""},
    {"daughter", "daughter", Group::family, Line::family, 1, 0.9, 16, 60, ""},
    {"son", "son", Group::family, Line::family, 0, 0.9, 16, 60, ""},
    {"brother", "brother", Group::family, Line::family, 0, 0.7, 20, 80, ""},
    {"sister", "sister", Group::family, Line::family, 1, 0.7, 20, 80, ""},
    {"friend", "friend", Group::other, Line::own, 0.55, 0.04, 0, 0, ""},
    {"friend2", "friend", Group::other, Line::own, 0.5, 0.03, 0, 0, ""},
    {"pupil", "other pupil", Group::other, Line::own, 0.4, 0.03, 0, 0, ""},
    {"pupil2", "other pupil", Group::other, Line::own, 0.5, 0.03, 0, 0, ""},
    {"boyfriend", "boyfriend", Group::other, Line::own, 0.1, 0.1, 15, 24, ""},
    {"neighbour", "neighbour", Group::other, Line::own, 0.6, 0.06, 25, 85, ""},
    {"lodger", "lodger", Group::other, Line::own, 0.3, 0.1, 20, 50, ""},
    {"ex", "previous partner", Group::other, Line::own, 0.85, 0.15, 20, 50, ""},
    {"otherparent", "other parent", Group::other, Line::own, 0.8, 0.03, 25, 48, ""},
    {"familyfriend", "family friend", Group::other, Line::own, 0.6, 0.08, 20, 70, ""},
    {"associate", "associate", Group::other, Line::own, 0.15, 0.05, 17, 40, ""},
    {"shopkeeper", "shopkeeper", Group::other, Line::own, 0.3, 0, 25, 70, ""},
    {"landlord", "landlord", Group::other, Line::own, 0.3, 0.05, 30, 70, ""},
    {"author", "social worker", Group::professional, Line::own, 0.7, 0.5, 24, 62, ""},
    {"worker", "social worker", Group::professional, Line::own, 0.7, 0.55, 24, 62, ""},
    {"manager", "team manager", Group::professional, Line::own, 0.6, 0.2, 30, 62, ""},
    {"healthvisitor", "health visitor", Group::professional, Line::own, 0.95, 0.35, 26, 62, ""},
    {"teacher", "class teacher", Group::professional, Line::own, 0.7, 0.1, 23, 62, "Mr Mrs Miss Ms"},
    {"head", "head teacher", Group::professional, Line::own, 0.55, 0.3, 35, 62, "Mr Mrs Ms Dr"},
    {"dsl", "designated safeguarding lead", Group::professional, Line::own, 0.7, 0.3, 28, 62, "Mr Mrs Miss Ms"},
    {"assistant", "teaching assistant", Group::professional, Line::own, 0.85, 0.05, 20, 62, ""},
    {"officer", "police officer", Group::professional, Line::own, 0.4, 0.1, 22, 55, "PC DC DS PCSO"},
    {"inspector", "detective inspector", Group::professional, Line::own, 0.4, 0.1, 32, 58, "DI DCI Insp"},
    {"doctor", "GP", Group::professional, Line::own, 0.5, 0.2, 30, 66, "Dr Dr."},
    {"midwife", "midwife", Group::professional, Line::own, 0.98, 0.15, 24, 62, ""},
    {"nurse", "school nurse", Group::professional, Line::own, 0.85, 0.1, 24, 62, "Sister Nurse Mr Ms"},
    {"chair", "conference chair", Group::professional, Line::own, 0.6, 0.15, 35, 64, ""},
    {"guardian", "guardian", Group::professional, Line::own, 0.65, 0.4, 30, 64, ""},
    {"youthworker", "youth worker", Group::professional, Line::own, 0.5, 0.25, 21, 60, ""},
    {"carer", "foster carer", Group::professional, Line::own, 0.75, 0.7, 30, 66, ""},
    {"keyworker", "key worker", Group::professional, Line::own, 0.55, 0.25, 21, 60, ""},
    {"advocate", "IDVA", Group::professional, Line::own, 0.95, 0.15, 24, 60, ""},
    {"welfare", "education welfare officer", Group::professional, Line::own, 0.7, 0.3, 25, 62, ""},
    {"housing", "housing officer", Group::professional, Line::own, 0.5, 0.1, 22, 62, ""},
    {"counsellor", "counsellor", Group::professional, Line::own, 0.75, 0.2, 27, 64, ""},
    {"solicitor", "solicitor", Group::professional, Line::own, 0.5, 0.05, 25, 64, "Mr Mrs Ms"},
    {"interpreter", "interpreter", Group::professional, Line::own, 0.6, 0.02, 22, 64, "Mr Mrs Ms"},
    {"councillor", "ward councillor", Group::professional, Line::own, 0.5, 0.02, 28, 72, "Cllr Cllr Councillor"},
};

const Role& role_of(std::string_view name) {
  for (const Role& role : roles)
    if (role.name == name) return role;
  throw std::runtime_error("no role `" + std::string(name) + "`: the roles stand in cast.cpp");
}

// Who lives beside whom in British towns, roughly; the family's own tradition is chosen evenly elsewhere.
const std::vector<std::pair<std::string, double>> strangers = {
    {"english", 30}, {"scottish", 4}, {"irish", 5},  {"welsh", 4},           {"polish", 6},        {"romanian", 4},         {"slavic", 3},    {"punjabi_sikh", 5},
    {"pakistani", 8}, {"hindu", 5},    {"tamil", 3},  {"arabic", 4},          {"horn_of_africa", 4}, {"turkish_kurdish", 3}, {"yoruba", 4},    {"igbo", 3},
    {"ghanaian", 4},  {"southern_african", 4}, {"caribbean", 6}, {"chinese", 3}, {"vietnamese", 2}, {"iberian_filipino", 5}, {"traveller_roma", 2}, {"afghan_persian", 3}};

}  // namespace

std::string for_gender(std::string_view word, bool woman) {
  static const std::map<std::string, std::string, std::less<>> pairs = {
      {"he", "she"},           {"him", "her"},       {"his", "her"},         {"himself", "herself"}, {"He", "She"},         {"His", "Her"},
      {"boy", "girl"},         {"man", "woman"},     {"son", "daughter"},    {"brother", "sister"},  {"lad", "lass"},       {"gentleman", "lady"},
      {"grandson", "granddaughter"}, {"nephew", "niece"}, {"husband", "wife"}, {"boyfriend", "girlfriend"}, {"dad", "mum"}, {"uncle", "aunt"},
      {"father", "mother"}, {"stepson", "stepdaughter"}, {"Son", "Daughter"}, {"Boy", "Girl"}, {"HE", "SHE"}, {"HIS", "HER"}, {"HIM", "HER"}, {"fella", "woman"}};
  const auto found = pairs.find(word);
  if (found == pairs.end()) return "";
  return woman ? found->second : found->first;
}

std::string Somebody::full_name() const {
  if (initial_first) return middle.substr(0, 1) + ". " + given;
  const std::string name = middle.empty() ? given : given + " " + middle;
  return family_first ? surname + " " + name : name + " " + surname;
}

std::string Somebody::reversed_name() const {
  return surname + ", " + given + (middle.empty() || initial_first ? "" : " " + middle);
}

std::string Somebody::initials() const {
  std::string made;
  bool begins = true;
  for (const char32_t c : code_points(given + " " + surname)) {
    if (begins && is_letter(c)) made += utf8(upper(c));
    if (c == U'\'' && made.size() > 1) made += "'";  // PO'D
    begins = c == U' ' || c == U'-' || c == U'\'';
  }
  return made;
}

Cast::Cast(const Names& names, Random& random, const Subject& subject, int year)
    : names_(names), random_(random), kind_(subject.kind), year_(year), tradition_(&names.tradition(subject.tradition)) {
  family_ = random_.one_of(tradition_->surnames);
  maiden_ = other_surname(*tradition_);
  chain_father_ = random_.one_of(tradition_->male).name;
  chain_grandfather_ = random_.one_of(tradition_->surnames).man;
  auto& who = at("subject");
  who.listed = true;
}

const Surname& Cast::other_surname(const Tradition& tradition) {
  for (int tries = 0; tries < 20; ++tries) {
    const Surname& found = random_.one_of(tradition.surnames);
    if (found.man != family_.man && found.man != maiden_.man) return found;
  }
  return tradition.surnames.front();
}

// Two people of one first name in one document are a case of their own, left out: the annotation could not say who is meant.
void Cast::give(Somebody& who) {
  const auto& list = who.woman ? who.tradition->female : who.tradition->male;
  for (int tries = 0; tries < 60; ++tries) {
    const Given& given = random_.one_of(list);
    std::vector<std::string> keys = name_parts(given.name);
    std::string nickname;
    if (!given.nicknames.empty() && random_.chance(0.7)) nickname = random_.one_of(given.nicknames);
    for (std::string& key : name_parts(nickname)) keys.push_back(std::move(key));
    const bool clash = std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return taken_.contains(key); });
    if (clash && tries < 59) continue;
    taken_.insert(keys.begin(), keys.end());
    who.given = given.name;
    who.nickname = nickname;
    return;
  }
}

bool Cast::take(const std::string& name) {
  for (const std::string& part : name_parts(name))
    if (!taken_.insert(part).second) return false;
  return true;
}

void Cast::name(Somebody& who, bool of_family, bool mothers_side) {
  give(who);
  const Tradition& tradition = *who.tradition;
  const bool adult = who.age >= 18;
  // A mother bears the family's surname about every second time; her own parents bear hers from before.
  Surname surname = of_family ? family_ : mothers_side ? maiden_ : other_surname(tradition);
  if (who.role == "mother" && random_.chance(0.55)) {
    if (random_.chance(0.25)) who.previous_surname = maiden_.woman;
    surname = family_;
  }
  who.surname = who.woman ? surname.woman : surname.man;
  switch (tradition.structure) {
    case Structure::western:
      if (random_.chance(0.12)) {
        const auto& list = who.woman ? tradition.female : tradition.male;
        const std::string second = random_.one_of(list).name;
        if (second.find(' ') == std::string::npos && take(second)) who.middle = second;
      }
      // Double-barrelled: both parents' names.
      if (of_family && !adult && random_.chance(0.06) && maiden_.man.find_first_of("- ") == std::string::npos && who.surname.find_first_of("- ") == std::string::npos)
        who.surname += "-" + maiden_.man;
      break;
    case Structure::family_first: who.family_first = random_.chance(adult ? 0.6 : 0.3); break;
    case Structure::sikh: {
      const std::string faith_name = who.woman ? "Kaur" : "Singh";
      if (random_.chance(0.45)) who.middle = faith_name;
      else if (random_.chance(0.35)) who.surname = faith_name;
      break;
    }
    case Structure::muslim_south_asian:
      if (who.woman && adult && random_.chance(0.45) && !tradition.women.empty()) who.surname = random_.one_of(tradition.women);
      break;
    case Structure::patronymic_initial:
      who.middle = of_family || mothers_side ? surname.man : who.surname;
      who.initial_first = random_.chance(0.25);
      if (!who.initial_first) who.middle.clear();
      break;
    case Structure::chain: {
      const bool of_the_chain = of_family && who.age < 20;
      const std::string father = of_the_chain ? chain_father_ : random_.one_of(tradition.male).name;
      if (of_the_chain) who.surname = chain_grandfather_;
      if (who.role == "father") {
        who.given = chain_father_;
        who.nickname.clear();
        who.surname = chain_grandfather_;
      } else if (father != who.given && father.find(' ') == std::string::npos && random_.chance(0.6)) {
        who.middle = father;
      }
      break;
    }
    case Structure::arabic:
      if ((who.role == "mother" || who.role == "father") && who.nickname.empty() && random_.chance(0.3)) who.nickname = (who.woman ? "Umm " : "Abu ") + at("subject").given;
      break;
    case Structure::double_surname:
      if (random_.chance(0.4)) {
        const std::string second = other_surname(tradition).man;
        if (second.find(' ') == std::string::npos) who.surname += (random_.chance(0.85) ? " " : "-") + second;
      }
      break;
  }
}

// Of a professional's titles one that fits; a rank fits everybody.
void Cast::choose_title(Somebody& who, std::string_view titles) {
  static const std::vector<std::string> women = {"Mrs", "Ms", "Miss", "Mrs", "Ms"};
  for (int tries = 0; tries < 20 && !titles.empty(); ++tries) {
    const std::string title = random_.one_of(split(titles, ' '));
    const bool of_women = title == "Mrs" || title == "Miss" || title == "Ms" || title == "Sister";
    if ((title == "Mr" && who.woman) || (of_women && !who.woman)) continue;
    who.title = title;
    return;
  }
  who.title = who.woman ? random_.one_of(women) : "Mr";
}

Somebody& Cast::at(const std::string& role) {
  if (const auto found = people_.find(role); found != people_.end()) return *found->second;
  auto made = std::make_unique<Somebody>();
  Somebody& who = *made;
  who.role = role;
  people_.emplace(role, std::move(made));
  order_.push_back(&who);

  if (role == "subject") {
    who.tradition = tradition_;
    who.woman = random_.chance(0.5);
    switch (kind_) {
      case Subject::Kind::baby: who.age = random_.between(0, 2); break;
      case Subject::Kind::child: who.age = random_.between(3, 11); break;
      case Subject::Kind::teenager: who.age = random_.between(12, 17); break;
      case Subject::Kind::adult: who.age = random_.between(19, 64); break;
      case Subject::Kind::elder: who.age = random_.between(66, 94); break;
    }
    who.group = Group::family;
    who.relation = "self";
    name(who, true, false);
    choose_title(who, "");
    return who;
  }

  const Role& rules = role_of(role);
  who.group = rules.group;
  who.relation = std::string(rules.relation);
  who.woman = random_.chance(rules.woman);
  const Somebody& subject = *people_.at("subject");
  if (role == "spouse") {
    who.woman = !subject.woman;
    who.relation = who.woman ? "wife" : "husband";
    who.age = std::max(20, subject.age + random_.between(-6, 6));
  } else if (rules.youngest == 0) {
    who.age = std::max(3, subject.age + random_.between(-2, 2));
  } else {
    who.age = random_.between(rules.youngest, rules.oldest);
  }
  who.listed = random_.chance(rules.listed);
  const bool kin = rules.line != Line::own;
  const bool same = kin ? !(role == "mother" || role == "father") || random_.chance(0.9) : random_.chance(rules.group == Group::professional ? 0.05 : 0.3);
  if (same) {
    who.tradition = tradition_;
  } else {
    std::vector<double> weights;
    for (const auto& [id, weight] : strangers) weights.push_back(weight);
    who.tradition = &names_.tradition(strangers[random_.weighted(weights)].first);
  }
  name(who, rules.line == Line::family && who.tradition == tradition_, rules.line == Line::mothers_side && who.tradition == tradition_);
  choose_title(who, rules.titles);
  return who;
}

}  // namespace gatehouse::invented
