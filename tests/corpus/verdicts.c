/* Says what the codec thinks of each document of tests/corpus/json.mjs.
 *
 * Input: a length of four bytes in the machine's order and a document, again and again.  Output: a
 * line of numbers for each: the status of osp_json_check, of decoding it as a raw value, as an
 * object that keeps its members, and then as other types. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "type/json.h"

#define TEXT_MAX (1U << 20)

typedef struct Members {
    osp_json_map all;
} Members;
OSP_TYPE(Members, EXTRA(all));

typedef struct Nothing {
    osp_opt_int x;
} Nothing;
OSP_TYPE(Nothing, FIELD(x));
OSP_LIST_OF(Nothing);

typedef struct Nested {
    struct Nested *a;
} Nested;
OSP_FORWARD_TYPE(Nested);
OSP_TYPE(Nested, MAYBE(a, Nested));

static const osp_type *const types[] = {
    &osp_type_osp_json, &osp_type_Members, &osp_type_Nothing,     &osp_type_Nested,
    &osp_type_osp_str,  &osp_type_double,  &osp_type_int64_t,     &osp_type__Bool,
    &osp_type_osp_time, &osp_type_float,   &osp_type_osp_decimal,
};

static bool read_all(void *out, size_t len)
{
    char *at = out;
    while (len != 0) {
        const ssize_t got = read(STDIN_FILENO, at, len);
        if (got <= 0) {
            return false;
        }
        at += got;
        len -= (size_t)got;
    }
    return true;
}

int main(void)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 64U << 20);
    uint32_t len = 0;
    while (read_all(&len, sizeof(len))) {
        /* A block of exactly this size: a read behind the text is one that a sanitizer sees. */
        char *text = len <= TEXT_MAX ? malloc(len + (len == 0)) : NULL;
        if (text == NULL || !read_all(text, len)) {
            return 1;
        }
        const osp_str document = { text, len };
        printf("%d", (int)osp_json_check(document));
        for (size_t i = 0; i < OSP_ARRAY_LEN(types); i++) {
            const osp_decoding how = { .arena = &arena };
            void *value = osp_arena_zalloc(&arena, types[i]->size);
            printf(" %d", (int)osp_json_decode(types[i], value, document, &how, NULL));
            osp_arena_reset(&arena);
        }
        puts("");
        free(text);
    }
    osp_arena_done(&arena);
    return 0;
}
