// SPDX-License-Identifier: MIT
//
// ulx3s-85f: 25 MHz, SPI and interrupt on GP0 to GP2 and GN0, GN1, LED 0 on while there is an
// interrupt, LED 1 while selected.
// Parameters come from board.json by way of build.py.
module top #(
  parameter int unsigned Rows       = 1,
  parameter int unsigned Columns    = 1,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 1024,
  parameter int unsigned WgtLines   = 256,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWidth   = 32,
  parameter int unsigned MemBytes   = 2048,
  parameter int unsigned ClockHz    = 24000000,
  parameter int unsigned InDiv      = 1,
  parameter int unsigned FbDiv      = 2,
  parameter int unsigned OutDiv     = 12
) (
  input  logic clk_25m_i,
  output logic [1:0] led_o,
  output logic wifi_gpio0_o,
  input  logic spi_sck_i,
  input  logic spi_cs_ni,
  input  logic spi_mosi_i,
  output logic spi_miso_o,
  output logic irq_o
);

  logic clk, rst_n, miso, miso_oe, irq;

  tendon_clock_ecp5 #(
    .InDiv(InDiv),
    .FbDiv(FbDiv),
    .OutDiv(OutDiv)
  ) u_clock (
    .ref_i(clk_25m_i),
    .clk_o(clk),
    .rst_no(rst_n)
  );

  tendon_companion #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWidth(DmaWidth),
    .MemBytes(MemBytes),
    .ClockHz(ClockHz)
  ) u_companion (
    .clk_i(clk),
    .rst_ni(rst_n),
    .spi_sck_i(spi_sck_i),
    .spi_cs_ni(spi_cs_ni),
    .spi_mosi_i(spi_mosi_i),
    .spi_miso_o(miso),
    .spi_miso_oe_o(miso_oe),
    .irq_o(irq)
  );

  // Released while not selected, so that other devices may share the wires.
  assign spi_miso_o = miso_oe ? miso : 1'bz;
  assign irq_o      = irq;
  assign led_o        = {!spi_cs_ni, irq};
  // Low would let the ESP32 on the board take the FPGA over.
  assign wifi_gpio0_o = 1'b1;

endmodule
