// SPDX-License-Identifier: MIT
// Registers of the loosely timed model (docs/registers.md).
#include "compiler/program.hpp"
#include "tendon/tendon_regs.h"
#include "tlm/fast_model.hpp"

namespace tendon::vp {

namespace {

constexpr std::uint64_t kAccessCycles = 4;  // AXI4-Lite access through the register block
constexpr std::uint32_t kLogBase = TENDON_LOG_CYCLES_OFFSET, kLogBytes = 32 * 32;

std::uint32_t flag(bool on, std::uint32_t mask) { return on ? mask : 0; }

}  // namespace

Result<Geometry> geometry(const std::string& config) {
  const Result<compiler::Geometry> found = compiler::find_geometry(config);
  if (!found) return found.error();
  const auto number = [](int value) { return static_cast<unsigned>(value); };
  // Only tiny has a narrow bus: it sits beside a small FPGA's block RAM.
  return Geometry{number(found->rows),         number(found->columns),
                  number(found->lanes),        number(found->act_words),
                  number(found->weight_lines), number(found->param_entries),
                  config == "tiny" ? 4u : 16u, found->features};
}

bool FastModel::read(std::uint32_t offset, std::uint32_t& value, std::uint64_t& cycles) {
  cycles = kAccessCycles;
  const Geometry& g = geometry_;
  switch (offset) {
    case TENDON_ID_OFFSET:
      value = TENDON_ID_RESET;
      return true;
    case TENDON_VERSION_OFFSET:
      value = TENDON_VERSION_RESET;
      return true;
    case TENDON_CAPS_OFFSET:
      value = g.rows | g.columns << 8 | g.lanes << 16 | g.bus_bytes << 24;
      return true;
    case TENDON_FEATURES_OFFSET:
      value = g.features | (g.columns > 1 ? 2u : 1u) << TENDON_FEATURES_DRAIN_COLUMNS_LSB;
      return true;
    case TENDON_ACT_WORDS_OFFSET:
      value = g.act_words;
      return true;
    case TENDON_WGT_LINES_OFFSET:
      value = g.weight_lines;
      return true;
    case TENDON_PAR_ENTRIES_OFFSET:
      value = g.param_entries;
      return true;
    case TENDON_SCRATCH_OFFSET:
      value = scratch_;
      return true;
    case TENDON_CTRL_OFFSET:
      value = 0;
      return true;
    case TENDON_STATUS_OFFSET:
      value = flag(running_, TENDON_STATUS_BUSY_MASK) | flag(done_, TENDON_STATUS_DONE_MASK) |
              flag(error_, TENDON_STATUS_ERROR_MASK) | flag(refused_, TENDON_STATUS_REFUSED_MASK) |
              flag(doorbell_refused_, TENDON_STATUS_DOORBELL_REFUSED_MASK) |
              flag(running_ && dma_free_ > now_, TENDON_STATUS_DMA_BUSY_MASK) |
              flag(running_ && core_done_ > now_, TENDON_STATUS_CORE_BUSY_MASK);
      return true;
    case TENDON_IRQ_EN_OFFSET:
      value = irq_enable_;
      return true;
    case TENDON_IRQ_STATUS_OFFSET:
      value = irq_status_;
      return true;
    case TENDON_DESC_BASE_OFFSET:
      value = desc_base_;
      return true;
    case TENDON_DOORBELL_OFFSET:
      value = count_;
      return true;
    case TENDON_WIN_BASE_OFFSET:
      value = win_base_;
      return true;
    case TENDON_WIN_LIMIT_OFFSET:
      value = win_limit_;
      return true;
    case TENDON_WATCHDOG_OFFSET:
      value = watchdog_;
      return true;
    default:
      return read_counter(offset, value);
  }
}

bool FastModel::read_counter(std::uint32_t offset, std::uint32_t& value) const {
  switch (offset) {
    case TENDON_PROGRESS_OFFSET:
      value = progress_;
      return true;
    case TENDON_ERR_CODE_OFFSET:
      value = failure_.code;
      return true;
    case TENDON_ERR_TAG_OFFSET:
      value = error_tag_;
      return true;
    case TENDON_ERR_ADDR_OFFSET:
      value = failure_.address;
      return true;
    case TENDON_LABEL_OFFSET:
      value = argmax_.label;
      return true;
    case TENDON_MAX_ACC_OFFSET:
      value = static_cast<std::uint32_t>(argmax_.max_acc);
      return true;
    case TENDON_LOG_LINES_OFFSET:
      value = static_cast<std::uint32_t>(log_.size());
      return true;
    case TENDON_BYTES_READ_OFFSET:
      value = bytes_read_;
      return true;
    case TENDON_BYTES_WRITTEN_OFFSET:
      value = bytes_written_;
      return true;
    default:
      break;
  }
  if (offset % 4 != 0) return false;
  if (offset >= TENDON_CYCLES_OFFSET && offset <= TENDON_DMA_OFFSET) {
    value = static_cast<std::uint32_t>(counts_[(offset - TENDON_CYCLES_OFFSET) / 4]);
    return true;
  }
  if (offset >= kLogBase && offset < kLogBase + kLogBytes) {
    const std::uint32_t line = (offset - kLogBase) / 32;
    value = line < log_.size() ? static_cast<std::uint32_t>(log_[line][offset % 32 / 4]) : 0;
    return true;
  }
  return false;
}

bool FastModel::write(std::uint32_t offset, std::uint32_t value, std::uint64_t& cycles) {
  cycles = kAccessCycles;
  switch (offset) {
    case TENDON_SCRATCH_OFFSET:
      scratch_ = value;
      return true;
    case TENDON_CTRL_OFFSET:
      if ((value & TENDON_CTRL_SOFT_RESET_MASK) != 0) {
        soft_reset();
      } else if ((value & TENDON_CTRL_ABORT_MASK) != 0 && running_) {
        fail({TENDON_ERR_ABORT, 0}, (next_words_[0] & TENDON_DESC_TAG_MASK) >> TENDON_DESC_TAG_LSB);
      }
      return true;
    case TENDON_STATUS_OFFSET:
      if ((value & TENDON_STATUS_REFUSED_MASK) != 0) refused_ = false;
      if ((value & TENDON_STATUS_DOORBELL_REFUSED_MASK) != 0) doorbell_refused_ = false;
      return true;
    case TENDON_IRQ_EN_OFFSET:
      irq_enable_ = value & 7;
      return true;
    case TENDON_IRQ_STATUS_OFFSET:
      irq_status_ &= ~value;
      return true;
    case TENDON_DOORBELL_OFFSET:
      ring(value);
      return true;
    default:
      return write_job_register(offset, value);
  }
}

bool FastModel::write_job_register(std::uint32_t offset, std::uint32_t value) {
  std::uint32_t* target = nullptr;
  std::uint32_t mask = 0xFFFFF000;
  if (offset == TENDON_DESC_BASE_OFFSET) {
    target = &desc_base_;
    mask = ~63u;
  } else if (offset == TENDON_WIN_BASE_OFFSET) {
    target = &win_base_;
  } else if (offset == TENDON_WIN_LIMIT_OFFSET) {
    target = &win_limit_;
  } else if (offset == TENDON_WATCHDOG_OFFSET) {
    target = &watchdog_;
    mask = TENDON_WATCHDOG_CYCLES_MASK;
  } else {
    return false;
  }
  if (running_) {
    refused_ = true;
  } else {
    *target = value & mask;
  }
  return true;
}

}  // namespace tendon::vp
