// SPDX-License-Identifier: MIT
//
// Signed piece times unsigned multiplier, combinational, as a tree of carry-chain adders over the
// piece's bits. Every sum keeps its lowest bits apart, which saves adder bits and keeps Yosys from
// merging the tree into carry-save form.
module tendon_mult #(
  parameter int unsigned MultWidth = 24,
  parameter int unsigned PieceWidth = 8  // 8 or 16
) (
  input  logic signed [PieceWidth:0]             piece_i,
  input  logic [MultWidth-1:0]                   mult_i,
  output logic signed [PieceWidth+MultWidth:0]   part_o
);

  // Level v: sums of 2^v rows, MultWidth + 2^v bits each.
  localparam int unsigned Levels = $clog2(PieceWidth);

  for (genvar v = 0; v <= Levels; v++) begin : gen_level
    localparam int unsigned Span = 1 << v;
    localparam int unsigned Width = MultWidth + Span;
    logic [(PieceWidth>>v)*Width-1:0] sums;
    for (genvar k = 0; k < (PieceWidth >> v); k++) begin : gen_sum
      if (v == 0) begin : gen_row
        assign sums[k*Width +: Width] = piece_i[k] ? Width'(mult_i) : '0;
      end else begin : gen_add
        localparam int unsigned Half = Span / 2;
        localparam int unsigned Below = MultWidth + Half;
        logic [Below-1:0]     low, high;
        logic [MultWidth+Half-1:0] top;
        assign low  = gen_level[v-1].sums[(2*k)*Below +: Below];
        assign high = gen_level[v-1].sums[(2*k+1)*Below +: Below];
        assign top  = (MultWidth+Half)'(low[Below-1:Half]) + high;
        assign sums[k*Width +: Width] = {top, low[Half-1:0]};
      end
    end
  end

  // The sign bit counts -2^PieceWidth.
  logic [MultWidth+PieceWidth-1:0] sum;
  logic [MultWidth:0]              top;
  assign sum = gen_level[Levels].sums;
  assign top = (MultWidth+1)'(sum[MultWidth+PieceWidth-1:PieceWidth])
             - (piece_i[PieceWidth] ? (MultWidth+1)'(mult_i) : '0);
  assign part_o = {top, sum[PieceWidth-1:0]};

endmodule
