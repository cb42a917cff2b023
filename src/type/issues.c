/* What is wrong with a field, in sentences for the client.
 *
 * An input is judged as a whole: every bad field becomes one issue, up to a maximum, so that a form
 * can mark all of them at once.  Sentences start with a verb ("must be at least 1"); whoever shows
 * them puts the field's name in front.  None repeats the input.
 *
 *     flaw --key--> "min_length.bytes.one", "min_length.bytes", "min_length"   each in
 *                                          de-CH, de                           and, if in none,
 *          --text-> "must not be empty"                                        the English one
 *
 * Sentences of the application itself have no key: they are looked up as they are.  Nothing is
 * looked up before an answer that names flaws is written; the tables are short and searched one
 * after the other. */
#include "type/issues.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const char *const code_names[OSP_ISSUE_CODES] = {
    [OSP_ISSUE_CHECK] = "check",
    [OSP_ISSUE_REQUIRED] = "required",
    [OSP_ISSUE_NULL] = "null",
    [OSP_ISSUE_TYPE] = "type",
    [OSP_ISSUE_MINIMUM] = "minimum",
    [OSP_ISSUE_MAXIMUM] = "maximum",
    [OSP_ISSUE_ABOVE] = "above",
    [OSP_ISSUE_BELOW] = "below",
    [OSP_ISSUE_MULTIPLE] = "multiple_of",
    [OSP_ISSUE_MIN_LENGTH] = "min_length",
    [OSP_ISSUE_MAX_LENGTH] = "max_length",
    [OSP_ISSUE_MIN_ITEMS] = "min_items",
    [OSP_ISSUE_MAX_ITEMS] = "max_items",
    [OSP_ISSUE_UNIQUE] = "unique",
    [OSP_ISSUE_PATTERN] = "pattern",
    [OSP_ISSUE_FORMAT] = "format",
    [OSP_ISSUE_ENUM] = "enum",
    [OSP_ISSUE_NEEDS] = "needs",
    [OSP_ISSUE_ADDITIONAL] = "additional",
    [OSP_ISSUE_DUPLICATE] = "duplicate",
};

const char *osp_issue_code_name(osp_issue_code code)
{
    OSP_ASSERT((unsigned)code < OSP_ISSUE_CODES);
    return code_names[code];
}

#define SENTENCE(name, code, key, text) [OSP_SENTENCE_##name] = { OSP_ISSUE_##code, key, text },
const osp_sentence osp_sentences[OSP_SENTENCE_COUNT] = { OSP_SENTENCES(SENTENCE) };

/* The one placeholder that the sentences of a code may have. */
static const char *const placeholders[OSP_ISSUE_CODES] = {
    [OSP_ISSUE_CHECK] = "sentence",   [OSP_ISSUE_TYPE] = "type",
    [OSP_ISSUE_MINIMUM] = "limit",    [OSP_ISSUE_MAXIMUM] = "limit",
    [OSP_ISSUE_ABOVE] = "limit",      [OSP_ISSUE_BELOW] = "limit",
    [OSP_ISSUE_MULTIPLE] = "limit",   [OSP_ISSUE_MIN_LENGTH] = "limit",
    [OSP_ISSUE_MAX_LENGTH] = "limit", [OSP_ISSUE_MIN_ITEMS] = "limit",
    [OSP_ISSUE_MAX_ITEMS] = "limit",  [OSP_ISSUE_FORMAT] = "format",
    [OSP_ISSUE_ENUM] = "choices",     [OSP_ISSUE_NEEDS] = "other",
};

void osp_issues_add(osp_issues *issues, const char *in, osp_str where, osp_flaw flaw)
{
    OSP_ASSERT(issues != NULL);
    OSP_ASSERT(issues->count <= OSP_ISSUES_MAX);
    OSP_ASSERT(flaw.says != NULL);
    if (issues->count == OSP_ISSUES_MAX) {
        issues->dropped++;
        return;
    }
    issues->items[issues->count++] = (osp_issue){ in, where, flaw };
}

osp_status osp_flaw_failure(osp_flaw flaw)
{
    if (flaw.says == OSP_SAY(PATTERN_SLOW)) {
        return OSP_E_LIMIT;
    }
    if (flaw.says == OSP_SAY(PATTERN_BAD)) {
        return OSP_E_INVALID;
    }
    return flaw.says == OSP_SAY(PATTERN_MEMORY) || flaw.says == OSP_SAY(UNIQUE_MEMORY) ? OSP_E_NOMEM
                                                                                       : OSP_OK;
}

osp_flaw osp_flaw_with(const osp_sentence *says, osp_arena *arena, osp_str value)
{
    osp_flaw flaw = { .says = says };
    size_t len = value.len < OSP_ISSUE_VALUE_MAX ? value.len : OSP_ISSUE_VALUE_MAX;
    while (len < value.len && len > 0 && ((unsigned char)value.ptr[len] & 0xC0) == 0x80) {
        len--; /* never within a character */
    }
    char *copy = osp_arena_try(arena, len);
    if (copy != NULL && len != 0) {
        memcpy(copy, value.ptr, len);
        flaw.value = (osp_str){ copy, len };
    }
    return flaw;
}

osp_flaw osp_flaw_count(const osp_sentence *says, osp_arena *arena, uint64_t count)
{
    char number[24];
    const int len = snprintf(number, sizeof(number), "%llu", (unsigned long long)count);
    return osp_flaw_with(count == 1 ? says + 1 : says, arena, (osp_str){ number, (size_t)len });
}

/* Appends a name to a list of them; false when no further one has room. */
static bool add_choice(char *text, size_t *len, const char *name, size_t name_len)
{
    static const osp_str more = { ", ...", 5 };
    const bool fits = *len + 2 + name_len + more.len <= OSP_ISSUE_VALUE_MAX;
    if (!fits && *len != 0) {
        memcpy(text + *len, more.ptr, more.len);
        *len += more.len;
    }
    if (!fits) {
        return false;
    }
    if (*len != 0) {
        memcpy(text + *len, more.ptr, 2);
        *len += 2;
    }
    memcpy(text + *len, name, name_len);
    *len += name_len;
    return true;
}

osp_flaw osp_flaw_choices(const osp_type *type, osp_arena *arena)
{
    char text[OSP_ISSUE_VALUE_MAX];
    size_t len = 0;
    bool room = true;
    for (uint16_t i = 0; i < type->name_count && room; i++) {
        room = add_choice(text, &len, type->names[i].text, type->names[i].len);
    }
    for (uint16_t i = 0; i < type->case_count && room; i++) {
        room = add_choice(text, &len, type->cases[i].name, strlen(type->cases[i].name));
    }
    return osp_flaw_with(OSP_SAY(ENUM), arena, (osp_str){ text, len });
}

/* ---------------------------------------------------------------- tables */

/* A language as an identifier has '_' where its tag has '-'; both ignore case. */
static bool is_language(const char *identifier, osp_str tag)
{
    for (size_t i = 0; i < tag.len; i++) {
        const char at = identifier[i] == '_' ? '-' : identifier[i];
        if (at == '\0' || !osp_str_equal_nocase((osp_str){ &at, 1 }, (osp_str){ tag.ptr + i, 1 })) {
            return false;
        }
    }
    return identifier[tag.len] == '\0';
}

const osp_messages *osp_wording_table(const osp_messages *const *tables, size_t count,
                                      osp_str language)
{
    for (size_t i = 0; i < count; i++) {
        if (is_language(tables[i]->language_, language)) {
            return tables[i];
        }
    }
    return NULL;
}

/* What stands before the last `mark`; empty when there is none. */
static osp_str shorten(osp_str text, char mark)
{
    const char *at = text.len != 0 ? memrchr(text.ptr, mark, text.len) : NULL;
    return (osp_str){ text.ptr, at != NULL ? (size_t)(at - text.ptr) : 0 };
}

/* The translation of exactly this key, in the closest table; NULL: none. */
static const char *find_row(const osp_wording *wording, osp_str key)
{
    for (osp_str tag = wording->language; tag.len != 0; tag = shorten(tag, '-')) {
        const osp_messages *table = osp_wording_table(wording->tables, wording->table_count, tag);
        for (uint32_t i = 0; table != NULL && i < table->count_; i++) {
            if (osp_str_equal(osp_str_from(table->rows_[i].key), key)) {
                return table->rows_[i].text;
            }
        }
    }
    return NULL;
}

/* Whether a key is an English sentence of the application rather than a name. */
static bool is_sentence(osp_str key)
{
    return key.len != 0 &&
           (memchr(key.ptr, ' ', key.len) != NULL || (key.ptr[0] >= 'A' && key.ptr[0] <= 'Z'));
}

osp_str osp_wording_sentence(osp_wording *wording, osp_str sentence)
{
    const char *found = is_sentence(sentence) ? find_row(wording, sentence) : NULL;
    wording->used |= found != NULL;
    return found != NULL ? osp_str_from(found) : sentence;
}

/* ---------------------------------------------------------------- saying */

/* What a key is about: "date" in "type.date.range". */
static osp_str subject_of(const char *key)
{
    const char *dot = strchr(key, '.');
    return dot != NULL ? (osp_str){ dot + 1, strcspn(dot + 1, ".") } : OSP_STR("");
}

/* The length of the placeholder "{name}" at `at`, or 0. */
static size_t placeholder_at(const char *at, const char *name)
{
    const size_t len = name != NULL ? strlen(name) : 0;
    return len != 0 && at[0] == '{' && strncmp(at + 1, name, len) == 0 && at[len + 1] == '}'
               ? len + 2
               : 0;
}

/* `text` with `value` for its placeholder. */
static osp_str expand(const char *text, const char *name, osp_str value, osp_arena *arena)
{
    const char *at = strchr(text, '{');
    const size_t hole = at != NULL ? placeholder_at(at, name) : 0;
    if (hole == 0) {
        return osp_str_from(text);
    }
    const size_t before = (size_t)(at - text), behind = strlen(at + hole);
    if (before + behind == 0 && value.ptr != NULL) {
        return value;
    }
    char *out = value.ptr != NULL ? osp_arena_try(arena, before + value.len + behind) : NULL;
    if (out == NULL) {
        return OSP_STR("is not valid");
    }
    memcpy(out, text, before);
    memcpy(out + before, value.ptr, value.len);
    memcpy(out + before + value.len, at + hole, behind);
    return (osp_str){ out, before + value.len + behind };
}

/* The translation of a flaw's sentence, or of what its key begins with; NULL: none. */
static const char *translate(const osp_flaw *flaw, const osp_wording *wording)
{
    const char *found = NULL;
    if (flaw->says == OSP_SAY(CHECK) && is_sentence(flaw->value)) {
        found = find_row(wording, flaw->value);
    }
    for (osp_str key = osp_str_from(flaw->says->key); found == NULL && key.len != 0;
         key = shorten(key, '.')) {
        found = find_row(wording, key);
    }
    return found;
}

osp_str osp_flaw_text(const osp_flaw *flaw, osp_wording *wording, osp_arena *arena)
{
    if (flaw->says == NULL) {
        return (osp_str){ NULL, 0 };
    }
    const char *found =
        wording != NULL && wording->language.len != 0 ? translate(flaw, wording) : NULL;
    if (found != NULL) {
        wording->used = true;
    }
    const osp_issue_code code = flaw->says->code;
    const osp_str value = code == OSP_ISSUE_TYPE || code == OSP_ISSUE_FORMAT
                              ? subject_of(flaw->says->key)
                              : flaw->value;
    return expand(found != NULL ? found : flaw->says->text, placeholders[code], value, arena);
}

/* ---------------------------------------------------------------- proving */

/* The first sentence whose key is, or begins with, this one. */
static const osp_sentence *sentence_of(const char *key)
{
    const size_t len = strlen(key);
    for (size_t i = 0; i < OSP_SENTENCE_COUNT && len != 0; i++) {
        const char *full = osp_sentences[i].key;
        if (strncmp(full, key, len) == 0 && (full[len] == '\0' || full[len] == '.')) {
            return &osp_sentences[i];
        }
    }
    return NULL;
}

const char *osp_message_check(const osp_message *row)
{
    if (row->key == NULL || row->text == NULL || row->text[0] == '\0') {
        return "a message is a key and a text: { \"required\", \"fehlt\" }";
    }
    if (!osp_utf8_valid(osp_str_from(row->text))) {
        return "the text must be UTF-8";
    }
    if (is_sentence(osp_str_from(row->key))) {
        return NULL;
    }
    const osp_sentence *sentence = sentence_of(row->key);
    if (sentence == NULL) {
        return "no message has this key";
    }
    size_t count = 0;
    for (const char *at = strchr(row->text, '{'); at != NULL; at = strchr(at + 1, '{')) {
        if (placeholder_at(at, placeholders[sentence->code]) == 0) {
            return "the text has a placeholder that this message does not have";
        }
        count++;
    }
    return count > 1 ? "the text has its placeholder twice" : NULL;
}
