#include "gateway/partner_api/limits.hpp"

#include "crypto/keys.hpp"

namespace gatehouse::gateway {

PartnerLimits::PartnerLimits(const LimitSettings& settings)
    : common_(BucketSettings{settings.requests_per_second, settings.burst, 4096}),
      emergencies_(BucketSettings{settings.emergencies_per_hour / 3600.0, settings.emergency_burst, 4096}),
      asked_(UnmatchedSettings{settings.people_per_day, settings.people_per_day, 4096}),
      unknown_(UnmatchedSettings{settings.unmatched_alarm_per_day, settings.unmatched_alarm_per_day, 4096}),
      salt_(crypto::random_bytes(32)) {}

std::string PartnerLimits::keyed(const policy::Locator& who) const {
  std::string text = salt_;
  for (const auto* part : {&who.nhs_number, &who.upn, &who.agency_reference, &who.given_name, &who.family_name, &who.date_of_birth, &who.mother_name,
                           &who.expected_date}) {
    for (const char c : *part)
      if (c != ' ') text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    text += '\0';
  }
  const auto digest = crypto::sha256(text);
  return std::string(reinterpret_cast<const char*>(digest.data()), 16);
}

PartnerLimits::Taken PartnerLimits::take(std::string_view agency, bool emergency, SteadyTime now) {
  if (emergency && take_emergency(agency, now)) return {std::chrono::milliseconds(0), true};
  return {common_.take(agency, now), false};
}

bool PartnerLimits::may_ask_about(std::string_view agency, const policy::Locator& who, std::int64_t day) {
  return !asked_.add(agency, keyed(who), day).over;
}

bool PartnerLimits::unmatched(std::string_view agency, const policy::Locator& who, std::int64_t day) {
  return unknown_.add(agency, keyed(who), day).alarm;
}

bool SeenNonces::fresh(std::string_view keyid, std::string_view nonce, std::int64_t expires, std::int64_t now) {
  std::string name(keyid);
  name += '\0';
  name += nonce;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (seen_.size() >= most_ || now - swept_ > 60) {
    swept_ = now;
    std::erase_if(seen_, [now](const auto& one) { return one.second < now; });
    if (seen_.size() >= most_) return false;
  }
  return seen_.emplace(std::move(name), expires).second;
}

}  // namespace gatehouse::gateway
