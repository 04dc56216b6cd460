#pragma once
// In-memory Store, RecordSource and ProofSource: real ones, that keep what they are told for as long as the object lives (a restart of the gateway keeps
// it), and that throw std::logic_error when they are misused. One thread.
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "policy/ports/proof_source.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/store.hpp"
#include "tests/fakes/faults.hpp"

namespace gatehouse::fakes {

struct FakeItem {
  policy::Item header;
  policy::Record record;
};

// A person on file. Matched by NHS number and either name or date of birth, as the port says.
struct FakePerson {
  std::string id, nhs_number, given_name, family_name, date_of_birth;
  policy::Competence competence = policy::Competence::unassessed;
  std::vector<FakeItem> items;
  std::vector<policy::Consent> consents;
  std::vector<policy::Circumstance> findings;
  std::vector<policy::Person> people;  // whom the case file names; the subject is `self`
  bool risk_marker = false;
  std::uint64_t version = 1;
};

struct LogLine {
  std::string kind, request_id;
  std::string what;
};

class FakeStore : public policy::Store, public policy::RecordSource, public policy::ProofSource {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<std::expected<T, policy::StoreError>>;

  // what lies on the disk
  policy::Directory agencies;
  std::map<std::string, FakePerson> people;
  std::set<std::string> close_to_candidates;  // names of those close to somebody whom details may point to that point to no one person
  std::vector<LogLine> log;
  struct Row {
    policy::Entry entry;
    policy::RequestState state = policy::RequestState::waiting;
    std::uint64_t log_index = 0;
    bool review_asked = false, paged = false;
    std::string person;
    std::vector<policy::Statement> wanted;
  };
  std::map<std::string, Row> requests;
  std::size_t covered = SIZE_MAX;  // log entries that the newest checkpoint covers

  // the world around it
  Faults faults;
  std::function<void()> before_commit;  // something that happens between decision and commit
  std::function<void()> before_call;    // something that happens between finding the caller and what the caller's call does
  std::size_t finds = 0, found_items = 0;
  std::vector<std::string> road;        // the port calls of this run, in order

  void withdraw_consents(const std::string& person, policy::Date on);
  void revoke_key(const std::string& agency, const std::string& keyid);
  void recall(const std::string& request_id);

  Answer<policy::Directory> directory() override;
  Answer<policy::Evidence> evidence(policy::EvidenceQuery query) override;
  Answer<policy::Committed> commit(policy::Token token, policy::Entry entry) override;
  Answer<std::optional<policy::RequestStatus>> request(std::string id, std::string agency) override;
  Answer<policy::Fetched> fetch(policy::FetchQuery query) override;
  Answer<policy::Called> ask_review(std::string id, std::string words, policy::Call call) override;
  Answer<policy::Called> acknowledge(policy::Transition transition, policy::Call call) override;
  Answer<std::vector<policy::RequestStatus>> due(policy::Instant now, std::size_t limit) override;
  Answer<bool> settle(policy::Transition transition) override;
  Answer<policy::Health> health() override;
  Answer<std::optional<std::string>> asked(std::string id, std::string agency) override;
  Answer<std::vector<std::string>> pages_due(std::size_t limit) override;
  Answer<bool> paged(std::string id, policy::Instant at) override;

  boost::asio::awaitable<std::expected<policy::CaseFile, policy::SourceError>> find(policy::RecordQuery query) override;
  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> checkpoint() override;
  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> proof(std::uint64_t index, std::string entry) override;
  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> tile(std::string name) override;

 private:
  const FakePerson* match(const policy::Locator& who) const;
  policy::RequestStatus status_of(const Row& row) const;
  std::uint64_t append(std::string kind, const std::string& request, std::string what);
  std::set<std::pair<std::string, std::string>> nonces_;
  std::map<std::pair<std::string, std::string>, std::string> keys_;  // (agency, idempotency key) to request
  std::map<std::pair<std::string, std::string>, std::string> calls_;  // (agency, idempotency key) to digest of the call
  bool same_agency(const std::string& agency, std::uint64_t version) const;
  std::optional<policy::Called> taken(const policy::Call& call);
};

}  // namespace gatehouse::fakes
