/* Which parts of two documents are the same.
 *
 * A layout is known by the hash of its bytes, without the pieces that are another's.  It is made
 * anew with each document, from what is there to be sent: no layout has to promise anything, and a
 * menu that names who is signed in is another one for somebody else.  A nonce is different each
 * time and means the same, so it is passed over.
 *
 * The hash need not keep out who looks for two layouts of one hash: it would be his own page that
 * is shown wrongly.  It takes 16 bytes at a time, for every document pays for it. */
#include "app/page_mark.h"

#include <string.h>

#include "base/load.h"
#include "base/slice.h"

#define MARKER_BEFORE_HASH 12 /* bytes at most in front of it: "<!--osp:16 " */

static uint64_t mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_more(uint64_t hash, osp_str bytes)
{
    const uint64_t first = UINT64_C(0x9e3779b97f4a7c15), second = UINT64_C(0xd6e8feb86659fd93);
    const char *at = bytes.ptr;
    size_t left = bytes.len;
    hash ^= mix(bytes.len ^ first, second);
    for (; left > 16; left -= 16, at += 16) {
        hash = mix(osp_load64(at) ^ first, osp_load64(at + 8) ^ hash);
    }
    char last[16] = { 0 };
    if (left > 0) {
        memcpy(last, at, left);
    }
    return mix(osp_load64(last) ^ second, osp_load64(last + 8) ^ hash);
}

/* Without the nonce, whose length counts all the same. */
static uint64_t hash_piece(uint64_t hash, osp_str piece, osp_str nonce)
{
    const char *found;
    while (nonce.len > 0 && piece.len >= nonce.len &&
           (found = memmem(piece.ptr, piece.len, nonce.ptr, nonce.len)) != NULL) {
        const size_t before = (size_t)(found - piece.ptr);
        hash = hash_more(hash, (osp_str){ piece.ptr, before });
        piece = (osp_str){ found + nonce.len, piece.len - before - nonce.len };
    }
    return hash_more(hash, piece);
}

void osp_page_hole_add(osp_page_drawing *drawing, uint32_t layout, size_t at, size_t end)
{
    OSP_DEBUG_ASSERT(layout < OSP_PAGE_LAYOUTS_MAX && at <= end);
    if (drawing->hole_count == OSP_PAGE_HOLES_MAX) {
        drawing->marks[layout].varies = true;
        return;
    }
    drawing->holes[drawing->hole_count++] = (osp_page_hole){ layout, at, end };
}

static uint64_t hash_layout(const osp_page_drawing *drawing, uint32_t layout, size_t begin,
                            const osp_buf *out)
{
    const osp_str nonce = drawing->doc->page.nonce;
    uint64_t hash = layout;
    for (uint32_t i = 0; i < drawing->hole_count; i++) {
        const osp_page_hole *hole = &drawing->holes[i];
        if (hole->layout == layout) {
            OSP_ASSERT(begin <= hole->at && hole->at <= hole->end && hole->end <= out->len);
            hash = hash_piece(hash, (osp_str){ out->ptr + begin, hole->at - begin }, nonce);
            begin = hole->end;
        }
    }
    return hash_piece(hash, (osp_str){ out->ptr + begin, out->len - begin }, nonce);
}

/* The digits within the marker in front of an outlet. */
static char *hash_in(const osp_page_mark *mark, const osp_buf *out)
{
    OSP_DEBUG_ASSERT(mark->outlet < mark->outlet_end && mark->outlet_end <= out->len);
    const char *space = memchr(out->ptr + mark->outlet + 4, ' ', MARKER_BEFORE_HASH);
    OSP_ASSERT(space != NULL);
    return out->ptr + (space + 1 - out->ptr);
}

void osp_page_mark_close(osp_page_drawing *drawing, uint32_t layout, size_t begin, osp_buf *out)
{
    static const char digits[] = "0123456789abcdef";
    const osp_page_mark *mark = &drawing->marks[layout];
    if (mark->outlet == mark->outlet_end || mark->varies) {
        return;
    }
    uint64_t hash = hash_layout(drawing, layout, begin, out);
    char *at = hash_in(mark, out);
    for (size_t i = 0; i < OSP_PAGE_HASH_LEN; i++, hash >>= 4) {
        at[i] = digits[hash & 15];
    }
}

/* ---------------------------------------------------------------- what a client has */

static bool is_hash(osp_str text)
{
    bool good = text.len == OSP_PAGE_HASH_LEN;
    for (size_t i = 0; good && i < text.len; i++) {
        const char c = text.ptr[i];
        good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return good;
}

void osp_page_shown_read(osp_str header, osp_page_shown *ret_shown)
{
    ret_shown->count = 0;
    osp_str hash;
    while (ret_shown->count < OSP_PAGE_LAYOUTS_MAX && osp_str_take(&header, ',', &hash)) {
        hash = osp_str_trim(hash);
        if (!is_hash(hash)) {
            return;
        }
        memcpy(ret_shown->hashes[ret_shown->count++], hash.ptr, OSP_PAGE_HASH_LEN);
    }
}

uint32_t osp_page_same(const osp_page_drawing *drawing, const osp_buf *out,
                       const osp_page_shown *shown)
{
    uint32_t same = 0;
    while (same < shown->count && same < drawing->doc->depth) {
        const osp_page_mark *mark = &drawing->marks[same];
        if (mark->outlet == mark->outlet_end || mark->varies ||
            memcmp(hash_in(mark, out), shown->hashes[same], OSP_PAGE_HASH_LEN) != 0) {
            break;
        }
        same++;
    }
    return same;
}
