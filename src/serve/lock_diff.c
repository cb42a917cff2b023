/* Holds routes.lock against the application.
 *
 * A text is paragraphs, each with a name, its first two words ("GET /notes", "type Note"), in an
 * order that both texts share.  So two paragraphs of one name are held against each other, and one
 * that the other text has further down came, or went, before.  Lines within are few. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "serve/explain.h"
#include "serve/lock.h"
#include "type/json.h"

/* The next paragraph; the empty slice: there is none. */
static osp_str paragraph(osp_str *rest)
{
    while (rest->len > 0 && rest->ptr[0] == '\n') {
        *rest = (osp_str){ rest->ptr + 1, rest->len - 1 };
    }
    if (rest->len == 0) {
        return OSP_STR("");
    }
    const char *end = memmem(rest->ptr, rest->len, "\n\n", 2);
    const osp_str taken = { rest->ptr, end != NULL ? (size_t)(end - rest->ptr) + 1 : rest->len };
    *rest = (osp_str){ rest->ptr + taken.len, rest->len - taken.len };
    return taken;
}

static osp_str line(osp_str *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    const osp_str taken = { rest->ptr, end != NULL ? (size_t)(end - rest->ptr) : rest->len };
    const size_t used = end != NULL ? taken.len + 1 : taken.len;
    *rest = (osp_str){ rest->ptr + used, rest->len - used };
    return taken;
}

/* Up to the second space, or two spaces in a row. */
static osp_str name_of(osp_str text)
{
    const osp_str first = line(&text);
    size_t spaces = 0, len = 0;
    while (len < first.len) {
        spaces += first.ptr[len] == ' ';
        if (spaces == 2) {
            break;
        }
        len++;
    }
    return (osp_str){ first.ptr, len };
}

static bool has_named(osp_str text, osp_str name)
{
    while (text.len > 0) {
        const osp_str at = paragraph(&text);
        if (at.len > 0 && osp_str_equal(name_of(at), name)) {
            return true;
        }
    }
    return false;
}

static bool has_line(osp_str text, osp_str wanted)
{
    while (text.len > 0) {
        if (osp_str_equal(line(&text), wanted)) {
            return true;
        }
    }
    return false;
}

static void put_line(osp_buf *out, char mark, osp_str text)
{
    osp_buf_byte(out, mark);
    osp_buf_str(out, text);
    osp_buf_byte(out, '\n');
}

/* Either may be empty. */
static void put_lines(osp_buf *out, osp_str old, osp_str now)
{
    while (old.len > 0 || now.len > 0) {
        osp_str old_rest = old, now_rest = now;
        const osp_str one = line(&old_rest), other = line(&now_rest);
        const bool both = old.len > 0 && now.len > 0;
        if (both && osp_str_equal(one, other)) {
            put_line(out, ' ', one);
            old = old_rest;
            now = now_rest;
        } else if (old.len > 0 && !(both && has_line(now, one))) {
            put_line(out, '-', one);
            old = old_rest;
        } else {
            put_line(out, '+', other);
            now = now_rest;
        }
    }
}

static void put_change(osp_str old, osp_str now, bool json, size_t found, osp_buf *out)
{
    const osp_str name = name_of(old.len > 0 ? old : now);
    if (!json) {
        osp_buf_printf(out, "@@ %.*s @@\n", OSP_ARG(name));
        put_lines(out, old, now);
        return;
    }
    osp_buf lines;
    osp_buf_init(&lines, NULL, 0, OSP_LOCK_BYTES_MAX);
    put_lines(&lines, old, now);
    osp_buf_str(out, found > 0 ? OSP_STR(",\n  {") : OSP_STR("\n  {"));
    osp_say_key(out, "name", name);
    osp_say_key(out, "change",
                old.len == 0   ? OSP_STR("added")
                : now.len == 0 ? OSP_STR("removed")
                               : OSP_STR("changed"));
    osp_say_key(out, "diff", (osp_str){ lines.ptr, lines.len });
    osp_buf_byte(out, '}');
    osp_buf_done(&lines);
}

size_t osp_lock_diff(osp_str old, osp_str now, bool json, osp_buf *out)
{
    const osp_str none = OSP_STR("");
    size_t found = 0;
    for (;;) {
        osp_str old_rest = old, now_rest = now;
        osp_str one = paragraph(&old_rest), other = paragraph(&now_rest);
        if (one.len == 0 && other.len == 0) {
            return found;
        }
        if (one.len > 0 && other.len > 0 && !osp_str_equal(name_of(one), name_of(other))) {
            *(has_named(now_rest, name_of(one)) ? &one : &other) = none;
        }
        if (!osp_str_equal(one, other)) {
            put_change(one, other, json, found++, out);
        }
        old = one.len > 0 ? old_rest : old;
        now = other.len > 0 ? now_rest : now;
    }
}

/* ---------------------------------------------------------------- the file */

static int fail(const char *doing)
{
    fprintf(stderr, "error: %s %s: %s\n", doing, OSP_LOCK_FILE, strerror(errno));
    return 1;
}

/* Replaced as a whole. */
static int write_file(osp_str text)
{
    static const char part[] = OSP_LOCK_FILE ".part";
    FILE *file = fopen(part, "we");
    if (file == NULL) {
        return fail("cannot write");
    }
    const bool written = fwrite(text.ptr, 1, text.len, file) == text.len;
    if (fclose(file) != 0 || !written || rename(part, OSP_LOCK_FILE) != 0) {
        return fail("cannot write");
    }
    return 0;
}

static bool read_file(osp_buf *text)
{
    char bytes[4096];
    size_t len;
    FILE *file = fopen(OSP_LOCK_FILE, "re");
    if (file == NULL) {
        return false;
    }
    while ((len = fread(bytes, 1, sizeof bytes, file)) > 0) {
        osp_buf_append(text, bytes, len);
    }
    const bool good = ferror(file) == 0;
    (void)fclose(file);
    return good;
}

static int check(osp_str now, bool json)
{
    osp_buf old, out;
    osp_buf_init(&old, NULL, 0, OSP_LOCK_BYTES_MAX);
    osp_buf_init(&out, NULL, 0, OSP_LOCK_BYTES_MAX);
    if (!read_file(&old)) {
        fprintf(stderr, "error: %s: %s; `openspeed routes --lock` writes it\n", OSP_LOCK_FILE,
                strerror(errno));
        if (json) {
            puts("{\"ok\":false,\"changes\":null}");
        }
        return 1;
    }
    osp_buf_str(&out, json ? OSP_STR("") : OSP_STR("--- " OSP_LOCK_FILE "\n+++ the application\n"));
    const size_t found = osp_lock_diff((osp_str){ old.ptr, old.len }, now, json, &out);
    if (json) {
        printf("{\"ok\":%s,\"changes\":[%.*s]}\n", found == 0 ? "true" : "false", (int)out.len,
               out.ptr);
    } else if (found > 0) {
        (void)fwrite(out.ptr, 1, out.len, stdout);
        (void)fflush(stdout);
        fprintf(stderr,
                "error: %s differs from the application in %zu place%s; when that is meant, "
                "`openspeed routes --lock` writes it anew\n",
                OSP_LOCK_FILE, found, found == 1 ? "" : "s");
    }
    osp_buf_done(&old);
    osp_buf_done(&out);
    return found == 0 ? 0 : 1;
}

int osp_lock_main(const osp_app_def *app, bool checks, bool json)
{
    osp_buf now;
    osp_buf_init(&now, NULL, 0, OSP_LOCK_BYTES_MAX);
    osp_lock_write(app, &now);
    const osp_str text = { now.ptr, now.len };
    int code = 1;
    if (now.failed) {
        fprintf(stderr, "error: %s would be larger than %zu bytes\n", OSP_LOCK_FILE,
                OSP_LOCK_BYTES_MAX);
    } else {
        code = checks ? check(text, json) : write_file(text);
    }
    osp_buf_done(&now);
    return code;
}
