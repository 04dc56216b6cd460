#pragma once
// Reads a closed store's database file as an auditor would, and says what does not hold.
#include <cstdint>
#include <set>
#include <string>

namespace gatehouse::tests {

// Empty when everything holds: the log has no gap and hashes right, the head points behind it, and every request has its decision, every decision its
// entry, every release its package or its end, each in the log.
std::string inconsistency(const std::string& folder);
std::set<std::string> requests_in(const std::string& folder);
// Under whom the rows of a file of figures stand.
std::set<std::int64_t> children_in_figures(const std::string& file);
// One number from one row.
long long number(const std::string& folder, const std::string& sql);

}  // namespace gatehouse::tests
