// SPDX-License-Identifier: MIT
// The hart as a TLM initiator: Iss in one SystemC thread, loosely timed. Its local time runs ahead
// of simulated time by at most a slice of instructions; every access to a device synchronizes
// first, so devices see accesses at their own time.
#pragma once

#include <functional>
#include <string>
#include <systemc>
#include <tlm>

#include "tlm/elf_image.hpp"
#include "tlm/iss.hpp"
#include "tlm_utils/simple_initiator_socket.h"

namespace tendon::vp {

class Processor : public sc_core::sc_module, private IssClient {
 public:
  tlm_utils::simple_initiator_socket<Processor> bus;

  using Message = std::function<void(const std::string&)>;
  using DescribeAddress = std::function<std::string(std::uint64_t)>;
  /// Runs the debugger's session when the hart stops; true: go on, false: end the simulation.
  using Debugger = std::function<bool(Iss&, Iss::Stop)>;

  Processor(sc_core::sc_module_name name, std::uint64_t clock_hz, Message message,
            DescribeAddress describe);

  Iss& iss() { return iss_; }
  void set_line(unsigned line, bool level);
  void set_debugger(Debugger debugger) { debugger_ = std::move(debugger); }
  /// Called at the end of each slice; true stops the hart for the debugger.
  void set_interrupt_poll(std::function<bool()> poll) { poll_ = std::move(poll); }
  void stop();
  bool died() const { return died_; }
  /// Simulated time of the hart: kernel time plus what it has run ahead.
  sc_core::sc_time local_time() const;

 private:
  bool load(std::uint64_t address, unsigned bytes, std::uint64_t& value) override;
  bool store(std::uint64_t address, unsigned bytes, std::uint64_t value) override;
  void slice_over() override;
  void access_fault(const char* kind, std::uint64_t address, unsigned bytes,
                    std::uint64_t pc) override;

  void execute();
  bool pause(Iss::Stop stop);
  void synchronize();
  bool transport(tlm::tlm_command command, std::uint64_t address, unsigned bytes,
                 std::uint64_t& value);

  sc_core::sc_time clock_;
  Message message_;
  DescribeAddress describe_;
  Debugger debugger_;
  std::function<bool()> poll_;
  Iss iss_;
  sc_core::sc_event line_changed_;
  std::uint64_t synchronized_ = 0;  // instructions that simulated time has caught up with
  std::string last_response_;
  bool died_ = false, stopping_ = false;
};

}  // namespace tendon::vp
