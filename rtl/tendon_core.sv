// SPDX-License-Identifier: MIT
//
// The compute engine: memories, array and everything between a descriptor and the words it writes.
// docs/accelerator.md has the arithmetic, the loops, the cycle counts and a table of the modules.
//
//   desc --> decode --> sequencer --> actmem --> array --> finish --> pack --> actmem
//                           |     \-> wgtmem --/   |         |
//                           pace                 drain --- parmem, argmax
//
// One layer at a time walks through; the next descriptor is decoded meanwhile and starts in the
// cycle after the last word of its predecessor is written.
//
// desc_load_i: desc_next_i is desc_data_i of the next cycle, from which on it must be stable, with
// desc_valid_i, until desc_ready_o. That comes when the descriptor starts (or is refused:
// err_valid_o one cycle later), not before desc_go_i. After an error nothing more is written until
// clear_i.
//
// The bus may write activations while a descriptor runs if loading_i is high, words come in
// ascending order and wr_word_i is always the next of them: the descriptor then waits for what it
// reads from there on. A beat for the activation memory is taken with wr_ready_o, which is low
// while the core writes its own results. rd_data_valid_o comes two cycles after rd_valid_i.
module tendon_core #(
  parameter int unsigned Rows = 4,          // output channels, R: 1, 2, 4, 8, 16
  parameter int unsigned Columns = 4,       // output positions, C: 1, 2, 4, 8
  parameter int unsigned Lanes = 16,        // 16 or 32
  parameter int unsigned ActWords = 8192,   // powers of two, all three memories
  parameter int unsigned WgtLines = 1024,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWidth = 128,    // 32, 64, 128
  // columns that drain at once with thresholds; accumulator bits that are multiplied per cycle
  parameter int unsigned DrainColumns = Columns >= 2 ? 2 : 1,
  parameter int unsigned PieceWidth = Columns >= 8 ? 16 : 8,
  parameter int unsigned Elements = 1,  // max pool, add and table are built
  parameter int unsigned Gemm = 1,      // pack, and zero points of weights
  parameter int unsigned Tflite = 0,    // its rounding mode
  parameter int unsigned MultBlocks = 0,  // requantization in multiplier blocks of the device
  parameter int unsigned Protect = 0    // memories correct one flipped bit, and find two
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  // descriptors
  input  logic                   desc_load_i,
  input  logic [511:0]           desc_next_i,
  input  logic                   desc_valid_i,
  input  logic                   desc_go_i,
  output logic                   desc_ready_o,
  input  logic [511:0]           desc_data_i,
  output logic                   done_valid_o,
  output logic                   err_valid_o,
  output logic [7:0]             err_code_o,
  output logic [31:0]            err_addr_o,  // [31:30] memory (as in LOAD), word, line or entry
  // bus writes
  input  logic                   loading_i,
  input  logic                   wr_valid_i,
  output logic                   wr_ready_o,
  input  logic [1:0]             wr_space_i,
  input  logic [19:0]            wr_word_i,
  input  logic [DmaWidth-1:0]    wr_data_i,
  input  logic [DmaWidth/32-1:0] wr_strb_i,
  // bus reads of the activation memory
  input  logic                   rd_valid_i,
  input  logic [15:0]            rd_word_i,
  output logic [DmaWidth-1:0]    rd_data_o,
  output logic                   rd_data_valid_o,
  // label
  output logic                   label_valid_o,
  output logic [15:0]            label_o,
  output logic [31:0]            max_acc_o,
  // this cycle
  output logic                   busy_o,
  output logic [2:0]             state_o,
  // with Protect: two flipped bits in a word that is used, in a word of rd_data_o
  output logic                   fault_o,
  output logic [DmaWidth/32-1:0] rd_double_o
);

  localparam int unsigned Banks = Lanes / 4;
  localparam int unsigned DmaWords = DmaWidth / 32;
  localparam int unsigned MultWidth = Tflite != 0 ? 31 : 24;
  localparam int unsigned WriteWords = Rows * 8 > 32 ? Rows * 8 / 32 : 1;
  localparam int unsigned ActAddr = $clog2(ActWords);
  localparam int unsigned LineAddr = $clog2(WgtLines);

  if (!(Rows == 1 || Rows == 2 || Rows == 4 || Rows == 8 || Rows == 16)) begin : gen_bad_rows
    $fatal(1, "tendon_core: Rows must be 1, 2, 4, 8 or 16");
  end
  if (!(Columns == 1 || Columns == 2 || Columns == 4 || Columns == 8)) begin : gen_bad_columns
    $fatal(1, "tendon_core: Columns must be 1, 2, 4 or 8");
  end
  if (!(Lanes == 16 || Lanes == 32)) begin : gen_bad_lanes
    $fatal(1, "tendon_core: Lanes must be 16 or 32");
  end
  if (!(DmaWidth == 32 || DmaWidth == 64 || DmaWidth == 128)) begin : gen_bad_bus
    $fatal(1, "tendon_core: DmaWidth must be 32, 64 or 128");
  end
  if (ActWords < 256 || ActWords > 65536 || (ActWords & (ActWords - 1)) != 0) begin : gen_bad_act
    $fatal(1, "tendon_core: ActWords must be a power of two, 256 to 65536");
  end
  if (WgtLines < 64 || WgtLines > 65536 || (WgtLines & (WgtLines - 1)) != 0) begin : gen_bad_wgt
    $fatal(1, "tendon_core: WgtLines must be a power of two, 64 to 65536");
  end
  if (ParEntries < 16 || ParEntries > 65536
      || (ParEntries & (ParEntries - 1)) != 0) begin : gen_bad_par
    $fatal(1, "tendon_core: ParEntries must be a power of two, 16 to 65536");
  end
  if (!(DrainColumns == 1 || (DrainColumns == 2 && Columns >= 2))) begin : gen_bad_drain
    $fatal(1, "tendon_core: DrainColumns must be 1, or 2 with two columns or more");
  end
  if (Elements > 1 || Gemm > 1 || Tflite > 1 || MultBlocks > 1) begin : gen_bad_parts
    $fatal(1, "tendon_core: Elements, Gemm, Tflite and MultBlocks must be 0 or 1");
  end
  if (!(PieceWidth == 8 || PieceWidth == 16)) begin : gen_bad_piece
    $fatal(1, "tendon_core: PieceWidth must be 8 or 16");
  end

  // Layer control.
  tendon_pkg::conv_t   next, cfg_q;
  logic                decoded, legal, take, start, finish, busy_q, failed_q, kill, written_q;
  logic [7:0]          decode_err;
  logic [31:0]         decode_addr;
  logic [ActAddr-1:0]  row0_addr, row_step_addr, ky_step_addr, row_step_addr_q, ky_step_addr_q;
  logic                written, argmax_busy;
  logic                bad_line, bad_entry, bad_word, fail;
  logic [16:0]         bad_line_addr, bad_entry_addr;
  logic                any_line;  // read or written
  logic [16:0]         any_line_addr;
  logic [19:0]         bad_word_addr;

  assign kill = clear_i || failed_q;

  tendon_decode #(
    .Columns(Columns),
    .PieceWidth(PieceWidth),
    .ActWords(ActWords),
    .Elements(Elements),
    .Gemm(Gemm),
    .Tflite(Tflite)
  ) u_decode (
    .clk_i,
    .rst_ni,
    .clear_i(kill),
    .desc_load_i,
    .desc_next_i,
    .desc_valid_i,
    .desc_i(desc_data_i),
    .take_i(take),
    .ready_o(decoded),
    .conv_o(next),
    .legal_o(legal),
    .err_code_o(decode_err),
    .err_addr_o(decode_addr),
    .row0_addr_o(row0_addr),
    .row_step_addr_o(row_step_addr),
    .ky_step_addr_o(ky_step_addr)
  );

  assign finish = busy_q && (written || written_q) && !argmax_busy;
  assign take   = decoded && desc_go_i && !kill && (!busy_q || finish);
  assign start  = take && legal;
  // Never together with `finish`: whoever finds one has more to do before the last word is written.
  assign fail   = busy_q && (any_line || bad_entry || bad_word);

  assign desc_ready_o  = take;
  assign done_valid_o  = finish;
  assign label_valid_o = done_valid_o && cfg_q.argmax;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      written_q   <= 1'b0;
      failed_q    <= 1'b0;
      err_valid_o <= 1'b0;
      err_code_o  <= '0;
      err_addr_o  <= '0;
    end else if (clear_i) begin
      busy_q      <= 1'b0;
      written_q   <= 1'b0;
      failed_q    <= 1'b0;
      err_valid_o <= 1'b0;
    end else begin
      err_valid_o <= 1'b0;
      written_q   <= (written || written_q) && !finish;
      if (start) busy_q <= 1'b1;
      else if (finish) busy_q <= 1'b0;
      if (take && !start) begin
        failed_q    <= 1'b1;
        err_valid_o <= 1'b1;
        err_code_o  <= decode_err;
        err_addr_o  <= decode_addr;
      end else if (fail) begin
        busy_q      <= 1'b0;
        failed_q    <= 1'b1;
        err_valid_o <= 1'b1;
        err_code_o  <= tendon_regs_pkg::ErrMemory;
        if (bad_word) err_addr_o <= {tendon_regs_pkg::SpaceAct, 10'b0, bad_word_addr};
        else if (bad_entry) err_addr_o <= {tendon_regs_pkg::SpacePar, 13'b0, bad_entry_addr};
        else err_addr_o <= {tendon_regs_pkg::SpaceWgt, 13'b0, any_line_addr};
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!busy_q || finish) begin  // of use only with `start`, which comes later in a cycle
      cfg_q           <= next;
      row_step_addr_q <= row_step_addr;
      ky_step_addr_q  <= ky_step_addr;
    end
  end

  // Sequencer and memories.
  logic [Columns*ActAddr-1:0] act_addr;
  logic [Columns*Banks-1:0]   pad, behind;
  tendon_pkg::spread_e        spread;
  tendon_pkg::pick_e          pick;
  logic [LineAddr-1:0]        line;
  logic [1:0]                 pick_q;
  tendon_pkg::step_t          step, step1_q, step2_q;
  tendon_pkg::tile_t          tile;
  logic                       running, waiting, behind_load;
  logic [Columns*8*Lanes-1:0] act;
  logic [Rows*8*Lanes-1:0]    wgt;

  tendon_sequencer #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .DrainColumns(DrainColumns)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .clear_i(kill),
    .start_i(start),
    .next_i(next),
    .row0_addr_i(row0_addr),
    .cfg_i(cfg_q),
    .row_step_addr_i(row_step_addr_q),
    .ky_step_addr_i(ky_step_addr_q),
    .loading_i,
    .landed_i(wr_word_i[ActAddr:0]),
    .act_addr_o(act_addr),
    .pad_o(pad),
    .behind_o(behind),
    .spread_o(spread),
    .line_o(line),
    .pick_o(pick),
    .pick_q_o(pick_q),
    .step_o(step),
    .tile_o(tile),
    .running_o(running),
    .wait_o(waiting),
    .behind_load_o(behind_load),
    .bad_line_o(bad_line),
    .bad_addr_o(bad_line_addr)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step1_q <= '0;
      step2_q <= '0;
    end else if (kill) begin
      step1_q <= '0;
      step2_q <= '0;
    end else begin
      step1_q <= step;
      step2_q <= step1_q;
    end
  end

  // Operands.
  logic                     wr;
  logic [ActAddr-1:0]       wr_addr;
  logic [WriteWords-1:0]    wr_strb;
  logic [WriteWords*32-1:0] wr_data;
  logic [7:0]               kfix, zero;

  // The bus stays away from weights and parameters while a KindPack writes them.
  logic                pack_wgt, bad_pack_line;
  logic [19:0]         pack_wgt_word;
  logic [DmaWords-1:0] pack_wgt_strb;
  logic [DmaWidth-1:0] pack_wgt_data;
  logic [16:0]         bad_pack_line_addr;

  logic double_operand, double_parameter;

  assign wr_ready_o = !(wr || bad_word);
  assign fault_o    = double_operand || double_parameter;

  tendon_operands #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .DmaWords(DmaWords),
    .Gemm(Gemm),
    .Protect(Protect)
  ) u_operands (
    .clk_i,
    .rst_ni,
    .clear_i,
    .cfg_i(cfg_q),
    .act_addr_i(act_addr),
    .pad_i(pad),
    .behind_i(behind),
    .spread_i(spread),
    .line_i(line),
    .pick_i(pick),
    .pick_q_i(pick_q),
    .act_o(act),
    .wgt_o(wgt),
    .kfix_o(kfix),
    .zero_o(zero),
    .res_wr_i(wr && !kill),
    .res_addr_i(wr_addr),
    .res_strb_i(wr_strb),
    .res_data_i(wr_data),
    .pack_wr_i(pack_wgt),
    .pack_word_i(pack_wgt_word),
    .pack_strb_i(pack_wgt_strb),
    .pack_data_i(pack_wgt_data),
    .wr_valid_i,
    .wr_space_i,
    .wr_word_i,
    .wr_strb_i,
    .wr_data_i,
    .rd_valid_i,
    .rd_word_i(rd_word_i[ActAddr-1:0]),
    .rd_data_o,
    .rd_data_valid_o,
    .used_i(step1_q.valid),
    .double_o(double_operand),
    .rd_double_o
  );

  // Array and results.
  logic                            tile_done;
  logic [2:0]                      col;
  logic [DrainColumns*Rows*32-1:0] sums;
  logic [DrainColumns*32-1:0]      fixes;

  tendon_array #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .DrainColumns(DrainColumns)
  ) u_array (
    .clk_i,
    .rst_ni,
    .clear_i(kill),
    .step_i(step2_q),
    .act_i(act),
    .wgt_i(wgt),
    .kfix_i(kfix),
    .odd_i(cfg_q.odd),
    .zero_i(Elements != 0 && tendon_pkg::is_element(cfg_q.kind)),
    .tile_done_o(tile_done),
    .sel_i(col),
    .sum_o(sums),
    .fix_o(fixes)
  );

  tendon_results #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWords(DmaWords),
    .DrainColumns(DrainColumns),
    .PieceWidth(PieceWidth),
    .MultWidth(MultWidth),
    .MultBlocks(MultBlocks),
    .Elements(Elements),
    .Gemm(Gemm),
    .Protect(Protect)
  ) u_results (
    .clk_i,
    .rst_ni,
    .clear_i(kill),
    .start_i(start),
    .next_i(next),
    .cfg_i(cfg_q),
    .busy_i(busy_q),
    .tile_i(tile),
    .step_i(step2_q),
    .act_i(act[8*Lanes-1:0]),
    .zero_i(zero),
    .tile_done_i(tile_done),
    .col_o(col),
    .sum_i(sums),
    .fix_i(fixes),
    .par_wr_i(wr_valid_i && wr_space_i == tendon_regs_pkg::SpacePar),
    .par_word_i(wr_word_i),
    .par_strb_i(wr_strb_i),
    .par_data_i(wr_data_i),
    .wr_o(wr),
    .wr_addr_o(wr_addr),
    .wr_strb_o(wr_strb),
    .wr_data_o(wr_data),
    .wgt_wr_o(pack_wgt),
    .wgt_word_o(pack_wgt_word),
    .wgt_strb_o(pack_wgt_strb),
    .wgt_data_o(pack_wgt_data),
    .done_o(written),
    .argmax_busy_o(argmax_busy),
    .label_o,
    .max_acc_o,
    .bad_line_o(bad_pack_line),
    .bad_line_addr_o(bad_pack_line_addr),
    .bad_entry_o(bad_entry),
    .bad_entry_addr_o(bad_entry_addr),
    .bad_word_o(bad_word),
    .bad_word_addr_o(bad_word_addr),
    .double_o(double_parameter)
  );

  assign any_line      = bad_line || bad_pack_line;
  assign any_line_addr = bad_line ? bad_line_addr : bad_pack_line_addr;

  // What this cycle is for.
  tendon_pkg::cause_e cause;

  always_comb begin
    cause = tendon_pkg::CauseIdle;
    if (failed_q) cause = tendon_pkg::CauseIdle;
    else if (busy_q && behind_load) cause = tendon_pkg::CauseWaitActivations;
    else if (busy_q && waiting) cause = tendon_pkg::CauseWaitWriteback;
    else if (busy_q && running) cause = tendon_pkg::CauseActive;
    else if (busy_q) cause = tendon_pkg::CauseDrain;
    else if (desc_go_i) cause = tendon_pkg::CauseSetup;
  end

  assign state_o = cause;
  assign busy_o  = busy_q;

  logic unused_bits;
  assign unused_bits = ^{rd_word_i, wr_word_i};

`ifdef VERILATOR
  assert property (@(posedge clk_i) !(fail && finish))
    else $error("tendon_core: a layer fails in the cycle in which it ends");
`endif

endmodule
