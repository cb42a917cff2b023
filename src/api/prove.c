/* Proofs of single types, at the build. */
#include "api/prove.h"

#include <string.h>

#include "base/arena.h"
#include "type/json.h"

#define PROVED_MAX ((size_t)1 << 22) /* bytes of one type's examples, decoded */

static const char *file_of(const osp_type *type)
{
    return type->file_ != NULL ? type->file_ : "?";
}

/* ---------------------------------------------------------------- examples */

/* The first thing that is wrong with an example but for what it leaves out: of an answer, that may
 * be what only a request has. */
static const osp_issue *first_wrong(const osp_issues *issues)
{
    for (size_t i = 0; i < issues->count; i++) {
        if (issues->items[i].flaw.says->code != OSP_ISSUE_REQUIRED) {
            return &issues->items[i];
        }
    }
    return NULL;
}

/* Proves the example of a member, or of the whole type when `field` is NULL, in an arena. */
static osp_status prove_example(const osp_type *type, const osp_field *field, osp_arena *arena,
                                osp_error *err)
{
    const char *dot = field != NULL ? "." : "", *member = field != NULL ? field->member_ : "";
    const osp_str text = osp_str_from(field != NULL ? field->example : type->example);
    if (osp_json_check(text) != OSP_OK) {
        return osp_error_set(err, OSP_E_INVALID,
                             "%s:%d: error: the example of %s%s%s is not JSON: %.60s",
                             file_of(type), type->line_, type->name, dot, member, text.ptr);
    }
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = arena, .issues = &issues };
    char *value = osp_arena_zalloc(arena, type->size);
    if (value == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory to prove an example");
    }
    const osp_status status =
        field != NULL ? osp_json_decode_field(field, value + field->offset_, text, &how, NULL)
                      : osp_json_decode(type, value, text, &how, NULL);
    if (status == OSP_E_NOMEM) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory to prove an example");
    }
    const osp_issue *issue = first_wrong(&issues);
    return issue == NULL
               ? OSP_OK
               : osp_error_set(err, OSP_E_INVALID,
                               "%s:%d: error: the example of %s%s%s does not fit: %.*s%s%.*s",
                               file_of(type), type->line_, type->name, dot, member,
                               OSP_ARG(issue->where), issue->where.len != 0 ? " " : "",
                               OSP_ARG(osp_flaw_text(&issue->flaw, NULL, arena)));
}

static osp_status prove_examples(const osp_type *type, osp_error *err)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, PROVED_MAX);
    osp_status status = type->example != NULL ? prove_example(type, NULL, &arena, err) : OSP_OK;
    for (uint16_t i = 0; status == OSP_OK && i < type->field_count; i++) {
        if (type->fields[i].example != NULL) {
            status = prove_example(type, &type->fields[i], &arena, err);
        }
    }
    osp_arena_done(&arena);
    return status;
}

/* ---------------------------------------------------------------- names */

/* A name that two values share is read as one of them. */
static osp_status prove_enum(const osp_type *type, osp_error *err)
{
    for (uint16_t i = 0; i < type->name_count; i++) {
        for (uint16_t j = 0; j < i; j++) {
            const osp_name *one = &type->names[j], *other = &type->names[i];
            if (one->len == other->len && memcmp(one->text, other->text, one->len) == 0) {
                return osp_error_set(err, OSP_E_INVALID,
                                     "%.200s:%d: error: %s has the name \"%.60s\" twice",
                                     file_of(type), type->line_, type->name, one->text);
            }
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- unions */

/* What is wrong with a case, without the names of the others; NULL: nothing. */
static const char *wrong_with_case(const osp_type *type, const osp_case *one)
{
    if (one->type->kind != OSP_KIND_OBJECT) {
        return "is no OSP_TYPE";
    }
    for (uint16_t i = 0; i < one->type->field_count; i++) {
        const osp_field *field = &one->type->fields[i];
        if (field->source_ == OSP_SOURCE_FIELD &&
            osp_str_equal(osp_field_name(field), osp_str_from(type->discriminator))) {
            return "has a member of the discriminator's name";
        }
    }
    return NULL;
}

static osp_status prove_union(const osp_type *type, osp_error *err)
{
    for (uint16_t i = 0; i < type->case_count; i++) {
        const osp_case *one = &type->cases[i];
        const char *wrong = wrong_with_case(type, one);
        for (uint16_t j = 0; j < i && wrong == NULL; j++) {
            wrong = strcmp(one->name, type->cases[j].name) == 0 ? "is there twice"
                    : one->value == type->cases[j].value        ? "has the value of another case"
                                                                : NULL;
        }
        if (wrong != NULL) {
            return osp_error_set(err, OSP_E_INVALID,
                                 "%.120s:%d: error: %.40s: the case \"%.40s\" %s", file_of(type),
                                 type->line_, type->name, one->name, wrong);
        }
    }
    return OSP_OK;
}

osp_status osp_type_prove(const osp_type *type, osp_error *err)
{
    OSP_TRY(prove_examples(type, err));
    OSP_TRY(prove_enum(type, err));
    return prove_union(type, err);
}
