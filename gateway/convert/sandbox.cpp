#include "gateway/convert/sandbox.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace gatehouse::convert {

namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

bool limit(int what, rlim_t value) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource>(what), &now) != 0) return false;
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value) value = now.rlim_max;  // a tighter limit stays
  const rlimit wanted{value, value};
  return setrlimit(static_cast<__rlimit_resource>(what), &wanted) == 0;
}

}  // namespace

std::string limit_process(const Bounds& bounds) {
  if (close_range(3, ~0U, 0) != 0) return "what was inherited could not be closed";
  if (clearenv() != 0) return "the environment could not be emptied";
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "privileges could not be given up";
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return "memory could not be closed to others";
  if (chdir("/") != 0) return "the root folder could not be entered";
  if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_CPU, bounds.processor_seconds) || !limit(RLIMIT_FSIZE, 128u << 20) || !limit(RLIMIT_NPROC, 0) ||
      !limit(RLIMIT_NOFILE, 16) || !limit(RLIMIT_MEMLOCK, 0) || !limit(RLIMIT_MSGQUEUE, 0))
    return "limits could not be set";
  if (!kSanitized && !limit(RLIMIT_AS, bounds.memory_bytes)) return "the memory limit could not be set";
  return {};
}

std::string close_process() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return "the system-call filter could not be made";
  // A thread that a library left behind is closed as well.
  bool good = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
  const auto rule = [&](std::uint32_t action, const char* name) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return;  // no such call on this machine: it cannot be made
    const int done = seccomp_rule_add(filter, action, number, 0);
    if (done != 0 && done != -EDOM && done != -EEXIST) good = false;
  };
  // Memory, time, signals to oneself, the streams that are open.
  for (const char* name : {"read", "readv", "write", "writev", "close", "lseek", "fstat", "munmap", "mremap", "brk", "madvise", "futex", "exit", "exit_group",
                           "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "clock_gettime", "clock_getres", "gettimeofday",
                           "time", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "sched_yield", "sched_getaffinity", "set_robust_list",
                           "rseq", "uname", "sysinfo", "getrusage", "times", "poll", "ppoll", "getcpu", "membarrier"})
    rule(SCMP_ACT_ALLOW, name);
  // How a sanitizer looks whether memory may be read.
  if (kSanitized)
    for (const char* name : {"pipe", "pipe2", "process_vm_readv"}) rule(SCMP_ACT_ALLOW, name);
  // Libraries ask for these and do without.
  for (const char* name : {"open", "openat", "openat2", "creat", "access", "faccessat", "faccessat2", "stat", "lstat", "newfstatat", "statx", "statfs", "fstatfs",
                           "readlink", "readlinkat", "getcwd", "getdents", "getdents64", "mkdir", "mkdirat", "unlink", "unlinkat", "rename", "renameat", "renameat2",
                           "ioctl", "fcntl", "dup", "dup2", "dup3", "pipe", "pipe2", "eventfd2", "memfd_create", "socket", "socketpair", "connect", "bind",
                           "prlimit64", "getrlimit", "setrlimit", "sched_setscheduler", "sched_getparam", "sched_getscheduler", "setpriority", "getpriority",
                           "get_mempolicy", "mbind", "mlock", "mlock2", "munlock", "prctl", "clone", "clone3", "fork", "vfork", "tgkill"})
    rule(SCMP_ACT_ERRNO(EACCES), name);
  // Memory, but never to run what was put there.
  for (const char* name : {"mmap", "mprotect"}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0) good = false;
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), number, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)) != 0) good = false;
  }
  good = good && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return good ? std::string() : "the system-call filter could not be loaded";
}

}  // namespace gatehouse::convert
