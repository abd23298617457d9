// SPDX-License-Identifier: MIT
//
// Sum of Lanes products of 2-bit digits (bricks), combinational. A code 0..3 counts as the digit
// code - 1, and each product is counted 2 too high:
//
//   sum = sum over the lanes of (act - 1) * (wgt - 1) + 2
//
// Products of -1, 0, 1, 2 are -2, -1, 0, 1, 2, 4: with the 2 a number of three bits, where a
// product of 0..3 and 0..3 has four. A brick is three LUT4.
//
// All lanes are computed at once in one wide vector with a field per lane: simulators handle that
// in a few machine words, and synthesis folds the constant zeros between the fields away, which
// leaves the bricks and one adder bit per sum bit of a balanced tree. (Written as separate adders,
// Yosys merges the tree into carry-save form, 30 % larger.) The order of the lanes does not matter
// to the sum, so fields are split into even and odd ones wherever that saves moving bits.
module tendon_dot #(
  parameter int unsigned Lanes = 16  // 16 or 32
) (
  input  logic [2*Lanes-1:0]       act_i,
  input  logic [2*Lanes-1:0]       wgt_i,
  output logic [2+$clog2(Lanes):0] sum_o
);

  localparam int unsigned Width = 4 * Lanes;

  localparam logic [2*Lanes-1:0] Fields2 = {(Lanes/2){4'h3}};
  localparam logic [Width-1:0] Bit0 = {Lanes{4'h1}};
  localparam logic [Width-1:0] Fields4 = {(Lanes/2){8'h0F}};
  localparam logic [Width-1:0] Fields8 = {(Lanes/4){16'h00FF}};
  localparam logic [Width-1:0] Fields16 = {(Lanes/8){32'h0000FFFF}};

  logic [Width-1:0] act, wgt, a0, a1, w0, w1, lone, p0, p1, p2;
  logic [Width-1:0] products, sums1, sums2, sums3, sums4;

  assign act = {(act_i >> 2) & Fields2, act_i & Fields2};
  assign wgt = {(wgt_i >> 2) & Fields2, wgt_i & Fields2};
  assign a0 = act & Bit0;
  assign a1 = (act >> 1) & Bit0;
  assign w0 = wgt & Bit0;
  assign w1 = (wgt >> 1) & Bit0;

  assign lone = w1 & ~a0;
  assign p0 = ~(a0 | w0) & Bit0;
  assign p1 = ((a1 & (w0 ^ lone)) | ~(a1 | lone)) & Bit0;
  assign p2 = a1 & w1 & (a0 | w0);
  assign products = p0 | p1 << 1 | p2 << 2;

  assign sums1 = (products & Fields4) + ((products >> 4) & Fields4);
  assign sums2 = (sums1 & Fields8) + ((sums1 >> 8) & Fields8);
  assign sums3 = (sums2 & Fields16) + ((sums2 >> 16) & Fields16);

  if (Lanes == 16) begin : gen_16
    assign sums4 = sums3;
  end else begin : gen_32
    assign sums4 = {64'b0, sums3[63:0] + sums3[127:64]};
  end

  assign sum_o = sums4[2+$clog2(Lanes):0] + sums4[32 +: 3+$clog2(Lanes)];

  // The fields' upper bits are always zero.
  logic unused_sums;
  assign unused_sums = ^sums4;

endmodule
