/* Migrations on their way from a file into the executable, and what a database has recorded.
 *
 *     line 1: the name of a file   line 2: a checksum that a database holds   the rest: SQL
 *
 * The generated table must spell name and SQL so that a C compiler reads the same bytes back, with
 * the checksum of those bytes; a record must pass exactly when name and checksum are the same.  The
 * SQL itself is parsed by nobody here but the database. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "build/table.h"
#include "data/migrate.h"

#define ARENA_MAX (8U << 20)
#define OUT_MAX (8U << 20)
#define INPUT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* The bytes up to the separator, which is taken too. */
static osp_str cut(osp_str *rest, char separator)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->ptr, separator, rest->len);
    const size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    const osp_str part = { rest->ptr, len };
    const size_t taken = end == NULL ? len : len + 1;
    *rest = (osp_str){ rest->ptr + taken, rest->len - taken };
    return part;
}

/* Reads adjacent string literals as a C compiler does, no escapes but \ooo; returns what is behind
 * them. */
static const char *read_literals(const char *at, osp_buf *out)
{
    while (*at == '"') {
        for (at++; *at != '"'; at++) {
            require((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f && *at != '?');
            if (*at != '\\') {
                osp_buf_byte(out, *at);
                continue;
            }
            unsigned value = 0;
            for (int i = 1; i <= 3; i++) {
                require(at[i] >= '0' && at[i] <= '7');
                value = value * 8 + (unsigned)(at[i] - '0');
            }
            require(value <= 0xff);
            osp_buf_byte(out, (char)value);
            at += 3;
        }
        at++;
        const char *next = at + strspn(at, " \n");
        at = *next == '"' ? next : at;
    }
    return at;
}

static const char *check_literal(const char *at, osp_str wanted)
{
    osp_buf read;
    osp_buf_init(&read, NULL, 0, OUT_MAX);
    at = read_literals(at, &read);
    require(!read.failed && osp_str_equal((osp_str){ read.ptr, read.len }, wanted));
    osp_buf_done(&read);
    return at;
}

static void hex_digest(osp_str bytes, char ret_hex[OSP_SHA256_SIZE * 2 + 1])
{
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, bytes);
    osp_sha256_end(&sha, digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        ret_hex[i * 2] = "0123456789abcdef"[digest[i] >> 4];
        ret_hex[i * 2 + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    ret_hex[OSP_SHA256_SIZE * 2] = '\0';
}

static void check_table(osp_arena *arena, const char *name, osp_str sql, const char *hex)
{
    static const char begin[] = "migrations[] = {\n    { ";
    osp_trie trie;
    osp_buf out;
    osp_trie_init(&trie, arena);
    require(osp_trie_add(&trie, "routes/route.c", NULL) == OSP_OK);
    require(osp_trie_end(&trie, NULL) == OSP_OK);
    const osp_table_migration migration = { name, sql };
    const osp_table table = {
        .name = name, .trie = &trie, .migrations = &migration, .migration_count = 1
    };
    osp_buf_init(&out, NULL, 0, OUT_MAX);
    osp_table_write(arena, &table, &out);
    osp_buf_byte(&out, '\0');
    require(!out.failed && strlen(out.ptr) == out.len - 1);
    const char *at = strstr(out.ptr, begin);
    require(at != NULL);
    at = check_literal(at + strlen(begin), osp_str_from(name));
    require(strncmp(at, ",\n    ", 6) == 0);
    at = check_literal(at + 6, sql);
    require(strncmp(at, ",\n    ", 6) == 0);
    at = check_literal(at + 6, osp_str_from(hex));
    require(strncmp(at, " },\n", 4) == 0);
    osp_buf_done(&out);
}

/* What is said of a state is one text, and a failure exactly where there is something to say. */
static void check_words(const osp_migration_state *state)
{
    osp_error err = { 0 };
    const bool fits = state->standing == OSP_MIGRATION_APPLIED;
    require((osp_migration_judge(state, &err) == OSP_OK) == fits);
    require((err.message[0] == '\0') == fits);
    require(memchr(err.message, '\0', sizeof(err.message)) != NULL);
}

static void check_record(const char *name, const char *hex, osp_str recorded)
{
    const osp_migration list[] = { { "0001_start.sql", "", "00" }, { name, "", hex } };
    const osp_str same = osp_str_from(name);
    const bool first = strcmp(name, list[0].name) == 0;
    osp_migration_state state = osp_migration_recorded(list, 2, same, osp_str_from(hex));
    require(state.standing == (first ? OSP_MIGRATION_CHANGED : OSP_MIGRATION_APPLIED));
    check_words(&state);
    state = osp_migration_recorded(list + 1, 1, same, recorded);
    require((state.standing == OSP_MIGRATION_APPLIED) ==
            osp_str_equal_nocase(recorded, osp_str_from(hex)));
    check_words(&state);
    /* A name that only the database has. */
    state = osp_migration_recorded(list, 2, recorded, recorded);
    const bool known =
        osp_str_equal(recorded, same) || osp_str_equal(recorded, osp_str_from(list[0].name));
    require((state.standing == OSP_MIGRATION_MISSING) == !known);
    check_words(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX) {
        return 0;
    }
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_str rest = { (const char *)data, size };
    const osp_str line = cut(&rest, '\n');
    const osp_str recorded = cut(&rest, '\n');
    /* The name comes from the file system and is a C string. */
    const size_t len = line.len == 0 ? 0 : strnlen(line.ptr, line.len);
    char *name = osp_arena_zalloc(&arena, len + 1);
    char hex[OSP_SHA256_SIZE * 2 + 1];
    if (name != NULL) {
        memcpy(name, data, len);
        hex_digest(rest, hex);
        check_table(&arena, name, rest, hex);
        check_record(name, hex, recorded);
        check_record(name, hex, osp_str_from(hex));
    }
    osp_arena_done(&arena);
    return 0;
}
