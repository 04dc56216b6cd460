#pragma once
// Rotation, escrow and state of an installation's keys, beside gateways that serve. Blocking; one at a time for one key store (a lock says so); one thread.
// Everything may be killed at any moment and said again: it goes on where it was. Every change is a `key` entry of the log.
//   KEK           a fresh one is made and read by every process before one is switched to; then every wrapped key is wrapped again, and after the
//                 horizon of the backups the old one is destroyed with its provider
//   release       the next signing key is published beside the present one before it signs, the old one afterwards until `until`
//   audit         seals what staff did; what was sealed before is opened with the earlier versions, which stay as long as the log does
//   index         what people, staff and calls are found by is hashed again under a new key, row by row, without reading anything; the keys of before stay,
//                 because the new one hashes what they gave (decisions/0003-a-chain-of-index-keys.md)
//   data keys     a person gets a new one and everything stored about them is sealed again; earlier versions open the log's details alone
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/settings.hpp"
#include "crypto/age.hpp"
#include "crypto/escrow.hpp"
#include "policy/decision/case.hpp"

namespace gatehouse::adapters {

struct KeyStatus {
  struct Kek {
    unsigned number = 0;
    std::string provider, state;
    std::int64_t made_at = 0, current_at = 0, retired_at = 0;   // seconds since 1970; 0: not yet
    std::uint64_t wraps = 0;                                    // keys, of people and of the installation
    bool in_escrow = false;
  };
  struct Key {
    std::string name, label, state;                             // audit | blind_index | release; next | current | old
    std::int64_t current_at = 0, until = 0;
  };
  std::vector<Kek> keks;
  std::vector<Key> keys;
  std::uint64_t people = 0;                                     // with a data key
  // What stands under an older version of the index key than the one in use, no rotation being under way, as after an older copy was restored. `rotate index` mends it.
  struct Behind {
    std::string file;
    unsigned version = 0, current = 0;
  };
  std::vector<Behind> behind;
  std::vector<std::string> troubles;                            // one line each: a file of figures that cannot be looked at, or is of another rotation
  std::vector<std::string> unfinished;                          // rotations that were interrupted: say them again
  std::optional<crypto::age::Recipient> escrow;
  unsigned escrow_threshold = 0, escrow_count = 0;
  std::int64_t escrow_checked_at = 0;                           // when shares last opened it
};

struct KeyAdminSettings {
  std::string by;                                 // who does it, for the log's staff part
  std::int64_t backup_days = 30;                  // backups of the key store are kept for so long
  std::int64_t overlap_days = 30;                 // an old signing key is published for so long
  std::int64_t notice_days = 7;                   // the next signing key is published for so long before it signs
  std::int64_t patience_seconds = 30;             // for other processes to take a key up
  std::function<std::int64_t()> now;              // seconds since 1970; empty: the system's clock
  std::function<void(const std::string&)> say;    // one line of progress; may be empty
  unsigned rows_at_once = 200;                    // index: turned over in one transaction; a serving gateway waits for milliseconds
  std::function<bool()> go_on;                    // index: asked before each of them; false ends the run there, as if it was killed. May be empty
};

class KeyAdmin {
 public:
  static std::expected<KeyAdmin, std::string> open(const SqliteSettings& settings, KeyAdminSettings how);
  KeyAdmin(KeyAdmin&&) noexcept;
  KeyAdmin& operator=(KeyAdmin&&) noexcept;
  ~KeyAdmin();

  std::expected<KeyStatus, std::string> status();

  // Gives how many keys were wrapped again.
  std::expected<std::uint64_t, std::string> rotate_kek();
  // `at_once`: the present key is suspected; the next one signs now, and the old one is published no more.
  std::expected<std::string, std::string> rotate_release(bool at_once);    // the new keyid
  std::expected<void, std::string> rotate_audit();
  // Gives how many values were turned over by this run.
  std::expected<std::uint64_t, std::string> rotate_index();
  std::expected<void, std::string> rotate_person(const std::string& ref);
  std::expected<std::uint64_t, std::string> rotate_people();               // everybody; gives how many
  // Destroys KEKs that were retired before every backup that is kept, and withdraws signing keys whose time is over.
  struct Swept {
    std::vector<std::string> destroyed;     // one line for each
    std::string still_held;                 // one line where a reader keeps what was destroyed in the write-ahead log: said again, it is tried again
  };
  std::expected<Swept, std::string> sweep();

  // A fresh escrow in place of the one there may be: seals every KEK in use, and `others` (files: name, content) to it. Its shares are given away and kept
  // nowhere.
  struct File {
    std::string name;
    std::string path;
  };
  std::expected<std::vector<crypto::EscrowShare>, std::string> make_escrow(unsigned threshold, unsigned count, const std::vector<File>& others);
  // That these shares open everything that is in escrow, and that it is what is in use. Nothing is written but the date and the log.
  std::expected<std::size_t, std::string> check_escrow(const std::vector<crypto::EscrowShare>& shares);

 private:
  struct Impl;
  explicit KeyAdmin(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// On a machine whose providers lost the KEKs (a board that died): gives every KEK in escrow to the provider the settings name. Needs the key store and shares,
// nothing else, and refuses while the present KEK can be opened. Files are written back where `others` says and nothing is. Gives one line for each.
std::expected<std::vector<std::string>, std::string> restore_from_escrow(const SqliteSettings& settings, const std::vector<crypto::EscrowShare>& shares,
                                                                         const std::vector<KeyAdmin::File>& others);

}  // namespace gatehouse::adapters
