#pragma once
// What the gateway does without being asked: settle what is due, page the safeguarding lead, notice changes of partners and pack, keep the gauges.
// Each duty is one pass that can be run by itself; `Duties` runs them on a beat. All state that matters lies in the store: a pass that fails, or a
// process that ends, leaves its work due.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gateway/http/logging.hpp"
#include "gateway/metrics.hpp"
#include "gateway/partner_api/keeper.hpp"
#include "policy/decision/calendar.hpp"
#include "policy/ports/desk.hpp"
#include "policy/ports/enquiries.hpp"
#include "policy/ports/inbound.hpp"
#include "policy/ports/staff.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

// Turns every request whose answer is due into `declined`, and ends every release whose days are over, never earlier. One pass; gives how many, or
// the error that stopped it.
class SettleDue {
 public:
  SettleDue(policy::Store& store, Metrics& metrics, Log log) : store_(store), metrics_(metrics), log_(std::move(log)) {}
  boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> once(policy::Instant at);

 private:
  policy::Store& store_;
  Metrics& metrics_;
  Log log_;
};

// Runs a program to its end: no shell, no environment but PATH, standard streams on /dev/null. False: it could not be started, failed, or took longer
// than `limit` and was ended. Blocks.
bool run_program(const std::vector<std::string>& arguments, std::chrono::seconds limit);

// Tells the safeguarding lead that a request needs a look: a log line and a figure always, and the settings' command with the request id as its last
// argument, nothing else. What fails is tried again, at 2, 4, … 64 seconds, until it succeeds; a page is never given up.
class PageLead {
 public:
  using Run = std::function<bool(const std::vector<std::string>&, std::chrono::seconds)>;
  PageLead(policy::Store& store, SnapshotKeeper& keeper, Metrics& metrics, Log log, Run run = run_program);
  ~PageLead();
  boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> once(policy::Instant at);

 private:
  struct Retry {
    policy::Instant next{};
    int failures = 0;
  };
  policy::Store& store_;
  SnapshotKeeper& keeper_;
  Metrics& metrics_;
  Log log_;
  Run run_;
  std::map<std::string, Retry> failed_;  // request id
  boost::asio::thread_pool pool_;        // a program that hangs holds one thread here, never the network side
};

// When somebody else must be told that a request still waits for a person: emergency and red after one hour, amber after four, others after two working
// days or half of the time promised, whichever is first.
policy::Instant escalate_at(const policy::Calendar& calendar, const policy::WaitingRequest& waiting);

// A queue that nobody covers is not silent: what waits too long for a person is paged, once, by the same way as an urgent request; and at once, without
// waiting for its time, while nobody is there who holds the role of the information-governance lead or of the safeguarding lead, or covers for it.
class EscalateQueue {
 public:
  EscalateQueue(policy::Desk& desk, policy::StaffBook& staff, SnapshotKeeper& keeper, Log log) : desk_(desk), staff_(staff), keeper_(keeper), log_(std::move(log)) {}
  boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> once(policy::Instant at);

 private:
  policy::Desk& desk_;
  policy::StaffBook& staff_;
  SnapshotKeeper& keeper_;
  Log log_;
};

// Questions without names are kept for thirty days after they ended: long enough to be asked about, no longer. Times and counts stay.
class DeleteEnquiryTexts {
 public:
  static constexpr std::chrono::days kKept{30};
  explicit DeleteEnquiryTexts(policy::Enquiries& enquiries) : enquiries_(enquiries) {}
  boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> once(policy::Instant at) {
    co_return co_await enquiries_.delete_enquiry_texts(at - kKept);
  }

 private:
  policy::Enquiries& enquiries_;
};

// Documents that partners sent in, thirty days after a lead has dealt with them: what belongs on the record is there by then.
class DeleteInbound {
 public:
  static constexpr std::chrono::days kKept{30};
  explicit DeleteInbound(policy::Inbound& inbound) : inbound_(inbound) {}
  boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> once(policy::Instant at) {
    co_return co_await inbound_.delete_inbound(at - kKept);
  }

 private:
  policy::Inbound& inbound_;
};

class Duties {
 public:
  // `fatal` as in Services. `gauges` is called about every ten seconds.
  Duties(policy::Store& store, policy::Desk& desk, policy::StaffBook& staff, SnapshotKeeper& keeper, Metrics& metrics, Log log, std::function<policy::Instant()> clock,
         std::function<void(std::string)> fatal, std::function<void(const policy::Health&)> gauges, policy::Enquiries& enquiries,
         policy::Inbound& inbound);
  // Runs until stop(). Each duty on a strand of its own: a slow page does not hold back what is due.
  void start(boost::asio::any_io_executor executor);
  void stop() { stopped_ = true; }

 private:
  boost::asio::awaitable<void> settle_loop();
  boost::asio::awaitable<void> page_loop();
  boost::asio::awaitable<void> watch_loop();
  policy::Store& store_;
  SnapshotKeeper& keeper_;
  Log log_;
  std::function<policy::Instant()> clock_;
  std::function<void(std::string)> fatal_;
  std::function<void(const policy::Health&)> gauges_;
  SettleDue settle_;
  PageLead page_;
  EscalateQueue escalate_;
  DeleteEnquiryTexts forget_;
  DeleteInbound forget_sent_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace gatehouse::gateway
