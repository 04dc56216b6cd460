#pragma once
// What a partner asks for, read strictly from the body of POST /v1/requests. CONTRACT.md section 1.6: a partner may claim, never find; a field that
// only the organisation may set is refused by name, wherever in the body it stands. Pure, any thread.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/error.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

struct PartnerWorker {
  std::string name, post, contact;
  std::optional<policy::Role> role;
};

struct Asked {
  policy::Purpose purpose{};
  policy::Locator locator;
  std::vector<policy::Category> categories;                           // empty: all that the purpose may need
  std::vector<std::pair<policy::Category, std::string>> fields;       // empty: every field of those categories
  std::vector<policy::Statement> stated;                              // which; their words stay in the body
  std::optional<policy::Offence> offence;
  policy::Urgency urgency = policy::Urgency::routine;
  std::optional<policy::Instant> needed_by;
  std::vector<policy::CircumstanceCode> claims;                       // INVARIANT: becomes a Circumstance with evidence false, never true
  bool emergency = false;
  std::string officer;
  PartnerWorker worker;
};

// Errors have the codes that problem_of() reads; `organisation_only` for a field of the other two kinds.
std::expected<Asked, policy::Error> read_asked(std::string_view body);

// What a partner adds to a request of its own that lacked something: {"stated": {…}, "offence", "officer", "needed_by", "worker",
// "circumstances", "urgency", "emergency"}. Gives the body of the completed request; what was said before stays unless it is said anew.
std::expected<std::string, policy::Error> complete(std::string_view earlier_body, std::string_view addition);

// A document that a partner sends in: {"subject", "why", "worker", "media_type", "content"}. The file is not opened here.
struct SentIn {
  policy::Locator locator;
  PartnerWorker worker;
  std::string why;
  std::string format;      // a word of documents::kFormats, from media_type
  std::string bytes;       // empty when read from what was kept
  std::string about_json;  // the body without the file: what is kept beside it
};
inline constexpr std::size_t kLargestSent = 2u << 20;        // bytes of the file
inline constexpr std::size_t kLargestSentBody = 3u << 20;    // of the body it comes in
std::expected<SentIn, policy::Error> read_sent_in(std::string_view body);
// From `about_json`.
std::expected<SentIn, policy::Error> read_about(std::string_view about_json);

// Names that only the organisation sets, or that are derived: refused at any depth of a partner's body.
const std::vector<std::string_view>& organisation_only();

}  // namespace gatehouse::gateway
