#pragma once
// Whether the diagrams and the engine say the same about a state. Internal to policy/prove, and the tests.
#include <optional>
#include <string>

#include "policy/decision/evaluate.hpp"
#include "policy/prove/model.hpp"

namespace gatehouse::policy::proving {

class Agreement {
 public:
  // REQUIRES: all outlive it; `pack` is `model`'s.
  Agreement(const Universe& universe, const CompiledPack& pack, const FlowModel& model) : universe_(universe), pack_(pack), model_(model) {}
  // What differs, if anything: the facts that are derived from the state's case, or the verdict on them.
  std::optional<std::string> difference(const State& state);

 private:
  const Universe& universe_;
  const CompiledPack& pack_;
  const FlowModel& model_;
  Verdict verdict_;
};

}  // namespace gatehouse::policy::proving
