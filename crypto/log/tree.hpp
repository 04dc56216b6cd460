#pragma once
// The log's Merkle tree (RFC 6962): SHA-256, leaf = H(0x00 ‖ entry), node = H(0x01 ‖ left ‖ right). Pure, any thread.
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::crypto::log {

Digest leaf_hash(std::string_view entry);
Digest node_hash(const Digest& left, const Digest& right);
Digest empty_root();                                             // SHA-256 of nothing

// Appends leaves and gives the root, holding at most 64 hashes.
class Frontier {
 public:
  void append(const Digest& leaf);
  std::uint64_t size() const { return size_; }
  Digest root() const;
  std::string save() const;                                      // text, versioned; holds no more than the tree's public hashes
  static std::expected<Frontier, Error> load(std::string_view saved);

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> full_;                                     // roots of full subtrees, largest first
};

// Root of all leaves in memory: for tiles and tests.
Digest tree_root(const std::vector<Digest>& leaves);

// Gives the hash of the complete subtree of 2^level leaves that starts at leaf index << level.
using SubtreeHash = std::function<std::expected<Digest, Error>(int level, std::uint64_t index)>;

std::expected<std::vector<Digest>, Error> inclusion_proof(std::uint64_t index, std::uint64_t size, const SubtreeHash& hash);
std::expected<std::vector<Digest>, Error> consistency_proof(std::uint64_t old_size, std::uint64_t size, const SubtreeHash& hash);
std::expected<void, Error> check_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf, const std::vector<Digest>& proof,
                                           const Digest& root);
// Refuses an old size of 0 before any other size: every tree continues the empty one.
std::expected<void, Error> check_consistency(std::uint64_t old_size, std::uint64_t size, const Digest& old_root, const Digest& root,
                                             const std::vector<Digest>& proof);

// The same for the subtree of leaves [start, end) (draft-ietf-plants-merkle-tree-certs): start is a multiple of the smallest power of two
// that is at least end - start. The consistency proof shows that this subtree is part of the tree of `size` leaves.
std::expected<void, Error> check_subtree_inclusion(std::uint64_t index, std::uint64_t start, std::uint64_t end, const Digest& leaf,
                                                   const std::vector<Digest>& proof, const Digest& root);
std::expected<void, Error> check_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size, const Digest& subtree_root,
                                                     const Digest& root, const std::vector<Digest>& proof);

}  // namespace gatehouse::crypto::log
