// SPDX-License-Identifier: MIT
//
// Decodes the next descriptor while the present one runs: checks its fields and multiplies out the
// addresses of the row loops. One shift-and-add unit does the products one after the other, as many
// cycles each as the row count or step has bits, so usually one or two.
//
// The descriptor stays with its sender: with desc_load_i comes what desc_i will be from the next
// cycle on, as long as desc_valid_i is high, until take_i. ready_o says that it is decoded;
// err_code_o, 0 when it is legal, is valid with it. A layer of one row (no row steps, as every 1-D
// layer) is ready two cycles after desc_load_i.
module tendon_decode #(
  parameter int unsigned Columns = 4,
  parameter int unsigned PieceWidth = 8,
  parameter int unsigned ActWords = 8192,
  parameter int unsigned Elements = 1,  // max pool, add, table are built
  parameter int unsigned Gemm = 1,
  parameter int unsigned Tflite = 0,
  localparam int unsigned AddrWidth = $clog2(ActWords)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic                 desc_load_i,
  input  logic [511:0]         desc_next_i,
  input  logic                 desc_valid_i,
  input  logic [511:0]         desc_i,
  input  logic                 take_i,
  output logic                 ready_o,
  output tendon_pkg::conv_t    conv_o,
  output logic                 legal_o,      // err_code_o is 0
  output logic [7:0]           err_code_o,
  output logic [31:0]          err_addr_o,   // word of the descriptor, or activation word
  // in words: in_base + y_start rows, row_step rows, ky_step rows
  output logic [AddrWidth-1:0] row0_addr_o,
  output logic [AddrWidth-1:0] row_step_addr_o,
  output logic [AddrWidth-1:0] ky_step_addr_o
);

  tendon_pkg::conv_t conv;
  assign conv = tendon_pkg::conv_of(desc_i);

  always_comb begin
    conv_o = conv;
    conv_o.passes = tendon_pkg::passes_of(PieceWidth, conv.kind, conv.narrow, conv.rounding);
    conv_o.chunks = tendon_pkg::chunks_of(Columns, conv.act_bits);
  end

  logic is_add, is_single;
  assign is_add    = conv.kind == tendon_pkg::KindAdd;
  assign is_single = tendon_pkg::is_single(conv.kind);

  // Products.
  typedef enum logic [2:0] {
    StepIdle  = 3'd0,
    StepRow0  = 3'd1,
    StepRow   = 3'd2,
    StepKy    = 3'd3,
    StepSize  = 3'd4,
    StepReady = 3'd5
  } step_e;

  step_e              step_q;
  logic signed [15:0] factor_q, factor_d;
  logic [19:0]        shifted_q, sum_q, sum_d;
  logic               wide_q;  // the product has left 20 bits
  logic               flat_q;  // one row: its size is all there is to multiply, by one
  logic               factor_end, minus;

  tendon_pkg::conv_t next;
  logic              next_flat;
  assign next = tendon_pkg::conv_of(desc_next_i);
  assign next_flat = next.kind != tendon_pkg::KindAdd && next.in_rows == 16'd1
      && {next.y_start, next.row_step, next.ky_step} == '0;

  // A negative factor ends in a row of ones.
  assign minus      = factor_q == -16'sd1 && step_q != StepSize;
  assign factor_end = factor_q == 16'sd0 || flat_q;

  always_comb begin
    factor_d = factor_q >>> 1;
    if (step_q == StepSize) factor_d = 16'(factor_q[15:1]);
    sum_d = sum_q;
    if (minus) begin
      sum_d    = sum_q - shifted_q;
      factor_d = '0;
    end else if (factor_q[0]) begin
      sum_d = sum_q + shifted_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= StepIdle;
    else if (clear_i || take_i) step_q <= StepIdle;
    else if (step_q == StepIdle) begin
      if (desc_load_i) step_q <= StepRow0;
    end else if (!desc_valid_i) begin
      step_q <= StepIdle;
    end else begin
      unique case (step_q)
        StepRow0:  if (factor_end) step_q <= flat_q ? StepReady : StepRow;
        StepRow:   if (factor_end) step_q <= StepKy;
        StepKy:    if (factor_end) step_q <= StepSize;
        StepSize:  if (factor_q[15:1] == '0) step_q <= StepReady;
        default:   step_q <= StepReady;
      endcase
    end
  end

  // Each product is taken from sum_q in the last cycle of its step.
  always_ff @(posedge clk_i) begin
    if (step_q == StepIdle) flat_q <= next_flat;
    factor_q  <= factor_d;
    shifted_q <= shifted_q << 1;
    // The size stays in sum_q, wide_q until the descriptor is taken, which may be much later.
    if (step_q != StepReady) sum_q <= sum_d;
    if (step_q == StepSize && (shifted_q[19] || sum_d[19])) wide_q <= 1'b1;
    if (step_q == StepIdle || (factor_end && !flat_q
                               && (step_q == StepRow0 || step_q == StepRow || step_q == StepKy)))
    begin
      shifted_q <= step_q == StepIdle ? 20'(next.in_row_words) : 20'(conv.in_row_words);
      sum_q     <= '0;
      wide_q    <= 1'b0;
    end
    unique case (step_q)
      StepIdle: begin
        factor_q <= next_flat ? 16'd1 : next.y_start;
        sum_q    <= 20'(next.in_base);
      end
      StepRow0: begin
        row0_addr_o <= sum_q[AddrWidth-1:0];
        if (factor_end) factor_q <= conv.row_step;
      end
      StepRow: begin
        row_step_addr_o <= sum_q[AddrWidth-1:0];
        if (factor_end) factor_q <= conv.ky_step;
      end
      StepKy: begin
        ky_step_addr_o <= is_add ? AddrWidth'(conv.base2 - conv.in_base) : sum_q[AddrWidth-1:0];
        if (factor_end) begin
          factor_q <= conv.in_rows;
          sum_q    <= 20'(conv.in_base);
        end
      end
      default: ;
    endcase
  end

  // Checks: the first word of the descriptor with an illegal field, in ERR_ADDR.
  logic [3:0] bad_word;

  always_comb begin
    bad_word = '0;
    if (conv.out_channels == '0
        || (conv.kind == tendon_pkg::KindPack && conv.out_channels != 16'd1)) bad_word = 4'd11;
    if (conv.out_cols == '0 || conv.out_rows == '0
        || (conv.out_cols & ((16'd1 << conv.pool_log2) - 16'd1)) != '0) bad_word = 4'd10;
    if (conv.seg_words == '0 || conv.kx_count == '0 || conv.ky_count == '0
        || (is_single && conv.kind != tendon_pkg::KindMax
            && (conv.kx_count != 8'd1 || conv.ky_count != (is_add ? 8'd2 : 8'd1)))) begin
      bad_word = 4'd8;
    end
    if (conv.in_row_words == '0 || conv.in_rows == '0) bad_word = 4'd5;
    if ($signed(conv.lo) > $signed(conv.hi)) bad_word = 4'd2;
    if (conv.act_bits == 2'd3 || conv.wgt_bits == 2'd3 || conv.out_bits == 2'd3
        || (conv.odd && conv.wgt_bits != tendon_regs_pkg::WidthBits2)
        || conv.pool_log2 == 2'd3 || (32'd1 << conv.pool_log2) > Columns
        || (is_single && (conv.pool_log2 != '0 || conv.thresholds || conv.argmax || conv.split
                          || conv.odd || conv.wgt_zero))
        || (is_add && conv.rounding == tendon_regs_pkg::RoundingTflite)
        || (conv.kind == tendon_pkg::KindPack && conv.wgt_bits != tendon_regs_pkg::WidthBits8)
        || (conv.thresholds && (conv.argmax || conv.out_bits != tendon_regs_pkg::WidthBits2))
        || conv.rounding > tendon_regs_pkg::RoundingFloor) bad_word = 4'd1;
  end

  logic lacks_kind, lacks_mode;
  assign lacks_kind = (tendon_pkg::is_element(conv.kind) && Elements == 0)
      || (conv.kind == tendon_pkg::KindPack && Gemm == 0);
  assign lacks_mode = (conv.wgt_zero && Gemm == 0) || (conv.split && Columns < 2)
      || (conv.rounding == tendon_regs_pkg::RoundingTflite && Tflite == 0);

  assign ready_o = step_q == StepReady;

  // What the fields alone say is known in the cycle before ready_o at the latest, in which the
  // descriptor is there.
  logic [7:0] field_err, field_err_q;
  logic [3:0] field_addr, field_addr_q;

  always_comb begin
    field_err  = tendon_regs_pkg::ErrNone;
    field_addr = '0;
    if (desc_i[7:0] < tendon_regs_pkg::OpcodeConv
        || desc_i[7:0] > tendon_regs_pkg::OpcodePack) begin
      field_err = tendon_regs_pkg::ErrOpcode;
    end else if (lacks_kind) begin
      field_err = tendon_regs_pkg::ErrUnsupported;
    end else if (bad_word != '0) begin
      field_err  = tendon_regs_pkg::ErrField;
      field_addr = bad_word;
    end else if (lacks_mode) begin
      field_err  = tendon_regs_pkg::ErrUnsupported;
      field_addr = 4'd1;
    end
  end

  // Ends of the input tensors; one does not fit.
  logic [20:0] apart_q, end2;  // from one to the other
  logic        fields_q, is_add_q, outside, outside2;
  assign end2     = 21'(sum_q) + apart_q;
  assign outside  = wide_q || 32'(sum_q) > ActWords;
  assign outside2 = is_add_q && 32'(end2) > ActWords;

  always_ff @(posedge clk_i) begin
    field_err_q  <= field_err;
    field_addr_q <= field_addr;
    fields_q     <= field_err != tendon_regs_pkg::ErrNone;
    is_add_q     <= is_add;
    apart_q      <= 21'(conv.base2) - 21'(conv.in_base);
  end

  assign legal_o = !fields_q && !outside && !outside2;

  always_comb begin
    err_code_o = tendon_regs_pkg::ErrNone;
    err_addr_o = '0;
    if (fields_q) begin
      err_code_o = field_err_q;
      err_addr_o = 32'(field_addr_q);
    end else if (outside) begin
      err_code_o = tendon_regs_pkg::ErrMemory;
      err_addr_o = 32'(sum_q);
    end else if (outside2) begin
      err_code_o = tendon_regs_pkg::ErrMemory;
      err_addr_o = 32'(end2);
    end
  end

  logic unused_desc;
  assign unused_desc = ^{desc_i, desc_next_i, next};

endmodule
