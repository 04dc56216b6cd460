#pragma once
// The published test vectors, which are not part of this repository: a folder named by GATEHOUSE_SHARED, or ../shared beside the source.
// Without it these tests are skipped, and say so.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/where/where.hpp"

namespace gatehouse::conformance {

inline std::filesystem::path shared_folder() {
  if (const char* set = std::getenv("GATEHOUSE_SHARED"); set != nullptr && *set != '\0') return set;
  return std::filesystem::path(::gatehouse::test::source_dir()).parent_path() / "shared";
}

inline std::optional<std::filesystem::path> vectors(const std::string& suite) {
  const auto folder = shared_folder() / "vectors" / suite;
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return std::nullopt;
  return folder;
}

// What was read of the vectors, and how many cases of each file were judged: said at the end of a whole run, which fails when a file was left lying
// without a word (main_start.cpp).
inline std::map<std::string, std::size_t>& cases_read() {
  static std::map<std::string, std::size_t> all;
  return all;
}
inline void count_case(const std::filesystem::path& path, std::size_t cases = 1) { cases_read()[path.string()] += cases; }

inline std::string read_file(const std::filesystem::path& path) {
  cases_read()[path.string()];
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::vector<std::filesystem::path> files_under(const std::filesystem::path& folder, const std::string& extension = "") {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && (extension.empty() || entry.path().extension() == extension)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): GTEST_SKIP returns from the test itself
#define VECTORS_OR_SKIP(name, suite)                                                                            \
  const auto name##_found = gatehouse::conformance::vectors(suite);                                             \
  if (!name##_found) GTEST_SKIP() << "the vectors `" suite "` are not on this machine: set GATEHOUSE_SHARED";   \
  const std::filesystem::path& name = *name##_found

}  // namespace gatehouse::conformance
