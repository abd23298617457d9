// SPDX-License-Identifier: MIT
#include "serve_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace tendon::test {

ServeProcess::ServeProcess(const std::string& path, const std::string& config) {
  int ends[2];
  if (pipe(ends) != 0) return;
  child_ = fork();
  if (child_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(TENDON_SERVE, TENDON_SERVE, path.c_str(), "--config", config.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  // The first line, or nothing when it ended.
  char byte = 0;
  while (read(ends[0], &byte, 1) == 1 && byte != '\n') {
  }
  up_ = byte == '\n';
  close(ends[0]);
}

void ServeProcess::signal(int number) const {
  if (child_ > 0) kill(child_, number);
}

void ServeProcess::kill_and_look_away() const {
  signal(SIGKILL);
  siginfo_t info = {};
  waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOWAIT);
}

void ServeProcess::kill_now() {
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  child_ = -1;
}

}  // namespace tendon::test
