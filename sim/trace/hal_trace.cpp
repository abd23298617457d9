// SPDX-License-Identifier: MIT
#include "trace/hal_trace.hpp"

#include <string>

namespace tendon::sim {

tendon_hal_t HalTrace::hal() {
  tendon_hal_t hal = inner_;
  hal.ctx = this;
  hal.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
    HalTrace& t = self(ctx);
    const tendon_status_t status = t.inner_.reg_read(t.inner_.ctx, offset, value);
    const bool okay = status == TENDON_OK;
    t.trace_.access(t.now_(), false, offset, okay ? *value : 0, okay);
    return status;
  };
  hal.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
    HalTrace& t = self(ctx);
    const tendon_status_t status = t.inner_.reg_write(t.inner_.ctx, offset, value);
    t.trace_.access(t.now_(), true, offset, value, status == TENDON_OK);
    return status;
  };
  hal.dma_alloc = [](void* ctx, std::uint32_t bytes, tendon_dma_t* dma) {
    return self(ctx).inner_.dma_alloc(self(ctx).inner_.ctx, bytes, dma);
  };
  hal.dma_free = [](void* ctx, tendon_dma_t* dma) {
    self(ctx).inner_.dma_free(self(ctx).inner_.ctx, dma);
  };
  hal.dma_sync = [](void* ctx, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                    tendon_dma_direction_t direction) {
    HalTrace& t = self(ctx);
    t.note_sync(bytes, direction);
    return t.inner_.dma_sync(t.inner_.ctx, dma, offset, bytes, direction);
  };
  hal.irq_wait = [](void* ctx, std::uint64_t timeout_us) {
    HalTrace& t = self(ctx);
    const std::uint64_t begin = t.now_();
    const tendon_status_t status = t.inner_.irq_wait(t.inner_.ctx, timeout_us);
    t.trace_.timeline().span("driver", "wait", t.trace_.ns(begin), t.trace_.ns(t.now_()));
    return status;
  };
  hal.time_us = [](void* ctx) { return self(ctx).inner_.time_us(self(ctx).inner_.ctx); };
  return hal;
}

void HalTrace::note_sync(std::uint32_t bytes, tendon_dma_direction_t direction) {
  trace_.timeline().instant("driver",
                            std::string(direction == TENDON_DMA_TO_DEVICE ? "to" : "from") +
                                " the device, " + std::to_string(bytes) + " bytes",
                            trace_.ns(now_()));
}

}  // namespace tendon::sim
