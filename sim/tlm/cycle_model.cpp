// SPDX-License-Identifier: MIT
#include "tlm/cycle_model.hpp"

namespace tendon::vp {

namespace {

constexpr std::uint64_t kBusLatency = 8;  // address to first data, through the master

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

compiler::Cycles conv_cycles(const DescriptorWords& words, const Geometry& g) {
  compiler::Geometry shape;
  shape.rows = static_cast<int>(g.rows);
  shape.columns = static_cast<int>(g.columns);
  shape.lanes = static_cast<int>(g.lanes);
  return compiler::predict(words, shape);
}

std::uint64_t load_cycles(std::uint32_t bytes, const Geometry& g) {
  return kBusLatency + ceil_div(bytes, g.bus_bytes);
}

std::uint64_t store_cycles(std::uint32_t bytes, const Geometry& g) {
  return kBusLatency + ceil_div(bytes, g.bus_bytes);
}

std::uint64_t fetch_cycles(const Geometry& g) { return kBusLatency + 64 / g.bus_bytes; }

}  // namespace tendon::vp
