/* SPDX-License-Identifier: MIT
 * The vector loops for RVV 0.7.1, the C906's vector unit; an assembler for 1.0 takes them as well.
 */
#if defined(__riscv) && __riscv_xlen == 64 && defined(__riscv_flen) && __riscv_flen == 64
#define RVV_SEW_SHIFT 2
#define RVV_CONVERT 0x22
#define RVV_LENGTH_IS_128 1
#define RVV(name) tendon_rvv071_##name
#include "kernels/rvv_asm.h"
#endif
