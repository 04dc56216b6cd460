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
};

struct CompiledPack;  // policy/decision/compiled.hpp: masks and settings

class Pack {
 public:
  // Refuses the whole pack on the first thing it cannot carry out (unknown key or word, missing citation, circular override,
  // a choice the policy contradicts itself on and the pack does not state): one error with JSON path and remedy.
  static std::expected<Pack, Error> read(std::string_view json, const PackReference& reference);

  const PackIdentity& identity() const;
  const std::string& organisation() const;
  const std::string& time_zone() const;      // IANA name
  const CompiledPack& compiled() const { return *compiled_; }

  // `automatic_release` for a purpose: whether a release may go without a person looking first. The pack's own default is never;
  // the organisation's settings may opt a purpose in.
 private:
  std::shared_ptr<const CompiledPack> compiled_;
};

}  // namespace gatehouse::policy
