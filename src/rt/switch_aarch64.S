/* Switching stacks on AArch64, AAPCS64.
 *
 * What a stopped stack's pointer points at, 176 bytes:
 *
 *     0 x19 x20  16 x21 x22  32 x23 x24  48 x25 x26  64 x27 x28  80 x29 x30
 *     96 d8 d9  112 d10 d11  128 d12 d13  144 d14 d15  160 fpcr
 *
 * A fiber that never parks is entered by a call and left by the return that matches it, so that
 * nothing is mispredicted.  A switch leaves by `br`: the return predictor holds the address of
 * the other stack's call.  Under BTI a `br` needs a landing pad that C callers do not have, so
 * there the way out is `ret`, which BTI does not check. */

    .macro save
    sub     sp, sp, #176
    .cfi_adjust_cfa_offset 176
    stp     x19, x20, [sp, #0]
    stp     x21, x22, [sp, #16]
    stp     x23, x24, [sp, #32]
    stp     x25, x26, [sp, #48]
    stp     x27, x28, [sp, #64]
    stp     x29, x30, [sp, #80]
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp     d8, d9, [sp, #96]
    stp     d10, d11, [sp, #112]
    stp     d12, d13, [sp, #128]
    stp     d14, d15, [sp, #144]
    mrs     x9, fpcr
    str     x9, [sp, #160]
    .endm

    /* Takes the control word that is loaded in x9: writing it is slow, and it is the same nearly
       always. */
    .macro restore
    ldr     x10, [sp, #160]
    cmp     x9, x10
    b.eq    1f
    msr     fpcr, x10
1:  ldp     x19, x20, [sp, #0]
    ldp     x21, x22, [sp, #16]
    ldp     x23, x24, [sp, #32]
    ldp     x25, x26, [sp, #48]
    ldp     x27, x28, [sp, #64]
    ldp     x29, x30, [sp, #80]
    ldp     d8, d9, [sp, #96]
    ldp     d10, d11, [sp, #112]
    ldp     d12, d13, [sp, #128]
    ldp     d14, d15, [sp, #144]
    add     sp, sp, #176
    .cfi_adjust_cfa_offset -176
    .cfi_restore x29
    .cfi_restore x30
    .endm

    .text

/* void osp_fiber_switch(void **ret_sp, void *sp) */
    .globl  osp_fiber_switch
    .hidden osp_fiber_switch
    .type   osp_fiber_switch, %function
    .p2align 4
osp_fiber_switch:
    .cfi_startproc
    hint    #34                     /* bti c */
    save
    mov     x10, sp
    str     x10, [x0]
    mov     sp, x1
    restore
#ifdef __ARM_FEATURE_BTI_DEFAULT
    ret
#else
    mov     x9, x30
    br      x9
#endif
    .cfi_endproc
    .size   osp_fiber_switch, . - osp_fiber_switch

/* void osp_fiber_enter(void **ret_sp, const osp_fiber_entry *entry) */
    .globl  osp_fiber_enter
    .hidden osp_fiber_enter
    .type   osp_fiber_enter, %function
    .p2align 4
osp_fiber_enter:
    .cfi_startproc
    hint    #34                     /* bti c */
    save
    mov     x10, sp
    str     x10, [x0]
    .cfi_remember_state
    .cfi_undefined x30              /* A fiber's backtrace ends here. */
    ldr     x10, [x1, #0]           /* top, a multiple of 16 */
    mov     sp, x10
    mov     x19, x0
    ldp     x10, x0, [x1, #16]      /* fn, arg */
    mov     x29, xzr                /* The end of the chain of frames. */
    cbz     x9, 2f
    msr     fpcr, xzr
2:  blr     x10

    /* Back to whoever resumed last, which need not be who entered. */
    mrs     x9, fpcr
    ldr     x10, [x19]
    mov     sp, x10
    .cfi_restore_state
    restore
    ret
    .cfi_endproc
    .size   osp_fiber_enter, . - osp_fiber_enter

#ifdef __ARM_FEATURE_BTI_DEFAULT
    .section .note.gnu.property, "a", %note
    .p2align 3
    .word   4, 16, 5                /* name size, description size, NT_GNU_PROPERTY_TYPE_0 */
    .asciz  "GNU"
    .word   0xc0000000, 4, 1, 0     /* GNU_PROPERTY_AARCH64_FEATURE_1_AND: BTI */
#endif

    .section .note.GNU-stack, "", %progbits
