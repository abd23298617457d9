// SPDX-License-Identifier: MIT
// Where each layer runs and why: the one place that decides.
#include "driver/objects.hpp"

namespace tendon {

uint32_t place_layer(const tendon_program_t& program, const tendon_load_options_t& options,
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

}  // namespace tendon

using tendon::elements;

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
  return tendon::write_struct(p, plan);
}
