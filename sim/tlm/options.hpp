// SPDX-License-Identifier: MIT
// Command line of tendon-vp.
#pragma once

#include <cstdint>
#include <string>

#include "net/result.hpp"

namespace tendon::vp {

struct VpOptions {
  std::string firmware;            // ELF64
  std::string program;             // .tdn in flash; empty with `serve`: the client sends it
  std::string windows;             // codes, one window after the other; "-": none
  std::string model = "fast";      // fast, rtl
  std::string config = "base";     // accelerator geometry
  std::uint32_t window_bytes = 0;  // of one window in `windows`; 0: the whole file is one
  std::uint32_t setup = 0;         // VP_SETUP_*
  std::uint32_t flags = 0;         // VP_FLAG_* of every window
  std::uint32_t repeat = 1;        // times over all windows
  std::uint64_t stall_seed = 0;    // rtl: random stalls on the bus; 0: none
  std::string timeline;            // Chrome/Perfetto JSON
  std::string waveform;            // FST, model rtl
  std::string register_trace;      // text file, "-": standard error
  std::uint64_t spi_hz = 0;        // SCK of the attachment by SPI; 0: memory-mapped
  std::uint32_t spi_damage = 0;    // one bit of every n-th byte towards the bridge is flipped
  std::int32_t gdb = -1;           // TCP port for GDB, 0: any; -1: none
  std::string json;                // figures of the run, written at its end
  bool help = false;               // print usage() and nothing else; nothing else is checked
  bool serve = false;              // windows and results over standard input and output
  bool free_clock = false;         // tendon-soc: the accelerator gets every edge of its clock
  bool times = false;              // print where the time of each window went
};

/// Error: unknown option or value, with the list of what there is.
Result<VpOptions> parse_options(int argc, char** argv, const std::string& program);
/// One line per option. `program`: "tendon-vp", or "tendon-soc", which has fewer.
std::string usage(const std::string& program);
/// Error: options that make no sense for tendon-soc, by name.
Status check_soc_options(const VpOptions& options);

}  // namespace tendon::vp
