// SPDX-License-Identifier: MIT
//
// RAM with two ports: 32 bit for the processor (answer one cycle after the request), AXI4 for the
// accelerator (INCR bursts, one read and one write at a time, a beat per cycle of either, writes
// first; addresses outside: DECERR). The same bytes on both sides, no caches in between.
//
// Each port reads or writes one line in a cycle, as the ports of a block RAM do. `mem` comes from
// InitFile ($readmemh, a line of Width bits each), or the test bench loads it directly.
module soc_ram #(
  parameter int unsigned Bytes    = 4194304,  // power of two
  parameter int unsigned Width    = 128,
  parameter              InitFile = ""
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // processor
  input  logic               valid_i,
  input  logic [31:0]        addr_i,
  input  logic [31:0]        wdata_i,
  input  logic [3:0]         wstrb_i,
  output logic               ready_o,
  output logic [31:0]        rdata_o,
  // accelerator
  input  logic               awvalid_i,
  output logic               awready_o,
  input  logic [31:0]        awaddr_i,
  input  logic               wvalid_i,
  output logic               wready_o,
  input  logic [Width-1:0]   wline_i,
  input  logic [Width/8-1:0] wline_strb_i,
  input  logic               wlast_i,
  output logic               bvalid_o,
  input  logic               bready_i,
  output logic [1:0]         bresp_o,
  input  logic               arvalid_i,
  output logic               arready_o,
  input  logic [31:0]        araddr_i,
  input  logic [7:0]         arlen_i,
  output logic               rvalid_o,
  input  logic               rready_i,
  output logic [Width-1:0]   rline_o,
  output logic [1:0]         rresp_o,
  output logic               rlast_o
);

  localparam int unsigned Lsb        = $clog2(Width / 8);
  localparam int unsigned Lines      = Bytes * 8 / Width;
  localparam int unsigned IndexWidth = $clog2(Lines);
  localparam int unsigned Words      = Width / 32;

  (* no_rw_check *) logic [Width-1:0] mem [Lines] /* verilator public_flat_rw */;

  // ---- processor ----
  logic ready_q;
  logic [IndexWidth-1:0] cpu_line;
  logic [Width-1:0] cpu_data;
  logic [Width/8-1:0] cpu_strb;

  assign cpu_line = addr_i[Lsb+:IndexWidth];
  assign ready_o  = ready_q;

  if (Words == 1) begin : gen_word
    assign cpu_strb = wstrb_i & {4{valid_i && !ready_q}};
    assign rdata_o  = cpu_data;
  end else begin : gen_words
    for (genvar w = 0; w < Words; w++) begin : gen_strb
      assign cpu_strb[4*w+:4] =
          wstrb_i & {4{valid_i && !ready_q && 32'(addr_i[Lsb-1:2]) == w}};
    end
    assign rdata_o = cpu_data[32*addr_i[Lsb-1:2]+:32];
  end

  always @(posedge clk_i) begin
    for (int unsigned i = 0; i < Width / 8; i++) begin
      if (cpu_strb[i]) mem[cpu_line][8*i+:8] <= wdata_i[8*(i%4)+:8];
    end
    cpu_data <= mem[cpu_line];
  end

  // ---- accelerator ----
  logic write_q, answer_q, werror_q, read_q, rvalid_q, held_q;
  logic [31:0] waddr_q, raddr_q, raddr;
  logic [7:0] beats_q;
  logic write_beat, write_inside, read_inside, taken;
  logic [Width-1:0] dma_data, held_data;
  logic [Width/8-1:0] dma_strb;
  logic [IndexWidth-1:0] dma_line;

  assign awready_o    = !write_q && !answer_q;
  assign wready_o     = write_q;
  assign write_beat   = write_q && wvalid_i;
  assign write_inside = waddr_q < Bytes;
  assign bvalid_o     = answer_q;
  assign bresp_o      = werror_q ? 2'b11 : 2'b00;

  assign arready_o   = !read_q;
  assign rvalid_o    = rvalid_q;
  assign rline_o     = held_q ? held_data : dma_data;
  assign read_inside = raddr_q < Bytes;
  assign rresp_o     = read_inside ? 2'b00 : 2'b11;
  assign rlast_o     = beats_q == '0;
  assign taken       = rvalid_q && rready_i;
  assign raddr       = taken ? raddr_q + Width / 8 : raddr_q;

  assign dma_line = write_beat ? waddr_q[Lsb+:IndexWidth] : raddr[Lsb+:IndexWidth];
  assign dma_strb = wline_strb_i & {(Width / 8) {write_beat && write_inside}};

  always @(posedge clk_i) begin
    for (int unsigned i = 0; i < Width / 8; i++) begin
      if (dma_strb[i]) mem[dma_line][8*i+:8] <= wline_i[8*i+:8];
    end
    dma_data <= mem[dma_line];
  end

  // A beat that is not taken at once leaves the port to whatever comes next.
  always_ff @(posedge clk_i) begin
    if (!held_q) held_data <= dma_data;
  end

  if (InitFile != "") begin : gen_init
    initial $readmemh(InitFile, mem);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_q  <= 1'b0;
      write_q  <= 1'b0;
      answer_q <= 1'b0;
      read_q   <= 1'b0;
      rvalid_q <= 1'b0;
      held_q   <= 1'b0;
      werror_q <= 1'b0;
      waddr_q  <= '0;
      raddr_q  <= '0;
      beats_q  <= '0;
    end else begin
      ready_q <= valid_i && !ready_q;
      if (awvalid_i && awready_o) begin
        write_q  <= 1'b1;
        waddr_q  <= awaddr_i;
        werror_q <= 1'b0;
      end else if (write_beat) begin
        waddr_q  <= waddr_q + Width / 8;
        werror_q <= werror_q || !write_inside;
        write_q  <= !wlast_i;
        answer_q <= wlast_i;
      end else if (bvalid_o && bready_i) begin
        answer_q <= 1'b0;
      end
      if (!read_q) begin
        read_q  <= arvalid_i;
        raddr_q <= araddr_i;
        beats_q <= arlen_i;
      end else begin
        held_q   <= rvalid_q && !rready_i;
        rvalid_q <= (rvalid_q && !rready_i) || (!(taken && rlast_o) && !write_beat);
        raddr_q  <= raddr;
        if (taken) begin
          beats_q <= beats_q - 8'd1;
          read_q  <= !rlast_o;
        end
      end
    end
  end

  // The decoder has looked at the upper bits.
  logic unused_ram;
  assign unused_ram = &{1'b0, addr_i};

endmodule
