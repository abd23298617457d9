// SPDX-License-Identifier: MIT
#include "tlm/dual_memory.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "net/result.hpp"

namespace tendon::vp {

namespace {
std::uint8_t* zeroed(std::uint32_t bytes) {
  return static_cast<std::uint8_t*>(std::calloc(bytes, 1));
}
}  // namespace

DualMemory::DualMemory(std::uint64_t base, std::uint32_t bytes, Report report)
    : base_(base),
      bytes_(bytes),
      cpu_(zeroed(bytes), &std::free),
      bus_(zeroed(bytes), &std::free),
      state_(bytes / kLine, kShared),
      hash_(bytes / kLine),
      report_(std::move(report)) {
  TENDON_CHECK_EQ(bytes % kLine, 0u);
  TENDON_CHECK(cpu_ != nullptr && bus_ != nullptr);
}

bool DualMemory::contains(std::uint64_t address, std::uint64_t bytes) const {
  return address >= base_ && bytes <= bytes_ && address - base_ <= bytes_ - bytes;
}

void DualMemory::preset(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  TENDON_CHECK(contains(address, bytes.size()));
  std::copy(bytes.begin(), bytes.end(), cpu_.get() + (address - base_));
  std::copy(bytes.begin(), bytes.end(), bus_.get() + (address - base_));
}

bool DualMemory::same(std::uint64_t line) const {
  return std::memcmp(&cpu_[line * kLine], &bus_[line * kLine], kLine) == 0;
}

// FNV-1a: enough to tell whether the processor wrote to a line since.
std::uint32_t DualMemory::hash(std::uint64_t line) const {
  std::uint32_t value = 2166136261u;
  for (std::uint32_t i = 0; i < kLine; ++i) {
    value = (value ^ cpu_[line * kLine + i]) * 16777619u;
  }
  return value;
}

bool DualMemory::is_dirty(std::uint64_t line) const {
  return state_[line] == kShared ? !same(line) : hash(line) != hash_[line];
}

void DualMemory::hazard(std::uint64_t line, const char* what, const char* remedy) {
  if (++hazards_ > kReports) return;
  char text[256];
  std::snprintf(text, sizeof text, "cache line 0x%08llx: %s; %s",
                static_cast<unsigned long long>(base_ + line * kLine), what, remedy);
  report_(text);
}

void DualMemory::bus_read(std::uint64_t address, std::span<std::uint8_t> out) {
  TENDON_CHECK(contains(address, out.size()));
  if (out.empty()) return;
  for (auto line = line_of(address); line <= line_of(address + out.size() - 1); ++line) {
    if (state_[line] == kShared && !same(line)) {
      hazard(line, "the accelerator reads old bytes, the processor's are still in its cache",
             "clean the range before the doorbell");
    }
  }
  std::memcpy(out.data(), &bus_[address - base_], out.size());
}

void DualMemory::bus_write(std::uint64_t address, std::span<const std::uint8_t> in) {
  TENDON_CHECK(contains(address, in.size()));
  if (in.empty()) return;
  for (auto line = line_of(address); line <= line_of(address + in.size() - 1); ++line) {
    if (is_dirty(line)) {
      hazard(line, "the accelerator writes under bytes that the processor has not cleaned",
             "clean or invalidate the range before the doorbell, share no line with other data");
    }
    if (state_[line] == kShared) {
      hash_[line] = hash(line);
      stale_.push_back(line);
    }
    state_[line] = kStale;
  }
  std::memcpy(&bus_[address - base_], in.data(), in.size());
}

void DualMemory::clean(std::uint64_t address, std::uint64_t bytes) {
  TENDON_CHECK(contains(address, bytes));
  if (bytes == 0) return;
  for (auto line = line_of(address); line <= line_of(address + bytes - 1); ++line) {
    if (!is_dirty(line)) continue;
    if (state_[line] != kShared) {
      hazard(line, "a clean overwrites what the accelerator wrote with the processor's old bytes",
             "invalidate before the processor writes to it, share no line with other data");
    }
    std::memcpy(&bus_[line * kLine], &cpu_[line * kLine], kLine);
    state_[line] = kShared;
  }
}

void DualMemory::invalidate(std::uint64_t address, std::uint64_t bytes) {
  TENDON_CHECK(contains(address, bytes));
  if (bytes == 0) return;
  for (auto line = line_of(address); line <= line_of(address + bytes - 1); ++line) {
    if (is_dirty(line)) {
      hazard(line, "an invalidate drops bytes that the processor wrote",
             "clean first, share no line with other data");
    }
    std::memcpy(&cpu_[line * kLine], &bus_[line * kLine], kLine);
    state_[line] = kShared;
  }
}

std::uint32_t DualMemory::explain_stale(const std::string& when) {
  std::uint32_t count = 0;
  std::vector<std::uint64_t> told = std::move(stale_);
  stale_.clear();
  for (const std::uint64_t line : told) {
    if (state_[line] != kStale || same(line)) continue;
    ++count;
    state_[line] = kStaleTold;
    hazard(line,
           ("the processor still sees bytes from before the accelerator wrote, " + when).c_str(),
           "invalidate the range before reading");
  }
  return count;
}

}  // namespace tendon::vp
