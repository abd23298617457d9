// SPDX-License-Identifier: MIT
// classify NET.tdn WINDOWS [LEVEL] [options]: one label per window of input codes.
//
// WINDOWS holds windows back to back, one byte per code, [time, channel]. Prints one line per
// window: number, label, class name, largest accumulator. LEVEL: short for --level.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "programs/session.hpp"

namespace {

using namespace tendon::programs;

struct Arguments {
  const char* words[3] = {};
  int count = 0;
  const char* tensors = nullptr;
  const char* counters = nullptr;
  SessionOptions session;
};

[[noreturn]] void usage(int code) {
  std::fprintf(code == 0 ? stdout : stderr,
               "usage: classify NET.tdn WINDOWS [LEVEL] [options]\n%s"
               "  --tensors FILE   every layer's codes of every window, int16 little-endian\n"
               "  --counters FILE  CSV: cycles of every layer of every window, by cause\n",
               kSessionHelp);
  std::exit(code);
}

Arguments parse(int argc, char** argv) {
  Arguments a;
  for (int at = 1; at < argc;) {
    if (std::strcmp(argv[at], "--help") == 0) usage(0);
    if (take_option(argc, argv, &at, &a.session)) continue;
    if (std::strcmp(argv[at], "--tensors") == 0) {
      a.tensors = take_value(argc, argv, &at);
      a.session.flags |= TENDON_RUN_TRACE;
    } else if (std::strcmp(argv[at], "--counters") == 0) {
      a.counters = take_value(argc, argv, &at);
      a.session.flags |= TENDON_RUN_COUNTERS;
    } else if (argv[at][0] != '-' && a.count < 3) {
      a.words[a.count++] = argv[at++];
    } else {
      std::fprintf(stderr, "classify: no option %s\n", argv[at]);
      usage(2);
    }
  }
  if (a.count < 2) usage(2);
  if (a.count == 3 && tendon_level_parse(a.words[2], &a.session.level) != TENDON_OK) {
    die("no kernel level is called %s", a.words[2]);
  }
  return a;
}

std::FILE* create(const char* path) {
  if (path == nullptr) return nullptr;
  std::FILE* file = std::fopen(path, "wb");
  if (file == nullptr) die("cannot write %s", path);
  return file;
}

void finish(std::FILE* file, const char* path) {
  if (file == nullptr) return;
  const bool failed = std::ferror(file) != 0;
  if (std::fclose(file) != 0 || failed) die("cannot write %s", path);
}

void write_tensors(std::FILE* file, const Session& session) {
  for (std::uint32_t i = 0; i < session.info().layers; ++i) {
    tendon_layer_plan_t plan = {};
    plan.size = sizeof(plan);
    tendon_status_t status = tendon_plan(session.program(), i, &plan);
    const std::size_t count = std::size_t{plan.rows} * plan.columns * plan.channels;
    auto* codes = static_cast<std::int16_t*>(aligned_memory(count * sizeof(std::int16_t)));
    if (status == TENDON_OK) status = tendon_layer_output(session.program(), i, codes, count);
    if (status != TENDON_OK) die("tensor of layer %" PRIu32 ": %s", i, tendon_strerror(status));
    std::fwrite(codes, sizeof(std::int16_t), count, file);
    std::free(codes);
  }
}

void write_counters(std::FILE* file, const Session& session, std::size_t window,
                    const tendon_result_t& result) {
  const auto line = [&](const char* layer, const tendon_counters_t& c) {
    std::fprintf(file,
                 "%zu,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                 ",%" PRIu64 ",%" PRIu64 "\n",
                 window, layer, c.cycles, c.active, c.wait_weights, c.wait_activations,
                 c.wait_writeback, c.descriptor, c.drain, c.dma);
  };
  for (std::uint32_t i = 0; i < session.info().layers; ++i) {
    tendon_counters_t counters = {};
    const tendon_status_t status = tendon_layer_counters(session.program(), i, &counters);
    if (status != TENDON_OK) die("counters of layer %" PRIu32 ": %s", i, tendon_strerror(status));
    char number[16];
    std::snprintf(number, sizeof(number), "%" PRIu32, i);
    line(number, counters);
  }
  line("total", result.total);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  Session session(arguments.words[0], arguments.session);
  const File windows = read_file(arguments.words[1]);
  const std::size_t bytes = session.window_bytes();
  if (windows.bytes == 0) die("%s: empty, want windows of %zu bytes", arguments.words[1], bytes);
  if (windows.bytes % bytes != 0) {
    die("%s: %zu bytes are not a multiple of a window's %zu", arguments.words[1], windows.bytes,
        bytes);
  }
  std::FILE* tensors = create(arguments.tensors);
  std::FILE* counters = create(arguments.counters);
  if (counters != nullptr) {
    std::fprintf(counters,
                 "window,layer,cycles,active,wait_weights,wait_activations,wait_writeback,"
                 "descriptor,drain,dma\n");
  }
  std::size_t redone = 0;
  for (std::size_t i = 0; i < windows.bytes / bytes; ++i) {
    const tendon_result_t result = session.run(windows.data + i * bytes, i);
    redone += result.fallback_layers > 0 ? 1 : 0;
    std::printf("%zu %" PRId32 " %s %" PRId32 "\n", i, result.label,
                tendon_class_name(session.program(), result.label), result.max_acc);
    if (tensors != nullptr) write_tensors(tensors, session);
    if (counters != nullptr) write_counters(counters, session, i, result);
  }
  finish(tensors, arguments.tensors);
  finish(counters, arguments.counters);
  if (redone > 0) {
    std::fprintf(stderr, "warning: %zu windows were redone on the processor\n", redone);
  }
  return 0;
}
