#pragma once
// Version of this build, for `gatehouse version`, the well-known document and the log.
#include <string>

namespace gatehouse::gateway {

inline constexpr const char* kVersion = "0.1.0";

inline std::string version_text() {
#if defined(__clang__)
  return std::string("gatehouse ") + kVersion + " (clang " + __clang_version__ + ")";
#else
  return std::string("gatehouse ") + kVersion + " (gcc " + __VERSION__ + ")";
#endif
}

}  // namespace gatehouse::gateway
