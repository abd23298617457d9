// SPDX-License-Identifier: MIT
//
// System `companion`: the accelerator beside a processor that reaches it over SPI and an interrupt
// pin.
//
//   SPI --> tendon_spi --> tendon_frame --> registers (AXI4-Lite)  --> tendon_top --> irq
//                                     \---> device memory          <-- AXI4 master of tendon_top
//
// Everything runs on clk_i but the SPI shift registers. The parameters are those of tendon_top.
// word 3 of HELLO says finished and passed: the self-test of this system is that HELLO is answered
// at
// all; the walk of `tendon bringup` tests registers and memories from outside.
module tendon_companion #(
  parameter int unsigned Rows       = 4,
  parameter int unsigned Columns    = 4,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 8192,
  parameter int unsigned WgtLines   = 2048,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWidth   = 128,
  parameter int unsigned Elements   = 1,
  parameter int unsigned Gemm       = 1,
  parameter int unsigned Tflite     = 0,
  parameter int unsigned MultBlocks = 0,
  parameter int unsigned MemBytes   = 65536,
  parameter int unsigned ClockHz    = 50000000
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic spi_sck_i,
  input  logic spi_cs_ni,
  input  logic spi_mosi_i,
  output logic spi_miso_o,
  output logic spi_miso_oe_o,
  output logic irq_o
);

  logic                         active, rx_valid, tx_valid, tx_ready, frame_done;
  logic [7:0]                   rx_data, tx_data;
  logic                         s_awvalid, s_awready, s_wvalid, s_wready, s_bvalid, s_bready;
  logic                         s_arvalid, s_arready, s_rvalid, s_rready;
  logic [11:0]                  s_awaddr, s_araddr;
  logic [31:0]                  s_wdata, s_rdata;
  logic [1:0]                   s_bresp, s_rresp;
  logic                         mem_req, mem_we, mem_gnt;
  logic [$clog2(MemBytes)-1:2]  mem_word;
  logic [31:0]                  mem_wdata, mem_rdata;
  logic                         m_awvalid, m_awready, m_wvalid, m_wready;
  logic                         m_wlast, m_bvalid, m_bready;
  logic                         m_arvalid, m_arready, m_rvalid, m_rready, m_rlast;
  logic [31:0]                  m_awaddr, m_araddr;
  logic [7:0]                   m_arlen;
  logic [DmaWidth-1:0]          m_wdata, m_rdata;
  logic [DmaWidth/8-1:0]        m_wstrb;
  logic [1:0]                   m_bresp, m_rresp;

  tendon_spi u_spi (
    .clk_i,
    .rst_ni,
    .spi_sck_i,
    .spi_cs_ni,
    .spi_mosi_i,
    .spi_miso_o,
    .spi_miso_oe_o,
    .active_o(active),
    .rx_valid_o(rx_valid),
    .rx_data_o(rx_data),
    .tx_valid_i(tx_valid),
    .tx_data_i(tx_data),
    .tx_ready_o(tx_ready)
  );

  tendon_frame #(
    .MemBytes(MemBytes),
    .ClockHz(ClockHz)
  ) u_frame (
    .clk_i,
    .rst_ni,
    .active_i(active),
    .done_o(frame_done),
    .rx_valid_i(rx_valid),
    .rx_data_i(rx_data),
    .tx_valid_o(tx_valid),
    .tx_data_o(tx_data),
    .tx_ready_i(tx_ready),
    .selftest_i(16'h0003),
    .m_awvalid_o(s_awvalid),
    .m_awready_i(s_awready),
    .m_awaddr_o(s_awaddr),
    .m_wvalid_o(s_wvalid),
    .m_wready_i(s_wready),
    .m_wdata_o(s_wdata),
    .m_bvalid_i(s_bvalid),
    .m_bready_o(s_bready),
    .m_bresp_i(s_bresp),
    .m_arvalid_o(s_arvalid),
    .m_arready_i(s_arready),
    .m_araddr_o(s_araddr),
    .m_rvalid_i(s_rvalid),
    .m_rready_o(s_rready),
    .m_rdata_i(s_rdata),
    .m_rresp_i(s_rresp),
    .mem_req_o(mem_req),
    .mem_we_o(mem_we),
    .mem_word_o(mem_word),
    .mem_wdata_o(mem_wdata),
    .mem_gnt_i(mem_gnt),
    .mem_rdata_i(mem_rdata)
  );

  logic [7:0]  m_awlen;
  logic [2:0]  m_awsize, m_awprot, m_arsize, m_arprot;
  logic [1:0]  m_awburst, m_arburst;
  logic [3:0]  m_awcache, m_arcache;

  tendon_top #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWidth(DmaWidth),
    .Elements(Elements),
    .Gemm(Gemm),
    .Tflite(Tflite),
    .MultBlocks(MultBlocks)
  ) u_top (
    .clk_i,
    .rst_ni,
    .irq_o,
    .s_awvalid_i(s_awvalid),
    .s_awready_o(s_awready),
    .s_awaddr_i(s_awaddr),
    .s_awprot_i(3'b000),
    .s_wvalid_i(s_wvalid),
    .s_wready_o(s_wready),
    .s_wdata_i(s_wdata),
    .s_wstrb_i(4'hF),
    .s_bvalid_o(s_bvalid),
    .s_bready_i(s_bready),
    .s_bresp_o(s_bresp),
    .s_arvalid_i(s_arvalid),
    .s_arready_o(s_arready),
    .s_araddr_i(s_araddr),
    .s_arprot_i(3'b000),
    .s_rvalid_o(s_rvalid),
    .s_rready_i(s_rready),
    .s_rdata_o(s_rdata),
    .s_rresp_o(s_rresp),
    .m_awvalid_o(m_awvalid),
    .m_awready_i(m_awready),
    .m_awaddr_o(m_awaddr),
    .m_awlen_o(m_awlen),
    .m_awsize_o(m_awsize),
    .m_awburst_o(m_awburst),
    .m_awcache_o(m_awcache),
    .m_awprot_o(m_awprot),
    .m_wvalid_o(m_wvalid),
    .m_wready_i(m_wready),
    .m_wdata_o(m_wdata),
    .m_wstrb_o(m_wstrb),
    .m_wlast_o(m_wlast),
    .m_bvalid_i(m_bvalid),
    .m_bready_o(m_bready),
    .m_bresp_i(m_bresp),
    .m_arvalid_o(m_arvalid),
    .m_arready_i(m_arready),
    .m_araddr_o(m_araddr),
    .m_arlen_o(m_arlen),
    .m_arsize_o(m_arsize),
    .m_arburst_o(m_arburst),
    .m_arcache_o(m_arcache),
    .m_arprot_o(m_arprot),
    .m_rvalid_i(m_rvalid),
    .m_rready_o(m_rready),
    .m_rdata_i(m_rdata),
    .m_rresp_i(m_rresp),
    .m_rlast_i(m_rlast)
  );

  tendon_busmem #(
    .DmaWidth(DmaWidth),
    .MemBytes(MemBytes)
  ) u_busmem (
    .clk_i,
    .rst_ni,
    .s_awvalid_i(m_awvalid),
    .s_awready_o(m_awready),
    .s_awaddr_i(m_awaddr),
    .s_wvalid_i(m_wvalid),
    .s_wready_o(m_wready),
    .s_wdata_i(m_wdata),
    .s_wstrb_i(m_wstrb),
    .s_wlast_i(m_wlast),
    .s_bvalid_o(m_bvalid),
    .s_bready_i(m_bready),
    .s_bresp_o(m_bresp),
    .s_arvalid_i(m_arvalid),
    .s_arready_o(m_arready),
    .s_araddr_i(m_araddr),
    .s_arlen_i(m_arlen),
    .s_rvalid_o(m_rvalid),
    .s_rready_i(m_rready),
    .s_rdata_o(m_rdata),
    .s_rresp_o(m_rresp),
    .s_rlast_o(m_rlast),
    .mem_req_i(mem_req),
    .mem_we_i(mem_we),
    .mem_word_i(mem_word),
    .mem_wdata_i(mem_wdata),
    .mem_gnt_o(mem_gnt),
    .mem_rdata_o(mem_rdata)
  );

  logic unused;
  assign unused = ^{frame_done, m_awlen, m_awsize, m_awburst, m_awcache, m_awprot, m_arsize,
                    m_arburst, m_arcache, m_arprot};

endmodule
