// SPDX-License-Identifier: MIT
//
// Extended Hamming code of a word: corrects one flipped bit, finds two. Combinational.
//
//   check_o   code bits of data_i. Bit i of the data has the position p(i), the i-th number from 3
//             on that is no power of two; code bit j is the parity of the data bits whose position
//             has bit j; the last code bit makes the parity of the whole even.
//   word_i    {code bits, data} as it was kept
//   data_o    its data, one wrong bit corrected
//   single_o  a bit, of data or code, was wrong
//   double_o  two were, or more: data_o is not to be used
module tendon_secded #(
  parameter int unsigned Width = 32,
  // smallest j with 2^j > Width + j, and the parity
  localparam int unsigned Hamming = Width > 57 ? 7 : Width > 26 ? 6 : Width > 11 ? 5 : 4,
  localparam int unsigned Check = Hamming + 1
) (
  input  logic [Width-1:0]       data_i,
  output logic [Check-1:0]       check_o,
  input  logic [Check+Width-1:0] word_i,
  output logic [Width-1:0]       data_o,
  output logic                   single_o,
  output logic                   double_o
);

  if (Width < 5 || Width > 120) begin : gen_bad_width
    $fatal(1, "tendon_secded: Width must be 5 to 120");
  end

  // Position of data bit i: every power of two below it moves it up by one.
  function automatic logic [Hamming-1:0] position(int unsigned i);
    int unsigned p;
    p = i + 3;
    for (int unsigned j = 2; j < Hamming; j++) begin
      if (p >= (1 << j)) p = p + 1;
    end
    position = Hamming'(p);
  endfunction

  function automatic logic [Hamming-1:0] code(logic [Width-1:0] data);
    code = '0;
    for (int unsigned i = 0; i < Width; i++) begin
      if (data[i]) code = code ^ position(i);
    end
  endfunction

  logic [Hamming-1:0] code_in, syndrome;
  logic               odd;
  logic [Width-1:0]   flip;

  assign code_in  = code(data_i);
  assign check_o  = {^data_i ^ ^code_in, code_in};
  assign syndrome = code(word_i[Width-1:0]) ^ word_i[Width +: Hamming];
  assign odd      = ^word_i;

  for (genvar i = 0; i < Width; i++) begin : gen_flip
    assign flip[i] = odd && syndrome == position(i);
  end

  // A position that no bit has comes from three flips or more.
  logic none;
  assign none = flip == '0 && (syndrome & (syndrome - 1'b1)) != '0;

  assign data_o   = word_i[Width-1:0] ^ flip;
  assign single_o = odd && !none;
  assign double_o = odd ? none : syndrome != '0;

endmodule
