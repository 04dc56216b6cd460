// The `pkcs11` provider (OASIS PKCS #11 2.40): an AES-256 key that was made on a token and cannot leave it, one for each KEK, seals that KEK with AES-GCM;
// what it sealed is remembered in the key store. At start the token opens it into locked memory: a token is asked once for each KEK, not for
// each person. The module is loaded by its path; only the header is needed to build.
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "adapters/kek/provider.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::adapters {
namespace {

using crypto::KeyAccess;
using crypto::SecretBytes;

constexpr std::size_t kNonce = 12, kTag = 16;

std::string name_of(unsigned number) { return "gatehouse-kek-" + std::to_string(number); }

std::string code_of(CK_RV code) {
  switch (code) {
    case CKR_PIN_INCORRECT: return "the PIN is wrong";
    case CKR_PIN_LOCKED: return "the PIN is locked";
    case CKR_PIN_LEN_RANGE: return "the PIN has not the right length";
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_DEVICE_REMOVED: return "the token is not there";
    case CKR_MECHANISM_INVALID: return "the token does not do this (AES-GCM, AES key generation)";
    case CKR_ENCRYPTED_DATA_INVALID: return "not what this token sealed, or changed since";
    default: break;
  }
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "error 0x";
  for (int shift = 28; shift >= 0; shift -= 4) out += digits[code >> shift & 15];
  return out;
}

class Pkcs11KekProvider final : public KekProvider {
 public:
  Pkcs11KekProvider(std::string module, std::string token, std::string pin_file)
      : module_(std::move(module)), token_(std::move(token)), pin_file_(std::move(pin_file)) {}
  ~Pkcs11KekProvider() override {
    if (session_) functions_->C_CloseSession(*session_);  // the login goes with the last session
    if (ours_) functions_->C_Finalize(nullptr);
    // The library stays loaded: many do not survive being unloaded, and it is loaded once in a process.
  }
  Pkcs11KekProvider(const Pkcs11KekProvider&) = delete;
  Pkcs11KekProvider& operator=(const Pkcs11KekProvider&) = delete;

  std::expected<std::string, std::string> keep(unsigned number, const SecretBytes& kek) override {
    if (auto ready = log_in(); !ready) return std::unexpected(ready.error());
    auto there = find(number);
    if (!there) return std::unexpected(there.error());
    if (!there->empty()) return std::unexpected(name_of(number) + ": is on the token already; keys are never overwritten");
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_ULONG size = 32;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    std::string label = name_of(number);
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &kind, sizeof kind}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_VALUE_LEN, &size, sizeof size},
                             {CKA_LABEL, label.data(), label.size()}, {CKA_TOKEN, &yes, sizeof yes}, {CKA_PRIVATE, &yes, sizeof yes},
                             {CKA_SENSITIVE, &yes, sizeof yes}, {CKA_EXTRACTABLE, &no, sizeof no}, {CKA_ENCRYPT, &yes, sizeof yes},
                             {CKA_DECRYPT, &yes, sizeof yes}, {CKA_WRAP, &no, sizeof no}, {CKA_UNWRAP, &no, sizeof no}};
    CK_MECHANISM make = {CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE key = 0;
    if (const CK_RV code = functions_->C_GenerateKey(*session_, &make, wanted, std::size(wanted), &key); code != CKR_OK)
      return std::unexpected(failed("make a key", code));
    std::string sealed = crypto::random_bytes(kNonce);
    Gcm gcm(sealed, label);
    const auto raw = kek.reveal(KeyAccess::granted_to("KEK provider: let a token seal the key"));
    std::array<unsigned char, kKekBytes + kTag> box{};
    CK_ULONG written = box.size();
    CK_RV code = functions_->C_EncryptInit(*session_, &gcm.mechanism, key);
    if (code == CKR_OK)
      code = functions_->C_Encrypt(*session_, const_cast<unsigned char*>(raw.data()), raw.size(), box.data(), &written);
    if (code == CKR_OK && written == box.size()) {
      sealed.append(reinterpret_cast<const char*>(box.data()), box.size());
      // What cannot be opened again is worth nothing: asked before anything rests on it.
      auto back = open(number, sealed);
      if (back && back->same_as(kek)) return sealed;
      if (!back) {
        functions_->C_DestroyObject(*session_, key);
        return std::unexpected(back.error());
      }
    }
    functions_->C_DestroyObject(*session_, key);
    return std::unexpected(failed("seal the key", code == CKR_OK ? CKR_GENERAL_ERROR : code));
  }

  std::expected<SecretBytes, std::string> open(unsigned number, std::string_view remembered) override {
    if (remembered.size() != kNonce + kKekBytes + kTag) return std::unexpected(name_of(number) + ": the key store does not hold what the token sealed");
    if (auto ready = log_in(); !ready) return std::unexpected(ready.error());
    const auto keys = find(number);
    if (!keys) return std::unexpected(keys.error());
    if (keys->empty()) return std::unexpected(name_of(number) + ": is not on token `" + token_ + "`; restore it from escrow");
    std::string nonce(remembered.substr(0, kNonce)), label = name_of(number), box(remembered.substr(kNonce));
    Gcm gcm(nonce, label);
    // Room for what a careless module writes beside the plaintext.
    SecretBytes room(kKekBytes + kTag);
    const auto into = room.fill(KeyAccess::granted_to("KEK provider: let a token open the key"));
    CK_ULONG got = into.size();
    CK_RV code = functions_->C_DecryptInit(*session_, &gcm.mechanism, keys->front());
    if (code == CKR_OK) code = functions_->C_Decrypt(*session_, reinterpret_cast<unsigned char*>(box.data()), box.size(), into.data(), &got);
    if (code != CKR_OK || got != kKekBytes) return std::unexpected(failed("open the key", code == CKR_OK ? CKR_ENCRYPTED_DATA_INVALID : code));
    return SecretBytes::copy_of(into.first(kKekBytes));
  }

  std::expected<void, std::string> destroy(unsigned number) override {
    if (auto ready = log_in(); !ready) return std::unexpected(ready.error());
    const auto keys = find(number);
    if (!keys) return std::unexpected(keys.error());
    for (const auto key : *keys)
      if (const CK_RV code = functions_->C_DestroyObject(*session_, key); code != CKR_OK) return std::unexpected(failed("destroy a key", code));
    return {};
  }

 private:
  // The name of the KEK is authenticated with it: a box moved to another number does not open.
  struct Gcm {
    Gcm(std::string& nonce, std::string& label) {
      parameters.iv_ptr = reinterpret_cast<unsigned char*>(nonce.data());
      parameters.iv_len = kNonce;
      parameters.iv_bits = kNonce * 8;
      parameters.aad_ptr = reinterpret_cast<unsigned char*>(label.data());
      parameters.aad_len = label.size();
      parameters.tag_bits = kTag * 8;
      mechanism = {CKM_AES_GCM, &parameters, sizeof parameters};
    }
    Gcm(const Gcm&) = delete;
    Gcm& operator=(const Gcm&) = delete;
    ck_gcm_params parameters{};
    CK_MECHANISM mechanism{};
  };

  std::string failed(const char* what, CK_RV code) const { return "token `" + token_ + "`: cannot " + what + ": " + code_of(code); }

  std::expected<void, std::string> log_in() {
    if (session_) return {};
    if (functions_ == nullptr) {
      void* library = ::dlopen(module_.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (library == nullptr) return std::unexpected(module_ + ": is not a library that can be loaded; give the path of the token's PKCS#11 module");
      const auto list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
      CK_FUNCTION_LIST_PTR functions = nullptr;
      if (list == nullptr || list(&functions) != CKR_OK || functions == nullptr)
        return std::unexpected(module_ + ": is not a PKCS#11 module (C_GetFunctionList)");
      CK_C_INITIALIZE_ARGS arguments{};
      arguments.flags = CKF_OS_LOCKING_OK;
      const CK_RV code = functions->C_Initialize(&arguments);
      if (code != CKR_OK && code != CKR_CRYPTOKI_ALREADY_INITIALIZED) return std::unexpected(module_ + ": cannot start: " + code_of(code));
      functions_ = functions;
      ours_ = code == CKR_OK;
    }
    CK_ULONG count = 0;
    if (functions_->C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK) count = 0;
    std::vector<CK_SLOT_ID> slots(count);
    if (count > 0 && functions_->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) count = 0;
    slots.resize(count);
    std::optional<CK_SLOT_ID> ours;
    bool wants_pin = true;
    for (const auto slot : slots) {
      CK_TOKEN_INFO info{};
      if (functions_->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
      std::string_view label(reinterpret_cast<const char*>(info.label), sizeof info.label);
      label = label.substr(0, label.find_last_not_of(' ') + 1);
      if (label != token_) continue;
      if (ours) return std::unexpected("token `" + token_ + "`: two tokens have this label; give them different ones");
      ours = slot;
      wants_pin = (info.flags & CKF_LOGIN_REQUIRED) != 0;
    }
    if (!ours) return std::unexpected("token `" + token_ + "`: the module shows no token with this label; is it plugged in?");
    CK_SESSION_HANDLE session = 0;
    if (const CK_RV code = functions_->C_OpenSession(*ours, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session); code != CKR_OK)
      return std::unexpected(failed("open a session", code));
    if (wants_pin) {
      auto pin = read_pin();
      CK_RV code = CKR_GENERAL_ERROR;
      if (pin) {
        const auto raw = pin->reveal(KeyAccess::granted_to("KEK provider: log in to the token"));
        code = functions_->C_Login(session, CKU_USER, const_cast<unsigned char*>(raw.data()), raw.size());
      }
      if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN) {
        functions_->C_CloseSession(session);
        return std::unexpected(pin ? failed("log in", code) : pin.error());
      }
    }
    session_ = session;
    return {};
  }

  std::expected<SecretBytes, std::string> read_pin() const {
    if (pin_file_.empty()) return std::unexpected("token `" + token_ + "`: asks for a PIN; name its file in $.keys.pkcs11.pin_file");
    const int fd = ::open(pin_file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat about {};
    if (fd < 0 || ::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
      if (fd >= 0) ::close(fd);
      return std::unexpected(pin_file_ + ": the PIN cannot be read; is it a file of this user?");
    }
    if ((about.st_mode & 077) != 0) {
      ::close(fd);
      return std::unexpected(pin_file_ + ": others may read the PIN; chmod 0400");
    }
    SecretBytes room(257);
    const auto into = room.fill(KeyAccess::granted_to("KEK provider: read the PIN"));
    const ssize_t got = ::read(fd, into.data(), into.size());
    ::close(fd);
    std::size_t size = got > 0 ? static_cast<std::size_t>(got) : 0;
    if (size > 0 && into[size - 1] == '\n') --size;
    if (size == 0 || size > 256) return std::unexpected(pin_file_ + ": no PIN of 1 to 256 characters");
    return SecretBytes::copy_of(into.first(size));
  }

  std::expected<std::vector<CK_OBJECT_HANDLE>, std::string> find(unsigned number) {
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    std::string label = name_of(number);
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &kind, sizeof kind}, {CKA_LABEL, label.data(), label.size()}};
    if (const CK_RV code = functions_->C_FindObjectsInit(*session_, wanted, std::size(wanted)); code != CKR_OK)
      return std::unexpected(failed("look for a key", code));
    std::array<CK_OBJECT_HANDLE, 16> found{};
    CK_ULONG count = 0;
    const CK_RV code = functions_->C_FindObjects(*session_, found.data(), found.size(), &count);
    functions_->C_FindObjectsFinal(*session_);
    if (code != CKR_OK) return std::unexpected(failed("look for a key", code));
    return std::vector<CK_OBJECT_HANDLE>(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count));
  }

  const std::string module_, token_, pin_file_;
  CK_FUNCTION_LIST_PTR functions_ = nullptr;
  std::optional<CK_SESSION_HANDLE> session_;
  bool ours_ = false;
};

}  // namespace

std::unique_ptr<KekProvider> pkcs11_kek_provider(std::string module, std::string token, std::string pin_file) {
  return std::make_unique<Pkcs11KekProvider>(std::move(module), std::move(token), std::move(pin_file));
}

}  // namespace gatehouse::adapters
