// SPDX-License-Identifier: MIT
// Read inside tendon_dma, before its endmodule. Inputs may do anything; the window stands still, as
// tendon_regs keeps it while a chain runs, and the bus answers only what was asked.

  logic f_past = 1'b0;  // there is a cycle before
  always_ff @(posedge clk_i) f_past <= 1'b1;
  always_comb if (!f_past) assume (!rst_ni);
  always_comb if (f_past) assume (rst_ni);

  logic [31:12]          f_base, f_limit;
  logic                  f_ar, f_aw, f_w;
  logic [39:0]           f_read, f_write;
  logic [DmaWidth*9/8:0] f_data;
  always_ff @(posedge clk_i) begin
    f_base  <= win_base_i;
    f_limit <= win_limit_i;
    f_ar    <= m_arvalid_o && !m_arready_i;
    f_aw    <= m_awvalid_o && !m_awready_i;
    f_w     <= m_wvalid_o && !m_wready_i;
    f_read  <= {m_arlen_o, m_araddr_o};
    f_write <= {m_awlen_o, m_awaddr_o};
    f_data  <= {m_wlast_o, m_wstrb_o, m_wdata_o};
  end
  always_comb if (f_past) assume ({win_base_i, win_limit_i} == {f_base, f_limit});
  always_comb if (pending_q == '0) assume (!m_rvalid_i);
  always_comb if (!m_bready_o) assume (!m_bvalid_i);

  // A request or a beat that is offered stays until it is taken.
  always_comb if (f_past && rst_ni) begin
    if (f_ar) assert (m_arvalid_o && {m_arlen_o, m_araddr_o} == f_read);
    if (f_aw) assert (m_awvalid_o && {m_awlen_o, m_awaddr_o} == f_write);
    if (f_w) assert (m_wvalid_o && {m_wlast_o, m_wstrb_o, m_wdata_o} == f_data);
  end

  // Never outside of the window, never across 4 KiB, never more than 16 beats.
  logic [12:0] f_read_end, f_write_end;
  assign f_read_end  = {1'b0, m_araddr_o[11:0]} + ((13'(m_arlen_o) + 13'd1) << BeatLsb);
  assign f_write_end = {1'b0, m_awaddr_o[11:0]} + ((13'(m_awlen_o) + 13'd1) << BeatLsb);
  always_comb if (f_past && rst_ni) begin
    if (m_arvalid_o) begin
      assert (m_araddr_o[31:12] >= win_base_i && m_araddr_o[31:12] <= win_limit_i);
      assert (m_arlen_o < 16 && f_read_end <= 13'h1000);
    end
    if (m_awvalid_o) begin
      assert (m_awaddr_o[31:12] >= win_base_i && m_awaddr_o[31:12] <= win_limit_i);
      assert (m_awlen_o < 16 && f_write_end <= 13'h1000);
    end
  end

  // Read beats: one register between bus and users; none is lost, repeated or changed.
  logic                f_full = 1'b0;
  logic [DmaWidth-1:0] f_beat;
  always_ff @(posedge clk_i) begin
    if (m_rvalid_i && m_rready_o) begin
      f_full <= 1'b1;
      f_beat <= m_rdata_i;
    end else if (beat_take) f_full <= 1'b0;
  end
  always_comb if (f_past && rst_ni) begin
    assert (beat_q == f_full);
    if (beat_q) assert (beat_data_q == f_beat);
    if (beat_q && !beat_take) assert (!m_rready_o);
    if (beat_q && beat_take && !beat_error_q && !stopped) assert (wr_valid_o != fetch_beat_valid_o);
    if (stopped) assert (!wr_valid_o && !fetch_beat_valid_o);
  end

  // At most four read bursts, one write burst; a write burst's beats are one more than its length,
  // the last one marked, and its answer is awaited behind them.
  logic [4:0] f_beats;  // sent of the write burst
  always_ff @(posedge clk_i) begin
    if (req_q == ReqStore) f_beats <= '0;
    else if (m_wvalid_o && m_wready_i) f_beats <= f_beats + 5'd1;
  end
  always_comb if (f_past && rst_ni) begin
    assert (pending_q <= 3'd4);
    assert (req_q != ReqRead || pending_q < 3'd4);
    assert (req_q <= ReqResponse);
    assert (arvalid_q == (req_q == ReqRead));
    assert (!awvalid_q || req_q == ReqWrite);
    assert (data_q == DataIdle || req_q == ReqWrite);
    assert (req_q != ReqStore || data_q == DataIdle);
    if (req_q == ReqWrite && data_q != DataIdle) begin
      assert (f_beats + {1'b0, data_left_q} == {1'b0, req_len_q});
      if (data_q == DataSend) assert (wlast_q == (data_left_q == '0));
    end
    if (req_q == ReqWrite && data_q == DataIdle || req_q == ReqResponse) begin
      assert (f_beats == {1'b0, req_len_q} + 5'd1);
    end
    if (idle_o) assert (!m_arvalid_o && !m_awvalid_o && !m_wvalid_o && !m_bready_o);
    // In the states that lead to a request the address is inside already.
    if (req_q == ReqStore || req_q == ReqRead || req_q == ReqWrite) begin
      assert (req_addr_q[31:12] >= win_base_i && req_addr_q[31:12] <= win_limit_i);
      assert (13'(req_addr_q[BeatLsb +: 4]) + 13'(req_len_q) < 13'd16);
    end
    // The next burst of a job starts on 16 beats, or is its first.
    assert (13'(addr_q[BeatLsb +: 4]) + 13'(len_m1) < 13'd16);
  end
