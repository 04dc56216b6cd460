#include "crypto/log/tree.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

#include "crypto/sha256.hpp"

namespace gatehouse::crypto::log {
namespace {

std::string_view view(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::unexpected<Error> refuse(const char* where, const char* what, const char* remedy) {
  return std::unexpected(Error{"bad_proof", where, what, remedy});
}

// Largest power of two below n (n > 1).
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

// MTH of the leaves [start, start + n); start is a multiple of the smallest power of two >= n.
std::expected<Digest, Error> subtree(std::uint64_t start, std::uint64_t n, const SubtreeHash& hash) {
  if (std::has_single_bit(n)) {
    const int level = std::countr_zero(n);
    return hash(level, start >> level);
  }
  const std::uint64_t k = split(n);
  const auto left = subtree(start, k, hash);
  if (!left) return left;
  const auto right = subtree(start + k, n - k, hash);
  if (!right) return right;
  return node_hash(*left, *right);
}

// PATH(m, D[n]) of RFC 6962 section 2.1.1, leaf's sibling first.
std::expected<void, Error> path(std::uint64_t m, std::uint64_t start, std::uint64_t n, const SubtreeHash& hash, std::vector<Digest>& out) {
  if (n == 1) return {};
  const std::uint64_t k = split(n);
  const bool left = m < k;
  if (auto done = left ? path(m, start, k, hash, out) : path(m - k, start + k, n - k, hash, out); !done) return done;
  const auto sibling = left ? subtree(start + k, n - k, hash) : subtree(start, k, hash);
  if (!sibling) return std::unexpected(sibling.error());
  out.push_back(*sibling);
  return {};
}

// SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2.
std::expected<void, Error> subproof(std::uint64_t m, std::uint64_t start, std::uint64_t n, bool whole, const SubtreeHash& hash,
                                    std::vector<Digest>& out) {
  if (m == n) {
    if (whole) return {};
    const auto all = subtree(start, n, hash);
    if (!all) return std::unexpected(all.error());
    out.push_back(*all);
    return {};
  }
  const std::uint64_t k = split(n);
  const bool left = m <= k;
  if (auto done = left ? subproof(m, start, k, whole, hash, out) : subproof(m - k, start + k, n - k, false, hash, out); !done) return done;
  const auto other = left ? subtree(start + k, n - k, hash) : subtree(start, k, hash);
  if (!other) return std::unexpected(other.error());
  out.push_back(*other);
  return {};
}

}  // namespace

Digest leaf_hash(std::string_view entry) { return Sha256::of(std::string_view("\0", 1), entry); }

Digest node_hash(const Digest& left, const Digest& right) {
  // One update of 65 bytes: two or three small ones cost as much again as the hashing.
  char bytes[65];
  bytes[0] = 1;
  std::copy(left.begin(), left.end(), bytes + 1);
  std::copy(right.begin(), right.end(), bytes + 33);
  return Sha256::of(std::string_view(bytes, sizeof bytes));
}

Digest empty_root() { return sha256({}); }

void Frontier::append(const Digest& leaf) {
  Digest hash = leaf;
  for (std::uint64_t left = size_; (left & 1) != 0; left >>= 1) {
    hash = node_hash(full_.back(), hash);
    full_.pop_back();
  }
  full_.push_back(hash);
  ++size_;
}

Digest Frontier::root() const {
  if (full_.empty()) return empty_root();
  Digest hash = full_.back();
  for (std::size_t i = full_.size() - 1; i > 0; --i) hash = node_hash(full_[i - 1], hash);
  return hash;
}

std::string Frontier::save() const {
  std::string text = "gatehouse-frontier-v1\n" + std::to_string(size_) + "\n";
  for (const Digest& hash : full_) text += base64(view(hash)) + "\n";
  return text;
}

std::expected<Frontier, Error> Frontier::load(std::string_view saved) {
  const auto bad = [](const char* what) {
    return std::unexpected(Error{"bad_state", "saved tree state", what, "the file as it was written"});
  };
  constexpr std::string_view first = "gatehouse-frontier-v1\n";
  if (!saved.starts_with(first)) return bad("it is not a state of this version");
  saved.remove_prefix(first.size());
  const std::size_t end = saved.find('\n');
  if (end == std::string_view::npos) return bad("it has no size");
  Frontier out;
  const auto [stop, error] = std::from_chars(saved.data(), saved.data() + end, out.size_);
  if (error != std::errc() || stop != saved.data() + end || std::to_string(out.size_) != saved.substr(0, end)) return bad("its size is no number");
  saved.remove_prefix(end + 1);
  while (!saved.empty()) {
    const auto hash = saved.size() > 44 && saved[44] == '\n' ? from_base64(saved.substr(0, 44)) : std::nullopt;
    if (!hash || hash->size() != 32) return bad("a hash cannot be read");
    std::copy(hash->begin(), hash->end(), out.full_.emplace_back().begin());
    saved.remove_prefix(45);
  }
  if (out.full_.size() != static_cast<std::size_t>(std::popcount(out.size_))) return bad("it does not have as many hashes as its size wants");
  return out;
}

Digest tree_root(const std::vector<Digest>& leaves) {
  Frontier frontier;
  for (const Digest& leaf : leaves) frontier.append(leaf);
  return frontier.root();
}

std::expected<std::vector<Digest>, Error> inclusion_proof(std::uint64_t index, std::uint64_t size, const SubtreeHash& hash) {
  if (index >= size) return refuse("index", "the tree is not that large", "an index below its size");
  std::vector<Digest> out;
  if (auto done = path(index, 0, size, hash, out); !done) return std::unexpected(done.error());
  return out;
}

std::expected<std::vector<Digest>, Error> consistency_proof(std::uint64_t old_size, std::uint64_t size, const SubtreeHash& hash) {
  if (old_size > size) return refuse("old size", "the tree is not that large", "a size up to the tree's");
  std::vector<Digest> out;
  if (old_size == 0 || old_size == size) return out;
  if (auto done = subproof(old_size, 0, size, true, hash, out); !done) return std::unexpected(done.error());
  return out;
}

// RFC 9162 section 2.1.3.2.
std::expected<void, Error> check_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf, const std::vector<Digest>& proof,
                                           const Digest& root) {
  if (index >= size) return refuse("index", "the tree is not that large", "an index below its size");
  std::uint64_t fn = index, sn = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (sn == 0) return refuse("proof", "it has too many hashes", "the proof of this index and size");
    if ((fn & 1) != 0 || fn == sn) {
      hash = node_hash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0) return refuse("proof", "it has too few hashes", "the proof of this index and size");
  if (hash != root) return refuse("proof", "it leads to another root", "the entry, proof and checkpoint of the same log");
  return {};
}

std::expected<void, Error> check_subtree_inclusion(std::uint64_t index, std::uint64_t start, std::uint64_t end, const Digest& leaf,
                                                   const std::vector<Digest>& proof, const Digest& root) {
  if (start >= end) return refuse("subtree", "it is empty", "start below end");
  const std::uint64_t n = end - start;
  if (n > 1ull << 63 || start % std::bit_ceil(n) != 0) return refuse("subtree", "no subtree lies there", "an aligned start");
  if (index < start || index >= end) return refuse("index", "it lies outside the subtree", "an index inside");
  return check_inclusion(index - start, n, leaf, proof, root);
}

// draft-ietf-plants-merkle-tree-certs section 4.4.3; for start = 0 this is RFC 9162 section 2.1.4.2.
std::expected<void, Error> check_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size, const Digest& subtree_root,
                                                     const Digest& root, const std::vector<Digest>& proof) {
  if (start > end || end > size) return refuse("subtree", "it does not lie within the tree", "start <= end <= size");
  if (start == end) {  // an empty subtree is part of every tree, whatever its root
    if (!proof.empty()) return refuse("proof", "it has too many hashes", "none");
    if (subtree_root != empty_root()) return refuse("roots", "the root is not that of an empty tree", "SHA-256 of nothing");
    return {};
  }
  if (end - start > 1ull << 63 || start % std::bit_ceil(end - start) != 0) return refuse("subtree", "no subtree lies there", "an aligned start");
  std::uint64_t fn = start, sn = end - 1, tn = size - 1;
  const auto shift = [&] {
    fn >>= 1;
    sn >>= 1;
    tn >>= 1;
  };
  if (sn == tn) {
    while (fn != sn) shift();
  } else {
    while (fn != sn && (sn & 1) != 0) shift();
  }
  std::size_t next = 0;
  Digest from_subtree = subtree_root, from_tree = subtree_root;
  if (fn != sn) {
    if (proof.empty()) return refuse("proof", "it has too few hashes", "the proof of these sizes");
    from_subtree = from_tree = proof[next++];
  }
  for (; next < proof.size(); ++next) {
    if (tn == 0) return refuse("proof", "it has too many hashes", "the proof of these sizes");
    if ((sn & 1) != 0 || sn == tn) {
      if (fn < sn) from_subtree = node_hash(proof[next], from_subtree);
      from_tree = node_hash(proof[next], from_tree);
      while ((sn & 1) == 0 && sn != 0) shift();
    } else {
      from_tree = node_hash(from_tree, proof[next]);
    }
    shift();
  }
  if (tn != 0) return refuse("proof", "it has too few hashes", "the proof of these sizes");
  if (from_subtree != subtree_root) return refuse("proof", "it leads to another old root", "the roots and proof of the same log");
  if (from_tree != root) return refuse("proof", "it leads to another new root", "the roots and proof of the same log");
  return {};
}

std::expected<void, Error> check_consistency(std::uint64_t old_size, std::uint64_t size, const Digest& old_root, const Digest& root,
                                             const std::vector<Digest>& proof) {
  if (old_size > size) return refuse("sizes", "the tree has shrunk", "an old size up to the new one");
  if (old_size == size) {
    if (!proof.empty()) return refuse("proof", "it has too many hashes", "none");
    if (old_root != root) return refuse("roots", "two roots for one size", "the same root");
    if (size == 0 && root != empty_root()) return refuse("roots", "the root is not that of an empty tree", "SHA-256 of nothing");
    return {};
  }
  // Every tree continues the empty one: a proof of that would say nothing, and asking for it is a mistake.
  if (old_size == 0) return refuse("sizes", "the old tree is empty", "an old size of at least 1");
  return check_subtree_consistency(0, old_size, size, old_root, root, proof);
}

}  // namespace gatehouse::crypto::log
