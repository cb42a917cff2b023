/* Hostile texts in a line of the log.
 *
 *     | style | how long it may become | the text |
 *
 * In every style the line stays one line of its length, in JSON a valid string; what fits is whole,
 * and what is cut is the front of the whole with dots behind it. */
#include <stdlib.h>
#include <string.h>

#include "serve/line.h"
#include "type/json.h"

#define TEXT_MAX 4096
#define ESCAPED_MAX ((size_t)6 * TEXT_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static void check_line(osp_str line, osp_line_style style)
{
    static char quoted[ESCAPED_MAX + 64];
    for (size_t i = 0; i < line.len; i++) {
        const unsigned char byte = (unsigned char)line.ptr[i];
        require(byte >= 0x20 && byte != 0x7f && (style != OSP_LINE_QUOTED || byte < 0x7f));
    }
    if (style == OSP_LINE_JSON) {
        quoted[0] = '"';
        memcpy(quoted + 1, line.ptr, line.len);
        quoted[line.len + 1] = '"';
        require(osp_json_check((osp_str){ quoted, line.len + 2 }) == OSP_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char whole[ESCAPED_MAX + 64], cut[TEXT_MAX];
    if (size < 2 || size - 2 > TEXT_MAX) {
        return 0;
    }
    const osp_line_style style = (osp_line_style)(data[0] % OSP_LINE_STYLES);
    const size_t max = OSP_LOG_PIECE_MIN + data[1];
    const osp_str text = { (const char *)data + 2, size - 2 };
    const size_t len = (size_t)(osp_line_text(whole, text, sizeof whole, style) - whole);
    const size_t kept = (size_t)(osp_line_text(cut, text, max, style) - cut);
    check_line((osp_str){ whole, len }, style);
    check_line((osp_str){ cut, kept }, style);
    require(kept <= max && (len <= max) == (kept == len && memcmp(whole, cut, len) == 0));
    if (len > max) {
        require(memcmp(cut + kept - 3, "...", 3) == 0 && memcmp(whole, cut, kept - 3) == 0);
        require(kept + 12 > max); /* no more is missing than one character needs */
    }
    return 0;
}
