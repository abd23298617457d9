// SPDX-License-Identifier: MIT
// kernel_bench NET.tdn WINDOWS HOW: work to count instructions of.
// kernel_bench NET.tdn WINDOWS LEVEL save FILE: loads the program and stores it as it lies in
// memory. kernel_bench FILE WINDOWS resume: the same work with such a file; a trace of every
// instruction is then short. Both calls by the same executable.
//
// HOW: a kernel level, float-plain or float-blocked. Classifies the first window, then calls
// kernel_bench_mark() before and behind the same again, and behind each layer alone: the
// instructions between two calls are those of one inference, of layer 0, of layer 1 and so on.
// Prints the label.
#include <cstdio>
#include <cstring>

#include <sys/mman.h>

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

/// A loaded program with all that it points at, always at the same address.
struct Image {
  std::size_t bytes;  // of the whole image
  tendon_program_t* program;
};

Image* map_image(std::size_t bytes) {
  void* const where = reinterpret_cast<void*>(std::uintptr_t{0x2000000000});
  void* const got = mmap(where, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != where) die("no %zu bytes of memory at %p", bytes, where);
  return static_cast<Image*>(got);
}

Image* load(const File& tdn, tendon_level_t level) {
  tendon_load_options_t options = {};
  options.size = sizeof(options);
  options.policy = TENDON_POLICY_CPU_ONLY;
  options.level = level;
  std::size_t need = 0;
  tendon_status_t status = tendon_program_size(tdn.data, tdn.bytes, &options, &need);
  if (status != TENDON_OK) die("size: %s", tendon_strerror(status));
  const std::size_t file_bytes = tendon::align_up(tdn.bytes, TENDON_ALIGN);
  const std::size_t bytes = TENDON_ALIGN + file_bytes + need;
  Image* const image = map_image(bytes);
  image->bytes = bytes;
  auto* const copy = reinterpret_cast<std::uint8_t*>(image) + TENDON_ALIGN;
  std::memcpy(copy, tdn.data, tdn.bytes);
  status = tendon_program_load(copy, tdn.bytes, nullptr, &options, copy + file_bytes, need,
                               &image->program);
  if (status != TENDON_OK) die("load: %s", tendon_strerror(status));
  return image;
}

void save(const Image& image, const char* path) {
  std::FILE* const file = std::fopen(path, "wb");
  if (file == nullptr || std::fwrite(&image, 1, image.bytes, file) != image.bytes ||
      std::fclose(file) != 0) {
    die("%s: cannot be written", path);
  }
}

tendon_program_t* resume(const File& saved) {
  Image* const image = map_image(saved.bytes);
  std::memcpy(static_cast<void*>(image), saved.data, saved.bytes);
  if (image->bytes != saved.bytes) die("image of %zu bytes, want %zu", saved.bytes, image->bytes);
  return image->program;
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

int run_level(tendon_program_t* program, const File& windows) {
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
  const bool saves = argc == 6 && std::strcmp(argv[4], "save") == 0;
  if (argc != 4 && !saves) die("usage: kernel_bench NET.tdn WINDOWS HOW [save FILE]");
  const File tdn = read_file(argv[1]);
  const File windows = read_file(argv[2]);
  tendon_level_t level = TENDON_LEVEL_AUTO;
  int label = -1;
  if (std::strcmp(argv[3], "float-plain") == 0) {
    label = run_float(tdn, windows, FloatKind::kPlain);
  } else if (std::strcmp(argv[3], "float-blocked") == 0) {
    label = run_float(tdn, windows, FloatKind::kBlocked);
  } else if (std::strcmp(argv[3], "resume") == 0) {
    label = run_level(resume(tdn), windows);
  } else if (tendon_level_parse(argv[3], &level) == TENDON_OK) {
    const Image* const image = load(tdn, level);
    if (saves) save(*image, argv[5]);
    label = run_level(image->program, windows);
  } else {
    die("%s is no kernel level, float-plain, float-blocked or resume", argv[3]);
  }
  std::printf("label %d\n", label);
  return 0;
}
