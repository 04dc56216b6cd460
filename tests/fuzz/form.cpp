// Form fields and cookies, on any bytes: they are refused or read, and what was read is UTF-8, can be written again, and reads the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/console/form.hpp"
#include "gateway/console/html.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace console = gatehouse::gateway::console;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto form = console::Form::read(text)) {
    const std::string written = form->encoded_without({});
    const auto again = console::Form::read(written);
    if (!again || again->encoded_without({}) != written) std::abort();
    for (const auto& value : form->all("a"))
      if (!console::is_utf8(value)) std::abort();
  }
  (void)console::cookie(text, "__Host-gatehouse");
  const std::string escaped = console::Html::escaped(text).text();
  if (escaped.find_first_of("<>\"'") != std::string::npos) std::abort();
  const std::string path = console::Path(text).text();
  if (path.empty() || path[0] != '/' || path.find("//") != std::string::npos) std::abort();
  return 0;
}
