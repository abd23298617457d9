// SPDX-License-Identifier: MIT
// RV64GC instruction-set simulator: one hart in machine mode, by Unicorn. Unicorn executes; traps,
// interrupts, bus errors, counting and breakpoints are done here, at instruction borders.
//
// Differences from a C906: one instruction is one cycle, no vectors, no T-Head instructions, no
// user or supervisor mode; mip reads as 0 and the time CSR does not exist (use the CLINT). A load
// that ends in a bus error writes 0 to its register before the trap.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>

namespace tendon::vp {

/// What the simulator needs of the world. Calls arrive in program order on the caller's thread and
/// may block.
class IssClient {
 public:
  virtual ~IssClient() = default;
  /// Access of 1, 2, 4 or 8 bytes outside direct memory. false: bus error.
  virtual bool load(std::uint64_t address, unsigned bytes, std::uint64_t& value) = 0;
  virtual bool store(std::uint64_t address, unsigned bytes, std::uint64_t value) = 0;
  /// A slice of instructions is over (Iss::set_slice()).
  virtual void slice_over() = 0;
  /// An access fault is about to trap; for a message. `kind`: "load", "store", "fetch".
  virtual void access_fault(const char* kind, std::uint64_t address, unsigned bytes,
                            std::uint64_t pc) = 0;
};

class Iss {
 public:
  enum class Stop { kWaitForInterrupt, kRequested, kBreakpoint, kStep, kDead };
  static constexpr unsigned kSoftware = 3, kTimer = 7, kExternal = 11;  // bits of mie, mcause

  explicit Iss(IssClient& client);
  ~Iss();
  Iss(const Iss&) = delete;
  Iss& operator=(const Iss&) = delete;

  /// Direct memory at `host`, which must outlive the simulator. Multiples of 4 KiB.
  void map_memory(std::uint64_t base, std::uint64_t bytes, void* host, bool writable);
  /// Accesses go to the client. Addresses that are not mapped at all fault by themselves.
  void map_device(std::uint64_t base, std::uint64_t bytes);

  /// Executes until something stops it; the next call goes on from there. kDead: two traps without
  /// a handler (mtvec 0), see message().
  Stop run();
  /// Stops run() at the next instruction border; from callbacks.
  void request_stop();
  /// Level of an interrupt line.
  void set_line(unsigned line, bool level);
  /// Whether a raised line is enabled in mie (wakes wfi, whatever mstatus.MIE is).
  bool wakes() const;

  void set_slice(std::uint64_t instructions);
  std::uint64_t instructions() const { return count_; }

  std::uint64_t pc() const;
  void set_pc(std::uint64_t pc);
  std::uint64_t reg(unsigned index) const;  // x0..x31
  void set_reg(unsigned index, std::uint64_t value);
  std::uint64_t freg(unsigned index) const;
  /// Address of the instruction being executed, exact inside callbacks.
  std::uint64_t current_pc() const { return current_pc_; }
  const std::string& message() const { return message_; }

  /// Debugger: direct memory as the hart sees it. false: not mapped. Instructions may be changed.
  bool read_memory(std::uint64_t address, std::span<std::uint8_t> bytes) const;
  bool write_memory(std::uint64_t address, std::span<const std::uint8_t> bytes);

  /// Debugger: stops before an instruction at one of these, or after one instruction.
  std::set<std::uint64_t>& breakpoints() { return breakpoints_; }
  Stop step();

 private:
  struct Impl;
  friend struct Impl;

  void instruction(std::uint64_t pc);
  bool attend(std::uint64_t pc);
  bool interrupt_ready(unsigned& line) const;
  void trap(std::uint64_t cause, std::uint64_t epc, std::uint64_t tval);
  void fault(const char* kind, std::uint64_t cause, std::uint64_t address, unsigned bytes);

  std::unique_ptr<Impl> impl_;
  IssClient& client_;
  std::uint64_t count_ = 0;
  std::uint64_t slice_ = 1000, slice_end_ = 1000;
  std::uint64_t current_pc_ = 0;
  std::uint32_t lines_ = 0;
  bool stop_ = false, fault_pending_ = false, dead_ = false, stepping_ = false, resumed_ = false;
  std::uint64_t step_end_ = 0;
  Stop reason_ = Stop::kRequested;
  std::uint64_t fault_cause_ = 0, fault_pc_ = 0, fault_address_ = 0;
  std::set<std::uint64_t> breakpoints_;
  std::string message_;
};

}  // namespace tendon::vp
