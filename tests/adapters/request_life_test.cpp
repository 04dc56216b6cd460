#include "policy/ports/request_life.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace gatehouse::tests {
namespace {

using policy::RequestState;
using enum policy::RequestState;

const std::set<std::pair<RequestState, RequestState>> kAllowed = {
    {received, waiting},   {received, released},      {waiting, released},      {waiting, declined},   {waiting, no_trace},
    {waiting, withdrawn},  {released, fetched},       {released, acknowledged}, {released, withdrawn}, {released, recalled},
    {released, expired},   {fetched, acknowledged},   {fetched, recalled},      {fetched, expired},    {acknowledged, recalled},
    {acknowledged, expired}, {declined, released},    {no_trace, released},     {withdrawn, withdrawn}, {recalled, recalled},
};

TEST(RequestLife, ExactlyTheListedMovesAreAllowed) {
  for (std::size_t from = 0; from < policy::count_of<RequestState>(); ++from)
    for (std::size_t to = 0; to < policy::count_of<RequestState>(); ++to) {
      const auto a = static_cast<RequestState>(from), b = static_cast<RequestState>(to);
      EXPECT_EQ(policy::may_move(a, b), kAllowed.contains({a, b})) << policy::text(a) << " to " << policy::text(b);
    }
}

TEST(RequestLife, AnUnknownStateGoesNowhereAndGivesNothing) {
  const auto unknown = static_cast<RequestState>(200);
  EXPECT_FALSE(policy::may_move(unknown, released));
  EXPECT_FALSE(policy::may_be_fetched(unknown));
}

TEST(RequestLife, OnlyALiveReleaseMayBeFetched) {
  for (std::size_t i = 0; i < policy::count_of<RequestState>(); ++i) {
    const auto state = static_cast<RequestState>(i);
    EXPECT_EQ(policy::may_be_fetched(state), state == released || state == fetched || state == acknowledged) << policy::text(state);
  }
}

}  // namespace
}  // namespace gatehouse::tests
