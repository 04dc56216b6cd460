// `gatehouse convert`: what a document says, read by a process of its own.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>

#include "gateway/cli/cli.hpp"
#include "gateway/documents/converter.hpp"

namespace gatehouse::cli {

void add_convert(CLI::App& app, Context& context) {
  struct Options {
    std::string file = "-", format;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("convert",
                                     "read a document in a process without network, keys or database\n"
                                     "Plain text, Markdown, HTML, e-mail (.eml), Word (.docx) and PDF in; JSON out: format, parts with their texts, flags,\n"
                                     "left_out, blocked. Exit status 0 when all of it was read for certain; 1 when it was refused or is blocked, and then a\n"
                                     "person must look at it; 2 for wrong usage.");
  command->add_option("file", options->file, "the document; - is standard input")->capture_default_str();
  command->add_option("--format", options->format, "what it is, where its bytes do not say it")
      ->check(CLI::IsMember(std::vector<std::string>(documents::kFormats.begin(), documents::kFormats.end())));
  command->add_flag("--json", context.json, "machine-readable output (it always is)");
  command->callback([options, &context] {
    std::ifstream named;
    if (options->file != "-") named.open(options->file, std::ios::binary);
    std::istream& in = options->file == "-" ? std::cin : named;
    std::string bytes;
    std::array<char, 1 << 16> chunk;
    // One byte more than is read: then it is refused as too large, and nothing more is taken in.
    while (in && bytes.size() <= documents::kLargestFile && (in.read(chunk.data(), chunk.size()) || in.gcount() > 0))
      bytes.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if ((options->file != "-" && !named.is_open()) || in.bad()) {
      context.exit_code = fail("the file given to convert cannot be read; name a document or - for standard input");
      return;
    }
    documents::Format said{};
    const auto word = std::find(documents::kFormats.begin(), documents::kFormats.end(), options->format);
    const bool is_said = word != documents::kFormats.end();
    if (is_said) said = static_cast<documents::Format>(word - documents::kFormats.begin());
    const auto reading = documents::Converter::beside_this_program().read(bytes, is_said ? &said : nullptr);
    std::cout << documents::to_json(reading) << '\n';
    std::cout.flush();
    if (!reading) {
      context.exit_code = fail("the document is not read: " + reading.error().text(), 1);
    } else if (reading->blocked()) {
      const auto first = std::find_if(reading->troubles.begin(), reading->troubles.end(), [](const auto& one) { return one.blocks; });
      context.exit_code = fail("the document is blocked: " + first->where + ": " + first->what + "; a person must look at it", 1);
    }
  });
}

}  // namespace gatehouse::cli
