// SPDX-License-Identifier: MIT
// The accelerator's SPI bridge (docs/spi.md) byte by byte: frames, CRC, sequence numbers, device
// memory. It is the only master of the accelerator's registers; the accelerator's bus master sees
// nothing but the device memory, from bus address 0 on.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "tlm/dw_ssi.hpp"
#include "tlm_utils/simple_initiator_socket.h"

namespace tendon::vp {

class SpiBridge : public sc_core::sc_module, public SpiSlave {
 public:
  tlm_utils::simple_initiator_socket<SpiBridge> registers;
  tlm_utils::simple_target_socket<SpiBridge> memory;

  SpiBridge(sc_core::sc_module_name name, std::uint32_t memory_bytes, std::uint32_t clock_hz);

  void select(bool selected) override;
  std::uint8_t exchange(std::uint8_t mosi) override;

  /// Flips one bit of every n-th byte towards the device; 0: never. For tests of the repetition.
  void damage_every(std::uint32_t bytes) { damage_every_ = bytes; }

 private:
  enum class State { kHeader, kData, kDone };

  void take(std::uint8_t byte);
  void header_complete();
  void data_complete();
  void refuse(std::uint8_t code);
  void reply(std::uint8_t status, const std::vector<std::uint8_t>& data);
  std::uint8_t write_register();
  void read_register();
  bool access(bool write, std::uint32_t& value);
  void hello();
  void memory_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool legal() const;
  std::uint32_t word(std::size_t at) const;

  std::vector<std::uint8_t> memory_bytes_;
  std::uint32_t clock_hz_;
  State state_ = State::kHeader;
  std::vector<std::uint8_t> request_;
  std::size_t wanted_ = 0;  // bytes of the request
  std::deque<std::uint8_t> answer_;
  bool selected_ = false, answering_ = false, refused_ = false;
  std::uint8_t next_ = 0x54, refusal_ = 0;
  std::uint8_t command_ = 0, sequence_ = 0;
  std::uint32_t length_ = 0, address_ = 0;
  int last_write_ = -1;  // sequence number of the last WRITE_REG that was executed
  std::uint8_t last_status_ = 0;
  std::uint32_t damage_every_ = 0, damaged_ = 0;
};

}  // namespace tendon::vp
