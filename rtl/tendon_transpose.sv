// SPDX-License-Identifier: MIT
//
// Bytes of lanes to chunk vectors: bit 2 k + j of byte l becomes bit 2 l + j of vector k. Wiring
// only.
module tendon_transpose #(
  parameter int unsigned Lanes = 16
) (
  input  logic [8*Lanes-1:0] bytes_i,
  output logic [8*Lanes-1:0] chunks_o
);

  for (genvar l = 0; l < Lanes; l++) begin : gen_lanes
    for (genvar k = 0; k < 4; k++) begin : gen_chunks
      assign chunks_o[k*2*Lanes + 2*l +: 2] = bytes_i[8*l + 2*k +: 2];
    end
  end

endmodule
