// SPDX-License-Identifier: MIT
// answer --hal URI [options]: classifies windows that come over standard input, program first;
// results with tensors and counters go to standard output (window_wire.hpp). What `tendon --engine
// shm` runs under qemu-riscv64; on a board it works over ssh.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "programs/session.hpp"
#include "programs/window_wire.hpp"

namespace {

using namespace tendon::programs;
namespace wire = tendon::wire;

constexpr std::uint64_t kClockMhz = 100;  // of the simulated accelerator, for simulated_cycles

[[noreturn]] void usage(int code) {
  std::fprintf(code == 0 ? stdout : stderr, "usage: answer [options] <FRAMES >FRAMES\n%s",
               kSessionHelp);
  std::exit(code);
}

// A frame from standard input; false at its end.
bool receive(std::uint32_t* kind, File* payload) {
  std::uint32_t head[2];
  if (std::fread(head, sizeof(head), 1, stdin) != 1) return false;
  if (head[1] > wire::kMaxFrame) die("frame of %u bytes", head[1]);
  *kind = head[0];
  payload->bytes = head[1];
  payload->data = static_cast<std::uint8_t*>(aligned_memory(head[1]));
  if (std::fread(payload->data, 1, head[1], stdin) != head[1]) die("frame cut short");
  return true;
}

void put(const void* data, std::size_t bytes) {
  if (std::fwrite(data, 1, bytes, stdout) != bytes) die("nobody listens");
}

void put_head(std::uint32_t kind, std::size_t bytes) {
  const std::uint32_t head[2] = {kind, static_cast<std::uint32_t>(bytes)};
  put(head, sizeof(head));
}

std::size_t codes_of(const Session& session, std::uint32_t layer, std::uint32_t* on_device) {
  tendon_layer_plan_t plan = {};
  plan.size = sizeof(plan);
  if (tendon_plan(session.program(), layer, &plan) != TENDON_OK) die("no plan of layer %u", layer);
  *on_device = plan.on_device;
  return std::size_t{plan.rows} * plan.columns * plan.channels;
}

void send_layer(const Session& session, std::uint32_t layer, bool tensors) {
  wire::LayerHead head = {};
  const std::size_t count = codes_of(session, layer, &head.on_device);
  head.codes = tensors ? static_cast<std::uint32_t>(count) : 0;
  tendon_counters_t counters = {};
  if (tendon_layer_counters(session.program(), layer, &counters) == TENDON_OK) {
    std::memcpy(head.counters, &counters, sizeof(head.counters));
  }
  put(&head, sizeof(head));
  if (!tensors) return;
  auto* codes = static_cast<std::int16_t*>(aligned_memory(count * sizeof(std::int16_t)));
  const tendon_status_t status = tendon_layer_output(session.program(), layer, codes, count);
  if (status != TENDON_OK) die("tensor of layer %u: %s", layer, tendon_strerror(status));
  put(codes, count * sizeof(std::int16_t));
  std::free(codes);
}

void send_result(const Session& session, const tendon_result_t& result, bool tensors) {
  const std::uint32_t layers = session.info().layers;
  std::size_t bytes = sizeof(wire::ResultHead) + layers * sizeof(wire::LayerHead);
  std::uint32_t on_device = 0;
  for (std::uint32_t i = 0; tensors && i < layers; ++i) {
    bytes += codes_of(session, i, &on_device) * sizeof(std::int16_t);
  }
  wire::ResultHead head = {result.label, layers, {}, session.time_us() * kClockMhz, {}};
  std::memcpy(head.total, &result.total, sizeof(head.total));
  put_head(wire::kResult, bytes);
  put(&head, sizeof(head));
  for (std::uint32_t i = 0; i < layers; ++i) send_layer(session, i, tensors);
}

void answer(Session& session, const File& frame, std::size_t number) {
  std::uint32_t flags = 0;
  if (frame.bytes != sizeof(flags) + session.window_bytes()) {
    char text[96];
    std::snprintf(text, sizeof(text), "window of %zu bytes, the program takes %zu",
                  frame.bytes - sizeof(flags), session.window_bytes());
    put_head(wire::kFailure, std::strlen(text));
    put(text, std::strlen(text));
    return;
  }
  std::memcpy(&flags, frame.data, sizeof(flags));
  const std::uint8_t* window = frame.data + sizeof(flags);
  const bool tensors = (flags & wire::kTensors) != 0;
  if ((flags & wire::kReset) != 0) session.start_and_reset(window);
  const std::uint32_t run_flags = (tensors ? TENDON_RUN_TRACE : 0u) |
                                  ((flags & wire::kCountersWanted) != 0 ? TENDON_RUN_COUNTERS : 0u);
  send_result(session, session.run(window, number, run_flags), tensors);
}

}  // namespace

int main(int argc, char** argv) {
  SessionOptions options;
  for (int at = 1; at < argc;) {
    if (std::strcmp(argv[at], "--help") == 0) usage(0);
    if (!take_option(argc, argv, &at, &options)) usage(2);
  }
  std::uint32_t kind = 0;
  File frame = {};
  if (!receive(&kind, &frame) || kind != wire::kProgram) die("the first frame is no program");
  Session session("program", frame, options);
  put_head(wire::kReady, 0);
  std::fflush(stdout);
  for (std::size_t number = 0; receive(&kind, &frame); ++number) {
    if (kind != wire::kWindow) die("frame of kind %x, want a window", kind);
    answer(session, frame, number);
    std::free(frame.data);
    if (std::fflush(stdout) != 0) die("nobody listens");
  }
  return 0;
}
