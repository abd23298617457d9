// SPDX-License-Identifier: MIT
//
// Stand-in for tendon_core in the tests of the shell: same ports, same promises, arithmetic that
// fits
// a line, so that a failing test points at the shell. A CONV descriptor
//
//   takes OUT_COLS cycles, or until a LOAD of activations ends; in cycle n of them the cause is
//   1 + n mod 6
//   then act[OUT_BASE] = act[IN_BASE] + wgt word[WGT_BASE] + par word[PAR_BASE]
//   ARGMAX: label = act[IN_BASE], max_acc = act[IN_BASE] << 8
//   OUT_ROWS 0xF01D: act[OUT_BASE] = a number made of every bit of the descriptor instead
//   OUT_ROWS 0xEEEE: ends in error code IN_ROWS, address word 12; 0xDEAD: never ends
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off UNUSEDPARAM */
module tendon_core #(
  parameter int unsigned Rows       = 4,
  parameter int unsigned Columns    = 4,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 8192,
  parameter int unsigned WgtLines   = 2048,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWidth   = 128,
  parameter int unsigned Elements   = 1,
  parameter int unsigned Gemm       = 1,
  parameter int unsigned Tflite     = 0,
  parameter int unsigned MultBlocks = 0,
  parameter int unsigned Protect    = 0
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  input  logic                   desc_load_i,
  input  logic [511:0]           desc_next_i,
  input  logic                   desc_valid_i,
  input  logic                   desc_go_i,
  output logic                   desc_ready_o,
  input  logic [511:0]           desc_data_i,
  output logic                   done_valid_o,
  output logic                   err_valid_o,
  output logic [7:0]             err_code_o,
  output logic [31:0]            err_addr_o,
  input  logic                   loading_i,
  input  logic                   wr_valid_i,
  output logic                   wr_ready_o,
  input  logic [1:0]             wr_space_i,
  input  logic [19:0]            wr_word_i,
  input  logic [DmaWidth-1:0]    wr_data_i,
  input  logic [DmaWidth/32-1:0] wr_strb_i,
  input  logic                   rd_valid_i,
  input  logic [15:0]            rd_word_i,
  output logic [DmaWidth-1:0]    rd_data_o,
  output logic                   rd_data_valid_o,
  output logic                   label_valid_o,
  output logic [15:0]            label_o,
  output logic [31:0]            max_acc_o,
  output logic                   busy_o,
  output logic [2:0]             state_o,
  output logic                   fault_o,
  output logic [DmaWidth/32-1:0] rd_double_o
);

  localparam int unsigned DmaWords = DmaWidth / 32;

  logic [31:0] act [ActWords];
  logic [31:0] wgt [WgtLines * Rows * Lanes / 4];
  logic [31:0] par [ParEntries * Rows * 3];

  logic         running_q, ahead_q, failed_q;
  logic [511:0] now_q, next_q;
  logic [15:0]  cycle_q;
  logic         ends, fails, hangs;
  logic [31:0]  value, digest;

  assign desc_ready_o = desc_go_i && (!running_q || !ahead_q) && !failed_q;
  assign hangs = now_q[tendon_regs_pkg::ConvOutRowsLsb +: 16] == 16'hDEAD;
  assign fails = now_q[tendon_regs_pkg::ConvOutRowsLsb +: 16] == 16'hEEEE;
  assign ends  = running_q && !hangs && !loading_i &&
                 cycle_q + 16'd1 >= now_q[tendon_regs_pkg::ConvOutColsLsb +: 16];
  always_comb begin
    digest = '0;
    for (int unsigned i = 0; i < 16; i++) digest = digest * 32'd31 + now_q[32*i +: 32];
  end
  assign wr_ready_o = !done_valid_o;
  assign fault_o    = 1'b0;
  assign rd_double_o = '0;

  assign done_valid_o  = ends && !fails;
  assign err_valid_o   = ends && fails;
  assign err_code_o    = now_q[tendon_regs_pkg::ConvInRowsLsb +: 8];
  assign err_addr_o    = now_q[tendon_regs_pkg::ConvOutPixWordsLsb +: 32];
  assign busy_o        = running_q;
  assign state_o       = running_q ? 3'd1 + 3'(cycle_q % 16'd6) : 3'd0;
  assign value         = act[32'(now_q[tendon_regs_pkg::ConvInBaseLsb +: 16])];
  assign label_valid_o = done_valid_o && now_q[tendon_regs_pkg::ConvArgmaxLsb];
  assign label_o       = value[15:0];
  assign max_acc_o     = value << 8;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      ahead_q   <= 1'b0;
      failed_q  <= 1'b0;
      cycle_q   <= '0;
    end else begin
      cycle_q <= cycle_q + 16'd1;
      if (ends) begin
        running_q <= ahead_q;
        ahead_q   <= 1'b0;
        now_q     <= next_q;
        cycle_q   <= '0;
      end
      if (err_valid_o) failed_q <= 1'b1;
      if (desc_ready_o) begin
        if (!running_q || (ends && !ahead_q)) begin
          running_q <= 1'b1;
          now_q     <= desc_data_i;
          cycle_q   <= '0;
        end else begin
          ahead_q <= 1'b1;
          next_q  <= desc_data_i;
        end
      end
      if (clear_i) begin
        running_q <= 1'b0;
        ahead_q   <= 1'b0;
        failed_q  <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < DmaWords; i++) begin
      if (wr_valid_i && wr_strb_i[i]) begin
        if (wr_space_i == 2'd0) act[32'(wr_word_i) + i] <= wr_data_i[32*i +: 32];
        if (wr_space_i == 2'd1) wgt[32'(wr_word_i) + i] <= wr_data_i[32*i +: 32];
        if (wr_space_i == 2'd2) par[32'(wr_word_i) + i] <= wr_data_i[32*i +: 32];
      end
    end
    if (done_valid_o) begin
      act[32'(now_q[tendon_regs_pkg::ConvOutBaseLsb +: 16])] <=
          now_q[tendon_regs_pkg::ConvOutRowsLsb +: 16] == 16'hF01D ? digest :
          value + wgt[32'(now_q[tendon_regs_pkg::ConvWgtBaseLsb +: 16])] +
          par[32'(now_q[tendon_regs_pkg::ConvParBaseLsb +: 16])];
    end
  end

  logic                rd_q;
  logic [DmaWidth-1:0] rd_data_q;
  always_ff @(posedge clk_i) begin
    rd_q            <= rd_valid_i && !clear_i;
    rd_data_valid_o <= rd_q;
    for (int unsigned i = 0; i < DmaWords; i++) begin
      rd_data_q[32*i +: 32] <= act[32'(rd_word_i) + i];
    end
    rd_data_o <= rd_data_q;
  end

`ifdef VERILATOR
  // What the shell promises.
  assert property (@(posedge clk_i) rd_valid_i |-> !running_q)
    else $error("standin_core: read while a compute descriptor runs");
  assert property (@(posedge clk_i)
                   wr_valid_i && wr_space_i == 2'd0 |-> (!running_q || loading_i) && wr_ready_o)
    else $error("standin_core: activations written while a compute descriptor runs");
  assert property (@(posedge clk_i)
                   wr_valid_i |-> 32'(wr_word_i) % DmaWords == 0)
    else $error("standin_core: misaligned write");
  assert property (@(posedge clk_i)
                   wr_valid_i && wr_space_i == 2'd0 |-> 32'(wr_word_i) < ActWords)
    else $error("standin_core: write behind the activation memory");
`endif

endmodule
/* verilator lint_on UNUSEDPARAM */
/* verilator lint_on UNUSEDSIGNAL */
