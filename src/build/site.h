/* Which templates make which page: layouts around it, slots beside it, and what is shown in their
 * place. */
#ifndef OSP_BUILD_SITE_H
#define OSP_BUILD_SITE_H

#include "build/elf.h"
#include "build/scan.h"
#include "build/trie.h"

#define OSP_SITE_SLOTS_MAX 16 /* of one layout */

struct osp_site_folder;

/* A template. */
typedef struct osp_site_template {
    const char *file;
    osp_str text;
    size_t index;
    bool used; /* by a page; of a part such as _card.html: not known */
} osp_site_template;

typedef struct osp_site_failure {
    const osp_site_template *html; /* NULL: there is none */
    uint32_t depth;
} osp_site_failure;

/* As osp_page_part of <openspeed/manifest.h>. */
typedef struct osp_site_part {
    const struct osp_site_folder *folder;
    const osp_site_template *html, *loading;
    const char *source; /* page.c, layout.c or default.c beside it; NULL: nothing fills it */
    const char *load;   /* the symbol of what fills it; NULL: nothing does */
    osp_site_failure error, not_found;
    osp_kit_list actions; /* char *: symbols, by their names */
    bool is_slot;         /* it fills one */
    size_t index;
} osp_site_part;

typedef struct osp_site_slot {
    uint32_t layout;
    const char *name;
    osp_site_part *part;
} osp_site_slot;

/* As osp_page_def. */
typedef struct osp_site_def {
    osp_kit_list parts;  /* osp_site_part *: layouts from the root inwards, the page last */
    osp_kit_list slots;  /* osp_site_slot * */
    const char *route;   /* route.c in its folder; NULL: there is none */
    osp_trie_leaf *leaf; /* NULL: it is shown for URLs that nothing answers */
    size_t index;
} osp_site_def;

typedef struct osp_site {
    osp_arena *arena;
    osp_kit_list templates; /* osp_site_template *: partials last */
    osp_kit_list folders;   /* osp_site_folder *: one before those in it */
    osp_kit_list parts;     /* osp_site_part * */
    osp_kit_list defs;      /* osp_site_def * */
    osp_site_def *failure;  /* of what is no page; NULL: none */
} osp_site;

/* Reads the templates and finds out what makes each page.
 *
 * Returns  OSP_OK | OSP_E_BUILD: err says what does not go together | OSP_E_IO and what else
 * reading gives */
OSP_MUST_CHECK osp_status osp_site_read(osp_arena *arena, const char *dir, const osp_scan *scan,
                                        osp_site *ret_site, osp_error *err);
/* Whether a page is within a layout. */
bool osp_site_has_layouts(const osp_site *site);
/* Whether a page answers in the folder of a route.c, which is then no leaf of its own. */
bool osp_site_take_route(const osp_site *site, const char *file);
/* Adds the URLs of the pages, behind those of all routes.  OSP_OK | OSP_E_BUILD. */
OSP_MUST_CHECK osp_status osp_site_add(osp_site *site, osp_trie *trie, osp_error *err);
/* Takes what a file of the application declares; another than a page.c, layout.c or default.c may
 * declare nothing of a page.  OSP_OK | OSP_E_BUILD. */
OSP_MUST_CHECK osp_status osp_site_take(osp_arena *arena, osp_site *site, const char *file,
                                        const osp_declared *declared, size_t count, osp_error *err);
/* Tells the leaves their methods, when all files have been taken; those of a route.c beside a page
 * are there already.  OSP_OK | OSP_E_BUILD. */
OSP_MUST_CHECK osp_status osp_site_end(osp_site *site, osp_error *err);

/* The symbol of what answers a method of a page. */
const char *osp_site_symbol(osp_arena *arena, const osp_site_def *def, osp_method method);
/* Appends templates, parts and pages to table.c, in front of the leaves. */
void osp_site_write(const osp_site *site, osp_buf *out);
/* Appends what osp_app_def says of them. */
void osp_site_write_app(const osp_site *site, osp_buf *out);

#endif
