// SPDX-License-Identifier: MIT
// Bricks, chunk sums and slices make a product of every width pair: one element of one lane, any
// codes, in every place of the lane; the other lanes have digits 0, which count 2 each.
module product_spec #(
  parameter int unsigned Lane = 0,
  parameter int unsigned ActBits = 8,
  parameter int unsigned WgtBits = 8
) (
  input logic [ActBits-1:0] act_i,  // unsigned forms
  input logic [WgtBits-1:0] wgt_i,
  input logic [1:0]         place_i  // element of the lane
);
  localparam int unsigned Chunks = ActBits / 2;  // of an element
  localparam int unsigned Slices = WgtBits / 2;
  localparam logic [1:0] Form = ActBits == 8 ? 2'd2 : ActBits == 4 ? 2'd1 : 2'd0;
  // Weights of the four chunk sums of this form, added up.
  localparam logic [23:0] Sum = ActBits == 8 ? 24'd85 : ActBits == 4 ? 24'd10 : 24'd4;

  logic [24*Slices-1:0] steps;

  for (genvar s = 0; s < Slices; s++) begin : gen_slices
    logic [27:0] sums;
    logic [13:0] step;
    for (genvar i = 0; i < 4; i++) begin : gen_chunks
      logic        mine;
      logic [31:0] act, wgt;
      assign mine = 32'(place_i) % (4 / Chunks) == i / Chunks;
      always_comb begin
        act = {16{2'd1}};
        wgt = {16{2'd1}};
        if (mine) act[2*Lane +: 2] = act_i[2*(i%Chunks) +: 2];
        if (mine) wgt[2*Lane +: 2] = wgt_i[2*s +: 2];
      end
      tendon_dot #(.Lanes(16)) u_dot (.act_i(act), .wgt_i(wgt), .sum_o(sums[7*i +: 7]));
    end
    tendon_form #(.Width(7)) u_form (.form_i(Form), .chunks_i(sums), .step_o(step));
    assign steps[24*s +: 24] = 24'(step) << (2 * s);
  end

  logic [23:0] sum, offset;
  logic signed [23:0] act, wgt;
  always_comb begin
    sum = '0;
    offset = '0;
    for (int unsigned s = 0; s < Slices; s++) begin
      sum = sum + steps[24*s +: 24];
      offset = offset + ((Sum * 24'd32) << (2 * s));
    end
    // Middle codes 85, 5, 1.
    act = $signed(24'(act_i)) - $signed(24'((1 << ActBits) / 3));
    wgt = $signed(24'(wgt_i)) - $signed(24'((1 << WgtBits) / 3));
    assert (sum - offset == 24'(act * wgt));
  end
endmodule
