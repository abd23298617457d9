// SPDX-License-Identifier: MIT
// From a .tdn to a program that can run: checks, placement, memory, prepared weights.
#include "driver/objects.hpp"
#include "tendon/tendon_regs.h"

namespace tendon {
namespace {

/// Hands out pieces of the caller's memory; with base = nullptr it only measures.
class Arena {
 public:
  explicit Arena(void* base) : base_(static_cast<uint8_t*>(base)) {}

  void* take(uint64_t bytes) {
    uint8_t* piece = base_ == nullptr ? nullptr : base_ + used_;
    used_ += align_up(bytes, TENDON_ALIGN);
    return piece;
  }
  template <typename T>
  T* take_array(uint64_t count) {
    return static_cast<T*>(take(count * sizeof(T)));
  }
  uint64_t used() const { return used_; }

 private:
  uint8_t* base_;
  uint64_t used_ = 0;
};

cpu::Tensor tensor_of(const View& view, uint32_t index, const TensorState* tensors) {
  return {&view.tensors[index], tensors == nullptr ? nullptr : tensors[index].codes};
}

cpu::Job make_job(const View& view, uint32_t index, const TensorState* tensors) {
  const auto& layer = view.layers[index];
  cpu::Job job = {};
  job.layer = &layer;
  job.in[0] = tensor_of(view, layer.inputs[0], tensors);
  if (layer.inputs[1] != 0xFFFF) job.in[1] = tensor_of(view, layer.inputs[1], tensors);
  job.out = tensor_of(view, layer.output, tensors);
  // Offsets of kinds without weights or table mean nothing and were not checked.
  if (weights_per_channel(view, layer) != 0) job.weights = view.weights + layer.weights_offset;
  if (layer.requant_count != 0) job.requant = view.requants + layer.requant_first;
  if (layer.kind == TENDON_LAYER_TABLE) job.table = view.tables + layer.table_offset;
  return job;
}

void place_tensors(const View& view, Arena* arena, TensorState* tensors) {
  for (uint32_t i = 0; i < view.tensor_count; ++i) {
    auto* codes = arena->take_array<uint8_t>(elements(view.tensors[i]));
    if (tensors != nullptr) tensors[i].codes = codes;
  }
}

/// Everything a program needs, in one pass that either measures or places.
uint64_t lay_out(const View& view, tendon_level_t level, void* memory, tendon_program_t* copy) {
  Arena arena(memory);
  auto* program = arena.take_array<tendon_program_t>(1);
  auto* layers = arena.take_array<LayerState>(view.layer_count);
  auto* tensors = arena.take_array<TensorState>(view.tensor_count);
  auto* chains = arena.take_array<Chain>(view.layer_count);
  uint32_t largest = 0;
  for (uint32_t i = 0; i < view.tensor_count; ++i) {
    largest = max_of(largest, elements(view.tensors[i]));
  }
  auto* shadow = arena.take_array<uint8_t>(largest);
  if (memory != nullptr) {
    memset(memory, 0, static_cast<size_t>(arena.used()));
    copy->layers = layers;
    copy->tensors = tensors;
    copy->chains = chains;
    copy->shadow = shadow;
    *program = *copy;
  }
  place_tensors(view, &arena, tensors);
  size_t scratch = 0;
  for (uint32_t i = 0; i < view.layer_count; ++i) {
    const cpu::Job job = make_job(view, i, tensors);
    const cpu::Kernel& kernel = cpu::select_kernel(level, job);
    scratch = max_of(scratch, kernel.scratch_bytes(job));
    void* prepared = arena.take(kernel.prepared_bytes(job));
    if (memory != nullptr) {
      layers[i].job = job;
      layers[i].job.prepared = prepared;
      layers[i].kernel = &kernel;
      kernel.prepare(layers[i].job, prepared);
    }
  }
  void* shared = arena.take(scratch);
  if (memory != nullptr) {
    for (uint32_t i = 0; i < view.layer_count; ++i) layers[i].job.scratch = shared;
    layers[view.layer_count - 1].job.peak = &program->peak;
  }
  return arena.used();
}

tendon_status_t refuse_if_required(tendon_program_t* p) {
  if (p->policy != TENDON_POLICY_REQUIRE) return TENDON_OK;
  for (uint32_t i = 0; i < p->view.layer_count; ++i) {
    const uint32_t kind = p->view.layers[i].kind;
    if (on_device(p->layers[i])) continue;
    if (kind != TENDON_LAYER_CONV && kind != TENDON_LAYER_DENSE) continue;
    if (p->device != nullptr) {
      auto& error = p->device->error;
      error.status = TENDON_E_UNSUPPORTED;
      error.layer = i;
      Line(error.text, sizeof(error.text))
          << "layer " << i << " (" << p->view.strings + p->view.layers[i].name
          << ") cannot run on the accelerator: " << tendon_reason_name(p->layers[i].reason);
    }
    return TENDON_E_UNSUPPORTED;
  }
  return TENDON_OK;
}

// Which layers of a chain another chain, the CPU, or nobody but the caller reads.
void mark_stored(tendon_program_t* p) {
  for (uint32_t c = 0; c < p->chain_count; ++c) {
    const Chain& chain = p->chains[c];
    for (uint32_t i = chain.end; i < p->view.layer_count; ++i) {
      for (const uint32_t input : p->view.layers[i].inputs) {
        for (uint32_t j = chain.first; j < chain.end; ++j) {
          if (p->view.layers[j].output == input) p->layers[j].stored = true;
        }
      }
    }
  }
}

void count_bus_bytes(tendon_program_t* p) {
  for (uint32_t c = 0; c < p->chain_count; ++c) {
    const Chain& chain = p->chains[c];
    for (uint32_t i = chain.first; i < chain.end; ++i) {
      const auto& layer = p->view.layers[i];
      uint32_t words = p->layers[i].stored ? packed_words(p->view.tensors[layer.output]) : 0;
      for (uint32_t n = 0; n < input_count(layer); ++n) {
        bool outside = true;
        for (uint32_t j = chain.first; j < i; ++j) {
          outside &= p->view.layers[j].output != layer.inputs[n];
        }
        words += outside ? packed_words(p->view.tensors[layer.inputs[n]]) : 0;
      }
      p->layers[i].bus_bytes = 4 * words;
    }
  }
}

/// Cuts the layers into chains and lays out the descriptor and staging memory; returns its size.
uint64_t make_chains(tendon_program_t* p) {
  uint64_t offset = 0;
  for (uint32_t i = 0; i < p->view.layer_count; ++i) {
    if (!on_device(p->layers[i])) continue;
    const bool continues = i > 0 && on_device(p->layers[i - 1]);
    if (!continues) {
      p->chains[p->chain_count++] = {i, i, static_cast<uint32_t>(offset), 0, kNotBuilt, 0};
      offset += TENDON_DESC_BYTES;  // parameters
    }
    p->chains[p->chain_count - 1].end = i + 1;
    // inputs, weights once per compiled descriptor, the descriptors, output
    offset += TENDON_DESC_BYTES * (3 + 2 * uint64_t{p->image.layers[i].desc_count});
  }
  for (uint32_t i = 0; i < p->view.layer_count; ++i) {
    if (!on_device(p->layers[i])) continue;
    const auto& layer = p->view.layers[i];
    const uint32_t ends[] = {layer.inputs[0], layer.inputs[input_count(layer) - 1], layer.output};
    if ((p->image.layers[i].flags & TENDON_ACCEL_DENSE_INPUT) != 0 && p->dense_staging == 0) {
      p->dense_staging = static_cast<uint32_t>(offset);
      offset += align_up(uint64_t{4} * packed_words(dense_rows(p->view.tensors[0])), TENDON_ALIGN);
    }
    for (const uint32_t t : ends) {
      if (p->tensors[t].staging != 0) continue;
      p->tensors[t].staging = static_cast<uint32_t>(offset);
      offset += align_up(uint64_t{4} * packed_words(p->view.tensors[t]), TENDON_ALIGN);
      if (offset > 0x7FFFFFFF) return offset;
    }
  }
  return offset;
}

tendon_status_t allocate(tendon_program_t* p, uint64_t bytes, tendon_dma_t* dma) {
  if (bytes > 0x7FFFFFFF) return TENDON_E_MEMORY;
  const auto& hal = p->device->hal;
  const tendon_status_t status = hal.dma_alloc(hal.ctx, static_cast<uint32_t>(bytes), dma);
  if (status != TENDON_OK) return status;
  const bool aligned =
      dma->bus % TENDON_ALIGN == 0 && reinterpret_cast<uintptr_t>(dma->cpu) % TENDON_ALIGN == 0;
  if (!aligned || dma->bytes < bytes || uint64_t{dma->bus} + dma->bytes > uint64_t{1} << 32) {
    hal.dma_free(hal.ctx, dma);
    return TENDON_E_MEMORY;
  }
  return TENDON_OK;
}

tendon_status_t allocate_dma(tendon_program_t* p, uint64_t io_bytes) {
  p->param_offset = static_cast<uint32_t>(align_up(p->image.weight_bytes, TENDON_ALIGN));
  tendon_status_t status = allocate(p, uint64_t{p->param_offset} + p->image.param_bytes, &p->store);
  if (status != TENDON_OK) return status;
  status = allocate(p, io_bytes, &p->io);
  if (status != TENDON_OK) p->device->hal.dma_free(p->device->hal.ctx, &p->store);
  return status;
}

tendon_status_t check_options(const tendon_load_options_t* from, tendon_load_options_t* options) {
  if (!read_options(from, options) || options->policy < TENDON_POLICY_PREFER ||
      options->policy > TENDON_POLICY_OFFLOAD) {
    return TENDON_E_ARG;
  }
  options->level = cpu::resolve_level(options->level);
  return tendon_level_built(options->level) != 0 ? TENDON_OK : TENDON_E_UNSUPPORTED;
}

}  // namespace
}  // namespace tendon

using namespace tendon;

extern "C" tendon_status_t tendon_program_size(const void* tdn, size_t tdn_bytes,
                                               const tendon_load_options_t* options,
                                               size_t* bytes) {
  tendon_load_options_t wanted;
  View view = {};
  Line none(nullptr, 0);
  if (bytes == nullptr) return TENDON_E_ARG;
  tendon_status_t status = check_options(options, &wanted);
  if (status == TENDON_OK) status = check_program(tdn, tdn_bytes, &view, &none);
  if (status != TENDON_OK) return status;
  const uint64_t need = lay_out(view, wanted.level, nullptr, nullptr);
  if (need > SIZE_MAX / 2) return TENDON_E_MEMORY;
  *bytes = static_cast<size_t>(need);
  return TENDON_OK;
}

extern "C" tendon_status_t tendon_program_load(const void* tdn, size_t tdn_bytes,
                                               tendon_device_t* device,
                                               const tendon_load_options_t* options, void* memory,
                                               size_t bytes, tendon_program_t** program) {
  tendon_load_options_t wanted;
  tendon_program_t start = {};
  Line none(nullptr, 0);
  if (program == nullptr || memory == nullptr ||
      reinterpret_cast<uintptr_t>(memory) % TENDON_ALIGN != 0) {
    return TENDON_E_ARG;
  }
  tendon_status_t status = check_options(options, &wanted);
  if (status == TENDON_OK) status = check_program(tdn, tdn_bytes, &start.view, &none);
  if (status != TENDON_OK) return status;
  if (lay_out(start.view, wanted.level, nullptr, nullptr) > bytes) return TENDON_E_MEMORY;

  start.device = wanted.policy == TENDON_POLICY_CPU_ONLY ? nullptr : device;
  start.policy = wanted.policy;
  start.level = wanted.level;
  start.error.size = sizeof(start.error);
  start.has_image =
      start.device != nullptr && find_image(start.view, start.device->caps, &start.image);
  lay_out(start.view, wanted.level, memory, &start);
  auto* p = static_cast<tendon_program_t*>(memory);
  place_layers(p, wanted);
  status = refuse_if_required(p);
  if (status != TENDON_OK) return status;
  const uint64_t io_bytes = make_chains(p);
  mark_stored(p);
  count_bus_bytes(p);
  if (p->chain_count > 0) {
    status = allocate_dma(p, io_bytes);
    if (status != TENDON_OK) return status;
  }
  *program = p;
  return TENDON_OK;
}

extern "C" void tendon_program_unload(tendon_program_t* program) {
  if (program == nullptr) return;
  tendon_device_t* device = program->device;
  if (device == nullptr) return;
  if (program->run.active != nullptr && tendon_cancel(program) != TENDON_OK) {
    write_log(device, TENDON_LOG_WARNING, "unload: the device did not answer the reset");
  }
  if (device->owner == program) device->owner = nullptr;
  if (device->busy == program) device->busy = nullptr;
  if (program->chain_count > 0) {
    device->hal.dma_free(device->hal.ctx, &program->store);
    device->hal.dma_free(device->hal.ctx, &program->io);
    program->chain_count = 0;
  }
}

extern "C" tendon_status_t tendon_program_info(const tendon_program_t* program,
                                               tendon_program_info_t* info) {
  if (program == nullptr) return TENDON_E_ARG;
  const View& view = program->view;
  const auto& input = view.tensors[0];
  tendon_program_info_t i = {};
  i.name = view.strings + view.header->network_name;
  i.network_id = view.header->network_id;
  i.layers = view.layer_count;
  i.tensors = view.tensor_count;
  i.classes = view.class_count;
  i.rows = input.rows;
  i.columns = input.columns;
  i.channels = input.channels;
  i.level = program->level;
  return write_struct(i, info);
}

extern "C" const char* tendon_class_name(const tendon_program_t* program, int32_t label) {
  if (program == nullptr || label < 0) return "";
  const View& view = program->view;
  const auto index = static_cast<uint32_t>(label);
  return index < view.class_count ? view.strings + view.classes[index] : "";
}
