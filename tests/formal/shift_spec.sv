// SPDX-License-Identifier: MIT
//
// tendon_shift against one wide shift: window, sticky bit and overflow, for every value and amount.
module shift_spec #(
  parameter int unsigned InWidth = 56,
  parameter int unsigned IntWidth = 10,
  parameter int unsigned FracWidth = 25
) (
  input logic signed [InWidth-1:0] value_i,
  input logic [5:0]                shift_i
);
  localparam int unsigned OutWidth = IntWidth + FracWidth;
  localparam int unsigned Wide = InWidth + FracWidth + 63;

  logic [OutWidth-1:0] fixed;
  logic                sticky, over;

  tendon_shift #(
    .InWidth(InWidth),
    .IntWidth(IntWidth),
    .FracWidth(FracWidth)
  ) u_dut (
    .value_i,
    .shift_i,
    .fixed_o(fixed),
    .sticky_o(sticky),
    .over_o(over)
  );

  // 63 fraction bits more than the window has, so that nothing is lost.
  logic signed [Wide-1:0] exact;
  assign exact = $signed({value_i, {(Wide-InWidth){1'b0}}}) >>> shift_i;

  logic signed [InWidth-1:0] whole;
  assign whole = exact[Wide-1 -: InWidth];

  always_comb begin
    assert (fixed == exact[63 +: OutWidth]);
    assert (sticky == (exact[62:0] != '0));
    assert (over == (whole != InWidth'($signed(exact[63 + FracWidth +: IntWidth]))));
  end
endmodule
