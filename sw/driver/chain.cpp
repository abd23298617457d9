// SPDX-License-Identifier: MIT
// One chain of descriptors: LOAD inputs (and weights, when they are not there yet), the compiled
// layers, STORE outputs. docs/accelerator.md section 7.
#include "driver/objects.hpp"
#include "tendon/tendon_regs.h"

namespace tendon {
namespace {

constexpr uint32_t kStoreAll = TENDON_RUN_TRACE | TENDON_RUN_VERIFY;
constexpr uint32_t kWatchdogCycles = TENDON_WATCHDOG_CYCLES_MASK;

bool is_last_layer(const tendon_program_t* p, uint32_t layer) {
  return layer + 1 == p->view.layer_count;
}

bool is_stored(const tendon_program_t* p, uint32_t layer) {
  const uint32_t wanted = is_last_layer(p, layer) ? kStoreAll | TENDON_RUN_OUTPUT : kStoreAll;
  return p->layers[layer].stored || (p->run.flags & wanted) != 0;
}

uint32_t staging_bytes(const tendon_program_t* p, uint32_t tensor) {
  return packed_words(p->view.tensors[tensor]) * 4;
}

uint32_t dense_bytes(const tendon_program_t* p) {
  return packed_words(dense_rows(p->view.tensors[0])) * 4;
}

/// Writes descriptors one after another and keeps track of what must be waited for.
class ChainBuilder {
 public:
  ChainBuilder(tendon_program_t* program, Chain* chain, bool cold)
      : p_(program), chain_(chain), cold_(cold) {
    first_ = reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(p_->io.cpu) + chain->desc_offset);
    next_ = first_;
  }

  void build() {
    if (cold_) {
      load(TENDON_SPACE_PAR, p_->store.bus + p_->param_offset, 0, p_->image.param_bytes, 0);
    }
    for (uint32_t i = chain_->first; i < chain_->end; ++i) layer(i);
    uint32_t* last = next_ - TENDON_DESC_WORDS;
    last[0] |= TENDON_DESC_LAST_MASK;
    seal(last);
    chain_->count = static_cast<uint32_t>(next_ - first_) / TENDON_DESC_WORDS;
  }

 private:
  void layer(uint32_t index) {
    const auto& placed = p_->image.layers[index];
    for (uint32_t n = 0; n < input_count(p_->view.layers[index]); ++n) {
      load_input(placed, p_->view.layers[index].inputs[n], placed.in_base[n], index);
    }
    if ((placed.flags & TENDON_ACCEL_STREAMED) != 0) {
      streamed(placed, index);
    } else {
      resident(placed, index);
    }
    if (is_stored(p_, index)) {
      const uint32_t out = p_->view.layers[index].output;
      dma(TENDON_OPCODE_STORE, TENDON_SPACE_ACT, p_->io.bus + p_->tensors[out].staging,
          placed.out_base, staging_bytes(p_, out), TENDON_DESC_WAIT_COMPUTE_MASK, index);
    }
  }

  void load_input(const tendon_program_accel_layer_t& placed, uint32_t in, uint32_t base,
                  uint32_t index) {
    if (produced_in_chain(in, index)) return;
    const bool dense = (placed.flags & TENDON_ACCEL_DENSE_INPUT) != 0;
    const bool others_pending = dma_pending_;
    load(TENDON_SPACE_ACT, p_->io.bus + (dense ? p_->dense_staging : p_->tensors[in].staging), base,
         dense ? dense_bytes(p_) : staging_bytes(p_, in),
         compute_pending_ ? TENDON_DESC_WAIT_COMPUTE_MASK : 0);
    dma_pending_ = others_pending;
    input_pending_ = true;
  }

  void resident(const tendon_program_accel_layer_t& placed, uint32_t index) {
    if (cold_) load_weights(placed);
    for (uint32_t d = 0; d < placed.desc_count; ++d) {
      conv(placed.desc_first + d, index, d + 1 == placed.desc_count, dma_pending_);
    }
  }

  // The compiler set the waits so that pieces load under computation; only its first CONV also
  // waits for what this chain loaded before.
  void streamed(const tendon_program_accel_layer_t& placed, uint32_t index) {
    bool wait = dma_pending_ || input_pending_;
    for (uint32_t d = 0; d < placed.desc_count; ++d) {
      const uint32_t* from = descriptor(placed.desc_first + d);
      if (!is_load(from)) {
        conv(placed.desc_first + d, index, d + 1 == placed.desc_count, wait);
        wait = false;
        continue;
      }
      const uint32_t flags = from[0] & (TENDON_DESC_WAIT_DMA_MASK | TENDON_DESC_WAIT_COMPUTE_MASK);
      dma(TENDON_OPCODE_LOAD, TENDON_SPACE_WGT, p_->store.bus + from[TENDON_DMA_BUS_WORD],
          from[TENDON_DMA_WORD_WORD], from[TENDON_DMA_BYTES_WORD], flags, index);
    }
  }

  bool produced_in_chain(uint32_t tensor, uint32_t before) const {
    for (uint32_t i = chain_->first; i < before; ++i) {
      if (p_->view.layers[i].output == tensor) return true;
    }
    return false;
  }

  // Lines of this layer only: the array starts on them while later layers' lines still stream in.
  void load_weights(const tendon_program_accel_layer_t& placed) {
    const uint32_t line_bytes = line_words(*p_->image.info) * 4;
    for (uint32_t d = 0; d < placed.desc_count; ++d) {
      const ConvFields f = conv_fields(descriptor(placed.desc_first + d), p_->image.info->rows);
      if (!f.needs_lines) continue;
      const uint32_t from = f.weight_base * line_bytes;
      load(TENDON_SPACE_WGT, p_->store.bus + from, from / 4, f.lines * line_bytes, 0);
    }
  }

  const uint32_t* descriptor(uint32_t index) const {
    return p_->image.descriptors + index * TENDON_DESC_WORDS;
  }

  void load(uint32_t space, uint32_t bus, uint32_t word, uint32_t bytes, uint32_t flags) {
    dma(TENDON_OPCODE_LOAD, space, bus, word, bytes, flags, chain_->first);
  }

  void dma(uint32_t opcode, uint32_t space, uint32_t bus, uint32_t word, uint32_t bytes,
           uint32_t flags, uint32_t tag) {
    memset(next_, 0, TENDON_DESC_BYTES);
    next_[0] = opcode | flags | tag << TENDON_DESC_TAG_LSB;
    next_[TENDON_DMA_SPACE_WORD] = space;
    next_[TENDON_DMA_BUS_WORD] = bus;
    next_[TENDON_DMA_WORD_WORD] = word;
    next_[TENDON_DMA_BYTES_WORD] = bytes;
    dma_pending_ = true;
    advance();
  }

  void conv(uint32_t index, uint32_t layer, bool last_of_layer, bool wait_dma) {
    memcpy(next_, descriptor(index), TENDON_DESC_BYTES);
    constexpr uint32_t kKept =
        TENDON_DESC_OPCODE_MASK | TENDON_DESC_WAIT_DMA_MASK | TENDON_DESC_WAIT_COMPUTE_MASK;
    next_[0] = (next_[0] & kKept) | layer << TENDON_DESC_TAG_LSB;
    if (wait_dma) {
      next_[0] |= TENDON_DESC_WAIT_DMA_MASK;
    } else if (input_pending_) {
      // Its output lies elsewhere, and what it reads it waits for.
      next_[0] |= TENDON_DESC_OVERLAP_MASK;
    }
    if (last_of_layer) next_[0] |= TENDON_DESC_LOG_MASK;
    dma_pending_ = input_pending_ = false;
    compute_pending_ = true;
    advance();
  }

  void advance() {
    seal(next_);
    next_ += TENDON_DESC_WORDS;
  }

  static void seal(uint32_t* words) {
    uint32_t check = 0xFFFFFFFFu;
    for (uint32_t i = 0; i + 1 < TENDON_DESC_WORDS; ++i) check ^= words[i];
    words[TENDON_DESC_CHECK_WORD] = check;
  }

  tendon_program_t* p_;
  Chain* chain_;
  bool cold_;
  uint32_t* first_;
  uint32_t* next_;
  bool dma_pending_ = false;    // weights, parameters or outputs
  bool input_pending_ = false;  // activations of the next layer
  bool compute_pending_ = false;
};

tendon_status_t sync(tendon_program_t* p, const tendon_dma_t& dma, uint32_t offset, uint32_t bytes,
                     tendon_dma_direction_t direction) {
  return p->device->hal.dma_sync(p->device->hal.ctx, &dma, offset, bytes, direction);
}

// Two sums over words: any flipped bit changes the first, words that change places the second.
uint64_t sums_of(const tendon_dma_t& dma, uint32_t offset, uint32_t bytes) {
  const auto* words = reinterpret_cast<const uint32_t*>(static_cast<uint8_t*>(dma.cpu) + offset);
  uint32_t sum = 0;
  uint32_t sum_of_sums = 0;
  for (uint32_t i = 0; i < bytes / 4; ++i) {
    sum += words[i];
    sum_of_sums += sum;
  }
  return static_cast<uint64_t>(sum_of_sums) << 32 | sum;
}

// Reads [offset, offset + bytes) and wants the same sums again: after sending it, or reading it.
tendon_status_t check_again(tendon_program_t* p, const tendon_dma_t& dma, uint32_t offset,
                            uint32_t bytes) {
  if ((p->device->hal.flags & TENDON_HAL_CHECKED_LINK) != 0) return TENDON_OK;
  const uint64_t before = sums_of(dma, offset, bytes);
  const tendon_status_t status = sync(p, dma, offset, bytes, TENDON_DMA_FROM_DEVICE);
  if (status != TENDON_OK) return status;
  return sums_of(dma, offset, bytes) == before ? TENDON_OK : TENDON_E_IO;
}

// Whole words that arrived in device memory, or an error.
tendon_status_t send(tendon_program_t* p, const tendon_dma_t& dma, uint32_t offset,
                     uint32_t bytes) {
  const tendon_status_t status = sync(p, dma, offset, bytes, TENDON_DMA_TO_DEVICE);
  return status == TENDON_OK ? check_again(p, dma, offset, bytes) : status;
}

tendon_status_t fetch(tendon_program_t* p, const tendon_dma_t& dma, uint32_t offset,
                      uint32_t bytes) {
  const tendon_status_t status = sync(p, dma, offset, bytes, TENDON_DMA_FROM_DEVICE);
  return status == TENDON_OK ? check_again(p, dma, offset, bytes) : status;
}

// Images are copied anew with each upload, so a byte that was damaged in DMA memory does not stay.
tendon_status_t refresh_store(tendon_program_t* p) {
  auto* to = static_cast<uint8_t*>(p->store.cpu);
  memcpy(to, p->image.weights, p->image.weight_bytes);
  memcpy(to + p->param_offset, p->image.params, p->image.param_bytes);
  return send(p, p->store, 0, p->param_offset + p->image.param_bytes);
}

// Codes of the zero point behind the last one of each row.
void fill_rest(const tendon_program_tensor_t& row, uint32_t* words) {
  const uint32_t mask = (1u << row.bits) - 1;
  const uint32_t per_row = position_words(row);
  for (uint32_t r = 0; r < row.rows; ++r, words += per_row) {
    for (uint32_t bit = row.channels * row.bits; bit < per_row * 32; bit += row.bits) {
      words[bit / 32] |= (static_cast<uint32_t>(row.zero_point) & mask) << (bit % 32);
    }
  }
}

tendon_status_t write_dense_input(tendon_program_t* p) {
  const tendon_program_tensor_t row = dense_rows(p->view.tensors[0]);
  auto* words = reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(p->io.cpu) + p->dense_staging);
  pack_tensor(row, p->tensors[0].codes, words);
  fill_rest(row, words);
  return send(p, p->io, p->dense_staging, dense_bytes(p));
}

// Whether a layer of the chain in front of `before` gives the tensor.
bool is_made_in(const tendon_program_t* p, const Chain& chain, uint32_t before, uint32_t tensor) {
  for (uint32_t j = chain.first; j < before; ++j) {
    if (p->view.layers[j].output == tensor) return true;
  }
  return false;
}

tendon_status_t write_inputs(tendon_program_t* p, const Chain& chain) {
  for (uint32_t i = chain.first; i < chain.end; ++i) {
    if ((p->image.layers[i].flags & TENDON_ACCEL_DENSE_INPUT) != 0) {
      const tendon_status_t status = write_dense_input(p);
      if (status != TENDON_OK) return status;
      continue;
    }
    for (uint32_t n = 0; n < input_count(p->view.layers[i]); ++n) {
      const uint32_t tensor = p->view.layers[i].inputs[n];
      if (is_made_in(p, chain, i, tensor)) continue;
      const auto& state = p->tensors[tensor];
      pack_tensor(p->view.tensors[tensor], state.codes,
                  reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(p->io.cpu) + state.staging));
      const tendon_status_t status = send(p, p->io, state.staging, staging_bytes(p, tensor));
      if (status != TENDON_OK) return status;
    }
  }
  return TENDON_OK;
}

// A store that never happened leaves the poison, not the right answer of the window before.
tendon_status_t poison_outputs(tendon_program_t* p, const Chain& chain) {
  for (uint32_t i = chain.first; i < chain.end; ++i) {
    if (!is_stored(p, i)) continue;
    const uint32_t tensor = p->view.layers[i].output;
    const uint32_t offset = p->tensors[tensor].staging;
    memset(static_cast<uint8_t*>(p->io.cpu) + offset, 0xA5, staging_bytes(p, tensor));
    const tendon_status_t status =
        sync(p, p->io, offset, staging_bytes(p, tensor), TENDON_DMA_TO_DEVICE);
    if (status != TENDON_OK) return status;
  }
  return TENDON_OK;
}

tendon_status_t prepare_memory(tendon_program_t* p, Chain* chain, bool cold) {
  const uint32_t key = (p->run.flags & (kStoreAll | TENDON_RUN_OUTPUT)) | (cold ? kBuiltCold : 0);
  tendon_status_t status = TENDON_OK;
  if (cold) status = refresh_store(p);
  if (status == TENDON_OK && (chain->built != key || cold)) {
    ChainBuilder(p, chain, cold).build();
    chain->built = key;
    status = send(p, p->io, chain->desc_offset, chain->count * TENDON_DESC_BYTES);
  }
  if (status == TENDON_OK) status = write_inputs(p, *chain);
  if (status == TENDON_OK) status = poison_outputs(p, *chain);
  return status;
}

tendon_status_t ring(tendon_program_t* p, const Chain& chain) {
  const uint32_t low = min_of(p->store.bus, p->io.bus);
  const uint32_t high = max_of(p->store.bus + (p->store.bytes - 1), p->io.bus + (p->io.bytes - 1));
  const struct {
    uint32_t offset;
    uint32_t value;
  } writes[] = {
      {TENDON_IRQ_STATUS_OFFSET, TENDON_IRQ_STATUS_DONE_MASK | TENDON_IRQ_STATUS_ERROR_MASK |
                                     TENDON_IRQ_STATUS_DESCRIPTOR_MASK},
      {TENDON_IRQ_EN_OFFSET, TENDON_IRQ_EN_DONE_MASK | TENDON_IRQ_EN_ERROR_MASK},
      {TENDON_WIN_BASE_OFFSET, low & TENDON_WIN_BASE_PAGE_MASK},
      {TENDON_WIN_LIMIT_OFFSET, high & TENDON_WIN_LIMIT_PAGE_MASK},
      {TENDON_WATCHDOG_OFFSET, kWatchdogCycles},
      {TENDON_DESC_BASE_OFFSET, p->io.bus + chain.desc_offset},
  };
  for (const auto& w : writes) {
    const tendon_status_t status = write_register(p->device, w.offset, w.value);
    if (status != TENDON_OK) return status;
  }
  // Another base may be that of another program's chain, which would run as well.
  uint32_t base = 0;
  const tendon_status_t status = read_stable(p->device, TENDON_DESC_BASE_OFFSET, &base);
  if (status != TENDON_OK || base != p->io.bus + chain.desc_offset) return TENDON_E_BUS;
  return write_register(p->device, TENDON_DOORBELL_OFFSET, chain.count);
}

tendon_status_t read_counters(tendon_program_t* p, uint32_t offset, tendon_counters_t* counters) {
  uint64_t* const fields[] = {&counters->cycles,         &counters->active,
                              &counters->wait_weights,   &counters->wait_activations,
                              &counters->wait_writeback, &counters->descriptor,
                              &counters->drain,          &counters->dma};
  for (uint32_t i = 0; i < 8; ++i) {
    uint32_t value = 0;
    const tendon_status_t status = read_stable(p->device, offset + 4 * i, &value);
    if (status != TENDON_OK) return status;
    *fields[i] += value;
  }
  return TENDON_OK;
}

tendon_status_t collect_counters(tendon_program_t* p, const Chain& chain) {
  tendon_status_t status = read_counters(p, TENDON_CYCLES_OFFSET, &p->run.result.total);
  for (uint32_t i = chain.first; i < chain.end && status == TENDON_OK; ++i) {
    const uint32_t line = i - chain.first;
    if (line >= TENDON_LOG_COUNT) break;
    status = read_counters(p, TENDON_LOG_CYCLES_OFFSET + line * TENDON_LOG_STRIDE,
                           &p->layers[i].counters);
  }
  return status;
}

tendon_status_t collect_label(tendon_program_t* p) {
  uint32_t label = 0;
  uint32_t max_acc = 0;
  tendon_status_t status = read_stable(p->device, TENDON_LABEL_OFFSET, &label);
  if (status == TENDON_OK) status = read_stable(p->device, TENDON_MAX_ACC_OFFSET, &max_acc);
  if (status != TENDON_OK) return status;
  const auto& out = p->view.tensors[p->view.layers[p->view.layer_count - 1].output];
  if (label >= out.channels) return TENDON_E_DEVICE;
  p->peak = {static_cast<int32_t>(label), static_cast<int32_t>(max_acc)};
  return TENDON_OK;
}

// Pad bits are zero in what a device writes; poison or a damaged word shows there.
bool pads_are_zero(const tendon_program_tensor_t& info, const uint32_t* words) {
  const uint32_t used = static_cast<uint32_t>(info.channels) * info.bits % 32;
  if (used == 0) return true;
  const uint32_t per_position = position_words(info);
  for (uint32_t i = per_position - 1; i < packed_words(info); i += per_position) {
    if (words[i] >> used != 0) return false;
  }
  return true;
}

tendon_status_t collect_tensor(tendon_program_t* p, uint32_t tensor) {
  const auto& info = p->view.tensors[tensor];
  auto& state = p->tensors[tensor];
  const uint32_t bytes = staging_bytes(p, tensor);
  const tendon_status_t status = fetch(p, p->io, state.staging, bytes);
  if (status != TENDON_OK) return status;
  const uint8_t* from = static_cast<uint8_t*>(p->io.cpu) + state.staging;
  const auto* words = reinterpret_cast<const uint32_t*>(from);
  if (!pads_are_zero(info, words)) return TENDON_E_DEVICE;
  unpack_tensor(info, words, state.codes);
  state.valid = true;
  return TENDON_OK;
}

uint64_t chain_timeout(const tendon_program_t* p, const Chain& chain) {
  if (p->run.timeout_us != 0) return p->run.timeout_us;
  uint64_t cycles = p->image.info->load_cycles;
  for (uint32_t i = chain.first; i < chain.end; ++i) {
    cycles += p->image.layers[i].predicted_cycles;
  }
  // A device of 10 MHz, twice as slow as predicted, and 10 ms for the link.
  return cycles / 5 + 10000;
}

}  // namespace

tendon_status_t start_chain(tendon_program_t* p, Chain* chain) {
  tendon_device_t* device = p->device;
  if (device->owner != p) {
    device->owner = p;
    if (++device->epoch == 0) device->epoch = 1;
  }
  const bool cold = chain->epoch != device->epoch;
  tendon_status_t status = prepare_memory(p, chain, cold);
  if (status == TENDON_OK) status = ring(p, *chain);
  if (status != TENDON_OK) return status;
  chain->epoch = device->epoch;
  device->busy = p;
  p->run.active = chain;
  p->run.deadline_us = device->hal.time_us(device->hal.ctx) + chain_timeout(p, *chain);
  return TENDON_OK;
}

tendon_status_t poll_chain(tendon_program_t* p, bool* done, const char** what) {
  uint32_t status = 0;
  uint32_t progress = 0;
  *done = false;
  *what = "register read";
  if (read_state(p->device, &status) != TENDON_OK) return TENDON_E_BUS;
  if ((status & TENDON_STATUS_ERROR_MASK) != 0) {
    *what = "device error";
    return TENDON_E_DEVICE;
  }
  if ((status & TENDON_STATUS_BUSY_MASK) != 0) return TENDON_OK;
  // DONE may be that of the chain before; its interrupt status was cleared before the doorbell.
  uint32_t pending = 0;
  if (read_stable(p->device, TENDON_IRQ_STATUS_OFFSET, &pending) != TENDON_OK) return TENDON_E_BUS;
  if ((status & TENDON_STATUS_DONE_MASK) == 0 || (pending & TENDON_IRQ_STATUS_DONE_MASK) == 0) {
    *what = "doorbell had no effect";
    return TENDON_E_DEVICE;
  }
  if (read_stable(p->device, TENDON_PROGRESS_OFFSET, &progress) != TENDON_OK) return TENDON_E_BUS;
  if (progress != p->run.active->count) {
    *what = "chain ended early";
    return TENDON_E_DEVICE;
  }
  *done = true;
  return TENDON_OK;
}

tendon_status_t collect_chain(tendon_program_t* p, const char** what) {
  const Chain& chain = *p->run.active;
  tendon_status_t status = TENDON_OK;
  *what = "reading back a tensor";
  for (uint32_t i = chain.first; i < chain.end && status == TENDON_OK; ++i) {
    if (is_stored(p, i)) status = collect_tensor(p, p->view.layers[i].output);
  }
  if (status == TENDON_OK && chain.end == p->view.layer_count) {
    *what = "reading the label";
    status = collect_label(p);
  }
  if (status == TENDON_OK && (p->run.flags & TENDON_RUN_COUNTERS) != 0) {
    *what = "reading the counters";
    status = collect_counters(p, chain);
  }
  return status;
}

}  // namespace tendon
