// SPDX-License-Identifier: MIT
//
// Memory with one write and one read port; the read data are registered (one cycle). A read of the
// word that is being written gives the old or the new value: nobody relies on either, and
// no_rw_check lets Yosys use a block RAM as it is (without it: two registers and a multiplexer per
// bit).
module tendon_ram #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 1024  // power of two
) (
  input  logic                     clk_i,
  input  logic                     wr_i,
  input  logic [$clog2(Depth)-1:0] wr_addr_i,
  input  logic [Width-1:0]         wr_data_i,
  input  logic [$clog2(Depth)-1:0] rd_addr_i,
  output logic [Width-1:0]         rd_data_o
);

  (* no_rw_check *) logic [Width-1:0] mem [Depth];

  always_ff @(posedge clk_i) begin
    if (wr_i) mem[wr_addr_i] <= wr_data_i;
    rd_data_o <= mem[rd_addr_i];
  end

endmodule
