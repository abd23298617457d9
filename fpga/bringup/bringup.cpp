// SPDX-License-Identifier: MIT
#include "bringup.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>

#include "transports.hpp"
#include "walk.hpp"
#ifdef TENDON_BRINGUP_SIM
#include "sim_board.hpp"
#endif

namespace tendon::bringup {
namespace {

constexpr const char* kUsage =
    "usage: tendon bringup [--hal spi|uart|sim] [--device PATH] [--speed HZ] [--hardware-only]\n"
    "                      [--fault NAME]\n"
    "faults of the simulated board: swapped-data miso-open mosi-low shorted wrong-phase no-select\n"
    "                               noise-out noise-in stuck-clock\n";

struct Options {
  std::string hal = "sim";
  std::string device;
  std::uint32_t hertz = 1'000'000;
  std::string fault;
  bool networks = true;
};

bool parse(const std::vector<std::string>& args, Options* options, std::string* why) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& name = args[i];
    if (name == "--hardware-only") {
      options->networks = false;
      continue;
    }
    if (i + 1 == args.size()) {
      *why = name + " needs a value, or is no option";
      return false;
    }
    const std::string& value = args[++i];
    if (name == "--hal") {
      options->hal = value;
    } else if (name == "--device") {
      options->device = value;
    } else if (name == "--fault") {
      options->fault = value;
    } else if (name == "--speed") {
      const auto parsed =
          std::from_chars(value.data(), value.data() + value.size(), options->hertz);
      if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size() ||
          options->hertz == 0) {
        *why = "--speed " + value + " is not a frequency in Hz";
        return false;
      }
    } else {
      *why = "no such option: " + name;
      return false;
    }
  }
  return true;
}

#ifdef TENDON_BRINGUP_SIM
/// A board and the wires to it, in one object.
class SimTransport : public Transport {
 public:
  SimTransport(WireFault fault, bool clock_runs) : board_(make_sim_board(clock_runs)) {
    pins_.set_fault(fault);
  }
  Bytes exchange(const Bytes& request, std::size_t fill) override {
    return pins_.exchange(request, fill);
  }
  [[nodiscard]] bool has_echo() const override { return true; }

 private:
  static constexpr std::uint64_t kHalfPs = 15'000;  // 33 MHz

  std::unique_ptr<Board> board_;
  SpiPins pins_{*board_, kHalfPs};
};

std::unique_ptr<Transport> open_sim(const std::string& fault, std::string* why) {
  static const std::map<std::string, WireFault> kFaults = {
      {"", WireFault::kNone},
      {"stuck-clock", WireFault::kNone},
      {"swapped-data", WireFault::kSwappedData},
      {"miso-open", WireFault::kMisoOpen},
      {"mosi-low", WireFault::kMosiLow},
      {"shorted", WireFault::kShorted},
      {"wrong-phase", WireFault::kWrongPhase},
      {"no-select", WireFault::kNoSelect},
      {"noise-out", WireFault::kBitErrorsOut},
      {"noise-in", WireFault::kBitErrorsIn}};
  const auto found = kFaults.find(fault);
  if (found == kFaults.end()) {
    *why = "no such fault: " + fault;
    return nullptr;
  }
  return std::make_unique<SimTransport>(found->second, fault != "stuck-clock");
}
#else
std::unique_ptr<Transport> open_sim(const std::string&, std::string* why) {
  *why = "this build has no simulated board (TENDON_SIM)";
  return nullptr;
}
#endif

std::unique_ptr<Transport> open_transport(const Options& options, std::string* why) {
  if (options.hal == "sim") return open_sim(options.fault, why);
  if (!options.fault.empty()) {
    *why = "--fault is for --hal sim";
    return nullptr;
  }
  if (options.hal == "spi") {
    return open_spidev(options.device.empty() ? "/dev/spidev0.0" : options.device, options.hertz,
                       why);
  }
  if (options.hal == "uart") {
    return open_uart(options.device.empty() ? "/dev/ttyUSB0" : options.device, why);
  }
  *why = "no such --hal: " + options.hal;
  return nullptr;
}

void print(const Step& step) {
  std::printf("%-11s %s  %s\n", step.name.c_str(), step.passed ? "ok    " : "FAILED",
              step.found.c_str());
  if (!step.passed) std::printf("  look at: %s\n", step.advice.c_str());
  std::fflush(stdout);
}

}  // namespace

int bringup(const std::vector<std::string>& args) {
  Options options;
  std::string why;
  if (std::find(args.begin(), args.end(), "--help") != args.end()) {
    std::printf("%s", kUsage);
    return 0;
  }
  if (!parse(args, &options, &why)) {
    std::fprintf(stderr, "bringup: %s\n%s", why.c_str(), kUsage);
    return 2;
  }
  const std::unique_ptr<Transport> transport = open_transport(options, &why);
  if (transport == nullptr) {
    std::fprintf(stderr, "bringup: %s\n%s", why.c_str(), kUsage);
    return 2;
  }
  Link link(*transport);
  if (!walk_hardware(link, print)) return 1;
  if (options.networks && !walk_networks(link, print)) return 1;
  return 0;
}

}  // namespace tendon::bringup
