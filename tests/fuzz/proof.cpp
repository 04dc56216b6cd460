// Inclusion and consistency proofs as anybody may write them: two sizes, two indexes and hashes. Against a tree of known leaves nothing is proved that is
// not so.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "crypto/log/tree.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

constexpr std::uint64_t kLeaves = 70;

const std::vector<Digest>& leaves() {
  static const std::vector<Digest> made = [] {
    if (!start()) std::abort();
    std::vector<Digest> out;
    for (std::uint64_t i = 0; i < kLeaves; ++i) out.push_back(log::leaf_hash("entry " + std::to_string(i)));
    return out;
  }();
  return made;
}
const Digest& root_of(std::uint64_t size) {
  static const std::vector<Digest> made = [] {
    std::vector<Digest> out = {log::empty_root()};
    for (std::uint64_t i = 1; i <= kLeaves; ++i) out.push_back(log::tree_root({leaves().begin(), leaves().begin() + static_cast<std::ptrdiff_t>(i)}));
    return out;
  }();
  return made[size];
}

}  // namespace

// Two bytes index and leaf, two bytes sizes, then a byte for each hash: which one it is of those that occur in the tree, so that chance comes near.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::uint64_t index = data[0] % kLeaves, leaf = data[1] % kLeaves;
  const std::uint64_t a = data[2] % (kLeaves + 1), b = data[3] % (kLeaves + 1);
  const log::SubtreeHash hash = [](int level, std::uint64_t at) -> std::expected<Digest, Error> {
    const std::uint64_t from = at << level, to = (at + 1) << level;
    if (to > kLeaves) return std::unexpected(Error{"none", "", "", ""});
    return log::tree_root({leaves().begin() + static_cast<std::ptrdiff_t>(from), leaves().begin() + static_cast<std::ptrdiff_t>(to)});
  };
  std::vector<Digest> proof;
  for (std::size_t i = 4; i < size && proof.size() < 80; ++i) {
    const int level = data[i] >> 5;
    const auto node = hash(level, (data[i] & 31u) % std::max<std::uint64_t>(1, kLeaves >> level));
    proof.push_back(node ? *node : Digest{});
  }
  if (b > 0 && log::check_inclusion(index, b, leaves()[leaf], proof, root_of(b)) && (index != leaf || index >= b)) std::abort();
  if (log::check_consistency(a, b, root_of(a), root_of(b), proof) && a > b) std::abort();
  if (a != leaf && log::check_consistency(a, b, root_of(leaf), root_of(b), proof) && a != 0) std::abort();
  // Sizes that are no tree of ours.
  std::array<std::uint64_t, 4> wide{};
  std::memcpy(wide.data(), data, std::min(size, sizeof wide));
  (void)log::check_inclusion(wide[0], wide[1], leaves()[leaf], proof, root_of(b));
  (void)log::check_consistency(wide[0], wide[1], root_of(a), root_of(b), proof);
  (void)log::check_subtree_inclusion(wide[0], wide[1], wide[2], leaves()[leaf], proof, root_of(b));
  (void)log::check_subtree_consistency(wide[0], wide[1], wide[2], root_of(a), root_of(b), proof);
  // What we make ourselves checks.
  if (index < b) {
    const auto made = log::inclusion_proof(index, b, hash);
    if (!made || !log::check_inclusion(index, b, leaves()[index], *made, root_of(b))) std::abort();
  }
  if (a != 0 && a <= b) {
    const auto made = log::consistency_proof(a, b, hash);
    if (!made || !log::check_consistency(a, b, root_of(a), root_of(b), *made)) std::abort();
  }
  return 0;
}
