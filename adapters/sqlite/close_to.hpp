#pragma once
// Which requests somebody who works here must see nothing of: those about a person they are family of, or a danger to, by the names on that person's file (02,
// conflict of interest). The names on files are hashed one by one, so every file is asked; the answer is kept until a name on some file changes.
// Any thread. Throws DatabaseFault.
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/keyring.hpp"

namespace gatehouse::adapters {

class CloseTo {
 public:
  explicit CloseTo(Keyring& keys) : keys_(keys) {}
  // As a JSON list of row numbers, for json_each(); `[]` for nothing, and for an empty name: nobody looks.
  std::string requests(Database& database, const std::string& name);

 private:
  std::vector<std::int64_t> people(Database& database, const Index& index, const std::string& name) const;

  struct Known {
    std::int64_t state = 0;  // of all names on all files, when it was worked out
    std::vector<std::int64_t> people;
  };
  Keyring& keys_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace gatehouse::adapters
