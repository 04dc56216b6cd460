#pragma once
// Questions asked without names: of a partner, by telephone, of a colleague. Nothing here points to a case, a person or a request, and nothing can: the
// text was cleared of names before it came. Called from any strand; arguments by value; errors as in store.hpp.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "policy/ports/store.hpp"

namespace gatehouse::policy {

enum class EnquiryWay : std::uint8_t {
  partner,    // on the list of a partner, who answers over the partner API
  phone,      // asked by telephone; the worker notes what was said
  colleague,  // of somebody who works here
  danger,     // no question: somebody said that someone could be hurt, and the safeguarding lead is to be told
};
template <>
struct Words<EnquiryWay> {
  static constexpr std::array<std::string_view, 4> list = {"partner", "phone", "colleague", "danger"};
};

// What became of the advice. Each of them starts the thirty days after which the text is deleted.
enum class EnquiryEnd : std::uint8_t { open, saved, referred, nothing_to_keep, seen };
template <>
struct Words<EnquiryEnd> {
  static constexpr std::array<std::string_view, 5> list = {"open", "saved", "referred", "nothing_to_keep", "seen"};
};

struct Enquiry {
  Enquiry() = default;
  std::string id;                     // `eq_` and 32 hex digits; opaque
  std::string author;                 // a staff id
  EnquiryWay way = EnquiryWay::partner;
  std::string agency;                 // of way partner or phone
  std::string colleague;              // a staff id, of way colleague
  std::string text, answer;           // empty once deleted
  std::string answered_by;            // a staff id; empty where the partner did
  Instant asked{}, answer_by{};
  std::optional<Instant> answered, ended;
  EnquiryEnd end = EnquiryEnd::open;
  bool deleted = false;               // the text is gone; times and counts stay
  std::string pack_sha256;            // under which asking was decided
};

class Enquiries {
 public:
  virtual ~Enquiries() = default;
  // One transaction with its log entry, which holds no text. False: there is one of that id already (a second press of the button).
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> ask_enquiry(Enquiry enquiry) = 0;
  // Of that author, or put to that colleague; newest first, at most 200. Never of way danger.
  virtual boost::asio::awaitable<std::expected<std::vector<Enquiry>, StoreError>> enquiries_of(std::string staff) = 0;
  // Those of way danger which no lead has marked as seen, oldest first.
  virtual boost::asio::awaitable<std::expected<std::vector<Enquiry>, StoreError>> dangers() = 0;
  // Only where `staff` is its author or the colleague it was put to; others' are as if they did not exist.
  virtual boost::asio::awaitable<std::expected<std::optional<Enquiry>, StoreError>> enquiry(std::string id, std::string staff) = 0;
  // The colleague's answer, or the author's note of what was said by telephone or rung after a partner stayed silent. Once. False: not theirs to answer,
  // answered already, or ended.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> note_answer(std::string id, std::string staff, std::string answer, Instant at) = 0;
  // The author ends it; of way danger, any lead (`seen`). The first end stands: false afterwards.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> end_enquiry(std::string id, std::string staff, EnquiryEnd end, Instant at) = 0;
  // What waits for this partner, oldest first.
  virtual boost::asio::awaitable<std::expected<std::vector<Enquiry>, StoreError>> enquiries_for(std::string agency, std::size_t limit) = 0;
  // A partner's answer: nonce and idempotency as for every call. `no_such_request`: none of this agency; `conflict`: answered or ended already.
  virtual boost::asio::awaitable<std::expected<Called, StoreError>> answer_enquiry(std::string id, std::string answer, Call call) = 0;
  // Deletes the text of what ended at or before `ended_by`; says of how many.
  virtual boost::asio::awaitable<std::expected<std::size_t, StoreError>> delete_enquiry_texts(Instant ended_by) = 0;
};

}  // namespace gatehouse::policy
