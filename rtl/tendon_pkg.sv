// SPDX-License-Identifier: MIT
//
// What the modules of the compute engine share: how the processing elements are used, where a
// cycle went, and the signals that walk through the pipeline with each step.

package tendon_pkg;

  // Significance of the four 2-bit chunks of a lane (docs/accelerator.md, section 2).
  typedef enum logic [1:0] {
    FormA2 = 2'd0,  // four elements
    FormA4 = 2'd1,  // two
    FormA8 = 2'd2   // one
  } form_e;

  // Which words of a weight line the four chunks use.
  typedef enum logic [1:0] {
    PickEach = 2'd0,  // chunk i uses word i
    PickPair = 2'd1,  // chunks 0, 1 use word 2h, chunks 2, 3 use word 2h + 1
    PickOne  = 2'd2   // all use word q
  } pick_e;

  // How the fetches of the activation ports go to the columns.
  typedef enum logic [1:0] {
    SpreadTile   = 2'd0,  // port c to column c
    SpreadChunk  = 2'd1,  // split mode, 8 bits: column c gets chunk c of four fetches
    SpreadNibble = 2'd2,  // split mode, 8 bits, two columns: column c gets nibble c of two fetches
    SpreadHalf   = 2'd3   // split mode, 4 bits: columns 0, 1 get chunk 0, 1 of two fetches
  } spread_e;

  // What a compute descriptor does: its opcode. All but KindConv take one position at a time.
  typedef enum logic [2:0] {
    KindConv  = 3'd3,
    KindMax   = 3'd4,  // largest code of a window
    KindAdd   = 3'd5,  // two operands, each with its own scale
    KindTable = 3'd6,  // table in the parameter memory
    KindPack  = 3'd7   // activations to weight lines
  } kind_e;

  // Where a cycle went (docs/accelerator.md, section 9).
  typedef enum logic [2:0] {
    CauseIdle            = 3'd0,
    CauseActive          = 3'd1,
    CauseWaitWeights     = 3'd2,
    CauseWaitActivations = 3'd3,
    CauseWaitWriteback   = 3'd4,
    CauseSetup           = 3'd5,
    CauseDrain           = 3'd6
  } cause_e;

  // One multiply step on its way from the sequencer to the accumulators.
  typedef struct packed {
    logic       valid;
    logic       last;   // of a tile: the sums go to the shadow registers, the next start at 0
    logic [1:0] slice;  // of the weights; activations are summed with slice 0
    form_e      form;
    logic [3:0] slot;   // place of the tile's channels in their input word, in units of Rows
  } step_t;

  // What the drain is told about a tile, with its last step.
  typedef struct packed {
    logic       split;
    logic [3:0] cols;
    logic [4:0] rows;          // that are real channels, 1..Rows
    logic       emit;          // the channels fill a word, or are the last
    logic       channels_end;  // last channel tile of these positions
    logic       x_end;         // last positions of the row
    logic       y_end;         // last row
  } tile_t;

  // One result (a column, or the columns of a pool) on its way from the sums to the memory.
  typedef struct packed {
    logic        valid;
    logic [2:0]  col;       // column of the tile, after the pool
    logic [1:0]  lanes;     // thresholds: which of two neighbouring columns are there
    logic        emit;      // the channels fill a word, or are the last
    logic        last;      // of the layer
    logic        label;     // of the last position: looked at by argmax
    logic [3:0]  slot;      // place inside the word, in units of Rows results
    logic [4:0]  channels;  // rows that are real channels, 1..Rows
    logic [19:0] addr;      // word to write when emit
  } result_t;

  // The fields of a compute descriptor, and what tendon_decode makes of them.
  typedef struct packed {
    kind_e       kind;
    logic [1:0]  act_bits;
    logic [1:0]  wgt_bits;
    logic [1:0]  out_bits;
    logic        act_signed;
    logic        odd;
    logic [2:0]  rounding;
    logic        narrow;
    logic [1:0]  pool_log2;
    logic        split;
    logic        argmax;
    logic        thresholds;
    logic        depthwise;
    logic        wgt_zero;
    logic [7:0]  in_zero;
    logic [8:0]  zy;
    logic [8:0]  lo;
    logic [8:0]  hi;
    logic [15:0] in_base;
    logic [15:0] out_base;
    logic [15:0] wgt_base;
    logic [15:0] par_base;
    logic [15:0] in_row_words;
    logic [15:0] in_rows;
    logic [15:0] x_start;
    logic [15:0] y_start;
    logic [15:0] pos_step;
    logic [15:0] row_step;
    logic [15:0] seg_words;
    logic [7:0]  kx_count;
    logic [7:0]  ky_count;
    logic [15:0] kx_step;
    logic [15:0] ky_step;
    logic [15:0] out_cols;
    logic [15:0] out_rows;
    logic [15:0] out_channels;
    logic [15:0] tile_lines;
    logic [15:0] out_pix_words;
    logic [15:0] out_row_words;
    logic [7:0]  zero2;
    logic        signed2;
    logic [15:0] base2;
    logic [2:0]  passes;  // passes_of
    logic [2:0]  chunks;  // chunks_of
  } conv_t;

  // In the order of the fields of conv_t; the derived ones are 0.
  function automatic conv_t conv_of(logic [511:0] desc);
    conv_of = {
      desc[tendon_regs_pkg::DescOpcodeLsb +: 3],
      desc[tendon_regs_pkg::ConvActBitsLsb +: 2],
      desc[tendon_regs_pkg::ConvWgtBitsLsb +: 2],
      desc[tendon_regs_pkg::ConvOutBitsLsb +: 2],
      desc[tendon_regs_pkg::ConvActSignedLsb],
      desc[tendon_regs_pkg::ConvOddLsb],
      desc[tendon_regs_pkg::ConvRoundingLsb +: 3],
      desc[tendon_regs_pkg::ConvNarrowLsb],
      desc[tendon_regs_pkg::ConvPoolLog2Lsb +: 2],
      desc[tendon_regs_pkg::ConvSplitLsb],
      desc[tendon_regs_pkg::ConvArgmaxLsb],
      desc[tendon_regs_pkg::ConvThresholdsLsb],
      desc[tendon_regs_pkg::ConvDepthwiseLsb],
      desc[tendon_regs_pkg::ConvWgtZeroLsb],
      desc[tendon_regs_pkg::ConvInZeroLsb +: 8],
      desc[tendon_regs_pkg::ConvZyLsb +: 9],
      desc[tendon_regs_pkg::ConvLoLsb +: 9],
      desc[tendon_regs_pkg::ConvHiLsb +: 9],
      desc[tendon_regs_pkg::ConvInBaseLsb +: 16],
      desc[tendon_regs_pkg::ConvOutBaseLsb +: 16],
      desc[tendon_regs_pkg::ConvWgtBaseLsb +: 16],
      desc[tendon_regs_pkg::ConvParBaseLsb +: 16],
      desc[tendon_regs_pkg::ConvInRowWordsLsb +: 16],
      desc[tendon_regs_pkg::ConvInRowsLsb +: 16],
      desc[tendon_regs_pkg::ConvXStartLsb +: 16],
      desc[tendon_regs_pkg::ConvYStartLsb +: 16],
      desc[tendon_regs_pkg::ConvPosStepLsb +: 16],
      desc[tendon_regs_pkg::ConvRowStepLsb +: 16],
      desc[tendon_regs_pkg::ConvSegWordsLsb +: 16],
      desc[tendon_regs_pkg::ConvKxCountLsb +: 8],
      desc[tendon_regs_pkg::ConvKyCountLsb +: 8],
      desc[tendon_regs_pkg::ConvKxStepLsb +: 16],
      desc[tendon_regs_pkg::ConvKyStepLsb +: 16],
      desc[tendon_regs_pkg::ConvOutColsLsb +: 16],
      desc[tendon_regs_pkg::ConvOutRowsLsb +: 16],
      desc[tendon_regs_pkg::ConvOutChannelsLsb +: 16],
      desc[tendon_regs_pkg::ConvTileLinesLsb +: 16],
      desc[tendon_regs_pkg::ConvOutPixWordsLsb +: 16],
      desc[tendon_regs_pkg::ConvOutRowWordsLsb +: 16],
      desc[tendon_regs_pkg::ConvZero2Lsb +: 8],
      desc[tendon_regs_pkg::ConvSigned2Lsb],
      desc[tendon_regs_pkg::ConvBase2Lsb +: 16],
      6'b0
    };
  endfunction

  // The kinds that take one position at a time. (Yosys 0.23 knows names of an enumeration here only
  // with the package in front.)
  function automatic logic is_single(kind_e kind);
    is_single = kind != tendon_pkg::KindConv;
  endfunction

  // The kinds whose results are not sums of the array.
  function automatic logic is_element(kind_e kind);
    is_element = kind == tendon_pkg::KindMax || kind == tendon_pkg::KindAdd
              || kind == tendon_pkg::KindTable;
  endfunction

  // Pieces that the requantizer multiplies one after the other: enough for the proven range of the
  // accumulators (2^16 narrow, 2^24 in mode float, else 2^31). A code is one piece, two operands
  // are two.
  function automatic logic [2:0] passes_of(int unsigned piece_width, kind_e kind, logic narrow,
                                           logic [2:0] rounding);
    if (kind == tendon_pkg::KindMax || kind == tendon_pkg::KindTable) passes_of = 3'd1;
    else if (kind == tendon_pkg::KindAdd) passes_of = 3'd2;
    else if (narrow) passes_of = 3'(16 / piece_width);
    else if (piece_width == 8 && rounding == tendon_regs_pkg::RoundingFloat) passes_of = 3'd3;
    else passes_of = 3'(32 / piece_width);
  endfunction

  // Columns that share an element in split mode.
  function automatic logic [2:0] chunks_of(int unsigned columns, logic [1:0] act_bits);
    if (act_bits == tendon_regs_pkg::WidthBits8) chunks_of = columns >= 4 ? 3'd4 : 3'd2;
    else if (act_bits == tendon_regs_pkg::WidthBits4) chunks_of = 3'd2;
    else chunks_of = 3'd1;
  endfunction

  // Results of one output width that fill a word.
  function automatic logic [4:0] results_per_word(logic [1:0] out_bits);
    if (out_bits == tendon_regs_pkg::WidthBits8) results_per_word = 5'd4;
    else if (out_bits == tendon_regs_pkg::WidthBits4) results_per_word = 5'd8;
    else results_per_word = 5'd16;
  endfunction

  // Words that one position's results of a channel tile fill, at least one.
  function automatic logic [2:0] words_of(int unsigned rows, logic [1:0] bits);
    if (rows * 4 >= 32 && bits == tendon_regs_pkg::WidthBits4) words_of = 3'(rows * 4 / 32);
    else if (rows * 8 >= 32 && bits == tendon_regs_pkg::WidthBits8) words_of = 3'(rows * 8 / 32);
    else words_of = 3'd1;
  endfunction

  // Place of the channel tile that begins with `remaining` channels left in its word.
  function automatic logic [3:0] slot_of(int unsigned rows, logic [1:0] bits,
                                         logic [15:0] channels, logic [15:0] remaining);
    logic [3:0] done;
    done = (channels[3:0] - remaining[3:0]) & 4'(results_per_word(bits) - 5'd1);
    slot_of = done >> $clog2(rows);
  endfunction

  // Does the channel tile that begins with `left` channels left complete a word?
  function automatic logic emit_of(int unsigned rows, logic [1:0] out_bits, logic [15:0] channels,
                                   logic [15:0] left);
    logic [4:0] done;  // channels done with this tile, modulo 16
    done = 5'(channels[3:0] - left[3:0]) + 5'(rows);
    emit_of = left <= 16'(rows) || (done & (results_per_word(out_bits) - 5'd1)) == '0;
  endfunction

endpackage
