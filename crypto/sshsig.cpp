// SSHSIG: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
#include <sodium.h>

#include <array>

#include "crypto/manifest.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::string_view kMagic = "SSHSIG";
constexpr std::string_view kKeyType = "ssh-ed25519";
constexpr std::string_view kHash = "sha512";
constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view kEnd = "-----END SSH SIGNATURE-----";
constexpr std::size_t kLongest = 4096;  // ours have about 300 bytes

void put_u32(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

void put(std::string& out, std::string_view text) {
  put_u32(out, text.size());
  out += text;
}

std::optional<std::string_view> take(std::string_view& in) {
  if (in.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<std::uint8_t>(in[static_cast<std::size_t>(i)]);
  in.remove_prefix(4);
  if (size > in.size()) return std::nullopt;
  const std::string_view text = in.substr(0, size);
  in.remove_prefix(size);
  return text;
}

std::string key_blob(std::string_view public_key) {
  std::string blob;
  put(blob, kKeyType);
  put(blob, public_key);
  return blob;
}

std::string signed_bytes(std::string_view signature_namespace, std::string_view message) {
  std::array<std::uint8_t, crypto_hash_sha512_BYTES> digest;
  crypto_hash_sha512(digest.data(), reinterpret_cast<const std::uint8_t*>(message.data()), message.size());
  std::string bytes(kMagic);
  put(bytes, signature_namespace);
  put(bytes, "");
  put(bytes, kHash);
  put(bytes, {reinterpret_cast<const char*>(digest.data()), digest.size()});
  return bytes;
}

std::unexpected<Error> refuse(const char* code, std::string where, std::string what, std::string remedy) {
  return std::unexpected(Error{code, std::move(where), std::move(what), std::move(remedy)});
}

// Strict where OpenSSH is lax: nothing around the armour, no empty line, no line over 76 columns, canonical base64.
std::optional<std::string> unarmour(std::string_view text) {
  if (text.size() > kLongest || !text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (!text.ends_with(kEnd)) return std::nullopt;
  text.remove_suffix(kEnd.size());
  std::string body;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0 || end > 76) return std::nullopt;
    body += text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  return from_base64(body);
}

}  // namespace

std::string sshsig_sign(const SigningKey& key, std::string_view signature_namespace, std::string_view message) {
  std::string signature;
  put(signature, kKeyType);
  put(signature, key.sign(signed_bytes(signature_namespace, message)));
  std::string blob(kMagic);
  put_u32(blob, 1);
  put(blob, key_blob(key.public_key()));
  put(blob, signature_namespace);
  put(blob, "");
  put(blob, kHash);
  put(blob, signature);
  const std::string body = base64(blob);
  std::string out(kBegin);
  out.reserve(kBegin.size() + body.size() + body.size() / 70 + 2 + kEnd.size());
  for (std::size_t at = 0; at < body.size(); at += 70) {
    out += std::string_view(body).substr(at, 70);
    out += '\n';
  }
  out += kEnd;
  out += '\n';
  return out;
}

std::expected<void, Error> sshsig_verify(std::string_view public_key, std::string_view signature_namespace, std::string_view message,
                                         std::string_view armoured) {
  const auto blob = unarmour(armoured);
  if (!blob) return refuse("bad_signature", "signature file", "it is not an SSH signature", "the file that came with the manifest, unchanged");
  std::string_view rest = *blob;
  if (!rest.starts_with(kMagic) || rest.substr(kMagic.size(), 4) != std::string_view("\0\0\0\1", 4))
    return refuse("bad_signature", "signature file", "it is not an SSHSIG of version 1", "what `ssh-keygen -Y sign` writes");
  rest.remove_prefix(kMagic.size() + 4);
  const auto key = take(rest), space = take(rest), reserved = take(rest), hash = take(rest), signature = take(rest);
  if (!key || !space || !reserved || !hash || !signature || !rest.empty() || !reserved->empty())
    return refuse("bad_signature", "signature file", "its fields do not add up", "the file that came with the manifest, unchanged");
  if (*key != key_blob(public_key))
    return refuse("other_key", "signature file", "it is made by another key", "the signing key the organisation published for that date");
  if (*space != signature_namespace)
    return refuse("other_namespace", "signature file", "it is made for another purpose", "namespace " + std::string(signature_namespace));
  if (*hash != kHash) return refuse("other_hash", "signature file", "its hash is not sha512", "sha512");
  std::string_view inside = *signature;
  const auto type = take(inside), bytes = take(inside);
  if (!type || !bytes || !inside.empty() || *type != kKeyType || bytes->size() != crypto_sign_BYTES)
    return refuse("bad_signature", "signature file", "the signature is not Ed25519", "type ssh-ed25519, 64 bytes");
  if (!verify_ed25519(public_key, signed_bytes(signature_namespace, message), *bytes))
    return refuse("signature_mismatch", "signature", "it does not belong to these bytes", "the manifest and signature of the same release");
  return {};
}

std::string ssh_public_key_line(std::string_view public_key) { return std::string(kKeyType) + " " + base64(key_blob(public_key)); }

}  // namespace gatehouse::crypto
