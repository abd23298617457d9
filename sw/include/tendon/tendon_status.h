/* SPDX-License-Identifier: MIT
 *
 * Result codes of every function of the library. Negative: failed. For each code the comment says
 * whether the device may have been touched.
 */
#ifndef TENDON_TENDON_STATUS_H_
#define TENDON_TENDON_STATUS_H_

#ifdef __cplusplus
extern "C" {
#endif

#define TENDON_MUST_CHECK __attribute__((warn_unused_result))

typedef enum tendon_status {
  TENDON_OK = 0,
  TENDON_E_ARG = -1,         /* NULL, wrong size, misaligned; untouched */
  TENDON_E_FORMAT = -2,      /* program: magic, version, offset, range, CRC; untouched */
  TENDON_E_UNSUPPORTED = -3, /* legal, but not by this device or build; untouched */
  TENDON_E_MEMORY = -4,      /* caller's memory or DMA memory too small; untouched */
  TENDON_E_BUSY = -5,        /* a run is in progress; untouched */
  TENDON_E_STATE = -6,       /* not loaded, not submitted; untouched */
  TENDON_E_NO_DEVICE = -7,   /* nothing answers, or the ID is wrong; only read */
  TENDON_E_VERSION = -8,     /* device version not known; only read */
  TENDON_E_TIMEOUT = -9,     /* deadline passed; the device was reset */
  TENDON_E_DEVICE = -10,     /* the device reported an error; it was reset, see last error */
  TENDON_E_BUS = -11,        /* a register access failed; state of the device unknown */
  TENDON_E_MISMATCH = -12,   /* verify mode: device and CPU disagree; it was reset */
  TENDON_E_CANCELLED = -13,  /* tendon_cancel(); the device was reset */
  TENDON_E_IO = -14          /* HAL: file, link or operating system; untouched */
} tendon_status_t;

/* Text for a code, never NULL. */
const char* tendon_strerror(tendon_status_t status);

#ifdef __cplusplus
}
#endif

#endif /* TENDON_TENDON_STATUS_H_ */
