// SPDX-License-Identifier: MIT
//
// Sum of Lanes products of unsigned 2-bit numbers (bricks), combinational.
//
// All lanes are computed at once in one wide vector with a field per lane: simulators handle that
// in a few machine words, and synthesis folds the constant zeros between the fields away, which
// leaves four LUT4 per brick and one adder bit per sum bit of a balanced tree. (Written as separate
// adders, Yosys merges the tree into carry-save form, 30 % larger.) The order of the lanes does not
// matter to the sum, so fields are split into even and odd ones wherever that saves moving bits.
module tendon_dot #(
  parameter int unsigned Lanes = 16  // 16 or 32
) (
  input  logic [2*Lanes-1:0]       act_i,
  input  logic [2*Lanes-1:0]       wgt_i,
  output logic [3+$clog2(Lanes):0] sum_o
);

  localparam int unsigned Width = 4 * Lanes;

  localparam logic [2*Lanes-1:0] Fields2 = {(Lanes/2){4'h3}};
  localparam logic [Width-1:0] Bit0 = {Lanes{4'h1}};
  localparam logic [Width-1:0] Fields4 = {(Lanes/2){8'h0F}};
  localparam logic [Width-1:0] Fields8 = {(Lanes/4){16'h00FF}};
  localparam logic [Width-1:0] Fields16 = {(Lanes/8){32'h0000FFFF}};

  logic [Width-1:0] act, wgt, a0, a1, w0, w1, x01, x10, x11, carry;
  logic [Width-1:0] products, sums1, sums2, sums3, sums4;

  assign act = {(act_i >> 2) & Fields2, act_i & Fields2};
  assign wgt = {(wgt_i >> 2) & Fields2, wgt_i & Fields2};
  assign a0 = act & Bit0;
  assign a1 = (act >> 1) & Bit0;
  assign w0 = wgt & Bit0;
  assign w1 = (wgt >> 1) & Bit0;

  assign x01 = a0 & w1;
  assign x10 = a1 & w0;
  assign x11 = a1 & w1;
  assign carry = x01 & x10;
  assign products = (a0 & w0) | (x01 ^ x10) << 1 | (x11 ^ carry) << 2 | (x11 & carry) << 3;

  assign sums1 = (products & Fields4) + ((products >> 4) & Fields4);
  assign sums2 = (sums1 & Fields8) + ((sums1 >> 8) & Fields8);
  assign sums3 = (sums2 & Fields16) + ((sums2 >> 16) & Fields16);

  if (Lanes == 16) begin : gen_16
    assign sums4 = sums3;
  end else begin : gen_32
    assign sums4 = {64'b0, sums3[63:0] + sums3[127:64]};
  end

  assign sum_o = sums4[3+$clog2(Lanes):0] + sums4[32 +: 4+$clog2(Lanes)];

  // The fields' upper bits are always zero.
  logic unused_sums;
  assign unused_sums = ^sums4;

endmodule
