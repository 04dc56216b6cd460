#pragma once
// The release manifest: who released what to whom under which purpose, as canonical JSON, and its SSHSIG signature
// (`ssh-keygen -Y verify`, namespace release-manifest@gatehouse). Pure, any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::crypto {

struct Manifest {
  std::int64_t created = 0, expires = 0;      // seconds since 1970
  std::string legal_basis, log, partner, purpose;
  std::string recipient;                      // key id of the age recipient: stops surreptitious forwarding
  std::string release_id;
  std::uint64_t length = 0;                   // of the age file
  std::string sha256;                         // hex, of the age file
};

std::string to_canonical_json(const Manifest& manifest);   // sorted keys, no white space, one final newline, `"v":1`
std::expected<Manifest, Error> read_manifest(std::string_view json);  // strict; refuses what is not canonical

inline constexpr std::string_view kManifestNamespace = "release-manifest@gatehouse";

// Detached SSHSIG (OpenSSH PROTOCOL.sshsig), sha512, armoured as ssh-keygen writes it.
std::string sshsig_sign(const SigningKey& key, std::string_view signature_namespace, std::string_view message);
std::expected<void, Error> sshsig_verify(std::string_view public_key, std::string_view signature_namespace, std::string_view message,
                                         std::string_view armoured);
std::string ssh_public_key_line(std::string_view public_key);   // `ssh-ed25519 AAAA…`, for an allowed_signers file

}  // namespace gatehouse::crypto
