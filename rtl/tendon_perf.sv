// SPDX-License-Identifier: MIT
//
// Performance counters and log: where every cycle of a chain went.
//
// Ten counters: cycles, the seven causes in the order of a log line, beats read, beats written.
// Each cycle with `run_i` adds one to `cycles` and to exactly one cause, so the causes add up.
//
// A 32-bit counter per cause would cost more than the rest of the shell. Instead each counter has a
// 5-bit front that counts every cycle, and a sweep visits one counter a cycle, adds its front
// to the total in a small memory and empties the front. A visit every ten cycles, or twenty after
// a line was cut, keeps the front below 32.
//
//   slot    0       1       2  ...  9       0
//   read    total[1] total[2]  ...  total[0]
//   write   total[0] total[1]  ...  total[9]        total + front
//
// A log line is cut at one cycle for all counters: the fronts move to `cut`, and the next ten
// visits add `cut` instead, write (total - total at the previous line) to the log, and keep the
// total for the next line. A line that is due within that time waits, so its cut comes up to ten
// cycles late. The log holds 32 lines; further ones are dropped.
module tendon_perf #(
  parameter int unsigned BusBytes = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,       // forget everything: all counters 0, no lines
  // tendon_fetch
  input  logic        run_i,         // this cycle belongs to the chain
  input  logic [1:0]  line_i,        // lines that end with this cycle: 0, 1, 2
  input  logic        dma_active_i,  // a LOAD or STORE runs
  // tendon_core
  input  logic [2:0]  state_i,
  // tendon_dma: beats of this cycle
  input  logic        read_beat_i,
  input  logic        write_beat_i,
  // tendon_regs: byte address of LOG_LINES, a counter or a word of the log, held until valid. No
  // line
  // is on its way then, and a counter is exact at that cycle.
  input  logic        req_i,
  input  logic [10:2] addr_i,
  output logic        valid_o,
  output logic [31:0] data_o
);

  localparam int unsigned Slots      = 10;
  localparam int unsigned LineSlots  = 8;
  localparam int unsigned FrontWidth = 5;
  localparam int unsigned BusShift   = $clog2(BusBytes);

  // Causes 1 to 6 are the core's states; an idle core is named by what the shell does.
  localparam logic [3:0] CauseDescriptor = 4'd5;
  localparam logic [3:0] CauseDma        = 4'd7;

  logic [3:0]       cause;
  logic [Slots-1:0] event_bits;

  assign cause = state_i != 3'd0 ? {1'b0, state_i} : (dma_active_i ? CauseDma : CauseDescriptor);

  always_comb begin
    event_bits        = '0;
    event_bits[cause] = run_i;
    event_bits[0]     = run_i;
    event_bits[8]     = read_beat_i;
    event_bits[9]     = write_beat_i;
  end

  // ---- sweep ----------------------------------------------------------------------------------

  logic [3:0]  slot_q, slot_next;
  logic [3:0]  zero_q;     // visits that still start from zero
  logic [3:0]  flush_q;    // visits left for the line in work
  logic [2:0]  pending_q;  // lines that wait
  logic [5:0]  lines_q;
  logic        cut_now, flushing, quiet;

  assign slot_next = slot_q == 4'(Slots - 1) ? 4'd0 : slot_q + 4'd1;
  assign flushing  = flush_q != '0;
  assign cut_now   = !flushing && pending_q != '0;
  assign quiet     = !flushing && pending_q == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      slot_q    <= '0;
      zero_q    <= 4'(Slots);
      flush_q   <= '0;
      pending_q <= '0;
      lines_q   <= '0;
    end else begin
      slot_q <= slot_next;
      if (zero_q != '0) zero_q <= zero_q - 4'd1;
      if (flushing) flush_q <= flush_q - 4'd1;
      if (flush_q == 4'd1 && !lines_q[5]) lines_q <= lines_q + 6'd1;
      if (cut_now) flush_q <= 4'(Slots);
      pending_q <= pending_q + 3'(line_i) - 3'(cut_now);
      if (clear_i) begin
        zero_q    <= 4'(Slots);
        flush_q   <= '0;
        pending_q <= '0;
        lines_q   <= '0;
      end
    end
  end

  // ---- fronts ---------------------------------------------------------------------------------

  logic [Slots-1:0]                visit;
  logic [FrontWidth*Slots-1:0]     taken;  // what the visited slot adds, others zero
  logic [FrontWidth-1:0]           addend;

  for (genvar i = 0; i < Slots; i++) begin : gen_front
    logic [FrontWidth-1:0] front_q, source;
    logic                  emptied;

    assign visit[i] = slot_q == 4'(i);

    if (i < LineSlots) begin : gen_line
      logic [FrontWidth-1:0] cut_q;
      always_ff @(posedge clk_i) begin
        if (cut_now) cut_q <= visit[i] ? '0 : front_q;
      end
      assign source  = flushing ? cut_q : front_q;
      assign emptied = cut_now || (visit[i] && !flushing);
    end else begin : gen_plain
      assign source  = front_q;
      assign emptied = visit[i];
    end

    // This cycle's event stays in the front: the visit took what was there before.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        front_q <= '0;
      end else begin
        front_q <= FrontWidth'(event_bits[i]) + (emptied ? '0 : front_q);
        if (clear_i) front_q <= '0;
      end
    end

    assign taken[FrontWidth*i +: FrontWidth] = visit[i] ? source : '0;
  end

  always_comb begin
    addend = '0;
    for (int unsigned i = 0; i < Slots; i++) begin
      addend = addend | taken[FrontWidth*i +: FrontWidth];
    end
  end

  // ---- totals and log -------------------------------------------------------------------------

  logic [31:0] total [16];
  logic [31:0] line_start [8];
  logic [31:0] log [256];
  logic [31:0] total_q, line_start_q, log_q;
  logic [31:0] total_next, gained;

  assign total_next = (zero_q != '0 ? '0 : total_q) + 32'(addend);
  assign gained     = total_next - (zero_q != '0 ? '0 : line_start_q);

  // A slot is read the cycle before its visit and written in it, so no address meets itself.
  always_ff @(posedge clk_i) begin
    total[slot_q] <= total_next;
    total_q       <= total[slot_next];
  end

  always_ff @(posedge clk_i) begin
    if ((flushing || zero_q != '0) && !slot_q[3]) begin
      line_start[slot_q[2:0]] <= flushing ? total_next : '0;
    end
    line_start_q <= line_start[slot_next[2:0]];
  end

  always_ff @(posedge clk_i) begin
    if (flushing && !slot_q[3] && !lines_q[5]) log[{lines_q[4:0], slot_q[2:0]}] <= gained;
    log_q <= log[addr_i[9:2]];
  end

  // ---- read -----------------------------------------------------------------------------------

  logic is_log, is_lines, log_ready_q;

  assign is_log   = addr_i[10];
  assign is_lines = !addr_i[10] && !addr_i[7];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      log_ready_q <= 1'b0;
    end else begin
      log_ready_q <= req_i && quiet;
    end
  end

  assign valid_o = req_i && quiet && (is_log ? log_ready_q : is_lines || slot_q == addr_i[5:2]);

  always_comb begin
    data_o = total_next;
    if (is_lines) begin
      data_o = 32'(lines_q);
    end else if (is_log) begin
      data_o = {1'b0, addr_i[9:5]} < lines_q ? log_q : '0;
    end else if (slot_q[3]) begin
      data_o = total_next << BusShift;
    end
  end

`ifdef VERILATOR
  // Overtaken lines would be lost without a sign.
  assert property (@(posedge clk_i)
                   clear_i || 32'(pending_q) + 32'(line_i) - 32'(cut_now) < 8)
    else $error("tendon_perf: more than seven lines wait");
`endif

endmodule
