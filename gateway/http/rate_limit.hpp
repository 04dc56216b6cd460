#pragma once
// Limits that count: token buckets by key, and distinct people per partner and day. Time is passed in. Any thread (one lock each).
// Memory is bounded whatever the keys are. State is this process's alone: it starts afresh with the process.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace gatehouse::gateway {

using SteadyTime = std::chrono::steady_clock::time_point;

// Look-up by string_view without making a string.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// The key under which an address is counted: an IPv4 address itself (also when it is mapped into IPv6), an IPv6 address by its /64,
// because one subscriber has a whole /64 to choose from. Text that is no address is its own key.
std::string address_key(std::string_view address);

struct BucketSettings {
  double per_second = 1;  // refill; 0: the burst is all there ever is
  double burst = 1;       // tokens of a key that has not been seen
  std::size_t keys = 65536;
};

// A key not seen lately has a full bucket. When `keys` are all in use and none has refilled, newcomers share one bucket between them:
// a flood from many addresses cannot push out the memory of those already counted, nor open the limit.
class TokenBuckets {
 public:
  // Throws std::invalid_argument for a negative or infinite figure, a burst below 1 or no keys.
  explicit TokenBuckets(BucketSettings settings);
  // Zero: taken. Otherwise nothing was taken, and this is how long until it could be (for Retry-After; at most a day).
  std::chrono::milliseconds take(std::string_view key, SteadyTime now, double tokens = 1);
  std::size_t keys() const;

 private:
  struct Bucket {
    double tokens;
    SteadyTime at;
  };
  std::chrono::milliseconds take_from(Bucket& bucket, SteadyTime now, double tokens) const;
  bool full(const Bucket& bucket, SteadyTime now) const;
  void make_room(SteadyTime now);

  const BucketSettings settings_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket, StringHash, std::equal_to<>> buckets_;
  Bucket shared_;
  SteadyTime swept_{};
};

struct UnmatchedSettings {
  std::size_t alarm_at = 20;    // distinct people in a day: the alarm is told once
  std::size_t limit = 50;       // more than this many: over
  std::size_t partners = 4096;  // further ones share one count
};

// How many distinct people, whom nothing here matched, a partner has asked about on one day: a partner who tries names goes through many.
// The person is named by a keyed hash (never by anything that can be read); 128 bits of it are kept, until the day changes.
class UnmatchedPeople {
 public:
  explicit UnmatchedPeople(UnmatchedSettings settings);
  struct Count {
    std::size_t distinct = 0;  // of this partner today; stops at limit + 1
    bool alarm = false;        // reached `alarm_at` with this one: tell somebody; true once per partner and day
    bool over = false;         // more than `limit`
  };
  // The same person asked again counts once. `day` is any number that is the same all day; a day that lies behind the newest one seen
  // counts as the newest (a clock that steps back does not clear the count).
  Count add(std::string_view partner, std::string_view person_hash, std::int64_t day);
  Count of(std::string_view partner, std::int64_t day) const;

 private:
  struct Day {
    std::unordered_set<std::string> people;
    bool alarmed = false;
  };
  const UnmatchedSettings settings_;
  mutable std::mutex mutex_;
  std::int64_t day_ = INT64_MIN;
  std::unordered_map<std::string, Day, StringHash, std::equal_to<>> partners_;
};

}  // namespace gatehouse::gateway
