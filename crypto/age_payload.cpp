#include "crypto/age_payload.hpp"

#include <openssl/evp.h>

#include <new>
#include <stdexcept>

namespace gatehouse::crypto::age {
namespace {

const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  return fetched;
}

struct Nonce {
  std::uint8_t bytes[12] = {};
  Nonce(std::uint64_t counter, bool last) {
    for (int i = 0; i < 8; ++i) bytes[10 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
    bytes[11] = last ? 1 : 0;
  }
};

EVP_CIPHER_CTX* context_of(void* context) { return static_cast<EVP_CIPHER_CTX*>(context); }
std::uint8_t* bytes_of(char* p) { return reinterpret_cast<std::uint8_t*>(p); }
const std::uint8_t* bytes_of(const char* p) { return reinterpret_cast<const std::uint8_t*>(p); }

void must(int done) {
  if (done != 1) throw std::runtime_error("crypto: ChaCha20-Poly1305 failed in OpenSSL");
}

}  // namespace

ChunkCipher::ChunkCipher(const PayloadKey& key, Way way) : context_(EVP_CIPHER_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  if (EVP_CipherInit_ex2(context_of(context_), algorithm(), key.bytes.data(), nullptr, way == Way::seal ? 1 : 0, nullptr) != 1) {
    EVP_CIPHER_CTX_free(context_of(context_));
    throw std::runtime_error("crypto: ChaCha20-Poly1305 is not available in this OpenSSL");
  }
}

ChunkCipher::~ChunkCipher() { EVP_CIPHER_CTX_free(context_of(context_)); }  // wipes the key

void ChunkCipher::seal(std::uint64_t counter, bool last, std::string_view plain, char* out) {
  EVP_CIPHER_CTX* context = context_of(context_);
  const Nonce nonce(counter, last);
  int written = 0;
  must(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.bytes, -1, nullptr));
  if (!plain.empty()) must(EVP_CipherUpdate(context, bytes_of(out), &written, bytes_of(plain.data()), static_cast<int>(plain.size())));
  must(EVP_CipherFinal_ex(context, bytes_of(out) + plain.size(), &written));
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, out + plain.size()));
}

bool ChunkCipher::open(std::uint64_t counter, bool last, std::string_view sealed, char* out) {
  EVP_CIPHER_CTX* context = context_of(context_);
  const Nonce nonce(counter, last);
  const std::string_view body = sealed.substr(0, sealed.size() - kTag);
  std::uint8_t tag[kTag];
  sealed.copy(reinterpret_cast<char*>(tag), kTag, body.size());
  int written = 0;
  must(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.bytes, -1, nullptr));
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, tag));
  if (!body.empty()) must(EVP_CipherUpdate(context, bytes_of(out), &written, bytes_of(body.data()), static_cast<int>(body.size())));
  std::uint8_t none[16];
  return EVP_CipherFinal_ex(context, none, &written) == 1;
}

std::optional<Error> open_chunk(ChunkCipher& cipher, std::uint64_t chunk, bool last, std::string_view sealed, char* out, std::size_t& written) {
  const auto bad = [chunk](const char* what) {
    return Error{"bad_payload", "age payload, chunk " + std::to_string(chunk), what, "the file as it was sealed, whole"};
  };
  written = 0;
  if (sealed.size() < kTag) return bad("the file ends too early");
  if (sealed.size() == kTag && chunk != 0) return bad("the last chunk is empty");
  if (cipher.open(chunk, last, sealed, out)) {
    written = sealed.size() - kTag;
    return std::nullopt;
  }
  if (sealed.size() == kChunk + kTag && cipher.open(chunk, !last, sealed, out)) {
    written = kChunk;
    return bad(last ? "the file ends before its last chunk" : "something comes after the last chunk");
  }
  return bad(last ? "it was changed, or the file ends too early" : "it was changed");
}

}  // namespace gatehouse::crypto::age
