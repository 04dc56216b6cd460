#include "adapters/sqlite/sqlite_store.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "adapters/sqlite/close_to.hpp"
#include "adapters/sqlite/desk.hpp"
#include "adapters/sqlite/enquiries.hpp"
#include "adapters/sqlite/inbound.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/reader.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/staff.hpp"
#include "adapters/sqlite/statistics_jobs.hpp"
#include "adapters/sqlite/statistics_reader.hpp"
#include "adapters/sqlite/words.hpp"
#include "adapters/sqlite/write_jobs.hpp"
#include "adapters/sqlite/writer.hpp"

namespace asio = boost::asio;

namespace gatehouse::adapters {

using policy::StoreError;

namespace {

constexpr std::uint64_t kTail = 4096;   // entries re-hashed when a store is opened

// Connections for look-ups, lent one at a time. There are as many as threads that may look up at once; one more is made when all are lent.
template <class Reader>
class Readers {
 public:
  Readers(const SqliteSettings& settings, Keyring& keys, unsigned ready) : settings_(settings), keys_(keys) {
    for (unsigned i = 0; i < ready; ++i) free_.push_back(std::make_unique<Reader>(settings, keys));
  }

  class Lent {
   public:
    Lent(Readers& from, std::unique_ptr<Reader> reader) : from_(from), reader_(std::move(reader)) {}
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    ~Lent() {
      if (reader_) from_.give_back(std::move(reader_));
    }
    Reader& operator*() { return *reader_; }
    // After a fault the connection is not trusted again.
    void drop() { reader_.reset(); }

   private:
    Readers& from_;
    std::unique_ptr<Reader> reader_;
  };

  Lent borrow() {
    {
      const std::lock_guard<std::mutex> lock(lock_);
      if (!free_.empty()) {
        auto reader = std::move(free_.back());
        free_.pop_back();
        return Lent(*this, std::move(reader));
      }
    }
    return Lent(*this, std::make_unique<Reader>(settings_, keys_));
  }

 private:
  void give_back(std::unique_ptr<Reader> reader) {
    const std::lock_guard<std::mutex> lock(lock_);
    free_.push_back(std::move(reader));
  }
  const SqliteSettings& settings_;
  Keyring& keys_;
  std::mutex lock_;
  std::vector<std::unique_ptr<Reader>> free_;
};

template <class Job>
asio::awaitable<std::invoke_result_t<Job>> call(Job job) {
  co_return job();
}

// Once a second: takes up keys that another process rotated or destroyed, also while nobody asks for anything.
class KeyWatch {
 public:
  explicit KeyWatch(Keyring& keys) : keys_(keys), thread_([this] { loop(); }) {}
  KeyWatch(const KeyWatch&) = delete;
  KeyWatch& operator=(const KeyWatch&) = delete;
  ~KeyWatch() {
    {
      const std::lock_guard<std::mutex> lock(lock_);
      ending_ = true;
    }
    end_.notify_one();
    thread_.join();
  }

 private:
  void loop() {
    std::unique_lock<std::mutex> lock(lock_);
    while (!end_.wait_for(lock, std::chrono::seconds(1), [this] { return ending_; })) {
      lock.unlock();
      keys_.refresh();
      lock.lock();
    }
  }
  Keyring& keys_;
  std::mutex lock_;
  std::condition_variable end_;
  bool ending_ = false;
  std::thread thread_;
};

class EmbeddedStore final : public SqliteStore {
 public:
  EmbeddedStore(SqliteSettings settings, Keyring keys, std::function<void(std::string)> fatal)
      : settings_(std::move(settings)),
        keys_(std::move(keys)),
        readers_(settings_, keys_, std::max(1u, settings_.reader_threads)),
        counters_(settings_, keys_, 0),
        pool_(std::max(1u, settings_.reader_threads)),
        writer_(settings_, keys_, std::move(fatal)),
        watch_(keys_) {}
  ~EmbeddedStore() override { pool_.join(); }

  asio::awaitable<std::expected<policy::Directory, StoreError>> directory() override {
    auto job = [this] { return read<StoreError>([](Reader& reader) { return reader.directory(); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<policy::Evidence, StoreError>> evidence(policy::EvidenceQuery query) override {
    auto job = [this, query = std::move(query)] { return read<StoreError>([&](Reader& reader) { return reader.evidence(query); }); };
    if (settings_.inline_reads) co_return job();
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<policy::CaseFile, policy::SourceError>> find(policy::RecordQuery query) override {
    auto job = [this, query = std::move(query)] { return read<policy::SourceError>([&](Reader& reader) { return reader.find(query); }); };
    if (settings_.inline_reads) co_return job();
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<policy::Committed, StoreError>> commit(policy::Token token, policy::Entry entry) override {
    auto prepared = CommitJob::prepare(keys_, std::move(token), std::move(entry));
    if (!prepared) co_return std::unexpected(prepared.error());
    std::shared_ptr<CommitJob> job = std::move(*prepared);
    if (job->finished()) co_return job->result();
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->result();
  }

  asio::awaitable<std::expected<std::optional<policy::RequestStatus>, StoreError>> request(std::string id, std::string agency) override {
    auto job = [this, id = std::move(id), agency = std::move(agency)] {
      return read<StoreError>([&](Reader& reader) { return reader.request(id, agency); });
    };
    if (settings_.inline_reads) co_return job();
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<policy::Fetched, StoreError>> fetch(policy::FetchQuery query) override {
    auto job = std::make_shared<FetchJob>(std::move(query));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->take();
  }

  asio::awaitable<std::expected<policy::Called, StoreError>> ask_review(std::string id, std::string words, policy::Call call) override {
    auto job = std::make_shared<ReviewJob>(keys_, std::move(id), std::move(words), std::move(call));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->result();
  }

  asio::awaitable<std::expected<policy::Called, StoreError>> acknowledge(policy::Transition transition, policy::Call call) override {
    auto job = std::make_shared<AcknowledgeJob>(keys_, std::move(transition), std::move(call));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->result();
  }

  asio::awaitable<std::expected<std::vector<policy::RequestStatus>, StoreError>> due(policy::Instant now, std::size_t limit) override {
    auto job = [this, now, limit] { return read<StoreError>([&](Reader& reader) { return reader.due(now, limit); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<bool, StoreError>> settle(policy::Transition transition) override {
    auto job = std::make_shared<SettleJob>(std::move(transition));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->settled();
  }

  asio::awaitable<std::expected<policy::Health, StoreError>> health() override {
    auto job = [this]() -> std::expected<policy::Health, StoreError> {
      policy::Health out;
      out.free_bytes = writer_.free_bytes();
      out.writable = writer_.open() && out.free_bytes >= settings_.disk_reserve_bytes;
      const auto log = read<StoreError>([](Reader& reader) -> std::expected<Reader::LogState, StoreError> { return reader.log_state(); });
      if (!log) return std::unexpected(log.error());
      out.log_size = log->size;
      out.last_entry = instant_of(log->last_at);
      return out;
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::optional<std::string>, StoreError>> asked(std::string id, std::string agency) override {
    auto job = [this, id = std::move(id), agency = std::move(agency)] {
      return read<StoreError>([&](Reader& reader) { return reader.asked(id, agency); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<std::string>, StoreError>> pages_due(std::size_t limit) override {
    auto job = [this, limit] { return read<StoreError>([&](Reader& reader) { return reader.pages_due(limit); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<bool, StoreError>> paged(std::string id, policy::Instant at) override {
    auto job = std::make_shared<PagedJob>(std::move(id), at);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->first();
  }

  asio::awaitable<std::expected<policy::StatisticsBooks, StoreError>> books(std::string partner, std::uint64_t scheme) override {
    auto job = [this, partner = std::move(partner), scheme] {
      return look<StoreError>(counters_, [&](StatisticsReader& reader) { return reader.books(partner, scheme); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<policy::KnownFigure>, StoreError>> known(std::string partner, std::vector<policy::FigureKey> keys) override {
    auto job = [this, partner = std::move(partner), keys = std::move(keys)] {
      return look<StoreError>(counters_, [&](StatisticsReader& reader) { return reader.known(partner, keys); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<std::int64_t>, StoreError>> count(policy::CubeScan scan) override {
    auto job = [this, scan = std::move(scan)] {
      return look<StoreError>(counters_, [&](StatisticsReader& reader) {
        policy::CubeScan once = scan;   // a second try begins with counts of zero
        return reader.count(once);
      });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<policy::StatisticsCommitted, StoreError>> charge(policy::StatisticsEntry entry) override {
    auto job = std::make_shared<StatisticsJob>(keys_, std::move(entry));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    policy::StatisticsCommitted done = job->take();
    if (done.charged == 0) co_return done;
    const bool kept = co_await marked(false);
    if (!kept) co_return std::unexpected(StoreError::unavailable);   // charged; said again, it is answered for nothing
    co_return done;
  }

  asio::awaitable<std::expected<void, policy::PublishError>> publish_quarter(policy::StatisticsPublication publication) override {
    auto job = std::make_shared<PublishJob>(std::move(publication));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(policy::PublishError::unavailable);
    if (job->failed()) co_return std::unexpected(*job->failed());
    const bool kept = co_await marked(false);
    if (!kept) co_return std::unexpected(policy::PublishError::unavailable);
    co_return std::expected<void, policy::PublishError>();
  }

  asio::awaitable<std::expected<void, policy::CapError>> change_cap(policy::CapChange change) override {
    auto job = std::make_shared<CapJob>(std::move(change));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(policy::CapError::unavailable);
    if (job->failed()) co_return std::unexpected(*job->failed());
    co_return std::expected<void, policy::CapError>();
  }

  asio::awaitable<std::expected<policy::StatisticsLedger, StoreError>> statistics_ledger(std::size_t charges) override {
    auto job = [this, charges] { return look<StoreError>(counters_, [&](StatisticsReader& reader) { return reader.ledger(charges); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::size_t, StoreError>> charge_in_full(std::string first, std::string second, policy::Instant at) override {
    std::vector<LedgerMark::Year> known;
    if (!settings_.ledger_mark.empty()) {
      const auto mark = LedgerMark::read(settings_.ledger_mark);
      if (!mark) co_return std::unexpected(StoreError::unavailable);
      if (*mark) known = (*mark)->years;
    }
    auto job = std::make_shared<RestoredJob>(std::move(known), std::move(first), std::move(second), at);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    const bool kept = co_await marked(true);
    if (!kept) co_return std::unexpected(StoreError::unavailable);
    co_return job->years();
  }

  asio::awaitable<std::expected<bool, StoreError>> approve_statistics(std::string policy_sha256, std::string first, std::string second,
                                                                      policy::Instant at) override {
    auto job = std::make_shared<ApproveStatisticsJob>(std::move(policy_sha256), std::move(first), std::move(second), at);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->done();
  }

  asio::awaitable<std::expected<std::vector<policy::StaffMember>, StoreError>> staff() override {
    auto job = [this] { return read_staff([](StaffReader& reader) { return reader.staff(); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::optional<policy::StaffMember>, StoreError>> staff_member(std::string id) override {
    auto job = [this, id = std::move(id)] { return read_staff([&](StaffReader& reader) { return reader.member(id); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::optional<policy::StaffMember>, StoreError>> staff_by_sign_in(std::string sign_in) override {
    auto job = [this, sign_in = std::move(sign_in)] { return read_staff([&](StaffReader& reader) { return reader.by_sign_in(sign_in); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<bool, StoreError>> put_staff(policy::StaffMember member, policy::StaffNote note, bool end_sessions) override {
    auto work = put_staff_work(keys_, std::move(member), std::move(note), end_sessions);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<bool, StoreError>> open_session(std::string token, policy::StaffSession session) override {
    auto work = open_session_work(keys_, std::move(token), std::move(session));
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<std::optional<policy::StaffSession>, StoreError>> session(std::string token) override {
    auto job = [this, token = std::move(token)] { return read_staff([&](StaffReader& reader) { return reader.session(token); }); };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<bool, StoreError>> touch_session(std::string token, policy::Instant at) override {
    auto work = touch_session_work(keys_, std::move(token), at);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<bool, StoreError>> end_session(std::string token) override {
    auto work = end_session_work(keys_, std::move(token));
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<bool, StoreError>> keep_draft(std::string staff, std::string page, std::string words, policy::Instant at) override {
    auto work = keep_draft_work(keys_, std::move(staff), std::move(page), std::move(words), at);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<std::string, StoreError>> draft(std::string staff, std::string page) override {
    auto job = [this, staff = std::move(staff), page = std::move(page)] {
      return read_staff([&](StaffReader& reader) { return reader.draft(staff, page); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<policy::WaitingRequest>, StoreError>> waiting(std::size_t limit, std::string looker) override {
    auto job = [this, limit, looker = std::move(looker)] {
      return read_staff([&](StaffReader& reader) {
        return std::expected<std::vector<policy::WaitingRequest>, StoreError>(read_waiting(reader.database(), limit, close_to_.requests(reader.database(), looker)));
      });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::optional<policy::OpenedRequest>, StoreError>> open_request(std::string id, std::string by, policy::Instant at, policy::Look why) override {
    auto job = std::make_shared<OpenRequestJob>(std::move(id), std::move(by), at, why);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->take();
  }

  asio::awaitable<std::expected<bool, StoreError>> escalate(std::string id, policy::Instant at) override {
    auto work = escalate_work(std::move(id), at);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<Settled, StoreError>> settle_by_person(policy::Token token, policy::Settlement settlement) override {
    auto job = std::make_shared<SettleByPersonJob>(std::move(token), std::move(settlement));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->result();
  }

  asio::awaitable<std::expected<std::vector<policy::RequestStatus>, StoreError>> keyed_in_by(std::string staff) override {
    auto job = [this, staff = std::move(staff)] {
      return read_staff([&](StaffReader& reader) { return std::expected<std::vector<policy::RequestStatus>, StoreError>(read_keyed_in(reader.database(), staff)); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<policy::DecidedRequest>, StoreError>> decided(policy::DecidedQuery query) override {
    auto job = [this, query = std::move(query)] {
      return read_staff([&](StaffReader& reader) {
        return std::expected<std::vector<policy::DecidedRequest>, StoreError>(read_decided(reader.database(), query, close_to_.requests(reader.database(), query.looker)));
      });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<policy::DecidedCount>, StoreError>> counts(policy::Instant from, policy::Instant until, policy::Instant at, std::string looker) override {
    auto job = [this, from, until, at, looker = std::move(looker)] {
      return read_staff([&](StaffReader& reader) {
        return std::expected<std::vector<policy::DecidedCount>, StoreError>(read_counts(reader.database(), from, until, at, close_to_.requests(reader.database(), looker)));
      });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<bool, StoreError>> tell(std::string id, policy::Told told) override {
    auto work = tell_work(std::move(id), std::move(told));
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<bool, StoreError>> ask_enquiry(policy::Enquiry enquiry) override {
    auto work = ask_enquiry_work(std::move(enquiry));
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<std::vector<policy::Enquiry>, StoreError>> enquiries_of(std::string staff) override {
    auto job = [this, staff = std::move(staff)] {
      return read_staff([&](StaffReader& reader) { return std::expected<std::vector<policy::Enquiry>, StoreError>(read_enquiries_of(reader.database(), keys_, staff, 200)); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<policy::Enquiry>, StoreError>> dangers() override {
    auto job = [this] {
      return read_staff([&](StaffReader& reader) { return std::expected<std::vector<policy::Enquiry>, StoreError>(read_dangers(reader.database(), keys_)); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::optional<policy::Enquiry>, StoreError>> enquiry(std::string id, std::string staff) override {
    auto job = [this, id = std::move(id), staff = std::move(staff)] {
      return read_staff([&](StaffReader& reader) { return std::expected<std::optional<policy::Enquiry>, StoreError>(read_enquiry(reader.database(), keys_, id, staff)); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<bool, StoreError>> note_answer(std::string id, std::string staff, std::string answer, policy::Instant at) override {
    auto work = note_answer_work(std::move(id), std::move(staff), std::move(answer), at);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<bool, StoreError>> end_enquiry(std::string id, std::string staff, policy::EnquiryEnd end, policy::Instant at) override {
    auto work = end_enquiry_work(std::move(id), std::move(staff), end, at);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<std::vector<policy::Enquiry>, StoreError>> enquiries_for(std::string agency, std::size_t limit) override {
    auto job = [this, agency = std::move(agency), limit] {
      return read_staff([&](StaffReader& reader) { return std::expected<std::vector<policy::Enquiry>, StoreError>(read_enquiries_for(reader.database(), keys_, agency, limit)); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<policy::Called, StoreError>> answer_enquiry(std::string id, std::string answer, policy::Call call) override {
    auto job = std::make_shared<AnswerEnquiryJob>(keys_, std::move(id), std::move(answer), std::move(call));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->result();
  }

  asio::awaitable<std::expected<std::size_t, StoreError>> delete_enquiry_texts(policy::Instant ended_by) override {
    auto job = std::make_shared<DeleteEnquiryTextsJob>(ended_by);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->count();
  }

  asio::awaitable<std::expected<policy::Sent, StoreError>> send_document(policy::InboundDocument document, policy::Call call) override {
    auto job = std::make_shared<SendDocumentJob>(keys_, std::move(document), std::move(call));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->result();
  }

  asio::awaitable<std::expected<std::vector<policy::InboundDocument>, StoreError>> inbound_open(std::size_t limit) override {
    auto job = [this, limit] {
      return read_staff([&](StaffReader& reader) { return std::expected<std::vector<policy::InboundDocument>, StoreError>(read_inbound_open(reader.database(), keys_, limit)); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::vector<policy::InboundDocument>, StoreError>> inbound_for(std::string staff) override {
    auto job = [this, staff = std::move(staff)] {
      return read_staff([&](StaffReader& reader) { return std::expected<std::vector<policy::InboundDocument>, StoreError>(read_inbound_for(reader.database(), staff, 200)); });
    };
    co_return co_await elsewhere(std::move(job));
  }

  asio::awaitable<std::expected<std::optional<policy::InboundDocument>, StoreError>> open_inbound(std::string id, std::string by, policy::Instant at) override {
    auto job = std::make_shared<OpenInboundJob>(std::move(id), std::move(by), false, at);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->take();
  }

  asio::awaitable<std::expected<std::optional<policy::InboundDocument>, StoreError>> open_cut(std::string id, std::string by, policy::Instant at) override {
    auto job = std::make_shared<OpenInboundJob>(std::move(id), std::move(by), true, at);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->take();
  }

  asio::awaitable<std::expected<bool, StoreError>> pass_on(std::string id, std::string by, std::string to, std::string cut_json, policy::Instant at) override {
    auto work = pass_on_work(std::move(id), std::move(by), std::move(to), std::move(cut_json), at);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<bool, StoreError>> end_inbound(std::string id, std::string by, policy::InboundEnd end, policy::Instant at) override {
    auto work = end_inbound_work(std::move(id), std::move(by), end, at);
    co_return co_await kept(std::move(work));
  }

  asio::awaitable<std::expected<std::size_t, StoreError>> delete_inbound(policy::Instant ended_by) override {
    auto job = std::make_shared<DeleteInboundJob>(ended_by);
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->count();
  }

 private:
  // One connection for the console's look-ups; after a fault a new one.
  template <class Job>
  std::invoke_result_t<Job, StaffReader&> read_staff(Job job) {
    const std::lock_guard<std::mutex> lock(staff_lock_);
    for (int again = 0;; ++again) {
      try {
        if (!staff_reader_) staff_reader_ = std::make_unique<StaffReader>(settings_, keys_);
        return job(*staff_reader_);
      } catch (const DatabaseFault&) {
        staff_reader_.reset();
        if (again == 1) return std::unexpected(StoreError::unavailable);
      }
    }
  }

  // Whether the work found what it wanted to change, and that is durable.
  asio::awaitable<std::expected<bool, StoreError>> kept(StaffJob::Work work) {
    auto job = std::make_shared<StaffJob>(std::move(work));
    const auto failed = co_await written(job);
    if (failed) co_return std::unexpected(*failed);
    co_return job->kept();
  }

  template <class Error, class Job>
  std::invoke_result_t<Job, Reader&> read(Job job) {
    return look<Error>(readers_, std::move(job));
  }
  // Runs a look-up; a fault of the database is tried once more on a fresh connection (another process may have been recovering the log).
  template <class Error, class Kind, class Job>
  std::invoke_result_t<Job, Kind&> look(Readers<Kind>& readers, Job job) {
    for (int again = 0;; ++again) {
      try {
        auto reader = readers.borrow();
        try {
          return job(*reader);
        } catch (...) {
          reader.drop();
          throw;
        }
      } catch (const DatabaseFault&) {
        if (again == 1) return std::unexpected(Error::unavailable);
      }
    }
  }

  // Runs a blocking job on the readers' threads; the caller resumes on its own executor.
  template <class Job>
  asio::awaitable<std::invoke_result_t<Job>> elsewhere(Job job) {
    auto work = call(std::move(job));
    co_return co_await asio::co_spawn(pool_, std::move(work), asio::use_awaitable);
  }

  // What was charged stands outside the database too before anything leaves. One write serves all who were charged before it began.
  asio::awaitable<bool> marked(bool back) {
    if (settings_.ledger_mark.empty()) co_return true;
    auto job = [this, back] {
      const auto seen = look<StoreError>(counters_, [](StatisticsReader& reader) { return reader.mark(); });
      if (!seen) return false;
      const std::lock_guard<std::mutex> lock(mark_lock_);
      if (!back && seen->id <= marked_.id && seen->years.size() <= marked_.years.size()) return true;
      if (!seen->write(settings_.ledger_mark, back)) return false;
      marked_ = *seen;
      return true;
    };
    co_return co_await elsewhere(std::move(job));
  }

  // Queues a job; resumes on the caller's executor when it is durable, or is known not to be.
  asio::awaitable<std::optional<StoreError>> written(std::shared_ptr<WriteJob> job) {
    auto start = [this](auto handler, std::shared_ptr<WriteJob> work) {
      auto executor = asio::get_associated_executor(handler);
      auto guard = asio::make_work_guard(executor);
      // The caller's work is given up on the caller's thread: this one keeps nothing of it once the caller can go on.
      writer_.submit(std::move(work), [handler = std::move(handler), guard = std::move(guard)](std::optional<StoreError> failed) mutable {
        const auto back = guard.get_executor();
        asio::post(back, [handler = std::move(handler), guard = std::move(guard), failed]() mutable { std::move(handler)(failed); });
      });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::optional<StoreError>)>(start, asio::use_awaitable, std::move(job));
  }

  SqliteSettings settings_;
  Keyring keys_;
  CloseTo close_to_{keys_};
  Readers<Reader> readers_;
  Readers<StatisticsReader> counters_;     // the first question for figures makes the first
  std::mutex mark_lock_;
  LedgerMark marked_;
  std::mutex staff_lock_;
  std::unique_ptr<StaffReader> staff_reader_;
  asio::thread_pool pool_;
  Writer writer_;
  KeyWatch watch_;
};

}  // namespace

std::expected<std::unique_ptr<SqliteStore>, std::string> SqliteStore::open(SqliteSettings settings, std::function<void(std::string)> fatal) {
  auto keys = Keyring::open(settings.keystore, settings.kek);
  if (!keys) return std::unexpected(keys.error());
  const std::string file = settings.database;
  try {
    Database database(file, Database::Mode::write, settings.busy_milliseconds);
    if (const int version = schema_version(database); version != kSchemaVersion)
      return std::unexpected(file + ": schema version " + std::to_string(version) + ", this gatehouse reads " + std::to_string(kSchemaVersion) +
                             (version == 0 ? "; run `gatehouse init`" : version < kSchemaVersion ? "; run `gatehouse migrate`" : "; use a newer gatehouse"));
    // What a crash left is settled before anything is served: the tail of the log is read and hashed again.
    if (auto good = check_tail(database, kTail); !good) return std::unexpected(file + ": " + good.error());
    Index(database, *keys).look();   // a key store older than the database finds nobody
    return std::make_unique<EmbeddedStore>(std::move(settings), std::move(*keys), std::move(fatal));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(file + ": " + fault.what());
  }
}

}  // namespace gatehouse::adapters
