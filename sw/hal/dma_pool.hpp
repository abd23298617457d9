// SPDX-License-Identifier: MIT
// Buffers in a range of device memory, each with a processor's copy of its own.
#pragma once

#include <cstdint>

#include "tendon/tendon_hal.h"

namespace tendon::hal {

/// First-fit allocator of bus addresses [base, base + bytes); the copies come from malloc. It moves
/// nothing: the HAL that owns the pool copies in dma_sync.
class DmaPool {
 public:
  DmaPool() = default;
  DmaPool(const DmaPool&) = delete;
  DmaPool& operator=(const DmaPool&) = delete;
  ~DmaPool();

  /// `base` is a multiple of 64, base + bytes at most 2^32. Once, before anything else.
  void manage(std::uint32_t base, std::uint32_t bytes);

  /// Address and copy on 64-byte boundaries, 64 unused bytes between two buffers; the copy holds
  /// 0xA5. TENDON_E_ARG: 0 bytes; TENDON_E_MEMORY: no gap, no memory, kMost buffers; *dma
  /// unchanged.
  tendon_status_t alloc(std::uint32_t bytes, tendon_dma_t* dma);

  /// Ignores what is not a buffer of this pool; *dma is zero afterwards.
  void free(tendon_dma_t* dma);

  /// True when [offset, offset + bytes) lies in a buffer of this pool; then *cpu is its copy there,
  /// and *at the offset in the managed range.
  bool find(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes, std::uint8_t** cpu,
            std::uint32_t* at) const;

  static constexpr std::uint32_t kMost = 64;

 private:
  struct Buffer {
    std::uint32_t bus;
    std::uint32_t bytes;
    std::uint8_t* cpu;
  };

  Buffer buffers_[kMost] = {};  // by bus address
  std::uint32_t count_ = 0;
  std::uint64_t base_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace tendon::hal
