/* What is known of a document that has been drawn: where its layouts are, and whether two of them
 * are the same. */
#ifndef OSP_APP_PAGE_MARK_H
#define OSP_APP_PAGE_MARK_H

#include "app/page.h"

#define OSP_PAGE_HASH_LEN 16  /* digits of the hash of a layout */
#define OSP_PAGE_HOLES_MAX 64 /* pieces of a document that are left out of hashes */

/* Something within a layout that is not of it; offsets in the buffer. */
typedef struct osp_page_hole {
    uint32_t layout;
    size_t at, end;
} osp_page_hole;

/* Where a layout has its outlet. */
typedef struct osp_page_mark {
    size_t outlet, outlet_end; /* with its markers; the same: there is none */
    bool varies;               /* the layout is never taken for the same */
} osp_page_mark;

/* Where what streams belongs. */
typedef struct osp_page_cut {
    size_t at;
    uint32_t item;
} osp_page_cut;

/* A document while it is drawn, and afterwards. */
typedef struct osp_page_drawing {
    const osp_page_doc *doc;
    size_t head, head_end; /* the head of all, with its markers; the same: there is none */
    uint32_t hole_count, cut_count;
    osp_page_mark marks[OSP_PAGE_LAYOUTS_MAX];
    osp_page_hole holes[OSP_PAGE_HOLES_MAX];
    osp_page_cut cuts[OSP_PAGE_ITEMS_MAX];
} osp_page_drawing;

/* Draws a document, and tells where what is. */
OSP_MUST_CHECK osp_status osp_page_draw_marked(const osp_page_doc *doc, osp_page_drawing *drawing,
                                               osp_buf *out);

/* Leaves a piece of the document out of the hash of its layout.  Pieces of one layout are given in
 * their order. */
void osp_page_hole_add(osp_page_drawing *drawing, uint32_t layout, size_t at, size_t end);

/* Writes the hash of a layout, which has ended at the end of `out`, into the marker of its outlet.
 */
void osp_page_mark_close(osp_page_drawing *drawing, uint32_t layout, size_t begin, osp_buf *out);

/* What a client says it shows, outermost first: `OpenSpeed-Parts: 00c5…, 17d0…`. */
typedef struct osp_page_shown {
    uint32_t count;
    char hashes[OSP_PAGE_LAYOUTS_MAX][OSP_PAGE_HASH_LEN];
} osp_page_shown;

/* Reads it up to what is no hash. */
void osp_page_shown_read(osp_str header, osp_page_shown *ret_shown);

/* How many layouts of a drawn document are, from the outermost on, as the client has them; of the
 * last one the outlet is all that it needs. */
uint32_t osp_page_same(const osp_page_drawing *drawing, const osp_buf *out,
                       const osp_page_shown *shown);

#endif
