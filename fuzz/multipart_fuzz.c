/* Bodies of multipart/form-data from anyone.
 *
 *     | seed of the splits | how large pieces are | body, whose boundary is X |
 *
 * Whatever the pieces, the events and the verdict are those of the whole; content is what stands in
 * the body, and a body that is taken ends with its last boundary. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/multipart.h"

#define BODY_MAX 16384
#define TOLD_MAX (3 * BODY_MAX)

typedef struct told {
    osp_multipart m;
    char text[TOLD_MAX];
    size_t len, content_len;
    osp_status status;
} told;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static void add(told *t, char kind, osp_str text)
{
    require(text.len < sizeof t->text - t->len - 1);
    if (kind != 0) {
        t->text[t->len++] = kind;
    }
    if (text.len > 0) {
        memcpy(t->text + t->len, text.ptr, text.len);
    }
    t->len += text.len;
}

static void feed(told *t, osp_str piece)
{
    osp_multipart_event event;
    osp_str content;
    while ((t->status = osp_multipart_next(&t->m, &piece, &event, &content)) == OSP_OK) {
        if (event == OSP_MULTIPART_PART) {
            const osp_multipart_part *part = &t->m.part;
            require(osp_utf8_valid(part->name) && osp_utf8_valid(part->file_name));
            add(t, '[', part->name);
            add(t, part->file_name.ptr != NULL ? '|' : '!', part->file_name);
            add(t, '|', part->media_type);
            add(t, ':', (osp_str){ 0 });
        } else if (event == OSP_MULTIPART_CONTENT) {
            require(content.len > 0);
            add(t, 0, content);
            t->content_len += content.len;
        } else {
            add(t, ']', (osp_str){ 0 });
        }
    }
    require(t->status < 0 || piece.len == 0);
}

static void begin(told *t)
{
    require(osp_multipart_init(&t->m, OSP_STR("multipart/form-data; boundary=X")) == OSP_OK);
    t->len = t->content_len = 0;
    t->status = OSP_AGAIN;
}

static void end(told *t)
{
    const osp_status ended = osp_multipart_end(&t->m);
    require((t->status < 0 || ended < 0) == (t->m.reason != NULL));
    require(t->status != OSP_DONE || ended == OSP_OK);
    t->status = t->status < 0 ? t->status : ended;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static told whole, split;
    if (size < 3 || size > BODY_MAX) {
        return 0;
    }
    uint32_t state = (uint32_t)data[0] << 8 | data[1] | 1u << 16;
    const uint32_t most = (uint32_t)data[2] + 1;
    const osp_str body = { (const char *)data + 3, size - 3 };
    begin(&whole);
    feed(&whole, body);
    end(&whole);
    begin(&split);
    for (size_t at = 0; at < body.len && split.status >= 0;) {
        state = state * 1664525u + 1013904223u;
        const size_t wanted = 1 + (state >> 8) % most;
        const size_t len = wanted < body.len - at ? wanted : body.len - at;
        feed(&split, (osp_str){ body.ptr + at, len });
        at += len;
    }
    end(&split);
    require(whole.status == split.status && whole.len == split.len);
    require(memcmp(whole.text, split.text, whole.len) == 0 && whole.m.reason == split.m.reason);
    require(whole.content_len <= body.len);
    require(whole.status != OSP_OK || (body.len >= 5 && memmem(body.ptr, body.len, "--X--", 5)));
    return 0;
}
