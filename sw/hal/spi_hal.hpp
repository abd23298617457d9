// SPDX-License-Identifier: MIT
#pragma once

#include "hal/dma_pool.hpp"
#include "hal/spi_link.hpp"

namespace tendon::hal {

/// The accelerator behind the bridge of docs/spi.md. DMA memory is the bridge's; dma_sync moves it
/// in frames of up to 4032 bytes. There is no interrupt line here: wait() looks at IRQ_STATUS.
class SpiHal : public Hal {
 public:
  /// `transport` must outlive this object.
  explicit SpiHal(SpiTransport& transport) : transport_(transport), frames_(transport, trouble_) {
    flags_ = TENDON_HAL_CHECKED_LINK;  // CRC-16 both ways, and repetition
  }

  /// HELLO, the device's own self-test, then 4032 bytes of every value over the wires. The times
  /// that both take are the rates of tendon_link_t.
  /// TENDON_E_NO_DEVICE: nobody, another protocol, or its self-test failed; TENDON_E_IO: the wires.
  tendon_status_t start();

  const SpiLink& link() const { return frames_; }

  tendon_status_t read(std::uint32_t offset, std::uint32_t* value) override;
  tendon_status_t write(std::uint32_t offset, std::uint32_t value) override;
  tendon_status_t alloc(std::uint32_t bytes, tendon_dma_t* dma) override {
    return pool_.alloc(bytes, dma);
  }
  void free(tendon_dma_t* dma) override { pool_.free(dma); }
  tendon_status_t sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                       tendon_dma_direction_t direction) override;
  tendon_status_t wait(std::uint64_t timeout_us) override;
  std::uint64_t time_us() override { return transport_.time_us(); }

 private:
  tendon_status_t move(std::uint32_t address, std::uint32_t bytes, std::uint8_t* cpu,
                       tendon_dma_direction_t direction);

  SpiTransport& transport_;
  SpiLink frames_;
  DmaPool pool_;
  std::uint8_t words_[SpiLink::kMaxData] = {};
};

}  // namespace tendon::hal
