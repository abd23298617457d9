// SPDX-License-Identifier: MIT
// One MAX_POOL, ADD, TABLE or PACK descriptor, bit for bit (docs/accelerator.md section 5).
#pragma once

#include <vector>

#include "tlm/conv_unit.hpp"

namespace tendon::vp {

class KindUnit {
 public:
  explicit KindUnit(CoreMemories& memories) : memories_(memories) {}

  /// Runs the whole descriptor. MEMORY: something lies outside a memory; nothing was written.
  std::optional<DeviceError> run(const ConvFields& fields);

 private:
  std::optional<DeviceError> check_ranges(const ConvFields& fields) const;
  std::optional<DeviceError> check_pack(const ConvFields& fields) const;
  void pack(const ConvFields& fields);
  void pack_position(const ConvFields& fields, unsigned position);
  void element(const ConvFields& fields, unsigned y, unsigned x,
               const std::vector<std::uint32_t>& before);
  int code_in(const ConvFields& fields, const std::vector<std::uint32_t>& memory, int row,
              int column, unsigned channel, bool second) const;
  unsigned result(const ConvFields& fields, const std::vector<int>& codes) const;
  std::uint32_t param(unsigned entry, unsigned row, unsigned word) const;

  CoreMemories& memories_;
};

}  // namespace tendon::vp
