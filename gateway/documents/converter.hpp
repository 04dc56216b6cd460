#pragma once
// Runs gatehouse-convert: one process for each file, without network, keys or database, and ended when it takes too long (gateway/convert/README.md).
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "gateway/documents/model.hpp"

namespace gatehouse::documents {

// Any thread. Every call blocks until the child has ended, at most `limit`: it belongs on a thread that may wait.
class Converter {
 public:
  // `program` is the absolute path of gatehouse-convert.
  explicit Converter(std::string program, std::chrono::seconds limit = std::chrono::seconds(30)) : program_(std::move(program)), limit_(limit) {}
  // The one that lies beside the running program. Whether it is there is seen when it is called.
  static Converter beside_this_program(std::chrono::seconds limit = std::chrono::seconds(30));

  // What the file says. `said`: what somebody said it is; null: what its bytes say. A crash, a time-out, and an answer that is not one are refusals too
  // (`crashed`, `timed_out`, `no_reader`).
  Reading read(std::string_view bytes, const Format* said = nullptr) const;

  // A new file with the carried parts and nothing else. `title`: the case reference, one line of at most kLongestTitle bytes; it names nobody.
  std::expected<std::string, Refusal> write(const Read& document, std::string_view title) const;

 private:
  struct Answer {
    int status = -1;  // exit status; -1: none
    std::string bytes;
  };
  std::expected<Answer, Refusal> call(const char* what, const char* more, std::string_view first, std::string_view second) const;

  std::string program_;
  std::chrono::seconds limit_;
};

}  // namespace gatehouse::documents
