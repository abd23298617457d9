/* SPDX-License-Identifier: MIT
 *
 * Reset to main(): trap vector, stack, floating point, .bss. Never returns: what main() gives back
 * is the exit code. */
  .section .init, "ax"
  .globl _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la t0, trap_entry
  csrw mtvec, t0
  li t0, 0x6000 /* mstatus.FS: floating point on */
  csrs mstatus, t0
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
