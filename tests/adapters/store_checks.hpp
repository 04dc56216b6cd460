#pragma once
// Reads a closed store's database file as an auditor would, and says what does not hold.
#include <set>
#include <string>

namespace gatehouse::tests {

// Empty when everything holds: the log has no gap and hashes right, the head points behind it, and every request has its decision, every decision its
// entry, every release its package or its end, each in the log.
std::string inconsistency(const std::string& folder);
std::set<std::string> requests_in(const std::string& folder);
// One number from one row.
long long number(const std::string& folder, const std::string& sql);

}  // namespace gatehouse::tests
