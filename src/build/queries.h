/* The queries of an application: what its .sql files have, and what its sources declare. */
#ifndef OSP_BUILD_QUERIES_H
#define OSP_BUILD_QUERIES_H

#include <openspeed/query.h>

#include "build/elf.h"
#include "build/kit.h"
#include "data/sql.h"

#define OSP_QUERIES_FILE_MAX (1u << 20)  /* bytes of a .sql file */
#define OSP_QUERIES_NAME_MAX 63          /* bytes of the name of a query */
#define OSP_QUERIES_MAX 4096             /* queries of an application, and parts of a file */
#define OSP_QUERIES_PARTS_MAX (1u << 16) /* bytes of a query with its parts */
#define OSP_QUERIES_PIECES_MAX 1024      /* pieces that it is put together of */

/* A query of a .sql file. */
typedef struct osp_query_def {
    const char *file;
    const char *name;
    int name_line;         /* of its `-- name:` */
    osp_query_gives gives; /* 0: the file does not say */
    osp_sql_place place;   /* of the first word of its statement */
    osp_str sql;           /* from there to its last word; a slice of the file, or with its parts */
    const osp_query_piece *pieces; /* NULL: it has no parts */
    size_t piece_count;
} osp_query_def;

/* A declaration of one. */
typedef struct osp_query_use {
    const char *file;
    const char *name;
    int line;
    osp_query_gives gives;
} osp_query_use;

/* Both, with what is wrong with them. */
typedef struct osp_queries {
    osp_kit_list defs; /* osp_query_def *, in the order of files and lines */
    osp_kit_list uses; /* osp_query_use * */
    osp_buf said;      /* findings as compilers write them, with excerpts */
    osp_error first;   /* the first of them */
} osp_queries;

/* Reads the queries of a .sql file.  What is wrong is added to `queries`; the rest of the file is
 * read all the same where that makes sense.
 *
 * text  borrowed as long as `queries`.  Nothing about it is trusted. */
void osp_queries_read(osp_arena *arena, const char *file, osp_str text, osp_queries *queries);
/* Takes the declarations among what a source declares. */
void osp_queries_take(osp_arena *arena, const char *file, const osp_declared *declared,
                      size_t count, osp_queries *queries);
/* Adds what is wrong between the two: each query needs its declaration, and the other way round. */
void osp_queries_match(osp_queries *queries);

#endif
