// SPDX-License-Identifier: MIT
// Read inside tendon_regs, before its endmodule. Inputs may do anything.

  logic f_past = 1'b0;  // there is a cycle before
  always_ff @(posedge clk_i) f_past <= 1'b1;
  always_comb if (!f_past) assume (!rst_ni);
  always_comb if (f_past) assume (rst_ni);

  // What the cycle before was.
  logic        f_b, f_r, f_write, f_read, f_perf, f_locked, f_clear, f_start, f_whole, f_irq;
  logic [1:0]  f_bresp;
  logic [33:0] f_answer;
  logic [11:0] f_waddr;
  logic [31:0] f_wdata, f_scratch;
  logic [71:0] f_job, job;
  assign job = {desc_base_q, win_base_q, win_limit_q} ^ 72'(watchdog_q);
  always_ff @(posedge clk_i) begin
    f_b       <= s_bvalid_o && !s_bready_i;
    f_r       <= s_rvalid_o && !s_rready_i;
    f_bresp   <= s_bresp_o;
    f_answer  <= {s_rresp_o, s_rdata_o};
    f_write   <= write;
    f_read    <= read;
    f_perf    <= perf_req_o && perf_valid_i;
    f_locked  <= locked;
    f_clear   <= clear_i;
    f_start   <= start_o;
    f_whole   <= whole_q;
    f_waddr   <= waddr;
    f_wdata   <= wdata_q;
    f_scratch <= scratch_q;
    f_job     <= job;
    f_irq     <= |(irq_status_q & irq_en_q);
  end

  // Addresses and data of writes taken and not yet answered, reads taken and not yet answered.
  logic [1:0] f_aw = '0, f_wd = '0, f_ar = '0;
  always_ff @(posedge clk_i) if (rst_ni) begin
    f_aw <= f_aw + 2'(s_awvalid_i && s_awready_o) - 2'(s_bvalid_o && s_bready_i);
    f_wd <= f_wd + 2'(s_wvalid_i && s_wready_o) - 2'(s_bvalid_o && s_bready_i);
    f_ar <= f_ar + 2'(s_arvalid_i && s_arready_o) - 2'(s_rvalid_o && s_rready_i);
  end

  always_comb if (f_past && rst_ni) begin
    // Answers stay until they are taken.
    if (f_b) assert (s_bvalid_o && s_bresp_o == f_bresp);
    if (f_r) assert (s_rvalid_o && {s_rresp_o, s_rdata_o} == f_answer);
    // One answer for each request, none without.
    assert (f_aw == 2'(aw_full_q) + 2'(bvalid_q));
    assert (f_wd == 2'(w_full_q) + 2'(bvalid_q));
    assert (f_ar == 2'(ar_full_q));
    if (s_rvalid_o) assert (ar_full_q);
    // And it comes in the next cycle once both halves are here, or what is read is.
    if (f_write) assert (s_bvalid_o);
    if (f_read || f_perf) assert (s_rvalid_o);
    if (!bvalid_q && aw_full_q && w_full_q) assert (write);
    if (!rvalid_q && ar_full_q) assert (read || perf_req_o);
    // A write has its effect, and only one of a whole word at that address.
    if (f_write && f_whole && f_waddr == tendon_regs_pkg::RegScratch) assert (scratch_q == f_wdata);
    else assert (scratch_q == f_scratch);
    if (f_locked || !(f_write && f_whole)) assert (job == f_job);
    if (f_write && !f_whole) assert (s_bresp_o == RespSlverr);
    // Commands only from their registers; no start while something runs or is wrong.
    if (start_o) assert (write && whole_q && !busy_i && !resetting_i && !error_i && count_o != '0);
    if (soft_reset_o || abort_o) assert (write && whole_q && waddr == tendon_regs_pkg::RegCtrl);
    if (f_start) assert (count_q == f_wdata[15:0]);
    // The interrupt line is the enabled status, one cycle later; the soft reset clears it.
    assert (irq_o == f_irq);
    if (f_clear) assert (irq_status_q == '0 && label_q == '0 && !refused_q);
  end
