// SPDX-License-Identifier: MIT
// Accelerator registers by name, for the register trace.
#pragma once

#include <cstdint>
#include <string>

namespace tendon::sim {

/// "STATUS" for 0x24, "LOG_DMA[3]" for a log line, "0x0f0" for an offset without a register.
std::string register_name(std::uint32_t offset);

/// "write IRQ_EN = 0x00000003 (DONE ERROR)"; "read 0x0f0: SLVERR".
std::string describe_access(bool write, std::uint32_t offset, std::uint32_t value, bool okay);

}  // namespace tendon::sim
