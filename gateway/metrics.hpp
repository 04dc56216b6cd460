#pragma once
// Figures about the gateway's own work, in the Prometheus text form, shown on the console port alone. INVARIANT: labels are route patterns, status codes
// and words of ours; never an agency's person, an id or a path. Any thread.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::gateway {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void answered(std::string_view route, int status, std::int64_t microseconds);
  enum class Event : std::uint8_t {
    released,           // packages that left by themselves
    waiting,            // answered 202
    stale,              // decided again because something changed in between
    unmatched_alarm,    // a partner went through many people we do not know
    paged,              // the safeguarding lead was told
    page_failed,        // the paging command failed; it is tried again
    declined_at_term,   // settled as declined when the answer was due
    commit_unknown,     // the process ends after one
    reload_failed,      // the old snapshot stays
    count
  };
  void count(Event event);
  std::uint64_t value(Event event) const;
  void gauge_log_size(double entries);
  void gauge_checkpoint_age(double seconds);
  void gauge_certificate_seconds_left(double seconds);
  void gauge_free_bytes(double bytes);
  // `anchored`: the anchor holds the newest checkpoint. Without an anchor never.
  void gauge_log(double published, double witnesses_in_trouble, bool anchored);
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::gateway
