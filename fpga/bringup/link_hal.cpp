// SPDX-License-Identifier: MIT
#include "link_hal.hpp"

#include <algorithm>
#include <cstring>

#include "tendon/tendon_regs.h"

namespace tendon::bringup {
namespace {

constexpr std::uint32_t kAlign = 64;

LinkHal& self(void* ctx) { return *static_cast<LinkHal*>(ctx); }

}  // namespace

tendon_status_t LinkHal::keep(const Answer& answer) {
  if (answer.symptom == Symptom::kNone) return TENDON_OK;
  fault_ = answer;
  return answer.symptom == Symptom::kBusError ? TENDON_E_BUS : TENDON_E_IO;
}

tendon_status_t LinkHal::alloc(std::uint32_t bytes, tendon_dma_t* dma) {
  const std::uint32_t rounded = (bytes + kAlign - 1) / kAlign * kAlign;
  if (rounded < bytes || rounded > memory_bytes_ - next_) return TENDON_E_MEMORY;
  Buffer& buffer = buffers_.emplace_back();
  buffer.storage.resize((rounded + kAlign) / sizeof(std::uint64_t));
  buffer.bus = next_;
  auto* first = reinterpret_cast<std::uint8_t*>(buffer.storage.data());
  const auto behind = reinterpret_cast<std::uintptr_t>(first) % kAlign;
  dma->cpu = behind == 0 ? first : first + (kAlign - behind);
  dma->bus = next_;
  dma->bytes = bytes;
  next_ += rounded;
  return TENDON_OK;
}

void LinkHal::release(tendon_dma_t* dma) {
  buffers_.remove_if([&](const Buffer& buffer) { return buffer.bus == dma->bus; });
  if (buffers_.empty()) next_ = 0;
}

tendon_status_t LinkHal::sync(const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                              tendon_dma_direction_t direction) {
  const std::uint32_t first = offset / 4 * 4;
  const std::uint32_t end = std::min((offset + bytes + 3) / 4 * 4, (dma->bytes + 3) / 4 * 4);
  if (first >= end) return TENDON_OK;
  auto* cpu = static_cast<std::uint8_t*>(dma->cpu) + first;
  if (direction == TENDON_DMA_TO_DEVICE) {
    return keep(link_.write_memory(dma->bus + first, {cpu, end - first}));
  }
  const Answer answer = link_.read_memory(dma->bus + first, end - first);
  if (answer.symptom == Symptom::kNone) std::memcpy(cpu, answer.data.data(), end - first);
  return keep(answer);
}

tendon_status_t LinkHal::wait(std::uint64_t timeout_us) {
  const std::uint64_t until = now_us() + timeout_us;
  do {
    std::uint32_t pending = 0;
    const tendon_status_t status = keep(link_.read_register(TENDON_IRQ_STATUS_OFFSET, &pending));
    if (status != TENDON_OK) return status;
    if (pending != 0) return TENDON_OK;
  } while (now_us() < until);
  return TENDON_E_TIMEOUT;
}

std::uint64_t LinkHal::now_us() const {
  const auto passed = std::chrono::steady_clock::now() - start_;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

tendon_hal_t LinkHal::hal() {
  tendon_hal_t hal{};
  hal.size = sizeof hal;
  hal.ctx = this;
  hal.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
    return self(ctx).keep(self(ctx).link_.read_register(offset, value));
  };
  hal.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
    return self(ctx).keep(self(ctx).link_.write_register(offset, value));
  };
  hal.dma_alloc = [](void* ctx, std::uint32_t bytes, tendon_dma_t* dma) {
    return self(ctx).alloc(bytes, dma);
  };
  hal.dma_free = [](void* ctx, tendon_dma_t* dma) { self(ctx).release(dma); };
  hal.dma_sync = [](void* ctx, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                    tendon_dma_direction_t direction) {
    return self(ctx).sync(dma, offset, bytes, direction);
  };
  hal.irq_wait = [](void* ctx, std::uint64_t timeout_us) { return self(ctx).wait(timeout_us); };
  hal.flags = TENDON_HAL_CHECKED_LINK;
  hal.time_us = [](void* ctx) { return self(ctx).now_us(); };
  return hal;
}

}  // namespace tendon::bringup
