#pragma once
// A small file that holds a key, read straight into locked memory: no copy of it stays in a buffer of ours.
#include <cstddef>
#include <expected>
#include <string>

#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

// The whole file, 1 to `longest` bytes. An error is one line: what, where, remedy. What is no plain file is refused.
std::expected<crypto::SecretBytes, std::string> read_secret_file(const std::string& path, std::size_t longest = 4096);

}  // namespace gatehouse::adapters
