// SPDX-License-Identifier: MIT
#include "tlm/rtl_model.hpp"

#include <algorithm>
#include <cstdlib>

#include "rtl/axi_checker.hpp"
#include "rtl/lite_host.hpp"
#include "rtl/model.hpp"
#include "tendon/tendon_regs.h"
#include "tlm/axi_bridge.hpp"

namespace tendon::vp {

namespace {

constexpr unsigned kResetCycles = 4;
constexpr std::uint64_t kChunk = 256;        // cycles that the model may be ahead
constexpr unsigned kAccessCycles = 100'000;  // no register access takes longer
constexpr unsigned kStallPercent = 30;
constexpr std::uint32_t kWorking = TENDON_STATUS_BUSY_MASK | TENDON_STATUS_RESETTING_MASK;

class RtlModel : public AccelModel {
 public:
  RtlModel(std::unique_ptr<sim::Model> model, BusMaster bus, std::uint64_t stall_seed)
      : model_(std::move(model)),
        bridge_(std::move(bus), model_->bus_bytes(), stall_seed != 0 ? kStallPercent : 0,
                stall_seed),
        checker_(model_->bus_bytes()),
        host_(0, stall_seed) {
    pins_.rst_n = false;
    model_->settle(pins_);
    for (unsigned i = 0; i < kResetCycles; ++i) tick();
    pins_.axi_in = {};
    pins_.rst_n = true;
    model_->settle(pins_);
    now_ = 0;
  }

  bool read(std::uint32_t offset, std::uint32_t& value, std::uint64_t& cycles) override {
    host_.start_read(offset);
    const bool okay = access(cycles);
    value = host_.data();
    return okay;
  }

  bool write(std::uint32_t offset, std::uint32_t value, std::uint64_t& cycles) override {
    host_.start_write(offset, value);
    const bool okay = access(cycles);
    if (offset == TENDON_DOORBELL_OFFSET || offset == TENDON_CTRL_OFFSET) {
      active_ = true;
      chain_start_ = now_;
    }
    return okay;
  }

  void advance_to(std::uint64_t cycle) override {
    if (!active_) now_ = std::max(now_, cycle);  // nothing happens in an idle device
    while (now_ < cycle) tick();
    if (cycle >= irq_change_) irq_ = pins_.irq;
  }

  std::uint64_t next_event() override {
    if (pins_.irq != irq_) return irq_change_;
    if (!active_) return kNever;
    const std::uint64_t end = now_ + kChunk;
    while (now_ < end && pins_.irq == irq_) tick();
    check_activity();
    return pins_.irq != irq_ ? irq_change_ : now_;
  }

  bool irq() const override { return irq_; }
  std::uint64_t busy_cycles() const override { return ticks_; }

 private:
  void tick() {
    if (const std::string broken = checker_.cycle(pins_); !broken.empty()) {
      std::fprintf(stderr, "tendon-vp: AXI rule broken in cycle %llu: %s\n",
                   static_cast<unsigned long long>(ticks_), broken.c_str());
      std::abort();
    }
    watch_bus();
    const bool irq_before = pins_.irq;
    const sim::AxiIn axi = bridge_.cycle(pins_.axi_out, pins_.axi_in);
    const sim::LiteIn lite = host_.cycle(pins_.lite_out, pins_.lite_in);
    model_->clock(pins_);
    pins_.axi_in = axi;
    pins_.lite_in = lite;
    ++now_;
    ++ticks_;
    if (pins_.irq != irq_before) irq_change_ = now_;
  }

  bool access(std::uint64_t& cycles) {
    const std::uint64_t begin = now_;
    for (unsigned i = 0; i < kAccessCycles && !host_.done(); ++i) tick();
    cycles = now_ - begin;
    irq_ = pins_.irq;
    return host_.done() && host_.response() == sim::kRespOkay;
  }

  // Whether there is more to come can be seen in STATUS only.
  void check_activity() {
    host_.start_read(TENDON_STATUS_OFFSET);
    for (unsigned i = 0; i < kAccessCycles && !host_.done(); ++i) tick();
    active_ = (host_.data() & kWorking) != 0;
    if (!active_ && span_sink_) span_sink_({"chain", "chain", chain_start_, now_});
  }

  // Bursts on the bus, for the timeline.
  void watch_bus() {
    if (!span_sink_) return;
    const sim::AxiOut& out = pins_.axi_out;
    if (out.arvalid && pins_.axi_in.arready) read_start_ = now_;
    if (pins_.axi_in.rvalid && out.rready && pins_.axi_in.rlast) {
      span_sink_({"bus read", "burst", read_start_, now_});
    }
    if (out.awvalid && pins_.axi_in.awready) write_start_ = now_;
    if (pins_.axi_in.bvalid && out.bready) {
      span_sink_({"bus write", "burst", write_start_, now_});
    }
  }

  std::unique_ptr<sim::Model> model_;
  AxiBridge bridge_;
  sim::AxiChecker checker_;
  sim::LiteHost host_;
  sim::Pins pins_;
  std::uint64_t now_ = 0, ticks_ = 0, irq_change_ = 0, chain_start_ = 0;
  std::uint64_t read_start_ = 0, write_start_ = 0;
  bool irq_ = false, active_ = false;
};

}  // namespace

Result<std::unique_ptr<AccelModel>> make_rtl_model(const RtlModelOptions& options, BusMaster bus) {
  const bool traced = !options.waveform.empty() && options.config == "base";
  std::unique_ptr<sim::Model> model =
      sim::make_model(traced ? "traced" : options.config, 1 + options.stall_seed);
  if (!model) return Error{"no RTL configuration '" + options.config + "' in this build"};
  if (!options.waveform.empty() && !model->trace(options.waveform)) {
    return Error{"cannot write waveform '" + options.waveform + "' of RTL configuration '" +
                 options.config + "'"};
  }
  return std::unique_ptr<AccelModel>(
      std::make_unique<RtlModel>(std::move(model), std::move(bus), options.stall_seed));
}

}  // namespace tendon::vp
