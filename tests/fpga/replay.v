// SPDX-License-Identifier: MIT
//
// Replays what verilated_board.hpp recorded at the pins of the companion system on its netlist, with four
// states: MISO and the interrupt must have the recorded value, never X, from the end of reset on.
// Verilog-2001, for Icarus Verilog.
//
//   +pins=FILE   lines "operation value": 0 drive {sck, cs, mosi}, 1 toggle the clock so many times, 2
//                expect MISO
`timescale 1ns / 1ps
module replay;

  reg clk, rst_n, sck, cs_n, mosi;
  wire miso, miso_oe, irq;

  tendon_companion dut (
    .clk_i(clk),
    .rst_ni(rst_n),
    .spi_sck_i(sck),
    .spi_cs_ni(cs_n),
    .spi_mosi_i(mosi),
    .spi_miso_o(miso),
    .spi_miso_oe_o(miso_oe),
    .irq_o(irq)
  );

  integer file, found, operation, value, i, checks, toggles;
  reg [8*256-1:0] name;

  task fail;
    input [8*16-1:0] pin;
    input got;
    begin
      $display("FAILED: %0s is %b after %0d clock edges and %0d checks", pin, got, toggles, checks);
      $finish;
    end
  endtask

  task toggle;
    begin
      #10 clk = ~clk;
      toggles = toggles + 1;
      if (rst_n && irq === 1'bx) fail("irq", irq);
    end
  endtask

  initial begin
    if (!$value$plusargs("pins=%s", name)) begin
      $display("FAILED: no +pins=FILE");
      $finish;
    end
    file = $fopen(name, "r");
    checks = 0;
    toggles = 0;
    clk = 0;
    sck = 0;
    cs_n = 1;
    mosi = 0;
    rst_n = 0;
    for (i = 0; i < 20; i = i + 1) toggle;
    rst_n = 1;
    for (i = 0; i < 20; i = i + 1) toggle;
    found = $fscanf(file, "%d %d\n", operation, value);
    while (found == 2) begin
      case (operation)
        0: begin
          #1 sck = value[2];
          cs_n = value[1];
          mosi = value[0];
          #1;
        end
        1: for (i = 0; i < value; i = i + 1) toggle;
        default: begin
          checks = checks + 1;
          if (miso !== value[0]) fail("miso", miso);
        end
      endcase
      found = $fscanf(file, "%d %d\n", operation, value);
    end
    $display("passed: %0d checks, %0d clock edges", checks, toggles);
    $finish;
  end

endmodule
