// SPDX-License-Identifier: MIT
// A small network compiled for a configuration, with windows and their labels.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "compiler/program.hpp"
#include "golden/golden.hpp"
#include "random_network.hpp"

namespace tendon::test {

struct RtlCase {
  explicit RtlCase(unsigned seed, int count = 5, const std::string& config = "base")
      : random(seed), network(small_network(random)) {
    const auto file = compiler::compile(network, std::vector<std::string>{config});
    EXPECT_TRUE(file.has_value());
    if (file) program = *file;
    for (int i = 0; i < count; ++i) {
      windows.push_back(random_window(network, random));
      labels.push_back(golden::run(network, windows.back())->label);
    }
  }

  /// Writes program and windows; returns both paths with a space before each.
  std::string files(const std::string& name) const {
    const std::string path = testing::TempDir() + name + std::to_string(getpid());
    std::vector<std::uint8_t> all;
    for (const auto& window : windows) all.insert(all.end(), window.begin(), window.end());
    write(path + ".tdn", program);
    write(path + ".windows", all);
    return " " + path + ".tdn " + path + ".windows";
  }

  static void write(const std::string& path, const std::vector<std::uint8_t>& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    EXPECT_TRUE(file.good()) << path;
  }

  Random random;
  net::Network network;
  std::vector<std::uint8_t> program;
  std::vector<std::vector<std::uint8_t>> windows;
  std::vector<int> labels;
};

}  // namespace tendon::test
