// SPDX-License-Identifier: MIT
#include "tlm/client/process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace tendon::vp {

namespace {

[[noreturn]] void become(const std::vector<std::string>& command, int in, int out) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (::dup2(in, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0) {
    ::execv(arguments[0], arguments.data());
  }
  std::perror(arguments[0]);
  ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<Process>> Process::start(const std::vector<std::string>& command) {
  int to[2], from[2];
  // Close-on-exec: a second child must not hold the pipes of the first open.
  if (::pipe2(to, O_CLOEXEC) != 0) return Error{std::string("pipe: ") + std::strerror(errno)};
  if (::pipe2(from, O_CLOEXEC) != 0) {
    ::close(to[0]);
    ::close(to[1]);
    return Error{std::string("pipe: ") + std::strerror(errno)};
  }
  std::signal(SIGPIPE, SIG_IGN);  // a child that is gone is a failed write
  const pid_t pid = ::fork();
  if (pid == 0) become(command, to[0], from[1]);
  ::close(to[0]);
  ::close(from[1]);
  if (pid < 0) {
    ::close(to[1]);
    ::close(from[0]);
    return Error{std::string("fork: ") + std::strerror(errno)};
  }
  return std::unique_ptr<Process>(new Process(pid, to[1], from[0]));
}

Process::~Process() { finish(); }

void Process::close_pipes() {
  if (to_ >= 0) ::close(to_);
  if (from_ >= 0) ::close(from_);
  to_ = from_ = -1;
}

void Process::terminate() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

std::string Process::finish() {
  close_pipes();
  if (pid_ < 0) return "has ended before";
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace tendon::vp
