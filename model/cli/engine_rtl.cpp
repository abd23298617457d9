// SPDX-License-Identifier: MIT
#include "cli/engine_rtl.hpp"

#include <cstdio>
#include <optional>
#include <random>

#include "cli/engine_driver.hpp"
#include "rtl/pin_watch.hpp"
#include "rtl/rtl_device.hpp"
#include "trace/hal_trace.hpp"

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

constexpr std::uint32_t kClockHz = 100'000'000;

/// Device and trace must outlive the driver that talks to them: base classes are destroyed last.
struct DeviceHolder {
  explicit DeviceHolder(const std::string& timeline_file)
      : file(timeline_file), timeline(!timeline_file.empty(), "rtl"), trace(timeline, kClockHz) {}
  ~DeviceHolder() {
    if (file.empty()) return;
    if (const Status written = timeline.write(file); !written) {
      std::fprintf(stderr, "rtl: %s\n", written.error().message.c_str());
    }
  }
  DeviceHolder(const DeviceHolder&) = delete;
  DeviceHolder& operator=(const DeviceHolder&) = delete;

  std::string file;
  sim::Timeline timeline;
  sim::DeviceTrace trace;
  std::unique_ptr<sim::RtlDevice> device;
  std::optional<sim::HalTrace> hal_trace;
};

class RtlEngine : private DeviceHolder, public DriverEngine {
 public:
  explicit RtlEngine(const std::string& timeline_file)
      : DeviceHolder(timeline_file), DriverEngine("rtl") {}

  Status start(const Options& options) {
    sim::RtlOptions how = device_options(options);
    how.clock_hz = kClockHz;
    if (!file.empty()) how.watch = sim::pin_watch(trace);
    std::string why;
    device = sim::RtlDevice::make(options.config, how, &why);
    if (device == nullptr) return Error{"rtl: " + why};
    tendon_hal_t hal = device->hal();
    // Without a wait the driver reads STATUS until the chain is done; each read takes clock cycles.
    if (options.poll) hal.irq_wait = [](void*, std::uint64_t) { return TENDON_OK; };
    if (!file.empty()) {
      hal = hal_trace.emplace(hal, trace, [this] { return device->cycles(); }).hal();
    }
    return open(hal);
  }

  Result<RunResult> run(std::span<const std::uint8_t> window, bool tensors) override {
    const std::uint64_t begin = device->cycles();
    auto result = DriverEngine::run(window, tensors);
    if (result) {
      timeline.span("windows", "label " + std::to_string(result->label), trace.ns(begin),
                    trace.ns(device->cycles()));
    }
    return result;
  }

  std::uint64_t simulated_cycles() const override { return device->cycles(); }
};

}  // namespace

Result<std::unique_ptr<Engine>> make_rtl(const Options& options) {
  auto engine = std::make_unique<RtlEngine>(options.timeline);
  if (const Status started = engine->start(options); !started) return started.error();
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace tendon::engine
