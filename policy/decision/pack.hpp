#pragma once
// An organisation's confidentiality policy as data, compiled to masks: a decision table, no expressions, no recursion.
// CONTRACT.md section 3. Immutable once read; share it between threads freely.
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "policy/decision/decision.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy {

// The data every pack is read against, each as the text of its file.
struct PackReference {
  std::string_view minimum_necessary;  // config/minimum_necessary.json
  std::string_view legal_refs;         // config/legal_refs.json: dates of law a rule names
  std::string_view bank_holidays;      // config/bank_holidays.json: for working days
  std::string_view sha256;             // of the pack's text, hex: computed by the caller, who owns the file
};

struct CompiledPack;  // policy/decision/compiled.hpp: masks and settings

class Pack {
 public:
  // Refuses the whole pack on the first thing it cannot carry out (unknown key or word, missing citation, circular override,
  // a choice the policy contradicts itself on and the pack does not state): one error with JSON path and remedy.
  static std::expected<Pack, Error> read(std::string_view json, const PackReference& reference);

  // A pack from masks made elsewhere: a rule left out, for a proof. REQUIRES: as read() would have made them, by_flow included.
  explicit Pack(std::shared_ptr<const CompiledPack> compiled) : compiled_(std::move(compiled)) {}

  const PackIdentity& identity() const;
  const std::string& organisation() const;
  const std::string& time_zone() const;      // IANA name
  int whole_years(Date born, Instant at) const;  // age on the pack's calendar
  const CompiledPack& compiled() const { return *compiled_; }

  // What a request for this purpose must state: known from the request alone. CONTRACT.md section 1.4.
  std::vector<Statement> required_statements(Purpose purpose, Flow flow) const;
  // When a request made at `at` is answered at the latest: the tighter of its urgency's clock and the purpose's. From the request alone.
  Instant answer_by(Purpose purpose, Urgency urgency, Instant at) const;

 private:
  Pack() = default;
  std::shared_ptr<const CompiledPack> compiled_;
};

}  // namespace gatehouse::policy
