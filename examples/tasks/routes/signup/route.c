/* Somebody signs up: the answer does not wait for the mail that welcomes him. */
#include <openspeed/openspeed.h>

typedef struct Signup {
    osp_str name;
} Signup;
OSP_TYPE(Signup, FIELD(name, .min_len = 1, .max_len = 40));

typedef struct Welcome {
    osp_str name;
} Welcome;

/* In place of a mail server. */
static osp_status send_welcome(osp_task *task, Welcome *mail)
{
    OSP_TRY(osp_sleep_ms(task, 200));
    osp_log(task, OSP_LOG_INFO, "welcome, %.*s", OSP_ARG(mail->name));
    return OSP_OK;
}
OSP_TASK(send_welcome, Welcome);

static osp_status sign_up(osp_ctx *ctx, const Signup *in, Signup *out)
{
    Welcome *mail = osp_new(ctx, Welcome);
    if (mail == NULL) {
        return OSP_E_NOMEM;
    }
    mail->name = in->name;
    OSP_TRY(osp_after(ctx, send_welcome, mail));
    out->name = in->name;
    return OSP_OK;
}
OSP_ROUTE(POST, sign_up, Signup, Signup, .summary = "Sign up", .status = 201);
