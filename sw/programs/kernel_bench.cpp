// SPDX-License-Identifier: MIT
// kernel_bench NET.tdn WINDOWS HOW REPEAT [LAYER]: work to count instructions of.
//
// HOW: a kernel level, float-plain or float-blocked. Classifies the first window once, then REPEAT
// times more, or with LAYER repeats that layer alone. Counts of two runs that differ in REPEAT by
// one differ by exactly one inference or layer. Prints the label.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "driver/objects.hpp"
#include "programs/files.hpp"
#include "programs/float_network.hpp"

namespace {

using namespace tendon::programs;

constexpr long kWhole = -1;

int run_float(const File& tdn, const File& windows, FloatKind kind, long repeat, long layer) {
  FloatNetwork network(tdn, kind);
  const int label = network.classify(windows.data);
  for (long i = 0; i < repeat; ++i) {
    layer == kWhole ? (void)network.classify(windows.data)
                    : network.run_layer(static_cast<std::uint32_t>(layer));
  }
  return label;
}

tendon_program_t* load(const File& tdn, tendon_level_t level) {
  tendon_load_options_t options = {};
  options.size = sizeof(options);
  options.policy = TENDON_POLICY_CPU_ONLY;
  options.level = level;
  // Room for any network of the size these emulators are asked to run; a size query would check the
  // file once more, and every instruction here is traced.
  constexpr size_t kBytes = size_t{64} << 20;
  tendon_program_t* program = nullptr;
  const tendon_status_t status = tendon_program_load(tdn.data, tdn.bytes, nullptr, &options,
                                                     aligned_memory(kBytes), kBytes, &program);
  if (status != TENDON_OK) die("load: %s", tendon_strerror(status));
  return program;
}

int classify(tendon_program_t* program, const File& windows) {
  tendon_result_t result = {};
  result.size = sizeof(result);
  const std::size_t bytes = tendon::elements(program->view.tensors[0]);
  if (windows.bytes < bytes) die("windows: fewer than %zu bytes", bytes);
  const tendon_status_t status = tendon_run(program, windows.data, bytes, nullptr, &result);
  if (status != TENDON_OK) die("run: %s", tendon_strerror(status));
  return result.label;
}

int run_level(const File& tdn, const File& windows, tendon_level_t level, long repeat, long layer) {
  tendon_program_t* program = load(tdn, level);
  const int label = classify(program, windows);
  if (layer != kWhole && layer >= static_cast<long>(program->view.layer_count))
    die("no such layer");
  for (long i = 0; i < repeat; ++i) {
    if (layer == kWhole) {
      (void)classify(program, windows);
    } else {
      const auto& state = program->layers[layer];
      state.kernel->run(state.job);
    }
  }
  return label;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || argc > 6) die("usage: kernel_bench NET.tdn WINDOWS HOW REPEAT [LAYER]");
  const File tdn = read_file(argv[1]);
  const File windows = read_file(argv[2]);
  const long repeat = std::strtol(argv[4], nullptr, 10);
  const long layer = argc == 6 ? std::strtol(argv[5], nullptr, 10) : kWhole;
  tendon_level_t level = TENDON_LEVEL_AUTO;
  int label = -1;
  if (std::strcmp(argv[3], "float-plain") == 0) {
    label = run_float(tdn, windows, FloatKind::kPlain, repeat, layer);
  } else if (std::strcmp(argv[3], "float-blocked") == 0) {
    label = run_float(tdn, windows, FloatKind::kBlocked, repeat, layer);
  } else if (tendon_level_parse(argv[3], &level) == TENDON_OK) {
    label = run_level(tdn, windows, level, repeat, layer);
  } else {
    die("%s is no kernel level, float-plain or float-blocked", argv[3]);
  }
  std::printf("label %d\n", label);
  return 0;
}
