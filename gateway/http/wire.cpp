#include "gateway/http/wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/http/date.hpp"

namespace gatehouse::gateway {
namespace {

constexpr std::size_t kMethodBytes = 32;
constexpr std::size_t kChunkLineBytes = 10;       // eight hexadecimal digits and CRLF
constexpr std::size_t kReserveBytes = 16 * 1024;  // a length that is only promised buys no more memory than this

bool digit(char c) { return c >= '0' && c <= '9'; }
bool hex_digit(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 3986: pchar, `/` and, in a query, `?`.
bool target_character(char c, bool query) {
  return letter(c) || digit(c) || std::string_view("-._~!$&'()*+,;=:@/%").find(c) != std::string_view::npos || (query && c == '?');
}

bool percent_encoding_is_whole(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1))
    if (at + 2 >= text.size() || !hex_digit(text[at + 1]) || !hex_digit(text[at + 2])) return false;
  return true;
}

bool value_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// host [":" port]: a name, an IPv4 address or a bracketed IPv6 address. No user information, nothing encoded.
bool authority_text(std::string_view text) {
  if (text.empty() || text.size() > 260) return false;
  std::string_view port;
  if (text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const std::string_view address = text.substr(1, end - 1);
    if (!std::all_of(address.begin(), address.end(), [](char c) { return hex_digit(c) || c == ':' || c == '.'; })) return false;
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (name.empty() ||
        !std::all_of(name.begin(), name.end(), [](char c) { return letter(c) || digit(c) || c == '-' || c == '.' || c == '_'; }))
      return false;
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) return true;
  return port.front() == ':' && port.size() >= 2 && port.size() <= 6 && std::all_of(port.begin() + 1, port.end(), digit);
}

}  // namespace

void RequestReader::refuse(std::string_view code, std::string detail, std::string where) {
  if (stage_ == Stage::refused) return;
  stage_ = Stage::refused;
  keep_alive_ = false;
  refusal_ = problem(code, std::move(detail), std::move(where));
}

std::size_t RequestReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (stage_ != Stage::complete && stage_ != Stage::refused) {
    const std::string_view rest = bytes.substr(used);

    if (stage_ == Stage::length_body || stage_ == Stage::chunk_data) {
      const std::size_t now = std::min(remaining_, rest.size());
      request_.body.append(rest.substr(0, now));
      used += now;
      remaining_ -= now;
      if (remaining_ > 0) return used;
      stage_ = stage_ == Stage::length_body ? Stage::complete : Stage::chunk_end;
      continue;
    }

    // All else is lines. What is not whole yet is looked at once, not again with each byte that comes.
    const bool head = stage_ == Stage::request_line || stage_ == Stage::fields;
    if (stage_ == Stage::request_line && head_used_ == 0 && !rest.empty() && !is_token(rest.substr(0, 1))) {
      refuse("bad-request", "a request begins with a method");
      return used;
    }
    const std::size_t end = rest.find('\n', scanned_);
    const std::size_t allowed = head ? limits_.header_bytes - head_used_ : kChunkLineBytes;
    if (std::min(end, rest.size()) >= allowed) {
      if (!head)
        refuse("bad-request", "a chunk begins with up to eight hexadecimal digits and a line end, without extensions", "transfer-encoding");
      else if (stage_ == Stage::request_line)
        refuse("uri-too-long", "the first line may have " + std::to_string(limits_.target_bytes) + " bytes of target");
      else
        refuse("header-too-large", "all fields together may have " + std::to_string(limits_.header_bytes) + " bytes");
      return used;
    }
    if (end == std::string_view::npos) {
      scanned_ = rest.size();
      return used;
    }
    scanned_ = 0;
    if (end == 0 || rest[end - 1] != '\r') {
      refuse("bad-request", "lines end with CR LF");
      return used;
    }
    const std::string_view line = rest.substr(0, end - 1);
    used += end + 1;
    if (head) head_used_ += end + 1;

    switch (stage_) {
      case Stage::request_line:
        read_request_line(line);
        break;
      case Stage::fields:
        if (line.empty())
          end_of_fields();
        else
          read_field(line);
        break;
      case Stage::chunk_size:
        read_chunk_size(line);
        break;
      case Stage::chunk_end:
        if (line.empty())
          stage_ = Stage::chunk_size;
        else
          refuse("bad-request", "a chunk is longer than it said", "transfer-encoding");
        break;
      case Stage::last_line:
        if (line.empty())
          stage_ = Stage::complete;
        else
          refuse("bad-request", "trailers are not read here", "transfer-encoding");
        break;
      case Stage::length_body:
      case Stage::chunk_data:
      case Stage::complete:
      case Stage::refused:
        refuse("internal", "");
        break;  // cannot be: handled above
    }
  }
  return used;
}

void RequestReader::read_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return refuse("bad-request", "the first line is a method, a target and `HTTP/1.1`, one space between");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || method.size() > kMethodBytes) return refuse("bad-request", "the method is not one");
  if (version == "HTTP/1.0") {
    version_1_0_ = true;
    keep_alive_ = false;
  } else if (version != "HTTP/1.1") {
    if (version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) && version[6] == '.' && digit(version[7]))
      return refuse("version-not-supported", "speak HTTP/1.1");
    return refuse("bad-request", "the first line ends with `HTTP/1.1`");
  }
  if (target.size() > limits_.target_bytes)
    return refuse("uri-too-long", "a target may have " + std::to_string(limits_.target_bytes) + " bytes");
  request_.method = method;
  stage_ = Stage::fields;
  read_target(target);
}

void RequestReader::read_target(std::string_view target) {
  constexpr std::string_view kScheme = "https://";
  if (!target.starts_with('/')) {
    if (target.size() <= kScheme.size() || !same_name(target.substr(0, kScheme.size()), kScheme))
      return refuse("bad-request", "the target is a path, or `https://` and this host and a path");
    target.remove_prefix(kScheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    if (!authority_text(target.substr(0, end))) return refuse("bad-request", "the target names no host that could be one");
    authority_ = std::string(target.substr(0, end));
    target.remove_prefix(end);
  }
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  if (question != std::string_view::npos) {
    request_.has_query = true;
    request_.query = target.substr(question + 1);
  }
  request_.path = path.empty() ? std::string_view("/") : path;
  const auto plain = [](std::string_view text, bool query) {
    return std::all_of(text.begin(), text.end(), [query](char c) { return target_character(c, query); }) && percent_encoding_is_whole(text);
  };
  if (!plain(path, false) || !plain(request_.query, true))
    refuse("bad-request", "the target holds a character that must be percent-encoded, or a percent sign without two hexadecimal digits");
}

void RequestReader::read_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return refuse("bad-request", "a field goes on one line");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse("bad-request", "a field is a name, a colon and a value");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name)) return refuse("bad-request", "a field name is a token right before its colon");
  if (!value_text(value)) return refuse("bad-request", "a field value holds a control character");
  if (request_.headers.size() >= limits_.fields)
    return refuse("header-too-large", "at most " + std::to_string(limits_.fields) + " fields are read");

  if (same_name(name, "content-length")) {
    if (length_) return refuse("bad-request", "the length of a body is said once", "content-length");
    std::size_t length = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (value.empty() || !std::all_of(value.begin(), value.end(), digit) || error == std::errc::invalid_argument)
      return refuse("bad-request", "a length is decimal digits", "content-length");
    // More digits than a number has is a length like any other that is too large.
    length_ = error == std::errc::result_out_of_range ? SIZE_MAX : length;
  } else if (same_name(name, "transfer-encoding")) {
    if (chunked_ || !same_name(value, "chunked"))
      return refuse("bad-request", "the only coding read here is `chunked`, once", "transfer-encoding");
    chunked_ = true;
  } else if (same_name(name, "host")) {
    if (request_.header_count("host") > 0) return refuse("bad-request", "the host is said once", "host");
    if (!authority_text(value)) return refuse("bad-request", "a host is a name or an address, and a port", "host");
  } else if (same_name(name, "expect")) {
    if (!same_name(value, "100-continue")) return refuse("expectation-failed", "leave the field out", "expect");
    expect_continue_ = !version_1_0_;
  } else if (same_name(name, "connection")) {
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view option = trim(rest.substr(0, comma));
      if (!option.empty() && !is_token(option)) return refuse("bad-request", "Connection is a list of tokens", "connection");
      if (same_name(option, "close")) keep_alive_ = false;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  request_.headers.emplace_back(name, value);
}

void RequestReader::end_of_fields() {
  const std::string_view host = request_.header("host");
  if (host.empty() && !version_1_0_) return refuse("bad-request", "HTTP/1.1 needs the field Host", "host");
  if (authority_ && !(host.empty() && version_1_0_) && !same_name(*authority_, host))
    return refuse("bad-request", "the target and the field Host name different hosts", "host");
  if (chunked_ && length_) return refuse("bad-request", "Content-Length and Transfer-Encoding exclude each other", "transfer-encoding");
  if (chunked_ && version_1_0_) return refuse("bad-request", "HTTP/1.0 knows no Transfer-Encoding", "transfer-encoding");
  const bool bodiless = request_.method == "GET" || request_.method == "HEAD";
  if (bodiless && (chunked_ || length_.value_or(0) > 0)) return refuse("bad-request", "a " + request_.method + " request has no body");
  if (limits_.larger_body) limits_.body_bytes = std::max(limits_.body_bytes, limits_.larger_body(request_));
  if (length_.value_or(0) > limits_.body_bytes)
    return refuse("body-too-large", "a body may have " + std::to_string(limits_.body_bytes) + " bytes", "content-length");

  request_.has_body = chunked_ || length_;
  remaining_ = length_.value_or(0);
  request_.body.reserve(std::min(remaining_, kReserveBytes));
  stage_ = chunked_ ? Stage::chunk_size : remaining_ > 0 ? Stage::length_body : Stage::complete;
}

void RequestReader::read_chunk_size(std::string_view line) {
  std::size_t size = 0;
  if (line.empty() || !std::all_of(line.begin(), line.end(), hex_digit) ||
      std::from_chars(line.data(), line.data() + line.size(), size, 16).ec != std::errc())
    return refuse("bad-request", "a chunk begins with up to eight hexadecimal digits and a line end, without extensions",
                  "transfer-encoding");
  if (size > limits_.body_bytes - request_.body.size())
    return refuse("body-too-large", "a body may have " + std::to_string(limits_.body_bytes) + " bytes", "transfer-encoding");
  remaining_ = size;
  stage_ = size == 0 ? Stage::last_line : Stage::chunk_data;
}

// ---------------------------------------------------------------- answers

namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";  // RFC 9112 section 4: the phrase may be empty
  }
}

bool ours_alone(std::string_view name) {
  for (const std::string_view framing :
       {"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer", "date", "server", "gatehouse-request-id"})
    if (same_name(name, framing)) return true;
  return false;
}

}  // namespace

std::string wire_text(const Response& response, const WireAnswer& answer) {
  // A handler that answers with an interim or impossible status has answered nothing.
  const int status = response.status >= 200 && response.status <= 599 ? response.status : 500;
  const bool bodiless = status == 204 || status == 304;

  std::string text;
  std::size_t size = 256 + answer.request_id.size() + response.body.size();
  for (const auto& [name, value] : response.headers) size += name.size() + value.size() + 4;
  text.reserve(size);

  const auto field = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  text.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason(status)).append("\r\n");
  field("date", http_date(answer.now));
  field("gatehouse-request-id", answer.request_id);
  bool caching = false, sniffing = false;
  for (const auto& [name, value] : response.headers) {
    if (ours_alone(name) || !is_token(name) || !value_text(value)) continue;
    caching = caching || same_name(name, "cache-control");
    sniffing = sniffing || same_name(name, "x-content-type-options");
    field(name, value);
  }
  if (!caching) field("cache-control", "no-store");
  if (!sniffing) field("x-content-type-options", "nosniff");
  if (!bodiless) field("content-length", std::to_string(response.body.size()));
  if (answer.close) field("connection", "close");
  text.append("\r\n");
  if (!bodiless && !answer.head_only) text.append(response.body);
  return text;
}

}  // namespace gatehouse::gateway
