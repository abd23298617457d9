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
// All lanes are computed at once in one wide vector with a field of four bits per lane: simulators
// handle that in a few machine words. The order of the lanes does not matter to the sum, so fields
// are even and odd lanes.
//
// The tree of adders, for 16 lanes: numbers that are added at the same time are side by side in one
// wide adder. Between two of them is a position where both operands have the same bit: as a sum bit
// it is the carry of the number below, as a carry it is a third summand of the number above. So w
// bits and a carry take 2 w + 1 bits in, 59 adder bits are enough for 48 product bits, and Yosys
// keeps them in carry chains, which it does not for adders of four bits or less on ECP5.
//
//   A0..A4   products 0..4 + products 5..9 + bit 0 of products 10..14
//   D0, D1   upper bits of products 10, 11 + those of 12, 13 + bit 1 of products 14, 15
//   B0, B1   A0 + A1 + bit 0 of A4, A2 + A3 + bit 0 of product 15
//   E, F     D0 + D1 + bit 1 of A4, upper bits of A4 + bit 2 of product 14
//   G, H     B0 + B1, upper bits of E + F + bit 2 of product 15
//   sum      G + 4 H + 2 (bit 0 of E)
module tendon_dot #(
  parameter int unsigned Lanes = 16  // 16 or 32
) (
  input  logic [2*Lanes-1:0]       act_i,
  input  logic [2*Lanes-1:0]       wgt_i,
  output logic [2+$clog2(Lanes):0] sum_o
);

  localparam int unsigned Width = 4 * Lanes;
  localparam int unsigned Trees = Lanes / 16;

  localparam logic [2*Lanes-1:0] Fields2 = {(Lanes/2){4'h3}};
  localparam logic [Width-1:0] Bit0 = {Lanes{4'h1}};

  logic [Width-1:0] act, wgt, a0, a1, w0, w1, lone, p0, p1, p2, products;

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

  logic [7*Trees-1:0] sums;

  for (genvar t = 0; t < Trees; t++) begin : gen_trees
    logic [63:0] p;
    assign p = products[64*t +: 64];

    logic [25:0] thirds;  // bits that come in as carries
    logic [26:0] sums_ad;
    assign thirds = {2'b0, p[61], 2'b0, p[57], p[59:40] & 20'h11111};
    assign sums_ad = {1'b0, {p[46:45], 1'b0, p[42:41], 1'b0, p[18:0],  1'b0} | thirds}
                   + {1'b0, {p[54:53], 1'b0, p[50:49], 1'b0, p[38:20], 1'b0} | thirds};

    logic [19:0] a;
    logic [5:0]  d;
    logic [14:0] sums_be;
    assign a = sums_ad[20:1];
    assign d = sums_ad[26:21];
    assign sums_be = {1'b0, d[2:0], a[17], a[11:8],  p[60], a[3:0], a[16]}
                   + {1'b0, d[5:3], a[17], a[15:12], p[60], a[7:4], a[16]};

    logic [4:0] b0, b1;
    logic [3:0] e;
    logic [2:0] f;
    logic [9:0] sums_gh;
    assign {e, b1, b0} = sums_be[14:1];
    assign f = {1'b0, a[19:18]} + 3'(p[58]);
    assign sums_gh = {1'b0, e[3:1], p[62], b0} + {1'b0, f, p[62], b1};

    logic [5:0] upper;
    assign upper = {1'b0, sums_gh[5:1]} + {1'b0, sums_gh[9:6], e[0]};
    assign sums[7*t +: 7] = {upper, sums_gh[0]};

    logic unused_bits;
    assign unused_bits = ^{p, sums_ad[0], sums_be[0]};
  end

  if (Trees == 1) begin : gen_16
    assign sum_o = sums;
  end else begin : gen_32
    assign sum_o = {1'b0, sums[6:0]} + {1'b0, sums[13:7]};
  end

endmodule
