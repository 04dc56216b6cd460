#pragma once
// What the gateway writes, one class for each: everything costly (sealing, hashing) happens in prepare() on the caller's thread, apply() runs in the
// writer's transaction.
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/writer.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::adapters {

// Whether anything the token covers has changed since the evidence was read, or the pack decided under is not the active one. In a transaction.
bool token_is_stale(WriteContext& context, const policy::Token& token, std::string_view decided_under);

class CommitJob : public WriteJob {
 public:
  // `stale` in result() at once when the person's key is gone.
  static std::expected<std::shared_ptr<CommitJob>, policy::StoreError> prepare(Keyring& keys, policy::Token token, policy::Entry entry);
  Verdict apply(WriteContext& context) override;
  bool finished() const { return finished_; }              // needs no writing
  const policy::Committed& result() const { return result_; }

 private:
  policy::Token token_;
  policy::Entry entry_;
  std::optional<std::int64_t> person_;
  std::string nonce_, idempotency_, body_;                 // first_index() of them
  std::string own_key_, asked_, question_, answer_, content_sha256_, review_, keyed_in_;
  unsigned key_version_ = 1;
  LogDraft draft_;
  policy::Committed result_;
  bool finished_ = false;
};

// A partner's call with its nonce and idempotency key hashed (first_index()), before the writer has it.
struct HashedCall {
  HashedCall(Keyring& keys, policy::Call call);
  policy::Call call;
  std::string nonce, idempotency, body;
};

class FetchJob : public WriteJob {
 public:
  explicit FetchJob(policy::FetchQuery query) : query_(std::move(query)) {}
  Verdict apply(WriteContext& context) override;
  policy::Fetched take() { return std::move(result_); }

 private:
  policy::FetchQuery query_;
  policy::Fetched result_;
};

class ReviewJob : public WriteJob {
 public:
  ReviewJob(Keyring& keys, std::string id, std::string words, policy::Call call)
      : id_(std::move(id)), words_(std::move(words)), by_(keys, std::move(call)) {}
  Verdict apply(WriteContext& context) override;
  policy::Called result() const { return result_; }

 private:
  std::string id_, words_;
  HashedCall by_;
  policy::Called result_ = policy::Called::no_such_request;
};

class AcknowledgeJob : public WriteJob {
 public:
  AcknowledgeJob(Keyring& keys, policy::Transition transition, policy::Call call) : transition_(std::move(transition)), by_(keys, std::move(call)) {}
  Verdict apply(WriteContext& context) override;
  policy::Called result() const { return result_; }

 private:
  policy::Transition transition_;
  HashedCall by_;
  policy::Called result_ = policy::Called::no_such_request;
};

class SettleJob : public WriteJob {
 public:
  explicit SettleJob(policy::Transition transition) : transition_(std::move(transition)) {}
  Verdict apply(WriteContext& context) override;
  bool settled() const { return settled_; }

 private:
  policy::Transition transition_;
  bool settled_ = false;
};

class PagedJob : public WriteJob {
 public:
  PagedJob(std::string id, policy::Instant at) : id_(std::move(id)), at_(at) {}
  Verdict apply(WriteContext& context) override;
  bool first() const { return first_; }

 private:
  std::string id_;
  policy::Instant at_;
  bool first_ = false;
};

// Moves a request to another state and logs it, where the table of states allows it and it is still in `from`. Used inside a transaction.
struct Move {
  std::int64_t request = 0;
  std::string id, agency;
  policy::RequestState from, to;
  std::int64_t at = 0;
  std::string why;
  std::optional<std::int64_t> person;
  std::string own_key;
};
bool move_request(const Move& move, Keyring& keys, LogTail& log, Statement& update, Statement& drop_package);

}  // namespace gatehouse::adapters
