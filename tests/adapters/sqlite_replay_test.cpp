// A signature is good once: what was recorded on the network and sent again is refused, also by a gateway that was started again or killed meanwhile.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/adapters/store_checks.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

// What a thief has: the nonce. Everything that is not in the signature's nonce is as new as can be.
policy::Entry replay(int recorded, int number) {
  auto entry = entry_for(number);
  entry.nonce = entry_for(recorded).nonce;
  entry.nonce_expires = entry_for(recorded).nonce_expires;
  // Within the time the signature is good for, clocks a minute apart included.
  entry.received = entry.nonce_expires + std::chrono::seconds(60);
  return entry;
}

asio::awaitable<void> send(adapters::SqliteStore& store, policy::Token token, policy::Entry entry, int& accepted, int& refused) {
  const auto done = co_await store.commit(std::move(token), std::move(entry));
  if (done && done->kind == policy::Committed::Kind::nonce_seen)
    ++refused;
  else
    ++accepted;
}

TEST(Replays, NotOneOfThemIsAcceptedAcrossRestarts) {
  const char* asked = std::getenv("GATEHOUSE_LONG");
  const bool long_run = asked != nullptr && *asked == '1';
  const int recorded = 40, replays = long_run ? 100'000 : 2'000;
  Folder folder;
  furnish(folder.path());
  {
    // Half in one life of the gateway, half in one that is killed.
    auto store = adapters::SqliteStore::open(settings_in(folder.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    ASSERT_TRUE(store);
    for (int i = 1; i <= recorded / 2; ++i)
      ASSERT_EQ(run((*store)->commit(run((*store)->evidence(about_anna()))->token, entry_for(i)))->kind, policy::Committed::Kind::written);
  }
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = adapters::SqliteStore::open(settings_in(folder.path()), [](const std::string&) {});
    for (int i = recorded / 2 + 1; store && i <= recorded; ++i)
      if (run((*store)->commit(run((*store)->evidence(about_anna()))->token, entry_for(i)))->kind != policy::Committed::Kind::written) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  int accepted = 0, refused = 0, number = 1000;
  const int lives = 4;
  for (int life = 0; life < lives; ++life) {
    auto store = adapters::SqliteStore::open(settings_in(folder.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    ASSERT_TRUE(store);
    for (int sent = 0; sent < replays / lives;) {
      // Many at once, as they would come.
      const auto token = run((*store)->evidence(about_anna()))->token;
      asio::io_context& context = fresh_context();
      for (int i = 0; i < 100; ++i, ++sent, ++number) {
        auto job = send(**store, token, replay(1 + number % recorded, number), accepted, refused);
        asio::co_spawn(context, std::move(job), asio::detached);
      }
      context.run();
    }
  }
  EXPECT_EQ(accepted, 0);
  EXPECT_EQ(refused, replays);
  EXPECT_EQ(requests_in(folder.path()).size(), static_cast<std::size_t>(recorded));
  EXPECT_EQ(inconsistency(folder.path()), "");
}

}  // namespace
}  // namespace gatehouse::tests
