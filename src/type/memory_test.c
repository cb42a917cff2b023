/* Whichever piece of memory is refused, what reads, writes, searches and compares values says so or
 * is right. */
#include <openspeed/reflect.h>

#include "base/task.h"
#include "tests/unit/every_kind.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"
#include "type/type_impl.h"

static osp_arena arena;
static osp_task task;
static osp_error err;

static void begin(void *arg)
{
    (void)arg;
    osp_arena_init(&arena, NULL, 0, SIZE_MAX / 2);
    osp_task_init(&task, &arena);
    err = (osp_error){ 0 };
}

/* Short of memory is told as that, and only when it is true. */
static void told(osp_status status, bool starved)
{
    OSP_CHECK(status == OSP_OK || (starved && (status == OSP_E_NOMEM || status == OSP_E_LIMIT)));
}

/* A value with every kind of member. */
static void read_every(Every *value)
{
    static osp_issues issues;
    issues.count = 0;
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    memset(value, 0, sizeof(*value));
    OSP_CHECK(osp_json_decode(&osp_type_Every, value, osp_str_from(every_text), &how, NULL) ==
              OSP_OK);
}

/* ---------------------------------------------------------------- texts of scalars */

typedef struct spelling {
    const osp_field *field;
    osp_str text;
    _Alignas(16) char slot[128];
    osp_buf out;
    osp_status read, written;
} spelling;

static void begin_spelling(void *arg)
{
    spelling *s = arg;
    begin(NULL);
    memset(s->slot, 0, sizeof(s->slot));
    osp_buf_init(&s->out, NULL, 0, SIZE_MAX / 2);
}

static void spell(void *arg)
{
    spelling *s = arg;
    osp_flaw flaw;
    const osp_decoding how = { .arena = &arena };
    s->written = OSP_OK;
    s->read = osp_field_from_text(s->field, s->slot, s->text, &how, &flaw);
    if (s->read == OSP_OK) {
        s->written = osp_scalar_write((osp_kind)s->field->kind_, s->field->type_,
                                      osp_field_value(s->field, s->slot), &s->out);
    }
}

static void judge_spelling(void *arg, bool starved)
{
    spelling *s = arg;
    told(s->read, starved);
    told(s->written, starved);
    if (s->read == OSP_OK && s->written == OSP_OK) {
        OSP_CHECK_STR(((osp_str){ s->out.ptr, s->out.len }), s->text);
    }
    osp_buf_done(&s->out);
    osp_arena_done(&arena);
}

typedef struct Texts {
    osp_bytes bytes;
    osp_opt_str word;
    double number;
    osp_decimal decimal;
    osp_time time;
    osp_uuid uuid;
} Texts;
OSP_TYPE(Texts, FIELD(bytes, .max_len = 99), FIELD(word, .pattern = "^[a-z]+$"), FIELD(number),
         FIELD(decimal), FIELD(time), FIELD(uuid));

OSP_UNIT_TEST(memory_scalars, "a scalar's text without memory is refused as that, in either way")
{
    static const char *const texts[] = { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                                         "abc",
                                         "-1.5e300",
                                         "12345678901234567890.5",
                                         "2026-01-31T12:00:00Z",
                                         "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" };
    for (uint16_t i = 0; i < osp_type_Texts.field_count; i++) {
        spelling s = { .field = &osp_type_Texts.fields[i], .text = osp_str_from(texts[i]) };
        OSP_CHECK(
            osp_fault_each(&(osp_fault_trial){
                .begin = begin_spelling, .work = spell, .judge = judge_spelling, .arg = &s }) > 0);
    }
}

/* ---------------------------------------------------------------- one member as JSON */

typedef struct member {
    const osp_field *field;
    osp_str text;
    _Alignas(16) char slot[sizeof(Every)];
    osp_buf out;
    osp_status read, written;
} member;

static void begin_member(void *arg)
{
    member *m = arg;
    begin(NULL);
    memset(m->slot, 0, sizeof(m->slot));
    osp_buf_init(&m->out, NULL, 0, SIZE_MAX / 2);
}

static void code_member(void *arg)
{
    member *m = arg;
    static osp_issues issues;
    issues.count = 0;
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    m->written = OSP_OK;
    m->read = osp_json_decode_field(m->field, m->slot, m->text, &how, &err);
    if (m->read == OSP_OK) {
        m->written = osp_json_encode_field(m->field, m->slot, &m->out);
    }
}

static void judge_member(void *arg, bool starved)
{
    member *m = arg;
    told(m->read, starved);
    told(m->written, starved);
    OSP_CHECK(m->read == OSP_OK || err.status == m->read);
    if (m->read == OSP_OK && m->written == OSP_OK) {
        OSP_CHECK_STR(((osp_str){ m->out.ptr, m->out.len }), m->text);
    } else {
        OSP_CHECK(m->out.len == 0);
    }
    osp_buf_done(&m->out);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(memory_members, "each kind of member, alone, is read and written or refused")
{
    static Every every;
    static member m;
    size_t starved = 0;
    for (uint16_t i = 0; i < osp_type_Every.field_count; i++) {
        const osp_field *field = &osp_type_Every.fields[i];
        osp_buf text;
        if (field->source_ == OSP_SOURCE_EXTRA) {
            continue;
        }
        begin(NULL);
        read_every(&every);
        osp_buf_init(&text, NULL, 0, 1 << 20);
        OSP_CHECK(osp_json_encode_field(field, (const char *)&every + field->offset_, &text) ==
                  OSP_OK);
        osp_arena_done(&arena);
        m.field = field;
        m.text = (osp_str){ text.ptr, text.len };
        starved += osp_fault_each(&(osp_fault_trial){
            .begin = begin_member, .work = code_member, .judge = judge_member, .arg = &m });
        osp_buf_done(&text);
    }
    OSP_CHECK(starved > 100);
}

/* ---------------------------------------------------------------- what is wrong */

typedef struct flawed {
    osp_str text;
    osp_issues issues;
    size_t wrong; /* that are told when there is memory */
    osp_status status;
} flawed;

static void read_flawed(void *arg)
{
    flawed *f = arg;
    static Every value;
    const osp_decoding how = { .arena = &arena, .issues = &f->issues };
    memset(&value, 0, sizeof(value));
    f->issues.count = 0;
    f->status = osp_json_decode(&osp_type_Every, &value, f->text, &how, &err);
}

static void judge_flawed(void *arg, bool starved)
{
    const flawed *f = arg;
    OSP_CHECK(f->status == OSP_E_TYPE_MISMATCH || (starved && f->status == OSP_E_NOMEM));
    OSP_CHECK(f->status == OSP_E_NOMEM || f->issues.count == f->wrong);
    for (size_t i = 0; i < f->issues.count; i++) {
        OSP_CHECK(f->issues.items[i].flaw.says != NULL);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(memory_flaws, "an input that is wrong stays wrong in as many places")
{
    static flawed f;
    f.text = S("{\"i32\":10,\"i64\":3,\"bytes\":\"AAECAwQFBgcICQoLDA0ODxAREhM=\",\"ostr\":\"A\","
               "\"ids\":[\"13\",\"x\"],\"tags\":[\"a\",\"a\"],\"strict\":{\"grid\":[10,1],"
               "\"colors\":[\"red\",\"red\"]},\"next\":null,\"raws\":[[1],[1.0]]}");
    begin(NULL);
    read_flawed(&f);
    f.wrong = f.issues.count;
    OSP_CHECK(f.wrong > 8);
    judge_flawed(&f, false);
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .begin = begin, .work = read_flawed, .judge = judge_flawed, .arg = &f }) > 10);
}

/* ---------------------------------------------------------------- paths */

typedef struct step {
    Every value;
    osp_str got;
    osp_status status;
} step;

static void begin_step(void *arg)
{
    step *s = arg;
    begin(NULL);
    read_every(&s->value);
}

static void get_path(void *arg)
{
    step *s = arg;
    s->got = S("untouched");
    s->status = osp_path_get(&task, &osp_type_Every, &s->value, S("/shapes"), &s->got);
}

static void judge_get(void *arg, bool starved)
{
    const step *s = arg;
    told(s->status, starved);
    OSP_CHECK_STR(s->got, s->status == OSP_OK
                              ? S("[{\"type\":\"square\",\"side\":4,\"more\":{\"x\":1}}]")
                              : S("untouched"));
    osp_arena_done(&arena);
}

static void set_path(void *arg)
{
    step *s = arg;
    s->status = osp_path_set(&task, &osp_type_Every, &s->value, S("/raws"),
                             S("[{\"a\":1},{\"a\":2},[3]]"), true, &err);
}

static void judge_set(void *arg, bool starved)
{
    const step *s = arg;
    told(s->status, starved);
    OSP_CHECK(s->value.raws.count == 3);
    OSP_CHECK_STR(s->value.raws.items[0].text, s->status == OSP_OK ? S("{\"a\":1}") : S("1"));
    osp_arena_done(&arena);
}

static void dump(void *arg)
{
    step *s = arg;
    s->got = osp_task_dump(&task, NULL, &osp_type_Every, &s->value);
}

static void judge_dump(void *arg, bool starved)
{
    const step *s = arg;
    OSP_CHECK(s->got.len > 500 || (starved && s->got.len == 0));
    OSP_CHECK(s->got.len > 0 || task.error.status == OSP_E_NOMEM);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(memory_paths, "a path is got, set and shown, or all is as it was")
{
    static step s;
    const osp_fault_trial trials[] = {
        { .begin = begin_step, .work = get_path, .judge = judge_get, .arg = &s },
        { .begin = begin_step, .work = set_path, .judge = judge_set, .arg = &s },
        { .begin = begin_step, .work = dump, .judge = judge_dump, .arg = &s },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(trials); i++) {
        OSP_CHECK(osp_fault_each(&trials[i]) > 0);
    }
}

/* ---------------------------------------------------------------- one text of a task */

static void encode_task(void *arg)
{
    step *s = arg;
    s->got = osp_task_json_encode(&task, &osp_type_Every, &s->value);
}

static void judge_encode(void *arg, bool starved)
{
    const step *s = arg;
    OSP_CHECK(s->got.len > 500 || (starved && s->got.len == 0));
    OSP_CHECK(s->got.len == 0 || osp_json_check(s->got) == OSP_OK);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(memory_task_json, "a task's JSON is whole or empty")
{
    static step s;
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .begin = begin_step, .work = encode_task, .judge = judge_encode, .arg = &s }) >
              0);
}
