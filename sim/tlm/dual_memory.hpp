// SPDX-License-Identifier: MIT
// RAM behind a write-back cache without hardware coherence, as on the C906: processor and bus see
// two copies of every byte, which only cache maintenance joins. A forgotten clean or invalidate
// gives wrong data here as it does there; unlike silicon, this memory says so.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tendon::vp {

class DualMemory {
 public:
  static constexpr std::uint32_t kLine = 64;
  using Report = std::function<void(const std::string&)>;

  /// `bytes` is a multiple of kLine. `report` gets one line for each hazard, at most kReports.
  DualMemory(std::uint64_t base, std::uint32_t bytes, Report report);

  std::uint64_t base() const { return base_; }
  std::uint32_t size() const { return bytes_; }
  bool contains(std::uint64_t address, std::uint64_t bytes) const;

  /// The processor's copy; it reads and writes here without asking.
  std::uint8_t* cpu() { return cpu_.get(); }
  /// Both copies, for loading images before the start. The range must be inside.
  void preset(std::uint64_t address, std::span<const std::uint8_t> bytes);

  /// Bus side; the range must be inside. A read of a line that the processor wrote and did not
  /// clean returns the old bytes and is reported; so is a write under a dirty line.
  void bus_read(std::uint64_t address, std::span<std::uint8_t> out);
  void bus_write(std::uint64_t address, std::span<const std::uint8_t> in);

  /// Maintenance of all lines that [address, address + bytes) touches; the range must be inside.
  void clean(std::uint64_t address, std::uint64_t bytes);
  void invalidate(std::uint64_t address, std::uint64_t bytes);

  /// Lines that the bus wrote and the processor did not invalidate; reported once each with `when`.
  std::uint32_t explain_stale(const std::string& when);
  /// Hazards so far, also those beyond the reported ones.
  std::uint64_t hazards() const { return hazards_; }

 private:
  static constexpr std::uint64_t kReports = 20;
  enum State : std::uint8_t { kShared, kStale, kStaleTold };

  std::uint64_t line_of(std::uint64_t address) const { return (address - base_) / kLine; }
  bool same(std::uint64_t line) const;
  bool is_dirty(std::uint64_t line) const;
  std::uint32_t hash(std::uint64_t line) const;
  void hazard(std::uint64_t line, const char* what, const char* remedy);

  std::uint64_t base_;
  std::uint32_t bytes_;
  // From calloc: pages that nobody touches cost nothing.
  std::unique_ptr<std::uint8_t[], decltype(&std::free)> cpu_, bus_;
  std::vector<State> state_;
  std::vector<std::uint32_t> hash_;   // of the processor's line when the bus wrote under it
  std::vector<std::uint64_t> stale_;  // lines in state kStale, in the order they became so
  Report report_;
  std::uint64_t hazards_ = 0;
};

}  // namespace tendon::vp
