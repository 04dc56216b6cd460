#pragma once
// The redaction of one release as the person sees it who answers for it: what leaves with its marks, what was hidden and why, and the choices to show or
// hide everywhere at once. Bands: shared design of redaction, the human step. Pure, any thread.
#include <optional>
#include <string>
#include <vector>

#include "gateway/console/form.hpp"
#include "gateway/console/parts.hpp"
#include "gateway/partner_api/package.hpp"

namespace gatehouse::gateway::console {

// From 0.9 on hidden and sure; below, hidden and to be confirmed by a person.
inline constexpr double kSure = 0.9;

// Somebody or something that was hidden, wherever it stands in the release.
struct HiddenThing {
  std::string value;          // `person:id` or `words:…`: what the form posts
  std::string label, words;   // `[mother]`; as it stands on our record, the first three ways
  std::string type, detector;
  double confidence = 1;      // the lowest of its places
  std::size_t places = 0;
  bool person = false, by_hand = false;
};
std::vector<HiddenThing> hidden_things(const std::vector<MarkedText>& marked);
// A place in the middle band: somebody must confirm it before anything leaves.
bool any_doubt(const std::vector<MarkedText>& marked);

// `value`, as it leaves, with its marks where `marked` is of just this value; else plain.
Html marked_value(const std::vector<MarkedText>& marked, const std::string& item, const policy::Field& field);

// What the form says about showing and hiding. Only people of `file` and words; too much of it, or something shown without a reason, is a mistake.
CutReview read_review(const Form& form, Mistakes& mistakes);
// The choices, under one heading, for the form of the case.
Html review_fields(const std::vector<MarkedText>& marked, const policy::CaseFile& file, const std::vector<policy::ProjectedItem>& items, const CutReview& review, const Form& typed,
                   const Mistakes& mistakes);

}  // namespace gatehouse::gateway::console
