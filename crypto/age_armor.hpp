#pragma once
// ASCII armour of age files (https://c2sp.org/age): strict PEM, 64 columns, canonical padded base64, LF or CRLF, white space only around it.
// Inside crypto/ only. One thread per object.
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "crypto/age_stream.hpp"

namespace gatehouse::crypto::age {

class ArmorWriter {
 public:
  explicit ArmorWriter(const Sink& sink) : sink_(sink) {}
  std::expected<void, Error> write(std::string_view bytes);
  std::expected<void, Error> finish();

 private:
  const Sink& sink_;
  std::string held_;                     // up to 47 bytes that do not fill a line yet
  bool begun_ = false;
};

class ArmorReader {
 public:
  explicit ArmorReader(const Source& source) : source_(source) {}
  // Decoded bytes; 0 at the end of a good armour. An error is `bad_armor`, and final.
  std::expected<std::size_t, Error> read(std::span<char> into);

 private:
  std::expected<bool, Error> more();     // reads on; false at the end of the source
  std::expected<bool, Error> line(std::string_view& out);  // false at the end; without its end of line
  std::expected<void, Error> decode_next();

  const Source& source_;
  std::string text_;                     // read, not yet decoded
  std::size_t at_ = 0;
  std::string decoded_;
  std::size_t given_ = 0;
  std::size_t number_ = 0;               // of the line, for errors
  bool ended_ = false;                   // the source
  bool ended_without_newline_ = false;
  enum class State : std::uint8_t { before, inside, last_line_seen, done } state_ = State::before;
};

}  // namespace gatehouse::crypto::age
