#pragma once
// The pages of the people who work here. Start at respond(): who asks, may they, is the form ours, then the page. Every page is a row of pages(): the
// address, who may open it, what answers. Any thread; one coroutine a request.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/password.hpp"
#include "crypto/secret_bytes.hpp"
#include "gateway/console/assets.hpp"
#include "gateway/console/enquiries_text.hpp"
#include "gateway/console/form.hpp"
#include "gateway/console/html.hpp"
#include "gateway/console/parts.hpp"
#include "gateway/console/throttle.hpp"
#include "gateway/decision_record/decision_record.hpp"
#include "gateway/documents/converter.hpp"
#include "gateway/http/logging.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/router.hpp"
#include "gateway/metrics.hpp"
#include "gateway/partner_api/keeper.hpp"
#include "gateway/partner_api/package.hpp"
#include "gateway/statistics/service.hpp"
#include "policy/ports/desk.hpp"
#include "policy/ports/enquiries.hpp"
#include "policy/ports/inbound.hpp"
#include "policy/ports/proof_source.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/staff.hpp"

namespace gatehouse::gateway::console {

struct ConsoleServices {
  policy::StaffBook& staff;
  policy::Desk& desk;
  policy::Store& store;
  policy::RecordSource& records;
  const crypto::SigningKey& release_key;    // of manifests
  SnapshotKeeper& keeper;
  Metrics& metrics;
  Log log;
  std::function<policy::Instant()> clock;
  std::function<void(std::string)> fatal;   // as in the partner API: after a commit whose end nobody saw
  crypto::SecretBytes key;                  // 32 bytes, the same after a restart: forms and known browsers outlive one
  std::string setup_code_file;              // data/setup_code.json, made by `gatehouse init`
  std::string static_folder, guide_folder;
  crypto::PasswordCost cost;
  policy::Enquiries& enquiries;
  policy::Inbound& inbound;
  documents::Converter converter;           // reads what partners sent in, and sets the PDFs of records
  policy::ProofSource& proofs;
  Statistics* figures = nullptr;            // null: not set up, and the pages say so
  policy::StatisticsStore* figures_ledger = nullptr;
};

// How long a session lasts without a request, and at most.
inline constexpr std::chrono::seconds kIdle{15 * 60}, kLongest{12 * 3600};

// Who may open a page at all; the page itself still looks at case, compartment and conflict.
enum class Who : std::uint8_t { anybody, joining, staff };

// One request on its way to a page.
struct Visit {
  Visit() = default;
  Request request;
  Form form;
  std::optional<policy::StaffMember> me;    // who is signed in
  std::string session;                      // the token; empty: none
  std::string late_owner;                   // whose session this was before it ended; empty: it has not, or nobody's
  std::string csrf;                         // of this session, or of this browser before signing in
  std::string new_cookie;                   // a Set-Cookie line to go along
  policy::Instant at{};
  std::shared_ptr<const Snapshot> now;
  const std::string& part(std::size_t i) const { return request.captures.at(i); }
  // Null: no such partner in the directory.
  const Partner* partner(std::string_view id) const { return now->partner(id); }
  // By its id, where it is in the directory no longer.
  std::string agency_name(const std::string& id) const {
    const Partner* one = partner(id);
    return one == nullptr ? id : one->agency.name;
  }
  std::vector<policy::Role> covering;       // roles of those who are away and named this member
  // In their own right, or for somebody who is away. Accounts (`admin`) are never handed on.
  bool may(policy::Role role) const { return me && (me->has(role) || std::find(covering.begin(), covering.end(), role) != covering.end()); }
  // Every role they may act in, their own first.
  std::vector<policy::Role> roles() const {
    std::vector<policy::Role> out = me ? me->roles : std::vector<policy::Role>();
    out.insert(out.end(), covering.begin(), covering.end());
    return out;
  }
};

// A job as a coroutine, to be spawned where it holds nobody up.
template <class Job>
boost::asio::awaitable<std::invoke_result_t<Job&>> call(Job job) {
  co_return job();
}

// What takes the place of a partner's signature in what our own staff write: `kind` with the form's own number, so that a second press is the first.
void from_this_page(policy::Entry& entry, std::string_view kind, const std::string& once, policy::Instant at);

// What a person may let go about one request, worked out anew from what the store holds at this moment.
struct Proposal {
  Proposal() = default;
  Asked asked;
  const Partner* partner = nullptr;         // in the visit's snapshot
  policy::Evidence evidence;
  policy::Case question;
  policy::Decision base;                    // by machine, as things are
  policy::Decision decision;                // with the approval of the role that is looking
  CutReview review;                         // what a person shows or hides after all
  Cut cut;                                  // exactly what would leave
  std::vector<MarkedText> marked;           // its texts, with their marks
  policy::CaseFile file;
  std::optional<policy::Role> role;         // in which the visitor may settle it; nothing: they may not
  bool one_person = false;
  bool own = false;                         // who looks keyed it in themselves, under this account or another
  std::string shown;                        // SHA-256 over what is shown, recipient key, purpose and pack: the form posts it
  const PartnerRecipient* recipient = nullptr;
};
enum class Looked : std::uint8_t { good, no_such, conflict, unreadable };

class Console {
 public:
  using Handler = boost::asio::awaitable<Response> (Console::*)(Visit&);
  struct Page {
    std::string_view method, path;
    Who who;
    std::vector<policy::Role> roles;        // with Who::staff: any one of these; empty: every member
    Handler handler;
    bool keeps_draft = false;               // what is posted after the session ended is kept for its owner, but for signatures
  };

  explicit Console(ConsoleServices services);
  ~Console();
  boost::asio::awaitable<Response> respond(Request request);
  // Every page, for the router and for the test that tries each of them in each role.
  static const std::vector<Page>& pages();

 private:
  // pages_sign_in.cpp
  boost::asio::awaitable<Response> sign_in_page(Visit& visit);
  boost::asio::awaitable<Response> sign_in(Visit& visit);
  boost::asio::awaitable<Response> sign_out(Visit& visit);
  boost::asio::awaitable<Response> signed_out(Visit& visit);
  boost::asio::awaitable<Response> stay(Visit& visit);
  // pages_join.cpp
  boost::asio::awaitable<Response> set_up_page(Visit& visit);
  boost::asio::awaitable<Response> set_up(Visit& visit);
  boost::asio::awaitable<Response> join_page(Visit& visit);
  boost::asio::awaitable<Response> join(Visit& visit);
  boost::asio::awaitable<Response> enrol_page(Visit& visit);
  boost::asio::awaitable<Response> enrol(Visit& visit);
  boost::asio::awaitable<Response> account(Visit& visit);
  boost::asio::awaitable<Response> new_recovery_codes(Visit& visit);
  // pages_people.cpp
  boost::asio::awaitable<Response> people(Visit& visit);
  boost::asio::awaitable<Response> invite_page(Visit& visit);
  boost::asio::awaitable<Response> invite(Visit& visit);
  boost::asio::awaitable<Response> person_page(Visit& visit);
  boost::asio::awaitable<Response> person(Visit& visit);
  boost::asio::awaitable<Response> reset_person(Visit& visit);
  // pages_open.cpp
  boost::asio::awaitable<Response> home(Visit& visit);
  boost::asio::awaitable<Response> emergency(Visit& visit);
  boost::asio::awaitable<Response> guide(Visit& visit);
  // pages_emergency.cpp
  boost::asio::awaitable<Response> emergency_write_page(Visit& visit);
  boost::asio::awaitable<Response> emergency_write(Visit& visit);
  Html emergency_form(const Visit& visit, const Form& typed, const Mistakes& mistakes) const;

  // pages_policy.cpp
  boost::asio::awaitable<Response> policy_question_page(Visit& visit);
  boost::asio::awaitable<Response> policy_question(Visit& visit);
  // enquiries.cpp: asking without names
  boost::asio::awaitable<Response> enquiries(Visit& visit);
  boost::asio::awaitable<Response> could_be_hurt_page(Visit& visit);
  boost::asio::awaitable<Response> could_be_hurt(Visit& visit);
  boost::asio::awaitable<Response> write_enquiry_page(Visit& visit);
  boost::asio::awaitable<Response> write_enquiry(Visit& visit);
  boost::asio::awaitable<Response> enquiry_marks(Visit& visit);
  boost::asio::awaitable<Response> enquiry_page(Visit& visit);
  boost::asio::awaitable<Response> settle_enquiry(Visit& visit);
  boost::asio::awaitable<Response> advice_file(Visit& visit);
  boost::asio::awaitable<Response> dangers_waiting(Visit& visit);
  boost::asio::awaitable<Response> danger_seen(Visit& visit);
  Html enquiry_form(const Visit& visit, const Form& form, const std::vector<policy::StaffMember>& people, const Mistakes& mistakes, const CheckedText* checked) const;
  Html enquiry_body(const Visit& visit, const policy::Enquiry& one, const std::vector<policy::StaffMember>& people, const Mistakes& mistakes) const;
  // documents.cpp
  boost::asio::awaitable<Response> documents_page(Visit& visit);
  boost::asio::awaitable<Response> sent_document_page(Visit& visit);
  boost::asio::awaitable<Response> settle_sent_document(Visit& visit);
  boost::asio::awaitable<Response> sent_file(Visit& visit);
  boost::asio::awaitable<Response> sent_cut(Visit& visit);
  // The document of the address, what its sender says and whom the file names; nothing where there is none, or the visitor is close to who it is about.
  boost::asio::awaitable<std::expected<std::optional<policy::InboundDocument>, policy::StoreError>> sent_document(Visit& visit, SentIn& about, policy::CaseFile& file);

  // pages_asked.cpp: by telephone, e-mail, letter or at the door
  boost::asio::awaitable<Response> asked_page(Visit& visit);
  boost::asio::awaitable<Response> key_in(Visit& visit);
  boost::asio::awaitable<Response> asked_one(Visit& visit);
  boost::asio::awaitable<Response> tell_or_add(Visit& visit);
  boost::asio::awaitable<Response> write_asked(Visit& visit, std::string agency, std::string body, std::string keyed_in_json, std::string follows);
  // False: nothing may be said by who looks. Else the items of `out.cut` are what may.
  boost::asio::awaitable<std::expected<bool, policy::StoreError>> sayable(Visit& visit, const policy::OpenedRequest& opened, Proposal& out);
  Html asked_form(const Visit& visit, const Form& typed, const Mistakes& mistakes) const;
  Html asked_body(const Visit& visit, const policy::OpenedRequest& opened, const Proposal* p, const Mistakes& mistakes) const;

  // pages_decisions.cpp
  boost::asio::awaitable<Response> decisions(Visit& visit);
  boost::asio::awaitable<Response> decision_page(Visit& visit);
  boost::asio::awaitable<Response> decision_file(Visit& visit);
  boost::asio::awaitable<Response> show_decision(Visit& visit);
  boost::asio::awaitable<Response> shown(Visit& visit);
  struct Decided {
    policy::OpenedRequest opened;
    policy::Evidence evidence;  // as things are now
  };
  boost::asio::awaitable<std::expected<std::optional<Decided>, policy::StoreError>> decided_request(Visit& visit, policy::Look why);
  // Names and roles in words, by id: for records.
  boost::asio::awaitable<std::expected<std::map<std::string, RecordPerson>, policy::StoreError>> staff_words();
  Response proof_refused(const Visit& visit, policy::ProofError error) const;

  // pages_figures.cpp
  boost::asio::awaitable<Response> figures_page(Visit& visit);
  boost::asio::awaitable<Response> ask_figures(Visit& visit);
  boost::asio::awaitable<Response> figures_budget_page(Visit& visit);
  boost::asio::awaitable<Response> change_figures_cap(Visit& visit);
  // What was posted to `place` after the session had ended; nothing where it was nothing.
  boost::asio::awaitable<std::expected<std::optional<Form>, policy::StoreError>> kept_for(const Visit& visit, std::string place);
  boost::asio::awaitable<Response> budget_answer(Visit& visit, int status, Mistakes mistakes, std::string done);

  // pages_cases.cpp
  boost::asio::awaitable<Response> cases(Visit& visit);
  boost::asio::awaitable<Response> case_page(Visit& visit);
  boost::asio::awaitable<Response> settle_case(Visit& visit);
  // Whether the account `staff` is another person's than the one who visits: another id, and by the names of both another person (policy/officers).
  boost::asio::awaitable<std::expected<bool, policy::StoreError>> is_somebody_else(const Visit& visit, std::string staff);
  boost::asio::awaitable<std::expected<Looked, policy::StoreError>> propose(Visit& visit, const policy::OpenedRequest& opened, Proposal& out);
  Html case_body(const Visit& visit, const policy::OpenedRequest& opened, const Proposal& proposal, const Mistakes& mistakes, const std::string& draft) const;

  Response answer(const Visit& visit, int status, std::string_view title, const Html& body) const;
  Response go_to(const Path& to) const;
  Response refuse(const Visit& visit, int status, std::string_view title, std::string_view words) const;
  // For a port that could not do it: ring these numbers, write it up after. After `unknown` the process ends.
  Response broken(const Visit& visit, policy::StoreError error);
  Response asset(const Request& request) const;
  Html numbers(const Visit& visit) const;
  Html set_up_form(const Visit& visit, const Mistakes& mistakes) const;
  Html join_form(const Visit& visit, const Mistakes& mistakes) const;
  Html enrol_form(const Visit& visit, const Mistakes& mistakes) const;
  Html sign_in_form(const Visit& visit, const Mistakes& mistakes) const;
  Html invite_form(const Visit& visit, const Mistakes& mistakes) const;
  Html person_form(const Visit& visit, const policy::StaffMember& member, const std::vector<policy::StaffMember>& all, const Mistakes& mistakes) const;

  boost::asio::awaitable<std::expected<void, policy::StoreError>> recognise(Visit& visit);
  struct Proved {
    std::optional<policy::StaffMember> member;      // nothing: they do not belong together
    std::int64_t wait = 0;                          // seconds, after too many wrong tries from here
  };
  // `noted`: the word of the log for what the proof is for.
  boost::asio::awaitable<std::expected<Proved, policy::StoreError>> prove_oneself(Visit& visit, std::string sign_in, std::string password, std::string code, std::string noted);
  // A new session, whatever the browser had before. Gives the Set-Cookie line.
  boost::asio::awaitable<std::expected<std::string, policy::StoreError>> begin_session(std::string staff, policy::Instant at);
  boost::asio::awaitable<bool> right_password(std::string hash, std::string given);
  boost::asio::awaitable<std::optional<std::string>> hashed(std::string password);
  bool same_origin(const Request& request) const;
  std::string throttle_key(const Visit& visit, const std::string& sign_in) const;
  std::string device_cookie(const std::string& sign_in) const;
  std::string keyed(std::string_view what) const;   // hex HMAC under a key of this process's start

  ConsoleServices s_;
  Assets assets_;
  Router router_;
  SignInThrottle throttle_;
  PreparedCaseFiles prepared_;
  std::string no_such_hash_;                        // verified in place of a password that is not there
  boost::asio::thread_pool slow_{2};                // Argon2id
  boost::asio::thread_pool reading_{1};             // waits for the reader of documents
  std::atomic<bool> closed_ = false;
};

// Twelve characters or more, not a name, not one of the commonest. Empty: good; else what is wrong.
std::string password_trouble(std::string_view password, std::string_view sign_in, std::string_view name);
// 100 bits in letters that do not look alike, in groups of five.
std::string one_time_words();
std::string tidy_code(std::string_view typed);      // without spaces and hyphens, upper case
std::string sha256_text(std::string_view text);
std::string session_cookie(std::string_view value); // the whole Set-Cookie line
// 10 printed codes; `stored` gets their hashes.
std::vector<std::string> make_recovery_codes(std::vector<std::string>& stored);

}  // namespace gatehouse::gateway::console
