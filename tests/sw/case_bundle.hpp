// SPDX-License-Identifier: MIT
// Cases for the program kernel_check, which compares a kernel level with the golden model inside an
// emulator. Format: sw/programs/kernel_check.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace tendon::test {

class CaseBundle {
 public:
  /// Runs the golden model on the windows and appends the case. `program`: the compiled network.
  /// Error: the golden model's.
  Status add(const std::string& name, const net::Network& network,
             const std::vector<std::uint8_t>& program,
             const std::vector<std::vector<std::uint8_t>>& windows);
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  void append(const void* from, std::size_t bytes);
  std::vector<std::uint8_t> bytes_;
};

}  // namespace tendon::test
