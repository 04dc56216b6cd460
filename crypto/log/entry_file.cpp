#include "crypto/log/entry_file.hpp"

#include "crypto/log/lines.hpp"
#include "crypto/log/tree.hpp"

namespace gatehouse::crypto::log {
namespace {

constexpr std::string_view kEntry = "{\"entry\":\"", kIndex = "\",\"index\":", kLeaf = ",\"leaf\":\"", kEnd = "\"}";

}  // namespace

std::string entry_line(std::uint64_t index, std::string_view entry) {
  const Digest leaf = leaf_hash(entry);
  std::string out(kEntry);
  out.reserve(entry.size() * 4 / 3 + 128);
  out += base64(entry);
  out += kIndex;
  out += std::to_string(index);
  out += kLeaf;
  out += base64({reinterpret_cast<const char*>(leaf.data()), leaf.size()});
  out += kEnd;
  out += '\n';
  return out;
}

std::expected<EntryLine, Error> read_entry_line(std::string_view line) {
  const auto bad = [](const char* what) {
    return std::unexpected(Error{"bad_line", "entry file", what, "a file written by `gatehouse audit export`"});
  };
  if (!line.starts_with(kEntry)) return bad("a line is not an entry");
  line.remove_prefix(kEntry.size());
  if (!line.ends_with(kEnd)) return bad("a line is not an entry");  // only now: in `{"entry":"}` the two overlap
  line.remove_suffix(kEnd.size());
  const std::size_t quote = line.find('"');
  if (quote == std::string_view::npos || !line.substr(quote).starts_with(kIndex)) return bad("a line is not an entry");
  EntryLine out;
  auto entry = from_base64(line.substr(0, quote));
  if (!entry) return bad("an entry is not base64");
  out.entry = std::move(*entry);
  line.remove_prefix(quote + kIndex.size());
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos || !read_decimal(line.substr(0, comma), out.index)) return bad("an index is no number");
  line.remove_prefix(comma);
  if (!line.starts_with(kLeaf)) return bad("a line has no leaf hash");
  auto leaf = from_base64(line.substr(kLeaf.size()));
  if (!leaf || leaf->size() != 32) return bad("a leaf hash is not base64 of 32 bytes");
  out.leaf = std::move(*leaf);
  return out;
}

}  // namespace gatehouse::crypto::log
