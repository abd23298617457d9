/* SPDX-License-Identifier: MIT
 *
 * The same counts for emulators without plugins (qemu 5.2, qemu 10 of Debian), from their execution
 * trace with one instruction per block:
 *
 *   qemu -singlestep -d nochain,exec -D /dev/stderr PROGRAM 2>&1 >/dev/null | trace 0x12345
 *
 * Each line "Trace N: host [flags/pc/...]" is one executed instruction. Prints "segment N" per
 * execution of the instruction at the given address but the first.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: trace MARK\n");
    return 2;
  }
  const uint64_t mark = strtoull(argv[1], NULL, 0);
  uint64_t instructions = 0;
  uint64_t last = 0;
  int started = 0;
  char line[512];
  while (fgets(line, sizeof(line), stdin) != NULL) {
    if (strncmp(line, "Trace ", 6) != 0) continue;
    const char* pc = strchr(line, '/');
    if (pc == NULL) continue;
    if (strtoull(pc + 1, NULL, 16) == mark) {
      if (started) printf("segment %" PRIu64 "\n", instructions - last);
      started = 1;
      last = instructions;
    }
    ++instructions;
  }
  return 0;
}
