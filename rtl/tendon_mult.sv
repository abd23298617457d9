// SPDX-License-Identifier: MIT
//
// Signed piece times unsigned multiplier, combinational, in radix 4:
//
//   piece = negative ? -(v + 1) : v          v: the lower bits, inverted when negative
//   v + negative = sum of digits e(k) * 4^k + carry * 4^Digits,      e(k) in {0, 1, 2, -1}
//
// With those four digits a row is one LUT4 per bit (two bits of mult_i, two of the digit), and
// there are half as many rows to add as with one per bit. The 1 that completes -mult = ~mult + 1
// goes into the two bits that the next row leaves free. The sum's sign is taken at the very end:
//
//   part_o + one_o = piece_i * mult_i        -x = ~x + 1: the caller has a free bit for that 1
//
// Every sum keeps its lowest bits apart, which saves adder bits and keeps Yosys from merging the
// tree into carry-save form.
//
// With MultBlocks the product is `*`, for devices with multiplier blocks; one_o is 0.
module tendon_mult #(
  parameter int unsigned MultWidth = 24,
  parameter int unsigned PieceWidth = 8,  // 8 or 16
  parameter int unsigned MultBlocks = 0   // 0 or 1
) (
  input  logic signed [PieceWidth:0]             piece_i,
  input  logic [MultWidth-1:0]                   mult_i,
  output logic signed [PieceWidth+MultWidth:0]   part_o,
  output logic                                   one_o
);

  localparam int unsigned SumWidth = MultWidth + PieceWidth + 1;

  if (MultBlocks != 0) begin : gen_blocks
    assign part_o = SumWidth'(piece_i * $signed({1'b0, mult_i}));
    assign one_o  = 1'b0;
  end else begin : gen_luts
    localparam int unsigned Digits = PieceWidth / 2;
    localparam int unsigned RowWidth = MultWidth + 2;  // -mult to 2 * mult, signed

    logic                negative;
    logic [PieceWidth-1:0] v;
    assign negative = piece_i[PieceWidth];
    assign v = piece_i[PieceWidth-1:0] ^ {PieceWidth{negative}};

    // digit 0: 0, 1: mult, 2: 2 mult, 3: -mult - 1 and the 1 in minus
    logic [Digits:0]            carry;
    logic [Digits-1:0]          minus;
    logic [Digits*RowWidth-1:0] rows;

    always_comb begin : carries
      logic c;
      c = negative;
      carry = '0;
      for (int unsigned k = 0; k < Digits; k++) begin
        carry[k] = c;
        c = v[2*k+1] && (v[2*k] || c);
      end
      carry[Digits] = c;
    end

    for (genvar k = 0; k < Digits; k++) begin : gen_rows
      logic [1:0] digit;
      assign digit = v[2*k +: 2] + {1'b0, carry[k]};
      assign minus[k] = digit == 2'd3;
      for (genvar i = 0; i < RowWidth; i++) begin : gen_bits
        logic once, twice;
        if (i < MultWidth) begin : gen_once
          assign once = mult_i[i];
        end else begin : gen_no_once
          assign once = 1'b0;
        end
        if (i > 0 && i <= MultWidth) begin : gen_twice
          assign twice = mult_i[i-1];
        end else begin : gen_no_twice
          assign twice = 1'b0;
        end
        assign rows[k*RowWidth + i] = digit[1] ? (digit[0] ? !once : twice) : digit[0] && once;
      end
    end

    // Level v: sums of 2^v rows, each with the `minus` of all its rows but the last.
    localparam int unsigned Levels = $clog2(Digits);

    for (genvar l = 0; l <= Levels; l++) begin : gen_level
      localparam int unsigned Count = Digits >> l;
      localparam int unsigned Span = 2 << l;  // bits from one sum to the next
      // Up to 10/16, 170/256 ... of 2^(MultWidth + Span), signed.
      localparam int unsigned Width = MultWidth + Span + (l == 0 ? 0 : 1);
      logic [Count*Width-1:0] sums;
      for (genvar k = 0; k < Count; k++) begin : gen_sum
        if (l == 0) begin : gen_row
          assign sums[k*Width +: Width] = rows[k*RowWidth +: RowWidth];
        end else begin : gen_add
          // The upper sum starts Half bits higher; `minus` of the row below it two bits lower.
          localparam int unsigned Half = Span / 2;
          localparam int unsigned Below = MultWidth + Half + (l == 1 ? 0 : 1);
          localparam int unsigned TopWidth = Width - Half + 2;
          logic signed [Below-1:0]    low, high;
          logic signed [TopWidth-1:0] top;
          assign low  = gen_level[l-1].sums[(2*k)*Below +: Below];
          assign high = gen_level[l-1].sums[(2*k+1)*Below +: Below];
          assign top  = TopWidth'($signed(low[Below-1:Half-2]))
                      + $signed({high, 1'b0, minus[(2*k+1)*(Digits/Count/2)-1]});
          if (Half > 2) begin : gen_low
            assign sums[k*Width +: Width] = {top, low[Half-3:0]};
          end else begin : gen_no_low
            assign sums[k*Width +: Width] = top;
          end
        end
      end
    end

    // The carry out of the digits, and the sign.
    logic signed [SumWidth-1:0]  sum;
    logic signed [MultWidth+2:0] last;
    assign sum = gen_level[Levels].sums;
    assign last = (MultWidth+3)'($signed(sum[SumWidth-1:PieceWidth-2]))
                + $signed({1'b0, carry[Digits] ? mult_i : '0, 1'b0, minus[Digits-1]});
    assign part_o = {last, sum[PieceWidth-3:0]} ^ {SumWidth{negative}};
    assign one_o = negative;
  end

endmodule
