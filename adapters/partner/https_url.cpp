#include "adapters/partner/https_url.hpp"

#include <algorithm>
#include <charconv>

namespace gatehouse::adapters {
namespace {

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

std::optional<HttpsUrl> read_https_url(std::string_view text) {
  constexpr std::string_view scheme = "https://";
  if (!text.starts_with(scheme) || text.size() > 1024) return std::nullopt;
  text.remove_prefix(scheme.size());
  HttpsUrl out;
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view authority = text.substr(0, slash), path = text.substr(slash);
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = authority.substr(1, end - 1);
    if (out.host.empty() || out.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) return std::nullopt;
    authority.remove_prefix(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    out.host = authority.substr(0, colon);
    if (out.host.empty() || !std::all_of(out.host.begin(), out.host.end(), [](char c) { return letter_or_digit(c) || c == '-' || c == '.'; }))
      return std::nullopt;
    authority.remove_prefix(colon);
  }
  if (!authority.empty()) {
    if (authority.front() != ':') return std::nullopt;
    authority.remove_prefix(1);
    const auto [stop, error] = std::from_chars(authority.data(), authority.data() + authority.size(), out.port);
    if (error != std::errc() || stop != authority.data() + authority.size() || authority.empty() || out.port == 0) return std::nullopt;
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string_view rest = path;
  while (!rest.empty()) {
    rest.remove_prefix(1);               // the slash
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    if (part.empty() || part == "." || part == "..") return std::nullopt;
    for (const char c : part)
      if (!letter_or_digit(c) && std::string_view("-._~+@:").find(c) == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end);
  }
  out.path = path;
  return out;
}

}  // namespace gatehouse::adapters
