/* SPDX-License-Identifier: MIT
 *
 * What lies behind the program in the flash of system `standalone`: windows and what the golden
 * model says of them. Written by fpga/standalone, read by standalone.c.
 *
 *   program (.tdn), zeros up to a multiple of 64 bytes
 *   standalone_header_t
 *   windows labels, 4 bytes each
 *   windows times window_bytes, each filled up to a multiple of 4
 */
#ifndef TENDON_FIRMWARE_STANDALONE_H_
#define TENDON_FIRMWARE_STANDALONE_H_

#include <stdint.h>

#define STANDALONE_MAGIC 0x4E495754u /* "TWIN" */
#define STANDALONE_LAYERS 32u

/* Signature of a layer's codes: FNV-1a over them, each taken as 16 bits at once. */
#define STANDALONE_SIGNATURE_START 2166136261u
#define STANDALONE_SIGNATURE_PRIME 16777619u

typedef struct standalone_header {
  uint32_t magic;
  uint32_t windows;
  uint32_t window_bytes;
  uint32_t layers;
  uint32_t signature[STANDALONE_LAYERS]; /* of the layers of window 0 */
} standalone_header_t;

#endif /* TENDON_FIRMWARE_STANDALONE_H_ */
