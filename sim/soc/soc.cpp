// SPDX-License-Identifier: MIT
#include "soc/soc.hpp"

#include <verilated.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "Vtendon_soc.h"
#include "Vtendon_soc___024root.h"
#include "firmware/platform.h"
#include "soc/accel_gate.hpp"
#include "tlm/options.hpp"
#include "trace/device_trace.hpp"
#if TENDON_SOC_TRACED
#include <verilated_fst_c.h>
#endif

namespace tendon::soc {

namespace {

constexpr unsigned kResetCycles = 8;
constexpr int kDied = 2;
constexpr unsigned kClocksPerBit = 8;  // soc_uart.sv
constexpr unsigned kFrameBits = 10;

// The serial line, sampled in the middle of each bit.
class UartReceiver {
 public:
  std::optional<char> cycle(bool line) {
    if (bits_ == 0) {
      if (!line) {
        bits_ = kFrameBits;
        count_ = kClocksPerBit / 2;
        byte_ = 0;
      }
      return std::nullopt;
    }
    if (--count_ != 0) return std::nullopt;
    count_ = kClocksPerBit;
    --bits_;
    const unsigned index = kFrameBits - 1 - bits_;  // 0: start, 1..8: data, 9: stop
    if (index >= 1 && index <= 8 && line) byte_ |= 1u << (index - 1);
    return bits_ == 0 ? std::optional<char>(static_cast<char>(byte_)) : std::nullopt;
  }

 private:
  unsigned bits_ = 0, count_ = 0, byte_ = 0;
};

template <typename Array>
std::span<std::uint8_t> bytes_of(Array& array) {
  return {reinterpret_cast<std::uint8_t*>(&array), sizeof array};
}

class VerilatedSoc : public Soc {
 public:
  VerilatedSoc(vp::Session& session, const vp::VpOptions& options)
      : session_(session),
        setup_(options.setup),
        tracing_(!options.timeline.empty()),
        gated_(!options.free_clock && options.waveform.empty()),
        timeline_(tracing_, "tendon-soc"),
        window_(VP_WINDOW_BYTES) {
    context_->traceEverOn(!options.waveform.empty());
    dut_ = std::make_unique<Vtendon_soc>(context_.get(), "soc");
    dut_->clk_i = 0;
    dut_->accel_clk_i = 0;
    dut_->rst_ni = 0;
    dut_->host_ready_i = 0;
#if TENDON_SOC_TRACED
    if (!options.waveform.empty()) {
      waves_ = std::make_unique<VerilatedFstC>();
      dut_->trace(waves_.get(), 99);
      waves_->open(options.waveform.c_str());
    }
#endif
    for (unsigned i = 0; i < kResetCycles; ++i) tick();
    dut_->rst_ni = 1;
  }
  ~VerilatedSoc() override {
#if TENDON_SOC_TRACED
    if (waves_) waves_->close();
#endif
    dut_->final();
  }

  std::span<std::uint8_t> ram() { return bytes_of(dut_->rootp->tendon_soc__DOT__u_ram__DOT__mem); }
  std::span<std::uint8_t> flash() { return bytes_of(dut_->rootp->tendon_soc__DOT__flash_mem); }
  std::uint64_t cycles() const override { return cycles_; }
  const sim::Timeline& timeline() const override { return timeline_; }

  int run(std::uint64_t max_cycles) override {
    while (!exit_) {
      if (max_cycles != 0 && cycles_ >= max_cycles) return die("ran out of cycles");
      tick();
      if (const auto byte = uart_.cycle(dut_->uart_tx_o != 0)) session_.uart(*byte);
      if (dut_->trap_o != 0) return die("the processor trapped (illegal or misaligned)");
      if (dut_->bad_valid_o != 0) {
        char text[64];
        std::snprintf(text, sizeof text, "bus error at 0x%08x", dut_->bad_addr_o);
        return die(text);
      }
      serve_host();
    }
    drain_uart();
    return *exit_;
  }

 private:
  void tick() {
    const bool busy = is_accel_busy(), coming = dut_->rootp->tendon_soc__DOT__access_next != 0;
    TENDON_CHECK(!busy || gate_.open());  // PicoRV32 tells of an access one cycle before
    for (unsigned missing = gate_.before_edge(busy, coming); missing > 0; --missing) {
      dut_->accel_clk_i = 1;
      dut_->eval();
      dut_->accel_clk_i = 0;
      dut_->eval();
    }
    dut_->clk_i = 1;
    dut_->accel_clk_i = gate_.open() ? 1 : 0;
    dut_->eval();
    dump();
    dut_->clk_i = 0;
    dut_->accel_clk_i = 0;
    dut_->eval();
    ++cycles_;
    dump();
    if (tracing_) watch();
  }

  bool is_accel_busy() const {
    const Vtendon_soc___024root& s = *dut_->rootp;
    const auto access = s.tendon_soc__DOT__valid & s.tendon_soc__DOT__sel_accel;
    return !gated_ ||
           (access | s.tendon_soc__DOT__u_tendon__DOT__busy |
            s.tendon_soc__DOT__u_tendon__DOT__resetting |
            s.tendon_soc__DOT__u_tendon__DOT__job_active |
            s.tendon_soc__DOT__u_tendon__DOT__core_busy) != 0 ||
           s.tendon_soc__DOT__u_tendon__DOT__dma_idle == 0;
  }

  // Two steps of half a cycle.
  void dump() {
#if TENDON_SOC_TRACED
    if (waves_) waves_->dump(half_cycles_++);
#endif
  }

  // What the next rising edge will see.
  void watch() {
    const Vtendon_soc___024root& s = *dut_->rootp;
    const auto on = [](auto signal) { return signal != 0; };
    trace_.cycle(cycles_, {on(s.tendon_soc__DOT__m_arvalid) && on(s.tendon_soc__DOT__m_arready),
                           on(s.tendon_soc__DOT__m_rvalid) && on(s.tendon_soc__DOT__m_rready) &&
                               on(s.tendon_soc__DOT__m_rlast),
                           on(s.tendon_soc__DOT__m_awvalid) && on(s.tendon_soc__DOT__m_awready),
                           on(s.tendon_soc__DOT__m_bvalid) && on(s.tendon_soc__DOT__m_bready),
                           on(s.tendon_soc__DOT__irq)});
    if (!on(s.tendon_soc__DOT__sel_accel) || !on(s.tendon_soc__DOT__accel_ready)) return;
    const bool write = on(s.tendon_soc__DOT__wstrb);
    trace_.access(cycles_, write, s.tendon_soc__DOT__addr - VP_ACCEL_BASE,
                  write ? s.tendon_soc__DOT__wdata : s.tendon_soc__DOT__accel_rdata,
                  !on(s.tendon_soc__DOT__accel_error));
  }

  void mark(std::uint32_t next) {
    if (mark_ != VP_MARK_IDLE) {
      timeline_.span("processor", vp::mark_name(mark_), trace_.ns(mark_since_), trace_.ns(cycles_));
    }
    mark_ = next < VP_MARKS ? next : VP_MARK_IDLE;
    mark_since_ = cycles_;
  }

  void drain_uart() {
    for (unsigned i = 0; i < 2 * kFrameBits * kClocksPerBit; ++i) {
      tick();
      if (const auto byte = uart_.cycle(dut_->uart_tx_o != 0)) session_.uart(*byte);
    }
  }

  int die(const std::string& what) {
    char pc[24];
    std::snprintf(pc, sizeof pc, ", pc 0x%08x", dut_->rootp->tendon_soc__DOT__u_cpu__DOT__reg_pc);
    session_.message(what + pc);
    return kDied;
  }

  // An access is answered for one cycle, then the processor has it.
  void serve_host() {
    if (dut_->host_ready_i != 0) {
      dut_->host_ready_i = 0;
      dut_->eval();
      return;
    }
    if (dut_->host_valid_o == 0) return;
    const std::uint32_t address = dut_->host_addr_o;
    if (dut_->host_write_o != 0) {
      write_host(address - VP_PORT_BASE, dut_->host_wdata_o);
    } else if (address >= VP_WINDOW_BASE) {
      std::uint32_t word = 0;
      std::memcpy(&word, &window_[(address - VP_WINDOW_BASE) & ~3u], sizeof word);
      dut_->host_rdata_i = word;
    } else {
      dut_->host_rdata_i = read_host(address - VP_PORT_BASE);
    }
    dut_->host_ready_i = 1;
    dut_->eval();
  }

  std::uint32_t read_host(std::uint32_t offset) {
    if (offset == VP_PORT_SETUP) return setup_;
    if (offset == VP_PORT_FLAGS) return flags_;
    if (offset != VP_PORT_NEXT) return 0;
    const std::optional<vp::WindowJob> job = session_.next();
    if (!job) return 0;
    const std::size_t bytes = std::min(job->codes.size(), window_.size());
    std::copy_n(job->codes.begin(), bytes, window_.begin());
    flags_ = job->flags;
    return static_cast<std::uint32_t>(bytes);
  }

  void write_host(std::uint32_t offset, std::uint32_t value) {
    if (offset == VP_PORT_MARK) mark(value);
    if (offset == VP_PORT_EXIT) exit_ = static_cast<int>(value);
    if (offset != VP_PORT_RESULT) return;
    Result<vp::WindowResult> result = vp::read_result(value, 0, ram());
    if (!result) {
      session_.message(result.error().message);
      return;
    }
    result->simulated_cycles = cycles_;
    session_.result(*result);
  }

  vp::Session& session_;
  std::uint32_t setup_, flags_ = 0;
  bool tracing_, gated_;
  AccelGate gate_;
  sim::Timeline timeline_;
  sim::DeviceTrace trace_{timeline_, VP_ACCEL_HZ};
  std::uint32_t mark_ = VP_MARK_IDLE;
  std::uint64_t mark_since_ = 0;
  std::vector<std::uint8_t> window_;
  const std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
  std::unique_ptr<Vtendon_soc> dut_;
#if TENDON_SOC_TRACED
  std::unique_ptr<VerilatedFstC> waves_;
  std::uint64_t half_cycles_ = 0;
#endif
  UartReceiver uart_;
  std::optional<int> exit_;
  std::uint64_t cycles_ = 0;
};

}  // namespace

Result<std::unique_ptr<Soc>> Soc::make(std::span<const std::uint8_t> image,
                                       std::span<const std::uint8_t> flash, vp::Session& session,
                                       const vp::VpOptions& options) {
  if (!options.waveform.empty() && TENDON_SOC_TRACED == 0) {
    return Error{"--waveform: this program has none, tendon-soc-traced has"};
  }
  auto soc = std::make_unique<VerilatedSoc>(session, options);
  if (image.size() > soc->ram().size() || flash.size() > soc->flash().size()) {
    return Error{"firmware or program too large: " + std::to_string(image.size()) + " and " +
                 std::to_string(flash.size()) + " bytes, there are " +
                 std::to_string(soc->ram().size()) + " and " + std::to_string(soc->flash().size())};
  }
  std::copy(image.begin(), image.end(), soc->ram().begin());
  std::copy(flash.begin(), flash.end(), soc->flash().begin());
  return std::unique_ptr<Soc>(std::move(soc));
}

}  // namespace tendon::soc
