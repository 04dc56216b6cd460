#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <thread>

#include "adapters/tiles/tile_directory.hpp"
#include "crypto/log/tile.hpp"
#include "crypto/secret_bytes.hpp"
#include "tests/crypto/tools.hpp"

namespace gatehouse::adapters {
namespace {

namespace tree = crypto::log;
namespace fs = std::filesystem;
using crypto::Digest;

const std::string kOrigin = "gatehouse.example.org/log";

std::string entry(std::uint64_t i) { return "entry " + std::to_string(i); }

std::vector<Digest> leaves(std::uint64_t from, std::uint64_t to) {
  std::vector<Digest> out;
  for (std::uint64_t i = from; i < to; ++i) out.push_back(tree::leaf_hash(entry(i)));
  return out;
}

class Tiles : public testing::Test {
 protected:
  Tiles() {
    EXPECT_TRUE(crypto::start());
    key = std::make_unique<crypto::SigningKey>(crypto::SigningKey::generate());
    verifier = tree::VerifierKey::of(kOrigin, *key);
  }
  std::string log() const { return folder.path("log"); }
  std::string error_of(TileDirectory& tiles, const std::vector<Digest>& more) {
    const auto done = tiles.append_and_sign(more, kOrigin, *key);
    return done ? "" : done.error();
  }
  std::uint64_t signed_size() {
    const auto state = TileDirectory(log()).signed_state(verifier);
    EXPECT_TRUE(state) << state.error();
    return state ? state->size : UINT64_MAX;
  }

  tools::Folder folder;
  std::unique_ptr<crypto::SigningKey> key;
  tree::VerifierKey verifier;
};

TEST_F(Tiles, grow_in_steps_to_the_tree_of_all_leaves) {
  TileDirectory tiles(log());
  std::uint64_t size = 0;
  EXPECT_EQ(tiles.signed_state(verifier)->size, 0u);
  for (const std::uint64_t next : {0u, 1u, 2u, 255u, 256u, 257u, 600u, 600u, 1024u, 70000u}) {
    ASSERT_EQ(error_of(tiles, leaves(size, next)), "");
    size = next;
    const auto state = tiles.signed_state(verifier);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->size, size);
    EXPECT_EQ(state->root, tree::tree_root(leaves(0, size)));
  }
  // The specification's example for 70,000 entries.
  EXPECT_TRUE(fs::exists(folder.path("log/tile/0/273.p/112")));
  EXPECT_TRUE(fs::exists(folder.path("log/tile/1/000")));
  EXPECT_TRUE(fs::exists(folder.path("log/tile/1/001.p/17")));
  EXPECT_TRUE(fs::exists(folder.path("log/tile/2/000.p/1")));
  EXPECT_FALSE(fs::exists(folder.path("log/tile/0/000.p"))) << "partial tiles of a full one are removed";
  EXPECT_EQ(fs::file_size(folder.path("log/tile/0/000")), 8192u);
  EXPECT_FALSE(fs::exists(folder.path("log/tile/entries")));
  const auto first = tiles.leaves(273, 70000);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, leaves(273 * 256, 70000));
}

TEST_F(Tiles, proofs_of_every_kind_of_place_check_at_the_partners) {
  TileDirectory writer(log());
  ASSERT_EQ(error_of(writer, leaves(0, 70000)), "");
  TileDirectory tiles(log());
  for (const std::uint64_t i : {0u, 1u, 255u, 256u, 65535u, 65536u, 69887u, 69888u, 69999u}) {
    for (int again = 0; again < 2; ++again) {
      const auto file = tiles.proof_now(i, entry(i));
      ASSERT_TRUE(file);
      const auto checked = tree::check_proof_file(*file, verifier);
      ASSERT_TRUE(checked) << checked.error().text();
      EXPECT_EQ(checked->index, i);
      EXPECT_EQ(checked->entry, entry(i));
      EXPECT_LE(file->size(), 2048u);
    }
  }
  EXPECT_EQ(tiles.proof_now(70000, "x").error(), policy::ProofError::not_covered_yet);
  EXPECT_EQ(tiles.proof_now(5, "another entry").error(), policy::ProofError::damaged);
  EXPECT_EQ(TileDirectory(folder.path("nowhere")).proof_now(0, "x").error(), policy::ProofError::not_covered_yet);
  // The reader follows the writer.
  ASSERT_EQ(error_of(writer, leaves(70000, 70300)), "");
  EXPECT_TRUE(tree::check_proof_file(tiles.proof_now(70299, entry(70299)).value(), verifier));
}

TEST_F(Tiles, answer_the_gateways_coroutines) {
  TileDirectory tiles(log());
  ASSERT_EQ(error_of(tiles, leaves(0, 3)), "");
  boost::asio::io_context io;
  std::string note, proof;
  boost::asio::co_spawn(
      io,
      [](TileDirectory& source, std::string& a, std::string& b) -> boost::asio::awaitable<void> {
        const auto got = co_await source.checkpoint();
        a = got.value();
        std::string wanted = entry(2);
        const auto made = co_await source.proof(2, std::move(wanted));
        b = made.value();
      }(tiles, note, proof),
      [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
      });
  io.run();
  EXPECT_TRUE(tree::open_checkpoint(note, verifier));
  EXPECT_TRUE(proof.ends_with(note));
}

TEST_F(Tiles, a_smaller_tree_is_never_signed) {
  {
    TileDirectory tiles(log());
    ASSERT_EQ(error_of(tiles, leaves(0, 300)), "");
  }
  // The checkpoint is taken away, and a shorter log offered.
  fs::rename(folder.path("log/checkpoint"), folder.path("kept"));
  TileDirectory again(log());
  EXPECT_NE(error_of(again, leaves(0, 200)).find("tiles are of a larger tree"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder.path("log/checkpoint")));
}

TEST_F(Tiles, a_different_tree_is_never_signed) {
  {
    TileDirectory tiles(log());
    ASSERT_EQ(error_of(tiles, leaves(0, 300)), "");
  }
  const std::string note = folder.read("log/checkpoint");
  // A changed tile.
  const std::string tile = folder.read("log/tile/0/001.p/44");
  std::string bad = tile;
  bad[40] ^= 1;
  folder.write("log/tile/0/001.p/44", bad);
  EXPECT_NE(error_of(*std::make_unique<TileDirectory>(log()), leaves(300, 301)).find("not those of the signed checkpoint"), std::string::npos);
  folder.write("log/tile/0/001.p/44", tile);
  // A cut tile.
  folder.write("log/tile/0/001.p/44", tile.substr(32));
  EXPECT_NE(error_of(*std::make_unique<TileDirectory>(log()), leaves(300, 301)), "");
  folder.write("log/tile/0/001.p/44", tile);
  // Another log's key.
  const auto other = crypto::SigningKey::generate();
  TileDirectory tiles(log());
  EXPECT_FALSE(tiles.append_and_sign(leaves(300, 301), kOrigin, other));
  EXPECT_FALSE(tiles.append_and_sign(leaves(300, 301), "other.example.org/log", *key));
  EXPECT_EQ(folder.read("log/checkpoint"), note);
  // A checkpoint set back while the writer runs.
  ASSERT_EQ(error_of(tiles, leaves(300, 310)), "");
  folder.write("log/checkpoint", note);
  EXPECT_NE(error_of(tiles, leaves(310, 311)).find("set back"), std::string::npos);
  // Other leaves where a tile was signed before.
  fs::remove(folder.path("log/checkpoint"));
  EXPECT_NE(error_of(*std::make_unique<TileDirectory>(folder.path("log")), leaves(5, 400)), "");
}

TEST_F(Tiles, a_second_writer_is_kept_out) {
  TileDirectory first(log());
  ASSERT_EQ(error_of(first, leaves(0, 1)), "");
  const pid_t child = ::fork();
  if (child == 0) {
    TileDirectory second(log());
    ::_exit(second.append_and_sign(leaves(1, 2), kOrigin, *key) ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(signed_size(), 1u);
}

TEST_F(Tiles, a_run_that_ended_before_its_checkpoint_is_repeated) {
  {
    TileDirectory tiles(log());
    ASSERT_EQ(error_of(tiles, leaves(0, 500)), "");
  }
  const std::string before = folder.read("log/checkpoint");
  {
    TileDirectory tiles(log());
    ASSERT_EQ(error_of(tiles, leaves(500, 900)), "");
  }
  // As a crash would leave it: new tiles there, the old checkpoint, a file half written.
  folder.write("log/checkpoint", before);
  folder.write("log/checkpoint.tmp", "gatehouse.exam");
  fs::create_directories(folder.path("log/tile/0/001.p"));
  // The partial tile of the old checkpoint is gone with its full one: the full one serves.
  fs::remove_all(folder.path("log/tile/0/001.p"));
  TileDirectory tiles(log());
  ASSERT_EQ(error_of(tiles, leaves(500, 1000)), "");
  EXPECT_EQ(tiles.signed_state(verifier)->root, tree::tree_root(leaves(0, 1000)));
}

TEST_F(Tiles, a_writer_killed_at_any_moment_leaves_a_signed_tree_that_goes_on) {
  std::uint64_t last = 0;
  for (int round = 0; round < 25; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      TileDirectory tiles(log());
      const auto state = tiles.signed_state(verifier);
      if (!state) ::_exit(1);
      for (std::uint64_t size = state->size;; size += 97)
        if (!tiles.append_and_sign(leaves(size, size + 97), kOrigin, *key)) ::_exit(2);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(3 + round * 5 % 37));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer stopped by itself: " << WEXITSTATUS(status);
    const std::uint64_t size = signed_size();
    ASSERT_GE(size, last);
    last = size;
    if (size != 0) {
      EXPECT_EQ(TileDirectory(log()).signed_state(verifier)->root, tree::tree_root(leaves(0, size)));
      EXPECT_TRUE(tree::check_proof_file(TileDirectory(log()).proof_now(size - 1, entry(size - 1)).value(), verifier));
    }
  }
  EXPECT_GT(last, 0u);
}

}  // namespace
}  // namespace gatehouse::adapters
