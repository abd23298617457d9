// SPDX-License-Identifier: MIT
// GDB's remote serial protocol over TCP on this machine: breakpoints, steps, registers, memory,
// interruption. One debugger; simulated time stands while the hart is stopped.
//
//   gdb-multiarch classify_vp.elf -ex 'target remote :PORT'
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/result.hpp"
#include "tlm/iss.hpp"

namespace tendon::vp {

class GdbStub {
 public:
  /// Whether [address, address + bytes) is memory: looking at it changes nothing, unlike at
  /// devices.
  using IsMemory = std::function<bool(std::uint64_t address, std::uint64_t bytes)>;

  /// Listens on 127.0.0.1:`port`, 0: any. Error: the port is taken.
  static Result<std::unique_ptr<GdbStub>> listen(std::uint16_t port, IsMemory is_memory);
  ~GdbStub();
  GdbStub(const GdbStub&) = delete;
  GdbStub& operator=(const GdbStub&) = delete;

  std::uint16_t port() const { return port_; }

  /// The hart stands: waits for a debugger if there is none yet, tells it why, and obeys until it
  /// says continue (true) or kill (false). A debugger that went away leaves the hart running.
  bool serve(Iss& iss, Iss::Stop stop);
  /// Whether the debugger wants the hart to stop (its user pressed Ctrl-C).
  bool interrupted();
  /// The firmware has ended.
  void exited(int code);

 private:
  enum class Go { kStay, kContinue, kStep, kKill, kGone };

  GdbStub(int listener, std::uint16_t port, IsMemory is_memory)
      : listener_(listener), port_(port), is_memory_(std::move(is_memory)) {}
  bool accept_debugger();
  bool receive(std::string& packet);
  void send(std::string_view payload);
  int next_byte();
  Go obey(Iss& iss, const std::string& packet);
  void query(const std::string& packet);
  void registers(Iss& iss);
  void one_register(Iss& iss, const std::string& packet);
  void memory(Iss& iss, const std::string& packet);
  void breakpoint(Iss& iss, const std::string& packet);

  int listener_, connection_ = -1;
  std::uint16_t port_;
  IsMemory is_memory_;
  std::string last_stop_ = "S05";
};

}  // namespace tendon::vp
