#pragma once
// How much one partner may ask. Every refusal rests on the request alone; what we know about the people asked for raises alarms, never an answer: if a
// count of people we do not know closed the door, the door would tell who is unknown. Any thread. State is this process's alone.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/http/rate_limit.hpp"
#include "gateway/partner_api/asked.hpp"
#include "gateway/settings.hpp"

namespace gatehouse::gateway {

class PartnerLimits {
 public:
  explicit PartnerLimits(const LimitSettings& settings);

  struct Taken {
    std::chrono::milliseconds wait{};   // zero: go on; otherwise answer 429 with this as Retry-After
    bool as_emergency = false;          // it was among the emergencies that this partner may claim
  };
  // An emergency has a bucket of its own and falls back on the common one; then it is asked like anything else, and a person looks.
  Taken take(std::string_view agency, bool emergency, SteadyTime now);
  // For a request that is counted already and is now said to be an emergency. False: the partner has claimed as many as it may.
  bool take_emergency(std::string_view agency, SteadyTime now) { return emergencies_.take(agency, now).count() == 0; }
  // False: this partner has asked about as many different people today as it may. The same person again counts once.
  bool may_ask_about(std::string_view agency, const policy::Locator& who, std::int64_t day);
  // Somebody we do not know was asked about. True once per partner and day: raise the alarm.
  bool unmatched(std::string_view agency, const policy::Locator& who, std::int64_t day);

 private:
  std::string keyed(const policy::Locator& who) const;
  TokenBuckets common_, emergencies_;
  UnmatchedPeople asked_, unknown_;
  std::string salt_;  // of this process: the hashes mean nothing outside it
};

// Nonces of safe methods, which no commit keeps. Bounded: what has expired goes first; when all are live, newcomers are refused. Any thread.
class SeenNonces {
 public:
  explicit SeenNonces(std::size_t most = 200000) : most_(most) {}
  // True: not seen before, and now it is. `expires`: the signature's end, plus the allowed difference of clocks.
  bool fresh(std::string_view keyid, std::string_view nonce, std::int64_t expires, std::int64_t now);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> seen_;
  std::int64_t swept_ = 0;
  std::size_t most_;
};

}  // namespace gatehouse::gateway
