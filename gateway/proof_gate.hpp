#pragma once
// No pack serves that is not proved. The proof runs as a child process (BuDDy has one table for the whole process and ends it on trouble), with a limit of
// time and of memory, and what it found is remembered: a start with packs that were proved before takes no second.
//
// Remembered is under a key of the installation: who may write the file but does not hold the keys can make a proof be made again, never be skipped. What
// counts is the pack's text, the reference data it is read against, and the program that proves: another of these is another proof.
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/secret_bytes.hpp"

namespace gatehouse::gateway {

struct Policies;
struct Settings;

struct ProofLimits {
  std::chrono::milliseconds time{60'000};
  std::size_t memory_bytes = std::size_t{1} << 30;  // of address space; not set where a sanitizer needs more than any limit
};

class ProofGate {
 public:
  // `program`: what is run as `PROGRAM policy prove --json --config-dir DIR PACK`; for a server itself. `memory`: file of what was proved; empty: nothing
  // is remembered.
  ProofGate(std::string program, std::string memory, crypto::SecretBytes key, ProofLimits limits = {});

  // Empty: every claim holds for the pack in hand. Else one line: which pack, which claim, what to do. Blocks for as long as the proof takes; one call at
  // a time. Never throws: what cannot be proved is not proved.
  std::string trouble(const Settings& settings, const Policies& policies) const;

 private:
  std::string mark(const Policies& policies) const;
  bool remembered(const std::string& mark) const;
  void remember(const std::string& mark) const;

  std::string program_, memory_;
  crypto::SecretBytes key_;
  ProofLimits limits_;
};

// A child process with nothing but standard input from nowhere and its output to us. REQUIRES: `arguments` is not empty; the first is a path.
struct ChildRan {
  int code = -1;             // exit status; -1: it did not end by itself
  bool late = false;         // ended because its time was over
  int signal = 0;
  std::string out, err;      // the first 4 MiB and 64 KiB
};
ChildRan run_child(const std::vector<std::string>& arguments, const ProofLimits& limits);

// The same pack kept beside the database under its hash: what two people approved goes on serving whatever happens to the file the settings name.
std::string kept_pack_file(const Settings& settings, std::string_view sha256);
// Empty: it is there (now, or was). Else one line.
std::string keep_pack(const Settings& settings, std::string_view text);

}  // namespace gatehouse::gateway
