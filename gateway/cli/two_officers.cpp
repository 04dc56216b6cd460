#include "gateway/cli/two_officers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "adapters/sqlite/sqlite_store.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/wait_for.hpp"
#include "policy/officers/two_people.hpp"
#include "policy/ports/staff.hpp"

namespace gatehouse::cli {
namespace {

// Also of accounts that are closed: whoever had one is still the same person.
std::vector<policy::StaffMember> staff_of(const gateway::Settings& settings) {
  boost::asio::io_context io;  // outlives the store, which posts to it
  auto store = adapters::SqliteStore::open(sqlite_of(settings), [](const std::string&) {});
  if (!store) throw Stop{store.error(), 1};
  return wait_for(io, (*store)->staff());
}

}  // namespace

std::string two_officers_trouble(const std::vector<std::string>& officers, std::string_view asks) {
  if (officers.size() != 2) return std::string(asks) + "; give the option twice, with the full name of one of them each";
  const std::string why = policy::why_not_two_people(officers[0], officers[1]);
  return why.empty() ? std::string() : std::string(asks) + "; " + why;
}

std::vector<std::string> must_be_two_officers(const gateway::Settings& settings, const std::vector<std::string>& officers, std::string_view asks) {
  std::vector<policy::StaffMember> staff;
  if (officers.size() == 2) staff = staff_of(settings);
  std::vector<policy::OfficerAccount> accounts;
  for (const auto& one : staff) accounts.push_back({one.id, one.sign_in, one.name});
  std::vector<std::string> people, written;
  for (const std::string& typed : officers) {
    const std::string_view person = policy::person_behind(typed, accounts);
    people.emplace_back(person);
    written.push_back(typed);
    for (const auto& account : accounts)
      if (person.data() == account.name.data()) written.back() = std::string(account.name) + " (" + std::string(account.id) + ")";
  }
  if (std::string trouble = two_officers_trouble(people, asks); !trouble.empty()) throw Stop{std::move(trouble)};
  return written;
}

}  // namespace gatehouse::cli
