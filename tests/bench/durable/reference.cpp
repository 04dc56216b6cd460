// What durability costs here without Gatehouse, as one JSON line.
//   durable_reference raw FOLDER SECONDS BYTES         append BYTES and fdatasync, one writer: {"per_second": …}
//   durable_reference sqlite FOLDER SECONDS BYTES N    WAL, synchronous=FULL, N entries of BYTES and a 32-byte hash in each transaction
// The file lies in FOLDER, which must be on the disk that is measured, and is removed afterwards.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

using Clock = std::chrono::steady_clock;

static double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

static int raw(const std::string& folder, double seconds, std::size_t bytes) {
  const std::string path = folder + "/reference.raw";
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) {
    std::perror(path.c_str());
    return 1;
  }
  const std::string entry(bytes, 'x');
  std::size_t done = 0;
  const auto start = Clock::now();
  while (since(start) < seconds) {
    if (write(fd, entry.data(), entry.size()) != static_cast<ssize_t>(entry.size()) || fdatasync(fd) != 0) {
      std::perror(path.c_str());
      return 1;
    }
    ++done;
  }
  const double took = since(start);
  close(fd);
  unlink(path.c_str());
  std::printf("{\"per_second\": %.1f}\n", static_cast<double>(done) / took);
  return 0;
}

static int sqlite(const std::string& folder, double seconds, std::size_t bytes, int group) {
  const std::string path = folder + "/reference.db";
  for (const char* tail : {"", "-wal", "-shm"}) unlink((path + tail).c_str());
  sqlite3* db = nullptr;
  const auto run = [&db](const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return true;
    std::fprintf(stderr, "reference.db: %s: %s\n", sql, sqlite3_errmsg(db));
    return false;
  };
  if (sqlite3_open(path.c_str(), &db) != SQLITE_OK || !run("pragma journal_mode = wal") || !run("pragma synchronous = full") ||
      !run("create table log_entry(idx integer primary key, entry text not null, leaf blob not null)"))
    return 1;
  sqlite3_stmt* put = nullptr;
  if (sqlite3_prepare_v2(db, "insert into log_entry(entry, leaf) values (?, ?)", -1, &put, nullptr) != SQLITE_OK) return 1;
  const std::string entry(bytes, 'x'), leaf(32, 'h');
  std::size_t done = 0;
  const auto start = Clock::now();
  while (since(start) < seconds) {
    if (!run("begin immediate")) return 1;
    for (int i = 0; i < group; ++i) {
      sqlite3_bind_text(put, 1, entry.data(), static_cast<int>(entry.size()), SQLITE_STATIC);
      sqlite3_bind_blob(put, 2, leaf.data(), static_cast<int>(leaf.size()), SQLITE_STATIC);
      if (sqlite3_step(put) != SQLITE_DONE) return 1;
      sqlite3_reset(put);
    }
    if (!run("commit")) return 1;
    done += static_cast<std::size_t>(group);
  }
  const double took = since(start);
  sqlite3_finalize(put);
  sqlite3_close(db);
  for (const char* tail : {"", "-wal", "-shm"}) unlink((path + tail).c_str());
  std::printf("{\"per_second\": %.1f}\n", static_cast<double>(done) / took);
  return 0;
}

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "raw" && argc == 5) return raw(argv[2], std::atof(argv[3]), static_cast<std::size_t>(std::atol(argv[4])));
  if (what == "sqlite" && argc == 6) return sqlite(argv[2], std::atof(argv[3]), static_cast<std::size_t>(std::atol(argv[4])), std::atoi(argv[5]));
  std::fprintf(stderr, "usage: durable_reference raw FOLDER SECONDS BYTES | sqlite FOLDER SECONDS BYTES GROUP\n");
  return 2;
}
