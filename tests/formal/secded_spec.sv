// SPDX-License-Identifier: MIT
// tendon_secded: of every word one flipped bit is corrected and two are found, for all data and
// all places of the flips.
module secded_spec #(
  parameter int unsigned Width = 32,
  localparam int unsigned Bits = Width + (Width > 26 ? 7 : Width > 11 ? 6 : 5)
) (
  input logic [Width-1:0] data_i,
  input logic [6:0]       first_i,
  input logic [6:0]       second_i,
  input logic [1:0]       flips_i
);

  logic [Bits-Width-1:0] check;
  logic [Bits-1:0]       one, two, word;
  logic [Width-1:0]      data;
  logic                  single, twice, legal;

  assign one    = Bits'(1) << first_i;
  assign two    = Bits'(1) << second_i;
  assign legal = 32'(first_i) < Bits && 32'(second_i) < Bits && first_i != second_i;
  assign word   = {check, data_i} ^ (flips_i != 2'd0 ? one : '0) ^ (flips_i == 2'd2 ? two : '0);

  tendon_secded #(.Width(Width)) u_dut (
    .data_i,
    .check_o(check),
    .word_i(word),
    .data_o(data),
    .single_o(single),
    .double_o(twice)
  );

  always_comb begin
    if (legal && flips_i != 2'd3) begin
      assert (single == (flips_i == 2'd1));
      assert (twice == (flips_i == 2'd2));
      if (flips_i != 2'd2) assert (data == data_i);
    end
  end

endmodule
