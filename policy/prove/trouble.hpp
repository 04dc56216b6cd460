#pragma once
// What happens when a proof needs more than it may have. Internal to policy/prove.
namespace gatehouse::policy::proving {

// Ends the process with status 3: BuDDy's table cannot be used after it ran out, and nothing may be taken for proved. One line on standard error.
[[noreturn]] void out_of_bounds(const char* what);

}  // namespace gatehouse::policy::proving
