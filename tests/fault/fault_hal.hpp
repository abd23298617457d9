// SPDX-License-Identifier: MIT
// A HAL around another one that goes wrong on purpose: wrapped around the RTL in the fault
// campaign.
#pragma once

#include <cstdint>
#include <random>

#include "tendon/tendon_hal.h"

namespace tendon::test {

enum class Fault {
  kBusRead,        // a register read fails
  kBusWrite,       // a register write fails
  kFlipRead,       // one bit of a register read is inverted
  kFlipWrite,      // one bit of a register write is inverted
  kLostWrite,      // a register write does not arrive, and says it did
  kFlipDma,        // one bit of DMA memory is inverted while it goes to the device
  kFlipResult,     // one bit of DMA memory is inverted while it comes back
  kSyncFails,      // dma_sync fails
  kDropIrq,        // interrupts do not arrive
  kSpuriousIrq,    // irq_wait returns at once
  kStuckBusy,      // STATUS says busy for ever
  kDeadRegisters,  // from some access on, none is answered
  kCount
};

class FaultHal {
 public:
  explicit FaultHal(const tendon_hal_t& inner);
  const tendon_hal_t& hal() const { return hal_; }

  /// One fault of this kind at a random place of the next `accesses` events of its sort.
  void arm(Fault fault, std::uint32_t accesses, std::mt19937& random);
  void disarm();
  bool hit() const { return hit_; }

 private:
  bool strikes(Fault fault);

  tendon_hal_t inner_;
  tendon_hal_t hal_ = {};
  Fault fault_ = Fault::kCount;
  std::uint32_t countdown_ = 0;
  std::uint32_t bit_ = 0;
  bool hit_ = false;
};

}  // namespace tendon::test
