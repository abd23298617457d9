// SPDX-License-Identifier: MIT
//
// Sum of Lanes unsigned 2-bit numbers, combinational; with adders side by side as in tendon_dot.
// For 16 numbers:
//
//   A0..A4   numbers 0..4 + numbers 5..9 + bit 0 of numbers 10..14
//   K0, K1   how many of bit 1 of numbers 10..12, 13..15
//   B0, B1   A0 + A1 + bit 0 of A4, A2 + A3 + bit 0 of number 15
//   C        K0 + K1 + bit 1 of A4
//   sum      B0 + B1 + 2 C + 4 (bit 2 of A4)
module tendon_total #(
  parameter int unsigned Lanes = 16  // 16 or 32
) (
  input  logic [2*Lanes-1:0]       act_i,
  output logic [1+$clog2(Lanes):0] sum_o
);

  localparam int unsigned Trees = Lanes / 16;

  logic [6*Trees-1:0] sums;

  for (genvar t = 0; t < Trees; t++) begin : gen_trees
    logic [31:0] n;
    assign n = act_i[32*t +: 32];

    logic [15:0] sums_a;
    assign sums_a = {1'b0, n[9:8],   n[28], n[7:6],   n[26], n[5:4],   n[24],
                           n[3:2],   n[22], n[1:0],   n[20]}
                  + {1'b0, n[19:18], n[28], n[17:16], n[26], n[15:14], n[24],
                           n[13:12], n[22], n[11:10], n[20]};

    logic [14:0] a;
    logic [1:0]  k0, k1;
    assign a  = sums_a[15:1];
    assign k0 = {(n[21] && n[23]) || (n[25] && (n[21] || n[23])), n[21] ^ n[23] ^ n[25]};
    assign k1 = {(n[27] && n[29]) || (n[31] && (n[27] || n[29])), n[27] ^ n[29] ^ n[31]};

    logic [11:0] sums_bc;
    assign sums_bc = {1'b0, k0, a[13], a[8:6],  n[30], a[2:0], a[12]}
                   + {1'b0, k1, a[13], a[11:9], n[30], a[5:3], a[12]};

    logic [3:0] b0, b1;
    logic [2:0] c, upper_c;
    logic [4:0] b, upper;
    assign {c, b1, b0} = sums_bc[11:1];
    assign b = {1'b0, b0} + {1'b0, b1};
    assign upper_c = {1'b0, c[2:1]} + 3'(a[14]);
    assign upper = {1'b0, b[4:1]} + {1'b0, upper_c, c[0]};
    assign sums[6*t +: 6] = {upper, b[0]};

    logic unused_bits;
    assign unused_bits = ^{sums_a[0], sums_bc[0]};
  end

  if (Trees == 1) begin : gen_16
    assign sum_o = sums;
  end else begin : gen_32
    assign sum_o = {1'b0, sums[5:0]} + {1'b0, sums[11:6]};
  end

endmodule
