/* The build, in its order:
 *
 *     scan --> compile what is stale --> read what the objects declare --> prove the URLs
 *          --> write table.c --> compile it --> link --> let it check itself
 *
 * Everything it makes is in DIR/.openspeed/<mode>/: obj/<unit>.o, table.c, app; that of tests in a
 * folder beside it, <mode>-tests/, for they are compiled with sanitizers.  The compilers run
 * in DIR with relative paths, so messages and __FILE__ read "routes/users/route.c" from wherever
 * the command was given, and the folder can be moved without compiling again.
 *
 * A lock keeps two builds of one application apart; the scan that counts is made under it, for what
 * was scanned before waiting may have changed long ago. */
#include "build/build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/openapi.h"
#include "app/navigate.h"
#include "build/elf.h"
#include "build/home.h"
#include "build/jobs.h"
#include "build/links.h"
#include "build/mangle.h"
#include "build/members.h"
#include "build/outside.h"
#include "build/proof.h"
#include "build/queries.h"
#include "build/scan.h"
#include "build/site.h"
#include "build/strays.h"
#include "build/table.h"
#include "build/urls.h"

#ifndef OSP_APP_CFLAGS
#define OSP_APP_CFLAGS ""
#endif
#ifndef OSP_APP_LIBS
#define OSP_APP_LIBS "-Wl,--as-needed -lsqlite3 -lsodium -lpcre2-8 -lpthread -lm"
#endif
#ifndef OSP_APP_MODE
#define OSP_APP_MODE "release"
#endif

/* What C lets pass with a warning and an application must not: see -Werror in each compiler. */
#define OSP_APP_ERRORS                                                                             \
    "-Werror=int-conversion -Werror=incompatible-pointer-types -Werror=missing-braces "            \
    "-Werror=implicit-function-declaration -Werror=return-type -Werror=unused-result "             \
    "-Wformat -Werror=format -Wformat-security -Werror=format-security "
static const char common_flags[] =
    "-std=gnu17 -O2 -g -fPIE -ffunction-sections -fdata-sections -fno-omit-frame-pointer "
    "-Wall -Wextra -Wno-unused-parameter " OSP_APP_ERRORS;
static const char gcc_flags[] =
    "-Werror=override-init -gbtf -fno-eliminate-unused-debug-types"; /* see build/btf.h */
/* The linker would keep the type information of the first object, which is of no use any more. */
static const char link_script[] = "SECTIONS { /DISCARD/ : { *(.BTF) } } INSERT AFTER .text;\n";
/* A handler's mistakes end its test with a report; the library is compiled without, and its arena
 * is another one there (test/arena.c). */
static const char sanitizer_flags[] =
    "-U_FORTIFY_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all";
static const char clang_flags[] = "-Werror=initializer-overrides";
/* Of development builds, where an edit is waited for: not optimised, and linked with the library as
 * a shared one.  They are not hardened, for sanitizers see more. */
static const char dev_flags[] = "-std=gnu17 -O0 -g -fPIE -fno-omit-frame-pointer -Wall -Wextra "
                                "-Wno-unused-parameter " OSP_APP_ERRORS;
static const char fast_flags[] = "-g -Werror";
static const char link_flags[] = "-pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections";

#define OSP_BUILD_ATTEMPTS_MAX 5 /* builds of files that come and go */

typedef struct build {
    osp_arena *arena;
    osp_build_options options;
    osp_error *err;
    const char *out; /* relative to the folder: .openspeed/release */
    osp_home home;
    osp_scan scan;
    osp_trie trie;
    osp_assets assets;
    osp_site site;
    osp_kit_list assets_of; /* scan.folders when they were read */
    osp_kit_list cc;        /* words of $CC */
    osp_outside outside;
    osp_kit_list jobs;         /* osp_job * of the sources: routes first */
    osp_kit_list tests;        /* char *: symbols behind osp_test_ */
    const char *info_file;     /* that declares osp_app_info_; NULL: none */
    const char *failures_file; /* that declares osp_failures_; NULL: none */
    osp_chains chains;
    bool uses_db;
    osp_kit_list languages;      /* char *: that files declare messages of */
    osp_kit_list language_files; /* char *: which, in the same order */
    osp_kit_list matchers;       /* osp_own_matcher *: that files declare */
    osp_kit_list timed;          /* char *: jobs that files declare */
    osp_kit_list timed_files;    /* char *: which, in the same order */
    osp_kit_list filters;        /* char *: of templates, that files declare */
    osp_kit_list filter_files;   /* char *: which, in the same order */
    osp_urls urls;               /* what one of them says of all URLs */
    osp_queries queries;
    bool leaves_out_openapi; /* $OPENSPEED_OPENAPI is off */
    bool serves_openapi;     /* the library's own route is among the leaves */
} build;

static const char *full(build *b, const char *path)
{
    return strcmp(b->options.dir, ".") == 0
               ? path
               : osp_kit_format(b->arena, "%s/%s", b->options.dir, path);
}

/* ---------------------------------------------------------------- preparing */

static bool is_clang(const osp_kit_list *cc)
{
    bool clang = false;
    for (size_t i = 0; i < cc->count; i++) {
        const char *word = cc->items[i], *slash = strrchr(word, '/');
        clang |= strncmp(slash != NULL ? slash + 1 : word, "clang", 5) == 0;
    }
    return clang;
}

static bool is_tests(const build *b)
{
    return b->options.kind == OSP_BUILD_TESTS;
}

static bool is_dev(const build *b)
{
    return b->options.kind == OSP_BUILD_DEV || b->options.kind == OSP_BUILD_FAST;
}

/* Whether a development build has sanitizers. */
static bool links_sanitized(const build *b)
{
    return b->options.kind == OSP_BUILD_DEV && !b->options.plain;
}

/* The library that such a build links; NULL: it is another one. */
static const char *dev_library(const build *b)
{
    return !is_dev(b) ? NULL : links_sanitized(b) ? b->home.dev_sanitized : b->home.dev;
}

/* What does not change while the application is edited. */
static osp_status prepare(build *b)
{
    const char *cc = getenv("CC"), *home = getenv("OPENSPEED_HOME");
    const char *openapi = getenv("OPENSPEED_OPENAPI");
    b->leaves_out_openapi = openapi != NULL && strcmp(openapi, "off") == 0;
    const osp_build_kind kind = b->options.kind;
    osp_kit_push_words(b->arena, &b->cc, kind == OSP_BUILD_FAST ? "tcc" : cc != NULL ? cc : "");
    if (b->cc.count == 0 || (links_sanitized(b) && is_clang(&b->cc))) { /* as the library was */
        b->cc.count = 0;
        osp_kit_push(b->arena, &b->cc, "gcc");
    }
    if (home != NULL && home[0] == '\0') {
        home = NULL;
    }
    b->out = kind == OSP_BUILD_TESTS  ? ".openspeed/" OSP_APP_MODE "-tests"
             : kind == OSP_BUILD_FAST ? ".openspeed/" OSP_APP_MODE "-fast"
             : links_sanitized(b)     ? ".openspeed/" OSP_APP_MODE "-dev"
             : kind == OSP_BUILD_DEV  ? ".openspeed/" OSP_APP_MODE "-dev-plain"
                                      : ".openspeed/" OSP_APP_MODE;
    OSP_TRY(osp_home_find(b->arena, home, &b->home, b->err));
    const char *needed = kind == OSP_BUILD_TESTS ? b->home.tests : dev_library(b);
    return needed == NULL || access(needed, R_OK) == 0
               ? OSP_OK
               : osp_error_set(b->err, OSP_E_BUILD, "%s: %s%s", needed, strerror(errno),
                               links_sanitized(b) ? "; --no-sanitize does without it" : "");
}

/* The document of the application, unless it answers at that URL itself. */
static osp_status add_openapi(build *b)
{
    b->serves_openapi = !b->leaves_out_openapi;
    for (size_t i = 0; i < b->trie.leaves.count && b->serves_openapi; i++) {
        const osp_trie_leaf *leaf = b->trie.leaves.items[i];
        b->serves_openapi = leaf->hosts != NULL || strcmp(leaf->pattern, OSP_OPENAPI_PATTERN) != 0;
    }
    if (!b->serves_openapi) {
        return OSP_OK;
    }
    OSP_TRY(osp_trie_add(&b->trie, "(openspeed)" OSP_OPENAPI_PATTERN "/route.c", b->err));
    osp_trie_leaf *leaf =
        (osp_trie_leaf *)(uintptr_t)b->trie.leaves.items[b->trie.leaves.count - 1];
    leaf->unit = "openapi";
    leaf->methods = 1u << OSP_METHOD_GET;
    return OSP_OK;
}

/* The script that goes from page to page, where layouts are left standing. */
static osp_status add_navigate(build *b)
{
    if (!osp_site_has_layouts(&b->site)) {
        return OSP_OK;
    }
    OSP_TRY(osp_trie_add_literal(&b->trie, osp_str_from(osp_navigate_path),
                                 "(openspeed)/navigate.js", b->err));
    osp_trie_leaf *leaf =
        (osp_trie_leaf *)(uintptr_t)b->trie.leaves.items[b->trie.leaves.count - 1];
    leaf->unit = "navigate";
    leaf->methods = 1u << OSP_METHOD_GET;
    return OSP_OK;
}

static bool are_equal(const osp_kit_list *one, const osp_kit_list *other)
{
    bool equal = one->count == other->count;
    for (size_t i = 0; equal && i < one->count; i++) {
        equal = strcmp(one->items[i], other->items[i]) == 0;
    }
    return equal;
}

/* Reads the files of public/, unless they are as they were at the last scan. */
static osp_status read_assets(build *b)
{
    if (b->assets_of.count == 0 || !are_equal(&b->assets_of, &b->scan.folders)) {
        OSP_TRY(osp_assets_read(b->arena, b->options.dir, &b->scan.public, &b->assets, b->err));
    }
    b->assets_of = b->scan.folders;
    return OSP_OK;
}

/* Tells of pages that would be looked for elsewhere. */
static void tell_strays(const build *b)
{
    osp_kit_list strays;
    osp_strays_find(b->arena, b->options.dir, &strays);
    for (size_t i = 0; i < strays.count; i++) {
        fprintf(stderr,
                "warning: %s is not looked at: a page is a page.html below routes/, in the folder "
                "of its URL\n",
                (const char *)strays.items[i]);
    }
}

/* Lists the files and proves their URLs. */
static osp_status scan(build *b)
{
    b->scan = (osp_scan){ 0 };
    b->jobs = b->tests = (osp_kit_list){ 0 };
    b->info_file = b->failures_file = NULL;
    b->uses_db = false;
    b->languages = b->language_files = b->matchers = (osp_kit_list){ 0 };
    b->timed = b->timed_files = (osp_kit_list){ 0 };
    b->filters = b->filter_files = (osp_kit_list){ 0 };
    b->chains = (osp_chains){ 0 };
    b->urls = (osp_urls){ 0 };
    b->queries.defs = b->queries.uses = (osp_kit_list){ 0 };
    b->queries.first = (osp_error){ 0 };
    b->queries.said.len = 0;
    const osp_status status = osp_scan_app(b->arena, b->options.dir, &b->scan, b->err);
    for (size_t i = 0; status != OSP_OK && i < b->scan.findings.count; i++) {
        fprintf(stderr, "error: %s\n", (const char *)b->scan.findings.items[i]);
    }
    OSP_TRY(status);
    if (b->options.outside != NULL) {
        b->outside = *b->options.outside;
    } else {
        OSP_TRY(osp_outside_read(b->arena, b->options.dir, &b->outside, b->err));
    }
    osp_trie_init(&b->trie, b->arena);
    osp_error first = { 0 };
    OSP_TRY(osp_site_read(b->arena, b->options.dir, &b->scan, &b->site, b->err));
    for (size_t i = 0; i < b->scan.routes.count; i++) {
        osp_error cause = { 0 };
        if (osp_site_take_route(&b->site, b->scan.routes.items[i])) {
            continue;
        }
        if (osp_trie_add(&b->trie, b->scan.routes.items[i], &cause) == OSP_OK) {
            continue;
        }
        if (first.status == OSP_OK) {
            first = cause;
        } else {
            fprintf(stderr, "error: %s\n", cause.message);
        }
    }
    if (first.status != OSP_OK) {
        return osp_error_set(b->err, first.status, "%s", first.message);
    }
    OSP_TRY(osp_site_add(&b->site, &b->trie, b->err));
    OSP_TRY(read_assets(b));
    OSP_TRY(osp_assets_add(&b->assets, &b->trie, b->err));
    OSP_TRY(add_navigate(b));
    OSP_TRY(add_openapi(b));
    return osp_trie_end(&b->trie, b->err);
}

static osp_status make_folders(build *b)
{
    const char *objects = osp_kit_format(b->arena, "%s/obj", b->out);
    OSP_TRY(osp_kit_mkdir(b->arena, full(b, objects), b->err));
    /* What is made here never belongs into version control. */
    const char *ignore = full(b, ".openspeed/.gitignore");
    return access(ignore, F_OK) == 0 ? OSP_OK
                                     : osp_kit_write(b->arena, ignore, OSP_STR("*\n"), b->err);
}

static bool is_same_file(int fd, const char *path)
{
    struct stat one, other;
    return fstat(fd, &one) == 0 && stat(path, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* One build at a time; the lock goes with the descriptor.  Whoever removes .openspeed while we wait
 * takes the file with it, and a lock on that keeps nobody out: then it is taken afresh. */
static osp_status lock(build *b, int *ret_fd)
{
    const char *path = full(b, osp_kit_format(b->arena, "%s/lock", b->out));
    for (;;) {
        OSP_TRY(make_folders(b));
        const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0) {
            return osp_error_set(b->err, OSP_E_IO, "%s: %s", path, strerror(errno));
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            if (!b->options.quiet) {
                fputs("openspeed: waiting for another build of this application\n", stderr);
            }
            int result;
            do {
                result = flock(fd, LOCK_EX);
            } while (result != 0 && errno == EINTR);
        }
        if (is_same_file(fd, path)) {
            *ret_fd = fd;
            return OSP_OK;
        }
        (void)close(fd);
    }
}

/* ---------------------------------------------------------------- compiling */

/* Flags that the objects and their executable are made with alike. */
static void push_flags(build *b, osp_kit_list *argv)
{
    osp_kit_push_words(b->arena, argv, OSP_APP_CFLAGS);
    /* A sanitizer of the library's own may not go with others. */
    if (is_tests(b) && !b->options.plain && strstr(OSP_APP_CFLAGS, "-fsanitize") == NULL) {
        osp_kit_push_words(b->arena, argv, sanitizer_flags);
        osp_kit_push_words(b->arena, argv, "-O0"); /* they are waited for, and reports are exact */
    }
}

/* How sources are compiled. */
static void push_language(build *b, osp_kit_list *argv)
{
    if (b->options.kind == OSP_BUILD_FAST) {
        osp_kit_push_words(b->arena, argv, fast_flags);
    } else if (is_dev(b)) {
        osp_kit_push_words(b->arena, argv, dev_flags);
        osp_kit_push_words(b->arena, argv, links_sanitized(b) ? sanitizer_flags : "");
    } else {
        osp_kit_push_words(b->arena, argv, common_flags);
        osp_kit_push_words(b->arena, argv, is_clang(&b->cc) ? clang_flags : gcc_flags);
        push_flags(b, argv);
    }
}

static void push_all(build *b, osp_kit_list *argv, const osp_kit_list *words)
{
    for (size_t i = 0; i < words->count; i++) {
        osp_kit_push(b->arena, argv, words->items[i]);
    }
}

static osp_job *compile_job(build *b, const char *source, const char *unit)
{
    osp_job *job = osp_kit_alloc(b->arena, sizeof(*job));
    const char *stem =
        osp_kit_format(b->arena, "%s/obj/%s", b->out, osp_mangle_file(b->arena, unit));
    job->label = source;
    job->output = osp_kit_format(b->arena, "%s.o", stem);
    job->depfile = osp_kit_format(b->arena, "%s.d", stem);
    push_all(b, &job->argv, &b->cc);
    push_language(b, &job->argv);
    push_all(b, &job->argv, &b->outside.cflags);
    /* -MD, not -MMD: that leaves out what our headers include, which say `system_header`. */
    const char *const rest[] = { "-I",
                                 b->home.include,
                                 "-I",
                                 ".",
                                 "-I",
                                 osp_kit_format(b->arena, "%s/include", b->out),
                                 osp_kit_format(b->arena, "-DOSP_UNIT=%s", unit),
                                 "-MD",
                                 "-MF",
                                 job->depfile,
                                 "-c",
                                 source,
                                 "-o",
                                 osp_kit_format(b->arena, "%s.part", job->output) };
    for (size_t i = 0; i < OSP_ARRAY_LEN(rest); i++) {
        osp_kit_push(b->arena, &job->argv, rest[i]);
    }
    return job;
}

static void add_sources(build *b, const osp_kit_list *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        const char *source = sources->items[i];
        osp_kit_push(b->arena, &b->jobs,
                     compile_job(b, source, osp_mangle(b->arena, osp_str_from(source))));
    }
}

static osp_status run(build *b, const osp_kit_list *jobs, size_t *ret_ran)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const osp_jobs_options options = { .dir = b->options.dir,
                                       .parallel = cpus > 0 ? (size_t)cpus : 1,
                                       .quiet = b->options.quiet,
                                       .verbose = b->options.verbose,
                                       .colour = isatty(STDERR_FILENO) == 1,
                                       .own = b->home.include };
    return osp_jobs_run(b->arena, jobs, options, ret_ran, b->err);
}

/* ---------------------------------------------------------------- the table */

static osp_status read_object(build *b, const osp_job *job, osp_elf_symbols *symbols)
{
    osp_str object;
    osp_error cause = { 0 };
    OSP_TRY(osp_kit_read(b->arena, full(b, job->output), &object, b->err));
    const osp_status status = osp_elf_read(object, symbols, &cause);
    if (status != OSP_OK) {
        return osp_error_set(b->err, status, "%s: %s", job->label, cause.message);
    }
    b->uses_db |= symbols->uses_db;
    const osp_members_source source = { b->options.dir, job->label, job->depfile };
    return osp_members_check(b->arena, &source, symbols->btf, b->err);
}

static osp_trie_leaf *leaf_of(build *b, const char *file)
{
    for (size_t i = 0; i < b->trie.leaves.count; i++) {
        const osp_trie_leaf *leaf = b->trie.leaves.items[i];
        if (leaf->file == file || (leaf->page != NULL && leaf->page->route == file)) {
            return (osp_trie_leaf *)(uintptr_t)leaf;
        }
    }
    OSP_ASSERT(!"every route file is a leaf");
    return NULL;
}

/* One table a language, so that nothing depends on the order of files. */
static osp_status take_messages(build *b, const char *file, osp_str name)
{
    const char *language = osp_kit_string(b->arena, name);
    for (size_t i = 0; i < b->languages.count; i++) {
        if (strcasecmp(b->languages.items[i], language) == 0) {
            return osp_error_set(b->err, OSP_E_BUILD,
                                 "%s and %s both declare the messages of \"%s\"; put them into "
                                 "one OSP_MESSAGES, in a .c file below lib/",
                                 (const char *)b->language_files.items[i], file, language);
        }
    }
    osp_kit_push(b->arena, &b->languages, language);
    osp_kit_push(b->arena, &b->language_files, file);
    return OSP_OK;
}

static osp_status take_info(build *b, const char *file, osp_str name)
{
    if (name.len != 0) {
        return OSP_OK;
    }
    if (b->info_file != NULL) {
        return osp_error_set(b->err, OSP_E_BUILD,
                             "%s and %s both say what the application is; one OSP_APP is enough, "
                             "such as in lib/app.c",
                             b->info_file, file);
    }
    b->info_file = file;
    return OSP_OK;
}

static osp_status take_failures(build *b, const char *file, osp_str name)
{
    if (name.len != 0) {
        return OSP_OK;
    }
    if (b->failures_file != NULL) {
        return osp_error_set(b->err, OSP_E_BUILD,
                             "%s and %s both say how failures are told; an application has one "
                             "OSP_FAILURES",
                             b->failures_file, file);
    }
    b->failures_file = file;
    return OSP_OK;
}

static osp_status take_job(build *b, const char *file, osp_str name)
{
    const char *job = osp_kit_string(b->arena, name);
    for (size_t i = 0; i < b->timed.count; i++) {
        if (strcmp(b->timed.items[i], job) == 0) {
            return osp_error_set(b->err, OSP_E_BUILD, "%s and %s both declare the job \"%s\"",
                                 (const char *)b->timed_files.items[i], file, job);
        }
    }
    if (b->timed.count == OSP_JOBS_MAX) {
        return osp_error_set(b->err, OSP_E_BUILD, "%s: an application has at most %d jobs", file,
                             OSP_JOBS_MAX);
    }
    osp_kit_push(b->arena, &b->timed, job);
    osp_kit_push(b->arena, &b->timed_files, file);
    return OSP_OK;
}

static osp_status take_filter(build *b, const char *file, osp_str name)
{
    const char *filter = osp_kit_string(b->arena, name);
    for (size_t i = 0; i < b->filters.count; i++) {
        if (strcmp(b->filters.items[i], filter) == 0) {
            return osp_error_set(b->err, OSP_E_BUILD, "%s and %s both declare the filter \"%s\"",
                                 (const char *)b->filter_files.items[i], file, filter);
        }
    }
    osp_kit_push(b->arena, &b->filters, filter);
    osp_kit_push(b->arena, &b->filter_files, file);
    return OSP_OK;
}

static osp_status take_route(build *b, const char *file, osp_str name)
{
    (void)name;
    static const char *const names[] = { "route.c", "page.c", "layout.c", "default.c" };
    const char *slash = strrchr(file, '/');
    bool can = false; /* what pages declare is looked at by osp_site_take */
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        can |= strcmp(slash + 1, names[i]) == 0;
    }
    return can && osp_str_starts_with(osp_str_from(file), OSP_STR("routes/"))
               ? OSP_OK
               : osp_error_set(b->err, OSP_E_BUILD,
                               "%s declares a route; only a route.c below routes/ can", file);
}

static osp_status take_test(build *b, const char *file, osp_str name)
{
    const char *unit = osp_mangle(b->arena, osp_str_from(file));
    const size_t len = strlen(file);
    if (!osp_str_starts_with(name, osp_str_from(osp_kit_format(b->arena, "%s__", unit)))) {
        return osp_error_set(
            b->err, OSP_E_BUILD,
            "%s: unknown test symbol osp_test_%.*s; names that begin with osp_ are "
            "OpenSpeed's",
            file, OSP_ARG(name));
    }
    if (len < 7 || strcmp(file + len - 7, "_test.c") != 0) {
        return osp_error_set(b->err, OSP_E_BUILD,
                             "%s declares a test; only a file whose name ends in _test.c can",
                             file);
    }
    osp_kit_push(b->arena, &b->tests, osp_kit_string(b->arena, name));
    return OSP_OK;
}

static osp_status take_middleware(build *b, const char *file, osp_str name)
{
    return osp_chains_add(b->arena, &b->chains, file, name, b->err);
}

/* What becomes of a thing that a file declares; matchers are taken all at once. */
static osp_status (*const take[OSP_DECLARED_COUNT])(build *b, const char *file, osp_str name) = {
    [OSP_DECLARED_ROUTE] = take_route, [OSP_DECLARED_MESSAGES] = take_messages,
    [OSP_DECLARED_INFO] = take_info,   [OSP_DECLARED_FAILURES] = take_failures,
    [OSP_DECLARED_TEST] = take_test,   [OSP_DECLARED_MIDDLEWARE] = take_middleware,
    [OSP_DECLARED_JOB] = take_job,     [OSP_DECLARED_FILTER] = take_filter,
};

/* Says what was found wrong with queries; the first of it stands last as well. */
static osp_status judge_queries(build *b)
{
    const osp_queries *queries = &b->queries;
    if (queries->first.status == OSP_OK) {
        return OSP_OK;
    }
    const char *end = memchr(queries->said.ptr, '\n', queries->said.len);
    if (end != queries->said.ptr + queries->said.len - 1) { /* one line is not said twice */
        fprintf(stderr, "%.*s", (int)queries->said.len, queries->said.ptr);
    }
    return osp_error_set(b->err, OSP_E_BUILD, "%s", queries->first.message);
}

static osp_status read_queries(build *b)
{
    for (size_t i = 0; i < b->scan.queries.count; i++) {
        const char *path = b->scan.queries.items[i];
        osp_str text;
        OSP_TRY(osp_kit_read(b->arena, full(b, path), &text, b->err));
        osp_queries_read(b->arena, path, text, &b->queries);
    }
    return judge_queries(b);
}

static osp_status read_objects(build *b)
{
    osp_elf_symbols *symbols = osp_kit_alloc(b->arena, sizeof(*symbols));
    for (size_t i = 0; i < b->jobs.count; i++) {
        const osp_job *job = b->jobs.items[i];
        OSP_TRY(read_object(b, job, symbols));
        for (size_t k = 0; k < symbols->count; k++) {
            const osp_declared *one = &symbols->declared[k];
            if (take[one->kind] != NULL) {
                OSP_TRY(take[one->kind](b, job->label, one->name));
            }
        }
        OSP_TRY(osp_proof_take(b->arena, job->label, symbols->declared, symbols->count,
                               &b->matchers, b->err));
        osp_urls_take(b->arena, job->label, symbols->declared, symbols->count, &b->urls);
        OSP_TRY(osp_site_take(b->arena, &b->site, job->label, symbols->declared, symbols->count,
                              b->err));
        osp_queries_take(b->arena, job->label, symbols->declared, symbols->count, &b->queries);
        if (i < b->scan.routes.count) {
            OSP_TRY(osp_table_methods(b->arena, job->label, symbols->declared, symbols->count,
                                      &leaf_of(b, job->label)->methods, b->err));
        }
    }
    OSP_TRY(osp_site_end(&b->site, b->err));
    osp_queries_match(&b->queries);
    OSP_TRY(judge_queries(b));
    return osp_chains_end(b->arena, &b->chains, &b->scan.middleware, &b->trie, b->err);
}

static osp_status read_migrations(build *b, osp_table *table)
{
    osp_table_migration *migrations =
        osp_kit_alloc(b->arena, (b->scan.migrations.count + 1) * sizeof(*migrations));
    for (size_t i = 0; i < b->scan.migrations.count; i++) {
        const char *path = b->scan.migrations.items[i];
        OSP_TRY(osp_kit_read(b->arena, full(b, path), &migrations[i].sql, b->err));
        migrations[i].name = strrchr(path, '/') + 1;
        if (memchr(migrations[i].sql.ptr, '\0', migrations[i].sql.len) != NULL) {
            return osp_error_set(b->err, OSP_E_BUILD, "%s holds a NUL byte", path);
        }
    }
    table->migrations = migrations;
    table->migration_count = b->scan.migrations.count;
    return OSP_OK;
}

/* Who depends on the file is compiled anew only where something has changed. */
static osp_status write_changed(build *b, const char *path, const osp_buf *text)
{
    const osp_str now = osp_buf_text(text);
    osp_str old;
    if (text->failed) {
        return osp_error_set(b->err, OSP_E_LIMIT, "%s would be larger than %u bytes", path,
                             OSP_BUILD_FILE_MAX);
    }
    const bool same =
        osp_kit_read(b->arena, full(b, path), &old, NULL) == OSP_OK && osp_str_equal(old, now);
    return same ? OSP_OK : osp_kit_write(b->arena, full(b, path), now, b->err);
}

/* The URLs as functions, before what calls them is compiled. */
static osp_status write_links(build *b)
{
    const char *folder = osp_kit_format(b->arena, "%s/include/openspeed", b->out);
    osp_buf text;
    OSP_TRY(osp_kit_mkdir(b->arena, full(b, folder), b->err));
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_links_write(b->arena, &b->trie, &text);
    const osp_status status =
        write_changed(b, osp_kit_format(b->arena, "%s/urls.h", folder), &text);
    osp_buf_done(&text);
    return status;
}

static osp_status write_table(build *b, const char *path)
{
    char real[PATH_MAX];
    osp_table table = { .trie = &b->trie,
                        .assets = &b->assets,
                        .site = &b->site,
                        .chains = &b->chains,
                        .languages = &b->languages,
                        .jobs = &b->timed,
                        .filters = &b->filters,
                        .queries = &b->queries.defs,
                        .has_info = b->info_file != NULL,
                        .has_failures = b->failures_file != NULL,
                        .uses_db = b->uses_db,
                        .has_agent = is_dev(b),
                        .serves_openapi = b->serves_openapi,
                        .tests = is_tests(b) ? &b->tests : NULL };
    osp_buf text;
    if (realpath(b->options.dir, real) == NULL) {
        return osp_error_set(b->err, OSP_E_IO, "%s: %s", b->options.dir, strerror(errno));
    }
    table.name = strrchr(real, '/') + 1;
    OSP_TRY(read_migrations(b, &table));
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_table_write(b->arena, &table, &text);
    const osp_status status = write_changed(b, path, &text);
    osp_buf_done(&text);
    return status;
}

/* ---------------------------------------------------------------- linking */

static const char *link_script_path(build *b)
{
    return osp_kit_format(b->arena, "%s/discard.ld", b->out);
}

static osp_status write_link_script(build *b)
{
    const char *path = full(b, link_script_path(b));
    return access(path, F_OK) == 0
               ? OSP_OK
               : osp_kit_write(b->arena, path, osp_str_from(link_script), b->err);
}

/* The fastest linker that the machine has, for who waits; "": the compiler's own. */
static const char *fast_linker(build *b)
{
    static const char *const names[] = { "mold", "gold", "lld" };
    const char *path = getenv("PATH");
    for (size_t i = 0; path != NULL && i < OSP_ARRAY_LEN(names); i++) {
        for (const char *at = path; *at != '\0'; at += at[0] == ':') {
            const size_t len = strcspn(at, ":");
            if (access(osp_kit_format(b->arena, "%.*s/ld.%s", (int)len, at, names[i]), X_OK) == 0) {
                return osp_kit_format(b->arena, "-fuse-ld=%s", names[i]);
            }
            at += len;
        }
    }
    return "";
}

/* Against the shared library, so that few bytes are moved; it is found where it is now. */
static osp_job *link_dev_job(build *b, const osp_job *table)
{
    osp_job *job = osp_kit_alloc(b->arena, sizeof(*job));
    job->label = "app";
    job->output = osp_kit_format(b->arena, "%s/%s", b->out, job->label);
    job->inputs_made = true;
    push_all(b, &job->argv, &b->cc);
    osp_kit_push_words(b->arena, &job->argv, links_sanitized(b) ? sanitizer_flags : "");
    osp_kit_push_words(b->arena, &job->argv, /* tcc links no symbols without */
                       b->options.kind == OSP_BUILD_FAST ? "-g" : fast_linker(b));
    for (size_t i = 0; i < b->jobs.count; i++) {
        osp_kit_push(b->arena, &job->inputs, ((const osp_job *)b->jobs.items[i])->output);
    }
    osp_kit_push(b->arena, &job->inputs, table->output);
    osp_kit_push(b->arena, &job->inputs, dev_library(b));
    push_all(b, &job->argv, &job->inputs);
    push_all(b, &job->argv, &b->outside.libs);
    osp_kit_push(b->arena, &job->argv, osp_kit_format(b->arena, "-Wl,-rpath=%s", b->home.folder));
    osp_kit_push(b->arena, &job->argv, "-o");
    osp_kit_push(b->arena, &job->argv, osp_kit_format(b->arena, "%s.part", job->output));
    return job;
}

static osp_job *link_job(build *b, const osp_job *table)
{
    osp_job *job = osp_kit_alloc(b->arena, sizeof(*job));
    job->label = is_tests(b) ? "tests" : "app";
    job->proof = "--check";
    job->output = osp_kit_format(b->arena, "%s/%s", b->out, job->label);
    job->inputs_made = true;
    push_all(b, &job->argv, &b->cc);
    push_flags(b, &job->argv);
    osp_kit_push_words(b->arena, &job->argv, link_flags);
    for (size_t i = 0; i < b->jobs.count; i++) {
        osp_kit_push(b->arena, &job->inputs, ((const osp_job *)b->jobs.items[i])->output);
    }
    osp_kit_push(b->arena, &job->inputs, table->output);
    if (is_tests(b)) { /* before the library, some of whose functions it replaces */
        osp_kit_push(b->arena, &job->inputs, b->home.tests);
    }
    osp_kit_push(b->arena, &job->inputs, b->home.library);
    if (!is_clang(&b->cc)) {
        osp_kit_push(b->arena, &job->argv,
                     osp_kit_format(b->arena, "-Wl,-T,%s", link_script_path(b)));
    }
    push_all(b, &job->argv, &job->inputs);
    push_all(b, &job->argv, &b->outside.libs);
    osp_kit_push_words(b->arena, &job->argv, "-Wl,--as-needed");
    osp_kit_push_words(b->arena, &job->argv, OSP_APP_LIBS);
    osp_kit_push(b->arena, &job->argv, "-o");
    osp_kit_push(b->arena, &job->argv, osp_kit_format(b->arena, "%s.part", job->output));
    return job;
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* URLs of the application's own routes and pages. */
static size_t url_count(const osp_trie *trie)
{
    size_t count = 0;
    for (size_t i = 0; i < trie->leaves.count; i++) {
        count += ((const osp_trie_leaf *)trie->leaves.items[i])->unit == NULL;
    }
    return count;
}

static osp_status make(build *b, osp_build_result *result)
{
    const char *table_path = osp_kit_format(b->arena, "%s/table.c", b->out);
    osp_kit_list one = { 0 };
    size_t ran = 0;
    add_sources(b, &b->scan.routes);
    add_sources(b, &b->scan.middleware);
    add_sources(b, &b->scan.pages);
    add_sources(b, &b->scan.helpers);
    if (is_tests(b)) {
        add_sources(b, &b->scan.test_helpers);
        add_sources(b, &b->scan.tests);
    }
    OSP_TRY(read_queries(b));
    OSP_TRY(write_links(b));
    const int64_t begin_ms = now_ms();
    OSP_TRY(run(b, &b->jobs, &ran));
    result->compiled += ran;
    OSP_TRY(read_objects(b));
    OSP_TRY(osp_urls_apply(&b->urls, &b->trie, b->err));
    OSP_TRY(osp_proof_run(&b->trie, &b->matchers, b->err));
    OSP_TRY(write_table(b, table_path));
    osp_job *table = compile_job(b, table_path, "table");
    table->inputs_made = true;
    osp_kit_push(b->arena, &one, table);
    OSP_TRY(run(b, &one, &ran));
    result->compile_ms += now_ms() - begin_ms;
    OSP_TRY(write_link_script(b));
    const osp_job *app = is_dev(b) ? link_dev_job(b, table) : link_job(b, table);
    one.items[0] = app;
    const int64_t link_ms = now_ms();
    OSP_TRY(run(b, &one, &ran));
    result->link_ms += now_ms() - link_ms;
    result->linked |= ran != 0;
    result->app = full(b, app->output);
    result->routes = url_count(&b->trie);
    result->files = b->jobs.count;
    result->uses_db = b->uses_db;
    return OSP_OK;
}

/* Whether files came, went or were replaced since the scan. */
static bool has_changed(build *b)
{
    osp_scan now;
    return osp_scan_app(b->arena, b->options.dir, &now, NULL) != OSP_OK ||
           !are_equal(&now.routes, &b->scan.routes) || !are_equal(&now.helpers, &b->scan.helpers) ||
           !are_equal(&now.pages, &b->scan.pages) ||
           !are_equal(&now.templates, &b->scan.templates) ||
           !are_equal(&now.middleware, &b->scan.middleware) ||
           !are_equal(&now.migrations, &b->scan.migrations) ||
           !are_equal(&now.queries, &b->scan.queries) || !are_equal(&now.tests, &b->scan.tests) ||
           !are_equal(&now.test_helpers, &b->scan.test_helpers) ||
           !are_equal(&now.folders, &b->scan.folders);
}

/* Builds until the files that were built are those that are there.  An editor or a checkout that
 * replaces a file takes it away for a moment, and a scan in that moment finds a URL less: an
 * application that is whole in itself, and wrong. */
static osp_status make_all(build *b, osp_build_result *result)
{
    for (int i = 0; i < OSP_BUILD_ATTEMPTS_MAX; i++) {
        OSP_TRY(scan(b));
        const osp_status status = make(b, result);
        if (!has_changed(b)) {
            return status;
        }
        if (!b->options.quiet) {
            fputs("openspeed: files came or went meanwhile; building again\n", stderr);
        }
    }
    return osp_error_set(b->err, OSP_E_BUILD,
                         "files of the application come and go while it is built; build again "
                         "when they rest");
}

osp_status osp_build_app(osp_arena *arena, osp_build_options options, osp_build_result *ret_result,
                         osp_error *err)
{
    build b = { .arena = arena, .options = options, .err = err };
    osp_build_result result = { 0 };
    int fd = -1;
    OSP_TRY(prepare(&b));
    tell_strays(&b);
    /* Before anything is made: this may be no application at all. */
    OSP_TRY(is_dev(&b) && access(full(&b, b.out), F_OK) == 0 ? OSP_OK : scan(&b));
    OSP_TRY(lock(&b, &fd));
    osp_buf_init(&b.queries.said, NULL, 0, OSP_BUILD_FILE_MAX);
    const osp_status status = make_all(&b, &result);
    osp_buf_done(&b.queries.said);
    (void)close(fd);
    if (status == OSP_OK) {
        *ret_result = result;
    }
    return status;
}
