// The embedded store against the contract of the port.
#include "tests/adapters/store_contract.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

class Embedded : public Backend {
 public:
  explicit Embedded(bool inline_reads) : inline_reads_(inline_reads) { furnish(folder_.path()); }
  void open() override {
    auto settings = settings_in(folder_.path());
    settings.inline_reads = inline_reads_;
    auto store = adapters::SqliteStore::open(settings, [](const std::string& why) { ADD_FAILURE() << why; });
    if (!store) throw std::runtime_error(store.error());
    store_ = std::move(*store);
    auto admin = adapters::Admin::open(settings);
    if (!admin) throw std::runtime_error(admin.error());
    admin_.emplace(std::move(*admin));
  }
  void close() override {
    admin_.reset();
    store_.reset();
  }
  policy::Store& store() override { return *store_; }
  policy::RecordSource& records() override { return *store_; }
  adapters::Admin& admin() override { return *admin_; }

 private:
  Folder folder_;
  bool inline_reads_;
  std::unique_ptr<adapters::SqliteStore> store_;
  std::optional<adapters::Admin> admin_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract,
                         testing::Values(BackendMaker{"ReadsOnTheCallingThread", [] { return std::make_unique<Embedded>(true); }},
                                         BackendMaker{"ReadsOnThreadsOfTheirOwn", [] { return std::make_unique<Embedded>(false); }}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace gatehouse::tests
