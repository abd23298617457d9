// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "rtl/pins.hpp"
#include "trace/device_trace.hpp"

namespace tendon::sim {

/// RtlOptions::watch that shows bus and interrupt in `trace`, which must outlive it.
inline std::function<void(std::uint64_t, const Pins&)> pin_watch(DeviceTrace& trace) {
  return [&trace](std::uint64_t cycle, const Pins& pins) {
    const AxiIn& in = pins.axi_in;
    const AxiOut& out = pins.axi_out;
    trace.cycle(cycle, {out.arvalid && in.arready, in.rvalid && out.rready && in.rlast,
                        out.awvalid && in.awready, in.bvalid && out.bready, pins.irq});
  };
}

}  // namespace tendon::sim
