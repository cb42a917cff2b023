/* The generated table of an application. */
#ifndef OSP_BUILD_TABLE_H
#define OSP_BUILD_TABLE_H

#include "build/assets.h"
#include "build/chains.h"
#include "build/elf.h"
#include "build/queries.h"
#include "build/site.h"

typedef struct osp_table_migration {
    const char *name; /* of the file */
    osp_str sql;
} osp_table_migration;

typedef struct osp_table {
    const char *name;         /* of the application */
    const osp_trie *trie;     /* ended; methods of its leaves filled in */
    const osp_assets *assets; /* of leaves of the trie; NULL: there are none */
    const osp_site *site;     /* of leaves and nodes of the trie; NULL: there are none */
    const osp_table_migration *migrations;
    size_t migration_count;
    const osp_chains *chains;      /* of the leaves; NULL: none */
    const osp_kit_list *languages; /* char *: that there are messages of; NULL: none */
    const osp_kit_list *jobs;      /* char *: the names of jobs; NULL: none */
    const osp_kit_list *filters;   /* char *: the names of filters of templates; NULL: none */
    const osp_kit_list *queries;   /* osp_query_def *; NULL: none */
    bool has_info;                 /* a file declares osp_app_info_ */
    bool has_failures;             /* a file declares osp_failures_ */
    bool uses_db;
    bool has_agent;            /* of a development build */
    bool serves_openapi;       /* a leaf of the trie is the library's own route */
    const osp_kit_list *tests; /* char *: their symbols, and main runs them; NULL: it serves */
} osp_table;

/* The methods of the routes that a route file declares, as bits.
 * OSP_OK | OSP_E_BUILD: none, or one of another file. */
OSP_MUST_CHECK osp_status osp_table_methods(osp_arena *arena, const char *file,
                                            const osp_declared *declared, size_t count,
                                            uint8_t *ret_methods, osp_error *err);
/* A method as symbols of routes end. */
const char *osp_table_method(osp_method method);
/* Appends a C string literal. */
void osp_table_literal(osp_buf *out, osp_str text);
/* Appends table.c to `out`, whose failed flag tells exhaustion. */
void osp_table_write(osp_arena *arena, const osp_table *table, osp_buf *out);

#endif
