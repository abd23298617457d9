// SPDX-License-Identifier: MIT
// What the processor executes, and who made it.
#pragma once

#include <cstdint>

namespace tendon::host {

struct Maker {
  std::uint64_t vendor = 0;  // mvendorid; 0: unknown
  const char* source = "";   // where it was read
};

constexpr std::uint64_t kTHead = 0x5b7;

/// riscv_hwprobe(2) unless `root` is given, then files below `root` (nullptr: the real ones).
Maker read_maker(const char* root);

/// Each tries a few instructions and survives their being illegal. False on other processors than
/// rv64.
bool executes_xthead();
bool executes_rvv071();
bool executes_rvv10();

}  // namespace tendon::host
