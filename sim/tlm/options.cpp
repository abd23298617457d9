// SPDX-License-Identifier: MIT
#include "tlm/options.hpp"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <map>

#include "firmware/platform.h"

namespace tendon::vp {

namespace {

using Setter = std::function<bool(VpOptions&, const std::string&)>;

Setter text(std::string VpOptions::*field) {
  return [field](VpOptions& options, const std::string& value) {
    options.*field = value;
    return true;
  };
}

template <typename T>
Setter number(T VpOptions::*field) {
  return [field](VpOptions& options, const std::string& value) {
    char* end = nullptr;
    errno = 0;
    const unsigned long long parsed = std::strtoull(value.c_str(), &end, 0);
    if (value.empty() || *end != '\0' || errno != 0) return false;
    options.*field = static_cast<T>(parsed);
    return static_cast<unsigned long long>(options.*field) == parsed;
  };
}

const std::map<std::string, Setter>& with_value() {
  static const std::map<std::string, Setter> setters = {
      {"--firmware", text(&VpOptions::firmware)},
      {"--program", text(&VpOptions::program)},
      {"--windows", text(&VpOptions::windows)},
      {"--window-bytes", number(&VpOptions::window_bytes)},
      {"--model",
       [](VpOptions& options, const std::string& value) {
         options.model = value;
         return value == "fast" || value == "rtl";
       }},
      {"--config", text(&VpOptions::config)},
      {"--repeat", number(&VpOptions::repeat)},
      {"--stall-seed", number(&VpOptions::stall_seed)},
      {"--spi-hz", number(&VpOptions::spi_hz)},
      {"--spi-damage", number(&VpOptions::spi_damage)},
      {"--gdb", number(&VpOptions::gdb)},
      {"--timeline", text(&VpOptions::timeline)},
      {"--waveform", text(&VpOptions::waveform)},
      {"--json", text(&VpOptions::json)},
      {"--register-trace", text(&VpOptions::register_trace)},
  };
  return setters;
}

bool set_flag(VpOptions& options, const std::string& name) {
  static const std::map<std::string, std::uint32_t> setups = {
      {"--poll", VP_SETUP_POLL},
      {"--cpu", VP_SETUP_CPU},
      {"--offload", VP_SETUP_OFFLOAD},
      {"--forget-clean", VP_SETUP_FORGET_CLEAN},
      {"--forget-invalidate", VP_SETUP_FORGET_INVALIDATE},
  };
  static const std::map<std::string, std::uint32_t> flags = {
      {"--tensors", VP_FLAG_TENSORS},
      {"--counters", VP_FLAG_COUNTERS},
      {"--reset", VP_FLAG_RESET},
      {"--quiet", VP_FLAG_QUIET},
  };
  if (const auto found = setups.find(name); found != setups.end()) {
    options.setup |= found->second;
  } else if (const auto flag = flags.find(name); flag != flags.end()) {
    options.flags |= flag->second;
  } else if (name == "--serve") {
    options.serve = true;
  } else if (name == "--times") {
    options.times = true;
  } else if (name == "--free-clock") {
    options.free_clock = true;
  } else if (name == "--help" || name == "-h") {
    options.help = true;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string usage(const std::string& program) {
  const bool soc = program == "tendon-soc";
  std::string text =
      program + " --firmware " + (soc ? "BINARY" : "ELF") +
      " --program TDN --windows FILE --window-bytes N [OPTION...]\n"
      "Runs firmware until it ends. Exit code: the firmware's; 2: it died; 64: options or files.\n"
      "  --firmware FILE        what the processor runs\n"
      "  --program FILE         .tdn, in flash\n"
      "  --windows FILE         codes, one window after the other\n"
      "  --window-bytes N       of one window; 0: the whole file is one\n"
      "  --repeat N             run the windows N times\n"
      "  --poll                 firmware: poll STATUS, do not sleep on the interrupt\n"
      "  --cpu                  firmware: every layer on the processor\n"
      "  --offload              firmware: every layer that can on the accelerator, however slow\n"
      "                         the link; without both the driver's plan weighs\n"
      "  --tensors --counters --reset --quiet   for every window\n"
      "  --timeline FILE        trace for ui.perfetto.dev or chrome://tracing\n"
      "  --waveform FILE        FST; RTL only\n"
      "  --times                where the time of each window went, simulated us\n"
      "  --json FILE            figures of the run\n"
      "  --serve                windows and results over standard input and output\n"
      "  --help                 this list\n";
  if (soc) {
    return text +
           "  --free-clock           simulate the accelerator at rest too: slower, the same "
           "result\n";
  }
  return text +
         "  --model fast|rtl       accelerator: loosely timed, or Verilated RTL\n"
         "  --config NAME          geometry: tiny, base, wide\n"
         "  --stall-seed N         rtl: random stalls on the bus\n"
         "  --forget-clean --forget-invalidate     break the firmware's cache maintenance\n"
         "  --register-trace FILE  every accelerator register access, - for standard error\n"
         "  --spi-hz N             accelerator behind the SPI bridge, SCK of N Hz\n"
         "  --spi-damage N         one bit of every Nth byte to the bridge is wrong\n"
         "  --gdb PORT             wait for a debugger, 0: any port, told on standard error\n";
}

Status check_soc_options(const VpOptions& options) {
  const VpOptions none;
  const auto refuse = [](const char* name) {
    return Error{std::string(name) + ": not for tendon-soc\n" + usage("tendon-soc")};
  };
  if (options.config != none.config) return refuse("--config");
  if (options.stall_seed != 0) return refuse("--stall-seed");
  if (options.spi_hz != 0) return refuse("--spi-hz");
  if (options.spi_damage != 0) return refuse("--spi-damage");
  if (options.gdb >= 0) return refuse("--gdb");
  if (!options.register_trace.empty()) return refuse("--register-trace");
  if ((options.setup & (VP_SETUP_FORGET_CLEAN | VP_SETUP_FORGET_INVALIDATE)) != 0) {
    return refuse("--forget-clean, --forget-invalidate");
  }
  return Unit{};
}

Result<VpOptions> parse_options(int argc, char** argv, const std::string& program) {
  VpOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (set_flag(options, name)) continue;
    const auto found = with_value().find(name);
    if (found == with_value().end()) {
      return Error{name + ": unknown option\n" + usage(program)};
    }
    if (++i == argc) return Error{name + ": value missing"};
    if (!found->second(options, argv[i])) return Error{name + ": illegal value " + argv[i]};
  }
  if (options.help) return options;
  if (options.free_clock && program != "tendon-soc")
    return Error{"--free-clock: only for tendon-soc"};
  if (options.spi_hz != 0) options.setup |= VP_SETUP_SPI;
  if (options.spi_hz > 48'000'000) return Error{"--spi-hz: at most 48000000"};
  if (options.firmware.empty()) return Error{"--firmware is missing\n" + usage(program)};
  if (!options.serve && options.program.empty()) return Error{"--program is missing"};
  if (!options.waveform.empty() && program == "tendon-vp" && options.model != "rtl") {
    return Error{"--waveform: model " + options.model + " has no signals, --model rtl has"};
  }
  return options;
}

}  // namespace tendon::vp
