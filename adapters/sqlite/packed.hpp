#pragma once
// A compact, deterministic encoding for what is sealed: the same value gives the same bytes, so "unchanged" is a comparison. Every number is a
// variable-length integer, every text its length and its bytes. The first number of a file is its layout. Pure, any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::adapters {

class Packer {
 public:
  explicit Packer(std::uint64_t layout) { number(layout); }
  void number(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const auto& value : values) text(value);
  }
  // Signed, for instants before 1970.
  void optional_number(const std::optional<std::int64_t>& value) {
    number(value ? 1 : 0);
    if (value) number((static_cast<std::uint64_t>(*value) << 1) ^ static_cast<std::uint64_t>(*value >> 63));
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what a Packer wrote. After anything wrong everything reads as empty and good() is false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes, std::uint64_t layout) : left_(bytes) {
    if (number() != layout) good_ = false;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return wrong();
  }
  // How many of something follow; never more than there are bytes.
  std::size_t count() {
    const std::uint64_t value = number();
    return value <= left_.size() ? static_cast<std::size_t>(value) : static_cast<std::size_t>(wrong());
  }
  std::string_view view() {
    const std::size_t size = count();
    const std::string_view value = left_.substr(0, size);
    left_.remove_prefix(size);
    return value;
  }
  std::string text() { return std::string(view()); }
  std::vector<std::string> texts() {
    std::vector<std::string> values(count());
    for (auto& value : values) value = text();
    return values;
  }
  std::optional<std::int64_t> optional_number() {
    if (number() == 0) return std::nullopt;
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  bool good() const { return good_; }
  bool done() const { return good_ && left_.empty(); }

 private:
  std::uint64_t wrong() {
    good_ = false;
    left_ = {};
    return 0;
  }
  std::string_view left_;
  bool good_ = true;
};

}  // namespace gatehouse::adapters
