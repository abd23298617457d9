// SPDX-License-Identifier: MIT
#include "hal/dma_pool.hpp"

#include <cstdlib>
#include <cstring>

namespace tendon::hal {
namespace {

constexpr std::uint64_t kAlign = 64;
constexpr int kPoison = 0xA5;

std::uint64_t align_up(std::uint64_t x) { return (x + kAlign - 1) / kAlign * kAlign; }

}  // namespace

DmaPool::~DmaPool() {
  for (std::uint32_t i = 0; i < count_; ++i) std::free(buffers_[i].cpu);
}

void DmaPool::manage(std::uint32_t base, std::uint32_t bytes) {
  base_ = base;
  end_ = std::uint64_t{base} + bytes;
}

tendon_status_t DmaPool::alloc(std::uint32_t bytes, tendon_dma_t* dma) {
  if (bytes == 0) return TENDON_E_ARG;
  if (count_ == kMost) return TENDON_E_MEMORY;
  std::uint64_t start = base_;
  std::uint32_t place = 0;
  for (; place < count_; ++place) {
    if (start + bytes + kAlign <= buffers_[place].bus) break;
    start = align_up(std::uint64_t{buffers_[place].bus} + buffers_[place].bytes) + kAlign;
  }
  if (start + bytes > end_) return TENDON_E_MEMORY;
  auto* cpu = static_cast<std::uint8_t*>(std::aligned_alloc(kAlign, align_up(bytes)));
  if (cpu == nullptr) return TENDON_E_MEMORY;
  std::memset(cpu, kPoison, bytes);
  for (std::uint32_t i = count_; i > place; --i) buffers_[i] = buffers_[i - 1];
  ++count_;
  buffers_[place] = {static_cast<std::uint32_t>(start), bytes, cpu};
  *dma = {cpu, buffers_[place].bus, bytes};
  return TENDON_OK;
}

void DmaPool::free(tendon_dma_t* dma) {
  if (dma == nullptr) return;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (buffers_[i].cpu != dma->cpu) continue;
    std::free(buffers_[i].cpu);
    --count_;
    for (; i < count_; ++i) buffers_[i] = buffers_[i + 1];
  }
  *dma = {nullptr, 0, 0};
}

bool DmaPool::find(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                   std::uint8_t** cpu, std::uint32_t* at) const {
  for (std::uint32_t i = 0; i < count_; ++i) {
    const Buffer& buffer = buffers_[i];
    if (buffer.cpu != dma.cpu || buffer.bus != dma.bus) continue;
    if (std::uint64_t{offset} + bytes > buffer.bytes) return false;
    *cpu = buffer.cpu + offset;
    *at = static_cast<std::uint32_t>(buffer.bus - base_) + offset;
    return true;
  }
  return false;
}

}  // namespace tendon::hal
