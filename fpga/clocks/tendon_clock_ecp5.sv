// SPDX-License-Identifier: MIT
//
// Clock and reset on ECP5: oscillator -> PLL -> clk_o; rst_no rises some cycles after the PLL has
// locked.
//   f(clk_o) = f(ref_i) * FbDiv / InDiv,   400 MHz <= f(clk_o) * OutDiv <= 800 MHz
module tendon_clock_ecp5 #(
  parameter int unsigned InDiv  = 1,
  parameter int unsigned FbDiv  = 2,
  parameter int unsigned OutDiv = 12
) (
  input  logic ref_i,
  output logic clk_o,
  output logic rst_no
);

  logic       locked;
  logic [7:0] start_q;

  (* ICP_CURRENT = "12", LPF_RESISTOR = "8" *)
  EHXPLLL #(
    .PLLRST_ENA("DISABLED"),
    .INTFB_WAKE("DISABLED"),
    .STDBY_ENABLE("DISABLED"),
    .DPHASE_SOURCE("DISABLED"),
    .OUTDIVIDER_MUXA("DIVA"),
    .CLKI_DIV(InDiv),
    .CLKFB_DIV(FbDiv),
    .CLKOP_DIV(OutDiv),
    .CLKOP_ENABLE("ENABLED"),
    .CLKOP_CPHASE(OutDiv / 2 - 1),
    .CLKOP_FPHASE(0),
    .FEEDBK_PATH("CLKOP")
  ) u_pll (
    .CLKI(ref_i),
    .CLKFB(clk_o),
    .CLKOP(clk_o),
    .LOCK(locked),
    .RST(1'b0),
    .STDBY(1'b0),
    .PHASESEL0(1'b0),
    .PHASESEL1(1'b0),
    .PHASEDIR(1'b0),
    .PHASESTEP(1'b0),
    .PHASELOADREG(1'b0),
    .PLLWAKESYNC(1'b0),
    .ENCLKOP(1'b0)
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
