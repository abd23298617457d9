// SPDX-License-Identifier: MIT
#include "tlm/platform.hpp"

#include <algorithm>

#include "trace/register_names.hpp"

namespace tendon::vp {

namespace {

double to_ns(const sc_core::sc_time& time) { return time.to_seconds() * 1e9; }

std::vector<std::uint8_t> padded(std::vector<std::uint8_t> bytes, std::size_t size) {
  bytes.resize(size, 0xFF);  // erased flash
  return bytes;
}

int close_nothing(std::FILE*) { return 0; }

// BAUDR of the SCK that is wanted, from a controller clock near VP_SPI_CLOCK_HZ.
std::uint32_t spi_divider(std::uint64_t hz) {
  if (hz == 0) return 2;
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(VP_SPI_CLOCK_HZ / hz & ~1ull, 2));
}

std::uint64_t spi_clock(std::uint64_t hz) {
  return hz == 0 ? VP_SPI_CLOCK_HZ : hz * spi_divider(hz);
}

}  // namespace

Platform::Platform(sc_core::sc_module_name name, const VpOptions& options, const ElfImage& firmware,
                   std::vector<std::uint8_t> flash, Session& session,
                   const Accelerator::Factory& factory)
    : sc_module(name),
      options_(options),
      session_(session),
      timeline_(!options.timeline.empty()),
      flash_(padded(std::move(flash), VP_FLASH_BYTES)),
      window_(VP_WINDOW_BYTES),
      ram_(VP_RAM_BASE, VP_RAM_BYTES, [this](const std::string& text) { session_.message(text); }),
      bus_("bus"),
      processor_(
          "processor", VP_CPU_HZ, [this](const std::string& text) { session_.message(text); },
          [&firmware](std::uint64_t address) { return firmware.describe(address); }),
      plic_("plic", VP_IRQ_SOURCES,
            [this](bool level) { processor_.set_line(Iss::kExternal, level); }),
      clint_(
          "clint", VP_TIMER_HZ, [this](bool level) { processor_.set_line(Iss::kSoftware, level); },
          [this](bool level) { processor_.set_line(Iss::kTimer, level); }),
      uart_(
          "uart", [this](char byte) { session_.uart(byte); }, plic_.line(VP_IRQ_UART)),
      ram_target_("ram", ram_),
      flash_target_("flash", flash_),
      cache_("cache", ram_),
      port_("port", options.setup, spi_divider(options.spi_hz), window_, port_callbacks()),
      accelerator_("accelerator", VP_ACCEL_HZ, factory,
                   [this, line = plic_.line(VP_IRQ_ACCEL)](bool level) {
                     show_interrupt(level);
                     line(level);
                   }),
      bridge_("bridge", VP_SPI_MEMORY_BYTES, VP_ACCEL_HZ),
      spi_("spi", spi_clock(options.spi_hz), options.spi_hz != 0 ? &bridge_ : nullptr,
           plic_.line(VP_IRQ_SPI)),
      gpio_("gpio", options.spi_hz != 0 ? &bridge_ : nullptr),
      device_bus_("device_bus"),
      register_bus_("register_bus") {
  wire_up();
  load_images(firmware);
  trace_accelerator();
}

void Platform::wire_up() {
  processor_.bus.bind(bus_.initiators);
  bus_.map(VP_UART_BASE, VP_UART_BYTES, uart_.socket, "uart");
  bus_.map(VP_FLASH_BASE, VP_FLASH_BYTES, flash_target_.socket, "flash");
  bus_.map(VP_SPI_BASE, VP_SPI_BYTES, spi_.socket, "spi");
  bus_.map(VP_GPIO_BASE, VP_GPIO_BYTES, gpio_.socket, "gpio");
  bus_.map(VP_CACHE_BASE, VP_CACHE_BYTES, cache_.socket, "cache");
  bus_.map(VP_PORT_BASE, VP_PORT_BYTES, port_.socket, "port");
  bus_.map(VP_PLIC_BASE, VP_PLIC_BYTES, plic_.socket, "plic");
  bus_.map(VP_CLINT_BASE, VP_CLINT_BYTES, clint_.socket, "clint");
  bus_.map(VP_RAM_BASE, VP_RAM_BYTES, ram_target_.socket, "ram");
  attach_accelerator();

  Iss& iss = processor_.iss();
  iss.map_memory(VP_RAM_BASE, VP_RAM_BYTES, ram_.cpu(), true);
  iss.map_memory(VP_FLASH_BASE, VP_FLASH_BYTES, flash_.data(), false);
  iss.map_memory(VP_WINDOW_BASE, VP_WINDOW_BYTES, window_.data(), false);
  iss.map_device(VP_UART_BASE, VP_UART_BYTES);
  iss.map_device(VP_SPI_BASE, VP_SPI_BYTES);
  iss.map_device(VP_GPIO_BASE, VP_GPIO_BYTES);
  iss.map_device(VP_ACCEL_BASE, VP_ACCEL_BYTES);
  iss.map_device(VP_CACHE_BASE, VP_CACHE_BYTES);
  iss.map_device(VP_PORT_BASE, VP_PORT_BYTES);
  iss.map_device(VP_PLIC_BASE, VP_PLIC_BYTES);
  iss.map_device(VP_CLINT_BASE, VP_CLINT_BYTES);
}

// Memory-mapped, or behind the bridge with a memory of its own; then there is nothing at
// VP_ACCEL_BASE. The bridge always exists: it is only wired to something else.
void Platform::attach_accelerator() {
  bridge_.damage_every(options_.spi_damage);
  bridge_.registers.bind(register_bus_.initiators);
  device_bus_.map(0, VP_SPI_MEMORY_BYTES, bridge_.memory, "device memory");
  if (options_.spi_hz != 0) {
    register_bus_.map(0, VP_ACCEL_BYTES, accelerator_.socket, "accelerator");
    accelerator_.master.bind(device_bus_.initiators);
  } else {
    bus_.map(VP_ACCEL_BASE, VP_ACCEL_BYTES, accelerator_.socket, "accelerator");
    accelerator_.master.bind(bus_.initiators);
  }
}

void Platform::load_images(const ElfImage& firmware) {
  for (const ElfImage::Segment& segment : firmware.segments) {
    if (!ram_.contains(segment.address, segment.bytes.size())) {
      SC_REPORT_FATAL("platform", "firmware segment outside RAM");
    }
    ram_.preset(segment.address, segment.bytes);
  }
  processor_.iss().set_pc(firmware.entry);
}

HostPortCallbacks Platform::port_callbacks() {
  return {[this] { return session_.next(); },
          [this](std::uint64_t address) { return take_result(address); },
          [this](std::uint32_t next) { mark(next); },
          [this](std::uint32_t code) {
            exit_code_ = static_cast<int>(code);
            if (debugger_ != nullptr) debugger_->exited(exit_code_);
            processor_.stop();
          }};
}

void Platform::debug_with(GdbStub& stub) {
  debugger_ = &stub;
  processor_.set_debugger([&stub](Iss& iss, Iss::Stop stop) { return stub.serve(iss, stop); });
  processor_.set_interrupt_poll([&stub] { return stub.interrupted(); });
}

bool Platform::is_memory(std::uint64_t address, std::uint64_t bytes) {
  const auto inside = [&](std::uint64_t base, std::uint64_t size) {
    return address >= base && bytes <= size && address - base <= size - bytes;
  };
  return inside(VP_RAM_BASE, VP_RAM_BYTES) || inside(VP_FLASH_BASE, VP_FLASH_BYTES) ||
         inside(VP_WINDOW_BASE, VP_WINDOW_BYTES);
}

bool Platform::take_result(std::uint64_t address) {
  ram_.explain_stale("when the firmware reported its result");
  Result<WindowResult> result =
      read_result(address, ram_.base(), {ram_.cpu(), std::size_t{ram_.size()}});
  if (!result) {
    session_.message(result.error().message);
    return false;
  }
  ++results_;
  result->simulated_cycles = accelerator_.model().busy_cycles();
  const auto spent = [this](std::uint32_t mark) {
    return static_cast<std::uint64_t>(mark_ns_[mark]);
  };
  result->split = {spent(VP_MARK_DRIVER), spent(VP_MARK_SYNC), spent(VP_MARK_WAIT),
                   spent(VP_MARK_IRQ)};
  session_.result(*result);
  return true;
}

void Platform::show_interrupt(bool level) {
  const double now = to_ns(sc_core::sc_time_stamp());
  if (level == irq_level_) return;
  irq_level_ = level;
  if (level) {
    timeline_.open("interrupt line", "raised", now);
  } else {
    timeline_.close("interrupt line", now);
  }
}

void Platform::mark(std::uint32_t next) {
  const double now = to_ns(processor_.local_time());
  mark_ns_[mark_] += now - mark_since_ns_;
  if (mark_ != VP_MARK_IDLE) timeline_.span("processor", mark_name(mark_), mark_since_ns_, now);
  mark_ = next;
  mark_since_ns_ = now;
}

void Platform::trace_accelerator() {
  accelerator_.model().set_span_sink([this](const Span& span) {
    const double ns = to_ns(accelerator_.clock());
    timeline_.span(std::string("accelerator ") + span.row, span.name,
                   static_cast<double>(span.begin) * ns, static_cast<double>(span.end) * ns);
  });
  if (options_.register_trace == "-") {
    register_file_ = {stderr, &close_nothing};
  } else if (!options_.register_trace.empty()) {
    register_file_ = {std::fopen(options_.register_trace.c_str(), "w"), &std::fclose};
    if (!register_file_) session_.message(options_.register_trace + ": cannot be written");
  }
  accelerator_.set_trace([this](bool write, std::uint32_t offset, std::uint32_t value, bool okay) {
    if (!register_file_ && options_.timeline.empty()) return;
    const double now = to_ns(processor_.local_time());
    const std::string text = sim::describe_access(write, offset, value, okay);
    timeline_.instant("registers", text, now);
    if (register_file_) {
      std::fprintf(register_file_.get(), "%12.3f us  pc 0x%08llx  %s\n", now / 1000,
                   static_cast<unsigned long long>(processor_.iss().current_pc()), text.c_str());
    }
  });
}

}  // namespace tendon::vp
