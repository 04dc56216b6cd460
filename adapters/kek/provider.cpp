#include "adapters/kek/provider.hpp"

namespace gatehouse::adapters {

std::expected<std::unique_ptr<KekProvider>, std::string> kek_provider(std::string_view name, const KekPlaces& places) {
  if (name == "file") {
    if (places.file.empty()) return std::unexpected(std::string("key-encryption key: $.keys.kek_file is not set; name the file of KEK 1"));
    return file_kek_provider(places.file);
  }
  if (name == "systemd-creds") {
    if (places.credential_folder.empty())
      return std::unexpected(std::string("key-encryption key: $.keys.credential_folder is not set; name the folder of the encrypted credentials"));
    return systemd_creds_kek_provider(places.credential_folder);
  }
  if (name == "pkcs11") {
    if (places.pkcs11_module.empty() || places.pkcs11_token.empty())
      return std::unexpected(std::string("key-encryption key: $.keys.pkcs11 is not set; name module and token"));
    return pkcs11_kek_provider(places.pkcs11_module, places.pkcs11_token, places.pkcs11_pin_file);
  }
  return std::unexpected("key-encryption key: no provider is called `" + std::string(name) + "`; one of file, systemd-creds, pkcs11");
}

}  // namespace gatehouse::adapters
