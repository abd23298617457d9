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
  parameter int unsigned DrainColumns = 2,
  parameter int unsigned PieceWidth = 8
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              clear_i,
  input  tendon_pkg::conv_t cfg_i,
  // the tile whose steps are being issued
  input  logic              split_i,
  input  logic [3:0]        cols_i,
  input  logic              emit_i,          // it completes words
  input  logic              channels_end_i,  // it has the last channels
  input  logic              issue_i,         // its last step
  output logic              ready_o
);

  logic [2:0] passes, chunks, per_out, pool;
  logic [3:0] outs;
  logic [6:0] drain;
  logic       mode_end;

  assign passes = tendon_pkg::passes_of(PieceWidth, cfg_i.kind, cfg_i.narrow, cfg_i.rounding);
  assign chunks = tendon_pkg::chunks_of(Columns, cfg_i.act_bits);
  assign pool   = 3'd1 << cfg_i.pool_log2;
  assign outs   = cols_i >> cfg_i.pool_log2;

  assign mode_end = channels_end_i && cfg_i.out_cols >= 16'(Columns);

  always_comb begin
    per_out = pool > passes ? pool : passes;
    if (split_i && cfg_i.thresholds) drain = 7'(chunks);
    else if (split_i && mode_end) drain = 7'(chunks) + 7'(passes) - 7'd1;
    else if (split_i) drain = chunks > passes ? 7'(chunks) : 7'(passes);
    else if (cfg_i.thresholds) drain = (7'(cols_i) + 7'(DrainColumns - 1)) / 7'(DrainColumns);
    else drain = 7'(outs) * 7'(per_out);
    if ((cfg_i.argmax || cfg_i.kind == tendon_pkg::KindTable) && drain < 7'(Rows)) drain = 7'(Rows);
  end

  logic [6:0] drain_q;
  logic [4:0] words_q;  // in the write queue

  assign ready_o = drain_q == '0 && (!emit_i || 32'(words_q) <= Columns / DrainColumns);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      drain_q <= '0;
      words_q <= '0;
    end else if (clear_i) begin
      drain_q <= '0;
      words_q <= '0;
    end else begin
      if (issue_i) drain_q <= drain - 7'd1;
      else if (drain_q != '0) drain_q <= drain_q - 7'd1;
      words_q <= words_q - 5'(words_q != '0) + (issue_i && emit_i ? 5'(outs) : '0);
    end
  end

endmodule
