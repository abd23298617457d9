// SPDX-License-Identifier: MIT
//
// The accelerator: an AXI4-Lite slave for registers, an AXI4 master for descriptors and data, an
// interrupt line (level). docs/accelerator.md is its manual, docs/registers.md its register list.
//
//   s_* --> tendon_regs <--> tendon_fetch <--> tendon_dma <--> m_*
//               |  ^             |                 |
//               v  |             v                 v
//          tendon_perf <---- tendon_core (memories and compute engine)
//
// One clock, asynchronous active-low reset. No combinational path from an AXI input to an AXI
// output. The master has one ID, so m_*id are left out; every burst is INCR of whole beats.
module tendon_top #(
  parameter int unsigned Rows       = 4,     // R: 1, 2, 4, 8, 16
  parameter int unsigned Columns    = 4,     // C: 1, 2, 4, 8
  parameter int unsigned Lanes      = 16,    // L: 16, 32
  parameter int unsigned ActWords   = 8192,  // 32-bit words of activation memory
  parameter int unsigned WgtLines   = 1024,  // lines of Rows * Lanes bytes
  parameter int unsigned ParEntries = 256,   // entries of Rows channels
  parameter int unsigned DmaWidth   = 128,   // bits of an AXI4 beat: 32, 64, 128
  parameter int unsigned Elements   = 1,  // max pool, add and table are built
  parameter int unsigned Gemm       = 1,  // so are pack and zero points of weights
  parameter int unsigned Tflite     = 0,  // so is its rounding mode
  parameter int unsigned MultBlocks = 0,  // requantization in multiplier blocks of the device
  parameter int unsigned Protect    = 0   // against flipped bits: 0, 1, 2 (FEATURES.PROTECT)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  output logic                  irq_o,
  // AXI4-Lite slave, 4 KiB
  input  logic                  s_awvalid_i,
  output logic                  s_awready_o,
  input  logic [11:0]           s_awaddr_i,
  input  logic [2:0]            s_awprot_i,
  input  logic                  s_wvalid_i,
  output logic                  s_wready_o,
  input  logic [31:0]           s_wdata_i,
  input  logic [3:0]            s_wstrb_i,
  output logic                  s_bvalid_o,
  input  logic                  s_bready_i,
  output logic [1:0]            s_bresp_o,
  input  logic                  s_arvalid_i,
  output logic                  s_arready_o,
  input  logic [11:0]           s_araddr_i,
  input  logic [2:0]            s_arprot_i,
  output logic                  s_rvalid_o,
  input  logic                  s_rready_i,
  output logic [31:0]           s_rdata_o,
  output logic [1:0]            s_rresp_o,
  // AXI4 master
  output logic                  m_awvalid_o,
  input  logic                  m_awready_i,
  output logic [31:0]           m_awaddr_o,
  output logic [7:0]            m_awlen_o,
  output logic [2:0]            m_awsize_o,
  output logic [1:0]            m_awburst_o,
  output logic [3:0]            m_awcache_o,
  output logic [2:0]            m_awprot_o,
  output logic                  m_wvalid_o,
  input  logic                  m_wready_i,
  output logic [DmaWidth-1:0]   m_wdata_o,
  output logic [DmaWidth/8-1:0] m_wstrb_o,
  output logic                  m_wlast_o,
  input  logic                  m_bvalid_i,
  output logic                  m_bready_o,
  input  logic [1:0]            m_bresp_i,
  output logic                  m_arvalid_o,
  input  logic                  m_arready_i,
  output logic [31:0]           m_araddr_o,
  output logic [7:0]            m_arlen_o,
  output logic [2:0]            m_arsize_o,
  output logic [1:0]            m_arburst_o,
  output logic [3:0]            m_arcache_o,
  output logic [2:0]            m_arprot_o,
  input  logic                  m_rvalid_i,
  output logic                  m_rready_o,
  input  logic [DmaWidth-1:0]   m_rdata_i,
  input  logic [1:0]            m_rresp_i,
  input  logic                  m_rlast_i
);

  localparam int unsigned DmaWords = DmaWidth / 32;

  localparam logic [1:0] BurstIncr      = 2'b01;
  localparam logic [3:0] CacheNormal    = 4'b0011;  // bufferable, not cacheable
  localparam logic [2:0] ProtUnprivData = 3'b000;

  localparam logic [31:0] Features =
      (32'd1 << tendon_regs_pkg::FeaturesConvLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesDenseLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesDepthwiseLsb) |
      (32'(Elements != 0) << tendon_regs_pkg::FeaturesMaxPoolLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesAvgPoolLsb) |
      (32'(Elements != 0) << tendon_regs_pkg::FeaturesAddLsb) |
      (32'(Elements != 0) << tendon_regs_pkg::FeaturesTableLsb) |
      (32'(Gemm != 0) << tendon_regs_pkg::FeaturesGemmLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesRoundFloatLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesRoundEvenLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesRoundUpLsb) |
      (32'(Tflite != 0) << tendon_regs_pkg::FeaturesRoundTfliteLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesRoundFloorLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesOddGridLsb) |
      (32'(Columns > 1) << tendon_regs_pkg::FeaturesSplitLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesFusedPoolLsb) |
      (32'd1 << tendon_regs_pkg::FeaturesArgmaxLsb) |
      ((Columns > 1 ? 32'd2 : 32'd1) << tendon_regs_pkg::FeaturesDrainColumnsLsb) |
      (32'(Protect) << tendon_regs_pkg::FeaturesProtectLsb);

  assign m_awsize_o  = 3'($clog2(DmaWidth / 8));
  assign m_awburst_o = BurstIncr;
  assign m_awcache_o = CacheNormal;
  assign m_awprot_o  = ProtUnprivData;
  assign m_arsize_o  = 3'($clog2(DmaWidth / 8));
  assign m_arburst_o = BurstIncr;
  assign m_arcache_o = CacheNormal;
  assign m_arprot_o  = ProtUnprivData;

  // tendon_regs and tendon_fetch
  logic         start, soft_reset, abort, clear;
  logic [15:0]  count;
  logic [31:6]  desc_base;
  logic [31:12] win_base, win_limit;
  logic [23:0]  watchdog;
  logic         busy, done, error, resetting, done_event, error_event, desc_event;
  logic [15:0]  progress, err_tag;
  logic [7:0]   err_code;
  logic [31:0]  err_addr;

  // tendon_perf
  logic        run, perf_req, perf_valid, read_beat, write_beat;
  logic [1:0]  line;
  logic [10:2] perf_addr;
  logic [31:0] perf_data;

  // tendon_fetch and tendon_dma
  logic                stop, dma_idle, dma_beat;
  logic                fetch_valid, fetch_ready, fetch_beat_valid, fetch_beat_ready;
  logic                fetch_beat_last, loading;
  logic [31:6]         fetch_addr;
  logic [DmaWidth-1:0] fetch_beat;
  logic                job_valid, job_ready, job_store, job_active, job_done;
  logic [1:0]          job_space;
  logic [31:4]         job_bus;
  logic [19:2]         job_word;
  logic [19:0]         job_words_m1;
  logic                dma_err_valid, dma_err_fetch;
  logic [7:0]          dma_err_code;
  logic [31:0]         dma_err_addr;

  logic [1:0]          rresp;

  // tendon_core
  logic                core_clear, desc_load, desc_valid, desc_go, desc_ready;
  logic                core_done, core_err_valid, core_busy, core_fault, fault;
  logic [511:0]        desc_next, desc_data;
  logic [7:0]          core_err_code;
  logic [31:0]         core_err_addr, max_acc;
  logic [2:0]          core_state;
  logic                label_valid;
  logic [15:0]         label;
  logic                wr_valid, wr_ready, rd_valid, rd_data_valid;
  logic [1:0]          wr_space;
  logic [19:0]         wr_word;
  logic [DmaWidth-1:0] wr_data, rd_data;
  logic [DmaWords-1:0] wr_strb, rd_double;
  logic [15:0]         rd_word;

  tendon_regs #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .BusBytes(DmaWidth / 8),
    .Features(Features),
    .Voted(32'(Protect >= 2))
  ) u_regs (
    .clk_i,
    .rst_ni,
    .s_awvalid_i,
    .s_awready_o,
    .s_awaddr_i,
    .s_wvalid_i,
    .s_wready_o,
    .s_wdata_i,
    .s_wstrb_i,
    .s_bvalid_o,
    .s_bready_i,
    .s_bresp_o,
    .s_arvalid_i,
    .s_arready_o,
    .s_araddr_i,
    .s_rvalid_o,
    .s_rready_i,
    .s_rdata_o,
    .s_rresp_o(rresp),
    .irq_o,
    .start_o(start),
    .soft_reset_o(soft_reset),
    .abort_o(abort),
    .count_o(count),
    .desc_base_o(desc_base),
    .win_base_o(win_base),
    .win_limit_o(win_limit),
    .watchdog_o(watchdog),
    .clear_i(clear),
    .busy_i(busy),
    .done_i(done),
    .error_i(error),
    .resetting_i(resetting),
    .dma_busy_i(job_active),
    .core_busy_i(core_busy),
    .bus_busy_i(!dma_idle),
    .done_event_i(done_event),
    .error_event_i(error_event),
    .desc_event_i(desc_event),
    .progress_i(progress),
    .err_code_i(err_code),
    .err_tag_i(err_tag),
    .err_addr_i(err_addr),
    .label_valid_i(label_valid),
    .label_i(label),
    .max_acc_i(max_acc),
    .perf_req_o(perf_req),
    .perf_addr_o(perf_addr),
    .perf_valid_i(perf_valid),
    .perf_data_i(perf_data)
  );

  tendon_perf #(.BusBytes(DmaWidth / 8)) u_perf (
    .clk_i,
    .rst_ni,
    .clear_i(clear || start),
    .run_i(run),
    .line_i(line),
    .dma_active_i(job_active),
    .state_i(core_state),
    .read_beat_i(read_beat),
    .write_beat_i(write_beat),
    .req_i(perf_req),
    .addr_i(perf_addr),
    .valid_o(perf_valid),
    .data_o(perf_data)
  );

  tendon_fetch #(
    .Rows(Rows),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWidth(DmaWidth),
    .Protect(Protect)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .start_i(start),
    .soft_reset_i(soft_reset),
    .abort_i(abort),
    .count_i(count),
    .desc_base_i(desc_base),
    .watchdog_i(watchdog),
    .clear_o(clear),
    .busy_o(busy),
    .done_o(done),
    .error_o(error),
    .resetting_o(resetting),
    .done_event_o(done_event),
    .error_event_o(error_event),
    .desc_event_o(desc_event),
    .progress_o(progress),
    .err_code_o(err_code),
    .err_tag_o(err_tag),
    .err_addr_o(err_addr),
    .run_o(run),
    .line_o(line),
    .stop_o(stop),
    .dma_idle_i(dma_idle),
    .dma_beat_i(dma_beat),
    .fetch_valid_o(fetch_valid),
    .fetch_ready_i(fetch_ready),
    .fetch_addr_o(fetch_addr),
    .fetch_beat_valid_i(fetch_beat_valid),
    .fetch_beat_ready_o(fetch_beat_ready),
    .fetch_beat_last_i(fetch_beat_last),
    .fetch_beat_i(fetch_beat),
    .job_valid_o(job_valid),
    .job_ready_i(job_ready),
    .job_store_o(job_store),
    .job_space_o(job_space),
    .job_bus_o(job_bus),
    .job_word_o(job_word),
    .job_words_m1_o(job_words_m1),
    .job_active_i(job_active),
    .job_done_i(job_done),
    .dma_err_valid_i(dma_err_valid),
    .dma_err_fetch_i(dma_err_fetch),
    .dma_err_code_i(dma_err_code),
    .dma_err_addr_i(dma_err_addr),
    .core_clear_o(core_clear),
    .desc_load_o(desc_load),
    .desc_next_o(desc_next),
    .desc_valid_o(desc_valid),
    .desc_go_o(desc_go),
    .desc_ready_i(desc_ready),
    .desc_data_o(desc_data),
    .loading_o(loading),
    .core_done_i(core_done),
    .core_err_valid_i(core_err_valid),
    .core_err_code_i(core_err_code),
    .core_err_addr_i(core_err_addr),
    .fault_i(fault)
  );

  tendon_dma #(.DmaWidth(DmaWidth)) u_dma (
    .clk_i,
    .rst_ni,
    .stop_i(stop),
    .idle_o(dma_idle),
    .beat_o(dma_beat),
    .win_base_i(win_base),
    .win_limit_i(win_limit),
    .fetch_valid_i(fetch_valid),
    .fetch_ready_o(fetch_ready),
    .fetch_addr_i(fetch_addr),
    .fetch_beat_valid_o(fetch_beat_valid),
    .fetch_beat_ready_i(fetch_beat_ready),
    .fetch_beat_last_o(fetch_beat_last),
    .fetch_beat_o(fetch_beat),
    .job_valid_i(job_valid),
    .job_ready_o(job_ready),
    .job_store_i(job_store),
    .job_space_i(job_space),
    .job_bus_i(job_bus),
    .job_word_i(job_word),
    .job_words_m1_i(job_words_m1),
    .job_active_o(job_active),
    .job_done_o(job_done),
    .err_valid_o(dma_err_valid),
    .err_fetch_o(dma_err_fetch),
    .err_code_o(dma_err_code),
    .err_addr_o(dma_err_addr),
    .wr_valid_o(wr_valid),
    .wr_ready_i(wr_ready),
    .wr_space_o(wr_space),
    .wr_word_o(wr_word),
    .wr_data_o(wr_data),
    .wr_strb_o(wr_strb),
    .rd_valid_o(rd_valid),
    .rd_word_o(rd_word),
    .rd_data_i(rd_data),
    .rd_data_valid_i(rd_data_valid),
    .read_beat_o(read_beat),
    .write_beat_o(write_beat),
    .m_awvalid_o,
    .m_awready_i,
    .m_awaddr_o,
    .m_awlen_o,
    .m_wvalid_o,
    .m_wready_i,
    .m_wdata_o,
    .m_wstrb_o,
    .m_wlast_o,
    .m_bvalid_i,
    .m_bready_o,
    .m_bresp_i,
    .m_arvalid_o,
    .m_arready_i,
    .m_araddr_o,
    .m_arlen_o,
    .m_rvalid_i,
    .m_rready_o,
    .m_rdata_i,
    .m_rresp_i,
    .m_rlast_i
  );

  tendon_core #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWidth(DmaWidth),
    .Elements(Elements),
    .Gemm(Gemm),
    .Tflite(Tflite),
    .MultBlocks(MultBlocks),
    .Protect(Protect)
  ) u_core (
    .clk_i,
    .rst_ni,
    .clear_i(core_clear),
    .desc_load_i(desc_load),
    .desc_next_i(desc_next),
    .desc_valid_i(desc_valid),
    .desc_go_i(desc_go),
    .desc_ready_o(desc_ready),
    .desc_data_i(desc_data),
    .loading_i(loading),
    .done_valid_o(core_done),
    .err_valid_o(core_err_valid),
    .err_code_o(core_err_code),
    .err_addr_o(core_err_addr),
    .wr_valid_i(wr_valid),
    .wr_ready_o(wr_ready),
    .wr_space_i(wr_space),
    .wr_word_i(wr_word),
    .wr_data_i(wr_data),
    .wr_strb_i(wr_strb),
    .rd_valid_i(rd_valid),
    .rd_word_i(rd_word),
    .rd_data_o(rd_data),
    .rd_data_valid_o(rd_data_valid),
    .label_valid_o(label_valid),
    .label_o(label),
    .max_acc_o(max_acc),
    .busy_o(core_busy),
    .state_o(core_state),
    .fault_o(core_fault),
    .rd_double_o(rd_double)
  );

  // ---- protection -----------------------------------------------------------------------------

  logic differ, read_differ;

  if (Protect >= 2) begin : gen_shadow
    (* keep_hierarchy *)
    tendon_shadow #(
      .Rows(Rows),
      .Columns(Columns),
      .Lanes(Lanes),
      .ActWords(ActWords),
      .WgtLines(WgtLines),
      .ParEntries(ParEntries),
      .DmaWidth(DmaWidth),
      .Elements(Elements),
      .Gemm(Gemm),
      .Tflite(Tflite),
      .MultBlocks(MultBlocks),
      .Features(Features)
    ) u_shadow (
      .clk_i,
      .rst_ni,
      .clear_i(clear),
      .fault_i(fault),
      .differ_o(differ),
      .read_differ_o(read_differ),
      .perf_valid_i(perf_valid),
      .perf_data_i(perf_data),
      .s_awvalid_i,
      .s_awaddr_i,
      .s_wvalid_i,
      .s_wdata_i,
      .s_wstrb_i,
      .s_bready_i,
      .s_arvalid_i,
      .s_araddr_i,
      .s_rready_i,
      .m_awready_i,
      .m_wready_i,
      .m_bvalid_i,
      .m_bresp_i,
      .m_arready_i,
      .m_rvalid_i,
      .m_rdata_i,
      .m_rresp_i,
      .m_rlast_i,
      .shakes_i({irq_o, s_awready_o, s_wready_o, s_bvalid_o, s_arready_o, s_rvalid_o,
                 m_awvalid_o, m_wvalid_o, m_bready_o, m_arvalid_o, m_rready_o}),
      .s_bresp_i(s_bresp_o),
      .s_read_i({rresp, s_rdata_o}),
      .m_write_i({m_awlen_o, m_awaddr_o}),
      .m_read_i({m_arlen_o, m_araddr_o}),
      .m_wdata_i(m_wdata_o),
      .m_wstrb_i(m_wstrb_o),
      .m_wlast_i(m_wlast_o),
      .label_valid_i(label_valid),
      .label_i({max_acc, label})
    );
  end else begin : gen_alone
    assign differ      = 1'b0;
    assign read_differ = 1'b0;
  end

  // Kept until the soft reset: whatever the state machines do, STATUS.ERROR stays.
  if (Protect >= 1) begin : gen_fault
    logic                fault_q, store_fault;
    logic [DmaWords-1:0] rd_double_q, sent;

    // Of a STORE only the words that it writes.
    for (genvar w = 0; w < DmaWords; w++) begin : gen_sent
      assign sent[w] = m_wstrb_o[4*w];
    end
    always_ff @(posedge clk_i) if (rd_data_valid) rd_double_q <= rd_double;
    assign store_fault = m_wvalid_o && (rd_double_q & sent) != '0;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) fault_q <= 1'b0;
      else if (clear) fault_q <= 1'b0;
      else if (core_fault || store_fault || differ) fault_q <= 1'b1;
    end
    assign fault     = fault_q;
    assign s_rresp_o = read_differ && !fault_q ? 2'b10 : rresp;  // SLVERR
  end else begin : gen_no_fault
    assign fault     = 1'b0;
    assign s_rresp_o = rresp;
  end

  if (Protect > 2) begin : gen_bad_protect
    $fatal(1, "tendon_top: Protect must be 0, 1 or 2");
  end

  logic unused;
  assign unused = ^{core_fault, rd_double, differ, read_differ, s_awprot_i, s_arprot_i};

endmodule
