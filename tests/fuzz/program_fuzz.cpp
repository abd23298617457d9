// SPDX-License-Identifier: MIT
// libFuzzer target for .tdn files: check, load and run must never touch memory that is not theirs.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "seal.hpp"
#include "tendon/tendon.h"
#include "tendon/tendon_regs.h"

namespace {

constexpr std::size_t kMostMemory = std::size_t{1} << 22;  // what a legal file may ask for here
constexpr std::size_t kMostElements = std::size_t{1} << 16;

void* aligned(std::size_t bytes) {
  return std::aligned_alloc(TENDON_ALIGN, (bytes + TENDON_ALIGN - 1) / TENDON_ALIGN * TENDON_ALIGN);
}

/// A device that says yes to everything and computes nothing: descriptors are built from the file,
/// results are made of what is in the buffers.
class YesDevice {
 public:
  explicit YesDevice(const std::uint8_t* file, std::size_t bytes) {
    registers_[TENDON_ID_OFFSET / 4] = TENDON_ID_RESET;
    registers_[TENDON_VERSION_OFFSET / 4] = TENDON_VERSION_RESET;
    registers_[TENDON_FEATURES_OFFSET / 4] = ~0u;
    registers_[TENDON_ACT_WORDS_OFFSET / 4] = ~0u;
    registers_[TENDON_WGT_LINES_OFFSET / 4] = ~0u;
    registers_[TENDON_PAR_ENTRIES_OFFSET / 4] = ~0u;
    registers_[TENDON_CAPS_OFFSET / 4] = geometry(file, bytes);
  }

  tendon_hal_t hal() {
    tendon_hal_t hal = {};
    hal.size = sizeof(hal);
    hal.ctx = registers_;
    hal.reg_read = [](void* ctx, std::uint32_t offset, std::uint32_t* value) {
      *value = static_cast<std::uint32_t*>(ctx)[offset / 4];
      return TENDON_OK;
    };
    hal.reg_write = [](void* ctx, std::uint32_t offset, std::uint32_t value) {
      auto* registers = static_cast<std::uint32_t*>(ctx);
      registers[offset / 4] = value;
      registers[TENDON_CTRL_OFFSET / 4] = 0;
      registers[TENDON_STATUS_OFFSET / 4] = TENDON_STATUS_DONE_MASK;
      if (offset == TENDON_DOORBELL_OFFSET) registers[TENDON_PROGRESS_OFFSET / 4] = value;
      return TENDON_OK;
    };
    hal.dma_alloc = [](void*, std::uint32_t bytes, tendon_dma_t* dma) {
      if (bytes > kMostMemory) return TENDON_E_MEMORY;
      // No rounding: a byte behind the buffer is seen.
      void* memory = nullptr;
      if (posix_memalign(&memory, TENDON_ALIGN, bytes) != 0) return TENDON_E_MEMORY;
      std::memset(memory, 0, bytes);
      *dma = {memory, 0x1000, bytes};
      return TENDON_OK;
    };
    hal.dma_free = [](void*, tendon_dma_t* dma) { std::free(dma->cpu); };
    hal.dma_sync = [](void*, const tendon_dma_t* dma, std::uint32_t offset, std::uint32_t bytes,
                      tendon_dma_direction_t) {
      if (std::uint64_t{offset} + bytes > dma->bytes) std::abort();
      return TENDON_OK;
    };
    hal.irq_wait = [](void*, std::uint64_t) { return TENDON_OK; };
    hal.time_us = [](void*) { return std::uint64_t{0}; };
    return hal;
  }

 private:
  // CAPS that fit the first image of the file.
  static std::uint32_t geometry(const std::uint8_t* file, std::size_t bytes) {
    tendon_program_header_t header;
    std::memcpy(&header, file, sizeof(header));
    for (std::uint32_t i = 0; i < header.section_count; ++i) {
      tendon_program_section_t section;
      std::memcpy(&section, file + sizeof(header) + i * sizeof(section), sizeof(section));
      tendon_program_accel_t accel;
      if (section.kind != TENDON_SECTION_ACCEL_INFO || section.bytes < sizeof(accel) ||
          section.offset + sizeof(accel) > bytes) {
        continue;
      }
      std::memcpy(&accel, file + section.offset, sizeof(accel));
      return (accel.rows & 0xFF) | 4u << 8 | (accel.lanes & 0xFF) << 16 | 16u << 24;
    }
    return 4u | 4u << 8 | 16u << 16 | 16u << 24;
  }

  std::uint32_t registers_[TENDON_REGS_BYTES / 4] = {};
};

void run(tendon_program_t* program) {
  tendon_program_info_t info = {};
  info.size = sizeof(info);
  if (tendon_program_info(program, &info) != TENDON_OK) std::abort();
  const std::size_t elements = std::size_t{info.rows} * info.columns * info.channels;
  if (elements > kMostElements) return;
  const std::vector<std::uint8_t> window(elements, 1);
  for (const std::uint32_t flags :
       {0u, TENDON_RUN_TRACE | TENDON_RUN_COUNTERS, TENDON_RUN_VERIFY}) {
    tendon_run_options_t options = {};
    options.size = sizeof(options);
    options.flags = flags;
    tendon_result_t result = {};
    result.size = sizeof(result);
    const tendon_status_t status = tendon_run(program, window.data(), elements, &options, &result);
    if (status != TENDON_OK && status != TENDON_E_ARG) std::abort();
    if (status == TENDON_OK && result.label < 0) std::abort();
  }
}

void load_and_run(const std::uint8_t* file, std::size_t bytes, tendon_level_t level,
                  tendon_device_t* device) {
  tendon_load_options_t options = {};
  options.size = sizeof(options);
  options.level = level;
  std::size_t need = 0;
  if (tendon_program_size(file, bytes, &options, &need) != TENDON_OK || need > kMostMemory) return;
  void* memory = aligned(need);
  tendon_program_t* program = nullptr;
  const tendon_status_t status =
      tendon_program_load(file, bytes, device, &options, memory, need, &program);
  // What the size query accepted must load, but for DMA memory.
  if (status != TENDON_OK && (device == nullptr || status != TENDON_E_MEMORY)) std::abort();
  if (status == TENDON_OK) run(program);
  tendon_program_unload(program);
  std::free(memory);
}

void load_on_device(const std::uint8_t* file, std::size_t bytes) {
  YesDevice yes(file, bytes);
  const tendon_hal_t hal = yes.hal();
  void* memory = aligned(tendon_device_size());
  tendon_device_t* device = nullptr;
  // CAPS of a hostile image may be no legal geometry.
  if (tendon_open(&hal, nullptr, memory, tendon_device_size(), &device) == TENDON_OK) {
    load_and_run(file, bytes, TENDON_LEVEL_PORTABLE, device);
    tendon_close(device);
  }
  std::free(memory);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (1u << 16)) return 0;
  // Exactly as long as the input, so that a read behind it is seen.
  auto* file = static_cast<std::uint8_t*>(std::malloc(size));
  std::memcpy(file, data, size);
  char text[160];
  (void)!tendon_program_check(file, size, text, sizeof(text));
  tendon::fuzz::seal(file, size);
  if (tendon_program_check(file, size, text, sizeof(text)) == TENDON_OK) {
    load_and_run(file, size, TENDON_LEVEL_PORTABLE, nullptr);
    load_and_run(file, size, TENDON_LEVEL_SWAR, nullptr);
    load_on_device(file, size);
  }
  std::free(file);
  return 0;
}
