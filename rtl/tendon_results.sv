// SPDX-License-Identifier: MIT
//
// What becomes of the sums of a finished tile: results in the activation memory, weight lines and
// biases of a KindPack, the label. With the parameter memory.
//
//   tile_i, tile_done_i --> drain --> finish --> pack --> words for the activation memory
//   sum_i, fix_i          parmem --/ |   \-> argmax, packer
//   act_i --> element, lookup -------/
//
// Timing: section 11 of docs/accelerator.md, from the cycle of tile_done_i on. Nothing can be held.
module tendon_results #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned ActWords = 8192,
  parameter int unsigned WgtLines = 1024,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWords = 4,
  parameter int unsigned DrainColumns = 2,
  parameter int unsigned PieceWidth = 8,
  parameter int unsigned MultWidth = 24,
  parameter int unsigned MultBlocks = 0,
  parameter int unsigned Elements = 1,
  parameter int unsigned Gemm = 1,
  parameter int unsigned Protect = 0,
  localparam int unsigned WriteWords = Rows * 8 > 32 ? Rows * 8 / 32 : 1,
  localparam int unsigned ActAddr = $clog2(ActWords)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            clear_i,
  input  logic                            start_i,  // of a layer; cfg_i is next_i from then on
  input  tendon_pkg::conv_t               next_i,
  input  tendon_pkg::conv_t               cfg_i,
  input  logic                            busy_i,   // a layer runs
  // sequencer, with a tile's last step
  input  tendon_pkg::tile_t               tile_i,
  // operands of the array, column 0
  input  tendon_pkg::step_t               step_i,
  input  logic [8*Lanes-1:0]              act_i,
  input  logic [7:0]                      zero_i,   // zero point, in the form of act_i
  // array
  input  logic                            tile_done_i,
  output logic [2:0]                      col_o,
  input  logic [DrainColumns*Rows*32-1:0] sum_i,
  input  logic [DrainColumns*32-1:0]      fix_i,
  // bus: parameters
  input  logic                            par_wr_i,
  input  logic [19:0]                     par_word_i,
  input  logic [DmaWords-1:0]             par_strb_i,
  input  logic [DmaWords*32-1:0]          par_data_i,
  // activation memory
  output logic                            wr_o,
  output logic [ActAddr-1:0]              wr_addr_o,
  output logic [WriteWords-1:0]           wr_strb_o,
  output logic [WriteWords*32-1:0]        wr_data_o,
  // weight memory, as the bus does
  output logic                            wgt_wr_o,
  output logic [19:0]                     wgt_word_o,
  output logic [DmaWords-1:0]             wgt_strb_o,
  output logic [DmaWords*32-1:0]          wgt_data_o,
  // layer
  output logic                            done_o,   // its last word or bias is written
  output logic                            argmax_busy_o,
  output logic [15:0]                     label_o,
  output logic [31:0]                     max_acc_o,
  // outside of a memory: error
  output logic                            bad_line_o,
  output logic [16:0]                     bad_line_addr_o,
  output logic                            bad_entry_o,
  output logic [16:0]                     bad_entry_addr_o,
  output logic                            bad_word_o,
  output logic [19:0]                     bad_word_addr_o,
  // two wrong bits in a parameter
  output logic                            double_o
);

  localparam int unsigned EntryAddr = $clog2(ParEntries);

  logic is_pack, is_table;
  assign is_pack  = cfg_i.kind == tendon_pkg::KindPack;
  assign is_table = cfg_i.kind == tendon_pkg::KindTable;

  logic                           read, read_first, read_split, pack_done, bad_entry;
  logic [1:0]                     weigh;
  tendon_pkg::result_t            read_info, acc_info, code_info;
  logic [EntryAddr-1:0]           entry, bias_entry, mult_entry, shift_entry;
  logic [15:0]                    channel, acc_channel;
  logic [Rows*32-1:0]             bias, acc;
  logic [Rows*MultWidth-1:0]      mult;
  logic [Rows*6-1:0]              shift;
  logic [DrainColumns*Rows*8-1:0] codes;
  logic [16:0]                    bad_entry_addr;

  tendon_drain #(
    .Rows(Rows),
    .Columns(Columns),
    .DrainColumns(DrainColumns),
    .ParEntries(ParEntries)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .clear_i,
    .start_i,
    .cfg_i,
    .tile_i,
    .tile_done_i,
    .read_o(read),
    .col_o,
    .first_o(read_first),
    .weigh_o(weigh),
    .split_o(read_split),
    .info_o(read_info),
    .entry_o(entry),
    .channel_o(channel),
    .bad_entry_o(bad_entry),
    .bad_addr_o(bad_entry_addr)
  );

  // Kinds whose results are not sums of the array.
  logic [Rows*32-1:0]             element_sums;
  logic [EntryAddr-1:0]           lookup_entry;
  tendon_pkg::result_t            pack_info;
  logic [DrainColumns*Rows*8-1:0] pack_codes;
  logic                           bad_lookup, lookup_used;
  logic [2:0]                     used;
  logic [16:0]                    bad_lookup_addr;

  if (Elements != 0) begin : gen_element
    logic [Rows*8-1:0]   element_codes;
    logic [Rows*8-1:0]   lookup_codes;
    tendon_pkg::result_t lookup_info;

    tendon_element #(
      .Rows(Rows),
      .Lanes(Lanes),
      .PieceWidth(PieceWidth)
    ) u_element (
      .clk_i,
      .rst_ni,
      .clear_i,
      .cfg_i,
      .zero_i,
      .step_i,
      .act_i,
      .sum_o(element_sums),
      .code_o(element_codes)
    );

    tendon_lookup #(
      .Rows(Rows),
      .ParEntries(ParEntries)
    ) u_lookup (
      .clk_i,
      .rst_ni,
      .clear_i,
      .par_base_i(cfg_i.par_base),
      .take_i(read_info.valid && is_table),
      .info_i(read_info),
      .code_i(element_codes),
      .entry_o(lookup_entry),
      .bias_i(bias),
      .used_o(lookup_used),
      .info_o(lookup_info),
      .code_o(lookup_codes),
      .bad_o(bad_lookup),
      .bad_addr_o(bad_lookup_addr)
    );

    always_comb begin
      pack_info  = code_info;
      pack_codes = codes;
      if (is_table) begin
        pack_info = lookup_info;
        pack_codes[0 +: Rows*8] = lookup_codes;
      end
    end
  end else begin : gen_no_element
    assign element_sums    = '0;
    assign lookup_entry    = '0;
    assign lookup_used     = 1'b0;
    assign bad_lookup      = 1'b0;
    assign bad_lookup_addr = '0;
    assign pack_info       = code_info;
    assign pack_codes      = codes;
  end

  // Activations as weights; the bus stays away while one runs.
  logic                   pack_par, packer_done, bad_pack_entry;
  logic [19:0]            pack_par_word;
  logic [DmaWords-1:0]    pack_par_strb;
  logic [DmaWords*32-1:0] pack_par_data;
  logic [16:0]            bad_pack_entry_addr;

  if (Gemm != 0) begin : gen_packer
    tendon_packer #(
      .Rows(Rows),
      .Lanes(Lanes),
      .WgtLines(WgtLines),
      .ParEntries(ParEntries),
      .DmaWords(DmaWords)
    ) u_packer (
      .clk_i,
      .rst_ni,
      .clear_i,
      .start_i,
      .next_i,
      .cfg_i,
      .active_i(busy_i && is_pack),
      .step_i,
      .act_i,
      .acc_info_i(acc_info),
      .acc_i(acc[31:0]),
      .wgt_wr_o,
      .wgt_word_o,
      .wgt_strb_o,
      .wgt_data_o,
      .par_wr_o(pack_par),
      .par_word_o(pack_par_word),
      .par_strb_o(pack_par_strb),
      .par_data_o(pack_par_data),
      .done_o(packer_done),
      .bad_line_o,
      .bad_line_addr_o,
      .bad_entry_o(bad_pack_entry),
      .bad_entry_addr_o(bad_pack_entry_addr)
    );
  end else begin : gen_no_packer
    assign wgt_wr_o            = 1'b0;
    assign wgt_word_o          = '0;
    assign wgt_strb_o          = '0;
    assign wgt_data_o          = '0;
    assign bad_line_o          = 1'b0;
    assign bad_line_addr_o     = '0;
    assign pack_par            = 1'b0;
    assign pack_par_word       = '0;
    assign pack_par_strb       = '0;
    assign pack_par_data       = '0;
    assign packer_done         = 1'b0;
    assign bad_pack_entry      = 1'b0;
    assign bad_pack_entry_addr = '0;
  end

  assign bad_entry_o = bad_entry || bad_lookup || bad_pack_entry;
  always_comb begin
    if (bad_entry) bad_entry_addr_o = bad_entry_addr;
    else if (bad_lookup) bad_entry_addr_o = bad_lookup_addr;
    else bad_entry_addr_o = bad_pack_entry_addr;
  end

  tendon_parmem #(
    .Rows(Rows),
    .Entries(ParEntries),
    .MultWidth(MultWidth),
    .DmaWords(DmaWords),
    .Protect(Protect)
  ) u_parmem (
    .clk_i,
    .bias_entry_i(is_table ? lookup_entry : bias_entry),
    .mult_entry_i(mult_entry),
    .shift_entry_i(shift_entry),
    .bias_o(bias),
    .mult_o(mult),
    .shift_o(shift),
    .dma_wr_i(pack_par || par_wr_i),
    .dma_wr_word_i(pack_par ? pack_par_word : par_word_i),
    .dma_wr_strb_i(pack_par ? pack_par_strb : par_strb_i),
    .dma_wr_data_i(pack_par ? pack_par_data : par_data_i),
    .used_i(is_table ? {2'b00, lookup_used} : used),
    .double_o
  );

  tendon_finish #(
    .Rows(Rows),
    .DrainColumns(DrainColumns),
    .PieceWidth(PieceWidth),
    .MultWidth(MultWidth),
    .MultBlocks(MultBlocks),
    .EntryWidth(EntryAddr)
  ) u_finish (
    .clk_i,
    .rst_ni,
    .clear_i,
    .cfg_i,
    .read_i(read),
    .first_i(read_first),
    .split_i(read_split),
    .weigh_i(weigh),
    .info_i(read_info),
    .entry_i(entry),
    .channel_i(channel),
    .sum_i,
    .fix_i,
    .element_i(element_sums),
    .bias_entry_o(bias_entry),
    .mult_entry_o(mult_entry),
    .shift_entry_o(shift_entry),
    .bias_i(bias),
    .mult_i(mult),
    .shift_i(shift),
    .used_o(used),
    .acc_info_o(acc_info),
    .acc_channel_o(acc_channel),
    .acc_o(acc),
    .info_o(code_info),
    .code_o(codes)
  );

  tendon_pack #(
    .Rows(Rows),
    .Columns(Columns),
    .DrainColumns(DrainColumns),
    .ActWords(ActWords)
  ) u_pack (
    .clk_i,
    .rst_ni,
    .clear_i,
    .cfg_i,
    .info_i(pack_info),
    .code_i(pack_codes),
    .wr_o,
    .wr_addr_o,
    .wr_strb_o,
    .wr_data_o,
    .done_o(pack_done),
    .bad_o(bad_word_o),
    .bad_addr_o(bad_word_addr_o)
  );

  assign done_o = pack_done || packer_done;

  tendon_argmax #(
    .Rows(Rows)
  ) u_argmax (
    .clk_i,
    .rst_ni,
    .clear_i,
    .take_i(acc_info.valid && acc_info.label && cfg_i.argmax),
    .rows_i(acc_info.channels),
    .channel_i(acc_channel),
    .acc_i(acc),
    .busy_o(argmax_busy_o),
    .label_o,
    .max_o(max_acc_o)
  );

  // What only the parts need that may be left out.
  logic unused_inputs;
  assign unused_inputs = ^{start_i, next_i, busy_i, step_i, act_i, zero_i, is_pack};

endmodule
