// SPDX-License-Identifier: MIT
// The Verilated whole-RTL system with its test bench: clock, UART receiver, host port.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/result.hpp"
#include "tlm/session.hpp"
#include "trace/timeline.hpp"

namespace tendon::soc {

class Soc {
 public:
  /// `image`: the firmware's flat binary, loaded at 0. `flash`: the program. Both must fit (4 MiB,
  /// 1 MiB). Of `options` the setup, timeline and waveform are used. Error: too large; a waveform
  /// in a build without.
  static Result<std::unique_ptr<Soc>> make(std::span<const std::uint8_t> image,
                                           std::span<const std::uint8_t> flash,
                                           vp::Session& session, const vp::VpOptions& options);
  virtual ~Soc() = default;

  /// Runs until the firmware writes the exit register: its code. 2: the processor trapped, touched
  /// an address that nothing answers, or `max_cycles` (0: no limit) have passed.
  virtual int run(std::uint64_t max_cycles) = 0;
  virtual std::uint64_t cycles() const = 0;
  /// Empty without VpOptions::timeline.
  virtual const sim::Timeline& timeline() const = 0;
};

}  // namespace tendon::soc
