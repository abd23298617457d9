// SPDX-License-Identifier: MIT
//
// A second copy of the logic of tendon_top (Protect = 2), in lockstep: it gets the inputs of the
// first one, with memories of its own, and all that leaves the first one is compared with what
// would leave this one, in the cycle in which it leaves. Counters (tendon_perf) are not copied.
//
//   differ_o       an output differs, or the label that was found
//   read_differ_o  among them the answer to a read, which then must not be believed
//
// Payloads are compared when they are valid, words of a write by their strobes. Registers without
// reset may differ until they are first loaded, and so may memory that was never written.
//
// clear_i: the first copy's soft reset is done and its bus is quiet; this copy follows one cycle
// later, whatever state it was in. Registers that a soft reset keeps are kept here too: if they
// differ, only rst_ni helps. A doorbell in the cycle right behind clear_i would be missed here; no
// software can know so early.
module tendon_shadow #(
  parameter int unsigned Rows       = 4,
  parameter int unsigned Columns    = 4,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 8192,
  parameter int unsigned WgtLines   = 1024,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWidth   = 128,
  parameter int unsigned Elements   = 1,
  parameter int unsigned Gemm       = 1,
  parameter int unsigned Tflite     = 0,
  parameter int unsigned MultBlocks = 0,
  parameter logic [31:0] Features   = '0
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i,
  input  logic                  fault_i,
  output logic                  differ_o,
  output logic                  read_differ_o,
  // tendon_perf
  input  logic                  perf_valid_i,
  input  logic [31:0]           perf_data_i,
  // inputs of the first copy
  input  logic                  s_awvalid_i,
  input  logic [11:0]           s_awaddr_i,
  input  logic                  s_wvalid_i,
  input  logic [31:0]           s_wdata_i,
  input  logic [3:0]            s_wstrb_i,
  input  logic                  s_bready_i,
  input  logic                  s_arvalid_i,
  input  logic [11:0]           s_araddr_i,
  input  logic                  s_rready_i,
  input  logic                  m_awready_i,
  input  logic                  m_wready_i,
  input  logic                  m_bvalid_i,
  input  logic [1:0]            m_bresp_i,
  input  logic                  m_arready_i,
  input  logic                  m_rvalid_i,
  input  logic [DmaWidth-1:0]   m_rdata_i,
  input  logic [1:0]            m_rresp_i,
  input  logic                  m_rlast_i,
  // its outputs: irq and the handshakes; payloads of answers, requests, data; label
  input  logic [10:0]           shakes_i,
  input  logic [1:0]            s_bresp_i,
  input  logic [33:0]           s_read_i,     // resp, data
  input  logic [39:0]           m_write_i,    // len, address
  input  logic [39:0]           m_read_i,
  input  logic [DmaWidth-1:0]   m_wdata_i,
  input  logic [DmaWidth/8-1:0] m_wstrb_i,
  input  logic                  m_wlast_i,
  input  logic                  label_valid_i,
  input  logic [47:0]           label_i       // max_acc, label
);

  localparam int unsigned DmaWords = DmaWidth / 32;

  // The first copy's soft reset, one cycle later.
  logic clear_q, rst_n;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) clear_q <= 1'b0;
    else clear_q <= clear_i;
  end

  assign rst_n = rst_ni && !clear_q;

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
  logic        run, perf_req, read_beat, write_beat;
  logic [1:0]  line;
  logic [10:2] perf_addr;

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

  // tendon_core
  logic                core_clear, desc_load, desc_valid, desc_go, desc_ready;
  logic                core_done, core_err_valid, core_busy, core_fault;
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

  // what this copy would send
  logic                  s_awready, s_wready, s_bvalid, s_arready, s_rvalid, irq;
  logic [1:0]            s_bresp, s_rresp;
  logic [31:0]           s_rdata;
  logic                  m_awvalid, m_wvalid, m_wlast, m_bready, m_arvalid, m_rready;
  logic [31:0]           m_awaddr, m_araddr;
  logic [7:0]            m_awlen, m_arlen;
  logic [DmaWidth-1:0]   m_wdata;
  logic [DmaWidth/8-1:0] m_wstrb;

  tendon_regs #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .BusBytes(DmaWidth / 8),
    .Features(Features)
  ) u_regs (
    .clk_i,
    .rst_ni,
    .s_awvalid_i,
    .s_awready_o(s_awready),
    .s_awaddr_i,
    .s_wvalid_i,
    .s_wready_o(s_wready),
    .s_wdata_i,
    .s_wstrb_i,
    .s_bvalid_o(s_bvalid),
    .s_bready_i,
    .s_bresp_o(s_bresp),
    .s_arvalid_i,
    .s_arready_o(s_arready),
    .s_araddr_i,
    .s_rvalid_o(s_rvalid),
    .s_rready_i,
    .s_rdata_o(s_rdata),
    .s_rresp_o(s_rresp),
    .irq_o(irq),
    .start_o(start),
    .soft_reset_o(soft_reset),
    .abort_o(abort),
    .count_o(count),
    .desc_base_o(desc_base),
    .win_base_o(win_base),
    .win_limit_o(win_limit),
    .watchdog_o(watchdog),
    .clear_i,  // the first copy's: this one may not come to its own
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
    .perf_valid_i,
    .perf_data_i
  );

  tendon_fetch #(
    .Rows(Rows),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWidth(DmaWidth),
    .Protect(2)
  ) u_fetch (
    .clk_i,
    .rst_ni(rst_n),
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
    .fault_i
  );

  tendon_dma #(.DmaWidth(DmaWidth)) u_dma (
    .clk_i,
    .rst_ni(rst_n),
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
    .m_awvalid_o(m_awvalid),
    .m_awready_i,
    .m_awaddr_o(m_awaddr),
    .m_awlen_o(m_awlen),
    .m_wvalid_o(m_wvalid),
    .m_wready_i,
    .m_wdata_o(m_wdata),
    .m_wstrb_o(m_wstrb),
    .m_wlast_o(m_wlast),
    .m_bvalid_i,
    .m_bready_o(m_bready),
    .m_bresp_i,
    .m_arvalid_o(m_arvalid),
    .m_arready_i,
    .m_araddr_o(m_araddr),
    .m_arlen_o(m_arlen),
    .m_rvalid_i,
    .m_rready_o(m_rready),
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
    .MultBlocks(MultBlocks)
  ) u_core (
    .clk_i,
    .rst_ni(rst_n),
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

  // ---- comparison -----------------------------------------------------------------------------

  logic [10:0]         shakes;
  logic [DmaWords-1:0] word_differs;
  logic                write_differs;

  assign shakes = {irq, s_awready, s_wready, s_bvalid, s_arready, s_rvalid,
                   m_awvalid, m_wvalid, m_bready, m_arvalid, m_rready};

  for (genvar w = 0; w < DmaWords; w++) begin : gen_words
    assign word_differs[w] = m_wstrb[4*w] && m_wdata[32*w +: 32] != m_wdata_i[32*w +: 32];
  end
  assign write_differs = {m_wstrb, m_wlast} != {m_wstrb_i, m_wlast_i} || word_differs != '0;

  assign read_differ_o = s_rvalid && {s_rresp, s_rdata} != s_read_i;
  assign differ_o = shakes != shakes_i || read_differ_o ||
                    (s_bvalid && s_bresp != s_bresp_i) ||
                    (m_awvalid && {m_awlen, m_awaddr} != m_write_i) ||
                    (m_arvalid && {m_arlen, m_araddr} != m_read_i) ||
                    (m_wvalid && write_differs) ||
                    label_valid != label_valid_i ||
                    (label_valid && {max_acc, label} != label_i);

  logic unused;
  assign unused = ^{run, line, perf_req, perf_addr, read_beat, write_beat, core_state, clear,
                    core_fault, rd_double};

endmodule
