#pragma once
// The command line as a shell sees it: a child process with its own standard streams, in a folder of the test's.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gateway/cli/cli.hpp"
#include "tests/crypto/tools.hpp"

namespace gatehouse::tools {

struct Ran {
  int code = -1;
  std::string out, err;
};

inline Ran gatehouse(const Folder& folder, std::vector<std::string> arguments, const std::string& input = "") {
  folder.write(".in", input);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open(folder.path(".in").c_str(), O_RDONLY), STDIN_FILENO);
    ::dup2(::open(folder.path(".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(folder.path(".err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    arguments.insert(arguments.begin(), "gatehouse");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int code = cli::run(static_cast<int>(arguments.size()), argv.data());
    std::fflush(nullptr);
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read(".out"), folder.read(".err")};
}

}  // namespace gatehouse::tools
