/* Switching stacks on x86-64, System V ABI.
 *
 * What a stopped stack's pointer points at, 64 bytes; everything else is dead across a call:
 *
 *     0 mxcsr   4 x87 control word   8 r12   16 r13   24 r14   32 r15   40 rbx   48 rbp   56 rip
 *
 * The return predictor decides the cost.  A fiber that never parks is entered by a call and
 * left by the return that matches it, so that nothing is mispredicted at all.  A switch leaves
 * by `pop; jmp` instead: there the predictor holds the address of the other stack's call and
 * `ret` would be wrong every time, while the indirect predictor learns.  Under IBT that jump
 * needs a landing pad, which the C callers have through the attribute indirect_return.  A
 * shadow stack is not supported and not claimed in the note at the end. */

/* Of mxcsr: the control bits.  The sticky exception flags below them are anybody's. */
#define MXCSR_CONTROL 0xffc0
/* What the ABI says a process starts with. */
#define MXCSR_DEFAULT 0x1f80
#define X87_DEFAULT 0x037f

    .macro save
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq   %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    pushq   %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq   %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq   %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    .endm

    .macro pop_saved
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq    %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq    %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq    %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq    %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    .endm

    /* Takes the control words that are loaded in eax and edx.  Loading one stalls the pipeline, and
       it is the same nearly always. */
    .macro restore
    xorl    (%rsp), %eax
    testl   $MXCSR_CONTROL, %eax
    jz      1f
    ldmxcsr (%rsp)
1:  cmpw    4(%rsp), %dx
    je      2f
    fldcw   4(%rsp)
2:  pop_saved
    .endm

    .text

/* void osp_fiber_switch(void **ret_sp, void *sp) */
    .globl  osp_fiber_switch
    .hidden osp_fiber_switch
    .type   osp_fiber_switch, @function
    .p2align 4
osp_fiber_switch:
    .cfi_startproc
    endbr64
    save
    movl    (%rsp), %eax
    movzwl  4(%rsp), %edx
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    restore
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmp     *%rcx
    .cfi_endproc
    .size   osp_fiber_switch, . - osp_fiber_switch

/* void osp_fiber_enter(void **ret_sp, const osp_fiber_entry *entry) */
    .globl  osp_fiber_enter
    .hidden osp_fiber_enter
    .type   osp_fiber_enter, @function
    .p2align 4
osp_fiber_enter:
    .cfi_startproc
    endbr64
    save
    movl    (%rsp), %eax
    movzwl  4(%rsp), %edx
    movq    %rsp, (%rdi)
    .cfi_remember_state
    .cfi_undefined %rip             /* A fiber's backtrace ends here. */
    movq    0(%rsi), %rsp           /* top, a multiple of 16 */
    movq    %rdi, %rbx
    movq    24(%rsi), %rdi          /* arg */
    movq    16(%rsi), %rcx          /* fn */
    xorl    %ebp, %ebp              /* The end of the chain of frames. */
    xorl    $MXCSR_DEFAULT, %eax
    testl   $MXCSR_CONTROL, %eax
    jz      1f
    ldmxcsr defaults(%rip)
1:  cmpw    $X87_DEFAULT, %dx
    je      2f
    fldcw   4+defaults(%rip)
2:  call    *%rcx

    /* Back to whoever resumed last, which need not be who entered. */
    movq    (%rbx), %rsp
    .cfi_restore_state
    ldmxcsr (%rsp)                  /* Here loading costs less than comparing with what fn left. */
    fldcw   4(%rsp)
    pop_saved
    ret
    .cfi_endproc
    .size   osp_fiber_enter, . - osp_fiber_enter

    .section .rodata
    .p2align 3
defaults:
    .long   MXCSR_DEFAULT, X87_DEFAULT

    .section .note.gnu.property, "a", @note
    .p2align 3
    .long   4, 16, 5                /* name size, description size, NT_GNU_PROPERTY_TYPE_0 */
    .asciz  "GNU"
    .long   0xc0000002, 4, 1, 0     /* GNU_PROPERTY_X86_FEATURE_1_AND: IBT */

    .section .note.GNU-stack, "", @progbits
