// SPDX-License-Identifier: MIT
// A child process with pipes on its standard input and output.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::vp {

class Process {
 public:
  /// Error: no pipe, no process, or the program cannot be executed (only noticed at the first
  /// exchange: the child then ends with code 127).
  static Result<std::unique_ptr<Process>> start(const std::vector<std::string>& command);
  /// Closes both pipes and waits for the end.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int to() const { return to_; }
  int from() const { return from_; }
  /// Asks it to end (SIGTERM), for programs that do not end with their standard input.
  void terminate();
  /// Closes both pipes, waits; "ended with exit code 2", "was ended by signal 6".
  std::string finish();

 private:
  Process(pid_t pid, int to, int from) : pid_(pid), to_(to), from_(from) {}
  void close_pipes();

  pid_t pid_;
  int to_, from_;
};

}  // namespace tendon::vp
