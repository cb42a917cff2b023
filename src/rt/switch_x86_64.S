/* Switching stacks on x86-64, System V ABI.
 *
 * What a stopped fiber's stack pointer points at, 64 bytes:
 *
 *     0 mxcsr   4 x87 control word   8 r12   16 r13   24 r14   32 r15   40 rbx   48 rbp   56 rip
 *
 * Everything else is dead across a call.  The way out is `pop; jmp` and not `ret`: the return
 * predictor holds the address of the other stack's call and would be wrong every time, while the
 * indirect predictor learns.  A jump needs a landing pad under IBT: the C callers have one through
 * the attribute indirect_return, the entry has its own.  A shadow stack is not supported and not
 * claimed in the note at the end. */

    .text

    .globl  osp_fiber_switch
    .hidden osp_fiber_switch
    .type   osp_fiber_switch, @function
    .p2align 4
osp_fiber_switch:
    .cfi_startproc
    endbr64
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
    movl    (%rsp), %eax
    movzwl  4(%rsp), %edx

    movq    %rsp, (%rdi)
    movq    %rsi, %rsp

    /* Loading a control word stalls the pipeline, and it is the same nearly always.  The upper
       bits of mxcsr compare too, among them the sticky exception flags: loading those is harmless. */
    cmpl    (%rsp), %eax
    je      1f
    ldmxcsr (%rsp)
1:  cmpw    4(%rsp), %dx
    je      2f
    fldcw   4(%rsp)
2:  addq    $8, %rsp
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
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmp     *%rcx
    .cfi_endproc
    .size   osp_fiber_switch, . - osp_fiber_switch

/* void *osp_fiber_frame(void *top, void *bottom, void (*entry)(void *), void *arg) */
    .globl  osp_fiber_frame
    .hidden osp_fiber_frame
    .type   osp_fiber_frame, @function
    .p2align 4
osp_fiber_frame:
    .cfi_startproc
    endbr64
    andq    $-16, %rdi
    leaq    -64(%rdi), %rax
    movl    $0x1f80, (%rax)         /* The defaults of the ABI, whatever the last user left. */
    movl    $0x037f, 4(%rax)
    movq    %rcx, 8(%rax)           /* r12: arg */
    movq    $0, 16(%rax)
    movq    $0, 24(%rax)
    movq    $0, 32(%rax)
    movq    %rdx, 40(%rax)          /* rbx: entry */
    movq    $0, 48(%rax)            /* rbp: the end of the chain of frames */
    leaq    fiber_entry(%rip), %rdx
    movq    %rdx, 56(%rax)
    ret
    .cfi_endproc
    .size   osp_fiber_frame, . - osp_fiber_frame

    .type   fiber_entry, @function
    .p2align 4
fiber_entry:
    .cfi_startproc
    .cfi_undefined %rip
    endbr64
    movq    %r12, %rdi
    call    *%rbx
    ud2
    .cfi_endproc
    .size   fiber_entry, . - fiber_entry

    .section .note.gnu.property, "a", @note
    .p2align 3
    .long   4, 16, 5                /* name size, description size, NT_GNU_PROPERTY_TYPE_0 */
    .asciz  "GNU"
    .long   0xc0000002, 4, 1, 0     /* GNU_PROPERTY_X86_FEATURE_1_AND: IBT */

    .section .note.GNU-stack, "", @progbits
