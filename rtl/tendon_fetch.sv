// SPDX-License-Identifier: MIT
//
// Runs a chain of descriptors: fetches them ahead, checks them, hands each to the DMA engine or the
// compute engine, counts what is finished, and stops cleanly on the first error.
//
// One descriptor is assembled here while the engines work: the DMA engine holds one, the compute
// engine one that runs; the one here is decoded ahead. Dispatch is in order; `wait_dma` and
// `wait_compute` hold a descriptor until the other engine is empty. LOAD and STORE of the
// activation memory wait for compute by themselves, and compute for them; with `overlap` a
// descriptor starts under a LOAD of activations, and the compute engine waits word by word.
// Weights and parameters stream in under computation.
//
//   fetch request -> beats shift in -> check word, fields, range -> dispatch
//
// The second descriptor of a chain is requested right behind the first one, because the first is
// always dispatched without another read: nothing runs yet. Its beats wait in the DMA engine.
//
// Errors: the first one is kept (code, tag, address), the compute engine is cleared, the bus runs
// dry, and nothing starts until the soft reset. Soft reset waits for the bus and then clears all
// state. If the bus never answers it waits for ever: AXI has no way to take a request back.
module tendon_fetch #(
  parameter int unsigned Rows       = 4,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 8192,
  parameter int unsigned WgtLines   = 1024,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWidth   = 128,
  parameter int unsigned Protect    = 0
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // tendon_regs
  input  logic                start_i,
  input  logic                soft_reset_i,
  input  logic                abort_i,
  input  logic [15:0]         count_i,
  input  logic [31:6]         desc_base_i,
  input  logic [23:0]         watchdog_i,
  output logic                clear_o,      // pulse: soft reset done, all state is cleared
  output logic                busy_o,
  output logic                done_o,
  output logic                error_o,
  output logic                resetting_o,
  output logic                done_event_o,
  output logic                error_event_o,
  output logic                desc_event_o,
  output logic [15:0]         progress_o,
  output logic [7:0]          err_code_o,
  output logic [15:0]         err_tag_o,
  output logic [31:0]         err_addr_o,
  // tendon_perf
  output logic                run_o,
  output logic [1:0]          line_o,
  // tendon_dma
  output logic                stop_o,
  input  logic                dma_idle_i,
  input  logic                dma_beat_i,
  output logic                fetch_valid_o,
  input  logic                fetch_ready_i,
  output logic [31:6]         fetch_addr_o,
  input  logic                fetch_beat_valid_i,
  output logic                fetch_beat_ready_o,
  input  logic                fetch_beat_last_i,
  input  logic [DmaWidth-1:0] fetch_beat_i,
  output logic                job_valid_o,
  input  logic                job_ready_i,
  output logic                job_store_o,
  output logic [1:0]          job_space_o,
  output logic [31:4]         job_bus_o,
  output logic [19:2]         job_word_o,
  output logic [19:0]         job_words_m1_o,
  input  logic                job_active_i,
  input  logic                job_done_i,
  input  logic                dma_err_valid_i,
  input  logic                dma_err_fetch_i,
  input  logic [7:0]          dma_err_code_i,
  input  logic [31:0]         dma_err_addr_i,
  // tendon_core
  output logic                core_clear_o,
  output logic                desc_load_o,   // desc_next_o is desc_data_o of the next cycle
  output logic [511:0]        desc_next_o,
  output logic                desc_valid_o,  // may be decoded
  output logic                desc_go_o,     // may start
  input  logic                desc_ready_i,
  output logic [511:0]        desc_data_o,
  output logic                loading_o,     // a LOAD of activations runs
  input  logic                core_done_i,
  input  logic                core_err_valid_i,
  input  logic [7:0]          core_err_code_i,
  input  logic [31:0]         core_err_addr_i,
  // with Protect: hardware failed; stops everything whatever the state, as the first error does
  input  logic                fault_i
);

  localparam logic [20:0] ActSize = 21'(ActWords);
  localparam logic [20:0] WgtSize = 21'(WgtLines * Rows * Lanes / 4);
  localparam logic [20:0] ParSize = 21'(ParEntries * Rows * 3);

  if (WgtLines * Rows * Lanes / 4 > 2 ** 20 || ActWords > 2 ** 16 ||
      ParEntries * Rows * 3 > 2 ** 20) begin : gen_bad_size
    $fatal(1, "tendon_fetch: a memory is larger than the descriptors can address");
  end

  // ---- chain ----------------------------------------------------------------------------------

  typedef enum logic [1:0] {AsmEmpty, AsmFill, AsmCheck, AsmReady} asm_e;

  asm_e         asm_q;
  logic [511:0] desc_q, desc_d;
  logic [31:0]  check_q, beat_fold;
  logic [31:6]  desc_addr_q;   // of the descriptor in desc_q
  logic [31:6]  fetch_addr_q;  // of the next one
  logic [15:0]  fetch_left_q;  // descriptors that have not arrived
  logic [15:0]  progress_q;
  logic         first_q;       // the first descriptor of the chain has not arrived
  logic         ahead_q;       // the one behind it is requested
  logic         drop_q;        // and not wanted
  logic         fill_start, fill_end;
  logic         busy_q, done_q, error_q, resetting_q;
  logic         dispatch, dispatch_dma, dispatch_core, chain_end, stop;

  assign stop        = error_q || resetting_q;
  assign stop_o      = stop;
  assign core_clear_o = stop;
  assign busy_o      = busy_q;
  assign done_o      = done_q;
  assign error_o     = error_q;
  assign resetting_o = resetting_q;
  assign progress_o  = progress_q;
  assign clear_o     = resetting_q && dma_idle_i;

  // Flags of the compute descriptors in flight, oldest at rd_ptr_q.
  logic [1:0]  wr_ptr_q, rd_ptr_q, in_flight;
  logic [17:0] flight [4];  // {log, irq, tag}
  logic [17:0] oldest, head_flags, dma_flags_q;
  logic        dma_act_q, dma_store_q;  // the DMA engine uses the activation memory

  assign in_flight  = wr_ptr_q - rd_ptr_q;
  assign oldest     = flight[rd_ptr_q];
  assign head_flags = {desc_q[tendon_regs_pkg::DescLogLsb], desc_q[tendon_regs_pkg::DescIrqLsb],
                       desc_q[tendon_regs_pkg::DescTagLsb +: 16]};

  assign chain_end = busy_q && asm_q == AsmEmpty && fetch_left_q == '0 && in_flight == '0 &&
                     !job_active_i;
  assign run_o     = busy_q && !chain_end;

  // ---- checks ---------------------------------------------------------------------------------

  logic [7:0]  opcode;
  logic        is_load, is_store, is_dma, is_conv, is_pack, is_act;
  logic        overlap, bad_head, bad_dma_field, far_dma;
  logic [19:0] words_m1_q;
  logic [20:0] end_q, space_size;  // first word behind a LOAD or STORE
  logic [7:0]  asm_code;
  logic        asm_error;

  assign opcode   = desc_q[tendon_regs_pkg::DescOpcodeLsb +: 8];
  assign is_load  = opcode == tendon_regs_pkg::OpcodeLoad;
  assign is_store = opcode == tendon_regs_pkg::OpcodeStore;
  assign is_conv  = opcode >= tendon_regs_pkg::OpcodeConv && opcode <= tendon_regs_pkg::OpcodePack;
  assign is_pack  = opcode == tendon_regs_pkg::OpcodePack;
  assign is_dma   = is_load || is_store;
  assign is_act   = job_space_o == tendon_regs_pkg::SpaceAct;  // of a LOAD or STORE

  assign job_store_o    = is_store;
  assign job_space_o    = desc_q[tendon_regs_pkg::DmaSpaceLsb +: 2];
  assign job_bus_o      = desc_q[tendon_regs_pkg::DmaBusLsb + 4 +: 28];
  assign job_word_o     = desc_q[tendon_regs_pkg::DmaWordLsb + 2 +: 18];
  assign job_words_m1_o = words_m1_q;

  assign overlap       = desc_q[tendon_regs_pkg::DescOverlapLsb];
  assign bad_head      = desc_q[15:14] != '0;
  assign bad_dma_field = overlap || desc_q[tendon_regs_pkg::DmaSpaceLsb + 2 +: 30] != '0 ||
                         (is_store && job_space_o != tendon_regs_pkg::SpaceAct) ||
                         desc_q[tendon_regs_pkg::DmaBusLsb +: 4] != '0 ||
                         desc_q[tendon_regs_pkg::DmaWordLsb +: 2] != '0 ||
                         desc_q[tendon_regs_pkg::DmaBytesLsb +: 2] != '0 ||
                         desc_q[tendon_regs_pkg::DmaBytesLsb +: 32] == '0;
  assign far_dma       = desc_q[tendon_regs_pkg::DmaWordLsb + 20 +: 12] != '0 ||
                         desc_q[tendon_regs_pkg::DmaBytesLsb + 22 +: 10] != '0;

  always_comb begin
    unique case (job_space_o)
      tendon_regs_pkg::SpaceAct: space_size = ActSize;
      tendon_regs_pkg::SpaceWgt: space_size = WgtSize;
      default:                   space_size = ParSize;
    endcase
  end

  // The check word once more, of the descriptor as it lies here.
  logic [31:0] desc_fold;

  if (Protect != 0) begin : gen_fold
    always_comb begin
      desc_fold = '0;
      for (int unsigned i = 0; i < 16; i++) desc_fold = desc_fold ^ desc_q[32*i +: 32];
    end
  end else begin : gen_no_fold
    assign desc_fold = '1;
  end

  always_comb begin
    asm_error = 1'b0;
    asm_code  = tendon_regs_pkg::ErrMemory;
    if (asm_q == AsmCheck) begin
      asm_error = 1'b1;
      if (check_q != '1) asm_code = tendon_regs_pkg::ErrCheck;
      else if (!is_dma && !is_conv) asm_code = tendon_regs_pkg::ErrOpcode;
      else if (bad_head || (is_dma && bad_dma_field)) asm_code = tendon_regs_pkg::ErrField;
      else if (is_dma && job_space_o == tendon_regs_pkg::SpaceTable) begin
        asm_code = tendon_regs_pkg::ErrUnsupported;
      end else asm_error = is_dma && (far_dma || end_q > space_size);
    end
    if ((asm_q == AsmCheck || asm_q == AsmReady) && desc_fold != '1) begin
      asm_error = 1'b1;
      asm_code  = tendon_regs_pkg::ErrCheck;
    end
  end

  // ---- dispatch -------------------------------------------------------------------------------

  logic wait_dma, wait_compute, can_core, can_dma;
  logic packs_q;  // among the compute descriptors in flight is a PACK

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) packs_q <= 1'b0;
    else if (dispatch_core) packs_q <= is_pack || (packs_q && in_flight != '0);
    else if (in_flight == '0) packs_q <= 1'b0;
  end

  assign wait_dma     = desc_q[tendon_regs_pkg::DescWaitDmaLsb];
  assign wait_compute = desc_q[tendon_regs_pkg::DescWaitComputeLsb];


  // PACK writes weights and parameters: never together with a LOAD.
  assign can_core = in_flight != 2'd3 && !(wait_compute && in_flight != '0) &&
                    !(job_active_i && (wait_dma || is_pack || dma_store_q ||
                                       (dma_act_q && !overlap)));
  assign can_dma  = !((wait_compute || is_act || packs_q) && in_flight != '0);

  assign desc_load_o   = fill_end;
  assign desc_next_o   = desc_d;
  assign desc_valid_o  = (asm_q == AsmCheck || asm_q == AsmReady) && is_conv && !stop;
  assign desc_go_o     = asm_q == AsmReady && is_conv && can_core && !stop;
  assign desc_data_o   = desc_q;
  assign loading_o     = job_active_i && dma_act_q;
  assign job_valid_o   = (asm_q == AsmReady || (asm_q == AsmCheck && !asm_error)) && is_dma &&
                         can_dma && !stop;
  assign dispatch_core = desc_go_o && desc_ready_i;
  assign dispatch_dma  = job_valid_o && job_ready_i;
  assign dispatch      = dispatch_core || dispatch_dma;

  logic fetch_now, fetch_ahead;

  assign fetch_now   = start_i || (asm_q == AsmEmpty && fetch_left_q != '0);
  assign fetch_ahead = asm_q == AsmFill && first_q && !ahead_q && fetch_left_q[15:1] != '0;

  assign fetch_valid_o = (fetch_now || fetch_ahead) && !stop;
  assign fetch_addr_o  = fetch_addr_q;
  assign fetch_beat_ready_o = asm_q == AsmFill;
  assign fill_start    = (fetch_now && fetch_ready_i) || (dispatch && ahead_q);
  assign fill_end      = fetch_beat_valid_i && fetch_beat_last_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      asm_q   <= AsmEmpty;
      first_q <= 1'b0;
      ahead_q <= 1'b0;
      drop_q  <= 1'b0;
    end else begin
      unique case (asm_q)
        AsmEmpty: if (fill_start) asm_q <= AsmFill;
        AsmFill:  if (fill_end) asm_q <= drop_q ? AsmEmpty : AsmCheck;
        default:  asm_q <= !dispatch ? AsmReady : ahead_q ? AsmFill : AsmEmpty;
      endcase
      if (fetch_ahead && fetch_ready_i) ahead_q <= 1'b1;
      if (start_i) first_q <= 1'b1;
      else if (fill_end) first_q <= 1'b0;
      if (dispatch) begin
        ahead_q <= 1'b0;
        drop_q  <= ahead_q && desc_q[tendon_regs_pkg::DescLastLsb];
      end else if (fill_end) begin
        drop_q <= 1'b0;
      end
      if (clear_o) begin
        asm_q   <= AsmEmpty;
        first_q <= 1'b0;
        ahead_q <= 1'b0;
        drop_q  <= 1'b0;
      end
    end
  end

  // What desc_q becomes with the beat that has arrived.
  assign desc_d = {fetch_beat_i, desc_q[511:DmaWidth]};

  always_comb begin
    beat_fold = '0;
    for (int unsigned i = 0; i < DmaWidth / 32; i++) begin
      beat_fold = beat_fold ^ fetch_beat_i[32*i +: 32];
    end
  end

  always_ff @(posedge clk_i) begin
    if (asm_q != AsmFill) begin
      check_q <= '0;
    end else if (fetch_beat_valid_i) begin
      check_q <= check_q ^ beat_fold;
    end
    if (fetch_beat_valid_i) begin
      desc_q     <= desc_d;
      words_m1_q <= desc_d[tendon_regs_pkg::DmaBytesLsb + 2 +: 20] - 20'd1;
      end_q      <= {1'b0, desc_d[tendon_regs_pkg::DmaWordLsb +: 20]} +
                    {1'b0, desc_d[tendon_regs_pkg::DmaBytesLsb + 2 +: 20]};
    end
    if (dispatch_core) flight[wr_ptr_q] <= head_flags;
    if (dispatch_dma) begin
      dma_flags_q <= head_flags;
      dma_act_q   <= is_load && is_act;
      dma_store_q <= is_store;
    end
    if (fill_start) begin
      desc_addr_q  <= fetch_addr_q;
      fetch_addr_q <= fetch_addr_q + 26'd1;
    end else if (!busy_q) begin
      fetch_addr_q <= desc_base_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_ptr_q     <= '0;
      rd_ptr_q     <= '0;
      fetch_left_q <= '0;
      progress_q   <= '0;
    end else begin
      if (dispatch_core) wr_ptr_q <= wr_ptr_q + 2'd1;
      if (core_done_i && !stop) rd_ptr_q <= rd_ptr_q + 2'd1;
      if (!stop) progress_q <= progress_q + 16'(core_done_i) + 16'(job_done_i);
      if (fill_end && !drop_q) begin
        fetch_left_q <= fetch_left_q - 16'd1;
      end else if (dispatch && desc_q[tendon_regs_pkg::DescLastLsb]) begin
        fetch_left_q <= '0;
      end
      if (start_i) begin
        fetch_left_q <= count_i;
        progress_q   <= '0;
      end
      if (clear_o) begin
        wr_ptr_q     <= '0;
        rd_ptr_q     <= '0;
        fetch_left_q <= '0;
        progress_q   <= '0;
      end
    end
  end

  assign line_o       = stop ? 2'd0 :
                        2'(core_done_i && oldest[17]) + 2'(job_done_i && dma_flags_q[17]);
  assign desc_event_o = !stop && ((core_done_i && oldest[16]) || (job_done_i && dma_flags_q[16]));

  // ---- watchdog, errors, state ----------------------------------------------------------------

  logic [23:0] watchdog_q;
  logic        expired;

  assign expired = busy_q && watchdog_i != '0 && watchdog_q == '0;

  always_ff @(posedge clk_i) begin
    if (!busy_q || dma_beat_i || core_done_i || job_done_i) begin
      watchdog_q <= watchdog_i;
    end else begin
      watchdog_q <= watchdog_q - 24'd1;
    end
  end

  logic        fail;
  logic [7:0]  err_code_q, code;
  logic [15:0] err_tag_q, tag;
  logic [31:0] err_addr_q, addr;

  assign fail = fault_i || (busy_q && (dma_err_valid_i || core_err_valid_i || asm_error ||
                                       expired || abort_i));
  assign error_event_o = fail && !stop;
  assign done_event_o  = chain_end && !error_event_o && !stop;

  always_comb begin
    code = abort_i ? tendon_regs_pkg::ErrAbort : tendon_regs_pkg::ErrWatchdog;
    tag  = in_flight != '0 ? oldest[15:0] : (job_active_i ? dma_flags_q[15:0] : '0);
    addr = '0;
    if (fault_i) begin
      code = tendon_regs_pkg::ErrFault;
    end else if (dma_err_valid_i) begin
      code = dma_err_code_i;
      tag  = dma_err_fetch_i ? '0 : dma_flags_q[15:0];
      addr = dma_err_fetch_i && dma_err_code_i == tendon_regs_pkg::ErrBusRead
             ? {desc_addr_q, 6'd0} : dma_err_addr_i;
    end else if (core_err_valid_i) begin
      code = core_err_code_i;
      addr = core_err_addr_i;
    end else if (asm_error) begin
      code = asm_code;
      tag  = desc_q[tendon_regs_pkg::DescTagLsb +: 16];
      addr = asm_code == tendon_regs_pkg::ErrMemory
             ? desc_q[tendon_regs_pkg::DmaWordLsb +: 32] : {desc_addr_q, 6'd0};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      done_q      <= 1'b0;
      error_q     <= 1'b0;
      resetting_q <= 1'b0;
      err_code_q  <= '0;
      err_tag_q   <= '0;
      err_addr_q  <= '0;
    end else begin
      if (start_i) begin
        busy_q <= 1'b1;
        done_q <= 1'b0;
      end
      if (done_event_o) begin
        busy_q <= 1'b0;
        done_q <= 1'b1;
      end
      if (error_event_o) begin
        busy_q     <= 1'b0;
        error_q    <= 1'b1;
        err_code_q <= code;
        err_tag_q  <= tag;
        err_addr_q <= addr;
      end
      if (soft_reset_i) resetting_q <= 1'b1;
      if (clear_o) begin
        busy_q      <= 1'b0;
        done_q      <= 1'b0;
        error_q     <= 1'b0;
        resetting_q <= 1'b0;
        err_code_q  <= '0;
        err_tag_q   <= '0;
        err_addr_q  <= '0;
      end
    end
  end

  assign err_code_o = err_code_q;
  assign err_tag_o  = err_tag_q;
  assign err_addr_o = err_addr_q;

`ifdef VERILATOR
  // What the compute engine promises.
  assert property (@(posedge clk_i)
                   (core_done_i || core_err_valid_i) && !stop |-> in_flight != '0)
    else $error("tendon_fetch: the core ended a descriptor that it does not have");
  assert property (@(posedge clk_i) !(core_done_i && core_err_valid_i))
    else $error("tendon_fetch: done and error at once");
`endif

endmodule
