/* SPDX-License-Identifier: MIT
 *
 * The program file (.tdn): a compiled network, readable in place from flash.
 *
 * Little-endian. File = header, section table, sections. Every section starts on a 64-byte boundary
 * (so it does from a 64-byte aligned base address), has its own CRC-32 (IEEE 802.3, reflected,
 * as zlib's crc32()), and is an array of `count` entries of `entry_bytes`, or a blob
 * (entry_bytes = 1). The header's CRC covers header (with header_crc = 0) and section table.
 * A reader checks header, table and every offset before it uses anything (tendon_program_check()).
 * Reserved fields are written as zero and refused otherwise.
 */
#ifndef TENDON_TENDON_PROGRAM_H_
#define TENDON_TENDON_PROGRAM_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TENDON_PROGRAM_MAGIC 0x314E4454u /* "TDN1" */
#define TENDON_PROGRAM_MAJOR 1u          /* refused when different */
#define TENDON_PROGRAM_MINOR 0u          /* accepted when different: only additions */
#define TENDON_PROGRAM_ALIGN 64u
#define TENDON_PROGRAM_MAX_SECTIONS 32u

typedef struct tendon_program_header {
  uint32_t magic;
  uint16_t major;
  uint16_t minor;
  uint32_t file_bytes; /* whole file */
  uint32_t section_count;
  uint32_t header_crc;
  uint32_t network_name; /* offset into STRINGS */
  uint32_t network_id;   /* CRC-32 of the sections TENSORS to INPUT: same network, same id */
  uint32_t reserved[9];
} tendon_program_header_t; /* 64 bytes */

typedef struct tendon_program_section {
  uint32_t kind; /* TENDON_SECTION_* */
  uint32_t offset;
  uint32_t bytes; /* count * entry_bytes, without padding */
  uint32_t count;
  uint32_t entry_bytes;
  uint32_t crc;
  uint32_t instance; /* number of the accelerator image; 0 elsewhere */
  uint32_t reserved;
} tendon_program_section_t; /* 32 bytes */

/* Each of the first group exactly once; the ACCEL_ group once per accelerator image (none: the
 * program runs on the CPU only). Sections of an unknown kind are skipped. */
#define TENDON_SECTION_STRINGS 1u /* blob: NUL-terminated UTF-8; offset 0 is "" */
#define TENDON_SECTION_TENSORS 2u /* tendon_program_tensor_t; [0] is the network input */
#define TENDON_SECTION_LAYERS 3u  /* tendon_program_layer_t, in order of execution */
#define TENDON_SECTION_WEIGHTS 4u /* blob: packed rows, see weights_offset */
#define TENDON_SECTION_REQUANT 5u /* tendon_program_requant_t */
#define TENDON_SECTION_INPUT 6u   /* blob: float32 gain[channels], uint8 table[256] */
#define TENDON_SECTION_TABLES 7u  /* blob: 256-byte lookup tables */
#define TENDON_SECTION_CLASSES 8u /* uint32: offset into STRINGS, one per label */
#define TENDON_SECTION_WEIGHT_SCALES \
  9u /* float32, one per REQUANT entry: for export only, optional */
#define TENDON_SECTION_ACCEL_INFO 16u    /* one tendon_program_accel_t */
#define TENDON_SECTION_ACCEL_LAYERS 17u  /* tendon_program_accel_layer_t, one per layer */
#define TENDON_SECTION_ACCEL_DESC 18u    /* 64-byte descriptors */
#define TENDON_SECTION_ACCEL_WEIGHTS 19u /* blob: weight memory image */
#define TENDON_SECTION_ACCEL_PARAMS 20u  /* blob: parameter memory image */

typedef struct tendon_program_tensor {
  uint32_t name; /* offset into STRINGS */
  uint16_t rows;
  uint16_t columns;
  uint16_t channels;
  uint8_t bits; /* 2, 4, 8 */
  uint8_t is_signed;
  float scale;
  int32_t zero_point;
  uint32_t reserved[3];
} tendon_program_tensor_t; /* 32 bytes */

/* Layer kinds, rounding modes and weight grids: the numbers of net::LayerKind, net::Rounding and
 * net::WeightGrid. */
#define TENDON_LAYER_CONV 1u
#define TENDON_LAYER_DENSE 2u
#define TENDON_LAYER_DEPTHWISE 3u
#define TENDON_LAYER_MAX_POOL 4u
#define TENDON_LAYER_AVG_POOL 5u
#define TENDON_LAYER_ADD 6u
#define TENDON_LAYER_TABLE 7u
#define TENDON_LAYER_GEMM 8u

#define TENDON_ROUND_FLOAT 0u
#define TENDON_ROUND_EVEN 1u
#define TENDON_ROUND_UP 2u
#define TENDON_ROUND_TFLITE 3u
#define TENDON_ROUND_FLOOR 4u

#define TENDON_GRID_TWOS 0u
#define TENDON_GRID_ODD 1u

typedef struct tendon_program_axis {
  uint16_t kernel;
  uint16_t stride;
  uint16_t dilation;
  uint16_t pad_begin;
  uint16_t pad_end;
} tendon_program_axis_t; /* 10 bytes */

typedef struct tendon_program_layer {
  uint32_t name; /* offset into STRINGS */
  uint8_t kind;
  uint8_t weight_bits;
  uint8_t grid;
  uint8_t rounding;
  uint16_t inputs[2]; /* tensor indices; [1] = 0xFFFF when there is one input */
  uint16_t output;
  uint16_t fused_pool; /* 1: none */
  tendon_program_axis_t row;
  tendon_program_axis_t column;
  int16_t lo;
  int16_t hi;
  /* Packed weights: one row per output channel, row_bytes apart, each on a 32-bit word, element 0
   * in the least significant bits, pad bits zero (docs/numerics.md). Elements in the order [row,
   * column, in] (conv), [in] (dense), [row, column] (depthwise). */
  uint32_t weights_offset; /* into WEIGHTS, multiple of 4 */
  uint32_t weight_row_bytes;
  uint32_t requant_first; /* entry in REQUANT */
  uint32_t requant_count;
  uint32_t table_offset;      /* into TABLES; layer kind TABLE only */
  uint32_t accumulator_bound; /* proof: |sum| never exceeds it */
  uint32_t reserved[4];
} tendon_program_layer_t; /* 80 bytes */

typedef struct tendon_program_requant {
  int32_t bias;
  int32_t multiplier;       /* 24-bit significand, 31 bits in mode tflite, or 0 */
  uint32_t shift;           /* 0..63 */
} tendon_program_requant_t; /* 12 bytes */

/* One image for one accelerator geometry. A device takes it when rows and lanes are equal and its
 * memories are at least as large and its CAPS bits include `features`; columns do not matter. */
typedef struct tendon_program_accel {
  uint32_t config_name; /* offset into STRINGS: "base" */
  uint16_t rows;        /* R */
  uint16_t columns;     /* C the cycles were predicted for */
  uint16_t lanes;       /* L */
  uint16_t reserved16;
  uint32_t features;      /* CAPS feature bits that the descriptors need */
  uint32_t act_words;     /* activation memory used, 32-bit words */
  uint32_t weight_lines;  /* weight memory used, lines */
  uint32_t param_entries; /* parameter memory used, entries (one per output channel tile) */
  uint32_t load_cycles;   /* predicted: weights and parameters into the array's memories */
  uint32_t reserved[7];
} tendon_program_accel_t; /* 60 bytes */

#define TENDON_ACCEL_LAYER_NONE 0xFFFFFFFFu

typedef struct tendon_program_accel_layer {
  uint32_t desc_first; /* entry in ACCEL_DESC, or TENDON_ACCEL_LAYER_NONE: CPU only */
  uint32_t desc_count;
  uint32_t reason;           /* TENDON_REASON_*: why it is not on the accelerator */
  uint32_t predicted_cycles; /* with its share of overhead */
  uint32_t in_base[2];       /* activation memory words: where each input is expected */
  uint32_t out_base;
  uint32_t flags;               /* TENDON_ACCEL_*; other bits 0 */
} tendon_program_accel_layer_t; /* 32 bytes */

/* The layer's weights do not stay on chip. Its descriptors are LOADs (space 1; word 2 = byte offset
 * into ACCEL_WEIGHTS, multiple of 16, to which the driver adds the bus address) and CONVs, with
 * their wait flags as they must be. ACCEL_WEIGHTS holds the resident lines (line n at n * line
 * bytes), then the streamed pieces; weight_lines counts resident lines and buffers. */
#define TENDON_ACCEL_STREAMED 1u
/* Input 0, the network input, is loaded without padding of positions: the codes of all positions of
 * a row one after another, each row on a word, the bits behind the last code are zero point codes.
 */
#define TENDON_ACCEL_DENSE_INPUT 2u

/* Why a layer is not on the accelerator. */
#define TENDON_REASON_NONE 0u
#define TENDON_REASON_KIND 1u     /* the build has no such layer kind */
#define TENDON_REASON_ROUNDING 2u /* nor such a rounding mode */
#define TENDON_REASON_MEMORY 3u   /* does not fit the memories */
#define TENDON_REASON_RANGE 4u    /* a descriptor field would overflow */
#define TENDON_REASON_NO_DEVICE 5u
#define TENDON_REASON_NO_IMAGE 6u /* no image for this geometry in the program */
#define TENDON_REASON_POLICY 7u   /* the caller asked for the CPU */
#define TENDON_REASON_SLOWER 8u   /* the CPU is predicted to be faster */
#define TENDON_REASON_FAILED 9u   /* the device failed at run time; redone on the CPU */

#ifdef __cplusplus
}
#endif

#endif /* TENDON_TENDON_PROGRAM_H_ */
