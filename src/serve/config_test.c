/* The configuration: its defaults, its keys, and how it reaches a worker. */
#include "serve/config.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char *no_environment[] = { NULL };

OSP_UNIT_TEST(config_defaults, "what is described as default is what holds without a file")
{
    osp_settings s;
    const osp_config_args args = { .file = NULL };
    OSP_CHECK(chdir("/") == 0);
    OSP_CHECK(osp_config_load(&s, &args, no_environment) == OSP_OK && s.said.len == 0);
    const osp_config *read = s.value, *known = osp_config_default();
    OSP_CHECK_STR(read->listen.host, known->listen.host);
    OSP_CHECK(read->listen.port == known->listen.port);
    OSP_CHECK(read->listen.backlog == known->listen.backlog && read->workers == known->workers);
    OSP_CHECK(memcmp(&read->limits, &known->limits, sizeof read->limits) == 0);
    OSP_CHECK(memcmp(&read->deadlines, &known->deadlines, sizeof read->deadlines) == 0);
    osp_settings_done(&s);
}

OSP_UNIT_TEST(config_variables, "every key has a variable of its own, with and without _FILE")
{
    osp_settings s;
    const osp_config_args args = { .file = NULL };
    OSP_CHECK(chdir("/") == 0 && osp_config_load(&s, &args, no_environment) == OSP_OK);
    for (size_t i = 0; i < s.key_count; i++) {
        for (size_t j = 0; j < s.key_count; j++) {
            const osp_str a = s.keys[i].variable, b = s.keys[j].variable;
            const bool begins = i != j && osp_str_starts_with(b, a);
            OSP_CHECK(!begins ||
                      !osp_str_equal((osp_str){ b.ptr + a.len, b.len - a.len }, OSP_STR("_FILE")));
            OSP_CHECK(i == j || !osp_str_equal(a, b));
        }
        OSP_CHECK(s.keys[i].field->doc != NULL);
    }
    osp_settings_done(&s);
}

#define TEN "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONGEST HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
_Static_assert(sizeof(LONGEST) - 1 == OSP_LOG_PATH_MAX, "as long as the path of a log may be");

OSP_UNIT_TEST(config_host, "a host has no NUL, and a body fits among all bodies")
{
    static const struct {
        const char *path, *value, *want;
    } cases[] = {
        { "limits.body", "67108864", "" },
        { "limits.body", "67108865",
          "error: --x: limits.body: must not be more than limits.bodies\n" },
        { "listen.host", "", "error: --x: listen.host: must not be empty\n" },
        { "log.access", LONGEST, "" },
        { "log.access", LONGEST "a",
          "error: --x: log.access: must be at most 1000 characters long\n" },
        { "log.errors", "", "error: --x: log.errors: must not be empty\n" },
        { "log.level", "info", "" },
        { "log.level", "loud",
          "error: --x: log.level: must be one of debug, info, warning, error\n" },
    };
    OSP_CHECK(chdir("/") == 0);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_settings s;
        osp_config_args args = { .options = { { cases[i].path, "--x", cases[i].value } },
                                 .option_count = 1 };
        (void)!osp_config_load(&s, &args, no_environment);
        OSP_CHECK_STR(((osp_str){ s.said.ptr, s.said.len }), osp_str_from(cases[i].want));
        osp_settings_done(&s);
    }
    char path[] = "/tmp/openspeed-config-XXXXXX";
    static const char text[] = "{\"listen\": {\"host\": \"a\\u0000b\"}}";
    const int fd = mkstemp(path);
    OSP_CHECK(fd >= 0 && write(fd, text, sizeof text - 1) == sizeof text - 1);
    osp_settings s;
    OSP_CHECK(osp_config_load(&s, &(osp_config_args){ .file = path }, no_environment) ==
              OSP_E_INVALID);
    OSP_CHECK(memmem(s.said.ptr, s.said.len, "must not hold a NUL", 19) != NULL);
    osp_settings_done(&s);
    unlink(path);
    close(fd);
}

OSP_UNIT_TEST(config_others, "variables of other parts are known, and others warned of")
{
    char *const others[] = {
        "OPENSPEED_USER=0",      "OPENSPEED_HARDEN=off", "OPENSPEED_SECCOMP=on",
        "OPENSPEED_READ=/a",     "OPENSPEED_WRITE=/b",   "OPENSPEED_HANDOVER=1",
        "OPENSPEED_BUILD_DIR=b", "OPENSPEED_HOME=/c",    NULL
    };
    char *const unknown[] = { "OPENSPEED_USR=0", NULL };
    const osp_config_args args = { .file = NULL };
    osp_settings s;
    OSP_CHECK(chdir("/") == 0 && osp_config_load(&s, &args, others) == OSP_OK && s.said.len == 0);
    osp_settings_done(&s);
    OSP_CHECK(osp_config_load(&s, &args, unknown) == OSP_OK && s.said.len > 0);
    osp_settings_done(&s);
}

OSP_UNIT_TEST(config_workers,
              "no number of workers is as many as processors, and not more than 256")
{
    static const struct {
        const char *value;
        bool good;
    } cases[] = { { "0", true }, { "256", true }, { "257", false }, { "auto", false } };
    OSP_CHECK(chdir("/") == 0);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_settings s;
        osp_config_args args = { .options = { { "workers", "--workers", cases[i].value } },
                                 .option_count = 1 };
        OSP_CHECK((osp_config_load(&s, &args, no_environment) == OSP_OK) == cases[i].good);
        osp_settings_done(&s);
    }
}

OSP_UNIT_TEST(config_sealed, "a worker gets the same values, and nobody can change them")
{
    int fd = -1;
    osp_config config = *osp_config_default();
    config.limits.body = 77;
    config.deadlines.drain_s = 5;
    OSP_CHECK(osp_config_seal(&config, &fd) == OSP_OK);
    const osp_config *mapped = osp_config_map(fd);
    OSP_CHECK(mapped != NULL && mapped->limits.body == 77 && mapped->deadlines.drain_s == 5);
    OSP_CHECK(mapped->listen.host.ptr == NULL && mapped->schema.ptr == NULL);
    OSP_CHECK(write(fd, "x", 1) < 0 && ftruncate(fd, 0) != 0);
    OSP_CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) != 0);
    close(fd);
    OSP_CHECK(osp_config_map(fd) == NULL);
}
