// SPDX-License-Identifier: MIT
#include "fast_device.hpp"

#include <algorithm>
#include <cstring>

namespace tendon::soak {
namespace {

constexpr std::uint64_t kCyclesPerUs = 100;

sim::AxiMemoryOptions memory_options(std::uint32_t bytes) {
  sim::AxiMemoryOptions options;
  options.bytes = bytes;
  return options;
}

vp::BusMaster bus(sim::AxiMemory& memory) {
  return {[&memory](std::uint32_t address, std::span<std::uint8_t> out) {
            const auto at = memory.at(address, static_cast<std::uint32_t>(out.size()));
            if (at.empty()) return false;
            std::memcpy(out.data(), at.data(), out.size());
            return true;
          },
          [&memory](std::uint32_t address, std::span<const std::uint8_t> in) {
            const auto at = memory.at(address, static_cast<std::uint32_t>(in.size()));
            if (at.empty()) return false;
            std::memcpy(at.data(), in.data(), in.size());
            return true;
          }};
}

}  // namespace

Result<std::unique_ptr<FastDevice>> FastDevice::make(const std::string& config,
                                                     std::uint32_t memory_bytes) {
  const auto geometry = vp::geometry(config);
  if (!geometry) return geometry.error();
  return std::make_unique<FastDevice>(*geometry, memory_bytes);
}

FastDevice::FastDevice(const vp::Geometry& geometry, std::uint32_t memory_bytes)
    : memory_(memory_options(memory_bytes)), model_(geometry, bus(memory_)) {}

tendon_hal_t FastDevice::hal() {
  tendon_hal_t hal{};
  hal.size = sizeof(hal);
  hal.ctx = this;
  hal.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
    auto& self = *static_cast<FastDevice*>(ctx);
    std::uint64_t cycles = 0;
    self.model_.advance_to(self.now_);
    const bool okay = self.model_.read(offset, *value, cycles);
    self.now_ += cycles;
    return okay ? TENDON_OK : TENDON_E_BUS;
  };
  hal.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
    auto& self = *static_cast<FastDevice*>(ctx);
    std::uint64_t cycles = 0;
    self.model_.advance_to(self.now_);
    const bool okay = self.model_.write(offset, value, cycles);
    self.now_ += cycles;
    return okay ? TENDON_OK : TENDON_E_BUS;
  };
  hal.dma_alloc = [](void* ctx, std::uint32_t bytes, tendon_dma_t* dma) {
    return static_cast<FastDevice*>(ctx)->arena_.alloc(bytes, dma);
  };
  hal.dma_free = [](void* ctx, tendon_dma_t* dma) {
    static_cast<FastDevice*>(ctx)->arena_.free(dma);
  };
  hal.dma_sync = [](void* ctx, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                    tendon_dma_direction_t direction) {
    return static_cast<FastDevice*>(ctx)->arena_.sync(*dma, offset, bytes, direction);
  };
  hal.irq_wait = [](void* ctx, std::uint64_t timeout_us) {
    return static_cast<FastDevice*>(ctx)->irq_wait(timeout_us);
  };
  hal.time_us = [](void* ctx) { return static_cast<FastDevice*>(ctx)->now_ / kCyclesPerUs; };
  return hal;
}

tendon_status_t FastDevice::irq_wait(std::uint64_t timeout_us) {
  const std::uint64_t end = now_ + timeout_us * kCyclesPerUs;
  while (!model_.irq()) {
    const std::uint64_t next = model_.next_event();
    now_ = std::min(std::max(next, now_ + 1), end);
    model_.advance_to(now_);
    if (now_ == end) return model_.irq() ? TENDON_OK : TENDON_E_TIMEOUT;
  }
  return TENDON_OK;
}

}  // namespace tendon::soak
