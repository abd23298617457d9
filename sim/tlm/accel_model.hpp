// SPDX-License-Identifier: MIT
// What stands behind the accelerator's socket: the loosely timed model or Verilated RTL, one face.
// Times are cycles of the accelerator's clock since its start.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::vp {

/// The bus behind the master. false: error response.
struct BusMaster {
  std::function<bool(std::uint32_t address, std::span<std::uint8_t> out)> read;
  std::function<bool(std::uint32_t address, std::span<const std::uint8_t> in)> write;
};

/// A stretch of time that the timeline shows.
struct Span {
  const char* row;  // "fetch", "dma", "compute"
  std::string name;
  std::uint64_t begin = 0, end = 0;  // cycles
};

class AccelModel {
 public:
  static constexpr std::uint64_t kNever = ~0ull;
  using SpanSink = std::function<void(const Span&)>;

  virtual ~AccelModel() = default;

  /// Register access at the present time; false: SLVERR. Returns through `cycles` how long the
  /// access took beyond the present time.
  virtual bool read(std::uint32_t offset, std::uint32_t& value, std::uint64_t& cycles) = 0;
  virtual bool write(std::uint32_t offset, std::uint32_t value, std::uint64_t& cycles) = 0;

  /// Brings the model to `cycle`; nothing when it is there or ahead.
  virtual void advance_to(std::uint64_t cycle) = 0;
  /// The next cycle at which something visible may happen, kNever when idle. A model may run
  /// ahead of the present to find out.
  virtual std::uint64_t next_event() = 0;
  virtual bool irq() const = 0;
  /// Cycles in which a chain ran or the device reset itself.
  virtual std::uint64_t busy_cycles() const = 0;

  void set_span_sink(SpanSink sink) { span_sink_ = std::move(sink); }

 protected:
  SpanSink span_sink_;
};

/// R, C, L and memories of a named configuration (docs/accelerator.md section 1).
struct Geometry {
  unsigned rows, columns, lanes;
  unsigned act_words, weight_lines, param_entries, bus_bytes;
  std::uint32_t features;  // FEATURES register without DRAIN_COLUMNS
};
Result<Geometry> geometry(const std::string& config);

}  // namespace tendon::vp
