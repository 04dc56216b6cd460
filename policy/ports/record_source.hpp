#pragma once
// Where the contents of record items come from. Asked only for what a decision released.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "policy/minimise/record.hpp"

namespace gatehouse::policy {

enum class SourceError : std::uint8_t { unavailable, changed };

struct RecordQuery {
  std::string person;
  std::vector<std::pair<std::string, std::uint64_t>> items;  // (id, version), never whole categories
};

struct CaseFile {
  std::vector<Record> records;   // in the order of the query
  std::vector<Person> people;    // everybody the case file names, the subject (`self`) included; for redaction only
  std::string subject;           // id in people
};

// Implementations are called from any strand, honour cancellation of the calling coroutine, and retry transient faults themselves: an error
// returned here is final for this attempt.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  // Exactly the items the query names by id and version, in that order; one that is gone or has moved on is `changed`, never left out.
  // Takes the query by value: the caller may be gone before this resumes.
  virtual boost::asio::awaitable<std::expected<CaseFile, SourceError>> find(RecordQuery query) = 0;
};

}  // namespace gatehouse::policy
