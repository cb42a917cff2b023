/* Looks at all that an application needs before something fails for want of it.
 *
 * Each look is a function that gives one diagnosis, and one says nothing where there is nothing to
 * say.  They do what the build and the server will do, and ask no tables: a program is compiled,
 * linked and run, the port is opened, the database is read. */
#include "build/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openspeed/manifest.h>

#include "base/task.h"
#include "build/home.h"
#include "build/migrations.h"
#include "build/program.h"
#include "build/scan.h"
#include "drivers/sqlite.h"
#include "serve/config.h"
#include "serve/listen.h"

#ifndef OSP_APP_CFLAGS
#define OSP_APP_CFLAGS ""
#endif
#ifndef OSP_APP_LIBS
#define OSP_APP_LIBS ""
#endif

#define DESCRIPTORS_MIN 4096 /* fewer than that, and connections are refused before long */

extern char **environ;

typedef struct doctor {
    osp_arena *arena;
    osp_kit_list found;
    osp_kit_list cc;
    osp_home home;
    bool has_compiler, has_home, has_app;
    osp_scan scan;
    char folder[PATH_MAX]; /* for what is compiled; empty: there is none */
} doctor;

static void say(doctor *d, const char *name, osp_health health, const char *text,
                const char *advice)
{
    osp_diagnosis *one = osp_kit_alloc(d->arena, sizeof(*one));
    *one = (osp_diagnosis){ name, health, text, advice };
    osp_kit_push(d->arena, &d->found, one);
}

/* ---------------------------------------------------------------- programs */

static const char *first_line(osp_arena *arena, const char *text)
{
    return osp_kit_format(arena, "%.*s", (int)strcspn(text, "\n"), text);
}

static void look_compiler(doctor *d)
{
    const char *cc = getenv("CC"), *output;
    osp_kit_push_words(d->arena, &d->cc, cc != NULL ? cc : "");
    if (d->cc.count == 0) {
        osp_kit_push(d->arena, &d->cc, "gcc");
    }
    osp_kit_list words = { 0 };
    for (size_t i = 0; i < d->cc.count; i++) {
        osp_kit_push(d->arena, &words, d->cc.items[i]);
    }
    osp_kit_push(d->arena, &words, "--version");
    d->has_compiler = osp_program_run(d->arena, &words, &output) == 0;
    if (d->has_compiler) {
        say(d, "compiler", OSP_HEALTH_OK, first_line(d->arena, output), NULL);
    } else {
        say(d, "compiler", OSP_HEALTH_FAILED,
            osp_kit_format(d->arena, "%s cannot be run", (const char *)d->cc.items[0]),
            "install gcc (apt-get install gcc libc6-dev), or name another compiler in CC");
    }
}

/* ---------------------------------------------------------------- the library */

static void look_library(doctor *d)
{
    osp_error err = { 0 };
    osp_str header;
    const char *home = getenv("OPENSPEED_HOME");
    if (osp_home_find(d->arena, home != NULL && home[0] != '\0' ? home : NULL, &d->home, &err) !=
        OSP_OK) {
        say(d, "library", OSP_HEALTH_FAILED, osp_kit_format(d->arena, "%s", err.message),
            "set OPENSPEED_HOME to the folder that holds libopenspeed.a and include/");
        return;
    }
    const char *path = osp_kit_format(d->arena, "%s/openspeed/base.h", d->home.include);
    const char *line = "#define OSP_VERSION \"" OSP_VERSION "\"";
    if (osp_kit_read(d->arena, path, &header, &err) != OSP_OK || strstr(header.ptr, line) == NULL) {
        say(d, "library", OSP_HEALTH_FAILED,
            osp_kit_format(d->arena, "%s is not of version " OSP_VERSION ", as this command is",
                           path),
            "install command, library and headers of one version");
        return;
    }
    d->has_home = true;
    say(d, "library", OSP_HEALTH_OK, osp_kit_format(d->arena, OSP_VERSION ", %s", d->home.library),
        NULL);
    if (access(d->home.tests, R_OK) != 0) {
        say(d, "test library", OSP_HEALTH_WARNING,
            osp_kit_format(d->arena, "%s: %s", d->home.tests, strerror(errno)),
            "openspeed test needs it; it is built with the library");
    }
}

/* What provides a library that the linker does not find. */
static const char *package_of(const char *output)
{
    static const struct {
        const char *library, *advice;
    } packages[] = {
        { "-lsqlite3", "install SQLite: apt-get install libsqlite3-dev" },
        { "-lsodium", "install libsodium: apt-get install libsodium-dev" },
        { "-lpcre2-8", "install PCRE2: apt-get install libpcre2-dev" },
        { "stdint.h", "install the headers of the C library: apt-get install libc6-dev" },
        { "stdarg.h", "install the headers of the compiler" },
        { "asan", "install the sanitizers of the compiler, or use openspeed test --no-sanitize" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(packages); i++) {
        if (strstr(output, packages[i].library) != NULL) {
            return packages[i].advice;
        }
    }
    return "see what the compiler says";
}

/* Compiles, links and runs a program of one line.  `flags` may be empty. */
static bool try_program(doctor *d, const char *flags, const char **ret_output)
{
    static const char text[] = "#include <openspeed/openspeed.h>\n"
                               "int main(void)\n{\n    return osp_status_text(OSP_OK) == 0;\n}\n";
    const char *source = osp_kit_format(d->arena, "%s/probe.c", d->folder);
    const char *program = osp_kit_format(d->arena, "%s/probe", d->folder);
    osp_kit_list words = { 0 }, alone = { 0 };
    *ret_output = "there is no folder for temporary files";
    if (d->folder[0] == '\0' ||
        osp_kit_write(d->arena, source, osp_str_from(text), NULL) != OSP_OK) {
        return false;
    }
    for (size_t i = 0; i < d->cc.count; i++) {
        osp_kit_push(d->arena, &words, d->cc.items[i]);
    }
    osp_kit_push_words(d->arena, &words, "-std=gnu17 -O1 -fPIE -pie " OSP_APP_CFLAGS);
    osp_kit_push_words(d->arena, &words, flags);
    const char *const rest[] = { "-I", d->home.include, source, d->home.library, "-o", program };
    for (size_t i = 0; i < OSP_ARRAY_LEN(rest); i++) {
        osp_kit_push(d->arena, &words, rest[i]);
    }
    osp_kit_push_words(d->arena, &words, OSP_APP_LIBS);
    osp_kit_push(d->arena, &alone, program);
    const bool good = osp_program_run(d->arena, &words, ret_output) == 0 &&
                      osp_program_run(d->arena, &alone, ret_output) == 0;
    (void)unlink(program);
    (void)unlink(source);
    return good;
}

static void look_libraries(doctor *d)
{
    const char *output;
    if (!d->has_compiler || !d->has_home) {
        return;
    }
    if (try_program(d, "", &output)) {
        say(d, "libraries", OSP_HEALTH_OK, "a program compiles, links and runs", NULL);
    } else {
        say(d, "libraries", OSP_HEALTH_FAILED,
            osp_kit_format(d->arena, "a program does not build: %s", first_line(d->arena, output)),
            package_of(output));
        return;
    }
    if (strstr(OSP_APP_CFLAGS, "-fsanitize") == NULL &&
        !try_program(d, "-U_FORTIFY_SOURCE -fsanitize=address,undefined", &output)) {
        say(d, "sanitizers", OSP_HEALTH_WARNING,
            osp_kit_format(d->arena, "AddressSanitizer and UBSan do not work: %s",
                           first_line(d->arena, output)),
            package_of("asan"));
    }
}

/* ---------------------------------------------------------------- the application */

static void look_app(doctor *d)
{
    osp_error err = { 0 };
    if (osp_scan_app(d->arena, ".", &d->scan, &err) != OSP_OK) {
        say(d, "application", OSP_HEALTH_FAILED, osp_kit_format(d->arena, "%s", err.message),
            "go to the folder of an application, or make one: openspeed new NAME");
        return;
    }
    d->has_app = true;
    say(d, "application", OSP_HEALTH_OK,
        osp_kit_format(d->arena, "files of routes: %zu, templates: %zu, of tests: %zu",
                       d->scan.routes.count, d->scan.templates.count, d->scan.tests.count),
        NULL);
    const char *built = access(".openspeed", F_OK) == 0 ? ".openspeed" : ".";
    if (access(built, W_OK | X_OK) != 0) {
        say(d, "permissions", OSP_HEALTH_FAILED,
            osp_kit_format(d->arena, "%s cannot be written: %s", built, strerror(errno)),
            "builds go to .openspeed/: make it yours (chown), or remove it");
    } else {
        say(d, "permissions", OSP_HEALTH_OK, ".openspeed/ can be written", NULL);
    }
}

static void look_port(doctor *d, const osp_config_listen *listen)
{
    osp_listeners listeners = { .count = 0 };
    osp_error err = { 0 };
    char text[OSP_ADDRESS_TEXT_SIZE];
    osp_address address = { .kind = OSP_ADDRESS_TCP, .port = (uint16_t)listen->port };
    if (listen->addresses.count > 0) {
        const char *wrong = osp_address_parse(listen->addresses.items[0], &address);
        OSP_ASSERT(wrong == NULL); /* it was judged */
    } else {
        OSP_ASSERT(listen->host.len < sizeof(address.host));
        memcpy(address.host, listen->host.ptr, listen->host.len);
    }
    osp_address_text(&address, text, sizeof(text));
    if (address.kind == OSP_ADDRESS_TCP && address.port == 0) {
        return;
    }
    if (osp_listen(&listeners, &address, 1, 1, &err) == OSP_OK) {
        say(d, "port", OSP_HEALTH_OK, osp_kit_format(d->arena, "%s is free", text), NULL);
    } else {
        say(d, "port", OSP_HEALTH_FAILED, osp_kit_format(d->arena, "%s", err.message),
            "end what listens there, or say another: PORT, --port, listen in openspeed.json");
    }
    osp_listen_close(&listeners, false);
}

/* A worker is confined before it serves, and what it is to be let to must be there by then. */
static void look_folders(doctor *d, const char *key, osp_str_list list)
{
    for (size_t i = 0; i < list.count; i++) {
        const char *path = osp_kit_string(d->arena, list.items[i]);
        if (access(path, F_OK) != 0) {
            say(d, key, OSP_HEALTH_FAILED,
                osp_kit_format(d->arena, "%s: %s", path, strerror(errno)),
                "make it before the server starts, or take it out of the configuration");
        }
    }
}

static void look_config(doctor *d)
{
    osp_settings settings;
    const osp_config_args args = { .file = NULL };
    const osp_status status = osp_config_load(&settings, &args, environ);
    if (status == OSP_OK) {
        say(d, "configuration", OSP_HEALTH_OK,
            access("openspeed.json", F_OK) == 0 ? "openspeed.json is right" : "all by default",
            NULL);
        const osp_config *config = settings.value;
        look_port(d, &config->listen);
        if (config->harden.landlock) {
            look_folders(d, "harden.read", config->harden.read);
            look_folders(d, "harden.write", config->harden.write);
        }
    } else {
        const char *said = settings.said.len > 0
                               ? osp_kit_string(d->arena, osp_buf_text(&settings.said))
                               : osp_status_text(status);
        say(d, "configuration", OSP_HEALTH_FAILED, first_line(d->arena, said),
            "see openspeed config check");
    }
    osp_settings_done(&settings);
}

/* ---------------------------------------------------------------- the database */

#ifdef OSP_HAVE_SQLITE
/* The path in "file:PATH?..."; empty: it is none. */
static const char *path_of(osp_arena *arena, osp_str url)
{
    const osp_str scheme = OSP_STR("file:");
    const size_t skip = osp_str_starts_with(url, scheme) ? scheme.len : 0;
    const char *path = osp_kit_format(arena, "%.*s", (int)(url.len - skip), url.ptr + skip);
    return osp_kit_format(arena, "%.*s", (int)strcspn(path, "?"), path);
}

static void take_folder(void *arg, const char *path, bool writes)
{
    const char **folder = arg;
    (void)writes;
    *folder = access(path, W_OK | X_OK) == 0 ? *folder : strerror(errno);
}

static void count_state(void *arg, const osp_migration_state *state)
{
    size_t *counts = arg;
    counts[0] += state->standing == OSP_MIGRATION_PENDING;
    counts[1] += osp_migration_judge(state, NULL) != OSP_OK;
}

/* What stands between the migrations of the folder and the database, which can be read. */
static void look_migrations(doctor *d, const char *path)
{
    osp_migration_list list = { 0 };
    osp_migration *items = NULL;
    osp_error err = { 0 };
    size_t counts[2] = { 0, 0 }; /* pending, and those that do not fit */
    const osp_state_watch watch = { count_state, counts };
    osp_status status = osp_migrations_read(d->arena, ".", &items, &list.count, &err);
    list.items = items;
    if (status == OSP_OK) {
        status = osp_sqlite_admin.status(&list, &watch, &err);
    }
    if (status < 0) {
        say(d, "database", OSP_HEALTH_FAILED, osp_kit_format(d->arena, "%s", err.message),
            "openspeed db check says more");
    } else if (counts[1] > 0) {
        say(d, "database", OSP_HEALTH_FAILED,
            osp_kit_format(d->arena,
                           "%s: %zu migration%s not fit, and the application will not "
                           "start",
                           path, counts[1], counts[1] == 1 ? " does" : "s do"),
            "openspeed db status names them, and says what to do");
    } else if (counts[0] > 0) {
        say(d, "database", OSP_HEALTH_OK,
            osp_kit_format(d->arena, "%s can be read; %zu migration%s pending", path, counts[0],
                           counts[0] == 1 ? " is" : "s are"),
            "openspeed db migrate applies what is pending, and so does the next start");
    } else {
        say(d, "database", OSP_HEALTH_OK,
            osp_kit_format(d->arena, "%s can be read, and all migrations are applied", path), NULL);
    }
}

static void look_database(doctor *d)
{
    osp_task task;
    osp_error err = { 0 };
    const char *wrong = NULL;
    if (d->scan.migrations.count == 0 && getenv("DATABASE_URL") == NULL) {
        return; /* it has none, most likely */
    }
    osp_task_init(&task, d->arena);
    const osp_str said = osp_secret(&task, "DATABASE_URL");
    const char *path = path_of(d->arena, said.len > 0 ? said : OSP_STR("file:app.db"));
    struct stat info;
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "."
                         : slash == path
                             ? "/"
                             : osp_kit_format(d->arena, "%.*s", (int)(slash - path), path);
    const char *advice =
        "say where it is in DATABASE_URL, such as file:app.db, and make its folder "
        "one that you can write";
    const osp_file_names names = { take_folder, &wrong };
    if (task.error.status != OSP_OK) {
        say(d, "database", OSP_HEALTH_FAILED, osp_kit_format(d->arena, "%s", task.error.message),
            advice);
    } else if (stat(path, &info) != 0 && errno == ENOENT && access(folder, W_OK | X_OK) == 0) {
        say(d, "database", OSP_HEALTH_OK,
            osp_kit_format(d->arena, "%s will be made by the first start", path), NULL);
    } else if (osp_sqlite_probe(NULL, &err) != OSP_OK ||
               osp_resource_sqlite.files(&names, &err) != OSP_OK || wrong != NULL) {
        say(d, "database", OSP_HEALTH_FAILED,
            osp_kit_format(d->arena, "%s: %s", path, wrong != NULL ? wrong : err.message), advice);
    } else {
        look_migrations(d, path);
    }
}
#else
static void look_database(doctor *d)
{
    if (d->scan.migrations.count > 0) {
        say(d, "database", OSP_HEALTH_FAILED, "this openspeed was built without SQLite",
            "build it where libsqlite3-dev is installed");
    }
}
#endif

static void look_descriptors(doctor *d)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < DESCRIPTORS_MIN) {
        say(d, "descriptors", OSP_HEALTH_WARNING,
            osp_kit_format(d->arena, "a process may open %llu files, and each connection is one",
                           (unsigned long long)limit.rlim_max),
            "raise the limit: ulimit -n, or LimitNOFILE= of systemd");
    }
}

osp_kit_list osp_doctor_look(osp_arena *arena)
{
    doctor d = { .arena = arena };
    const char *temp = getenv("TMPDIR");
    (void)snprintf(d.folder, sizeof(d.folder), "%s/openspeed-doctor-XXXXXX",
                   temp != NULL && temp[0] == '/' ? temp : "/tmp");
    if (mkdtemp(d.folder) == NULL) {
        d.folder[0] = '\0';
    }
    look_compiler(&d);
    look_library(&d);
    look_libraries(&d);
    look_app(&d);
    if (d.has_app) {
        look_config(&d);
        look_database(&d);
    }
    look_descriptors(&d);
    if (d.folder[0] != '\0') {
        (void)rmdir(d.folder);
    }
    return d.found;
}
