// SPDX-License-Identifier: MIT
// What a layer is predicted to cost on the processor and on the device. Coarse: the plan asks which
// of two is faster, and where they are close either will do (docs/virtual-platform.md).
#include "driver/objects.hpp"

namespace tendon {
namespace {

constexpr uint32_t kDeviceHz = 100'000'000;
constexpr uint32_t kProcessorHz = 1'000'000'000;

// Processor cycles of 100 multiply-accumulates by level, from the counts of
// docs/results/kernels.md; vector instructions work on register pairs and take more than one cycle
// each.
constexpr uint32_t kMacCycles[] = {1200, 1200, 110, 65, 20, 20};
// Where no kernel of the level fits a layer, plain C++ runs it.
constexpr uint32_t kPlainMacCycles = 1200;
constexpr uint32_t kElementCycles = 15;  // of an output: requantization, or a kind without weights
constexpr uint32_t kPackCycles = 16;     // of an element into a packed tensor, or out of it

// Of a chain: checks, descriptors, the interrupt's handler, and the accesses of ring(),
// poll_chain() and collect_label().
constexpr uint32_t kChainCycles = 3500;
constexpr uint32_t kChainAccesses = 21;

uint64_t to_ns(uint64_t cycles, uint32_t hz) {
  constexpr uint64_t kSecond = 1'000'000'000;
  return cycles / hz * kSecond + cycles % hz * kSecond / hz;
}

uint64_t processor_ns(const tendon_program_t& p, uint64_t cycles) {
  const uint32_t hz = p.device == nullptr ? 0 : p.device->hal.link.processor_hz;
  return to_ns(cycles, hz == 0 ? kProcessorHz : hz);
}

// Every weight of a channel at every position that is computed, before a fused pool.
uint64_t macs(const tendon_program_t& p, uint32_t index) {
  const auto& layer = p.view.layers[index];
  const uint64_t outputs = elements(p.view.tensors[layer.output]);
  if (layer.kind == TENDON_LAYER_GEMM) {
    return outputs * p.view.tensors[layer.inputs[0]].channels;
  }
  return outputs * weights_per_channel(p.view, layer) * max_of<uint32_t>(1, layer.fused_pool);
}

bool is_plain(const cpu::Kernel* kernel) {
  return kernel == &cpu::kPortableConv || kernel == &cpu::kPortableDense ||
         kernel == &cpu::kPortableDepthwise || kernel == &cpu::kPortableGemm;
}

// Elements a kind without weights reads, or that are requantized.
uint64_t touched(const tendon_program_t& p, uint32_t index) {
  const auto& layer = p.view.layers[index];
  const uint64_t outputs = elements(p.view.tensors[layer.output]);
  const bool pool = layer.kind == TENDON_LAYER_MAX_POOL || layer.kind == TENDON_LAYER_AVG_POOL;
  return pool ? max_of<uint64_t>(outputs, elements(p.view.tensors[layer.inputs[0]])) : outputs;
}

}  // namespace

bool knows_link(const tendon_program_t& p) {
  return p.device != nullptr && p.has_image && p.device->hal.link.bytes_per_second != 0;
}

uint64_t cpu_ns(const tendon_program_t& p, uint32_t index) {
  const uint32_t mac = is_plain(p.layers[index].kernel) ? kPlainMacCycles : kMacCycles[p.level];
  return processor_ns(p, macs(p, index) * mac / 100 + touched(p, index) * kElementCycles);
}

uint64_t compute_ns(const tendon_program_t& p, uint32_t index) {
  const uint32_t hz = p.device->hal.link.device_hz;
  return to_ns(p.image.layers[index].predicted_cycles, hz == 0 ? kDeviceHz : hz);
}

uint64_t chain_ns(const tendon_program_t& p) {
  return processor_ns(p, kChainCycles) + uint64_t{kChainAccesses} * p.device->hal.link.access_ns;
}

uint64_t transfer_ns(const tendon_program_t& p, uint32_t tensor) {
  const auto& info = p.view.tensors[tensor];
  const auto& link = p.device->hal.link;
  return processor_ns(p, uint64_t{elements(info)} * kPackCycles) + link.access_ns +
         to_ns(uint64_t{4} * packed_words(info), link.bytes_per_second);
}

}  // namespace tendon
