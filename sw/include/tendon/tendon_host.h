/* SPDX-License-Identifier: MIT
 *
 * Which kernel level this Linux machine runs. Not part of the freestanding library: it needs files,
 * signals and getenv. Bare-metal programs name a level themselves, or take TENDON_LEVEL_AUTO.
 */
#ifndef TENDON_HOST_H
#define TENDON_HOST_H

#include "tendon/tendon.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * *level: the best level of this build that this machine is known to execute.
 *
 *   1. The environment variable TENDON_KERNELS, if set and not empty, names it. The instructions
 *      are tried first, so that a wrong name is an error here and not an illegal instruction later.
 *   2. Else the vendor and architecture are read: riscv_hwprobe(2), "mvendorid" and "uarch" of
 *      /proc/cpuinfo, "compatible" of the first processor in the device tree. What the vendor makes
 *      possible is then tried under a guard that survives an illegal instruction:
 *        any processor    RVV 1.0  if the register vcsr exists, which 0.7.1 lacks, and vectors have
 *                                  128 bits or more and elements of up to 64
 *        T-Head (0x5b7)   RVV 0.7.1 if vcsr is missing and its vsetvli gives vectors of 128 bits,
 *                         else XThead if th.mula multiplies and adds
 *      Else SWAR where it is built, else portable. HWCAP and the "isa" line are not looked at: on
 *      vendor kernels their V means 0.7.1.
 *
 * `text`, if not NULL, gets one line that says what was found and why, also on an error.
 *
 *   TENDON_E_ARG          level is NULL, or TENDON_KERNELS names no level
 *   TENDON_E_UNSUPPORTED  the level that TENDON_KERNELS names is not built, or this processor does
 *                         not execute it
 * On an error *level is unchanged. Replaces the handler of SIGILL while it runs, so call it once
 * before other threads start.
 */
TENDON_MUST_CHECK tendon_status_t tendon_host_level(tendon_level_t* level, char* text,
                                                    size_t text_bytes);

/* The same for a machine described by files: `root` stands in front of /proc, and riscv_hwprobe is
 * not asked. The instructions are still tried on this machine. NULL: as above. */
TENDON_MUST_CHECK tendon_status_t tendon_host_level_at(const char* root, tendon_level_t* level,
                                                       char* text, size_t text_bytes);

/*
 * Whether this machine executes a level, tried as above: for a level that someone names.
 *
 *   TENDON_OK             AUTO, and whatever needs no special instructions, too
 *   TENDON_E_UNSUPPORTED  not built, or this processor does not execute it; `text` says which
 * Replaces the handler of SIGILL while it runs, too.
 */
TENDON_MUST_CHECK tendon_status_t tendon_host_check(tendon_level_t level, char* text,
                                                    size_t text_bytes);

#ifdef __cplusplus
}
#endif

#endif
