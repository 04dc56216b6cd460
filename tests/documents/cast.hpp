#pragma once
// The people of one document: who they are to the child or adult it is about, what they are called, and what may be known of them.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/documents/names.hpp"
#include "tests/documents/random.hpp"

namespace gatehouse::invented {

enum class Group { family, other, professional };

struct Somebody {
  std::string role;  // as templates write it: `mother`, `friend2`
  const Tradition* tradition = nullptr;
  bool woman = false;
  int age = 30;
  std::string given, middle, surname, nickname, previous_surname, title;
  bool family_first = false;
  bool initial_first = false;  // `S. Kavitha`
  Group group = Group::other;
  std::string relation;        // as case files write it
  bool listed = false;         // in the case file
  bool kept = false;           // released to this recipient
  bool informant = false;      // hidden whatever is released
  std::map<std::string, std::string> facts;    // phone, address, …: made when first asked for, the same ever after
  std::vector<std::string> used_identifiers;   // as the case file would hold them
  bool nickname_used = false;

  std::string full_name() const;
  std::string reversed_name() const;  // `Nowak, Kacper`
  std::string initials() const;
};

struct Subject {
  enum class Kind { baby, child, teenager, adult, elder } kind = Kind::child;
  std::string tradition;  // id
};

// One per document. Roles come into being when the text first names them. REQUIRES: `names` and `random` outlive it.
class Cast {
 public:
  Cast(const Names& names, Random& random, const Subject& subject, int year);

  Somebody& at(const std::string& role);  // throws std::runtime_error for a role that roles.cpp does not know
  bool has(const std::string& role) const { return people_.contains(role); }
  const std::vector<Somebody*>& in_order() const { return order_; }
  Subject::Kind kind() const { return kind_; }
  int year() const { return year_; }

 private:
  void name(Somebody& who, bool of_family, bool mothers_side);
  void give(Somebody& who);
  bool take(const std::string& name);  // false: somebody has that first name already
  void choose_title(Somebody& who, std::string_view titles);
  const Surname& other_surname(const Tradition& tradition);

  const Names& names_;
  Random& random_;
  Subject::Kind kind_;
  int year_;
  const Tradition* tradition_;
  Surname family_, maiden_;
  std::string chain_father_, chain_grandfather_;
  std::map<std::string, std::unique_ptr<Somebody>> people_;
  std::vector<Somebody*> order_;
  std::set<std::string> taken_;  // parts of first names
};

// What a template may say of a role: `boy` → girl for a woman, `he` → she. Empty for a word that does not change.
std::string for_gender(std::string_view word, bool woman);

}  // namespace gatehouse::invented
