#pragma once
// Documents that a partner sends in. They are kept aside: the safeguarding lead reads the original, anybody else the cut that a lead has passed on, and
// nothing of them reaches a record by itself. Called from any strand; arguments by value; errors as in store.hpp.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "policy/ports/store.hpp"

namespace gatehouse::policy {

// What became of it. The first end starts the thirty days after which all of it is deleted.
enum class InboundEnd : std::uint8_t {
  open,
  filed,     // put on the record by hand
  not_ours,  // sent to us by mistake, and the sender was told
  nothing_to_do,
};
template <>
struct Words<InboundEnd> {
  static constexpr std::array<std::string_view, 4> list = {"open", "filed", "not_ours", "nothing_to_do"};
};

struct InboundDocument {
  InboundDocument() = default;
  std::string id;                     // `dc_` and 32 hex digits; opaque
  std::string agency;
  std::string format;                 // as the sender named it: text markdown html email docx pdf
  Instant received{};
  std::string about_json;             // who is meant and why it is sent, in the sender's words; sealed at rest, empty once deleted
  std::string original;               // the file; sealed at rest, empty in lists and once deleted
  std::string cut_json;               // what was passed on, sealed at rest; empty: nothing was
  std::string passed_to;              // a staff id
  std::optional<Instant> seen, ended;
  InboundEnd end = InboundEnd::open;
  bool deleted = false;
};

// Of one agency at a time; one more is `conflict`.
inline constexpr std::size_t kMostOpenDocuments = 200;

struct Sent {
  Called called = Called::conflict;
  std::string id;                     // of `done`, and of the first one for `again`
};

class Inbound {
 public:
  virtual ~Inbound() = default;
  // Kept with its log entry, and the lead is paged for it (Store::pages_due), in one transaction; nobody is looked up. Nonce and idempotency as for
  // every call.
  virtual boost::asio::awaitable<std::expected<Sent, StoreError>> send_document(InboundDocument document, Call call) = 0;
  // Not ended, oldest first; without originals and cuts.
  virtual boost::asio::awaitable<std::expected<std::vector<InboundDocument>, StoreError>> inbound_open(std::size_t limit) = 0;
  // Passed on to that member of staff and not ended, newest first, at most 200; neither original nor what the sender said.
  virtual boost::asio::awaitable<std::expected<std::vector<InboundDocument>, StoreError>> inbound_for(std::string staff) = 0;
  // With the original, for a lead. The look is logged (kind `access`) and durable before anything is returned; the first one is kept as `seen`.
  virtual boost::asio::awaitable<std::expected<std::optional<InboundDocument>, StoreError>> open_inbound(std::string id, std::string by, Instant at) = 0;
  // The cut alone, for the one it was passed on to; logged likewise. Nothing: not theirs, or ended.
  virtual boost::asio::awaitable<std::expected<std::optional<InboundDocument>, StoreError>> open_cut(std::string id, std::string by, Instant at) = 0;
  // Anew replaces what was passed on before. False: it has ended, or nobody of that id works here. Logged.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> pass_on(std::string id, std::string by, std::string to, std::string cut_json, Instant at) = 0;
  // The first end stands: false afterwards. Logged.
  virtual boost::asio::awaitable<std::expected<bool, StoreError>> end_inbound(std::string id, std::string by, InboundEnd end, Instant at) = 0;
  // Deletes what was sent, said and cut of all that ended at or before `ended_by`; says of how many.
  virtual boost::asio::awaitable<std::expected<std::size_t, StoreError>> delete_inbound(Instant ended_by) = 0;
};

}  // namespace gatehouse::policy
