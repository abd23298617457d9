// SPDX-License-Identifier: MIT
// kernel_bench NET.tdn WINDOWS HOW: work to count instructions of.
//
// HOW: a kernel level, float-plain or float-blocked. Classifies the first window, then calls
// kernel_bench_mark() before and behind the same again, and behind each layer alone: the
// instructions between two calls are those of one inference, of layer 0, of layer 1 and so on.
// Prints the label.
#include <cstdio>
#include <cstring>

#include "driver/objects.hpp"
#include "programs/files.hpp"
#include "programs/float_network.hpp"

/// Where counting starts and ends. A function with nothing in it, which no compiler may remove.
extern "C" [[gnu::noinline]] void kernel_bench_mark() { asm volatile(""); }

namespace {

using namespace tendon::programs;

int run_float(const File& tdn, const File& windows, FloatKind kind) {
  FloatNetwork network(tdn, kind);
  const int label = network.classify(windows.data);
  kernel_bench_mark();
  (void)network.classify(windows.data);
  kernel_bench_mark();
  for (std::uint32_t i = 0; i < network.layers(); ++i) {
    network.run_layer(i);
    kernel_bench_mark();
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

int run_level(const File& tdn, const File& windows, tendon_level_t level) {
  tendon_program_t* program = load(tdn, level);
  const int label = classify(program, windows);
  kernel_bench_mark();
  (void)classify(program, windows);
  kernel_bench_mark();
  for (std::uint32_t i = 0; i < program->view.layer_count; ++i) {
    const auto& state = program->layers[i];
    state.kernel->run(state.job);
    kernel_bench_mark();
  }
  return label;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) die("usage: kernel_bench NET.tdn WINDOWS HOW");
  const File tdn = read_file(argv[1]);
  const File windows = read_file(argv[2]);
  tendon_level_t level = TENDON_LEVEL_AUTO;
  int label = -1;
  if (std::strcmp(argv[3], "float-plain") == 0) {
    label = run_float(tdn, windows, FloatKind::kPlain);
  } else if (std::strcmp(argv[3], "float-blocked") == 0) {
    label = run_float(tdn, windows, FloatKind::kBlocked);
  } else if (tendon_level_parse(argv[3], &level) == TENDON_OK) {
    label = run_level(tdn, windows, level);
  } else {
    die("%s is no kernel level, float-plain or float-blocked", argv[3]);
  }
  std::printf("label %d\n", label);
  return 0;
}
