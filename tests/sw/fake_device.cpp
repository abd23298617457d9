// SPDX-License-Identifier: MIT
#include "fake_device.hpp"

#include <cstring>

#include "net/pack.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

FakeDevice* self(void* ctx) { return static_cast<FakeDevice*>(ctx); }

constexpr std::uint32_t kWords = 16384;
constexpr std::size_t kDmaBytes = 1 << 20;

bool is_register(std::uint32_t offset) { return offset % 4 == 0 && offset < TENDON_REGS_BYTES; }

}  // namespace

FakeDevice::FakeDevice() : memory_(kWords) {
  identity = {{TENDON_ID_OFFSET, TENDON_ID_RESET},
              {TENDON_VERSION_OFFSET, TENDON_VERSION_RESET},
              {TENDON_CAPS_OFFSET, 4u | 4u << 8 | 16u << 16 | 16u << 24},
              {TENDON_FEATURES_OFFSET, 0xFFFFFFFFu},
              {TENDON_ACT_WORDS_OFFSET, kWords},
              {TENDON_WGT_LINES_OFFSET, 1024},
              {TENDON_PAR_ENTRIES_OFFSET, 256}};
  hal_.size = sizeof(hal_);
  hal_.ctx = this;
  hal_.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
    return self(ctx)->read(offset, value);
  };
  hal_.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
    return self(ctx)->write(offset, value);
  };
  hal_.dma_alloc = [](void* ctx, std::uint32_t bytes, tendon_dma_t* dma) {
    FakeDevice* d = self(ctx);
    if (bytes == 0) return TENDON_E_ARG;
    std::size_t taken = bytes;
    for (const auto& [bus, buffer] : d->buffers_) taken += buffer.device.size();
    if (d->faults.fail_alloc || taken > kDmaBytes) return TENDON_E_MEMORY;
    Buffer& buffer = d->buffers_[d->next_bus_];
    buffer.cpu = std::make_unique<Bytes>(bytes);
    buffer.device.assign(bytes, 0xEE);
    buffer.bus = d->next_bus_;
    *dma = {buffer.cpu->data(), buffer.bus, bytes};
    d->next_bus_ += (bytes + 4095) / 4096 * 4096 + 4096;
    return TENDON_OK;
  };
  hal_.dma_free = [](void* ctx, tendon_dma_t* dma) { self(ctx)->buffers_.erase(dma->bus); };
  hal_.dma_sync = [](void* ctx, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                     tendon_dma_direction_t direction) {
    FakeDevice* d = self(ctx);
    if (d->faults.fail_sync) return TENDON_E_IO;
    Buffer& buffer = d->buffers_.at(dma->bus);
    if (std::uint64_t{offset} + bytes > buffer.device.size()) return TENDON_E_ARG;
    std::uint8_t* cpu = buffer.cpu->data() + offset;
    std::uint8_t* device = buffer.device.data() + offset;
    const bool to_device = direction == TENDON_DMA_TO_DEVICE;
    std::uint8_t* target = to_device ? device : cpu;
    std::memcpy(target, to_device ? cpu : device, bytes);
    if (d->faults.damage) d->faults.damage(target, bytes, to_device);
    return TENDON_OK;
  };
  hal_.irq_wait = [](void* ctx, std::uint64_t timeout_us) {
    FakeDevice* d = self(ctx);
    if (d->faults.spurious_interrupts > 0) {
      --d->faults.spurious_interrupts;
      d->now_us += 1;
      return TENDON_OK;
    }
    const std::uint32_t pending = d->registers_[TENDON_IRQ_STATUS_OFFSET];
    if ((pending & d->registers_[TENDON_IRQ_EN_OFFSET]) != 0 && !d->faults.lost_interrupt) {
      d->now_us += 1;
      return TENDON_OK;
    }
    d->now_us += timeout_us;
    return TENDON_E_TIMEOUT;
  };
  hal_.time_us = [](void* ctx) { return self(ctx)->now_us; };
}

void FakeDevice::set_network(const net::Network& network) {
  auto model = golden::Model::make(network);
  model_ = std::make_unique<golden::Model>(std::move(model.value()));
}

std::size_t FakeDevice::writes() const {
  std::size_t count = 0;
  for (const Access& access : accesses) count += access.write ? 1 : 0;
  return count;
}

tendon_status_t FakeDevice::read(std::uint32_t offset, std::uint32_t* value) {
  if (!is_register(offset)) return TENDON_E_BUS;
  Access access{false, offset, register_value(offset)};
  if (faults.access) {
    const tendon_status_t status = faults.access(access);
    if (status != TENDON_OK) return status;
  }
  if (faults.corrupt) access.value = faults.corrupt(access);
  accesses.push_back(access);
  *value = access.value;
  return TENDON_OK;
}

std::uint32_t FakeDevice::register_value(std::uint32_t offset) {
  if (const auto it = identity.find(offset); it != identity.end()) return it->second;
  if (offset != TENDON_STATUS_OFFSET) return registers_[offset];
  if (faults.stuck_busy) return TENDON_STATUS_BUSY_MASK;
  if (busy_reads_ > 0) {
    --busy_reads_;
    return TENDON_STATUS_BUSY_MASK;
  }
  return registers_[TENDON_STATUS_OFFSET];
}

tendon_status_t FakeDevice::write(std::uint32_t offset, std::uint32_t value) {
  if (!is_register(offset)) return TENDON_E_BUS;
  const Access access{true, offset, value};
  if (faults.access) {
    const tendon_status_t status = faults.access(access);
    if (status != TENDON_OK) return status;
  }
  accesses.push_back(access);
  if (faults.lose && faults.lose(access)) return TENDON_OK;
  if (offset == TENDON_CTRL_OFFSET) {
    faults.stuck_busy = false;
    busy_reads_ = 0;
    registers_[TENDON_STATUS_OFFSET] = faults.never_resets ? TENDON_STATUS_RESETTING_MASK : 0;
    registers_[TENDON_ERR_CODE_OFFSET] = 0;
    registers_[TENDON_PROGRESS_OFFSET] = 0;
    registers_[TENDON_IRQ_STATUS_OFFSET] = 0;
  } else if (offset == TENDON_IRQ_STATUS_OFFSET) {
    registers_[offset] &= ~value;
  } else if (offset == TENDON_DOORBELL_OFFSET) {
    if (!faults.drop_doorbell) run_chain(value);
  } else {
    registers_[offset] = value;
  }
  return TENDON_OK;
}

void FakeDevice::stop(std::uint32_t code, std::uint32_t tag) {
  registers_[TENDON_STATUS_OFFSET] = TENDON_STATUS_ERROR_MASK;
  registers_[TENDON_ERR_CODE_OFFSET] = code;
  registers_[TENDON_ERR_TAG_OFFSET] = tag;
  registers_[TENDON_IRQ_STATUS_OFFSET] |= TENDON_IRQ_STATUS_ERROR_MASK;
}

void FakeDevice::run_chain(std::uint32_t count) {
  ++chains;
  busy_reads_ = latency_polls;
  registers_[TENDON_PROGRESS_OFFSET] = 0;
  last_chain.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t words[16];
    const std::uint8_t* bytes = device_bytes(registers_[TENDON_DESC_BASE_OFFSET] + 64 * i, 64);
    if (bytes == nullptr) return stop(TENDON_ERR_WINDOW, 0);
    std::memcpy(words, bytes, sizeof(words));
    last_chain.insert(last_chain.end(), words, words + 16);
    std::uint32_t check = 0;
    for (const std::uint32_t word : words) check ^= word;
    if (check != 0xFFFFFFFFu) return stop(TENDON_ERR_CHECK, words[0] >> 16);
    if (faults.error_code != 0 && i + 1 == count) {
      const std::uint32_t code = faults.error_code;
      faults.error_code = 0;
      return stop(code, words[0] >> 16);
    }
    if (!run_descriptor(words)) return stop(TENDON_ERR_MEMORY, words[0] >> 16);
    ++registers_[TENDON_PROGRESS_OFFSET];
  }
  registers_[TENDON_STATUS_OFFSET] = TENDON_STATUS_DONE_MASK;
  registers_[TENDON_IRQ_STATUS_OFFSET] |= TENDON_IRQ_STATUS_DONE_MASK;
}

bool FakeDevice::run_descriptor(const std::uint32_t* words) {
  const std::uint32_t opcode = words[0] & 0xFF;
  if (opcode == TENDON_OPCODE_CONV) {
    run_layer(words[0] >> 16, words);
    return true;
  }
  std::uint8_t* bus = device_bytes(words[2], words[4]);
  if (bus == nullptr) return false;
  if (words[1] != TENDON_SPACE_ACT) return true;
  if (words[3] + words[4] / 4 > kWords || words[3] % 4 != 0) return false;
  if (opcode == TENDON_OPCODE_LOAD) {
    std::memcpy(&memory_[words[3]], bus, words[4]);
  } else {
    std::memcpy(bus, &memory_[words[3]], words[4]);
  }
  return true;
}

void FakeDevice::run_layer(std::uint32_t index, const std::uint32_t* words) {
  if (faults.before_layer) faults.before_layer(index);
  const net::Network& network = model_->network();
  const net::Layer& layer = network.layers[index];
  const net::Tensor& in = network.tensors[static_cast<std::size_t>(layer.inputs[0])];
  const net::Tensor& out = network.tensors[static_cast<std::size_t>(layer.output)];
  const auto* input = reinterpret_cast<const std::uint8_t*>(&memory_[words[3] & 0xFFFF]);
  const std::size_t bytes =
      4u * static_cast<std::size_t>(in.shape.rows * in.shape.columns *
                                    net::words_per_row(in.shape.channels, in.bits));
  const auto codes = net::unpack_tensor(in, {input, bytes});
  const std::span<const std::int16_t> inputs[] = {codes};
  const golden::LayerOutput result = model_->run_layer(index, inputs);
  const auto packed = net::pack_tensor(out, result.codes);
  std::memcpy(&memory_[words[3] >> 16], packed.data(), packed.size());
  if ((words[1] & TENDON_CONV_ARGMAX_MASK) == 0) return;
  const auto& sums = result.accumulators;
  const std::size_t first = sums.size() - static_cast<std::size_t>(out.shape.channels);
  std::size_t best = first;
  for (std::size_t i = first; i < sums.size(); ++i) {
    if (sums[i] > sums[best]) best = i;
  }
  registers_[TENDON_LABEL_OFFSET] = static_cast<std::uint32_t>(best - first);
  registers_[TENDON_MAX_ACC_OFFSET] = static_cast<std::uint32_t>(sums[best]);
}

std::uint8_t* FakeDevice::device_bytes(std::uint32_t bus, std::uint32_t bytes) {
  const std::uint32_t page = ~0xFFFu;
  if ((bus & page) < registers_[TENDON_WIN_BASE_OFFSET] ||
      ((bus + bytes - 1) & page) > registers_[TENDON_WIN_LIMIT_OFFSET]) {
    return nullptr;
  }
  for (auto& [base, buffer] : buffers_) {
    if (bus >= base && std::uint64_t{bus} + bytes <= base + buffer.device.size()) {
      return buffer.device.data() + (bus - base);
    }
  }
  return nullptr;
}

}  // namespace tendon::test
