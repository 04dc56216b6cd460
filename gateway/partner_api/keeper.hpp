#pragma once
// Keeps the snapshot fresh: from the store when a commit was stale or the directory changed, from the files on SIGHUP. A snapshot that cannot be made
// leaves the old one in place, and says so. Any thread.
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "gateway/http/logging.hpp"
#include "gateway/metrics.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

class SnapshotKeeper {
 public:
  // The first snapshot has an empty directory: nobody is a partner until refresh().
  SnapshotKeeper(policy::Store& store, std::shared_ptr<const Settings> settings, std::shared_ptr<const Policies> policies, Metrics& metrics, Log log);

  std::shared_ptr<const Snapshot> load() const { return snapshots_.load(); }
  // Asks the store for agencies and active pack. False: it could not be read.
  boost::asio::awaitable<bool> refresh();
  // Reads settings and files again; what cannot be used is logged and left, the pack above all: one that two people have not approved, that cannot be
  // carried out or is not proved does not load, and the old one stays. Listeners, keys and database keep their places until the next start. Blocks for as
  // long as a proof takes; one call at a time.
  bool reload_files();

  // What a pack must pass before it serves: empty, or one line why it does not. Without one, nothing is asked (tests).
  using Gate = std::function<std::string(const Settings&, const Policies&)>;
  // `approved_another`: called by refresh(), on its thread, once for each time that another pack was approved than the one in hand; reload_files() takes it up.
  void guard(Gate gate, std::function<void()> approved_another);

 private:
  policy::Store& store_;
  Snapshots snapshots_;
  std::mutex writing_;
  policy::Directory directory_;
  bool loaded_ = false;
  Gate gate_;
  std::function<void()> approved_another_;
  Metrics& metrics_;
  Log log_;
};

}  // namespace gatehouse::gateway
