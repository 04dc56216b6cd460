#pragma once
// Keeps key-encryption keys: each is 32 random bytes made by us. Blocking; one thread at a time. Errors are one line: what, where, remedy; never bytes of a key.
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

inline constexpr std::size_t kKekBytes = 32;

// Where keys are and how each provider is reached. A key stays with the provider that made it; `provider` says who keeps new ones.
struct KekPlaces {
  KekPlaces() = default;
  // The `file` provider, KEK 1 in this file.
  KekPlaces(std::string the_file) : file(std::move(the_file)) {}  // NOLINT(google-explicit-constructor): most installations need nothing else
  KekPlaces(const char* the_file) : file(the_file) {}             // NOLINT(google-explicit-constructor)

  std::string provider = "file";           // file | systemd-creds | pkcs11
  std::string file;                        // keys/kek is KEK 1, keys/kek.N is KEK N
  std::string credential_folder;           // systemd-creds: keys/credentials, holds gatehouse-kek-N.cred
  std::string pkcs11_module;               // path of the shared library
  std::string pkcs11_token;                // label of the token
  std::string pkcs11_pin_file;             // its PIN, mode 0400; empty: a token that asks for none
};

class KekProvider {
 public:
  virtual ~KekProvider() = default;
  // Keeps key `number`; durable when this returns. Gives what the key store must remember to open it again (may be empty; never enough by itself).
  // Refuses to replace one that is there.
  virtual std::expected<std::string, std::string> keep(unsigned number, const crypto::SecretBytes& kek) = 0;
  virtual std::expected<crypto::SecretBytes, std::string> open(unsigned number, std::string_view remembered) = 0;
  // For good. Nothing to destroy is success: said again, it finishes.
  virtual std::expected<void, std::string> destroy(unsigned number) = 0;
};

// By the name of the provider; an error when it is unknown or its settings are missing.
std::expected<std::unique_ptr<KekProvider>, std::string> kek_provider(std::string_view name, const KekPlaces& places);

std::unique_ptr<KekProvider> file_kek_provider(std::string file);
std::unique_ptr<KekProvider> systemd_creds_kek_provider(std::string folder);
// The module is loaded at the first use.
std::unique_ptr<KekProvider> pkcs11_kek_provider(std::string module, std::string token, std::string pin_file);

}  // namespace gatehouse::adapters
