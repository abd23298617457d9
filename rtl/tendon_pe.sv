// SPDX-License-Identifier: MIT
//
// Processing element: Lanes x 4 bricks of a 2-bit activation chunk with a 2-bit weight slice, each
// counting as the digit code - 1. Bricks of the same chunk number are summed over the lanes before
// anything is shifted, so that shifting is paid once per chunk number.
//
//   S(i) = sum over lanes l of (act[i][l] - 1) * (wgt[i][l] - 1) + 2      i = 0..3
//   FormA8   step = S0 + 4 S1 + 16 S2 + 64 S3
//   FormA4   step = (S0 + S2) + 4 (S1 + S3)
//   FormA2   step = S0 + S1 + S2 + S3
//   sum      = sum + (step << (2 * slice)), 0 after clear3_i
//
// Operands: bits [i * 2 * Lanes + 2 * l +: 2] are chunk i of lane l.
//
// Timing: three stages, one step per cycle, never stalls. act_i and wgt_i belong to the step that
// is in stage 1; form2_i and slice2_i to the one in stage 2, valid3_i and clear3_i to the one in
// stage 3. next_o is the sum with the step in stage 3, combinational, for the shadow register: with
// clear3_i in the same cycle a sum ends, and the register starts anew by its reset, where a choice
// between 0 and the sum in front of the adder would cost a LUT per bit.
// Range: sums are exact modulo 2^32; the compiler proves that the signed result fits.
module tendon_pe #(
  parameter int unsigned Lanes = 16  // 16 or 32
) (
  input  logic                clk_i,
  input  logic [8*Lanes-1:0]  act_i,
  input  logic [8*Lanes-1:0]  wgt_i,
  input  tendon_pkg::form_e   form2_i,
  input  logic [1:0]          slice2_i,
  input  logic                valid3_i,
  input  logic                clear3_i,
  output logic [31:0]         next_o
);

  localparam int unsigned ChunkWidth = 3 + $clog2(Lanes);  // sum of Lanes bricks of at most 6
  localparam int unsigned StepWidth = ChunkWidth + 7;

  logic [4*ChunkWidth-1:0] chunk_d, chunk_q;

  for (genvar i = 0; i < 4; i++) begin : gen_chunks
    tendon_dot #(
      .Lanes(Lanes)
    ) u_dot (
      .act_i(act_i[i*2*Lanes +: 2*Lanes]),
      .wgt_i(wgt_i[i*2*Lanes +: 2*Lanes]),
      .sum_o(chunk_d[i*ChunkWidth +: ChunkWidth])
    );
  end

  logic [StepWidth-1:0] step;
  logic [StepWidth+5:0] step_d, step_q;

  tendon_form #(
    .Width(ChunkWidth)
  ) u_form (
    .form_i(form2_i),
    .chunks_i(chunk_q),
    .step_o(step)
  );

  assign step_d = (StepWidth+6)'(step) << {slice2_i, 1'b0};

  logic [31:0] acc_q;

  assign next_o = acc_q + 32'(step_q);

  always_ff @(posedge clk_i) begin
    chunk_q <= chunk_d;
    step_q  <= step_d;
    if (clear3_i) acc_q <= '0;
    else if (valid3_i) acc_q <= next_o;
  end

endmodule
