#pragma once
// One question to the store, asked and waited for on a loop of its own. Stop where the store does not answer.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <expected>
#include <optional>
#include <utility>

#include "gateway/cli/guarded.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::cli {

template <class T>
T wait_for(boost::asio::io_context& io, boost::asio::awaitable<std::expected<T, policy::StoreError>> work) {
  std::optional<std::expected<T, policy::StoreError>> got;
  std::exception_ptr failed;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr why, std::expected<T, policy::StoreError> value) {
    failed = why;
    got.emplace(std::move(value));
  });
  io.restart();
  io.run();
  if (failed) std::rethrow_exception(failed);
  if (got && !*got && got->error() == policy::StoreError::reserve) throw Stop{"the disk is nearly full: make room", 1};
  if (!got || !*got) throw Stop{"the database could not be read or written; look at gatehouse status", 1};
  return std::move(**got);
}

}  // namespace gatehouse::cli
