// SPDX-License-Identifier: MIT
// Firmware image: loadable segments and function symbols of an ELF64 RISC-V executable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::vp {

struct ElfImage {
  struct Segment {
    std::uint64_t address = 0;        // physical
    std::vector<std::uint8_t> bytes;  // zero-filled up to the size in memory
  };
  std::uint64_t entry = 0;
  std::vector<Segment> segments;
  std::map<std::uint64_t, std::string> symbols;  // functions by address

  /// "trap_handler+0x1c", or "" before the first symbol.
  std::string describe(std::uint64_t address) const;
};

/// Error: not readable, not little-endian RISC-V ELF64, an offset outside the file, or segments of
/// more than 256 MiB together.
Result<ElfImage> load_elf(const std::string& path);

}  // namespace tendon::vp
