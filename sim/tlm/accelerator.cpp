// SPDX-License-Identifier: MIT
#include "tlm/accelerator.hpp"

namespace tendon::vp {

Accelerator::Accelerator(sc_core::sc_module_name name, std::uint64_t clock_hz,
                         const Factory& factory, IrqLine irq)
    : Device(name, sc_core::SC_ZERO_TIME),
      master("master"),
      clock_(sc_core::sc_time(1, sc_core::SC_SEC) / static_cast<double>(clock_hz)),
      irq_(std::move(irq)) {
  const BusMaster bus{[this](std::uint32_t address, std::span<std::uint8_t> out) {
                        return transport(tlm::TLM_READ_COMMAND, address, out.data(), out.size());
                      },
                      [this](std::uint32_t address, std::span<const std::uint8_t> in) {
                        return transport(tlm::TLM_WRITE_COMMAND, address,
                                         const_cast<std::uint8_t*>(in.data()), in.size());
                      }};
  model_ = factory(bus);
  SC_HAS_PROCESS(Accelerator);
  SC_METHOD(follow);
  sensitive << touched_;
  dont_initialize();
}

bool Accelerator::transport(tlm::tlm_command command, std::uint32_t address, std::uint8_t* data,
                            std::size_t bytes) {
  tlm::tlm_generic_payload payload;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;  // the model times its own bus
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  master->b_transport(payload, delay);
  return payload.is_response_ok();
}

// Keeps the model in step with simulated time while it has something to do.
void Accelerator::follow() {
  model_->advance_to(now());
  irq_(model_->irq());
  const std::uint64_t next = model_->next_event();
  if (next == AccelModel::kNever) return;
  const std::uint64_t present = now();
  next_trigger(clock_ * static_cast<double>(next > present ? next - present : 1), touched_);
}

void Accelerator::after_access(std::uint64_t cycles, sc_core::sc_time& delay) {
  delay += clock_ * static_cast<double>(cycles);
  irq_(model_->irq());
  touched_.notify(sc_core::SC_ZERO_TIME);
}

bool Accelerator::read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
                       sc_core::sc_time& delay) {
  std::uint64_t cycles = 0;
  std::uint32_t word = 0;
  model_->advance_to(now());
  const bool okay = bytes == 4 && model_->read(static_cast<std::uint32_t>(offset), word, cycles);
  value = word;
  after_access(cycles, delay);
  if (trace_) trace_(false, static_cast<std::uint32_t>(offset), word, okay);
  return okay;
}

bool Accelerator::write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
                        sc_core::sc_time& delay) {
  std::uint64_t cycles = 0;
  const auto word = static_cast<std::uint32_t>(value);
  model_->advance_to(now());
  const bool okay = bytes == 4 && model_->write(static_cast<std::uint32_t>(offset), word, cycles);
  after_access(cycles, delay);
  if (trace_) trace_(true, static_cast<std::uint32_t>(offset), word, okay);
  return okay;
}

}  // namespace tendon::vp
