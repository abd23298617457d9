// SPDX-License-Identifier: MIT
#include "core/dut.hpp"

#include "Vcore_base.h"
#include "Vcore_full.h"
#include "Vcore_lean.h"
#include "Vcore_tiny.h"
#include "Vcore_wide.h"
#include "core/core_dut.hpp"

namespace tendon::core_test {

std::vector<Geometry> geometries() {
  return {{"tiny", 1, 2, 16, 1024, 4096, 512, 1},
          {"base", 4, 4, 16, 8192, 2048, 256, 4},
          {"wide", 8, 8, 16, 16384, 1024, 256, 4},
          {"lean", 1, 1, 16, 1024, 4096, 512, 1, false, false},
          {"full", 2, 4, 32, 2048, 1024, 256, 2, true, true, true}};
}

std::unique_ptr<Dut> make_dut(const std::string& config) {
  for (const Geometry& g : geometries()) {
    if (g.name != config) continue;
    if (config == "tiny") return std::make_unique<CoreDut<Vcore_tiny>>(g);
    if (config == "base") return std::make_unique<CoreDut<Vcore_base>>(g);
    if (config == "wide") return std::make_unique<CoreDut<Vcore_wide>>(g);
    if (config == "lean") return std::make_unique<CoreDut<Vcore_lean>>(g);
    if (config == "full") return std::make_unique<CoreDut<Vcore_full>>(g);
  }
  throw std::runtime_error("no geometry " + config);
}

}  // namespace tendon::core_test
