// What a proof costs in a log of 10^8 entries, out of tile files on a disk: made cold and warm, its size, and checked.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "adapters/tiles/tile_directory.hpp"
#include "crypto/log/policy.hpp"
#include "crypto/log/tile.hpp"
#include "gateway/cli/bench_audit.hpp"
#include "gateway/cli/bench_parts.hpp"

namespace gatehouse::cli::bench {
namespace {

namespace log = crypto::log;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSize = 100'000'000;
constexpr std::size_t kProofs = 1000;

// Leaves that are all alike: every complete subtree of one height has one hash, so the whole tree is known, and any of its tiles, without storing it.
struct LikeTree {
  std::vector<crypto::Digest> at_level;
  explicit LikeTree(const crypto::Digest& leaf) : at_level{leaf} {
    for (int level = 1; level < 40; ++level) at_level.push_back(log::node_hash(at_level.back(), at_level.back()));
  }
  crypto::Digest root(std::uint64_t size) const {                       // RFC 6962 section 2.1
    if ((size & (size - 1)) == 0) return at_level[static_cast<std::size_t>(std::bit_width(size) - 1)];
    const std::uint64_t left = std::bit_floor(size);
    return log::node_hash(root(left), root(size - left));
  }
  std::string tile(const log::Tile& one) const {
    const crypto::Digest& hash = at_level[static_cast<std::size_t>(8 * one.level)];
    std::string out;
    for (unsigned i = 0; i < one.width; ++i) out.append(reinterpret_cast<const char*>(hash.data()), hash.size());
    return out;
  }
};

struct Scratch {
  fs::path path;
  ~Scratch() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

bool write(const fs::path& path, std::string_view bytes) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  std::ofstream out(path, std::ios::binary);
  return static_cast<bool>(out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush());
}

// Out of the page cache, so that the next read goes to the disk.
void forget(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ::fdatasync(file);
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ::close(file);
}

double at(std::vector<double> list, double part) {
  std::ranges::sort(list);
  return list[static_cast<std::size_t>(part * static_cast<double>(list.size() - 1))];
}

}  // namespace

std::expected<ProofResult, std::string> proof_costs(const std::string& folder, double seconds) {
  std::string name = (folder.empty() ? fs::temp_directory_path() : fs::path(folder)) / "gatehouse-proofs-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) return std::unexpected(name + ": cannot be made; name a folder that can be written with --folder");
  const Scratch scratch{name};

  const std::string entry(533, 'e');
  const LikeTree tree(log::leaf_hash(entry));
  std::mt19937_64 chance(61803398);
  std::vector<std::uint64_t> places(kProofs);
  for (auto& place : places) place = chance() % kSize;
  std::vector<log::Tile> tiles;
  for (const std::uint64_t place : places) tiles.push_back({0, place / 256, 256});
  for (int level = 1; level <= 3; ++level) {
    const std::uint64_t hashes = kSize >> (8 * level);
    for (std::uint64_t i = 0; i < hashes / 256; ++i) tiles.push_back({level, i, 256});
    if (hashes % 256 != 0) tiles.push_back({level, hashes / 256, static_cast<unsigned>(hashes % 256)});
  }
  for (const auto& tile : tiles)
    if (!write(scratch.path / log::tile_path(tile), tree.tile(tile))) return std::unexpected(name + ": it cannot be written; check the disk");

  const std::string origin = "gatehouse.example.org/log";
  const auto key = crypto::SigningKey::generate();
  const auto verifier = log::VerifierKey::of(origin, key);
  const log::Checkpoint checkpoint{origin, kSize, tree.root(kSize)};
  std::string note = log::sign_checkpoint(checkpoint, key);
  const std::string text = note.substr(0, note.find("\n\n") + 1);
  std::vector<log::WitnessKey> witnesses;
  for (const char* who : {"witness-one.example.org", "witness-two.example.org"}) {
    const auto own = crypto::SigningKey::generate();
    note += log::cosign(text, who, own, std::time(nullptr));
    witnesses.push_back(log::WitnessKey::of(who, own));
  }
  const auto policy = log::WitnessPolicy::threshold(witnesses, 2);
  if (!policy || !write(scratch.path / "checkpoint", note)) return std::unexpected(name + ": the checkpoint cannot be written");
  for (const auto& tile : tiles) forget(scratch.path / log::tile_path(tile));

  ProofResult result;
  adapters::TileDirectory source(scratch.path.string());
  std::string made;
  for (const bool warm : {false, true}) {
    std::vector<double> took;
    for (const std::uint64_t place : places) {
      const auto start = Clock::now();
      auto proof = source.proof_now(place, entry);
      took.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
      if (!proof || !log::check_proof_file(*proof, verifier, *policy, "")) return std::unexpected(std::string("a proof out of the tiles does not check"));
      made = std::move(*proof);
      // Every second time round: the tiles that were just used, as for one entry fetched again.
      if (warm) {
        const auto again = Clock::now();
        (void)source.proof_now(place, entry);
        took.back() = std::chrono::duration<double, std::micro>(Clock::now() - again).count();
      }
    }
    (warm ? result.warm_us : result.cold_us) = at(took, 0.5);
    (warm ? result.warm_p99_us : result.cold_p99_us) = at(took, 0.99);
  }
  const std::size_t extra = made.find("extra ");
  const std::string lean = made.substr(0, extra) + made.substr(made.find('\n', extra) + 1);
  if (!log::check_proof_file(lean, verifier, *policy, entry)) return std::unexpected(std::string("a proof without its entry does not check"));
  std::string bent = lean;
  const std::size_t hash = bent.find('\n', bent.find("index ")) + 3;
  bent[hash] = bent[hash] == 'A' ? 'B' : 'A';
  if (log::check_proof_file(bent, verifier, *policy, entry)) return std::unexpected(std::string("a changed proof checks"));
  result.bytes = lean.size();
  result.check_us = nanoseconds_each([&] { (void)log::check_proof_file(lean, verifier, entry); }, seconds / 4) / 1e3;
  result.check_cosigned_us = nanoseconds_each([&] { (void)log::check_proof_file(lean, verifier, *policy, entry); }, seconds / 4) / 1e3;
  return result;
}

}  // namespace gatehouse::cli::bench
