/* SPDX-License-Identifier: MIT */
#include "firmware/dw_ssi.h"

#include "firmware/mmio.h"
#include "firmware/platform.h"

#define CTRLR0 (VP_SPI_BASE + 0x00u)
#define SSIENR (VP_SPI_BASE + 0x08u)
#define SER (VP_SPI_BASE + 0x10u)
#define BAUDR (VP_SPI_BASE + 0x14u)
#define TXFTLR (VP_SPI_BASE + 0x18u)
#define RXFLR (VP_SPI_BASE + 0x24u)
#define IMR (VP_SPI_BASE + 0x2Cu)
#define DR (VP_SPI_BASE + 0x60u)
#define CTRLR0_8_BITS_MODE_0 7u
#define GPIO_DATA (VP_GPIO_BASE + 0x00u)
#define GPIO_DIRECTION (VP_GPIO_BASE + 0x04u)
#define MOST_DEPTH 256u

static size_t depth;

/* The threshold register takes only values below the FIFO's depth. */
static size_t find_depth(void) {
  uint32_t tried = 1;
  while (tried < MOST_DEPTH) {
    mmio_write(TXFTLR, tried);
    if (mmio_read(TXFTLR) != tried) break;
    ++tried;
  }
  mmio_write(TXFTLR, 0);
  return tried;
}

void dw_ssi_init(uint32_t divider) {
  mmio_write(SSIENR, 0);
  mmio_write(CTRLR0, CTRLR0_8_BITS_MODE_0);
  mmio_write(BAUDR, divider);
  mmio_write(IMR, 0);
  depth = find_depth();
  mmio_write(SER, 1);
  mmio_write(GPIO_DATA, 1);
  mmio_write(GPIO_DIRECTION, 1);
  mmio_write(SSIENR, 1);
}

/* Never more bytes under way than the receive FIFO can hold. Levels are asked for once per lot: an
 * access to the controller takes longer than a byte on a fast wire. */
void dw_ssi_exchange(const uint8_t* out, uint8_t* in, size_t bytes) {
  size_t sent = 0, received = 0;
  mmio_write(GPIO_DATA, 0);
  while (received < bytes) {
    size_t room = depth - (sent - received);
    for (; room > 0 && sent < bytes; --room) mmio_write(DR, out[sent++]);
    for (uint32_t there = mmio_read(RXFLR); there > 0; --there) {
      in[received++] = (uint8_t)mmio_read(DR);
    }
  }
  mmio_write(GPIO_DATA, 1);
}
