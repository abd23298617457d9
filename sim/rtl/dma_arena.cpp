// SPDX-License-Identifier: MIT
#include "rtl/dma_arena.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace tendon::sim {

namespace {

constexpr std::uint8_t kPoison = 0xA5;
constexpr std::uint32_t kAlign = 64;

std::uint64_t align_up(std::uint64_t value) { return (value + kAlign - 1) / kAlign * kAlign; }

}  // namespace

void DmaArena::Free::operator()(std::uint8_t* bytes) const {
  ::operator delete[](bytes, std::align_val_t{kAlign});
}

tendon_status_t DmaArena::alloc(std::uint32_t bytes, tendon_dma_t* dma) {
  if (bytes == 0 || dma == nullptr) {
    return TENDON_E_ARG;
  }
  // First gap that is large enough; a gap of 64 bytes stays between buffers, so that an access
  // behind one does not land in the next.
  std::uint64_t start = align_up(memory_.base());
  for (const auto& [bus, buffer] : buffers_) {
    if (start + bytes + kAlign <= bus) {
      break;
    }
    start = align_up(std::uint64_t{bus} + buffer.bytes) + kAlign;
  }
  if (start + bytes > std::uint64_t{memory_.base()} + memory_.bytes()) {
    return TENDON_E_MEMORY;
  }

  const auto bus = static_cast<std::uint32_t>(start);
  auto* cpu = static_cast<std::uint8_t*>(::operator new[](bytes, std::align_val_t{kAlign}));
  std::memset(cpu, kPoison, bytes);
  std::ranges::fill(memory_.at(bus, bytes), kPoison);
  buffers_.emplace(bus, Buffer{bytes, std::unique_ptr<std::uint8_t[], Free>(cpu)});
  *dma = tendon_dma_t{cpu, bus, bytes};
  return TENDON_OK;
}

void DmaArena::free(tendon_dma_t* dma) {
  if (dma == nullptr) {
    return;
  }
  if (const auto found = buffers_.find(dma->bus); found != buffers_.end()) {
    std::ranges::fill(memory_.at(found->first, found->second.bytes), kPoison);
    buffers_.erase(found);
  }
  *dma = tendon_dma_t{nullptr, 0, 0};
}

tendon_status_t DmaArena::sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                               tendon_dma_direction_t direction) {
  const auto found = buffers_.find(dma.bus);
  if (found == buffers_.end() || std::uint64_t{offset} + bytes > found->second.bytes) {
    return TENDON_E_ARG;
  }
  if (bytes == 0) {
    return TENDON_OK;
  }
  std::uint8_t* cpu = found->second.cpu.get() + offset;
  std::uint8_t* device = memory_.at(dma.bus + offset, bytes).data();
  if (direction == TENDON_DMA_TO_DEVICE) {
    std::memcpy(device, cpu, bytes);
  } else {
    std::memcpy(cpu, device, bytes);
  }
  return TENDON_OK;
}

}  // namespace tendon::sim
