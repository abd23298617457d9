// SPDX-License-Identifier: MIT
#include "trace/device_trace.hpp"

#include "tendon/tendon_regs.h"
#include "trace/register_names.hpp"

namespace tendon::sim {

void DeviceTrace::cycle(std::uint64_t now, const Wires& wires) {
  if (wires.read_address) reads_.push_back(now);
  if (wires.read_last) end_burst(reads_, "accelerator bus read", now);
  if (wires.write_address) writes_.push_back(now);
  if (wires.write_response) end_burst(writes_, "accelerator bus write", now);
  if (wires.interrupt == interrupt_) return;
  interrupt_ = wires.interrupt;
  if (!interrupt_) {
    timeline_.close("interrupt line", ns(now));
    return;
  }
  timeline_.open("interrupt line", "raised", ns(now));
  if (in_chain_) timeline_.span("accelerator chain", "chain", ns(chain_since_), ns(now));
  in_chain_ = false;
}

void DeviceTrace::access(std::uint64_t now, bool write, std::uint32_t offset, std::uint32_t value,
                         bool okay) {
  timeline_.instant("registers", describe_access(write, offset, value, okay), ns(now));
  if (!write || !okay) return;
  if (offset == TENDON_DOORBELL_OFFSET) {
    in_chain_ = true;
    chain_since_ = now;
  } else if (offset == TENDON_CTRL_OFFSET && in_chain_) {
    timeline_.span("accelerator chain", "chain, ended by a reset", ns(chain_since_), ns(now));
    in_chain_ = false;
  }
}

void DeviceTrace::end_burst(std::deque<std::uint64_t>& starts, const char* row, std::uint64_t now) {
  if (starts.empty()) return;  // a reset came between
  timeline_.span(row, "burst", ns(starts.front()), ns(now));
  starts.pop_front();
}

}  // namespace tendon::sim
