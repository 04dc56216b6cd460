// E-mail (RFC 5322, MIME): headers, every text part, names of attachments; what is attached is read for matching and left out of the result.
#include <gmime/gmime.h>
#include <iconv.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "gateway/convert/collect.hpp"

namespace gatehouse::convert {

namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Held = std::unique_ptr<T, Unref>;
struct Free {
  void operator()(char* text) const { g_free(text); }
};
using HeldText = std::unique_ptr<char, Free>;

constexpr int kMostParts = 500;
constexpr int kMostLevels = 12;

// Carried headers: what a reader of the message sees. The rest (Received, X-…, Message-ID) is read for matching.
constexpr const char* kShown[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

class Message {
 public:
  Message(Collector& into, int depth) : into_(into), depth_(depth) {}

  void whole(GMimeMessage* message) {
    into_.part("header", "message", true);
    headers(GMIME_OBJECT(message), true);
    GMimeObject* body = g_mime_message_get_mime_part(message);
    if (body == nullptr) refuse("damaged", "the message has no body", "save it again from the mail program");
    object(body, 0, true, "1");
    for (auto& [name, text] : asides_) into_.aside("header", name, std::move(text));
    // An HTML part says the same as the text part, or is all there is: both are carried when both are there.
    for (auto& [kind, part] : bodies_) {
      into_.part("body", kind, true);
      for (auto& block : part.blocks) add(block);
    }
    for (auto& [kind, read] : readings_) into_.absorb(read, kind, "attachment");
    if (!attachments_.empty()) {
      into_.part("attachment", "names of attachments", true);
      for (auto& name : attachments_) into_.paragraph("Attachment, left out: " + name);
    }
  }

 private:
  void add(Block& block) {
    if (block.kind == Block::Kind::row) into_.row(std::move(block.cells));
    else if (block.kind == Block::Kind::page_break) into_.page_break();
    else into_.paragraph(std::move(block.cells.front()), block.kind, block.level);
  }

  void headers(GMimeObject* of, bool outermost) {
    GMimeHeaderList* list = g_mime_object_get_header_list(of);
    const int count = g_mime_header_list_get_count(list);
    if (count > 1000) refuse("too_large", "it has more headers than are read", "a person must look at it");
    for (int i = 0; i < count; ++i) {
      GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
      const char* name = g_mime_header_get_name(header);
      const char* raw = g_mime_header_get_raw_value(header);
      if (name == nullptr || raw == nullptr) continue;
      // Decoded words (RFC 2047). What is not text then is not read for certain.
      HeldText unfolded(g_mime_utils_header_unfold(raw));
      const HeldText decoded(g_mime_utils_header_decode_text(nullptr, unfolded.get()));
      std::string value = decoded ? decoded.get() : "";
      if (!utf8(value) && !decode(raw, "windows-1252", value)) refuse("not_utf8", "a header is not valid text", "save it again from the mail program");
      while (!value.empty() && (value.front() == ' ' || value.front() == '\n')) value.erase(0, 1);
      if (value.find("=?") != std::string::npos && value.find("?=") != std::string::npos)
        into_.trouble("message", "a header is in a character set that is not read", true);
      const bool shown = outermost && std::any_of(std::begin(kShown), std::end(kShown), [&](const char* one) { return g_ascii_strcasecmp(one, name) == 0; });
      if (shown) {
        into_.paragraph(std::string(name) + ": " + value);
        HeldText body(g_mime_utils_header_decode_phrase(nullptr, unfolded.get()));
        // "=?…?=" inside quotes is decoded by some readers and not by others: both are looked at.
        if (body && value != body.get()) asides_.emplace_back("headers", body.get());
      } else {
        asides_.emplace_back("headers", std::string(name) + ": " + value);
      }
    }
  }

  void object(GMimeObject* node, int level, bool seen, const std::string& where) {
    if (level > kMostLevels) refuse("too_deep", "its parts lie more deeply in each other than is read", "a person must look at it");
    if (++parts_ > kMostParts) refuse("too_large", "it has more parts than are read", "a person must look at it");
    if (level > 0) headers(node, false);
    if (GMIME_IS_MULTIPART(node)) {
      GMimeContentType* type = g_mime_object_get_content_type(node);
      if (GMIME_IS_MULTIPART_ENCRYPTED(node) || g_mime_content_type_is_type(type, "multipart", "encrypted"))
        refuse("encrypted", "the message is encrypted", "open it in the mail program and save it unprotected");
      auto* multipart = GMIME_MULTIPART(node);
      if (const char* before = g_mime_multipart_get_prologue(multipart)) outside(before);
      if (const char* after = g_mime_multipart_get_epilogue(multipart)) outside(after);
      const int count = g_mime_multipart_get_count(multipart);
      for (int i = 0; i < count; ++i) object(g_mime_multipart_get_part(multipart, i), level + 1, seen, where + "." + std::to_string(i + 1));
      return;
    }
    if (GMIME_IS_MESSAGE_PART(node)) {  // a forwarded message, as an attachment
      GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(node));
      const char* subject = inner == nullptr ? nullptr : g_mime_message_get_subject(inner);
      attachments_.push_back(subject == nullptr || !utf8(subject) ? "a message" : std::string("a message: ") + subject);
      into_.left_out("attachments");
      if (inner == nullptr) return;
      Collector apart(Format::email);
      Message read(apart, depth_ + 1);
      if (depth_ + 1 > kDeepest) {
        into_.trouble("part " + where, "messages lie more deeply in each other than is read", true);
        return;
      }
      read.whole(inner);
      Read found = apart.take();
      for (const auto& one : found.troubles) into_.trouble("part " + where, one.what, one.blocks);
      readings_.emplace_back("attachment", std::move(found));
      return;
    }
    if (GMIME_IS_MESSAGE_PARTIAL(node)) {
      into_.trouble("part " + where, "it is one piece of a message that was cut up", true);
      return;
    }
    if (GMIME_IS_PART(node)) return leaf(GMIME_PART(node), seen, where);
    into_.trouble("part " + where, "a part of a kind that is not read", true);
  }

  // Text that mail programs do not show.
  void outside(const char* text) {
    std::string out;
    if (utf8(text)) out = text;
    else if (!decode(text, "windows-1252", out)) out.clear();
    asides_.emplace_back("between parts", out);
  }

  std::string bytes_of(GMimePart* part) {
    GMimeDataWrapper* content = g_mime_part_get_content(part);
    if (content == nullptr) return {};
    const Held<GMimeStream> memory(g_mime_stream_mem_new());
    if (g_mime_data_wrapper_write_to_stream(content, memory.get()) < 0) refuse("damaged", "a part cannot be decoded", "save it again from the mail program");
    GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
    if (bytes == nullptr) return {};
    return std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
  }

  void leaf(GMimePart* part, bool seen, const std::string& where) {
    GMimeContentType* type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    const char* raw_media = type == nullptr ? nullptr : g_mime_content_type_get_media_type(type);
    const char* raw_kind = type == nullptr ? nullptr : g_mime_content_type_get_media_subtype(type);
    const std::string media = raw_media == nullptr ? "text" : lower(raw_media), kind = raw_kind == nullptr ? "plain" : lower(raw_kind);
    const char* disposition = g_mime_object_get_disposition(GMIME_OBJECT(part));
    const bool attached = disposition != nullptr && g_ascii_strcasecmp(disposition, "attachment") == 0;
    if (media == "application" && (kind == "pkcs7-mime" || kind == "x-pkcs7-mime" || kind == "pgp-encrypted"))
      refuse("encrypted", "the message is encrypted or wrapped in a signature", "open it in the mail program and save it unprotected");
    if (media == "application" && (kind == "pgp-signature" || kind == "pkcs7-signature" || kind == "x-pkcs7-signature")) {
      into_.left_out("signatures");
      return;
    }
    const char* name = g_mime_part_get_filename(part);
    if (seen && !attached && media == "text" && (kind == "plain" || kind == "html") && name == nullptr) {
      const char* charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
      std::string bytes = bytes_of(part), text;
      std::string set = charset == nullptr ? "utf-8" : lower(charset);
      if (set == "us-ascii" || set == "ascii" || set == "utf8") set = "utf-8";
      if (set == "iso-8859-1" || set == "latin1") set = "windows-1252";  // as mail programs read it
      if (set == "utf-8") {
        text = std::move(bytes);
        if (!utf8(text)) refuse("not_utf8", "a text in it is not valid UTF-8", "save it again from the mail program");
      } else if (!decode(bytes, set, text)) {
        into_.trouble("part " + where, "its character set is not one that is read, or the text does not fit it", true);
        return;
      }
      if (kind == "plain") {
        Part out{"body", "text", true, {}};
        split(text, out);
        bodies_.emplace_back("text", std::move(out));
      } else {
        Read html = read_html(text);
        for (auto& one : html.troubles) into_.trouble("part " + where, one.what, one.blocks);
        for (const auto& [what, count] : html.left_out) into_.left_out(what, count);
        Part out{"body", "html", true, {}};
        Read rest;
        for (auto& one : html.parts) {
          if (one.carried) std::move(one.blocks.begin(), one.blocks.end(), std::back_inserter(out.blocks));
          else rest.parts.push_back(std::move(one));
        }
        bodies_.emplace_back("html", std::move(out));
        if (!rest.parts.empty()) readings_.emplace_back("hidden", std::move(rest));
      }
      return;
    }
    // Everything else is an attachment: its name is shown, redacted; what is in it is read for matching as far as we can.
    attachments_.push_back(name == nullptr ? "without a name" : utf8(name) ? name : "a name that is not text");
    const bool picture = media == "image";
    into_.left_out(picture ? "pictures" : "attachments");
    const std::string bytes = bytes_of(part);
    if (!picture && depth_ + 1 <= kDeepest) {
      Format said{};
      const bool known = documents::format_of_media_type(media + "/" + kind, said) || (name != nullptr && documents::format_of_name(name, said));
      if (const auto inner = read(bytes, known ? &said : nullptr, depth_ + 1)) {
        readings_.emplace_back("attachment", *inner);
        if (!inner->blocked()) return;
      }
    }
    into_.trouble("part " + where, picture ? "a picture is left out" : "an attachment that cannot be read for certain is left out", false);
  }

  // A text body: paragraphs as they stand, so that lines of an address stay together.
  static void split(std::string_view text, Part& out) {
    std::string paragraph;
    const auto close = [&] {
      Block block;
      block.cells.push_back(std::move(paragraph));
      if (!blank(block.cells.front())) out.blocks.push_back(std::move(block));
      paragraph.clear();
    };
    std::size_t at = 0;
    while (at <= text.size()) {
      std::size_t end = text.find('\n', at);
      if (end == std::string_view::npos) end = text.size();
      auto line = text.substr(at, end - at);
      at = end + 1;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (blank(line)) {
        close();
      } else {
        if (!paragraph.empty()) paragraph += '\n';
        paragraph += line;
      }
    }
    close();
  }

  Collector& into_;
  int depth_;
  int parts_ = 0;
  std::vector<std::pair<std::string, std::string>> asides_;
  std::vector<std::pair<std::string, Part>> bodies_;
  std::vector<std::pair<const char*, Read>> readings_;
  std::vector<std::string> attachments_;
};

std::string quoted(std::string value) {
  // An encoded word may hold a line end, and what follows it must not become a header of ours.
  for (char& c : value)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  const HeldText text(g_mime_utils_header_encode_text(nullptr, value.c_str(), "utf-8"));
  return text ? text.get() : "";
}

GMimePart* text_part(const char* kind, const std::string& text) {
  GMimePart* part = g_mime_part_new_with_type("text", kind);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
  const Held<GMimeStream> memory(g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
  const Held<GMimeDataWrapper> content(g_mime_data_wrapper_new_with_stream(memory.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part, content.get());
  g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  return part;
}

}  // namespace

Read read_email(std::string_view bytes, int depth) {
  const Held<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Held<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_format(parser.get(), bytes.starts_with("From ") ? GMIME_FORMAT_MBOX : GMIME_FORMAT_MESSAGE);
  const Held<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!message) refuse("damaged", "it cannot be read as a message", "save it again from the mail program");
  if (bytes.starts_with("From ") && !g_mime_parser_eos(parser.get())) refuse("wrong_format", "it holds more than one message", "save each message by itself");
  Collector into(Format::email);
  Message read(into, depth);
  read.whole(message.get());
  return into.take();
}

std::string write_email(const Read& document, const std::string& title) {
  Read text, html;
  std::string plain;
  std::string subject = title;
  bool any_html = false;
  for (const Part& part : document.parts) {
    if (!part.carried) continue;
    const bool is_html = part.kind == "body" && part.where == "html";
    const bool is_text = part.kind == "body" && part.where == "text";
    any_html = any_html || is_html;
    if (!is_text) html.parts.push_back(part);
    if (!is_html) text.parts.push_back(part);
  }
  // With an HTML part alone the text part would say nothing but the headers: then it says what the HTML says.
  const bool any_text = std::any_of(text.parts.begin(), text.parts.end(), [](const Part& part) { return part.kind == "body"; });
  if (any_html && !any_text) text = html;
  for (const Part& part : text.parts) {
    for (const Block& block : part.blocks) {
      if (block.kind == Block::Kind::page_break) continue;
      if (part.kind == "header" && block.cells.front().starts_with("Subject: ")) subject = block.cells.front().substr(9);
      for (std::size_t i = 0; i < block.cells.size(); ++i) plain += (i > 0 ? "\t" : block.kind == Block::Kind::list_item ? "- " : "") + block.cells[i];
      plain += part.kind == "header" ? "\n" : "\n\n";
    }
    plain += '\n';
  }
  const Held<GMimePart> first(text_part("plain", plain));
  Held<GMimeMultipart> both;
  Held<GMimePart> second;
  if (any_html) {
    second.reset(text_part("html", html_of(html, title)));
    both.reset(g_mime_multipart_new_with_subtype("alternative"));
    g_mime_multipart_set_boundary(both.get(), "=-redacted-copy-=");
    g_mime_multipart_add(both.get(), GMIME_OBJECT(first.get()));
    g_mime_multipart_add(both.get(), GMIME_OBJECT(second.get()));
  }
  const Held<GMimeMessage> message(g_mime_message_new(false));
  // The senders of the original are named in the text, redacted: this message is from nobody.
  g_mime_object_set_header(GMIME_OBJECT(message.get()), "From", "Redacted copy <redacted@example.invalid>", nullptr);
  g_mime_object_set_header(GMIME_OBJECT(message.get()), "Subject", quoted(subject).c_str(), nullptr);
  g_mime_object_set_header(GMIME_OBJECT(message.get()), "MIME-Version", "1.0", nullptr);
  g_mime_message_set_mime_part(message.get(), both ? GMIME_OBJECT(both.get()) : GMIME_OBJECT(first.get()));
  const HeldText bytes(g_mime_object_to_string(GMIME_OBJECT(message.get()), nullptr));
  if (!bytes) refuse("unwritable", "the message could not be written", "a person must look at it");
  return bytes.get();
}

}  // namespace gatehouse::convert
