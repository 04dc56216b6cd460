#pragma once
// What `gatehouse init` and `gatehouse user` share.
#include <string>

#include "policy/decision/case.hpp"

namespace gatehouse::cli {

struct SetUpCode {
  std::string code;   // shown once
  std::string file;   // the text of data/setup_code.json: salted hash and end
  policy::Instant expires{};
};
// Good for 30 minutes; the console's set-up page takes it once.
SetUpCode new_set_up_code();

}  // namespace gatehouse::cli
