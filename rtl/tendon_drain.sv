// SPDX-License-Identifier: MIT
//
// Decides what the drain does in each cycle, and where each result belongs:
//
//   cycle t - 4  tile_i, what the sequencer knows of a tile, with its last step
//   cycle t      tile_done_i
//   cycle t + 1  first column: col_o, info_o
//   ...          one column per cycle (thresholds: DrainColumns); a result takes its columns or its
//                passes, whichever are more: the passes of one run under the columns of the next
//
// tendon_pace keeps tiles far enough apart that a drain is over when the next one starts.
module tendon_drain #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned DrainColumns = 2,
  parameter int unsigned ParEntries = 256
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  input  logic                start_i,  // of a layer; cfg_i is new in the next cycle
  input  tendon_pkg::conv_t   cfg_i,
  input  tendon_pkg::tile_t   tile_i,
  input  logic                tile_done_i,
  // this cycle's column
  output logic                read_o,
  output logic [2:0]          col_o,
  output logic                first_o,   // of a result: split mode and pools take several columns
  output logic [1:0]          weigh_o,   // split mode: the column's sum counts 4^weigh_o times
  output logic                split_o,
  output tendon_pkg::result_t info_o,    // valid with the last column of a result
  output logic [$clog2(ParEntries)-1:0] entry_o,
  output logic [15:0]         channel_o, // of row 0
  // parameters outside the memory: error
  output logic                bad_entry_o,
  output logic [16:0]         bad_addr_o
);

  localparam int unsigned EntryWidth = $clog2(ParEntries);

  // What the sequencer knows of a tile, as long on the way as the tile's last step.
  tendon_pkg::tile_t tile, tile1_q, tile2_q, tile3_q, tile4_q;
  logic              start_q;  // cfg_i is the new layer's

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) start_q <= 1'b0;
    else start_q <= start_i && !clear_i;
  end

  always_ff @(posedge clk_i) begin
    tile1_q <= tile_i;
    tile2_q <= tile1_q;
    tile3_q <= tile2_q;
    tile4_q <= tile3_q;
  end

  assign tile = tile4_q;

  // Where its results go.
  logic [15:0] done_q;  // channels of the position that have been
  logic [19:0] row_addr_q, x_addr_q, row_addr_d;
  logic [15:0] word_q;
  logic [3:0]  slot_q;
  logic [16:0] entry_q;

  logic        single;  // one position at a time, one entry for all channels
  logic [2:0]  words;
  logic [19:0] x_step;  // of a tile that is not the row's last: a full one, or split
  assign single = tendon_pkg::is_single(cfg_i.kind);
  assign words  = tendon_pkg::words_of(Rows, cfg_i.out_bits);
  assign x_step = tile.split || single ? 20'(cfg_i.out_pix_words)
                          : (20'(cfg_i.out_pix_words) << $clog2(Columns)) >> cfg_i.pool_log2;
  assign row_addr_d = row_addr_q + 20'(cfg_i.out_row_words);

  always_ff @(posedge clk_i) begin
    if (start_q || (tile_done_i && tile.channels_end)) begin
      done_q  <= '0;
      entry_q <= 17'(cfg_i.par_base);
      word_q  <= '0;
      slot_q  <= '0;
    end else if (tile_done_i) begin
      done_q  <= done_q + 16'(Rows);
      entry_q <= entry_q + 17'(!single);
      word_q  <= tile.emit ? word_q + 16'(words) : word_q;
      slot_q  <= tile.emit ? '0 : slot_q + 4'd1;
    end
    if (start_q) begin
      row_addr_q <= 20'(cfg_i.out_base);
      x_addr_q   <= 20'(cfg_i.out_base);
    end else if (tile_done_i && tile.channels_end) begin
      if (tile.x_end) row_addr_q <= row_addr_d;
      x_addr_q <= tile.x_end ? row_addr_d : x_addr_q + x_step;
    end
  end

  // The tile that drains: one result after the other.
  logic                active_q, tile_split_q, tile_emit_q, tile_last_q, tile_label_q;
  logic [3:0]          left_q;   // columns
  logic [2:0]          col_q, beat_q;
  logic [2:0]          out_q;
  logic [3:0]          tile_slot_q;
  logic [4:0]          rows_q;
  logic [19:0]         addr_q;
  logic [16:0]         tile_entry_q;
  logic [15:0]         channel_q;

  logic [2:0] passes, chunks, pool, per_out, reads;
  logic       pair;  // two columns at once

  assign passes = cfg_i.passes;
  assign chunks = cfg_i.chunks;
  assign pool   = 3'd1 << cfg_i.pool_log2;
  assign pair   = DrainColumns == 2 && cfg_i.thresholds && !tile_split_q;

  always_comb begin
    if (tile_split_q) reads = chunks;
    else if (pair) reads = pool == 3'd4 ? 3'd2 : 3'd1;
    else reads = pool;
    per_out = cfg_i.thresholds || reads > passes ? reads : passes;
  end

  logic beat_end, tile_end;
  logic [3:0] per_read;

  assign beat_end = beat_q == per_out - 3'd1;
  assign per_read = pair ? 4'd2 : 4'd1;
  assign tile_end = beat_end && (tile_split_q || left_q <= 4'(reads) * per_read);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) active_q <= 1'b0;
    else if (clear_i) active_q <= 1'b0;
    else if (tile_done_i) active_q <= 1'b1;
    else if (tile_end) active_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (tile_done_i) begin
      tile_split_q <= tile.split;
      tile_emit_q  <= tile.emit;
      tile_last_q  <= tile.channels_end && tile.x_end && tile.y_end;
      tile_label_q <= tile.x_end && tile.y_end;
      tile_slot_q  <= slot_q;
      rows_q       <= tile.rows;
      addr_q       <= x_addr_q + 20'(word_q);
      tile_entry_q <= entry_q;
      channel_q    <= done_q;
      left_q       <= tile.cols;
      col_q        <= '0;
      beat_q       <= '0;
      out_q        <= '0;
    end else if (active_q) begin
      if (beat_q < reads) col_q <= col_q + (pair ? 3'd2 : 3'd1);
      beat_q <= beat_end ? '0 : beat_q + 3'd1;
      if (beat_end) begin
        left_q <= left_q - 4'(reads) * per_read;
        out_q  <= out_q + (pair && pool == 3'd1 ? 3'd2 : 3'd1);
        addr_q <= addr_q + (pair && pool == 3'd1 ? 20'(cfg_i.out_pix_words) << 1
                                                 : 20'(cfg_i.out_pix_words));
      end
    end
  end

  assign read_o    = active_q && beat_q < reads;
  assign col_o     = col_q;
  assign first_o   = beat_q == '0;
  assign split_o   = tile_split_q;
  always_comb begin
    if (!tile_split_q) weigh_o = '0;
    else if (chunks == 3'd2 && cfg_i.act_bits == tendon_regs_pkg::WidthBits8) begin
      weigh_o = {col_q[0], 1'b0};
    end else weigh_o = col_q[1:0];
  end

  assign entry_o   = tile_entry_q[EntryWidth-1:0];
  assign channel_o = channel_q;

  assign info_o.valid    = read_o && beat_q == reads - 3'd1;
  assign info_o.col      = out_q;
  assign info_o.lanes    = {pair && left_q > 4'd1 && pool == 3'd1, 1'b1};
  assign info_o.emit     = tile_emit_q;
  assign info_o.last     = tile_last_q && (tile_split_q || left_q <= 4'(reads) * per_read);
  assign info_o.label    = tile_label_q && (tile_split_q || left_q <= 4'(reads) * per_read);
  assign info_o.slot     = tile_slot_q;
  assign info_o.channels = rows_q;
  assign info_o.addr     = addr_q;

  assign bad_entry_o = active_q && 32'(tile_entry_q) >= ParEntries;
  assign bad_addr_o  = tile_entry_q;

endmodule
