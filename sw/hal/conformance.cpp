// SPDX-License-Identifier: MIT
#include "hal/conformance.hpp"

#include "driver/base.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::hal {
namespace {

constexpr uint32_t kFirst = 4096;  // bytes of the buffers that the checks use
constexpr uint32_t kSecond = 1024;
constexpr uint64_t kWaitUs = 500;

template <typename T>
T sized() {
  T value = {};
  value.size = sizeof(T);
  return value;
}

class Suite {
 public:
  Suite(const tendon_hal_t& hal, const ConformanceInput& input) : hal_(hal), in_(input) {}

  unsigned run() {
    registers();
    bad_registers();
    buffers();
    copies_meet_in_sync();
    sync_is_exact();
    bad_syncs();
    memory_comes_back();
    time_and_wait();
    if (!in_.passive) device();
    return failed_;
  }

 private:
  /// A check that passes unless fail() is called before the next one.
  void begin(const char* name) {
    check_ = name;
    good_ = true;
  }
  void end() { in_.report(in_.ctx, check_, good_, good_ ? "" : detail_); }
  // The first failure of a check is the one that is told.
  void fail(const char* what, int64_t got, int64_t want) {
    if (!good_) return;
    good_ = false;
    ++failed_;
    Line(detail_, sizeof(detail_))
        << what << ": " << static_cast<long long>(got) << ", want " << static_cast<long long>(want);
  }
  void expect(const char* what, int64_t got, int64_t want) {
    if (got != want) fail(what, got, want);
  }

  tendon_status_t read(uint32_t offset, uint32_t* value) {
    return hal_.reg_read(hal_.ctx, offset, value);
  }
  tendon_status_t write(uint32_t offset, uint32_t value) {
    return hal_.reg_write(hal_.ctx, offset, value);
  }
  tendon_status_t alloc(uint32_t bytes, tendon_dma_t* dma) {
    return hal_.dma_alloc(hal_.ctx, bytes, dma);
  }
  tendon_status_t sync(const tendon_dma_t& dma, uint32_t offset, uint32_t bytes,
                       tendon_dma_direction_t direction) {
    return hal_.dma_sync(hal_.ctx, &dma, offset, bytes, direction);
  }

  void registers() {
    begin("registers are read and written");
    uint32_t value = 0;
    expect("reading ID", read(TENDON_ID_OFFSET, &value), TENDON_OK);
    expect("ID", value, TENDON_ID_RESET);
    for (uint32_t bit = 0; bit < 32; ++bit) {
      const uint32_t pattern = bit % 2 == 0 ? 1u << bit : ~(1u << bit);
      expect("writing SCRATCH", write(TENDON_SCRATCH_OFFSET, pattern), TENDON_OK);
      expect("reading SCRATCH", read(TENDON_SCRATCH_OFFSET, &value), TENDON_OK);
      expect("SCRATCH", value, pattern);
    }
    end();
  }

  void bad_registers() {
    begin("accesses outside the registers are refused");
    const uint32_t outside[] = {TENDON_REGS_BYTES, TENDON_SCRATCH_OFFSET + 2, 0xFFFFFFFCu};
    for (const uint32_t offset : outside) {
      uint32_t value = 77;
      expect("reading", read(offset, &value), TENDON_E_BUS);
      expect("value after a refused read", value, 77);
      expect("writing", write(offset, 1), TENDON_E_BUS);
    }
    end();
  }

  void buffers() {
    begin("buffers are aligned and apart");
    tendon_dma_t a = {};
    tendon_dma_t b = {};
    expect("0 bytes", alloc(0, &a), TENDON_E_ARG);
    expect("first", alloc(kFirst - 4, &a), TENDON_OK);
    expect("second", alloc(kSecond, &b), TENDON_OK);
    const tendon_dma_t* both[] = {&a, &b};
    for (const tendon_dma_t* dma : both) {
      expect("bus address modulo 64", dma->bus % TENDON_ALIGN, 0);
      expect("copy modulo 64",
             static_cast<int64_t>(reinterpret_cast<uintptr_t>(dma->cpu) % TENDON_ALIGN), 0);
    }
    const bool apart = a.bus + uint64_t{a.bytes} <= b.bus || b.bus + uint64_t{b.bytes} <= a.bus;
    expect("apart on the bus", apart ? 1 : 0, 1);
    hal_.dma_free(hal_.ctx, &a);
    hal_.dma_free(hal_.ctx, &b);
    end();
  }

  static uint8_t pattern(uint32_t i, uint32_t seed) {
    return static_cast<uint8_t>((i * 37 + i / 256 + seed * 101) & 0xFF);
  }
  void fill(const tendon_dma_t& dma, uint32_t seed) {
    auto* bytes = static_cast<uint8_t*>(dma.cpu);
    for (uint32_t i = 0; i < dma.bytes; ++i) bytes[i] = pattern(i, seed);
  }
  // Index of the first byte in [from, to) that is not the pattern's, or `to`.
  static uint32_t first_wrong(const tendon_dma_t& dma, uint32_t from, uint32_t to, uint32_t seed) {
    const auto* bytes = static_cast<const uint8_t*>(dma.cpu);
    while (from < to && bytes[from] == pattern(from, seed)) ++from;
    return from;
  }

  void copies_meet_in_sync() {
    begin("the two copies of a buffer meet in sync, and only there");
    tendon_dma_t dma = {};
    expect("alloc", alloc(kFirst, &dma), TENDON_OK);
    if (good_) {
      fill(dma, 1);
      expect("to the device", sync(dma, 0, kFirst, TENDON_DMA_TO_DEVICE), TENDON_OK);
      fill(dma, 2);
      expect("copy before sync", first_wrong(dma, 0, kFirst, 2), kFirst);
      expect("from the device", sync(dma, 0, kFirst, TENDON_DMA_FROM_DEVICE), TENDON_OK);
      expect("device's bytes, first wrong one", first_wrong(dma, 0, kFirst, 1), kFirst);
      hal_.dma_free(hal_.ctx, &dma);
    }
    end();
  }

  // Byte ranges at any offset: the bytes around, beyond the grain, keep what each side has.
  void sync_is_exact() {
    begin("sync moves exactly its range");
    tendon_dma_t dma = {};
    expect("alloc", alloc(kFirst, &dma), TENDON_OK);
    const struct {
      uint32_t offset;
      uint32_t bytes;
    } ranges[] = {{0, 4}, {64, 64}, {1, 1}, {5, 2}, {6, 9}, {1003, 2001}, {kFirst - 3, 3}, {8, 0}};
    for (const auto& r : ranges) {
      if (!good_) break;
      const uint32_t grain = max_of<uint32_t>(in_.grain, 1);
      const uint32_t from = r.offset / grain * grain;
      const uint32_t end_at =
          r.bytes == 0 ? from : static_cast<uint32_t>(align_up(r.offset + r.bytes, grain));
      fill(dma, 3);
      expect("all to", sync(dma, 0, kFirst, TENDON_DMA_TO_DEVICE), TENDON_OK);
      fill(dma, 4);
      expect("range to", sync(dma, r.offset, r.bytes, TENDON_DMA_TO_DEVICE), TENDON_OK);
      expect("all from", sync(dma, 0, kFirst, TENDON_DMA_FROM_DEVICE), TENDON_OK);
      expect_mixed(dma, from, end_at, 4, 3);
      fill(dma, 5);
      expect("range from", sync(dma, r.offset, r.bytes, TENDON_DMA_FROM_DEVICE), TENDON_OK);
      expect_mixed(dma, from, end_at, 4, 5);
    }
    hal_.dma_free(hal_.ctx, &dma);
    end();
  }

  void expect_mixed(const tendon_dma_t& dma, uint32_t from, uint32_t to, uint32_t inside,
                    uint32_t outside) {
    expect("before the range, first wrong", first_wrong(dma, 0, from, outside), from);
    expect("in the range, first wrong", first_wrong(dma, from, to, inside), to);
    expect("behind the range, first wrong", first_wrong(dma, to, kFirst, outside), kFirst);
  }

  void bad_syncs() {
    begin("sync outside a buffer is refused");
    tendon_dma_t dma = {};
    expect("alloc", alloc(kSecond, &dma), TENDON_OK);
    if (good_) {
      fill(dma, 6);
      expect("one byte too far", sync(dma, 0, kSecond + 1, TENDON_DMA_FROM_DEVICE), TENDON_E_ARG);
      expect("behind", sync(dma, kSecond, 4, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
      expect("wrap", sync(dma, 4, 0xFFFFFFFFu, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
      expect("copy afterwards", first_wrong(dma, 0, kSecond, 6), kSecond);
      hal_.dma_free(hal_.ctx, &dma);
    }
    end();
  }

  void memory_comes_back() {
    begin("memory runs out, says so, and comes back");
    constexpr uint32_t kMost = 80;
    static tendon_dma_t taken[kMost];
    uint32_t sizes[2] = {};
    for (uint32_t& count : sizes) {
      uint32_t bytes = 1u << 30;
      count = 0;
      while (bytes >= kFirst && count < kMost) {
        const tendon_dma_t before = taken[count];
        const tendon_status_t status = alloc(bytes, &taken[count]);
        if (status == TENDON_OK) {
          ++count;
          continue;
        }
        expect("no memory left", status, TENDON_E_MEMORY);
        expect("dma after a refusal", taken[count].bus, before.bus);
        bytes /= 2;
      }
      for (uint32_t i = 0; i < count; ++i) hal_.dma_free(hal_.ctx, &taken[i]);
    }
    expect("some memory", sizes[0] > 0 ? 1 : 0, 1);
    expect("buffers the second time", sizes[1], sizes[0]);
    end();
  }

  void time_and_wait() {
    begin("time moves on, and a wait without interrupt ends");
    const uint64_t before = hal_.time_us(hal_.ctx);
    const tendon_status_t none = hal_.irq_wait(hal_.ctx, 0);
    expect("wait of 0 us ends well or in time-out",
           none == TENDON_OK || none == TENDON_E_TIMEOUT ? 1 : 0, 1);
    const uint64_t start = hal_.time_us(hal_.ctx);
    const tendon_status_t status = hal_.irq_wait(hal_.ctx, kWaitUs);
    const uint64_t end_us = hal_.time_us(hal_.ctx);
    expect("time goes forward", before <= start && start <= end_us ? 1 : 0, 1);
    if (status == TENDON_E_TIMEOUT) {
      expect("waited long enough", end_us - start >= kWaitUs ? 1 : 0, 1);
    } else {
      expect("wait", status, TENDON_OK);
    }
    end();
  }

  void device() {
    begin("the driver opens the device");
    tendon_device_t* device = nullptr;
    const size_t bytes = tendon_device_size();
    expect("open", tendon_open(&hal_, nullptr, in_.memory(bytes), bytes, &device), TENDON_OK);
    end();
    if (device == nullptr) return;
    tendon_program_t* cpu = load(nullptr, TENDON_POLICY_CPU_ONLY);
    tendon_program_t* first = load(device, TENDON_POLICY_REQUIRE);
    tendon_program_t* second = load(device, TENDON_POLICY_REQUIRE);
    if (cpu != nullptr && first != nullptr && second != nullptr) {
      windows(cpu, first, second);
      cancelled(device, cpu, first);
    }
    tendon_program_unload(second);
    tendon_program_unload(first);
    tendon_program_unload(cpu);
    tendon_close(device);
  }

  tendon_program_t* load(tendon_device_t* device, tendon_policy_t policy) {
    begin(device == nullptr ? "the program loads for the processor"
                            : "the program loads for the device");
    auto options = sized<tendon_load_options_t>();
    options.policy = policy;
    size_t bytes = 0;
    tendon_program_t* program = nullptr;
    expect("size", tendon_program_size(in_.tdn, in_.tdn_bytes, &options, &bytes), TENDON_OK);
    if (good_) {
      expect("load",
             tendon_program_load(in_.tdn, in_.tdn_bytes, device, &options, in_.memory(bytes), bytes,
                                 &program),
             TENDON_OK);
    }
    end();
    return program;
  }

  tendon_result_t run(tendon_program_t* program, size_t window, uint32_t flags) {
    auto options = sized<tendon_run_options_t>();
    auto result = sized<tendon_result_t>();
    options.flags = flags;
    expect("run",
           tendon_run(program, in_.windows + window * in_.window_bytes, in_.window_bytes, &options,
                      &result),
           TENDON_OK);
    return result;
  }

  void expect_same(tendon_program_t* cpu, tendon_program_t* device, size_t window, uint32_t flags) {
    const tendon_result_t want = run(cpu, window, flags);
    const tendon_result_t got = run(device, window, flags);
    expect("label", got.label, want.label);
    expect("largest sum", got.max_acc, want.max_acc);
    expect("layers redone on the CPU", got.fallback_layers, 0);
    expect("layers of the device above 0", got.device_layers > 0 ? 1 : 0, 1);
  }

  // Two programs take turns, so that weights are uploaded again and again.
  void windows(tendon_program_t* cpu, tendon_program_t* first, tendon_program_t* second) {
    begin("labels and sums of the device are those of the processor");
    for (size_t i = 0; i < in_.windows_count; ++i) expect_same(cpu, first, i, 0);
    end();
    begin("two programs take turns");
    for (size_t i = 0; i < in_.windows_count; ++i) {
      expect_same(cpu, i % 2 == 0 ? second : first, i, 0);
    }
    end();
    begin("every tensor of the device is that of the processor");
    expect_same(cpu, first, 0, TENDON_RUN_TRACE | TENDON_RUN_COUNTERS);
    auto info = sized<tendon_program_info_t>();
    expect("info", tendon_program_info(cpu, &info), TENDON_OK);
    for (uint32_t i = 0; i < info.layers && good_; ++i) expect_tensor(cpu, first, i);
    end();
  }

  void expect_tensor(tendon_program_t* cpu, tendon_program_t* device, uint32_t layer) {
    auto plan = sized<tendon_layer_plan_t>();
    expect("plan", tendon_plan(cpu, layer, &plan), TENDON_OK);
    const size_t count = size_t{plan.rows} * plan.columns * plan.channels;
    auto* want = static_cast<int16_t*>(in_.memory(2 * count * sizeof(int16_t)));
    int16_t* got = want + count;
    expect("tensor of the processor", tendon_layer_output(cpu, layer, want, count), TENDON_OK);
    expect("tensor of the device", tendon_layer_output(device, layer, got, count), TENDON_OK);
    for (size_t i = 0; i < count && good_; ++i) expect(plan.name, got[i], want[i]);
  }

  void cancelled(tendon_device_t* device, tendon_program_t* cpu, tendon_program_t* program) {
    begin("a reset ends a run, and the next one is right");
    auto result = sized<tendon_result_t>();
    expect("submit", tendon_submit(program, in_.windows, in_.window_bytes, nullptr), TENDON_OK);
    expect("reset", tendon_reset(device), TENDON_OK);
    expect("wait", tendon_wait(program, &result), TENDON_E_CANCELLED);
    expect("label of a cancelled run", result.label, TENDON_POISON_LABEL);
    expect_same(cpu, program, 1, 0);
    end();
  }

  tendon_hal_t hal_;
  ConformanceInput in_;
  const char* check_ = "";
  bool good_ = true;
  unsigned failed_ = 0;
  char detail_[128] = "";
};

}  // namespace

unsigned check_conformance(const tendon_hal_t& hal, const ConformanceInput& input) {
  return Suite(hal, input).run();
}

}  // namespace tendon::hal
