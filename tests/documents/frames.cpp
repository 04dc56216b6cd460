#include "tests/documents/frames.hpp"

#include <algorithm>
#include <stdexcept>

namespace gatehouse::invented {

namespace {

[[noreturn]] void wrong(std::string_view text, const std::string& why) { throw std::runtime_error(why + " in frame: " + std::string(text)); }

// The index after the brace that closes the one before `at`.
std::size_t closing(std::string_view text, std::size_t at) {
  int depth = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  wrong(text, "a brace that nothing closes");
}

// At the bars that stand in no inner brace; unlike lists, an empty part is a part.
std::vector<std::string_view> at_bars(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == '|' && depth == 0)) {
      parts.push_back(text.substr(from, i - from));
      from = i + 1;
      continue;
    }
    if (text[i] == '{') ++depth;
    if (text[i] == '}') --depth;
  }
  return parts;
}

Node read_pool(std::string_view all) {
  const auto parts = at_bars(all);
  const auto words = split(parts[0], ' ');
  if (words.size() != 4 || words[2] != "of" || parts.size() > 2) wrong(all, "a pool is `3-5 sentences of name`");
  Node node;
  node.kind = Node::Kind::pool;
  const auto dash = words[0].find('-');
  node.least = std::stoi(words[0].substr(0, dash));
  node.most = dash == std::string::npos ? node.least : std::stoi(words[0].substr(dash + 1));
  if (words[1] == "lines") node.layout = Node::Layout::lines;
  else if (words[1] == "paragraphs") node.layout = Node::Layout::paragraphs;
  else if (words[1] != "sentences") wrong(all, "no such layout");
  node.text = words[3];
  if (parts.size() == 2) node.branches.push_back(read_frame(parts[1]));
  return node;
}

Node read_node(std::string_view inner, std::string_view whole) {
  Node node;
  if (inner.empty()) wrong(whole, "empty braces");
  if (inner[0] == '?') {
    node.kind = Node::Kind::choice;
    for (const std::string_view part : at_bars(inner.substr(1))) node.branches.push_back(read_frame(part));
    if (node.branches.size() < 2) wrong(whole, "a choice of one");
    return node;
  }
  if (inner[0] == '~') {
    node.kind = Node::Kind::decoy;
    node.text = inner.substr(1);
    return node;
  }
  if (inner[0] == '!') {
    node.kind = Node::Kind::marked;
    const auto parts = at_bars(inner.substr(1));
    const auto head = split(parts[0], ' ');
    if (parts.size() != 2 || head.empty() || head.size() > 2) wrong(whole, "marked words are `{!TYPE role|words}`");
    node.form = head[0];
    if (head.size() == 2) node.role = head[1];
    node.branches.push_back(read_frame(parts[1]));
    return node;
  }
  if (inner[0] >= '0' && inner[0] <= '9') return read_pool(inner);
  if (inner.starts_with("informant ")) {
    node.kind = Node::Kind::informant;
    node.role = trim(inner.substr(10));
    return node;
  }
  if (inner.find_first_of(" |") != std::string_view::npos) wrong(whole, "a space or bar in a slot");
  const auto colon = inner.find(':');
  if (colon != std::string_view::npos) node.form = inner.substr(colon + 1);
  const std::string_view slot = inner.substr(0, colon);
  const auto dot = slot.find('.');
  static const std::vector<std::string> nobodys = {"date", "past", "future", "month", "time", "weekday", "town", "school", "agency", "hospital", "surgery", "court", "prison", "ref", "money", "pub", "event", "number", "deadline"};
  if (dot != std::string_view::npos) {
    node.kind = Node::Kind::belonging;
    node.role = slot.substr(0, dot);
    node.text = slot.substr(dot + 1);
  } else if (std::find(nobodys.begin(), nobodys.end(), slot) != nobodys.end()) {
    node.kind = Node::Kind::belonging;
    node.text = slot;
  } else if (!for_gender(slot, false).empty() && !(slot == "father" || slot == "son" || slot == "brother" || slot == "uncle" || slot == "boyfriend")) {
    node.kind = Node::Kind::belonging;
    node.role = "subject";
    node.text = slot;
  } else {
    node.kind = Node::Kind::name;
    node.role = slot;
  }
  return node;
}

Subject::Kind read_kind(const std::string& word) {
  if (word == "baby") return Subject::Kind::baby;
  if (word == "child") return Subject::Kind::child;
  if (word == "teenager") return Subject::Kind::teenager;
  if (word == "adult") return Subject::Kind::adult;
  if (word == "elder") return Subject::Kind::elder;
  throw std::runtime_error("no subject `" + word + "`");
}

Style read_style(const std::string& word) {
  if (word == "typed") return Style::typed;
  if (word == "hurried") return Style::hurried;
  if (word == "capitals") return Style::capitals;
  if (word == "scanned") return Style::scanned;
  if (word == "spoken") return Style::spoken;
  throw std::runtime_error("no style `" + word + "`");
}

// `== name`, keys, `----`, the body up to the next `== `.
std::vector<Template> read_templates(const std::string& path) {
  std::vector<Template> found;
  std::string body;
  bool in_body = false;
  const auto finish = [&] {
    if (found.empty()) return;
    while (body.ends_with('\n')) body.pop_back();
    if (body.empty() || found.back().kinds.empty() || found.back().recipients.empty()) throw std::runtime_error(path + ": " + found.back().name + " lacks body, subject or recipients");
    found.back().body = read_frame(body);
    found.back().source = body;
    body.clear();
  };
  const std::string all = read_file(path);
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string line = all.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("== ")) {
      finish();
      found.emplace_back().name = trim(line.substr(3));
      in_body = false;
    } else if (line == "----") {
      in_body = true;
    } else if (in_body) {
      body += line + "\n";
    } else if (!trim(line).empty() && !line.starts_with('#')) {
      const auto colon = line.find(": ");
      if (colon == std::string::npos || found.empty()) throw std::runtime_error(path + ": not a key: " + line);
      const std::string key = line.substr(0, colon), value = trim(line.substr(colon + 2));
      Template& made = found.back();
      if (key == "mode") made.anonymise = value == "anonymise";
      else if (key == "subject")
        for (const auto& kind : split(value, ' ')) made.kinds.push_back(read_kind(kind));
      else if (key == "style") made.style = read_style(value);
      else if (key == "recipients") made.recipients = split(value, ' ');
      else if (key == "people") made.people = split(value, ' ');
      else throw std::runtime_error(path + ": unknown key: " + key);
    }
  }
  finish();
  return found;
}

}  // namespace

Frame read_frame(std::string_view text) {
  Frame frame;
  std::string plain;
  const auto flush = [&] {
    if (plain.empty()) return;
    Node node;
    node.text = std::move(plain);
    frame.push_back(std::move(node));
    plain.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '}') wrong(text, "a brace that nothing opens");
    if (text[i] != '{') {
      plain.push_back(text[i++]);
      continue;
    }
    flush();
    const std::size_t end = closing(text, i + 1);
    frame.push_back(read_node(text.substr(i + 1, end - i - 1), text));
    i = end + 1;
  }
  flush();
  return frame;
}

Material::Material(Half chosen) : half(chosen), names(chosen) {
  for (const std::string& path : files_below(data_path("words"), ".txt"))
    for (auto& [key, list] : read_lists(path)) {
      auto& mine = words[key];
      for (auto& entry : list)
        if (half_of(entry) == half) mine.push_back(std::move(entry));
      if (mine.empty()) throw std::runtime_error("no `" + key + "` in the half " + std::string(word(half)));
    }
  const std::string folder(word(half));
  for (const std::string& path : files_below(data_path("templates/" + folder), ".txt"))
    for (Template& found : read_templates(path)) templates.push_back(std::move(found));
  for (const std::string& path : files_below(data_path("frames/" + folder), ".txt")) {
    std::string pool;
    for (const std::string& line : split(read_file(path), '\n')) {
      if (line.starts_with('#')) continue;
      if (line.starts_with("== ")) {
        pool = trim(std::string_view(line).substr(3));
        continue;
      }
      if (pool.empty()) throw std::runtime_error(path + ": a frame before the first `== pool`");
      pools[pool].push_back(read_frame(line));
      pool_lines[pool].push_back(line);
    }
  }
}

}  // namespace gatehouse::invented
