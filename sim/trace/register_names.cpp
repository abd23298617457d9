// SPDX-License-Identifier: MIT
#include "trace/register_names.hpp"

#include <cstdio>
#include <vector>

#include "tendon/tendon_regs.h"

namespace tendon::sim {

namespace {

struct Field {
  const char* name;
  std::uint32_t mask;
  unsigned lsb;
};
struct Register {
  std::uint32_t offset;
  const char* name;
  std::vector<Field> fields;  // those worth a name in a trace
};

#define REGISTER(name) TENDON_##name##_OFFSET, #name
#define FIELD(reg, name) \
  { #name, TENDON_##reg##_##name##_MASK, TENDON_##reg##_##name##_LSB }

const std::vector<Register>& registers() {
  static const std::vector<Register> list = {
      {REGISTER(ID), {}},
      {REGISTER(VERSION), {FIELD(VERSION, MAJOR), FIELD(VERSION, MINOR)}},
      {REGISTER(CAPS),
       {FIELD(CAPS, ROWS), FIELD(CAPS, COLUMNS), FIELD(CAPS, LANES), FIELD(CAPS, BUS_BYTES)}},
      {REGISTER(FEATURES), {}},
      {REGISTER(ACT_WORDS), {}},
      {REGISTER(WGT_LINES), {}},
      {REGISTER(PAR_ENTRIES), {}},
      {REGISTER(SCRATCH), {}},
      {REGISTER(CTRL), {FIELD(CTRL, SOFT_RESET), FIELD(CTRL, ABORT)}},
      {REGISTER(STATUS),
       {FIELD(STATUS, BUSY), FIELD(STATUS, DONE), FIELD(STATUS, ERROR), FIELD(STATUS, REFUSED),
        FIELD(STATUS, DOORBELL_REFUSED), FIELD(STATUS, RESETTING), FIELD(STATUS, DMA_BUSY),
        FIELD(STATUS, CORE_BUSY), FIELD(STATUS, BUS_BUSY)}},
      {REGISTER(IRQ_EN), {FIELD(IRQ_EN, DONE), FIELD(IRQ_EN, ERROR), FIELD(IRQ_EN, DESCRIPTOR)}},
      {REGISTER(IRQ_STATUS),
       {FIELD(IRQ_STATUS, DONE), FIELD(IRQ_STATUS, ERROR), FIELD(IRQ_STATUS, DESCRIPTOR)}},
      {REGISTER(DESC_BASE), {}},
      {REGISTER(DOORBELL), {}},
      {REGISTER(PROGRESS), {}},
      {REGISTER(ERR_CODE), {}},
      {REGISTER(ERR_TAG), {}},
      {REGISTER(ERR_ADDR), {}},
      {REGISTER(WIN_BASE), {}},
      {REGISTER(WIN_LIMIT), {}},
      {REGISTER(WATCHDOG), {}},
      {REGISTER(LABEL), {}},
      {REGISTER(MAX_ACC), {}},
      {REGISTER(LOG_LINES), {}},
      {REGISTER(CYCLES), {}},
      {REGISTER(ACTIVE), {}},
      {REGISTER(WAIT_WEIGHTS), {}},
      {REGISTER(WAIT_ACTIVATIONS), {}},
      {REGISTER(WAIT_WRITEBACK), {}},
      {REGISTER(DESCRIPTOR), {}},
      {REGISTER(DRAIN), {}},
      {REGISTER(DMA), {}},
      {REGISTER(BYTES_READ), {}},
      {REGISTER(BYTES_WRITTEN), {}},
  };
  return list;
}

#undef REGISTER
#undef FIELD

const Register* find(std::uint32_t offset) {
  for (const Register& entry : registers()) {
    if (entry.offset == offset) return &entry;
  }
  return nullptr;
}

std::string hex(std::uint32_t value, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%0*x", digits, value);
  return text;
}

// Single bits by name when set, wider fields with their value.
std::string fields(const Register& entry, std::uint32_t value) {
  std::string text;
  for (const Field& field : entry.fields) {
    const std::uint32_t part = (value & field.mask) >> field.lsb;
    const bool single = (field.mask >> field.lsb) == 1;
    if (single && part == 0) continue;
    if (!text.empty()) text += ' ';
    text += field.name;
    if (!single) text += "=" + std::to_string(part);
  }
  return text.empty() ? "" : " (" + text + ")";
}

}  // namespace

std::string register_name(std::uint32_t offset) {
  if (const Register* entry = find(offset)) return entry->name;
  static constexpr const char* kCauses[] = {
      "CYCLES",         "ACTIVE",     "WAIT_WEIGHTS", "WAIT_ACTIVATIONS",
      "WAIT_WRITEBACK", "DESCRIPTOR", "DRAIN",        "DMA"};
  constexpr std::uint32_t kLogEnd = TENDON_LOG_CYCLES_OFFSET + 32 * 32;
  if (offset >= TENDON_LOG_CYCLES_OFFSET && offset < kLogEnd && offset % 4 == 0) {
    const std::uint32_t line = (offset - TENDON_LOG_CYCLES_OFFSET) / 32;
    return std::string("LOG_") + kCauses[offset % 32 / 4] + "[" + std::to_string(line) + "]";
  }
  return hex(offset, 3);
}

std::string describe_access(bool write, std::uint32_t offset, std::uint32_t value, bool okay) {
  const std::string head = (write ? "write " : "read ") + register_name(offset);
  if (!okay) return head + ": SLVERR";
  const Register* entry = find(offset);
  return head + " = " + hex(value, 8) + (entry != nullptr ? fields(*entry, value) : "");
}

}  // namespace tendon::sim
