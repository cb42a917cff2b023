/* The scopes of a page's forms: which names, and what is in them. */
#include "app/action.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef struct Point {
    int32_t x;
} Point;
OSP_TYPE(Point, FIELD(x));

typedef struct WriteIn {
    osp_str slug, title;
    osp_str_list tag_list, words;
    osp_str password;
    osp_opt_upload picture;
    Point place;
} WriteIn;
OSP_TYPE(WriteIn, PATH(slug), FORM(title, .name = "article-title"),
         FORM_LIST(tag_list, osp_str, .name = "tagList"),
         FORM_LIST(words, osp_str, .style = OSP_STYLE_SPACE), FORM(password, .secret = true),
         FORM(picture), FORM_OBJECT(place, Point, .style = OSP_STYLE_DEEP));

typedef struct OtherIn {
    osp_str title, password;
    int32_t age;
    osp_str_list words;
} OtherIn;
OSP_TYPE(OtherIn, FORM(title), FORM(password), FORM(age),
         FORM_LIST(words, osp_str, .joined = true));

static const osp_route write = { .in_ = &osp_type_WriteIn, .handler_ = "write" };
static const osp_route other = { .in_ = &osp_type_OtherIn, .handler_ = "other" };
static const osp_route nothing = { .in_ = &osp_type_void, .handler_ = "nothing" };
static const osp_route *const actions[] = { &write, &nothing, &other, NULL };

static osp_arena arena;
static osp_task task;

static osp_form_scopes make(const osp_route *const *of)
{
    osp_form_scopes scopes;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_task_init(&task, &arena);
    OSP_CHECK(osp_form_scopes_make(of, &arena, &scopes) == OSP_OK);
    return scopes;
}

static const osp_field *field_of(const osp_type *type, const char *name)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        if (strcmp(type->fields[i].member_, name) == 0) {
            OSP_CHECK(type->fields[i].member_len_ == strlen(name));
            return &type->fields[i];
        }
    }
    return NULL;
}

static const void *slot_of(const osp_type *type, const void *value, const char *name)
{
    const osp_field *field = field_of(type, name);
    OSP_CHECK(field != NULL && field->offset_ < type->size);
    return (const char *)value + field->offset_;
}

static osp_opt_str text_in(const osp_type *type, const void *value, const char *name)
{
    return *(const osp_opt_str *)slot_of(type, value, name);
}

OSP_UNIT_TEST(form_scopes_names, "a scope has the members of all actions, and no secret or file")
{
    const osp_form_scopes scopes = make(actions);
    OSP_CHECK(scopes.form.field_count == 4 && scopes.errors.field_count == 7);
    OSP_CHECK(field_of(&scopes.form, "title")->kind_ == OSP_KIND_STR);
    OSP_CHECK(field_of(&scopes.form, "tag_list")->kind_ == OSP_KIND_LIST);
    OSP_CHECK(field_of(&scopes.form, "words")->kind_ == OSP_KIND_STR);
    OSP_CHECK(field_of(&scopes.form, "age")->kind_ == OSP_KIND_STR);
    static const char *const hidden[] = { "password", "picture", "place" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(hidden); i++) {
        OSP_CHECK(field_of(&scopes.form, hidden[i]) == NULL);
        OSP_CHECK(field_of(&scopes.errors, hidden[i])->kind_ == OSP_KIND_STR);
    }
    OSP_CHECK(field_of(&scopes.errors, "tag_list")->kind_ == OSP_KIND_STR);
    OSP_CHECK(field_of(&scopes.errors, "slug") == NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(form_scopes_none, "a page without actions has empty scopes, and values for them")
{
    static const osp_route *const none[] = { NULL };
    const void *form, *errors;
    osp_form_scopes scopes = make(NULL);
    OSP_CHECK(scopes.form.field_count == 0 && scopes.errors.field_count == 0);
    osp_arena_done(&arena);
    scopes = make(none);
    OSP_CHECK(scopes.form.field_count == 0);
    OSP_CHECK(osp_form_scopes_fill(&scopes, NULL, &task, &form, &errors) == OSP_OK);
    OSP_CHECK(form != NULL && errors != NULL);
    osp_arena_done(&arena);
    scopes = make(actions);
    OSP_CHECK(osp_form_scopes_fill(&scopes, NULL, &task, &form, &errors) == OSP_OK);
    OSP_CHECK(text_in(&scopes.form, form, "title").is == OSP_ABSENT);
    OSP_CHECK(text_in(&scopes.errors, errors, "password").is == OSP_ABSENT);
    osp_arena_done(&arena);
}

static const osp_pair typed[] = {
    { OSP_STR("tagList"), OSP_STR("a"), OSP_STR("a") },
    { OSP_STR("article-title"), OSP_STR("<One>"), OSP_STR("<One>") },
    { OSP_STR("tagList"), OSP_STR("b"), OSP_STR("b") },
    { OSP_STR("article-title"), OSP_STR("Two"), OSP_STR("Two") },
    { OSP_STR("words"), OSP_STR("x y"), OSP_STR("x+y") },
    { OSP_STR("password"), OSP_STR("hunter2"), OSP_STR("hunter2") },
    { OSP_STR("age"), OSP_STR("7"), OSP_STR("7") },
    { OSP_STR("title"), OSP_STR("no member of this name"), OSP_STR("") },
};

OSP_UNIT_TEST(form_scopes_typed, "what was typed is found by the names of the action that refused")
{
    const osp_form_scopes scopes = make(actions);
    const osp_refused refused = { .action = &write, .typed = { typed, OSP_ARRAY_LEN(typed) } };
    const void *form, *errors;
    OSP_CHECK(osp_form_scopes_fill(&scopes, &refused, &task, &form, &errors) == OSP_OK);
    OSP_CHECK_STR(text_in(&scopes.form, form, "title").value, OSP_STR("<One>"));
    OSP_CHECK_STR(text_in(&scopes.form, form, "words").value, OSP_STR("x y"));
    OSP_CHECK(text_in(&scopes.form, form, "age").is == OSP_ABSENT);
    const osp_str_list *tags = slot_of(&scopes.form, form, "tag_list");
    OSP_CHECK(tags->count == 2);
    OSP_CHECK_STR(tags->items[1], OSP_STR("b"));
    OSP_CHECK(memmem(form, scopes.form.size, &typed[5].value.ptr, sizeof(char *)) == NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(form_scopes_errors, "an error is found by the name of a field, or by a pointer")
{
    static osp_bad_field fields[] = {
        { .in = "form", .where = OSP_STR("tagList[1]"), .detail = OSP_STR("first") },
        { .in = "form", .where = OSP_STR("tagList"), .detail = OSP_STR("second") },
        { .in = "form", .where = OSP_STR("article-titles"), .detail = OSP_STR("another") },
        { .in = "query", .where = OSP_STR("title"), .detail = OSP_STR("of the query") },
        { .where = OSP_STR("/title"), .detail = OSP_STR("is taken") },
        { .where = OSP_STR("/words/1"), .detail = OSP_STR("is a word") },
        { .where = OSP_STR("password"), .detail = OSP_STR("no pointer") },
        { .in = "form", .where = OSP_STR("place[x]"), .detail = OSP_STR("is nowhere") },
        { .in = "form", .where = OSP_STR("picture"), .detail = OSP_STR("is too large") },
        { .where = OSP_STR(""), .detail = OSP_STR("of the whole") },
    };
    const osp_form_scopes scopes = make(actions);
    const osp_refused refused = { .action = &write, .fields = { fields, OSP_ARRAY_LEN(fields) } };
    const void *form, *errors;
    OSP_CHECK(osp_form_scopes_fill(&scopes, &refused, &task, &form, &errors) == OSP_OK);
    OSP_CHECK_STR(text_in(&scopes.errors, errors, "tag_list").value, OSP_STR("first"));
    OSP_CHECK_STR(text_in(&scopes.errors, errors, "title").value, OSP_STR("is taken"));
    OSP_CHECK_STR(text_in(&scopes.errors, errors, "words").value, OSP_STR("is a word"));
    OSP_CHECK_STR(text_in(&scopes.errors, errors, "place").value, OSP_STR("is nowhere"));
    OSP_CHECK_STR(text_in(&scopes.errors, errors, "picture").value, OSP_STR("is too large"));
    OSP_CHECK(text_in(&scopes.errors, errors, "password").is == OSP_ABSENT);
    OSP_CHECK(text_in(&scopes.errors, errors, "age").is == OSP_ABSENT);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(form_scopes_limit, "a page has so many names of members, and not one more")
{
    static char names[OSP_ACTION_MEMBERS_MAX + 1][8];
    static osp_field fields[OSP_ACTION_MEMBERS_MAX + 1];
    osp_type first = { .fields = fields, .field_count = OSP_ACTION_MEMBERS_MAX },
             second = { .fields = fields + 1, .field_count = OSP_ACTION_MEMBERS_MAX - 1 };
    const osp_route one = { .in_ = &first }, two = { .in_ = &second };
    const osp_route *const both[] = { &one, &two, NULL };
    osp_form_scopes scopes;
    for (size_t i = 0; i <= OSP_ACTION_MEMBERS_MAX; i++) {
        fields[i] = (osp_field){ .member_ = names[i],
                                 .member_len_ = (uint16_t)snprintf(names[i], 8, "m%zu", i),
                                 .kind_ = OSP_KIND_STR,
                                 .source_ = OSP_SOURCE_FORM };
    }
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    OSP_CHECK(osp_form_scopes_make(both, &arena, &scopes) == OSP_OK);
    OSP_CHECK(scopes.form.field_count == OSP_ACTION_MEMBERS_MAX);
    second.field_count++;
    OSP_CHECK(osp_form_scopes_make(both, &arena, &scopes) == OSP_E_LIMIT);
    osp_arena_done(&arena);
}

static void begin(void *arg)
{
    *(osp_form_scopes *)arg = make(actions);
}

static void work(void *arg)
{
    const osp_refused refused = { .action = &write, .typed = { typed, OSP_ARRAY_LEN(typed) } };
    const void *form = NULL, *errors = NULL;
    if (osp_form_scopes_fill(arg, &refused, &task, &form, &errors) != OSP_OK) {
        OSP_CHECK(form != NULL || task.error.status == OSP_E_NOMEM);
    }
}

static void judge(void *arg, bool starved)
{
    (void)arg;
    OSP_CHECK(starved == (task.error.status == OSP_E_NOMEM));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(form_scopes_memory, "without memory the values are none")
{
    osp_form_scopes scopes;
    (void)osp_fault_each(
        &(osp_fault_trial){ .begin = begin, .work = work, .judge = judge, .arg = &scopes });
}
