#include "base/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/task.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/openspeed-secret-XXXXXX";

static void write_file(const char *name, const char *bytes, size_t size, char *ret_path)
{
    OSP_CHECK(snprintf(ret_path, 128, "%s/%s", folder, name) < 128);
    FILE *file = fopen(ret_path, "wb");
    OSP_CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void begin(osp_arena *arena)
{
    osp_arena_init(arena, NULL, 0, 1 << 20);
    OSP_CHECK(mkdtemp(folder) != NULL);
}

static void end(osp_arena *arena)
{
    osp_arena_done(arena);
    static const char *const names[] = { "a", "SECRET", "pipe" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

OSP_UNIT_TEST(secret_file, "a file is read up to its limit, without the line end behind it")
{
    static char big[OSP_SECRET_MAX + 1];
    osp_arena arena;
    osp_str text;
    osp_error err = { 0 };
    char path[128];
    begin(&arena);
    static const struct {
        const char *bytes, *want;
    } cases[] = { { "", "" },           { "\n", "" },       { "key\n", "key" },
                  { "key\r\n", "key" }, { "k\n\n", "k\n" }, { " k ", " k " } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        write_file("a", cases[i].bytes, strlen(cases[i].bytes), path);
        OSP_CHECK(osp_secret_file(&arena, path, &text, &err) == OSP_OK);
        OSP_CHECK_STR(text, osp_str_from(cases[i].want));
        OSP_CHECK(text.ptr[text.len] == '\0');
    }
    memset(big, 'x', sizeof big);
    write_file("a", big, OSP_SECRET_MAX, path);
    OSP_CHECK(osp_secret_file(&arena, path, &text, &err) == OSP_OK && text.len == OSP_SECRET_MAX);
    write_file("a", big, OSP_SECRET_MAX + 1, path);
    OSP_CHECK(osp_secret_file(&arena, path, &text, &err) == OSP_E_LIMIT);
    OSP_CHECK(osp_secret_file(&arena, folder, &text, &err) == OSP_E_IO);
    snprintf(path, sizeof path, "%s/pipe", folder);
    OSP_CHECK(osp_secret_file(&arena, path, &text, &err) == OSP_E_NOT_FOUND);
    OSP_CHECK(strstr(err.message, path) != NULL);
    OSP_CHECK(mkfifo(path, 0600) == 0); /* nobody writes to it, and nobody waits for it */
    OSP_CHECK(osp_secret_file(&arena, path, &text, &err) == OSP_OK && text.len == 0);
    end(&arena);
}

OSP_UNIT_TEST(secret_find, "a secret comes from the environment, a named file or a credential")
{
    osp_arena arena;
    osp_str text;
    osp_error err = { 0 };
    char path[128], missing[160];
    begin(&arena);
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_E_NOT_FOUND);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_E_NOT_FOUND);
    OSP_CHECK(osp_secret_find(&arena, "../SECRET", &text, &err) == OSP_E_NOT_FOUND);
    write_file("SECRET", "credential\n", 11, path);
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_OK);
    OSP_CHECK_STR(text, OSP_STR("credential"));
    write_file("a", "file", 4, path);
    setenv("SECRET_FILE", path, 1);
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_OK);
    OSP_CHECK_STR(text, OSP_STR("file"));
    setenv("SECRET", "", 1); /* as good as not there */
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_OK);
    OSP_CHECK_STR(text, OSP_STR("file"));
    setenv("SECRET", "word", 1);
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_E_INVALID);
    OSP_CHECK(strstr(err.message, "SECRET and SECRET_FILE") != NULL);
    OSP_CHECK(strstr(err.message, "word") == NULL);
    unsetenv("SECRET_FILE");
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_OK);
    OSP_CHECK_STR(text, OSP_STR("word"));
    unsetenv("SECRET");
    snprintf(missing, sizeof missing, "%s/none", folder);
    setenv("SECRET_FILE", missing, 1);
    OSP_CHECK(osp_secret_find(&arena, "SECRET", &text, &err) == OSP_E_IO);
    end(&arena);
}

OSP_UNIT_TEST(secret_task, "a task remembers a secret that cannot be read, and not one that is not")
{
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_task_init(&task, &arena);
    OSP_CHECK(osp_secret(&task, "SECRET").len == 0 && task.error.status == OSP_OK);
    setenv("SECRET", "word", 1);
    OSP_CHECK_STR(osp_secret(&task, "SECRET"), OSP_STR("word"));
    setenv("SECRET_FILE", "x", 1);
    OSP_CHECK(osp_secret(&task, "SECRET").len == 0 && task.error.status == OSP_E_INVALID);
    OSP_CHECK(task.place != NULL && task.place->line == __LINE__ - 1);
    osp_arena_done(&arena);
}

typedef struct reading {
    osp_arena arena;
    char path[128];
    osp_str text;
    osp_error err;
    osp_status status;
} reading;

static void read_starving(void *arg)
{
    reading *r = arg;
    r->status = osp_secret_file(&r->arena, r->path, &r->text, &r->err);
}

static void judge_reading(void *arg, bool starved)
{
    reading *r = arg;
    OSP_CHECK((starved && r->status == OSP_E_NOMEM) ||
              (r->status == OSP_OK && osp_str_equal(r->text, OSP_STR("key"))));
    osp_arena_reset(&r->arena);
}

OSP_UNIT_TEST(secret_memory, "a file is read or not, whichever allocation fails")
{
    reading r = { .status = OSP_OK };
    begin(&r.arena);
    write_file("a", "key\n", 4, r.path);
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .work = read_starving, .judge = judge_reading, .arg = &r }) > 0);
    end(&r.arena);
}
