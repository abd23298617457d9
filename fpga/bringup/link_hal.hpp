// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <vector>

#include "link.hpp"
#include "tendon/tendon_hal.h"

namespace tendon::bringup {

/// The driver's seam over a link: registers by frames, DMA memory in the device memory that the
/// bridge offers (handed out upwards from address 0, given back all at once when the last buffer is
/// freed). The processor's copy of a buffer is ordinary memory; dma_sync moves bytes.
///
/// There is no interrupt line here: irq_wait looks at IRQ_STATUS until something is pending.
class LinkHal {
 public:
  LinkHal(Link& link, std::uint32_t memory_bytes) : link_(link), memory_bytes_(memory_bytes) {}

  /// ctx is this object; it must outlive every user.
  tendon_hal_t hal();

  /// The last thing that went wrong on the link.
  [[nodiscard]] const Answer& last_fault() const { return fault_; }

 private:
  struct Buffer {
    std::vector<std::uint64_t> storage;
    std::uint32_t bus;
  };

  tendon_status_t keep(const Answer& answer);
  tendon_status_t alloc(std::uint32_t bytes, tendon_dma_t* dma);
  void release(tendon_dma_t* dma);
  tendon_status_t sync(const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                       tendon_dma_direction_t direction);
  tendon_status_t wait(std::uint64_t timeout_us);
  [[nodiscard]] std::uint64_t now_us() const;

  Link& link_;
  std::uint32_t memory_bytes_;
  std::uint32_t next_ = 0;
  std::list<Buffer> buffers_;
  Answer fault_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tendon::bringup
