// SPDX-License-Identifier: MIT
// The accelerator on the bus: register target, bus master, interrupt; an AccelModel inside. The
// same for the loosely timed model and for RTL.
#pragma once

#include <memory>

#include "tlm/accel_model.hpp"
#include "tlm/device.hpp"
#include "tlm_utils/simple_initiator_socket.h"

namespace tendon::vp {

class Accelerator : public Device {
 public:
  tlm_utils::simple_initiator_socket<Accelerator> master;

  using Factory = std::function<std::unique_ptr<AccelModel>(BusMaster)>;
  using Trace =
      std::function<void(bool write, std::uint32_t offset, std::uint32_t value, bool okay)>;
  Accelerator(sc_core::sc_module_name name, std::uint64_t clock_hz, const Factory& factory,
              IrqLine irq);

  AccelModel& model() { return *model_; }
  void set_trace(Trace trace) { trace_ = std::move(trace); }
  sc_core::sc_time clock() const { return clock_; }

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  void follow();
  void after_access(std::uint64_t cycles, sc_core::sc_time& delay);
  std::uint64_t now() const { return sc_core::sc_time_stamp().value() / clock_.value(); }
  bool transport(tlm::tlm_command command, std::uint32_t address, std::uint8_t* data,
                 std::size_t bytes);

  sc_core::sc_time clock_;
  std::unique_ptr<AccelModel> model_;
  IrqLine irq_;
  Trace trace_;
  sc_core::sc_event touched_;
};

}  // namespace tendon::vp
