#pragma once
// The people who work here, in memory.
#include <map>
#include <set>

#include "policy/ports/staff.hpp"

namespace gatehouse::fakes {

class FakeStaff : public policy::StaffBook {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<std::expected<T, policy::StoreError>>;
  Answer<std::vector<policy::StaffMember>> staff() override {
    if (down) co_return std::unexpected(policy::StoreError::unavailable);
    std::vector<policy::StaffMember> out;
    for (const auto& [id, member] : members) out.push_back(member);
    co_return out;
  }
  Answer<std::optional<policy::StaffMember>> staff_member(std::string id) override {
    if (down) co_return std::unexpected(policy::StoreError::unavailable);
    const auto found = members.find(id);
    co_return found == members.end() ? std::nullopt : std::optional(found->second);
  }
  Answer<std::optional<policy::StaffMember>> staff_by_sign_in(std::string sign_in) override {
    if (down) co_return std::unexpected(policy::StoreError::unavailable);
    for (const auto& [id, member] : members)
      if (member.sign_in == sign_in) co_return member;
    co_return std::nullopt;
  }
  Answer<bool> put_staff(policy::StaffMember member, policy::StaffNote note, bool end_sessions) override {
    if (down) co_return std::unexpected(policy::StoreError::unavailable);
    for (const auto& [id, other] : members)
      if (other.sign_in == member.sign_in && id != member.id) co_return false;
    const auto found = members.find(member.id);
    if (member.version != (found == members.end() ? 0 : found->second.version)) co_return false;
    ++member.version;
    if (end_sessions) std::erase_if(sessions, [&](const auto& one) { return one.second.staff == member.id; });
    notes.push_back(note);
    members[member.id] = std::move(member);
    co_return true;
  }
  Answer<bool> open_session(std::string token, policy::StaffSession session) override {
    if (down) co_return std::unexpected(policy::StoreError::unavailable);
    co_return sessions.emplace(std::move(token), std::move(session)).second;
  }
  Answer<std::optional<policy::StaffSession>> session(std::string token) override {
    if (down) co_return std::unexpected(policy::StoreError::unavailable);
    const auto found = sessions.find(token);
    co_return found == sessions.end() ? std::nullopt : std::optional(found->second);
  }
  Answer<bool> touch_session(std::string token, policy::Instant at) override {
    const auto found = sessions.find(token);
    if (found == sessions.end()) co_return false;
    found->second.seen = at;
    co_return true;
  }
  Answer<bool> end_session(std::string token) override { co_return sessions.erase(token) == 1; }
  Answer<bool> keep_draft(std::string staff, std::string page, std::string words, policy::Instant) override {
    if (words.empty())
      drafts.erase({staff, page});
    else
      drafts[{staff, page}] = std::move(words);
    co_return true;
  }
  Answer<std::string> draft(std::string staff, std::string page) override {
    const auto found = drafts.find({staff, page});
    co_return found == drafts.end() ? std::string() : found->second;
  }

  bool down = false;
  std::map<std::string, policy::StaffMember> members;
  std::map<std::string, policy::StaffSession> sessions;
  std::map<std::pair<std::string, std::string>, std::string> drafts;
  std::vector<policy::StaffNote> notes;
};

}  // namespace gatehouse::fakes
