// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>

#include "hal/host_probe.hpp"
#include "tendon/tendon_host.h"

namespace {

using tendon::host::Maker;

constexpr const char* kVariable = "TENDON_KERNELS";

bool executes(tendon_level_t level) {
  switch (level) {
    case TENDON_LEVEL_XTHEAD:
      return tendon::host::executes_xthead();
    case TENDON_LEVEL_RVV071:
      return tendon::host::executes_rvv071();
    case TENDON_LEVEL_RVV10:
      return tendon::host::executes_rvv10();
    default:
      return true;
  }
}

// nullptr, or why not.
const char* obstacle(tendon_level_t level) {
  if (tendon_level_built(level) == 0) return "this build does not hold";
  return executes(level) ? nullptr : "this processor does not execute";
}

bool runs_here(tendon_level_t level) { return obstacle(level) == nullptr; }

tendon_level_t best_level(const Maker& maker) {
  if (runs_here(TENDON_LEVEL_RVV10)) return TENDON_LEVEL_RVV10;
  if (maker.vendor == tendon::host::kTHead) {
    if (runs_here(TENDON_LEVEL_RVV071)) return TENDON_LEVEL_RVV071;
    if (runs_here(TENDON_LEVEL_XTHEAD)) return TENDON_LEVEL_XTHEAD;
  }
  return tendon_level_built(TENDON_LEVEL_SWAR) != 0 ? TENDON_LEVEL_SWAR : TENDON_LEVEL_PORTABLE;
}

tendon_status_t forced_level(const char* name, tendon_level_t* level, char* text, size_t bytes) {
  tendon_level_t wanted = TENDON_LEVEL_AUTO;
  if (tendon_level_parse(name, &wanted) != TENDON_OK || wanted == TENDON_LEVEL_AUTO) {
    std::snprintf(text, bytes, "%s is '%s', want auto, portable, swar, xthead, rvv071 or rvv10",
                  kVariable, name);
    return TENDON_E_ARG;
  }
  if (const char* const why = obstacle(wanted)) {
    std::snprintf(text, bytes, "%s is '%s', which %s", kVariable, name, why);
    return TENDON_E_UNSUPPORTED;
  }
  std::snprintf(text, bytes, "%s: %s says so", name, kVariable);
  *level = wanted;
  return TENDON_OK;
}

bool equal(const char* a, const char* b) {
  for (; *a != '\0' && *a == *b; ++a, ++b) {
  }
  return *a == *b;
}

}  // namespace

extern "C" tendon_status_t tendon_host_level_at(const char* root, tendon_level_t* level, char* text,
                                                size_t text_bytes) {
  char none[1];
  if (level == nullptr) return TENDON_E_ARG;
  if (text == nullptr || text_bytes == 0) {
    text = none;
    text_bytes = sizeof(none);
  }
  const char* name = std::getenv(kVariable);
  if (name != nullptr && *name != '\0' && !equal(name, "auto")) {
    return forced_level(name, level, text, text_bytes);
  }
  const Maker maker = tendon::host::read_maker(root);
  *level = best_level(maker);
  if (maker.vendor == 0) {
    std::snprintf(text, text_bytes, "%s: vendor unknown, instructions tried",
                  tendon_level_name(*level));
  } else {
    std::snprintf(text, text_bytes, "%s: vendor 0x%llx (%s), instructions tried",
                  tendon_level_name(*level), static_cast<unsigned long long>(maker.vendor),
                  maker.source);
  }
  return TENDON_OK;
}

extern "C" tendon_status_t tendon_host_level(tendon_level_t* level, char* text, size_t text_bytes) {
  return tendon_host_level_at(nullptr, level, text, text_bytes);
}

extern "C" tendon_status_t tendon_host_check(tendon_level_t level, char* text, size_t text_bytes) {
  const char* const why = obstacle(level);
  if (why == nullptr) return TENDON_OK;
  if (text != nullptr) {
    std::snprintf(text, text_bytes, "level %s: %s it", tendon_level_name(level), why);
  }
  return TENDON_E_UNSUPPORTED;
}
