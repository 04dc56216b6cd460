// Proof files: https://c2sp.org/tlog-proof
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/lines.hpp"

namespace gatehouse::crypto::log {
namespace {

constexpr std::string_view kFirst = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kLongest = 262144;   // an entry has at most 65,535 bytes, a note 64 KiB
constexpr std::size_t kHashes = 64;

}  // namespace

std::string proof_file(std::uint64_t index, const std::vector<Digest>& proof, std::string_view entry, std::string_view note) {
  std::string out(kFirst);
  out += '\n';
  if (!entry.empty()) {
    out += "extra ";
    out += base64(entry);
    out += '\n';
  }
  out += "index ";
  out += std::to_string(index);
  out += '\n';
  for (const Digest& hash : proof) {
    out += base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
    out += '\n';
  }
  out += '\n';
  out += note;
  return out;
}

std::expected<CheckedProof, Error> check_proof_file(std::string_view file, const VerifierKey& log_key) {
  return check_proof_file(file, log_key, {});
}

std::expected<CheckedProof, Error> check_proof_file(std::string_view file, const VerifierKey& log_key, std::string_view entry) {
  std::size_t line_number = 0;
  const auto bad = [&line_number](const char* what) {
    return std::unexpected(Error{"bad_proof_file", "proof file, line " + std::to_string(line_number), what, "the file as the log's keeper gave it"});
  };
  if (file.size() > kLongest) return bad("it is longer than 256 KiB");
  std::string_view rest = file;
  const auto next = [&] {
    ++line_number;
    return take_line(rest);
  };
  auto line = next();
  if (!line || *line != kFirst) return bad("it is not a c2sp.org/tlog-proof@v1 file");
  CheckedProof out;
  line = next();
  bool has_extra = false;
  if (line && line->starts_with("extra ")) {
    auto extra = from_base64(line->substr(6));
    if (!extra || extra->empty()) return bad("`extra` is not base64");
    out.entry = std::move(*extra);
    has_extra = true;
    line = next();
  }
  if (!line || !line->starts_with("index ") || !read_decimal(line->substr(6), out.index)) return bad("there is no index");
  std::vector<Digest> proof;
  for (;;) {
    line = next();
    if (!line) return bad("no empty line ends the hashes");
    if (line->empty()) break;
    if (proof.size() == kHashes) return bad("it has more than 64 hashes");
    if (!read_digest(*line, proof.emplace_back())) return bad("a hash is not base64 of 32 bytes");
  }
  if (has_extra && !entry.empty() && entry != out.entry)
    return std::unexpected(Error{"other_entry", "proof file", "it is about another entry than the one given", "the proof of that entry"});
  if (!has_extra) {
    if (entry.empty()) return std::unexpected(Error{"no_entry", "proof file", "the entry is not in it", "give the entry beside it"});
    out.entry = entry;
  }
  auto checkpoint = open_checkpoint(rest, log_key);
  if (!checkpoint) return std::unexpected(std::move(checkpoint.error()));
  out.checkpoint = std::move(*checkpoint);
  if (auto checked = check_inclusion(out.index, out.checkpoint.size, leaf_hash(out.entry), proof, out.checkpoint.root); !checked)
    return std::unexpected(std::move(checked.error()));
  return out;
}

}  // namespace gatehouse::crypto::log
