/* Every type that can be the parameter of a query, and a query within a parameter.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef struct Given {
    bool flag;
    int8_t i8;
    uint8_t u8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    size_t size;
    long long ll;
    unsigned long long ull;
    float f;
    double d;
    osp_str s;
    char *text;
    char array[8];
    osp_opt_bool ob;
    osp_opt_int oi;
    osp_opt_double od;
    osp_opt_str os;
    osp_bytes by;
    osp_decimal de;
    osp_time ti;
    osp_date da;
    osp_duration du;
    osp_uuid uu;
    osp_json js;
    osp_opt_uint ou;
    osp_opt_bytes oby;
    osp_opt_decimal ode;
    osp_opt_time oti;
    osp_opt_date oda;
    osp_opt_duration odu;
    osp_opt_uuid ouu;
    osp_opt_json ojs;
    enum osp_presence en;
} Given;

static osp_status move(osp_task *task, Given *g)
{
    return osp_db_insert(task, "INSERT INTO a(i) VALUES (?)", g->i64) != 0 ? OSP_OK : OSP_E_BUSY;
}
OSP_TASK(move, Given);

static osp_status clean(osp_task *task, void *none)
{
    (void)none;
    osp_db_exec(task, "DELETE FROM a");
    return OSP_OK;
}
OSP_TASK(clean, void);

osp_status change(osp_ctx *ctx, osp_task *task, Given *g);
osp_status change(osp_ctx *ctx, osp_task *task, Given *g)
{
    OSP_TRY(osp_transaction(task, clean, NULL));
    OSP_TRY(osp_transaction(ctx, clean, g));
    return osp_transaction(ctx, move, g, .retries = 3);
}

int64_t put(osp_ctx *ctx, const Given *g);
int64_t put(osp_ctx *ctx, const Given *g)
{
    int64_t changed = osp_db_exec(ctx, "DELETE FROM a");
    changed += osp_db_exec(ctx, "INSERT INTO a VALUES (?,?,?,?,?,?,?,?,?,?,?)", g->flag, g->i8,
                           g->u8, g->i16, g->u16, g->i32, g->u32, g->i64, g->u64, g->size, g->ll);
    changed += osp_db_exec(ctx, "INSERT INTO b VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", g->ull, g->f,
                           g->d, g->s, g->text, g->array, g->ob, g->oi, g->od, g->os, S("x"), "y",
                           sizeof(Given));
    changed += osp_db_exec(ctx, "INSERT INTO c VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", g->by,
                           g->de, g->ti, g->da, g->du, g->uu, g->js, g->ou, g->oby, g->ode, g->oti,
                           g->oda, g->odu, g->ouu, g->ojs, g->en);
    OSP_TRANSACTION(ctx)
    {
        changed += osp_db_exec(ctx, "DELETE FROM a WHERE i = ?",
                               *osp_db_one(ctx, int64_t, "SELECT max(i) FROM a WHERE i < ?", 7));
    }
    OSP_DB_EACH(ctx, int64_t, one, "SELECT i FROM a WHERE i < ? AND s = ?", 7, S("x"))
    {
        OSP_DB_EACH(ctx, int64_t, other, "SELECT i FROM a")
        {
            changed += *one == *other;
        }
    }
    return changed;
}
