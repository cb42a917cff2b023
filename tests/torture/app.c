/* The application that is tortured: one route a feature; features.c says what is asked of each. */
#include "tests/torture/app.h"

#include <fcntl.h>
#include <openspeed/openspeed.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/files.h"
#include "app/page_keeper.h"
#include "http/segment.h"

#define MEMORY_PIECES 100
#define SLOTS 256 /* of the table of routes; many more than there are */
#define CHILDREN 3
#define FILE_SIZE_MAX 65536 /* of public/ */

/* ---------------------------------------------------------------- types */

typedef struct Person {
    osp_str name;
    int32_t age;
    osp_str email;
    osp_str_list tags;
} Person;
#ifdef OSP_HAVE_PCRE2
#define PATTERN "^[A-Za-z ]+$"
#else
#define PATTERN NULL
#endif
OSP_TYPE(Person, FIELD(name, .max_len = 40, .pattern = PATTERN), FIELD(age, AT_LEAST(0)),
         FIELD(email), LIST(tags, osp_str, .unique = true));

typedef struct Item {
    int64_t id;
    osp_str q;
    osp_str_list tag;
    osp_str x_word;
    osp_opt_str session;
} Item;
OSP_TYPE(Item, PATH(id), QUERY(q, .fallback = "none"), QUERY_LIST(tag, osp_str),
         HEADER(x_word, .fallback = "none"), COOKIE(session));

typedef struct ItemOut {
    int64_t id;
    osp_str q;
    osp_str_list tag;
    osp_str word, session;
} ItemOut;
OSP_TYPE(ItemOut, FIELD(id), FIELD(q), LIST(tag, osp_str), FIELD(word), FIELD(session));

typedef struct Letter {
    osp_str name;
    osp_str_list lines;
} Letter;
OSP_TYPE(Letter, FORM(name), FORM_LIST(lines, osp_str));

typedef struct LetterOut {
    osp_str name;
    osp_str_list lines;
} LetterOut;
OSP_TYPE(LetterOut, FIELD(name), LIST(lines, osp_str));

typedef struct Parcel {
    osp_upload file;
} Parcel;
OSP_TYPE(Parcel, FORM(file));

typedef struct Upload {
    osp_body body;
} Upload;
OSP_TYPE(Upload, BODY(body, osp_body));

typedef struct Claims {
    int64_t exp, uid;
} Claims;
OSP_TYPE(Claims, FIELD(exp), FIELD(uid));

typedef struct Count {
    int64_t count;
} Count;
OSP_LIST_OF(Count);
OSP_TYPE(Count, FIELD(count));

typedef struct Row {
    int64_t id;
    osp_str word;
} Row;
OSP_LIST_OF(Row);
OSP_TYPE(Row, FIELD(id), FIELD(word));

typedef struct Rows {
    Row_list rows;
} Rows;
OSP_TYPE(Rows, LIST(rows, Row));

/* ---------------------------------------------------------------- handlers */

static osp_status hi(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_text(ctx, OSP_STR("hi"));
}

/* Of the tree that the tests run in. */
static osp_status file(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_send_file(ctx, OSP_STR("text/plain"), ".", OSP_STR("LICENSE"));
}

static osp_status person(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    *(Person *)out = *(const Person *)in;
    return OSP_OK;
}

static osp_status item(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    const Item *in = raw_in;
    ItemOut *out = raw_out;
    (void)ctx;
    *out = (ItemOut){ in->id, in->q, in->tag, in->x_word, OSP_STR("none") };
    if (in->session.is == OSP_SET) {
        out->session = in->session.value;
    }
    return OSP_OK;
}

static osp_status parcel(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    ((Count *)out)->count = (int64_t)((const Parcel *)in)->file.size;
    return OSP_OK;
}

static osp_status letter(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    const Letter *in = raw_in;
    (void)ctx;
    *(LetterOut *)raw_out = (LetterOut){ in->name, in->lines };
    return OSP_OK;
}

static osp_status copy_body(osp_ctx *ctx)
{
    osp_str part;
    osp_status status;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_TRY(osp_write(ctx, part));
    }
    return status;
}

/* The body comes back, and its trailer in another. */
static osp_status stream(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    OSP_TRY(copy_body(ctx));
    const osp_str sum = osp_trailer(ctx, OSP_STR("Sum"));
    return sum.len > 0 ? osp_set_trailer(ctx, OSP_STR("Sum-Was"), sum) : OSP_OK;
}

static osp_status big(osp_ctx *ctx, const void *in, void *out)
{
    static const char zeros[50000];
    (void)in, (void)out;
    for (size_t sent = 0; sent < TORTURE_BIG; sent += sizeof zeros) {
        OSP_TRY(osp_write(ctx, (osp_str){ zeros, sizeof zeros }));
    }
    return OSP_OK;
}

static osp_status many(osp_ctx *ctx, const void *in, void *out)
{
    static const char zeros[TORTURE_MANY];
    (void)in, (void)out;
    return osp_send(ctx, OSP_STR("application/octet-stream"), (osp_str){ zeros, sizeof zeros });
}

static osp_status raw(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    OSP_TRY(osp_upgrade(ctx, OSP_STR("echo")));
    return copy_body(ctx);
}

static osp_status sleeps(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    OSP_TRY(osp_sleep_ms(ctx, TORTURE_SLEEP_S * 1000));
    return osp_text(ctx, OSP_STR("slept"));
}

static osp_status early(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    OSP_TRY(osp_set_header(ctx, OSP_STR("Link"), OSP_STR("</a.css>; rel=preload")));
    OSP_TRY(osp_inform(ctx, 103));
    return osp_text(ctx, OSP_STR("late"));
}

static osp_status memory(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    for (int i = 0; i < MEMORY_PIECES; i++) {
        if (osp_alloc(ctx, 1024) == NULL) {
            return OSP_E_NOMEM;
        }
    }
    return osp_text(ctx, osp_format(ctx, "%d pieces", MEMORY_PIECES));
}

static osp_status tagged(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    OSP_TRY(osp_set_header(ctx, OSP_STR("ETag"), OSP_STR("\"one\"")));
    return osp_text(ctx, OSP_STR("tagged"));
}

static osp_status who(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_text(ctx, osp_client_address(ctx));
}

#ifdef OSP_HAVE_SODIUM
static osp_status hash(osp_ctx *ctx, const void *in, void *out)
{
    osp_str made;
    bool match = false;
    (void)in, (void)out;
    OSP_TRY(osp_password_hash(ctx, OSP_STR("a password"), &made));
    OSP_TRY(osp_password_check(ctx, OSP_STR("a password"), made, &match));
    return osp_text(ctx, match ? OSP_STR("match") : OSP_STR("none"));
}

static osp_status token(osp_ctx *ctx, const void *in, void *out)
{
    static const osp_str key = { "0123456789abcdef0123456789abcdef", 32 };
    const Claims claims = { .exp = osp_now_us() / 1000000 + 1000, .uid = 7 };
    Claims found;
    (void)in, (void)out;
    const osp_str made = osp_jwt_sign(ctx, key, osp_json_of(ctx, Claims, &claims));
    OSP_TRY(osp_jwt_verify(ctx, key, made, Claims, &found));
    return osp_text(ctx, osp_format(ctx, "user %d", (int)found.uid));
}
#endif

#ifdef OSP_HAVE_SQLITE
static osp_status rows(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    ((Rows *)out)->rows =
        osp_db_query(ctx, Row, "SELECT id, word FROM row WHERE id > ? ORDER BY id", 0);
    return OSP_OK;
}

/* More than the loop has time for. */
static osp_status deep(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    const Count *found =
        osp_db_one(ctx, Count,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                   "WHERE i < 3000) SELECT count(*) AS count FROM n");
    if (found == NULL) {
        return OSP_E_FAILED;
    }
    *(Count *)out = *found;
    return OSP_OK;
}

/* Adds and takes away again, so that every run finds the same. */
static osp_status change(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    OSP_TRANSACTION(ctx)
    {
        osp_db_exec(ctx, "INSERT INTO row (id, word) VALUES (?, ?)", 100, OSP_STR("hundred"));
        const Count *found = osp_db_one(ctx, Count, "SELECT count(*) AS count FROM row");
        *(Count *)out = found != NULL ? *found : (Count){ 0 };
        osp_db_exec(ctx, "DELETE FROM row WHERE id = 100");
    }
    return OSP_OK;
}

/* A part of what it does is undone, and then all that lasts is what was. */
static osp_status nested(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    OSP_TRANSACTION(ctx)
    {
        osp_db_insert(ctx, "INSERT INTO row (id, word) VALUES (100, 'hundred')");
        OSP_TRANSACTION(ctx)
        {
            osp_db_exec(ctx, "DELETE FROM row");
            break;
        }
        ((Count *)out)->count = osp_db_exec(ctx, "DELETE FROM row WHERE id = 100");
    }
    return OSP_OK;
}

/* More rows than are fetched at once. */
static osp_status each(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    OSP_DB_EACH(ctx, Count, one,
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                " SELECT i AS count FROM n WHERE i > ?",
                0)
    {
        ((Count *)out)->count += one->count;
    }
    return OSP_OK;
}

/* Without a transaction of the handler's. */
static osp_status touch(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    ((Count *)out)->count = osp_db_exec(ctx, "UPDATE row SET word = word WHERE id < 3");
    return OSP_OK;
}
#endif

/* ---------------------------------------------------------------- providers */

/* How many are open: whatever fails, each is closed once. */
static int open_things;

typedef struct Thing {
    char *text;
} Thing;
OSP_PROVIDES(torture_outer, Thing);
OSP_PROVIDES(torture_inner, Thing);

static osp_status make_thing(osp_ctx *ctx, Thing *thing)
{
    thing->text = osp_alloc(ctx, 100);
    if (thing->text == NULL) {
        return OSP_E_NOMEM;
    }
    open_things++;
    return OSP_OK;
}
static osp_status close_thing(osp_ctx *ctx, Thing *thing, osp_status outcome)
{
    (void)ctx;
    (void)outcome;
    OSP_ASSERT(thing->text != NULL && open_things > 0);
    thing->text = NULL;
    open_things--;
    return OSP_OK;
}
OSP_CLOSER(close_thing, Thing);

static osp_status make_outer(osp_ctx *ctx, const void *in, Thing *out)
{
    (void)in;
    return make_thing(ctx, out);
}
OSP_PROVIDER(torture_outer, make_outer, void, Thing, .close = OSP_CLOSE(close_thing));

typedef struct InnerIn {
    const Thing *outer;
    osp_opt_str q;
} InnerIn;
OSP_TYPE(InnerIn, NEED(outer, torture_outer), QUERY(q));
static osp_status make_inner(osp_ctx *ctx, const InnerIn *in, Thing *out)
{
    OSP_ASSERT(in->outer->text != NULL);
    return make_thing(ctx, out);
}
OSP_PROVIDER(torture_inner, make_inner, InnerIn, Thing, .close = OSP_CLOSE(close_thing),
             .close_when = OSP_BEFORE_RESPONSE);

typedef struct NeedsIn {
    const Thing *inner;
} NeedsIn;
OSP_TYPE(NeedsIn, NEED(inner, torture_inner));
static osp_status needs(osp_ctx *ctx, const void *in, void *out)
{
    (void)out;
    OSP_ASSERT(((const NeedsIn *)in)->inner->text != NULL);
    return osp_text(ctx, OSP_STR("hi"));
}

/* ---------------------------------------------------------------- tasks */

/* What was promised for after a response and has not begun. */
static int open_promises;

static osp_status keep(osp_task *task, int *promises)
{
    OSP_ASSERT(*promises > 0);
    (*promises)--;
    OSP_TRY(osp_sleep_ms(task, 1000));
    return osp_alloc(task, 1024) != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_TASK(keep, int);

/* More than one, so that the last is done although those before it fail. */
static osp_status promises(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    for (int i = 0; i < CHILDREN; i++) {
        OSP_TRY(osp_after(ctx, keep, &open_promises));
        open_promises++;
    }
    return osp_text(ctx, OSP_STR("hi"));
}

typedef struct Child {
    osp_str text;
    bool fails;
} Child;

static osp_status write_text(osp_task *task, Child *child)
{
    OSP_TRY(osp_sleep_ms(task, 1000));
    child->text = osp_format(task, "%d", CHILDREN);
    return child->fails ? OSP_E_INVALID : child->text.len > 0 ? OSP_OK : OSP_E_NOMEM;
}
OSP_TASK(write_text, Child);

static osp_status run_children(osp_ctx *ctx, bool one_fails)
{
    Child *all = osp_new_array(ctx, Child, CHILDREN);
    if (all == NULL) {
        return OSP_E_NOMEM;
    }
    all[1].fails = one_fails;
    for (int i = 0; i < CHILDREN; i++) {
        osp_spawn(ctx, write_text, &all[i]);
    }
    OSP_TRY(osp_join_all(ctx));
    for (int i = 0; i < CHILDREN; i++) {
        OSP_ASSERT(osp_str_equal(all[i].text, OSP_STR("3")));
    }
    return osp_text(ctx, all[0].text);
}

static osp_status beside(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return run_children(ctx, false);
}

static osp_status beside_fails(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return run_children(ctx, true);
}

static int job_runs;

static osp_status each_second(osp_task *task)
{
    if (osp_alloc(task, 1024) == NULL) {
        return OSP_E_NOMEM;
    }
    job_runs++;
    return OSP_OK;
}
OSP_JOB(each_second, .every_s = 1);
static const osp_job_def *const jobs[] = { &osp_job__each_second };

/* Whether the job runs beside a request. */
static osp_status job(osp_ctx *ctx, const void *in, void *out)
{
    const int before = job_runs;
    (void)in, (void)out;
    OSP_TRY(osp_sleep_ms(ctx, TORTURE_SLEEP_S * 1000));
    return job_runs > before ? osp_text(ctx, OSP_STR("it runs"))
                             : osp_fail(ctx, 503, "The job has not run.");
}

/* ---------------------------------------------------------------- answers without more */

static osp_status elsewhere(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_redirect(ctx, 303, OSP_STR("/hi"));
}

/* ---------------------------------------------------------------- routes */

#define ROUTE(In, Out, fn, m)                                                                      \
    {                                                                                              \
        .in_ = &osp_type_##In, .out_ = &osp_type_##Out, .call_ = fn, .handler_ = #fn,              \
        .file_ = __FILE__, .line_ = __LINE__, .method_ = OSP_METHOD_##m                            \
    }

static const osp_route get_hi = ROUTE(void, void, hi, GET);
static const osp_route get_file = ROUTE(void, void, file, GET);
static const osp_route get_many = ROUTE(void, void, many, GET);
static const osp_route get_sleep = ROUTE(void, void, sleeps, GET);
static const osp_route get_early = ROUTE(void, void, early, GET);
static const osp_route get_memory = ROUTE(void, void, memory, GET);
static const osp_route get_tagged = ROUTE(void, void, tagged, GET);
static const osp_route get_needs = ROUTE(NeedsIn, void, needs, GET);
static const osp_route get_promise = ROUTE(void, void, promises, GET);
static const osp_route get_beside = ROUTE(void, void, beside, GET);
static const osp_route get_beside_fails = ROUTE(void, void, beside_fails, GET);
static const osp_route get_job = ROUTE(void, void, job, GET);
static const osp_route get_elsewhere = ROUTE(void, void, elsewhere, GET);
static const osp_route get_who = ROUTE(void, void, who, GET);
static const osp_route get_raw = ROUTE(void, osp_stream, raw, GET);
static const osp_route get_big = ROUTE(void, osp_stream, big, GET);
static const osp_route get_item = ROUTE(Item, ItemOut, item, GET);
static const osp_route post_person = ROUTE(Person, Person, person, POST);
static const osp_route post_letter = ROUTE(Letter, LetterOut, letter, POST);
static const osp_route post_parcel = ROUTE(Parcel, Count, parcel, POST);
static const osp_route post_stream = ROUTE(Upload, osp_stream, stream, POST);
#ifdef OSP_HAVE_SODIUM
static const osp_route get_hash = ROUTE(void, void, hash, GET);
static const osp_route get_token = ROUTE(void, void, token, GET);
#endif
#ifdef OSP_HAVE_SQLITE
static const osp_route get_rows = ROUTE(void, Rows, rows, GET);
static const osp_route get_deep = ROUTE(void, Count, deep, GET);
static const osp_route post_change = ROUTE(void, Count, change, POST);
static const osp_route post_nested = ROUTE(void, Count, nested, POST);
static const osp_route get_each = ROUTE(void, Count, each, GET);
static const osp_route post_touch = ROUTE(void, Count, touch, POST);
#endif

/* ---------------------------------------------------------------- pages */

typedef struct Shown {
    osp_str text;
} Shown;
OSP_TYPE(Shown, FIELD(text));

/* Layouts, slots and pages, all of which wait. */
static osp_status fills(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    OSP_TRY(osp_vary(ctx, OSP_STR("X-Fills")));
    OSP_TRY(osp_sleep_ms(ctx, TORTURE_SLEEP_S * 1000 / 3));
    ((Shown *)out)->text = osp_format(ctx, "%s", "<filled>");
    return ((Shown *)out)->text.len > 0 ? OSP_OK : OSP_E_NOMEM;
}

#define FILLS(fn, ...)                                                                             \
    {                                                                                              \
        .in_ = &osp_type_void, .out_ = &osp_type_Shown, .call_ = osp_page_show_, .fills_ = fn,     \
        .handler_ = #fn, .file_ = __FILE__, .line_ = __LINE__, .method_ = OSP_METHOD_GET,          \
        .view_ = true, __VA_ARGS__                                                                 \
    }
#define HTML(name, number, html)                                                                   \
    {                                                                                              \
        .file = "routes/" name, .text = html, .len = sizeof(html) - 1, .index = number             \
    }

/* What a form of a page sends. */
typedef struct Desk {
    osp_str title;
    osp_str_list tags;
} Desk;
OSP_TYPE(Desk, FORM(title, .max_len = 8), FORM_LIST(tags, osp_str));

static osp_status save(osp_ctx *ctx, const Desk *in, Shown *out)
{
    out->text = in->title;
    return in->tags.count > 0 ? osp_fail_field(ctx, "/tags", "are too many")
                              : osp_flash(ctx, "Saved %.*s", OSP_ARG(in->title));
}
OSP_ACTION(save, Desk, Shown);

/* Behind what is around it, which waits as well. */
static osp_status spoils(osp_ctx *ctx, const void *in, void *out)
{
    OSP_TRY(fills(ctx, in, out));
    return osp_fail(ctx, 404, "it is gone");
}

static osp_status leads_on(osp_ctx *ctx, const void *in, void *out)
{
    OSP_TRY(fills(ctx, in, out));
    return osp_redirect(ctx, 303, OSP_STR("/hi"));
}

static const osp_route get_page = FILLS(fills), get_slow = FILLS(fills, .streams = true);
static const osp_route get_gone = FILLS(spoils), get_late = FILLS(spoils, .streams = true);
static const osp_route get_moved = FILLS(leads_on);
static const osp_template_file layout_html =
    HTML("layout.html", 0,
         "<html><head>{{head}}</head>{{text}}<main>{{outlet}}</main>{{outlet @side}}</html>");
static const osp_template_file page_html =
    HTML("page/page.html", 1, "{{#head}}<title>Page</title>{{/head}}<p>{{text}}</p>");
static const osp_template_file side_html = HTML("@side/default.html", 2, "<i>{{text}}</i>");
static const osp_template_file slow_html = HTML("slow/page.html", 3, "<b>{{text}}</b>");
static const osp_template_file wait_html = HTML("slow/loading.html", 4, "<s>wait</s>");
static const osp_template_file error_html = HTML("error.html", 5, "<u>{{status}} {{title}}</u>");
static const osp_template_file desk_html =
    HTML("desk/page.html", 6,
         "{{page.flash}}{{page.failure}}<form method=post><input name=title value={{form.title}}>"
         "<i>{{errors.title}}{{errors.tags}}</i></form><p>{{text}}</p>");
static const osp_template_file *const templates[] = { &layout_html, &page_html, &side_html,
                                                      &slow_html,   &wait_html, &error_html,
                                                      &desk_html };
static const osp_page_part layout_part = { .html = &layout_html, .load = &get_page };
static const osp_page_part side_part = { .html = &side_html, .load = &get_page };
static const osp_page_part page_part = { .html = &page_html,
                                         .load = &get_page,
                                         .error = { &error_html, 1 } };
static const osp_page_part slow_part = {
    .html = &slow_html, .load = &get_slow, .loading = &wait_html, .error = { &error_html, 1 }
};
static const osp_page_part *const page_parts[] = { &layout_part, &page_part };
static const osp_page_part *const slow_parts[] = { &layout_part, &slow_part };
static const osp_page_slot page_slots[] = { { 0, "side", &side_part } };
static const osp_page_def page_def = {
    .parts = page_parts, .part_count = 2, .slots = page_slots, .slot_count = 1
};
static const osp_page_def slow_def = {
    .parts = slow_parts, .part_count = 2, .slots = page_slots, .slot_count = 1
};
static const osp_route *const desk_actions[] = { &osp_action_editor__save, NULL };
static const osp_page_part desk_part = { .html = &desk_html,
                                         .load = &get_page,
                                         .error = { &error_html, 1 } };
static const osp_page_part *const desk_parts[] = { &layout_part, &desk_part };
static const osp_page_def desk_def = { .parts = desk_parts,
                                       .part_count = 2,
                                       .slots = page_slots,
                                       .slot_count = 1,
                                       .actions = desk_actions };
/* The slot shows its failure by itself, and the page in the layout. */
static const osp_page_part gone_side_part = { .html = &side_html,
                                              .load = &get_gone,
                                              .error = { &error_html, OSP_PAGE_IN_PLACE } };
static const osp_page_part gone_part = { .html = &page_html,
                                         .load = &get_gone,
                                         .error = { &error_html, 1 } };
static const osp_page_part *const gone_parts[] = { &layout_part, &gone_part };
static const osp_page_slot gone_slots[] = { { 0, "side", &gone_side_part } };
static const osp_page_def gone_def = {
    .parts = gone_parts, .part_count = 2, .slots = gone_slots, .slot_count = 1
};
static const osp_page_def aside_def = {
    .parts = page_parts, .part_count = 2, .slots = gone_slots, .slot_count = 1
};
/* What streams fails when the page has begun. */
static const osp_page_part late_part = {
    .html = &slow_html, .load = &get_late, .loading = &wait_html, .error = { &error_html, 1 }
};
static const osp_page_part *const late_parts[] = { &layout_part, &late_part };
static const osp_page_def late_def = {
    .parts = late_parts, .part_count = 2, .slots = page_slots, .slot_count = 1
};
/* The layout refuses, or sends the client elsewhere, while the page within is loaded. */
static const osp_page_part shut_layout = { .html = &layout_html,
                                           .load = &get_gone,
                                           .error = { &error_html, 0 } };
static const osp_page_part moved_layout = { .html = &layout_html, .load = &get_moved };
static const osp_page_part *const shut_parts[] = { &shut_layout, &page_part };
static const osp_page_part *const moved_parts[] = { &moved_layout, &page_part };
static const osp_page_def shut_def = {
    .parts = shut_parts, .part_count = 2, .slots = page_slots, .slot_count = 1
};
static const osp_page_def moved_def = {
    .parts = moved_parts, .part_count = 2, .slots = page_slots, .slot_count = 1
};
/* In place of what there is no page for. */
static const osp_page_part lost_part = { .html = &error_html };
static const osp_page_part *const lost_parts[] = { &layout_part, &lost_part };
static const osp_page_def lost_def = {
    .parts = lost_parts, .part_count = 2, .slots = page_slots, .slot_count = 1
};
static const osp_page_def *const pages[] = { &page_def, &slow_def,  &desk_def,
                                             &gone_def, &aside_def, &late_def,
                                             &shut_def, &moved_def, &lost_def };

#define LEAF(path, which, m)                                                                       \
    {                                                                                              \
        .pattern = path, .file = "routes" path ".c", .by_method = { [OSP_METHOD_##m] = &which },   \
        .methods = 1u << OSP_METHOD_##m                                                            \
    }

#define PAGE(path, which, def)                                                                     \
    {                                                                                              \
        .pattern = path, .file = "routes" path "/page.html",                                       \
        .by_method = { [OSP_METHOD_GET] = &which }, .methods = 1u << OSP_METHOD_GET, .page = &def  \
    }

/* Sets a field of every answer, on the way out. */
static osp_status mark(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    return osp_set_header(ctx, OSP_STR("X-Mark"), osp_format(ctx, "%d", osp_answer_status(ctx)));
}

static osp_status own_etag(osp_ctx *ctx, osp_next *next)
{
    static const osp_etag_options options = { .weak = false };
    return osp_etag(ctx, next, &options);
}

static const osp_middleware mark_step = { .call_ = mark,
                                          .name_ = "mark",
                                          .place_ = { __FILE__, __LINE__ } };
static const osp_middleware etag_step = { .call_ = own_etag,
                                          .name_ = "etag",
                                          .place_ = { __FILE__, __LINE__ } };
static const osp_middleware *const chain[] = { &mark_step, &etag_step, NULL };

/* Answers in place of the route. */
static osp_status stand_in(osp_ctx *ctx, osp_next *next)
{
    (void)next;
    return osp_text(ctx, OSP_STR("short"));
}

/* Fails when there is an answer. */
static osp_status spoil(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    return osp_fail(ctx, 502, "The answer was not good enough.");
}

static const osp_middleware short_step = { .call_ = stand_in,
                                           .name_ = "stand_in",
                                           .place_ = { __FILE__, __LINE__ } };
static const osp_middleware spoil_step = { .call_ = spoil,
                                           .name_ = "spoil",
                                           .place_ = { __FILE__, __LINE__ } };
static const osp_middleware *const root_chain[] = { &mark_step, NULL };
static const osp_middleware *const short_chain[] = { &mark_step, &short_step, NULL };
static const osp_middleware *const spoil_chain[] = { &mark_step, &spoil_step, NULL };

/* Of public/, which is the folder that the tests run in.  Sizes and tags are measured by
 * make_table.
 */
static char small_tag[OSP_ASSET_ETAG_SIZE], large_tag[OSP_ASSET_ETAG_SIZE];
static osp_asset_form small_form = { .path = "CONTRIBUTING.md" },
                      large_form = { .path = "LICENSE" };
#define ASSET(of, at)                                                                              \
    {                                                                                              \
        .media_type = { "text/plain", 10 }, .modified = { "Sun, 06 Nov 1994 08:49:37 GMT", 29 },   \
        .cache_control = { "no-cache", 8 }, .forms = &of, .form_count = 1, .first = at             \
    }
static const osp_asset small_asset = ASSET(small_form, 0), large_asset = ASSET(large_form, 1);

static const char *const id_name[] = { "id" };
static const osp_route_leaf item_leaf = {
    .pattern = "/items/[id]",
    .file = "routes/items/[id].c",
    .param_names = id_name,
    .param_count = 1,
    .by_method = { [OSP_METHOD_GET] = &get_item },
    .methods = 1u << OSP_METHOD_GET,
};
static const osp_route_leaf plain_leaves[] = {
    { .pattern = "/wrapped",
      .file = "routes/wrapped.c",
      .by_method = { [OSP_METHOD_GET] = &get_hi, [OSP_METHOD_POST] = &post_person },
      .methods = 1u << OSP_METHOD_GET | 1u << OSP_METHOD_POST,
      .chain = chain },
    { .pattern = "/short",
      .file = "routes/short.c",
      .by_method = { [OSP_METHOD_GET] = &get_hi },
      .methods = 1u << OSP_METHOD_GET,
      .chain = short_chain },
    { .pattern = "/spoilt",
      .file = "routes/spoilt.c",
      .by_method = { [OSP_METHOD_GET] = &get_hi },
      .methods = 1u << OSP_METHOD_GET,
      .chain = spoil_chain },
    { .pattern = "/small",
      .file = "public/small",
      .by_method = { [OSP_METHOD_GET] = &osp_route_asset__GET },
      .methods = 1u << OSP_METHOD_GET,
      .chain = root_chain,
      .asset = &small_asset },
    { .pattern = "/large",
      .file = "public/large",
      .by_method = { [OSP_METHOD_GET] = &osp_route_asset__GET },
      .methods = 1u << OSP_METHOD_GET,
      .chain = root_chain,
      .asset = &large_asset },
    PAGE("/page", get_page, page_def),
    PAGE("/slow", get_slow, slow_def),
    { .pattern = "/desk",
      .file = "routes/desk/page.html",
      .by_method = { [OSP_METHOD_GET] = &get_page, [OSP_METHOD_POST] = &osp_route_page__POST },
      .methods = 1u << OSP_METHOD_GET | 1u << OSP_METHOD_POST,
      .page = &desk_def },
    PAGE("/gone", get_gone, gone_def),
    PAGE("/aside", get_page, aside_def),
    PAGE("/late", get_late, late_def),
    PAGE("/shut", get_page, shut_def),
    PAGE("/moved", get_page, moved_def),
    LEAF("/promise", get_promise, GET),
    LEAF("/beside", get_beside, GET),
    LEAF("/beside_fails", get_beside_fails, GET),
    LEAF("/job", get_job, GET),
    LEAF("/elsewhere", get_elsewhere, GET),
    LEAF("/hi", get_hi, GET),
    LEAF("/file", get_file, GET),
    LEAF("/many", get_many, GET),
    LEAF("/sleep", get_sleep, GET),
    LEAF("/early", get_early, GET),
    LEAF("/memory", get_memory, GET),
    LEAF("/tagged", get_tagged, GET),
    LEAF("/who", get_who, GET),
    LEAF("/needs", get_needs, GET),
    LEAF("/raw", get_raw, GET),
    LEAF("/big", get_big, GET),
    LEAF("/person", post_person, POST),
    LEAF("/letter", post_letter, POST),
    LEAF("/parcel", post_parcel, POST),
    LEAF("/stream", post_stream, POST),
    LEAF("/openapi.json", osp_route_openapi__GET, GET),
#ifdef OSP_HAVE_SODIUM
    LEAF("/hash", get_hash, GET),
    LEAF("/token", get_token, GET),
#endif
#ifdef OSP_HAVE_SQLITE
    LEAF("/rows", get_rows, GET),
    LEAF("/deep", get_deep, GET),
    LEAF("/change", post_change, POST),
    LEAF("/nested", post_nested, POST),
    LEAF("/each", get_each, GET),
    LEAF("/touch", post_touch, POST),
#endif
};
#define PLAIN OSP_ARRAY_LEN(plain_leaves)

OSP_MESSAGES(de, { "type.integer", "muss eine ganze Zahl sein" });
static const osp_messages *const messages[] = { &osp_messages_de };

static const osp_migration migrations[] = {
    { "0001_start.sql",
      "CREATE TABLE row(id INTEGER PRIMARY KEY, word TEXT NOT NULL);"
      "INSERT INTO row VALUES (1, 'one'), (2, 'two'), (3, 'three');",
      "aaaa" },
};

#ifdef OSP_HAVE_SQLITE
static const osp_resource *const resources[] = { &osp_resource_openapi, &osp_resource_sqlite };
#else
static const osp_resource *const resources[] = { &osp_resource_openapi };
#endif

/* The build writes such a table as constant data; here it is made once, at the first use. */
static struct {
    bool made;
    osp_route_node ends[PLAIN], item_param, items, root;
    osp_route_edge edges[SLOTS];
    const osp_route_leaf *leaves[PLAIN + 1];
    osp_app_def apps[TORTURE_APPS];
} table;

/* Whether no two segments fall into one slot by this seed. */
static bool place_edges(uint32_t seed)
{
    memset(table.edges, 0, sizeof table.edges);
    for (size_t i = 0; i <= PLAIN; i++) {
        const osp_str name =
            i < PLAIN ? osp_str_from(plain_leaves[i].pattern + 1) : OSP_STR("items");
        osp_route_edge *edge = &table.edges[osp_segment_hash(name, seed) & (SLOTS - 1)];
        if (edge->segment != NULL) {
            return false;
        }
        *edge = (osp_route_edge){ name.ptr, (uint32_t)name.len,
                                  i < PLAIN ? &table.ends[i] : &table.items };
    }
    return true;
}

/* As the build would, past what is counted. */
static void measure(osp_asset_form *form, char tag[OSP_ASSET_ETAG_SIZE])
{
    static char bytes[FILE_SIZE_MAX];
    uint8_t digest[OSP_SHA256_SIZE];
    osp_sha256 sha;
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, form->path, O_RDONLY | O_CLOEXEC);
    const long size = syscall(SYS_read, fd, bytes, sizeof bytes);
    (void)syscall(SYS_close, fd);
    OSP_ASSERT(size > 0 && size < FILE_SIZE_MAX);
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, (osp_str){ bytes, (size_t)size });
    osp_sha256_end(&sha, digest);
    osp_asset_etag(digest, tag);
    form->size = (uint64_t)size;
    form->etag = osp_str_from(tag);
}

static osp_app_def base_app(void)
{
    return (osp_app_def){ .name = "torture",
                          .root = &table.root,
                          .leaves = table.leaves,
                          .leaf_count = PLAIN + 1,
                          .resources = resources,
                          .resource_count = 1,
                          .migrations = migrations,
                          .migration_count = OSP_ARRAY_LEN(migrations),
                          .messages = messages,
                          .message_count = OSP_ARRAY_LEN(messages),
                          .openapi = osp_openapi_write };
}

static void make_table(void)
{
    for (size_t i = 0; i < PLAIN; i++) {
        table.ends[i].leaf = &plain_leaves[i];
        table.leaves[i] = &plain_leaves[i];
    }
    table.leaves[PLAIN] = &item_leaf;
    table.item_param.leaf = &item_leaf;
    table.items.param = &table.item_param;
    uint32_t seed = 0;
    while (!place_edges(seed)) {
        seed++;
    }
    table.root = (osp_route_node){ .edges = table.edges, .seed = seed, .mask = SLOTS - 1 };
    for (size_t i = 0; i < TORTURE_APPS; i++) {
        table.apps[i] = base_app();
    }
    table.apps[TORTURE_DATABASE].resource_count = OSP_ARRAY_LEN(resources);
    measure(&small_form, small_tag);
    measure(&large_form, large_tag);
    OSP_ASSERT(small_form.size <= OSP_FILE_SMALL_MAX && large_form.size > OSP_FILE_SMALL_MAX);
    osp_app_def *whole = &table.apps[TORTURE_WHOLE];
    whole->root_chain = root_chain;
    whole->asset_form_count = 2;
    whole->asset_keeper = &osp_asset_keeper;
    whole->templates = templates;
    whole->template_count = OSP_ARRAY_LEN(templates);
    whole->pages = pages;
    whole->page_count = OSP_ARRAY_LEN(pages);
    whole->page_keeper = &osp_page_keeper;
    whole->failure = &lost_def;
    whole->jobs = jobs;
    whole->job_count = OSP_ARRAY_LEN(jobs);
    table.made = true;
}

const osp_app_def *torture_app(torture_app_kind kind)
{
    if (!table.made) {
        make_table();
    }
#ifndef OSP_HAVE_SQLITE
    if (kind == TORTURE_DATABASE) {
        return NULL;
    }
#endif
    return &table.apps[kind];
}

bool torture_owes(void)
{
    return open_things != 0 || open_promises != 0;
}
