// SPDX-License-Identifier: MIT
//
// Activation memory: one copy per column, written together, each read on its own port.
//
// A copy has Banks = Lanes / 4 banks of 32-bit words, so that a fetch of Banks consecutive words
// may start at any word. What is read becomes an operand of the array:
//
//   cycle t      addr_i, pad_i, behind_i; the banks sample their addresses
//   cycle t + 1  words rotated into order, padding and sign applied, spread over the columns
//   cycle t + 2  act_o
//
//   word k of a fetch  = behind: 0x55 in every byte, whose chunks count as 0
//                        pad: zero_i in every byte
//                        else: word, xor flip_i in every byte
//
// flip_i inverts the top bit of each signed element; zero_i is already in that unsigned form.
//
// Writing: WriteWords consecutive words at any address from the packer, or DmaWords at a multiple
// of DmaWords from the bus, never both in one cycle. DMA read: port 0, dma_rd_data_o two cycles
// after dma_rd_i, only while nothing else reads.
//
// double_o: with Protect, a word that is used (used_i: in cycle t + 1) has two wrong bits;
// dma_double_o: so has a word of dma_rd_data_o.
module tendon_actmem #(
  parameter int unsigned Columns = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned Words = 8192,
  parameter int unsigned WriteWords = 1,
  parameter int unsigned DmaWords = 4,
  parameter int unsigned Protect = 0,
  localparam int unsigned Banks = Lanes / 4,
  localparam int unsigned AddrWidth = $clog2(Words)
) (
  input  logic                         clk_i,
  // fetches
  input  logic [Columns*AddrWidth-1:0] addr_i,
  input  logic [Columns*Banks-1:0]     pad_i,
  input  logic [Columns*Banks-1:0]     behind_i,
  input  tendon_pkg::spread_e          spread_i,
  input  logic [7:0]                   zero_i,
  input  logic [7:0]                   flip_i,
  output logic [Columns*8*Lanes-1:0]   act_o,
  // results
  input  logic                         wr_i,
  input  logic [AddrWidth-1:0]         wr_addr_i,
  input  logic [WriteWords-1:0]        wr_strb_i,
  input  logic [WriteWords*32-1:0]     wr_data_i,
  // bus
  input  logic                         dma_wr_i,
  input  logic [AddrWidth-1:0]         dma_wr_addr_i,
  input  logic [DmaWords-1:0]          dma_wr_strb_i,
  input  logic [DmaWords*32-1:0]       dma_wr_data_i,
  input  logic                         dma_rd_i,
  input  logic [AddrWidth-1:0]         dma_rd_addr_i,
  output logic [DmaWords*32-1:0]       dma_rd_data_o,
  // faults
  input  logic                         used_i,
  output logic                         double_o,
  output logic [DmaWords-1:0]          dma_double_o
);

  localparam int unsigned BankBits = $clog2(Banks);
  localparam int unsigned RowWidth = AddrWidth - BankBits;
  localparam int unsigned FetchWidth = 32 * Banks;  // = 8 * Lanes

  // Write: which word goes to which bank.
  logic [Banks-1:0]          bank_wr;
  logic [Banks*RowWidth-1:0] bank_wr_row;
  logic [Banks*32-1:0]       bank_wr_data;

  always_comb begin : write_banks
    logic [AddrWidth-1:0] word;
    bank_wr = '0;
    bank_wr_row = '0;
    bank_wr_data = '0;
    word = '0;
    for (int unsigned b = 0; b < Banks; b++) begin
      if (dma_wr_i) begin
        bank_wr_row[b*RowWidth +: RowWidth] = dma_wr_addr_i[AddrWidth-1:BankBits];
        bank_wr_data[b*32 +: 32] = dma_wr_data_i[(b % DmaWords)*32 +: 32];
        bank_wr[b] = dma_wr_strb_i[b % DmaWords]
            && 32'(dma_wr_addr_i[BankBits-1:0]) / DmaWords == b / DmaWords;
      end else begin
        for (int unsigned w = 0; w < WriteWords; w++) begin
          word = wr_addr_i + AddrWidth'(w);
          if (32'(word[BankBits-1:0]) == b) begin
            bank_wr_row[b*RowWidth +: RowWidth] = word[AddrWidth-1:BankBits];
            bank_wr_data[b*32 +: 32] = wr_data_i[w*32 +: 32];
            bank_wr[b] = wr_i && wr_strb_i[w];
          end
        end
      end
    end
  end

  // What the words turn into, one stage on: decided before the registers, so that the multiplexers
  // behind them have single select bits.
  logic [Columns*Banks-1:0]    keep_q;
  logic [Columns*8*Banks-1:0]  fills_q;
  logic                        chunk_q, nibble_q, half_q;
  logic [Columns*BankBits-1:0] first_q;  // bank of the first word

  for (genvar w = 0; w < Columns * Banks; w++) begin : gen_fill
    always_ff @(posedge clk_i) begin
      keep_q[w] <= !behind_i[w] && !pad_i[w];
      fills_q[8*w +: 8] <= behind_i[w] ? 8'h55 : pad_i[w] ? zero_i : flip_i;
    end
  end

  always_ff @(posedge clk_i) begin
    chunk_q  <= spread_i == tendon_pkg::SpreadChunk;
    nibble_q <= spread_i == tendon_pkg::SpreadNibble;
    half_q   <= spread_i == tendon_pkg::SpreadHalf;
  end

  // What is read, and what is exclusive-ored to it, a byte per word, after spreading both: so the
  // multiplexers that rotate and spread each have room in their LUT for `keep` and `fill`.
  logic [Columns*FetchWidth-1:0] ports, act_read;
  logic [Columns*8*Banks-1:0]    act_fill;
  logic [Columns-1:0]            double;

  assign double_o = |double;

  for (genvar c = 0; c < Columns; c++) begin : gen_copies
    logic [AddrWidth-1:0]  addr;
    logic [RowWidth-1:0]   row, row_next;
    logic [FetchWidth-1:0] banks, words;
    logic [Banks-1:0]      double_banks, double_words;

    if (c == 0) begin : gen_dma
      assign addr = dma_rd_i ? dma_rd_addr_i : addr_i[0 +: AddrWidth];
    end else begin : gen_no_dma
      assign addr = addr_i[c*AddrWidth +: AddrWidth];
    end
    assign row = addr[AddrWidth-1:BankBits];
    assign row_next = row + 1'b1;

    // Banks in front of the first word hold the fetch's words of the next row.
    logic [Banks-1:0] wrapped;
    assign wrapped = ~({Banks{1'b1}} << addr[BankBits-1:0]);

    for (genvar b = 0; b < Banks; b++) begin : gen_banks
      tendon_store #(
        .Width(32),
        .Depth(Words / Banks),
        .Protect(Protect)
      ) u_ram (
        .clk_i,
        .wr_i(bank_wr[b]),
        .wr_addr_i(bank_wr_row[b*RowWidth +: RowWidth]),
        .wr_data_i(bank_wr_data[b*32 +: 32]),
        .rd_addr_i(wrapped[b] ? row_next : row),
        .rd_data_o(banks[b*32 +: 32]),
        .double_o(double_banks[b])
      );
    end

    always_ff @(posedge clk_i) begin
      first_q[c*BankBits +: BankBits] <= addr[BankBits-1:0];
    end

    // One multiplexer level per bit of the first word's bank: rotated by 2^s words.
    for (genvar s = 0; s <= BankBits; s++) begin : gen_rotate
      logic [FetchWidth-1:0] turned;
      if (s == 0) begin : gen_banks
        assign turned = banks;
      end else begin : gen_turn
        localparam int unsigned Turn = 32 << (s - 1);
        logic [FetchWidth-1:0] before_turn;
        assign before_turn = gen_rotate[s-1].turned;
        assign turned = first_q[c*BankBits + s-1]
            ? {before_turn[Turn-1:0], before_turn[FetchWidth-1:Turn]} : before_turn;
      end
    end
    assign words = gen_rotate[BankBits].turned;

    // Word k of the fetch is in bank first + k.
    for (genvar k = 0; k < Banks; k++) begin : gen_double
      assign double_words[k] = double_banks[first_q[c*BankBits +: BankBits] + BankBits'(k)];
    end

    for (genvar k = 0; k < Banks; k++) begin : gen_mask
      assign ports[c*FetchWidth + k*32 +: 32] = words[k*32 +: 32] & {32{keep_q[c*Banks+k]}};
    end

    if (c == 0) begin : gen_dma_data
      logic [DmaWords*32-1:0] dma_q;
      // A DMA address is a multiple of DmaWords, so rotating has put its words first.
      always_ff @(posedge clk_i) dma_q <= words[0 +: DmaWords*32];
      assign dma_rd_data_o = dma_q;
      always_ff @(posedge clk_i) dma_double_o <= double_words[DmaWords-1:0];
    end
    assign double[c] = used_i && (double_words & keep_q[c*Banks +: Banks]) != '0;
  end

  tendon_spread #(
    .Columns(Columns),
    .Lanes(Lanes)
  ) u_spread (
    .chunk_i(chunk_q),
    .nibble_i(nibble_q),
    .half_i(half_q),
    .ports_i(ports),
    .act_o(act_read)
  );

  tendon_spread #(
    .Columns(Columns),
    .Lanes(Banks)
  ) u_spread_fill (
    .chunk_i(chunk_q),
    .nibble_i(nibble_q),
    .half_i(half_q),
    .ports_i(fills_q),
    .act_o(act_fill)
  );

  // Four lanes to a word.
  for (genvar i = 0; i < Columns * 4 * Banks; i++) begin : gen_act
    always_ff @(posedge clk_i) act_o[8*i +: 8] <= act_read[8*i +: 8] ^ {4{act_fill[2*i +: 2]}};
  end

endmodule
