#pragma once
// Style sheets and scripts: read once at start, served under a name that holds their hash, so that a browser may keep them for good. Any thread.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/console/html.hpp"
#include "gateway/settings.hpp"

namespace gatehouse::gateway::console {

class Assets {
 public:
  struct File {
    std::string type, bytes;
  };
  // Every known file of `folder`; one that is missing is left out, and the pages go without it.
  explicit Assets(const std::string& folder);
  // By the name it is served under (`console.0123456789abcdef.css`); null: none.
  const File* find(std::string_view name) const;
  // Where `console.css` is served; empty: it is not there.
  std::string address(const std::string& name) const;

 private:
  std::map<std::string, File, std::less<>> files_;
  std::map<std::string, std::string> addresses_;
};

// The folder `static` or `guide` of the console: beside the source tree's config/, or where an installation keeps it. Empty: neither is there.
std::string console_folder(const Settings& settings, std::string_view name);

}  // namespace gatehouse::gateway::console
