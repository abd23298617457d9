// SPDX-License-Identifier: MIT
//
// The pins of tendon_top in plain C++, so that memory, checker and register access do not know
// which Verilated class is behind them. `In` is what the accelerator reads, `Out` what it drives.
#pragma once

#include <array>
#include <cstdint>

namespace tendon::sim {

inline constexpr unsigned kMaxBusBytes = 16;
using Beat = std::array<std::uint8_t, kMaxBusBytes>;  // byte 0 at the lowest address

inline constexpr unsigned kRespOkay = 0;
inline constexpr unsigned kRespSlverr = 2;
inline constexpr unsigned kRespDecerr = 3;

struct AxiOut {
  bool awvalid = false;
  std::uint32_t awaddr = 0;
  unsigned awlen = 0;
  unsigned awsize = 0;
  unsigned awburst = 0;
  bool wvalid = false;
  Beat wdata{};
  std::uint32_t wstrb = 0;  // one bit per byte
  bool wlast = false;
  bool bready = false;
  bool arvalid = false;
  std::uint32_t araddr = 0;
  unsigned arlen = 0;
  unsigned arsize = 0;
  unsigned arburst = 0;
  bool rready = false;

  bool operator==(const AxiOut&) const = default;
};

struct AxiIn {
  bool awready = false;
  bool wready = false;
  bool bvalid = false;
  unsigned bresp = 0;
  bool arready = false;
  bool rvalid = false;
  Beat rdata{};
  unsigned rresp = 0;
  bool rlast = false;
};

struct LiteIn {
  bool awvalid = false;
  std::uint32_t awaddr = 0;
  bool wvalid = false;
  std::uint32_t wdata = 0;
  unsigned wstrb = 0;
  bool bready = false;
  bool arvalid = false;
  std::uint32_t araddr = 0;
  bool rready = false;
};

struct LiteOut {
  bool awready = false;
  bool wready = false;
  bool bvalid = false;
  unsigned bresp = 0;
  bool arready = false;
  bool rvalid = false;
  std::uint32_t rdata = 0;
  unsigned rresp = 0;

  bool operator==(const LiteOut&) const = default;
};

struct Pins {
  bool rst_n = false;
  bool irq = false;
  AxiIn axi_in;
  AxiOut axi_out;
  LiteIn lite_in;
  LiteOut lite_out;
};

}  // namespace tendon::sim
