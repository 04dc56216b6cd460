// Runs one program and prints what it cost, as one JSON line: {"wall": s, "cpu": s, "peak_bytes": n}. For comparing command lines.
//   measure INPUT OUTPUT PROGRAM [ARGUMENT …]      INPUT and OUTPUT become its standard input and output
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: measure INPUT OUTPUT PROGRAM [ARGUMENT ...]\n");
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) {
    std::perror("fork");
    return 1;
  }
  if (child == 0) {
    const int in = open(argv[1], O_RDONLY), out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0) _exit(126);
    execvp(argv[3], argv + 3);
    _exit(127);
  }
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::fprintf(stderr, "measure: %s ended with status %d\n", argv[3], WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 1;
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  std::printf("{\"wall\": %.4f, \"cpu\": %.4f, \"peak_bytes\": %ld}\n", wall, seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss * 1024L);
  return 0;
}
