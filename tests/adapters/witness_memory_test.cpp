// A witness forgets nothing it signed for: whichever step of the disk fails or ends it, a tree it cosigned is never followed by another.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "adapters/witness/witness_memory.hpp"
#include "crypto/log/witness.hpp"
#include "crypto/secret_bytes.hpp"
#include "tests/adapters/fault_disk.hpp"
#include "tests/crypto/tools.hpp"

namespace gatehouse::tests {
namespace {

namespace tree = crypto::log;
namespace fs = std::filesystem;
using adapters::WitnessMemory;

const std::string kOrigin = "gatehouse.example.org/log";

class Memory : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(started); }
  std::string note(std::uint64_t size, char branch = 'a') const {
    std::vector<crypto::Digest> leaves;
    for (std::uint64_t i = 0; i < size; ++i) leaves.push_back(tree::leaf_hash(std::string(1, i < 2 ? 'a' : branch) + std::to_string(i)));
    return tree::sign_checkpoint({kOrigin, size, tree::tree_root(leaves)}, key);
  }
  const bool started = crypto::start();
  crypto::SigningKey key = crypto::SigningKey::generate();
  tools::Folder folder;
};

TEST_F(Memory, keeps_each_log_apart_and_across_processes) {
  {
    auto memory = WitnessMemory::open(folder.path("state"));
    ASSERT_TRUE(memory) << memory.error();
    EXPECT_FALSE(*memory->last(kOrigin));
    ASSERT_TRUE(memory->keep(kOrigin, "one\n"));
    ASSERT_TRUE(memory->keep("other.example.org/../log", "two\n"));
    EXPECT_NE(WitnessMemory::open(folder.path("state")).error().find("another witness"), std::string::npos);
  }
  auto memory = WitnessMemory::open(folder.path("state"));
  ASSERT_TRUE(memory);
  EXPECT_EQ(**memory->last(kOrigin), "one\n");
  EXPECT_EQ(**memory->last("other.example.org/../log"), "two\n");
  memory->keep_evidence(kOrigin, "a fork\n");
  memory->keep_evidence(kOrigin, "a fork\n");
  memory->keep_evidence(kOrigin, "another\n");
  std::size_t evidence = 0;
  for (const auto& one : fs::directory_iterator(folder.path("state"))) evidence += one.path().filename().string().find(".refused-") != std::string::npos ? 1u : 0u;
  EXPECT_EQ(evidence, 2u);
}

TEST_F(Memory, after_a_write_that_failed_nothing_is_answered_until_it_is_opened_again) {
  FaultFiles disk(folder.path("state"));
  auto memory = WitnessMemory::open(folder.path("state"), disk);
  ASSERT_TRUE(memory);
  ASSERT_TRUE(memory->keep(kOrigin, note(3)));
  disk.arm(DiskFault::done, 2);          // the sync says it failed, and has not
  EXPECT_FALSE(memory->keep(kOrigin, note(5)));
  disk.disarm();
  EXPECT_FALSE(memory->last(kOrigin));
  EXPECT_FALSE(memory->keep(kOrigin, note(3)));
  memory = std::unexpected(std::string());
  EXPECT_TRUE(WitnessMemory::open(folder.path("state"), disk)->last(kOrigin));
}

// Shows one log's checkpoints to a witness that may die at any step, on two branches that part after two entries: whichever it cosigned first, it
// must never cosign the other after that.
TEST_F(Memory, no_fault_lets_it_cosign_two_branches) {
  const char* asked = std::getenv("GATEHOUSE_LONG");
  const bool long_run = asked != nullptr && *asked == '1';
  const std::vector<tree::VerifierKey> keys = {tree::VerifierKey::of(kOrigin, key)};
  // Every size of both branches, with the proof that continues the one before.
  const auto leaves = [](char branch, std::uint64_t size) {
    std::vector<crypto::Digest> out;
    for (std::uint64_t i = 0; i < size; ++i) out.push_back(tree::leaf_hash(std::string(1, i < 2 ? 'a' : branch) + std::to_string(i)));
    return out;
  };
  const auto request = [&](char branch, std::uint64_t old, std::uint64_t size) {
    const auto all = leaves(branch, size);
    const tree::SubtreeHash over = [&all](int level, std::uint64_t i) -> std::expected<crypto::Digest, crypto::Error> {
      const auto first = static_cast<std::ptrdiff_t>(i << level);
      return tree::tree_root({all.begin() + first, all.begin() + first + (std::ptrdiff_t{1} << level)});
    };
    tree::AddCheckpoint out{old, {}, note(size, branch)};
    if (old != 0) out.proof = tree::consistency_proof(old, size, over).value();
    return out;
  };
  int struck = 0;
  const std::uint64_t rounds = long_run ? 3000 : 60;
  for (std::uint64_t seed = 0; seed < rounds; ++seed) {
    std::mt19937_64 chance(seed);
    const tools::Folder work;
    FaultFiles disk(work.path("state"));
    char cosigned = 0;                   // the branch that was signed for beyond the common part
    std::uint64_t largest = 0;
    for (int life = 0; life < 6; ++life) {
      static constexpr DiskFault kinds[] = {DiskFault::error, DiskFault::done, DiskFault::full, DiskFault::shorter, DiskFault::kill, DiskFault::torn, DiskFault::power_cut};
      const DiskFault fault = kinds[chance() % 7];
      disk.arm(fault, static_cast<int>(chance() % 14), 1 + static_cast<int>(chance() % 2));
      try {
        auto memory = WitnessMemory::open(work.path("state"), disk);
        for (int turn = 0; memory && turn < 6; ++turn) {
          const char branch = chance() % 2 == 0 ? 'a' : 'b';
          const auto kept = memory->last(kOrigin);
          if (!kept) break;
          std::optional<tree::SeenTree> last;
          if (*kept) {
            const auto read = tree::read_seen_tree(**kept);
            ASSERT_TRUE(read) << "what is kept can always be read, seed " << seed;
            last = *read;
          }
          const std::uint64_t old = last ? last->size : 0;
          const auto asks = request(branch, old, old + chance() % 3);
          const auto answer = tree::judge(asks, keys, last);
          if (answer.status != 200) continue;
          if (!memory->keep(kOrigin, asks.note)) break;
          const auto seen = tree::read_seen_tree(asks.note);
          // The cosignature leaves here.
          ASSERT_GE(seen->size, largest) << "it went back, seed " << seed;
          largest = seen->size;
          if (seen->size > 2) {
            ASSERT_TRUE(cosigned == 0 || cosigned == branch) << "it cosigned both branches, seed " << seed;
            cosigned = branch;
          }
        }
      } catch (const Killed&) {
        if (fault == DiskFault::power_cut) disk.cut_power(chance());
      }
      if (disk.struck()) ++struck;
      disk.disarm();
      if (chance() % 4 == 0) disk.cut_power(chance());
    }
  }
  EXPECT_GT(struck, static_cast<int>(rounds));
}

}  // namespace
}  // namespace gatehouse::tests
