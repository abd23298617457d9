// SPDX-License-Identifier: MIT
#include "hal/host_probe.hpp"

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#if defined(__riscv)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tendon::host {
namespace {

// Contents of a file below root; empty when it cannot be read. /proc files have no size.
std::string contents(const char* root, const char* path) {
  const std::string name = std::string(root == nullptr ? "" : root) + path;
  std::string text;
  std::FILE* file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) return text;
  char buffer[512];
  while (const std::size_t got = std::fread(buffer, 1, sizeof(buffer), file)) {
    text.append(buffer, got);
  }
  std::fclose(file);
  return text;
}

// What stands behind "key ... :" at the start of a line of cpuinfo.
std::string field(const std::string& text, const std::string& key) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t colon = line.find(':');
    const std::size_t name_end = line.find_last_not_of(" \t", colon == 0 ? 0 : colon - 1);
    if (colon != std::string::npos && name_end != std::string::npos &&
        line.substr(0, name_end + 1) == key) {
      const std::size_t value = line.find_first_not_of(" \t", colon + 1);
      return value == std::string::npos ? "" : line.substr(value);
    }
    at = end + 1;
  }
  return "";
}

bool is_thead(const std::string& text) {
  return text.find("thead,") != std::string::npos || text.find("xuantie,") != std::string::npos;
}

#if defined(__riscv)

struct HwProbe {
  std::int64_t key;
  std::uint64_t value;
};

std::uint64_t vendor_by_hwprobe() {
  constexpr long kHwProbe = 258;
  HwProbe pair = {0, 0};  // key 0: mvendorid
  if (syscall(kHwProbe, &pair, 1L, 0L, nullptr, 0L) != 0 || pair.key != 0) return 0;
  return pair.value;
}

#else
std::uint64_t vendor_by_hwprobe() { return 0; }
#endif

#if defined(__riscv) && __riscv_xlen == 64

sigjmp_buf escape;

void escape_from(int) { siglongjmp(escape, 1); }

// What `attempt` says; false when an instruction of it is illegal.
bool survives(bool (*attempt)()) {
  struct sigaction guard = {};
  struct sigaction before = {};
  guard.sa_handler = escape_from;
  sigemptyset(&guard.sa_mask);
  if (sigaction(SIGILL, &guard, &before) != 0) return false;
  const bool result = sigsetjmp(escape, 1) == 0 && attempt();
  sigaction(SIGILL, &before, nullptr);
  return result;
}

bool try_mula() {
  long sum = 5;
  asm volatile(".insn r 0x0b, 1, 0x10, %0, %1, %2" : "+r"(sum) : "r"(3L), "r"(4L));
  return sum == 17;
}

bool try_vcsr() {
  long value;
  asm volatile("csrr %0, 0x00f" : "=r"(value));
  return true;
}

// vsetvli rd, rs, vtype: the vector length for `wanted` elements.
template <int kType>
long vector_length(long wanted) {
  long length;
  asm volatile(".insn i 0x57, 7, %0, %1, %2" : "=r"(length) : "r"(wanted), "i"(kType));
  return length;
}

// Bytes, one register: 128 bits are the least that the kernels take. And elements of 64 bits, which
// a small vector unit lacks.
bool try_rvv10() { return vector_length<0>(16) == 16 && vector_length<3 << 3>(2) == 2; }

// e16, m1 in the layout of 0.7.1, where a register has to have exactly 128 bits; in that of 1.0 the
// same bits are a reserved multiplier, and the length is 0. Then e64, m1.
bool try_rvv071() { return vector_length<1 << 2>(32) == 8 && vector_length<3 << 2>(32) == 2; }

#endif

}  // namespace

Maker read_maker(const char* root) {
  if (root == nullptr) {
    if (const std::uint64_t vendor = vendor_by_hwprobe(); vendor != 0) {
      return {vendor, "riscv_hwprobe"};
    }
  }
  const std::string cpuinfo = contents(root, "/proc/cpuinfo");
  if (const std::string text = field(cpuinfo, "mvendorid"); !text.empty()) {
    return {std::strtoull(text.c_str(), nullptr, 0), "mvendorid of /proc/cpuinfo"};
  }
  if (is_thead(field(cpuinfo, "uarch"))) return {kTHead, "uarch of /proc/cpuinfo"};
  if (is_thead(contents(root, "/proc/device-tree/cpus/cpu@0/compatible"))) {
    return {kTHead, "device tree"};
  }
  return {};
}

#if defined(__riscv) && __riscv_xlen == 64
bool executes_xthead() { return survives(try_mula); }
bool executes_rvv10() { return survives(try_vcsr) && survives(try_rvv10); }
bool executes_rvv071() { return !survives(try_vcsr) && survives(try_rvv071); }
#else
bool executes_xthead() { return false; }
bool executes_rvv10() { return false; }
bool executes_rvv071() { return false; }
#endif

}  // namespace tendon::host
