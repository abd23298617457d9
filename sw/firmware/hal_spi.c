/* SPDX-License-Identifier: MIT
 *
 * HAL for an accelerator behind the SPI bridge (docs/spi.md). DMA memory is the bridge's; dma_sync
 * moves it by frames. The interrupt has a pin of its own.
 */
#include <string.h>

#include "firmware/board_vp.h"
#include "firmware/dw_ssi.h"
#include "firmware/mmio.h"
#include "tendon/tendon_regs.h"

#define TICKS_PER_US (VP_TIMER_HZ / 1000000u)
#define NS_PER_TICK (1000000000u / VP_TIMER_HZ)
#define MEASURED_BYTES 256u
#define HELLO 1u
#define READ_REG 2u
#define WRITE_REG 3u
#define READ_MEM 4u
#define WRITE_MEM 5u
#define HEADER_BYTES 10u
#define FILL_BYTES 16u /* a reply begins within them */
#define MOST_DATA 4032u
#define FRAME_BYTES 4096u
#define FIRST_BYTE 0x54u
#define REPLY_START 0x5Au
#define NAK_HEADER 0xE1u
#define NAK_LAST 0xE3u
#define STATUS_OK 0u
#define STATUS_BUS 2u
#define PROTOCOL 0x31495053u
#define TRIES 9
#define LINE 64u

typedef enum { FRAME_GOOD, FRAME_AGAIN, FRAME_BUS, FRAME_REFUSED } outcome_t;

typedef struct {
  uint8_t command;
  uint32_t address;
  uint32_t bytes;
  const uint8_t* write; /* NULL: nothing */
  uint8_t* read;        /* NULL: nothing */
  uint32_t read_bytes;
} request_t;

static uint8_t out[FRAME_BYTES], in[FRAME_BYTES];
static uint8_t sequence;
static uint32_t memory_next, memory_end, memory_buffers;

static uint16_t crc16(const uint8_t* data, size_t bytes) {
  uint32_t crc = 0xFFFF;
  for (size_t i = 0; i < bytes; ++i) {
    uint32_t x = (crc >> 8 ^ data[i]) & 0xFF;
    x ^= x >> 4;
    crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xFFFF;
  }
  return (uint16_t)crc;
}

static void put_crc(uint8_t* data, size_t bytes) {
  const uint16_t crc = crc16(data, bytes);
  data[bytes] = (uint8_t)(crc >> 8);
  data[bytes + 1] = (uint8_t)crc;
}

static size_t compose(const request_t* request) {
  out[0] = request->command;
  out[1] = sequence;
  out[2] = (uint8_t)request->bytes;
  out[3] = (uint8_t)(request->bytes >> 8);
  memcpy(out + 4, &request->address, sizeof(request->address));
  put_crc(out, HEADER_BYTES - 2);
  if (request->write == NULL) return HEADER_BYTES;
  memcpy(out + HEADER_BYTES, request->write, request->bytes);
  put_crc(out + HEADER_BYTES, request->bytes);
  return HEADER_BYTES + request->bytes + 2;
}

/* Reply somewhere in in[from .. end). */
static outcome_t judge(const request_t* request, size_t from, size_t end) {
  size_t at = from;
  while (at < end && in[at] != REPLY_START && (in[at] < NAK_HEADER || in[at] > NAK_LAST)) ++at;
  if (at == end || in[at] == NAK_HEADER) return FRAME_AGAIN;
  if (in[at] != REPLY_START) return FRAME_REFUSED;
  ++at;
  if (at + 2 > end) return FRAME_AGAIN;
  const uint32_t data = in[at] == STATUS_OK ? request->read_bytes : 0;
  if (at + 2 + data + 2 > end || crc16(in + at, 2 + data + 2) != 0 || in[at + 1] != sequence) {
    return FRAME_AGAIN;
  }
  if (in[at] == STATUS_BUS) return FRAME_BUS;
  if (in[at] != STATUS_OK) return FRAME_AGAIN;
  if (data != 0) memcpy(request->read, in + at + 2, data);
  return FRAME_GOOD;
}

static tendon_status_t transact(const request_t* request) {
  const uint32_t before = board_mark(VP_MARK_SYNC);
  const size_t sent = compose(request);
  const size_t total = sent + FILL_BYTES + 5 + request->read_bytes;
  memset(out + sent, 0, total - sent);
  outcome_t outcome = FRAME_AGAIN;
  for (int i = 0; i < TRIES && outcome == FRAME_AGAIN; ++i) {
    dw_ssi_exchange(out, in, total);
    outcome = in[0] == FIRST_BYTE ? judge(request, sent + 1, total) : FRAME_AGAIN;
  }
  ++sequence;
  (void)board_mark(before);
  if (outcome == FRAME_GOOD) return TENDON_OK;
  return outcome == FRAME_BUS ? TENDON_E_BUS : TENDON_E_IO;
}

static tendon_status_t reg_read(void* ctx, uint32_t offset, uint32_t* value) {
  (void)ctx;
  if (offset >= TENDON_REGS_BYTES || offset % 4 != 0) return TENDON_E_BUS;
  const request_t request = {READ_REG, offset, 4, NULL, (uint8_t*)value, 4};
  return transact(&request);
}

static tendon_status_t reg_write(void* ctx, uint32_t offset, uint32_t value) {
  (void)ctx;
  if (offset >= TENDON_REGS_BYTES || offset % 4 != 0) return TENDON_E_BUS;
  const request_t request = {WRITE_REG, offset, 4, (const uint8_t*)&value, NULL, 0};
  return transact(&request);
}

/* Buffers live as long as the firmware, each on lines of its own on both sides. */
static tendon_status_t dma_alloc(void* ctx, uint32_t bytes, tendon_dma_t* dma) {
  (void)ctx;
  const uint32_t rounded = (bytes + LINE - 1) & ~(LINE - 1);
  if (bytes == 0) return TENDON_E_ARG;
  if (rounded < bytes || memory_end - memory_next < rounded) return TENDON_E_MEMORY;
  void* const cpu = board_memory(rounded);
  if (cpu == NULL) return TENDON_E_MEMORY;
  dma->cpu = cpu;
  dma->bus = memory_next;
  dma->bytes = bytes;
  memory_next += rounded;
  ++memory_buffers;
  return TENDON_OK;
}

static void dma_free(void* ctx, tendon_dma_t* dma) {
  (void)ctx;
  const uint32_t rounded = (dma->bytes + LINE - 1) & ~(LINE - 1);
  if (dma->bus + rounded == memory_next) memory_next = dma->bus;
  if (--memory_buffers == 0) memory_next = 0;
}

/* Whole words: the bytes that are moved too belong to the same buffer and the same direction. */
static tendon_status_t dma_sync(void* ctx, const tendon_dma_t* dma, uint32_t offset, uint32_t bytes,
                                tendon_dma_direction_t direction) {
  (void)ctx;
  if (offset > dma->bytes || bytes > dma->bytes - offset) return TENDON_E_ARG;
  if (bytes == 0) return TENDON_OK;
  const uint32_t end = (offset + bytes + 3) & ~3u;
  for (uint32_t at = offset & ~3u; at < end;) {
    const uint32_t part = end - at < MOST_DATA ? end - at : MOST_DATA;
    uint8_t* const cpu = (uint8_t*)dma->cpu + at;
    const int out_way = direction == TENDON_DMA_TO_DEVICE;
    const request_t request = {
        out_way ? WRITE_MEM : READ_MEM, dma->bus + at,        part,
        out_way ? cpu : NULL,           out_way ? NULL : cpu, out_way ? 0 : part};
    const tendon_status_t status = transact(&request);
    if (status != TENDON_OK) return status;
    at += part;
  }
  return TENDON_OK;
}

static tendon_status_t irq_wait(void* ctx, uint64_t timeout_us) {
  (void)ctx;
  if ((board_setup() & VP_SETUP_POLL) != 0) return TENDON_OK;
  const uint32_t before = board_mark(VP_MARK_WAIT);
  const int raised = board_wait_source(VP_IRQ_ACCEL, timeout_us * TICKS_PER_US);
  (void)board_mark(before);
  return raised ? TENDON_OK : TENDON_E_TIMEOUT;
}

static uint64_t time_us(void* ctx) {
  (void)ctx;
  return board_ticks() / TICKS_PER_US;
}

static tendon_hal_t hal = {
    .size = sizeof(tendon_hal_t),
    .reg_read = reg_read,
    .reg_write = reg_write,
    .dma_alloc = dma_alloc,
    .dma_free = dma_free,
    .dma_sync = dma_sync,
    .irq_wait = irq_wait,
    .time_us = time_us,
    .flags = TENDON_HAL_CHECKED_LINK, /* every frame has its CRC */
};

/* What a register access and a byte take, from a short and a long frame. */
static tendon_status_t measure(void) {
  static uint8_t bytes[MEASURED_BYTES];
  uint32_t id;
  const request_t request = {READ_MEM, 0, MEASURED_BYTES, NULL, bytes, MEASURED_BYTES};
  const uint64_t begin = board_ticks();
  if (reg_read(NULL, TENDON_ID_OFFSET, &id) != TENDON_OK) return TENDON_E_IO;
  const uint64_t access = board_ticks() - begin;
  const tendon_status_t status = transact(&request);
  const uint64_t more = board_ticks() - begin - 2 * access;
  hal.link.access_ns = (uint32_t)access * NS_PER_TICK;
  hal.link.bytes_per_second = (uint32_t)(MEASURED_BYTES * (uint64_t)VP_TIMER_HZ / more);
  return status;
}

const tendon_hal_t* hal_spi(void) {
  uint32_t hello[4] = {0};
  const request_t request = {HELLO, 0, 0, NULL, (uint8_t*)hello, sizeof(hello)};
  dw_ssi_init(mmio_read(VP_PORT_BASE + VP_PORT_SPI_DIVIDER));
  if (transact(&request) != TENDON_OK || hello[0] != PROTOCOL) return NULL;
  memory_end = hello[1];
  if (measure() != TENDON_OK) return NULL;
  hal.link.device_hz = hello[2];
  hal.link.processor_hz = VP_CPU_HZ;
  return &hal;
}
