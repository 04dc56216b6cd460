#pragma once
// A small organisation with an empty store of its own in a folder of its own: Anna Fictional has consented that kent-mash may have her contact
// details; Ben Fictional has not. Everybody here is invented.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/sqlite_store.hpp"

namespace gatehouse::tests {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline constexpr const char* kAnnasNumber = "9990000018";
inline constexpr const char* kAnnasUpn = "B801200005001";
inline const policy::Instant kNow = policy::Instant(1795341600s);   // 2026-11-22T10:00:00Z
inline const std::string kPack(64, 'a');

// A folder that goes with the object; in memory where the machine has such a place (what is tested here is order, not disks).
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Makes keys and database in `folder`, with agencies, an active pack and people.
adapters::SqliteSettings settings_in(const std::string& folder);
void furnish(const std::string& folder);        // made once for each process, then copied
void put_agency(adapters::Admin& admin, const std::string& id, const std::string& pin);
adapters::PersonInput anna();
adapters::ItemInput contact_of(const std::string& person_ref, const std::string& item_ref, const std::string& phone);
adapters::ConsentInput consent_of(const std::string& person_ref);

// Contexts outlive the stores that post to them: they are kept until the process ends.
asio::io_context& fresh_context();
// Runs an awaitable on a context of its own and gives what it gives.
template <class T>
T run(asio::awaitable<T> work);

policy::EvidenceQuery about_anna(const std::string& agency = "kent-mash");
// A commit that asks about whom the token names; `number` keeps ids, nonces and keys apart.
policy::Entry entry_for(int number, const std::string& agency = "kent-mash");
policy::Release release_for(int number);

}  // namespace gatehouse::tests

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace gatehouse::tests {

template <class T>
T run(asio::awaitable<T> work) {
  asio::io_context& context = fresh_context();
  auto done = asio::co_spawn(context, std::move(work), asio::use_future);
  context.run();
  return done.get();
}

}  // namespace gatehouse::tests
