// SPDX-License-Identifier: MIT
//
// AXI4 master: fetches descriptors, runs LOAD and STORE.
//
// INCR bursts of at most 16 beats, cut at multiples of 16 beats, so that none crosses 4 KiB. One
// ID, so answers come in order: up to four read bursts outstanding, one write burst. A read beat
// waits in one register while a descriptor has no room or the core writes its own results. Every
// output is a register or decoded from registers: no path from an input to an output.
//
// A LOAD moves a beat a cycle when the bus does; a STORE about one beat in four cycles (read the
// memory, send, next). A descriptor fetch goes before the next burst of a LOAD.
//
// Address window: a burst that is not in pages win_base_i to win_limit_i is not sent, and the job
// ends in an error. (A burst never crosses a page, so one comparison is enough.)
//
// stop_i: sends no new burst, takes what is outstanding without writing it on chip, and finishes a
// started write burst with all strobes low. idle_o says when the bus is quiet.
module tendon_dma #(
  parameter int unsigned DmaWidth = 128  // 32, 64, 128
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // tendon_fetch
  input  logic                   stop_i,
  output logic                   idle_o,
  output logic                   beat_o,  // the bus moved: progress for the watchdog
  input  logic [31:12]           win_base_i,
  input  logic [31:12]           win_limit_i,
  // descriptor fetch: accepted when ready, 64 bytes come back as beats, lowest address first
  input  logic                   fetch_valid_i,
  output logic                   fetch_ready_o,
  input  logic [31:6]            fetch_addr_i,
  output logic                   fetch_beat_valid_o,
  input  logic                   fetch_beat_ready_i,  // from registers only, as wr_ready_i
  output logic                   fetch_beat_last_o,
  output logic [DmaWidth-1:0]    fetch_beat_o,
  // LOAD, STORE: fields are checked by tendon_fetch and taken when ready
  input  logic                   job_valid_i,
  output logic                   job_ready_o,
  input  logic                   job_store_i,
  input  logic [1:0]             job_space_i,
  input  logic [31:4]            job_bus_i,
  input  logic [19:2]            job_word_i,
  input  logic [19:0]            job_words_m1_i,  // words - 1
  output logic                   job_active_o,    // wr_word_o: all words below it are written
  output logic                   job_done_o,      // pulse
  // first error wins; err_fetch_o: of a descriptor fetch, else of the job
  output logic                   err_valid_o,
  output logic                   err_fetch_o,
  output logic [7:0]             err_code_o,
  output logic [31:0]            err_addr_o,
  // tendon_core
  output logic                   wr_valid_o,
  input  logic                   wr_ready_i,  // for the activation memory
  output logic [1:0]             wr_space_o,
  output logic [19:0]            wr_word_o,
  output logic [DmaWidth-1:0]    wr_data_o,
  output logic [DmaWidth/32-1:0] wr_strb_o,
  output logic                   rd_valid_o,
  output logic [15:0]            rd_word_o,
  input  logic [DmaWidth-1:0]    rd_data_i,
  input  logic                   rd_data_valid_i,
  // tendon_perf
  output logic                   read_beat_o,
  output logic                   write_beat_o,
  // AXI4 master
  output logic                   m_awvalid_o,
  input  logic                   m_awready_i,
  output logic [31:0]            m_awaddr_o,
  output logic [7:0]             m_awlen_o,
  output logic                   m_wvalid_o,
  input  logic                   m_wready_i,
  output logic [DmaWidth-1:0]    m_wdata_o,
  output logic [DmaWidth/8-1:0]  m_wstrb_o,
  output logic                   m_wlast_o,
  input  logic                   m_bvalid_i,
  output logic                   m_bready_o,
  input  logic [1:0]             m_bresp_i,
  output logic                   m_arvalid_o,
  input  logic                   m_arready_i,
  output logic [31:0]            m_araddr_o,
  output logic [7:0]             m_arlen_o,
  input  logic                   m_rvalid_i,
  output logic                   m_rready_o,
  input  logic [DmaWidth-1:0]    m_rdata_i,
  input  logic [1:0]             m_rresp_i,
  input  logic                   m_rlast_i
);

  if (DmaWidth != 32 && DmaWidth != 64 && DmaWidth != 128) begin : gen_bad_width
    $fatal(1, "tendon_dma: DmaWidth must be 32, 64 or 128");
  end

  localparam int unsigned DmaWords   = DmaWidth / 32;
  localparam int unsigned WordBits   = $clog2(DmaWords);  // 0, 1, 2
  localparam int unsigned BeatLsb    = 2 + WordBits;      // address bit of a beat
  localparam int unsigned BurstLsb   = BeatLsb + 4;       // of a burst of 16
  localparam int unsigned BeatsWidth = 20 - WordBits;
  localparam int unsigned FetchBeats = 64 / (DmaWidth / 8);

  // ---- job ------------------------------------------------------------------------------------

  logic                  active_q, store_q, failed_q, issued_q;
  logic [1:0]            space_q;
  logic [31:BeatLsb]     addr_q;       // next burst
  logic [BeatsWidth-1:0] left_m1_q;    // beats left - 1
  logic [19:WordBits]    word_q;       // next word on chip, in beats
  logic [DmaWords-1:0]   last_strb_q;  // words wanted of the last beat
  logic                  job_take, burst_take, job_end;
  logic                  stopped;

  logic [3:0] room_m1, len_m1;
  logic       is_final, wrapped_q;

  assign stopped      = stop_i || failed_q;
  assign job_ready_o  = !active_q && !stopped;
  assign job_take     = job_valid_i && job_ready_o;
  assign job_active_o = active_q;
  assign room_m1      = ~addr_q[BeatLsb +: 4];
  assign is_final     = left_m1_q <= BeatsWidth'(room_m1);
  assign len_m1       = is_final ? left_m1_q[3:0] : room_m1;

  // words - 1, modulo the words of a beat, is the index of the last word wanted of the last beat.
  logic [DmaWords-1:0] job_last_strb;
  assign job_last_strb = DmaWords'((32'd2 << (32'(job_words_m1_i) & (DmaWords - 1))) - 32'd1);

  // ---- requests -------------------------------------------------------------------------------

  typedef enum logic [2:0] {
    ReqIdle, ReqRead, ReqOutside, ReqStore, ReqWrite, ReqResponse
  } req_e;

  typedef enum logic [1:0] {DataIdle, DataRead, DataWait, DataSend} data_e;

  req_e              req_q;
  data_e             data_q;
  logic              req_fetch_q, req_final_q;
  logic [31:BeatLsb] req_addr_q;
  logic [3:0]        req_len_q;
  logic              arvalid_q, awvalid_q;
  logic              in_window, window_error;
  logic              start_fetch, start_burst, start_write;
  logic [2:0]        pending_q;  // read bursts outstanding
  logic              read_push, read_pop;

  assign start_fetch = req_q == ReqIdle && fetch_valid_i && !stopped && !pending_q[2];
  assign start_burst = req_q == ReqIdle && !start_fetch && active_q && !issued_q && !stopped &&
                       !pending_q[2];
  assign fetch_ready_o = start_fetch;
  assign burst_take    = start_burst;

  logic [31:BeatLsb] next_addr;
  assign next_addr = fetch_valid_i ? {fetch_addr_i, {(6 - BeatLsb){1'b0}}} : addr_q;
  assign in_window = next_addr[31:12] >= win_base_i && next_addr[31:12] <= win_limit_i &&
                     (fetch_valid_i || !wrapped_q);
  assign window_error = req_q == ReqOutside && !stopped;

  assign start_write = req_q == ReqStore && !stopped;

  assign read_push = req_q == ReqRead && m_arready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      req_q     <= ReqIdle;
      arvalid_q <= 1'b0;
      awvalid_q <= 1'b0;
    end else begin
      unique case (req_q)
        ReqIdle: begin
          if (start_fetch || start_burst) begin
            req_q <= !in_window ? ReqOutside : store_q && start_burst ? ReqStore : ReqRead;
            arvalid_q <= in_window && !(store_q && start_burst);
          end
        end
        ReqOutside: req_q <= ReqIdle;
        ReqStore: begin
          req_q     <= stopped ? ReqIdle : ReqWrite;
          awvalid_q <= !stopped;
        end
        ReqRead: begin
          if (m_arready_i) begin
            arvalid_q <= 1'b0;
            req_q     <= ReqIdle;
          end
        end
        ReqWrite: begin
          // Data does not wait for the address: a slave may wait for both.
          if (m_awready_i) awvalid_q <= 1'b0;
          if (!awvalid_q && data_q == DataIdle) req_q <= ReqResponse;
        end
        default: if (m_bvalid_i) req_q <= ReqIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_q == ReqIdle) begin
      req_fetch_q <= start_fetch;
      req_addr_q  <= next_addr;
      req_len_q   <= fetch_valid_i ? 4'(FetchBeats - 1) : len_m1;
      req_final_q <= is_final;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      failed_q <= 1'b0;
    end else begin
      if (job_take) active_q <= 1'b1;
      if (job_end) active_q <= 1'b0;
      if (err_valid_o) failed_q <= 1'b1;
      if (stopped && idle_o) begin
        // stop_i ends when the soft reset does; the job and the error end with it.
        active_q <= 1'b0;
        failed_q <= failed_q && !stop_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (job_take) begin
      store_q     <= job_store_i;
      space_q     <= job_space_i;
      last_strb_q <= job_last_strb;
      addr_q      <= {job_bus_i, {(4 - BeatLsb){1'b0}}};
      left_m1_q   <= job_words_m1_i[19:WordBits];
      wrapped_q   <= 1'b0;
      issued_q    <= 1'b0;
    end else if (burst_take) begin
      // The next burst, if any, starts on a multiple of 16 beats.
      {wrapped_q, addr_q[31:BurstLsb]} <= {1'b0, addr_q[31:BurstLsb]} + 1'b1;
      addr_q[BurstLsb-1:BeatLsb] <= '0;
      left_m1_q <= left_m1_q - BeatsWidth'(len_m1) - 1'b1;
      issued_q  <= is_final;
    end
  end

  assign m_arvalid_o = arvalid_q;
  assign m_araddr_o  = {req_addr_q, {BeatLsb{1'b0}}};
  assign m_arlen_o   = {4'd0, req_len_q};
  assign m_awvalid_o = awvalid_q;
  assign m_awaddr_o  = {req_addr_q, {BeatLsb{1'b0}}};
  assign m_awlen_o   = {4'd0, req_len_q};

  // ---- read data ------------------------------------------------------------------------------

  // What the outstanding bursts are for, oldest first.
  logic [3:0]          is_fetch_q, is_final_q;
  logic                beat_q, beat_fetch_q, beat_final_q, beat_last_q, beat_error_q;
  logic [DmaWidth-1:0] beat_data_q;
  logic [31:BeatLsb]   read_addr_q;  // of the next beat of a LOAD
  logic                load_beat, load_end, read_error;

  logic beat_take;
  assign beat_take  = stopped || (beat_fetch_q ? fetch_beat_ready_i
                                  : wr_ready_i || space_q != tendon_regs_pkg::SpaceAct);
  assign m_rready_o = !beat_q || beat_take;
  assign read_pop   = m_rvalid_i && m_rready_o && m_rlast_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q <= '0;
    end else begin
      pending_q <= pending_q + 3'(read_push) - 3'(read_pop);
    end
  end

  logic [1:0] slot;
  assign slot = pending_q[1:0] - 2'(read_pop);

  always_ff @(posedge clk_i) begin
    if (read_pop) begin
      is_fetch_q <= is_fetch_q >> 1;
      is_final_q <= is_final_q >> 1;
    end
    if (read_push) begin
      is_fetch_q[slot] <= req_fetch_q;
      is_final_q[slot] <= req_final_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q <= 1'b0;
    end else begin
      beat_q <= m_rvalid_i || (beat_q && !beat_take);
    end
  end

  always_ff @(posedge clk_i) begin
    if (m_rready_o) begin
      beat_data_q  <= m_rdata_i;
      beat_fetch_q <= is_fetch_q[0];
      beat_final_q <= is_final_q[0];
      beat_last_q  <= m_rlast_i;
      beat_error_q <= m_rresp_i[1];
    end
  end

  assign read_error = beat_q && beat_take && beat_error_q && !stopped;
  assign load_beat  = beat_q && beat_take && !beat_fetch_q && !beat_error_q && !stopped;
  assign load_end   = load_beat && beat_final_q && beat_last_q;

  assign fetch_beat_valid_o = beat_q && beat_take && beat_fetch_q && !beat_error_q && !stopped;
  assign fetch_beat_last_o  = beat_last_q;
  assign fetch_beat_o       = beat_data_q;

  assign wr_valid_o = load_beat;
  assign wr_space_o = space_q;
  assign wr_data_o  = beat_data_q;
  assign wr_strb_o  = beat_final_q && beat_last_q ? last_strb_q : '1;
  if (WordBits == 0) begin : gen_word
    assign wr_word_o = word_q;
    assign rd_word_o = word_q[15:0];
  end else begin : gen_word
    assign wr_word_o = {word_q, {WordBits{1'b0}}};
    assign rd_word_o = {word_q[15:WordBits], {WordBits{1'b0}}};
  end

  always_ff @(posedge clk_i) begin
    if (job_take) begin
      word_q      <= {job_word_i, {(2 - WordBits){1'b0}}};
      read_addr_q <= {job_bus_i, {(4 - BeatLsb){1'b0}}};
    end else if (load_beat || (rd_data_valid_i && data_q == DataWait)) begin
      word_q      <= word_q + 1'b1;
      read_addr_q <= read_addr_q + 1'b1;
    end
  end

  // ---- write data -----------------------------------------------------------------------------

  logic [3:0]          data_left_q;
  logic [DmaWords-1:0] wstrb_q;
  logic [DmaWidth-1:0] wdata_q;
  logic                wlast_q, store_end, write_error;

  assign rd_valid_o = data_q == DataRead && !stopped;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      data_q <= DataIdle;
    end else begin
      unique case (data_q)
        DataIdle: if (start_write) data_q <= DataRead;
        DataRead: data_q <= stopped ? DataSend : DataWait;
        DataWait: if (rd_data_valid_i || stopped) data_q <= DataSend;
        default:  if (m_wready_i) data_q <= wlast_q ? DataIdle : DataRead;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (data_q == DataIdle) begin
      data_left_q <= req_len_q;
    end else if (data_q == DataSend && m_wready_i) begin
      data_left_q <= data_left_q - 4'd1;
    end
    if (data_q == DataRead || data_q == DataWait) begin
      wlast_q <= data_left_q == '0;
      wstrb_q <= stopped ? '0 : (req_final_q && data_left_q == '0 ? last_strb_q : '1);
    end
    if (rd_data_valid_i && data_q == DataWait) wdata_q <= rd_data_i;
  end

  assign m_wvalid_o = data_q == DataSend;
  assign m_wdata_o  = wdata_q;
  assign m_wlast_o  = wlast_q;
  for (genvar i = 0; i < DmaWords; i++) begin : gen_wstrb
    assign m_wstrb_o[4*i +: 4] = {4{wstrb_q[i]}};
  end
  assign m_bready_o = req_q == ReqResponse;

  assign write_error = req_q == ReqResponse && m_bvalid_i && m_bresp_i[1] && !stopped;
  assign store_end   = req_q == ReqResponse && m_bvalid_i && !m_bresp_i[1] && !stopped &&
                       req_final_q;

  // ---- results --------------------------------------------------------------------------------

  assign job_end      = load_end || store_end;
  assign job_done_o   = job_end;
  assign idle_o       = req_q == ReqIdle && pending_q == '0 && !beat_q;
  assign read_beat_o  = m_rvalid_i && m_rready_o;
  assign write_beat_o = m_wvalid_o && m_wready_i;
  assign beat_o       = read_beat_o || write_beat_o || (m_bvalid_i && m_bready_o) ||
                        (m_arvalid_o && m_arready_i) || (m_awvalid_o && m_awready_i);

  assign err_valid_o = read_error || write_error || window_error;
  assign err_fetch_o = read_error ? beat_fetch_q : req_fetch_q;

  logic unused;
  assign unused = ^{m_bresp_i[0], m_rresp_i[0]};

  always_comb begin
    err_code_o = tendon_regs_pkg::ErrWindow;
    err_addr_o = m_araddr_o;
    if (read_error) begin
      err_code_o = tendon_regs_pkg::ErrBusRead;
      err_addr_o = {read_addr_q, {BeatLsb{1'b0}}};
    end else if (write_error) begin
      err_code_o = tendon_regs_pkg::ErrBusWrite;
    end
  end

endmodule
