// SPDX-License-Identifier: MIT
//
// Rows x Columns processing elements, one activation sum per column, and the shadow registers that
// let a finished tile drain while the next one is multiplied.
//
//   activations go along the rows, weights along the columns of the array
//   sum of column c:  what the bricks of a PE count too high, and K * A(c), A = sum of the
//                     activations' digits, K = digits of kfix_i as of a weight (section 2)
//
// Timing: operands registered (step_i belongs to them), three stages, then the shadow registers:
// sums of a tile whose last step is presented in cycle t can be read from cycle t + 3 until the
// last step of the next tile is in its third stage (tile_done_o, cycle t + 2).
//
// Drain side: lane k of DrainColumns reads column sel_i + k, all rows at once, combinational. For
// k > 0 sel_i must be a multiple of DrainColumns.
module tendon_array #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned DrainColumns = 2
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            clear_i,
  // operands, already registered
  input  tendon_pkg::step_t               step_i,
  input  logic [Columns*8*Lanes-1:0]      act_i,
  input  logic [Rows*8*Lanes-1:0]         wgt_i,
  input  logic [7:0]                      kfix_i,
  input  logic                            odd_i,      // sums of products count twice
  input  logic                            zero_i,     // sums of 0, whatever the operands
  // shadow registers
  output logic                            tile_done_o,
  input  logic [2:0]                      sel_i,
  output logic [DrainColumns*Rows*32-1:0] sum_o,
  output logic [DrainColumns*32-1:0]      fix_o
);

  localparam int unsigned ChunkWidth = 2 + $clog2(Lanes);

  tendon_pkg::step_t step2_q, step3_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step2_q <= '0;
      step3_q <= '0;
    end else if (clear_i) begin
      step2_q <= '0;
      step3_q <= '0;
    end else begin
      step2_q <= step_i;
      step3_q <= step2_q;
    end
  end

  logic tile_done, idle_q, restart;
  assign tile_done = step3_q.valid && step3_q.last;
  assign restart   = tile_done || idle_q;  // the accumulators start the next tile at 0

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) idle_q <= 1'b1;
    else idle_q <= clear_i;
  end

  assign tile_done_o = tile_done;

  // Products.
  logic [Columns*Rows*32-1:0] next, shadow_q;

  for (genvar c = 0; c < Columns; c++) begin : gen_columns
    for (genvar r = 0; r < Rows; r++) begin : gen_rows
      tendon_pe #(
        .Lanes(Lanes)
      ) u_pe (
        .clk_i,
        .act_i(act_i[c*8*Lanes +: 8*Lanes]),
        .wgt_i(wgt_i[r*8*Lanes +: 8*Lanes]),
        .form2_i(step2_q.form),
        .slice2_i(step2_q.slice),
        .valid3_i(step3_q.valid),
        .clear3_i(restart),
        .next_o(next[(c*Rows+r)*32 +: 32])
      );
    end
  end

  always_ff @(posedge clk_i) begin
    if (tile_done) shadow_q <= zero_i ? '0 : next;
  end

  // A lane and chunk with code a adds to a column's sum, in place of (a - 1) * (k - 1), k the two
  // bits of kfix_i that have the significance of the slice:
  //
  //   2 + (a - 1) * (k - 1)     with odd_i 4 + (a - 1), k is 2
  //
  // that is -a + 3, 2, a + 1 or 2 a: all lanes' a times -1, 0, 1 or 2, and 0 to 3 for each lane.
  logic [Columns*32-1:0]   fix_next, fix_shadow_q;
  logic [1:0]              digit, digit_q, extra;  // of step_i, of step2_q
  logic [ChunkWidth+6:0]   base, base_q;

  always_comb begin
    digit = kfix_i[{step_i.slice, 1'b0} +: 2];
    extra = odd_i ? 2'd3 : ~digit;
    unique case (step_i.form)
      tendon_pkg::FormA8: base = (ChunkWidth+7)'({4{extra}}) << $clog2(Lanes);
      tendon_pkg::FormA4: base = (ChunkWidth+7)'({{2{extra}}, 1'b0}) << $clog2(Lanes);
      default:            base = (ChunkWidth+7)'({extra, 2'b0}) << $clog2(Lanes);
    endcase
    base[0] = digit == 2'd0;  // of the inverted sum
  end

  always_ff @(posedge clk_i) begin
    digit_q <= digit;
    base_q  <= base;
  end

  for (genvar c = 0; c < Columns; c++) begin : gen_fix
    logic [4*ChunkWidth-1:0] chunk_d, chunk_q;
    logic [ChunkWidth+6:0]   sum, times;
    logic [ChunkWidth+12:0]  fix_d, fix_q;
    logic [31:0]             acc_q;

    for (genvar i = 0; i < 4; i++) begin : gen_chunks
      tendon_total #(
        .Lanes(Lanes)
      ) u_total (
        .act_i(act_i[c*8*Lanes + i*2*Lanes +: 2*Lanes]),
        .sum_o(chunk_d[i*ChunkWidth +: ChunkWidth])
      );
    end

    tendon_form #(
      .Width(ChunkWidth)
    ) u_form (
      .form_i(step2_q.form),
      .chunks_i(chunk_q),
      .step_o(sum)
    );

    always_comb begin
      unique case (digit_q)
        2'd0:    times = ~sum;
        2'd1:    times = '0;
        2'd2:    times = sum;
        default: times = sum << 1;
      endcase
    end

    assign fix_d = (ChunkWidth+13)'((ChunkWidth+7)'(times + base_q)) << {step2_q.slice, 1'b0};
    assign fix_next[c*32 +: 32] = acc_q + 32'(fix_q);

    always_ff @(posedge clk_i) begin
      chunk_q <= chunk_d;
      fix_q   <= fix_d;
      if (restart) acc_q <= '0;
      else if (step3_q.valid) acc_q <= fix_next[c*32 +: 32];
      if (tile_done) fix_shadow_q[c*32 +: 32] <= zero_i ? '0 : fix_next[c*32 +: 32];
    end
  end

  // Lane 0 reaches every column, since split mode adds them up one by one.
  always_comb begin
    sum_o = '0;
    fix_o = '0;
    for (int unsigned c = 0; c < Columns; c++) begin
      for (int unsigned k = 0; k < DrainColumns; k++) begin
        if (c % DrainColumns == k || k == 0) begin
          if (32'(sel_i) == (k == 0 ? c : c - k)) begin
            sum_o[k*Rows*32 +: Rows*32] = shadow_q[c*Rows*32 +: Rows*32];
            fix_o[k*32 +: 32] = fix_shadow_q[c*32 +: 32];
          end
        end
      end
    end
  end

  logic unused_step;
  assign unused_step = ^step3_q;

endmodule
