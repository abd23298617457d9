// SPDX-License-Identifier: MIT
//
// From raw sums to output codes, all rows of a column at once.
//
//   stage 1   t = (U << odd) - K * A                            one column, two with thresholds
//   stage 2   split mode: acc = (first ? bias : acc) + (t << 2 weigh)
//             else        acc = bias + largest t of the pool     (rounding is monotonic, M >= 0)
//   stage 3   pieces of acc times M, `passes` cycles, the first from acc, the others from a copy of
//             its lower bits: acc is free for the next result   thresholds: count and be done
//   4 to 6    tendon_requant's stages 2 to 4
//
// Thresholds (2-bit outputs): the three parameter words hold T1 <= T2 <= T3 instead, 20 bits each
// and the bias folded in, and the code is zy + how many of them acc reaches (bias counts as 0
// then).
//
// Sums of two operands (KindAdd): the two highest pieces' places in the sum hold one operand each
// (tendon_element), and the second one is multiplied with the entry behind the first one's.
//
// info_o goes with code_o. acc_o is valid with acc_info_o, for argmax.
module tendon_finish #(
  parameter int unsigned Rows = 4,
  parameter int unsigned DrainColumns = 2,
  parameter int unsigned PieceWidth = 8,
  parameter int unsigned MultWidth = 24,
  parameter int unsigned MultBlocks = 0,
  parameter int unsigned EntryWidth = 8
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            clear_i,
  input  tendon_pkg::conv_t               cfg_i,
  // column of the shadow registers
  input  logic                            read_i,
  input  logic                            first_i,
  input  logic                            split_i,
  input  logic [1:0]                      weigh_i,  // t counts 4^weigh times
  input  tendon_pkg::result_t             info_i,
  input  logic [EntryWidth-1:0]           entry_i,
  input  logic [15:0]                     channel_i,
  input  logic [DrainColumns*Rows*32-1:0] sum_i,
  input  logic [DrainColumns*32-1:0]      fix_i,
  input  logic [Rows*32-1:0]              element_i,  // of tendon_element; sum_i, fix_i are 0 then
  // parameter memory
  output logic [EntryWidth-1:0]           bias_entry_o,
  output logic [EntryWidth-1:0]           mult_entry_o,
  output logic [EntryWidth-1:0]           shift_entry_o,
  input  logic [Rows*32-1:0]              bias_i,
  input  logic [Rows*MultWidth-1:0]       mult_i,
  input  logic [Rows*6-1:0]               shift_i,
  output logic [2:0]                      used_o,  // shift_i, mult_i, bias_i are, in this cycle
  // accumulators
  output tendon_pkg::result_t             acc_info_o,
  output logic [15:0]                     acc_channel_o,
  output logic [Rows*32-1:0]              acc_o,
  // codes: 8 bits per row
  output tendon_pkg::result_t             info_o,
  output logic [DrainColumns*Rows*8-1:0]  code_o
);

  localparam int unsigned LevelWidth = 20;
  localparam int unsigned PieceBits = 32 / PieceWidth;  // pieces of 32 bits
  localparam int unsigned SideLanes = DrainColumns - 1;

  // Bit of the sum that is the second operand's sign.
  localparam int unsigned SecondSign = PieceWidth == 8 ? 16 : PieceWidth - 1;

  logic thresholds, is_add;
  assign thresholds = cfg_i.thresholds;
  assign is_add     = cfg_i.kind == tendon_pkg::KindAdd;

  // Control of stages 1 to 3.
  logic                  read1_q, first1_q, split1_q, first2_q, split2_q;
  logic [1:0]            weigh1_q;
  tendon_pkg::result_t   info1_q, info2_q, info3, info3_q;
  logic [EntryWidth-1:0] entry1_q, entry2_q, entry3, entry3_q;
  logic [15:0]           channel1_q, channel2_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read1_q <= 1'b0;
      info1_q <= '0;
      info2_q <= '0;
    end else if (clear_i) begin
      read1_q <= 1'b0;
      info1_q <= '0;
      info2_q <= '0;
    end else begin
      read1_q <= read_i;
      info1_q <= info_i;
      info2_q <= info1_q;
    end
  end

  always_ff @(posedge clk_i) begin
    first1_q   <= first_i;
    split1_q   <= split_i;
    weigh1_q   <= weigh_i;
    entry1_q   <= entry_i;
    channel1_q <= channel_i;
    first2_q   <= first1_q;
    split2_q   <= split1_q;
    entry2_q   <= entry1_q;
    channel2_q <= channel1_q;
  end

  // Stage 3 repeats for every piece. What it does is decided a cycle before: the multiplier's
  // operands are behind it.
  logic       begin2, first_pass_q, first_pass2_q, multiply_d, multiply_q, last_pass;
  logic [2:0] passes, pass_q;  // pass_q: number of the piece

  assign passes     = cfg_i.passes;
  assign begin2     = info1_q.valid && !thresholds && cfg_i.kind != tendon_pkg::KindTable
      && cfg_i.kind != tendon_pkg::KindPack;  // whose results come from elsewhere
  assign last_pass  = multiply_q && pass_q == '0;
  assign entry3     = first_pass_q ? entry2_q : entry3_q;
  assign multiply_d = begin2 || (multiply_q && !last_pass);

  always_comb begin
    info3 = first_pass_q ? info2_q : info3_q;
    info3.valid = last_pass;
  end

  tendon_pkg::result_t   info4_q, info5_q, info6_q, info7_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      first_pass_q <= 1'b0;
      multiply_q   <= 1'b0;
      info3_q      <= '0;
      info4_q      <= '0;
      info5_q      <= '0;
      info6_q      <= '0;
      info7_q      <= '0;
    end else if (clear_i) begin
      first_pass_q <= 1'b0;
      multiply_q   <= 1'b0;
      info3_q      <= '0;
      info4_q      <= '0;
      info5_q      <= '0;
      info6_q      <= '0;
      info7_q      <= '0;
    end else begin
      first_pass_q <= begin2;
      multiply_q   <= multiply_d;
      info3_q      <= info3;
      info4_q      <= info3;
      info5_q      <= info4_q;
      info6_q      <= info5_q;
      info7_q      <= info6_q;
    end
  end

  always_ff @(posedge clk_i) begin
    first_pass2_q <= first_pass_q;
    pass_q        <= begin2 ? passes - 3'd1 : pass_q - 3'd1;
    entry3_q      <= entry3;
  end

  assign bias_entry_o  = thresholds ? entry1_q : entry_i;
  // Multiplier and shift are read a cycle ahead and wait in registers.
  logic [Rows*MultWidth-1:0] mult_q;
  logic [Rows*6-1:0]         shift_q;

  assign mult_entry_o  = thresholds || info_i.valid ? entry_i
                       : (begin2 ? entry1_q : entry3) + EntryWidth'(is_add);
  assign shift_entry_o = thresholds ? entry_i : entry3;

  always_ff @(posedge clk_i) begin
    mult_q  <= mult_i;
    shift_q <= shift_i;
  end

  assign acc_info_o    = info2_q;
  assign acc_channel_o = channel2_q;

  assign used_o[0] = thresholds ? info2_q.valid
                                : read1_q && cfg_i.kind != tendon_pkg::KindPack;
  assign used_o[1] = thresholds ? info1_q.valid : multiply_d;
  assign used_o[2] = thresholds ? info1_q.valid : info4_q.valid;

  // One row after the other; column lane 0.
  logic [Rows*8-1:0] code_main;
  logic [Rows*2-1:0] count_main;
  logic [Rows-1:0]   sign_bits;
  logic [Rows*3*LevelWidth-1:0] levels;

  for (genvar r = 0; r < Rows; r++) begin : gen_rows
    logic [31:0] t_n_q, weighed, hold_q, acc_q;
    logic [32:0] beaten;
    logic [31-PieceWidth:0] rest_q;
    logic signed [PieceWidth:0] piece;
    logic signed [8:0] y;
    logic larger, load, piece_sign;

    // t is kept inverted, ~t = K * A + ~(U << odd): the inverters go into the multiplexers in front
    // and behind, and `hold > t`, the carry of hold + ~t with both signs inverted, needs none.
    assign weighed = ~t_n_q << {weigh1_q, 1'b0};
    assign beaten  = {1'b0, !hold_q[31], hold_q[30:0]} + {1'b0, !t_n_q[31], t_n_q[30:0]};
    assign larger  = !beaten[32];  // or equal
    assign load    = read1_q && (first1_q || split1_q || thresholds || larger);

    always_ff @(posedge clk_i) begin
      t_n_q <= fix_i[31:0] + ~((sum_i[r*32 +: 32] << cfg_i.odd) | element_i[r*32 +: 32]);
      if (load) begin
        hold_q <= weighed;  // pools: weighed once
        acc_q  <= (split1_q && !first1_q ? acc_q : thresholds ? '0 : bias_i[r*32 +: 32]) + weighed;
      end
    end

    logic unused_beaten;
    assign unused_beaten = ^beaten[31:0];

    assign acc_o[r*32 +: 32] = acc_q;

    assign piece_sign = first_pass_q ? acc_q[31] : is_add && rest_q[SecondSign];
    always_comb begin
      piece = '0;
      for (int unsigned i = 0; i < PieceBits; i++) begin
        if (32'(pass_q) == i) begin
          if (first_pass_q) piece = {piece_sign, acc_q[i*PieceWidth +: PieceWidth]};
          else if (i < PieceBits - 1) piece = {piece_sign, rest_q[i*PieceWidth +: PieceWidth]};
        end
      end
    end

    always_ff @(posedge clk_i) if (first_pass_q) rest_q <= acc_q[31-PieceWidth:0];

    tendon_requant #(
      .MultWidth(MultWidth),
      .PieceWidth(PieceWidth),
      .MultBlocks(MultBlocks)
    ) u_requant (
      .clk_i,
      .rounding_i(cfg_i.rounding),
      .keep_i(is_add),
      .narrow_i(cfg_i.narrow),
      .zy_i($signed(cfg_i.zy)),
      .lo_i($signed(cfg_i.lo)),
      .hi_i($signed(cfg_i.hi)),
      .piece_i(piece),
      .mult_i(mult_q[r*MultWidth +: MultWidth]),
      .first2_i(first_pass2_q),
      .shift3_i(shift_q[r*6 +: 6]),
      .y_o(y)
    );

    assign code_main[r*8 +: 8] = y[7:0];  // the clamp has seen to the rest
    assign sign_bits[r] = y[8];

    assign levels[(3*r+0)*LevelWidth +: LevelWidth] = bias_i[r*32 +: 20];
    assign levels[(3*r+1)*LevelWidth +: LevelWidth] = mult_q[r*MultWidth +: 20];
    assign levels[(3*r+2)*LevelWidth +: LevelWidth] =
        {shift_q[r*6 +: 4], mult_q[r*MultWidth+20 +: 4], bias_i[r*32+20 +: 12]};

    tendon_levels #(
      .Width(LevelWidth)
    ) u_levels (
      .value_n_i(~acc_q[LevelWidth-1:0]),
      .levels_i(levels[3*r*LevelWidth +: 3*LevelWidth]),
      .count_o(count_main[r*2 +: 2])
    );
  end

  // Thresholds: the neighbour column, then the pool, on counts.
  logic [DrainColumns*Rows*2-1:0] count, count_q;
  tendon_pkg::result_t info_count_q;

  assign count[0 +: Rows*2] = count_main;

  for (genvar k = 1; k < DrainColumns; k++) begin : gen_side
    for (genvar r = 0; r < Rows; r++) begin : gen_rows
      logic [LevelWidth-1:0] t_n_q, t2_n_q;
      always_ff @(posedge clk_i) begin
        t_n_q  <= fix_i[k*32 +: LevelWidth]
                + ~(LevelWidth'(sum_i[(k*Rows+r)*32 +: LevelWidth] << cfg_i.odd));
        t2_n_q <= t_n_q;
      end
      tendon_levels #(
        .Width(LevelWidth)
      ) u_levels (
        .value_n_i(t2_n_q),
        .levels_i(levels[3*r*LevelWidth +: 3*LevelWidth]),
        .count_o(count[(k*Rows+r)*2 +: 2])
      );
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) info_count_q <= '0;
    else if (clear_i) info_count_q <= '0;
    else info_count_q <= info2_q;
  end

  always_ff @(posedge clk_i) begin : pool_counts
    logic [1:0] best;
    count_q <= count;
    best = '0;
    for (int unsigned r = 0; r < Rows; r++) begin
      best = count[r*2 +: 2];
      if (SideLanes != 0 && cfg_i.pool_log2 != '0 && !split2_q) begin
        if (count[((SideLanes*Rows)+r)*2 +: 2] > best) best = count[((SideLanes*Rows)+r)*2 +: 2];
      end
      if (!first2_q && !split2_q && count_q[r*2 +: 2] > best) best = count_q[r*2 +: 2];
      count_q[r*2 +: 2] <= best;
    end
  end

  always_comb begin
    info_o = thresholds ? info_count_q : info7_q;
    code_o = '0;
    code_o[0 +: Rows*8] = code_main;
    if (thresholds) begin
      for (int unsigned i = 0; i < DrainColumns * Rows; i++) begin
        code_o[i*8 +: 8] = {6'b0, count_q[i*2 +: 2] + cfg_i.zy[1:0]};
      end
    end
  end

  logic unused_bits;
  assign unused_bits = ^{sum_i, fix_i, sign_bits};

endmodule
