#include "crypto/age_header.hpp"

#include <sodium.h>

#include <cstring>

#include "crypto/hkdf.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::crypto::age {

template <std::size_t N>
Wiped<N>::~Wiped() {
  sodium_memzero(bytes.data(), bytes.size());
}
template struct Wiped<16>;
template struct Wiped<32>;
template struct Wiped<64>;

namespace {

constexpr std::string_view kVersion = "age-encryption.org/v1\n";
constexpr std::string_view kX25519Info = "age-encryption.org/v1/X25519";
constexpr std::string_view kScryptLabel = "age-encryption.org/v1/scrypt";
constexpr std::size_t kColumns = 64, kWrapped = 16 + crypto_aead_chacha20poly1305_ietf_ABYTES;

std::unexpected<Error> bad_header(std::size_t line, const char* what, const char* remedy = "the file as it was sealed") {
  return std::unexpected(Error{"bad_header", line == 0 ? "age header" : "age header, line " + std::to_string(line), what, remedy});
}

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::string_view view(std::span<const std::uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Both wraps use the all-zero nonce: each wrap key is used once.
constexpr std::uint8_t kZeroNonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {};

std::string wrap(const Wiped<32>& wrap_key, const FileKey& key) {
  std::string body(kWrapped, '\0');
  crypto_aead_chacha20poly1305_ietf_encrypt(reinterpret_cast<std::uint8_t*>(body.data()), nullptr, key.bytes.data(), key.bytes.size(), nullptr,
                                            0, nullptr, kZeroNonce, wrap_key.bytes.data());
  return body;
}

bool unwrap(const Wiped<32>& wrap_key, std::string_view body, FileKey& key) {
  return body.size() == kWrapped && crypto_aead_chacha20poly1305_ietf_decrypt(key.bytes.data(), nullptr, nullptr, bytes_of(body), body.size(),
                                                                              nullptr, 0, kZeroNonce, wrap_key.bytes.data()) == 0;
}

bool x25519_wrap_key(std::span<const std::uint8_t> secret, std::string_view their_share, std::string_view share, std::string_view recipient,
                     Wiped<32>& out) {
  Wiped<32> shared;
  // libsodium answers -1 for the all-zero result of a low-order point.
  if (crypto_scalarmult(shared.bytes.data(), secret.data(), bytes_of(their_share)) != 0) return false;
  std::array<std::uint8_t, 64> salt;
  std::memcpy(salt.data(), share.data(), 32);
  std::memcpy(salt.data() + 32, recipient.data(), 32);
  return hkdf_sha256(shared.bytes, salt, kX25519Info, out.bytes);
}

bool scrypt_wrap_key(const SecretBytes& passphrase, std::string_view salt, int work_factor, Wiped<32>& out) {
  const std::string labelled = std::string(kScryptLabel) + std::string(salt);
  const auto secret = passphrase.reveal(KeyAccess::granted_to("age: scrypt of a passphrase"));
  static constexpr std::uint8_t nothing = 0;
  return crypto_pwhash_scryptsalsa208sha256_ll(secret.empty() ? &nothing : secret.data(), secret.size(), bytes_of(labelled), labelled.size(),
                                               1ull << work_factor, 8, 1, out.bytes.data(), out.bytes.size()) == 0;
}

std::array<std::uint8_t, 32> header_mac(const FileKey& key, std::string_view header) {
  Wiped<32> mac_key;
  hkdf_sha256(key.bytes, {}, "header", mac_key.bytes);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, mac_key.bytes.data(), mac_key.bytes.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(header), header.size());
  std::array<std::uint8_t, 32> mac;
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return mac;
}

void append_stanza(std::string& out, std::string_view arguments, std::string_view body) {
  out += "-> ";
  out += arguments;
  out += '\n';
  out += base64_unpadded(body);  // 32 bytes: 43 columns, one short line
  out += '\n';
}

bool is_x25519(const Stanza& stanza) { return stanza.arguments.front() == "X25519"; }
bool is_scrypt(const Stanza& stanza) { return stanza.arguments.front() == "scrypt"; }

std::expected<void, Error> append_x25519(const Recipient& recipient, const FileKey& key, std::string& out) {
  Wiped<32> secret, wrap_key;
  std::array<std::uint8_t, 32> share;
  randombytes_buf(secret.bytes.data(), secret.bytes.size());
  crypto_scalarmult_base(share.data(), secret.bytes.data());
  if (recipient.public_key().size() != 32 || !x25519_wrap_key(secret.bytes, recipient.public_key(), view(share), recipient.public_key(), wrap_key))
    return std::unexpected(Error{"bad_recipient", "recipients", "one is no X25519 key", "age1… as the partner gave it"});
  append_stanza(out, "X25519 " + base64_unpadded(view(share)), wrap(wrap_key, key));
  return {};
}

std::expected<bool, Error> open_x25519(const Identity& identity, const Stanza& stanza, FileKey& key) {
  const std::string share = *from_base64_unpadded(stanza.arguments[1]);
  Wiped<32> wrap_key;
  if (!x25519_wrap_key(identity.secret().reveal(KeyAccess::granted_to("age: open a stanza")), share, share, identity.recipient().public_key(),
                       wrap_key))
    return bad_header(0, "an X25519 share is a low-order point");
  return unwrap(wrap_key, stanza.body, key);
}

std::expected<int, Error> work_factor(std::string_view text) {
  if (text.empty() || text.front() == '0' || text.find_first_not_of("0123456789") != std::string_view::npos)
    return bad_header(0, "the scrypt work factor is no decimal number");
  if (text.size() > 2 || (text.size() == 2 && std::stoi(std::string(text)) > kMaxWorkFactor))
    return bad_header(0, "the scrypt work factor is above 18", "a file sealed with 18 or less");
  return std::stoi(std::string(text));
}

}  // namespace

std::expected<Header, Error> parse_header(std::string_view file) {
  Header header;
  std::size_t at = 0, number = 0;
  const std::string_view text = file.substr(0, kLongestHeader);
  // The next line without its newline.
  const auto next = [&]() -> std::optional<std::string_view> {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    return line;
  };
  const auto cut_short = [&] {
    return bad_header(number + 1, file.size() > kLongestHeader ? "the header is longer than 64 KiB" : "the header ends too early");
  };
  if (!text.starts_with(kVersion)) return bad_header(1, "this is not an age file of version 1", "a file that begins `age-encryption.org/v1`");
  next();
  for (;;) {
    const std::size_t begin = at;
    auto line = next();
    if (!line) return cut_short();
    if (line->starts_with("---")) {
      if (header.stanzas.empty()) return bad_header(number, "no recipient stanza comes before the MAC");
      if (line->size() != 4 + 43 || (*line)[3] != ' ') return bad_header(number, "the MAC is not 43 columns of base64");
      auto mac = from_base64_unpadded(line->substr(4));
      if (!mac) return bad_header(number, "the MAC is not canonical base64");
      header.mac = std::move(*mac);
      header.mac_covers = begin + 3;
      header.size = at;
      return header;
    }
    if (!line->starts_with("-> ")) return bad_header(number, "a line is neither stanza nor MAC");
    Stanza stanza;
    std::string_view rest = line->substr(3);
    for (;;) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string_view argument = rest.substr(0, end);
      if (argument.empty()) return bad_header(number, "an argument is empty");
      for (const char c : argument)
        if (c < 0x21 || c > 0x7e) return bad_header(number, "an argument holds a character that may not be there");
      stanza.arguments.emplace_back(argument);
      if (end == rest.size()) break;
      rest.remove_prefix(end + 1);
    }
    for (;;) {
      line = next();
      if (!line) return cut_short();
      if (line->size() > kColumns) return bad_header(number, "a line of a stanza's body is longer than 64 columns");
      const auto part = from_base64_unpadded(*line);
      if (!part) return bad_header(number, "a stanza's body is not canonical base64");
      stanza.body += *part;
      if (line->size() < kColumns) break;
    }
    header.stanzas.push_back(std::move(stanza));
  }
}

std::expected<void, Error> write_header(const Sealing& to, const FileKey& key, std::string& out, PayloadKey& payload) {
  const std::size_t begin = out.size();
  out += kVersion;
  Wiped<32> wrap_key;
  if (to.passphrase != nullptr) {
    if (to.work_factor < 1 || to.work_factor > kMaxWorkFactor) return bad_header(0, "the scrypt work factor is out of range", "1 to 18");
    const std::string salt = random_bytes(16);
    if (!scrypt_wrap_key(*to.passphrase, salt, to.work_factor, wrap_key)) return bad_header(0, "scrypt failed", "256 MiB of free memory");
    append_stanza(out, "scrypt " + base64_unpadded(salt) + " " + std::to_string(to.work_factor), wrap(wrap_key, key));
  } else {
    if (to.recipients.empty()) return std::unexpected(Error{"no_recipient", "recipients", "there is none", "at least one age1… recipient"});
    for (const Recipient& recipient : to.recipients) {
      std::expected<void, Error> wrapped;
      switch (recipient.kind()) {
        case Recipient::Kind::x25519: wrapped = append_x25519(recipient, key, out); break;
      }
      if (!wrapped) return wrapped;
    }
  }
  out += "---";
  const auto mac = header_mac(key, std::string_view(out).substr(begin));
  out += ' ';
  out += base64_unpadded(view(mac));
  out += '\n';
  std::array<std::uint8_t, kPayloadNonce> nonce;
  randombytes_buf(nonce.data(), nonce.size());
  out += view(nonce);
  hkdf_sha256(key.bytes, nonce, "payload", payload.bytes);
  return {};
}

std::expected<std::size_t, Error> open_header(const Opening& with, std::string_view file, PayloadKey& payload) {
  auto header = parse_header(file);
  if (!header) return std::unexpected(std::move(header.error()));
  // Every stanza of a kind we know must be in order before any is tried.
  bool scrypt = false;
  for (const Stanza& stanza : header->stanzas) {
    if (is_x25519(stanza)) {
      const auto share = stanza.arguments.size() == 2 ? from_base64_unpadded(stanza.arguments[1]) : std::nullopt;
      if (!share || share->size() != 32) return bad_header(0, "an X25519 stanza does not carry one 32-byte share");
      if (stanza.body.size() != kWrapped) return bad_header(0, "an X25519 stanza does not wrap 16 bytes");
    } else if (is_scrypt(stanza)) {
      if (header->stanzas.size() != 1) return bad_header(0, "a scrypt stanza is not alone");
      const auto salt = stanza.arguments.size() == 3 ? from_base64_unpadded(stanza.arguments[1]) : std::nullopt;
      if (!salt || salt->size() != 16) return bad_header(0, "a scrypt stanza does not carry a 16-byte salt and a work factor");
      if (auto factor = work_factor(stanza.arguments[2]); !factor) return std::unexpected(factor.error());
      if (stanza.body.size() != kWrapped) return bad_header(0, "a scrypt stanza does not wrap 16 bytes");
      scrypt = true;
    }
  }
  FileKey key;
  bool found = false;
  if (with.passphrase != nullptr) {
    if (scrypt) {
      const Stanza& stanza = header->stanzas.front();
      Wiped<32> wrap_key;
      if (!scrypt_wrap_key(*with.passphrase, *from_base64_unpadded(stanza.arguments[1]), *work_factor(stanza.arguments[2]), wrap_key))
        return bad_header(0, "scrypt failed", "256 MiB of free memory");
      found = unwrap(wrap_key, stanza.body, key);
    }
  } else {
    for (const Stanza& stanza : header->stanzas) {
      if (!is_x25519(stanza)) continue;
      for (const Identity& identity : with.identities) {
        const auto opened = open_x25519(identity, stanza, key);
        if (!opened) return std::unexpected(opened.error());
        found = *opened;
        if (found) break;
      }
      if (found) break;
    }
  }
  if (!found)
    return std::unexpected(Error{"no_match", "age header", scrypt ? "it is sealed with a passphrase that was not given" : "it is not sealed to a key given here",
                                 "the identity of one of its recipients"});
  const auto mac = header_mac(key, file.substr(0, header->mac_covers));
  if (sodium_memcmp(mac.data(), header->mac.data(), mac.size()) != 0)
    return std::unexpected(Error{"bad_mac", "age header", "it was changed after it was sealed", "the file as it was sealed"});
  if (file.size() - header->size < kPayloadNonce) return bad_header(0, "the file ends within the payload's nonce");
  hkdf_sha256(key.bytes, {bytes_of(file) + header->size, kPayloadNonce}, "payload", payload.bytes);
  return header->size + kPayloadNonce;
}

}  // namespace gatehouse::crypto::age
