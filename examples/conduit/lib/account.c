/* What several routes do with accounts. */
#include "lib/account.h"

#include "lib/text.h"

osp_status account_answer(osp_ctx *ctx, const Key *key, const Account *account, UserOut *out)
{
    const osp_str token = token_make(ctx, key, account->id, account->session);
    out->user = (User){ account->email, token, account->username, account->bio, account->image };
    return token.len != 0 ? OSP_OK : OSP_E_NOMEM; /* the key is good: lib/token.c has looked */
}

OSP_QUERY_ONE(Account, account_by_id, (int64_t, id));

typedef struct Taken { bool email, username; } Taken;
OSP_TYPE(Taken, FIELD(email), FIELD(username));
OSP_QUERY_ONE(Taken, account_taken, (osp_opt_str, email), (osp_opt_str, username),
              (int64_t, except_id));

osp_status account_refuse_taken(osp_ctx *ctx, osp_opt_str email, osp_opt_str username,
                                int64_t except_id)
{
    const Taken *taken = account_taken(ctx, email, username, except_id);
    osp_bad_field fields[2];
    size_t count = 0;
    if (taken == NULL) {
        return OSP_E_DB; /* a failed query has said why */
    }
    const osp_str words = S("is already taken");
    if (taken->email) {
        fields[count++] = (osp_bad_field){ .where = S("/user/email"), .detail = words };
    }
    if (taken->username) {
        fields[count++] = (osp_bad_field){ .where = S("/user/username"), .detail = words };
    }
    return osp_fail_with(ctx, .status = 422, .detail = S("Somebody else was faster."),
                         .fields = { fields, count });
}

/* What nobody sees, or what turns others around: with one of these in it, a name looks like that of
 * somebody else.  (Joiners are not among them, for Persian and emoji need them.) */
static const struct { uint32_t first, last; } unseen[] = {
    { 0x80, 0xA0 },       /* controls, no-break space */
    { 0xAD, 0xAD },       /* soft hyphen */
    { 0x115F, 0x1160 },   /* fillers of Hangul */
    { 0x180E, 0x180E },   /* Mongolian vowel separator */
    { 0x2000, 0x200B },   /* spaces */
    { 0x200E, 0x200F },   /* directions */
    { 0x2028, 0x202F },   /* ends of lines, directions, a narrow space */
    { 0x205F, 0x206F },   /* a space, word joiner, invisible operators, directions */
    { 0x3000, 0x3000 },   /* ideographic space */
    { 0x3164, 0x3164 },   /* a filler of Hangul */
    { 0xFEFF, 0xFEFF },   /* byte order mark */
    { 0xFFA0, 0xFFA0 },   /* a filler of Hangul */
    { 0xFFF9, 0xFFFB },   /* annotations */
    { 0xE0000, 0xE0FFF }, /* tags */
};

static bool has_unseen(osp_str name)
{
    for (size_t at = 0, len; at < name.len; at += len) {
        const uint32_t c = text_code_point((osp_str){ name.ptr + at, name.len - at }, &len);
        for (size_t i = 0; i < OSP_ARRAY_LEN(unseen); i++) {
            if (c >= unseen[i].first && c <= unseen[i].last) {
                return true;
            }
        }
    }
    return false;
}

const char *account_name_flaw(osp_str name)
{
    bool good = name.len > 0 && name.ptr[0] != ' ' && name.ptr[name.len - 1] != ' ' &&
                !osp_str_equal(name, S(".")) && !osp_str_equal(name, S(".."));
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char byte = (unsigned char)name.ptr[i];
        good &= byte >= ' ' && byte != '/' && byte != 0x7f;
    }
    return !good             ? "must have no slash and no space at its ends, and cannot be . or .."
           : has_unseen(name) ? "must have no characters that nobody sees"
                              : NULL;
}
