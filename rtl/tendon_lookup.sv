// SPDX-License-Identifier: MIT
//
// 256-entry table (KindTable), read from the bias words of the parameter memory: byte i of the
// table is byte i of the bias words, row after row and entry after entry, from par_base on. Codes
// are looked up one per cycle.
//
//   cycle t            take_i, info_i, code_i
//   t + 1 .. t + Rows  entry_o, row after row; the entry's words bias_i follow one cycle later
//   t + Rows + 2       info_o, code_o
//
// take_i may come every Rows cycles. An entry outside the memory: bad_o.
module tendon_lookup #(
  parameter int unsigned Rows = 4,
  parameter int unsigned ParEntries = 256,
  localparam int unsigned EntryWidth = $clog2(ParEntries)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i,
  input  logic [15:0]           par_base_i,
  input  logic                  take_i,
  input  tendon_pkg::result_t   info_i,
  input  logic [Rows*8-1:0]     code_i,
  output logic [EntryWidth-1:0] entry_o,
  input  logic [Rows*32-1:0]    bias_i,
  output logic                  used_o,  // bias_i is, in this cycle
  output tendon_pkg::result_t   info_o,
  output logic [Rows*8-1:0]     code_o,
  output logic                  bad_o,
  output logic [16:0]           bad_addr_o
);

  localparam int unsigned ByteBits = 2 + $clog2(Rows);  // of an entry

  logic [4:0]          left_q;  // rows to look up
  logic                last1_q, read1_q;
  logic [Rows*8-1:0]   code_q;
  logic [ByteBits-1:0] byte1_q;
  logic [7:0]          found;
  logic [16:0]         entry;
  tendon_pkg::result_t info_q, info1_q;

  assign entry      = 17'(par_base_i) + (17'(code_q[7:0]) >> ByteBits);
  assign entry_o    = entry[EntryWidth-1:0];
  assign used_o     = read1_q;
  assign bad_o      = left_q != '0 && 32'(entry) >= ParEntries;
  assign bad_addr_o = entry;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q  <= '0;
      read1_q <= 1'b0;
      last1_q <= 1'b0;
      info_o  <= '0;
    end else if (clear_i) begin
      left_q  <= '0;
      read1_q <= 1'b0;
      last1_q <= 1'b0;
      info_o  <= '0;
    end else begin
      if (take_i) left_q <= 5'(Rows);
      else if (left_q != '0) left_q <= left_q - 5'd1;
      read1_q      <= left_q != '0;
      last1_q      <= left_q == 5'd1;
      info_o       <= info1_q;
      info_o.valid <= last1_q;
    end
  end

  always_comb begin
    found = '0;
    for (int unsigned i = 0; i < 4 * Rows; i++) begin
      if (32'(byte1_q) == i) found = bias_i[i*8 +: 8];
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      code_q <= code_i;
      info_q <= info_i;
    end else begin
      code_q <= code_q >> 8;
    end
    byte1_q <= code_q[ByteBits-1:0];
    info1_q <= info_q;
    if (read1_q) code_o <= (Rows*8)'({found, code_o} >> 8);
  end

endmodule
