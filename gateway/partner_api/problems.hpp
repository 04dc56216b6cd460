#pragma once
// The partner API's refusals, from the table of gateway/http/problem.hpp. What depends on the request alone, and nothing else, may be one of these.
#include <string>

#include "gateway/http/problem.hpp"
#include "policy/error.hpp"

namespace gatehouse::gateway {

// What a strict reader of a body found.
Problem problem_of(const policy::Error& error);

// 503: nothing was released, try again soon.
Problem unavailable();

}  // namespace gatehouse::gateway
