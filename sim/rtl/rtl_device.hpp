// SPDX-License-Identifier: MIT
//
// The accelerator's RTL as a device: Verilated tendon_top with clock, reset, AXI4 memory and
// register access around it, behind the driver's own seam (tendon_hal.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "rtl/axi_memory.hpp"
#include "rtl/model.hpp"
#include "tendon/tendon_hal.h"

namespace tendon::sim {

struct RtlOptions {
  StallPercent stall;         // of the AXI4 bus, 0 to 95
  unsigned lite_stall = 0;    // of register accesses, 0 to 95
  unsigned read_latency = 4;  // memory: cycles from address to first data
  std::uint64_t stall_seed = 1;
  std::uint64_t power_up_seed = 1;         // contents of memories before anything is written
  std::uint32_t memory_base = 0x40000000;  // bus address of its first byte
  std::uint32_t memory_bytes = 16u << 20;  // that dma_alloc gives out
  std::span<std::uint8_t> memory;          // where it is, memory_bytes long; empty: its own
  std::uint32_t clock_hz = 100'000'000;    // turns cycles into time_us
  std::string waveform;                    // FST file to write; empty: none. `base` only
  /// Called before each clock edge with the cycle and what the pins show; may be empty.
  std::function<void(std::uint64_t cycle, const Pins& pins)> watch;
};

/// Ways in which the world around the accelerator misbehaves. All off at the start.
struct RtlFaults {
  unsigned drop_irqs = 0;       // so many irq_wait() calls do not see the interrupt and time out
  unsigned spurious_irqs = 0;   // so many irq_wait() calls return at once without one
  bool stuck_busy = false;      // STATUS reads as BUSY for ever, and there is no interrupt
  bool dead_registers = false;  // no register access is answered: TENDON_E_BUS
};

/// Every clock passes the AXI checker and the assertions in the RTL; a broken rule prints what and
/// when, and aborts: it is a bug of ours, not of a program.
///
/// One thread at a time. The HAL's ctx is this object; it must outlive every user of hal().
class RtlDevice {
 public:
  /// `config`: "base", "tiny", "wide". The accelerator comes out of reset. Null when there is no
  /// such configuration in this build, or no waveform can be written; `*why` says which.
  static std::unique_ptr<RtlDevice> make(std::string_view config, const RtlOptions& options,
                                         std::string* why);

  /// The same around a model of the caller's.
  RtlDevice(std::unique_ptr<Model> model, const RtlOptions& options);
  ~RtlDevice();
  RtlDevice(const RtlDevice&) = delete;
  RtlDevice& operator=(const RtlDevice&) = delete;

  tendon_hal_t hal();

  std::uint64_t cycles() const;
  void run(std::uint64_t cycles);
  bool irq() const;

  /// Hard reset (rst_ni) for some cycles, in the middle of whatever happens. Memory keeps.
  void reset();

  RtlFaults& faults();
  /// Memory behind the bus: contents as the device sees them, and faults of the bus.
  AxiMemory& memory();

  /// Register access with the raw AXI response (kRespOkay ...); strobes as given.
  unsigned write_register(std::uint32_t offset, std::uint32_t value, unsigned strobes = 0xF);
  unsigned read_register(std::uint32_t offset, std::uint32_t* value);

  /// Drives random values on every AXI input between two edges and compares the AXI outputs: true
  /// when one of them followed. The next run() is not disturbed.
  bool has_combinational_path(std::uint64_t seed);

 private:
  struct Impl;
  tendon_status_t irq_wait(std::uint64_t timeout_us);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tendon::sim
