// SPDX-License-Identifier: MIT
// Where each layer runs and why: the one place that decides.
#include "driver/objects.hpp"

namespace tendon {
namespace {

constexpr uint64_t kNever = uint64_t{1} << 62;

// What forbids the device for this layer, whatever it costs.
uint32_t forbidden(const tendon_program_t& program, const tendon_load_options_t& options,
                   uint32_t index) {
  if (options.policy == TENDON_POLICY_CPU_ONLY) return TENDON_REASON_POLICY;
  if (options.cpu_layers != nullptr && index / 32 < options.cpu_layer_words &&
      (options.cpu_layers[index / 32] >> (index % 32) & 1) != 0) {
    return TENDON_REASON_POLICY;
  }
  if (program.device == nullptr) return TENDON_REASON_NO_DEVICE;
  if (!program.has_image) return TENDON_REASON_NO_IMAGE;
  const auto& placed = program.image.layers[index];
  if (placed.desc_first == TENDON_ACCEL_LAYER_NONE) return placed.reason;
  return TENDON_REASON_NONE;
}

// Inputs of the layer that another side made, over the link. A layer that is read again further on
// counts as made on the side of the layer in front.
uint64_t inputs_ns(const tendon_program_t& p, uint32_t index) {
  const auto& layer = p.view.layers[index];
  uint64_t ns = 0;
  for (uint32_t n = 0; n < input_count(layer); ++n) ns += transfer_ns(p, layer.inputs[n]);
  return ns;
}

// The network's last layer leaves a label in a register, the others a tensor.
uint64_t output_ns(const tendon_program_t& p, uint32_t index) {
  return index + 1 < p.view.layer_count ? transfer_ns(p, p.view.layers[index].output) : 0;
}

// The fastest placement: for each layer the best time up to it on either side, from those of the
// layer in front; then back from the better end.
void weigh(tendon_program_t* p) {
  const uint32_t count = p->view.layer_count;
  uint64_t cpu = 0;          // up to the layer in front, which is on the CPU
  uint64_t device = kNever;  // the same, on the device
  for (uint32_t i = 0; i < count; ++i) {
    LayerState& layer = p->layers[i];
    const uint64_t back = i == 0 ? kNever : device + output_ns(*p, i - 1);
    layer.after_device_cpu = back < cpu;
    layer.best_cpu = min_of(min_of(cpu, back) + cpu_ns(*p, i), kNever);
    layer.best_device = kNever;
    if (layer.reason == TENDON_REASON_NONE) {
      const uint64_t start = cpu + chain_ns(*p) + inputs_ns(*p, i);
      layer.after_device_device = device <= start;
      layer.best_device = min_of(min_of(device, start) + compute_ns(*p, i), kNever);
    }
    cpu = layer.best_cpu;
    device = layer.best_device;
  }
  bool on_device = device <= cpu;
  for (uint32_t i = count; i-- > 0;) {
    LayerState& layer = p->layers[i];
    if (!on_device && layer.reason == TENDON_REASON_NONE) layer.reason = TENDON_REASON_SLOWER;
    on_device = on_device ? layer.after_device_device : layer.after_device_cpu;
  }
}

// What the layer costs on the device where it stands.
uint64_t device_ns(const tendon_program_t& p, uint32_t index) {
  const bool placed = on_device(p.layers[index]);
  const bool continues = placed && index > 0 && on_device(p.layers[index - 1]);
  const bool continued = placed && index + 1 < p.view.layer_count && on_device(p.layers[index + 1]);
  uint64_t ns = compute_ns(p, index);
  if (!continues) ns += chain_ns(p) + inputs_ns(p, index);
  if (!continued) ns += output_ns(p, index);
  return ns;
}

}  // namespace

void place_layers(tendon_program_t* p, const tendon_load_options_t& options) {
  for (uint32_t i = 0; i < p->view.layer_count; ++i) {
    p->layers[i].reason = forbidden(*p, options, i);
  }
  if (options.policy == TENDON_POLICY_PREFER && knows_link(*p)) weigh(p);
}

}  // namespace tendon

extern "C" tendon_status_t tendon_plan(const tendon_program_t* program, uint32_t index,
                                       tendon_layer_plan_t* plan) {
  if (program == nullptr || index >= program->view.layer_count) return TENDON_E_ARG;
  const auto& view = program->view;
  const auto& layer = view.layers[index];
  const auto& state = program->layers[index];
  const auto& out = view.tensors[layer.output];
  tendon_layer_plan_t p = {};
  p.name = view.strings + layer.name;
  p.kind = layer.kind;
  p.on_device = tendon::on_device(state) ? 1 : 0;
  p.reason = state.reason;
  p.output = layer.output;
  if (p.on_device != 0) p.predicted_cycles = program->image.layers[index].predicted_cycles;
  p.bus_bytes = state.bus_bytes;
  p.rows = out.rows;
  p.columns = out.columns;
  p.channels = out.channels;
  p.activation_bits = view.tensors[layer.inputs[0]].bits;
  p.weight_bits = tendon::weights_per_channel(view, layer) == 0 ? 0 : layer.weight_bits;
  p.cpu_ns = tendon::cpu_ns(*program, index);
  if (tendon::knows_link(*program) &&
      program->image.layers[index].desc_first != TENDON_ACCEL_LAYER_NONE) {
    p.device_ns = tendon::device_ns(*program, index);
  }
  return tendon::write_struct(p, plan);
}
