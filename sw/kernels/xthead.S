/* SPDX-License-Identifier: MIT
 *
 * The inner loops of the packed convolution for level xthead: what conv_tiles() of conv_tiles.hpp
 * does, with every register in use. void tendon_xthead_conv_N_M_P(const ConvPart*): N column pairs,
 * M filters a tile, P tap groups. Offsets of ConvPart: conv_tiles.hpp.
 *
 * A C906 issues one instruction a cycle, th.lwd takes two, a loaded word is there one cycle later:
 * so all loads of a step come first. Registers of the inner loop, x5 to x31 and x1:
 *   x5..          packed sums, [pair][filter]
 *   then          M weight operands, reloaded for each group
 *   then to x28   N + P - 1 activation operands
 *   x29, x1       next activation operand, bytes to the next depth step
 *   x30, x31      next weight operand, end of the block's
 */
#include "kernels/build.hpp"
#if TENDON_HAS_XTHEAD
/* Instructions with computed register numbers; no spaces in arguments. */
.macro MULA rd, a, b
  .word 0x2000100b | ((\b) << 20) | ((\a) << 15) | ((\rd) << 7) /* th.mula */
.endm
.macro LWD rd1, rd2, base, index
  /* th.lwd */
  .word 0xe000400b | ((\index) << 25) | ((\rd2) << 20) | ((\base) << 15) | ((\rd1) << 7)
.endm
.macro LOAD_WORD rd, offset, base
  .word 0x2003 | ((\offset) << 20) | ((\base) << 15) | ((\rd) << 7)
.endm
.macro LOAD rd, offset, base
  .word 0x3003 | ((\offset) << 20) | ((\base) << 15) | ((\rd) << 7)
.endm
.macro STORE rs, offset, base
  .set registers, ((\rs) << 20) | ((\base) << 15)
  .word 0x3023 | (((\offset) >> 5) << 25) | registers | (((\offset) & 31) << 7)
.endm
.macro COPY rd, rs
  .word 0x13 | ((\rs) << 15) | ((\rd) << 7)
.endm

/* `count` words from number `first` behind `base` on, into the registers from `to` on. th.lwd
 * reaches words 0 to 7. */
.macro LOAD_WORDS count, first, to, base
  .set i, 0
  .rept (\count) / 2
    .if i+(\first) < 8
      LWD (\to)+i, (\to)+i+1, \base, (i+(\first))/2
    .else
      LOAD_WORD (\to)+i, 4*(i+(\first)), \base
      LOAD_WORD (\to)+i+1, 4*(i+(\first))+4, \base
    .endif
    .set i, i + 2
  .endr
  .if (\count) % 2
    LOAD_WORD (\to)+i, 4*(i+(\first)), \base
  .endif
.endm

/* One depth step; its weights are `words` behind x30. */
.macro STEP n, m, p, words
  .set w, 5 + \n * \m
  .set a, w + \m
  LOAD_WORDS \m, \words, w, 30
  LOAD_WORDS \n+\p-1, 0, a, 29
  .if \p == 1
    add x29, x29, x1
  .endif
  .set group, 0
  .rept \p
    .if group > 0
      LOAD_WORDS \m, \words+group*\m, w, 30
      .if group == 1
        add x29, x29, x1 /* in the time of a load */
      .endif
    .endif
    .set pair, 0
    .rept \n
      .set filter, 0
      .rept \m
        MULA 5+pair*\m+filter, a+pair+group, w+filter
        .set filter, filter + 1
      .endr
      .set pair, pair + 1
    .endr
    .set group, group + 1
  .endr
.endm

.macro CONV n, m, p
  .section .text.tendon_xthead_conv_\n\()_\m\()_\p, "ax", @progbits
  .balign 4
  .globl tendon_xthead_conv_\n\()_\m\()_\p
  .type tendon_xthead_conv_\n\()_\m\()_\p, @function
tendon_xthead_conv_\n\()_\m\()_\p:
  addi sp, sp, -176
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd s1, 16(sp)
  sd s2, 24(sp)
  sd s3, 32(sp)
  sd s4, 40(sp)
  sd s5, 48(sp)
  sd s6, 56(sp)
  sd s7, 64(sp)
  sd s8, 72(sp)
  sd s9, 80(sp)
  sd s10, 88(sp)
  sd s11, 96(sp)
  sd a0, 104(sp)
  ld x28, 16(a0)
  ld x27, 48(a0)
  ld x26, 96(a0)
  sd x28, 112(sp) /* first weight operand of the tile */
  sd x27, 120(sp) /* its packed sums */
  sd x26, 128(sp) /* tiles left */
1:
  ld x31, 104(sp)
  li x27, 4 * \m * \p
  ld x28, 80(x31)
  ld x30, 112(sp)
  mul x28, x28, x27
  ld x29, 0(x31)
  ld x1, 8(x31)
  ld x27, 32(x31)
  ld x26, 40(x31)
  ld x25, 88(x31)
  ld x24, 120(sp)
  add x30, x30, x28
  sd x27, 136(sp) /* the block's end */
  sd x26, 144(sp) /* its start values */
  sd x25, 152(sp) /* blocks left */
  sd x24, 160(sp) /* the block's packed sums */
2:
  ld x28, 144(sp)
  .set i, 0
  .rept \n
    LOAD 5+i*\m, 8*i, 28
    .set i, i + 1
  .endr
  .set i, 0
  .rept \n
    .set k, 1
    .rept \m - 1
      COPY 5+i*\m+k, 5+i*\m
      .set k, k + 1
    .endr
    .set i, i + 1
  .endr
  ld x27, 104(sp)
  ld x26, 136(sp)
  ld x27, 72(x27)
  lwu x31, 0(x26)
  add x28, x28, x27
  addi x26, x26, 4
  sd x28, 144(sp)
  li x27, 4 * \m * \p
  mul x31, x31, x27
  ld x27, 112(sp)
  sd x26, 136(sp)
  add x31, x31, x27
  .if \m == 4
    /* Two steps at a time, behind an odd one. */
    sub x28, x31, x30
    andi x28, x28, 4 * \m
    beqz x28, 3f
    STEP \n, \m, \p, 0
    addi x30, x30, 4 * \m
    beq x30, x31, 4f
3:
    STEP \n, \m, \p, 0
    STEP \n, \m, \p, 4
    addi x30, x30, 8 * \m
    bne x30, x31, 3b
  .else
3:
    STEP \n, \m, \p, 0
    addi x30, x30, 4 * \m * \p
    bne x30, x31, 3b
  .endif
4:
  ld x28, 160(sp)
  ld x27, 104(sp)
  ld x26, 152(sp)
  .set i, 0
  .rept \n * \m
    STORE 5+i, 8*i, 28
    .set i, i + 1
  .endr
  ld x27, 64(x27)
  addi x26, x26, -1
  sd x26, 152(sp)
  add x28, x28, x27
  sd x28, 160(sp)
  bnez x26, 2b
  ld x31, 104(sp)
  ld x28, 112(sp)
  ld x27, 24(x31)
  ld x26, 120(sp)
  ld x25, 56(x31)
  ld x24, 128(sp)
  add x28, x28, x27
  sd x28, 112(sp)
  add x26, x26, x25
  addi x24, x24, -1
  sd x26, 120(sp)
  sd x24, 128(sp)
  bnez x24, 1b
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  ld s2, 24(sp)
  ld s3, 32(sp)
  ld s4, 40(sp)
  ld s5, 48(sp)
  ld s6, 56(sp)
  ld s7, 64(sp)
  ld s8, 72(sp)
  ld s9, 80(sp)
  ld s10, 88(sp)
  ld s11, 96(sp)
  addi sp, sp, 176
  ret
  .size tendon_xthead_conv_\n\()_\m\()_\p, . - tendon_xthead_conv_\n\()_\m\()_\p
.endm

CONV 1, 4, 1
CONV 2, 4, 1
CONV 3, 4, 1
CONV 4, 4, 1
CONV 1, 2, 2
CONV 2, 2, 2
CONV 3, 2, 2
CONV 4, 2, 2
CONV 5, 2, 2
CONV 6, 2, 2
CONV 7, 2, 2
CONV 1, 2, 3
CONV 2, 2, 3
CONV 3, 2, 3
CONV 4, 2, 3
CONV 5, 2, 3
CONV 6, 2, 3
CONV 1, 2, 4
CONV 2, 2, 4
CONV 3, 2, 4
CONV 4, 2, 4
CONV 5, 2, 4
#endif
