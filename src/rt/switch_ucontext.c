/* Switching stacks by the C library, for platforms without a file of their own.
 *
 * A stopped stack is a ucontext_t that lies on that very stack; the stack pointer of the other
 * implementations is here the address of it.  Cost: two system calls a switch, for the signal mask.
 */
#include "rt/rt_impl.h"
#include <ucontext.h>

/* makecontext passes ints, so pointers travel in halves. */
static void start(unsigned entry_high, unsigned entry_low, unsigned arg_high, unsigned arg_low)
{
    const uintptr_t entry = (uintptr_t)(((uint64_t)entry_high << 32) | entry_low);
    const uintptr_t arg = (uintptr_t)(((uint64_t)arg_high << 32) | arg_low);

    ((void (*)(void *))entry)((void *)arg);
}

void osp_fiber_switch(void **ret_sp, void *sp)
{
    ucontext_t here;

    *ret_sp = &here;
    OSP_ASSERT(swapcontext(&here, sp) == 0);
}

void *osp_fiber_frame(void *top, void *bottom, void (*entry)(void *arg), void *arg)
{
    const uintptr_t at = ((uintptr_t)top - sizeof(ucontext_t)) & ~(uintptr_t)63;
    ucontext_t *context = (ucontext_t *)at;
    const uint64_t entry_bits = (uintptr_t)entry, arg_bits = (uintptr_t)arg;

    OSP_ASSERT(getcontext(context) == 0);
    context->uc_link = NULL;
    context->uc_stack.ss_sp = bottom;
    context->uc_stack.ss_size = (size_t)(at - (uintptr_t)bottom);
    makecontext(context, (void (*)(void))start, 4, (unsigned)(entry_bits >> 32),
                (unsigned)entry_bits, (unsigned)(arg_bits >> 32), (unsigned)arg_bits);
    return context;
}
