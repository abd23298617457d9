// SPDX-License-Identifier: MIT
// hal/conformance.hpp as a test: one failure per check that failed.
#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "cpu_program.hpp"
#include "hal/conformance.hpp"

namespace tendon::test {

/// Memory for the suite; lives until the end of the program.
inline void* suite_memory(std::size_t bytes) {
  static std::deque<Bytes> all;
  return all.emplace_back(bytes).data();
}

inline void expect_conformance(const tendon_hal_t& hal, const std::vector<std::uint8_t>& program,
                               const std::vector<std::vector<std::uint8_t>>& windows,
                               bool passive = false) {
  Bytes file(program);
  std::vector<std::uint8_t> all;
  for (const auto& window : windows) all.insert(all.end(), window.begin(), window.end());
  unsigned checks = 0;
  hal::ConformanceInput input = {};
  input.tdn = file.data();
  input.tdn_bytes = file.size();
  input.windows = all.data();
  input.window_bytes = windows.front().size();
  input.windows_count = windows.size();
  input.memory = suite_memory;
  input.passive = passive;
  input.report = [](void* ctx, const char* check, bool passed, const char* detail) {
    ++*static_cast<unsigned*>(ctx);
    EXPECT_TRUE(passed) << check << ": " << detail;
  };
  input.ctx = &checks;
  EXPECT_EQ(hal::check_conformance(hal, input), 0u);
  EXPECT_EQ(checks, passive ? 8u : 16u);
}

}  // namespace tendon::test
