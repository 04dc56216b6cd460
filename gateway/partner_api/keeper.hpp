#pragma once
// Keeps the snapshot fresh: from the store when a commit was stale or the directory changed, from the files on SIGHUP. A snapshot that cannot be made
// leaves the old one in place, and says so. Any thread.
#include <boost/asio/awaitable.hpp>
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
  // Reads settings and files again; what cannot be used is logged and left. Listeners, keys and database keep their places until the next start.
  bool reload_files();

 private:
  policy::Store& store_;
  Snapshots snapshots_;
  std::mutex writing_;
  policy::Directory directory_;
  bool loaded_ = false;
  Metrics& metrics_;
  Log log_;
};

}  // namespace gatehouse::gateway
