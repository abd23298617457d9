// SPDX-License-Identifier: MIT
// The loosely timed accelerator of the virtual platform in this process, behind the driver's seam.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rtl/axi_memory.hpp"
#include "rtl/dma_arena.hpp"
#include "tendon/tendon_hal.h"
#include "tlm/fast_model.hpp"

namespace tendon::soak {

/// One thread at a time; the HAL's ctx is this object, which must outlive every user of hal().
class FastDevice {
 public:
  /// `config`: "base", "tiny", "wide". Error: no such configuration.
  static Result<std::unique_ptr<FastDevice>> make(const std::string& config,
                                                  std::uint32_t memory_bytes);

  FastDevice(const vp::Geometry& geometry, std::uint32_t memory_bytes);
  FastDevice(const FastDevice&) = delete;
  FastDevice& operator=(const FastDevice&) = delete;

  tendon_hal_t hal();

 private:
  tendon_status_t irq_wait(std::uint64_t timeout_us);

  sim::AxiMemory memory_;
  sim::DmaArena arena_{memory_};
  vp::FastModel model_;
  std::uint64_t now_ = 0;  // cycles
};

}  // namespace tendon::soak
