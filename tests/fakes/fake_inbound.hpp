#pragma once
// What partners send in, in memory. Breaks as the other fakes do.
#include <map>
#include <set>

#include "policy/ports/inbound.hpp"
#include "tests/fakes/faults.hpp"

namespace gatehouse::fakes {

class FakeInbound : public policy::Inbound {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<std::expected<T, policy::StoreError>>;
  using Document = policy::InboundDocument;

  Answer<policy::Sent> send_document(Document document, policy::Call call) override {
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    policy::Sent out;
    const std::string nonce = call.keyid + "|" + call.nonce;
    const auto key = keys.find(call.idempotency_key);
    if (nonces.contains(nonce)) out.called = policy::Called::nonce_seen;
    else if (stale_once) stale_once = false, out.called = policy::Called::stale;
    else if (key != keys.end() && key->second.first == call.body_sha256) out = {policy::Called::again, key->second.second};
    else if (key != keys.end()) out.called = policy::Called::key_reused;
    else if (full) out.called = policy::Called::conflict;
    else {
      keys[call.idempotency_key] = {call.body_sha256, document.id};
      nonces.insert(nonce);
      document.agency = call.agency;
      document.received = call.at;
      out = {policy::Called::done, document.id};
      rows.emplace(document.id, std::move(document));
    }
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return out;
  }
  Answer<std::vector<Document>> inbound_open(std::size_t limit) override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    std::vector<Document> out;
    for (const auto& [id, one] : rows)
      if (!one.ended && out.size() < limit) {
        out.push_back(one);
        out.back().original.clear(), out.back().cut_json.clear();
      }
    co_return out;
  }
  Answer<std::vector<Document>> inbound_for(std::string staff) override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    std::vector<Document> out;
    for (const auto& [id, one] : rows)
      if (!one.ended && one.passed_to == staff) {
        out.push_back(one);
        out.back().original.clear(), out.back().cut_json.clear(), out.back().about_json.clear();
      }
    co_return out;
  }
  Answer<std::optional<Document>> open_inbound(std::string id, std::string by, policy::Instant at) override {
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    std::optional<Document> out;
    if (const auto found = rows.find(id); found != rows.end() && !found->second.deleted) {
      if (!found->second.seen) found->second.seen = at;
      out = found->second;
      looks.push_back(by + " " + id);
    }
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return out;
  }
  Answer<std::optional<Document>> open_cut(std::string id, std::string by, policy::Instant at) override {
    (void)at;
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    std::optional<Document> out;
    if (const auto found = rows.find(id); found != rows.end() && found->second.passed_to == by && !found->second.ended && !found->second.cut_json.empty()) {
      out = found->second;
      out->original.clear(), out->about_json.clear();
      looks.push_back(by + " cut " + id);
    }
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return out;
  }
  Answer<bool> pass_on(std::string id, std::string by, std::string to, std::string cut_json, policy::Instant at) override {
    (void)by, (void)at;
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    const auto found = rows.find(id);
    const bool done = found != rows.end() && !found->second.ended && !found->second.deleted;
    if (done) found->second.passed_to = to, found->second.cut_json = cut_json;
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return done;
  }
  Answer<bool> end_inbound(std::string id, std::string by, policy::InboundEnd end, policy::Instant at) override {
    (void)by;
    const Fault fault = faults.next();
    if (fault == Fault::lost) co_return std::unexpected(policy::StoreError::unavailable);
    const auto found = rows.find(id);
    const bool done = found != rows.end() && !found->second.ended && found->second.seen && end != policy::InboundEnd::open;
    if (done) found->second.ended = at, found->second.end = end;
    if (fault == Fault::persisted) co_return std::unexpected(policy::StoreError::unknown);
    co_return done;
  }
  Answer<std::size_t> delete_inbound(policy::Instant ended_by) override {
    if (faults.next() != Fault::none) co_return std::unexpected(policy::StoreError::unavailable);
    std::size_t out = 0;
    for (auto& [id, one] : rows)
      if (one.ended && *one.ended <= ended_by && !one.deleted) one.deleted = true, one.about_json.clear(), one.original.clear(), one.cut_json.clear(), ++out;
    co_return out;
  }

  Faults faults;
  bool stale_once = false, full = false;
  std::map<std::string, Document> rows;
  std::set<std::string> nonces;
  std::map<std::string, std::pair<std::string, std::string>> keys;
  std::vector<std::string> looks;
};

}  // namespace gatehouse::fakes
