// SPDX-License-Identifier: MIT
//
// SPI slave front end, mode 0, most significant bit first (docs/spi.md, sections 1 and 2). Bytes
// of a
// frame go to tendon_frame, bytes of the reply come from it.
//
// The shift registers run on SCK itself, so SCK may be faster than clk_i. What crosses:
//
//   SCK -> clk   a byte and a toggle that flips with it; the byte stays for eight SCK
//   clk -> SCK   tx_q; changes three to four clk_i after a byte arrived and is looked at with the
//                eighth SCK edge of the next byte: right for f(SCK) <= 1.5 f(clk)
//
// So a byte taken with tx_ready_o goes out in the second byte slot after the one just received.
// Without a byte to send MISO repeats the last received one inverted, and 0x54 in the first slot;
// neither needs clk_i.
//
// spi_cs_ni must be high for at least five clk_i between frames.
module tendon_spi (
  input  logic       clk_i,
  input  logic       rst_ni,
  // pins; miso_oe_o: drive MISO
  input  logic       spi_sck_i,
  input  logic       spi_cs_ni,
  input  logic       spi_mosi_i,
  output logic       spi_miso_o,
  output logic       spi_miso_oe_o,
  // tendon_frame
  output logic       active_o,    // inside a frame
  output logic       rx_valid_o,  // pulse: a byte arrived
  output logic [7:0] rx_data_o,
  input  logic       tx_valid_i,
  input  logic [7:0] tx_data_i,
  output logic       tx_ready_o
);

  localparam logic [7:0] FirstByte = 8'h54;

  // ---- SCK side -------------------------------------------------------------------------------

  logic [2:0] bit_q;
  logic [6:0] in_q;
  logic [7:0] byte_in, hold_q, stage_q, out_q, tx_data_q;
  logic       toggle_q, tx_valid_q;

  assign byte_in = {in_q, spi_mosi_i};

  always_ff @(posedge spi_sck_i or posedge spi_cs_ni) begin
    if (spi_cs_ni) begin
      bit_q <= '0;
    end else begin
      bit_q <= bit_q + 3'd1;
    end
  end

  always_ff @(posedge spi_sck_i) begin
    in_q <= byte_in[6:0];
    if (bit_q == 3'd7) begin
      hold_q  <= byte_in;
      stage_q <= tx_valid_q ? tx_data_q : ~byte_in;
    end
  end

  always_ff @(posedge spi_sck_i or negedge rst_ni) begin
    if (!rst_ni) begin
      toggle_q <= 1'b0;
    end else if (bit_q == 3'd7) begin
      toggle_q <= ~toggle_q;
    end
  end

  always_ff @(negedge spi_sck_i or posedge spi_cs_ni) begin
    if (spi_cs_ni) begin
      out_q <= FirstByte;
    end else begin
      out_q <= (bit_q == 3'd0) ? stage_q : {out_q[6:0], 1'b0};
    end
  end

  assign spi_miso_o    = out_q[7];
  assign spi_miso_oe_o = !spi_cs_ni;

  // ---- clk side -------------------------------------------------------------------------------

  logic [2:0] toggle_sync_q;
  logic [1:0] active_sync_q;

  assign active_o   = active_sync_q[1];
  assign rx_valid_o = active_o && (toggle_sync_q[2] != toggle_sync_q[1]);
  assign rx_data_o  = hold_q;
  assign tx_ready_o = rx_valid_o && tx_valid_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      toggle_sync_q <= '0;
      active_sync_q <= '0;
      tx_valid_q    <= 1'b0;
    end else begin
      toggle_sync_q <= {toggle_sync_q[1:0], toggle_q};
      active_sync_q <= {active_sync_q[0], !spi_cs_ni};
      if (!active_o) begin
        tx_valid_q <= 1'b0;
      end else if (rx_valid_o) begin
        tx_valid_q <= tx_valid_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rx_valid_o) tx_data_q <= tx_data_i;
  end

endmodule
