// gatehouse-convert: reads one hostile file on standard input, in a process that can do nothing else.
//   gatehouse-convert read [FORMAT]    a file in, its reading as JSON out (gateway/documents/model.hpp)
//   gatehouse-convert write            one line (the title) and a reading in, a new file out that has the carried parts and nothing else
//   gatehouse-convert check            tries what it must not be able to do; exit 0 when nothing of it can be done
//   gatehouse-convert forbidden        does one thing that must end it, for the tests
// Exit status 0: standard output has the answer, for `read` a refusal included. 4: standard output says why nothing is written. Anything else: there is
// no answer. Started by gateway/documents/converter.cpp alone; it has no use for a person. Nothing about a document stands in its arguments.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "gateway/convert/collect.hpp"
#include "gateway/convert/sandbox.hpp"

namespace {

using namespace gatehouse;

// At most `most` bytes and one more, so that too much is seen.
bool read_all(std::string& out, std::size_t most) {
  std::size_t have = 0;
  for (;;) {
    if (have > most) return true;
    if (out.size() - have < (1u << 16)) out.resize(std::max<std::size_t>(out.size() * 2, 1u << 18));
    const ssize_t got = ::read(STDIN_FILENO, out.data() + have, std::min(out.size() - have, most + 1 - have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return true;
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

// Ends without running what libraries left for the end: they would ask for what is closed.
[[noreturn]] void end(int code) { ::_exit(code); }

[[noreturn]] void complain(const std::string& line) {
  const std::string text = "gatehouse-convert: " + line + "\n";
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) end(3);
  end(2);
}

// What the tests ask for: each of these must fail, here and now.
int check() {
  int open_doors = 0;
  const auto must_fail = [&](const char* what, bool failed) {
    const std::string line = std::string(failed ? "closed: " : "OPEN: ") + what + "\n";
    if (!write_all(line)) ++open_doors;
    if (!failed) ++open_doors;
  };
  must_fail("a socket", ::socket(AF_INET, SOCK_STREAM, 0) < 0);
  must_fail("a local socket", ::socket(AF_UNIX, SOCK_STREAM, 0) < 0);
  must_fail("a file to read", ::open("/etc/passwd", O_RDONLY) < 0);
  must_fail("a file to write", ::open("/tmp/gatehouse-convert-check", O_WRONLY | O_CREAT, 0600) < 0);
  must_fail("a process", ::fork() < 0);
  must_fail("memory that runs", ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  return open_doors;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const bool reads = what == "read" && argc <= 3, writes = what == "write" && argc == 2, checks = what == "check" && argc == 2;
  const bool forbidden = what == "forbidden" && argc == 2;
  if (!reads && !writes && !checks && !forbidden) complain("call it as `gatehouse-convert read [FORMAT]`, `write` or `check`");
  convert::Format said{};
  const bool is_said = reads && argc == 3;
  if (is_said) {
    const auto& words = documents::kFormats;
    const auto at = std::find(words.begin(), words.end(), std::string_view(argv[2]));
    if (at == words.end()) complain("the format must be one of text, markdown, html, email, docx, pdf");
    said = static_cast<convert::Format>(at - words.begin());
  }
  // One arena, and memory given back with the process: no threads are to come.
  ::mallopt(M_ARENA_MAX, 1);
  if (const auto trouble = convert::limit_process({}); !trouble.empty()) complain(trouble);
  if (reads) convert::warm_up_reading();
  if (writes) convert::warm_up_writing();
  if (const auto trouble = convert::close_process(); !trouble.empty()) complain(trouble);

  if (checks) end(check() == 0 ? 0 : 1);
  if (forbidden) {
    ::execl("/bin/true", "true", nullptr);  // ends the process: the tests see the signal
    end(1);
  }
  std::string bytes;
  if (reads) {
    if (!read_all(bytes, documents::kLargestFile)) complain("standard input cannot be read");
    const auto reading = convert::read(bytes, is_said ? &said : nullptr);
    std::string out;
    try {
      out = documents::to_json(reading);
    } catch (const std::exception&) {
      out = documents::to_json(std::unexpected(documents::Refusal{"damaged", "its text could not be written down", "a person must look at it"}));
    }
    end(write_all(out) ? 0 : 3);
  }
  if (!read_all(bytes, 4 * documents::kLargestFile)) complain("standard input cannot be read");
  const auto line = bytes.find('\n');
  if (line == std::string::npos || line > documents::kLongestTitle) complain("standard input does not begin with a title");
  const std::string title = bytes.substr(0, line);
  const auto reading = documents::read_reading(std::string_view(bytes).substr(line + 1));
  if (!reading || !*reading) complain("standard input is not a reading that can be written");
  const auto file = convert::write(**reading, title);
  if (!file) {
    const std::string why = documents::to_json(std::unexpected(file.error()));
    end(write_all(why) ? 4 : 3);
  }
  end(write_all(*file) ? 0 : 3);
}
