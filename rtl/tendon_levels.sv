// SPDX-License-Identifier: MIT
//
// How many of three ascending signed levels a value reaches: count = sum of (value >= level(i)).
// Combinational. levels_i: level 0 in the lowest bits.
module tendon_levels #(
  parameter int unsigned Width = 20
) (
  input  logic [Width-1:0]   value_i,
  input  logic [3*Width-1:0] levels_i,
  output logic [1:0]         count_o
);

  logic [2:0] reached;

  for (genvar i = 0; i < 3; i++) begin : gen_levels
    assign reached[i] = $signed(value_i) >= $signed(levels_i[i*Width +: Width]);
  end

  assign count_o = {reached[1], reached[2] || (reached[0] && !reached[1])};

endmodule
