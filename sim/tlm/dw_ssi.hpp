// SPDX-License-Identifier: MIT
// SPI controller of the Milk-V Duo's kind (Synopsys DW_apb_ssi) as a master in mode 0 with 8-bit
// frames: FIFOs, baud rate, status, interrupts; no DMA, which that chip's Linux does not use
// either. Chip select is a GPIO, as most boards have it: the controller's own would rise whenever
// the transmit FIFO runs empty.
//
// Registers: CTRLR0 0x00, SSIENR 0x08, SER 0x10, BAUDR 0x14, TXFTLR 0x18, RXFTLR 0x1C, TXFLR 0x20,
// RXFLR 0x24, SR 0x28, IMR 0x2C, ISR 0x30, RISR 0x34, TXOICR 0x38, RXOICR 0x3C, RXUICR 0x40,
// ICR 0x48, IDR 0x58, VERSION 0x5C, DR 0x60 to 0xEC.
#pragma once

#include <deque>

#include "tlm/device.hpp"

namespace tendon::vp {

/// What hangs on the wires.
class SpiSlave {
 public:
  virtual ~SpiSlave() = default;
  virtual void select(bool selected) = 0;
  /// Eight clocks: takes what came on MOSI, gives what went out on MISO meanwhile.
  virtual std::uint8_t exchange(std::uint8_t mosi) = 0;
};

class DwSsi : public Device {
 public:
  static constexpr unsigned kFifoDepth = 32;

  /// `clock_hz`: ssi_clk; SCK is clock_hz / BAUDR. `slave` may be null: MISO floats high.
  DwSsi(sc_core::sc_module_name name, std::uint64_t clock_hz, SpiSlave* slave, IrqLine irq);

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  void shift();
  std::uint32_t status() const;
  std::uint32_t raw_interrupts() const;
  std::uint8_t pop();
  void push(std::uint8_t byte);
  void clear(std::uint32_t interrupts);
  bool shifting_allowed() const;
  void update_irq() { irq_((raw_interrupts() & mask_) != 0); }

  sc_core::sc_time clock_;
  SpiSlave* slave_;
  IrqLine irq_;
  sc_core::sc_event written_;
  std::deque<std::uint8_t> transmit_, receive_;
  std::uint32_t control_ = 7, enable_ = 0, select_ = 0, baud_ = 0;
  std::uint32_t transmit_threshold_ = 0, receive_threshold_ = 0, mask_ = 0x3F, sticky_ = 0;
  bool busy_ = false;
};

/// GPIO controller (DW_apb_gpio), port A: bit 0 is the SPI slave's chip select, active low.
class ChipSelectGpio : public Device {
 public:
  ChipSelectGpio(sc_core::sc_module_name name, SpiSlave* slave);

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  bool selected() const { return (direction_ & 1) != 0 && (data_ & 1) == 0; }

  SpiSlave* slave_;
  std::uint32_t data_ = 0, direction_ = 0;
};

}  // namespace tendon::vp
