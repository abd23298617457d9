/* SPDX-License-Identifier: MIT
 * The vector loops for RVV 1.0 with vectors of 128 bits or more.
 */
#include "kernels/build.hpp"
#if TENDON_HAS_RVV
#define RVV_SEW_SHIFT 3
#define RVV_CONVERT 0x12
#define RVV_LENGTH_IS_128 0
#define RVV(name) tendon_rvv10_##name
#include "kernels/rvv_asm.h"
#endif
