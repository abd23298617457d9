// SPDX-License-Identifier: MIT
// verilator lint_off DECLFILENAME
// verilator lint_off SYNCASYNCNET
//
// Functional coverage of the compute engine: the decoder's steps and refusals, ways to use the
// array, waits. One label, one point of `./run coverage`.

module cover_decode (
  input logic       clk_i,
  input logic [2:0] step_q,
  input logic       ready_o,
  input logic       wide_q,
  input logic [3:0] bad_word,
  input logic [7:0] err_code_o,
  input logic       lacks_kind,
  input logic       lacks_mode,
  input logic       outside,
  input logic       outside2,
  input logic       clear_i,
  input logic       negative
);
  localparam logic [7:0] Field = 8'd2;
  logic [2:0] was_q;
  always_ff @(posedge clk_i) was_q <= step_q;

  idle_row0: cover property (@(posedge clk_i) was_q == 3'd0 && step_q == 3'd1);
  row0_row:  cover property (@(posedge clk_i) was_q == 3'd1 && step_q == 3'd2);
  row_ky:    cover property (@(posedge clk_i) was_q == 3'd2 && step_q == 3'd3);
  ky_size:   cover property (@(posedge clk_i) was_q == 3'd3 && step_q == 3'd4);
  size_ready: cover property (@(posedge clk_i) was_q == 3'd4 && step_q == 3'd5);
  ready_idle: cover property (@(posedge clk_i) was_q == 3'd5 && step_q == 3'd0);
  cleared_in_row0: cover property (@(posedge clk_i) clear_i && step_q == 3'd1);
  cleared_in_size: cover property (@(posedge clk_i) clear_i && step_q == 3'd4);
  factor_negative: cover property (@(posedge clk_i) negative && step_q == 3'd1);

  bad_word_1:  cover property (@(posedge clk_i) ready_o && err_code_o == Field && bad_word == 1);
  bad_word_2:  cover property (@(posedge clk_i) ready_o && err_code_o == Field && bad_word == 2);
  bad_word_5:  cover property (@(posedge clk_i) ready_o && err_code_o == Field && bad_word == 5);
  bad_word_8:  cover property (@(posedge clk_i) ready_o && err_code_o == Field && bad_word == 8);
  bad_word_10: cover property (@(posedge clk_i) ready_o && err_code_o == Field && bad_word == 10);
  bad_word_11: cover property (@(posedge clk_i) ready_o && err_code_o == Field && bad_word == 11);
  unsupported_kind: cover property (@(posedge clk_i) ready_o && lacks_kind);
  unsupported_mode: cover property (@(posedge clk_i) ready_o && lacks_mode && bad_word == 0);
  input_outside:    cover property (@(posedge clk_i) ready_o && outside && bad_word == 0);
  input_wraps:      cover property (@(posedge clk_i) ready_o && wide_q);
  operand2_outside: cover property (@(posedge clk_i) ready_o && outside2 && !outside);
  good:             cover property (@(posedge clk_i) ready_o && err_code_o == 8'd0);
endmodule

module cover_sequencer (
  input logic       clk_i,
  input logic       issue,
  input logic       wait_o,
  input logic       bad_line_o,
  input logic [1:0] spread_o,
  input logic [1:0] form,
  input logic [1:0] slice_q,
  input logic       split_q,
  input logic       last,
  input logic       pad,
  input logic       behind,
  input logic       partial
);
  spread_tile:   cover property (@(posedge clk_i) issue && spread_o == 2'd0 && !split_q);
  spread_chunk:  cover property (@(posedge clk_i) issue && spread_o == 2'd1);
  spread_nibble: cover property (@(posedge clk_i) issue && spread_o == 2'd2);
  spread_half:   cover property (@(posedge clk_i) issue && spread_o == 2'd3);
  split_two_bits: cover property (@(posedge clk_i) issue && spread_o == 2'd0 && split_q);
  form_a2: cover property (@(posedge clk_i) issue && form == 2'd0);
  form_a4: cover property (@(posedge clk_i) issue && form == 2'd1);
  form_a8: cover property (@(posedge clk_i) issue && form == 2'd2);
  slice_0: cover property (@(posedge clk_i) issue && slice_q == 2'd0);
  slice_1: cover property (@(posedge clk_i) issue && slice_q == 2'd1);
  slice_2: cover property (@(posedge clk_i) issue && slice_q == 2'd2);
  slice_3: cover property (@(posedge clk_i) issue && slice_q == 2'd3);
  waits_for_drain: cover property (@(posedge clk_i) wait_o);
  tile_of_one_step: cover property (@(posedge clk_i) issue && last && slice_q == 2'd0);
  line_outside:  cover property (@(posedge clk_i) bad_line_o);
  padding:       cover property (@(posedge clk_i) issue && pad);
  behind_window: cover property (@(posedge clk_i) issue && behind);
  partial_tile:  cover property (@(posedge clk_i) issue && partial);
endmodule

bind tendon_decode cover_decode u_cover (
  .clk_i, .step_q(3'(step_q)), .ready_o, .wide_q, .bad_word, .err_code_o, .lacks_kind, .lacks_mode,
  .outside, .outside2, .clear_i, .negative(factor_q < 0)
);
bind tendon_sequencer cover_sequencer u_cover (
  .clk_i, .issue, .wait_o, .bad_line_o, .spread_o(2'(spread_o)), .form(2'(form)), .slice_q,
  .split_q, .last(tile_end), .pad(pad_o != '0), .behind(behind_o != '0),
  .partial(!split_q && !single && 32'(cols_q) < Columns)
);
