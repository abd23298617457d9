// SPDX-License-Identifier: MIT
//
// Transmitter with the registers of a DesignWare 8250 that firmware needs: a write to offset 0x00
// sends, offset 0x14 reads 0x60 when the next byte may come and 0 while one is on its way. 8 data
// bits, no parity, one stop bit, ClocksPerBit clocks each.
module soc_uart #(
  parameter int unsigned ClocksPerBit = 8
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic [4:0]  addr_i,
  input  logic [7:0]  wdata_i,
  input  logic        write_i,
  output logic        ready_o,
  output logic [31:0] rdata_o,
  output logic        tx_o
);

  localparam int unsigned CountWidth = $clog2(ClocksPerBit);

  logic [9:0] shift_q;  // stop, data, start; line idle when empty
  logic [3:0] bits_q;
  logic [CountWidth-1:0] count_q;
  logic busy;

  assign busy    = bits_q != '0;
  assign ready_o = valid_i;
  assign rdata_o = (addr_i == 5'h14 && !busy) ? 32'h60 : 32'h0;
  assign tx_o    = busy ? shift_q[0] : 1'b1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      shift_q <= '1;
      bits_q  <= '0;
      count_q <= '0;
    end else if (busy) begin
      count_q <= count_q + 1'b1;
      if (count_q == CountWidth'(ClocksPerBit - 1)) begin
        count_q <= '0;
        shift_q <= {1'b1, shift_q[9:1]};
        bits_q  <= bits_q - 4'd1;
      end
    end else if (valid_i && write_i && addr_i == 5'h00) begin
      shift_q <= {1'b1, wdata_i, 1'b0};
      bits_q  <= 4'd10;
      count_q <= '0;
    end
  end

endmodule
