// SPDX-License-Identifier: MIT
//
// Parameter memory: per entry and row the words bias, multiplier and shift (section 6), three
// memories because the pipeline needs them in different cycles. The bus writes an image of 3 * Rows
// words per entry; DmaWords divides that, so a beat stays inside one entry. A write takes effect
// two cycles later.
//
// double_o: with Protect, a word that is used (used_i: shift, multiplier, bias; in the cycle of the
// data) has two wrong bits.
module tendon_parmem #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Entries = 256,
  parameter int unsigned MultWidth = 24,
  parameter int unsigned DmaWords = 4,
  parameter int unsigned Protect = 0,
  localparam int unsigned EntryWidth = $clog2(Entries)
) (
  input  logic                      clk_i,
  // reads, one cycle
  input  logic [EntryWidth-1:0]     bias_entry_i,
  input  logic [EntryWidth-1:0]     mult_entry_i,
  input  logic [EntryWidth-1:0]     shift_entry_i,
  output logic [Rows*32-1:0]        bias_o,
  output logic [Rows*MultWidth-1:0] mult_o,
  output logic [Rows*6-1:0]         shift_o,
  // bus: word inside the image, multiple of DmaWords
  input  logic                      dma_wr_i,
  input  logic [19:0]               dma_wr_word_i,
  input  logic [DmaWords-1:0]       dma_wr_strb_i,
  input  logic [DmaWords*32-1:0]    dma_wr_data_i,
  // faults
  input  logic [2:0]                used_i,
  output logic                      double_o
);

  localparam int unsigned Beats = 3 * Rows / DmaWords;  // per entry: 3 << BeatBits
  localparam int unsigned BeatBits = $clog2(Beats / 3);
  localparam int unsigned ThirdWidth = EntryWidth + 2;

  if (3 * Rows % DmaWords != 0) begin : gen_bad_bus
    $fatal(1, "tendon_parmem: 3 * Rows must be a multiple of the words of a bus beat");
  end

  // Beat number to entry and beat inside it: a division by three, by multiplying with 1/3 rounded
  // up.
  logic [19:0]             beat;
  logic [ThirdWidth-1:0]   thirds;
  logic [2*ThirdWidth+1:0] scaled;
  logic [EntryWidth-1:0]   entry;

  localparam int unsigned Third = ((1 << (ThirdWidth + 2)) + 2) / 3;

  assign beat   = dma_wr_word_i >> $clog2(DmaWords);
  assign thirds = ThirdWidth'(beat >> BeatBits);
  assign scaled = (2*ThirdWidth+2)'(thirds) * (2*ThirdWidth+2)'(Third);
  assign entry  = EntryWidth'(scaled >> (ThirdWidth + 2));

  logic                   wr_q;
  logic [EntryWidth-1:0]  entry_q;
  logic [$clog2(Beats):0] inside_q;  // beat of the entry
  logic [DmaWords-1:0]    strb_q;
  logic [DmaWords*32-1:0] data_q;

  always_ff @(posedge clk_i) begin
    wr_q     <= dma_wr_i;
    entry_q  <= entry;
    inside_q <= ($clog2(Beats)+1)'(beat - 20'(entry) * 20'(Beats));
    strb_q   <= dma_wr_strb_i;
    data_q   <= dma_wr_data_i;
  end

  logic [3*Rows-1:0] double;

  assign double_o = (double & {Rows{used_i}}) != '0;

  for (genvar w = 0; w < 3 * Rows; w++) begin : gen_words
    logic wr;
    assign wr = wr_q && strb_q[w % DmaWords] && 32'(inside_q) == w / DmaWords;
    if (w % 3 == 0) begin : gen_bias
      tendon_store #(
        .Width(32),
        .Depth(Entries),
        .Protect(Protect)
      ) u_bias (
        .clk_i,
        .wr_i(wr),
        .wr_addr_i(entry_q),
        .wr_data_i(data_q[(w % DmaWords)*32 +: 32]),
        .rd_addr_i(bias_entry_i),
        .rd_data_o(bias_o[(w/3)*32 +: 32]),
        .double_o(double[w])
      );
    end else if (w % 3 == 1) begin : gen_mult
      tendon_store #(
        .Width(MultWidth),
        .Depth(Entries),
        .Protect(Protect)
      ) u_mult (
        .clk_i,
        .wr_i(wr),
        .wr_addr_i(entry_q),
        .wr_data_i(data_q[(w % DmaWords)*32 +: MultWidth]),
        .rd_addr_i(mult_entry_i),
        .rd_data_o(mult_o[(w/3)*MultWidth +: MultWidth]),
        .double_o(double[w])
      );
    end else begin : gen_shift
      tendon_store #(
        .Width(6),
        .Depth(Entries),
        .Protect(Protect)
      ) u_shift (
        .clk_i,
        .wr_i(wr),
        .wr_addr_i(entry_q),
        .wr_data_i(data_q[(w % DmaWords)*32 +: 6]),
        .rd_addr_i(shift_entry_i),
        .rd_data_o(shift_o[(w/3)*6 +: 6]),
        .double_o(double[w])
      );
    end
  end

  logic unused_word;
  assign unused_word = ^{dma_wr_word_i, scaled, data_q};

endmodule
