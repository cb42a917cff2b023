/* What is said at a terminal of what the owner of a database does with it.
 *
 * The same words come from `openspeed db VERB` and from `app db VERB`, where there is no source and
 * no compiler.  Results go to stdout; what is said meanwhile, and failures, go to stderr.  As JSON
 * there is one object on stdout, which is printed last, also when it tells of a failure; its shape
 * is in docs/database.md, and members are only ever added. */
#include "data/console.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "type/json.h"

#define OUT_MAX ((size_t)4 << 20) /* bytes of one answer */
#define CHECKSUM_SHOWN 12

typedef struct console {
    const osp_db_admin *admin;
    const osp_resource_order *order;
    osp_migration_list list;
    osp_buf out; /* what goes to stdout: JSON members without the ends, or lines */
    size_t count, pending, wrong;
    char path[PATH_MAX];
} console;

/* ---------------------------------------------------------------- words */

/* What is not UTF-8 cannot be said in JSON. */
static void append_string(osp_buf *out, osp_str text)
{
    const size_t begin = out->len;
    if (osp_json_string(text, out) != OSP_OK) {
        out->len = begin;
        osp_buf_str(out, OSP_STR("null"));
    }
}

static void append_member(osp_buf *out, const char *name, osp_str text)
{
    osp_buf_printf(out, "\"%s\":", name);
    append_string(out, text);
}

/* A member that is null where there is nothing to say. */
static void append_known(osp_buf *out, const char *name, osp_str text)
{
    if (text.len == 0) {
        osp_buf_printf(out, "\"%s\":null", name);
    } else {
        append_member(out, name, text);
    }
}

int osp_console_fail(const osp_error *err, bool json)
{
    if (json) {
        osp_buf out;
        osp_buf_init(&out, NULL, 0, OUT_MAX);
        osp_buf_str(&out, OSP_STR("{\"ok\":false,"));
        append_member(&out, "error", osp_str_from(err->message));
        printf("%.*s}\n", (int)out.len, out.ptr);
        osp_buf_done(&out);
    }
    fprintf(stderr, "error: %s\n", err->message);
    return OSP_CONSOLE_FAILED;
}

void osp_console_note(void *arg, const char *text)
{
    (void)arg;
    fprintf(stderr, "%s\n", text);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* Prints what was gathered; err: NULL when all went well. */
static void flush_json(console *c, const osp_error *err)
{
    osp_buf head;
    osp_error lost = { 0 };
    if (c->out.failed) {
        (void)osp_error_set(&lost, OSP_E_LIMIT, "there is more to tell than memory holds");
        c->out.len = 0;
        err = &lost;
    }
    osp_buf_init(&head, NULL, 0, OUT_MAX);
    osp_buf_printf(&head, "{\"ok\":%s,", err == NULL ? "true" : "false");
    if (err != NULL) {
        append_member(&head, "error", osp_str_from(err->message));
        osp_buf_byte(&head, ',');
    }
    append_member(&head, "database", osp_str_from(c->path));
    printf("%.*s%.*s}\n", (int)head.len, head.ptr, (int)c->out.len, c->out.ptr);
    osp_buf_done(&head);
}

/* ---------------------------------------------------------------- migrate */

static void on_applied(void *arg, const osp_migration *migration, int64_t ms)
{
    console *c = arg;
    if (c->order->json) {
        osp_buf_str(&c->out, c->count > 0 ? OSP_STR(",") : OSP_STR(""));
        append_string(&c->out, osp_str_from(migration->name));
    } else {
        printf("applied %s (%lld ms)\n", migration->name, (long long)ms);
        (void)fflush(stdout);
    }
    c->count++;
}

static int migrate(console *c)
{
    const osp_migrate_options options = { .out_of_order = c->order->out_of_order,
                                          .wait_s = c->order->wait_s };
    const osp_migration_watch watch = { on_applied, osp_console_note, c };
    osp_error err = { 0 };
    osp_buf_str(&c->out, OSP_STR(",\"applied\":["));
    const osp_status status = c->admin->migrate(&c->list, &options, &watch, &err);
    if (c->order->json) {
        osp_buf_printf(&c->out, "],\"total\":%zu", c->list.count);
        flush_json(c, status < 0 ? &err : NULL);
    } else if (status >= 0) {
        printf("%s: %s (%zu migration%s)\n", c->path,
               c->count > 0 ? "all is applied" : "nothing to do, all is applied", c->list.count,
               plural(c->list.count));
    }
    if (status < 0) {
        fprintf(stderr, "error: %s\n", err.message);
    }
    return status < 0 ? OSP_CONSOLE_FAILED : OSP_CONSOLE_OK;
}

/* ---------------------------------------------------------------- status */

static void state_json(console *c, const osp_migration_state *state)
{
    osp_buf *out = &c->out;
    osp_buf_str(out, c->count > 0 ? OSP_STR(",{") : OSP_STR("{"));
    append_member(out, "name", state->name);
    osp_buf_byte(out, ',');
    append_member(out, "state", osp_str_from(osp_migration_standing_name(state->standing)));
    osp_buf_byte(out, ',');
    append_known(out, "sha256", state->sha256);
    osp_buf_byte(out, ',');
    append_known(out, "recorded_sha256", state->recorded);
    osp_buf_byte(out, ',');
    append_known(out, "applied_at", state->applied_at);
    osp_buf_byte(out, '}');
}

static void on_state(void *arg, const osp_migration_state *state)
{
    console *c = arg;
    osp_error why = { 0 };
    const bool fits = osp_migration_judge(state, &why) == OSP_OK;
    c->pending += state->standing == OSP_MIGRATION_PENDING;
    c->wrong += !fits;
    if (c->order->json) {
        state_json(c, state);
    } else {
        osp_buf_printf(&c->out, "%-8s %.*s%s%.*s\n", osp_migration_standing_name(state->standing),
                       OSP_ARG(state->name), state->applied_at.len > 0 ? "  " : "",
                       OSP_ARG(state->applied_at));
        if (!fits) {
            osp_buf_printf(&c->out, "         %s\n", why.message);
        }
    }
    c->count++;
}

static int status_text(console *c, bool there)
{
    printf("%s%s\n%.*s", c->path, there ? "" : " (not there yet)", (int)c->out.len,
           c->out.len > 0 ? c->out.ptr : "");
    if (c->count == 0) {
        puts("there are no migrations; openspeed db new NAME begins one");
    } else if (c->wrong > 0) {
        printf("%zu of %zu do not fit; db migrate does nothing until they do\n", c->wrong,
               c->count);
    } else if (c->pending > 0) {
        printf("%zu pending; db migrate applies %s\n", c->pending, c->pending == 1 ? "it" : "them");
    } else {
        puts("all is applied");
    }
    return 0;
}

static int status(console *c)
{
    const osp_state_watch watch = { on_state, c };
    osp_error err = { 0 };
    osp_buf_str(&c->out, c->order->json ? OSP_STR(",\"migrations\":[") : OSP_STR(""));
    const osp_status looked = c->admin->status(&c->list, &watch, &err);
    const bool there = looked != OSP_E_NOT_FOUND;
    if (looked < 0 && there) {
        return osp_console_fail(&err, c->order->json);
    }
    if (c->order->json) {
        osp_buf_printf(&c->out, "],\"exists\":%s,\"pending\":%zu,\"wrong\":%zu",
                       there ? "true" : "false", c->pending, c->wrong);
        (void)osp_error_set(&err, OSP_E_DB_SCHEMA, "%zu migration%s of the database %s not fit",
                            c->wrong, plural(c->wrong), c->wrong == 1 ? "does" : "do");
        flush_json(c, c->wrong > 0 ? &err : NULL);
    } else {
        status_text(c, there);
    }
    return c->wrong > 0     ? OSP_CONSOLE_FAILED
           : c->pending > 0 ? OSP_CONSOLE_PENDING
                            : OSP_CONSOLE_OK;
}

/* ---------------------------------------------------------------- check */

static void on_found(void *arg, const char *kind, const char *text)
{
    console *c = arg;
    c->wrong += strcmp(kind, "note") != 0;
    if (c->order->json) {
        osp_buf_str(&c->out, c->count > 0 ? OSP_STR(",{") : OSP_STR("{"));
        append_member(&c->out, "kind", osp_str_from(kind));
        osp_buf_byte(&c->out, ',');
        append_member(&c->out, "text", osp_str_from(text));
        osp_buf_byte(&c->out, '}');
    } else {
        printf("%-12s %s\n", kind, text);
    }
    c->count++;
}

static int check(console *c)
{
    const osp_finding_watch watch = { on_found, osp_console_note, c };
    osp_error err = { 0 };
    osp_buf_str(&c->out, OSP_STR(",\"findings\":["));
    const osp_status looked = c->admin->check(&c->list, &watch, &err);
    if (looked == OSP_E_NOT_FOUND) {
        (void)osp_error_set(&err, looked, "%.200s is not there yet; db migrate makes it", c->path);
    }
    if (looked < 0) {
        return osp_console_fail(&err, c->order->json);
    }
    if (c->order->json) {
        osp_buf_byte(&c->out, ']');
        (void)osp_error_set(&err, OSP_E_DB, "%zu fault%s found", c->wrong,
                            c->wrong == 1 ? " was" : "s were");
        flush_json(c, c->wrong > 0 ? &err : NULL);
    } else if (c->wrong == 0) {
        printf("%s is whole: file, rows, migrations and schema\n", c->path);
    } else {
        printf("%s: %zu fault%s\n", c->path, c->wrong, plural(c->wrong));
    }
    return c->wrong > 0 ? OSP_CONSOLE_FAILED : OSP_CONSOLE_OK;
}

/* ---------------------------------------------------------------- backup */

static int backup(console *c)
{
    const osp_migration_watch watch = { .note = osp_console_note };
    osp_backup made = { 0 };
    osp_error err = { 0 };
    const char *file = c->order->file;
    const osp_status status = c->admin->backup(file, c->order->force, &watch, &made, &err);
    if (status == OSP_E_NOT_FOUND) {
        (void)osp_error_set(&err, status, "%.200s is not there; nothing was backed up", c->path);
    }
    if (status < 0) {
        return osp_console_fail(&err, c->order->json);
    }
    if (c->order->json) {
        osp_buf_byte(&c->out, ',');
        append_member(&c->out, "file", osp_str_from(file));
        osp_buf_printf(&c->out, ",\"bytes\":%lld,\"ms\":%lld", (long long)made.bytes,
                       (long long)made.ms);
        flush_json(c, NULL);
    } else {
        printf("%s: %lld bytes in %lld ms, whole\n", file, (long long)made.bytes,
               (long long)made.ms);
    }
    return OSP_CONSOLE_OK;
}

/* ---------------------------------------------------------------- run */

static const struct {
    const char *name;
    int (*run)(console *c);
} verbs[] = {
    { "migrate", migrate }, { "status", status }, { "check", check }, { "backup", backup }
};

int osp_console_run(const osp_db_admin *admin, const osp_resource_order *order)
{
    console c = { .admin = admin,
                  .order = order,
                  .list = { order->migrations, order->migration_count } };
    osp_error err = { 0 };
    if (admin->path(c.path, sizeof(c.path), &err) != OSP_OK) {
        return osp_console_fail(&err, order->json);
    }
    osp_buf_init(&c.out, NULL, 0, OUT_MAX);
    int code = OSP_CONSOLE_FAILED;
    for (size_t i = 0; i < OSP_ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, order->verb) == 0) {
            code = verbs[i].run(&c);
        }
    }
    osp_buf_done(&c.out);
    return code;
}
