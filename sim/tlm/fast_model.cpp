// SPDX-License-Identifier: MIT
// Time and chains of the loosely timed model; its registers are in fast_registers.cpp.
#include "tlm/fast_model.hpp"

#include <algorithm>
#include <cstring>

#include "tendon/tendon_regs.h"
#include "tlm/cycle_model.hpp"

namespace tendon::vp {

namespace {

#define FIELD(words, name) \
  (((words)[TENDON_##name##_WORD] & TENDON_##name##_MASK) >> TENDON_##name##_LSB)

constexpr std::uint32_t kLogLines = 32;
constexpr std::uint64_t kAbove32 = 1ull << 32;

std::string kind_name(std::uint32_t opcode) {
  switch (opcode) {
    case TENDON_OPCODE_MAX_POOL:
      return "MAX_POOL";
    case TENDON_OPCODE_ADD:
      return "ADD";
    case TENDON_OPCODE_TABLE:
      return "TABLE";
    case TENDON_OPCODE_PACK:
      return "PACK";
    default:
      return "CONV";
  }
}

}  // namespace

FastModel::FastModel(const Geometry& geometry, BusMaster bus)
    : geometry_(geometry), bus_(std::move(bus)), memories_(geometry) {}

std::uint64_t FastModel::busy_cycles() const {
  return busy_total_ + (running_ ? now_ - start_ : 0);
}

std::uint64_t FastModel::next_event() {
  if (!running_) return kNever;
  std::uint64_t next = std::min(issue_at_, end_at_);
  for (const Finish& finish : finishes_) next = std::min(next, finish.cycle);
  return next;
}

void FastModel::advance_to(std::uint64_t cycle) {
  while (running_) {
    const std::uint64_t next = next_event();
    if (next > cycle) break;
    now_ = std::max(now_, next);
    std::erase_if(finishes_, [&](const Finish& finish) {
      if (finish.cycle > now_) return false;
      ++progress_;
      if (finish.irq) irq_status_ |= TENDON_IRQ_STATUS_DESCRIPTOR_MASK;
      return true;
    });
    if (issue_at_ <= now_) issue();
    if (running_ && end_at_ <= now_) finish_chain(end_at_);
  }
  now_ = std::max(now_, cycle);
}

void FastModel::ring(std::uint32_t count) {
  if (running_ || error_ || count == 0) {
    doorbell_refused_ = true;
    return;
  }
  running_ = true;
  done_ = false;
  count_ = count;
  issued_ = progress_ = 0;
  start_ = accounted_ = core_free_ = core_done_ = pack_done_ = dma_free_ = now_;
  act_free_ = now_;
  end_at_ = kNever;
  counts_ = line_start_ = {};
  log_.clear();
  bytes_read_ = bytes_written_ = 0;
  schedule_issue();
}

// Fetches the next descriptor and finds out when it may start: descriptors start in order, each
// when its engine is free and what it waits for is done.
void FastModel::schedule_issue() {
  next_error_ = fetch(next_words_);
  const std::uint64_t begin = issued_ <= 1 ? start_ : now_;
  const std::uint64_t fetched = std::max(begin + fetch_cycles(issued_, geometry_), now_);
  show("fetch", "descriptor " + std::to_string(issued_), begin, fetched);
  const std::uint32_t opcode = FIELD(next_words_, DESC_OPCODE);
  const bool compute = opcode >= TENDON_OPCODE_CONV && opcode <= TENDON_OPCODE_PACK;
  std::uint64_t at = std::max(fetched, compute ? core_free_ : dma_free_);
  if (!next_error_) {
    if (compute) at = std::max(at, fetched - 1 + compiler::decode_cycles(next_words_));
    if (FIELD(next_words_, DESC_WAIT_DMA) != 0) at = std::max(at, dma_free_);
    if (compute && FIELD(next_words_, DESC_OVERLAP) == 0) at = std::max(at, act_free_);
    if (FIELD(next_words_, DESC_WAIT_COMPUTE) != 0) at = std::max(at, core_done_);
    if (opcode == TENDON_OPCODE_STORE) at = std::max(at, core_done_);
    // PACK and DMA write the same memories.
    if (opcode == TENDON_OPCODE_PACK) at = std::max(at, dma_free_);
    if (!compute) at = std::max(at, pack_done_);
  }
  issue_at_ = at;
}

std::optional<DeviceError> FastModel::fetch(DescriptorWords& words) {
  const std::uint32_t address = desc_base_ + 64 * issued_;
  std::uint8_t bytes[64] = {};
  words = {};
  if (!in_window(address, sizeof bytes)) return DeviceError{TENDON_ERR_WINDOW, address};
  if (!bus_.read(address, bytes)) return DeviceError{TENDON_ERR_BUS_READ, address};
  bytes_read_ += sizeof bytes;
  std::memcpy(words.data(), bytes, sizeof bytes);
  std::uint32_t check = 0;
  for (const std::uint32_t word : words) check ^= word;
  if (check != 0xFFFFFFFF) return DeviceError{TENDON_ERR_CHECK, address};
  return std::nullopt;
}

void FastModel::issue() {
  const DescriptorWords words = next_words_;
  const std::uint32_t tag = FIELD(words, DESC_TAG);
  issue_at_ = kNever;
  if (next_error_) return fail(*next_error_, tag);
  if (const auto error = execute(words)) return fail(*error, tag);
  ++issued_;
  if (issued_ == count_ || FIELD(words, DESC_LAST) != 0) {
    end_at_ = std::max(dma_free_, core_done_);
  } else {
    schedule_issue();
  }
}

std::optional<DeviceError> FastModel::execute(const DescriptorWords& words) {
  switch (FIELD(words, DESC_OPCODE)) {
    case TENDON_OPCODE_LOAD:
      return transfer(words, false);
    case TENDON_OPCODE_STORE:
      return transfer(words, true);
    case TENDON_OPCODE_CONV:
    case TENDON_OPCODE_MAX_POOL:
    case TENDON_OPCODE_ADD:
    case TENDON_OPCODE_TABLE:
    case TENDON_OPCODE_PACK:
      return compute(words);
    default:
      return DeviceError{TENDON_ERR_OPCODE, desc_base_ + 64 * issued_};
  }
}

bool FastModel::in_window(std::uint32_t address, std::uint32_t bytes) const {
  return address >= win_base_ && address + std::uint64_t{bytes} <= (win_limit_ | 0xFFFull) + 1 &&
         address + std::uint64_t{bytes} <= kAbove32;
}

// The bytes of `word` .. in a memory space, nullptr when they are not all there.
std::uint8_t* FastModel::space(unsigned index, std::uint32_t word, std::uint32_t bytes) {
  const auto inside = [&](std::size_t size) { return std::uint64_t{word} * 4 + bytes <= size; };
  if (index == TENDON_SPACE_ACT && inside(memories_.act.size() * 4)) {
    return reinterpret_cast<std::uint8_t*>(memories_.act.data()) + std::size_t{word} * 4;
  }
  if (index == TENDON_SPACE_WGT && inside(memories_.weights.size())) {
    return memories_.weights.data() + std::size_t{word} * 4;
  }
  if (index == TENDON_SPACE_PAR && inside(memories_.params.size() * 4)) {
    return reinterpret_cast<std::uint8_t*>(memories_.params.data()) + std::size_t{word} * 4;
  }
  return nullptr;
}

std::optional<DeviceError> FastModel::transfer(const DescriptorWords& words, bool store) {
  const std::uint32_t index = FIELD(words, DMA_SPACE), address = FIELD(words, DMA_BUS);
  const std::uint32_t word = FIELD(words, DMA_WORD), bytes = FIELD(words, DMA_BYTES);
  if (address % 16 != 0 || word % 4 != 0 || bytes == 0 || bytes % 4 != 0 ||
      (words[1] & ~TENDON_DMA_SPACE_MASK) != 0 || (store && index != TENDON_SPACE_ACT)) {
    return DeviceError{TENDON_ERR_FIELD, desc_base_ + 64 * issued_};
  }
  std::uint8_t* data = space(index, word, bytes);
  if (data == nullptr) return DeviceError{TENDON_ERR_MEMORY, word};
  if (!in_window(address, bytes)) return DeviceError{TENDON_ERR_WINDOW, address};
  if (store) {
    if (!bus_.write(address, {data, bytes})) return DeviceError{TENDON_ERR_BUS_WRITE, address};
  } else {
    if (!bus_.read(address, {data, bytes})) return DeviceError{TENDON_ERR_BUS_READ, address};
    if (index == TENDON_SPACE_WGT) ++memories_.weight_version;
  }
  const std::uint32_t beats = (bytes + geometry_.bus_bytes - 1) / geometry_.bus_bytes;
  (store ? bytes_written_ : bytes_read_) += beats * geometry_.bus_bytes;
  account(now_);
  dma_begin_ = now_;
  dma_free_ = now_ + (store ? store_cycles(bytes, geometry_) : load_cycles(bytes, geometry_));
  if (index == TENDON_SPACE_ACT) act_free_ = dma_free_;
  arriving_ = {};
  if (!store && index == TENDON_SPACE_ACT) {
    arriving_ = {word, geometry_.bus_bytes / 4, 0, beats};
  }
  show("dma", (store ? "STORE " : "LOAD ") + std::to_string(bytes) + " bytes", now_, dma_free_);
  finish_descriptor(words, dma_free_);
  return std::nullopt;
}

std::optional<DeviceError> FastModel::compute(const DescriptorWords& words) {
  ConvFields fields;
  if (const auto error = decode_conv(words, fields)) return error;
  const bool is_conv = fields.opcode == TENDON_OPCODE_CONV;
  if (const auto error = is_conv ? conv_.run(fields, argmax_) : kinds_.run(fields)) return error;
  compiler::Arrival arrival = arriving_;
  arrival.first_beat =
      static_cast<std::int64_t>(dma_begin_ + first_beat_cycles()) - static_cast<std::int64_t>(now_);
  const compiler::Cycles cycles = conv_cycles(words, arrival, geometry_);
  if (now_ > accounted_) show("stalls", "descriptor or load", accounted_, now_);
  account(now_);
  add(kActive, cycles.active);
  add(kWaitActivations, cycles.wait_activations);
  add(kWaitWriteback, cycles.wait_writeback);
  add(kDrain, cycles.drain);
  accounted_ = core_free_ = core_done_ = now_ + cycles.total();
  if (fields.opcode == TENDON_OPCODE_PACK) pack_done_ = core_done_;
  const std::string layer = "layer " + std::to_string(FIELD(words, DESC_TAG));
  show("compute", layer + ", " + kind_name(fields.opcode), now_, core_done_);
  show("stalls", layer + ": last sums drain", core_done_ - cycles.drain, core_done_);
  finish_descriptor(words, core_done_);
  return std::nullopt;
}

void FastModel::add(Cause cause, std::uint64_t cycles) {
  counts_[cause] += cycles;
  counts_[kCycles] += cycles;
}

// Cycles since the last account in which the core was idle: DMA where one ran, else descriptor.
void FastModel::account(std::uint64_t cycle) {
  if (cycle <= accounted_) return;
  const std::uint64_t dma_begin = std::clamp(dma_begin_, accounted_, cycle);
  const std::uint64_t dma_end = std::clamp(dma_free_, dma_begin, cycle);
  add(kDma, dma_end - dma_begin);
  add(kDescriptor, cycle - accounted_ - (dma_end - dma_begin));
  accounted_ = cycle;
}

void FastModel::finish_descriptor(const DescriptorWords& words, std::uint64_t end) {
  finishes_.push_back({end, FIELD(words, DESC_IRQ) != 0});
  if (FIELD(words, DESC_LOG) == 0) return;
  account(end);
  if (log_.size() < kLogLines) {
    Counts line;
    for (unsigned i = 0; i < kCauses; ++i) line[i] = counts_[i] - line_start_[i];
    log_.push_back(line);
  }
  line_start_ = counts_;
}

void FastModel::finish_chain(std::uint64_t cycle) {
  account(cycle);
  running_ = false;
  done_ = true;
  busy_total_ += cycle - start_;
  irq_status_ |= TENDON_IRQ_STATUS_DONE_MASK;
}

void FastModel::fail(const DeviceError& error, std::uint32_t tag) {
  account(now_);
  busy_total_ += now_ - start_;
  running_ = false;
  finishes_.clear();
  if (!error_) {
    failure_ = error;
    error_tag_ = tag;
  }
  error_ = true;
  irq_status_ |= TENDON_IRQ_STATUS_ERROR_MASK;
}

void FastModel::soft_reset() {
  if (running_) busy_total_ += now_ - start_;
  running_ = done_ = error_ = refused_ = doorbell_refused_ = false;
  irq_status_ = 0;
  failure_ = {};
  error_tag_ = 0;
  argmax_ = {};
  count_ = issued_ = progress_ = 0;
  counts_ = line_start_ = {};
  bytes_read_ = bytes_written_ = 0;
  log_.clear();
  finishes_.clear();
  issue_at_ = end_at_ = kNever;
}

void FastModel::show(const char* row, const std::string& name, std::uint64_t begin,
                     std::uint64_t end) const {
  if (span_sink_) span_sink_({row, name, begin, end});
}

#undef FIELD

}  // namespace tendon::vp
