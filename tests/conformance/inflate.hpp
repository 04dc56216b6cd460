#pragma once
// A small zlib reader (RFC 1950, 1951), so that the age vectors can be read without another library. Trusted input only; nothing on error.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::conformance {

class Inflate {
 public:
  static std::optional<std::string> all(std::string_view zlib) {
    if (zlib.size() < 6) return std::nullopt;
    Inflate state(zlib.substr(2));  // method and flags; the Adler sum at the end is not looked at, the caller compares SHA-256
    if (!state.run()) return std::nullopt;
    return std::move(state.out_);
  }

 private:
  struct Code {
    std::array<std::uint16_t, 16> count{};
    std::array<std::uint16_t, 288> symbol{};
    Code(const std::uint8_t* lengths, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) ++count[lengths[i]];
      count[0] = 0;
      std::array<std::uint16_t, 16> at{};
      for (std::size_t i = 1; i < 15; ++i) at[i + 1] = static_cast<std::uint16_t>(at[i] + count[i]);
      for (std::size_t i = 0; i < n; ++i)
        if (lengths[i] != 0) symbol[at[lengths[i]]++] = static_cast<std::uint16_t>(i);
    }
  };

  explicit Inflate(std::string_view in) : in_(in) {}

  unsigned bit() {
    if (at_ / 8 >= in_.size()) {
      bad_ = true;
      return 0;
    }
    const unsigned value = static_cast<std::uint8_t>(in_[at_ / 8]) >> (at_ % 8) & 1u;
    ++at_;
    return value;
  }
  unsigned bits(unsigned n) {
    unsigned value = 0;
    for (unsigned i = 0; i < n; ++i) value |= bit() << i;
    return value;
  }
  unsigned decode(const Code& code) {
    int value = 0, first = 0, index = 0;
    for (std::size_t length = 1; length < 16 && !bad_; ++length) {
      value |= static_cast<int>(bit());
      const int count = code.count[length];
      if (value - count < first) return code.symbol[static_cast<std::size_t>(index + value - first)];
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    bad_ = true;
    return 0;
  }

  bool block(const Code& literal, const Code& distance) {
    static constexpr std::array<std::uint16_t, 29> base = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                           31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static constexpr std::array<std::uint8_t, 29> extra = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static constexpr std::array<std::uint16_t, 30> far = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                                          193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    for (;;) {
      unsigned symbol = decode(literal);
      if (bad_) return false;
      if (symbol == 256) return true;
      if (symbol < 256) {
        out_ += static_cast<char>(symbol);
        continue;
      }
      symbol -= 257;
      if (symbol >= base.size()) return false;
      const std::size_t length = base[symbol] + bits(extra[symbol]);
      const unsigned d = decode(distance);
      if (bad_ || d >= far.size()) return false;
      const std::size_t back = far[d] + bits(d < 2 ? 0 : (d - 2) / 2);
      if (bad_ || back > out_.size()) return false;
      for (std::size_t i = 0; i < length; ++i) out_ += out_[out_.size() - back];
    }
  }

  bool run() {
    for (bool last = false; !last;) {
      last = bit() != 0;
      const unsigned type = bits(2);
      if (type == 0) {
        at_ = (at_ + 7) / 8 * 8;
        const unsigned size = bits(16);
        bits(16);
        for (unsigned i = 0; i < size; ++i) out_ += static_cast<char>(bits(8));
      } else if (type == 1) {
        std::array<std::uint8_t, 288> lengths{};
        for (std::size_t i = 0; i < 288; ++i) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
        std::array<std::uint8_t, 30> distances{};
        distances.fill(5);
        if (!block(Code(lengths.data(), 288), Code(distances.data(), 30))) return false;
      } else if (type == 2) {
        static constexpr std::array<std::uint8_t, 19> order = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        const std::size_t literals = bits(5) + 257, distances = bits(5) + 1, codes = bits(4) + 4;
        std::array<std::uint8_t, 320> lengths{};
        for (std::size_t i = 0; i < codes; ++i) lengths[order[i]] = static_cast<std::uint8_t>(bits(3));
        const Code code(lengths.data(), 19);
        lengths.fill(0);
        for (std::size_t i = 0; i < literals + distances;) {
          const unsigned symbol = decode(code);
          if (bad_) return false;
          if (symbol < 16) {
            lengths[i++] = static_cast<std::uint8_t>(symbol);
            continue;
          }
          const std::uint8_t value = symbol == 16 && i > 0 ? lengths[i - 1] : std::uint8_t{0};
          std::size_t times = symbol == 16 ? 3 + bits(2) : symbol == 17 ? 3 + bits(3) : 11 + bits(7);
          if (i + times > literals + distances) return false;
          while (times-- > 0) lengths[i++] = value;
        }
        if (!block(Code(lengths.data(), literals), Code(lengths.data() + literals, distances))) return false;
      } else {
        return false;
      }
      if (bad_) return false;
    }
    return true;
  }

  std::string_view in_;
  std::size_t at_ = 0;  // bits
  bool bad_ = false;
  std::string out_;
};

}  // namespace gatehouse::conformance
