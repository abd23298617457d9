// SPDX-License-Identifier: MIT
// A device behind a HAL that records accesses: registers and descriptors as docs/accelerator.md
// says, layers computed by the golden model (the tag of a descriptor is the layer). Memory of
// processor and device are separate copies that only dma_sync joins. Faults are injected on
// request.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "golden/golden.hpp"
#include "program_writer.hpp"
#include "tendon/tendon_hal.h"

namespace tendon::test {

struct Access {
  bool write = false;
  std::uint32_t offset = 0;
  std::uint32_t value = 0;
};

struct Faults {
  std::function<tendon_status_t(const Access&)> access;  // not OK: the access fails
  std::function<std::uint32_t(const Access&)> corrupt;   // value that a read delivers
  std::function<void(std::uint32_t)> before_layer;       // called with the layer index
  std::function<bool(const Access&)> lose;               // true: the write does not arrive
  /// Called with what arrived in a dma_sync, to damage it on its way.
  std::function<void(std::uint8_t* bytes, std::uint32_t count, bool to_device)> damage;
  bool drop_doorbell = false;
  bool stuck_busy = false;
  std::uint32_t error_code = 0;  // the next chain stops with it
  bool lost_interrupt = false;
  int spurious_interrupts = 0;
  bool fail_alloc = false;
  bool fail_sync = false;
  bool never_resets = false;
};

class FakeDevice {
 public:
  FakeDevice();

  const tendon_hal_t& hal() const { return hal_; }
  /// The networks whose programs will be loaded, by the bus address of their descriptors' owner:
  /// the fake asks for the network of the chain that runs.
  void set_network(const net::Network& network);
  Faults faults;
  std::vector<Access> accesses;
  std::size_t writes() const;
  std::size_t live_buffers() const { return buffers_.size(); }
  std::map<std::uint32_t, std::uint32_t> identity;  // registers with fixed values, by offset
  std::uint64_t now_us = 0;
  int chains = 0;
  std::vector<std::uint32_t> last_chain;  // words of its descriptors
  std::uint32_t latency_polls = 0;        // STATUS reads that still say busy

 private:
  struct Buffer {
    std::unique_ptr<Bytes> cpu;
    std::vector<std::uint8_t> device;
    std::uint32_t bus = 0;
  };

  tendon_status_t read(std::uint32_t offset, std::uint32_t* value);
  tendon_status_t write(std::uint32_t offset, std::uint32_t value);
  std::uint32_t register_value(std::uint32_t offset);
  void run_chain(std::uint32_t count);
  bool run_descriptor(const std::uint32_t* words);
  void run_layer(std::uint32_t layer, const std::uint32_t* words);
  std::uint8_t* device_bytes(std::uint32_t bus, std::uint32_t bytes);
  void stop(std::uint32_t code, std::uint32_t tag);

  tendon_hal_t hal_ = {};
  std::unique_ptr<golden::Model> model_;
  std::map<std::uint32_t, Buffer> buffers_;
  std::map<std::uint32_t, std::uint32_t> registers_;
  std::vector<std::uint32_t> memory_;
  std::uint32_t next_bus_ = 0x10000;
  std::uint32_t busy_reads_ = 0;
};

}  // namespace tendon::test
