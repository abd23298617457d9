// SPDX-License-Identifier: MIT
//
// Model over the class that Verilator writes for one configuration. Included only by the file that
// makes that configuration: nothing Verilated leaves it.
#pragma once

#include <verilated.h>
#if VM_TRACE
#include <verilated_fst_c.h>
#endif

#include <cstring>
#include <memory>
#include <string>

#include "rtl/coverage.hpp"
#include "rtl/model.hpp"

namespace tendon::sim {

template <typename Dut>
class VerilatedModel : public Model {
 public:
  explicit VerilatedModel(std::uint64_t seed) {
    context_->randReset(2);
    context_->randSeed(static_cast<int>(seed % 0x7FFFFFFF) + 1);
    if (VM_TRACE != 0) {
      context_->traceEverOn(true);
    }
    dut_ = std::make_unique<Dut>(context_.get(), "tendon");
    // Reset starts with an edge, so it acts before the first clock.
    dut_->clk_i = 0;
    dut_->rst_ni = 1;
    dut_->eval();
  }

  ~VerilatedModel() override {
    dut_->final();
    save_coverage(*context_);
    // The model's scopes leave the thread's current context. That of a model which has ended in the
    // meantime is no more.
    Verilated::threadContextp(context_.get());
  }

  void clock(Pins& pins) override {
    drive(pins);
    dut_->clk_i = 1;
    dut_->eval();
    dump();
    sample(pins);
    dut_->clk_i = 0;
    dut_->eval();
    dump();
  }

  void settle(Pins& pins) override {
    drive(pins);
    dut_->eval();
    sample(pins);
  }

  unsigned bus_bytes() const override { return sizeof(dut_->m_rdata_i); }

#if VM_TRACE
  bool trace(const std::string& path) override {
    fst_ = std::make_unique<VerilatedFstC>();
    dut_->trace(fst_.get(), 99);
    fst_->open(path.c_str());
    return fst_->isOpen();
  }
#else
  bool trace(const std::string& /*path*/) override { return false; }
#endif

 protected:
  Dut& dut() { return *dut_; }
  VerilatedContext& context() { return *context_; }

 private:
  void drive(const Pins& pins) {
    dut_->rst_ni = pins.rst_n;
    dut_->s_awvalid_i = pins.lite_in.awvalid;
    dut_->s_awaddr_i = static_cast<std::uint16_t>(pins.lite_in.awaddr & 0xFFF);
    dut_->s_awprot_i = 0;
    dut_->s_wvalid_i = pins.lite_in.wvalid;
    dut_->s_wdata_i = pins.lite_in.wdata;
    dut_->s_wstrb_i = static_cast<std::uint8_t>(pins.lite_in.wstrb & 0xF);
    dut_->s_bready_i = pins.lite_in.bready;
    dut_->s_arvalid_i = pins.lite_in.arvalid;
    dut_->s_araddr_i = static_cast<std::uint16_t>(pins.lite_in.araddr & 0xFFF);
    dut_->s_arprot_i = 0;
    dut_->s_rready_i = pins.lite_in.rready;
    dut_->m_awready_i = pins.axi_in.awready;
    dut_->m_wready_i = pins.axi_in.wready;
    dut_->m_bvalid_i = pins.axi_in.bvalid;
    dut_->m_bresp_i = static_cast<std::uint8_t>(pins.axi_in.bresp & 3);
    dut_->m_arready_i = pins.axi_in.arready;
    dut_->m_rvalid_i = pins.axi_in.rvalid;
    dut_->m_rresp_i = static_cast<std::uint8_t>(pins.axi_in.rresp & 3);
    dut_->m_rlast_i = pins.axi_in.rlast;
    std::memcpy(&dut_->m_rdata_i, pins.axi_in.rdata.data(), sizeof(dut_->m_rdata_i));
  }

  void sample(Pins& pins) const {
    pins.irq = dut_->irq_o != 0;
    pins.lite_out.awready = dut_->s_awready_o != 0;
    pins.lite_out.wready = dut_->s_wready_o != 0;
    pins.lite_out.bvalid = dut_->s_bvalid_o != 0;
    pins.lite_out.bresp = dut_->s_bresp_o;
    pins.lite_out.arready = dut_->s_arready_o != 0;
    pins.lite_out.rvalid = dut_->s_rvalid_o != 0;
    pins.lite_out.rdata = dut_->s_rdata_o;
    pins.lite_out.rresp = dut_->s_rresp_o;
    AxiOut& axi = pins.axi_out;
    axi.awvalid = dut_->m_awvalid_o != 0;
    axi.awaddr = dut_->m_awaddr_o;
    axi.awlen = dut_->m_awlen_o;
    axi.awsize = dut_->m_awsize_o;
    axi.awburst = dut_->m_awburst_o;
    axi.wvalid = dut_->m_wvalid_o != 0;
    std::memcpy(axi.wdata.data(), &dut_->m_wdata_o, sizeof(dut_->m_wdata_o));
    axi.wstrb = dut_->m_wstrb_o;
    axi.wlast = dut_->m_wlast_o != 0;
    axi.bready = dut_->m_bready_o != 0;
    axi.arvalid = dut_->m_arvalid_o != 0;
    axi.araddr = dut_->m_araddr_o;
    axi.arlen = dut_->m_arlen_o;
    axi.arsize = dut_->m_arsize_o;
    axi.arburst = dut_->m_arburst_o;
    axi.rready = dut_->m_rready_o != 0;
  }

  void dump() {
#if VM_TRACE
    if (fst_ != nullptr) {
      fst_->dump(half_cycles_);
    }
    ++half_cycles_;
#endif
  }

  // Order matters: the model refers to the context, the waveform to the model.
  std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
  std::unique_ptr<Dut> dut_;
#if VM_TRACE
  std::unique_ptr<VerilatedFstC> fst_;
  std::uint64_t half_cycles_ = 0;
#endif
};

}  // namespace tendon::sim
