/* What the builder reads: names of folders, object files, depfiles, the words of compilers.
 *
 * The first byte chooses which; see `readers`.  Besides being free of memory errors: slices stay
 * inside what they are slices of, two files have two units, and table.c holds nothing but printable
 * ASCII, whatever the files are called. */
#include <stdlib.h>
#include <string.h>

#include "build/btf.h"
#include "build/complaint.h"
#include "build/depfile.h"
#include "build/elf.h"
#include "build/mangle.h"
#include "build/table.h"

#define ARENA_MAX ((size_t)256 << 20)
#define PATHS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static void require_inside(osp_str in, osp_str slice)
{
    require(slice.len == 0 || (slice.ptr >= in.ptr && slice.len <= in.len &&
                               (size_t)(slice.ptr - in.ptr) <= in.len - slice.len));
}

static void read_object(osp_str in, osp_arena *arena)
{
    osp_elf_symbols *symbols = osp_kit_alloc(arena, sizeof(*symbols));
    osp_error err = { 0 };
    uint8_t methods = 0;
    if (osp_elf_read(in, symbols, &err) != OSP_OK) {
        require(err.message[0] != '\0');
        return;
    }
    require(symbols->count <= OSP_ELF_DECLARED_MAX);
    for (size_t i = 0; i < symbols->count; i++) {
        require(symbols->declared[i].kind < OSP_DECLARED_COUNT);
        require_inside(in, symbols->declared[i].name);
        require_inside(in, symbols->declared[i].value);
    }
    const osp_status status = osp_table_methods(arena, "routes/route.c", symbols->declared,
                                                symbols->count, &methods, &err);
    require((status == OSP_OK) == (methods != 0));
}

static void read_btf(osp_str in, osp_arena *arena)
{
    osp_kit_list findings = { 0 };
    osp_error err = { 0 };
    if (osp_btf_check(arena, in, &findings, &err) != OSP_OK) {
        require(err.message[0] != '\0');
        return;
    }
    for (size_t i = 0; i < findings.count; i++) {
        const osp_btf_finding *finding = findings.items[i];
        require_inside(in, finding->type);
        require_inside(in, finding->member);
        require(finding->line >= 0);
    }
}

static void write_table(osp_trie *trie, osp_str name, osp_arena *arena)
{
    const osp_table_migration migration = { osp_kit_format(arena, "%.*s", OSP_ARG(name)), name };
    const osp_table table = {
        .name = migration.name, .trie = trie, .migrations = &migration, .migration_count = 1
    };
    osp_buf text;
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_table_write(arena, &table, &text);
    require(!text.failed);
    for (size_t i = 0; i < text.len; i++) {
        require(text.ptr[i] == '\n' || (text.ptr[i] >= ' ' && text.ptr[i] < 0x7f));
    }
    osp_buf_done(&text);
}

/* Lines are folders below routes/. */
static void read_paths(osp_str in, osp_arena *arena)
{
    const osp_str all = in;
    const char *files[PATHS_MAX], *units[PATHS_MAX];
    size_t count = 0;
    osp_trie trie;
    osp_error err = { 0 };
    osp_trie_init(&trie, arena);
    while (in.len > 0 && count < PATHS_MAX) {
        const char *end = memchr(in.ptr, '\n', in.len);
        const size_t len = end != NULL ? (size_t)(end - in.ptr) : in.len;
        const osp_str folder = { in.ptr, len };
        osp_segment segment;
        in = (osp_str){ in.ptr + len + (end != NULL), in.len - len - (end != NULL) };
        if (osp_segment_parse(arena, folder, "x", &segment, &err) == OSP_OK) {
            require(segment.kind == OSP_SEGMENT_PATTERN ? segment.part_count > 0
                                                        : segment.name.len > 0);
            require(segment.name.len == 0 ||
                    memchr(segment.name.ptr, '/', segment.name.len) == NULL);
        }
        /* A NUL ends a file's name, so there is none inside. */
        files[count] = osp_kit_format(arena, "routes/%.*s/route.c", (int)len, folder.ptr);
        units[count] = osp_mangle(arena, osp_str_from(files[count]));
        require(strlen(osp_mangle_file(arena, units[count])) <= OSP_MANGLE_FILE_MAX);
        for (size_t i = 0; i < count; i++) {
            require((strcmp(files[i], files[count]) == 0) == (strcmp(units[i], units[count]) == 0));
        }
        if (osp_trie_add(&trie, files[count], &err) != OSP_OK) {
            require(err.message[0] != '\0');
            return;
        }
        count++;
    }
    if (count > 0 && osp_trie_end(&trie, &err) == OSP_OK) {
        require(trie.leaves.count == count);
        write_table(&trie, all, arena);
    }
}

static void read_depfile(osp_str in, osp_arena *arena)
{
    char *word = osp_kit_alloc(arena, in.len + 1);
    size_t taken = 0;
    if (osp_depfile_begin(&in)) {
        const size_t len = in.len;
        while (osp_depfile_next(&in, word)) {
            taken += strlen(word);
        }
        require(taken <= len);
    }
}

static void read_complaint(osp_str in, osp_arena *arena)
{
    osp_buf out;
    (void)arena;
    char first[OSP_COMPLAINT_FIRST_MAX];
    osp_buf_init(&out, NULL, 0, in.len + 1);
    osp_complaint_read(in, OSP_STR("/inc"), OSP_STR("a.c"), &out, first);
    require(!out.failed && out.len <= in.len);
    require(memchr(first, '\0', sizeof(first)) != NULL);
    require(first[0] == '\0' || out.len > 0);
    osp_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(osp_str, osp_arena *) = { read_object, read_paths, read_depfile,
                                                             read_complaint, read_btf };
    if (size < 2) {
        return 0;
    }
    /* Exactly sized, so that a sanitizer sees every read past either end. */
    const size_t len = size - 1;
    char *text = malloc(len);
    if (text == NULL) {
        return 0;
    }
    osp_arena arena;
    memcpy(text, data + 1, len);
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    readers[data[0] % OSP_ARRAY_LEN(readers)]((osp_str){ text, len }, &arena);
    osp_arena_done(&arena);
    free(text);
    return 0;
}
