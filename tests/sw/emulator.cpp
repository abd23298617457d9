// SPDX-License-Identifier: MIT
#include "emulator.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace tendon::test {

std::string emulator_folder() {
  const char* const folder = std::getenv("TENDON_EMULATORS");
  return folder != nullptr ? folder : TENDON_EMULATORS;
}

std::string missing(const std::string& emulator) {
  if (emulator[0] != '/' || std::ifstream(emulator).good()) return "";
  std::ifstream log(emulator + ".log");
  std::string line;
  std::string last = "it was never fetched (sw/count/emulators.sh)";
  while (std::getline(log, line)) last = line;
  return emulator + " is missing: " + last;
}

Output output_of(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  std::string text;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof(buffer), pipe)) {
    text.append(buffer, got);
  }
  return {pclose(pipe), text};
}

}  // namespace tendon::test
