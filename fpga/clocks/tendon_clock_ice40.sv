// SPDX-License-Identifier: MIT
//
// Clock and reset on iCE40: oscillator -> PLL -> clk_o; rst_no rises some cycles after the PLL has
// locked.
//   f(clk_o) = f(ref_i) * (DivF + 1) / ((DivR + 1) * 2^DivQ),   533 MHz <= f * 2^DivQ <= 1066 MHz
module tendon_clock_ice40 #(
  parameter int unsigned DivR = 0,
  parameter int unsigned DivF = 63,
  parameter int unsigned DivQ = 4
) (
  input  logic ref_i,
  output logic clk_o,
  output logic rst_no
);

  logic       locked;
  logic [7:0] start_q;

  SB_PLL40_CORE #(
    .FEEDBACK_PATH("SIMPLE"),
    .PLLOUT_SELECT("GENCLK"),
    .DIVR(4'(DivR)),
    .DIVF(7'(DivF)),
    .DIVQ(3'(DivQ)),
    .FILTER_RANGE(3'd1)
  ) u_pll (
    .REFERENCECLK(ref_i),
    .PLLOUTGLOBAL(clk_o),
    .LOCK(locked),
    .RESETB(1'b1),
    .BYPASS(1'b0)
  );

  always_ff @(posedge clk_o or negedge locked) begin
    if (!locked) begin
      start_q <= '0;
    end else begin
      start_q <= {start_q[6:0], 1'b1};
    end
  end

  assign rst_no = start_q[7];

endmodule
