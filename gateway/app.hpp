#pragma once
// The server as a whole. app.cpp is the only place that names concrete adapters: it opens them, wires them to the partner API and the duties, listens,
// and ends the process when it must.
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "adapters/sqlite/settings.hpp"
#include "gateway/http/logging.hpp"
#include "gateway/settings.hpp"

namespace gatehouse::adapters {
struct AnchorSettings;
}

namespace gatehouse::gateway {

class App {
 public:
  // Refuses with one line (what, where, remedy): keys or database that cannot be opened, a KEK file that others may read, a pack whose hash two officers
  // have not approved or that is not proved, a clock behind the log's last entry, no log key, a port that is taken.
  static std::expected<std::unique_ptr<App>, std::string> open(Settings settings, Log log);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  unsigned short partner_port() const;
  unsigned short console_port() const;

  // Serves until a signal (TERM and INT: finish what runs, up to ten seconds; HUP: read settings, pack and certificate again) or stop(). Gives the exit
  // code: 0, or 70 after a commit whose end nobody saw. `ready` is called once when both ports answer.
  int run(const std::function<void()>& ready = {});
  // Any thread.
  void stop();

 private:
  struct Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The settings' anchor and witnesses, as the adapters want them. Throws std::runtime_error with one line when a witness's key cannot be read.
adapters::AnchorSettings anchor_settings(const LogSettings& log);

// What these settings do not guarantee; for `status` and the health page. A log without anchor or witness is named in every profile.
struct NotGuaranteed {
  std::string what, why;
};
std::vector<NotGuaranteed> not_guaranteed(const Settings& settings);

// Where the store and its keys are, as the settings say.
adapters::SqliteSettings store_settings(const Settings& settings);

// Mode of a file that holds a key: nothing for group and others. An empty string: as it should be; else one line.
std::string key_file_trouble(const std::string& file);

}  // namespace gatehouse::gateway
