/* Typed settings: a described struct, filled from a file, the environment and options.
 *
 *     default < file < environment < option
 *
 * A key is a scalar of the struct or a list of strings, named by its path: "limits.body".  Its
 * variable is the prefix and the path in capitals, OPENSPEED_LIMITS_BODY; with _FILE behind, the
 * variable names a file that holds the value.  A key whose member is `.secret` is also looked for
 * under its path below $CREDENTIALS_DIRECTORY, and its value is never shown.  An empty variable is
 * as good as none.
 *
 * What is wrong is said all at once, a line each, with file, line and column:
 *     openspeed.json:12:15: limits.body: must be at most 1073741824 */
#ifndef OSP_SERVE_SETTINGS_H
#define OSP_SERVE_SETTINGS_H

#include <openspeed/type.h>

#include "base/arena.h"
#include "base/buf.h"

#define OSP_SETTINGS_FILE_MAX ((size_t)1 << 20)  /* bytes of the file */
#define OSP_SETTINGS_ARENA_MAX ((size_t)1 << 28) /* bytes that reading it takes */
#define OSP_SETTINGS_KEYS_MAX 128                /* of a type */
#define OSP_SETTINGS_SAID_MAX ((size_t)1 << 16)  /* bytes of what is said about it */

/* Where a value comes from. */
typedef enum osp_settings_source {
    OSP_SETTINGS_DEFAULT = 0,
    OSP_SETTINGS_FILE,
    OSP_SETTINGS_ENVIRONMENT,
    OSP_SETTINGS_CREDENTIAL,
    OSP_SETTINGS_OPTION,
    OSP_SETTINGS_SOURCES
} osp_settings_source;

/* The source as programs see it: "default", "file", ....  static */
const char *osp_settings_source_name(osp_settings_source source);

typedef struct osp_settings_key {
    osp_str path;     /* "limits.body" */
    osp_str variable; /* "OPENSPEED_LIMITS_BODY" */
    const osp_field *field;
    uint32_t offset; /* of its slot in the whole */
    bool secret;     /* it or what it is in */
    char separator;  /* of a list, in text */
    osp_settings_source source;
    uint32_t line, column; /* in the file */
    osp_str from;          /* the variable, option or path that it comes from */
} osp_settings_key;

typedef struct osp_settings {
    osp_arena arena; /* of all below */
    const osp_type *type;
    void *value; /* of type */
    osp_settings_key *keys;
    size_t key_count;
    const char *file; /* NULL: there is none */
    osp_buf said;     /* "error: ...\n" and "warning: ...\n" */
    size_t error_count;
} osp_settings;

/* An option of the command line for one key.  Of a list all options of one load are joined, of
 * anything else the last one counts. */
typedef struct osp_settings_option {
    const char *path, *name, *value; /* "listen.port", "--port", "3000" */
} osp_settings_option;

/* A key that is a list of strings, as one text: its items have the separator between them. */
typedef struct osp_settings_list {
    const char *path;
    char separator;
} osp_settings_list;

/* Another variable for one key; its own one wins. */
typedef struct osp_settings_alias {
    const char *variable, *path;
} osp_settings_alias;

typedef struct osp_settings_input {
    const osp_type *type;     /* every member has a fallback or is optional */
    const char *file;         /* NULL: none is read */
    bool file_required;       /* else it may be missing */
    const char *prefix;       /* "OPENSPEED_" */
    char *const *environment; /* "NAME=VALUE", ends with NULL; borrowed as long as the settings */
    const char *const *known; /* variables of that prefix that mean something else; NULL at the
                               * end */
    const osp_settings_alias *aliases; /* variable NULL at the end */
    const osp_settings_list *lists;    /* path NULL at the end; all keys that are lists */
    /* What a variable says that stands for several keys; its name is that of the option.  The own
     * variable of a key wins.  The texts of all options are borrowed as long as the settings. */
    const osp_settings_option *compound;
    size_t compound_count;
    const osp_settings_option *options;
    size_t option_count;
} osp_settings_input;

/* Reads settings.  done, also after a failure, by osp_settings_done.
 *
 * Returns   OSP_OK (settings->said may hold warnings) | OSP_E_INVALID (it says all errors) |
 *           OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_settings_load(osp_settings *settings,
                                            const osp_settings_input *input);
void osp_settings_done(osp_settings *settings);

/* The key of a path; NULL when there is none. */
osp_settings_key *osp_settings_find(const osp_settings *settings, osp_str path);
/* Adds an error about a key to what is said, with the place that the value comes from. */
void osp_settings_refuse(osp_settings *settings, const osp_settings_key *key, const char *sentence);
/* Appends where a value comes from: "default", "openspeed.json:3:5", "OPENSPEED_LIMITS_BODY",
 * "--port". */
void osp_settings_where(const osp_settings *settings, const osp_settings_key *key, osp_buf *out);
/* Appends a value as JSON; that of a secret is "***". */
OSP_MUST_CHECK osp_status osp_settings_show(const osp_settings *settings,
                                            const osp_settings_key *key, osp_buf *out);

#endif
