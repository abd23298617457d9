// SPDX-License-Identifier: MIT
// verilator lint_off DECLFILENAME
// verilator lint_off SYNCASYNCNET
//
// Functional coverage of the shell: states and arcs of its machines, error codes, stalls of every
// channel, what software can ask for at a bad time. One label, one point of `./run coverage`.

module cover_fetch (
  input logic       clk_i,
  input logic [2:0] asm_q,
  input logic       clear_o,
  input logic       busy_q,
  input logic       resetting_q,
  input logic       error_event_o,
  input logic       done_event_o,
  input logic       start_i,
  input logic       soft_reset_i,
  input logic [7:0] code,
  input logic [1:0] in_flight,
  input logic       job_active_i,
  input logic       line_two
);
  localparam logic [2:0] Empty = 3'd0, Fill = 3'd1, Check = 3'd2, Ready = 3'd3;
  logic [2:0] was_q;
  always_ff @(posedge clk_i) was_q <= asm_q;

  asm_empty: cover property (@(posedge clk_i) asm_q == Empty);
  asm_fill:  cover property (@(posedge clk_i) asm_q == Fill);
  asm_check: cover property (@(posedge clk_i) asm_q == Check);
  asm_ready: cover property (@(posedge clk_i) asm_q == Ready);
  asm_empty_fill:  cover property (@(posedge clk_i) was_q == Empty && asm_q == Fill);
  asm_fill_check:  cover property (@(posedge clk_i) was_q == Fill && asm_q == Check);
  asm_check_ready: cover property (@(posedge clk_i) was_q == Check && asm_q == Ready);
  asm_check_empty: cover property (@(posedge clk_i) was_q == Check && asm_q == Empty);
  asm_ready_empty: cover property (@(posedge clk_i) was_q == Ready && asm_q == Empty);
  asm_fill_cleared:  cover property (@(posedge clk_i) asm_q == Fill && clear_o);
  asm_ready_cleared: cover property (@(posedge clk_i) asm_q == Ready && clear_o);

  error_opcode:      cover property (@(posedge clk_i) error_event_o && code == 8'd1);
  error_field:       cover property (@(posedge clk_i) error_event_o && code == 8'd2);
  error_check:       cover property (@(posedge clk_i) error_event_o && code == 8'd3);
  error_memory:      cover property (@(posedge clk_i) error_event_o && code == 8'd4);
  error_window:      cover property (@(posedge clk_i) error_event_o && code == 8'd5);
  error_bus_read:    cover property (@(posedge clk_i) error_event_o && code == 8'd6);
  error_bus_write:   cover property (@(posedge clk_i) error_event_o && code == 8'd7);
  error_watchdog:    cover property (@(posedge clk_i) error_event_o && code == 8'd8);
  error_abort:       cover property (@(posedge clk_i) error_event_o && code == 8'd9);
  error_unsupported: cover property (@(posedge clk_i) error_event_o && code == 8'd10);

  chain_start:       cover property (@(posedge clk_i) start_i);
  chain_done:        cover property (@(posedge clk_i) done_event_o);
  reset_while_idle:  cover property (@(posedge clk_i) soft_reset_i && !busy_q && !resetting_q);
  reset_while_busy:  cover property (@(posedge clk_i) soft_reset_i && busy_q);
  reset_while_reset: cover property (@(posedge clk_i) soft_reset_i && resetting_q);
  three_in_flight:   cover property (@(posedge clk_i) in_flight == 2'd3);
  both_engines:      cover property (@(posedge clk_i) in_flight != 2'd0 && job_active_i);
  two_lines_at_once: cover property (@(posedge clk_i) line_two);
endmodule

module cover_dma (
  input logic       clk_i,
  input logic [2:0] req_q,
  input logic [1:0] data_q,
  input logic       stopped,
  input logic       window_error,
  input logic       read_error,
  input logic       write_error,
  input logic       req_fetch_q,
  input logic       wrapped_q,
  input logic [2:0] pending_q,
  input logic       ar_valid,
  input logic       ar_ready,
  input logic       aw_valid,
  input logic       aw_ready,
  input logic       w_valid,
  input logic       w_ready,
  input logic       b_valid,
  input logic       b_ready,
  input logic       r_valid
);
  localparam logic [2:0] Idle = 3'd0, Read = 3'd1, Outside = 3'd2, Store = 3'd3, Write = 3'd4;
  localparam logic [2:0] Response = 3'd5;
  localparam logic [1:0] DataIdle = 2'd0, DataRead = 2'd1, DataWait = 2'd2, DataSend = 2'd3;
  logic [2:0] req_was_q;
  logic [1:0] data_was_q;
  always_ff @(posedge clk_i) begin
    req_was_q  <= req_q;
    data_was_q <= data_q;
  end

  req_idle:     cover property (@(posedge clk_i) req_q == Idle);
  req_read:     cover property (@(posedge clk_i) req_q == Read);
  req_outside:  cover property (@(posedge clk_i) req_q == Outside);
  req_store:    cover property (@(posedge clk_i) req_q == Store);
  req_write:    cover property (@(posedge clk_i) req_q == Write);
  req_response: cover property (@(posedge clk_i) req_q == Response);
  req_idle_read:      cover property (@(posedge clk_i) req_was_q == Idle && req_q == Read);
  req_idle_outside:   cover property (@(posedge clk_i) req_was_q == Idle && req_q == Outside);
  req_idle_store:     cover property (@(posedge clk_i) req_was_q == Idle && req_q == Store);
  req_read_idle:      cover property (@(posedge clk_i) req_was_q == Read && req_q == Idle);
  req_store_write:    cover property (@(posedge clk_i) req_was_q == Store && req_q == Write);
  req_store_idle:     cover property (@(posedge clk_i) req_was_q == Store && req_q == Idle);
  req_write_response: cover property (@(posedge clk_i) req_was_q == Write && req_q == Response);
  req_response_idle:  cover property (@(posedge clk_i) req_was_q == Response && req_q == Idle);
  data_idle_read: cover property (@(posedge clk_i) data_was_q == DataIdle && data_q == DataRead);
  data_read_wait: cover property (@(posedge clk_i) data_was_q == DataRead && data_q == DataWait);
  data_read_send: cover property (@(posedge clk_i) data_was_q == DataRead && data_q == DataSend);
  data_wait_send: cover property (@(posedge clk_i) data_was_q == DataWait && data_q == DataSend);
  data_send_read: cover property (@(posedge clk_i) data_was_q == DataSend && data_q == DataRead);
  data_send_idle: cover property (@(posedge clk_i) data_was_q == DataSend && data_q == DataIdle);

  stop_in_store: cover property (@(posedge clk_i) stopped && req_q == Store);
  stop_in_read:  cover property (@(posedge clk_i) stopped && req_q == Read);
  stop_in_write: cover property (@(posedge clk_i) stopped && req_q == Write);
  window_of_fetch: cover property (@(posedge clk_i) window_error && req_fetch_q);
  window_of_job:   cover property (@(posedge clk_i) window_error && !req_fetch_q);
  window_wrapped:  cover property (@(posedge clk_i) window_error && !req_fetch_q && wrapped_q);
  answer_read_error:  cover property (@(posedge clk_i) read_error);
  answer_write_error: cover property (@(posedge clk_i) write_error);
  four_outstanding:   cover property (@(posedge clk_i) pending_q == 3'd4);

  stall_ar: cover property (@(posedge clk_i) ar_valid && !ar_ready);
  stall_aw: cover property (@(posedge clk_i) aw_valid && !aw_ready);
  stall_w:  cover property (@(posedge clk_i) w_valid && !w_ready);
  stall_b:  cover property (@(posedge clk_i) b_ready && !b_valid);
  stall_r:  cover property (@(posedge clk_i) pending_q != 3'd0 && !r_valid);
  no_stall_ar: cover property (@(posedge clk_i) ar_valid && ar_ready);
  no_stall_aw: cover property (@(posedge clk_i) aw_valid && aw_ready);
  no_stall_w:  cover property (@(posedge clk_i) w_valid && w_ready);
  w_before_aw: cover property (@(posedge clk_i) aw_valid && !aw_ready && w_valid && w_ready);
endmodule

module cover_regs (
  input logic clk_i,
  input logic write,
  input logic wr_any,
  input logic wr_job,
  input logic wr_doorbell,
  input logic doorbell_ok,
  input logic locked,
  input logic error_i,
  input logic whole_q,
  input logic aw_only,
  input logic w_only,
  input logic b_stall,
  input logic r_stall,
  input logic perf_wait,
  input logic bad_read,
  input logic cleared_with_event,
  input logic irq_q
);
  write_good:        cover property (@(posedge clk_i) write && wr_any);
  write_unmapped:    cover property (@(posedge clk_i) write && !wr_any && whole_q);
  write_part:        cover property (@(posedge clk_i) write && !whole_q);
  write_locked:      cover property (@(posedge clk_i) wr_job && locked);
  doorbell_good:     cover property (@(posedge clk_i) wr_doorbell && doorbell_ok);
  doorbell_busy:     cover property (@(posedge clk_i) wr_doorbell && locked);
  doorbell_in_error: cover property (@(posedge clk_i) wr_doorbell && !locked && error_i);
  doorbell_bad_count:
    cover property (@(posedge clk_i) wr_doorbell && !locked && !error_i && !doorbell_ok);
  address_first:     cover property (@(posedge clk_i) aw_only);
  data_first:        cover property (@(posedge clk_i) w_only);
  stall_lite_b:      cover property (@(posedge clk_i) b_stall);
  stall_lite_r:      cover property (@(posedge clk_i) r_stall);
  counter_not_ready: cover property (@(posedge clk_i) perf_wait);
  read_unmapped:     cover property (@(posedge clk_i) bad_read);
  irq_cleared_with_event: cover property (@(posedge clk_i) cleared_with_event);
  irq_high:          cover property (@(posedge clk_i) irq_q);
endmodule

module cover_perf (
  input logic       clk_i,
  input logic       flushing,
  input logic [2:0] pending_q,
  input logic [5:0] lines_q,
  input logic       clear_i,
  input logic [3:0] cause,
  input logic       run_i
);
  lines_wait:  cover property (@(posedge clk_i) flushing && pending_q != 3'd0);
  lines_two:   cover property (@(posedge clk_i) pending_q > 3'd1);
  log_full:    cover property (@(posedge clk_i) lines_q == 6'd32);
  log_beyond:  cover property (@(posedge clk_i) lines_q == 6'd32 && flushing);
  clear_while_flushing: cover property (@(posedge clk_i) clear_i && flushing);
  cause_active:     cover property (@(posedge clk_i) run_i && cause == 4'd1);
  cause_writeback:  cover property (@(posedge clk_i) run_i && cause == 4'd4);
  cause_descriptor: cover property (@(posedge clk_i) run_i && cause == 4'd5);
  cause_drain:      cover property (@(posedge clk_i) run_i && cause == 4'd6);
  cause_dma:        cover property (@(posedge clk_i) run_i && cause == 4'd7);
endmodule

bind tendon_fetch cover_fetch u_cover (
  .clk_i, .asm_q(3'(asm_q)), .clear_o, .busy_q, .resetting_q, .error_event_o,
  .done_event_o, .start_i, .soft_reset_i, .code, .in_flight, .job_active_i,
  .line_two(line_o == 2'd2)
);
bind tendon_dma cover_dma u_cover (
  .clk_i, .req_q(3'(req_q)), .data_q(2'(data_q)), .stopped, .window_error, .read_error,
  .write_error, .req_fetch_q, .wrapped_q, .pending_q, .ar_valid(m_arvalid_o),
  .ar_ready(m_arready_i), .aw_valid(m_awvalid_o), .aw_ready(m_awready_i), .w_valid(m_wvalid_o),
  .w_ready(m_wready_i), .b_valid(m_bvalid_i), .b_ready(m_bready_o), .r_valid(m_rvalid_i)
);
bind tendon_regs cover_regs u_cover (
  .clk_i, .write, .wr_any, .wr_job, .wr_doorbell, .doorbell_ok, .locked, .error_i, .whole_q,
  .aw_only(aw_full_q && !w_full_q), .w_only(w_full_q && !aw_full_q),
  .b_stall(s_bvalid_o && !s_bready_i), .r_stall(s_rvalid_o && !s_rready_i),
  .perf_wait(perf_req_o && !perf_valid_i), .bad_read(read && !is_mapped),
  .cleared_with_event(wr_irq_status && (wdata_q[2:0] & irq_events) != '0), .irq_q
);
bind tendon_perf cover_perf u_cover (
  .clk_i, .flushing, .pending_q, .lines_q, .clear_i, .cause, .run_i
);
