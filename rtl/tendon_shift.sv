// SPDX-License-Identifier: MIT
//
// Arithmetic right shift of a signed number by 0..63 into a fixed-point window, combinational:
//
//   fixed_o   bits 2^(IntWidth-1) .. 2^-FracWidth of value * 2^-shift
//   sticky_o  some bit below the window is set
//   over_o    the value does not fit IntWidth signed integer bits
module tendon_shift #(
  parameter int unsigned InWidth = 56,
  parameter int unsigned IntWidth = 11,
  parameter int unsigned FracWidth = 25
) (
  input  logic signed [InWidth-1:0]       value_i,
  input  logic [5:0]                      shift_i,
  output logic [IntWidth+FracWidth-1:0]   fixed_o,
  output logic                            sticky_o,
  output logic                            over_o
);

  localparam int unsigned OutWidth = IntWidth + FracWidth;
  // Before the shift by 2^k the window and all that the remaining shifts can bring into it.
  localparam int unsigned W5 = InWidth + FracWidth;
  localparam int unsigned W4 = OutWidth + 31;
  localparam int unsigned W3 = OutWidth + 15;
  localparam int unsigned W2 = OutWidth + 7;
  localparam int unsigned W1 = OutWidth + 3;
  localparam int unsigned W0 = OutWidth + 1;
  localparam int unsigned Top = (W5 > W4 ? W5 : W4) + 32;

  logic signed [Top-1:0] x5;
  logic [W4-1:0] x4;
  logic [W3-1:0] x3;
  logic [W2-1:0] x2;
  logic [W1-1:0] x1;
  logic [W0-1:0] x0;
  logic          sign;
  logic [5:0]    lost, over;

  assign sign = value_i[InWidth-1];
  assign x5 = Top'(value_i) <<< FracWidth;
  assign x4 = shift_i[5] ? x5[32 +: W4] : x5[0 +: W4];
  assign x3 = shift_i[4] ? x4[16 +: W3] : x4[0 +: W3];
  assign x2 = shift_i[3] ? x3[8 +: W2]  : x3[0 +: W2];
  assign x1 = shift_i[2] ? x2[4 +: W1]  : x2[0 +: W1];
  assign x0 = shift_i[1] ? x1[2 +: W0]  : x1[0 +: W0];
  assign fixed_o = shift_i[0] ? x0[1 +: OutWidth] : x0[0 +: OutWidth];

  assign lost[5] = shift_i[5] && x5[31:0] != '0;
  assign lost[4] = shift_i[4] && x4[15:0] != '0;
  assign lost[3] = shift_i[3] && x3[7:0] != '0;
  assign lost[2] = shift_i[2] && x2[3:0] != '0;
  assign lost[1] = shift_i[1] && x1[1:0] != '0;
  assign lost[0] = shift_i[0] && x0[0];
  assign sticky_o = |lost;

  // What a level drops at the top must be copies of the sign.
  assign over[5] = !shift_i[5] && x5[Top-1:W4] != {(Top-W4){sign}};
  assign over[4] = !shift_i[4] && x4[W4-1:W3] != {(W4-W3){sign}};
  assign over[3] = !shift_i[3] && x3[W3-1:W2] != {(W3-W2){sign}};
  assign over[2] = !shift_i[2] && x2[W2-1:W1] != {(W2-W1){sign}};
  assign over[1] = !shift_i[1] && x1[W1-1:W0] != {(W1-W0){sign}};
  assign over[0] = (!shift_i[0] && x0[W0-1] != sign) || fixed_o[OutWidth-1] != sign;
  assign over_o = |over;

endmodule
