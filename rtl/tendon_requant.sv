// SPDX-License-Identifier: MIT
//
// Requantization of one accumulator: y = clamp(zy + round(acc * M * 2^-S), lo, hi), bit for bit as
// docs/numerics.md says, in modes float, even, up, floor and, with MultWidth = 31, tflite. No float
// unit, no absolute value: with the product x = acc * M * 2^-S in two's complement, v = floor(x),
// f = x - v and n the bit length of v (of ~v when negative), mode float is a tie exactly when
// 1/2 - d <= f <= 1/2 + d, d = 2^-(25-n).
//
// Mode tflite rounds to a multiple of 2^31 first. Its 2^30 is in the product from the start, at the
// place from where the remaining passes move it to bit 30; then what is below bit 31 is dropped.
//
// The accumulator is multiplied in pieces of PieceWidth bits, the highest first, one a cycle; how
// many is the caller's knowledge of the range. Stages:
//
//   1  piece_i * mult_i            piece_i is signed: only the highest can be < 0
//   2  product = (first ? 0 : product << PieceWidth) + that; with keep_i the pieces are operands
//      of a sum, each with its own multiplier: (first ? 0 : product) + that
//   3  shift: 10 integer bits (saturated), 25 fraction bits, sticky
//   4  round, add zy, clamp
//
// piece_i and mult_i belong to stage 1, first2_i to stage 2, shift3_i to stage 3; y_o can be read
// four cycles after the last piece was in stage 1. rounding_i, keep_i, zy_i, lo_i, hi_i are
// constant for a layer.
module tendon_requant #(
  parameter int unsigned MultWidth = 24,  // 31: mode tflite is built
  parameter int unsigned PieceWidth = 8,
  parameter int unsigned MultBlocks = 0  // the product is made of the device's multiplier blocks
) (
  input  logic                       clk_i,
  input  logic [2:0]                 rounding_i,
  input  logic                       keep_i,
  input  logic                       narrow_i,  // as tendon_pkg::passes_of
  input  logic signed [8:0]          zy_i,
  input  logic signed [8:0]          lo_i,
  input  logic signed [8:0]          hi_i,
  input  logic signed [PieceWidth:0] piece_i,
  input  logic [MultWidth-1:0]       mult_i,
  input  logic                       first2_i,
  input  logic [5:0]                 shift3_i,
  output logic signed [8:0]          y_o
);

  localparam int unsigned PartWidth = PieceWidth + 1 + MultWidth;
  localparam int unsigned ProductWidth = 32 + MultWidth;
  localparam int unsigned FracWidth = 25;
  localparam int unsigned IntWidth = 10;  // beyond that zy, 9 bits, cannot reach the clamps

  // Stages 1 and 2.
  logic signed [PartWidth-1:0]    part_d, part_q;
  logic                           one_d, one_q;
  logic signed [ProductWidth-1:0] product_q;

  tendon_mult #(
    .MultWidth(MultWidth),
    .PieceWidth(PieceWidth),
    .MultBlocks(MultBlocks)
  ) u_mult (
    .piece_i,
    .mult_i,
    .part_o(part_d),
    .one_o(one_d)
  );

  // The lowest bit of both operands makes a carry of the multiplier's 1.
  logic signed [ProductWidth-1:0] earlier, start;
  logic signed [ProductWidth:0]   twice;
  assign earlier = first2_i ? start : keep_i ? product_q : product_q <<< PieceWidth;
  assign twice   = $signed({earlier, one_q}) + $signed({ProductWidth'(part_q), one_q});

  always_ff @(posedge clk_i) begin
    part_q    <= part_d;
    one_q     <= one_d;
    product_q <= twice[ProductWidth:1];
  end

  logic unused_half;
  assign unused_half = twice[0];

  localparam bit          Tflite = MultWidth >= 31;
  localparam int unsigned NudgeNarrow = 30 - (16 - PieceWidth);
  localparam int unsigned NudgeWide = 30 - (32 - PieceWidth);

  logic                           is_tflite;
  logic signed [ProductWidth-1:0] value;

  assign is_tflite = Tflite && rounding_i == tendon_regs_pkg::RoundingTflite;
  always_comb begin
    start = '0;
    value = product_q;
    if (is_tflite) begin
      start[narrow_i ? NudgeNarrow : NudgeWide] = 1'b1;
      value[30:0] = '0;
    end
  end

  // Stage 3.
  logic [IntWidth+FracWidth-1:0] fixed;
  logic                          sticky, over;

  tendon_shift #(
    .InWidth(ProductWidth),
    .IntWidth(IntWidth),
    .FracWidth(FracWidth)
  ) u_shift (
    .value_i(value),
    .shift_i(shift3_i),
    .fixed_o(fixed),
    .sticky_o(sticky),
    .over_o(over)
  );

  logic signed [IntWidth-1:0] v_q;
  logic [FracWidth-1:0]       f_q;
  logic                       sticky_q, below_q, above_q;  // beyond every clamp

  always_ff @(posedge clk_i) begin
    sticky_q <= sticky;
    f_q      <= fixed[FracWidth-1:0];
    v_q      <= $signed(fixed[FracWidth +: IntWidth]);
    below_q  <= over && product_q[ProductWidth-1];
    above_q  <= over && !product_q[ProductWidth-1];
  end

  // Stage 4.
  logic [IntWidth-2:0]      magnitude, longer;
  logic                     half, zeros, ones, edge_hit, tie_float, tie_even, up;
  logic signed [IntWidth:0] sum;
  logic signed [8:0]        y_d;

  assign magnitude = v_q[IntWidth-2:0] ^ {(IntWidth-1){v_q[IntWidth-1]}};

  always_comb begin
    // longer[j]: n > j. The lowest n fraction bits are outside the window of mode float.
    for (int unsigned j = 0; j < IntWidth - 1; j++) longer[j] = |(magnitude >> j);
    half  = f_q[FracWidth-1];
    zeros = f_q[FracWidth-2:IntWidth-1] == '0 && (f_q[IntWidth-2:0] & ~longer) == '0;
    ones  = f_q[FracWidth-2:IntWidth-1] == '1 && (f_q[IntWidth-2:0] | longer) == '1;
    edge_hit = f_q[FracWidth-2:IntWidth-1] == '0 && !sticky_q
        && f_q[IntWidth-2:0] == (~longer & {longer[IntWidth-3:0], 1'b1});
    tie_float = half ? zeros || edge_hit : ones;
    tie_even  = half && f_q[FracWidth-2:0] == '0 && !sticky_q;
    unique case (rounding_i)
      tendon_regs_pkg::RoundingFloat: up = tie_float ? v_q[0] : half;
      tendon_regs_pkg::RoundingEven:  up = tie_even ? v_q[0] : half;
      tendon_regs_pkg::RoundingUp:    up = half;
      // Half away from zero.
      tendon_regs_pkg::RoundingTflite: begin
        up = Tflite && half && (!v_q[IntWidth-1] || f_q[FracWidth-2:0] != '0 || sticky_q);
      end
      default:                        up = 1'b0;
    endcase
    sum = (IntWidth+1)'(v_q) + (IntWidth+1)'(zy_i) + $signed({{IntWidth{1'b0}}, up});
    if (below_q || (!above_q && sum < (IntWidth+1)'(lo_i))) y_d = lo_i;
    // Inverts hi_i, which rows share.
    else if (above_q || !(sum <= (IntWidth+1)'(hi_i))) y_d = hi_i;
    else y_d = sum[8:0];
  end

  always_ff @(posedge clk_i) y_o <= y_d;

endmodule
