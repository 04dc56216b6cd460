// Cosignatures, policies and what a witness answers.
#include <gtest/gtest.h>

#include "crypto/log/cosignature.hpp"
#include "crypto/log/policy.hpp"
#include "crypto/log/witness.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::crypto::log {
namespace {

const std::string kOrigin = "gatehouse.example.org/log";

SigningKey key_of(char fill) {
  const std::string seed(32, fill);
  return SigningKey::from_seed(SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size()})).value();
}

std::vector<Digest> leaves(std::size_t n, std::string_view word = "entry ") {
  std::vector<Digest> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(leaf_hash(std::string(word) + std::to_string(i)));
  return out;
}

SubtreeHash over(const std::vector<Digest>& all) {
  return [&all](int level, std::uint64_t index) -> std::expected<Digest, Error> {
    const auto first = static_cast<std::ptrdiff_t>(index << level);
    return tree_root(std::vector<Digest>(all.begin() + first, all.begin() + first + (std::ptrdiff_t{1} << level)));
  };
}

std::string text_of(const std::string& note) { return note.substr(0, note.rfind("\n\n") + 1); }

class Witnessing : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(start()); }
  SigningKey log = key_of('L'), first = key_of('1'), second = key_of('2'), third = key_of('3');
  VerifierKey log_key = VerifierKey::of(kOrigin, log);
  std::vector<WitnessKey> witnesses = {WitnessKey::of("witness.example.org/one", first), WitnessKey::of("witness.example.org/two", second),
                                       WitnessKey::of("witness.example.org/three", third)};
  std::vector<Digest> all = leaves(40);
  std::string note(std::size_t size) const { return sign_checkpoint({kOrigin, size, tree_root({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)})}, log); }
  SeenTree seen(std::size_t size) const { return read_seen_tree(note(size)).value(); }
  AddCheckpoint from(std::size_t old, std::size_t size) const {
    return {old, old == 0 ? std::vector<Digest>{} : consistency_proof(old, size, over(all)).value(), note(size)};
  }
};

TEST_F(Witnessing, a_cosignature_signs_the_time_and_the_whole_text) {
  const std::string signed_note = note(3);
  const std::string line = cosign(text_of(signed_note), witnesses[0].name, first, 1679315147);
  EXPECT_TRUE(line.starts_with("\xe2\x80\x94 witness.example.org/one "));
  const auto with = cosignatures(signed_note + line, witnesses);
  ASSERT_TRUE(with) << with.error().text();
  ASSERT_EQ(with->size(), 1u);
  EXPECT_EQ(with->front().witness, 0u);
  EXPECT_EQ(with->front().time, 1679315147);
  // Byte by byte what the specification signs: verified here with the bare primitive.
  const std::string bytes = from_base64(line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2)).value();
  ASSERT_EQ(bytes.size(), 4u + 8u + 64u);
  EXPECT_TRUE(verify_ed25519(first.public_key(), "cosignature/v1\ntime 1679315147\n" + text_of(signed_note), bytes.substr(12)));
  EXPECT_EQ(hex({reinterpret_cast<const std::uint8_t*>(bytes.data()) + 4, 8}), "00000000641850cb");
}

TEST_F(Witnessing, every_changed_byte_of_a_cosigned_note_loses_a_signature_or_the_note) {
  const std::string good = note(3) + cosign(text_of(note(3)), witnesses[0].name, first, 1795341600);
  const auto whole = WitnessPolicy::threshold(witnesses, 1).value();
  ASSERT_TRUE(open_checkpoint(good, log_key, whole));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_checkpoint(bad, log_key, whole)) << i;
  }
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(open_checkpoint(good.substr(0, size), log_key, whole)) << size;
}

TEST_F(Witnessing, a_log_signature_is_no_cosignature_and_the_other_way_round) {
  // The same key and name, the other type: the key ids differ, so neither counts as the other.
  const std::string plain = sign_note(text_of(note(3)), witnesses[0].name, first);
  EXPECT_TRUE(cosignatures(plain, witnesses)->empty());
  const std::string cosigned = text_of(note(3)) + "\n" + cosign(text_of(note(3)), kOrigin, log, 1);
  EXPECT_EQ(open_checkpoint(cosigned, log_key).error().code, "signature_missing");
  EXPECT_FALSE(WitnessKey::parse(log_key.text()));
  EXPECT_FALSE(VerifierKey::parse(witnesses[0].text()));
  EXPECT_EQ(WitnessKey::parse(witnesses[0].text() + "\n").value(), witnesses[0]);
}

TEST_F(Witnessing, a_false_line_of_a_known_witness_refuses_the_note_and_strangers_lines_do_not) {
  const std::string other = cosign(text_of(note(4)), witnesses[0].name, first, 5);
  EXPECT_EQ(cosignatures(note(3) + other, witnesses).error().code, "signature_mismatch");
  const std::string stranger = cosign(text_of(note(3)), "elsewhere.example.org", key_of('x'), 5);
  EXPECT_TRUE(cosignatures(note(3) + stranger, witnesses)->empty());
  // The witness's name with a stranger's key: another key id, so a stranger.
  EXPECT_TRUE(cosignatures(note(3) + cosign(text_of(note(3)), witnesses[0].name, key_of('x'), 5), witnesses)->empty());
}

TEST_F(Witnessing, a_newer_cosignature_takes_the_place_of_the_older_one) {
  std::string note = this->note(5);
  note = add_cosignature(note, cosign(text_of(note), witnesses[0].name, first, 100), witnesses[0]).value();
  note = add_cosignature(note, cosign(text_of(note), witnesses[1].name, second, 101), witnesses[1]).value();
  note = add_cosignature(note, cosign(text_of(note), "elsewhere.example.org", key_of('x'), 1) + cosign(text_of(note), witnesses[0].name, first, 200), witnesses[0]).value();
  const auto who = cosignatures(note, witnesses).value();
  ASSERT_EQ(who.size(), 2u);
  EXPECT_EQ(who[0].time, 200);
  EXPECT_EQ(note.find("elsewhere"), std::string::npos);
  EXPECT_EQ(std::count(note.begin(), note.end(), '\n'), 3 + 1 + 3);
  EXPECT_EQ(add_cosignature(note, "", witnesses[2]).error().code, "bad_cosignature");
  EXPECT_FALSE(add_cosignature(note, cosign(text_of(this->note(6)), witnesses[2].name, third, 1), witnesses[2]));
  EXPECT_FALSE(add_cosignature(note, "words\n", witnesses[2]));
  EXPECT_FALSE(add_cosignature(note, cosign(text_of(note), witnesses[2].name, third, 1) + "no end", witnesses[2]));
  // Never more signatures than a reader must take.
  std::string full = this->note(5);
  for (int i = 0; i < 15; ++i) full += sign_note(text_of(full), "n" + std::to_string(i), key_of('x')).substr(text_of(full).size() + 1);
  EXPECT_FALSE(add_cosignature(full, cosign(text_of(full), witnesses[2].name, third, 1), witnesses[2]));
}

TEST_F(Witnessing, two_of_three_are_enough_and_one_is_not) {
  const auto policy = WitnessPolicy::threshold(witnesses, 2).value();
  std::string note = this->note(7);
  EXPECT_EQ(open_checkpoint(note, log_key, policy).error().code, "quorum_missing");
  note += cosign(text_of(note), witnesses[2].name, third, 9);
  const auto one = open_checkpoint(note, log_key, policy);
  ASSERT_FALSE(one);
  EXPECT_NE(one.error().what.find("1 of 3"), std::string::npos) << one.error().what;
  // The same witness twice is still one.
  EXPECT_FALSE(open_checkpoint(note + cosign(text_of(note), witnesses[2].name, third, 10), log_key, policy));
  note += cosign(text_of(note), witnesses[0].name, first, 11);
  const auto two = open_checkpoint(note, log_key, policy);
  ASSERT_TRUE(two) << two.error().text();
  EXPECT_EQ(two->checkpoint.size, 7u);
  EXPECT_EQ(two->cosigned.size(), 2u);
  EXPECT_FALSE(WitnessPolicy::threshold(witnesses, 4));
  EXPECT_FALSE(WitnessPolicy::threshold({witnesses[0], witnesses[0]}, 1));
  EXPECT_TRUE(open_checkpoint(this->note(7), log_key, WitnessPolicy::threshold(witnesses, 0).value()));
}

TEST_F(Witnessing, a_policy_file_with_groups_of_groups_says_who_must_have_seen_it) {
  const auto fourth = WitnessKey::of("auditor.example.org", key_of('4'));
  const std::string text = "# the council's policy\n\nlog " + log_key.text() + " https://gatehouse.example.org/log\n" + "witness A1 " + witnesses[0].text() + "\n \twitness A2\t" +
                           witnesses[1].text() + "\nwitness A3 " + witnesses[2].text() + " https://three.example.org\ngroup agencies 2 A1 A2 A3\nwitness B " + fourth.text() +
                           "\ngroup both all agencies B\nquorum both\n";
  const auto policy = WitnessPolicy::parse(text);
  ASSERT_TRUE(policy) << policy.error().text();
  EXPECT_EQ(policy->logs().size(), 1u);
  EXPECT_EQ(policy->log_urls().front(), "https://gatehouse.example.org/log");
  EXPECT_EQ(policy->witness_urls()[2], "https://three.example.org");
  EXPECT_EQ(policy->wanted(), 3u);
  EXPECT_TRUE(policy->satisfied({{0, 1}, {2, 1}, {3, 1}}));
  EXPECT_FALSE(policy->satisfied({{0, 1}, {1, 1}, {2, 1}}));
  EXPECT_FALSE(policy->satisfied({{0, 1}, {3, 1}}));
  EXPECT_FALSE(policy->satisfied({}));
  const auto again = WitnessPolicy::parse(policy->text());
  ASSERT_TRUE(again) << policy->text();
  EXPECT_EQ(again->text(), policy->text());
  EXPECT_TRUE(WitnessPolicy::parse("quorum none\n")->satisfied({}));
  EXPECT_EQ(WitnessPolicy().text(), "quorum none\n");
  auto simple = WitnessPolicy::threshold(witnesses, 2).value();
  simple.add_log(log_key);
  EXPECT_EQ(WitnessPolicy::parse(simple.text())->text(), simple.text());
}

TEST_F(Witnessing, a_policy_file_that_is_not_one_is_refused_with_its_line) {
  const std::string a = "witness A " + witnesses[0].text() + "\n", b = "witness B " + witnesses[1].text() + "\n";
  for (const std::string& bad :
       {std::string(), std::string("quorum A\n"), a, a + "quorum A", a + "quorum A\nquorum A\n", a + a + "quorum A\n", a + "witness B " + witnesses[0].text() + "\nquorum A\n",
        a + b + "group G 3 A B\nquorum G\n", a + b + "group G 0 A B\nquorum G\n", a + b + "group G 01 A B\nquorum G\n", a + "group G any A A\nquorum G\n",
        a + b + "group G any A\ngroup H any A B\nquorum H\n", a + "group G any\nquorum G\n", a + "group none any A\nquorum none\n", a + "group G any H\nquorum G\n",
        "witness none " + witnesses[0].text() + "\nquorum none\n", "witness A " + log_key.text() + "\nquorum A\n", "log " + witnesses[0].text() + "\nquorum none\n",
        std::string("quorum none\r\n"), std::string("quorum\n"), std::string("something else\n"), "log " + log_key.text() + "\nlog " + log_key.text() + "\nquorum none\n"})
    EXPECT_FALSE(WitnessPolicy::parse(bad)) << bad;
  EXPECT_EQ(WitnessPolicy::parse(a + b + "group G 3 A B\n").error().where, "policy, line 3");
}

// ------------------------------------------------------------------------------------------------ the witness

TEST_F(Witnessing, a_request_reads_and_writes_as_the_specification_has_it) {
  const AddCheckpoint request = from(3, 9);
  const std::string body = add_checkpoint_text(request);
  EXPECT_TRUE(body.starts_with("old 3\n"));
  const auto read = read_add_checkpoint(body);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->old_size, 3u);
  EXPECT_EQ(read->proof, request.proof);
  EXPECT_EQ(read->note, request.note);
  EXPECT_EQ(add_checkpoint_text(*read), body);
  const std::string hash = base64(std::string(32, 'h')) + "\n";
  std::string many = "old 1\n";
  for (int i = 0; i < 64; ++i) many += hash;
  for (const std::string& bad : {std::string(), std::string("old 3"), std::string("old 03\n\n"), std::string("old -1\n\n"), std::string("old\n\n"), "old 3\n" + hash,
                                 std::string("old 3\nnot base64\n\nx"), std::string("new 3\n\nx"), many + "\n", "old 1\n\n" + std::string(70000, 'x')})
    EXPECT_FALSE(read_add_checkpoint(bad)) << bad.substr(0, 40);
}

TEST_F(Witnessing, the_first_checkpoint_and_each_that_continues_it_are_cosigned) {
  EXPECT_EQ(judge(from(0, 5), {log_key}, std::nullopt).status, 200);
  EXPECT_EQ(judge(from(0, 0), {log_key}, std::nullopt).status, 200) << "an empty log";
  for (std::size_t old = 1; old <= 40; old += 3)
    for (std::size_t size = old; size <= 40; size += 7) {
      const auto answer = judge(from(old, size), {log_key}, seen(old));
      EXPECT_EQ(answer.status, 200) << old << " " << size << answer.body;
      EXPECT_EQ(answer.text, text_of(note(size)));
    }
}

TEST_F(Witnessing, a_log_may_have_two_keys_and_extension_lines) {
  const SigningKey newer = key_of('N');
  const std::vector<VerifierKey> both = {log_key, VerifierKey::of(kOrigin, newer)};
  AddCheckpoint request = from(0, 5);
  const std::string text = text_of(request.note) + "an extension line\n";
  request.note = sign_note(text, kOrigin, newer);
  const auto answer = judge(request, both, std::nullopt);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.text, text) << "all of the text is cosigned";
  EXPECT_EQ(judge(request, {log_key}, std::nullopt).status, 403);
}

TEST_F(Witnessing, what_is_wrong_has_the_status_of_the_specification) {
  EXPECT_EQ(judge(from(0, 5), {}, std::nullopt).status, 404);
  EXPECT_EQ(judge(from(0, 5), {VerifierKey::of("other.example.org/log", log)}, std::nullopt).status, 404);
  EXPECT_EQ(judge(from(0, 5), {VerifierKey::of(kOrigin, key_of('x'))}, std::nullopt).status, 403);
  EXPECT_EQ(judge({0, {}, "not a note"}, {log_key}, std::nullopt).status, 400);
  EXPECT_EQ(judge({6, {}, note(5)}, {log_key}, seen(6)).status, 400) << "an old size above the new";
  for (const std::size_t old : {0u, 4u, 6u}) {
    const auto stale = judge({old, {}, note(9)}, {log_key}, seen(5));
    EXPECT_EQ(stale.status, 409);
    EXPECT_EQ(stale.body, "5\n");
    EXPECT_EQ(stale.content_type, "text/x.tlog.size");
    EXPECT_FALSE(stale.fork);
  }
  EXPECT_EQ(judge({3, {}, note(9)}, {log_key}, std::nullopt).body, "0\n");
  EXPECT_EQ(judge({0, {tree_root(all)}, note(9)}, {log_key}, std::nullopt).status, 422) << "nothing is proved from an empty tree";
  auto proof = from(5, 9);
  proof.proof.front()[0] ^= 1;
  EXPECT_EQ(judge(proof, {log_key}, seen(5)).status, 422);
  proof = from(5, 9);
  proof.proof.pop_back();
  EXPECT_EQ(judge(proof, {log_key}, seen(5)).status, 422);
}

TEST_F(Witnessing, a_fork_is_refused_at_the_same_size_and_at_every_larger_one) {
  const auto forged = leaves(40, "forged ");
  for (const std::size_t size : {5u, 6u, 16u, 40u}) {
    auto mixed = all;
    mixed[2] = forged[2];
    mixed.resize(size);
    AddCheckpoint request{5, size == 5 ? std::vector<Digest>{} : consistency_proof(5, size, over(mixed)).value(), sign_checkpoint({kOrigin, size, tree_root(mixed)}, log)};
    const auto answer = judge(request, {log_key}, seen(5));
    EXPECT_EQ(answer.status, size == 5 ? 409 : 422) << size;
    EXPECT_TRUE(answer.fork) << size;
  }
}

}  // namespace
}  // namespace gatehouse::crypto::log
