#pragma once
// What every implementation of policy::Store owes, whatever is behind it. An implementation gives a Backend and instantiates the suite
// (INSTANTIATE_TEST_SUITE_P); the tests see the port alone, and the organisation's side through the Backend.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "adapters/sqlite/admin.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::tests {

class Backend {
 public:
  virtual ~Backend() = default;
  // Opens (again): what was durable is there.
  virtual void open() = 0;
  virtual void close() = 0;
  virtual policy::Store& store() = 0;
  virtual policy::RecordSource& records() = 0;
  // The organisation's own side.
  virtual adapters::Admin& admin() = 0;
};

struct BackendMaker {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;  // furnished as store_world.hpp says
};

class StoreContract : public testing::TestWithParam<BackendMaker> {
 protected:
  void SetUp() override {
    backend_ = GetParam().make();
    backend_->open();
  }
  policy::Store& store() { return backend_->store(); }
  policy::RecordSource& records() { return backend_->records(); }
  adapters::Admin& admin() { return backend_->admin(); }

  policy::Evidence evidence(policy::EvidenceQuery query);
  policy::Committed commit(policy::Token token, policy::Entry entry);
  // Asks about Anna, and commits with a release that rests on her consent alone.
  policy::Committed release(int number);
  policy::RequestStatus status(const std::string& id, const std::string& agency = "kent-mash");
  policy::Fetched fetch(const std::string& id, policy::Part part = policy::Part::package, policy::Instant at = {}, const std::string& agency = "kent-mash");
  std::uint64_t version_of(const std::string& agency);
  // A call of the agency's as it is now, with a nonce and a key of its own number.
  policy::Call call(int number, policy::Instant at, const std::string& agency = "kent-mash");
  std::uint64_t log_size();

  std::unique_ptr<Backend> backend_;
};

}  // namespace gatehouse::tests
