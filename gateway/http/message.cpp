#include "gateway/http/message.hpp"

#include <algorithm>

namespace gatehouse::gateway {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::string_view first(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return {};
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), token_character); }

std::string_view Request::header(std::string_view name) const { return first(headers, name); }

std::size_t Request::header_count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(), [&](const auto& field) { return same_name(field.first, name); }));
}

void Response::set(std::string_view name, std::string_view value) {
  std::erase_if(headers, [&](const auto& field) { return same_name(field.first, name); });
  if (!is_token(name) || !std::all_of(value.begin(), value.end(), value_character)) return;
  headers.emplace_back(name, value);
}

std::string_view Response::header(std::string_view name) const { return first(headers, name); }

}  // namespace gatehouse::gateway
