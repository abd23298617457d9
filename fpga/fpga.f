../rtl/tendon_spi.sv
../rtl/tendon_uart.sv
../rtl/tendon_frame.sv
tendon_busmem.sv
tendon_companion.sv
