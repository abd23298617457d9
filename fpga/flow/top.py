# SPDX-License-Identifier: MIT
"""The top of a board: clock, one system, its pins. Written as SystemVerilog from board.json.

A board names its clock input and its outputs; an output's value may use `status`, two bits that every
system has: companion [0] interrupt, [1] selected; standalone [0] passed, [1] failed.
"""

from . import board as boards

# system -> ports of the top, ports of the system's module, status
SYSTEMS = {
    "companion": {
        "pins": {"spi_sck_i": "input", "spi_cs_ni": "input", "spi_mosi_i": "input",
                 "spi_miso_o": "output", "irq_o": "output"},
        "signals": ["miso", "miso_oe", "irq"],
        "ports": {"spi_sck_i": "spi_sck_i", "spi_cs_ni": "spi_cs_ni", "spi_mosi_i": "spi_mosi_i",
                  "spi_miso_o": "miso", "spi_miso_oe_o": "miso_oe", "irq_o": "irq"},
        "status": "{!spi_cs_ni, irq}",
        "assign": {"irq_o": "irq"},
    },
    "standalone": {
        "pins": {"uart_tx_o": "output"},
        "signals": ["failed", "passed"],
        "ports": {"uart_tx_o": "uart_tx_o", "passed_o": "passed", "failed_o": "failed"},
        "status": "{failed, passed}",
        "assign": {},
    },
}

# MISO is released while not selected, so that other devices may share the wires.
MISO = {
    "ecp5": "  assign spi_miso_o = miso_oe ? miso : 1'bz;",
    "ice40": """  SB_IO #(
    .PIN_TYPE(6'b1010_01),
    .PULLUP(1'b0)
  ) u_miso (
    .PACKAGE_PIN(spi_miso_o),
    .OUTPUT_ENABLE(miso_oe),
    .D_OUT_0(miso)
  );""",
}


def kind(system):
    return system.get("kind", "companion")


def value(parameter):
    return f'"{parameter}"' if isinstance(parameter, str) else str(parameter)


def instance(module, name, parameters, ports):
    chosen = ",\n".join(f"    .{key}({value(given)})" for key, given in parameters.items())
    wired = ",\n".join(f"    .{port}({signal})" for port, signal in ports.items())
    return f"  {module} #(\n{chosen}\n  ) {name} (\n{wired}\n  );\n"


def text(board, system):
    """SystemVerilog of module `top`."""
    chosen = SYSTEMS[kind(system)]
    ports = [f"input logic {board['clock_pin']}"]
    ports += [f"output logic {port}" for port in board["outputs"]]
    ports += [f"{way} logic {pin}" for pin, way in chosen["pins"].items()]
    signals = ", ".join(["clk", "rst_n", *chosen["signals"]])
    names = {port.split()[-1]: expression for port, expression in board["outputs"].items()}
    assigns = "\n".join(f"  assign {port} = {expression};"
                        for port, expression in (chosen["assign"] | names).items())
    parts = [
        f"// {board['title']}, system {kind(system)}: written by fpga/build.py from board.json",
        "module top (\n  " + ",\n  ".join(ports) + "\n);\n",
        f"  logic {signals};",
        f"  logic [1:0] status;\n\n  assign status = {chosen['status']};",
        assigns + "\n",
        instance(f"tendon_clock_{board['family']}", "u_clock",
                 boards.pll(board, system["clock_mhz"]),
                 {"ref_i": board["clock_pin"], "clk_o": "clk", "rst_no": "rst_n"}),
        instance(f"tendon_{kind(system)}", f"u_{kind(system)}",
                 boards.parameters(system), {"clk_i": "clk", "rst_ni": "rst_n"} | chosen["ports"]),
    ]
    if "spi_miso_o" in chosen["pins"]:
        parts.append(MISO[board["family"]] + "\n")
    return "\n".join(parts) + "\nendmodule\n"
