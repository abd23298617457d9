// SPDX-License-Identifier: MIT
//
// Device memory on chip: AXI4 slave for the accelerator's master, and a word port for tendon_frame.
//
// AXI: INCR bursts of whole beats, one read and one write burst at a time, one beat per cycle,
// reads
// and writes independent of each other. Addresses outside the memory answer SLVERR. The word port
// takes what AXI leaves: mem_gnt_o in the same cycle, read data in the next one.
module tendon_busmem #(
  parameter int unsigned DmaWidth = 128,
  parameter int unsigned MemBytes = 65536  // power of two
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // AXI4 slave
  input  logic                        s_awvalid_i,
  output logic                        s_awready_o,
  input  logic [31:0]                 s_awaddr_i,
  input  logic                        s_wvalid_i,
  output logic                        s_wready_o,
  input  logic [DmaWidth-1:0]         s_wdata_i,
  input  logic [DmaWidth/8-1:0]       s_wstrb_i,  // whole words
  input  logic                        s_wlast_i,
  output logic                        s_bvalid_o,
  input  logic                        s_bready_i,
  output logic [1:0]                  s_bresp_o,
  input  logic                        s_arvalid_i,
  output logic                        s_arready_o,
  input  logic [31:0]                 s_araddr_i,
  input  logic [7:0]                  s_arlen_i,
  output logic                        s_rvalid_o,
  input  logic                        s_rready_i,
  output logic [DmaWidth-1:0]         s_rdata_o,
  output logic [1:0]                  s_rresp_o,
  output logic                        s_rlast_o,
  // tendon_frame
  input  logic                        mem_req_i,
  input  logic                        mem_we_i,
  input  logic [$clog2(MemBytes)-1:2] mem_word_i,
  input  logic [31:0]                 mem_wdata_i,
  output logic                        mem_gnt_o,
  output logic [31:0]                 mem_rdata_o
);

  localparam int unsigned Words     = DmaWidth / 32;
  localparam int unsigned WordBits  = $clog2(Words);
  localparam int unsigned AddrWidth = $clog2(MemBytes);
  localparam int unsigned LineWidth = AddrWidth - 2 - WordBits;

  // ---- write ----------------------------------------------------------------------------------

  logic                 writing_q, bvalid_q, wbad_q;
  logic [LineWidth-1:0] wline_q;
  logic                 wbeat;

  assign s_awready_o = !writing_q && !bvalid_q;
  assign s_wready_o  = writing_q;
  assign s_bvalid_o  = bvalid_q;
  assign s_bresp_o   = {wbad_q, 1'b0};
  assign wbeat       = writing_q && s_wvalid_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      writing_q <= 1'b0;
      bvalid_q  <= 1'b0;
    end else begin
      if (s_awvalid_i && s_awready_o) writing_q <= 1'b1;
      if (wbeat && s_wlast_i) begin
        writing_q <= 1'b0;
        bvalid_q  <= 1'b1;
      end
      if (bvalid_q && s_bready_i) bvalid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (s_awvalid_i && s_awready_o) begin
      wline_q <= s_awaddr_i[AddrWidth-1 -: LineWidth];
      wbad_q  <= s_awaddr_i[31:AddrWidth] != '0;
    end else if (wbeat) begin
      wline_q <= wline_q + 1'b1;
    end
  end

  // ---- read -----------------------------------------------------------------------------------

  logic                 reading_q, rvalid_q, rbad_q;
  logic [LineWidth-1:0] rline_q, rline;
  logic [7:0]           left_q;
  logic                 taken;

  assign s_arready_o = !reading_q;
  assign s_rvalid_o  = rvalid_q;
  assign s_rresp_o   = {rbad_q, 1'b0};
  assign s_rlast_o   = left_q == '0;
  assign taken       = rvalid_q && s_rready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reading_q <= 1'b0;
      rvalid_q  <= 1'b0;
    end else if (!reading_q) begin
      reading_q <= s_arvalid_i;
    end else begin
      rvalid_q <= 1'b1;
      if (taken && s_rlast_o) begin
        reading_q <= 1'b0;
        rvalid_q  <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!reading_q) begin
      rline_q <= s_araddr_i[AddrWidth-1 -: LineWidth];
      rbad_q  <= s_araddr_i[31:AddrWidth] != '0;
      left_q  <= s_arlen_i;
    end else if (taken) begin
      rline_q <= rline_q + 1'b1;
      left_q  <= left_q - 8'd1;
    end
  end

  // The memory reads every cycle: a beat that is not taken is read again.
  assign rline = rline_q + LineWidth'(taken);

  // ---- word port ------------------------------------------------------------------------------

  logic                 word_wr, word_rd;
  logic [LineWidth-1:0] word_line;

  assign word_line = mem_word_i[AddrWidth-1 -: LineWidth];
  assign word_wr   = mem_req_i && mem_we_i && !wbeat;
  assign word_rd   = mem_req_i && !mem_we_i && !reading_q;
  assign mem_gnt_o = word_wr || word_rd;

  // ---- memory ---------------------------------------------------------------------------------

  for (genvar w = 0; w < Words; w++) begin : gen_words
    logic word_here;
    if (WordBits == 0) begin : gen_one
      assign word_here = 1'b1;
    end else begin : gen_many
      assign word_here = 32'(mem_word_i[2 +: WordBits]) == w;
    end
    tendon_ram #(
      .Width(32),
      .Depth(1 << LineWidth)
    ) u_ram (
      .clk_i,
      .wr_i(wbeat ? s_wstrb_i[4*w] && !wbad_q : word_wr && word_here),
      .wr_addr_i(wbeat ? wline_q : word_line),
      .wr_data_i(wbeat ? s_wdata_i[32*w +: 32] : mem_wdata_i),
      .rd_addr_i(reading_q ? rline : word_line),
      .rd_data_o(s_rdata_o[32*w +: 32])
    );
  end

  if (WordBits == 0) begin : gen_word_out
    assign mem_rdata_o = s_rdata_o;
  end else begin : gen_word_pick
    logic [WordBits-1:0] pick_q;
    always_ff @(posedge clk_i) pick_q <= mem_word_i[2 +: WordBits];
    assign mem_rdata_o = s_rdata_o[32*pick_q +: 32];
  end

  logic unused;
  assign unused = ^{s_wstrb_i, s_awaddr_i, s_araddr_i};

endmodule
