// SPDX-License-Identifier: MIT
//
// Packs codes into 32-bit words and writes them. Each column of a tile has its own word, filled by
// one channel tile after the other; the pad bits of a last word are zero. Results of a channel tile
// that fill more than a word (Rows * bits > 32) go out as one burst of consecutive words.
//
// Words wait in a queue of Columns entries that writes one per cycle; tendon_pace keeps it from
// overflowing. A result is in the memory two cycles after info_i at the earliest. The words of a
// layer leave in order, so the layer is over when its last one is written (done_o).
//
// A word outside the memory is not written: bad_o, bad_addr_o.
module tendon_pack #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned DrainColumns = 2,
  parameter int unsigned ActWords = 8192,
  localparam int unsigned WriteWords = Rows * 8 > 32 ? Rows * 8 / 32 : 1,
  localparam int unsigned AddrWidth = $clog2(ActWords)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           clear_i,
  input  tendon_pkg::conv_t              cfg_i,
  input  tendon_pkg::result_t            info_i,
  input  logic [DrainColumns*Rows*8-1:0] code_i,
  output logic                           wr_o,
  output logic [AddrWidth-1:0]           wr_addr_o,
  output logic [WriteWords-1:0]          wr_strb_o,
  output logic [WriteWords*32-1:0]       wr_data_o,
  output logic                           done_o,
  output logic                           bad_o,
  output logic [19:0]                    bad_addr_o
);

  localparam int unsigned BurstWidth = WriteWords * 32;
  localparam int unsigned Depth = Columns / DrainColumns;  // entries of DrainColumns bursts
  localparam int unsigned PtrWidth = Depth > 1 ? $clog2(Depth) : 1;

  // Codes side by side, rows without a channel zero, moved to their place in the word.
  logic [DrainColumns*BurstWidth-1:0] placed;

  for (genvar k = 0; k < DrainColumns; k++) begin : gen_place
    logic [BurstWidth-1:0] dense;
    logic [1:0]            bits;  // a second column drains only with thresholds: two bits
    assign bits = k == 0 ? cfg_i.out_bits : tendon_regs_pkg::WidthBits2;
    always_comb begin
      dense = '0;
      for (int unsigned r = 0; r < Rows; r++) begin
        if (r < 32'(info_i.channels)) begin
          unique case (bits)
            tendon_regs_pkg::WidthBits8: dense[r*8 +: 8] = code_i[(k*Rows+r)*8 +: 8];
            tendon_regs_pkg::WidthBits4: dense[r*4 +: 4] = code_i[(k*Rows+r)*8 +: 4];
            default:                     dense[r*2 +: 2] = code_i[(k*Rows+r)*8 +: 2];
          endcase
        end
      end
      placed[k*BurstWidth +: BurstWidth] = dense;
      for (int unsigned s = 1; s < 16 / Rows; s++) begin
        if (32'(info_i.slot) == s) begin
          placed[k*BurstWidth +: BurstWidth] =
              bits == tendon_regs_pkg::WidthBits8 ? dense << (s * Rows * 8)
            : bits == tendon_regs_pkg::WidthBits4 ? dense << (s * Rows * 4)
                                                            : dense << (s * Rows * 2);
        end
      end
    end
  end

  // What the earlier channel tiles have left in each column's word.
  logic [Columns*BurstWidth-1:0]      partial_q;
  logic [DrainColumns*BurstWidth-1:0] old, full;

  always_comb begin
    old = '0;
    for (int unsigned c = 0; c < Columns; c++) begin
      for (int unsigned k = 0; k < DrainColumns; k++) begin
        if ((k == 0 || c % DrainColumns == k) && 32'(info_i.col) + k == c
            && info_i.slot != '0) begin
          old[k*BurstWidth +: BurstWidth] = partial_q[c*BurstWidth +: BurstWidth];
        end
      end
    end
    full = old | placed;
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned c = 0; c < Columns; c++) begin
      for (int unsigned k = 0; k < DrainColumns; k++) begin
        if ((k == 0 || c % DrainColumns == k) && info_i.valid && info_i.lanes[k]
            && 32'(info_i.col) + k == c) begin
          partial_q[c*BurstWidth +: BurstWidth] <= full[k*BurstWidth +: BurstWidth];
        end
      end
    end
  end

  // Words that hold real channels: more than one only when a channel tile fills several.
  logic [WriteWords-1:0] strb;
  always_comb begin
    for (int unsigned w = 0; w < WriteWords; w++) begin
      strb[w] = w == 0
          || 32'(info_i.channels) > w * 32'(tendon_pkg::results_per_word(cfg_i.out_bits));
    end
  end

  // Address of the last word that `used` of a burst writes.
  function automatic logic [19:0] end_of(logic [19:0] first, logic [WriteWords-1:0] used);
    end_of = first;
    for (int unsigned w = 1; w < WriteWords; w++) begin
      if (used[w]) end_of = first + 20'(w);
    end
  endfunction

  // Where they go. The check is made here, not at the head of the queue: behind its mux it would be
  // the slowest path to the sequencer.
  logic [DrainColumns*20-1:0] addr;
  logic [DrainColumns-1:0]    beyond;
  always_comb begin
    for (int unsigned k = 0; k < DrainColumns; k++) begin
      addr[k*20 +: 20] = k == 0 ? info_i.addr : info_i.addr + 20'(cfg_i.out_pix_words);
      beyond[k] = end_of(addr[k*20 +: 20], strb) >= 20'(ActWords);
    end
  end

  // Queue.
  logic [Depth*DrainColumns*BurstWidth-1:0] data_q;
  logic [Depth*DrainColumns*20-1:0]         addr_q;
  logic [Depth*DrainColumns-1:0]            outside_q;  // a word is not in the memory
  logic [Depth*WriteWords-1:0]              strb_q;
  logic [Depth*2-1:0]                       lanes_q;
  logic [PtrWidth-1:0]                      in_q, out_q;
  logic [PtrWidth:0]                        used_q;
  logic                                     lane_q;  // of the entry at the head

  logic push, pop, entry_end, full_lane;
  logic       head_pair;

  assign push       = info_i.valid && info_i.emit;
  assign pop        = used_q != '0;
  assign head_pair  = lanes_q[32'(out_q)*2+1];
  assign full_lane  = lane_q;
  assign entry_end  = full_lane || !head_pair;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_q   <= '0;
      out_q  <= '0;
      used_q <= '0;
      lane_q <= 1'b0;
    end else if (clear_i) begin
      in_q   <= '0;
      out_q  <= '0;
      used_q <= '0;
      lane_q <= 1'b0;
    end else begin
      if (push) in_q <= 32'(in_q) == Depth - 1 ? '0 : in_q + 1'b1;
      if (pop) lane_q <= !entry_end;
      if (pop && entry_end) out_q <= 32'(out_q) == Depth - 1 ? '0 : out_q + 1'b1;
      used_q <= used_q + (PtrWidth+1)'(push) - (PtrWidth+1)'(pop && entry_end);
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned d = 0; d < Depth; d++) begin
      if (push && 32'(in_q) == d) begin
        data_q[d*DrainColumns*BurstWidth +: DrainColumns*BurstWidth] <= full;
        addr_q[d*DrainColumns*20 +: DrainColumns*20] <= addr;
        outside_q[d*DrainColumns +: DrainColumns] <= beyond;
        strb_q[d*WriteWords +: WriteWords] <= strb;
        lanes_q[d*2 +: 2] <= info_i.lanes;
      end
    end
  end

  logic [19:0] head_addr, head_end;
  logic        outside;

  always_comb begin : head
    logic [31:0] burst;
    burst = 32'(out_q) * DrainColumns + (DrainColumns == 2 ? 32'(lane_q) : '0);
    head_addr = '0;
    for (int unsigned b = 0; b < Depth * DrainColumns; b++) begin  // burst * 20 takes a multiplier
      if (burst == b) head_addr = addr_q[b*20 +: 20];
    end
    wr_data_o = data_q[burst*BurstWidth +: BurstWidth];
    wr_strb_o = strb_q[32'(out_q)*WriteWords +: WriteWords];
    head_end = end_of(head_addr, wr_strb_o);
    outside = outside_q[burst];
  end

  assign bad_o      = pop && outside;
  assign bad_addr_o = head_end;
  assign wr_o       = pop && !outside;
  assign wr_addr_o  = head_addr[AddrWidth-1:0];

  // The layer's last word is written in the next cycle: known from what is in the queue then.
  logic [3:0] words_q, words_d;
  logic       ending_q, ending_d, fits_q, fits_d, done_q;  // its last result is here; is inside

  always_comb begin
    words_d  = words_q - 4'(pop);
    ending_d = ending_q && !done_q;
    fits_d   = fits_q;
    if (push) begin
      words_d  = words_d + 4'd1 + 4'(info_i.lanes[1]);
      ending_d = info_i.last;
      fits_d   = !(info_i.lanes[1] ? beyond[DrainColumns-1] : beyond[0]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      words_q  <= '0;
      ending_q <= 1'b0;
      done_q   <= 1'b0;
    end else if (clear_i) begin
      words_q  <= '0;
      ending_q <= 1'b0;
      done_q   <= 1'b0;
    end else begin
      words_q  <= words_d;
      ending_q <= ending_d;
      done_q   <= ending_d && fits_d && words_d == 4'd1;
    end
  end

  always_ff @(posedge clk_i) fits_q <= fits_d;

  assign done_o = done_q;

`ifdef VERILATOR
  always_ff @(posedge clk_i) begin
    if (rst_ni && push) begin
      assert (32'(used_q) < Depth || (pop && entry_end))
        else $error("tendon_pack: write queue overflows");
    end
  end
`endif

endmodule
