/* Settings from their JSON file, with the places of what stands in it.
 *
 * The decoder tells what does not fit by a JSON pointer.  Where that is in the text is found by
 * walking the text again, which costs nothing that matters here and keeps places out of the codec.
 *
 *     {"limits": {"body": 5}}       pointer /limits/body   --> line 1, column 21
 *
 * A member that is unknown or given twice is shown where its name stands, anything else where its
 * value does. */
#include <string.h>

#include "base/secret.h"
#include "base/words.h"
#include "serve/settings_impl.h"
#include "type/json_read.h"
#include "type/path.h"

#include <openspeed/reflect.h>

/* A place in the text. */
typedef struct place {
    const char *name;  /* of the member, or of the item itself */
    const char *value; /* NULL: not there */
} place;

static void line_and_column(osp_str text, const char *at, uint32_t *ret_line, uint32_t *ret_column)
{
    uint32_t line = 1;
    const char *begin = text.ptr;
    OSP_ASSERT(at >= text.ptr && at <= text.ptr + text.len);
    for (const char *c = text.ptr; c < at; c++) {
        if (*c == '\n') {
            line++;
            begin = c + 1;
        }
    }
    *ret_line = line;
    *ret_column = (uint32_t)(at - begin) + 1;
}

/* ---------------------------------------------------------------- places */

/* The member of the object or item of the list at the reader that a step leads to; of a name that
 * stands more than once the first one, which counts, or the last.  Leaves the reader at its value.
 */
static osp_status enter(osp_json_reader *r, const osp_path_step *step, bool last, place *ret_place)
{
    const int open = osp_json_peek(r);
    const osp_str wanted = { step->text, step->len };
    const char *found_name = NULL, *found_value = NULL;
    if (open != '{' && open != '[') {
        return OSP_E_NOT_FOUND;
    }
    r->at++;
    bool more = osp_json_peek(r) != (open == '{' ? '}' : ']');
    for (size_t index = 0; more; index++) {
        bool is_it = step->is_index && index == step->index;
        (void)osp_json_peek(r);
        const char *name_at = r->at;
        if (open == '{') {
            osp_str name = { NULL, 0 };
            OSP_TRY(osp_json_expect_name(r, &name));
            OSP_TRY(osp_json_expect_colon(r));
            is_it = osp_str_equal(name, wanted) && (last || found_name == NULL);
        }
        (void)osp_json_peek(r);
        found_name = is_it ? name_at : found_name;
        found_value = is_it ? r->at : found_value;
        OSP_TRY(osp_json_skip(r));
        OSP_TRY(osp_json_expect_more(r, open == '{', &more));
    }
    if (found_value == NULL) {
        return OSP_E_NOT_FOUND;
    }
    r->at = found_value;
    *ret_place = (place){ found_name, found_value };
    return OSP_OK;
}

/* What a path leads to in a text that is JSON, or the innermost there is on the way.
 * Returns   OSP_OK | OSP_E_NOT_FOUND (it leads nowhere) | OSP_E_NOMEM */
static osp_status find(osp_str text, osp_arena *arena, osp_str path, bool pointer, bool last,
                       place *ret_place)
{
    osp_json_reader r;
    osp_path_step step;
    osp_json_reader_init(&r, text, arena, NULL);
    (void)osp_json_peek(&r);
    *ret_place = (place){ r.at, r.at };
    for (;;) {
        osp_status status = osp_path_next(&path, pointer, &step);
        if (status == OSP_DONE) {
            return OSP_OK;
        }
        status = status == OSP_OK ? enter(&r, &step, last, ret_place) : OSP_E_NOT_FOUND;
        if (status != OSP_OK) {
            return status == OSP_E_NOMEM ? status : OSP_E_NOT_FOUND;
        }
    }
}

/* ---------------------------------------------------------------- what is said */

static void say_place(osp_settings *s, osp_str text, const char *at)
{
    uint32_t line, column;
    line_and_column(text, at, &line, &column);
    osp_settings_say_error(s);
    osp_settings_say_text(s, osp_str_from(s->file));
    osp_buf_printf(&s->said, ":%u:%u: ", (unsigned)line, (unsigned)column);
}

/* The member of `type` that a name is most like. */
static const osp_field *nearest(const osp_type *type, osp_str name)
{
    const osp_field *best = NULL;
    size_t least = SIZE_MAX;
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_str known = osp_field_name(&type->fields[i]);
        const size_t distance = osp_words_distance(name, known);
        if (distance < least && osp_words_near(known, distance)) {
            least = distance;
            best = &type->fields[i];
        }
    }
    return best;
}

/* Writes a JSON pointer as the path of a key; gives the type that its last step belongs to. */
static const osp_type *say_pointer(osp_settings *s, osp_str pointer, osp_path_step *ret_last)
{
    const osp_type *type = s->type, *inside = NULL;
    osp_path_step step;
    for (bool first = true; osp_path_next(&pointer, true, &step) == OSP_OK; first = false) {
        *ret_last = step;
        const osp_str name = { step.text, step.len };
        if (!first) {
            osp_buf_byte(&s->said, '.');
        }
        osp_settings_say_text(s, name);
        inside = type;
        const osp_field *field = type != NULL ? osp_field_named(type, name) : NULL;
        type = field != NULL ? field->type_ : NULL;
    }
    return inside;
}

static osp_status say_issue(osp_settings *s, osp_str text, const osp_issue *issue)
{
    place at;
    osp_path_step last = { .len = 0 };
    const osp_issue_code code = issue->flaw.says->code;
    const bool twice = code == OSP_ISSUE_DUPLICATE;
    const bool of_name = twice || code == OSP_ISSUE_ADDITIONAL;
    if (find(text, &s->arena, issue->where, true, twice, &at) == OSP_E_NOMEM) {
        return OSP_E_NOMEM;
    }
    say_place(s, text, of_name ? at.name : at.value);
    const osp_type *type = say_pointer(s, issue->where, &last);
    osp_buf_str(&s->said, issue->where.len != 0 ? OSP_STR(": ") : OSP_STR(""));
    osp_settings_say_flaw(s, &issue->flaw);
    if (code == OSP_ISSUE_ADDITIONAL && type != NULL) {
        const osp_field *meant = nearest(type, (osp_str){ last.text, last.len });
        if (meant != NULL) {
            osp_buf_printf(&s->said, "; did you mean \"%.*s\"?", OSP_ARG(osp_field_name(meant)));
        }
    }
    osp_buf_byte(&s->said, '\n');
    return OSP_OK;
}

/* Whether the text is JSON; says why not. */
static bool is_json(osp_settings *s, osp_str text)
{
    osp_json_reader r;
    osp_error err = { 0 };
    osp_json_reader_init(&r, text, NULL, &err);
    if (osp_json_skip(&r) == OSP_OK) {
        if (osp_json_peek(&r) == -1) {
            return true;
        }
        (void)osp_json_syntax(&r, "unexpected text behind the value");
    }
    /* "line 3, column 5 (byte 40): what is wrong" */
    const char *what = strstr(err.message, "): ");
    say_place(s, text, text.ptr + (r.at - r.begin)); /* an empty text begins elsewhere */
    osp_buf_printf(&s->said, "%s\n", what != NULL ? what + 3 : err.message);
    return false;
}

/* ---------------------------------------------------------------- the file */

static osp_status note_keys(osp_settings *s, osp_str text)
{
    for (size_t i = 0; i < s->key_count; i++) {
        osp_settings_key *key = &s->keys[i];
        place at;
        const osp_status status = find(text, &s->arena, key->path, false, false, &at);
        if (status == OSP_E_NOMEM) {
            return status;
        }
        if (status == OSP_OK) {
            key->source = OSP_SETTINGS_FILE;
            line_and_column(text, at.value, &key->line, &key->column);
        }
    }
    return OSP_OK;
}

static osp_status decode(osp_settings *s, osp_str text)
{
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = &s->arena, .issues = &issues };
    const osp_status status = osp_json_decode(s->type, s->value, text, &how, NULL);
    if (status == OSP_OK || status == OSP_E_TYPE_MISMATCH) {
        for (size_t i = 0; i < issues.count; i++) {
            OSP_TRY(say_issue(s, text, &issues.items[i]));
        }
        if (issues.dropped != 0) {
            osp_settings_say_error(s);
            osp_buf_printf(&s->said, "%s: %zu more\n", s->file, issues.dropped);
        }
        return OSP_OK;
    }
    OSP_ASSERT(status == OSP_E_NOMEM); /* it is JSON */
    return status;
}

/* The text of the file; "{}" when there is none, or none that could be decoded. */
static osp_status text_of(osp_settings *s, const osp_settings_input *input, osp_str *ret_text)
{
    osp_error err = { 0 };
    osp_str text;
    *ret_text = OSP_STR("{}");
    if (input->file == NULL) {
        return OSP_OK;
    }
    const osp_status status =
        osp_file_read(&s->arena, input->file, OSP_SETTINGS_FILE_MAX, &text, &err);
    if (status == OSP_E_NOMEM || (status == OSP_E_NOT_FOUND && !input->file_required)) {
        return status == OSP_E_NOMEM ? status : OSP_OK;
    }
    s->file = input->file;
    if (status != OSP_OK) {
        osp_settings_say_error(s);
        osp_buf_printf(&s->said, "%s\n", err.message);
    } else if (is_json(s, text)) {
        *ret_text = text;
    }
    return OSP_OK;
}

osp_status osp_settings_read_file(osp_settings *s, const osp_settings_input *input)
{
    osp_str text;
    OSP_TRY(text_of(s, input, &text));
    OSP_TRY(decode(s, text));
    return note_keys(s, text);
}
