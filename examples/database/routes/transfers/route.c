/* POST /transfers: from one account to another.  GET /transfers: all of them, however many. */
#include "lib/account.h"

typedef struct Transfer {
    int64_t id;
    int64_t from, to;
    int64_t cents;
    osp_opt_str note;
    osp_time at;
} Transfer;
OSP_TYPE(Transfer, FIELD(id, .read_only = true), FIELD(from), FIELD(to), FIELD(cents, AT_LEAST(1)),
         FIELD(note, .max_len = 200), FIELD(at, .read_only = true));

static osp_status move(osp_task *task, Transfer *t)
{
    if (osp_db_exec(task, "UPDATE account SET cents = cents - ? WHERE id = ? AND cents >= ?",
                    t->cents, t->from, t->cents) == 0) {
        return OSP_E_NOT_FOUND;
    }
    if (osp_db_exec(task, "UPDATE account SET cents = cents + ? WHERE id = ? AND closed_at IS NULL",
                    t->cents, t->to) == 0) {
        return OSP_E_NOT_FOUND; /* and what was taken is back */
    }
    t->id = osp_db_insert(task,
        "INSERT INTO transfer (from_id, to_id, cents, note, at) VALUES (?, ?, ?, ?, ?)", t->from,
        t->to, t->cents, t->note, t->at);
    return OSP_OK;
}
OSP_TASK(move, Transfer);

static osp_status transfer(osp_ctx *ctx, const Transfer *in, Transfer *out)
{
    *out = *in;
    out->at.us = osp_now_us();
    const osp_status status = osp_transaction(ctx, move, out, .retries = 3);
    if (status == OSP_E_NOT_FOUND) {
        return osp_fail(ctx, 409, "There is not so much, or nobody to give it to.");
    }
    return status;
}
OSP_ROUTE(POST, transfer, Transfer, Transfer, .summary = "Transfer money", .status = 201,
          .errors = { 409 });

static osp_status export_all(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in, (void)out;
    OSP_DB_EACH(ctx, Transfer, row,
                "SELECT id, from_id AS \"from\", to_id AS \"to\", cents, note, at FROM transfer ORDER BY id") {
        OSP_TRY(osp_send_json_line(ctx, Transfer, row));
    }
    return OSP_OK;
}
OSP_ROUTE(GET, export_all, void, osp_stream, .summary = "All transfers, a line each");
