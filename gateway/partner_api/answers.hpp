#pragma once
// What leaves: bodies, their size, and the signature on them. Everything but a released package looks the same whatever we know (or do not know) about
// the person: one status, one set of headers, one size bucket, one beat.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keys.hpp"
#include "crypto/published_keys.hpp"
#include "gateway/http/message.hpp"
#include "gateway/partner_api/asked.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

// Signs answers with the key in use. Any thread.
class AnswerSigner {
 public:
  // Asked for each answer: a key that rotates is taken up by the next one. What it gives must outlive this object.
  using Keys = std::function<const crypto::ReleaseKeys&()>;
  explicit AnswerSigner(Keys keys) : keys_(std::move(keys)) {}
  // Adds gatehouse-request-id, content-digest, signature-input, signature. `label` is that of the request's verified signature; empty when there
  // was none. Nothing may change the body or the status afterwards.
  Response finish(Response response, const Request& request, std::string_view label, policy::Instant at) const;
  const crypto::ReleaseKeys& keys() const { return keys_(); }
  const crypto::SigningKey& key() const { return keys_().signing; }

 private:
  Keys keys_;
};

// T: when we answer at the latest. The tighter of urgency and purpose (03 clocks), of `needed_by` too, never sooner than the floor. From the request
// alone, and the calendar of the pack's place.
policy::Instant answer_by(const Snapshot& now, const Asked& asked, policy::Instant received);

// What the purpose needs said and the request does not say: from the request alone.
std::vector<policy::Statement> missing(const Snapshot& now, const Asked& asked);

// Whether the safeguarding lead is paged on the request alone: a statutory safeguarding partner with a child- or life-risk claim, an emergency, or one
// of mash_referral, s47_enquiry, strategy_meeting, missing_person.
bool pages_lead(const Asked& asked, policy::AgencyType from);
// On what was decided too: it must be shared and a person has to say so, or the policy has the lead told.
bool pages_lead(const Asked& asked, policy::AgencyType from, const policy::Decision& decision);

// 202: received, and nothing else.
Response waiting_answer(const Snapshot& now, std::string_view id, policy::Instant by, const std::vector<policy::Statement>& missing);

// 200 with the sealed package.
Response released_answer(std::string_view id, const policy::Release& release, policy::Instant at);

// The present state of a request, for GET and for a repeated POST: 200, or 202 while it waits and `as_post` is set.
Response status_answer(const Snapshot& now, const policy::RequestStatus& status, bool as_post);

// Pads with blanks to the next multiple of the bucket.
void pad(std::string& body, std::size_t bucket);

// The id of a release belongs to its request: `rq_x` releases `rl_x`. Empty when it has not that form.
std::string release_of(std::string_view request_id);
std::string request_of(std::string_view release_id);
// 32 hex digits: the second it came, which its asker knows, then 96 random bits. Ids that grow with time touch few pages of the store's indexes.
std::string new_request_id(policy::Instant at);

}  // namespace gatehouse::gateway
