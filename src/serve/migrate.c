/* Migrations before the first request, and what is ordered of a resource at a terminal. */
#include <stdio.h>
#include <string.h>

#include "serve/supervisor.h"

static void on_applied(void *arg, const osp_migration *migration, int64_t ms)
{
    osp_journal_say(arg, OSP_LOG_INFO, "migration %s applied (%lld ms)", migration->name,
                    (long long)ms);
}

static void on_note(void *arg, const char *text)
{
    osp_journal_say(arg, OSP_LOG_INFO, "%s", text);
}

int osp_prepare_main(const osp_app_def *app, osp_journal *journal)
{
    const osp_migration_watch watch = { on_applied, on_note, journal };
    for (size_t i = 0; i < app->resource_count; i++) {
        osp_error cause = { 0 };
        const osp_resource *resource = app->resources[i];
        if (resource->prepare == NULL) {
            continue;
        }
        if (resource->prepare(app->migrations, app->migration_count, &watch, &cause) < 0) {
            osp_journal_say(journal, OSP_LOG_ERROR, "%s: %s", resource->name, cause.message);
            return 1;
        }
    }
    return 0;
}

int osp_order_main(const osp_app_def *app, const osp_resource_order *order)
{
    osp_resource_order whole = *order;
    whole.migrations = app->migrations;
    whole.migration_count = app->migration_count;
    for (size_t i = 0; i < app->resource_count; i++) {
        if (app->resources[i]->command != NULL) {
            return app->resources[i]->command(&whole);
        }
    }
    static const char text[] = "the application has no database";
    const bool well = strcmp(order->verb, "migrate") == 0; /* all that it has is applied */
    if (order->json && well) {
        printf("{\"ok\":true,\"applied\":[],\"total\":0}\n");
    } else if (order->json) {
        printf("{\"ok\":false,\"error\":\"%s\"}\n", text);
    }
    fprintf(stderr, "%s%s\n", well ? "" : "error: ", text);
    return !well;
}
