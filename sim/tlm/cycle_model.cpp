// SPDX-License-Identifier: MIT
#include "tlm/cycle_model.hpp"

namespace tendon::vp {

namespace {

// Measured on the RTL over the platform's bus; the compiler predicts none of these.
constexpr std::uint64_t kFetchLatency = 15;  // DOORBELL to the first word of a descriptor
constexpr std::uint64_t kNextLatency = 8;    // one descriptor to the next, asked for ahead
constexpr std::uint64_t kLoadLatency = 11;   // address to first word in the memory
constexpr std::uint64_t kStoreLatency = 12;  // first read to write response
constexpr std::uint64_t kStoreBeat = 4;      // the activation memory is read once per beat

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
  return kLoadLatency + ceil_div(bytes, g.bus_bytes);
}

std::uint64_t store_cycles(std::uint32_t bytes, const Geometry& g) {
  return kStoreLatency + kStoreBeat * ceil_div(bytes, g.bus_bytes);
}

std::uint64_t fetch_cycles(bool first, const Geometry& g) {
  return (first ? kFetchLatency : kNextLatency) + 64 / g.bus_bytes;
}

}  // namespace tendon::vp
