#include "gateway/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace gatehouse::gateway {

namespace {

constexpr std::array<std::pair<const char*, const char*>, static_cast<std::size_t>(Metrics::Event::count)> events = {{
    {"released", "packages that left by themselves"},
    {"waiting", "requests answered with 202"},
    {"stale", "decisions made again because something changed in between"},
    {"unmatched_alarm", "partners that went through many people we do not know"},
    {"paged", "pages to the safeguarding lead"},
    {"page_failed", "pages that failed and are tried again"},
    {"declined_at_term", "requests settled as declined when their answer was due"},
    {"commit_unknown", "commits whose end nobody saw"},
    {"reload_failed", "reloads that failed; the old state stays"},
}};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& answers =
      prometheus::BuildCounter().Name("gatehouse_answers_total").Help("answers by route and status").Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram().Name("gatehouse_answer_seconds").Help("time from request to answer, before its tick").Register(registry);
  std::array<prometheus::Counter*, events.size()> counters{};
  prometheus::Gauge *log_size = nullptr, *checkpoint_age = nullptr, *certificate = nullptr, *free_bytes = nullptr, *published = nullptr, *witnesses = nullptr,
                     *anchored = nullptr;

  struct PerRoute {
    prometheus::Histogram* seconds = nullptr;
    std::map<int, prometheus::Counter*> answers;
  };
  std::mutex mutex;
  std::map<std::string, PerRoute, std::less<>> routes;  // patterns only: a few dozen

  Impl() {
    for (std::size_t i = 0; i < events.size(); ++i)
      counters[i] = &prometheus::BuildCounter().Name(std::string("gatehouse_") + events[i].first + "_total").Help(events[i].second).Register(registry).Add({});
    const auto gauge = [this](const char* name, const char* help) {
      return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
    };
    log_size = gauge("gatehouse_log_entries", "entries in the log");
    checkpoint_age = gauge("gatehouse_checkpoint_age_seconds", "age of the newest checkpoint file");
    certificate = gauge("gatehouse_certificate_seconds_left", "until the server certificate ends");
    free_bytes = gauge("gatehouse_free_bytes", "free space where the database lies");
    published = gauge("gatehouse_log_published_entries", "entries under the published checkpoint");
    witnesses = gauge("gatehouse_log_witnesses_in_trouble", "witnesses that do not cosign at the moment");
    anchored = gauge("gatehouse_log_anchored", "1 while the anchor holds the newest checkpoint; 0 without an anchor");
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::answered(std::string_view route, int status, std::int64_t microseconds) {
  prometheus::Histogram* seconds = nullptr;
  prometheus::Counter* answers = nullptr;
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    auto found = impl_->routes.find(route);
    if (found == impl_->routes.end()) {
      found = impl_->routes.emplace(std::string(route), Impl::PerRoute{}).first;
      found->second.seconds = &impl_->seconds.Add({{"route", std::string(route)}},
                                                  prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5});
    }
    auto& counter = found->second.answers[status];
    if (counter == nullptr) counter = &impl_->answers.Add({{"route", std::string(route)}, {"status", std::to_string(status)}});
    seconds = found->second.seconds;
    answers = counter;
  }
  answers->Increment();
  seconds->Observe(static_cast<double>(microseconds) / 1e6);
}

void Metrics::count(Event event) { impl_->counters[static_cast<std::size_t>(event)]->Increment(); }
std::uint64_t Metrics::value(Event event) const {
  return static_cast<std::uint64_t>(impl_->counters[static_cast<std::size_t>(event)]->Value());
}
void Metrics::gauge_log_size(double entries) { impl_->log_size->Set(entries); }
void Metrics::gauge_checkpoint_age(double seconds) { impl_->checkpoint_age->Set(seconds); }
void Metrics::gauge_certificate_seconds_left(double seconds) { impl_->certificate->Set(seconds); }
void Metrics::gauge_free_bytes(double bytes) { impl_->free_bytes->Set(bytes); }
void Metrics::gauge_log(double published, double witnesses_in_trouble, bool anchored) {
  impl_->published->Set(published);
  impl_->witnesses->Set(witnesses_in_trouble);
  impl_->anchored->Set(anchored ? 1 : 0);
}

std::string Metrics::text() const {
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(impl_->registry.Collect());
}

}  // namespace gatehouse::gateway
