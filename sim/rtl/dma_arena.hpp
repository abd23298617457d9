// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "rtl/axi_memory.hpp"
#include "tendon/tendon_hal.h"

namespace tendon::sim {

/// DMA buffers in an AxiMemory, each with a processor's copy of its own. The two copies meet only
/// in sync(), as on a core without cache coherence: a forgotten sync reads old bytes. Both copies
/// of a new buffer, and the device's of a freed one, hold 0xA5.
class DmaArena {
 public:
  explicit DmaArena(AxiMemory& memory) : memory_(memory) {}

  /// TENDON_E_ARG: 0 bytes; TENDON_E_MEMORY: no gap large enough. *dma is unchanged on error.
  tendon_status_t alloc(std::uint32_t bytes, tendon_dma_t* dma);

  /// Unknown or freed buffers are ignored.
  void free(tendon_dma_t* dma);

  /// TENDON_E_ARG: not a buffer of this arena, or the range leaves it; nothing is copied.
  tendon_status_t sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                       tendon_dma_direction_t direction);

  std::size_t buffers() const { return buffers_.size(); }

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const;
  };
  struct Buffer {
    std::uint32_t bytes;
    std::unique_ptr<std::uint8_t[], Free> cpu;
  };

  AxiMemory& memory_;
  std::map<std::uint32_t, Buffer> buffers_;  // by bus address
};

}  // namespace tendon::sim
