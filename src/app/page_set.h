/* All templates of an application, compiled, with the plans of its pages: page_plan.c makes them,
 * page_set.c keeps them. */
#ifndef OSP_APP_PAGE_SET_H
#define OSP_APP_PAGE_SET_H

#include "app/page.h"

struct osp_page_set {
    osp_arena arena; /* of all of this */
    const osp_app_def *app;
    const osp_template **templates; /* NULL: it is a partial, or does not compile */
    osp_page_plan *plans;           /* of app->pages */
    const osp_page_plan **table;    /* of a hash table, by definition */
    size_t mask;
    osp_str script; /* URL of what goes from page to page; empty: there is none */
    uint32_t users; /* documents; of a set that may be replaced */
    bool retired;   /* another one has taken its place */
};

/* Compiles the templates of a set and makes the plans of its pages.
 *
 * set     all zero but for its arena, which takes all that is made, and its application
 * reader  borrowed; NULL: the texts are those of the tables
 * said    takes complaints; *ret_found is their number
 * Returns  OSP_OK | OSP_E_INVALID (there are complaints) | OSP_E_LIMIT | OSP_E_NOMEM | as the
 * reader */
OSP_MUST_CHECK osp_status osp_page_set_make(osp_page_set *set, const osp_page_reader *reader,
                                            osp_buf *said, size_t *ret_found);

/* Where the plan of a definition stands in the table, which is hashed by addresses; an empty place:
 * it is none of the application's. */
static inline size_t osp_page_set_slot(const osp_page_set *set, const osp_page_def *def)
{
    const uint64_t hash = (uint64_t)(uintptr_t)def * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & set->mask;
    while (set->table[at] != NULL && set->table[at]->def != def) {
        at = (at + 1) & set->mask;
    }
    return at;
}

#endif
