// SPDX-License-Identifier: MIT
// verilator lint_off DECLFILENAME
// verilator lint_off SYNCASYNCNET
//
// Functional coverage of the bridge's frames: states, arcs, refusals, answers.

module cover_frame (
  input logic       clk_i,
  input logic [3:0] state_q,
  input logic [2:0] cmd_q,
  input logic [1:0] nak_q,
  input logic [1:0] status_q,
  input logic       late_q,
  input logic       active_i
);
  localparam logic [3:0] Header = 4'd0, Check = 4'd1, Nak = 4'd2, Data = 4'd3, DataCrc = 4'd4;
  localparam logic [3:0] DataCheck = 4'd5, Execute = 4'd6, Fetch = 4'd7, Start = 4'd8;
  localparam logic [3:0] ReplyData = 4'd9, ReplyCrc = 4'd10, Done = 4'd11;
  logic [3:0] was_q;
  always_ff @(posedge clk_i) was_q <= state_q;

  header_check:   cover property (@(posedge clk_i) was_q == Header && state_q == Check);
  check_nak:      cover property (@(posedge clk_i) was_q == Check && state_q == Nak);
  check_fetch:    cover property (@(posedge clk_i) was_q == Check && state_q == Fetch);
  check_data:     cover property (@(posedge clk_i) was_q == Check && state_q == Data);
  data_crc:       cover property (@(posedge clk_i) was_q == Data && state_q == DataCrc);
  crc_check:      cover property (@(posedge clk_i) was_q == DataCrc && state_q == DataCheck);
  check_execute:  cover property (@(posedge clk_i) was_q == DataCheck && state_q == Execute);
  check_start:    cover property (@(posedge clk_i) was_q == DataCheck && state_q == Start);
  execute_start:  cover property (@(posedge clk_i) was_q == Execute && state_q == Start);
  fetch_start:    cover property (@(posedge clk_i) was_q == Fetch && state_q == Start);
  start_data:     cover property (@(posedge clk_i) was_q == Start && state_q == ReplyData);
  start_crc:      cover property (@(posedge clk_i) was_q == Start && state_q == ReplyCrc);
  data_reply_crc: cover property (@(posedge clk_i) was_q == ReplyData && state_q == ReplyCrc);
  crc_done:       cover property (@(posedge clk_i) was_q == ReplyCrc && state_q == Done);
  done_header:    cover property (@(posedge clk_i) was_q == Done && state_q == Header);
  nak_header:     cover property (@(posedge clk_i) was_q == Nak && state_q == Header);
  cut_in_header: cover property (@(posedge clk_i) !active_i && was_q == Header);
  cut_in_data:   cover property (@(posedge clk_i) !active_i && state_q == Data);
  cut_in_reply:  cover property (@(posedge clk_i) !active_i && state_q == ReplyData);
  nak_1: cover property (@(posedge clk_i) state_q == Nak && nak_q == 2'd1);
  nak_2: cover property (@(posedge clk_i) state_q == Nak && nak_q == 2'd2);
  nak_3: cover property (@(posedge clk_i) state_q == Nak && nak_q == 2'd3);
  status_0: cover property (@(posedge clk_i) state_q == ReplyCrc && status_q == 2'd0);
  status_1: cover property (@(posedge clk_i) state_q == ReplyCrc && status_q == 2'd1);
  status_2: cover property (@(posedge clk_i) state_q == ReplyCrc && status_q == 2'd2);
  status_3: cover property (@(posedge clk_i) state_q == ReplyCrc && status_q == 2'd3);
  reply_late: cover property (@(posedge clk_i) late_q);
  command_1: cover property (@(posedge clk_i) state_q == Done && cmd_q == 3'd1);
  command_2: cover property (@(posedge clk_i) state_q == Done && cmd_q == 3'd2);
  command_3: cover property (@(posedge clk_i) state_q == Done && cmd_q == 3'd3);
  command_4: cover property (@(posedge clk_i) state_q == Done && cmd_q == 3'd4);
  command_5: cover property (@(posedge clk_i) state_q == Done && cmd_q == 3'd5);
endmodule

bind tendon_frame cover_frame u_cover (
  .clk_i, .state_q(4'(state_q)), .cmd_q, .nak_q, .status_q, .late_q, .active_i
);
