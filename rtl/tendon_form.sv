// SPDX-License-Identifier: MIT
//
// Weighs four chunk sums by the significance that the activation width gives them:
//
//   FormA8   c0 + 4 c1 + 16 c2 + 64 c3
//   FormA4   (c0 + c2) + 4 (c1 + c3)
//   FormA2   c0 + c1 + c2 + c3
//
// Combinational. The result needs seven bits more than a chunk sum.
module tendon_form #(
  parameter int unsigned Width = 8
) (
  input  tendon_pkg::form_e  form_i,
  input  logic [4*Width-1:0] chunks_i,
  output logic [Width+6:0]   step_o
);

  localparam int unsigned PairWidth = Width + 3;

  logic [PairWidth-1:0] low, high, odd1, odd3;

  assign odd1 = PairWidth'(chunks_i[1*Width +: Width]);
  assign odd3 = PairWidth'(chunks_i[3*Width +: Width]);
  assign low  = PairWidth'(chunks_i[0*Width +: Width])
              + (form_i == tendon_pkg::FormA2 ? odd1 : odd1 << 2);
  assign high = PairWidth'(chunks_i[2*Width +: Width])
              + (form_i == tendon_pkg::FormA2 ? odd3 : odd3 << 2);
  assign step_o = (Width+7)'(low) + (form_i == tendon_pkg::FormA8 ? (Width+7)'(high) << 4
                                                                  : (Width+7)'(high));

endmodule
