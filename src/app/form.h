/* Forms that come in parts: reading them, and keeping the files in them. */
#ifndef OSP_APP_FORM_H
#define OSP_APP_FORM_H

#include <openspeed/form.h>

#include "app/ctx.h"
#include "http/params.h"
#include "wire/file_name.h"
#include "wire/multipart.h"

#define OSP_UPLOAD_FILE_MAX 67108864   /* bytes of one file */
#define OSP_UPLOAD_TOTAL_MAX 134217728 /* bytes of a form with files */
#define OSP_UPLOAD_FILES_MAX 16        /* files of a request */
#define OSP_UPLOAD_MEMORY_MAX 65536    /* bytes of a request's files that stay in memory */
#define OSP_UPLOADS_MAX 1073741824     /* bytes of files that a worker keeps on disk */

/* What a request with a form may take, and where its files go.  One a worker. */
typedef struct osp_forms {
    uint64_t upload_file, upload_total, upload_memory;
    uint64_t text_size; /* of all fields that are no files: limits.body */
    uint32_t upload_files, form_fields;
    int folder;         /* where files without a name are made; -1: there is none */
    osp_offload *queue; /* whose threads make, write and read them */
    uint64_t max, held; /* bytes that may lie there, and that do or will */
    /* Closes a file that held so many bytes, without a wait.  NULL: at once. */
    void (*close)(struct osp_forms *forms, int fd, uint64_t size);
} osp_forms;

/* Key of the osp_forms * among a task's services.  Where there is none, in tests, all files stay in
 * memory. */
extern const char osp_forms_key;

/* The limits that hold for a request, without a service those by default; the latter have no
 * folder. */
osp_forms osp_forms_of(const osp_ctx *ctx);

/* ---------------------------------------------------------------- parts */

/* A form that is read: in osp_flow. */
typedef struct osp_form {
    osp_multipart reader;
    osp_str rest;   /* of the part of the body that osp_read gave */
    uint64_t taken; /* bytes of the body so far */
    uint64_t max;   /* of these; 0: any */
    bool in_part, ended;
    char safe_name[OSP_FILE_NAME_MAX];
} osp_form;

/* The form of the request's body, from its first part on; NULL: osp_fail was called, or there is no
 * memory.  max: bytes that it may have; 0: any. */
osp_form *osp_form_open(osp_ctx *ctx, uint64_t max);

/* ---------------------------------------------------------------- files */

/* Takes the content of files, one after the other. */
typedef struct osp_upload_sink {
    osp_ctx *ctx;
    osp_forms *forms;             /* NULL: all stays in memory */
    osp_buf piece;                /* what is not in a file yet; in the arena */
    uint64_t memory;              /* bytes that files of this request have in memory */
    uint64_t size;                /* of the file at hand */
    struct osp_upload_file *file; /* NULL: it is in memory */
} osp_upload_sink;

void osp_upload_sink_init(osp_upload_sink *sink, osp_ctx *ctx);
/* OSP_OK | OSP_E_FAILED (the answer is set) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_upload_sink_add(osp_upload_sink *sink, osp_str bytes);
/* The file is whole: sets size and content of `ret`, and begins the next. */
OSP_MUST_CHECK osp_status osp_upload_sink_end(osp_upload_sink *sink, osp_upload *ret);
/* The file at hand is not wanted. */
void osp_upload_sink_drop(osp_upload_sink *sink);

/* ---------------------------------------------------------------- inputs */

/* A file that was given for a member. */
typedef struct osp_form_file {
    const osp_field *field;
    struct osp_form_file *next;
    osp_str name; /* in an issue: "photos[2]" */
    bool bad;     /* an issue has been told, and nothing is kept */
    osp_upload upload;
} osp_form_file;

/* What a form in parts says to an input. */
typedef struct osp_form_content {
    osp_params pairs;     /* the parts that are texts */
    osp_form_file *files; /* in the order of the form */
} osp_form_content;

/* How an input reads a form that comes in parts; all that leads to multipart forms is reached from
 * here, and this from the types of inputs with members of a form. */
struct osp_form_parts {
    /* Reads the whole form.  Files that a member does not take are issues, and not kept.
     * Returns  OSP_OK | OSP_E_FAILED (the answer is set) | OSP_E_NOMEM | as osp_read */
    osp_status (*read)(osp_ctx *ctx, const osp_type *in, const osp_decoding *how,
                       osp_form_content *ret);
    /* Sets a member from the files of a form, with all its constraints.
     * Returns  as osp_param_decode */
    osp_status (*take)(const osp_form_content *content, const osp_field *field, void *slot,
                       const osp_decoding *how);
};

/* Reads the form that is the request's body, of either kind; none is one without fields.
 *
 * parts    reads it where it comes in parts
 * in       says what is a file
 * how      takes the issues of files
 * Returns  OSP_OK | OSP_E_FAILED (the answer is set) | OSP_E_NOMEM | as osp_read.  Yields: yes. */
OSP_MUST_CHECK osp_status osp_form_read(osp_ctx *ctx, const struct osp_form_parts *parts,
                                        const osp_type *in, const osp_decoding *how,
                                        osp_form_content *ret);

/* As osp_bind, with a form that has been read: what is wrong with members is added to `issues`, and
 * not answered. */
OSP_MUST_CHECK osp_status osp_bind_form(osp_ctx *ctx, const osp_type *in, void *value,
                                        const osp_form_content *form, osp_issues *issues);

#endif
