#include "crypto/escrow.hpp"

#include <sodium.h>

#include <charconv>

#include "crypto/bech32.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kBytes = 32;
constexpr std::string_view kStart = "gatehouse-share-";

Error bad_share(std::string what, std::string remedy) { return {"bad_share", "share", std::move(what), std::move(remedy)}; }

std::string prefix_of(const EscrowShare& share) {
  return std::string(kStart) + std::to_string(share.share.number) + "-of-" + std::to_string(share.count) + "-need-" + std::to_string(share.threshold) + "-set-" +
         share.set + "-";
}

// `rest` starts with a number of at most three digits, without a leading zero.
bool take_number(std::string_view& rest, unsigned& out) {
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(rest.size(), 3), out);
  if (error != std::errc() || out == 0 || rest.front() == '0') return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return true;
}
bool take_word(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  rest.remove_prefix(word.size());
  return true;
}

std::expected<age::Identity, Error> identity_of(const SecretBytes& secret) {
  const auto raw = secret.reveal(KeyAccess::granted_to("escrow: an age identity from its secret"));
  if (raw.size() != kBytes) return std::unexpected(bad_share("not of this size", "32 bytes"));
  std::string text = bech32_encode("AGE-SECRET-KEY-", std::span<const std::uint8_t, kBytes>(raw));
  auto identity = age::Identity::parse(text);
  sodium_memzero(text.data(), text.size());
  return identity;
}

// Every choice of `wanted` out of `count`, as masks.
template <class Try>
bool any_choice(std::size_t count, std::size_t wanted, Try attempt) {
  std::vector<std::size_t> pick(wanted);
  for (std::size_t i = 0; i < wanted; ++i) pick[i] = i;
  while (true) {
    if (attempt(pick)) return true;
    std::size_t i = wanted;
    while (i > 0 && pick[i - 1] == count - wanted + i - 1) --i;
    if (i == 0) return false;
    ++pick[i - 1];
    for (std::size_t k = i; k < wanted; ++k) pick[k] = pick[k - 1] + 1;
  }
}

}  // namespace

std::string escrow_set(const age::Recipient& recipient) { return hex(sha256(recipient.text())).substr(0, 8); }

std::expected<NewEscrow, Error> make_escrow(unsigned threshold, unsigned count) {
  if (threshold < 2 || count < threshold || count > 255)
    return std::unexpected(Error{"bad_threshold", "shares", "cannot be made so", "at least 2 of at most 255"});
  const auto identity = age::Identity::generate();
  auto shares = split_secret(identity.secret(), threshold, count, SecretBytes::random(kBytes * (threshold - 1)));
  if (!shares) return std::unexpected(shares.error());
  NewEscrow out{identity.recipient(), {}};
  const std::string set = escrow_set(out.recipient);
  for (auto& share : *shares) out.shares.push_back({count, threshold, set, std::move(share)});
  return out;
}

std::string share_text(const EscrowShare& share, KeyAccess access) {
  return bech32_encode(prefix_of(share), std::span<const std::uint8_t, kBytes>(share.share.bytes.reveal(access)));
}

std::expected<EscrowShare, Error> read_share(std::string_view text) {
  std::string one_line;
  one_line.reserve(128);
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    if (one_line.size() == 127) break;   // longer than any share: the length check below says no, and nothing was copied twice
    one_line += c;
  }
  EscrowShare out;
  std::string_view rest = one_line;
  unsigned number = 0;
  out.share.bytes = SecretBytes(kBytes);
  const bool good = take_word(rest, kStart) && take_number(rest, number) && take_word(rest, "-of-") && take_number(rest, out.count) &&
                    take_word(rest, "-need-") && take_number(rest, out.threshold) && take_word(rest, "-set-") && rest.size() > 8 &&
                    rest.substr(0, 8).find_first_not_of("0123456789abcdef") == std::string_view::npos && number <= out.count && out.count <= 255 &&
                    out.threshold >= 2 && out.threshold <= out.count;
  std::expected<EscrowShare, Error> result = std::unexpected(
      bad_share("not a share, or a character was misread", "the whole line that begins with " + std::string(kStart) + "; look at it again"));
  if (good) {
    out.set = std::string(rest.substr(0, 8));
    out.share.number = static_cast<std::uint8_t>(number);
    if (bech32_decode(one_line, prefix_of(out), std::span<std::uint8_t, kBytes>(out.share.bytes.fill(KeyAccess::granted_to("escrow: read a share")))))
      result = std::move(out);
  }
  sodium_memzero(one_line.data(), one_line.size());
  return result;
}

std::expected<age::Identity, Error> recover_escrow(std::span<const EscrowShare> shares, const age::Recipient& recipient) {
  if (shares.empty()) return std::unexpected(bad_share("there is none", "the shares of two officers"));
  const std::string set = escrow_set(recipient);
  for (const auto& share : shares) {
    if (share.set != set) return std::unexpected(bad_share("share " + std::to_string(share.share.number) + " is of another set", "shares of set " + set));
    if (share.threshold != shares[0].threshold || share.count != shares[0].count)
      return std::unexpected(bad_share("the shares do not agree on how many are needed", "shares of one set"));
  }
  const std::size_t needed = shares[0].threshold;
  if (shares.size() < needed)
    return std::unexpected(bad_share(std::to_string(shares.size()) + " given, " + std::to_string(needed) + " needed", "the share of another officer"));
  std::expected<age::Identity, Error> found = std::unexpected(
      Error{"no_match", "shares", "they do not give the key of this escrow", "shares of set " + set + ", each copied without a fault"});
  any_choice(shares.size(), needed, [&](const std::vector<std::size_t>& pick) {
    std::vector<Share> some;
    for (const auto i : pick) some.push_back({shares[i].share.number, shares[i].share.bytes.clone(KeyAccess::granted_to("escrow: combine shares"))});
    const auto secret = combine_shares(some);
    if (!secret) return false;
    auto identity = identity_of(*secret);
    if (!identity || identity->recipient().text() != recipient.text()) return false;
    found = std::move(*identity);
    return true;
  });
  return found;
}

}  // namespace gatehouse::crypto
