#include "type/pattern.h"

#include <pthread.h>
#include <unistd.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/time.h"
#include "tests/unit/fault.h"
#include "tests/unit/sample.h"
#include "tests/unit/unit.h"

#define LONG OSP_PATTERN_TEXT_MAX
#define SLOW_US (5 * INT64_C(1000000)) /* with sanitizers, on a busy machine */

/* Finds it with a set that has it, with one that lacks it, and with none. */
static osp_status find(const char *pattern, osp_str text)
{
    osp_patterns *set = osp_patterns_new();
    osp_patterns *other = osp_patterns_new();
    OSP_CHECK(set != NULL && other != NULL);
    OSP_CHECK(osp_patterns_add(set, pattern, NULL) == OSP_OK);
    OSP_CHECK(osp_patterns_add(other, "x", NULL) == OSP_OK);
    const osp_status status = osp_patterns_find(set, pattern, text);
    OSP_CHECK(osp_patterns_find(other, pattern, text) == status);
    OSP_CHECK(osp_patterns_find(NULL, pattern, text) == status);
    osp_patterns_free(set);
    osp_patterns_free(other);
    return status;
}

OSP_UNIT_TEST(pattern_rules, "searched, UTF-8, and the rules of ECMA-262 where there are two")
{
    static const struct {
        const char *pattern;
        osp_str text;
        osp_status status;
    } cases[] = {
        { "b", { "abc", 3 }, OSP_OK },
        { "^b", { "abc", 3 }, OSP_DONE },
        { "", { NULL, 0 }, OSP_OK },
        { "a", { NULL, 0 }, OSP_DONE },
        { "^a$", { "a", 1 }, OSP_OK },
        { "^a$", { "a\n", 2 }, OSP_DONE },
        { "^a$", { "a\0", 2 }, OSP_DONE },
        { "a.c", { "a\0c", 3 }, OSP_OK },
        { "a.c", { "a\nc", 3 }, OSP_DONE },
        { "a.c", { "a\rc", 3 }, OSP_DONE },
        { "^.$", { "\xF0\x9F\x98\x80", 4 }, OSP_OK },
        { "^..$", { "\xC3\xA4", 2 }, OSP_DONE },
        { "^\\u00e4$", { "\xC3\xA4", 2 }, OSP_OK },
        { "^\\u{1F600}$", { "\xF0\x9F\x98\x80", 4 }, OSP_OK },
        { "^\\x41$", { "A", 1 }, OSP_OK },
        { "^\\d$", { "\xD9\xA3", 2 }, OSP_DONE },
        { "^\\w$", { "\xC3\xA4", 2 }, OSP_DONE },
        { "^\\s$", { "\xC2\xA0", 2 }, OSP_DONE },
        { "^\\p{L}$", { "\xC3\xA4", 2 }, OSP_OK },
        { "[]", { "a", 1 }, OSP_DONE },
        { "^[^]$", { "\n", 1 }, OSP_OK },
        { "^(a)?b\\1$", { "b", 1 }, OSP_OK },
        { "^(?=.*[0-9]).{3,}$", { "ab1", 3 }, OSP_OK },
        { "(?<=a)b", { "ab", 2 }, OSP_OK },
        { "(?i)^\\u00c4$", { "\xC3\xA4", 2 }, OSP_OK },
        { "^[a-z]+(-[a-z]+)*$", { "ab-cd-ef", 8 }, OSP_OK },
        { "a", { "\xFF", 1 }, OSP_E_INVALID },
        { "a", { "a\xF0\x9F", 3 }, OSP_E_INVALID },
        { "(?R)", { "a", 1 }, OSP_E_INVALID },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_status status = find(cases[i].pattern, cases[i].text);
        if (status != cases[i].status) {
            printf("%s: %d\n", cases[i].pattern, status);
        }
        OSP_CHECK(status == cases[i].status);
    }
}

OSP_UNIT_TEST(pattern_broken, "a broken pattern names the place")
{
    osp_patterns *set = osp_patterns_new();
    OSP_CHECK(set != NULL);
    static const char *const broken[] = { "(", "[a", "a**", "\\C", "(?<n>a)(?<n>b)", "a{2,1}" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(broken); i++) {
        osp_error err = { 0 };
        OSP_CHECK(osp_patterns_add(set, broken[i], &err) == OSP_E_INVALID);
        OSP_CHECK(err.status == OSP_E_INVALID && strstr(err.message, broken[i]) != NULL);
        OSP_CHECK(strstr(err.message, "at byte ") != NULL);
        OSP_CHECK(osp_patterns_find(set, broken[i], S("a")) == OSP_E_INVALID);
    }
    char nested[1000];
    memset(nested, '(', 400);
    memset(nested + 400, ')', 400);
    nested[800] = '\0';
    OSP_CHECK(osp_patterns_add(set, nested, NULL) == OSP_E_INVALID);
    OSP_CHECK(osp_patterns_add(set, "a", NULL) == OSP_OK);
    OSP_CHECK(osp_patterns_find(set, "a", S("a")) == OSP_OK);
    osp_patterns_free(set);
    osp_patterns_free(NULL);
}

OSP_UNIT_TEST(pattern_many, "a set of many patterns finds each, and adding twice is adding once")
{
    static char patterns[1000][8];
    osp_patterns *set = osp_patterns_new();
    OSP_CHECK(set != NULL);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < OSP_ARRAY_LEN(patterns); i++) {
            (void)snprintf(patterns[i], sizeof(patterns[i]), "^%zu$", i);
            OSP_CHECK(osp_patterns_add(set, patterns[i], NULL) == OSP_OK);
        }
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(patterns); i++) {
        char text[8];
        const int len = snprintf(text, sizeof(text), "%zu", i);
        OSP_CHECK(osp_patterns_find(set, patterns[i], (osp_str){ text, (size_t)len }) == OSP_OK);
        OSP_CHECK(osp_patterns_find(set, patterns[i], S("x")) == OSP_DONE);
    }
    osp_patterns_free(set);
}

/* ---------------------------------------------------------------- limits */

/* `len` bytes of `unit` over and over, then `tail`. */
static osp_str repeat(char *text, const char *unit, size_t len, const char *tail)
{
    for (size_t i = 0; i < len; i++) {
        text[i] = unit[i % strlen(unit)];
    }
    memcpy(text + len, tail, strlen(tail));
    return (osp_str){ text, len + strlen(tail) };
}

OSP_UNIT_TEST(pattern_exponential, "no pattern takes exponential or cubic time")
{
    static const struct {
        const char *pattern, *unit, *tail;
    } cases[] = {
        { "(a+)+$", "a", "b" },
        { "^(a+)+$", "a", "b" },
        { "^(a|a)*$", "a", "b" },
        { "^(a|aa)+$", "a", "b" },
        { "(?:a|a?)+$", "a", "b" },
        { "^(([a-z])+.)+[A-Z]([a-z])+$", "a", "" },
        { "(.*a){20}[0-9]", "a", "" },
        { ".*?[a-z]+[0-9]", "a", "" },
        { "(x+x+)+[yz]", "x", "" },
        { "^(.*?,){11}P", "1,", "" },
        { "(a|b|ab)*[cd]", "ab", "" },
        { "\\s+$", " ", "x" },
        { "^([a-z0-9])(([-.]|_+)?([a-z0-9]+))*[@#][a-z0-9]+\\.[a-z]{2,3}$", "a", "!" },
        { "^(a*)*[bc]$", "a", "" },
        /* Each start stays just below what one may take. */
        { "a*a*[cd][0-9]", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaax", "" },
    };
    char text[LONG + 1];
    static const size_t sizes[] = { 40, 1000, LONG - 1 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        for (size_t k = 0; k < OSP_ARRAY_LEN(sizes); k++) {
            const osp_str subject = repeat(text, cases[i].unit, sizes[k], cases[i].tail);
            const int64_t before = osp_monotonic_us();
            const osp_status status = osp_patterns_find(NULL, cases[i].pattern, subject);
            OSP_CHECK(osp_monotonic_us() - before < SLOW_US);
            OSP_CHECK(status == OSP_E_LIMIT || (status == OSP_DONE && (k == 0 || i > 6)));
        }
    }
    OSP_CHECK(find("(a+)+$", repeat(text, "a", 40, "b")) == OSP_E_LIMIT);
}

/* What a search for `pattern` in `len` times "a" needs: the least limit, set by `set`, under which
 * PCRE2 does not say `refusal`. */
static uint32_t needed(const char *pattern, size_t len,
                       int (*set)(pcre2_match_context *context, uint32_t limit), int refusal)
{
    static char text[LONG];
    memset(text, 'a', sizeof(text));
    int code = 0;
    PCRE2_SIZE at = 0;
    pcre2_code *regex =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &code, &at, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    OSP_CHECK(regex != NULL && context != NULL);
    uint32_t low = 0, high = 1U << 20;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        pcre2_match_data *data = pcre2_match_data_create(1, NULL); /* it keeps what it grew to */
        OSP_CHECK(data != NULL && set(context, middle) == 0);
        if (pcre2_match(regex, (PCRE2_SPTR)text, len, 0, 0, data, context) == refusal) {
            low = middle + 1;
        } else {
            high = middle;
        }
        pcre2_match_data_free(data);
    }
    pcre2_match_context_free(context);
    pcre2_code_free(regex);
    return low;
}

/* The longest text of "a" in which a pattern is found; in one that has a byte more it is not. */
static size_t longest(const char *pattern)
{
    static char text[LONG];
    size_t low = 1, high = LONG;
    while (low < high) {
        const size_t middle = (low + high + 1) / 2;
        const osp_status status = osp_patterns_find(NULL, pattern, repeat(text, "a", middle, ""));
        OSP_CHECK(status == OSP_OK || status == OSP_E_LIMIT);
        low = status == OSP_OK ? middle : low;
        high = status == OSP_OK ? high : middle - 1;
    }
    return low;
}

OSP_UNIT_TEST(pattern_bounds, "each bound of a search is used up to the last and not beyond")
{
    static const struct {
        const char *pattern;
        int (*set)(pcre2_match_context *context, uint32_t limit);
        int refusal;
        uint32_t most, product; /* of the need, and of it with the length; 0: any */
    } cases[] = {
        { "^(?:[bc]|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z|a)*$", pcre2_set_match_limit,
          PCRE2_ERROR_MATCHLIMIT, OSP_PATTERN_STEPS_MAX, 0 },
        { "^(?:z|y|x|w|v|u|t|s|a)*$", pcre2_set_match_limit, PCRE2_ERROR_MATCHLIMIT, 0,
          OSP_PATTERN_WORK_MAX },
        { "^(()()()()()()a)*$", pcre2_set_heap_limit, PCRE2_ERROR_HEAPLIMIT,
          OSP_PATTERN_HEAP_MAX / 1024, 0 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const size_t len = longest(cases[i].pattern);
        OSP_CHECK(len > 1 && len < LONG);
        for (size_t over = 0; over < 2; over++) {
            const uint32_t need =
                needed(cases[i].pattern, len + over, cases[i].set, cases[i].refusal);
            const uint32_t most = cases[i].product != 0
                                      ? cases[i].product / (uint32_t)(len + over + 1)
                                      : cases[i].most;
            OSP_CHECK((need > most) == (over == 1));
        }
    }
}

OSP_UNIT_TEST(pattern_long, "harmless patterns find in long texts, up to the limit")
{
    static char text[LONG + 8];
    OSP_CHECK(find("^[a-z]+$", repeat(text, "a", LONG, "")) == OSP_OK);
    OSP_CHECK(find("^[a-z]+$", repeat(text, "a", LONG - 1, "1")) == OSP_DONE);
    OSP_CHECK(find("[0-9]", repeat(text, "a", LONG - 1, "1")) == OSP_OK);
    OSP_CHECK(find("[a-z]+[0-9]", repeat(text, "a", LONG - 1, "1")) == OSP_OK);
    OSP_CHECK(find("^[a-z0-9]+(-[a-z0-9]+)*$", repeat(text, "abc-", LONG - 1, "a")) == OSP_OK);
    OSP_CHECK(find("^(a|b)*$", repeat(text, "ab", 8000, "")) == OSP_OK);
    OSP_CHECK(find("a", repeat(text, "b", LONG, "")) == OSP_DONE);
    OSP_CHECK(find("a", repeat(text, "b", LONG, "a")) == OSP_E_LIMIT);
    OSP_CHECK(find("$", repeat(text, "\xC3\xA4", LONG, "")) == OSP_OK);
}

/* The shares of the starts do not suffice, so each is tried: the answer must be the same. */
OSP_UNIT_TEST(pattern_each_start, "a match behind starts that need many steps is found")
{
    static char text[LONG + 8];
    static const char *const unit = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaax\xC3\xA4";
    const osp_str subject = repeat(text, unit, strlen(unit) * 8, "aac7");
    OSP_CHECK(find("a*a*[cd][0-9]", subject) == OSP_OK);
    OSP_CHECK(find("a*a*[cd][0-8]$", subject) == OSP_OK);
    OSP_CHECK(find("a*a*[cd][0-6]", subject) == OSP_DONE);
    OSP_CHECK(find("(?<=a)(?:a|b)*c[0-9]", subject) == OSP_OK);
}

/* ---------------------------------------------------------------- threads and stacks */

typedef struct job {
    osp_patterns *set;
    const char *pattern;
    osp_str text;
    osp_status want;
    int rounds;
} job;

static void *work(void *arg)
{
    const job *my = arg;
    for (int i = 0; i < my->rounds; i++) {
        OSP_CHECK(osp_patterns_find(my->set, my->pattern, my->text) == my->want);
    }
    return NULL;
}

OSP_UNIT_TEST_THREADED(pattern_threads, "threads search in one set at the same time")
{
    static const char *const pattern = "^(a+)b$";
    osp_patterns *set = osp_patterns_new();
    OSP_CHECK(set != NULL && osp_patterns_add(set, pattern, NULL) == OSP_OK);
    job jobs[4];
    pthread_t threads[OSP_ARRAY_LEN(jobs)];
    for (size_t i = 0; i < OSP_ARRAY_LEN(jobs); i++) {
        jobs[i] = (job){ set, pattern, i % 2 == 0 ? S("aaab") : S("aaaa"),
                         i % 2 == 0 ? OSP_OK : OSP_DONE, 20000 };
        OSP_CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(jobs); i++) {
        OSP_CHECK(pthread_join(threads[i], NULL) == 0);
    }
    osp_patterns_free(set);
}

OSP_UNIT_TEST_THREADED(
    pattern_stack, "searching needs little stack, compiling deep nesting at most half of a fiber's")
{
    static char text[LONG + 8];
    static char nested[512];
    memset(nested, '(', 99);
    memset(nested + 99, 'a', 1);
    memset(nested + 100, ')', 99);
    job jobs[] = {
        { osp_patterns_new(), "^(a|b)*$", repeat(text, "ab", 8000, ""), OSP_OK, 1 },
        { NULL, nested, S("a"), OSP_OK, 1 },
    };
    static const size_t stacks[] = { 64 << 10, 128 << 10 };
    OSP_CHECK(jobs[0].set != NULL &&
              osp_patterns_add(jobs[0].set, jobs[0].pattern, NULL) == OSP_OK);
    for (size_t i = 0; i < OSP_ARRAY_LEN(jobs); i++) {
        pthread_attr_t attributes;
        pthread_t thread;
        OSP_CHECK(pthread_attr_init(&attributes) == 0);
        /* A processor may ask for more than the smaller one. */
        const size_t least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
        OSP_CHECK(pthread_attr_setstacksize(&attributes, stacks[i] > least ? stacks[i] : least) ==
                  0);
        OSP_CHECK(pthread_create(&thread, &attributes, work, &jobs[i]) == 0);
        OSP_CHECK(pthread_join(thread, NULL) == 0);
        (void)pthread_attr_destroy(&attributes);
    }
    osp_patterns_free(jobs[0].set);
}

/* ---------------------------------------------------------------- types */

static const char in_leaf[] = "^leaf$", in_items[] = "^item$", in_case[] = "^case$",
                  in_root[] = "^root$", in_deep[] = "^deep$", broken[] = "broken(";

static const osp_type root, other;
static const osp_field leaf_fields[] = { { .member_ = "text", .pattern = in_leaf },
                                         { .member_ = "root", .type_ = &root } };
static const osp_type leaf = { .name = "Leaf", .fields = leaf_fields, .field_count = 2 };
static const osp_field case_fields[] = { { .member_ = "text", .pattern = in_case } };
static const osp_type case_type = { .name = "Case", .fields = case_fields, .field_count = 1 };
static const osp_case cases[] = { { .name = "case", .type = &case_type },
                                  { .name = "leaf", .type = &leaf } };
static const osp_type either = { .name = "Either", .cases = cases, .case_count = 2 };
static const osp_field deep_item = { .pattern = in_deep };
static const osp_field item = { .pattern = in_items, .each_ = &deep_item };
static const osp_field root_fields[] = { { .member_ = "text", .pattern = in_root },
                                         { .member_ = "again", .pattern = in_root },
                                         { .member_ = "tags", .each_ = &item },
                                         { .member_ = "self", .type_ = &root },
                                         { .member_ = "either", .type_ = &either } };
static const osp_type root = { .name = "Root", .fields = root_fields, .field_count = 5 };
static const osp_field other_fields[] = { { .member_ = "leaf", .type_ = &leaf },
                                          { .member_ = "bad", .pattern = broken } };
static const osp_type other = { .name = "Other", .fields = other_fields, .field_count = 2 };

OSP_UNIT_TEST(pattern_types, "the patterns of a type are those of all types that it leads to")
{
    osp_patterns *set = osp_patterns_new();
    osp_error err = { 0 };
    OSP_CHECK(set != NULL);
    OSP_CHECK(osp_patterns_add_type(set, &root, &err) == OSP_OK);
    OSP_CHECK(osp_patterns_add_type(set, &root, &err) == OSP_OK);
    static const char *const all[] = { in_leaf, in_items, in_case, in_root, in_deep };
    for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
        osp_str word = osp_str_from(all[i] + 1);
        word.len--;
        OSP_CHECK(osp_patterns_find(set, all[i], word) == OSP_OK);
        OSP_CHECK(osp_patterns_find(set, all[i], S("no")) == OSP_DONE);
    }
    for (size_t i = 0; i < 2; i++) {
        OSP_CHECK(osp_patterns_add_type(set, &other, &err) == OSP_E_INVALID);
        OSP_CHECK(strstr(err.message, "Other.bad: ") == err.message);
    }
    osp_patterns_free(set);
}

OSP_UNIT_TEST(pattern_types_chain, "a thousand types in a row are walked without a deep stack")
{
    static osp_type types[1000];
    static osp_field fields[1000];
    for (size_t i = 0; i < OSP_ARRAY_LEN(types); i++) {
        fields[i] = (osp_field){ .member_ = "next", .type_ = i < 999 ? &types[i + 1] : &leaf };
        types[i] = (osp_type){ .name = "T", .fields = &fields[i], .field_count = 1 };
    }
    osp_patterns *set = osp_patterns_new();
    OSP_CHECK(set != NULL);
    OSP_CHECK(osp_patterns_add_type(set, &types[0], NULL) == OSP_OK);
    OSP_CHECK(osp_patterns_find(set, in_leaf, S("leaf")) == OSP_OK);
    osp_patterns_free(set);
}

/* ---------------------------------------------------------------- memory */

typedef struct thirst {
    osp_patterns *set;
    osp_status added, found, lacking, alone;
    osp_error err;
} thirst;

static void search_all(void *arg)
{
    thirst *t = arg;
    t->err = (osp_error){ 0 };
    t->set = osp_patterns_new();
    t->added = t->set != NULL ? osp_patterns_add_type(t->set, &root, &t->err) : OSP_E_NOMEM;
    t->found = osp_patterns_find(t->set, in_root, S("root"));
    t->lacking = osp_patterns_find(t->set, "^r(o+)t$", S("root"));
    t->alone = osp_patterns_find(NULL, in_deep, S("shallow"));
}

static void judge_search(void *arg, bool starved)
{
    thirst *t = arg;
    OSP_CHECK(t->set != NULL || starved);
    OSP_CHECK(t->added == OSP_OK || (starved && t->added == OSP_E_NOMEM));
    OSP_CHECK(t->set == NULL || t->added == OSP_OK || t->err.message[0] != '\0');
    OSP_CHECK(t->found == OSP_OK || (starved && t->found == OSP_E_NOMEM));
    OSP_CHECK(t->lacking == OSP_OK || (starved && t->lacking == OSP_E_NOMEM));
    OSP_CHECK(t->alone == OSP_DONE || (starved && t->alone == OSP_E_NOMEM));
    /* What failed can be done again. */
    OSP_CHECK(t->set == NULL || osp_patterns_add_type(t->set, &root, NULL) == OSP_OK);
    OSP_CHECK(osp_patterns_find(t->set, in_leaf, S("leaf")) == OSP_OK);
    osp_patterns_free(t->set);
}

OSP_UNIT_TEST(pattern_memory, "a set without memory says so, and whoever asks again gets all of it")
{
    thirst t;
    OSP_CHECK(osp_fault_each(
                  &(osp_fault_trial){ .work = search_all, .judge = judge_search, .arg = &t }) > 20);
}

/* ---------------------------------------------------------------- samples */

OSP_UNIT_TEST(pattern_sample, "a text is found for what is common in patterns")
{
    static const char *const patterns[] = {
        "^[A-Z]{3}-[0-9]{4}$",
        "^(0[1-9]|1[0-2])/[0-9]{2}$",
        "^(?:a|bc+|(d|e){2,3})?[^x-z]\\.\\d\\W$",
        "^[\\w-]*$",
        "^\\+?[a-f^-]\\S{2,}.$",
    };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_sampler sampler = { .arena = &arena, .state = 3 };
    char storage[256];
    for (size_t i = 0; i < 50 * OSP_ARRAY_LEN(patterns); i++) {
        const char *pattern = patterns[i % OSP_ARRAY_LEN(patterns)];
        osp_buf out;
        osp_buf_init(&out, storage, sizeof storage, sizeof storage);
        OSP_CHECK(osp_sample_pattern(&sampler, pattern, &out));
        OSP_CHECK(osp_patterns_find(NULL, pattern, (osp_str){ out.ptr, out.len }) == OSP_OK);
    }
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, sizeof storage);
    OSP_CHECK(!osp_sample_pattern(&sampler, "(?=a)b", &out));
    OSP_CHECK(!osp_sample_pattern(&sampler, "\\p{L}", &out));
    OSP_CHECK(!osp_sample_pattern(&sampler, "(a", &out));
    osp_arena_done(&arena);
}
