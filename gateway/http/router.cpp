#include "gateway/http/router.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gatehouse::gateway {
namespace {

constexpr std::size_t kPartBytes = 64;
constexpr std::size_t kRestParts = 8;

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool named_part(std::string_view part) {
  return !part.empty() && part.size() <= kPartBytes &&
         std::all_of(part.begin(), part.end(), [](char c) { return letter_or_digit(c) || c == '_' || c == '-'; });
}

// Also what a pattern may spell out. No leading dot but for `.well-known`: no dot segment, no hidden file.
bool file_part(std::string_view part) {
  return !part.empty() && part.size() <= kPartBytes && part.front() != '.' &&
         std::all_of(part.begin(), part.end(), [](char c) { return letter_or_digit(c) || c == '_' || c == '-' || c == '.'; });
}

struct Parts {
  std::array<std::string_view, Router::kPathParts> part;
  std::size_t count = 0;
};

// `/` has no part. False for a path that is not a plain one.
bool split(std::string_view path, Parts& parts) {
  if (path.empty() || path.size() > Router::kPathBytes || path.front() != '/') return false;
  path.remove_prefix(1);
  if (path.empty()) return true;
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || parts.count == parts.part.size()) return false;
    parts.part[parts.count++] = part;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

constexpr std::string_view kAny = "{";
constexpr std::string_view kRest = "{*";

bool fits(const std::vector<std::string>& pattern, const Parts& path) {
  const bool rest = !pattern.empty() && pattern.back() == kRest;
  if (rest ? path.count < pattern.size() || path.count > pattern.size() - 1 + kRestParts : path.count != pattern.size()) return false;
  for (std::size_t i = 0; i < path.count; ++i) {
    if (rest && i + 1 >= pattern.size()) {
      if (!file_part(path.part[i])) return false;
    } else if (pattern[i] == kAny) {
      if (!named_part(path.part[i])) return false;
    } else if (pattern[i] != path.part[i]) {
      return false;
    }
  }
  return true;
}

int weight(std::string_view part) { return part == kRest ? 0 : part == kAny ? 1 : 2; }

// Whether `a` is the more exact of two patterns that fit the same path.
bool more_exact(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (weight(a[i]) != weight(b[i])) return weight(a[i]) > weight(b[i]);
  return a.size() > b.size();
}

}  // namespace

void Router::add(std::string method, std::string path, Access access, Handler handler) {
  const auto refuse = [&](const char* why) { throw std::invalid_argument("route " + method + " " + path + ": " + why); };
  if (!is_token(method)) refuse("the method is not a token");
  if (!handler) refuse("it has no handler");
  Parts split_path;
  if (!split(path, split_path)) refuse("a path is `/` and parts that are not empty");
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < split_path.count; ++i) {
    const std::string_view part = split_path.part[i];
    if (part.front() == '{') {
      if (part.back() != '}') refuse("a named part ends with `}`");
      std::string_view name = part.substr(1, part.size() - 2);
      const bool rest = name.ends_with('*');
      if (rest) name.remove_suffix(1);
      if (!named_part(name)) refuse("a part is named with letters, digits, `_` and `-`");
      if (rest && i + 1 != split_path.count) refuse("`{name*}` comes last");
      parts.emplace_back(rest ? kRest : kAny);
    } else {
      if (!file_part(part) && part != ".well-known") refuse("a part is letters, digits, `_`, `-` and `.`");
      parts.emplace_back(part);
    }
  }
  for (const Route& route : routes_)
    if (route.method == method && route.parts == parts) refuse("it is there already");
  routes_.push_back(Route{std::move(method), std::move(path), std::move(parts), access, std::move(handler)});
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  Parts parts;
  if (!split(path, parts)) return match;

  // The most exact pattern that fits decides; its methods are those of the address.
  const std::vector<std::string>* best = nullptr;
  for (const Route& route : routes_)
    if (fits(route.parts, parts) && (best == nullptr || more_exact(route.parts, *best))) best = &route.parts;
  if (best == nullptr) return match;

  const Route* chosen = nullptr;
  const Route* get = nullptr;
  std::vector<std::string_view> methods;
  for (const Route& route : routes_) {
    if (route.parts != *best) continue;
    match.route = route.pattern;
    methods.push_back(route.method);
    if (route.method == method) chosen = &route;
    if (route.method == "GET") get = &route;
  }
  if (chosen == nullptr && method == "HEAD") chosen = get;
  if (chosen == nullptr) {
    if (get != nullptr && std::find(methods.begin(), methods.end(), "HEAD") == methods.end()) methods.push_back("HEAD");
    std::sort(methods.begin(), methods.end());
    match.status = 405;
    for (const std::string_view one : methods) match.allow += (match.allow.empty() ? "" : ", ") + std::string(one);
    return match;
  }

  match.status = 200;
  match.handler = &chosen->handler;
  match.access = chosen->access;
  match.route = chosen->pattern;
  for (std::size_t i = 0; i < chosen->parts.size(); ++i) {
    if (chosen->parts[i] == kAny) match.captures.emplace_back(parts.part[i]);
    if (chosen->parts[i] == kRest) {
      std::string rest;
      for (std::size_t j = i; j < parts.count; ++j) rest += (rest.empty() ? "" : "/") + std::string(parts.part[j]);
      match.captures.push_back(std::move(rest));
    }
  }
  return match;
}

}  // namespace gatehouse::gateway
