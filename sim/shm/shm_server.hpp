// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

#include "shm/shm_region.hpp"
#include "tendon/tendon_hal.h"

namespace tendon::sim {

/// Answers the requests of tendon_shm.h from a device's register, interrupt and time functions.
/// Device memory is the region's: the device must have been built around ShmRegion::memory().
class ShmServer {
 public:
  ShmServer(ShmRegion& region, const tendon_hal_t& device) : region_(region), device_(device) {}

  /// Answers until *stop is true; looks at it at least every 50 ms. Sleeps while nobody asks.
  void serve(const std::atomic<bool>& stop);

  std::uint64_t requests() const { return requests_; }

 private:
  void answer(const std::atomic<bool>& stop);
  tendon_status_t wait_interrupt(std::uint64_t timeout_us, const std::atomic<bool>& stop);
  void publish_time();

  ShmRegion& region_;
  tendon_hal_t device_;
  std::uint64_t requests_ = 0;
};

}  // namespace tendon::sim
