/* Names of folders as segments of URLs.
 *
 *     users              the text itself: letters, digits and -._~@+,
 *     [x+3a] [u+00fc]    a byte, a character: what cannot or should not stand in a folder's name
 *     [id] [id=int]      a parameter, one that a matcher has to take
 *     v[version].json    parameters with text around and between them
 *     [...path]          one segment or more
 *     [[...path]]        any number of segments
 *     (shop)             a group, no segment
 *     (@example.com)     a group whose routes answer on that host alone
 *     @cart              a slot of a layout, no segment
 *
 * All but the catch-alls and groups are pieces in a row: text, escapes and parameters.  Escapes are
 * told from parameters by their '+', which no name has. */
#include "build/segment.h"

#include <string.h>

#include "base/slice.h"
#include "base/utf8.h"

#define HOST_LABEL_MAX 63

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Names of parameters are names of members, or of what a member is called on the wire. */
static bool is_name(osp_str name, const char *others)
{
    bool good = name.len > 0 && is_letter(name.ptr[0]);
    for (size_t i = 1; good && i < name.len; i++) {
        good = is_letter(name.ptr[i]) || is_digit(name.ptr[i]) ||
               (name.ptr[i] != '\0' && strchr(others, name.ptr[i]) != NULL);
    }
    return good;
}

static bool is_param_name(osp_str name)
{
    return is_name(name, "-");
}

/* Unreserved characters of RFC 3986 and a few that need no escape in a path. */
static bool is_plain(char byte)
{
    return is_letter(byte) || is_digit(byte) || (byte != '\0' && strchr("-.~@+,", byte) != NULL);
}

/* Whether the bytes can be a part of a segment. */
static bool is_clean(osp_str text)
{
    bool good = osp_utf8_valid(text);
    for (size_t i = 0; good && i < text.len; i++) {
        good = (unsigned char)text.ptr[i] >= ' ' && text.ptr[i] != 0x7f && text.ptr[i] != '/';
    }
    return good;
}

bool osp_segment_is_normal(osp_str text)
{
    return text.len > 0 && is_clean(text) && !osp_str_equal(text, OSP_STR(".")) &&
           !osp_str_equal(text, OSP_STR(".."));
}

/* ---------------------------------------------------------------- pieces */

/* A name on its way to a segment. */
typedef struct reading {
    osp_segment segment;
    osp_buf text; /* since the last parameter */
    const char *wrong;
} reading;

static int hex_of(char byte)
{
    const char *const digits = "0123456789abcdef";
    const char *at = byte != '\0' ? strchr(digits, byte | 0x20) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* "x+3a" as a byte, "u+fc" as the bytes of a character; false: neither. */
static bool take_escape(reading *r, osp_str inner)
{
    const bool byte = osp_str_starts_with(inner, OSP_STR("x+"));
    if (!byte && !osp_str_starts_with(inner, OSP_STR("u+"))) {
        return false;
    }
    uint32_t code = 0;
    bool good = byte ? inner.len == 4 : inner.len >= 4 && inner.len <= 8;
    for (size_t i = 2; good && i < inner.len; i++) {
        const int digit = hex_of(inner.ptr[i]);
        good = digit >= 0;
        code = code << 4 | (uint32_t)(digit & 15);
    }
    if (!good || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF && !byte)) {
        r->wrong = "an escape is [x+3a], a byte, or [u+1f600], a character";
        return true;
    }
    char bytes[4] = { (char)code };
    osp_buf_str(&r->text, (osp_str){ bytes, byte ? 1 : osp_utf8_encode(code, bytes) });
    return true;
}

static const char never_asked[] =
    "no URL has it: a segment is UTF-8 without '/' and control characters, and no \".\" or \"..\"";

/* What has been read since the last parameter. */
static osp_str end_text(reading *r, osp_arena *arena)
{
    const osp_str text = osp_buf_text(&r->text);
    char *kept = osp_kit_alloc(arena, text.len + 1);
    OSP_ASSERT(!r->text.failed);
    memcpy(kept, text.ptr, text.len);
    r->wrong = is_clean(text) ? r->wrong : never_asked;
    r->text.len = 0;
    return (osp_str){ kept, text.len };
}

/* "id" or "id=int". */
static void take_param(reading *r, osp_str inner, osp_arena *arena)
{
    const char *equals = memchr(inner.ptr, '=', inner.len);
    const size_t len = equals != NULL ? (size_t)(equals - inner.ptr) : inner.len;
    osp_segment_part part = { .name = { inner.ptr, len } };
    if (equals != NULL) {
        part.matcher = (osp_str){ equals + 1, inner.len - len - 1 };
    }
    if (!is_param_name(part.name) || (equals != NULL && !is_name(part.matcher, ""))) {
        r->wrong = "a parameter is [name] or [name=matcher]";
    } else if (r->segment.part_count == OSP_SEGMENT_PARTS_MAX) {
        r->wrong = "more than 8 parameters in one segment";
    } else if (r->segment.part_count > 0 && r->text.len == 0) {
        r->wrong = "two parameters need text between them, or nobody could tell where one ends";
    } else {
        part.text = end_text(r, arena);
        r->segment.parts[r->segment.part_count++] = part;
    }
}

static void read_pieces(reading *r, osp_str folder, osp_arena *arena)
{
    for (size_t at = 0; at < folder.len && r->wrong == NULL; at++) {
        const char *close = memchr(folder.ptr + at, ']', folder.len - at);
        if (folder.ptr[at] == '[' && close != NULL) {
            const osp_str inner = { folder.ptr + at + 1, (size_t)(close - folder.ptr) - at - 1 };
            if (!take_escape(r, inner)) {
                take_param(r, inner, arena);
            }
            at += inner.len + 1;
        } else if (is_plain(folder.ptr[at])) {
            osp_buf_byte(&r->text, folder.ptr[at]);
        } else {
            r->wrong = "use letters, digits and -._~@+, or [name], [name=matcher], [...name], "
                       "[[...name]], (group) and the escapes [x+20] and [u+fc]";
        }
    }
}

static void read_name(reading *r, osp_str folder, osp_arena *arena)
{
    read_pieces(r, folder, arena);
    if (r->wrong != NULL) {
        return;
    }
    osp_segment *segment = &r->segment;
    const osp_str text = end_text(r, arena);
    if (segment->part_count == 0 && osp_str_starts_with(folder, OSP_STR("@"))) {
        *segment = (osp_segment){ OSP_SEGMENT_SLOT, .name = { text.ptr + 1, text.len - 1 } };
        r->wrong = is_param_name(segment->name)
                       ? r->wrong
                       : "a slot is @name; text that begins with '@' is written [x+40]name";
    } else if (segment->part_count == 0) {
        segment->name = text;
        r->wrong = osp_segment_is_normal(text) ? r->wrong : never_asked;
    } else if (segment->part_count == 1 && segment->parts[0].text.len == 0 && text.len == 0 &&
               segment->parts[0].matcher.len == 0) {
        *segment = (osp_segment){ .kind = OSP_SEGMENT_PARAM, .name = segment->parts[0].name };
    } else {
        segment->kind = OSP_SEGMENT_PATTERN;
        segment->tail = text;
    }
}

/* ---------------------------------------------------------------- whole names */

/* What stands between two ends of a name; false when they are not its ends. */
static bool is_between(osp_str folder, const char *before, const char *after, osp_str *ret_inner)
{
    const size_t left = strlen(before), right = strlen(after);
    if (folder.len < left + right || memcmp(folder.ptr, before, left) != 0 ||
        memcmp(folder.ptr + folder.len - right, after, right) != 0) {
        return false;
    }
    *ret_inner = (osp_str){ folder.ptr + left, folder.len - left - right };
    return true;
}

static bool is_group_name(osp_str name)
{
    bool good = name.len > 0;
    for (size_t i = 0; good && i < name.len; i++) {
        good = is_plain(name.ptr[i]);
    }
    return good;
}

/* RFC 1123 2.1, RFC 1035 2.3.4: labels of letters, digits and '-' within. */
static bool is_host(osp_str host)
{
    size_t label = 0;
    if (osp_str_starts_with(host, OSP_STR("*."))) {
        host = osp_str_skip(host, 2);
    }
    bool good = host.len > 0;
    for (size_t i = 0; good && i <= host.len; i++) {
        const char byte = i < host.len ? host.ptr[i] : '.';
        const bool edge = label == 0 || host.ptr[i - 1] == '-';
        if (byte == '.') {
            good = !edge && label <= HOST_LABEL_MAX;
            label = 0;
        } else {
            good = is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte == '-' && label > 0);
            label++;
        }
    }
    return good;
}

static bool is_host_list(osp_str list)
{
    osp_str host;
    bool good = list.len > 0 && list.ptr[list.len - 1] != ',';
    while (good && osp_str_take(&list, ',', &host)) {
        osp_str others = list, other;
        good = is_host(host);
        while (good && osp_str_take(&others, ',', &other)) {
            good = !osp_str_equal(host, other);
        }
    }
    return good;
}

static void read_folder(reading *r, osp_str folder, osp_arena *arena)
{
    static const struct {
        const char *before, *after, *wrong;
        osp_segment_kind kind;
        bool (*is_good)(osp_str name);
    } whole[] = {
        { "[[...", "]]", "a catch-all is [[...name]]", OSP_SEGMENT_ANY, is_param_name },
        { "[...", "]", "a catch-all is [...name]", OSP_SEGMENT_REST, is_param_name },
        { "(@", ")",
          "hosts are (@admin.example.com), (@*.example.com) or several with commas between, each "
          "once, of a to z, digits and '-', in lower case and without a port",
          OSP_SEGMENT_HOSTS, is_host_list },
        { "(", ")", "a group is (name), of letters, digits and -._~@+,", OSP_SEGMENT_GROUP,
          is_group_name },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(whole); i++) {
        osp_str inner;
        if (is_between(folder, whole[i].before, whole[i].after, &inner)) {
            r->segment = (osp_segment){ .kind = whole[i].kind, .name = inner };
            r->wrong = whole[i].is_good(inner) ? NULL : whole[i].wrong;
            return;
        }
    }
    read_name(r, folder, arena);
}

osp_status osp_segment_parse(osp_arena *arena, osp_str folder, const char *path,
                             osp_segment *ret_segment, osp_error *err)
{
    char storage[OSP_SEGMENT_NAME_MAX]; /* decoded text is no longer than its escapes */
    reading r = { .wrong = NULL };
    if (folder.len > OSP_SEGMENT_NAME_MAX) {
        return osp_error_set(err, OSP_E_BUILD, "%.150s...: the name is longer than %d bytes", path,
                             OSP_SEGMENT_NAME_MAX);
    }
    osp_buf_init(&r.text, storage, sizeof(storage), sizeof(storage));
    read_folder(&r, folder, arena);
    if (r.wrong != NULL) {
        return osp_error_set(err, OSP_E_BUILD, "%s: not a segment of a URL: %s", path, r.wrong);
    }
    *ret_segment = r.segment;
    return OSP_OK;
}

/* ---------------------------------------------------------------- patterns */

/* A pattern is read by people and tools, who take brackets for parameters. */
static void write_text(osp_str text, osp_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '[' || text.ptr[i] == ']') {
            osp_buf_printf(out, "[x+%02x]", (unsigned)text.ptr[i]);
        } else {
            osp_buf_byte(out, text.ptr[i]);
        }
    }
}

static void write_part(const osp_segment_part *part, bool named, osp_buf *out)
{
    write_text(part->text, out);
    osp_buf_byte(out, '[');
    if (named) {
        osp_buf_str(out, part->name);
    }
    if (part->matcher.len > 0) {
        osp_buf_byte(out, '=');
        osp_buf_str(out, part->matcher);
    }
    osp_buf_byte(out, ']');
}

bool osp_segment_is_silent(const osp_segment *segment)
{
    return segment->kind == OSP_SEGMENT_GROUP || segment->kind == OSP_SEGMENT_HOSTS ||
           segment->kind == OSP_SEGMENT_SLOT;
}

void osp_segment_write(const osp_segment *segment, bool named, osp_buf *out)
{
    static const char *const before[] = {
        [OSP_SEGMENT_PARAM] = "[",
        [OSP_SEGMENT_REST] = "[...",
        [OSP_SEGMENT_ANY] = "[[...",
    };
    if (osp_segment_is_silent(segment)) {
        return;
    }
    osp_buf_byte(out, '/');
    if (segment->kind == OSP_SEGMENT_STATIC) {
        write_text(segment->name, out);
    } else if (segment->kind == OSP_SEGMENT_PATTERN) {
        for (size_t i = 0; i < segment->part_count; i++) {
            write_part(&segment->parts[i], named, out);
        }
        write_text(segment->tail, out);
    } else {
        osp_buf_str(out, osp_str_from(before[segment->kind]));
        if (named) {
            osp_buf_str(out, segment->name);
        }
        osp_buf_str(out, segment->kind == OSP_SEGMENT_ANY ? OSP_STR("]]") : OSP_STR("]"));
    }
}
