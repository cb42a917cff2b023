/* Switching stacks by the C library, for platforms without a file of their own.
 *
 * A stopped stack is a ucontext_t that lies on that very stack; the stack pointer of the other
 * implementations is here the address of it.  Cost: two system calls a switch, for the signal mask.
 */
#include "rt/switch.h"
#include <ucontext.h>

typedef struct start {
    osp_fiber_entry entry;
    void **resumer_sp;
} start;

/* makecontext passes ints, so a pointer travels in halves. */
static void run(unsigned high, unsigned low)
{
    const uintptr_t address = (uintptr_t)(((uint64_t)high << 32) | low);
    const start my = *(const start *)address; /* The original is on the stack of who entered. */

    my.entry.fn(my.entry.arg);
    /* Back to whoever resumed last, which need not be who entered. */
    (void)setcontext(*my.resumer_sp);
    OSP_ASSERT(!"setcontext came back");
}

void osp_fiber_switch(void **ret_sp, void *sp)
{
    ucontext_t here;

    *ret_sp = &here;
    OSP_ASSERT(swapcontext(&here, sp) == 0);
}

void osp_fiber_enter(void **ret_sp, const osp_fiber_entry *entry)
{
    const start my = { *entry, ret_sp };
    const uint64_t address = (uintptr_t)&my;
    ucontext_t context, here;

    OSP_ASSERT(getcontext(&context) == 0);
    context.uc_link = NULL;
    context.uc_stack.ss_sp = entry->bottom;
    context.uc_stack.ss_size = (size_t)((char *)entry->top - (char *)entry->bottom);
    makecontext(&context, (void (*)(void))run, 2, (unsigned)(address >> 32), (unsigned)address);
    *ret_sp = &here;
    OSP_ASSERT(swapcontext(&here, &context) == 0);
}
