// SPDX-License-Identifier: MIT
// Address decoder: any number of initiators and targets, blocking transport, no arbitration delay.
// An address that no target owns gets TLM_ADDRESS_ERROR_RESPONSE.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm_utils/multi_passthrough_initiator_socket.h"
#include "tlm_utils/multi_passthrough_target_socket.h"

namespace tendon::vp {

class Bus : public sc_core::sc_module {
 public:
  // Nothing on one side is a bus that nobody uses, not a mistake.
  tlm_utils::multi_passthrough_target_socket<Bus, 32, tlm::tlm_base_protocol_types, 0,
                                             sc_core::SC_ZERO_OR_MORE_BOUND>
      initiators;
  tlm_utils::multi_passthrough_initiator_socket<Bus, 32, tlm::tlm_base_protocol_types, 0,
                                                sc_core::SC_ZERO_OR_MORE_BOUND>
      targets;

  explicit Bus(sc_core::sc_module_name name);

  /// Binds `socket` and gives it [base, base + bytes); it sees addresses from 0. Ranges that
  /// overlap are a wiring error (SC_REPORT_FATAL).
  template <typename Socket>
  void map(std::uint64_t base, std::uint64_t bytes, Socket& socket, const std::string& name) {
    add_range(base, bytes, name);
    targets.bind(socket);
  }

  /// Name of the target that owns an address, or "nothing".
  std::string owner(std::uint64_t address) const;

 private:
  struct Range {
    std::uint64_t base, bytes;
    std::string name;
  };

  void add_range(std::uint64_t base, std::uint64_t bytes, const std::string& name);
  int find(std::uint64_t address, std::uint64_t bytes) const;
  void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  std::vector<Range> ranges_;
};

}  // namespace tendon::vp
