#pragma once
// The people who work here, as far as Gatehouse must know them: who may sign in, in which roles, who covers for whom; their sessions and what they
// had written when a session ended. Called from any strand; arguments by value; errors as in store.hpp.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::policy {

enum class StaffState : std::uint8_t {
  invited,    // has a one-time code to join with, and nothing else
  enrolling,  // has a password; the authenticator app is not proved yet
  active,
  closed,     // may never sign in again; the name stays for the log's sake
};
template <>
struct Words<StaffState> {
  static constexpr std::array<std::string_view, 4> list = {"invited", "enrolling", "active", "closed"};
};

struct StaffMember {
  std::string id;                     // ours, opaque: in addresses and in the log, where a name never is
  std::uint64_t version = 0;          // 0: not stored yet
  StaffState state = StaffState::invited;
  std::string name, sign_in;          // the name shown to colleagues; what is typed to sign in, lower case
  std::vector<Role> roles;
  std::string password_hash;          // Argon2id
  std::string code_secret;            // of the authenticator app, bytes
  std::int64_t code_used = 0;         // the last step whose code was taken
  std::vector<std::string> recovery;  // SHA-256, hex, of each printed code that is left
  std::string join_sha256;            // of the one-time code to join with; empty: none
  Instant join_until{};
  std::optional<Date> training_until;
  std::optional<Date> away_from, away_to;  // both days included
  std::string covered_by;             // id of who answers meanwhile
  bool has(Role role) const {
    for (const Role one : roles)
      if (one == role) return true;
    return false;
  }
};

struct StaffSession {
  std::string staff;
  Instant made{}, seen{};
};

// Goes on the log with a change: who did what.
struct StaffNote {
  std::string by;                     // a staff id, or `operator` at the command line
  std::string what;                   // a word: `invited`, `signed_in`, …
  Instant at{};
};

class StaffBook {
 public:
  virtual ~StaffBook() = default;
  virtual boost::asio::awaitable<std::expected<std::vector<StaffMember>, StoreError>> staff() = 0;
  virtual boost::asio::awaitable<std::expected<std::optional<StaffMember>, StoreError>> staff_member(std::string id) = 0;
  virtual boost::asio::awaitable<std::expected<std::optional<StaffMember>, StoreError>> staff_by_sign_in(std::string sign_in) = 0;
  // Adds a member (version 0) or replaces the version given, and logs it in the same transaction; `end_sessions` also ends all the member's sessions.
  // False: another change was faster, or the sign-in name is taken; nothing was written.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> put_staff(StaffMember member, StaffNote note, bool end_sessions) = 0;
  // Tokens are stored as keyed hashes only.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> open_session(std::string token, StaffSession session) = 0;
  virtual boost::asio::awaitable<std::expected<std::optional<StaffSession>, StoreError>> session(std::string token) = 0;
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> touch_session(std::string token, Instant at) = 0;
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> end_session(std::string token) = 0;
  // What somebody had written on a page; one draft for each member and page. Empty words take it away.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> keep_draft(std::string staff, std::string page, std::string words, Instant at) = 0;
  virtual boost::asio::awaitable<std::expected<std::string, StoreError>> draft(std::string staff, std::string page) = 0;
};

}  // namespace gatehouse::policy
