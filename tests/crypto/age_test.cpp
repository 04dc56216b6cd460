#include "crypto/age.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "crypto/age_stream.hpp"
#include "crypto/bech32.hpp"
#include "crypto/keys.hpp"
#include "tests/crypto/tools.hpp"

namespace gatehouse::crypto::age {
namespace {

std::vector<Identity> identities(Identity identity) {
  std::vector<Identity> out;
  out.push_back(std::move(identity));
  return out;
}

SecretBytes words(std::string_view text) { return SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); }

Source from(std::string_view& rest, std::size_t piece) {
  return [&rest, piece](std::span<char> into) -> std::expected<std::size_t, Error> {
    const std::size_t now = rest.copy(into.data(), std::min(piece, into.size()));
    rest.remove_prefix(now);
    return now;
  };
}

Sink onto(std::string& out) {
  return [&out](std::string_view bytes) -> std::expected<void, Error> {
    out += bytes;
    return {};
  };
}

TEST(Age, an_identity_reads_and_writes_as_age_keygen_does) {
  // The specification's own example (https://c2sp.org/age): 32 bytes of `B`.
  const auto identity = Identity::parse("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->recipient().text(), "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj");
  EXPECT_EQ(identity->text(KeyAccess::granted_to("test: compare")), "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX");
  const auto recipient = Recipient::parse("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj");
  ASSERT_TRUE(recipient);
  EXPECT_EQ(recipient->public_key(), identity->recipient().public_key());
  EXPECT_FALSE(Identity::parse("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"));
  EXPECT_FALSE(Recipient::parse("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ"));
  // A kind that a newer age has is named as such: the partner has not made a mistake.
  EXPECT_EQ(Recipient::parse("age1pq1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj").error().code, "unsupported_recipient");
  EXPECT_FALSE(Recipient::parse(""));
}

TEST(Age, a_low_order_point_is_no_recipient) {
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000000",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const auto bytes = from_hex(point);
    std::array<std::uint8_t, 32> key{};
    std::copy(bytes->begin(), bytes->end(), key.begin());
    const auto recipient = Recipient::parse(bech32_encode("age", key));  // written as a good one would be
    ASSERT_FALSE(recipient) << point;
    EXPECT_EQ(recipient.error().code, "bad_recipient");
  }
}

TEST(Age, what_is_sealed_opens_for_each_recipient_and_nobody_else) {
  Identity a = Identity::generate(), b = Identity::generate(), stranger = Identity::generate();
  const std::vector<Recipient> recipients = {a.recipient(), b.recipient()};
  const auto file = seal(recipients, "words");
  ASSERT_TRUE(file);
  EXPECT_EQ(open(identities(std::move(a)), *file).value(), "words");
  EXPECT_EQ(open(identities(std::move(b)), *file).value(), "words");
  const auto refused = open(identities(std::move(stranger)), *file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "no_match");
  EXPECT_EQ(open({}, *file).error().code, "no_match");
  EXPECT_EQ(seal({}, "words").error().code, "no_recipient");
  EXPECT_EQ(seal({Recipient()}, "words").error().code, "bad_recipient");
}

TEST(Age, sizes_around_the_chunk_come_back_in_memory_and_as_streams) {
  const Identity identity = Identity::generate();
  const std::vector<Recipient> recipients = {identity.recipient()};
  const auto keys = identities(Identity::parse(identity.text(KeyAccess::granted_to("test: a second one"))).value());
  for (const std::size_t size : {0u, 1u, 15u, 16u, 65535u, 65536u, 65537u, 131071u, 131072u, 131073u, 1048575u, 1048576u, 1048577u, 2097152u, 2200000u}) {
    SCOPED_TRACE(size);
    const std::string plain = random_bytes(size);
    const auto whole = seal(recipients, plain);
    ASSERT_TRUE(whole);
    EXPECT_EQ(open(keys, *whole).value(), plain);
    for (const unsigned threads : {1u, 3u}) {
      for (const Form form : {Form::binary, Form::armored}) {
        std::string file, back;
        std::string_view rest = plain;
        ASSERT_TRUE(seal_stream(Sealing{recipients}, from(rest, 50000), onto(file), form, threads));
        rest = file;
        ASSERT_TRUE(open_stream(Opening{keys}, from(rest, 70001), onto(back), Form::either, threads));
        EXPECT_TRUE(back == plain);
        EXPECT_EQ(file.size() > whole->size(), form == Form::armored);
      }
    }
  }
}

TEST(Age, every_flipped_bit_of_a_small_file_is_refused) {
  const Identity identity = Identity::generate();
  const std::string file = seal({identity.recipient()}, "forty-two bytes of plaintext, more or less").value();
  const auto keys = identities(Identity::parse(identity.text(KeyAccess::granted_to("test: a second one"))).value());
  for (std::size_t i = 0; i < file.size() * 8; ++i) {
    std::string bad = file;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    ASSERT_FALSE(open(keys, bad)) << "bit " << i;
  }
  for (std::size_t size = 0; size < file.size(); ++size) ASSERT_FALSE(open(keys, std::string_view(file).substr(0, size))) << size;
  EXPECT_EQ(open(keys, file + "x").error().code, "bad_payload");
}

TEST(Age, nothing_is_written_after_a_chunk_that_failed) {
  const Identity identity = Identity::generate();
  const std::vector<Recipient> recipients = {identity.recipient()};
  const auto keys = identities(Identity::parse(identity.text(KeyAccess::granted_to("test: a second one"))).value());
  const std::string plain = random_bytes(60 * 65536 + 5);
  const std::string file = seal(recipients, plain).value();
  const std::size_t payload = file.size() - plain.size() - 61 * 16;
  for (const std::size_t chunk : {0u, 1u, 15u, 16u, 17u, 31u, 40u, 60u}) {
    std::string bad = file;
    bad[payload + chunk * 65552 + 3] ^= 1;
    for (const unsigned threads : {1u, 2u, 4u}) {
      std::string back;
      std::string_view rest = bad;
      const auto done = open_stream(Opening{keys}, from(rest, 1 << 20), onto(back), Form::either, threads);
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().where, "age payload, chunk " + std::to_string(chunk));
      EXPECT_TRUE(back == plain.substr(0, chunk * 65536)) << chunk << " " << threads;
    }
  }
}

TEST(Age, a_source_or_sink_that_fails_ends_the_stream_with_its_error) {
  const Identity identity = Identity::generate();
  const std::vector<Recipient> recipients = {identity.recipient()};
  for (const unsigned threads : {1u, 3u}) {
    int reads = 0;
    const Source broken = [&reads](std::span<char> into) -> std::expected<std::size_t, Error> {
      if (++reads > 40) return std::unexpected(Error{"io", "input", "no more", ""});
      return into.size();
    };
    std::string file;
    EXPECT_EQ(seal_stream(Sealing{recipients}, broken, onto(file), Form::binary, threads).error().code, "io");
    std::string plain(5'000'000, 'x');
    std::string_view rest = plain;
    int writes = 0;
    const Sink full = [&writes](std::string_view) -> std::expected<void, Error> {
      if (++writes > 2) return std::unexpected(Error{"io", "output", "disk full", ""});
      return {};
    };
    EXPECT_EQ(seal_stream(Sealing{recipients}, from(rest, 1 << 20), full, Form::binary, threads).error().code, "io");
    EXPECT_EQ(writes, 3) << "nothing is written after a write that failed";
    const Source throwing = [](std::span<char>) -> std::expected<std::size_t, Error> { throw std::runtime_error("lost"); };
    EXPECT_THROW((void)seal_stream(Sealing{recipients}, throwing, onto(file), Form::binary, threads), std::runtime_error);
  }
}

TEST(Age, a_passphrase_opens_its_file_and_a_costly_one_is_refused) {
  const auto file = seal_with_passphrase(words("correct example battery"), "words", 10);
  ASSERT_TRUE(file);
  EXPECT_EQ(open_with_passphrase(words("correct example battery"), *file).value(), "words");
  EXPECT_EQ(open_with_passphrase(words("another"), *file).error().code, "no_match");
  EXPECT_EQ(open(identities(Identity::generate()), *file).error().code, "no_match");
  std::string costly = *file;
  const std::size_t at = costly.find(" 10\n");
  ASSERT_NE(at, std::string::npos);
  costly.replace(at, 4, " 19\n");
  EXPECT_EQ(open_with_passphrase(words("correct example battery"), costly).error().code, "bad_header");
  EXPECT_FALSE(seal_with_passphrase(words("x"), "words", 19));
  EXPECT_FALSE(seal_with_passphrase(words("x"), "words", 0));
}

TEST(Age, armour_is_pem_and_comes_back) {
  for (const std::size_t size : {0u, 1u, 47u, 48u, 49u, 96u, 1000u, 100000u}) {
    const std::string bytes = random_bytes(size);
    const std::string text = armor(bytes);
    EXPECT_TRUE(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));
    EXPECT_TRUE(text.ends_with("\n-----END AGE ENCRYPTED FILE-----\n"));
    EXPECT_EQ(unarmor(text).value(), bytes);
  }
  EXPECT_FALSE(unarmor(""));
  EXPECT_FALSE(unarmor(std::string(100000, 'A')));
  EXPECT_FALSE(unarmor(std::string(5000, '\n')));
}

TEST(Age, padded_sizes_follow_padme_from_8_kib_on) {
  EXPECT_EQ(padded_size(0), 8192u);
  EXPECT_EQ(padded_size(8192), 8192u);
  EXPECT_EQ(padded_size(8193), 8704u);
  EXPECT_EQ(padded_size(9216), 9216u);
  EXPECT_EQ(padded_size(9217), 9728u);
  EXPECT_EQ(padded_size(65537), 67584u);
  EXPECT_EQ(padded_size(1000000), 1015808u);
  for (std::size_t size = 8192; size < 300000; size += 37) {
    const std::size_t padded = padded_size(size);
    EXPECT_GE(padded, size);
    EXPECT_EQ(padded % 512, 0u);
    EXPECT_LE(static_cast<double>(padded - size), 0.12 * static_cast<double>(size));
    EXPECT_EQ(padded_size(padded), padded);
  }
  EXPECT_EQ(padded_json("{}").size(), 8192u);
}

// ------------------------------------------------------------------------------------------------ the stock program

std::vector<std::size_t> interop_sizes() {
  // A few dozen, or GATEHOUSE_LONG=1: a thousand at random round multiples of 64 KiB.
  std::vector<std::size_t> out = {0, 1, 100};
  const char* asked = std::getenv("GATEHOUSE_LONG");
  const bool many = asked != nullptr && *asked == '1';
  for (std::size_t i = 0; out.size() < (many ? 1000u : 24u); ++i) {
    const std::string noise = random_bytes(2);
    const auto offset = static_cast<std::size_t>(static_cast<std::uint8_t>(noise[0])) % 40;
    const std::size_t chunks = 1 + static_cast<std::uint8_t>(noise[1]) % 20;
    out.push_back(chunks * 65536 + offset - (i % 2 == 0 ? 20 : 0));
  }
  return out;
}

TEST(Age, the_stock_program_opens_what_we_seal_and_we_open_what_it_seals) {
  if (!tools::have("age")) GTEST_SKIP() << "the program `age` is not installed";
  const tools::Folder folder;
  const Identity identity = Identity::generate();
  folder.write("id", identity.text(KeyAccess::granted_to("test: for age -i")) + "\n");
  const auto keys = identities(Identity::parse(identity.text(KeyAccess::granted_to("test: a second one"))).value());
  for (const std::size_t size : interop_sizes()) {
    SCOPED_TRACE(size);
    const std::string plain = random_bytes(size);
    const bool armored = size % 3 == 0;
    const std::string file = seal({identity.recipient()}, plain).value();
    folder.write("ours.age", armored ? armor(file) : file);
    ASSERT_EQ(folder.run("age -d -i id -o ours.out ours.age"), 0);
    ASSERT_TRUE(folder.read("ours.out") == plain);
    folder.write("plain", plain);
    ASSERT_EQ(folder.run(std::string("age ") + (armored ? "-a " : "") + "-r " + identity.recipient().text() + " -o theirs.age plain"), 0);
    const auto back = open(keys, folder.read("theirs.age"));
    ASSERT_TRUE(back) << back.error().text();
    ASSERT_TRUE(*back == plain);
  }
}

}  // namespace
}  // namespace gatehouse::crypto::age
