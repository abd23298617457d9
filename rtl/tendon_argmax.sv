// SPDX-License-Identifier: MIT
//
// Index of the largest accumulator of a position, lowest index on a tie. The rows of a channel tile
// are captured at once and compared one per cycle, so results must be at least Rows cycles apart
// (tendon_pace sees to it). busy_o while rows are waiting.
module tendon_argmax #(
  parameter int unsigned Rows = 4
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,
  input  logic               take_i,
  input  logic [4:0]         rows_i,     // of them real channels
  input  logic [15:0]        channel_i,  // of row 0; 0 starts a new search
  input  logic [Rows*32-1:0] acc_i,
  output logic               busy_o,
  output logic [15:0]        label_o,
  output logic signed [31:0] max_o
);

  localparam int unsigned RowBits = Rows > 1 ? $clog2(Rows) : 1;

  logic [4:0]         left_q;
  logic [RowBits-1:0] row_q;    // that is compared
  logic               fresh_q;  // nothing to compare with yet
  logic [15:0]        channel_q, label_q;
  logic [Rows*32-1:0] acc_q;
  logic signed [31:0] max_q, head;

  assign head = acc_q[32'(row_q)*32 +: 32];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q  <= '0;
      label_q <= '0;
      max_q   <= '0;
    end else if (clear_i) begin
      left_q  <= '0;
      label_q <= '0;
      max_q   <= '0;
    end else begin
      if (take_i) left_q <= rows_i;
      else if (busy_o) left_q <= left_q - 5'd1;
      if (busy_o && (fresh_q || head > max_q)) begin
        label_q <= channel_q;
        max_q   <= head;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      acc_q     <= acc_i;
      channel_q <= channel_i;
      row_q     <= '0;
      fresh_q   <= channel_i == '0;
    end else if (busy_o) begin
      row_q     <= row_q + 1'b1;
      channel_q <= channel_q + 16'd1;
      fresh_q   <= 1'b0;
    end
  end

  assign busy_o  = left_q != '0;
  assign label_o = label_q;
  assign max_o   = max_q;

endmodule
