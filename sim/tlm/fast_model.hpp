// SPDX-License-Identifier: MIT
// The loosely timed accelerator: registers, descriptors, memories and errors of docs/accelerator.md
// and docs/registers.md; bits from the golden arithmetic, cycles from cycle_model.hpp. Descriptors
// take effect when they are issued, PROGRESS and interrupts come when they are done. The watchdog
// never expires: nothing here can hang.
#pragma once

#include <array>
#include <optional>

#include "compiler/cycles.hpp"
#include "tlm/accel_model.hpp"
#include "tlm/conv_unit.hpp"
#include "tlm/kind_unit.hpp"

namespace tendon::vp {

class FastModel : public AccelModel {
 public:
  FastModel(const Geometry& geometry, BusMaster bus);

  bool read(std::uint32_t offset, std::uint32_t& value, std::uint64_t& cycles) override;
  bool write(std::uint32_t offset, std::uint32_t value, std::uint64_t& cycles) override;
  void advance_to(std::uint64_t cycle) override;
  std::uint64_t next_event() override;
  bool irq() const override { return (irq_status_ & irq_enable_) != 0; }
  std::uint64_t busy_cycles() const override;

 private:
  enum Cause {
    kCycles,
    kActive,
    kWaitWeights,
    kWaitActivations,
    kWaitWriteback,
    kDescriptor,
    kDrain,
    kDma,
    kCauses
  };
  using Counts = std::array<std::uint64_t, kCauses>;
  struct Finish {
    std::uint64_t cycle;
    bool irq;
  };

  bool read_counter(std::uint32_t offset, std::uint32_t& value) const;
  bool write_job_register(std::uint32_t offset, std::uint32_t value);
  void ring(std::uint32_t count);
  void soft_reset();
  void issue();
  void schedule_issue();
  std::optional<DeviceError> fetch(DescriptorWords& words);
  std::optional<DeviceError> execute(const DescriptorWords& words);
  std::optional<DeviceError> transfer(const DescriptorWords& words, bool store);
  std::optional<DeviceError> compute(const DescriptorWords& words);
  bool in_window(std::uint32_t address, std::uint32_t bytes) const;
  std::uint8_t* space(unsigned index, std::uint32_t word, std::uint32_t bytes);
  void account(std::uint64_t cycle);
  void add(Cause cause, std::uint64_t cycles);
  void finish_descriptor(const DescriptorWords& words, std::uint64_t end);
  void finish_chain(std::uint64_t cycle);
  void fail(const DeviceError& error, std::uint32_t tag);
  void show(const char* row, const std::string& name, std::uint64_t begin, std::uint64_t end) const;

  Geometry geometry_;
  BusMaster bus_;
  CoreMemories memories_;
  ConvUnit conv_{memories_};
  KindUnit kinds_{memories_};

  std::uint64_t now_ = 0, busy_total_ = 0;
  // registers
  std::uint32_t scratch_ = 0, irq_enable_ = 0, irq_status_ = 0, desc_base_ = 0;
  std::uint32_t win_base_ = 0xFFFFF000, win_limit_ = 0, watchdog_ = 0;
  bool done_ = false, error_ = false, refused_ = false, doorbell_refused_ = false;
  DeviceError failure_;
  std::uint32_t error_tag_ = 0;
  ArgMax argmax_;
  std::uint32_t bytes_read_ = 0, bytes_written_ = 0;
  // chain
  bool running_ = false;
  std::uint32_t count_ = 0, issued_ = 0, progress_ = 0;
  std::uint64_t start_ = 0, issue_at_ = 0, end_at_ = kNever;
  std::uint64_t dma_free_ = 0, dma_begin_ = 0, core_free_ = 0, core_done_ = 0;
  std::uint64_t pack_done_ = 0;  // of the last PACK
  std::uint64_t act_free_ = 0;   // no LOAD or STORE of activations runs from then on
  compiler::Arrival arriving_;   // what the LOAD that runs brings
  std::uint64_t accounted_ = 0;
  DescriptorWords next_words_{};
  std::optional<DeviceError> next_error_;
  std::vector<Finish> finishes_;
  Counts counts_{}, line_start_{};
  std::vector<Counts> log_;
};

}  // namespace tendon::vp
