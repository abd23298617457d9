/* SPDX-License-Identifier: MIT
 *
 * Tendon: quantized networks on a RISC-V processor, on the accelerator, or on both, with the same
 * bits. This is the whole public interface; tendon.hpp is a thin C++ layer over it.
 *
 *   tendon_open()            a device behind a HAL (not needed for the processor alone)
 *   tendon_program_load()    checks a .tdn file and prepares it; decides where each layer runs
 *   tendon_run()             one window in, one label out; or tendon_submit() + tendon_wait()
 *
 * Memory: the library never allocates. Each object lives in memory that the caller provides; ask
 * for the size first. Memory must be aligned to TENDON_ALIGN, stays with the object until it is
 * closed, and holds everything a run needs. The .tdn bytes are read in place and must outlive the
 * program.
 *
 * Structs start with `size`: set it to sizeof of the struct, so that a newer
 * library knows which fields the caller has.
 *
 * Threads: objects have no locks and the library has no state of its own. Each function says which
 * of these holds:
 *   [any]      no object, or only reads memory of the caller's: any thread at any time
 *   [device]   one thread at a time among all that use this device or a program loaded with it
 *   [program]  as [device] for a program that was loaded with a device; one that was loaded without
 *              is independent of everything else
 * No function may be called from a signal or interrupt handler, or from the log callback.
 */
#ifndef TENDON_TENDON_H_
#define TENDON_TENDON_H_

#include <stddef.h>
#include <stdint.h>

#include "tendon/tendon_hal.h"
#include "tendon/tendon_program.h"
#include "tendon/tendon_status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TENDON_ALIGN 64u
#define TENDON_NO_LAYER 0xFFFFFFFFu

typedef struct tendon_device tendon_device_t;
typedef struct tendon_program tendon_program_t;

/* ---- Kernel levels --------------------------------------------------------------------------- */

typedef enum tendon_level {
  TENDON_LEVEL_AUTO = 0,     /* the best that needs no special instructions; better on Linux:
                                tendon_host_level() */
  TENDON_LEVEL_PORTABLE = 1, /* plain C++ */
  TENDON_LEVEL_SWAR = 2,     /* several products in one 64-bit multiply */
  TENDON_LEVEL_XTHEAD = 3,   /* T-Head scalar instructions (C906) */
  TENDON_LEVEL_RVV071 = 4,   /* RVV 0.7.1 vectors (C906), VLEN 128 */
  TENDON_LEVEL_RVV10 = 5     /* RVV 1.0 vectors */
} tendon_level_t;

/* "auto", "portable", "swar", "xthead", "rvv071", "rvv10"; never NULL. [any] */
const char* tendon_level_name(tendon_level_t level);

/* The level of that name. TENDON_E_ARG: NULL or no such name; *level unchanged. [any] */
TENDON_MUST_CHECK tendon_status_t tendon_level_parse(const char* name, tendon_level_t* level);

/* 1: compiled into this library. Whether the processor has the instructions is another question:
 * tendon_host_level() of tendon_host.h answers it on Linux by vendor ids and a guarded probe.
 * [any] */
int tendon_level_built(tendon_level_t level);

/* ---- Device ---------------------------------------------------------------------------------- */

typedef enum tendon_log_level {
  TENDON_LOG_ERROR = 0,
  TENDON_LOG_WARNING = 1,
  TENDON_LOG_INFO = 2
} tendon_log_level_t;

/* Called from inside library functions, on the caller's thread; must not call the library. */
typedef void (*tendon_log_fn)(void* ctx, tendon_log_level_t level, const char* text);

typedef struct tendon_open_options {
  uint32_t size;
  tendon_log_fn log; /* may be NULL */
  void* log_ctx;
} tendon_open_options_t;

/* What the device says of itself (registers ID, VERSION, CAPS). */
typedef struct tendon_caps {
  uint32_t size;
  uint32_t version;
  uint32_t rows;          /* R: output channels at once */
  uint32_t columns;       /* C: output positions at once */
  uint32_t lanes;         /* L */
  uint32_t act_words;     /* activation memory, 32-bit words */
  uint32_t weight_lines;  /* weight memory, lines */
  uint32_t param_entries; /* parameter memory, entries */
  uint32_t features;      /* CAPS feature bits */
} tendon_caps_t;

/* Bytes that tendon_open() needs. [any] */
size_t tendon_device_size(void);

/* Opens the device behind `hal` (copied; hal->ctx must outlive the device): reads ID, VERSION and
 * CAPS, then resets it. `options` may be NULL. On error *device is unchanged and no register was
 * written:
 *   TENDON_E_ARG        NULL, hal->size too small or a function missing, memory misaligned
 *   TENDON_E_MEMORY     `bytes` is less than tendon_device_size()
 *   TENDON_E_NO_DEVICE  ID is not a Tendon's
 *   TENDON_E_VERSION    major version not known to this library
 *   TENDON_E_UNSUPPORTED  CAPS describe a geometry that is not legal
 *   TENDON_E_BUS        a register access failed
 *   TENDON_E_TIMEOUT    the reset (written last) did not finish [any] */
TENDON_MUST_CHECK tendon_status_t tendon_open(const tendon_hal_t* hal,
                                              const tendon_open_options_t* options, void* memory,
                                              size_t bytes, tendon_device_t** device);

/* Resets the device and forgets it. Unload its programs first. NULL is allowed. [device] */
void tendon_close(tendon_device_t* device);

/* Fills *caps up to caps->size. TENDON_E_ARG: NULL or size too small. [device] */
TENDON_MUST_CHECK tendon_status_t tendon_get_caps(const tendon_device_t* device,
                                                  tendon_caps_t* caps);

/* Soft reset. A run in progress ends with TENDON_E_CANCELLED; weights are uploaded again with the
 * next run. TENDON_E_BUS, TENDON_E_TIMEOUT: the device does not answer; runs fall back to the CPU
 * as their policy says. [device] */
TENDON_MUST_CHECK tendon_status_t tendon_reset(tendon_device_t* device);

#define TENDON_ERROR_REGISTERS 16u

/* What is known of the last failure of a device or program. */
typedef struct tendon_error {
  uint32_t size;
  tendon_status_t status;
  uint32_t layer;       /* index, or TENDON_NO_LAYER */
  uint32_t device_code; /* ERR_CODE, ERR_TAG, ERR_ADDR at the time */
  uint32_t device_tag;
  uint32_t device_addr;
  uint32_t registers[TENDON_ERROR_REGISTERS]; /* offsets 0, 4, 8 ... at the time; 0 if unreadable */
  char text[128];                             /* one line for a human: what, where, both values */
} tendon_error_t;

/* TENDON_E_ARG: NULL or size too small. status is TENDON_OK when nothing has failed yet. [device],
 * [program] */
TENDON_MUST_CHECK tendon_status_t tendon_device_error(const tendon_device_t* device,
                                                      tendon_error_t* error);
TENDON_MUST_CHECK tendon_status_t tendon_program_error(const tendon_program_t* program,
                                                       tendon_error_t* error);

/* ---- Program --------------------------------------------------------------------------------- */

/* Checks every offset, range and CRC of a .tdn in memory, every rule of docs/numerics.md that a
 * kernel or descriptor relies on, and nothing else; writes nothing. `text` (may be NULL) receives
 * one line that names section or layer, the rule and both values. [any]
 *   TENDON_E_ARG          tdn NULL or not on an 8-byte boundary
 *   TENDON_E_FORMAT       damaged, or breaks a rule
 *   TENDON_E_UNSUPPORTED  major version of another kind */
TENDON_MUST_CHECK tendon_status_t tendon_program_check(const void* tdn, size_t tdn_bytes,
                                                       char* text, size_t text_bytes);

typedef enum tendon_policy {
  TENDON_POLICY_PREFER = 0,  /* accelerator where it can and is predicted to be faster, transfers
                                over the HAL's link included; CPU elsewhere and on failure */
  TENDON_POLICY_REQUIRE = 1, /* every conv and dense layer on the accelerator or an error; no
                                fallback at run time */
  TENDON_POLICY_CPU_ONLY = 2,
  TENDON_POLICY_OFFLOAD = 3 /* as PREFER, but wherever it can, however slow the link */
} tendon_policy_t;

typedef struct tendon_load_options {
  uint32_t size;
  tendon_policy_t policy;
  tendon_level_t level;       /* kernels of the CPU layers */
  const uint32_t* cpu_layers; /* bit i % 32 of word i / 32: layer i stays on the CPU; may be NULL */
  uint32_t cpu_layer_words;   /* words behind cpu_layers */
} tendon_load_options_t;

/* Bytes that tendon_program_load() needs with these options (NULL: all zero). Checks the file as
 * tendon_program_check() does; same errors, *bytes unchanged on error. [any] */
TENDON_MUST_CHECK tendon_status_t tendon_program_size(const void* tdn, size_t tdn_bytes,
                                                      const tendon_load_options_t* options,
                                                      size_t* bytes);

/* Checks the file, decides where each layer runs (tendon_plan()), prepares weights for the kernels,
 * and allocates DMA memory when a layer runs on the device. No register is written: weights go to
 * the device with the first run. `device` may be NULL. On error *program is unchanged:
 *   TENDON_E_ARG, TENDON_E_FORMAT  as tendon_program_check()
 *   TENDON_E_UNSUPPORTED  the kernel level is not built, or policy REQUIRE cannot be met
 *   TENDON_E_MEMORY       `memory` is too small, or no DMA memory
 *   TENDON_E_IO, TENDON_E_BUS  from the HAL [device] */
TENDON_MUST_CHECK tendon_status_t tendon_program_load(const void* tdn, size_t tdn_bytes,
                                                      tendon_device_t* device,
                                                      const tendon_load_options_t* options,
                                                      void* memory, size_t bytes,
                                                      tendon_program_t** program);

/* Cancels a run in progress and frees the DMA memory. NULL is allowed. [program] */
void tendon_program_unload(tendon_program_t* program);

typedef struct tendon_program_facts {
  uint32_t size;
  const char* name; /* strings point into the .tdn */
  uint32_t network_id;
  uint32_t layers;
  uint32_t tensors;
  uint32_t classes;
  uint32_t rows, columns, channels; /* of a window; 1-D: rows = 1, columns = time */
  tendon_level_t level;             /* kernels in use */
} tendon_program_info_t;

/* Fills *info up to info->size. TENDON_E_ARG: NULL or size too small. [any] */
TENDON_MUST_CHECK tendon_status_t tendon_program_info(const tendon_program_t* program,
                                                      tendon_program_info_t* info);

/* Text of a label, "" outside the range; points into the .tdn. [any] */
const char* tendon_class_name(const tendon_program_t* program, int32_t label);

/* ---- Plan ------------------------------------------------------------------------------------ */

typedef struct tendon_layer_plan {
  uint32_t size;
  const char* name;
  uint32_t kind;                    /* TENDON_LAYER_* */
  uint32_t on_device;               /* 1: accelerator, 0: CPU */
  uint32_t reason;                  /* TENDON_REASON_*: why not on the accelerator */
  uint32_t output;                  /* tensor index */
  uint32_t predicted_cycles;        /* of the accelerator; 0 when unknown */
  uint32_t bus_bytes;               /* activations over the bus because of this placement */
  uint32_t rows, columns, channels; /* of the output */
  uint32_t activation_bits;         /* of the (first) input */
  uint32_t weight_bits;             /* 0: no weights */
  uint64_t cpu_ns;                  /* predicted on the processor */
  uint64_t device_ns;               /* predicted on the accelerator: computing, plus the transfers
                                       and the start of a chain that this placement asks for (on
                                       the CPU: as a chain of its own); 0: cannot run there, or the
                                       link is not known */
} tendon_layer_plan_t;

/* Where layer `index` runs and why. TENDON_E_ARG: NULL, size too small, no such layer. [any] */
TENDON_MUST_CHECK tendon_status_t tendon_plan(const tendon_program_t* program, uint32_t index,
                                              tendon_layer_plan_t* plan);

/* Text for a TENDON_REASON_*, never NULL. [any] */
const char* tendon_reason_name(uint32_t reason);

/* ---- Run ------------------------------------------------------------------------------------- */

#define TENDON_RUN_TRACE 1u /* keep every layer's tensor: accelerator layers store theirs too */
#define TENDON_RUN_VERIFY                                                 \
  2u /* redo the accelerator's layers on the CPU and compare every tensor \
      */
#define TENDON_RUN_COUNTERS 4u /* fetch the performance log: tendon_layer_counters() */
#define TENDON_RUN_OUTPUT 8u   /* keep the last layer's tensor (TRACE and VERIFY include it) */

typedef struct tendon_run_options {
  uint32_t size;
  uint32_t flags;      /* TENDON_RUN_* */
  uint64_t timeout_us; /* per chain of descriptors; 0: from predicted cycles, generously */
} tendon_run_options_t;

/* Cycles of a layer or chain by cause (docs/accelerator.md section 10); causes add up to cycles. */
typedef struct tendon_counters {
  uint64_t cycles;
  uint64_t active;
  uint64_t wait_weights;
  uint64_t wait_activations;
  uint64_t wait_writeback;
  uint64_t descriptor;
  uint64_t drain;
  uint64_t dma;
} tendon_counters_t;

#define TENDON_POISON_LABEL (-1)

typedef struct tendon_result {
  uint32_t size;
  int32_t label;                 /* TENDON_POISON_LABEL unless the run ended well */
  int32_t max_acc;               /* largest accumulator of the last layer */
  uint32_t device_layers;        /* layers whose result came from the accelerator */
  uint32_t fallback_layers;      /* layers redone on the CPU because the device failed */
  tendon_status_t device_status; /* TENDON_OK, or why there was a fallback; see last error */
  tendon_counters_t total;       /* RUN_COUNTERS: all chains of the run */
  uint64_t elapsed_us;           /* by the HAL's clock; 0 without a device */
} tendon_result_t;

/* Starts one window: `window` holds rows * columns * channels codes, one byte each (two's
 * complement for a signed input), [row, column, channel]; it is copied. Earlier results are
 * poisoned first. On error nothing was started. [program]
 *   TENDON_E_ARG   NULL, wrong length, or a code outside the input's range (last error names it);
 *                  nothing was written
 *   TENDON_E_BUSY  this program, or another one on the same device, is running; nothing was written
 *   TENDON_E_TIMEOUT, TENDON_E_DEVICE, TENDON_E_BUS, TENDON_E_IO  the device failed at the start of
 *                  the first chain, policy REQUIRE; it was reset */
TENDON_MUST_CHECK tendon_status_t tendon_submit(tendon_program_t* program, const void* window,
                                                size_t window_bytes,
                                                const tendon_run_options_t* options);

/* Advances the run without blocking on the device (CPU layers run to completion inside).
 * *done = 1 when tendon_wait() will not block. TENDON_E_STATE: nothing was submitted. [program] */
TENDON_MUST_CHECK tendon_status_t tendon_poll(tendon_program_t* program, int* done);

/* Finishes the run. With policy PREFER a failing device is reset and its layers are redone on the
 * CPU: TENDON_OK with fallback_layers > 0. On error label is poisoned and the device was reset:
 *   TENDON_E_STATE     nothing was submitted
 *   TENDON_E_TIMEOUT, TENDON_E_DEVICE, TENDON_E_BUS, TENDON_E_IO  policy REQUIRE only
 *   TENDON_E_MISMATCH  RUN_VERIFY with policy REQUIRE: device and CPU disagree
 *   TENDON_E_CANCELLED tendon_cancel() or tendon_reset() came first [program] */
TENDON_MUST_CHECK tendon_status_t tendon_wait(tendon_program_t* program, tendon_result_t* result);

/* tendon_submit() and tendon_wait(). [program] */
TENDON_MUST_CHECK tendon_status_t tendon_run(tendon_program_t* program, const void* window,
                                             size_t window_bytes,
                                             const tendon_run_options_t* options,
                                             tendon_result_t* result);

/* Stops the run; tendon_wait() then returns TENDON_E_CANCELLED. TENDON_E_STATE: none. [program] */
TENDON_MUST_CHECK tendon_status_t tendon_cancel(tendon_program_t* program);

/* Output tensor of layer `index` in the last run, as codes [row, column, channel]; count =
 * rows * columns * channels.
 *   TENDON_E_ARG    NULL, no such layer, wrong count
 *   TENDON_E_STATE  the last run did not end well, or did not keep this tensor (RUN_TRACE)
 * [program] */
TENDON_MUST_CHECK tendon_status_t tendon_layer_output(const tendon_program_t* program,
                                                      uint32_t index, int16_t* codes, size_t count);

/* Counters of layer `index` in the last run, with the descriptors that served it (its loads before,
 * stores of the layer before); zero for CPU layers. Same errors as tendon_layer_output(). [program]
 */
TENDON_MUST_CHECK tendon_status_t tendon_layer_counters(const tendon_program_t* program,
                                                        uint32_t index,
                                                        tendon_counters_t* counters);

/* ---- Input coding ---------------------------------------------------------------------------- */

/* Volts to codes: index = clamp(round_half_even(volts * gain[c] * 255), 0, 255), code =
 * table[index], in float32. `volts` and `codes` are [row, column, channel]. *saturated (may be
 * NULL) counts clamped samples. [any]
 *   TENDON_E_ARG  NULL, wrong count, or a NaN (codes then unspecified, each one legal) */
TENDON_MUST_CHECK tendon_status_t tendon_encode(const tendon_program_t* program, const float* volts,
                                                size_t count, uint8_t* codes, uint32_t* saturated);

#ifdef __cplusplus
}
#endif

#endif /* TENDON_TENDON_H_ */
