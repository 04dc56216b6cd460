// What reaches a witness, or comes from one: add-checkpoint bodies, cosigned notes, answers, policies. Keys: the log's is 32 bytes 0, 1, 2 …, the
// witness's 32 bytes `W`; the corpus holds what they signed, and nothing else may count as signed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/log/cosignature.hpp"
#include "crypto/log/policy.hpp"
#include "crypto/log/witness.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

struct Keys {
  log::VerifierKey log;
  std::vector<log::WitnessKey> witnesses;
};

const Keys& keys() {
  static const Keys made = [] {
    if (!start()) std::abort();
    const std::string seed(32, 'W');
    const auto key = SigningKey::from_seed(SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size()}));
    return Keys{*log::VerifierKey::parse("gatehouse.example.org/log+c6321f71+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"),
                {log::WitnessKey::of("witness.example.org", *key)}};
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Keys& all = keys();
  // The log signed trees of 3 and of 5 entries; the witness cosigned the first.
  if (const auto request = log::read_add_checkpoint(text)) {
    const auto again = log::read_add_checkpoint(log::add_checkpoint_text(*request));
    if (!again || again->note != request->note || again->proof != request->proof || again->old_size != request->old_size) std::abort();
    const auto fresh = log::judge(*request, {all.log}, std::nullopt);
    if (fresh.status == 200) {
      const auto seen = log::read_seen_tree(request->note);
      if (!seen || (seen->size != 3 && seen->size != 5) || seen->origin != all.log.name) std::abort();
    }
    const log::SeenTree last{all.log.name, 3, log::tree_root({log::leaf_hash("a"), log::leaf_hash("b"), log::leaf_hash("c")})};
    (void)log::judge(*request, {all.log}, last);
  }
  if (const auto who = log::cosignatures(text, all.witnesses); who && !who->empty())
    if (text.find("gatehouse.example.org/log\n3\n") == std::string_view::npos) std::abort();
  if (const auto policy = log::WitnessPolicy::parse(text)) {
    const auto again = log::WitnessPolicy::parse(policy->text());
    if (!again || again->text() != policy->text()) std::abort();
    std::vector<log::Cosignature> everybody;
    for (std::size_t i = 0; i < policy->witnesses().size(); ++i) everybody.push_back({i, 1});
    if (!policy->satisfied(everybody) || policy->wanted() > everybody.size() || (policy->wanted() > 0 && policy->satisfied({}))) std::abort();
  }
  (void)log::WitnessKey::parse(text);
  (void)log::add_cosignature("gatehouse.example.org/log\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n\xe2\x80\x94 x AAAAAAA=\n", text, all.witnesses[0]);
  return 0;
}
