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

/* Fails with 422, naming which of the two somebody else has: when the database says that one of
 * them is not unique. */
static osp_status refuse_taken(osp_ctx *ctx, const char *at, osp_opt_str email,
                               osp_opt_str username, int64_t except_id)
{
    const Taken *taken = account_taken(ctx, email, username, except_id);
    osp_bad_field fields[2];
    size_t count = 0;
    if (taken == NULL) {
        return OSP_E_DB; /* a failed query has said why */
    }
    const osp_str words = S("is already taken");
    if (taken->email) {
        fields[count++] = (osp_bad_field){ .where = osp_format(ctx, "%s/email", at), .detail = words };
    }
    if (taken->username) {
        fields[count++] = (osp_bad_field){ .where = osp_format(ctx, "%s/username", at), .detail = words };
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

/* ---------------------------------------------------------------- signing in and up */

OSP_QUERY_ONE(Account, account_by_email, (osp_str, email));
OSP_QUERY_ONE(int64_t, sign_in_failures, (osp_str, email), (osp_str, address), (int64_t, since));
OSP_QUERY_EXEC(sign_in_failed, (osp_str, email), (osp_str, address), (int64_t, now),
               (int64_t, since));
OSP_QUERY_EXEC(sign_in_forget, (int64_t, since));

/* Ten passwords in a quarter of an hour are more than anybody has. */
#define FAILURES_MAX 10
#define FAILURES_S (15 * 60)

static osp_status refuse_sign_in(osp_ctx *ctx, osp_str email, osp_str address)
{
    const int64_t now = osp_now_us() / 1000000;
    sign_in_forget(ctx, now - FAILURES_S);
    sign_in_failed(ctx, email, address, now, now - FAILURES_S);
    osp_log(ctx, OSP_LOG_WARNING, "a login failed, from %.*s", OSP_ARG(address));
    OSP_TRY(osp_set_header(ctx, S("WWW-Authenticate"), S("Token"))); /* RFC 9110 15.5.2 */
    return osp_fail(ctx, 401, "the e-mail address or the password is wrong");
}

osp_status account_sign_in(osp_ctx *ctx, osp_str email, osp_str password, Account **ret)
{
    const osp_str address = osp_client_address(ctx);
    const int64_t since = osp_now_us() / 1000000 - FAILURES_S;
    const int64_t *failures = sign_in_failures(ctx, email, address, since);
    if (failures == NULL) {
        return OSP_E_DB;
    }
    if (*failures >= FAILURES_MAX) {
        OSP_TRY(osp_set_header(ctx, S("Retry-After"), osp_format(ctx, "%d", FAILURES_S)));
        return osp_fail(ctx, 429, "too many passwords were wrong; try again in a quarter of an hour");
    }
    Account *account = account_by_email(ctx, email);

    /* An unknown user costs as much time as a wrong password, so that the clock does not tell who
     * has an account; the words are the same for the same reason. */
    const osp_str hash = account != NULL ? account->password : S("");
    bool match = false;
    OSP_TRY(osp_password_check(ctx, password, hash, &match));
    if (account == NULL || !match) {
        return refuse_sign_in(ctx, email, address);
    }
    *ret = account;
    return OSP_OK;
}

OSP_QUERY_ONE(Account, user_add, (osp_str, username), (osp_str, email), (osp_str, hash));

osp_status account_register(osp_ctx *ctx, const NewUser *user, const char *at, Account **ret)
{
    osp_str hash;
    OSP_TRY(osp_password_hash(ctx, user->password, &hash));
    *ret = user_add(ctx, user->username, user->email, hash);

    /* Asking first whether the name is free would leave a gap between question and insertion.
     * The database decides, and the one failure we expect is taken back. */
    const osp_status status = osp_recover(ctx);
    return status != OSP_E_DB_CONSTRAINT
               ? status
               : refuse_taken(ctx, at, (osp_opt_str){ OSP_SET, user->email },
                              (osp_opt_str){ OSP_SET, user->username }, 0);
}

OSP_QUERY_ONE(Account, user_change, UserChange, (int64_t, id), (osp_opt_str, hash),
              (bool, sets_bio), (bool, sets_image));

osp_status account_change(osp_ctx *ctx, int64_t id, const UserChange *user, const char *at,
                          Account **ret)
{
    osp_opt_str hash = { OSP_ABSENT, S("") };
    if (user->password.is == OSP_SET) {
        OSP_TRY(osp_password_hash(ctx, user->password.value, &hash.value));
        hash.is = OSP_SET;
    }
    /* One statement: nobody sees half of it. */
    *ret = user_change(ctx, user, id, hash, user->bio.is != OSP_ABSENT,
                       user->image.is != OSP_ABSENT);
    const osp_status status = osp_recover(ctx);
    if (status == OSP_E_DB_CONSTRAINT) {
        return refuse_taken(ctx, at, user->email, user->username, id);
    }
    OSP_TRY(status);
    return *ret != NULL ? OSP_OK : osp_fail(ctx, 401, "the user is gone");
}
