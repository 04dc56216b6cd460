#include "gateway/pack_files.hpp"

#include <fstream>
#include <utility>

#include "crypto/keys.hpp"

namespace gatehouse::gateway {
namespace {
namespace fs = std::filesystem;
constexpr std::uintmax_t largest = 64u << 20;
}  // namespace

std::expected<std::string, std::string> read_file(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return std::unexpected(path.string() + ": is a folder; name a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected(path.string() + ": cannot be opened; check the name and the rights");
  std::string out;
  char part[65536];
  while (in.read(part, sizeof part) || in.gcount() > 0) {
    out.append(part, static_cast<std::size_t>(in.gcount()));
    if (out.size() > largest) return std::unexpected(path.string() + ": larger than 64 MiB; this is not such a file");
  }
  if (in.bad()) return std::unexpected(path.string() + ": cannot be read to its end");
  return out;
}

std::string reference_digest(std::string_view minimum_necessary, std::string_view legal_refs, std::string_view bank_holidays) {
  std::string all;
  for (const std::string_view one : {minimum_necessary, legal_refs, bank_holidays}) all += std::to_string(one.size()) + "\n" + std::string(one);
  return crypto::hex(crypto::sha256(all));
}

std::string PackFiles::reference_sha256() const { return reference_digest(minimum_necessary, legal_refs, bank_holidays); }

std::expected<PackFiles, std::string> read_pack_files(const fs::path& pack, const fs::path& config_dir) {
  const fs::path folder = config_dir.empty() ? fs::absolute(pack).parent_path().parent_path() : config_dir;
  PackFiles out;
  auto text = read_file(pack);
  if (!text) return std::unexpected(text.error());
  out.pack = std::move(*text);
  out.sha256 = crypto::hex(crypto::sha256(out.pack));
  for (const auto& [name, into] : {std::pair{"minimum_necessary.json", &out.minimum_necessary}, {"legal_refs.json", &out.legal_refs},
                                   {"bank_holidays.json", &out.bank_holidays}}) {
    text = read_file(folder / name);
    if (!text) return std::unexpected(text.error() + "; --config-dir names the folder that holds the reference data");
    *into = std::move(*text);
  }
  for (const auto& [name, into] : {std::pair{"clauses.tsv", &out.clauses}, {"pages.json", &out.pages}})
    if ((text = read_file(folder / name))) *into = std::move(*text);
  return out;
}

}  // namespace gatehouse::gateway
