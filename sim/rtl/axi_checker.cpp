// SPDX-License-Identifier: MIT
#include "rtl/axi_checker.hpp"

#include <cstdio>

namespace tendon::sim {

namespace {

constexpr unsigned kIncr = 1;
constexpr unsigned kMaxBeats = 16;
constexpr std::uint32_t kPage = 4096;

std::string at(const char* rule, std::uint32_t address) {
  char text[160];
  std::snprintf(text, sizeof(text), "%s (address 0x%08x)", rule, address);
  return text;
}

}  // namespace

std::string AxiChecker::reset(const Pins& pins) {
  if (pins.axi_out.awvalid || pins.axi_out.wvalid || pins.axi_out.arvalid) {
    return "AXI4 master valid in reset";
  }
  if (pins.lite_out.bvalid || pins.lite_out.rvalid) {
    return "AXI4-Lite slave valid in reset";
  }
  return "";
}

// What was valid and not taken must stand unchanged.
std::string AxiChecker::stable(const Pins& pins) const {
  const AxiOut& out = pins.axi_out;
  const AxiOut& was = before_.axi_out;
  const AxiIn& in = pins.axi_in;
  const AxiIn& in_was = before_.axi_in;
  if (was.awvalid && !in_was.awready &&
      !(out.awvalid && out.awaddr == was.awaddr && out.awlen == was.awlen)) {
    return at("AW changed before ready", was.awaddr);
  }
  if (was.wvalid && !in_was.wready &&
      !(out.wvalid && out.wdata == was.wdata && out.wstrb == was.wstrb && out.wlast == was.wlast)) {
    return "W changed before ready";
  }
  if (was.arvalid && !in_was.arready &&
      !(out.arvalid && out.araddr == was.araddr && out.arlen == was.arlen)) {
    return at("AR changed before ready", was.araddr);
  }
  if (in_was.bvalid && !was.bready && !(in.bvalid && in.bresp == in_was.bresp)) {
    return "B changed before ready";
  }
  if (in_was.rvalid && !was.rready &&
      !(in.rvalid && in.rdata == in_was.rdata && in.rresp == in_was.rresp &&
        in.rlast == in_was.rlast)) {
    return "R changed before ready";
  }

  const LiteIn& lite = pins.lite_in;
  const LiteIn& lite_was = before_.lite_in;
  const LiteOut& answer = pins.lite_out;
  const LiteOut& answer_was = before_.lite_out;
  if (lite_was.awvalid && !answer_was.awready &&
      !(lite.awvalid && lite.awaddr == lite_was.awaddr)) {
    return at("AXI4-Lite AW changed before ready", lite_was.awaddr);
  }
  if (lite_was.wvalid && !answer_was.wready &&
      !(lite.wvalid && lite.wdata == lite_was.wdata && lite.wstrb == lite_was.wstrb)) {
    return "AXI4-Lite W changed before ready";
  }
  if (lite_was.arvalid && !answer_was.arready &&
      !(lite.arvalid && lite.araddr == lite_was.araddr)) {
    return at("AXI4-Lite AR changed before ready", lite_was.araddr);
  }
  if (answer_was.bvalid && !lite_was.bready &&
      !(answer.bvalid && answer.bresp == answer_was.bresp)) {
    return "AXI4-Lite B changed before ready";
  }
  if (answer_was.rvalid && !lite_was.rready &&
      !(answer.rvalid && answer.rdata == answer_was.rdata && answer.rresp == answer_was.rresp)) {
    return "AXI4-Lite R changed before ready";
  }
  return "";
}

std::string AxiChecker::address(bool write, std::uint32_t address, unsigned length, unsigned size,
                                unsigned burst) const {
  const unsigned beats = length + 1;
  if (burst != kIncr) {
    return at(write ? "AW is not INCR" : "AR is not INCR", address);
  }
  if ((1u << size) != bus_bytes_) {
    return at(write ? "AW size is not the bus" : "AR size is not the bus", address);
  }
  if (beats > kMaxBeats) {
    return at(write ? "AW longer than 16 beats" : "AR longer than 16 beats", address);
  }
  if (address % bus_bytes_ != 0) {
    return at(write ? "AW misaligned" : "AR misaligned", address);
  }
  if (address % kPage + beats * bus_bytes_ > kPage) {
    return at(write ? "AW crosses 4 KiB" : "AR crosses 4 KiB", address);
  }
  return "";
}

std::string AxiChecker::axi_write(const Pins& pins) {
  const AxiOut& out = pins.axi_out;
  const AxiIn& in = pins.axi_in;
  if (in.bvalid && write_answers_ == 0) {
    return "B before the end of its burst";
  }
  if (out.awvalid) {
    if (std::string broken = address(true, out.awaddr, out.awlen, out.awsize, out.awburst);
        !broken.empty()) {
      return broken;
    }
  }
  if (in.bvalid && out.bready) {
    --write_answers_;
  }
  if (out.awvalid && in.awready) {
    write_lengths_.push_back(out.awlen + 1);
  }
  if (out.wvalid && in.wready) {
    ++write_beats_;
    if (out.wlast) {
      data_lengths_.push_back(write_beats_);
      write_beats_ = 0;
    }
  }
  if (!write_lengths_.empty() && data_lengths_.empty() && write_beats_ >= write_lengths_.front()) {
    return "W without last on the last beat";
  }
  if (!write_lengths_.empty() && !data_lengths_.empty()) {
    if (write_lengths_.front() != data_lengths_.front()) {
      return "W last not on the beat that AW promised";
    }
    write_lengths_.pop_front();
    data_lengths_.pop_front();
    ++write_answers_;
  }
  return "";
}

std::string AxiChecker::axi_read(const Pins& pins) {
  const AxiOut& out = pins.axi_out;
  const AxiIn& in = pins.axi_in;
  if (out.arvalid) {
    if (std::string broken = address(false, out.araddr, out.arlen, out.arsize, out.arburst);
        !broken.empty()) {
      return broken;
    }
  }
  if (in.rvalid) {
    if (read_lengths_.empty()) {
      return "R without an address";
    }
    if (in.rlast != (read_beats_ + 1 == read_lengths_.front())) {
      return "R last not on the beat that AR promised";
    }
    if (out.rready && ++read_beats_ == read_lengths_.front()) {
      read_beats_ = 0;
      read_lengths_.pop_front();
    }
  }
  if (out.arvalid && in.arready) {
    read_lengths_.push_back(out.arlen + 1);
  }
  return "";
}

std::string AxiChecker::lite(const Pins& pins) {
  const LiteIn& in = pins.lite_in;
  const LiteOut& out = pins.lite_out;
  if (out.bvalid && (lite_addresses_ == 0 || lite_data_ == 0)) {
    return "AXI4-Lite B before address and data";
  }
  if (out.rvalid && lite_reads_ == 0) {
    return "AXI4-Lite R without an address";
  }
  if (out.bvalid && in.bready) {
    --lite_addresses_;
    --lite_data_;
  }
  if (out.rvalid && in.rready) {
    --lite_reads_;
  }
  lite_addresses_ += in.awvalid && out.awready ? 1 : 0;
  lite_data_ += in.wvalid && out.wready ? 1 : 0;
  lite_reads_ += in.arvalid && out.arready ? 1 : 0;
  return "";
}

std::string AxiChecker::cycle(const Pins& pins) {
  if (!pins.rst_n) {
    // Whatever was outstanding is gone. The very first edge may come before reset was seen.
    const std::string broken = had_reset_ ? reset(pins) : "";
    *this = AxiChecker(bus_bytes_);
    had_reset_ = true;
    return broken;
  }
  std::string broken;
  if (first_cycle_) {
    broken = reset(pins);
  } else {
    broken = stable(pins);
  }
  first_cycle_ = false;
  for (auto check : {&AxiChecker::axi_write, &AxiChecker::axi_read, &AxiChecker::lite}) {
    if (broken.empty()) {
      broken = (this->*check)(pins);
    }
  }
  before_ = pins;
  return broken;
}

}  // namespace tendon::sim
