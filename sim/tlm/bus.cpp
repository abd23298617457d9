// SPDX-License-Identifier: MIT
#include "tlm/bus.hpp"

namespace tendon::vp {

Bus::Bus(sc_core::sc_module_name name)
    : sc_module(name), initiators("initiators"), targets("targets") {
  initiators.register_b_transport(this, &Bus::b_transport);
}

void Bus::add_range(std::uint64_t base, std::uint64_t bytes, const std::string& name) {
  for (const Range& range : ranges_) {
    if (base < range.base + range.bytes && range.base < base + bytes) {
      SC_REPORT_FATAL("bus", (name + " overlaps " + range.name).c_str());
    }
  }
  ranges_.push_back({base, bytes, name});
}

int Bus::find(std::uint64_t address, std::uint64_t bytes) const {
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const Range& range = ranges_[i];
    if (address >= range.base && bytes <= range.bytes &&
        address - range.base <= range.bytes - bytes) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::string Bus::owner(std::uint64_t address) const {
  const int index = find(address, 1);
  return index < 0 ? "nothing" : ranges_[static_cast<std::size_t>(index)].name;
}

void Bus::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const int index = find(address, payload.get_data_length());
  if (index < 0) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  payload.set_address(address - ranges_[static_cast<std::size_t>(index)].base);
  targets[index]->b_transport(payload, delay);
  payload.set_address(address);
}

}  // namespace tendon::vp
