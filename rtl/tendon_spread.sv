// SPDX-License-Identifier: MIT
//
// Gives the fetches of the activation ports to the columns: byte l of a fetch belongs to lane l,
// and a byte is four 2-bit chunks. P(i, k) is chunk k of every byte of port i; slot i of column c:
//
//   none of these  P(c, i)                       tile: each column its own fetch
//   chunk_i        P(i, c)                       four fetches, column c takes chunk c
//   nibble_i       P(i / 2, 2 c + i % 2)         two fetches, column c takes nibble c
//   half_i         P(i / 2, 2 (i % 2) + c)       two fetches, column c takes chunk c of each nibble
//
// Columns that a mode does not name get the tile's; nobody reads their sums. act_o is
// [column][slot][lane]. Combinational; at most one of the three inputs is high, and none is decoded
// here: a select of two bits would fill the LUT that the caller's exclusive-or goes into.
module tendon_spread #(
  parameter int unsigned Columns = 4,
  parameter int unsigned Lanes = 16
) (
  input  logic                       chunk_i,
  input  logic                       nibble_i,
  input  logic                       half_i,
  input  logic [Columns*8*Lanes-1:0] ports_i,
  output logic [Columns*8*Lanes-1:0] act_o
);

  // Chunk-major: P(i, k) in bits [(4 i + k) * 2 * Lanes +: 2 * Lanes].
  logic [Columns*8*Lanes-1:0] chunks;

  for (genvar p = 0; p < Columns; p++) begin : gen_ports
    tendon_transpose #(
      .Lanes(Lanes)
    ) u_transpose (
      .bytes_i(ports_i[p*8*Lanes +: 8*Lanes]),
      .chunks_o(chunks[p*8*Lanes +: 8*Lanes])
    );
  end

  for (genvar c = 0; c < Columns; c++) begin : gen_columns
    for (genvar i = 0; i < 4; i++) begin : gen_slots
      logic [2*Lanes-1:0] tile, chunk, nibble, half;
      assign tile = chunks[(4*c+i)*2*Lanes +: 2*Lanes];
      if (Columns >= 4 && c < 4) begin : gen_chunk
        assign chunk = chunks[(4*i+c)*2*Lanes +: 2*Lanes];
      end else begin : gen_no_chunk
        assign chunk = tile;
      end
      if (Columns == 2) begin : gen_nibble
        assign nibble = chunks[(4*(i/2)+2*c+i%2)*2*Lanes +: 2*Lanes];
      end else begin : gen_no_nibble
        assign nibble = tile;
      end
      if (Columns >= 2 && c < 2) begin : gen_half
        assign half = chunks[(4*(i/2)+2*(i%2)+c)*2*Lanes +: 2*Lanes];
      end else begin : gen_no_half
        assign half = tile;
      end
      assign act_o[(4*c+i)*2*Lanes +: 2*Lanes] =
          half_i ? half : chunk_i ? chunk : nibble_i ? nibble : tile;
    end
  end

endmodule
