// SPDX-License-Identifier: MIT
// kernel_check BUNDLE LEVEL: runs the cases of a bundle at one kernel level and compares every
// tensor with what the bundle wants.
//
// A bundle is cases back to back, little-endian: five uint32 (bytes of the name, of the program, of
// one window; number of windows; int16 values wanted per window), then name, program, windows and
// wanted values, [window][layer][row, column, channel], of every layer's output.
// Prints "N cases, N values, kernels: NAME N, ..." (how many layers each kernel ran) and exits with
// 0; with 1 and one line that names the first difference; with 3 when the level is not built.
#include <cstdio>
#include <cstring>

#include "driver/objects.hpp"
#include "programs/files.hpp"

namespace {

using namespace tendon::programs;

constexpr std::size_t kMemory = std::size_t{64} << 20;
constexpr std::size_t kBehind = 4096;  // bytes that nothing may touch
constexpr std::size_t kMostKernels = 32;

struct CaseHead {
  std::uint32_t name_bytes, program_bytes, window_bytes, windows, values;
};

/// How many layers each kernel ran, by name.
struct Tally {
  const char* names[kMostKernels];
  unsigned counts[kMostKernels];
  std::size_t used;

  void note(const char* name) {
    std::size_t i = 0;
    while (i < used && std::strcmp(names[i], name) != 0) ++i;
    if (i == kMostKernels) die("more than %zu kernels", kMostKernels);
    if (i == used) {
      names[used] = name;
      counts[used++] = 0;
    }
    ++counts[i];
  }
};

/// The parts of a bundle in turn, copied to where alignment does not matter.
class Reader {
 public:
  explicit Reader(const File& file) : at_(file.data), end_(file.data + file.bytes) {}
  bool done() const { return at_ == end_; }
  void read(void* to, std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) die("bundle ends in the middle of a case");
    std::memcpy(to, at_, bytes);
    at_ += bytes;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

class Checker {
 public:
  explicit Checker(tendon_level_t level)
      : level_(level),
        memory_(aligned_memory(kMemory)),
        program_(static_cast<std::uint8_t*>(aligned_memory(kMemory))),
        window_(static_cast<std::uint8_t*>(aligned_memory(kMemory))),
        want_(static_cast<std::int16_t*>(aligned_memory(kMemory))),
        got_(static_cast<std::int16_t*>(aligned_memory(kMemory))) {}

  void run_case(Reader& in) {
    CaseHead head;
    in.read(&head, sizeof(head));
    const std::size_t all_windows = std::size_t{head.window_bytes} * head.windows;
    const std::size_t all_values = sizeof(std::int16_t) * head.values * head.windows;
    if (head.name_bytes >= sizeof(name_) || head.program_bytes > kMemory || all_windows > kMemory ||
        all_values > kMemory) {
      die("a case of the bundle is too large");
    }
    in.read(name_, head.name_bytes);
    name_[head.name_bytes] = '\0';
    in.read(program_, head.program_bytes);
    in.read(window_, all_windows);
    in.read(want_, all_values);
    tendon_program_t* program = load(head.program_bytes);
    for (std::uint32_t i = 0; i < head.windows; ++i) {
      compare(program, window_ + std::size_t{i} * head.window_bytes, head.window_bytes,
              want_ + std::size_t{i} * head.values, i);
    }
    for (std::uint32_t i = 0; i < program->view.layer_count; ++i) {
      tally_.note(program->layers[i].kernel->name);
    }
    tendon_program_unload(program);
    ++cases_;
  }

  void report() const {
    std::printf("%s: %u cases, %zu values, kernels:", tendon_level_name(level_), cases_, values_);
    for (std::size_t i = 0; i < tally_.used; ++i) {
      std::printf("%s %s %u", i == 0 ? "" : ",", tally_.names[i], tally_.counts[i]);
    }
    std::printf("\n");
  }

 private:
  tendon_program_t* load(std::size_t bytes) {
    tendon_load_options_t options = {};
    options.size = sizeof(options);
    options.policy = TENDON_POLICY_CPU_ONLY;
    options.level = level_;
    std::size_t need = 0;
    tendon_program_t* program = nullptr;
    tendon_status_t status = tendon_program_size(program_, bytes, &options, &need);
    // No byte more than asked for, and poisoned: a kernel that counts on zeros is caught.
    if (status == TENDON_OK && need + kBehind > kMemory) die("%s: needs %zu bytes", name_, need);
    std::memset(memory_, 0xA5, need + kBehind);
    behind_ = static_cast<const std::uint8_t*>(memory_) + need;
    if (status == TENDON_OK) {
      status = tendon_program_load(program_, bytes, nullptr, &options, memory_, need, &program);
    }
    if (status != TENDON_OK) die("%s: load: %s", name_, tendon_strerror(status));
    return program;
  }

  void compare(tendon_program_t* program, const std::uint8_t* window, std::size_t bytes,
               const std::int16_t* want, std::uint32_t index) {
    tendon_run_options_t options = {};
    options.size = sizeof(options);
    options.flags = TENDON_RUN_TRACE;
    tendon_result_t result = {};
    result.size = sizeof(result);
    const tendon_status_t status = tendon_run(program, window, bytes, &options, &result);
    if (status != TENDON_OK) die("%s: run: %s", name_, tendon_strerror(status));
    for (std::size_t i = 0; i < kBehind; ++i) {
      if (behind_[i] != 0xA5) die("%s: wrote %zu bytes behind its memory", name_, i + 1);
    }
    for (std::uint32_t i = 0; i < program->view.layer_count; ++i) {
      const std::size_t count =
          tendon::elements(program->view.tensors[program->view.layers[i].output]);
      const tendon_status_t read = tendon_layer_output(program, i, got_, count);
      if (read != TENDON_OK) die("%s: layer %u: %s", name_, i, tendon_strerror(read));
      for (std::size_t k = 0; k < count; ++k) {
        if (got_[k] == want[k]) continue;
        die("%s: %s: window %u, layer %u (%s), element %zu: got %d, want %d",
            tendon_level_name(level_), name_, index, i, program->layers[i].kernel->name, k, got_[k],
            want[k]);
      }
      want += count;
      values_ += count;
    }
  }

  tendon_level_t level_;
  void* memory_;
  const std::uint8_t* behind_ = nullptr;
  std::uint8_t* program_;
  std::uint8_t* window_;
  std::int16_t* want_;
  std::int16_t* got_;
  char name_[512];
  Tally tally_ = {};
  unsigned cases_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) die("usage: kernel_check BUNDLE LEVEL");
  tendon_level_t level = TENDON_LEVEL_AUTO;
  if (tendon_level_parse(argv[2], &level) != TENDON_OK)
    die("no kernel level is called %s", argv[2]);
  if (tendon_level_built(level) == 0) {
    std::fprintf(stderr, "level %s is not built\n", argv[2]);
    return 3;
  }
  const File bundle = read_file(argv[1]);
  Reader in(bundle);
  Checker checker(level);
  while (!in.done()) checker.run_case(in);
  checker.report();
  return 0;
}
