/* SPDX-License-Identifier: MIT
 * The vector loops for RVV 1.0 with vectors of 128 bits or more.
 */
#if defined(__riscv) && __riscv_xlen == 64 && defined(__riscv_flen) && __riscv_flen == 64
#define RVV_SEW_SHIFT 3
#define RVV_CONVERT 0x12
#define RVV_LENGTH_IS_128 0
#define RVV(name) tendon_rvv10_##name
#include "kernels/rvv_asm.h"
#endif
