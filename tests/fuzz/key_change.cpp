// A partner's request for new keys, as it comes in a file, and the signatures beside it. Nothing is taken that names no key, or that nobody signed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/secret_bytes.hpp"
#include "gateway/import/partner_change.hpp"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = crypto::start();
  if (!started) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const policy::Instant now(std::chrono::seconds(1795341600));
  policy::Agency nobody;
  nobody.id = "kent-mash";
  if (imports::who_signed(text, text, nobody, now)) std::abort();
  const auto wanted = imports::read_key_change(text, now);
  if (!wanted) return 0;
  if (wanted->age.empty() && wanted->signing_key.empty() && !wanted->pin) std::abort();
  if (wanted->asked > now + std::chrono::seconds(60)) std::abort();
  if ((!wanted->signing_key.empty() || wanted->pin) && imports::check_possession(*wanted, "challenge", text, text)) std::abort();
  const auto changed = imports::with_new_keys(nobody, *wanted, now);
  if (!changed || changed->keys.empty()) std::abort();
  return 0;
}
