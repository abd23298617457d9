/* SPDX-License-Identifier: MIT */
#include "firmware/board.h"

void board_print(const char* text) {
  for (; *text != '\0'; ++text) {
    if (*text == '\n') board_putc('\r');
    board_putc(*text);
  }
}

void board_print_number(int32_t value) {
  char digits[12];
  char* at = digits + sizeof(digits) - 1;
  uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
  *at = '\0';
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (value < 0) *--at = '-';
  board_print(at);
}
