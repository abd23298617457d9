// SPDX-License-Identifier: MIT
#include "hal/hal.hpp"

#include <time.h>

#include <cstdarg>
#include <cstdio>

#include "tendon/tendon_regs.h"

namespace tendon::hal {

namespace {

Hal& self(void* ctx) { return *static_cast<Hal*>(ctx); }

}  // namespace

void Text::format(const char* pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text_, sizeof(text_), pattern, arguments);
  va_end(arguments);
}

tendon_hal_t Hal::seam() {
  tendon_hal_t hal = {};
  hal.size = sizeof(hal);
  hal.ctx = this;
  hal.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
    return self(ctx).read(offset, value);
  };
  hal.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
    return self(ctx).write(offset, value);
  };
  hal.dma_alloc = [](void* ctx, std::uint32_t bytes, tendon_dma_t* dma) {
    return self(ctx).alloc(bytes, dma);
  };
  hal.dma_free = [](void* ctx, tendon_dma_t* dma) { self(ctx).free(dma); };
  hal.dma_sync = [](void* ctx, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                    tendon_dma_direction_t direction) {
    return self(ctx).sync(*dma, offset, bytes, direction);
  };
  hal.irq_wait = [](void* ctx, std::uint64_t timeout_us) { return self(ctx).wait(timeout_us); };
  hal.time_us = [](void* ctx) { return self(ctx).time_us(); };
  hal.flags = flags_;
  hal.link = link_;
  return hal;
}

bool is_register(std::uint32_t offset) { return offset % 4 == 0 && offset < TENDON_REGS_BYTES; }

std::uint64_t monotonic_us() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace tendon::hal
