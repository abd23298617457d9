// SPDX-License-Identifier: MIT
// classify NET.tdn WINDOWS [LEVEL]: one label per window of input codes.
//
// WINDOWS holds windows back to back, one byte per code, [time, channel]. Prints one line per
// window: number, label, class name, largest accumulator. LEVEL: a kernel level of
// tendon_level_parse().
#include <cinttypes>
#include <cstdio>

#include "programs/files.hpp"
#include "tendon/tendon.h"

namespace {

using tendon::programs::aligned_memory;
using tendon::programs::die;
using tendon::programs::File;
using tendon::programs::read_file;

tendon_program_t* load(const File& tdn, tendon_level_t level) {
  char text[160] = "";
  tendon_status_t status = tendon_program_check(tdn.data, tdn.bytes, text, sizeof(text));
  if (status != TENDON_OK) die("program: %s: %s", tendon_strerror(status), text);
  tendon_load_options_t options = {};
  options.size = sizeof(options);
  options.policy = TENDON_POLICY_CPU_ONLY;
  options.level = level;
  size_t bytes = 0;
  tendon_program_t* program = nullptr;
  status = tendon_program_size(tdn.data, tdn.bytes, &options, &bytes);
  if (status == TENDON_OK) {
    status = tendon_program_load(tdn.data, tdn.bytes, nullptr, &options, aligned_memory(bytes),
                                 bytes, &program);
  }
  if (status != TENDON_OK) die("load: %s", tendon_strerror(status));
  return program;
}

void classify(tendon_program_t* program, const File& windows) {
  tendon_program_info_t info = {};
  info.size = sizeof(info);
  tendon_status_t status = tendon_program_info(program, &info);
  const size_t bytes = size_t{info.rows} * info.columns * info.channels;
  if (status != TENDON_OK) die("program: %s", tendon_strerror(status));
  if (windows.bytes % bytes != 0) {
    die("windows: %zu bytes are not a multiple of a window's %zu", windows.bytes, bytes);
  }
  for (size_t i = 0; i < windows.bytes / bytes; ++i) {
    tendon_result_t result = {};
    result.size = sizeof(result);
    status = tendon_run(program, windows.data + i * bytes, bytes, nullptr, &result);
    if (status != TENDON_OK) {
      tendon_error_t error = {};
      error.size = sizeof(error);
      const bool known = tendon_program_error(program, &error) == TENDON_OK;
      die("window %zu: %s: %s", i, tendon_strerror(status), known ? error.text : "");
    }
    std::printf("%zu %" PRId32 " %s %" PRId32 "\n", i, result.label,
                tendon_class_name(program, result.label), result.max_acc);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) die("usage: classify NET.tdn WINDOWS [LEVEL]");
  tendon_level_t level = TENDON_LEVEL_AUTO;
  if (argc == 4 && tendon_level_parse(argv[3], &level) != TENDON_OK) {
    die("no kernel level is called %s", argv[3]);
  }
  classify(load(read_file(argv[1]), level), read_file(argv[2]));
  return 0;
}
