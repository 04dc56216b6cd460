#pragma once
// A QR code as inline SVG, drawn by libqrencode: what an authenticator app's camera reads. Empty when the text is too long.
#include <string_view>

#include "gateway/console/html.hpp"

namespace gatehouse::gateway::console {

Html qr_code(std::string_view text, std::string_view label);

}  // namespace gatehouse::gateway::console
