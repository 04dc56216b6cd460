#pragma once
// Shows checkpoints to witnesses over HTTPS and gathers their cosignatures (c2sp.org/tlog-witness). Blocks its caller for a bounded time; a witness
// that is slow is left to finish and asked again later, one that fails less and less often. One thread.
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keys.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/policy.hpp"

namespace gatehouse::adapters {

struct WitnessPlace {
  crypto::log::WitnessKey key;
  std::string url;                       // `https://witness.example.org/prefix`: `/add-checkpoint` is below it
  std::string pin, authority_file;       // whom to trust there; neither: the system's authorities
};

// The file with the certificate authorities of this system; empty when there is none.
std::string system_authorities();

class Cosigners {
 public:
  // Throws std::runtime_error with one line when a place cannot be used. `wanted`: how many must have cosigned.
  Cosigners(std::vector<WitnessPlace> places, std::size_t wanted, crypto::log::VerifierKey log_key);
  ~Cosigners();
  Cosigners(const Cosigners&) = delete;
  Cosigners& operator=(const Cosigners&) = delete;

  struct Standing {
    std::string name;
    std::uint64_t size = 0;              // of the last tree it cosigned for us, as far as this process knows
    std::int64_t at = 0;                 // when, by its clock
    std::string trouble;                 // one line; empty while all is well
  };
  struct Shown {
    std::string note;                    // with the cosignatures that came
    bool enough = false;                 // as many as wanted
    std::string set_back;                // not empty: a witness proved that this log signed a larger tree before
  };
  using Consistency = std::function<std::expected<std::vector<crypto::Digest>, std::string>(std::uint64_t old_size, std::uint64_t size)>;
  // Returns when all have answered, or half a second after enough have, or after five seconds.
  Shown show(const std::string& note, const crypto::log::Checkpoint& checkpoint, const Consistency& consistency);
  std::vector<Standing> standings() const;

  // The largest tree of the log that the witnesses can show, signed by the log. Enough must answer that at least one of any `wanted` is among them
  // (all when none is wanted); else the error says who did not.
  std::expected<std::optional<crypto::log::Checkpoint>, std::string> largest_seen();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
