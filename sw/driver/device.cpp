// SPDX-License-Identifier: MIT
// Opening, resetting and describing the device.
#include "driver/objects.hpp"
#include "tendon/tendon_regs.h"

namespace tendon {
namespace {

constexpr uint32_t kVersionMajor = TENDON_VERSION_RESET >> TENDON_VERSION_MAJOR_LSB;
constexpr uint64_t kResetTimeoutUs = 10000;
constexpr uint32_t kResetReads = 100000;  // ends the wait even if the clock of the HAL stands
constexpr int kStableReads = 6;

bool is_complete(const tendon_hal_t* hal) {
  return hal != nullptr && hal->size >= offsetof(tendon_hal_t, flags) && hal->reg_read != nullptr &&
         hal->reg_write != nullptr && hal->dma_alloc != nullptr && hal->dma_free != nullptr &&
         hal->dma_sync != nullptr && hal->irq_wait != nullptr && hal->time_us != nullptr;
}

tendon_status_t device_fails(tendon_device_t* device, tendon_status_t status, const char* what,
                             uint32_t got, uint32_t want) {
  device->error.status = status;
  device->error.layer = TENDON_NO_LAYER;
  Line line(device->error.text, sizeof(device->error.text));
  (line << what << ": ").hex(got) << ", want ";
  line.hex(want);
  write_log(device, TENDON_LOG_ERROR, device->error.text);
  return status;
}

bool is_one_of(uint32_t value, uint32_t from, uint32_t to) {
  return value >= from && value <= to && (value & (value - 1)) == 0;
}

tendon_status_t read_identity(tendon_device_t* device) {
  uint32_t id = 0;
  uint32_t version = 0;
  tendon_status_t status = read_stable(device, TENDON_ID_OFFSET, &id);
  if (status == TENDON_OK) status = read_stable(device, TENDON_VERSION_OFFSET, &version);
  if (status != TENDON_OK) return device_fails(device, status, "reading ID", 0, TENDON_ID_RESET);
  if (id != TENDON_ID_RESET) {
    return device_fails(device, TENDON_E_NO_DEVICE, "ID", id, TENDON_ID_RESET);
  }
  if (version >> TENDON_VERSION_MAJOR_LSB != kVersionMajor) {
    return device_fails(device, TENDON_E_VERSION, "VERSION", version, TENDON_VERSION_RESET);
  }
  device->caps.version = version;
  return TENDON_OK;
}

tendon_status_t read_caps(tendon_device_t* device) {
  auto& caps = device->caps;
  uint32_t geometry = 0;
  const struct {
    uint32_t offset;
    uint32_t* value;
  } registers[] = {{TENDON_CAPS_OFFSET, &geometry},
                   {TENDON_FEATURES_OFFSET, &caps.features},
                   {TENDON_ACT_WORDS_OFFSET, &caps.act_words},
                   {TENDON_WGT_LINES_OFFSET, &caps.weight_lines},
                   {TENDON_PAR_ENTRIES_OFFSET, &caps.param_entries}};
  for (const auto& r : registers) {
    const tendon_status_t status = read_stable(device, r.offset, r.value);
    if (status != TENDON_OK) return device_fails(device, status, "reading CAPS", r.offset, 0);
  }
  caps.rows = (geometry & TENDON_CAPS_ROWS_MASK) >> TENDON_CAPS_ROWS_LSB;
  caps.columns = (geometry & TENDON_CAPS_COLUMNS_MASK) >> TENDON_CAPS_COLUMNS_LSB;
  caps.lanes = (geometry & TENDON_CAPS_LANES_MASK) >> TENDON_CAPS_LANES_LSB;
  if (!is_one_of(caps.rows, 1, 16) || !is_one_of(caps.columns, 1, 8) ||
      !is_one_of(caps.lanes, 16, 32)) {
    return device_fails(device, TENDON_E_UNSUPPORTED, "CAPS", geometry, 0x00100404);
  }
  return TENDON_OK;
}

// What was written must come back: catches a link that reads well and writes nothing.
tendon_status_t test_loopback(tendon_device_t* device) {
  constexpr uint32_t kPatterns[] = {0xA5C3965Au, 0x5A3C69A5u};
  for (const uint32_t pattern : kPatterns) {
    uint32_t back = 0;
    tendon_status_t status = write_register(device, TENDON_SCRATCH_OFFSET, pattern);
    if (status == TENDON_OK) status = read_stable(device, TENDON_SCRATCH_OFFSET, &back);
    if (status == TENDON_OK && back != pattern) status = TENDON_E_BUS;
    if (status != TENDON_OK) return device_fails(device, status, "SCRATCH", back, pattern);
  }
  return TENDON_OK;
}

// Best effort, what matters most first; a dead bus stays dead, so the first failure ends it. CTRL
// cannot be read.
void read_error_registers(tendon_device_t* device, tendon_error_t* error) {
  uint32_t* const values[] = {&error->device_code, &error->device_tag, &error->device_addr};
  constexpr uint32_t kOffsets[] = {TENDON_ERR_CODE_OFFSET, TENDON_ERR_TAG_OFFSET,
                                   TENDON_ERR_ADDR_OFFSET};
  for (uint32_t i = 0; i < 3; ++i) {
    if (read_register(device, kOffsets[i], values[i]) != TENDON_OK) return;
  }
  for (uint32_t i = 0; i < TENDON_ERROR_REGISTERS; ++i) {
    if (4 * i == TENDON_CTRL_OFFSET) continue;
    if (read_register(device, 4 * i, &error->registers[i]) != TENDON_OK) return;
  }
}

}  // namespace

void write_log(const tendon_device_t* device, tendon_log_level_t level, const char* text) {
  if (device != nullptr && device->log != nullptr) device->log(device->log_ctx, level, text);
}

tendon_status_t read_register(tendon_device_t* device, uint32_t offset, uint32_t* value) {
  return device->hal.reg_read(device->hal.ctx, offset, value) == TENDON_OK ? TENDON_OK
                                                                           : TENDON_E_BUS;
}

namespace {

tendon_status_t read_masked(tendon_device_t* device, uint32_t offset, uint32_t mask,
                            uint32_t* value) {
  uint32_t before = 0;
  tendon_status_t status = read_register(device, offset, &before);
  for (int i = 1; i < kStableReads && status == TENDON_OK; ++i) {
    status = read_register(device, offset, value);
    if (status == TENDON_OK && ((*value ^ before) & mask) == 0) {
      *value &= mask;
      return TENDON_OK;
    }
    before = *value;
  }
  return TENDON_E_BUS;
}

}  // namespace

tendon_status_t read_stable(tendon_device_t* device, uint32_t offset, uint32_t* value) {
  return read_masked(device, offset, 0xFFFFFFFFu, value);
}

tendon_status_t read_state(tendon_device_t* device, uint32_t* value) {
  return read_masked(device, TENDON_STATUS_OFFSET,
                     TENDON_STATUS_BUSY_MASK | TENDON_STATUS_DONE_MASK | TENDON_STATUS_ERROR_MASK |
                         TENDON_STATUS_RESETTING_MASK,
                     value);
}

tendon_status_t write_register(tendon_device_t* device, uint32_t offset, uint32_t value) {
  return device->hal.reg_write(device->hal.ctx, offset, value) == TENDON_OK ? TENDON_OK
                                                                            : TENDON_E_BUS;
}

tendon_status_t soft_reset(tendon_device_t* device) {
  device->owner = nullptr;
  if (++device->epoch == 0) device->epoch = 1;  // 0 means never uploaded
  tendon_status_t status = write_register(device, TENDON_CTRL_OFFSET, TENDON_CTRL_SOFT_RESET_MASK);
  if (status != TENDON_OK) return status;
  const uint64_t deadline = device->hal.time_us(device->hal.ctx) + kResetTimeoutUs;
  constexpr uint32_t kAny =
      TENDON_STATUS_RESETTING_MASK | TENDON_STATUS_BUSY_MASK | TENDON_STATUS_ERROR_MASK;
  for (uint32_t i = 0; i < kResetReads; ++i) {
    uint32_t value = 0;
    status = read_state(device, &value);
    if (status != TENDON_OK) return status;
    if ((value & kAny) == 0) return TENDON_OK;
    if (device->hal.time_us(device->hal.ctx) > deadline) break;
  }
  return TENDON_E_TIMEOUT;
}

tendon_status_t fail_device(tendon_program_t* program, tendon_status_t status, uint32_t layer,
                            const char* what) {
  tendon_device_t* device = program->device;
  tendon_error_t error = {};
  error.size = sizeof(error);
  error.status = status;
  error.layer = layer;
  read_error_registers(device, &error);
  Line line(error.text, sizeof(error.text));
  line << "chain from layer " << layer << ": " << what << " (" << tendon_strerror(status);
  if (error.device_code != 0) {
    line << "; code " << error.device_code << ", descriptor of layer " << error.device_tag
         << ", address ";
    line.hex(error.device_addr);
  }
  line << ")";
  program->error = error;
  device->error = error;
  write_log(device, TENDON_LOG_ERROR, error.text);
  device->busy = nullptr;
  if (++device->failures >= kFailuresInRow) device->skip = kSkippedRuns;
  if (soft_reset(device) != TENDON_OK) {
    device->skip = kSkippedRuns;
    write_log(device, TENDON_LOG_ERROR, "reset after the failure did not work either");
  }
  return status;
}

}  // namespace tendon

using namespace tendon;

extern "C" size_t tendon_device_size(void) { return sizeof(tendon_device_t); }

extern "C" tendon_status_t tendon_open(const tendon_hal_t* hal,
                                       const tendon_open_options_t* options, void* memory,
                                       size_t bytes, tendon_device_t** device) {
  tendon_open_options_t wanted;
  if (!is_complete(hal) || memory == nullptr || device == nullptr ||
      reinterpret_cast<uintptr_t>(memory) % TENDON_ALIGN != 0 || !read_options(options, &wanted)) {
    return TENDON_E_ARG;
  }
  if (bytes < sizeof(tendon_device_t)) return TENDON_E_MEMORY;
  auto* d = static_cast<tendon_device_t*>(memory);
  memset(d, 0, sizeof(*d));
  memcpy(&d->hal, hal, min_of<size_t>(hal->size, sizeof(d->hal)));
  d->log = wanted.log;
  d->log_ctx = wanted.log_ctx;
  d->error.size = sizeof(d->error);
  d->epoch = 1;
  tendon_status_t status = read_identity(d);
  if (status == TENDON_OK) status = read_caps(d);
  if (status == TENDON_OK) {
    status = soft_reset(d);
    if (status != TENDON_OK) return device_fails(d, status, "reset", 0, 0);
    status = test_loopback(d);
  }
  if (status == TENDON_OK) *device = d;
  return status;
}

extern "C" void tendon_close(tendon_device_t* device) {
  if (device == nullptr) return;
  // The device is left idle; if it does not answer there is nobody left to tell.
  (void)write_register(device, TENDON_IRQ_EN_OFFSET, 0);
  (void)soft_reset(device);
}

extern "C" tendon_status_t tendon_get_caps(const tendon_device_t* device, tendon_caps_t* caps) {
  return device == nullptr ? TENDON_E_ARG : write_struct(device->caps, caps);
}

extern "C" tendon_status_t tendon_reset(tendon_device_t* device) {
  if (device == nullptr) return TENDON_E_ARG;
  if (device->busy != nullptr) {
    Run& run = device->busy->run;
    run.state = RunState::kFailed;
    run.status = TENDON_E_CANCELLED;
    run.active = nullptr;
    device->busy = nullptr;
  }
  const tendon_status_t status = soft_reset(device);
  if (status == TENDON_OK) {
    device->failures = 0;
    device->skip = 0;
  }
  return status;
}

extern "C" tendon_status_t tendon_device_error(const tendon_device_t* device,
                                               tendon_error_t* error) {
  return device == nullptr ? TENDON_E_ARG : write_struct(device->error, error);
}

extern "C" tendon_status_t tendon_program_error(const tendon_program_t* program,
                                                tendon_error_t* error) {
  return program == nullptr ? TENDON_E_ARG : write_struct(program->error, error);
}
