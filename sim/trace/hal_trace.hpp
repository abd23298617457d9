// SPDX-License-Identifier: MIT
// What the driver asks of the seam, for a timeline.
#pragma once

#include <functional>

#include "tendon/tendon_hal.h"
#include "trace/device_trace.hpp"

namespace tendon::sim {

/// A HAL in front of another one. Register accesses go to `trace`; row "driver": waits for the
/// interrupt and dma_sync calls, which take no simulated time.
class HalTrace {
 public:
  /// `now`: the device's clock cycles. `trace` and what `inner` points to must outlive this object.
  HalTrace(const tendon_hal_t& inner, DeviceTrace& trace, std::function<std::uint64_t()> now)
      : inner_(inner), trace_(trace), now_(std::move(now)) {}
  HalTrace(const HalTrace&) = delete;
  HalTrace& operator=(const HalTrace&) = delete;

  /// This object must outlive it.
  tendon_hal_t hal();

 private:
  static HalTrace& self(void* ctx) { return *static_cast<HalTrace*>(ctx); }
  void note_sync(std::uint32_t bytes, tendon_dma_direction_t direction);

  tendon_hal_t inner_;
  DeviceTrace& trace_;
  std::function<std::uint64_t()> now_;
};

}  // namespace tendon::sim
