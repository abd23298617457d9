// SPDX-License-Identifier: MIT
//
// KindPack: codes of activations, in unsigned form, become weights. A position of the tensor is a
// row of weight lines (docs/accelerator.md, section 3), in the width of the activations; each
// multiply step brings one fetch and one slice number s = 0..3, and writes chunk s of the fetch:
//
//   8 bits   slice s, word fetch           of the row's group
//   4 bits   slice s % 2, word 2 fetch + s / 2
//   2 bits   slice 0, word s
//
// At the end of a position the sum that the array has made of it, bias - zero2 * sum(codes), is
// written as the bias of that position's channel, from entry base2 on.
//
// step_i and act_i belong together; writes leave one cycle later. wgt_word_o and par_word_o count
// as the bus does, in words of the images of lines and entries. done_o: the layer's last bias is
// written.
module tendon_packer #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned WgtLines = 1024,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWords = 4
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  input  logic                   start_i,  // next_i is a KindPack that starts
  input  tendon_pkg::conv_t      next_i,
  input  tendon_pkg::conv_t      cfg_i,
  input  logic                   active_i,  // cfg_i is a KindPack that runs
  input  tendon_pkg::step_t      step_i,
  input  logic [8*Lanes-1:0]     act_i,     // column 0: [chunk][lane]
  input  tendon_pkg::result_t    acc_info_i,
  input  logic [31:0]            acc_i,     // of row 0
  output logic                   wgt_wr_o,
  output logic [19:0]            wgt_word_o,
  output logic [DmaWords-1:0]    wgt_strb_o,
  output logic [DmaWords*32-1:0] wgt_data_o,
  output logic                   par_wr_o,
  output logic [19:0]            par_word_o,
  output logic [DmaWords-1:0]    par_strb_o,
  output logic [DmaWords*32-1:0] par_data_o,
  output logic                   done_o,
  output logic                   bad_line_o,
  output logic [16:0]            bad_line_addr_o,
  output logic                   bad_entry_o,
  output logic [16:0]            bad_entry_addr_o
);

  localparam int unsigned ChunkWords = (Lanes + 15) / 16;  // words of a chunk
  localparam int unsigned LineWords = Rows * Lanes / 4;
  localparam int unsigned LineBits = $clog2(LineWords);
  localparam int unsigned RowBits = $clog2(Rows);
  localparam int unsigned BeatBits = $clog2(DmaWords);

  if (ChunkWords > DmaWords) begin : gen_bad_bus
    $fatal(1, "tendon_packer: a bus beat must hold a chunk of Lanes / 16 words");
  end

  // Place of the next step.
  logic [3:0]  row_q;
  logic [1:0]  fetch_q, last_fetch, slot;
  logic [16:0] tile_q, group_q, line;
  logic [19:0] word;
  logic        fetch_end, row_end;
  logic [2:0]  slices;

  always_comb begin
    unique case (cfg_i.act_bits)
      tendon_regs_pkg::WidthBits8: begin
        last_fetch = 2'd3;
        slices = 3'd4;
        slot = fetch_q;
        line = group_q + 17'(step_i.slice);
      end
      tendon_regs_pkg::WidthBits4: begin
        last_fetch = 2'd1;
        slices = 3'd2;
        slot = {fetch_q[0], step_i.slice[1]};
        line = group_q + 17'(step_i.slice[0]);
      end
      default: begin
        last_fetch = 2'd0;
        slices = 3'd1;
        slot = step_i.slice;
        line = group_q;
      end
    endcase
  end

  assign fetch_end = step_i.slice == 2'd3;
  assign row_end   = 32'(row_q) == Rows - 1;
  assign word      = (20'(line) << LineBits) + 20'(32'(row_q) * (Lanes / 4))
                   + 20'(32'(slot) * ChunkWords);

  logic [16:0] tile_d;
  assign tile_d = row_end ? tile_q + 17'(cfg_i.tile_lines) : tile_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_q   <= '0;
      fetch_q <= '0;
      tile_q  <= 17'(next_i.wgt_base);
      group_q <= 17'(next_i.wgt_base);
    end else if (active_i && step_i.valid && fetch_end) begin
      if (step_i.last) begin
        row_q   <= row_end ? '0 : row_q + 4'd1;
        fetch_q <= '0;
        tile_q  <= tile_d;
        group_q <= tile_d;
      end else if (fetch_q == last_fetch) begin
        fetch_q <= '0;
        group_q <= group_q + 17'(slices);
      end else begin
        fetch_q <= fetch_q + 2'd1;
      end
    end
  end

  assign bad_line_o      = active_i && step_i.valid && 32'(line) >= WgtLines;
  assign bad_line_addr_o = line;

  // The next bias: entry and row, and its word 3 * (Rows * entry + row).
  logic [16:0] entry_q;
  logic [3:0]  bias_row_q;
  logic [19:0] bias_word_q;
  logic        take;

  assign take             = active_i && acc_info_i.valid;
  assign bad_entry_o      = take && 32'(entry_q) >= ParEntries;
  assign bad_entry_addr_o = entry_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      entry_q     <= 17'(next_i.base2);
      bias_row_q  <= '0;
      bias_word_q <= (20'(next_i.base2) + (20'(next_i.base2) << 1)) << RowBits;
    end else if (take) begin
      bias_word_q <= bias_word_q + 20'd3;
      bias_row_q  <= 32'(bias_row_q) == Rows - 1 ? '0 : bias_row_q + 4'd1;
      if (32'(bias_row_q) == Rows - 1) entry_q <= entry_q + 17'd1;
    end
  end

  // Writes.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wgt_wr_o <= 1'b0;
      par_wr_o <= 1'b0;
      done_o   <= 1'b0;
    end else if (clear_i) begin
      wgt_wr_o <= 1'b0;
      par_wr_o <= 1'b0;
      done_o   <= 1'b0;
    end else begin
      wgt_wr_o <= active_i && step_i.valid && !bad_line_o;
      par_wr_o <= take && !bad_entry_o;
      done_o   <= take && !bad_entry_o && acc_info_i.last;
    end
  end

  logic [2*Lanes-1:0] chunk;
  assign chunk = act_i[32'(step_i.slice)*2*Lanes +: 2*Lanes];

  always_ff @(posedge clk_i) begin
    wgt_word_o <= (word >> BeatBits) << BeatBits;
    wgt_data_o <= {(DmaWords/ChunkWords){chunk}};
    par_word_o <= (bias_word_q >> BeatBits) << BeatBits;
    par_data_o <= {DmaWords{acc_i}};
    for (int unsigned i = 0; i < DmaWords; i++) begin
      wgt_strb_o[i] <= (32'(word) % DmaWords) / ChunkWords == i / ChunkWords;
      par_strb_o[i] <= 32'(bias_word_q) % DmaWords == i;
    end
  end

  logic unused_bits;
  assign unused_bits = ^{next_i, cfg_i, step_i, acc_info_i};

endmodule
