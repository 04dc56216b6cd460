// Whichever step of the disk fails, however, once or twice in a row, wherever the writer is killed and whatever a power cut leaves of what was not
// synced: there is a signed tree, its tiles are all there, nothing that was acknowledged is undone, and the log goes on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "adapters/tiles/tile_directory.hpp"
#include "crypto/log/tile.hpp"
#include "crypto/secret_bytes.hpp"
#include "tests/adapters/fault_disk.hpp"
#include "tests/adapters/store_world.hpp"
#include "tests/crypto/tools.hpp"

namespace gatehouse::tests {
namespace {

namespace tree = crypto::log;
namespace fs = std::filesystem;
using adapters::TileDirectory;
using crypto::Digest;
using Publish = TileDirectory::Publish;

const std::string kOrigin = "gatehouse.example.org/log";

std::string entry(std::uint64_t i) { return "entry " + std::to_string(i); }

const std::vector<Digest>& all_leaves() {
  static const std::vector<Digest> made = [] {
    std::vector<Digest> out;
    for (std::uint64_t i = 0; i < 66'400; ++i) out.push_back(tree::leaf_hash(entry(i)));
    return out;
  }();
  return made;
}

std::vector<Digest> leaves(std::uint64_t from, std::uint64_t to) {
  const auto& all = all_leaves();
  return {all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)};
}

bool ends(DiskFault fault) { return fault == DiskFault::kill || fault == DiskFault::torn || fault == DiskFault::power_cut; }

bool long_run() {
  const char* asked = std::getenv("GATEHOUSE_LONG");
  return asked != nullptr && *asked == '1';
}

// What a run of the log does: two checkpoints, the second published after "witnesses" have seen it where that is wanted.
struct Growth {
  std::uint64_t before = 0, first = 0, second = 0;
  Publish publish = Publish::at_once;
};

class TileFaults : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(started); }

  // How far it got: the size of the last checkpoint that was acknowledged. Throws Killed.
  std::uint64_t run(const std::string& folder, adapters::Disk& disk, const Growth& growth) {
    TileDirectory tiles(folder, disk);
    const auto state = tiles.signed_state(verifier);
    if (!state) {
      ADD_FAILURE() << state.error();
      return 0;
    }
    std::uint64_t done = state->size;
    for (const std::uint64_t next : {growth.first, growth.second}) {
      if (next <= done) continue;
      if (!tiles.append_and_sign(leaves(done, next), kOrigin, key, growth.publish)) return acknowledged = std::max(acknowledged, done);
      done = next;
      acknowledged = std::max(acknowledged, done);
      if (growth.publish == Publish::when_witnessed) {
        const auto note = tiles.signed_note(verifier);
        if (!note || !tiles.publish(*note, verifier)) return acknowledged;
      }
    }
    return acknowledged;
  }

  // Empty: the folder holds a signed tree of at least what was acknowledged, whole, and it goes on to `to`.
  std::string trouble(const std::string& folder, std::uint64_t to) {
    QuickDisk disk;
    TileDirectory tiles(folder, disk);
    auto state = tiles.signed_state(verifier);
    if (!state) return state.error();
    if (state->size < acknowledged) return "acknowledged " + std::to_string(acknowledged) + ", signed " + std::to_string(state->size);
    if (state->root != tree::tree_root(leaves(0, state->size)) && state->size != 0) return "another tree is signed";
    if (const auto published = tiles.published_state(verifier); !published)
      return published.error();
    else if (*published && (*published)->size > state->size)
      return "more is published than signed";
    if (auto goes_on = tiles.append_and_sign(leaves(state->size, to), kOrigin, key); !goes_on) return "it does not go on: " + goes_on.error();
    state = tiles.signed_state(verifier);
    if (!state || state->size != to || state->root != tree::tree_root(leaves(0, to))) return "it went on to another tree";
    for (std::uint64_t t = 0; t * 256 < to; ++t) {
      const auto held = tiles.leaves(t, to);
      if (!held) return held.error();
      if (*held != leaves(t * 256, std::min(to, (t + 1) * 256))) return "tile " + std::to_string(t) + " holds other leaves";
      if (auto above = tiles.check_above(t, to); !above) return above.error();
    }
    const auto proof = tiles.proof_now(to / 2, entry(to / 2));
    if (!proof || !tree::check_proof_file(*proof, verifier)) return "a proof does not check";
    return {};
  }

  // Every step of `growth` with this fault; `acknowledged` is what it is after the last one.
  int strike(const Growth& growth, DiskFault fault, int times, std::uint64_t seed, int every = 1) {
    const Folder model;
    const std::string start = model.path() + "/log";
    acknowledged = 0;
    if (growth.before != 0) {
      QuickDisk disk;
      TileDirectory tiles(start, disk);
      EXPECT_TRUE(tiles.append_and_sign(leaves(0, growth.before), kOrigin, key));
    }
    int steps = 0;
    {
      const Folder work;
      const std::string folder = work.path() + "/log";
      copy(start, folder);
      FaultFiles disk(folder);
      disk.arm(DiskFault::none, 0);
      EXPECT_EQ(run(folder, disk, growth), growth.second);
      steps = disk.steps();
    }
    int struck = 0;
    for (int at = static_cast<int>(fault) % every; at < steps; at += every) {
      const Folder work;
      const std::string folder = work.path() + "/log";
      copy(start, folder);
      FaultFiles disk(folder);
      acknowledged = growth.before;
      std::uint64_t round = seed * 100003 + static_cast<std::uint64_t>(at);
      // Twice in a row: the process that starts after the first fault meets another, at a step of its own.
      for (int fall = 0; fall < times; ++fall) {
        disk.arm(fault, fall == 0 ? at : static_cast<int>(round % 23), ends(fault) ? 1 : times);
        try {
          run(folder, disk, growth);
        } catch (const Killed&) {
          if (fault == DiskFault::power_cut) disk.cut_power(round);
        }
        if (disk.struck()) {
          ++struck;
          if (ends(fault)) ++ended;
        }
        round = round * 6364136223846793005ull + 1442695040888963407ull;
        disk.disarm();
        // A power cut may also follow a fault of another kind, once the process has started again.
        if (fault != DiskFault::power_cut && fall + 1 == times && round % 2 == 0) {
          try {
            run(folder, disk, Growth{growth.before, growth.second, growth.second, growth.publish});
          } catch (const Killed&) {
          }
          disk.cut_power(round);
        }
      }
      const std::string found = trouble(folder, growth.second + 3);
      EXPECT_EQ(found, "") << "step " << at << " of " << steps << ", fault " << static_cast<int>(fault) << ", " << times << " times, seed " << seed;
      if (!found.empty()) break;
    }
    EXPECT_GT(struck, 0) << "fault " << static_cast<int>(fault);
    return struck;
  }

  static void copy(const std::string& from, const std::string& to) {
    if (fs::exists(from)) fs::copy(from, to, fs::copy_options::recursive);
  }

  const bool started = crypto::start();
  crypto::SigningKey key = crypto::SigningKey::generate();
  tree::VerifierKey verifier = tree::VerifierKey::of(kOrigin, key);
  std::uint64_t acknowledged = 0;
  int ended = 0;                         // of all that struck: those that ended the process

  void say(int struck) const { std::cout << "[   COUNT  ] " << struck << " faults struck, " << ended << " of them the end of the process\n"; }
};

constexpr DiskFault kFaults[] = {DiskFault::error, DiskFault::done, DiskFault::full, DiskFault::shorter, DiskFault::kill, DiskFault::torn, DiskFault::power_cut};

TEST_F(TileFaults, every_step_failing_or_ending_the_process_once_and_twice_leaves_a_signed_whole_tree) {
  int struck = 0;
  const std::vector<Growth> growths = {{0, 2, 259, Publish::at_once}, {250, 256, 515, Publish::when_witnessed}};
  for (const Growth& growth : growths)
    for (const DiskFault fault : kFaults)
      for (const int times : {1, 2}) struck += strike(growth, fault, times, 1, 3);
  say(struck);
  EXPECT_GT(struck, 200);
}

TEST_F(TileFaults, ten_thousand_times) {
  if (!long_run()) GTEST_SKIP() << "GATEHOUSE_LONG=1 runs it";
  int struck = 0;
  for (std::uint64_t seed = 2; ended < 10'000; ++seed) {
    std::mt19937_64 chance(seed);
    Growth growth;
    growth.before = chance() % 700;
    growth.first = growth.before + 1 + chance() % 300;
    growth.second = growth.first + 1 + chance() % 300;
    growth.publish = chance() % 2 == 0 ? Publish::at_once : Publish::when_witnessed;
    for (const DiskFault fault : kFaults)
      for (const int times : {1, 2}) struck += strike(growth, fault, times, seed);
    if (HasFailure()) return;
  }
  // Where a tile of the second level fills.
  for (const DiskFault fault : kFaults) struck += strike(Growth{65'500, 65'530, 65'600, Publish::at_once}, fault, 2, 77, 5);
  say(struck);
}

// The disk of these tests does lose what was not synced: without the syncs the same run does not survive.
class Forgetful : public FaultFiles {
 public:
  using FaultFiles::FaultFiles;
  int sync(int) override { return 0; }
};

TEST_F(TileFaults, without_syncs_a_power_cut_is_noticed) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const tools::Folder work;
    Forgetful disk(work.path("log"));
    acknowledged = 0;
    EXPECT_EQ(run(work.path("log"), disk, {0, 2, 300, Publish::at_once}), 300u);
    disk.cut_power(seed);
    if (!trouble(work.path("log"), 303).empty()) ++lost;
  }
  EXPECT_GT(lost, 10);
}

TEST_F(TileFaults, what_waits_for_witnesses_is_continued_and_not_published) {
  const tools::Folder work;
  TileDirectory tiles(work.path("log"));
  ASSERT_TRUE(tiles.append_and_sign(leaves(0, 5), kOrigin, key, Publish::when_witnessed));
  EXPECT_FALSE(*tiles.published_state(verifier));
  EXPECT_EQ(tiles.proof_now(0, entry(0)).error(), policy::ProofError::not_covered_yet);
  EXPECT_FALSE(tiles.tile_now("tile/0/000.p/5"));
  ASSERT_TRUE(tiles.publish(tiles.signed_note(verifier).value(), verifier));
  EXPECT_TRUE(tiles.proof_now(4, entry(4)));
  ASSERT_TRUE(tiles.append_and_sign(leaves(5, 300), kOrigin, key, Publish::when_witnessed));
  EXPECT_EQ((*tiles.published_state(verifier))->size, 5u);
  EXPECT_EQ(tiles.signed_state(verifier)->size, 300u);
  // The tile of the published tree is served though it has been filled and replaced since; what is not published is not.
  const auto served = tiles.tile_now("tile/0/000.p/5");
  ASSERT_TRUE(served);
  EXPECT_EQ(served->size(), 5u * 32u);
  EXPECT_EQ(tiles.tile_now("tile/0/000").error(), policy::ProofError::not_covered_yet);
  EXPECT_EQ(tiles.tile_now("tile/0/000.p/6").error(), policy::ProofError::not_covered_yet);
  EXPECT_FALSE(tiles.tile_now("tile/entries/000"));
  EXPECT_FALSE(tiles.tile_now("tile/8/000.p/1"));
  EXPECT_FALSE(tiles.tile_now("tile/63/000.p/1"));
  // Only the newest tree may be published, and only one this log signed.
  EXPECT_FALSE(tiles.publish(tree::sign_checkpoint({kOrigin, 5, tree::tree_root(leaves(0, 5))}, key), verifier));
  EXPECT_FALSE(tiles.publish(tree::sign_checkpoint({kOrigin, 300, tree::tree_root(leaves(0, 5))}, key), verifier));
  EXPECT_FALSE(tiles.publish("not a note", verifier));
  {
    // Another process: what waits is the newest tree, and goes on.
    TileDirectory again(work.path("other"));
    EXPECT_EQ(again.signed_state(verifier)->size, 0u);
  }
  ASSERT_TRUE(tiles.publish(tiles.signed_note(verifier).value(), verifier));
  EXPECT_TRUE(tiles.tile_now("tile/0/000"));
  EXPECT_TRUE(tiles.tile_now("tile/1/000.p/1"));
  EXPECT_EQ(*tiles.root_at(300), tree::tree_root(leaves(0, 300)));
  EXPECT_EQ(*tiles.root_at(5), tree::tree_root(leaves(0, 5)));
  const auto proof = tiles.consistency(5, 300);
  ASSERT_TRUE(proof);
  EXPECT_TRUE(tree::check_consistency(5, 300, tree::tree_root(leaves(0, 5)), tree::tree_root(leaves(0, 300)), *proof));
  // Witnesses wanted no more: what waited is published with the next look, even when nothing is new.
  ASSERT_TRUE(tiles.append_and_sign(leaves(300, 301), kOrigin, key, Publish::when_witnessed));
  EXPECT_EQ((*tiles.published_state(verifier))->size, 300u);
  ASSERT_TRUE(tiles.append_and_sign({}, kOrigin, key, Publish::at_once));
  EXPECT_EQ((*tiles.published_state(verifier))->size, 301u);
}

TEST_F(TileFaults, a_changed_tile_above_the_leaves_is_found) {
  const tools::Folder work;
  TileDirectory tiles(work.path("log"));
  ASSERT_TRUE(tiles.append_and_sign(leaves(0, 600), kOrigin, key));
  for (std::uint64_t t = 0; t < 3; ++t) EXPECT_TRUE(tiles.check_above(t, 600));
  std::string bytes = work.read("log/tile/1/000.p/2");
  bytes[40] ^= 1;
  work.write("log/tile/1/000.p/2", bytes);
  EXPECT_TRUE(tiles.check_above(0, 600));
  EXPECT_NE(tiles.check_above(1, 600).error().find("tile/0/001"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::tests
