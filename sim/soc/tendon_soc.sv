// SPDX-License-Identifier: MIT
//
// The whole system in RTL: PicoRV32 (rv32imc), accelerator, RAM, flash, UART, two output pins, and
// a port to the test bench through which recordings come in and results go out. Memory map:
// sw/firmware/platform.h with RAM at 0; no caches, so memory is coherent.
//
// An access that nothing answers stops the processor and is shown at bad_*.
module tendon_soc #(
  parameter int unsigned Rows       = 4,
  parameter int unsigned Columns    = 4,
  parameter int unsigned Lanes      = 16,
  parameter int unsigned ActWords   = 8192,
  parameter int unsigned WgtLines   = 2048,
  parameter int unsigned ParEntries = 256,
  parameter int unsigned DmaWidth   = 128,
  parameter int unsigned RamBytes   = 4194304,
  parameter int unsigned FlashBytes = 1048576,
  parameter int unsigned UartClocks = 8,  // per bit
  parameter              RamFile    = "",  // $readmemh; none: the test bench loads the memories
  parameter              FlashFile  = ""
) (
  input  logic        clk_i,
  input  logic        accel_clk_i,  // clk_i; a simulation may hold it while nothing happens there
  input  logic        rst_ni,
  output logic        uart_tx_o,
  output logic [1:0]  gpio_o,  // last write to GPIO0's data register
  output logic        trap_o,
  // test bench: an access of the processor to the host port or the window buffer
  output logic        host_valid_o,
  output logic        host_write_o,
  output logic [31:0] host_addr_o,
  output logic [31:0] host_wdata_o,
  input  logic        host_ready_i,
  input  logic [31:0] host_rdata_i,
  // an access that ended badly
  output logic        bad_valid_o,
  output logic [31:0] bad_addr_o
);

  logic        valid, instr, ready;
  logic [31:0] addr, wdata, rdata;
  logic [3:0]  wstrb;
  logic        irq;
  logic        la_read, la_write, access_next;
  logic [31:0] la_addr;

  picorv32 #(
    .COMPRESSED_ISA(1),
    .ENABLE_FAST_MUL(1),
    .ENABLE_DIV(1),
    .BARREL_SHIFTER(1),
    .ENABLE_IRQ(1),
    .ENABLE_IRQ_QREGS(0),
    .LATCHED_IRQ(32'h0000_0000),  // levels: firmware waits on them with all interrupts masked
    .PROGADDR_RESET(32'h0000_0000),
    .STACKADDR(32'hFFFF_FFFF)     // set by firmware
  ) u_cpu (
    .clk(clk_i),
    .resetn(rst_ni),
    .trap(trap_o),
    .mem_valid(valid),
    .mem_instr(instr),
    .mem_ready(ready),
    .mem_addr(addr),
    .mem_wdata(wdata),
    .mem_wstrb(wstrb),
    .mem_rdata(rdata),
    .mem_la_read(la_read),
    .mem_la_write(la_write),
    .mem_la_addr(la_addr),
    .mem_la_wdata(),
    .mem_la_wstrb(),
    .pcpi_valid(),
    .pcpi_insn(),
    .pcpi_rs1(),
    .pcpi_rs2(),
    .pcpi_wr(1'b0),
    .pcpi_rd('0),
    .pcpi_wait(1'b0),
    .pcpi_ready(1'b0),
    .irq({28'b0, irq, 3'b0}),
    .eoi(),
    .trace_valid(),
    .trace_data()
  );

  // ---- decoder ----
  logic sel_ram, sel_flash, sel_uart, sel_gpio, sel_accel, sel_host, sel_none;

  // An access of the accelerator begins with the next cycle.
  assign access_next = (la_read || la_write) && la_addr[31:12] == 20'h20000;

  assign sel_ram   = addr < RamBytes;
  assign sel_flash = addr >= 32'h1000_0000 && addr < 32'h1000_0000 + FlashBytes;
  assign sel_uart  = addr[31:12] == 20'h04140;
  assign sel_gpio  = addr[31:12] == 20'h03020;
  assign sel_accel = addr[31:12] == 20'h20000;
  assign sel_host  = addr[31:12] == 20'h20200 || addr[31:16] == 16'h2021;
  assign sel_none  = !(sel_ram || sel_flash || sel_uart || sel_gpio || sel_accel ||
                       sel_host);

  // ---- flash ----
  logic [31:0] flash_mem [FlashBytes/4] /* verilator public_flat_rw */;
  logic [31:0] flash_data;
  logic        flash_ready_q;

  always_ff @(posedge clk_i) begin
    flash_data <= flash_mem[addr[$clog2(FlashBytes)-1:2]];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) flash_ready_q <= 1'b0;
    else flash_ready_q <= valid && sel_flash && !flash_ready_q;
  end

  if (FlashFile != "") begin : gen_flash
    initial $readmemh(FlashFile, flash_mem);
  end

  // ---- pins ----
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) gpio_o <= '0;
    else if (valid && sel_gpio && wstrb[0] && addr[11:0] == '0) gpio_o <= wdata[1:0];
  end

  // ---- answers ----
  logic        ram_ready, uart_ready, accel_ready, accel_error, bad;
  logic [31:0] ram_rdata, uart_rdata, accel_rdata;

  assign bad         = valid && (sel_none || (sel_flash && |wstrb) || (accel_ready && accel_error));
  assign bad_valid_o = bad;
  assign bad_addr_o  = addr;

  assign ready = !bad && (ram_ready || flash_ready_q || uart_ready || accel_ready ||
                          (valid && sel_gpio) || (sel_host && valid && host_ready_i));

  always_comb begin
    rdata = host_rdata_i;
    if (sel_gpio) rdata = {30'b0, gpio_o};
    else if (sel_ram) rdata = ram_rdata;
    else if (sel_flash) rdata = flash_data;
    else if (sel_uart) rdata = uart_rdata;
    else if (sel_accel) rdata = accel_rdata;
  end

  assign host_valid_o = valid && sel_host;
  assign host_write_o = |wstrb;
  assign host_addr_o  = addr;
  assign host_wdata_o = wdata;

  soc_uart #(
    .ClocksPerBit(UartClocks)
  ) u_uart (
    .clk_i,
    .rst_ni,
    .valid_i(valid && sel_uart),
    .addr_i(addr[4:0]),
    .wdata_i(wdata[7:0]),
    .write_i(|wstrb),
    .ready_o(uart_ready),
    .rdata_o(uart_rdata),
    .tx_o(uart_tx_o)
  );

  // ---- accelerator and memory ----
  logic                  s_awvalid, s_awready, s_wvalid, s_wready, s_bvalid, s_bready;
  logic                  s_arvalid, s_arready, s_rvalid, s_rready;
  logic [11:0]           s_awaddr, s_araddr;
  logic [31:0]           s_wdata, s_rdata;
  logic [3:0]            s_wstrb;
  logic [1:0]            s_bresp, s_rresp;
  logic                  m_awvalid, m_awready, m_wvalid, m_wready, m_wlast, m_bvalid, m_bready;
  logic                  m_arvalid, m_arready, m_rvalid, m_rready, m_rlast;
  logic [31:0]           m_awaddr, m_araddr;
  logic [7:0]            m_arlen;
  logic [DmaWidth-1:0]   m_wdata, m_rdata;
  logic [DmaWidth/8-1:0] m_wstrb;
  logic [1:0]            m_bresp, m_rresp;

  soc_lite u_lite (
    .clk_i,
    .rst_ni,
    .valid_i(valid && sel_accel),
    .addr_i(addr[11:0]),
    .wdata_i(wdata),
    .wstrb_i(wstrb),
    .ready_o(accel_ready),
    .error_o(accel_error),
    .rdata_o(accel_rdata),
    .awvalid_o(s_awvalid),
    .awready_i(s_awready),
    .awaddr_o(s_awaddr),
    .wvalid_o(s_wvalid),
    .wready_i(s_wready),
    .wdata_o(s_wdata),
    .wstrb_o(s_wstrb),
    .bvalid_i(s_bvalid),
    .bready_o(s_bready),
    .bresp_i(s_bresp),
    .arvalid_o(s_arvalid),
    .arready_i(s_arready),
    .araddr_o(s_araddr),
    .rvalid_i(s_rvalid),
    .rready_o(s_rready),
    .rdata_i(s_rdata),
    .rresp_i(s_rresp)
  );

  tendon_top #(
    .Rows(Rows),
    .Columns(Columns),
    .Lanes(Lanes),
    .ActWords(ActWords),
    .WgtLines(WgtLines),
    .ParEntries(ParEntries),
    .DmaWidth(DmaWidth)
  ) u_tendon (
    .clk_i(accel_clk_i),
    .rst_ni,
    .irq_o(irq),
    .s_awvalid_i(s_awvalid),
    .s_awready_o(s_awready),
    .s_awaddr_i(s_awaddr),
    .s_awprot_i(3'b0),
    .s_wvalid_i(s_wvalid),
    .s_wready_o(s_wready),
    .s_wdata_i(s_wdata),
    .s_wstrb_i(s_wstrb),
    .s_bvalid_o(s_bvalid),
    .s_bready_i(s_bready),
    .s_bresp_o(s_bresp),
    .s_arvalid_i(s_arvalid),
    .s_arready_o(s_arready),
    .s_araddr_i(s_araddr),
    .s_arprot_i(3'b0),
    .s_rvalid_o(s_rvalid),
    .s_rready_i(s_rready),
    .s_rdata_o(s_rdata),
    .s_rresp_o(s_rresp),
    .m_awvalid_o(m_awvalid),
    .m_awready_i(m_awready),
    .m_awaddr_o(m_awaddr),
    .m_awlen_o(),
    .m_awsize_o(),
    .m_awburst_o(),
    .m_awcache_o(),
    .m_awprot_o(),
    .m_wvalid_o(m_wvalid),
    .m_wready_i(m_wready),
    .m_wdata_o(m_wdata),
    .m_wstrb_o(m_wstrb),
    .m_wlast_o(m_wlast),
    .m_bvalid_i(m_bvalid),
    .m_bready_o(m_bready),
    .m_bresp_i(m_bresp),
    .m_arvalid_o(m_arvalid),
    .m_arready_i(m_arready),
    .m_araddr_o(m_araddr),
    .m_arlen_o(m_arlen),
    .m_arsize_o(),
    .m_arburst_o(),
    .m_arcache_o(),
    .m_arprot_o(),
    .m_rvalid_i(m_rvalid),
    .m_rready_o(m_rready),
    .m_rdata_i(m_rdata),
    .m_rresp_i(m_rresp),
    .m_rlast_i(m_rlast)
  );

  soc_ram #(
    .Bytes(RamBytes),
    .Width(DmaWidth),
    .InitFile(RamFile)
  ) u_ram (
    .clk_i,
    .rst_ni,
    .valid_i(valid && sel_ram),
    .addr_i(addr),
    .wdata_i(wdata),
    .wstrb_i(wstrb),
    .ready_o(ram_ready),
    .rdata_o(ram_rdata),
    .awvalid_i(m_awvalid),
    .awready_o(m_awready),
    .awaddr_i(m_awaddr),
    .wvalid_i(m_wvalid),
    .wready_o(m_wready),
    .wline_i(m_wdata),
    .wline_strb_i(m_wstrb),
    .wlast_i(m_wlast),
    .bvalid_o(m_bvalid),
    .bready_i(m_bready),
    .bresp_o(m_bresp),
    .arvalid_i(m_arvalid),
    .arready_o(m_arready),
    .araddr_i(m_araddr),
    .arlen_i(m_arlen),
    .rvalid_o(m_rvalid),
    .rready_i(m_rready),
    .rline_o(m_rdata),
    .rresp_o(m_rresp),
    .rlast_o(m_rlast)
  );

  logic unused_soc;
  assign unused_soc = &{1'b0, instr, access_next, la_addr};

endmodule
