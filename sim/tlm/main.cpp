// SPDX-License-Identifier: MIT
// tendon-vp: firmware on an RV64 instruction-set simulator with the accelerator beside it.
// Exit code: that of the firmware; 2: it died; 64: usage or files.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tlm/fast_model.hpp"
#include "tlm/platform.hpp"
#ifdef TENDON_SIM
#include "tlm/rtl_model.hpp"
#endif

namespace tendon::vp {
namespace {

constexpr int kUsage = 64;

int fail(const Error& error) {
  std::fprintf(stderr, "tendon-vp: %s\n", error.message.c_str());
  return kUsage;
}

void print_times(const Platform& platform) {
  if (platform.results() == 0) return;
  const auto& ns = platform.mark_ns();
  const double windows = static_cast<double>(platform.results()) * 1000;
  std::fprintf(stderr,
               "per window, simulated us: driver %.2f  transfer %.2f  wait %.2f  interrupt %.2f\n",
               ns[VP_MARK_DRIVER] / windows, ns[VP_MARK_SYNC] / windows, ns[VP_MARK_WAIT] / windows,
               ns[VP_MARK_IRQ] / windows);
}

Status write_figures(Platform& platform, const VpOptions& options) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(options.json.c_str(), "w"),
                                                             &std::fclose);
  if (!file) return Error{options.json + ": cannot be written"};
  const auto& ns = platform.mark_ns();
  std::fprintf(file.get(),
               "{\"exit_code\": %d, \"model\": \"%s\", \"spi_hz\": %llu, \"windows\": %llu,\n"
               " \"simulated_us\": %.3f, \"accelerator_cycles\": %llu,\n"
               " \"driver_us\": %.3f, \"transfer_us\": %.3f, \"wait_us\": %.3f, "
               "\"interrupt_us\": %.3f,\n \"stale_lines\": %llu}\n",
               platform.exit_code(), options.model.c_str(),
               static_cast<unsigned long long>(options.spi_hz),
               static_cast<unsigned long long>(platform.results()),
               sc_core::sc_time_stamp().to_seconds() * 1e6,
               static_cast<unsigned long long>(platform.accelerator().model().busy_cycles()),
               ns[VP_MARK_DRIVER] / 1000, ns[VP_MARK_SYNC] / 1000, ns[VP_MARK_WAIT] / 1000,
               ns[VP_MARK_IRQ] / 1000, static_cast<unsigned long long>(platform.ram().hazards()));
  return std::ferror(file.get()) != 0 ? Status(Error{options.json + ": write failed"})
                                      : Status(Unit{});
}

Result<std::unique_ptr<AccelModel>> make_model(const VpOptions& options, const Geometry& shape,
                                               BusMaster bus) {
  if (options.model == "fast") {
    return std::unique_ptr<AccelModel>(std::make_unique<FastModel>(shape, std::move(bus)));
  }
#ifdef TENDON_SIM
  return make_rtl_model({options.config, options.waveform, options.stall_seed}, std::move(bus));
#else
  return Error{"--model rtl: this build has no Verilated RTL (TENDON_SIM)"};
#endif
}

int run(const VpOptions& options) {
  const Result<ElfImage> firmware = load_elf(options.firmware);
  if (!firmware) return fail(firmware.error());
  const Result<Geometry> shape = geometry(options.config);
  if (!shape) return fail(shape.error());
  Result<std::unique_ptr<Session>> session =
      options.serve ? make_pipe_session(options) : make_file_session(options);
  if (!session) return fail(session.error());
  Result<std::vector<std::uint8_t>> program = (*session)->program();
  if (!program) return fail(program.error());
  if (program->size() > VP_FLASH_BYTES) return fail(Error{"the program does not fit the flash"});

  const Accelerator::Factory factory = [&](BusMaster bus) {
    Result<std::unique_ptr<AccelModel>> model = make_model(options, *shape, std::move(bus));
    if (!model) std::exit(fail(model.error()));
    return std::move(*model);
  };
  Platform platform("platform", options, *firmware, std::move(*program), **session, factory);
  std::unique_ptr<GdbStub> stub;
  if (options.gdb >= 0) {
    auto listening = GdbStub::listen(static_cast<std::uint16_t>(options.gdb), &Platform::is_memory);
    if (!listening) return fail(listening.error());
    stub = std::move(*listening);
    std::fprintf(stderr, "tendon-vp: waiting for GDB on port %u\n", stub->port());
    platform.debug_with(*stub);
  }
  sc_core::sc_start();
  if (options.times) print_times(platform);
  if (!options.json.empty()) {
    if (const Status written = write_figures(platform, options); !written) {
      return fail(written.error());
    }
  }
  if (!options.timeline.empty()) {
    if (const Status written = platform.timeline().write(options.timeline); !written) {
      return fail(written.error());
    }
  }
  return platform.exit_code();
}

}  // namespace
}  // namespace tendon::vp

int main(int argc, char** argv) {
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}

int sc_main(int argc, char** argv) {
  // Standard output belongs to the firmware, or to the client.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  std::signal(SIGPIPE, SIG_IGN);  // a client that is gone is a failed write
  const auto options = tendon::vp::parse_options(argc, argv, "tendon-vp");
  if (!options) return tendon::vp::fail(options.error());
  if (options->help) {
    std::fputs(tendon::vp::usage("tendon-vp").c_str(), stdout);
    return 0;
  }
  return tendon::vp::run(*options);
}
