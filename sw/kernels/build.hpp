// SPDX-License-Identifier: MIT
// What this build of the library holds.
#pragma once

// Packed products need 64-bit registers and a double-precision float unit.
#if defined(__x86_64__) || defined(__aarch64__) || \
    (defined(__riscv) && __riscv_xlen == 64 && defined(__riscv_flen) && __riscv_flen == 64)
#define TENDON_HAS_SWAR 1
#else
#define TENDON_HAS_SWAR 0
#endif

// T-Head's scalar instructions are written as bytes: any 64-bit RISC-V build holds them.
#if TENDON_HAS_SWAR && defined(__riscv)
#define TENDON_HAS_XTHEAD 1
#else
#define TENDON_HAS_XTHEAD 0
#endif

// Vector loops are assembly with the version's own encodings: the same builds hold them.
#define TENDON_HAS_RVV TENDON_HAS_XTHEAD
