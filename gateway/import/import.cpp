#include "gateway/import/import.hpp"

#include <utility>
#include <vector>

#include "gateway/import/csv.hpp"
#include "gateway/import/text.hpp"

namespace gatehouse::imports {

namespace {

using policy::Error;

constexpr std::size_t longest_line = 1u << 20;

struct Read {
  std::size_t line = 0;
  std::expected<Input, Error> input;
};

// Where rows come from: lines of JSON or rows of CSV. Nothing at the end.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::optional<Read> next() = 0;
  virtual std::uint64_t bytes() const = 0;
  virtual bool read_to_end() const = 0;
  virtual std::string column_of(const std::string&) const { return {}; }
};

class JsonLines : public Source {
 public:
  JsonLines(std::istream& in, std::optional<Kind> kind) : in_(in), kind_(kind) {}

  std::optional<Read> next() override {
    for (;;) {
      const auto length = take_line();
      if (!length) return std::nullopt;
      ++line_;
      if (*length > longest_line) return Read{line_, std::unexpected(Error{"too_long", "row", "is longer than 1 MiB", "one object per line", {}})};
      std::string_view text = buffer_;
      if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
      return Read{line_, read_row(text, kind_)};
    }
  }
  std::uint64_t bytes() const override { return bytes_; }
  bool read_to_end() const override { return true; }

 private:
  // Reads up to the next line end, keeping at most longest_line bytes; the length may be more.
  std::optional<std::size_t> take_line() {
    buffer_.clear();
    std::size_t length = 0;
    auto* from = in_.rdbuf();
    if (!from) return std::nullopt;
    for (int c = from->sbumpc();; c = from->sbumpc()) {
      if (c == std::istream::traits_type::eof()) return length == 0 ? std::nullopt : std::optional(length);
      ++bytes_;
      if (c == '\n') return length;
      if (++length <= longest_line) buffer_.push_back(static_cast<char>(c));
    }
  }

  std::istream& in_;
  std::optional<Kind> kind_;
  std::string buffer_;
  std::size_t line_ = 0;
  std::uint64_t bytes_ = 0;
};

class CsvLines : public Source {
 public:
  CsvLines(std::istream& in, Mapping mapping) : mapping_(std::move(mapping)), reader_(in, mapping_.delimiter()) {}

  // The file's first row. Without a good header no row can be read.
  std::expected<void, std::string> header() {
    auto row = reader_.next();
    if (!row) return std::unexpected(row.error().text());
    if (!*row) return std::unexpected("line 1: the file is empty; its first row names the columns");
    if (auto good = mapping_.header((*row)->cells); !good) return std::unexpected(good.error().text());
    return {};
  }

  std::optional<Read> next() override {
    auto row = reader_.next();
    if (!row) {
      // Error.where is `line N`: the number is kept, the field is the row.
      Error error = row.error();
      const std::size_t line = static_cast<std::size_t>(std::stoul(error.where.substr(error.where.find(' ') + 1)));
      error.where = "row";
      return Read{line, std::unexpected(std::move(error))};
    }
    if (!*row) return std::nullopt;
    auto json = mapping_.row((*row)->cells);
    if (!json) return Read{(*row)->line, std::unexpected(std::move(json.error()))};
    return Read{(*row)->line, read_row(*json, mapping_.kind())};
  }
  std::uint64_t bytes() const override { return reader_.bytes_read(); }
  bool read_to_end() const override { return !reader_.final(); }
  std::string column_of(const std::string& field) const override { return mapping_.column_of(field); }

 private:
  Mapping mapping_;
  CsvReader reader_;
};

}  // namespace

Sink sink_of(adapters::Admin& admin) {
  Sink sink;
  sink.begin = [&admin] { admin.begin(); };
  sink.put = [&admin](const Input& input) { return std::visit([&admin](const auto& row) { return admin.put(row); }, input); };
  sink.commit = [&admin] { return admin.commit(); };
  return sink;
}

std::expected<Summary, Stopped> run(std::istream& in, const Options& options, const policy::RecordSchema& schema, const Sink* sink,
                                        const Listener& listener) {
  std::unique_ptr<Source> source;
  if (options.format == Format::csv) {
    if (!options.mapping && !options.kind)
      return std::unexpected(Stopped{"a CSV file needs --mapping MAP.json, or --kind when its column names are field names", true});
    if (options.mapping && options.kind && options.mapping->kind() != *options.kind)
      return std::unexpected(Stopped{"the mapping is for rows of another kind than --kind", true});
    auto csv = std::make_unique<CsvLines>(in, options.mapping ? *options.mapping : Mapping::plain(*options.kind));
    if (auto good = csv->header(); !good) return std::unexpected(Stopped{good.error(), true});
    source = std::move(csv);
  } else {
    source = std::make_unique<JsonLines>(in, options.kind);
  }

  Summary summary;
  const auto refused = [&](std::size_t line, const Error& error) {
    ++summary.refused;
    const std::string column = source->column_of(error.where);
    listener.refused({line, error.where + (column.empty() ? "" : " (" + column + ")"), error.what + (error.remedy.empty() ? "" : "; " + error.remedy), error.code});
  };

  // Rows are read and checked before the transaction opens: a slow pipe must not hold the store's writer.
  std::vector<std::pair<std::size_t, Input>> batch;
  std::size_t last_line = 0;
  bool more = true;
  while (more) {
    batch.clear();
    while (batch.size() < options.batch_rows) {
      auto read = source->next();
      if (!read) {
        more = false;
        break;
      }
      ++summary.rows;
      last_line = read->line;
      if (!read->input) {
        refused(read->line, read->input.error());
        if (!source->read_to_end()) {
          more = false;
          break;
        }
        continue;
      }
      if (const auto good = check(*read->input, schema); !good) {
        refused(read->line, good.error());
        continue;
      }
      batch.emplace_back(read->line, std::move(*read->input));
    }
    if (!sink) {
      summary.added += batch.size();
      for (const auto& [line, input] : batch) summary.blanket_consents += is_blanket(input);
    } else if (!batch.empty()) {
      Summary after = summary;
      std::vector<std::pair<std::size_t, Error>> turned_away;
      sink->begin();
      for (const auto& [line, input] : batch) {
        const auto put = sink->put(input);
        if (!put) {
          turned_away.emplace_back(line, put.error());
          continue;
        }
        after.added += *put == adapters::Put::added;
        after.replaced += *put == adapters::Put::replaced;
        after.unchanged += *put == adapters::Put::unchanged;
        after.blanket_consents += is_blanket(input);
      }
      if (const auto done = sink->commit(); !done)
        return std::unexpected(Stopped{"lines " + std::to_string(batch.front().first) + " to " + std::to_string(batch.back().first) +
                                       " were not acknowledged: " + done.error() + "; run the same file again"});
      summary = after;
      for (const auto& [line, error] : turned_away) refused(line, error);
    }
    summary.acknowledged_line = last_line;
    listener.progress(source->bytes());
    if (sink) listener.acknowledged(summary);
  }
  summary.read_to_end = source->read_to_end();
  return summary;
}

}  // namespace gatehouse::imports
