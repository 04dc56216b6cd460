#include "gateway/console/html.hpp"

#include <algorithm>

namespace gatehouse::gateway::console {

Html Html::escaped(std::string_view text) {
  Html out;
  out.text_.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out.text_ += "&amp;"; break;
      case '<': out.text_ += "&lt;"; break;
      case '>': out.text_ += "&gt;"; break;
      case '"': out.text_ += "&quot;"; break;
      case '\'': out.text_ += "&#39;"; break;
      default:
        // Control characters have no place on a page (HTML section 3.2.5): a visible sign in their stead, but for line ends and tabs.
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t')
          out.text_ += "\xEF\xBF\xBD";
        else
          out.text_ += c;
    }
  }
  return out;
}

Path::Path(std::string_view text) : text_(text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~/?=&").find(c) != std::string_view::npos;
  };
  if (text_.empty() || text_[0] != '/' || text_.find("//") != std::string::npos || text_.find("..") != std::string::npos ||
      !std::all_of(text_.begin(), text_.end(), plain))
    text_ = "/";
}

}  // namespace gatehouse::gateway::console
