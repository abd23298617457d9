// SPDX-License-Identifier: MIT
#include "tlm/cycle_model.hpp"

namespace tendon::vp {

namespace {

// Of the RTL over the platform's bus (docs/accelerator.md, section 12).
constexpr std::uint64_t kFetchLatency = 6;   // DOORBELL to the first word of a descriptor
constexpr std::uint64_t kNextLatency = 7;    // start of a descriptor to the next one's
constexpr std::uint64_t kLoadLatency = 7;    // start to first word in the memory
constexpr std::uint64_t kStoreLatency = 12;  // first read to write response
constexpr std::uint64_t kStoreBeat = 4;      // the activation memory is read once per beat

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

compiler::Cycles conv_cycles(const DescriptorWords& words, const compiler::Arrival& arrival,
                             const Geometry& g) {
  compiler::Geometry shape;
  shape.rows = static_cast<int>(g.rows);
  shape.columns = static_cast<int>(g.columns);
  shape.lanes = static_cast<int>(g.lanes);
  return compiler::predict(words, arrival, shape);
}

std::uint64_t load_cycles(std::uint32_t bytes, const Geometry& g) {
  return kLoadLatency + ceil_div(bytes, g.bus_bytes);
}

std::uint64_t store_cycles(std::uint32_t bytes, const Geometry& g) {
  return kStoreLatency + kStoreBeat * ceil_div(bytes, g.bus_bytes);
}

std::uint64_t fetch_cycles(std::uint32_t index, const Geometry& g) {
  const std::uint64_t beats = 64 / g.bus_bytes;
  if (index == 0) return kFetchLatency + beats;
  // The second one is asked for right behind the first.
  return index == 1 ? kFetchLatency + 1 + 2 * beats : kNextLatency + beats;
}

std::uint64_t first_beat_cycles() { return kLoadLatency; }

}  // namespace tendon::vp
