// SPDX-License-Identifier: MIT
//
// The operands of the array: activation and weight memory, with what the layer's number formats
// make of a word. Writes come from the bus, from finished results and, during a KindPack, from the
// packer, which has the bus's way to the weights for itself.
//
// Timing as tendon_actmem and tendon_wgtmem: addresses in cycle t, operands registered in t + 2;
// rd_data_o and rd_data_valid_o two cycles after rd_valid_i.
module tendon_operands #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned ActWords = 8192,
  parameter int unsigned WgtLines = 1024,
  parameter int unsigned DmaWords = 4,
  parameter int unsigned Gemm = 1,
  parameter int unsigned Protect = 0,
  localparam int unsigned Banks = Lanes / 4,
  localparam int unsigned WriteWords = Rows * 8 > 32 ? Rows * 8 / 32 : 1,
  localparam int unsigned ActAddr = $clog2(ActWords),
  localparam int unsigned LineAddr = $clog2(WgtLines)
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       clear_i,  // of a read on its way
  input  tendon_pkg::conv_t          cfg_i,
  // sequencer
  input  logic [Columns*ActAddr-1:0] act_addr_i,
  input  logic [Columns*Banks-1:0]   pad_i,
  input  logic [Columns*Banks-1:0]   behind_i,
  input  tendon_pkg::spread_e        spread_i,
  input  logic [LineAddr-1:0]        line_i,
  input  tendon_pkg::pick_e          pick_i,
  input  logic [1:0]                 pick_q_i,
  // array
  output logic [Columns*8*Lanes-1:0] act_o,
  output logic [Rows*8*Lanes-1:0]    wgt_o,
  output logic [7:0]                 kfix_o,  // zero point of the weights in unsigned form
  output logic [7:0]                 zero_o,  // padding, in the form of act_o
  // results
  input  logic                       res_wr_i,
  input  logic [ActAddr-1:0]         res_addr_i,
  input  logic [WriteWords-1:0]      res_strb_i,
  input  logic [WriteWords*32-1:0]   res_data_i,
  // packer
  input  logic                       pack_wr_i,
  input  logic [19:0]                pack_word_i,
  input  logic [DmaWords-1:0]        pack_strb_i,
  input  logic [DmaWords*32-1:0]     pack_data_i,
  // bus
  input  logic                       wr_valid_i,
  input  logic [1:0]                 wr_space_i,
  input  logic [19:0]                wr_word_i,
  input  logic [DmaWords-1:0]        wr_strb_i,
  input  logic [DmaWords*32-1:0]     wr_data_i,
  input  logic                       rd_valid_i,
  input  logic [ActAddr-1:0]         rd_word_i,
  output logic [DmaWords*32-1:0]     rd_data_o,
  output logic                       rd_data_valid_o,
  // faults: with Protect, two wrong bits in a word of the step of the cycle before
  input  logic                       used_i,
  output logic                       double_o,
  output logic [DmaWords-1:0]        rd_double_o  // in a word of rd_data_o
);

  logic is_pack;
  assign is_pack = Gemm != 0 && cfg_i.kind == tendon_pkg::KindPack;

  // Unsigned form: the top bit of signed elements is inverted.
  logic [7:0] flip;
  always_comb begin
    unique case (cfg_i.act_bits)
      tendon_regs_pkg::WidthBits8: begin
        flip = 8'h80;
        zero_o = cfg_i.in_zero;
      end
      tendon_regs_pkg::WidthBits4: begin
        flip = 8'h88;
        zero_o = {2{cfg_i.in_zero[3:0]}};
      end
      default: begin
        flip = 8'hAA;
        zero_o = {4{cfg_i.in_zero[1:0]}};
      end
    endcase
    if (!cfg_i.act_signed) flip = '0;
    zero_o = zero_o ^ flip;
  end

  // Zero point of the weights in unsigned form. The odd grid's, 3, belongs to twice the codes: the
  // array's sums count its 3 - 1 once, as they do the 2 of two's complement.
  always_comb begin
    unique case (cfg_i.wgt_bits)
      tendon_regs_pkg::WidthBits8: kfix_o = 8'd128;
      tendon_regs_pkg::WidthBits4: kfix_o = 8'd8;
      default:                     kfix_o = 8'd2;
    endcase
    if (Gemm != 0 && (cfg_i.wgt_zero || is_pack)) kfix_o = cfg_i.zero2;
  end

  logic double_act, double_wgt;
  assign double_o = double_act || double_wgt;

  tendon_actmem #(
    .Columns(Columns),
    .Lanes(Lanes),
    .Words(ActWords),
    .WriteWords(WriteWords),
    .DmaWords(DmaWords),
    .Protect(Protect)
  ) u_actmem (
    .clk_i,
    .addr_i(act_addr_i),
    .pad_i,
    .behind_i,
    .spread_i,
    .zero_i(zero_o),
    .flip_i(flip),
    .act_o,
    .wr_i(res_wr_i),
    .wr_addr_i(res_addr_i),
    .wr_strb_i(res_strb_i),
    .wr_data_i(res_data_i),
    .dma_wr_i(wr_valid_i && wr_space_i == tendon_regs_pkg::SpaceAct),
    .dma_wr_addr_i(wr_word_i[ActAddr-1:0]),
    .dma_wr_strb_i(wr_strb_i),
    .dma_wr_data_i(wr_data_i),
    .dma_rd_i(rd_valid_i),
    .dma_rd_addr_i(rd_word_i),
    .dma_rd_data_o(rd_data_o),
    .used_i,
    .double_o(double_act),
    .dma_double_o(rd_double_o)
  );

  logic rd_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rd_valid_q      <= 1'b0;
      rd_data_valid_o <= 1'b0;
    end else if (clear_i) begin
      rd_valid_q      <= 1'b0;
      rd_data_valid_o <= 1'b0;
    end else begin
      rd_valid_q      <= rd_valid_i;
      rd_data_valid_o <= rd_valid_q;
    end
  end

  tendon_wgtmem #(
    .Rows(Rows),
    .Lanes(Lanes),
    .Lines(WgtLines),
    .DmaWords(DmaWords),
    .Protect(Protect)
  ) u_wgtmem (
    .clk_i,
    .addr_i(line_i),
    .pick_i,
    .q_i(pick_q_i),
    .zero_i(is_pack),
    .wgt_o,
    .dma_wr_i(pack_wr_i || (wr_valid_i && wr_space_i == tendon_regs_pkg::SpaceWgt)),
    .dma_wr_word_i(pack_wr_i ? pack_word_i : wr_word_i),
    .dma_wr_strb_i(pack_wr_i ? pack_strb_i : wr_strb_i),
    .dma_wr_data_i(pack_wr_i ? pack_data_i : wr_data_i),
    .used_i(used_i && cfg_i.kind == tendon_pkg::KindConv),
    .double_o(double_wgt)
  );

  logic unused_cfg;
  assign unused_cfg = ^cfg_i;

endmodule
