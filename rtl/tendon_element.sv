// SPDX-License-Identifier: MIT
//
// What the kinds without sums of the array take from their operands, for the Rows channels of a
// tile, in the place of the array's sums (0 for all other kinds):
//
//   KindMax     largest code of the tile's steps
//   KindTable   the code
//   KindAdd     first step's code - zero_i and second step's code - zero2, nine bits each, where
//               the two highest of tendon_finish's pieces find them
//
// Codes are in unsigned form; the second operand of a sum may differ in sign from the first.
//
// Timing: operands of a step in cycle t with step_i; sum_o and code_o of a tile, whose last step
// that was, in cycle t + 3, as tendon_array's sums.
module tendon_element #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned PieceWidth = 8
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,
  input  tendon_pkg::conv_t  cfg_i,
  input  logic [7:0]         zero_i,  // of the first operand
  input  tendon_pkg::step_t  step_i,
  input  logic [8*Lanes-1:0] act_i,   // column 0: [chunk][lane]
  output logic [Rows*32-1:0] sum_o,
  output logic [Rows*8-1:0]  code_o
);

  localparam int unsigned Width = Rows * 8 > 32 ? Rows * 8 : 32;  // words of a tile
  localparam int unsigned Slots = 16 / Rows;

  logic [7:0] keep, zero, flip2;  // bits of a code, its top bit when the signs differ
  always_comb begin
    unique case (cfg_i.act_bits)
      tendon_regs_pkg::WidthBits8: keep = 8'hFF;
      tendon_regs_pkg::WidthBits4: keep = 8'h0F;
      default:                     keep = 8'h03;
    endcase
    zero  = zero_i & keep;
    flip2 = cfg_i.signed2 != cfg_i.act_signed ? keep & ~(keep >> 1) : '0;
  end

  // Words in the order of memory.
  logic [Width-1:0] data;
  for (genvar l = 0; l < Width / 8; l++) begin : gen_bytes
    for (genvar k = 0; k < 4; k++) begin : gen_chunks
      assign data[8*l + 2*k +: 2] = act_i[k*2*Lanes + 2*l +: 2];
    end
  end

  logic first_q;  // the next step is the first of a tile

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) first_q <= 1'b1;
    else if (clear_i) first_q <= 1'b1;
    else if (step_i.valid) first_q <= step_i.last;
  end

  logic is_add, is_element;
  assign is_add     = cfg_i.kind == tendon_pkg::KindAdd;
  assign is_element = tendon_pkg::is_element(cfg_i.kind);

  for (genvar r = 0; r < Rows; r++) begin : gen_rows
    logic [7:0] code8, code4, code2, code;
    logic [7:0] code_b;
    logic [8:0] first, second, main_q, main2_q, main3_q, side_q, side2_q, side3_q;

    always_comb begin
      code8 = '0;
      code4 = '0;
      code2 = '0;
      for (int unsigned s = 0; s < Slots; s++) begin
        if (32'(step_i.slot) == s) begin
          if ((s * Rows + r + 1) * 8 <= Width) code8 = data[((s * Rows + r) * 8) % Width +: 8];
          if ((s * Rows + r + 1) * 4 <= Width) code4 = 8'(data[((s * Rows + r) * 4) % Width +: 4]);
          code2 = 8'(data[((s * Rows + r) * 2) % Width +: 2]);
        end
      end
      unique case (cfg_i.act_bits)
        tendon_regs_pkg::WidthBits8: code = code8;
        tendon_regs_pkg::WidthBits4: code = code4;
        default:                     code = code2;
      endcase
    end

    assign code_b = code ^ flip2;
    assign first  = {1'b0, code} - {1'b0, zero};
    assign second = {1'b0, code_b} - {1'b0, cfg_i.zero2};

    always_ff @(posedge clk_i) begin
      if (step_i.valid) begin
        if (is_add) begin
          if (first_q) main_q <= first;
          side_q <= second;
        end else if (first_q || code > main_q[7:0]) begin
          main_q <= 9'(code);
        end
      end
      main2_q <= main_q;
      side2_q <= side_q;
      main3_q <= is_element ? main2_q : '0;
      side3_q <= is_element ? side2_q : '0;
    end

    assign code_o[r*8 +: 8] = main3_q[7:0];

    if (PieceWidth == 8) begin : gen_pieces8
      assign sum_o[r*32 +: 32] = is_add
          ? {main3_q[8], 14'b0, side3_q[8], main3_q[7:0], side3_q[7:0]} : 32'(main3_q[7:0]);
    end else begin : gen_pieces16
      assign sum_o[r*32 +: 32] = is_add
          ? {{7{main3_q[8]}}, main3_q, {7{side3_q[8]}}, side3_q} : 32'(main3_q[7:0]);
    end
  end

  logic unused_bits;
  assign unused_bits = ^{cfg_i, step_i, act_i};

endmodule
