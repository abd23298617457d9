// SPDX-License-Identifier: MIT
//
// Weight memory: lines of Rows * 8 * Lanes bits, written by the bus a beat at a time, read one line
// a cycle. A line holds four words of 2 * Lanes bits per row; the four chunks of a row take
// (section 3):
//
//   PickEach   word i for chunk i
//   PickPair   word 2 q for chunks 0, 1 and word 2 q + 1 for chunks 2, 3
//   PickOne    word q for all
//
// Timing as tendon_actmem: address in cycle t, operand wgt_o registered in cycle t + 2.
// double_o: with Protect, a line that is used (used_i: in cycle t + 1) has a word with two wrong
// bits.
module tendon_wgtmem #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned Lines = 1024,
  parameter int unsigned DmaWords = 4,
  parameter int unsigned Protect = 0,
  localparam int unsigned LineWords = Rows * Lanes / 4,
  localparam int unsigned AddrWidth = $clog2(Lines)
) (
  input  logic                    clk_i,
  // line
  input  logic [AddrWidth-1:0]    addr_i,
  input  tendon_pkg::pick_e       pick_i,
  input  logic [1:0]              q_i,
  input  logic                    zero_i,  // digits 0, whatever the line
  output logic [Rows*8*Lanes-1:0] wgt_o,
  // bus: word inside the image, multiple of DmaWords
  input  logic                    dma_wr_i,
  input  logic [19:0]             dma_wr_word_i,
  input  logic [DmaWords-1:0]     dma_wr_strb_i,
  input  logic [DmaWords*32-1:0]  dma_wr_data_i,
  // faults
  input  logic                    used_i,
  output logic                    double_o
);

  localparam int unsigned WordBits = $clog2(LineWords);

  logic [LineWords*32-1:0] line;
  logic [LineWords-1:0]    double;

  assign double_o = used_i && double != '0;

  for (genvar w = 0; w < LineWords; w++) begin : gen_words
    logic wr;
    if (LineWords == DmaWords) begin : gen_whole
      assign wr = dma_wr_i && dma_wr_strb_i[w % DmaWords];
    end else begin : gen_part
      assign wr = dma_wr_i && dma_wr_strb_i[w % DmaWords]
          && 32'(dma_wr_word_i[WordBits-1:0]) / DmaWords == w / DmaWords;
    end
    tendon_store #(
      .Width(32),
      .Depth(Lines),
      .Protect(Protect)
    ) u_ram (
      .clk_i,
      .wr_i(wr),
      .wr_addr_i(dma_wr_word_i[WordBits +: AddrWidth]),
      .wr_data_i(dma_wr_data_i[(w % DmaWords)*32 +: 32]),
      .rd_addr_i(addr_i),
      .rd_data_o(line[w*32 +: 32]),
      .double_o(double[w])
    );
  end

  tendon_pkg::pick_e pick_q;
  logic [1:0]        q_q;

  always_ff @(posedge clk_i) begin
    pick_q <= pick_i;
    q_q    <= q_i;
  end

  // Two multiplexers per row, `low` for chunks 0 and 1, `high` for 2 and 3, from an even and an odd
  // word; only PickEach needs more, its words 1 and 2.
  logic                    each, upper_even, upper_odd, odd_low, odd_high;
  logic [Rows*8*Lanes-1:0] wgt_d;

  always_comb begin
    each       = 1'b0;
    upper_even = q_q[1];
    odd_low    = q_q[0];
    odd_high   = q_q[0];
    unique case (pick_q)
      tendon_pkg::PickOne: ;
      tendon_pkg::PickPair: begin
        upper_even = q_q[0];
        odd_low    = 1'b0;
        odd_high   = 1'b1;
      end
      default: begin
        each       = 1'b1;
        upper_even = 1'b0;
        odd_low    = 1'b0;
        odd_high   = 1'b1;
      end
    endcase
    upper_odd = upper_even || each;
  end

  for (genvar r = 0; r < Rows; r++) begin : gen_rows
    localparam int unsigned Word = 2 * Lanes;
    logic [4*Word-1:0] words;
    logic [Word-1:0]   even, odd, low, high;
    assign words = line[4*r*Word +: 4*Word];
    assign even  = upper_even ? words[2*Word +: Word] : words[0 +: Word];
    assign odd   = upper_odd ? words[3*Word +: Word] : words[Word +: Word];
    assign low   = odd_low ? odd : even;
    assign high  = odd_high ? odd : even;
    assign wgt_d[4*r*Word +: 4*Word] = {high, each ? words[2*Word +: Word] : high,
                                        each ? words[Word +: Word] : low, low};
  end

  always_ff @(posedge clk_i) wgt_o <= zero_i ? {(Rows*4*Lanes){2'd1}} : wgt_d;

  logic unused_word;
  assign unused_word = ^dma_wr_word_i;

endmodule
