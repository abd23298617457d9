// SPDX-License-Identifier: MIT
//
// How many of three ascending signed levels a value reaches: count = sum of (value >= level(i)).
// Combinational. levels_i: level 0 in the lowest bits.
module tendon_levels #(
  parameter int unsigned Width = 20
) (
  input  logic [Width-1:0]   value_n_i,  // the value inverted
  input  logic [3*Width-1:0] levels_i,
  output logic [1:0]         count_o
);

  // level > value is the carry of level + ~value, signs inverted. Written so, the three comparisons
  // share one inverted value, which the caller may have anyway; `>=` inverts a bit for each.
  logic [Width-1:0] inverted;
  logic [2:0]       reached;

  assign inverted = {!value_n_i[Width-1], value_n_i[Width-2:0]};

  for (genvar i = 0; i < 3; i++) begin : gen_levels
    logic [Width-1:0] level;
    logic [Width:0]   sum;
    assign level = {!levels_i[i*Width + Width-1], levels_i[i*Width +: Width-1]};
    assign sum   = {1'b0, level} + {1'b0, inverted};
    assign reached[i] = !sum[Width];

    logic unused_sum;
    assign unused_sum = ^sum[Width-1:0];
  end

  assign count_o = {reached[1], reached[2] || (reached[0] && !reached[1])};

endmodule
