#include "gateway/partner_api/keeper.hpp"

namespace gatehouse::gateway {

SnapshotKeeper::SnapshotKeeper(policy::Store& store, std::shared_ptr<const Settings> settings, std::shared_ptr<const Policies> policies,
                               Metrics& metrics, Log log)
    : store_(store), snapshots_(std::make_shared<Snapshot>(std::move(settings), std::move(policies), policy::Directory())), metrics_(metrics),
      log_(std::move(log)) {}

boost::asio::awaitable<bool> SnapshotKeeper::refresh() {
  auto read = co_await store_.directory();
  if (!read) {
    metrics_.count(Metrics::Event::reload_failed);
    if (log_) log_(LogEvent(Level::error, "directory_unreadable"));
    co_return false;
  }
  const std::lock_guard<std::mutex> lock(writing_);
  const bool same = read->version == directory_.version && read->active_pack_sha256 == directory_.active_pack_sha256;
  if (read->version < directory_.version || (same && loaded_)) co_return true;  // nothing new, or somebody was faster
  const bool another = loaded_ && read->active_pack_sha256 != directory_.active_pack_sha256;
  loaded_ = true;
  directory_ = std::move(*read);
  const auto old = snapshots_.load();
  snapshots_.store(std::make_shared<Snapshot>(old->shared_settings(), old->shared_policies(), directory_));
  if (another && approved_another_ && old->policies().pack.identity().sha256 != directory_.active_pack_sha256) approved_another_();
  co_return true;
}

void SnapshotKeeper::guard(Gate gate, std::function<void()> approved_another) {
  gate_ = std::move(gate);
  approved_another_ = std::move(approved_another);
}

bool SnapshotKeeper::reload_files() {
  const auto old = snapshots_.load();
  auto settings = load_settings(old->settings().file);
  const auto failed = [this](std::string why) {
    metrics_.count(Metrics::Event::reload_failed);
    LogEvent event(Level::error, "reload_failed");
    event.detail = std::move(why) + "; what served before goes on";
    if (log_) log_(event);
    return false;
  };
  if (!settings) return failed(settings.error().text());
  std::string active, note;
  {
    const std::lock_guard<std::mutex> lock(writing_);
    active = directory_.active_pack_sha256;
  }
  auto policies = load_approved_policies(*settings, active, &note);
  if (!policies) return failed(policies.error().text());
  if (gate_)
    if (std::string trouble = gate_(*settings, **policies); !trouble.empty()) return failed(std::move(trouble));
  if (!note.empty()) {
    LogEvent event(Level::warning, "approved_copy_serves");
    event.detail = note;
    if (log_) log_(event);
  }
  const std::lock_guard<std::mutex> lock(writing_);
  snapshots_.store(std::make_shared<Snapshot>(std::make_shared<Settings>(std::move(*settings)), std::move(*policies), directory_));
  if (log_) log_(LogEvent(Level::info, "reloaded"));
  return true;
}

}  // namespace gatehouse::gateway
