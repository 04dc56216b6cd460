#include "gateway/http/rate_limit.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace gatehouse::gateway {
namespace {

constexpr std::chrono::milliseconds kLongest{std::chrono::hours(24)};
constexpr std::chrono::milliseconds kSweepEvery{1000};
constexpr std::size_t kPersonBytes = 16;
const std::string kOthers = "\x01others";  // no partner id has a control character

double seconds(SteadyTime from, SteadyTime to) { return to <= from ? 0 : std::chrono::duration<double>(to - from).count(); }

}  // namespace

std::string address_key(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // without a zone
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return std::string(address);
  char out[INET6_ADDRSTRLEN] = {};
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    in_addr four{};
    std::memcpy(&four, six.s6_addr + 12, sizeof four);
    return inet_ntop(AF_INET, &four, out, sizeof out);
  }
  std::memset(six.s6_addr + 8, 0, 8);
  return std::string(inet_ntop(AF_INET6, &six, out, sizeof out)) + "/64";
}

TokenBuckets::TokenBuckets(BucketSettings settings) : settings_(settings), shared_{settings.burst, {}} {
  if (!std::isfinite(settings.per_second) || settings.per_second < 0 || !std::isfinite(settings.burst) || settings.burst < 1 ||
      settings.keys == 0)
    throw std::invalid_argument("token buckets: a rate of 0 or more, a burst of 1 or more and room for at least one key are needed");
}

std::chrono::milliseconds TokenBuckets::take_from(Bucket& bucket, SteadyTime now, double tokens) const {
  bucket.tokens = std::min(settings_.burst, bucket.tokens + seconds(bucket.at, now) * settings_.per_second);
  bucket.at = std::max(bucket.at, now);
  // Refilling adds up fractions: a billionth short of a whole token is a whole token.
  if (bucket.tokens + 1e-9 >= tokens) {
    bucket.tokens -= tokens;
    return {};
  }
  if (settings_.per_second <= 0 || tokens > settings_.burst) return kLongest;
  const double wait = std::ceil((tokens - bucket.tokens) / settings_.per_second * 1000 - 1e-6);
  return wait >= static_cast<double>(kLongest.count()) ? kLongest
                                                       : std::chrono::milliseconds(std::max<std::int64_t>(1, std::llround(wait)));
}

bool TokenBuckets::full(const Bucket& bucket, SteadyTime now) const {
  return bucket.tokens + seconds(bucket.at, now) * settings_.per_second >= settings_.burst;
}

void TokenBuckets::make_room(SteadyTime now) {
  if (swept_ != SteadyTime{} && now < swept_ + kSweepEvery) return;  // at most one walk over all keys in this time
  swept_ = now;
  std::erase_if(buckets_, [&](const auto& one) { return full(one.second, now); });
}

std::chrono::milliseconds TokenBuckets::take(std::string_view key, SteadyTime now, double tokens) {
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= settings_.keys) make_room(now);
    if (buckets_.size() >= settings_.keys) return take_from(shared_, now, tokens);
    found = buckets_.emplace(std::string(key), Bucket{settings_.burst, now}).first;
  }
  return take_from(found->second, now, tokens);
}

std::size_t TokenBuckets::keys() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

UnmatchedPeople::UnmatchedPeople(UnmatchedSettings settings) : settings_(settings) {}

UnmatchedPeople::Count UnmatchedPeople::add(std::string_view partner, std::string_view person_hash, std::int64_t day) {
  const std::lock_guard lock(mutex_);
  if (day > day_) {
    day_ = day;
    partners_.clear();
  }
  auto found = partners_.find(partner);
  if (found == partners_.end()) {
    const std::string key = partners_.size() >= settings_.partners ? kOthers : std::string(partner);
    found = partners_.try_emplace(key).first;
  }
  Day& today = found->second;
  if (today.people.size() <= settings_.limit) today.people.emplace(person_hash.substr(0, kPersonBytes));
  Count count{.distinct = today.people.size(), .over = today.people.size() > settings_.limit};
  if (count.distinct >= settings_.alarm_at && !today.alarmed) count.alarm = today.alarmed = true;
  return count;
}

UnmatchedPeople::Count UnmatchedPeople::of(std::string_view partner, std::int64_t day) const {
  const std::lock_guard lock(mutex_);
  if (day > day_) return {};
  auto found = partners_.find(partner);
  if (found == partners_.end() && partners_.size() >= settings_.partners) found = partners_.find(kOthers);
  if (found == partners_.end()) return {};
  return Count{.distinct = found->second.people.size(), .over = found->second.people.size() > settings_.limit};
}

}  // namespace gatehouse::gateway
