#include "gateway/duties/duties.hpp"
#include "policy/ports/request_life.hpp"

namespace gatehouse::gateway {

boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> SettleDue::once(policy::Instant at) {
  constexpr std::size_t at_a_time = 200;
  std::size_t settled = 0;
  while (true) {
    const auto due = co_await store_.due(at, at_a_time);
    if (!due) co_return std::unexpected(due.error());
    std::size_t moved = 0;
    for (const auto& request : *due) {
      const bool waits = request.state == policy::RequestState::waiting;
      // Never earlier, whatever the store says.
      if ((waits ? request.answer_by : request.release_expires) > at || (!waits && !policy::may_be_fetched(request.state))) continue;
      policy::Transition change;
      change.request_id = request.id;
      change.from = request.state;
      change.to = waits ? policy::RequestState::declined : policy::RequestState::expired;
      change.at = at;
      change.why = waits ? "answer_due" : "expired";
      const auto done = co_await store_.settle(std::move(change));
      if (!done) co_return std::unexpected(done.error());
      if (!*done) continue;  // released or settled in between: somebody was faster
      ++moved;
      if (waits) metrics_.count(Metrics::Event::declined_at_term);
    }
    settled += moved;
    if (due->size() < at_a_time || moved == 0) co_return settled;
  }
}

}  // namespace gatehouse::gateway
