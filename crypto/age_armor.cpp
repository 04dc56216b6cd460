#include "crypto/age_armor.hpp"

#include <algorithm>

#include "crypto/keys.hpp"

namespace gatehouse::crypto::age {
namespace {

constexpr std::string_view kBegin = "-----BEGIN AGE ENCRYPTED FILE-----", kEnd = "-----END AGE ENCRYPTED FILE-----";
constexpr std::size_t kColumns = 64, kLineBytes = 48;
constexpr std::size_t kWhiteSpace = 1024;  // around the armour, each side

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::expected<void, Error> ArmorWriter::write(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() / 48 * 65 + 160);
  if (!begun_) {
    out += kBegin;
    out += '\n';
    begun_ = true;
  }
  while (!bytes.empty()) {
    const std::size_t take = std::min(kLineBytes - held_.size(), bytes.size());
    if (held_.empty() && take == kLineBytes) {
      out += base64(bytes.substr(0, take));
      out += '\n';
    } else {
      held_ += bytes.substr(0, take);
      if (held_.size() == kLineBytes) {
        out += base64(held_);
        out += '\n';
        held_.clear();
      }
    }
    bytes.remove_prefix(take);
  }
  return sink_(out);
}

std::expected<void, Error> ArmorWriter::finish() {
  if (auto begun = write({}); !begun) return begun;
  std::string out;
  if (!held_.empty()) out = base64(held_) + "\n";
  held_.clear();
  out += kEnd;
  out += '\n';
  return sink_(out);
}

std::expected<bool, Error> ArmorReader::more() {
  if (ended_) return false;
  if (at_ > 65536) {
    text_.erase(0, at_);
    at_ = 0;
  }
  const std::size_t before = text_.size();
  text_.resize(before + 65536);
  const auto got = source_({text_.data() + before, 65536});
  if (!got) return std::unexpected(got.error());
  text_.resize(before + *got);
  ended_ = *got == 0;
  return !ended_;
}

std::expected<bool, Error> ArmorReader::line(std::string_view& out) {
  for (;;) {
    const std::size_t end = text_.find('\n', at_);
    if (end != std::string::npos || ended_) {
      if (at_ == text_.size()) return false;
      const std::size_t stop = end == std::string::npos ? text_.size() : end;
      out = std::string_view(text_).substr(at_, stop - at_);
      ended_without_newline_ = end == std::string::npos;
      if (!ended_without_newline_ && out.ends_with('\r')) out.remove_suffix(1);
      at_ = ended_without_newline_ ? stop : stop + 1;
      ++number_;
      return true;
    }
    // No line of an armour is longer than 66 bytes: do not buffer a file that has none.
    if (text_.size() - at_ > 4096) {
      out = std::string_view(text_).substr(at_, 128);
      return true;  // too long for whoever asked, who refuses it
    }
    if (const auto got = more(); !got) return std::unexpected(got.error());
  }
}

std::expected<void, Error> ArmorReader::decode_next() {
  const auto bad = [this](const char* what) {
    return std::unexpected(Error{"bad_armor", "age armour, line " + std::to_string(number_), what, "the file as it was sealed, from BEGIN to END"});
  };
  if (state_ == State::before) {
    std::size_t skipped = 0;
    for (;;) {
      while (at_ < text_.size() && is_space(text_[at_]) && skipped <= kWhiteSpace) {
        number_ += text_[at_] == '\n' ? 1 : 0;
        ++at_;
        ++skipped;
      }
      if (skipped > kWhiteSpace) return bad("too much white space comes before it");
      if (at_ < text_.size()) break;
      const auto got = more();
      if (!got) return std::unexpected(got.error());
      if (!*got) return bad("there is nothing in it");
    }
    // White space before it ends with a line: ` -----BEGIN` is not at the start of one.
    if (skipped > 0 && text_[at_ - 1] != '\n') return bad("it does not begin at the start of a line");
    std::string_view first;
    const auto got = line(first);
    if (!got) return std::unexpected(got.error());
    if (!*got || first != kBegin || ended_without_newline_) return bad("it does not begin with its BEGIN line");
    state_ = State::inside;
    return {};
  }
  std::string_view text;
  const auto got = line(text);
  if (!got) return std::unexpected(got.error());
  if (!*got) return bad("it has no END line");
  if (text == kEnd) {
    std::size_t after = 0;
    for (;;) {
      for (; at_ < text_.size(); ++at_)
        if (!is_space(text_[at_]) || ++after > kWhiteSpace) return bad("something comes after its END line");
      const auto rest = more();
      if (!rest) return std::unexpected(rest.error());
      if (!*rest) break;
    }
    state_ = State::done;
    return {};
  }
  if (state_ == State::last_line_seen) return bad("a short line is not the last one");
  if (text.empty()) return bad("a line is empty");
  if (text.size() > kColumns) return bad("a line is longer than 64 columns");
  if (ended_without_newline_) return bad("it has no END line");
  auto bytes = from_base64(text);
  if (!bytes) return bad("a line is not canonical base64");
  if (bytes->size() < kLineBytes) state_ = State::last_line_seen;
  decoded_ = std::move(*bytes);
  given_ = 0;
  return {};
}

std::expected<std::size_t, Error> ArmorReader::read(std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    if (given_ == decoded_.size()) {
      if (state_ == State::done) break;
      decoded_.clear();
      given_ = 0;
      if (auto next = decode_next(); !next) return std::unexpected(std::move(next.error()));
      continue;
    }
    const std::size_t now = std::min(into.size() - done, decoded_.size() - given_);
    std::copy_n(decoded_.begin() + static_cast<std::ptrdiff_t>(given_), now, into.begin() + static_cast<std::ptrdiff_t>(done));
    given_ += now;
    done += now;
  }
  return done;
}

}  // namespace gatehouse::crypto::age
