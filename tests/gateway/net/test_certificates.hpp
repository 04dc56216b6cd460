#pragma once
// Certificates made on the spot for tests: self-signed, with dates and key types as asked for. Header only.
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace gatehouse::testing {

struct TestCertificate {
  std::string certificate_pem, key_pem;
  std::string pin;  // SHA-256 of the public key (SPKI), lower-case hex
};

struct CertificateWish {
  std::string name = "localhost";
  std::string key = "P-256";                // P-256 | P-384 | ed25519 | rsa1024 | rsa2048
  std::chrono::seconds not_before{-86400};  // from now
  std::chrono::seconds not_after{30 * 86400};
};

inline TestCertificate make_certificate(const CertificateWish& wish = {}) {
  const auto need = [](bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string("test certificate: ") + what);
  };
  EVP_PKEY* made = nullptr;
  if (wish.key == "ed25519")
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  else if (wish.key == "rsa1024" || wish.key == "rsa2048")
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{wish.key == "rsa1024" ? 1024u : 2048u});
  else
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", wish.key.c_str());
  need(made != nullptr, "key");
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(made, EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), static_cast<long>(wish.not_before.count()));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(wish.not_after.count()));
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::string names = "DNS:" + wish.name + ",IP:127.0.0.1";
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> alternative(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), X509_EXTENSION_free);
  need(alternative != nullptr && X509_add_ext(certificate.get(), alternative.get(), -1) == 1, "names");
  need(X509_sign(certificate.get(), key.get(), wish.key == "ed25519" ? nullptr : EVP_sha256()) > 0, "signature");

  const auto text = [](auto write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    write(bio.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  };
  TestCertificate result;
  result.certificate_pem = text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
  result.key_pem = text([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  need(size > 0, "public key");
  std::array<unsigned char, 32> digest{};
  EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  for (const unsigned char byte : digest) {
    static constexpr char kHex[] = "0123456789abcdef";
    result.pin += kHex[byte >> 4];
    result.pin += kHex[byte & 15];
  }
  return result;
}

// A folder of its own below the system's temporary one; gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gatehouse-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string write(const std::string& name, const std::string& text) const {
    const auto file = path_ / name;
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace gatehouse::testing
