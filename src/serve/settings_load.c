/* Settings from the environment and from options, on top of those of the file. */
#include "serve/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "base/words.h"
#include "serve/settings_impl.h"
#include "type/json.h"

#define FILE_SUFFIX "_FILE"
#define PATH_MAX_LEN 128 /* bytes of the path of a key */
#define SECRET_SHOWN "\"***\""

const char *osp_settings_source_name(osp_settings_source source)
{
    static const char *const names[OSP_SETTINGS_SOURCES] = {
        [OSP_SETTINGS_DEFAULT] = "default",         [OSP_SETTINGS_FILE] = "file",
        [OSP_SETTINGS_ENVIRONMENT] = "environment", [OSP_SETTINGS_CREDENTIAL] = "credential",
        [OSP_SETTINGS_OPTION] = "option",
    };
    OSP_ASSERT(source < OSP_SETTINGS_SOURCES);
    return names[source];
}

/* ---------------------------------------------------------------- what is said */

void osp_settings_say_error(osp_settings *s)
{
    s->error_count++;
    osp_buf_str(&s->said, OSP_STR("error: "));
}

void osp_settings_say_text(osp_settings *s, osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.ptr[i];
        osp_buf_byte(&s->said, byte < 0x20 || byte == 0x7f ? '?' : text.ptr[i]);
    }
}

void osp_settings_say_flaw(osp_settings *s, const osp_flaw *flaw)
{
    osp_wording english = { .tables = NULL };
    osp_settings_say_text(s, osp_flaw_text(flaw, &english, &s->arena));
}

/* "error: WHERE: PATH: " */
static void refuse_begin(osp_settings *s, osp_str where, const osp_settings_key *key)
{
    osp_settings_say_error(s);
    osp_settings_say_text(s, where);
    osp_buf_printf(&s->said, ": %.*s: ", OSP_ARG(key->path));
}

static void refuse(osp_settings *s, osp_str where, const osp_settings_key *key, osp_str sentence)
{
    refuse_begin(s, where, key);
    osp_settings_say_text(s, sentence);
    osp_buf_byte(&s->said, '\n');
}

void osp_settings_where(const osp_settings *s, const osp_settings_key *key, osp_buf *out)
{
    if (key->source == OSP_SETTINGS_DEFAULT) {
        osp_buf_str(out, OSP_STR("default"));
    } else if (key->source == OSP_SETTINGS_FILE) {
        osp_buf_printf(out, "%s:%u:%u", s->file, (unsigned)key->line, (unsigned)key->column);
    } else {
        osp_buf_str(out, key->from);
    }
}

void osp_settings_refuse(osp_settings *s, const osp_settings_key *key, const char *sentence)
{
    osp_settings_say_error(s);
    osp_settings_where(s, key, &s->said);
    osp_buf_printf(&s->said, ": %.*s: %s\n", OSP_ARG(key->path), sentence);
}

osp_status osp_settings_show(const osp_settings *s, const osp_settings_key *key, osp_buf *out)
{
    const char *slot = (const char *)s->value + key->offset;
    if (key->secret && osp_field_value(key->field, slot) != NULL) {
        osp_buf_str(out, OSP_STR(SECRET_SHOWN));
        return OSP_OK;
    }
    return osp_json_encode_field(key->field, slot, out);
}

/* ---------------------------------------------------------------- keys */

/* A piece of text in the arena, with a NUL behind it. */
static osp_status keep(osp_settings *s, const char *text, size_t len, osp_str *ret)
{
    char *copy = osp_arena_try(&s->arena, len + 1);
    if (copy == NULL) {
        return OSP_E_NOMEM;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    *ret = (osp_str){ copy, len };
    return OSP_OK;
}

static osp_status key_name(osp_settings *s, osp_settings_key *key, const char *prefix, osp_str path)
{
    char variable[2 * PATH_MAX_LEN];
    const size_t begin = strlen(prefix);
    OSP_ASSERT(begin + path.len + sizeof(FILE_SUFFIX) <= sizeof(variable));
    memcpy(variable, prefix, begin);
    for (size_t i = 0; i < path.len; i++) {
        const char c = path.ptr[i];
        variable[begin + i] = c == '.' ? '_' : (char)toupper((unsigned char)c);
    }
    OSP_TRY(keep(s, path.ptr, path.len, &key->path));
    return keep(s, variable, begin + path.len, &key->variable);
}

/* The keys of an object that stands at `offset` and whose path is the first `len` bytes of `path`.
 * Descends as deep as types are nested, which the program itself decides.  A name that begins with
 * '$' is a note to programs, no key. */
static osp_status collect(osp_settings *s, const osp_settings_input *input, const osp_type *type,
                          char path[PATH_MAX_LEN], size_t len, osp_settings_key within)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        const osp_str name = osp_field_name(field);
        const size_t end = len + name.len;
        OSP_ASSERT(end + 1 < PATH_MAX_LEN);
        if (name.ptr[0] == '$') {
            continue;
        }
        memcpy(path + len, name.ptr, name.len);
        osp_settings_key key = { .field = field,
                                 .offset = within.offset + field->offset_,
                                 .secret = within.secret || field->secret };
        if (field->kind_ == OSP_KIND_OBJECT && !osp_field_is_optional(field)) {
            path[end] = '.';
            OSP_TRY(collect(s, input, field->type_, path, end + 1, key));
            continue;
        }
        OSP_ASSERT(s->key_count < OSP_SETTINGS_KEYS_MAX);
        OSP_TRY(key_name(s, &key, input->prefix, (osp_str){ path, end }));
        s->keys[s->key_count++] = key;
    }
    return OSP_OK;
}

osp_settings_key *osp_settings_find(const osp_settings *s, osp_str path)
{
    for (size_t i = 0; i < s->key_count; i++) {
        if (osp_str_equal(s->keys[i].path, path)) {
            return &s->keys[i];
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------- values */

static bool is_list(const osp_settings_key *key)
{
    return key->field->kind_ == OSP_KIND_LIST && key->field->type_->kind == OSP_KIND_STR;
}

static osp_status write_item(osp_str item, size_t place, osp_buf *out)
{
    osp_buf_str(out, place > 0 ? OSP_STR(",") : OSP_STR(""));
    return out->failed ? OSP_E_NOMEM : osp_json_string(item, out);
}

/* The items of a list as a JSON array; behind those that options before have given. */
static osp_status write_items(const osp_settings *s, const osp_settings_key *key, bool joins,
                              osp_str text, osp_buf *out)
{
    const osp_str_list *before = (const void *)((const char *)s->value + key->offset);
    size_t count = 0;
    OSP_ASSERT(key->separator != '\0');
    osp_buf_byte(out, '[');
    for (size_t i = 0; joins && i < before->count; i++) {
        OSP_TRY(write_item(before->items[i], count++, out));
    }
    for (const char *at = text.ptr, *end = at + text.len; at < end;) {
        const char *stop = memchr(at, key->separator, (size_t)(end - at));
        const size_t len = (size_t)((stop != NULL ? stop : end) - at);
        if (len > 0) {
            OSP_TRY(write_item((osp_str){ at, len }, count++, out));
        }
        at += len + 1;
    }
    osp_buf_byte(out, ']');
    return out->failed ? OSP_E_NOMEM : OSP_OK;
}

/* Sets a list from text. */
static osp_status set_list(osp_settings *s, osp_settings_key *key, osp_settings_source source,
                           osp_str from, osp_str text)
{
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = &s->arena, .issues = &issues };
    char *slot = (char *)s->value + key->offset;
    const bool joins = source == OSP_SETTINGS_OPTION && key->source == OSP_SETTINGS_OPTION;
    osp_buf out;
    osp_str items = { NULL, 0 };
    osp_buf_init(&out, NULL, 0, OSP_SETTINGS_FILE_MAX);
    osp_status status = write_items(s, key, joins, text, &out);
    status = status == OSP_OK ? keep(s, out.ptr, out.len, &items) : status;
    osp_buf_done(&out);
    OSP_TRY(status);
    status = osp_json_decode_field(key->field, slot, items, &how, NULL);
    for (size_t i = 0; i < issues.count; i++) {
        refuse_begin(s, from, key);
        osp_settings_say_flaw(s, &issues.items[i].flaw);
        osp_buf_byte(&s->said, '\n');
    }
    key->source = source;
    key->from = from;
    return status == OSP_E_TYPE_MISMATCH ? OSP_OK : status;
}

/* Sets a key from text.  What does not fit is said, and then the value is no good. */
static osp_status set(osp_settings *s, osp_settings_key *key, osp_settings_source source,
                      osp_str from, osp_str text)
{
    const osp_decoding how = { .arena = &s->arena };
    osp_flaw flaw;
    char *slot = (char *)s->value + key->offset;
    if (!osp_utf8_valid(text)) {
        refuse(s, from, key, OSP_STR("is not valid UTF-8"));
        return OSP_OK;
    }
    if (is_list(key)) {
        return set_list(s, key, source, from, text);
    }
    const osp_status status = osp_field_from_text(key->field, slot, text, &how, &flaw);
    if (status == OSP_E_TYPE_MISMATCH) {
        refuse_begin(s, from, key);
        osp_settings_say_flaw(s, &flaw);
        osp_buf_byte(&s->said, '\n');
        return OSP_OK;
    }
    if (status != OSP_OK) {
        return status;
    }
    key->source = source;
    key->from = from;
    return OSP_OK;
}

/* The same from a file.  A credential may be missing: who has none has no such file. */
static osp_status set_from_file(osp_settings *s, osp_settings_key *key, osp_settings_source source,
                                osp_str from, const char *path)
{
    osp_error err = { 0 };
    osp_str text;
    const osp_status status = osp_secret_file(&s->arena, path, &text, &err);
    if (status == OSP_E_NOMEM) {
        return status;
    }
    if (status == OSP_E_NOT_FOUND && source == OSP_SETTINGS_CREDENTIAL) {
        return OSP_OK;
    }
    if (status != OSP_OK) {
        refuse(s, from, key, osp_str_from(err.message));
        return OSP_OK;
    }
    return set(s, key, source, from, text);
}

/* ---------------------------------------------------------------- environment */

/* The value of a variable whose name is `name` and `suffix`; NULL when it is not there or empty. */
static const char *variable(const osp_settings_input *input, osp_str name, const char *suffix)
{
    const size_t more = strlen(suffix);
    for (char *const *at = input->environment; at != NULL && *at != NULL; at++) {
        if (strncmp(*at, name.ptr, name.len) == 0 && strncmp(*at + name.len, suffix, more) == 0 &&
            (*at)[name.len + more] == '=') {
            const char *value = *at + name.len + more + 1;
            return value[0] != '\0' ? value : NULL;
        }
    }
    return NULL;
}

/* A secret that systemd hands over. */
static osp_status read_credential(osp_settings *s, const osp_settings_input *input,
                                  osp_settings_key *key)
{
    const char *folder = variable(input, OSP_STR("CREDENTIALS_DIRECTORY"), "");
    osp_str path;
    char whole[4096];
    if (folder == NULL) {
        return OSP_OK;
    }
    const int len = snprintf(whole, sizeof(whole), "%s/%.*s", folder, OSP_ARG(key->path));
    if (len >= (int)sizeof(whole)) {
        refuse(s, OSP_STR("CREDENTIALS_DIRECTORY"), key, OSP_STR("its path is too long"));
        return OSP_OK;
    }
    OSP_TRY(keep(s, whole, (size_t)len, &path));
    return set_from_file(s, key, OSP_SETTINGS_CREDENTIAL, path, path.ptr);
}

static osp_status read_variable(osp_settings *s, const osp_settings_input *input,
                                osp_settings_key *key)
{
    const char *value = variable(input, key->variable, "");
    const char *path = variable(input, key->variable, FILE_SUFFIX);
    if (!osp_kind_is_scalar((osp_kind)key->field->kind_) && !is_list(key)) {
        return OSP_OK;
    }
    if (path != NULL) {
        char name[2 * PATH_MAX_LEN];
        osp_str from;
        const int len = snprintf(name, sizeof(name), "%.*s" FILE_SUFFIX, OSP_ARG(key->variable));
        OSP_TRY(keep(s, name, (size_t)len, &from));
        if (value != NULL) {
            refuse(s, from, key, OSP_STR("is also given without " FILE_SUFFIX));
            return OSP_OK;
        }
        return set_from_file(s, key, OSP_SETTINGS_ENVIRONMENT, from, path);
    }
    if (value != NULL) {
        return set(s, key, OSP_SETTINGS_ENVIRONMENT, key->variable, osp_str_from(value));
    }
    return key->secret ? read_credential(s, input, key) : OSP_OK;
}

static osp_status read_aliases(osp_settings *s, const osp_settings_input *input)
{
    const osp_settings_alias *alias = input->aliases;
    for (; alias != NULL && alias->variable != NULL; alias++) {
        const osp_str name = osp_str_from(alias->variable);
        const char *value = variable(input, name, "");
        osp_settings_key *key = osp_settings_find(s, osp_str_from(alias->path));
        OSP_ASSERT(key != NULL);
        if (value != NULL) {
            OSP_TRY(set(s, key, OSP_SETTINGS_ENVIRONMENT, name, osp_str_from(value)));
        }
    }
    return OSP_OK;
}

/* What options or variables say, each of one key. */
static osp_status read_said(osp_settings *s, const osp_settings_option *said, size_t count,
                            osp_settings_source source)
{
    for (size_t i = 0; i < count; i++) {
        osp_settings_key *key = osp_settings_find(s, osp_str_from(said[i].path));
        OSP_ASSERT(key != NULL);
        OSP_TRY(set(s, key, source, osp_str_from(said[i].name), osp_str_from(said[i].value)));
    }
    return OSP_OK;
}

/* Whether a variable of the prefix means something; else the key that it may have been meant for.
 */
static bool is_known(const osp_settings *s, const osp_settings_input *input, osp_str name,
                     const osp_settings_key **ret_nearest)
{
    const osp_str suffix = OSP_STR(FILE_SUFFIX);
    size_t least = SIZE_MAX;
    for (const char *const *at = input->known; at != NULL && *at != NULL; at++) {
        if (osp_str_equal(name, osp_str_from(*at))) {
            return true;
        }
    }
    *ret_nearest = NULL;
    for (size_t i = 0; i < s->key_count; i++) {
        const osp_str known = s->keys[i].variable;
        if (osp_str_starts_with(name, known)) {
            const osp_str rest = { name.ptr + known.len, name.len - known.len };
            if (rest.len == 0 || osp_str_equal(rest, suffix)) {
                return true;
            }
        }
        const size_t distance = osp_words_distance(name, known);
        if (distance < least && osp_words_near(s->keys[i].path, distance)) {
            least = distance;
            *ret_nearest = &s->keys[i];
        }
    }
    return false;
}

/* Warns of variables that look like ours and do nothing.  No errors: who runs many services side by
 * side may set some of these names for another purpose. */
static void warn_of_others(osp_settings *s, const osp_settings_input *input)
{
    for (char *const *at = input->environment; at != NULL && *at != NULL; at++) {
        const osp_settings_key *nearest;
        const osp_str name = { *at, strcspn(*at, "=") };
        if (!osp_str_starts_with(name, osp_str_from(input->prefix)) ||
            is_known(s, input, name, &nearest)) {
            continue;
        }
        osp_buf_str(&s->said, OSP_STR("warning: "));
        osp_settings_say_text(s, name);
        osp_buf_str(&s->said, OSP_STR(" is no key of the configuration"));
        if (nearest != NULL) {
            osp_buf_printf(&s->said, "; did you mean %.*s?", OSP_ARG(nearest->variable));
        }
        osp_buf_byte(&s->said, '\n');
    }
}

/* ---------------------------------------------------------------- all of it */

static osp_status read_all(osp_settings *s, const osp_settings_input *input)
{
    char path[PATH_MAX_LEN];
    s->keys = osp_arena_zalloc(&s->arena, OSP_SETTINGS_KEYS_MAX * sizeof(*s->keys));
    s->value = osp_arena_zalloc(&s->arena, s->type->size);
    if (s->keys == NULL || s->value == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(collect(s, input, s->type, path, 0, (osp_settings_key){ 0 }));
    for (const osp_settings_list *list = input->lists; list != NULL && list->path; list++) {
        osp_settings_find(s, osp_str_from(list->path))->separator = list->separator;
    }
    OSP_TRY(osp_settings_read_file(s, input));
    OSP_TRY(read_said(s, input->compound, input->compound_count, OSP_SETTINGS_ENVIRONMENT));
    OSP_TRY(read_aliases(s, input));
    for (size_t i = 0; i < s->key_count; i++) {
        OSP_TRY(read_variable(s, input, &s->keys[i]));
    }
    warn_of_others(s, input);
    return read_said(s, input->options, input->option_count, OSP_SETTINGS_OPTION);
}

osp_status osp_settings_load(osp_settings *s, const osp_settings_input *input)
{
    *s = (osp_settings){ .type = input->type };
    osp_arena_init(&s->arena, NULL, 0, OSP_SETTINGS_ARENA_MAX);
    /* All of it at once, so that saying what is wrong cannot fail. */
    char *storage = osp_arena_try(&s->arena, OSP_SETTINGS_SAID_MAX);
    osp_buf_init(&s->said, storage, storage != NULL ? OSP_SETTINGS_SAID_MAX : 0,
                 OSP_SETTINGS_SAID_MAX);
    if (storage == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(read_all(s, input));
    return s->error_count != 0 ? OSP_E_INVALID : OSP_OK;
}

void osp_settings_done(osp_settings *s)
{
    osp_arena_done(&s->arena);
}
