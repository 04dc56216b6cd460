#include "gateway/documents/model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace gatehouse::documents {

using nlohmann::json;

namespace {

constexpr std::size_t kMostParts = 20'000;
constexpr std::size_t kMostTroubles = 1'000;

// Reads our own shape strictly; the first thing that is wrong is kept.
class Reader {
 public:
  policy::Error error;
  bool failed = false;

  void wrong(const std::string& where, const char* what) {
    if (failed) return;
    failed = true;
    error = policy::Error{"bad_reading", where, what, "this is not what gatehouse convert writes", {}};
  }
  const json* object(const json& value, const std::string& where, std::initializer_list<const char*> keys) {
    if (!value.is_object()) return wrong(where, "must be an object"), nullptr;
    for (const auto& [key, unused] : value.items())
      if (std::none_of(keys.begin(), keys.end(), [&](const char* one) { return key == one; })) return wrong(where, "has an unknown key"), nullptr;
    for (const char* key : keys)
      if (!value.contains(key)) return wrong(where, "lacks a key"), nullptr;
    return &value;
  }
  std::string text(const json& value, const std::string& where, std::size_t longest) {
    if (!value.is_string()) return wrong(where, "must be a text"), std::string();
    const auto& out = value.get_ref<const std::string&>();
    if (out.size() > longest) return wrong(where, "is too long"), std::string();
    return out;
  }
  bool flag(const json& value, const std::string& where) {
    if (!value.is_boolean()) return wrong(where, "must be true or false"), false;
    return value.get<bool>();
  }
  const json* array(const json& value, const std::string& where, std::size_t most) {
    if (!value.is_array()) return wrong(where, "must be a list"), nullptr;
    if (value.size() > most) return wrong(where, "is too long"), nullptr;
    return &value;
  }
  template <std::size_t N>
  std::size_t word(const json& value, const std::string& where, const std::array<std::string_view, N>& words) {
    const std::string given = text(value, where, 40);
    const auto at = std::find(words.begin(), words.end(), given);
    if (at == words.end()) return wrong(where, "is not one of its words"), 0;
    return static_cast<std::size_t>(at - words.begin());
  }
};

Part read_part(Reader& in, const json& value, const std::string& where, std::size_t& text_left, std::size_t& blocks_left) {
  Part part;
  const json* found = in.object(value, where, {"kind", "where", "carried", "blocks"});
  if (found == nullptr) return part;
  part.kind = in.text((*found)["kind"], where + ".kind", 40);
  part.where = in.text((*found)["where"], where + ".where", 200);
  part.carried = in.flag((*found)["carried"], where + ".carried");
  const json* blocks = in.array((*found)["blocks"], where + ".blocks", blocks_left);
  if (blocks == nullptr) return part;
  blocks_left -= blocks->size();
  part.blocks.reserve(blocks->size());
  for (const json& one : *blocks) {
    const json* got = in.object(one, where + ".blocks", {"kind", "level", "cells"});
    if (got == nullptr) return part;
    Block block;
    block.kind = static_cast<Block::Kind>(in.word((*got)["kind"], where + ".blocks.kind", Block::kinds));
    const json& level = (*got)["level"];
    if (!level.is_number_unsigned() || level.get<std::uint64_t>() > 6) return in.wrong(where + ".blocks.level", "must be 0 to 6"), part;
    block.level = level.get<int>();
    const json* cells = in.array((*got)["cells"], where + ".blocks.cells", 2000);
    if (cells == nullptr) return part;
    for (const json& cell : *cells) {
      block.cells.push_back(in.text(cell, where + ".blocks.cells", text_left));
      if (in.failed) return part;
      text_left -= block.cells.back().size();
    }
    const std::size_t count = block.cells.size();
    if (block.kind == Block::Kind::page_break ? count != 0 : block.kind == Block::Kind::row ? count == 0 : count != 1)
      return in.wrong(where + ".blocks.cells", "has the wrong number of texts"), part;
    part.blocks.push_back(std::move(block));
  }
  return part;
}

}  // namespace

bool Read::blocked() const {
  return std::any_of(troubles.begin(), troubles.end(), [](const Trouble& one) { return one.blocks; });
}

std::string to_json(const Reading& reading) {
  json out;
  if (!reading) {
    out["refused"] = {{"code", reading.error().code}, {"what", reading.error().what}, {"remedy", reading.error().remedy}};
  } else {
    out["format"] = text(reading->format);
    out["blocked"] = reading->blocked();
    json parts = json::array();
    for (const Part& part : reading->parts) {
      json blocks = json::array();
      for (const Block& block : part.blocks)
        blocks.push_back({{"kind", Block::kinds[static_cast<std::size_t>(block.kind)]}, {"level", block.level}, {"cells", block.cells}});
      parts.push_back({{"kind", part.kind}, {"where", part.where}, {"carried", part.carried}, {"blocks", std::move(blocks)}});
    }
    out["parts"] = std::move(parts);
    json flags = json::array();
    for (const Trouble& one : reading->troubles)
      flags.push_back({{"why", "container"}, {"where", one.where}, {"what", one.what}, {"blocks", one.blocks}});
    out["flags"] = std::move(flags);
    out["left_out"] = json::object();
    for (const auto& [what, count] : reading->left_out) out["left_out"][what] = count;
  }
  return out.dump(-1, ' ', false, json::error_handler_t::strict);
}

std::expected<Reading, policy::Error> read_reading(std::string_view text) {
  Reader in;
  // Depth is bounded by the shape: anything deeper is not it, and is refused before it is built.
  bool deep = false;
  const auto watch = [&deep](int depth, json::parse_event_t, json&) {
    if (depth > 8) deep = true;
    return !deep;
  };
  const json value = json::parse(text.begin(), text.end(), watch, false);
  if (deep || value.is_discarded()) return std::unexpected(policy::Error{"bad_reading", "$", "this is not JSON in UTF-8", "the reader may have been stopped", {}});
  if (value.is_object() && value.contains("refused")) {
    const json* outer = in.object(value, "$", {"refused"});
    const json* found = outer == nullptr ? nullptr : in.object((*outer)["refused"], "$.refused", {"code", "what", "remedy"});
    Refusal refusal;
    if (found != nullptr) {
      refusal.code = in.text((*found)["code"], "$.refused.code", 40);
      refusal.what = in.text((*found)["what"], "$.refused.what", 400);
      refusal.remedy = in.text((*found)["remedy"], "$.refused.remedy", 400);
    }
    if (in.failed) return std::unexpected(in.error);
    return Reading(std::unexpected(std::move(refusal)));
  }
  Read out;
  const json* found = in.object(value, "$", {"format", "blocked", "parts", "flags", "left_out"});
  if (found == nullptr) return std::unexpected(in.error);
  out.format = static_cast<Format>(in.word((*found)["format"], "$.format", kFormats));
  const bool blocked = in.flag((*found)["blocked"], "$.blocked");
  std::size_t text_left = kMostText + kMostText / 2, blocks_left = kMostBlocks + kMostParts;
  if (const json* parts = in.array((*found)["parts"], "$.parts", kMostParts))
    for (std::size_t i = 0; i < parts->size() && !in.failed; ++i)
      out.parts.push_back(read_part(in, (*parts)[i], "$.parts[" + std::to_string(i) + "]", text_left, blocks_left));
  if (const json* flags = in.array((*found)["flags"], "$.flags", kMostTroubles)) {
    for (const json& one : *flags) {
      const json* got = in.object(one, "$.flags", {"why", "where", "what", "blocks"});
      if (got == nullptr) break;
      Trouble trouble;
      if (in.text((*got)["why"], "$.flags.why", 40) != "container") in.wrong("$.flags.why", "is not one of its words");
      trouble.where = in.text((*got)["where"], "$.flags.where", 200);
      trouble.what = in.text((*got)["what"], "$.flags.what", 400);
      trouble.blocks = in.flag((*got)["blocks"], "$.flags.blocks");
      out.troubles.push_back(std::move(trouble));
    }
  }
  const json& left_out = (*found)["left_out"];
  if (!left_out.is_object() || left_out.size() > 100) in.wrong("$.left_out", "must be an object of numbers");
  else
    for (const auto& [what, count] : left_out.items()) {
      if (!count.is_number_unsigned() || what.size() > 60) in.wrong("$.left_out", "must be an object of numbers");
      else out.left_out[what] = count.get<std::uint64_t>();
    }
  if (!in.failed && blocked != out.blocked()) in.wrong("$.blocked", "contradicts the flags");
  if (in.failed) return std::unexpected(in.error);
  return Reading(std::move(out));
}

bool format_of_media_type(std::string_view media_type, Format& out) {
  std::string type(media_type.substr(0, media_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  static const std::map<std::string_view, Format> known = {
      {"text/plain", Format::text},     {"text/markdown", Format::markdown}, {"text/html", Format::html},
      {"message/rfc822", Format::email}, {"application/pdf", Format::pdf},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", Format::docx}};
  const auto found = known.find(type);
  if (found == known.end()) return false;
  out = found->second;
  return true;
}

bool format_of_name(std::string_view file_name, Format& out) {
  const auto dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string end(file_name.substr(dot + 1));
  std::transform(end.begin(), end.end(), end.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  static const std::map<std::string_view, Format> known = {{"txt", Format::text},      {"text", Format::text}, {"md", Format::markdown}, {"markdown", Format::markdown},
                                                           {"html", Format::html},     {"htm", Format::html},  {"eml", Format::email},   {"docx", Format::docx},
                                                           {"pdf", Format::pdf}};
  const auto found = known.find(end);
  if (found == known.end()) return false;
  out = found->second;
  return true;
}

}  // namespace gatehouse::documents
