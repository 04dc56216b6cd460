#include <gtest/gtest.h>

#include <map>

#include "crypto/log/audit.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/entry_file.hpp"
#include "crypto/log/tile.hpp"
#include "crypto/log/tree.hpp"

namespace gatehouse::crypto::log {
namespace {

std::vector<Digest> leaves(std::size_t n) {
  std::vector<Digest> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(leaf_hash("entry " + std::to_string(i)));
  return out;
}

// The hash of a complete subtree, the slow way.
SubtreeHash over(const std::vector<Digest>& all) {
  return [&all](int level, std::uint64_t index) -> std::expected<Digest, Error> {
    const std::size_t width = std::size_t{1} << level, first = index << level;
    EXPECT_LE(first + width, all.size());
    return tree_root(std::vector<Digest>(all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(first + width)));
  };
}

TEST(Tree, has_the_roots_of_the_published_example) {
  // The eight leaves of the RFC 6962 reference implementations.
  std::vector<Digest> all;
  for (const char* leaf : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
    all.push_back(leaf_hash(from_hex(leaf).value()));
  EXPECT_EQ(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(tree_root({all[0]})), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(hex(tree_root({all[0], all[1], all[2]})), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  EXPECT_EQ(hex(tree_root(all)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Tree, every_proof_of_small_trees_checks_and_no_changed_one_does) {
  const auto all = leaves(70);
  for (std::size_t size = 1; size <= 70; size += size < 20 ? 1 : 7) {
    const std::vector<Digest> part(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
    const Digest root = tree_root(part);
    for (std::size_t i = 0; i < size; ++i) {
      auto proof = inclusion_proof(i, size, over(part)).value();
      ASSERT_TRUE(check_inclusion(i, size, part[i], proof, root)) << i << " of " << size;
      EXPECT_FALSE(check_inclusion(i, size, all[69 - i], proof, root) && all[69 - i] != part[i]);
      if (size > 1) EXPECT_FALSE(check_inclusion((i + 1) % size, size, part[i], proof, root));
      auto longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(check_inclusion(i, size, part[i], longer, root));
      for (std::size_t k = 0; k < proof.size(); ++k) {
        proof[k][0] ^= 1;
        EXPECT_FALSE(check_inclusion(i, size, part[i], proof, root));
        proof[k][0] ^= 1;
      }
      if (!proof.empty()) {
        proof.pop_back();
        EXPECT_FALSE(check_inclusion(i, size, part[i], proof, root));
      }
    }
    for (std::size_t old = 1; old <= size; ++old) {
      const Digest old_root = tree_root(std::vector<Digest>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(old)));
      auto proof = consistency_proof(old, size, over(part)).value();
      ASSERT_TRUE(check_consistency(old, size, old_root, root, proof)) << old << " to " << size;
      if (old < size) EXPECT_FALSE(check_consistency(old, size, root, root, proof));
      if (old < size) EXPECT_FALSE(check_consistency(old, size, old_root, old_root, proof));
      for (std::size_t k = 0; k < proof.size(); ++k) {
        proof[k][31] ^= 0x80;
        EXPECT_FALSE(check_consistency(old, size, old_root, root, proof));
        proof[k][31] ^= 0x80;
      }
    }
  }
  EXPECT_FALSE(inclusion_proof(5, 5, over(all)));
  EXPECT_FALSE(consistency_proof(6, 5, over(all)));
  EXPECT_FALSE(check_consistency(6, 5, all[0], all[0], {}));
}

TEST(Frontier, is_saved_and_goes_on_where_it_was) {
  const auto all = leaves(300);
  for (const std::size_t cut : {0u, 1u, 2u, 3u, 63u, 64u, 255u, 256u, 299u}) {
    Frontier first;
    for (std::size_t i = 0; i < cut; ++i) first.append(all[i]);
    auto second = Frontier::load(first.save());
    ASSERT_TRUE(second);
    EXPECT_EQ(second->size(), cut);
    EXPECT_EQ(second->root(), first.root());
    for (std::size_t i = cut; i < all.size(); ++i) second->append(all[i]);
    EXPECT_EQ(second->root(), tree_root(all));
  }
  const std::string good = [&] {
    Frontier f;
    for (int i = 0; i < 3; ++i) f.append(all[static_cast<std::size_t>(i)]);
    return f.save();
  }();
  for (const std::string& bad : {std::string(), good.substr(1), good.substr(0, good.size() - 1), good + "x\n", std::string("gatehouse-frontier-v1\n"),
                                 std::string("gatehouse-frontier-v1\n03\n"), std::string("gatehouse-frontier-v1\n7\n") + good.substr(24)})
    EXPECT_FALSE(Frontier::load(bad)) << bad;
}

TEST(Tile, paths_are_those_of_the_specification) {
  EXPECT_EQ(tile_path({0, 1234067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path({2, 0, 5}), "tile/2/000.p/5");
  for (const Tile& tile : {Tile{0, 0, 256}, Tile{0, 999, 255}, Tile{1, 1000, 1}, Tile{63, 1234567890123456789ull, 256}})
    EXPECT_EQ(parse_tile_path(tile_path(tile)), tile);
  for (const char* bad : {"tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256",
                          "tile/0/000.p/01", "tile/0/x000/000", "tile/0/001/002", "tile/0/x001/", "tile/entries/000", "tile/0/../0", "tile/0/00a", "/tile/0/000",
                          "tile/0/000/", "tile/0/x999/x999/x999/x999/x999/x999/x999/999", ""})
    EXPECT_FALSE(parse_tile_path(bad)) << bad;
}

TEST(Tile, partial_tiles_are_those_of_the_specifications_example) {
  EXPECT_EQ(partial_tiles(70000), (std::vector<Tile>{{0, 273, 112}, {1, 1, 17}, {2, 0, 1}}));
  EXPECT_EQ(partial_tiles(256), (std::vector<Tile>{{1, 0, 1}}));
  EXPECT_TRUE(partial_tiles(0).empty());
}

TEST(Tile, trees_out_of_tiles_have_the_same_roots_and_proofs) {
  const auto all = leaves(700);
  for (const std::size_t size : {1u, 2u, 255u, 256u, 257u, 511u, 512u, 700u}) {
    const std::vector<Digest> part(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
    const ReadTile read = [&](const Tile& tile) -> std::expected<std::string, Error> {
      std::string bytes;
      for (std::uint64_t i = 0; i < tile.width; ++i) {
        const auto hash = over(part)(8 * tile.level, tile.index * 256 + i).value();
        bytes.append(reinterpret_cast<const char*>(hash.data()), 32);
      }
      return bytes;
    };
    EXPECT_EQ(root_from_tiles(size, read).value(), tree_root(part));
    const SubtreeHash hash = from_tiles(size, read);
    for (const std::size_t i : {std::size_t{0}, size / 2, size - 1})
      EXPECT_EQ(inclusion_proof(i, size, hash).value(), inclusion_proof(i, size, over(part)).value());
  }
  const ReadTile broken = [](const Tile&) -> std::expected<std::string, Error> { return std::string(33, 'x'); };
  EXPECT_FALSE(root_from_tiles(3, broken));
}

SigningKey fixed_key() {
  std::array<std::uint8_t, 32> seed{};
  for (std::size_t i = 0; i < 32; ++i) seed[i] = static_cast<std::uint8_t>(i);
  return SigningKey::from_seed(SecretBytes::copy_of(seed)).value();
}

const std::string kOrigin = "gatehouse.example.org/log";

TEST(Checkpoint, has_the_bytes_of_a_signed_note) {
  const SigningKey key = fixed_key();
  const Checkpoint checkpoint{kOrigin, 3, tree_root({leaf_hash("a"), leaf_hash("b"), leaf_hash("c")})};
  const std::string note = sign_checkpoint(checkpoint, key);
  EXPECT_EQ(note,
            "gatehouse.example.org/log\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n"
            "\xe2\x80\x94 gatehouse.example.org/log xjIfcam9aSZqs/ePOeRwfXEDDfULZHOkBkCCiRIIh9G6BpCFj/g3gIahrzFHexy8H98ENS2fs9PM7D8a2/POb93ZaQI=\n");
  const VerifierKey verifier = VerifierKey::of(kOrigin, key);
  EXPECT_EQ(verifier.text(), "gatehouse.example.org/log+c6321f71+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
  const auto read = VerifierKey::parse(verifier.text() + "\n");
  ASSERT_TRUE(read);
  const auto opened = open_checkpoint(note, *read);
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->size, 3u);
  EXPECT_EQ(opened->root, checkpoint.root);
}

TEST(Checkpoint, every_changed_byte_of_the_note_is_refused) {
  const SigningKey key = fixed_key();
  const VerifierKey verifier = VerifierKey::of(kOrigin, key);
  const std::string note = sign_checkpoint({kOrigin, 1, leaf_hash("a")}, key);
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (const char c : {'0', 'B', '\n', ' ', '\x01', '\xff'}) {
      if (note[i] == c) continue;
      std::string bad = note;
      bad[i] = c;
      EXPECT_FALSE(open_checkpoint(bad, verifier)) << i;
    }
  }
  for (std::size_t size = 0; size < note.size(); ++size) EXPECT_FALSE(open_checkpoint(note.substr(0, size), verifier)) << size;
}

TEST(Checkpoint, others_signatures_are_left_alone_but_sixteen_are_the_most) {
  const SigningKey key = fixed_key(), witness = SigningKey::generate();
  const VerifierKey verifier = VerifierKey::of(kOrigin, key);
  std::string note = sign_checkpoint({kOrigin, 1, leaf_hash("a")}, key);
  const std::string text = note.substr(0, note.find("\n\n") + 1);
  const std::string other = sign_note(text, "witness.example.org", witness).substr(text.size() + 1);
  for (int i = 0; i < 15; ++i) note += other;
  EXPECT_TRUE(open_checkpoint(note, verifier));
  EXPECT_FALSE(open_checkpoint(note + other, verifier));
  // Same name, another key: another's signature, and so not enough.
  EXPECT_EQ(open_checkpoint(note, VerifierKey::of(kOrigin, witness)).error().code, "signature_missing");
}

TEST(Checkpoint, signed_texts_of_another_form_are_refused) {
  const SigningKey key = fixed_key();
  const VerifierKey verifier = VerifierKey::of(kOrigin, key);
  const std::string root = base64(std::string(32, 'r'));
  for (const std::string& text :
       {kOrigin + "\n1\n", kOrigin + "\n01\n" + root + "\n", kOrigin + "\n-1\n" + root + "\n", kOrigin + "\n1\n" + root + "\nextension\n",
        kOrigin + "\n1\n" + root.substr(1) + "\n", std::string("other.example.org/log\n1\n") + root + "\n", kOrigin + "\n0\n" + root + "\n",
        kOrigin + "\n18446744073709551616\n" + root + "\n"})
    EXPECT_FALSE(open_checkpoint(sign_note(text, kOrigin, key), verifier)) << text;
  EXPECT_TRUE(open_checkpoint(sign_note(kOrigin + "\n1\n" + root + "\n", kOrigin, key), verifier));
}

TEST(VerifierKey, is_refused_when_name_hash_or_key_do_not_belong_together) {
  const std::string good = VerifierKey::of(kOrigin, fixed_key()).text();
  EXPECT_TRUE(VerifierKey::parse(good));
  for (const std::string& bad : {std::string(), good.substr(1), good + "A", "x" + good, std::string("a+b"), std::string("++"), "a b" + good.substr(25)})
    EXPECT_FALSE(VerifierKey::parse(bad)) << bad;
  EXPECT_FALSE(is_key_name("a b"));
  EXPECT_FALSE(is_key_name("a+b"));
  EXPECT_FALSE(is_key_name("a\xe2\x80\x83" "b"));
  EXPECT_FALSE(is_key_name(""));
}

struct ProofFile {
  SigningKey key = fixed_key();
  VerifierKey verifier = VerifierKey::of(kOrigin, key);
  std::vector<Digest> all = leaves(9);
  std::string note = sign_checkpoint({kOrigin, 9, tree_root(all)}, key);
  std::vector<Digest> hashes = inclusion_proof(4, 9, over(all)).value();
};

TEST(ProofFile, proves_its_entry_and_no_changed_byte_of_it) {
  const ProofFile p;
  const std::string file = proof_file(4, p.hashes, "entry 4", p.note);
  EXPECT_TRUE(file.starts_with("c2sp.org/tlog-proof@v1\nextra ZW50cnkgNA==\nindex 4\n"));
  const auto checked = check_proof_file(file, p.verifier);
  ASSERT_TRUE(checked) << checked.error().text();
  EXPECT_EQ(checked->index, 4u);
  EXPECT_EQ(checked->entry, "entry 4");
  EXPECT_EQ(checked->checkpoint.size, 9u);
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string bad = file;
    bad[i] = bad[i] == '5' ? '6' : '5';
    EXPECT_FALSE(check_proof_file(bad, p.verifier)) << i;
  }
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(check_proof_file(file.substr(0, size), p.verifier)) << size;
  EXPECT_FALSE(check_proof_file(proof_file(5, p.hashes, "entry 4", p.note), p.verifier));
  EXPECT_FALSE(check_proof_file(proof_file(4, p.hashes, "entry 5", p.note), p.verifier));
}

TEST(ProofFile, without_its_entry_wants_the_entry_beside_it) {
  const ProofFile p;
  const std::string bare = proof_file(4, p.hashes, "", p.note);
  EXPECT_EQ(check_proof_file(bare, p.verifier).error().code, "no_entry");
  EXPECT_TRUE(check_proof_file(bare, p.verifier, "entry 4"));
  EXPECT_FALSE(check_proof_file(bare, p.verifier, "entry 5"));
  EXPECT_EQ(check_proof_file(proof_file(4, p.hashes, "entry 4", p.note), p.verifier, "entry 5").error().code, "other_entry");
}

// ------------------------------------------------------------------------------------------------ the audit

struct Log {
  std::vector<std::string> entries;
  std::vector<Digest> stored;
  Checkpoint checkpoint;
  explicit Log(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) entries.push_back("entry " + std::to_string(i));
    stored = leaves(n);
    checkpoint = {kOrigin, n, tree_root(stored)};
  }
};

struct Row {
  std::uint64_t index;
  std::string entry;
  Digest leaf;
};

std::vector<Row> rows(const Log& log) {
  std::vector<Row> out;
  for (std::size_t i = 0; i < log.entries.size(); ++i) out.push_back({i, log.entries[i], log.stored[i]});
  return out;
}

std::expected<void, Error> audited(const Log& log, const std::vector<Row>& given, Frontier start = {}) {
  Auditor auditor(log.checkpoint, std::move(start));
  for (const Row& row : given) {
    if (row.index < auditor.next() && &row == &given.front()) continue;
    if (auto done = auditor.feed(row.index, row.entry, {reinterpret_cast<const char*>(row.leaf.data()), 32}); !done) return done;
  }
  return auditor.finish();
}

TEST(Audit, a_log_as_it_was_signed_passes) {
  for (const std::size_t n : {0u, 1u, 2u, 5u, 300u}) {
    const Log log(n);
    EXPECT_TRUE(audited(log, rows(log))) << n;
  }
}

TEST(Audit, a_flipped_dropped_moved_or_cut_entry_is_found_and_the_first_bad_index_named) {
  const Log log(300);
  const auto where = [&](const std::vector<Row>& given) {
    const auto done = audited(log, given);
    return done ? std::string("passed") : done.error().code + " " + done.error().where;
  };
  for (const std::size_t bad : {0u, 1u, 137u, 299u}) {
    auto flipped = rows(log);
    flipped[bad].entry[0] ^= 1;
    EXPECT_EQ(where(flipped), "changed_entry entry " + std::to_string(bad));
    auto other_leaf = rows(log);
    other_leaf[bad].leaf[0] ^= 1;
    EXPECT_EQ(where(other_leaf), "changed_entry entry " + std::to_string(bad));
    auto dropped = rows(log);
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(bad));
    EXPECT_EQ(where(dropped), "missing_entry entry " + std::to_string(bad));
    auto cut = rows(log);
    cut.resize(bad);
    EXPECT_EQ(where(cut), "missing_entry entry " + std::to_string(bad));
  }
  auto moved = rows(log);
  std::swap(moved[100], moved[200]);
  EXPECT_EQ(where(moved), "missing_entry entry 100");
  auto twice = rows(log);
  twice.insert(twice.begin() + 7, twice[6]);
  EXPECT_EQ(where(twice), "missing_entry entry 7");
}

TEST(Audit, a_clever_change_that_keeps_index_and_stored_hash_in_step_is_found_and_named_by_the_tiles) {
  const Log log(300);
  // Changed with its stored hash; dropped and renumbered; two swapped and renumbered.
  std::vector<std::vector<Row>> clever(3, rows(log));
  clever[0][150].entry = "forged";
  clever[0][150].leaf = leaf_hash("forged");
  clever[1].erase(clever[1].begin() + 150);
  clever[1].push_back({0, "filler", leaf_hash("filler")});
  std::swap(clever[2][150], clever[2][151]);
  for (auto& given : clever) {
    for (std::size_t i = 0; i < given.size(); ++i) given[i].index = i;
    const auto done = audited(log, given);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, "other_root");
    const LeafAt tiles = [&](std::uint64_t i) -> std::expected<Digest, Error> { return log.stored[i]; };
    const LeafAt entries = [&](std::uint64_t i) -> std::expected<Digest, Error> { return leaf_hash(given[i].entry); };
    EXPECT_EQ(first_difference(log.checkpoint, 0, tiles, entries).value(), 150u);
    // Tiles that were changed as well are not believed.
    const LeafAt forged = [&](std::uint64_t i) -> std::expected<Digest, Error> { return leaf_hash(given[i].entry); };
    EXPECT_EQ(first_difference(log.checkpoint, 0, forged, entries).error().code, "bad_tile");
  }
  const LeafAt same = [&](std::uint64_t i) -> std::expected<Digest, Error> { return log.stored[i]; };
  EXPECT_EQ(first_difference(log.checkpoint, 0, same, same).value(), std::nullopt);
}

TEST(Audit, goes_on_from_a_saved_state_and_finds_what_comes_after) {
  const Log log(300);
  Frontier state;
  for (std::size_t i = 0; i < 120; ++i) state.append(log.stored[i]);
  auto rest = rows(log);
  rest.erase(rest.begin(), rest.begin() + 120);
  EXPECT_TRUE(audited(log, rest, state));
  rest[30].entry[0] ^= 1;
  EXPECT_EQ(audited(log, rest, state).error().where, "entry 150");
  rest[30].entry[0] ^= 1;
  Frontier other;
  for (std::size_t i = 0; i < 120; ++i) other.append(log.stored[i + 1]);
  EXPECT_EQ(audited(log, rest, other).error().code, "other_root");
}

TEST(Audit, entries_newer_than_the_checkpoint_are_hashed_and_counted_apart) {
  Log log(300);
  const auto all = rows(log);
  log.checkpoint = {kOrigin, 200, tree_root(std::vector<Digest>(log.stored.begin(), log.stored.begin() + 200))};
  Auditor auditor(log.checkpoint);
  for (const Row& row : all) ASSERT_TRUE(auditor.feed(row.index, row.entry, {reinterpret_cast<const char*>(row.leaf.data()), 32}));
  EXPECT_TRUE(auditor.finish());
  EXPECT_EQ(auditor.beyond(), 100u);
}

TEST(EntryFile, a_line_comes_back_and_no_other_spelling_is_read) {
  const std::string line = entry_line(12, "{\"kind\":\"release\"}\n");
  ASSERT_TRUE(line.ends_with("}\n"));
  const std::string body = line.substr(0, line.size() - 1);
  const auto read = read_entry_line(body);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->index, 12u);
  EXPECT_EQ(read->entry, "{\"kind\":\"release\"}\n");
  const Digest leaf = leaf_hash(read->entry);
  EXPECT_EQ(read->leaf, std::string(reinterpret_cast<const char*>(leaf.data()), 32));
  for (const std::string& bad : {std::string(), body + " ", body.substr(1), body.substr(0, body.size() - 1), std::string("{\"entry\":\"\",\"index\":01,\"leaf\":\"\"}"),
                                 std::string("{\"entry\":\"\",\"index\":1}"), std::string("{\"entry\":\"}"), std::string("{\"entry\":\"!\",\"index\":1,\"leaf\":\"AA==\"}")})
    EXPECT_FALSE(read_entry_line(bad)) << bad;
}

}  // namespace
}  // namespace gatehouse::crypto::log
