// SPDX-License-Identifier: MIT
//
// tendon_form against its formula, for every sum of every chunk.
module form_spec #(
  parameter int unsigned Width = 8
) (
  input logic [1:0]         form_i,
  input logic [4*Width-1:0] chunks_i
);
  logic [Width+6:0] step;

  tendon_form #(
    .Width(Width)
  ) u_dut (
    .form_i,
    .chunks_i,
    .step_o(step)
  );

  logic [31:0] c0, c1, c2, c3;
  assign c0 = 32'(chunks_i[0*Width +: Width]);
  assign c1 = 32'(chunks_i[1*Width +: Width]);
  assign c2 = 32'(chunks_i[2*Width +: Width]);
  assign c3 = 32'(chunks_i[3*Width +: Width]);

  always_comb begin
    if (form_i == 2'd2) assert (32'(step) == c0 + 4 * c1 + 16 * c2 + 64 * c3);
    if (form_i == 2'd1) assert (32'(step) == c0 + c2 + 4 * (c1 + c3));
    if (form_i == 2'd0) assert (32'(step) == c0 + c1 + c2 + c3);
  end
endmodule
