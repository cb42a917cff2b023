#include "tests/unit/reported.h"

static osp_report_world world;
static osp_report report;

static const char route[] = "#include \"types.h\"\n"
                            "int show(struct user *u);\n"
                            "int show(struct user *u)\n"
                            "{\n"
                            "    int unused = 1;\n"
                            "    int id = u->emial != 0;\n"
                            "    id += 1\n"
                            "    return id;\n"
                            "}\n"
                            "int other(void) { return missing; }\n";

static void begin(void)
{
    osp_report_world_begin(&world);
    osp_report_world_write(&world, "routes/route.c", route);
    osp_report_world_write(&world, "routes/types.h", "struct user {\n    const char *email;\n};\n");
}

static osp_str run(const char *command)
{
    return osp_report_world_run(&world, command, NULL);
}

/* A finding by its severity, the first one of that; the test fails without it. */
static const osp_report_finding *finding(const char *severity)
{
    for (size_t i = 0; i < report.findings.count; i++) {
        if (osp_str_equal(report.findings.items[i].severity, osp_str_from(severity))) {
            return &report.findings.items[i];
        }
    }
    fprintf(stderr, "no %s in: %.*s\n", severity, OSP_ARG(report.raw));
    exit(1);
}

static bool says(osp_str text, const char *words)
{
    return memmem(text.ptr, text.len, words, strlen(words)) != NULL;
}

static void check_excerpt(uint32_t line, const char *words)
{
    size_t marked = 0;
    for (size_t i = 0; i < report.excerpt.count; i++) {
        const osp_report_line *one = &report.excerpt.items[i];
        OSP_CHECK(one->marked == (one->line == line));
        marked += one->marked && says(one->text, words);
    }
    OSP_CHECK(marked == 1 && report.excerpt.count <= OSP_REPORT_LINES_MAX);
}

OSP_UNIT_TEST(report_gcc, "what gcc says is a sentence, a place, a source and what it would write")
{
    begin();
    const osp_str said = run("gcc -fdiagnostics-color=always -Wall -c routes/route.c -o x.o");
    osp_report_of_build(&world.reporter, said, (osp_str){ 0 }, &report);
    OSP_CHECK(report.kind == OSP_REPORT_COMPILE);
    OSP_CHECK_STR(osp_report_world_place(&world, &report), OSP_STR("routes/route.c:6:17"));
    OSP_CHECK(says(report.sentence, "struct user") && says(report.sentence, "emial"));
    check_excerpt(6, "u->emial");
    OSP_CHECK_STR(finding("fix")->text, OSP_STR("email"));
    OSP_CHECK(finding("error")->line == 7 && says(finding("error")->text, "expected"));
    OSP_CHECK(report.findings.count == 3); /* the fix and two more errors, but no warning */
    OSP_CHECK(says(report.raw, "unused") && !says(report.raw, "\033"));
    /* The sentence that the build ends with is the report's. */
    osp_report_of_build(&world.reporter, said,
                        OSP_STR("error: routes/route.c:6:17: 'user' has no 'emial'"), &report);
    OSP_CHECK_STR(report.sentence, OSP_STR("'user' has no 'emial'"));
    OSP_CHECK(report.kind == OSP_REPORT_COMPILE && report.findings.count == 3);
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_clang, "the same of clang, with a note")
{
    begin();
    osp_report_world_write(&world, "routes/b.c",
                           "#include \"types.h\"\n"
                           "int f(int a);\n"
                           "int f(char *a) { return a != 0; }\n"
                           "int g(void) { int x = 1\n  return x; }\n");
    osp_report_of_build(&world.reporter, run("clang -c routes/b.c -o x.o"), (osp_str){ 0 },
                        &report);
    OSP_CHECK(report.kind == OSP_REPORT_COMPILE);
    OSP_CHECK_STR(osp_report_world_place(&world, &report), OSP_STR("routes/b.c:3:5"));
    OSP_CHECK_STR(report.sentence, OSP_STR("conflicting types for 'f'"));
    OSP_CHECK_STR(finding("note")->text, OSP_STR("previous declaration is here"));
    OSP_CHECK(finding("note")->line == 2);
    OSP_CHECK(finding("error")->line == 4);
    check_excerpt(3, "char *a");
    osp_report_world_write(&world, "routes/b.c",
                           "int g(void)\n{\n    int x = 1\n    return x;\n}\n");
    osp_report_of_build(&world.reporter, run("clang -c routes/b.c -o x.o"), (osp_str){ 0 },
                        &report);
    OSP_CHECK_STR(finding("fix")->text, OSP_STR(";"));
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_tcc, "tcc knows the line alone")
{
    begin();
    osp_report_of_build(&world.reporter, run("tcc -c routes/route.c -o x.o"), (osp_str){ 0 },
                        &report);
    OSP_CHECK(report.kind == OSP_REPORT_COMPILE && report.column == 0);
    OSP_CHECK_STR(report.file, OSP_STR("routes/route.c"));
    OSP_CHECK_STR(report.sentence, OSP_STR("field not found: emial"));
    check_excerpt(6, "u->emial");
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_linkers, "what the linker misses is a sentence with its place")
{
    begin();
    osp_report_world_write(&world, "lib/a.c",
                           "int nowhere(void);\nint main(void)\n{\n    return nowhere();\n}\n");
    osp_report_of_build(&world.reporter, run("gcc -g lib/a.c -o x"), (osp_str){ 0 }, &report);
    OSP_CHECK(report.kind == OSP_REPORT_COMPILE);
    OSP_CHECK(says(report.sentence, "undefined reference to") && says(report.sentence, "nowhere"));
    OSP_CHECK_STR(osp_report_world_place(&world, &report), OSP_STR("lib/a.c:4:0"));
    check_excerpt(4, "nowhere()");
    osp_report_world_write(&world, "lib/b.c",
                           "int nowhere(void);\nint nowhere(void) { return 1; }\n");
    osp_report_world_write(&world, "lib/c.c",
                           "int nowhere(void);\n\nint nowhere(void) { return 2; }\n");
    osp_report_of_build(&world.reporter,
                        run("gcc -g -fsanitize=address lib/a.c lib/b.c lib/c.c -o x"),
                        (osp_str){ 0 }, &report);
    OSP_CHECK_STR(report.sentence, OSP_STR("multiple definition of `nowhere'"));
    OSP_CHECK_STR(osp_report_world_place(&world, &report), OSP_STR("lib/c.c:3:0"));
    OSP_CHECK_STR(finding("note")->file, OSP_STR("lib/b.c"));
    OSP_CHECK(finding("note")->line == 2 && report.findings.count == 1);
    osp_report_of_build(&world.reporter, run("tcc lib/a.c -o x"), (osp_str){ 0 }, &report);
    OSP_CHECK(report.kind == OSP_REPORT_COMPILE && report.file.len == 0);
    OSP_CHECK_STR(report.sentence, OSP_STR("undefined symbol 'nowhere'"));
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_checks, "checks of the build name their place in ways of their own")
{
    static const struct {
        const char *output, *error, *sentence, *place;
        osp_report_kind kind;
        size_t findings;
    } rows[] = {
        { "error: routes/c d: not a segment\n", "error: routes/a/x.c: it is odd",
          "routes/a/x.c: it is odd", ":0:0", OSP_REPORT_CHECK, 1 },
        { "routes/route.c:7: needs itself: a -> b (lib/a.c:2)\n"
          "routes/route.c:9: another\n",
          "routes/route.c:7: needs itself: a -> b (lib/a.c:2)", "needs itself: a -> b (lib/a.c:2)",
          "routes/route.c:7:0", OSP_REPORT_CHECK, 1 },
        { "lib/a.sql:2:3: error: no column\n    2 | SELECT x\n      |   ^\n",
          "lib/a.sql:2:3: no column", "no column", "lib/a.sql:2:3", OSP_REPORT_CHECK, 0 },
        { "routes/page.html:4:9: error: no member titel\n", "", "no member titel",
          "routes/page.html:4:9", OSP_REPORT_TEMPLATE, 0 },
        { "", "", "The application does not build.", ":0:0", OSP_REPORT_CHECK, 0 },
        { "", "routes/a.c and routes/b.c answer GET /x", "routes/a.c and routes/b.c answer GET /x",
          ":0:0", OSP_REPORT_CHECK, 0 },
    };
    begin();
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        osp_report_of_build(&world.reporter, osp_str_from(rows[i].output),
                            osp_str_from(rows[i].error), &report);
        OSP_CHECK_STR(report.sentence, osp_str_from(rows[i].sentence));
        OSP_CHECK_STR(osp_report_world_place(&world, &report), osp_str_from(rows[i].place));
        OSP_CHECK(report.kind == rows[i].kind);
        OSP_CHECK(report.findings.count == rows[i].findings);
    }
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_sources, "only sources of the application are shown")
{
    begin();
    osp_report_world_write(&world, ".env", "SECRET=1\n");
    osp_report_world_write(&world, "deep/secret.c.txt", "x\n");
    (void)run("ln -s /etc/hostname routes/out.c; ln -s /etc routes/etc; mkdir -p .openspeed");
    static const char *const hidden[] = { "/etc/hostname:1: error: x\n",
                                          ".env:1: error: x\n",
                                          "routes/out.c:1: error: x\n",
                                          "routes/../.env:1: error: x\n",
                                          "../../../../../etc/hostname:1: error: x\n",
                                          "routes/etc/ld.so.conf:1: error: x\n",
                                          "deep/secret.c.txt:1: error: x\n",
                                          "routes/route.c:99: error: x\n",
                                          "routes:1: error: x\n",
                                          "routes/route.c:99999999999999: error: x\n" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(hidden); i++) {
        osp_report_of_build(&world.reporter, osp_str_from(hidden[i]), (osp_str){ 0 }, &report);
        OSP_CHECK(report.excerpt.count == 0);
    }
    const char *shown = osp_kit_format(&world.arena, "%s/routes/route.c:1: error: x\n", world.dir);
    osp_report_of_build(&world.reporter, osp_str_from(shown), (osp_str){ 0 }, &report);
    OSP_CHECK_STR(report.file, OSP_STR("routes/route.c"));
    OSP_CHECK(report.excerpt.count == 6 && report.excerpt.items[0].marked);
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_files,
              "files that do not go together are shown where they declare what clashes")
{
    begin();
    osp_report_world_write(&world, "routes/[id]/route.c",
                           "#include <x.h>\n\nOSP_ROUTE(GET, one, void, void);\n");
    osp_report_world_write(&world, "routes/[name]/page.c",
                           "OSP_TYPE(View);\nOSP_PAGE(load, void, View);\n");
    const char *const said = "error: routes/[id]/route.c and routes/[name]/page.c, also ../x.c, "
                             "routes/[id]/route.c and routes/none.c answer the same URL, /{id}";
    osp_report_of_build(&world.reporter, osp_str_from(said), osp_str_from(said), &report);
    OSP_CHECK(report.kind == OSP_REPORT_CHECK);
    OSP_CHECK_STR(report.file, OSP_STR("routes/[id]/route.c"));
    check_excerpt(3, "OSP_ROUTE");
    OSP_CHECK(report.findings.count == 1);
    OSP_CHECK_STR(finding("note")->file, OSP_STR("routes/[name]/page.c"));
    OSP_CHECK(finding("note")->line == 2);
    osp_report_of_build(&world.reporter, (osp_str){ 0 }, OSP_STR("error: routes/types.h is odd"),
                        &report);
    OSP_CHECK_STR(report.file, OSP_STR("routes/types.h"));
    check_excerpt(1, "struct user");
    osp_report_world_end(&world);
}
