#include "crypto/age.hpp"

#include <sodium.h>

#include <bit>

#include "crypto/age_armor.hpp"
#include "crypto/age_payload.hpp"
#include "crypto/age_stream.hpp"
#include "crypto/bech32.hpp"

namespace gatehouse::crypto::age {
namespace {

constexpr std::string_view kRecipient = "age", kIdentity = "AGE-SECRET-KEY-";
constexpr std::size_t kSmallest = 8192;

std::span<const std::uint8_t, 32> as_key(std::string_view bytes) {
  return std::span<const std::uint8_t, 32>(reinterpret_cast<const std::uint8_t*>(bytes.data()), 32);
}

std::expected<std::string, Error> seal_to(const Sealing& to, std::string_view plain) {
  FileKey key;
  PayloadKey payload;
  randombytes_buf(key.bytes.data(), key.bytes.size());
  const std::size_t chunks = std::max<std::size_t>(1, (plain.size() + kChunk - 1) / kChunk);
  std::string file;
  file.reserve(256 + 100 * to.recipients.size() + plain.size() + chunks * kTag);
  if (auto done = write_header(to, key, file, payload); !done) return std::unexpected(std::move(done.error()));
  ChunkCipher cipher(payload, ChunkCipher::Way::seal);
  for (std::size_t i = 0; i < chunks; ++i) {
    const std::string_view chunk = plain.substr(i * kChunk, kChunk);
    const std::size_t at = file.size();
    file.resize(at + chunk.size() + kTag);
    cipher.seal(i, i + 1 == chunks, chunk, file.data() + at);
  }
  return file;
}

std::expected<std::string, Error> open_with(const Opening& with, std::string_view file) {
  std::string unarmored;
  if (!file.empty() && std::string_view("- \t\r\n").find(file.front()) != std::string_view::npos) {
    auto bytes = unarmor(file);
    if (!bytes) return bytes;
    unarmored = std::move(*bytes);
    file = unarmored;
  }
  PayloadKey key;
  const auto offset = open_header(with, file, key);
  if (!offset) return std::unexpected(offset.error());
  std::string_view rest = file.substr(*offset);
  ChunkCipher cipher(key, ChunkCipher::Way::open);
  std::string plain(rest.size(), '\0');
  std::size_t done = 0;
  std::uint64_t chunk = 0;
  do {
    const std::string_view sealed = rest.substr(0, kChunk + kTag);
    rest.remove_prefix(sealed.size());
    std::size_t good = 0;
    if (auto error = open_chunk(cipher, chunk++, rest.empty(), sealed, plain.data() + done, good)) {
      sodium_memzero(plain.data(), plain.size());  // a part is not an answer
      return std::unexpected(std::move(*error));
    }
    done += good;
  } while (!rest.empty());
  plain.resize(done);
  return plain;
}

}  // namespace

std::expected<Recipient, Error> Recipient::parse(std::string_view text) {
  Recipient out;
  std::array<std::uint8_t, 32> key;
  if (text.starts_with("age1pq1"))
    return std::unexpected(Error{"unsupported_recipient", "age recipient", "post-quantum recipients are not sealed to yet", "an X25519 recipient, `age1` and 58 characters"});
  if (!bech32_decode(text, kRecipient, key))
    return std::unexpected(Error{"bad_recipient", "age recipient", "it is not an X25519 recipient", "`age1` and 58 characters, as `age-keygen -y` prints it"});
  // Clamped multiples of a low-order point are all zero, whatever the scalar.
  std::array<std::uint8_t, 32> scalar{}, shared;
  scalar[0] = 8;
  if (crypto_scalarmult(shared.data(), scalar.data(), key.data()) != 0)
    return std::unexpected(Error{"bad_recipient", "age recipient", "it is a low-order point: anybody could open what is sealed to it", "the partner's real recipient"});
  out.key_.assign(reinterpret_cast<const char*>(key.data()), key.size());
  return out;
}

std::string Recipient::text() const { return key_.size() == 32 ? bech32_encode(kRecipient, as_key(key_)) : std::string(); }

Identity Identity::generate() {
  Identity out;
  out.secret_ = SecretBytes::random(32);
  out.derive();
  return out;
}

std::expected<Identity, Error> Identity::parse(std::string_view text) {
  Identity out;
  Wiped<32> key;
  if (!bech32_decode(text, kIdentity, key.bytes))
    return std::unexpected(Error{"bad_identity", "age identity", "it is not an X25519 identity", "`AGE-SECRET-KEY-1…`, as age-keygen writes it"});
  out.secret_ = SecretBytes::copy_of(key.bytes);
  out.derive();
  return out;
}

void Identity::derive() {
  public_.key_.resize(32);
  crypto_scalarmult_base(reinterpret_cast<std::uint8_t*>(public_.key_.data()),
                         secret_.reveal(KeyAccess::granted_to("age: recipient of an identity")).data());
}

std::string Identity::text(KeyAccess access) const {
  return bech32_encode(kIdentity, std::span<const std::uint8_t, 32>(secret_.reveal(access).data(), 32));
}

std::expected<std::string, Error> seal(const std::vector<Recipient>& recipients, std::string_view plain) {
  return seal_to({.recipients = recipients, .passphrase = nullptr}, plain);
}

std::expected<std::string, Error> open(const std::vector<Identity>& identities, std::string_view file) {
  return open_with({.identities = identities, .passphrase = nullptr}, file);
}

std::expected<std::string, Error> seal_with_passphrase(const SecretBytes& passphrase, std::string_view plain, int work_factor) {
  return seal_to({.recipients = {}, .passphrase = &passphrase, .work_factor = work_factor}, plain);
}

std::expected<std::string, Error> open_with_passphrase(const SecretBytes& passphrase, std::string_view file) {
  return open_with({.identities = {}, .passphrase = &passphrase}, file);
}

std::string armor(std::string_view file) {
  std::string out;
  const Sink sink = [&out](std::string_view bytes) -> std::expected<void, Error> {
    out += bytes;
    return {};
  };
  ArmorWriter writer(sink);
  (void)writer.write(file);  // this sink cannot fail
  (void)writer.finish();
  return out;
}

std::expected<std::string, Error> unarmor(std::string_view text) {
  const Source source = [&text](std::span<char> into) -> std::expected<std::size_t, Error> {
    const std::size_t now = text.copy(into.data(), into.size());
    text.remove_prefix(now);
    return now;
  };
  ArmorReader reader(source);
  std::string out, part(65536, '\0');
  for (;;) {
    const auto got = reader.read(part);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return out;
    out.append(part, 0, *got);
  }
}

std::size_t padded_size(std::size_t size) {
  if (size <= kSmallest) return kSmallest;
  // Padmé (Nikitin et al., Reducing Metadata Leakage from Encrypted Files, PETS 2019): keep the top log2(log2 L) + 1 bits, round the rest up.
  const unsigned e = static_cast<unsigned>(std::bit_width(size)) - 1;
  const unsigned s = static_cast<unsigned>(std::bit_width(e));
  const std::size_t mask = (std::size_t{1} << (e - s)) - 1;
  return (size + mask) & ~mask;
}

std::string padded_json(std::string json) {
  json.resize(padded_size(json.size()), ' ');
  return json;
}

}  // namespace gatehouse::crypto::age
