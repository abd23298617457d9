// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

namespace tendon::test {

/// tendon-serve as a child process; killed by the destructor.
class ServeProcess {
 public:
  /// Returns when it says that it serves; an empty path when it did not come up.
  explicit ServeProcess(const std::string& path, const std::string& config = "base");
  ~ServeProcess() { kill_now(); }
  ServeProcess(const ServeProcess&) = delete;
  ServeProcess& operator=(const ServeProcess&) = delete;

  bool is_up() const { return up_; }
  void signal(int number) const;
  /// SIGKILL. It stays a zombie: its parent looks away, as a shell does.
  void kill_and_look_away() const;
  void kill_now();

 private:
  pid_t child_ = -1;
  bool up_ = false;
};

}  // namespace tendon::test
