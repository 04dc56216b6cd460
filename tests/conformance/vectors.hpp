#pragma once
// The published test vectors, which are not part of this repository: a folder named by GATEHOUSE_SHARED, or ../shared beside the source.
// Without it these tests are skipped, and say so.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
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

inline std::string read_file(const std::filesystem::path& path) {
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
