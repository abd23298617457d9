// SPDX-License-Identifier: MIT
//
// One flip-flop, 0 after reset; with Voted three of them and their majority, so that a flipped one
// is never seen and is right again after the next edge. For flops that a bus sees at once.
module tendon_flag #(
  parameter int unsigned Voted = 0  // 0 or 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic d_i,
  output logic q_o
);

  if (Voted == 0) begin : gen_one
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) q_o <= 1'b0;
      else q_o <= d_i;
    end
  end else begin : gen_three
    // Modules that stay, or synthesis makes one of the three.
    logic [2:0] copies;
    for (genvar i = 0; i < 3; i++) begin : gen_copy
      (* keep_hierarchy *)
      tendon_flag #(
        .Voted(0)
      ) u_copy (
        .clk_i,
        .rst_ni,
        .d_i,
        .q_o(copies[i])
      );
    end
    assign q_o = (copies[0] && copies[1]) || (copies[0] && copies[2]) || (copies[1] && copies[2]);
  end

endmodule
