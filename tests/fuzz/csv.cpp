// The CSV reader and everything behind it, on any bytes: it must end, never crash, and give only rows it may give.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "gateway/import/csv.hpp"
#include "gateway/import/mapping.hpp"
#include "gateway/import/rows.hpp"
#include "gateway/import/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace imports = gatehouse::imports;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream in(text);
  imports::CsvReader reader(in);
  imports::Mapping mapping = imports::Mapping::plain(imports::Kind::finding);
  bool header = false;
  std::size_t rows = 0, last_line = 0;
  for (;;) {
    auto row = reader.next();
    if (++rows > size + 2) std::abort();  // each step must take at least a byte
    if (!row) continue;
    if (!*row) break;
    if ((*row)->line <= last_line || (*row)->cells.empty()) std::abort();
    last_line = (*row)->line;
    for (const auto& cell : (*row)->cells)
      if (!imports::is_utf8(cell) || imports::has_control_character(cell)) std::abort();
    if (!header) {
      header = mapping.header((*row)->cells).has_value();
    } else if (const auto json = mapping.row((*row)->cells)) {
      (void)imports::read_row(*json, mapping.kind());
    }
  }
  if (reader.bytes_read() != size && !reader.final()) std::abort();
  (void)imports::read_row(text, std::nullopt);
  (void)imports::Mapping::read(text);
  return 0;
}
