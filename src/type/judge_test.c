/* Constraints: each at its edge and one past it, and the sentence that it gives. */
#include <math.h>

#include "tests/unit/unit.h"
#include "type/json.h"

static const char *even(const int64_t *n)
{
    return *n % 2 != 0 ? "must be even" : NULL;
}
OSP_CHECKER(even, int64_t);

typedef struct Span {
    int64_t from, to;
} Span;
static const char *ordered(const Span *span)
{
    return span->from > span->to ? "must not end before it begins" : NULL;
}
OSP_CHECKER(ordered, Span);
OSP_TYPE(Span, FIELD(from), FIELD(to), OPTIONS(CHECK(ordered)));
OSP_LIST_OF(Span);

static const char *short_span(const Span *span)
{
    return span->to - span->from > 10 ? "is too long" : NULL;
}
OSP_CHECKER(short_span, Span);

static const char *few(const int64_t_list *list)
{
    return list->count > 3 ? "are too many" : NULL;
}
OSP_CHECKER(few, int64_t_list);

typedef struct Numbers {
    osp_opt_int closed, above, below, twos, checked;
    osp_opt_uint ufives;
    osp_opt_double open, tenth;
    float f;
    int32_t i32;
} Numbers;
OSP_TYPE(Numbers, FIELD(closed, RANGE(-1, 2)), FIELD(above, ABOVE(0)), FIELD(below, BELOW(10)),
         FIELD(twos, .multiple_of = 2), FIELD(checked, CHECK(even)),
         FIELD(ufives, .multiple_of = 5), FIELD(open, ABOVE(0), BELOW(1)),
         FIELD(tenth, .multiple_of = 0.1), FIELD(f, AT_MOST(0.5), .fallback = "0"),
         FIELD(i32, AT_LEAST(-5), .fallback = "0"));

typedef struct Exact {
    osp_opt_decimal price, share, coin, big;
    osp_decimal_list list;
} Exact;
OSP_TYPE(Exact, FIELD(price, ABOVE(0), AT_MOST(9999.99)), FIELD(share, AT_LEAST(-0.1), BELOW(0.1)),
         FIELD(coin, .multiple_of = 0.05), FIELD(big, AT_LEAST(1e30), .multiple_of = 300),
         LIST(list, osp_decimal, EACH(AT_MOST(1)), .fallback = ""));

typedef struct Others {
    int64_t_list list;
    Span span;
    Span_list spans;
    osp_bytes bytes;
    osp_str text;
    osp_json_list raws;
    osp_str_map map;
    osp_str_list words;
} Others;
OSP_TYPE(Others,
         LIST(list, int64_t, CHECK(few), .unique = true, EACH(RANGE(0, 99), CHECK(even)),
              .fallback = ""),
         OBJECT(span, Span, CHECK(short_span), .fallback = "{\"from\":0,\"to\":0}"),
         LIST(spans, Span, .unique = true, EACH(CHECK(short_span)), .fallback = ""),
         FIELD(bytes, .min_len = 1, .max_len = 2, .fallback = "AA=="),
         FIELD(text, .min_len = 2, .max_len = 3, .pattern = "^[a-z\\u00e4]+$", .fallback = "aa"),
         LIST(raws, osp_json, .unique = true, .fallback = ""),
         MAP(map, osp_str, EACH(.pattern = "x"), .fallback = ""),
         LIST(words, osp_str, EACH(.min_len = 1, .pattern = "^a"), .fallback = ""));

typedef struct sample {
    const char *text, *where, *detail; /* NULL: nothing is wrong */
} sample;

static void check(const osp_type *type, const sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char value[512] __attribute__((aligned(16))) = { 0 };
        static osp_issues issues;
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 1 << 20);
        issues.count = 0;
        const osp_decoding how = { .arena = &arena, .issues = &issues };
        OSP_CHECK(type->size <= sizeof(value));
        const osp_status status =
            osp_json_decode(type, value, osp_str_from(samples[i].text), &how, NULL);
        if (issues.count != (samples[i].where != NULL)) {
            fprintf(stderr, "%s: %zu issues\n", samples[i].text, issues.count);
            exit(1);
        }
        OSP_CHECK(status == (samples[i].where != NULL ? OSP_E_TYPE_MISMATCH : OSP_OK));
        if (samples[i].where != NULL) {
            OSP_CHECK_STR(issues.items[0].where, osp_str_from(samples[i].where));
            OSP_CHECK_STR(osp_flaw_text(&issues.items[0].flaw, NULL, &arena),
                          osp_str_from(samples[i].detail));
        }
        osp_arena_done(&arena);
    }
}
#define CHECK_ALL(T, samples) check(&osp_type_##T, samples, OSP_ARRAY_LEN(samples))

OSP_UNIT_TEST(judge_decimal, "bounds of decimals are exact, whatever their size and spelling")
{
    static const sample samples[] = {
        { "{\"price\":\"0.01\"}", NULL, NULL },
        { "{\"price\":\"0.00000000000000000000000000000000000000000001\"}", NULL, NULL },
        { "{\"price\":\"9999.99\"}", NULL, NULL },
        { "{\"price\":\"9999.990000000000000000000000000\"}", NULL, NULL },
        { "{\"price\":\"0\"}", "/price", "must be more than 0" },
        { "{\"price\":\"0.00\"}", "/price", "must be more than 0" },
        { "{\"price\":\"-0\"}", "/price", "must be more than 0" },
        { "{\"price\":\"-5\"}", "/price", "must be more than 0" },
        { "{\"price\":\"9999.9900000000000000000000000001\"}", "/price",
          "must be at most 9999.99" },
        { "{\"price\":\"10000\"}", "/price", "must be at most 9999.99" },
        { "{\"share\":\"-0.1\"}", NULL, NULL },
        { "{\"share\":\"0.0999999999999999999999999\"}", NULL, NULL },
        { "{\"share\":\"0.10\"}", "/share", "must be less than 0.1" },
        { "{\"share\":\"-0.1000000000000000000001\"}", "/share", "must be at least -0.1" },
        { "{\"coin\":\"0\"}", NULL, NULL },
        { "{\"coin\":\"12345678901234567890123456789012.35\"}", NULL, NULL },
        { "{\"coin\":\"-0.050\"}", NULL, NULL },
        { "{\"coin\":\"0.01\"}", "/coin", "must be a multiple of 0.05" },
        { "{\"coin\":\"12345678901234567890123456789012.34\"}", "/coin",
          "must be a multiple of 0.05" },
        { "{\"coin\":\"0.051\"}", "/coin", "must be a multiple of 0.05" },
        { "{\"big\":\"3000000000000000000000000000000\"}", NULL, NULL },
        { "{\"big\":\"999999999999999999999999999999.9\"}", "/big", "must be at least 1e30" },
        { "{\"big\":\"1000000000000000000000000000000\"}", "/big", "must be a multiple of 300" },
        { "{\"big\":\"3000000000000000000000000000030\"}", "/big", "must be a multiple of 300" },
        { "{\"list\":[\"1\",\"1.0\",\"-7\"]}", NULL, NULL },
        { "{\"list\":[\"1\",\"1.01\"]}", "/list/1", "must be at most 1" },
    };
    CHECK_ALL(Exact, samples);
}

OSP_UNIT_TEST(judge_range, "bounds are kept at the edge and told one past it")
{
    static const sample samples[] = {
        { "{\"closed\":-1}", NULL, NULL },
        { "{\"closed\":2}", NULL, NULL },
        { "{\"closed\":-2}", "/closed", "must be at least -1" },
        { "{\"closed\":3}", "/closed", "must be at most 2" },
        { "{\"closed\":null}", NULL, NULL },
        { "{\"above\":1}", NULL, NULL },
        { "{\"above\":0}", "/above", "must be more than 0" },
        { "{\"below\":9}", NULL, NULL },
        { "{\"below\":10}", "/below", "must be less than 10" },
        { "{\"open\":0.001}", NULL, NULL },
        { "{\"open\":0}", "/open", "must be more than 0" },
        { "{\"open\":-0.0}", "/open", "must be more than 0" },
        { "{\"open\":1}", "/open", "must be less than 1" },
        { "{\"f\":0.5}", NULL, NULL },
        { "{\"f\":0.51}", "/f", "must be at most 0.5" },
        { "{\"i32\":-6}", "/i32", "must be at least -5" },
    };
    CHECK_ALL(Numbers, samples);
}

OSP_UNIT_TEST(judge_multiple, "multiples are judged exactly, beyond 2^53 as well")
{
    static const sample samples[] = {
        { "{\"twos\":0}", NULL, NULL },
        { "{\"twos\":-4}", NULL, NULL },
        { "{\"twos\":3}", "/twos", "must be a multiple of 2" },
        { "{\"twos\":9007199254740993}", "/twos", "must be a multiple of 2" },
        { "{\"twos\":9223372036854775807}", "/twos", "must be a multiple of 2" },
        { "{\"twos\":-9223372036854775808}", NULL, NULL },
        { "{\"ufives\":18446744073709551615}", NULL, NULL },
        { "{\"ufives\":18446744073709551614}", "/ufives", "must be a multiple of 5" },
        { "{\"tenth\":0.3}", NULL, NULL },
        { "{\"tenth\":-1.1}", NULL, NULL },
        { "{\"tenth\":0.30000000000000004}", "/tenth", "must be a multiple of 0.1" },
        { "{\"tenth\":1e-7}", "/tenth", "must be a multiple of 0.1" },
        { "{\"tenth\":4.35}", "/tenth", "must be a multiple of 0.1" },
        { "{\"tenth\":1e300}", NULL, NULL },
    };
    CHECK_ALL(Numbers, samples);
}

OSP_UNIT_TEST(judge_not_finite, "what is no number is a multiple of none")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 12);
    const osp_decoding how = { .arena = &arena };
    const osp_field field = { .kind_ = OSP_KIND_DOUBLE, .multiple_of = 0.1 };
    const double values[] = { NAN, INFINITY, -INFINITY };
    for (size_t i = 0; i < OSP_ARRAY_LEN(values); i++) {
        OSP_CHECK(osp_field_judge(&field, OSP_KIND_DOUBLE, NULL, &values[i], true, &how).says ==
                  OSP_SAY(MULTIPLE));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(judge_check, "an application's checks see members, items and whole objects")
{
    static const sample samples[] = {
        { "{\"list\":[2,4]}", NULL, NULL },
        { "{\"list\":[2,3]}", "/list/1", "must be even" },
        { "{\"list\":[2,4,6,8]}", "/list", "are too many" },
        { "{\"span\":{\"from\":1,\"to\":11}}", NULL, NULL },
        { "{\"span\":{\"from\":1,\"to\":12}}", "/span", "is too long" },
        { "{\"span\":{\"from\":2,\"to\":1}}", "/span", "must not end before it begins" },
        { "{\"spans\":[{\"from\":0,\"to\":99}]}", "/spans/0", "is too long" },
        /* A check never sees what is not whole. */
        { "{\"span\":{\"from\":2,\"to\":\"\"}}", "/span/to", "must be a whole number" },
    };
    CHECK_ALL(Others, samples);
    static const sample numbers[] = {
        { "{\"checked\":2}", NULL, NULL },
        { "{\"checked\":1}", "/checked", "must be even" },
    };
    CHECK_ALL(Numbers, numbers);
}

OSP_UNIT_TEST(judge_items, "items are judged one by one and told apart as JSON")
{
    static const sample samples[] = {
        { "{\"list\":[2,2]}", "/list", "must not have an item twice" },
        { "{\"list\":[100]}", "/list/0", "must be at most 99" },
        { "{\"spans\":[{\"from\":1,\"to\":2},{\"from\":1,\"to\":3}]}", NULL, NULL },
        { "{\"spans\":[{\"from\":1,\"to\":2},{\"to\":2,\"from\":1}]}", "/spans",
          "must not have an item twice" },
        { "{\"raws\":[1,\"1\",[1],{\"a\":1},null,true]}", NULL, NULL },
        { "{\"raws\":[1,2,1.0]}", "/raws", "must not have an item twice" },
        { "{\"raws\":[{\"a\":1,\"b\":[2]},0,{\"b\":[2e0],\"\\u0061\":1}]}", "/raws",
          "must not have an item twice" },
        { "{\"raws\":[18446744073709551615,18446744073709551616]}", NULL, NULL },
        /* An option that does nothing for a kind must not end the process. */
        { "{\"map\":{\"a\":\"x\",\"b\":\"x\"}}", NULL, NULL },
        { "{\"map\":{\"a\":\"y\"}}", "/map/a", "does not have the form that is asked for" },
        { "{\"words\":[\"a\",\"ba\"]}", "/words/1", "does not have the form that is asked for" },
        { "{\"words\":[\"\"]}", "/words/0", "must not be empty" },
    };
    CHECK_ALL(Others, samples);
}

OSP_UNIT_TEST(judge_length, "strings are counted in characters, bytes in bytes")
{
    static const sample samples[] = {
        { "{\"text\":\"\xc3\xa4\xc3\xa4\xc3\xa4\"}", NULL, NULL },
        { "{\"text\":\"\xc3\xa4\"}", "/text", "must be at least 2 characters long" },
        { "{\"text\":\"aaaa\"}", "/text", "must be at most 3 characters long" },
        { "{\"text\":\"aA\"}", "/text", "does not have the form that is asked for" },
        { "{\"bytes\":\"AAE=\"}", NULL, NULL },
        { "{\"bytes\":\"\"}", "/bytes", "must not be empty" },
        { "{\"bytes\":\"AAEC\"}", "/bytes", "must be at most 2 bytes long" },
    };
    CHECK_ALL(Others, samples);
}

/* Pushes on a text. */
static void add(osp_buf *text, const char *part)
{
    osp_buf_append(text, part, strlen(part));
}

OSP_UNIT_TEST(judge_unique_large, "a long list of objects in any order is judged quickly")
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, 1 << 24);
    add(&text, "{\"raws\":[");
    for (int i = 0; i < 20000; i++) {
        osp_buf_printf(&text, "%s{\"b\":%d,\"a\":1}", i ? "," : "", (i * 7919) % 20011);
    }
    add(&text, ",{\"a\":1.0,\"b\":7919}]}");
    Others value = { .text = { NULL, 0 } };
    static osp_issues issues;
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 26);
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    OSP_CHECK(osp_json_decode(&osp_type_Others, &value, (osp_str){ text.ptr, text.len }, &how,
                              NULL) == OSP_E_TYPE_MISMATCH);
    OSP_CHECK(issues.count == 1 && issues.items[0].flaw.says->code == OSP_ISSUE_UNIQUE);
    osp_arena_done(&arena);
    osp_buf_done(&text);
}
