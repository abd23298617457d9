// SPDX-License-Identifier: MIT
// What this build of the library holds. TENDON_WITHOUT_SWAR, TENDON_WITHOUT_XTHEAD and
// TENDON_WITHOUT_RVV leave levels out, for programs that have no room for all.
#pragma once

// Packed products need 64-bit registers and a double-precision float unit.
#if defined(__x86_64__) || defined(__aarch64__) || \
    (defined(__riscv) && __riscv_xlen == 64 && defined(__riscv_flen) && __riscv_flen == 64)
#define TENDON_CAN_PACK 1
#else
#define TENDON_CAN_PACK 0
#endif

// Vendor and vector instructions are written with their encodings: any such RISC-V build can hold
// them.
#if TENDON_CAN_PACK && defined(__riscv)
#define TENDON_CAN_ENCODE 1
#else
#define TENDON_CAN_ENCODE 0
#endif

#if TENDON_CAN_PACK && !defined(TENDON_WITHOUT_SWAR)
#define TENDON_HAS_SWAR 1
#else
#define TENDON_HAS_SWAR 0
#endif

#if TENDON_CAN_ENCODE && !defined(TENDON_WITHOUT_XTHEAD)
#define TENDON_HAS_XTHEAD 1
#else
#define TENDON_HAS_XTHEAD 0
#endif

#if TENDON_CAN_ENCODE && !defined(TENDON_WITHOUT_RVV)
#define TENDON_HAS_RVV 1
#else
#define TENDON_HAS_RVV 0
#endif

#define TENDON_HAS_PACKED (TENDON_HAS_SWAR || TENDON_HAS_XTHEAD)
