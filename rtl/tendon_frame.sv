// SPDX-License-Identifier: MIT
//
// Frames of docs/spi.md: turns the bytes of a link into accesses to registers (AXI4-Lite master)
// and
// device memory, and makes the reply. The same for SPI and UART; the front end says when a frame
// begins and ends (active_i).
//
// Order of checks: header CRC, command, length and address; then data CRC. Register writes wait
// for the data CRC, memory writes do not. One access at a time.
//
// Memory: mem_req_o stays until mem_gnt_i; a read's data is there one cycle after. A word that was
// not granted when the next byte arrives ends in status OVERRUN, a read word that is late in a
// wrong CRC; neither hangs.
module tendon_frame #(
  parameter int unsigned MemBytes = 65536,    // power of two, 1 KiB to 1 MiB
  parameter int unsigned ClockHz  = 48000000
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // front end
  input  logic        active_i,
  output logic        done_o,  // the last byte of the reply was taken, or a refusal stands ready
  input  logic        rx_valid_i,
  input  logic [7:0]  rx_data_i,
  output logic        tx_valid_o,
  output logic [7:0]  tx_data_o,
  input  logic        tx_ready_i,
  // power-on self-test: word 3 of HELLO
  input  logic [15:0] selftest_i,
  // AXI4-Lite master
  output logic        m_awvalid_o,
  input  logic        m_awready_i,
  output logic [11:0] m_awaddr_o,
  output logic        m_wvalid_o,
  input  logic        m_wready_i,
  output logic [31:0] m_wdata_o,
  input  logic        m_bvalid_i,
  output logic        m_bready_o,
  input  logic [1:0]  m_bresp_i,
  output logic        m_arvalid_o,
  input  logic        m_arready_i,
  output logic [11:0] m_araddr_o,
  input  logic        m_rvalid_i,
  output logic        m_rready_o,
  input  logic [31:0] m_rdata_i,
  input  logic [1:0]  m_rresp_i,
  // device memory
  output logic                          mem_req_o,
  output logic                          mem_we_o,
  output logic [$clog2(MemBytes)-1:2]   mem_word_o,
  output logic [31:0]                   mem_wdata_o,
  input  logic                          mem_gnt_i,
  input  logic [31:0]                   mem_rdata_i
);

  localparam int unsigned AddrWidth = $clog2(MemBytes);
  localparam int unsigned KeptWidth = AddrWidth > 12 ? AddrWidth : 12;  // registers need 12

  if (MemBytes != (1 << AddrWidth) || AddrWidth < 10 || AddrWidth > 20) begin : gen_bad_mem_bytes
    $fatal(1, "tendon_frame: MemBytes must be a power of two, 1 KiB to 1 MiB");
  end

  localparam logic [7:0] CmdHello    = 8'h01;
  localparam logic [7:0] CmdReadReg  = 8'h02;
  localparam logic [7:0] CmdWriteReg = 8'h03;
  localparam logic [7:0] CmdReadMem  = 8'h04;
  localparam logic [7:0] CmdWriteMem = 8'h05;
  localparam logic [7:0] CmdLoop     = 8'h06;

  localparam logic [1:0] StatusOk      = 2'd0;
  localparam logic [1:0] StatusDataCrc = 2'd1;
  localparam logic [1:0] StatusBus     = 2'd2;
  localparam logic [1:0] StatusOverrun = 2'd3;

  localparam logic [7:0]  ReplyStart = 8'h5A;
  localparam logic [31:0] Protocol   = 32'h3149_5053;
  localparam logic [9:0]  MaxWords   = 10'd1008;

  typedef enum logic [3:0] {
    StHeader,    // ten bytes
    StCheck,     // header
    StNak,       // one code until the frame ends
    StData,      // words of the request
    StDataCrc,   // two bytes
    StDataCheck,
    StExecute,   // register write, waiting for its answer
    StFetch,     // first word of the reply
    StStart,     // reply: start, status, sequence
    StReplyData,
    StReplyCrc,
    StDone
  } state_e;

  state_e state_q;

  logic [2:0]  cmd_q;
  logic        cmd_bad_q;
  logic [7:0]  seq_q, last_seq_q;
  logic        last_valid_q, last_error_q;
  logic [15:0] bytes_q;
  logic [3:0]  index_q;
  logic [31:0] word_q;
  logic [9:0]  left_q;   // words still to come or to send
  logic [KeptWidth-1:2] addr_q;
  logic [15:0] crc_q;
  logic [1:0]  status_q;
  logic [1:0]  nak_q;
  logic        late_q;   // a reply word was not there in time
  logic        loaded_q; // word_q holds the word that goes out
  logic        mem_req_q, mem_data_q, aw_q, w_q, ar_q;

  logic is_hello, is_read_reg, is_write_reg, is_read_mem, is_write_mem, is_loop, is_reg, is_mem;
  assign is_hello     = cmd_q == CmdHello[2:0];
  assign is_read_reg  = cmd_q == CmdReadReg[2:0];
  assign is_write_reg = cmd_q == CmdWriteReg[2:0];
  assign is_read_mem  = cmd_q == CmdReadMem[2:0];
  assign is_write_mem = cmd_q == CmdWriteMem[2:0];
  assign is_loop      = cmd_q == CmdLoop[2:0];
  assign is_reg       = is_read_reg || is_write_reg;
  assign is_mem       = is_read_mem || is_write_mem;

  // ---- CRC-16, one byte per cycle -------------------------------------------------------------

  function automatic logic [15:0] crc_step(logic [15:0] crc, logic [7:0] data);
    crc_step = crc ^ {data, 8'h00};
    for (int i = 0; i < 8; i++) begin
      crc_step = crc_step[15] ? (crc_step << 1) ^ 16'h1021 : crc_step << 1;
    end
  endfunction

  logic rx, tx, crc_en;
  assign rx     = rx_valid_i && active_i;
  assign tx     = tx_valid_o && tx_ready_i;
  assign crc_en = (rx && (state_q == StHeader || state_q == StData || state_q == StDataCrc)) ||
                  (tx && ((state_q == StStart && index_q != '0) || state_q == StReplyData));

  // ---- header ---------------------------------------------------------------------------------

  logic [9:0]           words;
  logic [AddrWidth-1:0] range_end;  // in words, one bit more than an address
  logic                 bytes_bad, addr_bad;

  assign words     = bytes_q[11:2];
  assign range_end = {1'b0, word_q[AddrWidth-1:2]} + (AddrWidth)'(words);

  always_comb begin
    if (is_hello) begin
      bytes_bad = bytes_q != '0;
      addr_bad  = word_q != '0;
    end else begin
      bytes_bad = bytes_q[15:12] != '0 || bytes_q[1:0] != '0 || words == '0 || words > MaxWords ||
                  (is_reg && words != 10'd1);
      addr_bad  = word_q[1:0] != '0 || (is_loop && word_q != '0) ||
                  (is_reg && word_q[31:12] != '0) ||
                  (is_mem && (word_q[31:AddrWidth] != '0 ||
                              range_end > (AddrWidth)'(MemBytes / 4)));
    end
  end

  // ---- reply bytes ----------------------------------------------------------------------------

  always_comb begin
    unique case (state_q)
      StNak:       tx_data_o = 8'hE0 | 8'(nak_q);
      StStart:     tx_data_o = index_q[1] ? seq_q :
                               index_q[0] ? 8'(status_q) : ReplyStart;
      StReplyCrc:  tx_data_o = (index_q[0] ? crc_q[7:0] : crc_q[15:8]) ^ {8{late_q}};
      default:     tx_data_o = word_q[7:0];
    endcase
  end

  assign tx_valid_o = state_q == StNak || state_q == StStart || state_q == StReplyData ||
                      state_q == StReplyCrc;
  assign done_o     = state_q == StDone || state_q == StNak;

  logic unused_resp;
  assign unused_resp = ^{m_bresp_i[0], m_rresp_i[0]};

  // ---- words of the reply ---------------------------------------------------------------------

  logic        word_valid;
  logic [31:0] word_in, hello_word;
  logic        reads;

  assign reads = is_hello || is_read_reg || is_read_mem;

  always_comb begin
    unique case (left_q[1:0])
      2'd0:    hello_word = Protocol;  // left_q counts 4, 3, 2, 1
      2'd3:    hello_word = MemBytes;
      2'd2:    hello_word = ClockHz;
      default: hello_word = 32'(selftest_i);
    endcase
  end

  assign word_valid = is_hello || (is_read_reg && m_rvalid_i) || mem_data_q;
  assign word_in    = is_hello ? hello_word : is_read_reg ? m_rdata_i : mem_rdata_i;

  // ---- bus ------------------------------------------------------------------------------------

  assign m_awvalid_o = aw_q;
  assign m_wvalid_o  = w_q;
  assign m_arvalid_o = ar_q;
  assign m_awaddr_o  = {addr_q[11:2], 2'b00};
  assign m_araddr_o  = {addr_q[11:2], 2'b00};
  assign m_wdata_o   = word_q;
  assign m_bready_o  = 1'b1;
  assign m_rready_o  = 1'b1;

  assign mem_req_o   = mem_req_q;
  assign mem_we_o    = is_write_mem;
  assign mem_word_o  = addr_q[AddrWidth-1:2];
  assign mem_wdata_o = word_q;

  // ---- control --------------------------------------------------------------------------------

  logic byte_in_word;  // fourth byte of a word
  assign byte_in_word = index_q[1:0] == 2'd3;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= StHeader;
      index_q      <= '0;
      mem_req_q    <= 1'b0;
      mem_data_q   <= 1'b0;
      aw_q         <= 1'b0;
      w_q          <= 1'b0;
      ar_q         <= 1'b0;
      last_valid_q <= 1'b0;
      last_error_q <= 1'b0;
      crc_q        <= '1;
    end else begin
      if (m_awready_i) aw_q <= 1'b0;
      if (m_wready_i) w_q <= 1'b0;
      if (m_arready_i) ar_q <= 1'b0;
      if (mem_gnt_i) begin
        mem_req_q <= 1'b0;
        addr_q    <= addr_q + 1'b1;
      end
      mem_data_q <= mem_req_q && mem_gnt_i && is_read_mem;

      if (crc_en) crc_q <= crc_step(crc_q, tx_valid_o ? tx_data_o : rx_data_i);

      unique case (state_q)
        StHeader: if (rx) begin
          index_q <= index_q + 4'd1;
          unique case (index_q)
            4'd0: begin
              cmd_q     <= rx_data_i[2:0];
              cmd_bad_q <= rx_data_i[7:3] != '0 || rx_data_i[2:0] == '0 || rx_data_i[2:0] == '1;
            end
            4'd1: seq_q <= rx_data_i;
            4'd2: bytes_q[7:0] <= rx_data_i;
            4'd3: bytes_q[15:8] <= rx_data_i;
            4'd4, 4'd5, 4'd6, 4'd7: word_q <= {rx_data_i, word_q[31:8]};
            default: ;
          endcase
          if (index_q == 4'd9) state_q <= StCheck;
        end

        StCheck: begin
          index_q  <= '0;
          crc_q    <= '1;
          status_q <= StatusOk;
          late_q   <= 1'b0;
          loaded_q <= 1'b0;
          addr_q   <= word_q[KeptWidth-1:2];
          left_q   <= is_hello ? 10'd4 : words;
          if (crc_q != '0) begin
            nak_q   <= 2'd1;
            state_q <= StNak;
          end else if (cmd_bad_q) begin
            nak_q   <= 2'd2;
            state_q <= StNak;
          end else if (bytes_bad || addr_bad) begin
            nak_q   <= 2'd3;
            state_q <= StNak;
          end else if (reads) begin
            if (is_hello) last_valid_q <= 1'b0;
            ar_q      <= is_read_reg;
            mem_req_q <= is_read_mem;
            state_q   <= StFetch;
          end else begin
            state_q <= StData;
          end
        end

        StNak: ;

        StData: if (rx) begin
          index_q <= index_q + 4'd1;
          word_q  <= {rx_data_i, word_q[31:8]};
          if (mem_req_q && !mem_gnt_i) status_q <= StatusOverrun;
          if (byte_in_word) begin
            mem_req_q <= is_write_mem;
            left_q    <= left_q - 10'd1;
            if (left_q == 10'd1) begin
              index_q <= '0;
              state_q <= StDataCrc;
            end
          end
        end

        StDataCrc: if (rx) begin
          index_q <= index_q + 4'd1;
          if (mem_req_q && !mem_gnt_i) status_q <= StatusOverrun;
          if (index_q[0]) state_q <= StDataCheck;
        end

        StDataCheck: begin
          index_q <= '0;
          crc_q   <= '1;
          state_q <= StStart;
          if (crc_q != '0) begin
            status_q <= StatusDataCrc;
          end else if (is_write_reg) begin
            if (last_valid_q && last_seq_q == seq_q) begin
              status_q <= last_error_q ? StatusBus : StatusOk;
            end else begin
              aw_q         <= 1'b1;
              w_q          <= 1'b1;
              last_valid_q <= 1'b1;
              last_seq_q   <= seq_q;
              state_q      <= StExecute;
            end
          end
        end

        StExecute: if (m_bvalid_i) begin
          last_error_q <= m_bresp_i[1];
          status_q     <= m_bresp_i[1] ? StatusBus : StatusOk;
          state_q      <= StStart;
        end

        StFetch: if (word_valid) begin
          word_q   <= word_in;
          loaded_q <= 1'b1;
          state_q  <= StStart;
          if (is_read_reg && m_rresp_i[1]) status_q <= StatusBus;
        end

        StStart: if (tx) begin
          index_q <= index_q + 4'd1;
          if (index_q == 4'd2) begin
            index_q <= '0;
            state_q <= (reads && status_q == StatusOk) ? StReplyData : StReplyCrc;
          end
        end

        StReplyData: begin
          if (word_valid && !loaded_q) begin
            word_q   <= word_in;
            loaded_q <= 1'b1;
          end
          if (tx) begin
            index_q <= index_q + 4'd1;
            word_q  <= word_q >> 8;
            if (!loaded_q) late_q <= 1'b1;
            if (byte_in_word) begin
              loaded_q  <= 1'b0;
              left_q    <= left_q - 10'd1;
              mem_req_q <= is_read_mem && left_q != 10'd1;
              if (left_q == 10'd1) begin
                index_q <= '0;
                state_q <= StReplyCrc;
              end
            end
          end
        end

        StReplyCrc: if (tx) begin
          index_q <= index_q + 4'd1;
          if (index_q[0]) state_q <= StDone;
        end

        default: ;
      endcase

      // The end of a frame stops everything but a bus access that is under way.
      if (!active_i && !aw_q && !w_q && !ar_q && state_q != StExecute &&
          !(state_q == StFetch && is_read_reg)) begin
        state_q   <= StHeader;
        index_q   <= '0;
        crc_q     <= '1;
        mem_req_q <= 1'b0;
      end
    end
  end

endmodule
