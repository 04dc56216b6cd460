// Detached SSH signatures. The corpus holds the one the fixed key made of the message; nothing but its lines broken elsewhere may verify.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/manifest.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

constexpr std::string_view kMessage = "a manifest of a fictional release\n";

struct Known {
  std::string public_key, letters;
};

std::string letters(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c != '\n'; });
  return out;
}

const Known& known() {
  static const Known made = [] {
    if (!start()) std::abort();
    std::array<std::uint8_t, 32> seed{};
    for (std::size_t i = 0; i < 32; ++i) seed[i] = static_cast<std::uint8_t>(i);
    const auto key = SigningKey::from_seed(SecretBytes::copy_of(seed));
    return Known{key->public_key(), letters(sshsig_sign(*key, kManifestNamespace, kMessage))};
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Known& good = known();
  if (sshsig_verify(good.public_key, kManifestNamespace, kMessage, text) && letters(text) != good.letters) std::abort();
  return 0;
}
