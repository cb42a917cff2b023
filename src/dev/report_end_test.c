#include "serve/symbols.h"
#include "tests/unit/reported.h"

static osp_report_world world;
static osp_report report;

/* One mistake each, by its name as the argument. */
static const char mistakes[] =
    "#include <assert.h>\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "#define OUT __attribute__((noinline)) static\n"
    "static volatile int zero;\n"
    "struct user { long id, age; };\n"
    "OUT char *make(size_t n) { return malloc(n); }\n"
    "OUT int over(void)\n{\n    char *p = make(16);\n"
    "    int got = *(int *)(p + 16 + zero); /* over */\n"
    "    free(p);\n    return got;\n}\n"
    "OUT int under(void)\n{\n    char *p = make(8);\n"
    "    p[zero - 1] = 1; /* under */\n"
    "    int got = p[0];\n    free(p);\n    return got;\n}\n"
    "OUT int freed(void)\n{\n    char *p = make(8);\n"
    "    free(p); /* freeing */\n"
    "    return p[3]; /* freed */\n}\n"
    "OUT int stack(void)\n{\n    char letters[8];\n"
    "    memset(letters, 1, (size_t)zero + 12); /* stack */\n"
    "    return letters[zero];\n}\n"
    "OUT int null(void)\n{\n    struct user *volatile user = NULL;\n"
    "    return (int)user->age; /* null */\n}\n"
    "OUT int wild(void)\n{\n"
    "    return *(volatile int *)(size_t)0x7f1234560000; /* wild */\n}\n"
    "OUT int deep(int n)\n{ /* deep */\n    volatile char room[1024];\n    room[0] = (char)n;\n"
    "    return deep(n + 1) + room[0];\n}\n"
    "OUT int twice(void)\n{\n    char *volatile p = make(4);\n    free(p);\n"
    "    free(p); /* twice */\n    return 0;\n}\n"
    "OUT int divide(void)\n{\n    return 1 / zero; /* divide */\n}\n"
    "OUT int asserts(void)\n{\n    assert(zero == 2); /* asserts */\n    return 0;\n}\n"
    "OUT int leak(void)\n{\n    char *volatile p = make(32); /* leak */\n    p = NULL;\n"
    "    return p != NULL;\n}\n"
    "int main(int argc, char **argv)\n{\n"
    "    const char *what = argc > 1 ? argv[1] : \"\";\n"
    "#define RUN(name, call) if (strcmp(what, #name) == 0) { return call; }\n"
    "    RUN(over, over()) RUN(under, under()) RUN(freed, freed()) RUN(stack, stack())\n"
    "    RUN(null, null()) RUN(wild, wild()) RUN(deep, deep(0)) RUN(twice, twice())\n"
    "    RUN(divide, divide()) RUN(asserts, asserts()) RUN(leak, leak())\n"
    "    return 0;\n}\n";

/* The line of the source that has this mark. */
static uint32_t line_of(const char *mark)
{
    const char *at = strstr(mistakes, osp_kit_format(&world.arena, "/* %s */", mark));
    uint32_t line = 1;
    OSP_CHECK(at != NULL);
    for (const char *p = mistakes; p < at; p++) {
        line += *p == '\n';
    }
    return line;
}

static void begin(const char *compile)
{
    osp_report_world_begin(&world);
    osp_report_world_write(&world, "routes/m.c", mistakes);
    const osp_str said = osp_report_world_run(&world, compile, NULL);
    OSP_CHECK_STR(said, OSP_STR(""));
}

/* Runs the program that was compiled with a mistake of it. */
static void make_mistake(const char *what)
{
    osp_report_end end = { .served = true };
    end.output = osp_report_world_run(
        &world,
        osp_kit_format(
            &world.arena,
            "ulimit -c 0; ASAN_OPTIONS=detect_leaks=%d UBSAN_OPTIONS=print_stacktrace=1 ./m %s",
            strcmp(what, "leak") == 0, what),
        &end.how);
    osp_report_of_end(&world.reporter, &end, &report);
}

static void check_place(const char *mark)
{
    if (report.line != line_of(mark) || !osp_str_equal(report.file, OSP_STR("routes/m.c"))) {
        fprintf(stderr, "%s: %.*s:%u\n%.800s", mark, OSP_ARG(report.file), report.line,
                report.raw.ptr);
        exit(1);
    }
    bool marked = false;
    for (size_t i = 0; i < report.excerpt.count; i++) {
        marked |= report.excerpt.items[i].marked;
    }
    OSP_CHECK(marked);
}

/* The line of the application's first call in a stack beside the first. */
static uint32_t stack_line(const char *title)
{
    for (size_t i = 0; i < report.stacks.count; i++) {
        const osp_report_stack *stack = &report.stacks.items[i];
        for (size_t k = 0;
             osp_str_equal(stack->title, osp_str_from(title)) && k < stack->frames.count; k++) {
            if (stack->frames.items[k].application) {
                return stack->frames.items[k].line;
            }
        }
    }
    return 0;
}

static void check_sanitized(bool leaks)
{
    static const struct {
        const char *what, *sentence;
    } rows[] = {
        { "over", "A read of 4 bytes behind the end of a 16-byte allocation" },
        { "under", "A write of 1 byte in front of an 8-byte allocation" },
        { "freed", "A read of 1 byte at byte 3 of an 8-byte allocation that has been freed" },
        { "stack", "A write of 12 bytes outside of a variable on the stack: 'letters'" },
        { "wild", "A read at an address where there is no memory, 0x7f1234560000" },
        { "deep", "The stack of the handler is used up" },
        { "twice", "Memory is freed twice" },
        { "divide", "Division by zero" },
        { "null", "Member access within null pointer of type 'struct user'" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        make_mistake(rows[i].what);
        OSP_CHECK_STR(report.sentence, osp_str_from(rows[i].sentence));
        OSP_CHECK(report.kind == OSP_REPORT_SANITIZER);
        check_place(rows[i].what);
        OSP_CHECK(report.frames.count > 1 && report.frames.count <= OSP_REPORT_FRAMES_MAX);
        if (strcmp(rows[i].what, "freed") == 0) {
            OSP_CHECK(stack_line("It was freed by") == line_of("freeing"));
            OSP_CHECK(stack_line("It was allocated by") != 0);
        }
        OSP_CHECK(memmem(report.raw.ptr, report.raw.len, "Shadow bytes", 12) == NULL);
        OSP_CHECK(strcmp(rows[i].what, "deep") != 0 || report.frames.count < 5);
    }
    make_mistake("asserts");
    OSP_CHECK_STR(report.sentence, OSP_STR("The assertion zero == 2 does not hold"));
    OSP_CHECK(report.kind == OSP_REPORT_CRASH);
    check_place("asserts");
    if (leaks) {
        make_mistake("leak");
        OSP_CHECK_STR(report.sentence, OSP_STR("Memory was allocated and never freed"));
    }
}

#define FLAGS "-g -O0 -fno-omit-frame-pointer -w routes/m.c -o m"
#define SANITIZE " -fsanitize=address,undefined -fno-sanitize-recover=all"

OSP_UNIT_TEST(report_sanitized_gcc, "what gcc's sanitizers say is a sentence, a place and stacks")
{
    begin("gcc " FLAGS SANITIZE);
    check_sanitized(true);
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_sanitized_clang, "the same of clang's")
{
    begin("clang " FLAGS SANITIZE);
    check_sanitized(false);
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_race, "of two threads the line that raced is the place")
{
    osp_report_world_begin(&world);
    osp_report_world_write(&world, "lib/race.c",
                           "#include <pthread.h>\nstatic int shared;\n"
                           "static void *other(void *arg)\n{\n    shared++;\n    return arg;\n}\n"
                           "int main(void)\n{\n    pthread_t thread;\n"
                           "    pthread_create(&thread, 0, other, 0);\n"
                           "    shared++;\n    pthread_join(thread, 0);\n    return 0;\n}\n");
    osp_report_end end = { .served = true };
    end.output = osp_report_world_run(
        &world, "gcc -g -fsanitize=thread lib/race.c -o race && ./race", &end.how);
    osp_report_of_end(&world.reporter, &end, &report);
    OSP_CHECK(report.kind == OSP_REPORT_SANITIZER);
    OSP_CHECK_STR(report.file, OSP_STR("lib/race.c"));
    OSP_CHECK(report.line == 5 || report.line == 12);
    OSP_CHECK(stack_line("It was written before by") != 0 ||
              stack_line("It was read before by") != 0);
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_libc, "without a sanitizer the C library and the signal tell")
{
    begin("gcc " FLAGS);
    make_mistake("twice");
    OSP_CHECK_STR(report.sentence, OSP_STR("Memory is freed twice, or was written over"));
    make_mistake("asserts");
    OSP_CHECK_STR(report.sentence, OSP_STR("The assertion zero == 2 does not hold"));
    check_place("asserts");
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_last_words, "a worker's last words name the request and where its route is")
{
    osp_report_world_begin(&world);
    osp_report_world_write(&world, "routes/x/route.c", "one\ntwo\n");
    const osp_report_end end = {
        .how = SIGSEGV,
        .served = true,
        .output = OSP_STR(
            "info: hello\nerror: worker 7: SIGSEGV at address 0x8 while answering GET /x/[id] "
            "(route declared at routes/x/route.c:2), code at app+0x1f, request 3f9a\n"
            "error: worker 7: also in flight: GET /\n"),
    };
    osp_report_of_end(&world.reporter, &end, &report);
    OSP_CHECK(report.kind == OSP_REPORT_CRASH && report.request.is == OSP_SET);
    OSP_CHECK_STR(report.sentence, OSP_STR("A pointer that is NULL was used"));
    OSP_CHECK_STR(report.request.value.route, OSP_STR("GET /x/[id]"));
    OSP_CHECK_STR(report.request.value.method, OSP_STR("GET"));
    OSP_CHECK_STR(report.request.value.id, OSP_STR("3f9a"));
    OSP_CHECK_STR(osp_report_world_place(&world, &report), OSP_STR("routes/x/route.c:2:0"));
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_hangs, "a worker that was ended because it hung tells for how long, and what")
{
    static const struct {
        osp_hang hang;
        const char *words, *sentence;
    } rows[] = {
        { OSP_HANG_WORK, "while answering GET /x (route declared at r.c:2)",
          "A handler ran for 7 s without waiting" },
        { OSP_HANG_WORK, "while running job tidy (job declared at lib/a.c:2)",
          "A job ran for 7 s without waiting" },
        { OSP_HANG_WAIT, "while answering GET /x",
          "A handler held the worker up for 7 s in a call that blocks" },
        { OSP_HANG_WAIT, "outside of any handler",
          "Code outside of a handler held the worker up for 7 s in a call that blocks" },
        { OSP_HANG_START, "outside of any handler",
          "The application does not serve 60 s after its start" },
    };
    osp_report_world_begin(&world);
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        const osp_report_end end = { .how = SIGABRT,
                                     .hang = rows[i].hang,
                                     .hang_s = 7,
                                     .served = rows[i].hang != OSP_HANG_START,
                                     .output = osp_str_from(osp_kit_format(
                                         &world.arena, "error: worker 7: SIGABRT %s, code at a\n",
                                         rows[i].words)) };
        osp_report_of_end(&world.reporter, &end, &report);
        OSP_CHECK_STR(report.sentence, osp_str_from(rows[i].sentence));
        OSP_CHECK(report.kind == (end.served ? OSP_REPORT_HANG : OSP_REPORT_START));
        OSP_CHECK((report.advice.len > 0) == end.served);
    }
    const osp_report_end aborts = { .how = SIGABRT, .served = true };
    osp_report_of_end(&world.reporter, &aborts, &report);
    OSP_CHECK_STR(report.sentence, OSP_STR("The application called abort()"));
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_starts, "a worker that never served tells its last error")
{
    osp_report_world_begin(&world);
    osp_report_world_write(&world, "migrations/1.sql", "CREATE\n");
    osp_report_end end = { .how = 1 << 8,
                           .output = OSP_STR("error: first\nerror: PORT: 70000 is no port\n") };
    osp_report_of_end(&world.reporter, &end, &report);
    OSP_CHECK(report.kind == OSP_REPORT_START);
    OSP_CHECK_STR(report.sentence, OSP_STR("PORT: 70000 is no port"));
    end.output = OSP_STR("error: sqlite: 1.sql:1: syntax error\n");
    osp_report_of_end(&world.reporter, &end, &report);
    OSP_CHECK_STR(report.sentence, OSP_STR("syntax error"));
    OSP_CHECK_STR(report.file, OSP_STR("migrations/1.sql"));
    OSP_CHECK(report.excerpt.count == 1);
    end.output = OSP_STR("");
    osp_report_of_end(&world.reporter, &end, &report);
    OSP_CHECK_STR(report.sentence, OSP_STR("The application ended with code 1"));
    osp_report_world_end(&world);
}

__attribute__((noinline)) static void somewhere(void)
{
    __asm__ volatile("");
}

OSP_UNIT_TEST(report_addresses, "addresses of a program become calls with file and line")
{
    osp_report_world_begin(&world);
    const uint64_t at = (uint64_t)(uintptr_t)somewhere - osp_symbols_bias();
    const osp_report_end end = { .how = SIGABRT,
                                 .served = true,
                                 .executable = "/proc/self/exe",
                                 .frames = &at,
                                 .frame_count = 1 };
    osp_report_end real = end;
    char exe[4096];
    const ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    OSP_CHECK(len > 0);
    exe[len] = '\0';
    real.executable = exe;
    osp_report_of_end(&world.reporter, &real, &report);
    OSP_CHECK(report.frames.count == 1);
    OSP_CHECK_STR(report.frames.items[0].function, OSP_STR("somewhere"));
    OSP_CHECK(report.frames.items[0].line > 0);
    OSP_CHECK(!report.frames.items[0].application);
    osp_report_world_end(&world);
}

OSP_UNIT_TEST(report_printed, "on a terminal a report is one screen that can be followed")
{
    begin("gcc " FLAGS SANITIZE);
    make_mistake("over");
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    osp_report_print(&report, "app", false, &out);
    const char *front = osp_kit_format(
        &world.arena,
        "\nA read of 4 bytes behind the end of a 16-byte allocation\napp/routes/m.c:%u\n\n",
        report.line);
    OSP_CHECK(osp_str_starts_with((osp_str){ out.ptr, out.len }, osp_str_from(front)));
    OSP_CHECK(memmem(out.ptr, out.len, " >    12 |     int got", 20) != NULL);
    OSP_CHECK(memmem(out.ptr, out.len, "    It was allocated by:\n    at make (app/routes/m.c:8",
                     50) != NULL);
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++) {
        lines += out.ptr[i] == '\n';
        OSP_CHECK(out.ptr[i] != '\033');
    }
    OSP_CHECK(lines <= 24);
    out.len = 0;
    report.sentence = OSP_STR("a\033[2Jb\xc2\x9b"
                              "c\nd");
    osp_report_print(&report, ".", true, &out);
    OSP_CHECK(memmem(out.ptr, out.len, "a[2Jbc d\033[0m", 12) != NULL);
    osp_buf_done(&out);
    osp_report_world_end(&world);
}
