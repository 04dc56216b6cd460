#pragma once
// A request's life: which state may follow which. One table; every write that changes a state goes through it. Pure, any thread.
#include "policy/ports/store.hpp"

namespace gatehouse::policy {

constexpr bool may_move(RequestState from, RequestState to) {
  using enum RequestState;
  switch (from) {
    case received:
      // Decided in the commit that writes it: it goes by itself, or a person or the clock answers later.
      return to == waiting || to == released;
    case waiting:
      // A person releases, or answers "we found nothing"; at T it is declined; the partner or the organisation takes it back.
      return to == released || to == declined || to == no_trace || to == withdrawn;
    case released:
      // Fetched or acknowledged by the partner; not yet fetched when its consent is withdrawn, when somebody recalls it, or when its days are over.
      return to == fetched || to == acknowledged || to == withdrawn || to == recalled || to == expired;
    case fetched:
      // The partner has it: acknowledged, asked back (deletion requested), or its days are over.
      return to == acknowledged || to == recalled || to == expired;
    case acknowledged:
      // Still asked back when its consent is withdrawn.
      return to == recalled || to == expired;
    case declined:
    case no_trace:
      // Only because a partner asked that a person look again.
      return to == released;
    case withdrawn:
    case recalled:
      // The partner confirms deletion: logged, the state stays.
      return to == from;
    case expired:
      // The end. The package is gone; who still needs it asks again.
      return false;
  }
  return false;  // a state that is not on the list goes nowhere
}

// Whether anything of the release may still be given.
constexpr bool may_be_fetched(RequestState state) {
  return state == RequestState::released || state == RequestState::fetched || state == RequestState::acknowledged;
}

}  // namespace gatehouse::policy
