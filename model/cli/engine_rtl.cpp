// SPDX-License-Identifier: MIT
#include "cli/engine_rtl.hpp"

#include <random>

#include "cli/engine_driver.hpp"
#include "rtl/rtl_device.hpp"

namespace tendon::engine {
namespace {

constexpr unsigned kMostStall = 60;  // percent; beyond that only the patience of the host is tested

sim::RtlOptions device_options(const Options& options) {
  sim::RtlOptions out;
  out.waveform = options.waveform;
  if (options.stall_seed != 0) {
    std::mt19937_64 random(options.stall_seed);
    const auto share = [&random] { return static_cast<unsigned>(random() % kMostStall); };
    out.stall = {share(), share(), share(), share(), share()};
    out.lite_stall = share();
    out.read_latency = static_cast<unsigned>(1 + random() % 40);
    out.stall_seed = options.stall_seed;
  }
  return out;
}

/// The device must outlive the driver that talks to it: base classes are destroyed last.
struct DeviceHolder {
  std::unique_ptr<sim::RtlDevice> device;
};

class RtlEngine : private DeviceHolder, public DriverEngine {
 public:
  explicit RtlEngine(std::unique_ptr<sim::RtlDevice> rtl)
      : DeviceHolder{std::move(rtl)}, DriverEngine("rtl") {}
  Status open_device(bool poll) {
    tendon_hal_t hal = device->hal();
    // Without a wait the driver reads STATUS until the chain is done; each read takes clock cycles.
    if (poll) hal.irq_wait = [](void*, std::uint64_t) { return TENDON_OK; };
    return open(hal);
  }
  std::uint64_t simulated_cycles() const override { return device->cycles(); }
};

}  // namespace

Result<std::unique_ptr<Engine>> make_rtl(const Options& options) {
  std::string why;
  auto device = sim::RtlDevice::make(options.config, device_options(options), &why);
  if (device == nullptr) {
    return Error{"rtl: " + why};
  }
  auto engine = std::make_unique<RtlEngine>(std::move(device));
  if (const Status opened = engine->open_device(options.poll); !opened) {
    return opened.error();
  }
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace tendon::engine
