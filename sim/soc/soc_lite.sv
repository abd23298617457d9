// SPDX-License-Identifier: MIT
//
// PicoRV32's memory interface to AXI4-Lite: one access at a time, held until it is answered.
module soc_lite (
  input  logic        clk_i,
  input  logic        rst_ni,
  // processor
  input  logic        valid_i,
  input  logic [11:0] addr_i,
  input  logic [31:0] wdata_i,
  input  logic [3:0]  wstrb_i,
  output logic        ready_o,
  output logic        error_o,  // with ready_o: SLVERR or DECERR
  output logic [31:0] rdata_o,
  // registers
  output logic        awvalid_o,
  input  logic        awready_i,
  output logic [11:0] awaddr_o,
  output logic        wvalid_o,
  input  logic        wready_i,
  output logic [31:0] wdata_o,
  output logic [3:0]  wstrb_o,
  input  logic        bvalid_i,
  output logic        bready_o,
  input  logic [1:0]  bresp_i,
  output logic        arvalid_o,
  input  logic        arready_i,
  output logic [11:0] araddr_o,
  input  logic        rvalid_i,
  output logic        rready_o,
  input  logic [31:0] rdata_i,
  input  logic [1:0]  rresp_i
);

  // What of the access the slave has taken already.
  logic aw_done_q, w_done_q, ar_done_q;
  logic is_write;

  assign is_write  = |wstrb_i;
  assign awvalid_o = valid_i && is_write && !aw_done_q;
  assign wvalid_o  = valid_i && is_write && !w_done_q;
  assign arvalid_o = valid_i && !is_write && !ar_done_q;
  assign awaddr_o  = addr_i;
  assign araddr_o  = addr_i;
  assign wdata_o   = wdata_i;
  assign wstrb_o   = wstrb_i;
  assign bready_o  = 1'b1;
  assign rready_o  = 1'b1;
  assign ready_o   = valid_i && (bvalid_i || rvalid_i);
  assign error_o   = bvalid_i ? bresp_i[1] : rresp_i[1];
  assign rdata_o   = rdata_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_done_q <= 1'b0;
      w_done_q  <= 1'b0;
      ar_done_q <= 1'b0;
    end else if (ready_o) begin
      aw_done_q <= 1'b0;
      w_done_q  <= 1'b0;
      ar_done_q <= 1'b0;
    end else begin
      if (awvalid_o && awready_i) aw_done_q <= 1'b1;
      if (wvalid_o && wready_i) w_done_q <= 1'b1;
      if (arvalid_o && arready_i) ar_done_q <= 1'b1;
    end
  end

  logic unused_lite;
  assign unused_lite = &{1'b0, bresp_i[0], rresp_i[0]};

endmodule
