#pragma once
// Brings a file of people, relations, items, consents, competence assessments or findings into the store: reads it row by row, refuses the bad rows by
// line number, field and reason (never a value), and puts the rest in, batch by batch. A batch is acknowledged only after its commit, so what was
// acknowledged survives a crash, and running the same file again changes nothing that is already there.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <istream>
#include <optional>
#include <string>

#include "gateway/import/mapping.hpp"
#include "gateway/import/rows.hpp"

namespace gatehouse::imports {

enum class Format : std::uint8_t { jsonl, csv };

struct Options {
  Format format = Format::jsonl;
  std::optional<Kind> kind;            // for rows without a `kind`; with CSV the mapping's
  std::optional<Mapping> mapping;      // CSV only; none: column names are field names
  std::size_t batch_rows = 500;        // rows in one transaction: the store's writer is held that long
};

struct Refusal {
  std::size_t line = 0;
  std::string field;                   // or `row`; with CSV the column too
  std::string reason;                  // what is wrong and what would be right
  std::string code;                    // stable word
};

struct Summary {
  std::uint64_t rows = 0;              // read, refused ones included
  std::uint64_t added = 0, replaced = 0, unchanged = 0, refused = 0;
  std::uint64_t blanket_consents = 0;  // kept, and will never count
  std::size_t acknowledged_line = 0;   // every row up to this line is in the store or was refused
  bool read_to_end = true;             // false: the rest of the file was not read (see the last refusal)
};

struct Listener {
  std::function<void(const Refusal&)> refused = [](const Refusal&) {};
  std::function<void(const Summary&)> acknowledged = [](const Summary&) {};  // after each commit
  std::function<void(std::uint64_t bytes)> progress = [](std::uint64_t) {};  // about every batch
};

// The store side, one batch after another; `adapters::Admin` behind it. For a dry run: none.
struct Sink {
  std::function<void()> begin;
  std::function<std::expected<adapters::Put, policy::Error>(const Input&)> put;
  std::function<std::expected<void, std::string>()> commit;
};
Sink sink_of(adapters::Admin& admin);

// Why an import ended early. `bad_input`: the file or the options, nothing was read; else the store: the last batch may not be in it.
struct Stopped {
  std::string line;
  bool bad_input = false;
};

// Without a sink nothing is written: rows are read, mapped and checked as far as that can be known without the store (`added` counts the good ones).
// After an error (not a refusal) the same file can be run again: what is there already stays as it is.
std::expected<Summary, Stopped> run(std::istream& in, const Options& options, const policy::RecordSchema& schema, const Sink* sink,
                                        const Listener& listener);

}  // namespace gatehouse::imports
