// SPDX-License-Identifier: MIT
// tendon-serve PATH: the accelerator's RTL for a program in another process (docs/hals.md).
#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>

#include "rtl/pin_watch.hpp"
#include "rtl/rtl_device.hpp"
#include "shm/shm_server.hpp"
#include "trace/hal_trace.hpp"

namespace {

std::atomic<bool> stop = false;

void on_signal(int) { stop = true; }

int fail(const std::string& why) {
  std::fprintf(stderr, "tendon-serve: %s\n", why.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Verilated accelerator behind shared memory, for programs with --hal shm:PATH");
  std::string path;
  std::string config = "base";
  std::string waveform;
  std::string timeline_file;
  std::uint32_t megabytes = 16;
  app.add_option("PATH", path, "file of the region, made anew; best on tmpfs (/dev/shm)")
      ->required();
  app.add_option("--config", config, "RTL configuration: base, tiny, wide")->capture_default_str();
  app.add_option("--waveform", waveform, "FST file of everything from the start (base)");
  app.add_option("--timeline", timeline_file,
                 "trace for ui.perfetto.dev or chrome://tracing, written at the end");
  app.add_option("--memory", megabytes, "device memory in MiB, 1 to 1024")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::string why;
  tendon::sim::RtlOptions options;
  options.waveform = waveform;
  options.memory_bytes = megabytes << 20;
  tendon::sim::Timeline timeline(!timeline_file.empty(), "tendon-serve");
  tendon::sim::DeviceTrace trace(timeline, options.clock_hz);
  if (!timeline_file.empty()) options.watch = tendon::sim::pin_watch(trace);
  const auto region = tendon::sim::ShmRegion::make(path, tendon::sim::AxiMemoryOptions{}.base,
                                                   options.memory_bytes, &why);
  if (region == nullptr) {
    return fail(why);
  }
  options.memory = region->memory();
  const auto rtl = tendon::sim::RtlDevice::make(config, options, &why);
  if (rtl == nullptr || !region->publish(&why)) {
    return fail(why);
  }
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::printf("serving %s at %s\n", config.c_str(), path.c_str());
  std::fflush(stdout);
  tendon::sim::HalTrace traced(rtl->hal(), trace, [&rtl] { return rtl->cycles(); });
  tendon::sim::ShmServer server(*region, timeline_file.empty() ? rtl->hal() : traced.hal());
  server.serve(stop);
  std::printf("%llu requests, %llu cycles\n", static_cast<unsigned long long>(server.requests()),
              static_cast<unsigned long long>(rtl->cycles()));
  if (timeline_file.empty()) return 0;
  const tendon::Status written = timeline.write(timeline_file);
  return written ? 0 : fail(written.error().message);
  return 0;
}
