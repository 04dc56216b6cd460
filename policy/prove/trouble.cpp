#include "policy/prove/trouble.hpp"

#include <cstdio>
#include <cstdlib>

namespace gatehouse::policy::proving {

void out_of_bounds(const char* what) {
  std::fprintf(stderr, "gatehouse: the proof stopped: %s; a policy of some dozens of rules needs far less, so look for rules that name everything\n", what);
  std::_Exit(3);
}

}  // namespace gatehouse::policy::proving
