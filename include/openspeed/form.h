/* Forms: the files that clients send, and the parts of a form as they come.
 *
 *     typedef struct AvatarIn { osp_str title; osp_upload avatar; } AvatarIn;
 *     OSP_TYPE(AvatarIn, FORM(title), FORM(avatar, .max_len = 1 << 20, .media_types = "image/png"));
 *
 *     OSP_TRY(osp_upload_save(ctx, &in->avatar, path, OSP_SAVE_NEW));
 *
 * An input with FORM members takes application/x-www-form-urlencoded and multipart/form-data
 * (RFC 7578).  A file is never in memory as a whole, unless it is small: beyond limits.upload_memory
 * it goes to a file without a name, which ends with the request.
 *
 * A handler with an osp_body takes the parts itself: osp_form_next. */
#ifndef OPENSPEED_FORM_H
#define OPENSPEED_FORM_H

#include <openspeed/app.h>

/* Behind the includes, which would inherit it: their functions that must be checked would not be. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- files of an input */

/* Copies bytes of an upload, from byte `at` on, to `to`.
 *
 * ret_len   how many, at most `size`; fewer only at the end
 * Returns   OSP_OK | OSP_DONE (there are none from there on) | OSP_E_IO, OSP_E_BUSY (the failure is
 *           set)
 * Yields: yes, unless the upload is in memory. */
OSP_API OSP_MUST_CHECK osp_status osp_upload_read(osp_ctx *ctx, const osp_upload *upload,
                                                  uint64_t at, void *to, size_t size,
                                                  size_t *ret_len);

/* What becomes of a file that is there already. */
typedef enum osp_save {
    OSP_SAVE_NEW = 0, /* it stays, and nothing is saved */
    OSP_SAVE_REPLACE  /* it is replaced, at once and as a whole */
} osp_save;

/* Saves an upload under a path.  It is there as a whole or not at all.  A worker may write only where
 * harden.write of the configuration says.  A file that need not be copied is not; saved once more, it
 * is.
 *
 * path      borrowed; a relative one is of the folder that the server was started in.  Never made of
 *           upload->name: safe_name is for that
 * Returns   OSP_OK | OSP_DONE (OSP_SAVE_NEW, and something is there) | OSP_E_INVALID (no such path)
 *           | OSP_E_IO, OSP_E_BUSY (the failure is set: 500, 503)
 * Yields: yes. */
OSP_API OSP_MUST_CHECK osp_status osp_upload_save(osp_ctx *ctx, const osp_upload *upload,
                                                  osp_str path, osp_save how);

/* ---------------------------------------------------------------- parts as they come */

/* A part of a form; all slices live until the next osp_form_next. */
typedef struct osp_part {
    osp_str name;       /* UTF-8 */
    osp_str file_name;  /* as osp_upload.name; ptr is NULL: the part is no file */
    osp_str safe_name;  /* as osp_upload.safe_name; empty when the part is no file */
    osp_str media_type; /* as the client said; empty: nothing */
} osp_part;

/* The next part of a multipart/form-data body, which the route takes as an osp_body.  What is left of
 * the part before is passed over.
 *
 *     osp_part part;
 *     osp_str bytes;
 *     while ((status = osp_form_next(ctx, &part)) == OSP_OK) {
 *         while ((status = osp_part_read(ctx, &bytes)) == OSP_OK) {
 *             ...
 *         }
 *         OSP_TRY(status);
 *     }
 *     return status;
 *
 * Returns  OSP_OK | OSP_DONE (there are no more) | OSP_E_FAILED (no such body, or a malformed one;
 *          the answer is set) | as osp_read
 * There is no limit to parts and their size but what the handler makes of them.
 * Yields: yes, while nothing has come. */
OSP_API OSP_MUST_CHECK osp_status osp_form_next(osp_ctx *ctx, osp_part *ret_part);

/* The next bytes of the part, as many as have come; OSP_DONE behind the last.
 *
 * ret_bytes  written on OSP_OK, never empty; borrowed until the next call for the form
 * Returns    as osp_form_next; OSP_E_INVALID: there is no part
 * Yields: yes, while nothing has come. */
OSP_API OSP_MUST_CHECK osp_status osp_part_read(osp_ctx *ctx, osp_str *ret_bytes);

#ifdef __cplusplus
}
#endif
#endif
