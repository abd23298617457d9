// SPDX-License-Identifier: MIT
// Read inside tendon_fetch, before its endmodule. Assumed: what the other modules promise (the end
// of a descriptor only when one runs; four beats a descriptor, the last one marked; start only
// when idle; the watchdog's register stands still while a chain runs).

  logic f_past = 1'b0;  // there is a cycle before
  always_ff @(posedge clk_i) f_past <= 1'b1;
  always_comb if (!f_past) assume (!rst_ni);
  always_comb if (f_past) assume (rst_ni);

  logic        f_stop, f_error, f_reset, f_clear, f_fail, f_busy;
  logic [7:0]  f_code;
  logic [23:0] f_watchdog;
  always_ff @(posedge clk_i) begin
    f_stop     <= stop;
    f_error    <= error_q;
    f_clear    <= clear_o;
    f_fail     <= fail;
    f_busy     <= busy_q;
    f_code     <= err_code_q;
    f_watchdog <= watchdog_i;
  end
  always_comb if (rst_ni) begin
    if (in_flight == '0) assume (!core_done_i && !core_err_valid_i);
    assume (!(core_done_i && core_err_valid_i));
    if (busy_q || resetting_q || error_q) assume (!start_i);
    if (start_i) assume (count_i != '0);
    if (f_past && busy_q) assume (watchdog_i == f_watchdog);
    if (fetch_beat_valid_i) assume (fetch_beat_ready_o);
    if (fetch_beat_last_i) assume (fetch_beat_valid_i);
    if (!job_active_i) assume (!job_done_i);
    if (dma_err_valid_i) assume (dma_err_code_i != '0);
    if (core_err_valid_i) assume (core_err_code_i != '0);
    assume (watchdog_i < 24'd8);
  end

  // Compute descriptors that were handed over and have not ended: at most three, in order, each
  // with its own tag. Watched: any one of them, from f_watch on.
  logic [2:0] f_flying = '0;
  always_ff @(posedge clk_i) if (rst_ni) begin
    if (clear_o) f_flying <= '0;
    else f_flying <= f_flying + 3'(dispatch_core) - 3'(core_done_i && !stop);
  end
  logic        f_seen = 1'b0, f_pick;  // f_pick: any cycle
  logic [1:0]  f_ahead;                // how many end before it
  logic [17:0] f_flags;
  always_ff @(posedge clk_i) begin
    if (clear_o) f_seen <= 1'b0;
    else if (!f_seen && dispatch_core && f_pick) begin
      f_seen  <= 1'b1;
      f_ahead <= in_flight - 2'(core_done_i && !stop);
      f_flags <= head_flags;
    end else if (f_seen && core_done_i && !stop) begin
      if (f_ahead == '0) f_seen <= 1'b0;
      f_ahead <= f_ahead - 2'd1;
    end
  end

  // Cycles without progress while a chain runs.
  logic [23:0] f_quiet = '0;
  always_ff @(posedge clk_i) begin
    if (!busy_q || dma_beat_i || core_done_i || job_done_i) f_quiet <= '0;
    else f_quiet <= f_quiet + 24'd1;
  end

  always_comb if (f_past && rst_ni) begin
    // Nothing lost, repeated or reordered.
    assert (f_flying == {1'b0, in_flight});
    if (f_seen) begin
      assert (f_ahead < in_flight);
      assert (flight[rd_ptr_q + f_ahead] == f_flags);
      if (core_done_i && f_ahead == '0) assert (oldest == f_flags);
    end
    // A chain that makes no progress ends in an error, in time; so every chain that was accepted
    // ends: in done, in error, or in a soft reset, which waits for the bus only.
    if (busy_q && !stop && watchdog_i != '0 && f_quiet != '0) begin
      assert (watchdog_q + f_quiet == watchdog_i);
      assert (f_quiet <= watchdog_i);
    end
    if (busy_q && expired && !stop) assert (error_event_o);
    if (resetting_q && dma_idle_i) assert (clear_o);
    if (f_clear) assert (!busy_q && !error_q && !resetting_q && in_flight == '0);
    // State: at most one of these, and an error stays until the soft reset is done.
    assert (!(busy_q && (done_q || error_q)));
    if (f_error && !f_clear) assert (error_q && err_code_q == f_code);
    if (error_q) assert (err_code_q != '0);
    // After an error nothing starts, nothing is handed over, nothing ends.
    if (stop) begin
      assert (!fetch_valid_o && !desc_go_o && !desc_valid_o && !job_valid_o);
      assert (!done_event_o && !error_event_o && !desc_event_o);
    end
    // A fault of the hardware stops everything, whatever ran.
    if (fault_i && !stop) assert (error_event_o && code == tendon_regs_pkg::ErrFault);
    // LOAD and STORE of activations never together with compute, PACK never with a LOAD or STORE.
    if (dispatch_dma && is_act) assert (in_flight == '0);
    if (dispatch_core && !overlap && job_active_i) assert (!dma_act_q && !dma_store_q);
    if (dispatch_core && is_pack) assert (!job_active_i);
    // What is handed over has passed the checks.
    if (dispatch_core && asm_q == AsmReady) assert (!desc_go_o || is_conv);
    assert (!(dispatch_core && dispatch_dma));
  end
