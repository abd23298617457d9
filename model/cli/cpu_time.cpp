// SPDX-License-Identifier: MIT
#include "cli/cpu_time.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tendon::cli {
namespace {

/// Parent and clock ticks of the process whose /proc/PID/stat this is; parent 0: it is gone.
struct Stat {
  long parent = 0;
  unsigned long ticks = 0;
};

Stat read_stat(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return {};
  const std::size_t name_end = line.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return {};
  std::istringstream fields(line.substr(name_end + 1));
  Stat out;
  std::string skipped;
  fields >> skipped >> out.parent;
  for (int i = 0; i < 9; ++i) fields >> skipped;  // pgrp to cmajflt
  unsigned long user = 0, system = 0;
  fields >> user >> system;
  out.ticks = user + system;
  return fields ? out : Stat{};
}

}  // namespace

double cpu_seconds_with_children() {
  const std::filesystem::path self = std::filesystem::path("/proc") / std::to_string(::getpid());
  unsigned long ticks = read_stat(self / "stat").ticks;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const Stat stat = read_stat(at->path() / "stat");
    if (stat.parent == ::getpid()) ticks += stat.ticks;
  }
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace tendon::cli
