/* SPDX-License-Identifier: MIT
 *
 * A file in shared memory between a program that uses the library (client) and a process that
 * simulates the accelerator (server). Little-endian; offsets are those of a natural C layout.
 *
 *   0                header, written by the server before `magic`
 *   dma_offset       dma_bytes of device memory: bus addresses dma_base and up
 *
 * One request at a time: the client fills its line, counts `request` up and waits until `reply` is
 * equal. Simulated time passes only inside requests. The reply to TENDON_SHM_WAIT is the interrupt
 * doorbell: it comes when the line is raised, or when `timeout_us` of simulated time have passed.
 *
 * Who sleeps says so (`server_sleeps`, `client_sleeps`) and waits by futex on the other's counter;
 * who counts up then wakes it.
 *
 * Alive means holding a lock (F_OFD_SETLK, exclusive, one byte): byte 0 the server, byte 1 the
 * client. The kernel drops it with the process, so death is seen at once, whatever the cause. A new
 * server makes a new file and renames it over the old one; nobody ever truncates a mapped file.
 */
#ifndef TENDON_TENDON_SHM_H_
#define TENDON_TENDON_SHM_H_

#include <stdint.h>

#define TENDON_SHM_MAGIC 0x4D534E54u /* "TNSM" */
#define TENDON_SHM_VERSION 1u
#define TENDON_SHM_LOCK_SERVER 0
#define TENDON_SHM_LOCK_CLIENT 1
#define TENDON_SHM_HEADER_BYTES 4096u

#define TENDON_SHM_READ 1u  /* register `offset`; value in `data` */
#define TENDON_SHM_WRITE 2u /* register `offset` becomes `value` */
#define TENDON_SHM_WAIT 3u  /* for the interrupt, `timeout_us` at most */
#define TENDON_SHM_TIME 4u  /* nothing but time_us */

typedef struct tendon_shm {
  uint32_t magic; /* last, with release order */
  uint32_t version;
  uint32_t dma_offset; /* in the file, multiple of 4096 */
  uint32_t dma_base;   /* bus address of its first byte, multiple of 64 */
  uint32_t dma_bytes;
  uint32_t reserved[11];

  /* client's line */
  uint32_t request;
  uint32_t op;
  uint32_t offset;
  uint32_t value;
  uint64_t timeout_us;
  uint32_t client_sleeps;
  uint32_t client_reserved[9];

  /* server's line */
  uint32_t reply;
  int32_t status; /* tendon_status_t of the request */
  uint32_t data;
  uint32_t server_sleeps;
  uint64_t time_us;  /* simulated; moves on during a long TENDON_SHM_WAIT */
  uint64_t requests; /* answered so far */
  uint32_t server_reserved[8];
} tendon_shm_t;

#endif /* TENDON_TENDON_SHM_H_ */
