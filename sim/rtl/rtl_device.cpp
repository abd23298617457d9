// SPDX-License-Identifier: MIT
#include "rtl/rtl_device.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "rtl/axi_checker.hpp"
#include "rtl/dma_arena.hpp"
#include "rtl/lite_host.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::sim {

namespace {

constexpr unsigned kResetCycles = 4;
// No access takes longer: 26 cycles for a counter, and 95 % stalls on two handshakes.
constexpr unsigned kAccessCycles = 100'000;
// A wait this long is for an interrupt that will not come: its rest passes without simulation.
constexpr std::uint64_t kMaxWait = 20'000'000;

AxiMemoryOptions memory_options(const RtlOptions& options, unsigned bus_bytes) {
  AxiMemoryOptions memory;
  memory.base = options.memory_base;
  memory.bytes = options.memory_bytes;
  memory.storage = options.memory;
  memory.bus_bytes = bus_bytes;
  memory.read_latency = options.read_latency;
  memory.stall = options.stall;
  memory.seed = options.stall_seed;
  return memory;
}

// The bus has 12 address bits; what is outside must not come back as another register.
bool is_register(std::uint32_t offset) { return offset % 4 == 0 && offset < TENDON_REGS_BYTES; }

}  // namespace

struct RtlDevice::Impl {
  Impl(std::unique_ptr<Model> model_in, const RtlOptions& options_in)
      : options(options_in),
        model(std::move(model_in)),
        memory(memory_options(options_in, model->bus_bytes())),
        arena(memory),
        checker(model->bus_bytes()),
        host(options_in.lite_stall, options_in.stall_seed ^ 0x5EED) {
    reset();
  }

  void tick() {
    if (const std::string broken = checker.cycle(pins); !broken.empty()) {
      std::fprintf(stderr, "AXI rule broken in cycle %" PRIu64 ": %s\n", cycles, broken.c_str());
      std::abort();
    }
    if (options.watch) options.watch(cycles, pins);
    const AxiIn axi = memory.cycle(pins.axi_out, pins.axi_in);
    const LiteIn lite = host.cycle(pins.lite_out, pins.lite_in);
    model->clock(pins);
    pins.axi_in = axi;
    pins.lite_in = lite;
    ++cycles;
  }

  void reset() {
    pins.rst_n = false;
    pins.axi_in = AxiIn{};
    pins.lite_in = LiteIn{};
    host.forget();
    memory.forget();
    // The asynchronous reset acts at once, not at the next edge.
    model->settle(pins);
    for (unsigned i = 0; i < kResetCycles; ++i) {
      tick();
    }
    pins.axi_in = AxiIn{};
    pins.rst_n = true;
    model->settle(pins);
  }

  std::uint64_t now() const { return cycles + skipped; }

  bool finish_access() {
    for (unsigned i = 0; i < kAccessCycles && !host.done(); ++i) {
      tick();
    }
    return host.done();
  }

  RtlOptions options;
  std::unique_ptr<Model> model;
  AxiMemory memory;
  DmaArena arena;
  AxiChecker checker;
  LiteHost host;
  Pins pins;
  RtlFaults faults;
  std::uint64_t cycles = 0;
  std::uint64_t skipped = 0;  // of time, not simulated
};

RtlDevice::RtlDevice(std::unique_ptr<Model> model, const RtlOptions& options)
    : impl_(std::make_unique<Impl>(std::move(model), options)) {}

RtlDevice::~RtlDevice() = default;

std::uint64_t RtlDevice::cycles() const { return impl_->cycles; }
bool RtlDevice::irq() const { return impl_->pins.irq; }
RtlFaults& RtlDevice::faults() { return impl_->faults; }
AxiMemory& RtlDevice::memory() { return impl_->memory; }
void RtlDevice::reset() { impl_->reset(); }

void RtlDevice::run(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles; ++i) {
    impl_->tick();
  }
}

unsigned RtlDevice::write_register(std::uint32_t offset, std::uint32_t value, unsigned strobes) {
  impl_->host.start_write(offset, value, strobes);
  return impl_->finish_access() ? impl_->host.response() : kRespDecerr;
}

unsigned RtlDevice::read_register(std::uint32_t offset, std::uint32_t* value) {
  impl_->host.start_read(offset);
  if (!impl_->finish_access()) {
    return kRespDecerr;
  }
  *value = impl_->host.data();
  return impl_->host.response();
}

bool RtlDevice::has_combinational_path(std::uint64_t seed) {
  Random random(seed);
  const Pins kept = impl_->pins;
  Pins probe = kept;
  bool found = false;
  for (unsigned i = 0; i < 32 && !found; ++i) {
    const std::uint64_t bits = random.next();
    const auto bit = [bits](unsigned n) { return ((bits >> n) & 1) != 0; };
    AxiIn& axi = probe.axi_in;
    axi = AxiIn{bit(0), bit(1), bit(2), unsigned(bits >> 3) & 3,
                bit(5), bit(6), Beat{}, unsigned(bits >> 7) & 3,
                bit(9)};
    for (std::uint8_t& byte : axi.rdata) {
      byte = static_cast<std::uint8_t>(random.next());
    }
    const auto word = static_cast<std::uint32_t>(random.next());
    probe.lite_in =
        LiteIn{bit(10), word & 0xFFC,         bit(11), word, unsigned(bits >> 12) & 0xF, bit(16),
               bit(17), (word >> 12) & 0xFFC, bit(18)};
    impl_->model->settle(probe);
    found = !(probe.axi_out == kept.axi_out) || !(probe.lite_out == kept.lite_out) ||
            probe.irq != kept.irq;
  }
  Pins restored = kept;
  impl_->model->settle(restored);
  return found;
}

tendon_hal_t RtlDevice::hal() {
  tendon_hal_t hal{};
  hal.size = sizeof(hal);
  hal.ctx = this;
  hal.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
    auto& device = *static_cast<RtlDevice*>(ctx);
    std::uint32_t got = 0;
    if (device.impl_->faults.dead_registers || !is_register(offset) ||
        device.read_register(offset, &got) != kRespOkay) {
      return TENDON_E_BUS;
    }
    *value = got;
    if (device.impl_->faults.stuck_busy && offset == TENDON_STATUS_OFFSET) {
      *value = (*value & ~(TENDON_STATUS_DONE_MASK | TENDON_STATUS_ERROR_MASK)) |
               TENDON_STATUS_BUSY_MASK;
    }
    return TENDON_OK;
  };
  hal.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
    auto& device = *static_cast<RtlDevice*>(ctx);
    if (device.impl_->faults.dead_registers || !is_register(offset) ||
        device.write_register(offset, value) != kRespOkay) {
      return TENDON_E_BUS;
    }
    return TENDON_OK;
  };
  hal.dma_alloc = [](void* ctx, std::uint32_t bytes, tendon_dma_t* dma) {
    return static_cast<RtlDevice*>(ctx)->impl_->arena.alloc(bytes, dma);
  };
  hal.dma_free = [](void* ctx, tendon_dma_t* dma) {
    static_cast<RtlDevice*>(ctx)->impl_->arena.free(dma);
  };
  hal.dma_sync = [](void* ctx, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                    tendon_dma_direction_t direction) {
    return static_cast<RtlDevice*>(ctx)->impl_->arena.sync(*dma, offset, bytes, direction);
  };
  hal.irq_wait = [](void* ctx, std::uint64_t timeout_us) {
    return static_cast<RtlDevice*>(ctx)->irq_wait(timeout_us);
  };
  hal.time_us = [](void* ctx) {
    const Impl& impl = *static_cast<RtlDevice*>(ctx)->impl_;
    return impl.now() * 1'000'000 / impl.options.clock_hz;
  };
  return hal;
}

tendon_status_t RtlDevice::irq_wait(std::uint64_t timeout_us) {
  Impl& impl = *impl_;
  if (impl.faults.spurious_irqs != 0) {
    --impl.faults.spurious_irqs;
    return TENDON_OK;
  }
  bool hidden = impl.faults.stuck_busy;
  if (!hidden && impl.faults.drop_irqs != 0) {
    --impl.faults.drop_irqs;
    hidden = true;
  }
  const std::uint64_t end = impl.now() + timeout_us * impl.options.clock_hz / 1'000'000;
  for (std::uint64_t waited = 0; hidden || !impl.pins.irq; ++waited) {
    if (impl.now() >= end) {
      return TENDON_E_TIMEOUT;
    }
    if (waited >= kMaxWait) {
      impl.skipped += end - impl.now();
      return TENDON_E_TIMEOUT;
    }
    impl.tick();
  }
  return TENDON_OK;
}

}  // namespace tendon::sim
