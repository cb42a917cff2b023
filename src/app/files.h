/* The files of public/ that a worker has read or opened. */
#ifndef OSP_APP_FILES_H
#define OSP_APP_FILES_H

#include "app/ctx.h"
#include "base/digest.h"
#include "http/accept.h"
#include "http/range.h"

#define OSP_FILE_SMALL_MAX 8192          /* bytes of a file that is kept in memory */
#define OSP_FILES_MEMORY_MAX (16u << 20) /* bytes of all that a worker keeps there */
#define OSP_FILES_OPEN_MAX 256           /* larger files that a worker keeps open */

typedef struct osp_files osp_files;

/* Key of the osp_files * among a task's services. */
extern const char osp_files_key;

/* Files are opened when they are first asked for.
 *
 * folder    public/; borrowed until free
 * Returns   OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_files_new(const osp_app_def *app, int folder, osp_files **ret_files,
                                        osp_error *err);
/* When no answer of a file is left.  NULL: nothing to do. */
void osp_files_free(osp_files *files);

/* What was last said of codings; lives as long as the files. */
osp_codings *osp_files_codings(osp_files *files);

/* The strong ETag of a file of public/, by the SHA-256 of its bytes: the first half of it, quoted.
 */
#define OSP_ASSET_ETAG_SIZE 35
void osp_asset_etag(const uint8_t digest[OSP_SHA256_SIZE], char ret_etag[OSP_ASSET_ETAG_SIZE]);

/* A form of a file as the body of an answer that sends `part` of it, which is not empty unless the
 * file is.
 *
 * Returns   OSP_OK (the body of ctx->response is set) | OSP_E_IO (it is not what it was when the
 *           application was built) | OSP_E_BUSY (no descriptors) | OSP_E_NOMEM; the task remembers
 *           failures.  It may wait for the disk. */
OSP_MUST_CHECK osp_status osp_files_answer(osp_files *files, osp_ctx *ctx, const osp_asset *asset,
                                           uint32_t form, osp_byte_range part);

/* Opens a file to read; no link leads out of the folder, nor `..`, whatever the kernel can do.
 *
 * folder    may be open for its path alone
 * Returns   a descriptor, owned by caller | -1, and errno: EXDEV for such a link */
int osp_file_open_below(int folder, const char *path);

/* Makes a part of a file the body of the answer.
 *
 * body      its fd is taken, also on failure
 * Returns   OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_file_send(osp_ctx *ctx, osp_file_body body);

/* Adds a header that is well-formed.  OSP_OK | OSP_E_LIMIT, which the task remembers. */
OSP_MUST_CHECK osp_status osp_file_field(osp_ctx *ctx, osp_str name, osp_str value);

/* What tells one version of a file from another. */
typedef struct osp_validators {
    osp_str etag, modified;
    bool is_date_strong; /* whoever has bytes of that date may take others to them */
} osp_validators;

/* Sets status 206 and Content-Range where the request asks for a part of a file whose headers are
 * set, or 416 where there is no such part.
 *
 * ret_part  what is to be sent; all of it unless it asks for less
 * Returns   OSP_OK | OSP_E_FAILED (416 is the answer) | OSP_E_LIMIT | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_part_find(osp_ctx *ctx, const osp_validators *of, uint64_t size,
                                        osp_byte_range *ret_part);

/* Gives up a use of a file. */
void osp_file_release(int fd, uint32_t *users);

#endif
