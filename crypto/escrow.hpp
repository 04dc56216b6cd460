#pragma once
// Escrow: an age key pair whose secret half exists only as shares with officers. What is to be kept (key-encryption keys) is sealed to the public half
// at any time, without them; any two of three officers open it. Pure, any thread.
//
// A share is one line to print or to seal to an officer:  gatehouse-share-2-of-3-need-2-set-9f3c21ab-1… (Bech32: a misread character is noticed).
// After the last `-1` follow 32 bytes, those of one share of crypto/shamir.hpp; the set is the start of the SHA-256 of the recipient's text.
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/age.hpp"
#include "crypto/error.hpp"
#include "crypto/shamir.hpp"

namespace gatehouse::crypto {

struct EscrowShare {
  unsigned count = 0, threshold = 0;
  std::string set;                         // 8 hexadecimal digits
  Share share;
};

struct NewEscrow {
  age::Recipient recipient;                // kept; what is in escrow is sealed to it
  std::vector<EscrowShare> shares;         // given away, kept nowhere
};

// A fresh key pair. Errors as split_secret().
std::expected<NewEscrow, Error> make_escrow(unsigned threshold, unsigned count);

std::string share_text(const EscrowShare& share, KeyAccess);
// White space anywhere is skipped: people copy from paper in groups. Errors: bad_share.
std::expected<EscrowShare, Error> read_share(std::string_view text);

// The secret half, from at least as many shares of one set as it needs. One wrong share among more is found by the recipient they must give. Errors:
// bad_share (of several sets, too few), no_match (they do not give the key of `recipient`).
std::expected<age::Identity, Error> recover_escrow(std::span<const EscrowShare> shares, const age::Recipient& recipient);

// The set that belongs to a recipient.
std::string escrow_set(const age::Recipient& recipient);

}  // namespace gatehouse::crypto
