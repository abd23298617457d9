// SPDX-License-Identifier: MIT
// The virtual platform: everything wired up (map: sw/firmware/platform.h).
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tlm/accelerator.hpp"
#include "tlm/bus.hpp"
#include "tlm/cache_control.hpp"
#include "tlm/clint.hpp"
#include "tlm/gdb_stub.hpp"
#include "tlm/host_port.hpp"
#include "tlm/memory.hpp"
#include "tlm/options.hpp"
#include "tlm/plic.hpp"
#include "tlm/processor.hpp"
#include "tlm/session.hpp"
#include "tlm/spi_bridge.hpp"
#include "tlm/uart.hpp"
#include "trace/timeline.hpp"

namespace tendon::vp {

using sim::Timeline;

class Platform : public sc_core::sc_module {
 public:
  /// `flash` holds the program. The session and the image must outlive the platform.
  Platform(sc_core::sc_module_name name, const VpOptions& options, const ElfImage& firmware,
           std::vector<std::uint8_t> flash, Session& session, const Accelerator::Factory& factory);

  /// What the firmware wrote to the exit register; 2 when it never got there.
  int exit_code() const { return exit_code_; }
  Timeline& timeline() { return timeline_; }
  Processor& processor() { return processor_; }
  Accelerator& accelerator() { return accelerator_; }
  DualMemory& ram() { return ram_; }

  /// The hart stops at its first instruction and obeys `stub`, which must outlive the platform.
  void debug_with(GdbStub& stub);
  /// RAM, flash or window buffer: what a debugger may look at.
  static bool is_memory(std::uint64_t address, std::uint64_t bytes);

  /// Simulated ns per VP_MARK_*, and the windows they are the sum of.
  const std::array<double, VP_MARKS>& mark_ns() const { return mark_ns_; }
  std::uint64_t results() const { return results_; }

 private:
  void wire_up();
  void attach_accelerator();
  void load_images(const ElfImage& firmware);
  HostPortCallbacks port_callbacks();
  bool take_result(std::uint64_t address);
  void mark(std::uint32_t next);
  void show_interrupt(bool level);
  void trace_accelerator();

  VpOptions options_;
  Session& session_;
  Timeline timeline_;
  std::vector<std::uint8_t> flash_, window_;
  DualMemory ram_;
  Bus bus_;
  Processor processor_;
  Plic plic_;
  Clint clint_;
  Uart uart_;
  RamTarget ram_target_;
  FlashTarget flash_target_;
  CacheControl cache_;
  HostPort port_;
  Accelerator accelerator_;
  SpiBridge bridge_;
  DwSsi spi_;
  ChipSelectGpio gpio_;
  Bus device_bus_, register_bus_;  // of the accelerator behind the bridge
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> register_file_{nullptr, nullptr};
  GdbStub* debugger_ = nullptr;
  int exit_code_ = 2;
  std::uint32_t mark_ = VP_MARK_IDLE;
  double mark_since_ns_ = 0;
  bool irq_level_ = false;
  std::array<double, VP_MARKS> mark_ns_{};
  std::uint64_t results_ = 0;
};

}  // namespace tendon::vp
