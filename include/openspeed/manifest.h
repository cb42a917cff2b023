/* What the generated table of an application is made of.  Only generated code includes this. */
#ifndef OPENSPEED_MANIFEST_H
#define OPENSPEED_MANIFEST_H

#include <openspeed/concurrency.h>
#include <openspeed/matcher.h>
#include <openspeed/middleware.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OSP_PATH_PARAMS_MAX 16

typedef struct osp_route_node osp_route_node;

/* One form of a file of public/: as it is, or compressed beforehand. */
typedef struct osp_asset_form {
    const char *path;   /* below public/ */
    const char *coding; /* of Content-Encoding; NULL: as it is */
    osp_str etag;       /* with quotes: the first half of the SHA-256 of the bytes, in hexadecimal */
    uint64_t size;
} osp_asset_form;

/* A file of public/ as it was when the application was built. */
typedef struct osp_asset {
    const char *location; /* a redirect there, relative to the URL; NULL: the file answers */
    osp_str media_type;
    osp_str modified; /* an HTTP-date */
    osp_str cache_control;
    const osp_asset_form *forms; /* the first as it is, then the smaller ones, the smallest first */
    uint32_t form_count;
    uint32_t first; /* of the forms, among those of all files */
} osp_asset;

/* How a URL pattern ends. */
typedef enum osp_rest {
    OSP_REST_NONE = 0,
    OSP_REST_SOME, /* [...name]: its last parameter is one segment or more */
    OSP_REST_ANY   /* [[...name]]: or none, and then a match has one parameter less */
} osp_rest;

/* A template as it was when the application was built. */
typedef struct osp_template_file {
    const char *file; /* relative to the application's folder: "routes/blog/page.html" */
    const char *text;
    uint32_t len;
    uint32_t index; /* among all of the application */
} osp_template_file;

#define OSP_PAGE_IN_PLACE UINT32_MAX

/* Where a failure is shown: a template, within the outermost `depth` layouts of its page; or, for a
 * slot, OSP_PAGE_IN_PLACE: in the slot alone, and the page is shown as if nothing had failed. */
typedef struct osp_page_failure {
    const osp_template_file *html;
    uint32_t depth;
} osp_page_failure;

/* A template of a page and what fills it. */
typedef struct osp_page_part {
    const osp_template_file *html;    /* page.html, layout.html or default.html */
    const osp_route *load;            /* NULL: nothing fills it */
    const osp_template_file *loading; /* in its place while a load that streams runs; NULL: none */
    osp_page_failure error;           /* of its load; .html NULL: there is none */
    osp_page_failure not_found;       /* 404 of its load; .html NULL: there is none */
} osp_page_part;

/* What fills a slot of a layout. */
typedef struct osp_page_slot {
    uint32_t layout;  /* which of the page's layouts has it */
    const char *name; /* without the '@' */
    const osp_page_part *part;
} osp_page_slot;

/* A page with all that is around it. */
typedef struct osp_page_def {
    const osp_page_part *const *parts; /* layouts from the root inwards, the page itself last */
    uint32_t part_count;
    uint32_t slot_count;
    const osp_page_slot *slots;
    const osp_route *const *actions; /* up to a NULL; NULL: it has none */
} osp_page_def;

/* A URL pattern with what answers it. */
typedef struct osp_route_leaf {
    const char *pattern;                 /* "/users/[id]" */
    const char *file;                    /* relative to the application's folder */
    const char *const *param_names;      /* in the order of the path */
    uint8_t param_count;
    uint8_t methods;                     /* bit per osp_method that is declared */
    uint8_t rest;                        /* an osp_rest */
    const osp_middleware *const *chain; /* that wraps it, outermost first, up to a NULL; NULL: none */
    bool bare;                           /* a catch-all takes no '/' at the end of the path */
    const osp_route *by_method[OSP_METHOD_OTHER];
    const osp_asset *asset; /* of public/; NULL: the URL is a route's */
    const char *hosts;      /* "admin.example.com,*.example.com"; NULL: on all of them */
    const osp_page_def *page;   /* what its GET shows, and its POST acts for; NULL: it is no page */
} osp_route_leaf;

typedef struct osp_route_edge {
    const char *segment; /* NULL: an empty slot */
    uint32_t len;
    const osp_route_node *node;
} osp_route_edge;

/* A parameter of a segment and the text before it. */
typedef struct osp_route_part {
    const char *text;
    uint32_t len;
    const osp_matcher *matcher; /* NULL: the parameter is whatever is there */
} osp_route_part;

/* A segment that text or a matcher narrows, such as v[version=int].json. */
typedef struct osp_route_way {
    const osp_route_part *parts;
    uint32_t part_count; /* 1 or more */
    uint32_t tail_len;
    const char *tail; /* text behind the last parameter */
    const osp_route_node *node;
} osp_route_way;

/* What cannot happen at a node, so that a walk need not look. */
enum {
    OSP_NODE_STATIC_ONLY = 1,  /* there are static children at most */
    OSP_NODE_STATIC_PARAM = 2, /* there are a parameter and, at most, static children in their slots */
};

/* One segment deep.  Static children stand in a hash table: slot = osp_segment_hash(segment, seed) &
 * mask, or one of `probes` behind it, around the end; 0: the hash is perfect.  Behind them the ways are tried in their order, then the
 * parameter, then the catch-all. */
struct osp_route_node {
    const osp_route_edge *edges; /* mask + 1 slots; NULL: no static child */
    uint32_t seed, mask;
    const osp_route_node *param;  /* [name] */
    const osp_route_leaf *rest;   /* [...name]: one segment or more */
    const osp_route_leaf *leaf;   /* the URL may end here */
    const osp_route_way *ways;
    uint16_t way_count;
    uint8_t kind;   /* OSP_NODE_STATIC_ONLY or another of them; 0: look */
    uint8_t probes;
    const osp_page_def *not_found; /* what URLs from here on show that nothing answers; NULL: as above it */
};

typedef struct osp_migration {
    const char *name; /* "0001_start.sql" */
    const char *sql;
    const char *sha256; /* of sql, in hexadecimal */
} osp_migration;

/* Hears of what a migration does.
 * applied  each one once it is committed, with the time that it took
 * note     that another process is waited for, or that one takes long; NULL: not wanted.  text: one
 *          line, borrowed for the call */
typedef struct osp_migration_watch {
    void (*applied)(void *arg, const osp_migration *migration, int64_t ms);
    void (*note)(void *arg, const char *text);
    void *arg;
} osp_migration_watch;

/* Takes the names of files and folders, one a call; path: borrowed for the call. */
typedef struct osp_file_names {
    void (*name)(void *arg, const char *path, bool writes);
    void *arg;
} osp_file_names;

#define OSP_MIGRATE_WAIT_S 60     /* how long another process that migrates is waited for */
#define OSP_MIGRATE_WAIT_S_MAX 3600 /* what --wait may say */

/* What its owner asks of a resource at a terminal: `app db VERB`. */
typedef struct osp_resource_order {
    const char *verb; /* "migrate", "status", "check" or "backup" */
    const char *file; /* of a backup; else NULL */
    bool json;
    bool force;        /* a backup may take the place of a file */
    bool out_of_order; /* migrations that come too late are applied all the same */
    int wait_s;        /* for another process that migrates; 0: OSP_MIGRATE_WAIT_S */
    const osp_migration *migrations;
    size_t migration_count;
} osp_resource_order;

/* Something with the life of a worker that handlers reach, such as a database. */
typedef struct osp_resource {
    const char *name;
    const void *key; /* of the service */
    /* Once, before the first worker starts: migrate, check.  NULL: nothing to do. */
    osp_status (*prepare)(const osp_migration *migrations, size_t count,
                          const osp_migration_watch *watch, osp_error *err);
    osp_status (*open)(void **ret_value, osp_error *err);
    void (*close)(void *value);
    /* Before `open`: names what of the file system it will use, for a worker is kept from all else.
     * After `prepare`, maybe in another process.  NULL: nothing. */
    osp_status (*files)(const osp_file_names *names, osp_error *err);
    /* Does what is ordered and prints what came of it.  Returns the exit status: 0, 1 for a failure, 3
     * where migrations are pending.  NULL: nothing can be ordered. */
    int (*command)(const osp_resource_order *order);
} osp_resource;

struct osp_buf;
struct osp_query;
struct osp_filter;
struct osp_dev_hooks; /* of a development build alone */

typedef struct osp_app_def {
    const char *name;
    const osp_route_node *root; /* NULL: `hosts` has it */
    /* Where routes stand on hosts: its static children, perfectly hashed, are the roots of hosts by
     * their names in lower case, "*." being one label; its parameter is the root for all others. */
    const osp_route_node *hosts;
    const osp_route_leaf *const *leaves; /* every URL, sorted by pattern */
    size_t leaf_count;
    const osp_resource *const *resources;
    size_t resource_count;
    const osp_migration *migrations;
    size_t migration_count;
    const osp_app_info *info; /* NULL: nothing is said */
    const struct osp_failures *failures; /* how it tells of them; NULL: as problem documents */
    const osp_messages *const *messages; /* one a language */
    size_t message_count;
    uint32_t asset_form_count; /* of all files of public/ */
    const struct osp_asset_keeper *asset_keeper; /* opens public/; NULL: it has no files */
    const osp_middleware *const *root_chain; /* around what no route answers; NULL: none */
    const osp_job_def *const *jobs;
    size_t job_count;
    const struct osp_query *const *queries; /* of .sql files */
    size_t query_count;
    /* Compares them with the schema and with their functions, and appends what is wrong as
     * compilers write it.  NULL: there are none.  Returns the number of findings. */
    size_t (*check_queries)(const struct osp_app_def *app, struct osp_buf *out);
    /* Pages: the templates that they are made of, by their indices, and partials behind those. */
    const osp_template_file *const *templates;
    size_t template_count;
    const osp_page_def *const *pages; /* every one, those of not_found and `failure` too */
    size_t page_count;
    const struct osp_filter *const *filters; /* that templates may use, up to a NULL; NULL: none */
    const osp_page_def *failure; /* error.html of routes/, for URLs that are no page; NULL */
    const struct osp_page_keeper *page_keeper; /* compiles and shows them; NULL: there are none */
    const struct osp_dev_hooks *dev;           /* NULL in a release build */
    /* Writes the application's OpenAPI document; NULL: it has none. */
    osp_status (*openapi)(const struct osp_app_def *app, struct osp_buf *out, osp_error *err);
} osp_app_def;

/* Its title, or its name. */
static inline const char *osp_app_title(const osp_app_def *app)
{
    return app->info != NULL && app->info->title != NULL ? app->info->title : app->name;
}

/* The main function of an application. */
OSP_API int osp_serve_main(const osp_app_def *app, int argc, char **argv);

OSP_API extern const osp_resource osp_resource_sqlite;
/* osp_app_def.check_queries for SQLite. */
OSP_API size_t osp_sqlite_check_queries(const osp_app_def *app, struct osp_buf *out);

/* Opens public/; not linked where that has no files. */
OSP_API extern const struct osp_asset_keeper osp_asset_keeper;

/* Compiles templates and shows pages; not linked where there are none. */
OSP_API extern const struct osp_page_keeper osp_page_keeper;

/* Answers for a page that has no page.c. */
OSP_API extern const osp_route osp_route_page__GET;
/* Answers POST for a page that has actions, by choosing one. */
OSP_API extern const osp_route osp_route_page__POST;

/* Answers with the script that goes from page to page. */
OSP_API extern const osp_route osp_route_navigate__GET;

/* Answers with a file of public/. */
OSP_API extern const osp_route osp_route_asset__GET;

/* Appends the OpenAPI 3.1 document of the application, as JSON.  OSP_OK | OSP_E_INVALID (two types of
 * one name, an example that does not fit, names that lead nowhere: err says where) | OSP_E_LIMIT | OSP_E_NOMEM. */
OSP_API osp_status osp_openapi_write(const osp_app_def *app, struct osp_buf *out, osp_error *err);
/* Answers with it, and keeps it for the life of a worker. */
OSP_API extern const osp_route osp_route_openapi__GET;
OSP_API extern const osp_resource osp_resource_openapi;

#ifdef __cplusplus
}
#endif
#endif
