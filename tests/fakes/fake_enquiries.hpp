#pragma once
// Questions without names, in memory. Breaks as the other fakes do.
#include <map>
#include <set>

#include "policy/ports/enquiries.hpp"
#include "tests/fakes/faults.hpp"

namespace gatehouse::fakes {

class FakeEnquiries : public policy::Enquiries {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<std::expected<T, policy::StoreError>>;
  using Enquiry = policy::Enquiry;

  Answer<bool> ask_enquiry(Enquiry enquiry) override {
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    const bool added = rows.emplace(enquiry.id, enquiry).second;
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return added;
  }
  Answer<std::vector<Enquiry>> enquiries_of(std::string staff) override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    std::vector<Enquiry> out;
    for (const auto& [id, one] : rows)
      if (one.way != policy::EnquiryWay::danger && (one.author == staff || one.colleague == staff)) out.push_back(one);
    co_return out;
  }
  Answer<std::vector<Enquiry>> dangers() override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    std::vector<Enquiry> out;
    for (const auto& [id, one] : rows)
      if (one.way == policy::EnquiryWay::danger && !one.ended) out.push_back(one);
    co_return out;
  }
  Answer<std::optional<Enquiry>> enquiry(std::string id, std::string staff) override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    const auto found = rows.find(id);
    if (found == rows.end() || found->second.way == policy::EnquiryWay::danger || (found->second.author != staff && found->second.colleague != staff)) co_return std::nullopt;
    co_return found->second;
  }
  Answer<bool> note_answer(std::string id, std::string staff, std::string answer, policy::Instant at) override {
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    bool done = false;
    if (const auto found = rows.find(id); found != rows.end()) {
      auto& one = found->second;
      done = !one.answered && !one.ended && staff == (one.way == policy::EnquiryWay::colleague ? one.colleague : one.author);
      if (done) one.answer = answer, one.answered_by = staff, one.answered = at;
    }
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return done;
  }
  Answer<bool> end_enquiry(std::string id, std::string staff, policy::EnquiryEnd end, policy::Instant at) override {
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    bool done = false;
    if (const auto found = rows.find(id); found != rows.end()) {
      auto& one = found->second;
      const bool danger = one.way == policy::EnquiryWay::danger;
      done = !one.ended && end != policy::EnquiryEnd::open && danger == (end == policy::EnquiryEnd::seen) && (danger || one.author == staff);
      if (done) one.end = end, one.ended = at;
    }
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return done;
  }
  Answer<std::vector<Enquiry>> enquiries_for(std::string agency, std::size_t limit) override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    std::vector<Enquiry> out;
    for (const auto& [id, one] : rows)
      if (one.way == policy::EnquiryWay::partner && one.agency == agency && !one.answered && !one.ended && out.size() < limit) out.push_back(one);
    co_return out;
  }
  Answer<policy::Called> answer_enquiry(std::string id, std::string answer, policy::Call call) override {
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    policy::Called out = policy::Called::no_such_request;
    const auto found = rows.find(id);
    if (found != rows.end() && found->second.way == policy::EnquiryWay::partner && found->second.agency == call.agency) {
      auto& one = found->second;
      const std::string nonce = call.keyid + "|" + call.nonce;
      if (nonces.contains(nonce)) out = policy::Called::nonce_seen;
      else if (stale_once) stale_once = false, out = policy::Called::stale;
      else if (const auto key = keys.find(call.idempotency_key); key != keys.end()) out = key->second == call.body_sha256 ? policy::Called::again : policy::Called::key_reused;
      else if (one.answered || one.ended) out = policy::Called::conflict;
      else {
        keys[call.idempotency_key] = call.body_sha256;
        nonces.insert(nonce);
        one.answer = answer, one.answered = call.at;
        out = policy::Called::done;
      }
    }
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return out;
  }
  Answer<std::size_t> delete_enquiry_texts(policy::Instant ended_by) override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    std::size_t out = 0;
    for (auto& [id, one] : rows)
      if (one.ended && *one.ended <= ended_by && !one.deleted) one.deleted = true, one.text.clear(), one.answer.clear(), ++out;
    co_return out;
  }

  Faults faults;
  bool stale_once = false;
  std::map<std::string, Enquiry> rows;
  std::set<std::string> nonces;
  std::map<std::string, std::string> keys;
};

}  // namespace gatehouse::fakes
