/* What files of an application declare, by their text. */
#include "build/mentions.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static osp_arena arena;
static char dir[] = "/tmp/osp-mentions-XXXXXX";
static osp_scan scan;

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    scan = (osp_scan){ 0 };
    OSP_CHECK(mkdtemp(dir) != NULL);
}

/* A file at the top: the folders of its name are not made. */
static void put(osp_kit_list *list, const char *name, const char *text)
{
    const char *path = osp_kit_format(&arena, "%s/%s", dir, name);
    for (size_t i = strlen(dir) + 1; path[i] != '\0'; i++) {
        if (path[i] == '/') {
            (void)mkdir(osp_kit_format(&arena, "%.*s", (int)i, path), 0700);
        }
    }
    FILE *file = fopen(path, "w");
    OSP_CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    osp_kit_push(&arena, list, name);
}

static void end(void)
{
    const char *command = osp_kit_format(&arena, "rm -r %s", dir);
    OSP_CHECK(system(command) == 0);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(mentions_matcher, "a matcher is found by its name, whole")
{
    begin();
    put(&scan.helpers, "lib/even.c",
        "MY_OSP_MATCHER(mine, f);\nOSP_MATCHER (\n  even , is_even, .before = \"int\");");
    put(&scan.helpers, "lib/odd.c",
        "OSP_MATCHERS(all)\nOSP_MATCHER(odd2, f);\nOSP_MATCHER(odd_, f);\n");
    OSP_CHECK(osp_mentions_matcher(&arena, dir, &scan, OSP_STR("even")));
    OSP_CHECK(osp_mentions_matcher(&arena, dir, &scan, OSP_STR("odd_")));
    static const char *const others[] = { "eve", "evens", "odd", "mine", "all", "is_even", "" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(others); i++) {
        OSP_CHECK(!osp_mentions_matcher(&arena, dir, &scan, osp_str_from(others[i])));
    }
    end();
}

OSP_UNIT_TEST(mentions_denial,
              "below a folder that denies nothing is guarded unless something needs a guard")
{
    begin();
    put(&scan.helpers, "lib/other.c", "OSP_PROVIDER(unit, begin, void, Unit);\n");
    put(&scan.middleware, "routes/a/middleware.c", "OSP_MIDDLEWARE(f, .deny_by_default = true);");
    put(&scan.middleware, "routes/a/b/middleware.c",
        "OSP_MIDDLEWARE(f, .needs = NEEDS(unit, user));");
    put(&scan.middleware, "routes/c/middleware.c", "OSP_MIDDLEWARE(f);");
    osp_denial denial = osp_mentions_denial(&arena, dir, &scan, "routes/a/[id]");
    OSP_CHECK(denial.by != NULL && strcmp(denial.by, "routes/a/middleware.c") == 0);
    OSP_CHECK(denial.provider == NULL);
    put(&scan.helpers, "lib/auth.c",
        "OSP_PROVIDER(user, make,\n  In, User,\n  .authenticates = true);\nOSP_PROVIDER(x, y, z, "
        "z);");
    denial = osp_mentions_denial(&arena, dir, &scan, "routes/a");
    OSP_CHECK(denial.by != NULL && strcmp(denial.provider, "user") == 0);
    static const char *const free_ones[] = { "routes",    "routes/a/b", "routes/a/b/c",
                                             "routes/ab", "routes/c",   "routes/(a)" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(free_ones); i++) {
        OSP_CHECK(osp_mentions_denial(&arena, dir, &scan, free_ones[i]).by == NULL);
    }
    end();
}
