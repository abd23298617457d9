// SPDX-License-Identifier: MIT
//
// Sum of Lanes unsigned 2-bit numbers, combinational; written as tendon_dot is, for its reasons.
module tendon_total #(
  parameter int unsigned Lanes = 16  // 16 or 32
) (
  input  logic [2*Lanes-1:0]       act_i,
  output logic [1+$clog2(Lanes):0] sum_o
);

  localparam int unsigned Width = 2 * Lanes;

  localparam logic [Width-1:0] Fields2 = {(Lanes/2){4'h3}};
  localparam logic [Width-1:0] Fields4 = {(Lanes/4){8'h0F}};
  localparam logic [Width-1:0] Fields8 = {(Lanes/8){16'h00FF}};

  logic [Width-1:0] sums1, sums2, sums3, sums4;

  assign sums1 = (act_i & Fields2) + ((act_i >> 2) & Fields2);
  assign sums2 = (sums1 & Fields4) + ((sums1 >> 4) & Fields4);
  assign sums3 = (sums2 & Fields8) + ((sums2 >> 8) & Fields8);

  if (Lanes == 16) begin : gen_16
    assign sums4 = sums3;
  end else begin : gen_32
    assign sums4 = {32'b0, sums3[31:0] + sums3[63:32]};
  end

  assign sum_o = sums4[1+$clog2(Lanes):0] + sums4[16 +: 2+$clog2(Lanes)];

  // The fields' upper bits are always zero.
  logic unused_sums;
  assign unused_sums = ^sums4;

endmodule
