// SPDX-License-Identifier: MIT
// kernel_level [ROOT]: prints the kernel level this machine takes, and why; see tendon_host.h.
// ROOT: a folder whose proc/ describes the machine instead. Exit code 1 on an error.
#include <cstdio>

#include "tendon/tendon_host.h"

int main(int argc, char** argv) {
  if (argc > 2) {
    std::fprintf(stderr, "usage: kernel_level [ROOT]\n");
    return 1;
  }
  char text[200] = "";
  tendon_level_t level = TENDON_LEVEL_AUTO;
  const tendon_status_t status =
      tendon_host_level_at(argc == 2 ? argv[1] : nullptr, &level, text, sizeof(text));
  std::fprintf(status == TENDON_OK ? stdout : stderr, "%s\n", text);
  return status == TENDON_OK ? 0 : 1;
}
