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
  localparam int unsigned Banks = Lanes / 4,
  localparam int unsigned AddrWidth = $clog2(ActWords),
  localparam int unsigned LineWidth = $clog2(WgtLines)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         clear_i,
  // start: next_i and the row addresses of the decoder are taken over, as in each cycle in which no
  // layer runs here; cfg_i is next_i from then on
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

  // Ends of the loops. Those of the counters are registers, written with their counter: they decide
  // whether a step is issued, and that decides what every other register does.
  logic slice_end, fetch_end, seg_end_q, kx_end_q, ky_end_q, tile_end;
  logic channels_end_q, x_end_q, y_end_q, row_out_q;
  logic emit_q, input_word_end_q;  // of the channel tile, see below
  logic load;  // nothing runs: what the first step needs comes in again and again

  assign load = !run_q;

  assign slice_end = slice_q == last_slice;
  assign fetch_end = 3'(fetch_q) + ports > 3'(last_fetch);
  assign tile_end  = slice_end && seg_end_q && kx_end_q && ky_end_q;

  // The shadow registers and the write queue, as they will be when this step arrives there.
  logic drain_ready, issue;

  tendon_pace #(
    .Rows(Rows),
    .Columns(Columns),
    .DrainColumns(DrainColumns)
  ) u_pace (
    .clk_i,
    .rst_ni,
    .clear_i,
    .load_i(load),
    .next_i,
    .split_i(split_q),
    .cols_i(cols_q),
    .emit_i(emit_q),
    .channels_end_i(channels_end_q),
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
  assign tile_o.rows         = channels_end_q ? 5'(channels_q[RowBits:0]) : 5'(Rows);
  assign tile_o.channels_end = channels_end_q;
  assign tile_o.x_end        = x_end_q;
  assign tile_o.y_end        = y_end_q;
  assign tile_o.emit         = emit_q;

  // Depthwise: words that hold the channels of one tile, and whether they end with this tile.
  logic [2:0] tile_words;

  assign tile_words = tendon_pkg::words_of(Rows, cfg_i.act_bits);

  // Next channel tile: does it complete a word of results, of the input?
  logic [15:0] channels_all, channels_d;
  logic [1:0]  out_bits, act_bits;

  assign channels_all = load ? next_i.out_channels : cfg_i.out_channels;
  assign channels_d   = load || channels_end_q ? channels_all : channels_q - 16'(Rows);
  assign out_bits     = load ? next_i.out_bits : cfg_i.out_bits;
  assign act_bits     = load ? next_i.act_bits : cfg_i.act_bits;

  always_ff @(posedge clk_i) begin
    if (load || (issue && tile_end)) begin
      channels_q       <= channels_d;
      channels_end_q   <= channels_d <= 16'(Rows);
      emit_q           <= tendon_pkg::emit_of(Rows, out_bits, channels_all, channels_d);
      input_word_end_q <= tendon_pkg::emit_of(Rows, act_bits, channels_all, channels_d);
    end
  end

  // Next tile along a row.
  logic [15:0] x_left_d;
  logic        x_split_d;
  logic [3:0]  x_cols_d;
  logic        split_able_d, single_d;

  assign single_d = tendon_pkg::is_single(load ? next_i.kind : cfg_i.kind);
  assign split_able_d =
      load ? next_i.split && !single_d && next_i.pool_log2 == '0 && Columns >= 2 : split_able;
  always_comb begin
    if (load) x_left_d = next_i.out_cols;
    else if (x_end_q) x_left_d = cfg_i.out_cols;
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
    if (cfg_i.depthwise && input_word_end_q) tile_step = ColWidth'(tile_words);
    row_d      = row_q;
    row_addr_d = row_addr_q;
    tile_col_d = tile_col_q;
    y_row_d    = y_row_q;
    y_addr_d   = y_addr_q;
    x_col_d    = x_col_q;
    seg_col_d  = seg_col_q;
    col_d      = col_q;
    rem_d      = cfg_i.seg_words;
    if (load) begin
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
    end else if (!seg_end_q) begin
      col_d = col_q + ColWidth'(step_words);
      rem_d = rem_q - step_words;
    end else if (!kx_end_q) begin
      seg_col_d = seg_col_q + ColWidth'(cfg_i.kx_step);
      col_d     = seg_col_d;
    end else if (!ky_end_q) begin
      row_d      = row_q + ColWidth'(cfg_i.ky_step);
      row_addr_d = row_addr_q + ky_step_addr_i;
      seg_col_d  = tile_col_q;
      col_d      = tile_col_q;
    end else begin
      if (channels_end_q && !x_end_q) begin
        x_col_d = x_col_q + x_step;
      end else if (channels_end_q) begin
        x_col_d  = ColWidth'($signed(cfg_i.x_start));
        y_row_d  = y_row_q + ColWidth'(cfg_i.row_step);
        y_addr_d = y_addr_q + row_step_addr_i;
      end
      row_d      = y_row_d;
      row_addr_d = y_addr_d;
      tile_col_d = channels_end_q ? x_col_d : tile_col_q + tile_step;
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
    if (load) begin
      tile_d  = 17'(next_i.wgt_base);
      group_d = tile_d;
      line_d  = tile_d;
    end else if (tile_end) begin
      tile_d  = channels_end_q ? 17'(cfg_i.wgt_base) : tile_q + 17'(cfg_i.tile_lines);
      group_d = tile_d;
      line_d  = tile_d;
    end else if (slice_end) begin
      if (seg_end_q || fetch_end) group_d = line_d;
      else line_d = group_q;
    end
  end

  // Words of a step, and whether a segment is one step, in tile and split mode.
  logic [15:0] split_words, in_rows_d, y_left_d;
  logic [7:0]  kx_d, ky_d;
  logic        seg_end_d, tile_single_q, split_single_q, is_add_d;

  always_comb begin
    unique case (act_bits)
      tendon_regs_pkg::WidthBits8: split_words = 16'(Banks * (Columns >= 4 ? 4 : 2));
      tendon_regs_pkg::WidthBits4: split_words = 16'(Banks * 2);
      default:                     split_words = 16'(Banks);
    endcase
    kx_d      = load ? next_i.kx_count : kx_end_q ? cfg_i.kx_count : kx_q - 8'd1;
    ky_d      = load ? next_i.ky_count : ky_end_q ? cfg_i.ky_count : ky_q - 8'd1;
    y_left_d  = load ? next_i.out_rows : y_left_q - 16'd1;
    in_rows_d = load ? next_i.in_rows : cfg_i.in_rows;
    is_add_d  = (load ? next_i.kind : cfg_i.kind) == tendon_pkg::KindAdd;
    if (load) begin
      seg_end_d = next_i.seg_words <= (x_split_d ? split_words : 16'(Banks));
    end else if (!slice_end) begin
      seg_end_d = seg_end_q;
    end else if (!seg_end_q) begin
      seg_end_d = rem_q <= step_words << 1;
    end else begin
      seg_end_d = (tile_end && channels_end_q ? x_split_d : split_q) ? split_single_q
                                                                     : tile_single_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      tile_single_q  <= next_i.seg_words <= 16'(Banks);
      split_single_q <= next_i.seg_words <= split_words;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) run_q <= 1'b0;
    else if (clear_i) run_q <= 1'b0;
    else if (start_i) run_q <= 1'b1;
    else if (bad_line_o) run_q <= 1'b0;
    else if (issue && tile_end && channels_end_q && x_end_q && y_end_q) run_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (load || issue) begin
      slice_q    <= load || slice_end ? '0 : slice_q + 2'd1;
      if (load || (slice_end && (seg_end_q || fetch_end))) fetch_q <= '0;
      else if (slice_end) fetch_q <= fetch_q + ports[1:0];
      rem_q      <= rem_d;
      seg_end_q  <= seg_end_d;
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
      if (load || (slice_end && seg_end_q)) begin
        kx_q     <= kx_d;
        kx_end_q <= kx_d == 8'd1;
      end
      if (load || (slice_end && seg_end_q && kx_end_q)) begin
        ky_q     <= ky_d;
        ky_end_q <= ky_d == 8'd1;
      end
      if (load || (tile_end && channels_end_q)) begin
        x_left_q <= x_left_d;
        x_end_q  <= x_left_d == 16'(x_cols_d);
        split_q  <= x_split_d;
        cols_q   <= x_cols_d;
      end
      if (load || (tile_end && channels_end_q && x_end_q)) begin
        y_left_q <= y_left_d;
        y_end_q  <= y_left_d == 16'd1;
      end
      // The second operand of a sum is at an address of its own, not in another row.
      row_out_q  <= !is_add_d && (row_d < 0 || row_d >= $signed(ColWidth'(in_rows_d)));
    end
  end

  // Ports: each column its own position in tile mode, the next fetch each in split mode. Words are
  // compared by their distance from the ends of row and segment: only the lowest bits differ.
  localparam int unsigned BankBits = $clog2(Banks);
  localparam int unsigned NearBits = $clog2(Banks * Columns) + 1;

  logic                rem_far;
  logic [NearBits-1:0] rem_near;

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
    if (load || (32'(cfg_i.pos_step) >> StepBits) != '0) begin
      fence_q <= {1'b1, {(AddrWidth+1){1'b0}}};
    end
  end
  assign behind_load_o = run_q && loading_i && !row_out_q && addr_q > fence_q;

  // n * x by shifts and sums: a multiplier block would be slower.
  function automatic logic [ColWidth-1:0] times(int unsigned n, logic [ColWidth-1:0] x);
    times = '0;
    for (int unsigned b = 0; b < 3; b++) begin
      if (((n >> b) & 1) != 0) times = times + (x << b);
    end
  endfunction

  for (genvar c = 0; c < Columns; c++) begin : gen_ports
    logic [ColWidth-1:0] offset, offset_q, col;
    logic [ColWidth:0]   excess;  // words from the end of the row to the column, < 0 inside
    logic [ColWidth:0]   end_tile_q, end_split_q;  // offset minus the row
    logic                left, left_far, in_row, in_row_far;
    always_ff @(posedge clk_i) begin
      if (load) begin
        offset_q    <= times(c, ColWidth'(next_i.pos_step));
        end_split_q <= (ColWidth+1)'(c * Banks) - (ColWidth+1)'(next_i.in_row_words);
        end_tile_q  <= (ColWidth+1)'($signed(times(c, ColWidth'(next_i.pos_step))))
                       - (ColWidth+1)'(next_i.in_row_words);
      end
    end
    assign offset = split_q ? ColWidth'(c * Banks) : offset_q;
    assign col    = col_q + offset;
    assign excess = {col_q[ColWidth-1], col_q} + (split_q ? end_split_q : end_tile_q);
    assign left      = col[ColWidth-1];
    assign left_far  = col[ColWidth-1:BankBits] != '1;
    assign in_row     = excess[ColWidth];
    assign in_row_far = excess[ColWidth-1:BankBits] != '1;
    assign act_addr_o[c*AddrWidth +: AddrWidth] = addr_q[AddrWidth-1:0] + AddrWidth'(offset);
    for (genvar k = 0; k < Banks; k++) begin : gen_words
      logic in_left, in_right;
      assign in_left  = !left || (!left_far && 32'(col[BankBits-1:0]) + k >= Banks);
      assign in_right = in_row && (in_row_far || 32'(excess[BankBits-1:0]) + k < Banks);
      assign pad_o[c*Banks+k] = row_out_q || !in_left || !in_right;
      assign behind_o[c*Banks+k] = !rem_far
          && (split_q ? 32'(rem_near) <= c * Banks + k : 32'(rem_near) <= k);
    end
  end

endmodule
