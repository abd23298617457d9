// SPDX-License-Identifier: MIT
//
// Walks the loops of a convolution (docs/accelerator.md, section 5) and issues one multiply step
// per cycle: addresses of the activation ports, line of the weight memory, and the step's control.
//
//   rows y > position tiles x > channel tiles > ky > kx > fetch or group > slice
//
// Every level keeps the start of the level below, so that no step needs more than one addition. The
// loops never stop by themselves; only the last step of a tile waits, while the sums of the tile
// before still occupy the shadow registers or its words the write queue (wait_o), and any step
// while words that it reads are still on their way from the bus (behind_load_o).
//
// All outputs belong to the cycle in which the memories sample their addresses; issue_o is low when
// nothing is issued.
module tendon_sequencer #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned ActWords = 8192,
  parameter int unsigned WgtLines = 1024,
  parameter int unsigned DrainColumns = 2,
  parameter int unsigned PieceWidth = 8,
  localparam int unsigned Banks = Lanes / 4,
  localparam int unsigned AddrWidth = $clog2(ActWords),
  localparam int unsigned LineWidth = $clog2(WgtLines)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         clear_i,
  // start: next_i and the row addresses of the decoder are taken over; cfg_i is next_i from then on
  input  logic                         start_i,
  input  tendon_pkg::conv_t            next_i,
  input  logic [AddrWidth-1:0]         row0_addr_i,
  input  tendon_pkg::conv_t            cfg_i,
  input  logic [AddrWidth-1:0]         row_step_addr_i,
  input  logic [AddrWidth-1:0]         ky_step_addr_i,
  // a LOAD into the activation memory runs and has written everything below landed_i
  input  logic                         loading_i,
  input  logic [AddrWidth:0]           landed_i,
  // memories
  output logic [Columns*AddrWidth-1:0] act_addr_o,
  output logic [Columns*Banks-1:0]     pad_o,
  output logic [Columns*Banks-1:0]     behind_o,
  output tendon_pkg::spread_e          spread_o,
  output logic [LineWidth-1:0]         line_o,
  output tendon_pkg::pick_e            pick_o,
  output logic [1:0]                   pick_q_o,
  // array
  output tendon_pkg::step_t            step_o,
  output tendon_pkg::tile_t            tile_o,  // valid with a tile's last step
  // state
  output logic                         running_o,
  output logic                         wait_o,
  output logic                         behind_load_o,
  output logic                         bad_line_o,  // weights outside the memory: error
  output logic [16:0]                  bad_addr_o
);

  localparam int unsigned ColWidth = 17;

  // How one tile is multiplied.
  logic                run_q, split_q;
  logic [3:0]          cols_q;  // positions of the tile
  logic [1:0]          slice_q, fetch_q;
  logic [15:0]         rem_q;  // words left in the segment
  logic signed [ColWidth-1:0] col_q, seg_col_q, tile_col_q, x_col_q;
  logic signed [ColWidth-1:0] row_q, y_row_q;
  logic [AddrWidth-1:0] row_addr_q, y_addr_q;
  logic signed [AddrWidth+1:0] addr_q;  // of column 0; negative: padding in front of the memory
  logic [7:0]          kx_q, ky_q;
  logic [15:0]         channels_q, x_left_q, y_left_q;
  logic [16:0]         line_q, group_q, tile_q;

  // Constants of the mode.
  tendon_pkg::form_e form;
  logic [1:0] last_slice, last_fetch;
  logic [2:0] ports;  // fetches read at once
  logic       single;  // one position at a time, as a tile of one column
  logic       split_able;
  logic [15:0] step_words;

  assign single     = tendon_pkg::is_single(cfg_i.kind);
  assign split_able = cfg_i.split && !single && cfg_i.pool_log2 == '0 && Columns >= 2;

  always_comb begin
    ports = 3'd1;
    form = tendon_pkg::FormA2;
    pick_o = tendon_pkg::PickEach;
    spread_o = tendon_pkg::SpreadTile;
    unique case (cfg_i.act_bits)
      tendon_regs_pkg::WidthBits8: begin
        last_fetch = 2'd3;
        if (!split_q) begin
          form = tendon_pkg::FormA8;
          pick_o = tendon_pkg::PickOne;
        end else if (Columns == 2) begin
          ports = 3'd2;
          form = tendon_pkg::FormA4;
          pick_o = tendon_pkg::PickPair;
          spread_o = tendon_pkg::SpreadNibble;
        end else begin
          ports = 3'd4;
          spread_o = tendon_pkg::SpreadChunk;
        end
      end
      tendon_regs_pkg::WidthBits4: begin
        last_fetch = 2'd1;
        if (!split_q) begin
          form = tendon_pkg::FormA4;
          pick_o = tendon_pkg::PickPair;
        end else begin
          ports = 3'd2;
          spread_o = tendon_pkg::SpreadHalf;
        end
      end
      default: last_fetch = 2'd0;
    endcase
    unique case (cfg_i.wgt_bits)
      tendon_regs_pkg::WidthBits8: last_slice = 2'd3;
      tendon_regs_pkg::WidthBits4: last_slice = 2'd1;
      default:                     last_slice = 2'd0;
    endcase
    step_words = 16'(ports) * 16'(Banks);
    // A pair of fetches is word pair `fetch / 2` when two ports read at once.
    pick_q_o = pick_o == tendon_pkg::PickPair && ports == 3'd2 ? fetch_q >> 1 : fetch_q;
  end

  // Ends of the loops.
  logic slice_end, fetch_end, seg_end, kx_end, ky_end, tile_end, channels_end, x_end, y_end;

  assign slice_end    = slice_q == last_slice;
  assign fetch_end    = 3'(fetch_q) + ports > 3'(last_fetch);
  assign seg_end      = rem_q <= step_words;
  assign kx_end       = kx_q == 8'd1;
  assign ky_end       = ky_q == 8'd1;
  assign tile_end     = slice_end && seg_end && kx_end && ky_end;
  assign channels_end = channels_q <= 16'(Rows);
  assign x_end        = x_left_q == 16'(cols_q);
  assign y_end        = y_left_q == 16'd1;

  // The shadow registers and the write queue, as they will be when this step arrives there.
  logic drain_ready, issue;

  tendon_pace #(
    .Rows(Rows),
    .Columns(Columns),
    .DrainColumns(DrainColumns),
    .PieceWidth(PieceWidth)
  ) u_pace (
    .clk_i,
    .rst_ni,
    .clear_i(clear_i || start_i),
    .cfg_i,
    .split_i(split_q),
    .cols_i(cols_q),
    .emit_i(tile_o.emit),
    .channels_end_i(channels_end),
    .issue_i(issue && tile_end),
    .ready_o(drain_ready)
  );

  // Kinds that take one position at a time read no weights.
  assign bad_line_o = run_q && !single && line_q >= 17'(WgtLines);
  assign bad_addr_o = line_q;
  assign issue      = run_q && !bad_line_o && (!tile_end || drain_ready) && !behind_load_o;
  assign wait_o     = run_q && tile_end && !drain_ready;
  assign running_o  = run_q;
  assign line_o     = line_q[LineWidth-1:0];

  assign step_o.valid = issue;
  assign step_o.last  = tile_end;
  assign step_o.slice = slice_q;
  assign step_o.form  = form;
  assign step_o.slot  = tendon_pkg::slot_of(Rows, cfg_i.act_bits, cfg_i.out_channels, channels_q);

  localparam int unsigned RowBits = $clog2(Rows);
  assign tile_o.split        = split_q;
  assign tile_o.cols         = cols_q;
  assign tile_o.rows         = channels_end ? 5'(channels_q[RowBits:0]) : 5'(Rows);
  assign tile_o.channels_end = channels_end;
  assign tile_o.x_end        = x_end;
  assign tile_o.y_end        = y_end;
  assign tile_o.emit =
      tendon_pkg::emit_of(Rows, cfg_i.out_bits, cfg_i.out_channels, channels_q);

  // Depthwise: words that hold the channels of one tile, and whether they end with this tile.
  logic       input_word_end;
  logic [2:0] tile_words;

  assign input_word_end = tendon_pkg::emit_of(Rows, cfg_i.act_bits, cfg_i.out_channels, channels_q);
  assign tile_words = tendon_pkg::words_of(Rows, cfg_i.act_bits);

  // Next tile along a row.
  logic [15:0] x_left_d;
  logic        x_split_d;
  logic [3:0]  x_cols_d;
  logic        split_able_d, single_d;

  assign single_d = tendon_pkg::is_single(start_i ? next_i.kind : cfg_i.kind);
  assign split_able_d =
      start_i ? next_i.split && !single_d && next_i.pool_log2 == '0 && Columns >= 2 : split_able;
  always_comb begin
    if (start_i) x_left_d = next_i.out_cols;
    else if (x_end) x_left_d = cfg_i.out_cols;
    else x_left_d = x_left_q - 16'(cols_q);
    x_split_d = split_able_d && x_left_d < 16'(Columns);
    if (x_split_d || single_d) x_cols_d = 4'd1;
    else if (x_left_d < 16'(Columns)) x_cols_d = x_left_d[3:0];
    else x_cols_d = 4'(Columns);
  end

  // The next step's column and row; its address is their sum.
  logic signed [ColWidth-1:0] col_d, seg_col_d, tile_col_d, x_col_d, row_d, y_row_d, x_step;
  logic [ColWidth-1:0]        tile_step;
  logic [AddrWidth-1:0]       row_addr_d, y_addr_d;
  logic [15:0]                rem_d;

  always_comb begin
    x_step = ColWidth'(cfg_i.pos_step) << $clog2(Columns);
    if (split_q || single) x_step = ColWidth'(cfg_i.pos_step);
    // Depthwise: on to the next words when the channel tile has used its own up.
    tile_step = '0;
    if (cfg_i.depthwise && input_word_end) tile_step = ColWidth'(tile_words);
    row_d      = row_q;
    row_addr_d = row_addr_q;
    tile_col_d = tile_col_q;
    y_row_d    = y_row_q;
    y_addr_d   = y_addr_q;
    x_col_d    = x_col_q;
    seg_col_d  = seg_col_q;
    col_d      = col_q;
    rem_d      = cfg_i.seg_words;
    if (start_i) begin
      y_row_d    = ColWidth'($signed(next_i.y_start));
      y_addr_d   = row0_addr_i;
      row_d      = ColWidth'($signed(next_i.y_start));
      row_addr_d = row0_addr_i;
      x_col_d    = ColWidth'($signed(next_i.x_start));
      tile_col_d = x_col_d;
      seg_col_d  = x_col_d;
      col_d      = x_col_d;
      rem_d      = next_i.seg_words;
    end else if (!slice_end) begin
      rem_d = rem_q;
    end else if (!seg_end) begin
      col_d = col_q + ColWidth'(step_words);
      rem_d = rem_q - step_words;
    end else if (!kx_end) begin
      seg_col_d = seg_col_q + ColWidth'(cfg_i.kx_step);
      col_d     = seg_col_d;
    end else if (!ky_end) begin
      row_d      = row_q + ColWidth'(cfg_i.ky_step);
      row_addr_d = row_addr_q + ky_step_addr_i;
      seg_col_d  = tile_col_q;
      col_d      = tile_col_q;
    end else begin
      if (channels_end && !x_end) begin
        x_col_d = x_col_q + x_step;
      end else if (channels_end) begin
        x_col_d  = ColWidth'($signed(cfg_i.x_start));
        y_row_d  = y_row_q + ColWidth'(cfg_i.row_step);
        y_addr_d = y_addr_q + row_step_addr_i;
      end
      row_d      = y_row_d;
      row_addr_d = y_addr_d;
      tile_col_d = channels_end ? x_col_d : tile_col_q + tile_step;
      seg_col_d  = tile_col_d;
      col_d      = tile_col_d;
    end
  end

  // The next step's line.
  logic [16:0] line_d, group_d, tile_d;

  always_comb begin
    tile_d  = tile_q;
    group_d = group_q;
    line_d  = line_q + 17'd1;
    if (start_i) begin
      tile_d  = 17'(next_i.wgt_base);
      group_d = tile_d;
      line_d  = tile_d;
    end else if (tile_end) begin
      tile_d  = channels_end ? 17'(cfg_i.wgt_base) : tile_q + 17'(cfg_i.tile_lines);
      group_d = tile_d;
      line_d  = tile_d;
    end else if (slice_end) begin
      if (seg_end || fetch_end) group_d = line_d;
      else line_d = group_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) run_q <= 1'b0;
    else if (clear_i) run_q <= 1'b0;
    else if (start_i) run_q <= 1'b1;
    else if (bad_line_o) run_q <= 1'b0;
    else if (issue && tile_end && channels_end && x_end && y_end) run_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (start_i || issue) begin
      slice_q    <= start_i || slice_end ? '0 : slice_q + 2'd1;
      if (start_i || (slice_end && (seg_end || fetch_end))) fetch_q <= '0;
      else if (slice_end) fetch_q <= fetch_q + ports[1:0];
      rem_q      <= rem_d;
      col_q      <= col_d;
      seg_col_q  <= seg_col_d;
      tile_col_q <= tile_col_d;
      x_col_q    <= x_col_d;
      row_q      <= row_d;
      row_addr_q <= row_addr_d;
      y_row_q    <= y_row_d;
      y_addr_q   <= y_addr_d;
      addr_q     <= $signed({2'b00, row_addr_d}) + (AddrWidth+2)'(col_d);
      line_q     <= line_d;
      group_q    <= group_d;
      tile_q     <= tile_d;
      if (start_i) kx_q <= next_i.kx_count;
      else if (slice_end && seg_end) kx_q <= kx_end ? cfg_i.kx_count : kx_q - 8'd1;
      if (start_i) ky_q <= next_i.ky_count;
      else if (slice_end && seg_end && kx_end) ky_q <= ky_end ? cfg_i.ky_count : ky_q - 8'd1;
      if (start_i) channels_q <= next_i.out_channels;
      else if (tile_end) channels_q <= channels_end ? cfg_i.out_channels : channels_q - 16'(Rows);
      if (start_i || (tile_end && channels_end)) begin
        x_left_q <= x_left_d;
        split_q  <= x_split_d;
        cols_q   <= x_cols_d;
      end
      if (start_i) y_left_q <= next_i.out_rows;
      else if (tile_end && channels_end && x_end) y_left_q <= y_left_q - 16'd1;
    end
  end

  // Ports: each column its own position in tile mode, the next fetch each in split mode. Words are
  // compared by their distance from the ends of row and segment: only the lowest bits differ.
  localparam int unsigned BankBits = $clog2(Banks);
  localparam int unsigned NearBits = $clog2(Banks * Columns) + 1;

  logic                row_out, rem_far;
  logic [NearBits-1:0] rem_near;

  // The second operand of a sum is at an address of its own, not in another row.
  assign row_out  = cfg_i.kind != tendon_pkg::KindAdd
      && (row_q < 0 || row_q >= $signed(ColWidth'(cfg_i.in_rows)));
  assign rem_far  = rem_q[15:NearBits] != '0;
  assign rem_near = rem_q[NearBits-1:0];

  // In front of the words that have not landed is a fence. No port reads `reach` words or more
  // behind the first port's address; where that is padding on the right, so are the others.
  localparam int unsigned StepBits = AddrWidth - $clog2(Columns);  // of a column, others: closed
  logic signed [AddrWidth+1:0] fence_q;
  logic [AddrWidth:0]          reach;
  assign reach = ((AddrWidth+1)'(cfg_i.pos_step[StepBits-1:0]) << $clog2(Columns))
      + (AddrWidth+1)'(Columns * Banks);
  always_ff @(posedge clk_i) begin
    fence_q <= $signed({1'b0, landed_i}) - $signed({1'b0, reach});
    if (start_i || (32'(cfg_i.pos_step) >> StepBits) != '0) begin
      fence_q <= {1'b1, {(AddrWidth+1){1'b0}}};
    end
  end
  assign behind_load_o = run_q && loading_i && !row_out && addr_q > fence_q;

  for (genvar c = 0; c < Columns; c++) begin : gen_ports
    logic [ColWidth-1:0] offset, col;
    logic [ColWidth:0]   excess;  // words from the end of the row to the column, < 0 inside
    logic                left, left_far, in_row, in_row_far;
    assign offset = split_q ? ColWidth'(c * Banks) : ColWidth'(c) * ColWidth'(cfg_i.pos_step);
    assign col  = col_q + offset;
    assign excess = {col[ColWidth-1], col} - (ColWidth+1)'(cfg_i.in_row_words);
    assign left      = col[ColWidth-1];
    assign left_far  = col[ColWidth-1:BankBits] != '1;
    assign in_row     = excess[ColWidth];
    assign in_row_far = excess[ColWidth-1:BankBits] != '1;
    assign act_addr_o[c*AddrWidth +: AddrWidth] = addr_q[AddrWidth-1:0] + AddrWidth'(offset);
    for (genvar k = 0; k < Banks; k++) begin : gen_words
      logic in_left, in_right;
      assign in_left  = !left || (!left_far && 32'(col[BankBits-1:0]) + k >= Banks);
      assign in_right = in_row && (in_row_far || 32'(excess[BankBits-1:0]) + k < Banks);
      assign pad_o[c*Banks+k] = row_out || !in_left || !in_right;
      assign behind_o[c*Banks+k] = !rem_far
          && (split_q ? 32'(rem_near) <= c * Banks + k : 32'(rem_near) <= k);
    end
  end

endmodule
