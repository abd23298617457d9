// SPDX-License-Identifier: MIT
//
// When may the last step of a tile be issued? Everything behind the multipliers has a fixed
// latency, so the drain of a tile can be foretold at issue, and neither the drain nor the write
// queue needs a way to hold the pipeline.
//
// Drain of a tile, in cycles from its last step to the earliest last step of the next one:
//
//   tile mode    (columns / pool) * max(pool, passes)
//   split mode   max(chunks of an element, passes); a tile in tile mode, whose first result needs
//                one column, may follow the last channels: chunks - 1 + passes
//   thresholds   columns / DrainColumns in tile mode, chunks in split mode
//   argmax       at least Rows: the rows are compared one by one
//   table        Rows: looked up one by one
//
// passes is how many pieces of an accumulator the requantizer multiplies one after the other.
// A tile that completes words needs room in the write queue, which empties one word per cycle.
module tendon_pace #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned DrainColumns = 2
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              clear_i,
  input  logic              load_i,  // no layer runs; next_i is the one that may start
  input  tendon_pkg::conv_t next_i,
  // the tile whose steps are being issued
  input  logic              split_i,
  input  logic [3:0]        cols_i,
  input  logic              emit_i,          // it completes words
  input  logic              channels_end_i,  // it has the last channels
  input  logic              issue_i,         // its last step
  output logic              ready_o
);

  localparam int unsigned ColBits = $clog2(Columns);

  // Drains, each a cycle less, are the same for the whole layer: all columns, the rest of a row,
  // split mode with the last channels that a tile in tile mode may follow, and without.
  logic [5:0] full_d, rest_d, mixed_d, split_d, full_q, rest_q, mixed_q, split_q;
  logic [1:0] pool_log2_q;
  logic       single;

  // One cycle less, with at least a cycle for each row that is looked at by itself.
  function automatic logic [5:0] less_one(logic [5:0] cycles, logic rows);
    less_one = rows && cycles < 6'(Rows) ? 6'(Rows - 1) : cycles - 6'd1;
  endfunction

  // Results * cycles of a result, which are 1, 2, 3 or 4; or pairs of columns.
  function automatic logic [5:0] drain_of(logic [3:0] cols, logic thresholds,
                                          logic [1:0] pool_log2, logic [2:0] each);
    logic [5:0] outs;
    outs = 6'(cols) >> pool_log2;
    if (thresholds) drain_of = 6'((32'(cols) + DrainColumns - 1) / DrainColumns);
    else if (each == 3'd3) drain_of = outs + (outs << 1);
    else drain_of = outs << each[2:1];
  endfunction

  logic       by_row;
  logic [2:0] pool, per_out, split_out;
  logic [3:0] rest;

  assign single = tendon_pkg::is_single(next_i.kind);

  assign by_row = next_i.argmax || next_i.kind == tendon_pkg::KindTable;
  assign pool   = 3'd1 << next_i.pool_log2;
  assign rest   = single ? 4'd1 : next_i.out_cols[3:0] & 4'(Columns - 1);

  always_comb begin
    per_out   = pool > next_i.passes ? pool : next_i.passes;
    split_out = next_i.thresholds || next_i.chunks > next_i.passes ? next_i.chunks : next_i.passes;
    full_d    = less_one(drain_of(4'(Columns), next_i.thresholds, next_i.pool_log2, per_out),
                         by_row);
    rest_d    = less_one(drain_of(rest, next_i.thresholds, next_i.pool_log2, per_out), by_row);
    split_d   = less_one(6'(split_out), by_row);
    mixed_d   = split_d;
    if (!next_i.thresholds && next_i.out_cols >= 16'(Columns)) begin
      mixed_d = less_one(6'(next_i.chunks) + 6'(next_i.passes) - 6'd1, by_row);
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      full_q      <= full_d;
      rest_q      <= rest_d;
      mixed_q     <= mixed_d;
      split_q     <= split_d;
      pool_log2_q <= next_i.pool_log2;
    end
  end

  logic [5:0] drain, left_q;  // cycles in which no last step may be issued
  logic [4:0] words_q, words_d, more;  // in the write queue
  logic       free_q, room_q, room_d;  // nothing is left; room for another tile's words

  always_comb begin
    if (split_i) drain = channels_end_i ? mixed_q : split_q;
    else drain = cols_i[ColBits] ? full_q : rest_q;
    words_d = words_q - 5'(words_q != '0);
    more    = words_d + (5'(cols_i) >> pool_log2_q);
    room_d  = 32'(words_d) <= Columns / DrainColumns;
    if (issue_i && emit_i) begin
      words_d = more;
      room_d  = 32'(more) <= Columns / DrainColumns;
    end
  end

  assign ready_o = free_q && (!emit_i || room_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q  <= '0;
      words_q <= '0;
      free_q  <= 1'b1;
      room_q  <= 1'b1;
    end else if (clear_i || load_i) begin
      left_q  <= '0;
      words_q <= '0;
      free_q  <= 1'b1;
      room_q  <= 1'b1;
    end else begin
      if (issue_i) begin
        left_q <= drain;
        free_q <= drain == '0;
      end else begin
        left_q <= left_q - 6'(!free_q);
        free_q <= left_q <= 6'd1;
      end
      words_q <= words_d;
      room_q  <= room_d;
    end
  end

endmodule
