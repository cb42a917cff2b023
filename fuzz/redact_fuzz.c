/* Requests whose secrets are hidden: whatever stands around a secret, it does not show.
 *
 * The first byte says what it is, and the next where the secret stands among the rest. */
#include <string.h>

#include "agent/redact.h"
#include "base/buf.h"
#include "type/json.h"

#define ARENA_MAX ((size_t)16 << 20)
#define SECRET "hunter2"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Input {
    osp_str word;
} Input;
OSP_TYPE(Input, FIELD(word, .name = "magic", .secret = true));

/* What is put in the middle of a text, and makes it one that is read. */
static const struct {
    const char *front, *middle, *end;
} forms[] = {
    { "", ",\"password\":\"" SECRET "\",", "" },
    { "{\"a\":", ",\"magic\" : {\"a\":[\"" SECRET "\"]},", "}" },
    { "a=b", "&password=" SECRET "&", "" },
    { "/x?a", "&magic=" SECRET "&", "" },
    { "a=b", ";a=" SECRET ";", "" },
    { "/reset/" SECRET "?", "", "" },
};
enum { JSON_MEMBER, JSON_VALUE, FORM, TARGET, COOKIE, PATH };

static osp_str redact(osp_arena *arena, size_t form, osp_str text)
{
    switch (form) {
    case JSON_MEMBER:
    case JSON_VALUE:
        return osp_redact_body(arena, OSP_STR("application/json"), text, &osp_type_Input);
    case FORM:
        return osp_redact_body(arena, OSP_STR("application/x-www-form-urlencoded"), text, NULL);
    case COOKIE:
        return osp_redact_header(arena, OSP_STR("Cookie"), text, NULL);
    case PATH:
        return osp_redact_target(arena, text, "/reset/[token]", NULL);
    default:
        return osp_redact_target(arena, text, NULL, &osp_type_Input);
    }
}

static bool shows(osp_str text)
{
    return text.len > 0 && memmem(text.ptr, text.len, SECRET, sizeof SECRET - 1) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    osp_arena arena;
    osp_buf text;
    if (size < 2) {
        return 0;
    }
    const size_t form = data[0] % OSP_ARRAY_LEN(forms);
    const osp_str rest = { (const char *)data + 2, size - 2 };
    const size_t at = data[1] < rest.len ? data[1] : rest.len;
    if (shows(rest)) {
        return 0;
    }
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_buf_init(&text, NULL, 0, ARENA_MAX);
    osp_buf_str(&text, osp_str_from(forms[form].front));
    osp_buf_append(&text, rest.ptr, at);
    osp_buf_str(&text, osp_str_from(forms[form].middle));
    osp_buf_append(&text, rest.ptr + at, rest.len - at);
    osp_buf_str(&text, osp_str_from(forms[form].end));
    const osp_str whole = { text.ptr, text.len };
    const bool json = form == JSON_MEMBER || form == JSON_VALUE;
    const bool good = json && osp_json_check(whole) == OSP_OK;
    const osp_str shown = redact(&arena, form, whole);
    OSP_ASSERT(!good || osp_json_check(shown) == OSP_OK);
    OSP_ASSERT((json && !good) || !shows(shown));
    (void)redact(&arena, form, rest);
    osp_buf_done(&text);
    osp_arena_done(&arena);
    return 0;
}
