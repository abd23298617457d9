/* SPDX-License-Identifier: MIT
 *
 * Reset to main() on PicoRV32, which has no machine-mode CSRs; interrupts stay masked. What main()
 * gives back is the exit code. */
  .section .init, "ax"
  .globl _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  la a0, __bss_begin
  la a2, __bss_end
  sub a2, a2, a0
  li a1, 0
  call memset
  call main
  call board_exit
1:
  j 1b
  .size _start, . - _start
