/* SPDX-License-Identifier: MIT
 *
 * The firmware: opens the accelerator, loads the program from flash, classifies windows until the
 * recording is over. Exit code 0; 1: it could not start; a window that fails is reported and does
 * not end it.
 */
#include <string.h>

#include "firmware/board.h"
#include "tendon/tendon.h"

/* Tried before tendon_program_size(): asking checks the whole file once more, half of the start. */
#define PROGRAM_MEMORY 0x100000u

static tendon_device_t* device;
static tendon_program_t* program;
static vp_result_t result;

static void die(const char* what, tendon_status_t status) {
  board_print("tendon: ");
  board_print(what);
  board_print(": ");
  board_print(tendon_strerror(status));
  board_print("\n");
  board_exit(1);
}

static void* need(size_t bytes) {
  void* memory = board_memory(bytes);
  if (memory == NULL) die("memory", TENDON_E_MEMORY);
  return memory;
}

static void log_line(void* ctx, tendon_log_level_t level, const char* text) {
  (void)ctx;
  if (level == TENDON_LOG_INFO) return;
  board_print("tendon: ");
  board_print(text);
  board_print("\n");
}

static void start(void) {
  const uint32_t cpu_only = board_setup() & VP_SETUP_CPU;
  tendon_open_options_t open_options = {.size = sizeof(open_options), .log = log_line};
  tendon_load_options_t options = {.size = sizeof(options)};
  const int offload = (board_setup() & VP_SETUP_OFFLOAD) != 0;
  options.policy = cpu_only  ? TENDON_POLICY_CPU_ONLY
                   : offload ? TENDON_POLICY_OFFLOAD
                             : TENDON_POLICY_PREFER;
  const size_t device_bytes = tendon_device_size();
  tendon_status_t status = TENDON_OK;
  if (!cpu_only) {
    status = tendon_open(board_hal(), &open_options, need(device_bytes), device_bytes, &device);
  }
  if (status != TENDON_OK) die("open", status);
  size_t flash_bytes = 0;
  const void* tdn = board_program(&flash_bytes);
  const tendon_program_header_t* header = tdn;
  if (header->magic != TENDON_PROGRAM_MAGIC || header->file_bytes > flash_bytes) {
    die("flash", TENDON_E_FORMAT);
  }
  void* const memory = board_memory(PROGRAM_MEMORY);
  status = memory == NULL ? TENDON_E_MEMORY
                          : tendon_program_load(tdn, header->file_bytes, device, &options, memory,
                                                PROGRAM_MEMORY, &program);
  if (status == TENDON_E_MEMORY) {
    size_t bytes = 0;
    status = tendon_program_size(tdn, header->file_bytes, &options, &bytes);
    if (status == TENDON_OK) {
      status = tendon_program_load(tdn, header->file_bytes, device, &options, need(bytes), bytes,
                                   &program);
    }
  }
  if (status != TENDON_OK) die("load", status);
}

/* Room for the codes of every layer. */
static void prepare_result(void) {
  tendon_program_info_t info = {.size = sizeof(info)};
  if (tendon_program_info(program, &info) != TENDON_OK || info.layers > VP_MAX_LAYERS) {
    die("more layers than the port reports", TENDON_E_UNSUPPORTED);
  }
  result.layers = info.layers;
  for (uint32_t i = 0; i < info.layers; ++i) {
    tendon_layer_plan_t plan = {.size = sizeof(plan)};
    if (tendon_plan(program, i, &plan) != TENDON_OK) die("plan", TENDON_E_STATE);
    const uint32_t count = plan.rows * plan.columns * plan.channels;
    result.layer[i].on_device = plan.on_device;
    result.layer[i].codes_count = count;
    result.layer[i].codes_addr = (uintptr_t)need(count * sizeof(int16_t));
  }
}

static void copy_counters(uint64_t* out, const tendon_counters_t* counters) {
  memcpy(out, counters, VP_COUNTERS * sizeof(uint64_t));
}

static tendon_status_t read_layers(uint32_t flags) {
  tendon_status_t status = TENDON_OK;
  for (uint32_t i = 0; i < result.layers && status == TENDON_OK; ++i) {
    vp_layer_result_t* layer = &result.layer[i];
    if ((flags & VP_FLAG_COUNTERS) != 0) {
      tendon_counters_t counters;
      status = tendon_layer_counters(program, i, &counters);
      if (status == TENDON_OK) copy_counters(layer->counters, &counters);
    }
    if (status == TENDON_OK && (flags & VP_FLAG_TENSORS) != 0) {
      status = tendon_layer_output(program, i, (int16_t*)(uintptr_t)layer->codes_addr,
                                   layer->codes_count);
    }
  }
  return status;
}

/* Resets the device under a running window: the run must end as cancelled. */
static tendon_status_t run_and_reset(const void* window, size_t bytes) {
  tendon_result_t out = {.size = sizeof(out)};
  int done = 0;
  tendon_status_t status = tendon_submit(program, window, bytes, NULL);
  if (status == TENDON_OK) status = tendon_poll(program, &done);
  if (status == TENDON_OK) status = tendon_reset(device);
  if (status != TENDON_OK) return status;
  return tendon_wait(program, &out) == TENDON_E_CANCELLED ? TENDON_OK : TENDON_E_STATE;
}

static tendon_status_t classify(const void* window, size_t bytes, uint32_t flags) {
  tendon_run_options_t options = {.size = sizeof(options)};
  tendon_result_t out = {.size = sizeof(out)};
  tendon_status_t status = TENDON_OK;
  if ((flags & VP_FLAG_TENSORS) != 0) options.flags |= TENDON_RUN_TRACE;
  if ((flags & VP_FLAG_COUNTERS) != 0) options.flags |= TENDON_RUN_COUNTERS;
  if ((flags & VP_FLAG_RESET) != 0 && device != NULL) status = run_and_reset(window, bytes);
  (void)board_mark(VP_MARK_DRIVER);
  if (status == TENDON_OK) status = tendon_run(program, window, bytes, &options, &out);
  (void)board_mark(VP_MARK_REPORT);
  result.label = out.label;
  result.fallback_layers = out.fallback_layers;
  copy_counters(result.total, &out.total);
  if (status == TENDON_OK && out.fallback_layers != 0) {
    status = out.device_status; /* right, but not by the device: the host wants to know */
  }
  return status == TENDON_OK ? read_layers(flags) : status;
}

static void report(tendon_status_t status, uint32_t flags) {
  tendon_error_t error = {.size = sizeof(error)};
  result.status = status;
  result.text[0] = '\0';
  if (status != TENDON_OK &&
      (tendon_program_error(program, &error) != TENDON_OK || error.status == TENDON_OK) &&
      device != NULL && tendon_device_error(device, &error) != TENDON_OK) {
    error.text[0] = '\0';
  }
  if (status != TENDON_OK) {
    const char* text = error.text[0] != '\0' ? error.text : tendon_strerror(status);
    const size_t length =
        strlen(text) < sizeof(result.text) ? strlen(text) : sizeof(result.text) - 1;
    memcpy(result.text, text, length);
    result.text[length] = '\0';
  }
  board_report(&result);
  if ((flags & VP_FLAG_QUIET) != 0) return;
  board_print_number(result.label);
  board_print(" ");
  board_print(status == TENDON_OK ? tendon_class_name(program, result.label)
                                  : tendon_strerror(status));
  board_print("\n");
}

int main(void) {
  board_init();
  start();
  prepare_result();
  for (;;) {
    size_t bytes = 0;
    uint32_t flags = 0;
    const void* window = board_next_window(&bytes, &flags);
    if (bytes == 0) return 0;
    const tendon_status_t status = classify(window, bytes, flags);
    report(status, flags);
    (void)board_mark(VP_MARK_IDLE);
  }
}
