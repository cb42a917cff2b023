/* What the name of a folder below routes/ stands for in a URL. */
#ifndef OSP_BUILD_SEGMENT_H
#define OSP_BUILD_SEGMENT_H

#include "build/kit.h"

#define OSP_SEGMENT_NAME_MAX 128 /* bytes of a folder's name */
#define OSP_SEGMENT_PARTS_MAX 8  /* parameters in one segment */

typedef enum osp_segment_kind {
    OSP_SEGMENT_STATIC = 0, /* users, [x+5f]users */
    OSP_SEGMENT_PATTERN,    /* [id=int], v[version].json, [from]-[to] */
    OSP_SEGMENT_PARAM,      /* [id] */
    OSP_SEGMENT_REST,       /* [...path]: one segment or more */
    OSP_SEGMENT_ANY,        /* [[...path]]: any number of segments */
    OSP_SEGMENT_GROUP,      /* (shop): adds nothing to the URL */
    OSP_SEGMENT_HOSTS,      /* (@admin.example.com): the same, and what is below is on that host */
    OSP_SEGMENT_SLOT        /* @cart: a part of the pages around it, no URL */
} osp_segment_kind;

/* A parameter of a pattern and the text before it. */
typedef struct osp_segment_part {
    osp_str text;    /* may be empty */
    osp_str name;    /* a slice of the folder's name, as is the next */
    osp_str matcher; /* "int"; empty: the parameter is whatever is there */
} osp_segment_part;

typedef struct osp_segment {
    osp_segment_kind kind;
    osp_str name; /* the text of a static one; of a parameter, catch-all, group or slot; hosts */
    osp_segment_part parts[OSP_SEGMENT_PARTS_MAX]; /* of a pattern */
    size_t part_count;
    osp_str tail; /* text behind the last parameter of a pattern */
} osp_segment;

/* What a folder's name stands for.
 *
 * arena   takes text whose escapes are decoded
 * path    of the folder, for the message
 * Returns OSP_OK | OSP_E_BUILD */
OSP_MUST_CHECK osp_status osp_segment_parse(osp_arena *arena, osp_str folder, const char *path,
                                            osp_segment *ret_segment, osp_error *err);
/* Whether a normalised path (wire/uri.h) can have the segment. */
bool osp_segment_is_normal(osp_str text);
/* Whether it adds nothing to the URL. */
bool osp_segment_is_silent(const osp_segment *segment);
/* The segment as it is written in a pattern, with its '/' in front; nothing where it adds nothing.
 * named   false: without the names of parameters, so that segments that match alike are equal */
void osp_segment_write(const osp_segment *segment, bool named, osp_buf *out);

#endif
