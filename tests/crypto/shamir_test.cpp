// Sharing a secret among officers, and the escrow that rests on it.
#include "crypto/shamir.hpp"

#include <gtest/gtest.h>

#include <set>

#include "crypto/escrow.hpp"
#include "crypto/keys.hpp"
#include "tests/crypto/tools.hpp"

namespace gatehouse::crypto {
namespace {

SecretBytes secret(std::string_view bytes) { return SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}); }
std::string text_of(const SecretBytes& key) {
  const auto raw = key.reveal(KeyAccess::granted_to("test: compare"));
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}
Share copy(const Share& share) { return {share.number, share.bytes.clone(KeyAccess::granted_to("test: copy a share"))}; }
EscrowShare copy(const EscrowShare& share) { return {share.count, share.threshold, share.set, copy(share.share)}; }

// The same field the slow way, with logarithms: x generates it.
struct Field {
  std::array<int, 256> log{};
  std::array<std::uint8_t, 255> exp{};
  Field() {
    int x = 1;
    for (int i = 0; i < 255; ++i) {
      exp[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(x);
      log[static_cast<std::size_t>(x)] = i;
      x <<= 1;
      if (x & 256) x ^= 0x11d;
    }
  }
  std::uint8_t times(std::uint8_t a, std::uint8_t b) const { return a == 0 || b == 0 ? 0 : exp[static_cast<std::size_t>((log[a] + log[b]) % 255)]; }
};

TEST(Shamir, EverySecretComesBackFromEveryChoiceOfEnoughShares) {
  for (unsigned threshold = 2; threshold <= 4; ++threshold) {
    for (unsigned count = threshold; count <= 5; ++count) {
      const SecretBytes plain = SecretBytes::random(32);
      const auto shares = split_secret(plain, threshold, count, SecretBytes::random(32 * (threshold - 1)));
      ASSERT_TRUE(shares);
      ASSERT_EQ(shares->size(), count);
      for (unsigned chosen = 0; chosen < 1u << count; ++chosen) {
        std::vector<Share> some;
        for (unsigned i = 0; i < count; ++i)
          if (chosen >> i & 1u) some.push_back(copy((*shares)[i]));
        if (some.size() == threshold) {
          EXPECT_TRUE(combine_shares(some)->same_as(plain));
        } else if (some.size() == threshold - 1 && some.size() >= 2) {
          EXPECT_FALSE(combine_shares(some)->same_as(plain));
        }
      }
    }
  }
}

TEST(Shamir, SharesAreThePolynomialsValuesInTheFieldOfLibgfshare) {
  const Field field;
  std::string every(256, '\0');
  for (std::size_t i = 0; i < 256; ++i) every[i] = static_cast<char>(i);
  for (int c = 0; c < 256; c += 5) {
    const auto shares = split_secret(secret(every), 2, 255, secret(std::string(256, static_cast<char>(c))));
    for (const auto& share : *shares) {
      const std::string bytes = text_of(share.bytes);
      for (std::size_t s = 0; s < 256; ++s)
        ASSERT_EQ(static_cast<std::uint8_t>(bytes[s]), s ^ field.times(static_cast<std::uint8_t>(c), share.number)) << s << " " << c;
    }
  }
}

TEST(Shamir, OneShareAlonePointsToEverySecretEquallyOften) {
  // For the share that was seen, each of the 256 secrets has exactly one coefficient that gives it.
  std::string every(256, '\0');
  for (std::size_t i = 0; i < 256; ++i) every[i] = static_cast<char>(i);
  std::array<std::set<std::size_t>, 3> possible;
  for (int c = 0; c < 256; ++c) {
    const auto shares = split_secret(secret(every), 2, 3, secret(std::string(256, static_cast<char>(c))));
    for (std::size_t number = 0; number < 3; ++number) {
      const std::string bytes = text_of((*shares)[number].bytes);
      for (std::size_t s = 0; s < 256; ++s)
        if (bytes[s] == '\x5a') EXPECT_TRUE(possible[number].insert(s).second) << s;
    }
  }
  for (const auto& secrets : possible) EXPECT_EQ(secrets.size(), 256u);
}

TEST(Shamir, WhatCannotBeSharedOrPutTogetherIsRefused) {
  const SecretBytes plain = SecretBytes::random(16), random = SecretBytes::random(16);
  EXPECT_EQ(split_secret(plain, 1, 3, random).error().code, "bad_threshold");
  EXPECT_EQ(split_secret(plain, 4, 3, random).error().code, "bad_threshold");
  EXPECT_EQ(split_secret(plain, 2, 256, random).error().code, "bad_threshold");
  EXPECT_EQ(split_secret(plain, 3, 3, random).error().code, "bad_size");
  EXPECT_EQ(split_secret(SecretBytes(), 2, 3, SecretBytes()).error().code, "bad_size");
  const auto shares = split_secret(plain, 2, 3, random);
  EXPECT_FALSE(combine_shares({}));
  EXPECT_FALSE(combine_shares(std::span(shares->data(), 1)));
  std::vector<Share> bad;
  bad.push_back(copy((*shares)[0]));
  bad.push_back(copy((*shares)[0]));
  EXPECT_EQ(combine_shares(bad).error().code, "bad_share");
  bad[1].number = 0;
  EXPECT_EQ(combine_shares(bad).error().code, "bad_share");
  bad[1] = Share{2, SecretBytes(15)};
  EXPECT_EQ(combine_shares(bad).error().code, "bad_share");
}

TEST(Shamir, GfcombineOfLibgfsharePutsOurSharesTogetherAndOurCodeItsOwn) {
  if (!tools::have("gfcombine")) GTEST_SKIP() << "gfcombine (libgfshare-bin) is not installed";
  const tools::Folder folder;
  const SecretBytes plain = SecretBytes::random(32);
  const auto shares = split_secret(plain, 2, 3, SecretBytes::random(32));
  for (const auto& share : *shares) folder.write("ours.00" + std::to_string(share.number), text_of(share.bytes));
  ASSERT_EQ(folder.run("gfcombine -o back ours.001 ours.003"), 0);
  EXPECT_EQ(folder.read("back"), text_of(plain));
  folder.write("plain", text_of(plain));
  ASSERT_EQ(folder.run("gfsplit -n 2 -m 3 plain theirs"), 0);
  std::vector<Share> theirs;
  for (int number = 1; number < 256 && theirs.size() < 2; ++number) {
    const std::string name = "theirs." + std::string(number < 10 ? "00" : number < 100 ? "0" : "") + std::to_string(number);
    const std::string bytes = folder.read(name);
    if (!bytes.empty()) theirs.push_back({static_cast<std::uint8_t>(number), secret(bytes)});
  }
  ASSERT_EQ(theirs.size(), 2u);
  EXPECT_TRUE(combine_shares(theirs)->same_as(plain));
}

TEST(Escrow, AnyTwoOfThreeOfficersOpenWhatWasSealedAndOneDoesNot) {
  const auto made = make_escrow(2, 3);
  ASSERT_TRUE(made);
  const std::string sealed = age::seal({made->recipient}, "the key-encryption key of an installation").value();
  std::vector<std::string> lines;
  for (const auto& share : made->shares) lines.push_back(share_text(share, KeyAccess::granted_to("test: print a share")));
  EXPECT_TRUE(lines[0].starts_with("gatehouse-share-1-of-3-need-2-set-" + escrow_set(made->recipient) + "-1")) << lines[0];
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) {
      std::vector<EscrowShare> two;
      two.push_back(std::move(*read_share(lines[static_cast<std::size_t>(a)])));
      if (a != b) two.push_back(std::move(*read_share(lines[static_cast<std::size_t>(b)])));
      const auto identity = recover_escrow(two, made->recipient);
      EXPECT_EQ(identity.has_value(), a != b);
      if (identity) {
        EXPECT_EQ(age::open({}, sealed).error().code, "no_match");
        EXPECT_TRUE(identity->recipient().text() == made->recipient.text());
      } else {
        EXPECT_NE(identity.error().what.find("1 given, 2 needed"), std::string::npos);
      }
    }
  }
  std::vector<EscrowShare> all;
  for (const auto& line : lines) all.push_back(std::move(*read_share(line)));
  std::vector<age::Identity> identities;
  identities.push_back(std::move(*recover_escrow(all, made->recipient)));
  EXPECT_EQ(age::open(identities, sealed).value(), "the key-encryption key of an installation");
}

TEST(Escrow, AWrongShareAmongThreeIsWorkedAroundAndAmongTwoNoticed) {
  const auto made = make_escrow(2, 3), other = make_escrow(2, 3);
  std::vector<EscrowShare> shares;
  for (const auto& share : made->shares) shares.push_back(copy(share));
  shares[1].share.bytes = SecretBytes::random(32);
  EXPECT_TRUE(recover_escrow(shares, made->recipient));
  shares.pop_back();
  EXPECT_EQ(recover_escrow(shares, made->recipient).error().code, "no_match");
  shares[1] = copy(other->shares[1]);
  EXPECT_NE(recover_escrow(shares, made->recipient).error().what.find("another set"), std::string::npos);
  EXPECT_FALSE(recover_escrow({}, made->recipient));
}

TEST(Escrow, ASharePrintedInGroupsIsReadAndEveryMisreadCharacterIsNoticed) {
  const auto made = make_escrow(2, 3);
  const std::string line = share_text(made->shares[2], KeyAccess::granted_to("test: print a share"));
  std::string grouped;
  for (std::size_t i = 0; i < line.size(); ++i) grouped += (i % 4 == 0 && i > 0 ? i % 24 == 0 ? "\n  " : " " : "") + std::string(1, line[i]);
  ASSERT_TRUE(read_share(grouped));
  EXPECT_TRUE(read_share(grouped)->share.bytes.same_as(made->shares[2].share.bytes));
  EXPECT_EQ(read_share(grouped)->share.number, 3);
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (const char c : {'q', 'p', '8', '1', '2', 'a', '-', 'Q'}) {
      if (line[i] == c) continue;
      std::string bad = line;
      bad[i] = c;
      EXPECT_FALSE(read_share(bad)) << bad;
    }
    EXPECT_FALSE(read_share(line.substr(0, i)));
  }
  for (const char* bad : {"", "gatehouse-share-", "gatehouse-share-4-of-3-need-2-set-00000000-1", "gatehouse-share-01-of-3-need-2-set-00000000-1", "age1"}) EXPECT_FALSE(read_share(bad));
  EXPECT_FALSE(read_share(line + "q"));
  EXPECT_FALSE(read_share(std::string(100000, 'q')));
}

}  // namespace
}  // namespace gatehouse::crypto
