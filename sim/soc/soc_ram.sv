// SPDX-License-Identifier: MIT
//
// RAM with two ports: 32 bit for the processor (answer one cycle after the request), AXI4 for the
// accelerator (INCR bursts, one read and one write at a time, addresses outside: DECERR). The same
// bytes on both sides, no caches in between. The test bench loads `mem` directly.
module soc_ram #(
  parameter int unsigned Bytes = 4194304,
  parameter int unsigned Width = 128
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

  localparam int unsigned Lsb   = $clog2(Width / 8);
  localparam int unsigned Lines = Bytes * 8 / Width;
  localparam int unsigned IndexWidth = $clog2(Lines);

  logic [Width-1:0] mem [Lines] /* verilator public_flat_rw */;

  // ---- processor ----
  logic ready_q;
  logic [IndexWidth-1:0] cpu_line;
  logic [Width-1:0] cpu_data;

  assign cpu_line = addr_i[Lsb+:IndexWidth];
  assign ready_o  = ready_q;
  assign rdata_o  = cpu_data[32*addr_i[Lsb-1:2]+:32];

  // ---- accelerator ----
  logic write_q, answer_q, read_q;
  logic [31:0] waddr_q, raddr_q;
  logic [7:0] beats_q;
  logic werror_q;
  logic write_beat, write_inside, read_inside;

  assign awready_o    = !write_q && !answer_q;
  assign wready_o     = write_q;
  assign write_beat   = write_q && wvalid_i;
  assign write_inside = waddr_q < Bytes;
  assign bvalid_o     = answer_q;
  assign bresp_o      = werror_q ? 2'b11 : 2'b00;

  assign arready_o  = !read_q;
  assign rvalid_o   = read_q;
  assign read_inside = raddr_q < Bytes;
  assign rline_o = mem[raddr_q[Lsb+:IndexWidth]];
  assign rresp_o    = read_inside ? 2'b00 : 2'b11;
  assign rlast_o    = beats_q == '0;

  always_ff @(posedge clk_i) begin
    cpu_data <= mem[cpu_line];
    for (int unsigned i = 0; i < 4; i++) begin
      if (valid_i && !ready_q && wstrb_i[i]) begin
        mem[cpu_line][32*addr_i[Lsb-1:2]+8*i+:8] <= wdata_i[8*i+:8];
      end
    end
    for (int unsigned i = 0; i < Width / 8; i++) begin
      if (write_beat && write_inside && wline_strb_i[i]) begin
        mem[waddr_q[Lsb+:IndexWidth]][8*i+:8] <= wline_i[8*i+:8];
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_q  <= 1'b0;
      write_q  <= 1'b0;
      answer_q <= 1'b0;
      read_q   <= 1'b0;
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
      if (arvalid_i && arready_o) begin
        read_q  <= 1'b1;
        raddr_q <= araddr_i;
        beats_q <= arlen_i;
      end else if (rvalid_o && rready_i) begin
        raddr_q <= raddr_q + Width / 8;
        beats_q <= beats_q - 8'd1;
        read_q  <= !rlast_o;
      end
    end
  end

  // The decoder has looked at the upper bits.
  logic unused_ram;
  assign unused_ram = &{1'b0, addr_i};

endmodule
