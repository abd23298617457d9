// SPDX-License-Identifier: MIT
//
// What the tests of the shell share: descriptors by name, a device around the stand-in core, and
// one call that runs a chain.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rtl/rtl_device.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::shell {

/// Word by word; seal() writes the check word.
struct Descriptor {
  std::array<std::uint32_t, 16> words{};

  Descriptor& flags(std::uint32_t head) {
    words[0] |= head;
    return *this;
  }
  Descriptor& tag(std::uint32_t tag) {
    words[0] |= tag << TENDON_DESC_TAG_LSB;
    return *this;
  }
  Descriptor& seal();
};

inline constexpr std::uint32_t kWaitDma = TENDON_DESC_WAIT_DMA_MASK;
inline constexpr std::uint32_t kWaitCompute = TENDON_DESC_WAIT_COMPUTE_MASK;
inline constexpr std::uint32_t kIrq = TENDON_DESC_IRQ_MASK;
inline constexpr std::uint32_t kOverlap = TENDON_DESC_OVERLAP_MASK;
inline constexpr std::uint32_t kLast = TENDON_DESC_LAST_MASK;
inline constexpr std::uint32_t kLog = TENDON_DESC_LOG_MASK;

Descriptor load(std::uint32_t space, std::uint32_t bus, std::uint32_t word, std::uint32_t bytes);
Descriptor store(std::uint32_t bus, std::uint32_t word, std::uint32_t bytes);

/// The stand-in's CONV: after `cycles`, act[out] = act[in] + wgt[wgt] + par[par].
struct StandinConv {
  std::uint32_t cycles = 20;
  std::uint32_t in = 0;
  std::uint32_t out = 1;
  std::uint32_t wgt = 0;
  std::uint32_t par = 0;
  bool argmax = false;
};
Descriptor conv(const StandinConv& job);
Descriptor failing_conv(std::uint32_t code, std::uint32_t address);
Descriptor hanging_conv();

class Bench {
 public:
  /// `width`: 32, 64 or 128 bits of the AXI master.
  Bench(unsigned width, const sim::RtlOptions& options);
  /// The same around a model of the caller's.
  Bench(unsigned width, std::unique_ptr<sim::Model> model, const sim::RtlOptions& options)
      : width_(width), device_(std::move(model), options) {}

  sim::RtlDevice& device() { return device_; }
  sim::AxiMemory& memory() { return device_.memory(); }
  unsigned width() const { return width_; }

  std::uint32_t read(std::uint32_t offset);
  void write(std::uint32_t offset, std::uint32_t value);

  /// Memory as the device sees it. Data lives from kData on, descriptors from kDescriptors on.
  static constexpr std::uint32_t kData = 0x40010000;
  static constexpr std::uint32_t kDescriptors = 0x40000000;
  std::uint32_t peek(std::uint32_t bus);
  void poke(std::uint32_t bus, std::uint32_t value);
  void fill(std::uint32_t bus, std::uint32_t bytes, std::uint64_t seed);

  /// Opens the window on all of the memory and enables every interrupt.
  void prepare();
  /// Writes the descriptors and rings the doorbell; does not wait.
  void start(std::span<const Descriptor> chain);
  void start(std::initializer_list<Descriptor> chain) {
    start(std::span(chain.begin(), chain.size()));
  }
  /// Runs until the interrupt line rises; returns STATUS, with the interrupt cleared.
  std::uint32_t wait();
  std::uint32_t run(std::initializer_list<Descriptor> chain) {
    start(chain);
    return wait();
  }
  /// CTRL.SOFT_RESET and wait for its end.
  void soft_reset();

  /// A LOAD, CONV, STORE chain with known answer; true when the answer is right and no error.
  bool works();

 private:
  unsigned width_;
  sim::RtlDevice device_;
};

inline constexpr std::uint32_t kDone = TENDON_STATUS_DONE_MASK;
inline constexpr std::uint32_t kError = TENDON_STATUS_ERROR_MASK;

/// Every channel stalls in about half of the cycles.
sim::RtlOptions stalls(std::uint64_t seed);

}  // namespace tendon::shell
