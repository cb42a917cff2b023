/* One's own account, and signing out. */
#include "lib/session.h"

typedef struct SettingsIn { const Visitor *visitor; } SettingsIn;
OSP_TYPE(SettingsIn, WANT(visitor, visitor));

typedef struct SettingsView {
    osp_str username, email;
    osp_opt_str bio, image;
} SettingsView;
OSP_TYPE(SettingsView, FIELD(username), FIELD(email), FIELD(bio), FIELD(image));

static osp_status load(osp_ctx *ctx, const SettingsIn *in, SettingsView *out)
{
    const Account *account = in->visitor != NULL ? account_by_id(ctx, in->visitor->as.id) : NULL;
    if (account == NULL) {
        return session_ask(ctx);
    }
    *out = (SettingsView){ account->username, account->email, account->bio, account->image };
    return OSP_OK;
}
OSP_PAGE(load, SettingsIn, SettingsView, .is_public = true);

typedef struct ChangeIn {
    const Visitor *me;
    const Key *key;
    osp_str username, email, bio, image, password;
} ChangeIn;
OSP_TYPE(ChangeIn, NEED(me, visitor), NEED(key, signing_key),
         FORM(username, .min_len = 1, .max_len = USERNAME_MAX, CHECK(is_name)),
         FORM(email, .format = OSP_FORMAT_EMAIL, .max_len = EMAIL_MAX),
         FORM(bio, .max_len = BIO_MAX),
         FORM(image, .max_len = IMAGE_MAX, .pattern = IMAGE_PATTERN),
         FORM(password, .max_len = PASSWORD_MAX, .secret = true));

static osp_status save(osp_ctx *ctx, const ChangeIn *in, SettingsView *out)
{
    Account *account;
    (void)out;
    if (in->password.len != 0 && in->password.len < PASSWORD_MIN) {
        return osp_fail_field(ctx, "/password", "must be at least %d characters long",
                              PASSWORD_MIN);
    }
    const UserChange change = { .email = SET(in->email), .username = SET(in->username),
                                .password = { in->password.len != 0 ? OSP_SET : OSP_ABSENT,
                                              in->password },
                                .bio = SET(in->bio), .image = SET(in->image) };
    OSP_TRY(account_change(ctx, in->me->as.id, &change, "", &account));
    OSP_TRY(session_begin(ctx, in->key, account)); /* a new password has ended all others */
    return osp_flash(ctx, "Your settings are saved.");
}
OSP_ACTION(save, ChangeIn, SettingsView);

static osp_status sign_out(osp_ctx *ctx, const void *in, SettingsView *out)
{
    (void)in;
    (void)out;
    OSP_TRY(session_end(ctx));
    OSP_TRY(osp_flash(ctx, "You have signed out."));
    return osp_redirect(ctx, 303, S("/"));
}
OSP_ACTION(sign_out, void, SettingsView, .is_public = true);
