// gatehouse seal, gatehouse open: age files from standard input (or a file) to standard output, in bounded memory.
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "crypto/age.hpp"
#include "crypto/age_stream.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/installation.hpp"

namespace gatehouse::cli {
namespace {

namespace age = crypto::age;

struct Options {
  std::vector<std::string> recipients, identities;
  std::string passphrase_file, input = "-";
  bool armor = false, json = false;
  unsigned threads = 0;
};

unsigned thread_count(const Options& options) {
  if (options.threads != 0) return options.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
}

crypto::Error io_error(const char* where) { return {"io", where, std::strerror(errno), "check the disk or the other end of the pipe"}; }

// Standard input or a file, and standard output, with the bytes counted.
struct Streams {
  int in = STDIN_FILENO;
  std::uint64_t read_bytes = 0, written_bytes = 0;

  std::expected<void, std::string> open(const std::string& path) {
    if (path == "-") return {};
    in = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (in < 0) return std::unexpected(path + ": " + std::strerror(errno) + "; check the path");
    return {};
  }
  age::Source source() {
    return [this](std::span<char> into) -> std::expected<std::size_t, crypto::Error> {
      for (;;) {
        const ssize_t got = ::read(in, into.data(), into.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected(io_error("input"));
        read_bytes += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
    };
  }
  age::Sink sink() {
    return [this](std::string_view bytes) -> std::expected<void, crypto::Error> {
      while (!bytes.empty()) {
        const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return std::unexpected(io_error("output"));
        bytes.remove_prefix(static_cast<std::size_t>(put));
        written_bytes += static_cast<std::uint64_t>(put);
      }
      return {};
    };
  }
};

// The first line of a file, without its end.
std::expected<crypto::SecretBytes, std::string> read_passphrase(const std::string& path) {
  auto text = read_whole(path, 4096);
  if (!text) return std::unexpected(text.error());
  const std::size_t end = std::min(text->find('\n'), text->size());
  auto secret = crypto::SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(text->data()), end});
  sodium_memzero(text->data(), text->size());
  if (secret.empty()) return std::unexpected(path + ": its first line is empty; write the passphrase there");
  return secret;
}

// An identity file as age-keygen writes it: one identity on a line, comments with `#`.
std::expected<void, std::string> read_identities(const std::string& path, std::vector<age::Identity>& out) {
  auto text = read_whole(path, 65536);
  if (!text) return std::unexpected(text.error());
  std::expected<void, std::string> result;
  std::size_t number = 0, before = out.size();
  std::string_view rest = *text;
  while (!rest.empty() && result) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto identity = age::Identity::parse(line);
    if (identity)
      out.push_back(std::move(*identity));
    else
      result = std::unexpected(path + ", line " + std::to_string(number) + ": " + identity.error().what + "; " + identity.error().remedy);
  }
  sodium_memzero(text->data(), text->size());
  if (result && out.size() == before) result = std::unexpected(path + ": no identity is in it; `AGE-SECRET-KEY-1…` on a line of its own");
  return result;
}

int finish(const Options& options, const Streams& streams, const std::expected<void, crypto::Error>& done, const char* partly) {
  if (options.json) {
    nlohmann::json out = {{"ok", done.has_value()}, {"bytes_read", streams.read_bytes}, {"bytes_written", streams.written_bytes}};
    if (!done) out["error"] = {{"code", done.error().code}, {"text", done.error().text()}};
    std::cerr << out.dump() << '\n';  // standard output carries the file
    return done ? 0 : 1;
  }
  if (done) return 0;
  return fail(done.error().text() + (streams.written_bytes != 0 ? partly : ""), 1);
}

int seal(const Options& options) {
  std::vector<age::Recipient> recipients;
  for (const std::string& text : options.recipients) {
    auto recipient = age::Recipient::parse(text);
    if (!recipient) return fail("--recipient `" + text.substr(0, 80) + "`: " + recipient.error().what + "; " + recipient.error().remedy);
    recipients.push_back(std::move(*recipient));
  }
  std::optional<crypto::SecretBytes> passphrase;
  if (!options.passphrase_file.empty()) {
    auto read = read_passphrase(options.passphrase_file);
    if (!read) return fail(read.error());
    passphrase = std::move(*read);
  }
  if (recipients.empty() == !passphrase) return fail("seal: give --recipient age1… (once or more), or else --passphrase-file FILE");
  if (!options.armor && ::isatty(STDOUT_FILENO) != 0) return fail("seal: a binary file does not go to a terminal; redirect it, or add --armor");
  Streams streams;
  if (auto opened = streams.open(options.input); !opened) return fail(opened.error());
  const age::Sealing to{recipients, passphrase ? &*passphrase : nullptr, age::kMaxWorkFactor};
  const auto done = age::seal_stream(to, streams.source(), streams.sink(), options.armor ? age::Form::armored : age::Form::binary, thread_count(options));
  return finish(options, streams, done, "; what was written is incomplete: delete it");
}

int open(const Options& options) {
  std::vector<age::Identity> identities;
  for (const std::string& path : options.identities)
    if (auto read = read_identities(path, identities); !read) return fail(read.error());
  std::optional<crypto::SecretBytes> passphrase;
  if (!options.passphrase_file.empty()) {
    auto read = read_passphrase(options.passphrase_file);
    if (!read) return fail(read.error());
    passphrase = std::move(*read);
  }
  if (identities.empty() == !passphrase) return fail("open: give --identity FILE (once or more), or else --passphrase-file FILE");
  Streams streams;
  if (auto opened = streams.open(options.input); !opened) return fail(opened.error());
  const age::Opening with{identities, passphrase ? &*passphrase : nullptr};
  const auto done = age::open_stream(with, streams.source(), streams.sink(), age::Form::either, thread_count(options));
  return finish(options, streams, done, "; what was written is genuine but cut short: do not use it");
}

}  // namespace

void add_seal(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  auto* sealing = app.add_subcommand("seal", "seal standard input into an age file on standard output");
  sealing->add_option("-r,--recipient", options->recipients, "who may open it (`age1…`); may be given more than once");
  sealing->add_option("--passphrase-file", options->passphrase_file, "seal with the passphrase on the first line of this file instead");
  sealing->add_flag("-a,--armor", options->armor, "text that can be pasted");
  sealing->add_option("--threads", options->threads, "threads that seal (default: the machine's, at most 4)")->check(CLI::Range(1, 16));
  sealing->add_flag("--json", options->json, "a summary as JSON on standard error");
  sealing->add_option("input", options->input, "file to read (default `-`: standard input)");
  sealing->callback([options, &context] { context.exit_code = seal(*options); });

  auto* opening = app.add_subcommand("open", "open an age file from standard input onto standard output");
  opening->add_option("-i,--identity", options->identities, "file with `AGE-SECRET-KEY-1…`; may be given more than once");
  opening->add_option("--passphrase-file", options->passphrase_file, "open with the passphrase on the first line of this file instead");
  opening->add_option("--threads", options->threads, "threads that open (default: the machine's, at most 4)")->check(CLI::Range(1, 16));
  opening->add_flag("--json", options->json, "a summary as JSON on standard error");
  opening->add_option("input", options->input, "file to read (default `-`: standard input)");
  opening->callback([options, &context] { context.exit_code = open(*options); });
}

}  // namespace gatehouse::cli
