/* Going from one stack to another.  One file a platform: switch_*. */
#ifndef OSP_RT_SWITCH_H
#define OSP_RT_SWITCH_H

#include <openspeed/base.h>

/* gcc puts a landing pad behind the call of a function that comes back by an indirect jump. */
#if defined(__x86_64__) && defined(__has_attribute)
#if __has_attribute(indirect_return)
#define OSP_INDIRECT_RETURN __attribute__((indirect_return))
#endif
#endif
#ifndef OSP_INDIRECT_RETURN
#define OSP_INDIRECT_RETURN
#endif

/* Saves the callee-saved state on the current stack, stores where in *ret_sp, and continues at
 * `sp`, where an earlier switch or enter saved. */
OSP_INDIRECT_RETURN void osp_fiber_switch(void **ret_sp, void *sp);

/* Offsets are known to the assembler. */
typedef struct osp_fiber_entry {
    void *top, *bottom; /* of the new stack; top is a multiple of 16 */
    void (*fn)(void *arg);
    void *arg;
} osp_fiber_entry;

/* Saves as a switch does and calls fn(arg) on the new stack with the control words of a fresh
 * process.  When fn returns, continues at what *ret_sp holds by then.  entry: borrowed until fn
 * runs. */
OSP_INDIRECT_RETURN void osp_fiber_enter(void **ret_sp, const osp_fiber_entry *entry);

#endif
