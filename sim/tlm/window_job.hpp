// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace tendon::vp {

struct WindowJob {
  std::vector<std::uint8_t> codes;
  std::uint32_t flags = 0;  // VP_FLAG_*
};

}  // namespace tendon::vp
