#pragma once
// A pack on disk and the reference data it is read against. Only the command line and start-up touch these files.
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "policy/decision/pack.hpp"

namespace gatehouse::gateway {

// The texts of the files. Move it, do not copy it: it is some hundred kilobytes.
struct PackFiles {
  std::string pack, minimum_necessary, legal_refs, bank_holidays;
  std::string clauses, pages;  // for `policy coverage`; empty where the file is not there
  std::string sha256;          // of the pack's text, hex

  std::string reference_sha256() const;  // of the data the pack is read against: together with `sha256`, all that a proof depends on
  // REQUIRES: this outlives the reference.
  policy::PackReference reference() const { return {minimum_necessary, legal_refs, bank_holidays, sha256}; }
};

// Reads `pack` and, from `config_dir`, minimum_necessary.json, legal_refs.json, bank_holidays.json, clauses.tsv and pages.json. An empty
// config_dir is the folder above the pack's: `config/packs/x.json` finds `config/`. Errors: one line, which file and what to do.
std::expected<PackFiles, std::string> read_pack_files(const std::filesystem::path& pack, const std::filesystem::path& config_dir = {});

// One digest of the three texts, hex: each by its length and bytes.
std::string reference_digest(std::string_view minimum_necessary, std::string_view legal_refs, std::string_view bank_holidays);

// The text of a file of at most 64 MiB; the error is one line.
std::expected<std::string, std::string> read_file(const std::filesystem::path& path);

}  // namespace gatehouse::gateway
