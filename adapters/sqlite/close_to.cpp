#include "adapters/sqlite/close_to.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "adapters/sqlite/identifiers.hpp"
#include "adapters/sqlite/words.hpp"

namespace gatehouse::adapters {

namespace {

constexpr std::size_t kMostNames = 1000;  // members of staff that are remembered at once

std::string json_list(const std::vector<std::int64_t>& numbers) {
  std::string out = "[";
  for (const std::int64_t one : numbers) out += (out.size() > 1 ? "," : "") + std::to_string(one);
  return out + "]";
}

}  // namespace

std::vector<std::int64_t> CloseTo::people(Database& database, const Index& index, const std::string& name) const {
  std::vector<std::int64_t> out;
  const WorkerName worker = worker_name(name);
  std::int64_t person = -1;
  std::vector<std::pair<std::string, bool>> theirs;  // the hashes of that name on this person's file; whether it is an initial and the surname
  Statement all(database.handle(), "SELECT person, token, initial_only FROM relation_token ORDER BY person");
  auto rows = all.select();
  while (rows.next()) {
    if (rows.integer(0) != person) {
      person = rows.integer(0);
      theirs.clear();
      for (const WorkerToken& one : worker_words(person, worker))
        for (std::string& form : index.to_find(first_index(keys_, one.words))) theirs.emplace_back(std::move(form), one.initial);
    }
    const auto token = rows.blob(1);
    const bool close = std::any_of(theirs.begin(), theirs.end(), [&](const auto& one) {
      return one.first == token && same_worker(one.second, worker, rows.integer(2) != 0);
    });
    if (close && (out.empty() || out.back() != person)) out.push_back(person);
  }
  return out;
}

std::string CloseTo::requests(Database& database, const std::string& name) {
  if (name.empty()) return "[]";
  // One view: while the index key changes, names and requests stand under the present key or the one before.
  const Transaction one_view(database, "BEGIN");
  Index index(database, keys_);
  index.look();
  std::int64_t state = 0;
  {
    Statement number(database.handle(), "SELECT n FROM counter WHERE name = 'relations'");
    auto rows = number.select();
    if (!rows.next()) throw DatabaseFault(0, "database: counter: the one of names on files is missing");
    state = rows.integer(0);
  }
  std::vector<std::int64_t> close;
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(name);
    fresh = found != known_.end() && found->second.state == state;
    if (fresh) close = found->second.people;
  }
  if (!fresh) {
    close = people(database, index, name);
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMostNames) known_.clear();
    known_[name] = {state, close};
  }
  if (close.empty()) return "[]";
  const std::string people_of_theirs = json_list(close);
  std::vector<std::int64_t> out;
  Statement about(database.handle(), "SELECT seq FROM request WHERE person IN (SELECT value FROM json_each(?1)) UNION "
                                     "SELECT request FROM request_candidate WHERE person IN (SELECT value FROM json_each(?1)) UNION "
                                     "SELECT l.request FROM identifier i JOIN request_look l ON l.token = i.token WHERE i.person IN (SELECT value FROM json_each(?1))");
  {
    auto rows = about.select(people_of_theirs);
    while (rows.next()) out.push_back(rows.integer(0));
  }
  if (index.turning()) {
    // A number that was looked up and the same number on a file may stand under two keys: both as they will be written.
    std::set<std::string> theirs;
    Statement numbers(database.handle(), "SELECT token FROM identifier WHERE person IN (SELECT value FROM json_each(?))");
    auto known = numbers.select(people_of_theirs);
    while (known.next()) theirs.insert(index.turned(known.blob(0)));
    Statement looks(database.handle(), "SELECT token, request FROM request_look");
    auto looked = looks.select();
    while (looked.next())
      if (theirs.contains(index.turned(looked.blob(0)))) out.push_back(looked.integer(1));
  }
  return json_list(out);
}

}  // namespace gatehouse::adapters
