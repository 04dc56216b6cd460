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

void must_be_two_officers(const std::vector<std::string>& officers, std::string_view asks) {
  if (std::string trouble = two_officers_trouble(officers, asks); !trouble.empty()) throw Stop{std::move(trouble)};
}

void must_be_two_officers(const gateway::Settings& settings, const std::vector<std::string>& officers, std::string_view asks) {
  if (officers.size() != 2) must_be_two_officers(officers, asks);
  const auto staff = staff_of(settings);
  std::vector<policy::OfficerAccount> accounts;
  for (const auto& one : staff) accounts.push_back({one.id, one.sign_in, one.name});
  std::vector<std::string> people;
  for (const std::string& typed : officers) people.emplace_back(policy::person_behind(typed, accounts));
  must_be_two_officers(people, asks);
}

}  // namespace gatehouse::cli
