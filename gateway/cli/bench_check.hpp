#pragma once
// Whether an answer of the full-path race is right, whoever gave it: signed and bound to its question, sealed to the partner, with a manifest that
// says so, complete for the four categories and free of the third parties planted in its text. A side that leaks or skips is not faster.
#include <expected>
#include <string>
#include <vector>

#include "gateway/cli/bench_load.hpp"
#include "gateway/cli/bench_material.hpp"

namespace gatehouse::cli::bench {

struct Checked {
  unsigned answers = 0;                    // opened and found right
  unsigned refusals = 0;                   // a replay, a changed signature and a changed body refused
  std::vector<std::string> wrong;          // one line each; empty: right. Never a released value
};

// `public_key`: 32 bytes, signs answers and manifests.
void check_answer(const Material& material, const std::string& public_key, const std::string& request, const Answer& answer, Checked& checked);

// Sends a request that was answered again (401 or 422, never 200), one with a changed signature and one with a changed body (401 each).
void check_refusals(const Material& material, const LoadSettings& settings, const std::string& answered, Checked& checked);

// 32 bytes from a file: base64 on its first line, or an OpenSSH `ssh-ed25519 …` line.
std::expected<std::string, std::string> read_public_key(const std::string& file);

}  // namespace gatehouse::cli::bench
