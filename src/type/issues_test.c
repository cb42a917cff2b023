#include "type/issues.h"

#include "tests/unit/unit.h"

static osp_arena arena;

OSP_MESSAGES(de, { "minimum", "mindestens {limit}" }, { "type", "falsche Form: {type}" },
             { "type.date", "ein Datum" }, { "min_length", "{limit} Zeichen" },
             { "enum", "{choices}!" }, { "must be even", "muss gerade sein" },
             { "unique", "doppelt" });
OSP_MESSAGES(de_CH, { "minimum", "wenigstens {limit}" }, { "check", "stimmt nicht" });
static const osp_messages *const tables[] = { &osp_messages_de, &osp_messages_de_CH };

static osp_wording wording_of(const char *language)
{
    return (osp_wording){ .tables = tables,
                          .table_count = OSP_ARRAY_LEN(tables),
                          .language = osp_str_from(language) };
}

static void says(const char *language, osp_flaw flaw, const char *want)
{
    osp_wording wording = wording_of(language);
    OSP_CHECK_STR(osp_flaw_text(&flaw, &wording, &arena), osp_str_from(want));
}

OSP_UNIT_TEST(issues_keys, "each key begins with its code, stands once, and its English is sound")
{
    for (size_t i = 0; i < OSP_SENTENCE_COUNT; i++) {
        const osp_sentence *sentence = &osp_sentences[i];
        const size_t len = strlen(osp_issue_code_name(sentence->code));
        OSP_CHECK(strncmp(sentence->key, osp_issue_code_name(sentence->code), len) == 0);
        OSP_CHECK(sentence->key[len] == '\0' || sentence->key[len] == '.');
        for (size_t k = 0; k < i; k++) {
            OSP_CHECK(strcmp(sentence->key, osp_sentences[k].key) != 0);
        }
        const osp_message row = { sentence->key, sentence->text };
        OSP_CHECK(osp_message_check(&row) == NULL);
    }
}

OSP_UNIT_TEST(issues_one, "a sentence that counts is followed by the one for one")
{
    static const osp_sentence *const counted[] = {
        OSP_SAY(MIN_LENGTH), OSP_SAY(MAX_LENGTH), OSP_SAY(MIN_BYTES), OSP_SAY(MAX_BYTES),
        OSP_SAY(MIN_ITEMS),  OSP_SAY(MAX_ITEMS),  OSP_SAY(TOO_FEW),   OSP_SAY(TOO_MANY),
    };
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    for (size_t i = 0; i < OSP_ARRAY_LEN(counted); i++) {
        const size_t len = strlen(counted[i]->key);
        OSP_CHECK(strncmp(counted[i][1].key, counted[i]->key, len) == 0);
        OSP_CHECK(strcmp(counted[i][1].key + len, ".one") == 0);
    }
    OSP_CHECK(osp_flaw_count(OSP_SAY(MIN_ITEMS), &arena, 1).says == OSP_SAY(MIN_ITEMS_ONE));
    OSP_CHECK(osp_flaw_count(OSP_SAY(MIN_ITEMS), &arena, 2).says == OSP_SAY(MIN_ITEMS));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(issues_translated, "the closest key in the closest language is said")
{
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    const osp_flaw minimum = osp_flaw_with(OSP_SAY(MINIMUM), &arena, OSP_STR("5"));
    says("", minimum, "must be at least 5");
    says("fr", minimum, "must be at least 5");
    says("de", minimum, "mindestens 5");
    says("DE-ch", minimum, "wenigstens 5");
    says("de-AT", minimum, "mindestens 5");
    says("de", osp_flaw_of(OSP_SAY(DATE)), "ein Datum");
    says("de-CH", osp_flaw_of(OSP_SAY(SORT_DATE_OR_NULL)), "ein Datum");
    says("de", osp_flaw_of(OSP_SAY(TIME_RANGE)), "falsche Form: time");
    says("de", osp_flaw_of(OSP_SAY(UUID)), "falsche Form: uuid");
    says("de", osp_flaw_count(OSP_SAY(MIN_BYTES), &arena, 1), "1 Zeichen");
    says("de", osp_flaw_of(OSP_SAY(UNIQUE_MEMORY)), "doppelt");
    says("de", osp_flaw_of(OSP_SAY(PATTERN)), "does not have the form that is asked for");
    says("de", osp_flaw_checked("must be even"), "muss gerade sein");
    says("de", osp_flaw_checked("must be odd"), "must be odd");
    says("de-CH", osp_flaw_checked("must be odd"), "stimmt nicht");
    says("de", osp_flaw_checked("unique"), "unique"); /* no sentence: not looked up */
    OSP_CHECK(osp_flaw_checked(NULL).says == NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(issues_used, "a wording knows whether anything was said in it")
{
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_wording wording = wording_of("de");
    osp_flaw flaw = osp_flaw_of(OSP_SAY(PATTERN));
    (void)osp_flaw_text(&flaw, &wording, &arena);
    (void)osp_wording_sentence(&wording, OSP_STR("must be odd"));
    OSP_CHECK(!wording.used);
    OSP_CHECK_STR(osp_wording_sentence(&wording, OSP_STR("must be even")),
                  OSP_STR("muss gerade sein"));
    OSP_CHECK(wording.used);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(issues_no_memory, "without memory a sentence says less")
{
    osp_arena_init(&arena, NULL, 0, 0);
    says("", osp_flaw_with(OSP_SAY(MINIMUM), &arena, OSP_STR("5")), "is not valid");
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(issues_value_cut, "a value is cut after 160 bytes, and never within a character")
{
    char text[OSP_ISSUE_VALUE_MAX + 2];
    memset(text, 'x', sizeof(text));
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    for (size_t len = OSP_ISSUE_VALUE_MAX; len <= OSP_ISSUE_VALUE_MAX + 1; len++) {
        const osp_flaw flaw = osp_flaw_with(OSP_SAY(NEEDS), &arena, (osp_str){ text, len });
        OSP_CHECK(flaw.value.len == OSP_ISSUE_VALUE_MAX);
    }
    memcpy(text + OSP_ISSUE_VALUE_MAX - 1, "\xc3\xa4", 2);
    const osp_flaw flaw = osp_flaw_with(OSP_SAY(NEEDS), &arena, (osp_str){ text, sizeof(text) });
    OSP_CHECK(flaw.value.len == OSP_ISSUE_VALUE_MAX - 1);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(issues_choices, "choices are named whole, and no more than have room")
{
    static const osp_name few[] = { { 0, "open", 4 }, { 1, "paid", 4 } };
    static const osp_type status = { .names = few, .name_count = 2 };
    static char words[OSP_ISSUE_VALUE_MAX];
    memset(words, 'x', sizeof(words));
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    says("", osp_flaw_choices(&status, &arena), "must be one of open, paid");
    says("de", osp_flaw_choices(&status, &arena), "open, paid!");
    for (size_t len = OSP_ISSUE_VALUE_MAX - 7; len <= OSP_ISSUE_VALUE_MAX; len++) {
        const osp_name names[] = { { 0, words, len }, { 1, "paid", 4 } };
        const osp_type type = { .names = names, .name_count = 2 };
        const osp_flaw flaw = osp_flaw_choices(&type, &arena);
        OSP_CHECK(flaw.value.len == (len == OSP_ISSUE_VALUE_MAX - 7 ? len + 5 : 0));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(issues_checked, "rows of a table are proven")
{
    static const struct {
        osp_message row;
        const char *wrong;
    } cases[] = {
        { { "minimum", "mindestens {limit}" }, NULL },
        { { "type.date", "Datum" }, NULL },
        { { "min_length.bytes", "{limit} Bytes" }, NULL },
        { { "must be even", "gerade {so}" }, NULL },
        { { "Forbidden", "Verboten" }, NULL },
        { { "minimun", "mindestens {limit}" }, "no message has this key" },
        { { "min", "x" }, "no message has this key" },
        { { "", "x" }, "no message has this key" },
        { { "type.dat", "x" }, "no message has this key" },
        { { "minimum", "mindestens {max}" },
          "the text has a placeholder that this message does not have" },
        { { "required", "fehlt {limit}" },
          "the text has a placeholder that this message does not have" },
        { { "minimum", "{limit" }, "the text has a placeholder that this message does not have" },
        { { "minimum", "{limit} {limit}" }, "the text has its placeholder twice" },
        { { "minimum", "\xff" }, "the text must be UTF-8" },
        { { "minimum", "" }, "a message is a key and a text: { \"required\", \"fehlt\" }" },
        { { "minimum", NULL }, "a message is a key and a text: { \"required\", \"fehlt\" }" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const char *wrong = osp_message_check(&cases[i].row);
        OSP_CHECK_STR(osp_str_from(wrong), osp_str_from(cases[i].wrong));
        OSP_CHECK((wrong == NULL) == (cases[i].wrong == NULL));
    }
}
