// SPDX-License-Identifier: MIT
//
// UART front end, 8N1 (docs/spi.md, section 7): the same frames as SPI for boards with nothing but
// a serial cable. A frame begins with the first byte after rest and ends when tendon_frame says
// that its reply is out (done_i) or the line was quiet for PauseBits bit times.
//
// The receiver looks at the middle of each bit and drops a byte whose stop bit is low. There is no
// buffer: a byte is either taken or lost, which tendon_frame's CRC then reports.
module tendon_uart #(
  parameter int unsigned ClockHz   = 12000000,
  parameter int unsigned Baud      = 1000000,
  parameter int unsigned PauseBits = 4000
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  // pins
  input  logic       uart_rx_i,
  output logic       uart_tx_o,
  // tendon_frame
  output logic       active_o,
  input  logic       done_i,
  output logic       rx_valid_o,
  output logic [7:0] rx_data_o,
  input  logic       tx_valid_i,
  input  logic [7:0] tx_data_i,
  output logic       tx_ready_o
);

  localparam int unsigned Divider    = (ClockHz + Baud / 2) / Baud;
  localparam int unsigned DivWidth   = $clog2(Divider);
  localparam int unsigned PauseWidth = $clog2(PauseBits + 1);

  if (Divider < 8) begin : gen_bad_baud
    $fatal(1, "tendon_uart: ClockHz must be at least 8 times Baud");
  end

  // ---- receiver -------------------------------------------------------------------------------

  logic [2:0]          line_q;  // synchronizer, oldest in [2]
  logic [DivWidth-1:0] rx_div_q;
  logic [3:0]          rx_bit_q;  // 0: rest, 1: start bit, 2..9: data, 10: stop bit
  logic [7:0]          rx_shift_q;
  logic                rx_tick;

  assign rx_tick    = rx_div_q == '0;
  assign rx_valid_o = rx_tick && rx_bit_q == 4'd10 && line_q[2];
  assign rx_data_o  = rx_shift_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      line_q   <= '1;
      rx_bit_q <= '0;
      rx_div_q <= '0;
    end else begin
      line_q <= {line_q[1:0], uart_rx_i};
      if (rx_bit_q == 4'd0) begin
        rx_div_q <= DivWidth'(Divider / 2);
        if (!line_q[2]) rx_bit_q <= 4'd1;
      end else if (rx_tick) begin
        rx_div_q <= DivWidth'(Divider - 1);
        // A start bit that is gone in its middle was a glitch.
        if ((rx_bit_q == 4'd1 && line_q[2]) || rx_bit_q == 4'd10) begin
          rx_bit_q <= 4'd0;
        end else begin
          rx_bit_q <= rx_bit_q + 4'd1;
        end
      end else begin
        rx_div_q <= rx_div_q - 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rx_tick && rx_bit_q >= 4'd2 && rx_bit_q <= 4'd9) rx_shift_q <= {line_q[2], rx_shift_q[7:1]};
  end

  // ---- transmitter ----------------------------------------------------------------------------

  logic [DivWidth-1:0] tx_div_q;
  logic [3:0]          tx_bits_q;  // left to send
  logic [9:0]          tx_shift_q;
  logic                tx_tick;

  assign tx_tick    = tx_div_q == '0;
  assign tx_ready_o = tx_valid_i && tx_bits_q == 4'd0;
  assign uart_tx_o  = tx_shift_q[0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tx_bits_q  <= '0;
      tx_shift_q <= '1;
      tx_div_q   <= '0;
    end else if (tx_ready_o) begin
      tx_bits_q  <= 4'd10;
      tx_shift_q <= {1'b1, tx_data_i, 1'b0};
      tx_div_q   <= DivWidth'(Divider - 1);
    end else if (tx_tick) begin
      tx_div_q <= DivWidth'(Divider - 1);
      if (tx_bits_q != 4'd0) begin
        tx_bits_q  <= tx_bits_q - 4'd1;
        tx_shift_q <= {1'b1, tx_shift_q[9:1]};
      end
    end else begin
      tx_div_q <= tx_div_q - 1'b1;
    end
  end

  // ---- frame ----------------------------------------------------------------------------------

  logic [PauseWidth-1:0] pause_q;
  logic                  active_q;

  assign active_o = active_q;

  // A byte that starts counts as life, so that the first byte finds active_o high.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      pause_q  <= '0;
    end else if (done_i && tx_bits_q == 4'd0) begin
      active_q <= 1'b0;
    end else if (rx_bit_q != 4'd0 || tx_bits_q != 4'd0) begin
      active_q <= 1'b1;
      pause_q  <= PauseWidth'(PauseBits);
    end else if (tx_tick) begin
      if (pause_q == '0) begin
        active_q <= 1'b0;
      end else begin
        pause_q <= pause_q - 1'b1;
      end
    end
  end

endmodule
