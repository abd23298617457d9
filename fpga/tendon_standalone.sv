// SPDX-License-Identifier: MIT
//
// System `standalone`: processor, accelerator, UART, memories with firmware, network and windows
// inside (fpga/standalone). Nothing else is needed to see labels: 8 data bits, no parity, 1 stop
// bit.
//
// passed_o: the self-test has passed; failed_o: a step of it or a window went wrong, or the
// processor stopped.
module tendon_standalone #(
  parameter int unsigned Rows       = 1,
  parameter int unsigned Columns    = 2,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 1024,
  parameter int unsigned WgtLines   = 4096,
  parameter int unsigned ParEntries = 512,
  parameter int unsigned RamBytes   = 262144,
  parameter int unsigned FlashBytes = 65536,
  parameter              RamFile    = "",
  parameter              FlashFile  = "",
  parameter int unsigned ClockHz    = 60000000,
  parameter int unsigned Baud       = 115200
) (
  input  logic clk_i,
  input  logic rst_ni,
  output logic uart_tx_o,
  output logic passed_o,
  output logic failed_o
);

  logic       trap, bad_valid, stopped_q;
  logic [1:0] gpio;

  tendon_soc #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWidth(32),
    .RamBytes(RamBytes),
    .FlashBytes(FlashBytes),
    .UartClocks(ClockHz / Baud),
    .RamFile(RamFile),
    .FlashFile(FlashFile)
  ) u_soc (
    .clk_i,
    .accel_clk_i(clk_i),
    .rst_ni,
    .uart_tx_o,
    .gpio_o(gpio),
    .trap_o(trap),
    .host_valid_o(),
    .host_write_o(),
    .host_addr_o(),
    .host_wdata_o(),
    .host_ready_i(1'b1),
    .host_rdata_i('0),
    .bad_valid_o(bad_valid),
    .bad_addr_o()
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stopped_q <= 1'b0;
    else if (trap || bad_valid) stopped_q <= 1'b1;
  end

  assign passed_o = gpio[0] && !stopped_q;
  assign failed_o = gpio[1] || stopped_q;

endmodule
