// SPDX-License-Identifier: MIT
// One face for everything that can run a compiled network: golden model, CPU kernels, RTL, virtual
// platform. `tendon run|verify|bench` and the system tests know engines only through it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace tendon::engine {

/// Where every cycle of a layer went; `active + ... == cycles` (accelerator engines only).
struct Counters {
  std::uint64_t cycles = 0;
  std::uint64_t active = 0;  // the array multiplies
  std::uint64_t wait_weights = 0;
  std::uint64_t wait_activations = 0;
  std::uint64_t wait_writeback = 0;
  std::uint64_t descriptor = 0;  // fetch, decode, set-up
  std::uint64_t drain = 0;       // last sums on their way to memory
  std::uint64_t dma = 0;         // loads and stores that nothing overlaps
};

struct LayerResult {
  std::vector<std::int16_t> codes;  // output tensor, [row, column, channel], no padding; empty
                                    // unless the tensors were asked for
  bool on_accelerator = false;
  Counters counters;  // zero when not on the accelerator
};

/// Simulated microseconds of the processor in one window (vp, vp-rtl).
struct TimeSplit {
  double driver = 0;     // the library; with a CPU-only program the kernels too
  double transfer = 0;   // cache maintenance, or moving bytes over SPI
  double wait = 0;       // until the accelerator is done
  double interrupt = 0;  // the handler
  double total() const { return driver + transfer + wait + interrupt; }
};

struct RunResult {
  int label = -1;
  std::vector<LayerResult> layers;  // one per layer of the program, in its order
  Counters total;                   // descriptor fetch to label, accelerator engines only
  TimeSplit split;
};

/// Where the driver's plan puts layers that could run on the accelerator.
enum class Policy {
  kOffload,  // there
  kPrefer,   // where they are predicted to be faster, transfers included
  kCpu,      // on the simulated processor
};

struct Options {
  std::string config = "base";   // accelerator geometry
  std::string waveform;          // FST file of the whole run (rtl, vp-rtl, soc, shm); empty: none
  std::uint64_t stall_seed = 0;  // 0: no random stalls on the bus
  bool poll = false;             // STATUS instead of the interrupt; engines that have one
  bool reset_midway = false;  // reset the device under each window, then run it (vp, vp-rtl, soc)
  bool counters = true;       // fetch the performance log: register accesses that cost time
  Policy policy = Policy::kOffload;  // (vp, vp-rtl, soc)
  std::uint64_t spi_hz = 0;  // accelerator behind the SPI bridge (vp, vp-rtl); 0: on the bus
  std::string timeline;      // Chrome/Perfetto JSON of the whole run; not golden, not cpu
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;
  /// The program must outlive the engine. Error: what the engine refused and why.
  virtual Status load(std::span<const std::uint8_t> program) = 0;
  /// One window of input codes [time, channel] without padding. `tensors`: fill
  /// LayerResult::codes; an accelerator then stores every tensor, which costs it cycles.
  virtual Result<RunResult> run(std::span<const std::uint8_t> window, bool tensors) = 0;
  /// Clock cycles simulated since make(), 0 for engines without a clock.
  virtual std::uint64_t simulated_cycles() const { return 0; }
};

/// Names of the engines in this build ("golden", "cpu", "rtl", ...). Engines in a process of their
/// own
/// ("vp", "vp-rtl", "soc", "shm": docs/virtual-platform.md) are there with TENDON_TLM and
/// TENDON_SOC.
std::vector<std::string> names();
/// Error: unknown name, or known but not in this build; lists the names there are. A timeline or
/// waveform that this engine cannot write, or a file for it that nobody can.
Result<std::unique_ptr<Engine>> make(const std::string& name, const Options& options);

}  // namespace tendon::engine
