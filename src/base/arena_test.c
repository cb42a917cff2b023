#include "base/arena.h"

#include "base/sanitizer.h"
#include "base/size.h"
#include "tests/unit/unit.h"

#define ALIGN _Alignof(max_align_t)
/* What one piece of ALIGN bytes takes. */
#define PIECE (ALIGN + OSP_REDZONE)

OSP_UNIT_TEST(size_overflow, "sizes are exact or refused")
{
    size_t size = 7;
    OSP_CHECK(osp_size_add(SIZE_MAX - 1, 1, &size) && size == SIZE_MAX);
    OSP_CHECK(!osp_size_add(SIZE_MAX, 1, &size) && size == SIZE_MAX);
    OSP_CHECK(osp_size_mul(SIZE_MAX / 2, 2, &size) && size == SIZE_MAX - 1);
    OSP_CHECK(!osp_size_mul(SIZE_MAX / 2 + 1, 2, &size) && size == SIZE_MAX - 1);
    OSP_CHECK(osp_size_mul(SIZE_MAX, 0, &size) && size == 0);
    OSP_CHECK(osp_size_round_up(SIZE_MAX - 15, 16, &size) && size == SIZE_MAX - 15);
    OSP_CHECK(!osp_size_round_up(SIZE_MAX - 14, 16, &size) && size == SIZE_MAX - 15);
    OSP_CHECK(osp_size_round_up(0, 16, &size) && size == 0);
    OSP_CHECK(osp_size_round_up(1, 16, &size) && size == 16);
}

OSP_UNIT_TEST(arena_first, "pieces come from the caller's block to its last byte, then no further")
{
    _Alignas(max_align_t) char first[4 * PIECE];
    osp_arena arena;
    osp_arena_init(&arena, first, sizeof(first), 0);
    for (size_t i = 0; i < 4; i++) {
        OSP_CHECK(osp_arena_try(&arena, ALIGN) == first + i * PIECE);
    }
    OSP_CHECK(osp_arena_try(&arena, 1) == NULL);
    OSP_CHECK(osp_arena_why(&arena, 1) == OSP_E_LIMIT);
    osp_arena_reset(&arena);
    OSP_CHECK(osp_arena_try(&arena, ALIGN) == first);
    OSP_CHECK(arena.bytes == 0);
    osp_arena_done(&arena);
    memset(first, 1, sizeof(first)); /* nothing is left poisoned */
}

OSP_UNIT_TEST(arena_unaligned_first, "a crooked block of the caller gives aligned pieces")
{
    _Alignas(max_align_t) char first[256];
    for (size_t skip = 0; skip < 32; skip++) {
        for (size_t size = 0; size < 64; size++) {
            osp_arena arena;
            osp_arena_init(&arena, first + skip, size, 0);
            char *piece = osp_arena_try(&arena, 1);
            OSP_CHECK(piece == NULL || ((uintptr_t)piece % ALIGN == 0 && piece >= first + skip &&
                                        piece + PIECE <= first + skip + size));
            osp_arena_done(&arena);
        }
    }
}

OSP_UNIT_TEST(arena_sizes, "pieces of every size are aligned, apart and writable")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 16 << 20);
    char *pieces[1500];
    for (size_t size = 0; size < 1500; size++) {
        pieces[size] = osp_arena_try(&arena, size);
        OSP_CHECK(pieces[size] != NULL && (uintptr_t)pieces[size] % ALIGN == 0);
        memset(pieces[size], (int)(size & 0xFF), size);
    }
    for (size_t size = 0; size < 1500; size++) {
        for (size_t i = 0; i < size; i++) {
            OSP_CHECK((unsigned char)pieces[size][i] == (size & 0xFF));
        }
    }
    OSP_CHECK(arena.bytes >= 1499 * 1500 / 2 && arena.bytes <= arena.bytes_max);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(arena_large, "a large piece does not strand the rest of the current block")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    char *small = osp_arena_try(&arena, 16);
    OSP_CHECK(osp_arena_try(&arena, 100000) != NULL);
    OSP_CHECK((char *)osp_arena_try(&arena, 16) == small + PIECE);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(arena_growth, "a megabyte of small pieces takes few blocks and little more memory")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 16 << 20);
    size_t blocks = 0;
    for (size_t taken = 0; taken < 1 << 20; taken += PIECE) {
        const osp_arena_block *before = arena.blocks;
        OSP_CHECK(osp_arena_try(&arena, ALIGN) != NULL);
        blocks += arena.blocks != before;
    }
    OSP_CHECK(blocks <= 24);
    OSP_CHECK(arena.bytes <= (1 << 20) + (1 << 17));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(arena_limit, "malloc'ed bytes reach the limit and never pass it")
{
    const size_t head = 16;
    const size_t limits[] = {
        0, 1, head + PIECE - 1, head + PIECE, 100, 4096, 4097, 10000, 100000
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(limits); i++) {
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, limits[i]);
        size_t count = 0;
        while (osp_arena_try(&arena, ALIGN) != NULL) {
            OSP_CHECK(arena.bytes <= limits[i]);
            count++;
        }
        OSP_CHECK((count == 0) == (limits[i] < head + PIECE));
        OSP_CHECK(osp_arena_why(&arena, ALIGN) == OSP_E_LIMIT);
        osp_arena_done(&arena);
    }
    osp_arena arena;
    const size_t big = 50000;
    osp_arena_init(&arena, NULL, 0, head + big + OSP_REDZONE);
    OSP_CHECK(osp_arena_try(&arena, big + 1) == NULL);
    OSP_CHECK(osp_arena_try(&arena, big) != NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(arena_huge, "sizes near the end of size_t are refused, not wrapped")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, SIZE_MAX);
    for (size_t less = 0; less < 64; less++) {
        OSP_CHECK(osp_arena_try(&arena, SIZE_MAX - less) == NULL);
        OSP_CHECK(osp_arena_zalloc(&arena, SIZE_MAX - less) == NULL);
    }
    OSP_CHECK(osp_arena_why(&arena, SIZE_MAX) == OSP_E_LIMIT);
    OSP_CHECK(osp_arena_try(&arena, SIZE_MAX / 4) == NULL);
    OSP_CHECK(osp_arena_why(&arena, SIZE_MAX / 4) == OSP_E_NOMEM);
    OSP_CHECK(arena.bytes == 0 && osp_arena_try(&arena, 1) != NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(arena_zalloc, "zalloc zeroes memory that was used before")
{
    _Alignas(max_align_t) char first[512];
    osp_arena arena;
    osp_arena_init(&arena, first, sizeof(first), 0);
    memset(osp_arena_try(&arena, 300), 0xAB, 300);
    osp_arena_reset(&arena);
    const char *piece = osp_arena_zalloc(&arena, 300);
    for (size_t i = 0; i < 300; i++) {
        OSP_CHECK(piece[i] == 0);
    }
    osp_arena_done(&arena);
}

typedef struct trace {
    osp_arena *arena;
    char text[16];
    size_t len;
} trace;

typedef struct step {
    trace *trace;
    char letter;
} step;

static void step_run(void *arg)
{
    const step *s = arg;
    s->trace->text[s->trace->len++] = s->letter;
}

static void step_defers(void *arg)
{
    const step *s = arg;
    step_run(arg);
    step *more = osp_arena_try(s->trace->arena, sizeof(*more));
    OSP_CHECK(more != NULL);
    *more = (step){ s->trace, 'x' };
    OSP_CHECK(osp_arena_defer(s->trace->arena, step_run, more) == OSP_OK);
}

OSP_UNIT_TEST(arena_defer, "cleanups run last first, while the memory is there, once")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    trace t = { .arena = &arena };
    for (char letter = 'a'; letter <= 'c'; letter++) {
        step *s = osp_arena_try(&arena, sizeof(*s));
        OSP_CHECK(s != NULL);
        *s = (step){ &t, letter };
        OSP_CHECK(osp_arena_defer(&arena, letter == 'b' ? step_defers : step_run, s) == OSP_OK);
    }
    osp_arena_reset(&arena);
    OSP_CHECK_STR(((osp_str){ t.text, t.len }), S("cbxa"));
    OSP_CHECK(arena.bytes == 0 && arena.blocks == NULL);
    osp_arena_reset(&arena);
    osp_arena_done(&arena);
    OSP_CHECK(t.len == 4);
}

OSP_UNIT_TEST(arena_defer_nomem, "a cleanup that does not fit is not registered")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 0);
    OSP_CHECK(osp_arena_defer(&arena, step_run, NULL) == OSP_E_NOMEM);
    osp_arena_done(&arena);
}

#if OSP_ASAN
OSP_UNIT_TEST(arena_poison, "bytes outside pieces are poisoned")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    char *piece = osp_arena_try(&arena, 13);
    OSP_CHECK(!__asan_address_is_poisoned(piece + 12));
    OSP_CHECK(__asan_address_is_poisoned(piece + 13));
    char *next = osp_arena_try(&arena, 16);
    OSP_CHECK(__asan_address_is_poisoned(next + 16));
    OSP_CHECK(__asan_address_is_poisoned(next - 1));
    OSP_CHECK(__asan_address_is_poisoned(osp_arena_try(&arena, 0)));
    osp_arena_done(&arena);
}
#endif
