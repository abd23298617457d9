// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rtl/pins.hpp"

namespace tendon::sim {

/// One Verilated tendon_top.
class Model {
 public:
  virtual ~Model() = default;

  /// Applies the inputs of `pins`, raises the clock, and reads the outputs that follow the edge.
  virtual void clock(Pins& pins) = 0;

  /// Applies the inputs without an edge and reads the outputs: shows combinational paths.
  virtual void settle(Pins& pins) = 0;

  /// Bytes of one AXI4 beat.
  virtual unsigned bus_bytes() const = 0;

  /// Starts an FST waveform. False: this build cannot trace, or the file cannot be written.
  virtual bool trace(const std::string& path) = 0;
};

/// The configuration of that name; null when this build has none (TENDON_RTL_CONFIGS). `seed` fills
/// memories and registers without a reset value: what a chip would hold at power-up.
std::unique_ptr<Model> make_model(std::string_view name, std::uint64_t seed);

}  // namespace tendon::sim
