#pragma once
// What a witness remembers: of each log the last checkpoint it cosigned, one file each, replaced durably. One process at a time (a lock file sees to
// it). Not more than one thread at a time: reading the last, judging and keeping the next are one step of the caller's.
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/durable/disk.hpp"

namespace gatehouse::adapters {

class WitnessMemory {
 public:
  // Makes the folder when it is not there. One line when it cannot be used.
  static std::expected<WitnessMemory, std::string> open(std::string folder, Disk& disk = real_disk());
  WitnessMemory(WitnessMemory&&) noexcept;
  WitnessMemory& operator=(WitnessMemory&&) noexcept;
  ~WitnessMemory();

  // The note kept last for this origin; nothing when none ever was. Whose signatures it carries is for the caller to check.
  std::expected<std::optional<std::string>, std::string> last(std::string_view origin) const;
  // Durable when it returns. After an error nobody knows what the disk holds: everything fails until another process opens the folder.
  std::expected<void, std::string> keep(std::string_view origin, std::string_view note);
  // Evidence that a log signed what does not fit, beside the rest: at most 100 files. Its loss changes no answer.
  void keep_evidence(std::string_view origin, std::string_view note);

 private:
  struct Impl;
  explicit WitnessMemory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
