/* Reads BTF, the compact type information of gcc, as far as structs need it.
 *
 *     header | types: each 12 bytes and what its kind adds | names, NUL-terminated
 *
 *     struct osp_shadow_User  -- has the members of the items -->  its name leads to User,
 *                                                                  a typedef or a struct tag
 *
 * Types refer to each other by number, the first is 1.  The places of all are noted in one pass;
 * names and members are read when they are asked for.  Chains of typedefs and qualifiers are
 * followed CHAIN_MAX steps.
 *
 * Source: Documentation/bpf/btf.rst of the Linux kernel, for the format. */
#include "build/btf.h"

#include <string.h>

#include "base/slice.h"

#define MAGIC 0xeb9fu
#define HEADER_SIZE 24u
#define TYPE_SIZE 12u
#define MEMBER_SIZE 12u
#define CHAIN_MAX 32

enum {
    BTF_INT = 1,
    BTF_PTR,
    BTF_ARRAY,
    BTF_STRUCT,
    BTF_UNION,
    BTF_ENUM,
    BTF_FWD,
    BTF_TYPEDEF,
    BTF_VOLATILE,
    BTF_CONST,
    BTF_RESTRICT,
    BTF_FUNC,
    BTF_FUNC_PROTO,
    BTF_VAR,
    BTF_DATASEC,
    BTF_FLOAT,
    BTF_DECL_TAG,
    BTF_TYPE_TAG,
    BTF_ENUM64,
    BTF_KINDS
};

/* Bytes behind a type: once, and for each of its `vlen` parts. */
static const struct {
    uint8_t once, each;
} extra[BTF_KINDS] = {
    [BTF_INT] = { 4, 0 },
    [BTF_ARRAY] = { 12, 0 },
    [BTF_STRUCT] = { 0, MEMBER_SIZE },
    [BTF_UNION] = { 0, MEMBER_SIZE },
    [BTF_ENUM] = { 0, 8 },
    [BTF_FUNC_PROTO] = { 0, 8 },
    [BTF_VAR] = { 4, 0 },
    [BTF_DATASEC] = { 0, 12 },
    [BTF_DECL_TAG] = { 4, 0 },
    [BTF_ENUM64] = { 0, 12 },
};

typedef struct btf {
    osp_str types, names;
    const uint32_t *places; /* of type 1, 2, ... in `types` */
    uint32_t count;
} btf;

typedef struct btf_type {
    osp_str name;
    uint32_t kind, vlen, refers; /* to another type, or its size */
    uint32_t at;                 /* of what is behind it */
} btf_type;

static uint32_t load(osp_str bytes, size_t at)
{
    uint32_t word;
    OSP_ASSERT(bytes.len >= sizeof(word) && at <= bytes.len - sizeof(word));
    memcpy(&word, bytes.ptr + at, sizeof(word));
    return word;
}

static osp_str name_at(const btf *b, uint32_t at)
{
    return at < b->names.len ? osp_str_from(b->names.ptr + at) : (osp_str){ NULL, 0 };
}

/* Type `number`; false when there is none. */
static bool type_at(const btf *b, uint32_t number, btf_type *ret)
{
    if (number == 0 || number > b->count) {
        return false;
    }
    const uint32_t at = b->places[number - 1];
    const uint32_t info = load(b->types, at + 4);
    *ret = (btf_type){ .name = name_at(b, load(b->types, at)),
                       .kind = info >> 24 & 31,
                       .vlen = info & 0xffff,
                       .refers = load(b->types, at + 8),
                       .at = at + TYPE_SIZE };
    return true;
}

static osp_status damaged(osp_error *err)
{
    return osp_error_set(err, OSP_E_INVALID, "the object's type information is damaged");
}

/* Notes where each type is. */
static osp_status find_places(osp_arena *arena, btf *b, osp_error *err)
{
    uint32_t *places = osp_kit_alloc(arena, (b->types.len / TYPE_SIZE + 1) * sizeof(*places));
    for (size_t at = 0; at < b->types.len;) {
        if (b->types.len - at < TYPE_SIZE) {
            return damaged(err);
        }
        const uint32_t info = load(b->types, at + 4);
        const uint32_t kind = info >> 24 & 31;
        if (kind == 0 || kind >= BTF_KINDS) {
            return damaged(err);
        }
        const size_t size =
            TYPE_SIZE + extra[kind].once + (size_t)extra[kind].each * (info & 0xffff);
        if (size > b->types.len - at) {
            return damaged(err);
        }
        if (b->count == OSP_BTF_TYPES_MAX) {
            return osp_error_set(err, OSP_E_LIMIT, "more than %u types in one file",
                                 OSP_BTF_TYPES_MAX);
        }
        places[b->count++] = (uint32_t)at;
        at += size;
    }
    b->places = places;
    return OSP_OK;
}

static osp_status open_btf(osp_arena *arena, osp_str section, btf *b, osp_error *err)
{
    if (section.len < HEADER_SIZE || (load(section, 0) & 0xffff) != MAGIC) {
        return damaged(err);
    }
    const uint64_t head = load(section, 4);
    const uint64_t types_at = head + load(section, 8), types_len = load(section, 12);
    const uint64_t names_at = head + load(section, 16), names_len = load(section, 20);
    if (types_at > section.len || types_len > section.len - types_at || names_at > section.len ||
        names_len > section.len - names_at || names_len == 0 ||
        section.ptr[names_at + names_len - 1] != '\0') {
        return damaged(err);
    }
    b->types = (osp_str){ section.ptr + types_at, (size_t)types_len };
    b->names = (osp_str){ section.ptr + names_at, (size_t)names_len };
    return find_places(arena, b, err);
}

/* Behind typedefs and qualifiers. */
static bool resolve(const btf *b, uint32_t number, btf_type *ret)
{
    for (int step = 0; step < CHAIN_MAX && type_at(b, number, ret); step++) {
        if (ret->kind != BTF_TYPEDEF && ret->kind != BTF_CONST && ret->kind != BTF_VOLATILE) {
            return true;
        }
        number = ret->refers;
    }
    return false;
}

/* The struct that `name` means: a typedef of one, or a tag. */
static bool find_struct(const btf *b, osp_str name, btf_type *ret)
{
    for (uint32_t i = 1; i <= b->count; i++) {
        btf_type type;
        if (type_at(b, i, &type) && osp_str_equal(type.name, name) &&
            (type.kind == BTF_TYPEDEF || type.kind == BTF_STRUCT) && resolve(b, i, ret) &&
            ret->kind == BTF_STRUCT) {
            return true;
        }
    }
    return false;
}

/* A member of a struct: its name, and ret_type unless NULL. */
static osp_str member_at(const btf *b, const btf_type *type, uint32_t index, uint32_t *ret_type)
{
    const uint32_t at = type->at + index * MEMBER_SIZE;
    if (ret_type != NULL) {
        *ret_type = load(b->types, at + 4);
    }
    return name_at(b, load(b->types, at));
}

static bool has_member(const btf *b, const btf_type *type, osp_str prefix, osp_str name)
{
    for (uint32_t i = 0; i < type->vlen; i++) {
        const osp_str member = member_at(b, type, i, NULL);
        if (member.len == prefix.len + name.len && osp_str_starts_with(member, prefix) &&
            memcmp(member.ptr + prefix.len, name.ptr, name.len) == 0) {
            return true;
        }
    }
    return false;
}

/* The line that the shadow notes in the name of a member. */
static int line_of(const btf *b, const btf_type *shadow)
{
    const osp_str prefix = OSP_STR("osp_line_");
    int line = 0;
    for (uint32_t i = 0; i < shadow->vlen; i++) {
        const osp_str name = member_at(b, shadow, i, NULL);
        if (osp_str_starts_with(name, prefix)) {
            for (size_t at = prefix.len; at < name.len && line < 100000000; at++) {
                const int digit = name.ptr[at] - '0';
                line = digit >= 0 && digit <= 9 ? line * 10 + digit : line;
            }
        }
    }
    return line;
}

static void check_shadow(osp_arena *arena, const btf *b, const btf_type *shadow, osp_str name,
                         osp_kit_list *findings)
{
    btf_type type;
    if (!find_struct(b, name, &type)) {
        return;
    }
    for (uint32_t i = 0; i < type.vlen; i++) {
        uint32_t number = 0;
        btf_type resolved;
        const osp_str member = member_at(b, &type, i, &number);
        if (member.len == 0) {
            continue; /* an anonymous struct or union: its members are not looked at */
        }
        const bool listed = has_member(b, shadow, OSP_STR(""), member);
        const bool passes = listed && (has_member(b, shadow, OSP_STR("osp_enum_"), member) ||
                                       has_member(b, shadow, OSP_STR("osp_skip_"), member));
        const bool is_enum = resolve(b, number, &resolved) &&
                             (resolved.kind == BTF_ENUM || resolved.kind == BTF_ENUM64);
        if (passes || (listed && !is_enum)) {
            continue;
        }
        osp_btf_finding *finding = osp_kit_alloc(arena, sizeof(*finding));
        *finding = (osp_btf_finding){ name, member, line_of(b, shadow), listed };
        osp_kit_push(arena, findings, finding);
    }
}

osp_status osp_btf_check(osp_arena *arena, osp_str section, osp_kit_list *ret_findings,
                         osp_error *err)
{
    const osp_str prefix = OSP_STR("osp_shadow_");
    btf b = { .count = 0 };
    OSP_TRY(open_btf(arena, section, &b, err));
    for (uint32_t i = 1; i <= b.count; i++) {
        btf_type type;
        if (type_at(&b, i, &type) && type.kind == BTF_STRUCT &&
            osp_str_starts_with(type.name, prefix)) {
            const osp_str name = osp_str_skip(type.name, prefix.len);
            check_shadow(arena, &b, &type, name, ret_findings);
        }
    }
    return OSP_OK;
}
