// SPDX-License-Identifier: MIT
//
// A scratchpad memory: tendon_ram, with Protect each word with the code of tendon_secded. A flipped
// bit is corrected on its way out and stays in the memory until the word is written again;
// double_o says that two were, of a word that may never have been written: the reader knows.
module tendon_store #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 1024,  // power of two
  parameter int unsigned Protect = 0
) (
  input  logic                     clk_i,
  input  logic                     wr_i,
  input  logic [$clog2(Depth)-1:0] wr_addr_i,
  input  logic [Width-1:0]         wr_data_i,
  input  logic [$clog2(Depth)-1:0] rd_addr_i,
  output logic [Width-1:0]         rd_data_o,
  output logic                     double_o
);

  if (Protect != 0) begin : gen_protected
    localparam int unsigned Check = Width > 57 ? 8 : Width > 26 ? 7 : Width > 11 ? 6 : 5;
    logic [Check-1:0]       check;
    logic [Check+Width-1:0] word;
    logic                   unused_single;

    tendon_secded #(
      .Width(Width)
    ) u_secded (
      .data_i(wr_data_i),
      .check_o(check),
      .word_i(word),
      .data_o(rd_data_o),
      .single_o(unused_single),
      .double_o
    );

    tendon_ram #(
      .Width(Check + Width),
      .Depth(Depth)
    ) u_ram (
      .clk_i,
      .wr_i,
      .wr_addr_i,
      .wr_data_i({check, wr_data_i}),
      .rd_addr_i,
      .rd_data_o(word)
    );
  end else begin : gen_plain
    tendon_ram #(
      .Width(Width),
      .Depth(Depth)
    ) u_ram (
      .clk_i,
      .wr_i,
      .wr_addr_i,
      .wr_data_i,
      .rd_addr_i,
      .rd_data_o
    );
    assign double_o = 1'b0;
  end

endmodule
