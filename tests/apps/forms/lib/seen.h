/* What the routes tell of a file. */
#ifndef SEEN_H
#define SEEN_H

#include <openspeed/openspeed.h>

typedef struct Seen {
    osp_str name, safe_name, media_type;
    uint64_t size;
    bool in_file;
    uint32_t sum; /* FNV-1a of its bytes */
} Seen;
OSP_TYPE(Seen, FIELD(name), FIELD(safe_name), FIELD(media_type), FIELD(size), FIELD(in_file),
         FIELD(sum));
OSP_LIST_OF(Seen);

static inline uint32_t sum_add(uint32_t sum, osp_str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        sum = (sum ^ (unsigned char)bytes.ptr[i]) * 16777619u;
    }
    return sum;
}

#define SUM_FIRST 2166136261u

static inline osp_status seen_of(osp_ctx *ctx, const osp_upload *upload, Seen *out)
{
    char piece[8192];
    size_t len;
    osp_status status;
    *out = (Seen){ .name = upload->name,
                   .safe_name = upload->safe_name,
                   .media_type = upload->media_type,
                   .in_file = upload->content.ptr == NULL,
                   .sum = SUM_FIRST };
    while ((status = osp_upload_read(ctx, upload, out->size, piece, sizeof piece, &len)) == OSP_OK) {
        out->sum = sum_add(out->sum, (osp_str){ piece, len });
        out->size += len;
    }
    return status == OSP_DONE ? OSP_OK : status;
}

#endif
