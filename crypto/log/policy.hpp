#pragma once
// Whom one trusts to have seen a log: logs, witnesses, and which of them must have cosigned a checkpoint (https://c2sp.org/tlog-policy). A verifier
// gets this from somebody other than the log. Pure, any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/cosignature.hpp"

namespace gatehouse::crypto::log {

class WitnessPolicy {
 public:
  WitnessPolicy() = default;             // no log, no witness, `quorum none`

  // The text of a policy file. At most 64 KiB, 64 logs, 64 witnesses and 64 groups. `where` of an error names the line.
  static std::expected<WitnessPolicy, Error> parse(std::string_view text);
  // At least `wanted` of these. An error when it wants more than there are, or two have one key.
  static std::expected<WitnessPolicy, Error> threshold(std::vector<WitnessKey> witnesses, std::size_t wanted);
  void add_log(VerifierKey key, std::string url = {});

  const std::vector<VerifierKey>& logs() const { return logs_; }
  const std::vector<std::string>& log_urls() const { return log_urls_; }         // as many; may be empty texts
  const std::vector<WitnessKey>& witnesses() const { return witnesses_; }
  const std::vector<std::string>& witness_urls() const { return witness_urls_; }
  bool satisfied(const std::vector<Cosignature>& cosigned) const;
  std::size_t wanted() const;                                                     // the fewest witnesses that can satisfy it
  std::string text() const;                                                       // a policy file that says the same


 private:
  struct Node {
    std::string name;
    std::size_t witness = 0;             // of a leaf
    std::size_t threshold = 0;           // of a group; 0: a leaf
    std::vector<std::size_t> members;
  };
  std::vector<VerifierKey> logs_;
  std::vector<WitnessKey> witnesses_;
  std::vector<std::string> log_urls_, witness_urls_;
  std::vector<Node> nodes_;
  bool none_ = true;
  std::size_t quorum_ = 0;               // a node, unless none_
};

// A checkpoint that is signed by the log and cosigned as the policy wants. `quorum_missing`: by too few.
struct WitnessedCheckpoint {
  Checkpoint checkpoint;
  std::vector<Cosignature> cosigned;     // places in policy.witnesses()
};
std::expected<WitnessedCheckpoint, Error> open_checkpoint(std::string_view note, const VerifierKey& log_key, const WitnessPolicy& policy);

// A proof file whose checkpoint is cosigned as the policy wants. `entry`: as for the same without a policy.
struct WitnessedProof {
  CheckedProof proof;
  std::vector<Cosignature> cosigned;     // places in policy.witnesses()
};
std::expected<WitnessedProof, Error> check_proof_file(std::string_view file, const VerifierKey& log_key, const WitnessPolicy& policy, std::string_view entry);

}  // namespace gatehouse::crypto::log
