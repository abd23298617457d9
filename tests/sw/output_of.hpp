// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace tendon::test {

/// Output (both streams) of a command, and "exit code N" behind it when that is not 0.
inline std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::string text;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof(buffer), pipe)) {
    text.append(buffer, got);
  }
  const int code = pclose(pipe);
  return code == 0 ? text : text + "exit code " + std::to_string(WEXITSTATUS(code));
}

}  // namespace tendon::test
