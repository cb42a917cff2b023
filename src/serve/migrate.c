/* Migrations before the first request, and for `openspeed db migrate`, which wants to hear more. */
#include <stdio.h>

#include "base/buf.h"
#include "serve/supervisor.h"
#include "type/json.h"

#define NAMES_BYTES_MAX (1u << 20)

typedef struct progress {
    osp_journal *journal;
    size_t applied;
    osp_buf names; /* JSON strings with commas between them */
} progress;

/* What is not UTF-8 cannot be said in JSON. */
static void append_string(osp_buf *out, const char *text)
{
    const size_t begin = out->len;
    if (osp_json_string(osp_str_from(text), out) != OSP_OK) {
        out->len = begin;
        osp_buf_str(out, OSP_STR("null"));
    }
}

static void on_applied(void *arg, const osp_migration *migration, const osp_migration *newest)
{
    progress *so_far = arg;
    if (newest == NULL) {
        osp_journal_say(so_far->journal, OSP_LOG_INFO, "migration %s applied", migration->name);
    } else {
        osp_journal_say(so_far->journal, OSP_LOG_WARNING,
                        "migration %s applied after %s, which it stands before", migration->name,
                        newest->name);
    }
    if (so_far->applied++ > 0) {
        osp_buf_byte(&so_far->names, ',');
    }
    append_string(&so_far->names, migration->name);
}

static osp_status prepare(const osp_app_def *app, progress *so_far, osp_error *err)
{
    const osp_migration_watch watch = { on_applied, so_far };
    osp_buf_init(&so_far->names, NULL, 0, NAMES_BYTES_MAX);
    for (size_t i = 0; i < app->resource_count; i++) {
        osp_error cause = { 0 };
        const osp_resource *resource = app->resources[i];
        if (resource->prepare == NULL) {
            continue;
        }
        const osp_status status =
            resource->prepare(app->migrations, app->migration_count, &watch, &cause);
        if (status < 0) {
            osp_journal_say(so_far->journal, OSP_LOG_ERROR, "%s: %s", resource->name,
                            cause.message);
            return osp_error_set(err, status, "%s: %s", resource->name, cause.message);
        }
    }
    return OSP_OK;
}

int osp_prepare_main(const osp_app_def *app, osp_journal *journal)
{
    progress so_far = { .journal = journal };
    const osp_status status = prepare(app, &so_far, NULL);
    osp_buf_done(&so_far.names);
    return status < 0;
}

/* The outcome as one line of JSON on stdout. */
static void print_json(const osp_app_def *app, const progress *so_far, const osp_error *error)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, NAMES_BYTES_MAX + 4096);
    osp_buf_printf(&out, "{\"ok\":%s,", error->status < 0 ? "false" : "true");
    if (error->status < 0) {
        osp_buf_str(&out, OSP_STR("\"error\":"));
        append_string(&out, error->message);
        osp_buf_byte(&out, ',');
    }
    osp_buf_str(&out, OSP_STR("\"applied\":["));
    osp_buf_append(&out, so_far->names.ptr, so_far->names.len);
    osp_buf_printf(&out, "],\"total\":%zu}", app->migration_count);
    printf("%.*s\n", (int)out.len, out.ptr);
    osp_buf_done(&out);
}

int osp_migrate_main(const osp_app_def *app, osp_journal *journal, bool json)
{
    progress so_far = { .journal = journal };
    osp_error error = { 0 };
    const osp_status status = prepare(app, &so_far, &error);
    if (json) {
        print_json(app, &so_far, &error);
    } else if (status == OSP_OK && app->resource_count == 0) {
        osp_journal_say(journal, OSP_LOG_INFO, "the application has no database");
    } else if (status == OSP_OK && so_far.applied == 0) {
        osp_journal_say(journal, OSP_LOG_INFO, "database is up to date (%zu migration%s applied)",
                        app->migration_count, app->migration_count == 1 ? "" : "s");
    }
    osp_buf_done(&so_far.names);
    return status < 0;
}
