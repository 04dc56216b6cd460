#include "tests/documents/names.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "tests/documents/letters.hpp"
#include "tests/documents/random.hpp"

namespace gatehouse::invented {

namespace {

const std::map<std::string, Structure, std::less<>> structures = {
    {"western", Structure::western},       {"family_first", Structure::family_first},
    {"sikh", Structure::sikh},             {"muslim_south_asian", Structure::muslim_south_asian},
    {"chain", Structure::chain},           {"patronymic_initial", Structure::patronymic_initial},
    {"arabic", Structure::arabic},         {"double_surname", Structure::double_surname}};

// Which names belong together, over all traditions. Joins sets and answers with their smallest member.
class Together {
 public:
  const std::string& first_of(const std::string& key) {
    std::string& above = above_.try_emplace(key, key).first->second;
    if (above == key) return above;
    above = first_of(std::string(above));
    return above;
  }
  void join(const std::string& a, const std::string& b) {
    const std::string one = first_of(a), other = first_of(b);
    if (one < other) above_[other] = one;
    else above_[one] = other;
  }

 private:
  std::map<std::string, std::string> above_;
};

Given read_given(const std::string& entry) {
  const auto equals = entry.find(" = ");
  Given given{trim(entry.substr(0, equals)), {}};
  if (equals != std::string::npos) given.nicknames = split(std::string_view(entry).substr(equals + 3), ',');
  return given;
}

Surname read_surname(const std::string& entry) {
  const auto slash = entry.find('/');
  if (slash == std::string::npos) return {entry, entry};
  return {entry.substr(0, slash), entry.substr(slash + 1)};
}

Tradition read_tradition(const std::string& path) {
  Lists lists = read_lists(path);
  Tradition made;
  made.id = std::filesystem::path(path).stem().string();
  if (lists["structure"].size() != 1) throw std::runtime_error(path + ": needs one `structure`");
  made.structure = structures.at(lists["structure"].front());
  made.ethnicities = lists["ethnicity"];
  for (const std::string& entry : lists["female"]) made.female.push_back(read_given(entry));
  for (const std::string& entry : lists["male"]) made.male.push_back(read_given(entry));
  for (const std::string& entry : lists["surnames"]) made.surnames.push_back(read_surname(entry));
  made.women = lists["women"];
  return made;
}

std::vector<std::string> forms(const Given& given) {
  std::vector<std::string> all = {given.name};
  all.insert(all.end(), given.nicknames.begin(), given.nicknames.end());
  return all;
}
std::vector<std::string> forms(const Surname& surname) { return {surname.man, surname.woman}; }
std::vector<std::string> forms(const std::string& name) { return {name}; }

std::vector<std::string> parts_of(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names)
    for (std::string& part : name_parts(name)) all.push_back(std::move(part));
  return all;
}

template <class Entry>
void join_all(Together& together, const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const auto parts = parts_of(forms(entry));
    for (const std::string& part : parts) together.join(parts.front(), part);
  }
}

template <class Entry>
void keep_half(Together& together, std::vector<Entry>& entries, Half half) {
  std::erase_if(entries, [&](const Entry& entry) { return half_of(together.first_of(parts_of(forms(entry)).front())) != half; });
}

}  // namespace

std::vector<std::string> name_parts(std::string_view name) {
  static const std::set<std::string> particles = {"al", "el", "bin", "ben", "abu", "abdel", "ap", "ferch", "ni", "nic", "o", "an", "da", "de", "dos", "dela", "del", "st", "ul"};
  std::vector<std::string> parts;
  std::string current;
  for (const char c : std::string(name) + " ") {
    if (c != ' ' && c != '-') {
      current.push_back(c);
      continue;
    }
    if (std::string key = name_key(current); !key.empty()) parts.push_back(std::move(key));
    current.clear();
  }
  std::vector<std::string> telling;
  std::copy_if(parts.begin(), parts.end(), std::back_inserter(telling),
               [](const std::string& part) { return !particles.contains(part); });
  return telling.empty() ? parts : telling;
}

Names::Names(Half half) {
  for (const std::string& path : files_below(data_path("names"), ".txt")) traditions_.push_back(read_tradition(path));
  Together together;
  for (const Tradition& tradition : traditions_) {
    join_all(together, tradition.female);
    join_all(together, tradition.male);
    join_all(together, tradition.surnames);
  }
  for (Tradition& tradition : traditions_) {
    keep_half(together, tradition.female, half);
    keep_half(together, tradition.male, half);
    keep_half(together, tradition.surnames, half);
    keep_half(together, tradition.women, half);
    if (tradition.female.size() < 5 || tradition.male.size() < 5 || tradition.surnames.size() < 8)
      throw std::runtime_error(tradition.id + ": too few names in the half " + std::string(word(half)));
  }
}

const Tradition& Names::tradition(std::string_view id) const {
  for (const Tradition& tradition : traditions_)
    if (tradition.id == id) return tradition;
  throw std::out_of_range("no tradition " + std::string(id));
}

}  // namespace gatehouse::invented
