// SPDX-License-Identifier: MIT
// hal_check URI NET.tdn WINDOWS [--passive]: is this HAL what the driver relies on?
//
// Prints one line per check of hal/conformance.hpp; 0 when all passed. WINDOWS as for classify, two
// at least. --passive: registers are memory and nothing computes.
#include <cstdio>
#include <cstring>

#include "hal/conformance.hpp"
#include "programs/files.hpp"
#include "tendon/tendon_hals.h"

namespace {

using tendon::programs::die;

void report(void* ctx, const char* check, bool passed, const char* detail) {
  ++*static_cast<unsigned*>(ctx);
  std::printf("%s: %s%s%s\n", passed ? "passed" : "FAILED", check, passed ? "" : ": ", detail);
  std::fflush(stdout);
}

size_t window_bytes(const tendon::programs::File& tdn) {
  tendon_load_options_t options = {};
  options.size = sizeof(options);
  options.policy = TENDON_POLICY_CPU_ONLY;
  size_t bytes = 0;
  tendon_program_t* program = nullptr;
  tendon_status_t status = tendon_program_size(tdn.data, tdn.bytes, &options, &bytes);
  if (status == TENDON_OK) {
    status = tendon_program_load(tdn.data, tdn.bytes, nullptr, &options,
                                 tendon::programs::aligned_memory(bytes), bytes, &program);
  }
  tendon_program_info_t info = {};
  info.size = sizeof(info);
  if (status == TENDON_OK) status = tendon_program_info(program, &info);
  if (status != TENDON_OK) die("program: %s", tendon_strerror(status));
  return size_t{info.rows} * info.columns * info.channels;
}

}  // namespace

int main(int argc, char** argv) {
  const bool passive = argc == 5 && std::strcmp(argv[4], "--passive") == 0;
  if (argc != 4 && !passive) die("usage: hal_check URI NET.tdn WINDOWS [--passive]");
  const auto tdn = tendon::programs::read_file(argv[2]);
  const auto windows = tendon::programs::read_file(argv[3]);
  unsigned checks = 0;
  tendon::hal::ConformanceInput input = {};
  input.tdn = tdn.data;
  input.tdn_bytes = tdn.bytes;
  input.windows = windows.data;
  input.window_bytes = window_bytes(tdn);
  input.windows_count = windows.bytes / input.window_bytes;
  input.memory = tendon::programs::aligned_memory;
  input.passive = passive;
  input.report = report;
  input.ctx = &checks;
  if (input.windows_count < 2) die("windows: %zu bytes are less than two", windows.bytes);
  tendon_hal_t hal = {};
  char text[256] = "";
  const tendon_status_t status = tendon_hal_open(argv[1], &hal, text, sizeof(text));
  if (status != TENDON_OK) die("%s: %s", tendon_strerror(status), text);
  const unsigned failed = tendon::hal::check_conformance(hal, input);
  std::printf("%u checks, %u failed\n", checks, failed);
  if (failed != 0) std::printf("last trouble: %s\n", tendon_hal_trouble(&hal));
  tendon_hal_close(&hal);
  return failed == 0 ? 0 : 1;
}
