#pragma once
// `gatehouse redact` apart from its options, so that a test can drive it.
#include <iosfwd>

namespace gatehouse::cli {

// One JSON document per line in, one line per line out, in the same order; blank lines are passed over. A line that cannot be read or
// redacted gives `{"id", "error": {"path", "message", "allowed"}}` in its place and one line on `errors`; the rest goes on. Lines with the
// same `bundle` are one release: they share labels. Returns 0 when every line was processed (blocked or not), else 1.
int redact_lines(std::istream& in, std::ostream& out, std::ostream& errors);

}  // namespace gatehouse::cli
