// SPDX-License-Identifier: MIT
#include "rtl/lite_host.hpp"

namespace tendon::sim {

void LiteHost::start_write(std::uint32_t address, std::uint32_t data, unsigned strobes) {
  state_ = State::kWrite;
  address_ = address;
  data_ = data;
  strobes_ = strobes;
  address_sent_ = false;
  data_sent_ = false;
}

void LiteHost::start_read(std::uint32_t address) {
  state_ = State::kRead;
  address_ = address;
  address_sent_ = false;
}

LiteIn LiteHost::cycle(const LiteOut& out, const LiteIn& in) {
  address_sent_ |= (in.awvalid && out.awready) || (in.arvalid && out.arready);
  data_sent_ |= in.wvalid && out.wready;
  if (out.bvalid && in.bready) {
    response_ = out.bresp;
    state_ = State::kIdle;
  }
  if (out.rvalid && in.rready) {
    response_ = out.rresp;
    read_data_ = out.rdata;
    state_ = State::kIdle;
  }

  LiteIn next;
  if (state_ == State::kWrite) {
    // What is offered stays offered until it is taken.
    next.awvalid = !address_sent_ && ((in.awvalid && !out.awready) || !random_.chance(stall_));
    next.wvalid = !data_sent_ && ((in.wvalid && !out.wready) || !random_.chance(stall_));
    next.awaddr = address_;
    next.wdata = data_;
    next.wstrb = strobes_;
    next.bready = !random_.chance(stall_);
  } else if (state_ == State::kRead) {
    next.arvalid = !address_sent_ && ((in.arvalid && !out.arready) || !random_.chance(stall_));
    next.araddr = address_;
    next.rready = !random_.chance(stall_);
  }
  return next;
}

}  // namespace tendon::sim
