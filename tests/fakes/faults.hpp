#pragma once
// Breaks the n-th call of a port, both ways: `lost`, an error and nothing happened; `persisted`, an error and yet it happened.
#include <cstdint>

namespace gatehouse::fakes {

enum class Fault : std::uint8_t { none, lost, persisted };

class Faults {
 public:
  Faults() = default;
  Faults(int at, Fault how) : at_(at), how_(how) {}
  Fault next() { return calls_++ == at_ ? how_ : Fault::none; }
  int calls() const { return calls_; }
  bool happened() const { return at_ >= 0 && calls_ > at_; }

 private:
  int at_ = -1;
  Fault how_ = Fault::none;
  int calls_ = 0;
};

}  // namespace gatehouse::fakes
