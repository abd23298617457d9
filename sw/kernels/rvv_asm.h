/* SPDX-License-Identifier: MIT
 *
 * The vector loops, for RVV 0.7.1 (rvv071.S) and 1.0 (rvv10.S): one text, because every instruction
 * used here has the same encoding in both, but for two, which come in as
 *
 *   RVV_SEW_SHIFT  where the element width lies in vtype: bit 2 or bit 3
 *   RVV_CONVERT    funct6 of the conversions between float and integer: 0x22 or 0x12
 *   RVV_LENGTH_IS_128  1 where vectors have exactly 128 bits (the C906), 0 where more is possible
 *
 * Loads and stores are those of the element width that is set, which 0.7.1 calls vlbu.v, vlwu.v,
 * vsb.v and vsw.v: the encodings of vle8.v, vle32.v, vse8.v and vse32.v.
 *
 * 0.7.1 zeroes the elements behind vl in every register that is written. So a sum is never touched
 * with another vl: all loops over products run with 32 channels, which is the whole group at a
 * vector length of 128 bits (longer vectors use a part). Only the rounding and storing of finished
 * sums runs with fewer.
 *
 * Argument structs: rvv.hpp. Vector registers and t0-t6, a0-a7, ft0-ft2 are free to use.
 */
/* clang-format off */
#define E8 0
#define E16 1
#define E32 2
#define E64 3
#define M1 0
#define M2 1
#define M4 2
#define M8 3
/* vsetvli zero, rs, ... */
#define VSET(rs, sew, lmul) .insn i 0x57, 7, x0, rs, ((sew << RVV_SEW_SHIFT) | lmul)
/* vfcvt.f.x.v and vfcvt.x.f.v; registers by number */
#define VFCVT_F_X(vd, vs) .insn r 0x57, 1, (RVV_CONVERT << 1 | 1), x##vd, x3, x##vs
#define VFCVT_X_F(vd, vs) .insn r 0x57, 1, (RVV_CONVERT << 1 | 1), x##vd, x1, x##vs
/* vfncvt.f.x.w: 64-bit integers to float32 */
#define VFNCVT_F_X(vd, vs) .insn r 0x57, 1, (RVV_CONVERT << 1 | 1), x##vd, x19, x##vs

#define FUNCTION(name) .section .text.name, "ax", @progbits; .balign 4; .globl name; \
  .type name, @function; name:
#define END(name) .size name, . - name

  .option arch, +v

/* Four elements of the window at `from` into a4..a7. */
#define LOAD_CODES(from) lb a4, 0(from); lb a5, 1(from); lb a6, 2(from); lb a7, 3(from)
/* Weights of four elements, 32 channels each: v24, v26, v28, v30. One load does it where a register
 * has exactly 128 bits. */
#if RVV_LENGTH_IS_128
#define LOAD_WEIGHTS VSET(a3, E8, M8); vle8.v v24, (t2); addi t2, t2, 128; VSET(a2, E8, M2)
#else
#define LOAD_WEIGHTS VSET(a2, E8, M2); vle8.v v24, (t2); addi t2, t2, 32; vle8.v v26, (t2); \
  addi t2, t2, 32; vle8.v v28, (t2); addi t2, t2, 32; vle8.v v30, (t2); addi t2, t2, 32
#endif

/* void RVV(mac1)(const MacJob*): one position.
 * t0 window, t2 weights, t3 sums, t4 end of the window, t5 products of a 16-bit sum, t6 their end,
 * a2 = 32, a3 = 128. v0-v7 the sums, v16-v23 16-bit sums, v24-v31 weights. */
FUNCTION(RVV(mac1))
  ld t0, 0(a0)
  ld t2, 16(a0)
  ld t3, 24(a0)
  ld t4, 32(a0)
  ld t5, 40(a0)
  li a2, 32
  li a3, 128
  add t4, t4, t0
  VSET(a2, E32, M8)
  vmv.v.i v0, 0
  li t6, 2
  bltu t5, t6, 1f
  bne t5, t6, 3f
  j 2f
/* One product a 16-bit sum. */
1:
  LOAD_WEIGHTS
  LOAD_CODES(t0)
  vwmul.vx v16, v24, a4
  vwmul.vx v20, v26, a5
  VSET(a2, E16, M4)
  vwadd.wv v0, v0, v16
  vwadd.wv v0, v0, v20
  addi t0, t0, 4
  VSET(a2, E8, M2)
  vwmul.vx v16, v28, a6
  vwmul.vx v20, v30, a7
  VSET(a2, E16, M4)
  vwadd.wv v0, v0, v16
  vwadd.wv v0, v0, v20
  bne t0, t4, 1b
  j 5f
/* Two products a 16-bit sum. */
2:
  LOAD_WEIGHTS
  LOAD_CODES(t0)
  vwmul.vx v16, v24, a4
  vwmul.vx v20, v28, a6
  vwmacc.vx v16, a5, v26
  vwmacc.vx v20, a7, v30
  addi t0, t0, 4
  VSET(a2, E16, M4)
  vwadd.wv v0, v0, v16
  vwadd.wv v0, v0, v20
  bne t0, t4, 2b
  j 5f
/* t5 products a 16-bit sum. */
3:
  add t6, t0, t5
  bleu t6, t4, 31f
  mv t6, t4
31:
  VSET(a2, E16, M4)
  vmv.v.i v16, 0
4:
  LOAD_WEIGHTS
  LOAD_CODES(t0)
  vwmacc.vx v16, a4, v24
  vwmacc.vx v16, a5, v26
  addi t0, t0, 4
  vwmacc.vx v16, a6, v28
  vwmacc.vx v16, a7, v30
  bne t0, t6, 4b
  VSET(a2, E16, M4)
  vwadd.wv v0, v0, v16
  bne t0, t4, 3b
5:
  VSET(a2, E32, M8)
  vse32.v v0, (t3)
  ret
END(RVV(mac1))

/* void RVV(mac2)(const MacJob*): two positions that share the loads of weights; not one product.
 * As mac1; t1 the second window, v8-v15 its sums, v16-v19 and v20-v23 the 16-bit sums. */
FUNCTION(RVV(mac2))
  ld t0, 0(a0)
  ld t1, 8(a0)
  ld t2, 16(a0)
  ld t3, 24(a0)
  ld t4, 32(a0)
  ld t5, 40(a0)
  li a2, 32
  li a3, 128
  add t4, t4, t0
  VSET(a2, E32, M8)
  vmv.v.i v0, 0
  vmv.v.i v8, 0
  li t6, 2
  bne t5, t6, 3f
1:
  LOAD_WEIGHTS
  LOAD_CODES(t0)
  lb a0, 0(t1)
  lb a1, 1(t1)
  vwmul.vx v16, v24, a4
  vwmul.vx v20, v24, a0
  lb a4, 2(t1)
  vwmacc.vx v16, a5, v26
  vwmacc.vx v20, a1, v26
  lb a5, 3(t1)
  VSET(a2, E16, M4)
  vwadd.wv v0, v0, v16
  vwadd.wv v8, v8, v20
  addi t0, t0, 4
  VSET(a2, E8, M2)
  vwmul.vx v16, v28, a6
  vwmul.vx v20, v28, a4
  vwmacc.vx v16, a7, v30
  vwmacc.vx v20, a5, v30
  addi t1, t1, 4
  VSET(a2, E16, M4)
  vwadd.wv v0, v0, v16
  vwadd.wv v8, v8, v20
  bne t0, t4, 1b
  j 5f
3:
  add t6, t0, t5
  bleu t6, t4, 31f
  mv t6, t4
31:
  VSET(a2, E16, M4)
  vmv.v.i v16, 0
  vmv.v.i v20, 0
4:
  LOAD_WEIGHTS
  LOAD_CODES(t0)
  vwmacc.vx v16, a4, v24
  lb a4, 0(t1)
  vwmacc.vx v16, a5, v26
  lb a5, 1(t1)
  vwmacc.vx v16, a6, v28
  lb a6, 2(t1)
  vwmacc.vx v16, a7, v30
  lb a7, 3(t1)
  vwmacc.vx v20, a4, v24
  vwmacc.vx v20, a5, v26
  addi t0, t0, 4
  vwmacc.vx v20, a6, v28
  addi t1, t1, 4
  vwmacc.vx v20, a7, v30
  bne t0, t6, 4b
  VSET(a2, E16, M4)
  vwadd.wv v0, v0, v16
  vwadd.wv v8, v8, v20
  bne t0, t4, 3b
5:
  VSET(a2, E32, M8)
  vse32.v v0, (t3)
  addi t3, t3, 128
  vse32.v v8, (t3)
  ret
END(RVV(mac2))

/* Codes of the 32-bit numbers in v8 (t1 of them, at most 32), which fit a byte, to (t2). */
#define STORE_BYTES VSET(t1, E16, M4); vnsrl.wi v16, v8, 0; VSET(t1, E8, M2); \
  vnsrl.wi v20, v16, 0; vse8.v v20, (t2)

/* void RVV(encode_float)(const EncodeJob*): mode float, up to 32 channels. */
FUNCTION(RVV(encode_float))
  ld t0, 0(a0)
  ld t1, 8(a0)
  ld t2, 16(a0)
  ld t3, 24(a0)
  ld t4, 32(a0)
  lw a1, 48(a0)
  lw a2, 52(a0)
  lw a3, 56(a0)
  fcvt.s.w ft0, a1
  fcvt.s.w ft1, a2
  VSET(t1, E32, M8)
  vle32.v v8, (t0)
1:
  addi t3, t3, -1
  beqz t3, 2f
  addi t0, t0, 128
  vle32.v v0, (t0)
  vmax.vv v8, v8, v0
  j 1b
2:
  vle32.v v0, (t4)
  vadd.vv v8, v8, v0
  VFCVT_F_X(8, 8)
  addi t4, t4, 128
  vle32.v v0, (t4)
  vfmul.vv v8, v8, v0
  vfmax.vf v8, v8, ft0
  vfmin.vf v8, v8, ft1
  VFCVT_X_F(8, 8)
  vadd.vx v8, v8, a3
  STORE_BYTES
  ret
END(RVV(encode_float))

/* void RVV(encode_fixed)(const EncodeJob*): the other modes, up to 16 channels. The product has 64
 * bits; vnclip shifts it right, rounds as vxrm says and narrows it to 32.
 * tflite: by 31 with ties up, then once more by the rest with ties away from zero, which is ties up
 * of one less for a negative number; `away` is -1 where there is a rest, else 0. */
FUNCTION(RVV(encode_fixed))
  ld t0, 0(a0)
  ld t1, 8(a0)
  ld t2, 16(a0)
  ld t3, 24(a0)
  ld t4, 32(a0)
  ld t5, 40(a0)
  lw a1, 48(a0)
  lw a2, 52(a0)
  lw a3, 56(a0)
  li t6, 4
  bne t5, t6, 11f
  li t5, 0
11:
  csrw 0x00a, t5
  VSET(t1, E32, M4)
  vle32.v v8, (t0)
1:
  addi t3, t3, -1
  beqz t3, 2f
  addi t0, t0, 128
  vle32.v v0, (t0)
  vmax.vv v8, v8, v0
  j 1b
2:
  vle32.v v0, (t4)
  vadd.vv v8, v8, v0
  addi t4, t4, 128
  vle32.v v0, (t4)
  vwmul.vv v16, v8, v0
  addi t4, t4, 128
  vle32.v v0, (t4)
  ld t5, 40(a0)
  beq t5, t6, 3f
  vnclip.wv v8, v16, v0
  j 4f
3:
  li t5, 31
  vnclip.wx v12, v16, t5
  addi t4, t4, 128
  vle32.v v4, (t4)
  vsra.vi v8, v12, 31
  vand.vv v8, v8, v4
  vadd.vv v8, v12, v8
  vssra.vv v8, v8, v0
4:
  vmax.vx v8, v8, a1
  vmin.vx v8, v8, a2
  vadd.vx v8, v8, a3
  VSET(t1, E16, M2)
  vnsrl.wi v16, v8, 0
  VSET(t1, E8, M1)
  vnsrl.wi v20, v16, 0
  vse8.v v20, (t2)
  ret
END(RVV(encode_fixed))

/* Registers of the loops over taps: t0 first code, t1 weights, t3 rows, t4 columns, t5 bytes between
 * rows, t6 bytes between columns, a1 channels; a2 is the code's address, a3 the column. */
#define LOAD_TAPS ld t0, 0(a0); ld t1, 8(a0); ld t2, 16(a0); ld t3, 24(a0); ld t4, 32(a0); \
  ld t5, 40(a0); ld t6, 48(a0); ld a1, 56(a0)

/* void RVV(taps)(const TapJob*): sums over a window, each channel by itself. */
FUNCTION(RVV(taps))
  LOAD_TAPS
  VSET(a1, E32, M8)
  vmv.v.i v0, 0
1:
  mv a2, t0
  mv a3, t4
2:
  VSET(a1, E8, M2)
  vle8.v v16, (a2)
  vle8.v v18, (t1)
  add a2, a2, t6
  addi t1, t1, 32
  vwmul.vv v20, v16, v18
  addi a3, a3, -1
  VSET(a1, E16, M4)
  vwadd.wv v0, v0, v20
  bnez a3, 2b
  addi t3, t3, -1
  add t0, t0, t5
  bnez t3, 1b
  VSET(a1, E32, M8)
  vse32.v v0, (t2)
  ret
END(RVV(taps))

/* void RVV(largest)(const TapJob*, long least, long bits): codes, the largest of a window and
 * `least`, exclusive or `bits`. */
FUNCTION(RVV(largest))
  mv a4, a1
  mv a5, a2
  LOAD_TAPS
  VSET(a1, E8, M2)
  vmv.v.x v0, a4
1:
  mv a2, t0
  mv a3, t4
2:
  vle8.v v16, (a2)
  add a2, a2, t6
  addi a3, a3, -1
  vmax.vv v0, v0, v16
  bnez a3, 2b
  addi t3, t3, -1
  add t0, t0, t5
  bnez t3, 1b
  vxor.vx v0, v0, a5
  vse8.v v0, (t2)
  ret
END(RVV(largest))

/* void RVV(add)(const AddJob*): 16 elements at a time.
 * t0, t1 operands, t2 result, t3 elements left, t4 of this round, t5 shift; a1, a2 flips, a3, a4
 * multipliers, a5 offset, a6, a7, t6 limits and zero; a0 not 0 and ft0-ft2 scale and limits in mode
 * float, where a sum becomes a float32 first. */
FUNCTION(RVV(add))
  ld t0, 0(a0)
  ld t1, 8(a0)
  ld t2, 16(a0)
  ld t3, 24(a0)
  ld a5, 32(a0)
  ld t5, 48(a0)
  lw a1, 56(a0)
  lw a2, 60(a0)
  lw a3, 64(a0)
  lw a4, 68(a0)
  lw a6, 72(a0)
  lw a7, 76(a0)
  lw t6, 80(a0)
  flw ft0, 84(a0)
  fcvt.s.w ft1, a6
  fcvt.s.w ft2, a7
  andi t4, t5, 3
  csrw 0x00a, t4
  andi t4, t5, 4
  ld t5, 40(a0)
  mv a0, t4
1:
  li t4, 16
  bgeu t3, t4, 2f
  mv t4, t3
2:
  VSET(t4, E8, M1)
  vle8.v v0, (t0)
  vle8.v v2, (t1)
  vxor.vx v0, v0, a1
  vxor.vx v2, v2, a2
  vwadd.vx v4, v0, zero
  vwadd.vx v6, v2, zero
  add t0, t0, t4
  VSET(t4, E16, M2)
  vwadd.vx v8, v4, zero
  vwadd.vx v12, v6, zero
  add t1, t1, t4
  VSET(t4, E32, M4)
  vwmul.vx v16, v8, a3
  vwmacc.vx v16, a4, v12
  VSET(t4, E64, M8)
  vadd.vx v16, v16, a5
  VSET(t4, E32, M4)
  bnez a0, 4f
  vnclip.wx v8, v16, t5
  vmax.vx v8, v8, a6
  vmin.vx v8, v8, a7
3:
  vadd.vx v8, v8, t6
  VSET(t4, E16, M2)
  vnsrl.wi v12, v8, 0
  VSET(t4, E8, M1)
  vnsrl.wi v14, v12, 0
  vse8.v v14, (t2)
  sub t3, t3, t4
  add t2, t2, t4
  bnez t3, 1b
  ret
4:
  VFNCVT_F_X(8, 16)
  vfmul.vf v8, v8, ft0
  vfmax.vf v8, v8, ft1
  vfmin.vf v8, v8, ft2
  VFCVT_X_F(8, 8)
  j 3b
END(RVV(add))

/* void RVV(spread)(int8_t* to, const uint8_t* from, size_t count, long bits): to[32 i] = from[i] ^
 * bits. */
FUNCTION(RVV(spread))
  li t0, 128
  li t2, 32
1:
  beqz a2, 3f
  mv t1, t0
  bgeu a2, t0, 2f
  mv t1, a2
2:
  VSET(t1, E8, M8)
  vle8.v v0, (a1)
  vxor.vx v0, v0, a3
  vsse8.v v0, (a0), t2
  add a1, a1, t1
  slli t3, t1, 5
  add a0, a0, t3
  sub a2, a2, t1
  j 1b
3:
  ret
END(RVV(spread))

/* void RVV(look_up)(uint8_t* to, const uint8_t* from, size_t count, const int8_t* table): a gather
 * of an index behind the group gives 0. Where a group has 128 elements, the lower half of the table
 * gives way to the result of the upper half and is loaded again. */
FUNCTION(RVV(look_up))
  li t0, 256
  .insn i 0x57, 7, t1, t0, ((E8 << RVV_SEW_SHIFT) | M8) /* vsetvli t1, t0, e8, m8 */
  addi a4, a3, 128
  li t2, -128
  vle8.v v8, (a3)
  beq t1, t0, 4f
  vle8.v v16, (a4)
1:
  mv t3, t1
  bgeu a2, t1, 2f
  mv t3, a2
2:
  beqz a2, 3f
  VSET(t3, E8, M8)
  vle8.v v0, (a1)
  vrgather.vv v24, v8, v0
  vxor.vx v0, v0, t2
  vrgather.vv v8, v16, v0
  vor.vv v24, v24, v8
  vse8.v v24, (a0)
  VSET(t1, E8, M8)
  vle8.v v8, (a3)
  add a1, a1, t3
  add a0, a0, t3
  sub a2, a2, t3
  j 1b
3:
  ret
4:
  beqz a2, 3b
  mv t3, t1
  bgeu a2, t1, 5f
  mv t3, a2
5:
  VSET(t3, E8, M8)
  vle8.v v0, (a1)
  vrgather.vv v24, v8, v0
  vse8.v v24, (a0)
  add a1, a1, t3
  add a0, a0, t3
  sub a2, a2, t3
  j 4b
END(RVV(look_up))

/* void RVV(flip)(int8_t* to, const uint8_t* from, size_t count, long bits): to = from ^ bits. */
FUNCTION(RVV(flip))
  li t0, 128
1:
  beqz a2, 3f
  mv t1, t0
  bgeu a2, t0, 2f
  mv t1, a2
2:
  VSET(t1, E8, M8)
  vle8.v v0, (a1)
  vxor.vx v0, v0, a3
  vse8.v v0, (a0)
  add a1, a1, t1
  add a0, a0, t1
  sub a2, a2, t1
  j 1b
3:
  ret
END(RVV(flip))
