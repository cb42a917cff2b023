/* The templates that a worker has compiled, and the plans of its pages.
 *
 *     osp_pages --> set --> templates      by the numbers that the build gave them
 *                       --> plans          by their definition
 *
 * All of a set lives in one arena.  In development another set takes its place when files have
 * changed, and the old one goes with its last document: each counts, and only there. */
#include <string.h>

#include "app/page_set.h"

#define SET_MEMORY_MAX ((size_t)1 << 30) /* bytes of all templates of an application */
#define SAID_MAX ((size_t)1 << 20)       /* bytes of complaints that are told in one go */

const char osp_pages_key;

struct osp_pages {
    osp_arena arena; /* of this */
    osp_page_set *set;
    bool counts; /* documents, for the set may be replaced */
};

static void set_free(osp_page_set *set)
{
    osp_arena arena = set->arena;
    osp_arena_done(&arena);
}

/* said: takes complaints. */
static osp_status set_new(const osp_app_def *app, const osp_page_reader *reader, osp_buf *said,
                          size_t *ret_found, osp_page_set **ret_set)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, SET_MEMORY_MAX);
    osp_page_set *set = osp_arena_zalloc(&arena, sizeof *set);
    *ret_found = 0;
    if (set == NULL) {
        return OSP_E_NOMEM;
    }
    *set = (osp_page_set){ .arena = arena, .app = app };
    const osp_status status = osp_page_set_make(set, reader, said, ret_found);
    if (status != OSP_OK) {
        set_free(set);
        return status;
    }
    *ret_set = set;
    return OSP_OK;
}

/* ---------------------------------------------------------------- the keeper */

/* The first complaint, for a line of the log: the build has told all of them. */
static osp_status tell(const osp_buf *said, osp_status status, osp_error *err)
{
    const char *end = said->len > 0 ? memchr(said->ptr, '\n', said->len) : NULL;
    const size_t len = end != NULL ? (size_t)(end - said->ptr) : 0;
    return len > 0 ? osp_error_set(err, status, "%.*s", (int)len, said->ptr)
                   : osp_error_set(err, status, "templates: %s", osp_status_text(status));
}

static osp_status open_pages(const osp_app_def *app, osp_pages **ret_pages, osp_error *err)
{
    osp_arena arena;
    osp_buf said;
    size_t found;
    osp_arena_init(&arena, NULL, 0, sizeof(osp_pages) + 4096);
    osp_pages *pages = osp_arena_zalloc(&arena, sizeof *pages);
    if (pages == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for templates");
    }
    osp_buf_init(&said, NULL, 0, SAID_MAX);
    *pages = (osp_pages){ .arena = arena, .counts = app->dev != NULL };
    const osp_status status = set_new(app, NULL, &said, &found, &pages->set);
    if (status != OSP_OK) {
        (void)tell(&said, status, err);
        osp_arena_done(&arena);
    } else {
        *ret_pages = pages;
    }
    osp_buf_done(&said);
    return status;
}

static void close_pages(osp_pages *pages)
{
    if (pages != NULL) {
        osp_arena arena = pages->arena;
        OSP_ASSERT(pages->set->users == 0);
        set_free(pages->set);
        osp_arena_done(&arena);
    }
}

static size_t check_pages(const osp_app_def *app, osp_buf *out)
{
    size_t found;
    osp_page_set *set = NULL;
    const osp_status status = set_new(app, NULL, out, &found, &set);
    if (status == OSP_OK) {
        set_free(set);
    } else if (found == 0) {
        osp_buf_printf(out, "error: templates: %s\n", osp_status_text(status));
        found = 1;
    }
    return found + osp_page_check(app, out);
}

static osp_status reload_pages(osp_pages *pages, const osp_page_reader *reader, osp_buf *said)
{
    size_t found;
    osp_page_set *set = NULL, *old = pages->set;
    OSP_ASSERT(pages->counts);
    OSP_TRY(set_new(old->app, reader, said, &found, &set));
    pages->set = set;
    old->retired = true;
    if (old->users == 0) {
        set_free(old);
    }
    return OSP_OK;
}

const struct osp_page_keeper osp_page_keeper = { open_pages,   close_pages,   check_pages,
                                                 reload_pages, osp_page_fail, osp_page_not_found };

/* ---------------------------------------------------------------- at run time */

static void leave(void *arg)
{
    osp_page_set *set = arg;
    OSP_ASSERT(set->users > 0);
    set->users--;
    if (set->users == 0 && set->retired) {
        set_free(set);
    }
}

const osp_page_plan *osp_page_plan_of(osp_ctx *ctx, const osp_page_def *def)
{
    osp_pages *pages = osp_task_service(&ctx->task, &osp_pages_key);
    if (pages == NULL) {
        osp_task_fail(&ctx->task, OSP_E_NOT_FOUND, "nobody has compiled the templates");
        return NULL;
    }
    osp_page_set *set = pages->set;
    if (pages->counts) {
        if (osp_defer(ctx, leave, set) != OSP_OK) {
            return NULL;
        }
        set->users++;
    }
    const osp_page_plan *plan = set->table[osp_page_set_slot(set, def)];
    OSP_ASSERT(plan != NULL);
    return plan;
}

const osp_template *osp_page_template(const osp_page_plan *plan, const osp_template_file *file)
{
    return plan->set->templates[file->index];
}
