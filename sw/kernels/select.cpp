// SPDX-License-Identifier: MIT
// Which kernel runs a layer.
#include "kernels/build.hpp"
#include "kernels/kernels.hpp"

namespace tendon::cpu {
namespace {

const Kernel& portable(uint32_t kind) {
  switch (kind) {
    case TENDON_LAYER_CONV:
      return kPortableConv;
    case TENDON_LAYER_DENSE:
      return kPortableDense;
    case TENDON_LAYER_DEPTHWISE:
      return kPortableDepthwise;
    case TENDON_LAYER_MAX_POOL:
      return kPortableMaxPool;
    case TENDON_LAYER_AVG_POOL:
      return kPortableAvgPool;
    case TENDON_LAYER_ADD:
      return kPortableAdd;
    case TENDON_LAYER_TABLE:
      return kPortableTable;
    default:
      return kPortableGemm;
  }
}

constexpr bool kHasSwar = TENDON_HAS_SWAR != 0;

constexpr const char* kLevelNames[] = {"auto", "portable", "swar", "xthead", "rvv071", "rvv10"};

template <size_t kCount>
[[maybe_unused]] const Kernel* first_that_fits(const Kernel (&kernels)[kCount], const Job& job) {
  for (const Kernel& kernel : kernels) {
    if (kernel.fits(job)) return &kernel;
  }
  return nullptr;
}

bool equal(const char* a, const char* b) {
  for (; *a != '\0' && *a == *b; ++a, ++b) {
  }
  return *a == *b;
}

}  // namespace

tendon_level_t resolve_level(tendon_level_t level) {
  if (level != TENDON_LEVEL_AUTO) return level;
  return kHasSwar ? TENDON_LEVEL_SWAR : TENDON_LEVEL_PORTABLE;
}

const Kernel& select_kernel(tendon_level_t level, const Job& job) {
#if TENDON_HAS_RVV
  if (const Kernel* k = level == TENDON_LEVEL_RVV071 ? first_that_fits(kRvv071, job) : nullptr) {
    return *k;
  }
  if (const Kernel* k = level == TENDON_LEVEL_RVV10 ? first_that_fits(kRvv10, job) : nullptr) {
    return *k;
  }
#endif
#if TENDON_HAS_XTHEAD
  if (const Kernel* k = level == TENDON_LEVEL_XTHEAD ? first_that_fits(kXthead, job) : nullptr) {
    return *k;
  }
#endif
#if TENDON_HAS_SWAR
  if (const Kernel* k = level >= TENDON_LEVEL_SWAR ? first_that_fits(kSwar, job) : nullptr) {
    return *k;
  }
#endif
  (void)level;
  return portable(job.layer->kind);
}

}  // namespace tendon::cpu

extern "C" const char* tendon_level_name(tendon_level_t level) {
  const auto index = static_cast<unsigned>(level);
  return index < 6 ? tendon::cpu::kLevelNames[index] : "unknown";
}

extern "C" tendon_status_t tendon_level_parse(const char* name, tendon_level_t* level) {
  if (name == nullptr || level == nullptr) return TENDON_E_ARG;
  for (unsigned i = 0; i < 6; ++i) {
    if (tendon::cpu::equal(name, tendon::cpu::kLevelNames[i])) {
      *level = static_cast<tendon_level_t>(i);
      return TENDON_OK;
    }
  }
  return TENDON_E_ARG;
}

extern "C" int tendon_level_built(tendon_level_t level) {
  return level == TENDON_LEVEL_AUTO || level == TENDON_LEVEL_PORTABLE ||
         (level == TENDON_LEVEL_SWAR && tendon::cpu::kHasSwar) ||
         (level == TENDON_LEVEL_XTHEAD && TENDON_HAS_XTHEAD != 0) ||
         ((level == TENDON_LEVEL_RVV071 || level == TENDON_LEVEL_RVV10) && TENDON_HAS_RVV != 0);
}
