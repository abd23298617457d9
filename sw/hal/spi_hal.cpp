// SPDX-License-Identifier: MIT
#include "hal/spi_hal.hpp"

#include <cstring>

#include "driver/base.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::hal {
namespace {

constexpr std::uint32_t kProtocol = 0x31495053;  // "SPI1"
constexpr std::uint32_t kMaxData = SpiLink::kMaxData;

}  // namespace

tendon_status_t SpiHal::start() {
  SpiHello hello = {};
  const std::uint64_t begin = transport_.time_us();
  if (frames_.hello(&hello) != TENDON_OK) return TENDON_E_NO_DEVICE;
  const std::uint64_t short_us = transport_.time_us() - begin;
  if (hello.protocol != kProtocol || hello.memory_bytes % 4 != 0 ||
      hello.memory_bytes > 0x40000000u) {
    trouble_.format("protocol 0x%08X with %u bytes, want 0x%08X", hello.protocol,
                    hello.memory_bytes, kProtocol);
    return TENDON_E_NO_DEVICE;
  }
  if ((hello.self_test & 3) == 1) {
    trouble_.format("the device's power-on test failed at step %u", hello.self_test >> 8 & 0xFF);
    return TENDON_E_NO_DEVICE;
  }
  pool_.manage(0, hello.memory_bytes);
  for (std::uint32_t i = 0; i < kMaxData; ++i) {
    words_[i] = static_cast<std::uint8_t>(i * 167 + i / 256 * 31);
  }
  const std::uint64_t loop_begin = transport_.time_us();
  const tendon_status_t status = frames_.loop(words_, kMaxData);
  const std::uint64_t long_us = transport_.time_us() - loop_begin;
  if (long_us > short_us) {
    link_.bytes_per_second =
        static_cast<std::uint32_t>(std::uint64_t{kMaxData} * 1'000'000 / (long_us - short_us));
    link_.access_ns = static_cast<std::uint32_t>(min_of<std::uint64_t>(short_us, 4'000'000) * 1000);
    link_.device_hz = hello.clock_hz;
  }
  return status;
}

tendon_status_t SpiHal::read(std::uint32_t offset, std::uint32_t* value) {
  if (!is_register(offset)) {
    trouble_.format("no register at 0x%X", offset);
    return TENDON_E_BUS;
  }
  return frames_.read_register(offset, value);
}

tendon_status_t SpiHal::write(std::uint32_t offset, std::uint32_t value) {
  if (!is_register(offset)) {
    trouble_.format("no register at 0x%X", offset);
    return TENDON_E_BUS;
  }
  return frames_.write_register(offset, value);
}

tendon_status_t SpiHal::sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                             tendon_dma_direction_t direction) {
  std::uint8_t* cpu = nullptr;
  std::uint32_t at = 0;
  if (!pool_.find(dma, offset, bytes, &cpu, &at)) return TENDON_E_ARG;
  while (bytes > 0) {
    const std::uint32_t part = min_of(bytes, kMaxData - at % 4);
    const tendon_status_t status = move(at, part, cpu, direction);
    if (status != TENDON_OK) return status;
    at += part;
    cpu += part;
    bytes -= part;
  }
  return TENDON_OK;
}

// One frame of whole words around [address, address + bytes). The bytes beside it keep their value:
// written words that are only partly ours are read first.
tendon_status_t SpiHal::move(std::uint32_t address, std::uint32_t bytes, std::uint8_t* cpu,
                             tendon_dma_direction_t direction) {
  const std::uint32_t first = address / 4 * 4;
  const std::uint32_t end = (address + bytes + 3) / 4 * 4;
  std::uint8_t* ours = words_ + (address - first);
  tendon_status_t status = TENDON_OK;
  if (direction == TENDON_DMA_FROM_DEVICE) {
    status = frames_.read_memory(first, words_, end - first);
    if (status == TENDON_OK) std::memcpy(cpu, ours, bytes);
    return status;
  }
  if (address != first) status = frames_.read_memory(first, words_, 4);
  if (status == TENDON_OK && address + bytes != end) {
    status = frames_.read_memory(end - 4, words_ + (end - first) - 4, 4);
  }
  if (status != TENDON_OK) return status;
  std::memcpy(ours, cpu, bytes);
  return frames_.write_memory(first, words_, end - first);
}

tendon_status_t SpiHal::wait(std::uint64_t timeout_us) {
  const std::uint64_t end = transport_.time_us() + timeout_us;
  while (true) {
    std::uint32_t pending = 0;
    const tendon_status_t status = frames_.read_register(TENDON_IRQ_STATUS_OFFSET, &pending);
    if (status != TENDON_OK) return status;
    if (pending != 0) return TENDON_OK;
    if (transport_.time_us() >= end) return TENDON_E_TIMEOUT;
  }
}

}  // namespace tendon::hal
