// Policy files. What is read prints as a file that means the same: every subset of the witnesses is judged alike, and more of them never satisfy less.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/log/policy.hpp"
#include "crypto/secret_bytes.hpp"

using namespace gatehouse::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = start();
  if (!started) std::abort();
  const auto policy = log::WitnessPolicy::parse({reinterpret_cast<const char*>(data), size});
  if (!policy) {
    if (policy.error().where.empty() || policy.error().what.empty()) std::abort();
    return 0;
  }
  const auto again = log::WitnessPolicy::parse(policy->text());
  if (!again || again->text() != policy->text() || again->witnesses() != policy->witnesses() || again->wanted() != policy->wanted()) std::abort();
  const std::size_t count = policy->witnesses().size();
  if (policy->wanted() > count || policy->witness_urls().size() != count || policy->log_urls().size() != policy->logs().size()) std::abort();
  const auto judged = [&](const log::WitnessPolicy& by, std::uint64_t who) {
    std::vector<log::Cosignature> cosigned;
    for (std::size_t i = 0; i < count; ++i)
      if ((who >> i & 1) != 0) cosigned.push_back({i, 1});
    return by.satisfied(cosigned);
  };
  const std::uint64_t everybody = count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  if (!judged(*policy, everybody)) std::abort();
  std::uint64_t who = 0x9e3779b97f4a7c15ull;
  for (int i = 0; i < 32; ++i) {
    who = who * 6364136223846793005ull + 1442695040888963407ull;
    const std::uint64_t some = count <= 5 ? static_cast<std::uint64_t>(i) & everybody : who & everybody;
    const bool enough = judged(*policy, some);
    if (judged(*again, some) != enough) std::abort();
    if (enough && static_cast<std::size_t>(__builtin_popcountll(some)) < policy->wanted()) std::abort();
    if (enough && !judged(*policy, some | 1) && count > 0) std::abort();
  }
  return 0;
}
