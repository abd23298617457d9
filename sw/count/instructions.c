/* SPDX-License-Identifier: MIT
 *
 * TCG plugin for qemu-user 7.2: counts executed guest instructions exactly, from one call of the
 * guest's marker function to the next. Debian packages no plugin header; these are the declarations
 * of the plugin interface, version 1, that are needed.
 *
 *   qemu-riscv64 -plugin libinstructions.so,mark=0x12345 -d plugin PROGRAM
 *
 * Prints one line "segment N" to stderr per call of the function at `mark` but the first, when the
 * guest ends. A count includes one run of the marker function itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
enum { QEMU_PLUGIN_INLINE_ADD_U64 };
enum { QEMU_PLUGIN_CB_NO_REGS };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                                  void (*callback)(qemu_plugin_id_t,
                                                                   struct qemu_plugin_tb*));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb* block);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb* block, int operation,
                                                     void* counter, uint64_t value);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* block,
                                                 void (*callback)(unsigned, void*), int flags,
                                                 void* data);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                           void (*callback)(qemu_plugin_id_t, void*), void* data);

EXPORT int qemu_plugin_version = 1;

enum { MOST_MARKS = 4096 };
static uint64_t instructions;
static uint64_t mark_address;
static uint64_t marks[MOST_MARKS];
static size_t mark_count;

static void at_mark(unsigned vcpu, void* data) {
  (void)vcpu;
  (void)data;
  if (mark_count < MOST_MARKS) marks[mark_count++] = instructions;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb* block) {
  (void)id;
  if (qemu_plugin_tb_vaddr(block) == mark_address) {
    qemu_plugin_register_vcpu_tb_exec_cb(block, at_mark, QEMU_PLUGIN_CB_NO_REGS, NULL);
  }
  qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &instructions,
                                           qemu_plugin_tb_n_insns(block));
}

static void report(qemu_plugin_id_t id, void* data) {
  (void)id;
  (void)data;
  for (size_t i = 1; i < mark_count; ++i) {
    fprintf(stderr, "segment %" PRIu64 "\n", marks[i] - marks[i - 1]);
  }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void* info, int argc, char** argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "mark=", 5) == 0) mark_address = strtoull(argv[i] + 5, NULL, 0);
  }
  if (mark_address == 0) {
    fprintf(stderr, "instructions: mark=ADDRESS is missing\n");
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  qemu_plugin_register_atexit_cb(id, report, NULL);
  return 0;
}
