/* SPDX-License-Identifier: MIT
 * The vector loops for RVV 0.7.1, the C906's vector unit; an assembler for 1.0 takes them as well.
 */
#include "kernels/build.hpp"
#if TENDON_HAS_RVV
#define RVV_SEW_SHIFT 2
#define RVV_CONVERT 0x22
#define RVV_LENGTH_IS_128 1
#define RVV(name) tendon_rvv071_##name
#include "kernels/rvv_asm.h"
#endif
