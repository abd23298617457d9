// SPDX-License-Identifier: MIT
#include "fault_hal.hpp"

#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

FaultHal* self(void* ctx) { return static_cast<FaultHal*>(ctx); }

}  // namespace

FaultHal::FaultHal(const tendon_hal_t& inner) : inner_(inner) {
  hal_.size = sizeof(hal_);
  hal_.ctx = this;
  hal_.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
    FaultHal& h = *self(ctx);
    if (h.strikes(Fault::kBusRead) || h.strikes(Fault::kDeadRegisters)) return TENDON_E_BUS;
    const tendon_status_t status = h.inner_.reg_read(h.inner_.ctx, offset, value);
    if (status == TENDON_OK && h.strikes(Fault::kFlipRead)) *value ^= 1u << (h.bit_ % 32);
    if (offset == TENDON_STATUS_OFFSET && h.strikes(Fault::kStuckBusy)) {
      *value = TENDON_STATUS_BUSY_MASK;
    }
    return status;
  };
  hal_.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
    FaultHal& h = *self(ctx);
    // A soft reset ends what is stuck.
    if (offset == TENDON_CTRL_OFFSET && h.fault_ == Fault::kStuckBusy) h.fault_ = Fault::kCount;
    if (h.strikes(Fault::kBusWrite) || h.strikes(Fault::kDeadRegisters)) return TENDON_E_BUS;
    if (h.strikes(Fault::kLostWrite)) return TENDON_OK;
    if (h.strikes(Fault::kFlipWrite)) value ^= 1u << (h.bit_ % 32);
    return h.inner_.reg_write(h.inner_.ctx, offset, value);
  };
  hal_.dma_alloc = [](void* ctx, std::uint32_t bytes, tendon_dma_t* dma) {
    return self(ctx)->inner_.dma_alloc(self(ctx)->inner_.ctx, bytes, dma);
  };
  hal_.dma_free = [](void* ctx, tendon_dma_t* dma) {
    self(ctx)->inner_.dma_free(self(ctx)->inner_.ctx, dma);
  };
  hal_.dma_sync = [](void* ctx, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                     tendon_dma_direction_t direction) {
    FaultHal& h = *self(ctx);
    if (h.strikes(Fault::kSyncFails)) return TENDON_E_IO;
    std::uint8_t* victim = static_cast<std::uint8_t*>(dma->cpu) + offset + h.bit_ / 8 % bytes;
    const auto flip = static_cast<std::uint8_t>(1u << (h.bit_ % 8));
    const bool out = direction == TENDON_DMA_TO_DEVICE && h.strikes(Fault::kFlipDma);
    if (out) *victim = static_cast<std::uint8_t>(*victim ^ flip);
    const tendon_status_t status = h.inner_.dma_sync(h.inner_.ctx, dma, offset, bytes, direction);
    if (out) *victim = static_cast<std::uint8_t>(*victim ^ flip);  // damaged on the way only
    if (direction == TENDON_DMA_FROM_DEVICE && h.strikes(Fault::kFlipResult)) {
      *victim = static_cast<std::uint8_t>(*victim ^ flip);
    }
    return status;
  };
  hal_.irq_wait = [](void* ctx, std::uint64_t timeout_us) {
    FaultHal& h = *self(ctx);
    if (h.strikes(Fault::kSpuriousIrq)) return TENDON_OK;
    const tendon_status_t status = h.inner_.irq_wait(h.inner_.ctx, timeout_us);
    return h.strikes(Fault::kDropIrq) ? TENDON_E_TIMEOUT : status;
  };
  hal_.flags = inner.flags;
  hal_.time_us = [](void* ctx) { return self(ctx)->inner_.time_us(self(ctx)->inner_.ctx); };
}

void FaultHal::arm(Fault fault, std::uint32_t accesses, std::mt19937& random) {
  fault_ = fault;
  countdown_ = static_cast<std::uint32_t>(random()) % accesses;
  bit_ = static_cast<std::uint32_t>(random());
  hit_ = false;
}

void FaultHal::disarm() { fault_ = Fault::kCount; }

// Once for single events; for ever for what is stuck or dead.
bool FaultHal::strikes(Fault fault) {
  if (fault != fault_) return false;
  if (countdown_ > 0) {
    --countdown_;
    return false;
  }
  hit_ = true;
  const bool lasts = fault == Fault::kStuckBusy || fault == Fault::kDeadRegisters ||
                     fault == Fault::kDropIrq || fault == Fault::kSpuriousIrq;
  if (!lasts) fault_ = Fault::kCount;
  return true;
}

}  // namespace tendon::test
