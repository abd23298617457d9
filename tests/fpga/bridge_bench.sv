// SPDX-License-Identifier: MIT
//
// The SPI bridge with the least behind it: four registers (0x00 to 0x0C; the rest answers SLVERR),
// a
// memory of 1 KiB that refuses while stall_i is high, and a count of register writes.
module bridge_bench (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        spi_sck_i,
  input  logic        spi_cs_ni,
  input  logic        spi_mosi_i,
  output logic        spi_miso_o,
  input  logic        stall_i,
  output logic [31:0] reg_writes_o
);

  logic        active, rx_valid, tx_valid, tx_ready, done, oe;
  logic [7:0]  rx_data, tx_data;
  logic        awvalid, wvalid, bvalid_q, arvalid, rvalid_q, bad_b_q, bad_r_q;
  logic [11:0] awaddr, araddr;
  logic [31:0] wdata, rdata_q, mem_wdata, mem_rdata_q;
  logic        bready, rready, mem_req, mem_we, mem_gnt;
  logic [9:2]  mem_word;

  tendon_spi u_spi (
    .clk_i, .rst_ni, .spi_sck_i, .spi_cs_ni, .spi_mosi_i, .spi_miso_o, .spi_miso_oe_o(oe),
    .active_o(active), .rx_valid_o(rx_valid), .rx_data_o(rx_data),
    .tx_valid_i(tx_valid), .tx_data_i(tx_data), .tx_ready_o(tx_ready)
  );

  tendon_frame #(
    .MemBytes(1024),
    .ClockHz(48000000)
  ) u_frame (
    .clk_i, .rst_ni,
    .active_i(active), .done_o(done), .rx_valid_i(rx_valid), .rx_data_i(rx_data),
    .tx_valid_o(tx_valid), .tx_data_o(tx_data), .tx_ready_i(tx_ready),
    .selftest_i(16'h0003),
    .m_awvalid_o(awvalid), .m_awready_i(1'b1), .m_awaddr_o(awaddr),
    .m_wvalid_o(wvalid), .m_wready_i(1'b1), .m_wdata_o(wdata),
    .m_bvalid_i(bvalid_q), .m_bready_o(bready), .m_bresp_i({bad_b_q, 1'b0}),
    .m_arvalid_o(arvalid), .m_arready_i(1'b1), .m_araddr_o(araddr),
    .m_rvalid_i(rvalid_q), .m_rready_o(rready), .m_rdata_i(rdata_q), .m_rresp_i({bad_r_q, 1'b0}),
    .mem_req_o(mem_req), .mem_we_o(mem_we), .mem_word_o(mem_word), .mem_wdata_o(mem_wdata),
    .mem_gnt_i(mem_gnt), .mem_rdata_i(mem_rdata_q)
  );

  logic [31:0] regs [4];
  logic [31:0] mem [256];

  assign mem_gnt = mem_req && !stall_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bvalid_q     <= 1'b0;
      rvalid_q     <= 1'b0;
      reg_writes_o <= '0;
    end else begin
      bvalid_q <= awvalid && wvalid;
      rvalid_q <= arvalid;
      if (awvalid && wvalid) reg_writes_o <= reg_writes_o + 1;
    end
  end

  always_ff @(posedge clk_i) begin
    bad_b_q <= awaddr[11:4] != '0;
    bad_r_q <= araddr[11:4] != '0;
    rdata_q <= regs[araddr[3:2]];
    if (awvalid && wvalid && awaddr[11:4] == '0) regs[awaddr[3:2]] <= wdata;
    if (mem_gnt && mem_we) mem[mem_word] <= mem_wdata;
    mem_rdata_q <= mem[mem_word];
  end

  logic unused;
  assign unused = ^{oe, done, bready, rready, awaddr[1:0], araddr[1:0]};

endmodule
