#include "gateway/duties/duties.hpp"

namespace gatehouse::gateway {

boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> SettleDue::once(policy::Instant at) {
  constexpr std::size_t at_a_time = 200;
  std::size_t settled = 0;
  while (true) {
    const auto due = co_await store_.due(at, at_a_time);
    if (!due) co_return std::unexpected(due.error());
    std::size_t moved = 0;
    for (const auto& request : *due) {
      if (request.answer_by > at) continue;  // never earlier, whatever the store says
      policy::Transition change;
      change.request_id = request.id;
      change.from = request.state;
      change.to = policy::RequestState::declined;
      change.at = at;
      change.why = "answer_due";
      const auto done = co_await store_.settle(std::move(change));
      if (!done) co_return std::unexpected(done.error());
      if (!*done) continue;  // released or settled in between: somebody was faster
      ++moved;
      metrics_.count(Metrics::Event::declined_at_term);
    }
    settled += moved;
    if (due->size() < at_a_time || moved == 0) co_return settled;
  }
}

}  // namespace gatehouse::gateway
