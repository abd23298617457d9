// SPDX-License-Identifier: MIT
#include "compiler/program.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::compiler {
namespace {

/// What every named configuration is built with (rtl/tendon_top.sv, Features).
constexpr std::uint32_t kFeatures =
    TENDON_FEATURES_CONV_MASK | TENDON_FEATURES_DENSE_MASK | TENDON_FEATURES_DEPTHWISE_MASK |
    TENDON_FEATURES_MAX_POOL_MASK | TENDON_FEATURES_AVG_POOL_MASK | TENDON_FEATURES_ADD_MASK |
    TENDON_FEATURES_TABLE_MASK | TENDON_FEATURES_GEMM_MASK | TENDON_FEATURES_ROUND_FLOAT_MASK |
    TENDON_FEATURES_ROUND_EVEN_MASK | TENDON_FEATURES_ROUND_UP_MASK |
    TENDON_FEATURES_ROUND_FLOOR_MASK | TENDON_FEATURES_ODD_GRID_MASK |
    TENDON_FEATURES_FUSED_POOL_MASK | TENDON_FEATURES_ARGMAX_MASK | TENDON_FEATURES_SPLIT_MASK;

constexpr int kKiB = 1024;

struct Memories {
  int act_kib, weight_kib, param_entries;
};

Geometry configuration(const std::string& name, int rows, int columns, const Memories& memories,
                       int bus_bytes) {
  Geometry g;
  g.name = name;
  g.rows = rows;
  g.columns = columns;
  g.act_words = memories.act_kib * kKiB / 4;
  g.weight_lines = memories.weight_kib * kKiB / g.line_bytes();
  g.param_entries = memories.param_entries;
  g.bus_bytes = bus_bytes;
  g.features = kFeatures;
  return g;
}

}  // namespace

std::vector<Geometry> geometries() {
  return {configuration("tiny", 1, 2, {4, 64, 512}, 4),
          configuration("base", 4, 4, {32, 128, 256}, 16),
          configuration("wide", 8, 8, {64, 128, 256}, 16)};
}

Result<Geometry> find_geometry(const std::string& name) {
  std::string known;
  for (Geometry& geometry : geometries()) {
    if (geometry.name == name) return geometry;
    known += (known.empty() ? "" : ", ") + geometry.name;
  }
  return Error{"no accelerator configuration '" + name + "', there are: " + known};
}

}  // namespace tendon::compiler
