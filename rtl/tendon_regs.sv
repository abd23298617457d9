// SPDX-License-Identifier: MIT
//
// AXI4-Lite slave with the registers of rtl/spec/registers.rdl.
//
// One write and one read at a time, each independent of the other. Address and data of a write may
// come in any order. A write is answered two cycles after its later half, a read two cycles after
// its address; a read of counters or log waits for tendon_perf (up to 26 cycles more). Every
// ready and valid is a register: no path from an input to an output.
//
// SLVERR, and nothing changes: address not listed, write to a read-only register, write of less
// than a whole word. Job registers refuse writes while a chain runs or a reset is pending and say
// so in STATUS; address bits 1:0 are ignored.
module tendon_regs #(
  parameter int unsigned Rows       = 4,
  parameter int unsigned Columns    = 4,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 8192,
  parameter int unsigned WgtLines   = 1024,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned BusBytes   = 16,
  parameter logic [31:0] Features   = '0,
  parameter int unsigned Voted      = 0  // the flops of the handshakes are three each
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // AXI4-Lite slave
  input  logic        s_awvalid_i,
  output logic        s_awready_o,
  input  logic [11:0] s_awaddr_i,
  input  logic        s_wvalid_i,
  output logic        s_wready_o,
  input  logic [31:0] s_wdata_i,
  input  logic [3:0]  s_wstrb_i,
  output logic        s_bvalid_o,
  input  logic        s_bready_i,
  output logic [1:0]  s_bresp_o,
  input  logic        s_arvalid_i,
  output logic        s_arready_o,
  input  logic [11:0] s_araddr_i,
  output logic        s_rvalid_o,
  input  logic        s_rready_i,
  output logic [31:0] s_rdata_o,
  output logic [1:0]  s_rresp_o,
  // interrupt, level
  output logic        irq_o,
  // tendon_fetch: commands (pulses) and job registers
  output logic        start_o,
  output logic        soft_reset_o,
  output logic        abort_o,
  output logic [15:0] count_o,
  output logic [31:6] desc_base_o,
  output logic [31:12] win_base_o,
  output logic [31:12] win_limit_o,
  output logic [23:0] watchdog_o,
  // tendon_fetch: state, and events (pulses) for IRQ_STATUS
  input  logic        clear_i,
  input  logic        busy_i,
  input  logic        done_i,
  input  logic        error_i,
  input  logic        resetting_i,
  input  logic        dma_busy_i,
  input  logic        core_busy_i,
  input  logic        bus_busy_i,
  input  logic        done_event_i,
  input  logic        error_event_i,
  input  logic        desc_event_i,
  input  logic [15:0] progress_i,
  input  logic [7:0]  err_code_i,
  input  logic [15:0] err_tag_i,
  input  logic [31:0] err_addr_i,
  // tendon_core: result
  input  logic        label_valid_i,
  input  logic [15:0] label_i,
  input  logic [31:0] max_acc_i,
  // tendon_perf: counters, log and number of lines by their address
  output logic        perf_req_o,
  output logic [10:2] perf_addr_o,
  input  logic        perf_valid_i,
  input  logic [31:0] perf_data_i
);

  localparam logic [1:0] RespOkay   = 2'b00;
  localparam logic [1:0] RespSlverr = 2'b10;

  localparam logic [31:0] Caps = {8'(BusBytes), 8'(Lanes), 8'(Columns), 8'(Rows)};

  // ---- write ----------------------------------------------------------------------------------

  logic        aw_full_q, w_full_q, bvalid_q, bresp_err_q;
  logic [11:2] waddr_q;
  logic [31:0] wdata_q;
  logic        whole_q;
  logic        write, locked;

  assign s_awready_o = !aw_full_q;
  assign s_wready_o  = !w_full_q;
  assign s_bvalid_o  = bvalid_q;
  assign s_bresp_o   = bresp_err_q ? RespSlverr : RespOkay;

  assign write  = aw_full_q && w_full_q && !bvalid_q;
  assign locked = busy_i || resetting_i;

  logic [11:0] waddr;
  assign waddr = {waddr_q, 2'b00};

  logic wr_scratch, wr_ctrl, wr_status, wr_irq_en, wr_irq_status;
  logic wr_desc_base, wr_doorbell, wr_win_base, wr_win_limit, wr_watchdog;
  logic wr_job, wr_any;

  assign wr_scratch    = write && whole_q && waddr == tendon_regs_pkg::RegScratch;
  assign wr_ctrl       = write && whole_q && waddr == tendon_regs_pkg::RegCtrl;
  assign wr_status     = write && whole_q && waddr == tendon_regs_pkg::RegStatus;
  assign wr_irq_en     = write && whole_q && waddr == tendon_regs_pkg::RegIrqEn;
  assign wr_irq_status = write && whole_q && waddr == tendon_regs_pkg::RegIrqStatus;
  assign wr_desc_base  = write && whole_q && waddr == tendon_regs_pkg::RegDescBase;
  assign wr_doorbell   = write && whole_q && waddr == tendon_regs_pkg::RegDoorbell;
  assign wr_win_base   = write && whole_q && waddr == tendon_regs_pkg::RegWinBase;
  assign wr_win_limit  = write && whole_q && waddr == tendon_regs_pkg::RegWinLimit;
  assign wr_watchdog   = write && whole_q && waddr == tendon_regs_pkg::RegWatchdog;
  assign wr_job = wr_desc_base || wr_win_base || wr_win_limit || wr_watchdog;
  assign wr_any = wr_scratch || wr_ctrl || wr_status || wr_irq_en || wr_irq_status ||
                  wr_doorbell || wr_job;

  tendon_flag #(
    .Voted(Voted)
  ) u_aw_full (
    .clk_i,
    .rst_ni,
    .d_i(!write && (aw_full_q || s_awvalid_i)),
    .q_o(aw_full_q)
  );

  tendon_flag #(
    .Voted(Voted)
  ) u_w_full (
    .clk_i,
    .rst_ni,
    .d_i(!write && (w_full_q || s_wvalid_i)),
    .q_o(w_full_q)
  );

  tendon_flag #(
    .Voted(Voted)
  ) u_bvalid (
    .clk_i,
    .rst_ni,
    .d_i(write || (bvalid_q && !s_bready_i)),
    .q_o(bvalid_q)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) bresp_err_q <= 1'b0;
    else if (write) bresp_err_q <= !wr_any;
  end

  always_ff @(posedge clk_i) begin
    if (s_awvalid_i && !aw_full_q) waddr_q <= s_awaddr_i[11:2];
    if (s_wvalid_i && !w_full_q) begin
      wdata_q <= s_wdata_i;
      whole_q <= &s_wstrb_i;
    end
  end

  // ---- registers ------------------------------------------------------------------------------

  logic [31:0]  scratch_q, max_acc_q;
  logic [15:0]  count_q, label_q;
  logic [31:6]  desc_base_q;
  logic [31:12] win_base_q, win_limit_q;
  logic [23:0]  watchdog_q;
  logic         refused_q, doorbell_refused_q, irq_q;
  logic [2:0]   irq_en_q, irq_status_q, irq_events;
  logic         doorbell_ok;

  assign irq_events   = {desc_event_i, error_event_i, done_event_i};
  assign doorbell_ok  = !locked && !error_i && wdata_q[31:16] == '0 && wdata_q[15:0] != '0;
  assign start_o      = wr_doorbell && doorbell_ok;
  assign soft_reset_o = wr_ctrl && wdata_q[tendon_regs_pkg::CtrlSoftResetLsb];
  assign abort_o      = wr_ctrl && wdata_q[tendon_regs_pkg::CtrlAbortLsb];
  assign count_o      = wdata_q[15:0];  // valid with start_o
  assign desc_base_o  = desc_base_q;
  assign win_base_o   = win_base_q;
  assign win_limit_o  = win_limit_q;
  assign watchdog_o   = watchdog_q;
  assign irq_o        = irq_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      scratch_q          <= '0;
      count_q            <= '0;
      desc_base_q        <= '0;
      win_base_q         <= '1;
      win_limit_q        <= '0;
      watchdog_q         <= '0;
      irq_en_q           <= '0;
      irq_status_q       <= '0;
      irq_q              <= 1'b0;
      refused_q          <= 1'b0;
      doorbell_refused_q <= 1'b0;
      label_q            <= '0;
      max_acc_q          <= '0;
    end else begin
      if (wr_scratch) scratch_q <= wdata_q;
      if (wr_irq_en) irq_en_q <= wdata_q[2:0];
      if (start_o) count_q <= wdata_q[15:0];
      if (!locked) begin
        if (wr_desc_base) desc_base_q <= wdata_q[31:6];
        if (wr_win_base) win_base_q <= wdata_q[31:12];
        if (wr_win_limit) win_limit_q <= wdata_q[31:12];
        if (wr_watchdog) watchdog_q <= wdata_q[23:0];
      end

      irq_q <= |(irq_status_q & irq_en_q);
      // An event in the cycle of its clearing is kept.
      irq_status_q <= (irq_status_q & ~(wr_irq_status ? wdata_q[2:0] : 3'b000)) | irq_events;
      if (wr_status && wdata_q[tendon_regs_pkg::StatusRefusedLsb]) refused_q <= 1'b0;
      if (wr_status && wdata_q[tendon_regs_pkg::StatusDoorbellRefusedLsb]) begin
        doorbell_refused_q <= 1'b0;
      end
      if (wr_job && locked) refused_q <= 1'b1;
      if (wr_doorbell && !doorbell_ok) doorbell_refused_q <= 1'b1;
      if (label_valid_i) begin
        label_q   <= label_i;
        max_acc_q <= max_acc_i;
      end

      if (clear_i) begin
        irq_status_q       <= '0;
        refused_q          <= 1'b0;
        doorbell_refused_q <= 1'b0;
        label_q            <= '0;
        max_acc_q          <= '0;
      end
    end
  end

  // ---- read -----------------------------------------------------------------------------------

  logic        ar_full_q, rvalid_q, rresp_err_q;
  logic [11:2] raddr_q;
  logic [31:0] rdata_q, rdata;
  logic        is_perf, is_mapped, read;
  logic [31:0] status;

  assign s_arready_o = !ar_full_q;
  assign s_rvalid_o  = rvalid_q;
  assign s_rdata_o   = rdata_q;
  assign s_rresp_o   = rresp_err_q ? RespSlverr : RespOkay;

  // Counters 0x080 to 0x0A4, log 0x400 to 0x7FC.
  assign is_perf = raddr_q[11:10] == 2'b01 || {raddr_q, 2'b00} == tendon_regs_pkg::RegLogLines ||
                   (raddr_q[11:6] == 6'b000010 && raddr_q[5:2] < 4'd10);
  assign read        = ar_full_q && !rvalid_q && !is_perf;
  assign perf_req_o  = ar_full_q && !rvalid_q && is_perf;
  assign perf_addr_o = raddr_q[10:2];

  always_comb begin
    status = '0;
    status[tendon_regs_pkg::StatusBusyLsb]            = busy_i;
    status[tendon_regs_pkg::StatusDoneLsb]            = done_i;
    status[tendon_regs_pkg::StatusErrorLsb]           = error_i;
    status[tendon_regs_pkg::StatusRefusedLsb]         = refused_q;
    status[tendon_regs_pkg::StatusDoorbellRefusedLsb] = doorbell_refused_q;
    status[tendon_regs_pkg::StatusResettingLsb]       = resetting_i;
    status[tendon_regs_pkg::StatusDmaBusyLsb]         = dma_busy_i;
    status[tendon_regs_pkg::StatusCoreBusyLsb]        = core_busy_i;
    status[tendon_regs_pkg::StatusBusBusyLsb]         = bus_busy_i;
  end

  always_comb begin
    rdata     = '0;
    is_mapped = raddr_q[11:7] == '0;
    unique case ({raddr_q[6:2], 2'b00})
      tendon_regs_pkg::RegId[6:0]:         rdata = tendon_regs_pkg::IdReset;
      tendon_regs_pkg::RegVersion[6:0]:    rdata = tendon_regs_pkg::VersionReset;
      tendon_regs_pkg::RegCaps[6:0]:       rdata = Caps;
      tendon_regs_pkg::RegFeatures[6:0]:   rdata = Features;
      tendon_regs_pkg::RegActWords[6:0]:   rdata = 32'(ActWords);
      tendon_regs_pkg::RegWgtLines[6:0]:   rdata = 32'(WgtLines);
      tendon_regs_pkg::RegParEntries[6:0]: rdata = 32'(ParEntries);
      tendon_regs_pkg::RegScratch[6:0]:    rdata = scratch_q;
      tendon_regs_pkg::RegCtrl[6:0]:       rdata = '0;
      tendon_regs_pkg::RegStatus[6:0]:     rdata = status;
      tendon_regs_pkg::RegIrqEn[6:0]:      rdata = {29'd0, irq_en_q};
      tendon_regs_pkg::RegIrqStatus[6:0]:  rdata = {29'd0, irq_status_q};
      tendon_regs_pkg::RegDescBase[6:0]:   rdata = {desc_base_q, 6'd0};
      tendon_regs_pkg::RegDoorbell[6:0]:   rdata = {16'd0, count_q};
      tendon_regs_pkg::RegProgress[6:0]:   rdata = {16'd0, progress_i};
      tendon_regs_pkg::RegErrCode[6:0]:    rdata = {24'd0, err_code_i};
      tendon_regs_pkg::RegErrTag[6:0]:     rdata = {16'd0, err_tag_i};
      tendon_regs_pkg::RegErrAddr[6:0]:    rdata = err_addr_i;
      tendon_regs_pkg::RegWinBase[6:0]:    rdata = {win_base_q, 12'd0};
      tendon_regs_pkg::RegWinLimit[6:0]:   rdata = {win_limit_q, 12'd0};
      tendon_regs_pkg::RegWatchdog[6:0]:   rdata = {8'd0, watchdog_q};
      tendon_regs_pkg::RegLabel[6:0]:      rdata = {16'd0, label_q};
      tendon_regs_pkg::RegMaxAcc[6:0]:     rdata = max_acc_q;
      default:                             is_mapped = 1'b0;
    endcase
  end

  logic answer;
  assign answer = read || (perf_req_o && perf_valid_i);

  tendon_flag #(
    .Voted(Voted)
  ) u_ar_full (
    .clk_i,
    .rst_ni,
    .d_i((ar_full_q || s_arvalid_i) && !(rvalid_q && s_rready_i)),
    .q_o(ar_full_q)
  );

  tendon_flag #(
    .Voted(Voted)
  ) u_rvalid (
    .clk_i,
    .rst_ni,
    .d_i(answer || (rvalid_q && !s_rready_i)),
    .q_o(rvalid_q)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rresp_err_q <= 1'b0;
    else if (answer) rresp_err_q <= read && !is_mapped;
  end

  always_ff @(posedge clk_i) begin
    if (s_arvalid_i && !ar_full_q) raddr_q <= s_araddr_i[11:2];
    if (!rvalid_q) rdata_q <= !is_perf ? (is_mapped ? rdata : '0) : perf_data_i;
  end

  logic unused;
  assign unused = ^{s_awaddr_i[1:0], s_araddr_i[1:0]};

endmodule
