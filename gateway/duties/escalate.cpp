#include <algorithm>

#include "gateway/duties/cover.hpp"
#include "gateway/duties/duties.hpp"

namespace gatehouse::gateway {

policy::Instant escalate_at(const policy::Calendar& calendar, const policy::WaitingRequest& waiting) {
  const policy::Instant received = waiting.status.received;
  if (waiting.urgency == "emergency" || waiting.urgency == "red") return received + std::chrono::hours(1);
  if (waiting.urgency == "amber") return received + std::chrono::hours(4);
  // Half of the time promised at the latest: somebody must still be able to look.
  const policy::Instant half = received + (waiting.status.answer_by - received) / 2;
  return std::min(calendar.add_working_days(received, 2), half);
}

boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> EscalateQueue::once(policy::Instant at) {
  const auto waiting = co_await desk_.waiting(500, std::string());
  if (!waiting) co_return std::unexpected(waiting.error());
  if (waiting->empty()) co_return 0;
  const auto staff = co_await staff_.staff();
  if (!staff) co_return std::unexpected(staff.error());
  const auto now = keeper_.load();
  const auto today = now->policies().calendar.local_date(at);
  // Before anybody has an account here there is nobody to be away.
  const bool nobody = !staff->empty() && (!is_covered(policy::Role::ig_lead, *staff, today) || (!is_covered(policy::Role::dsl, *staff, today) && !is_covered(policy::Role::deputy_dsl, *staff, today)));
  std::size_t told = 0;
  for (const auto& one : *waiting) {
    const bool for_a_person = one.status.review_asked || (one.outcome != "withhold" && one.outcome != "more_information");
    if (!for_a_person || one.completed || one.settled_by_person || one.escalated || (!nobody && at < escalate_at(now->policies().calendar, one))) continue;
    std::string id = one.status.id;
    const auto marked = co_await desk_.escalate(std::move(id), at);
    if (!marked) co_return std::unexpected(marked.error());
    if (!*marked) continue;
    ++told;
    LogEvent event(Level::warning, "queue_not_covered");
    event.request_id = one.status.id;
    event.detail = nobody ? "nobody is there who could decide, and nobody covers; the lead is paged" : "a request waits for a person longer than its urgency allows; the lead is paged";
    if (log_) log_(event);
  }
  co_return told;
}

}  // namespace gatehouse::gateway
