/* The configuration: its defaults, its keys, and how it reaches a worker. */
#include "serve/config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve/listen.h"
#include "tests/unit/fault.h"
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
    OSP_CHECK(read->health == known->health && read->pid_file.len == 0);
    OSP_CHECK(read->proxies.header == known->proxies.header && !read->proxies.protocol);
    OSP_CHECK(read->listen.addresses.count + read->proxies.trusted.count == 0);
    const osp_config_harden *a = &read->harden, *b = &known->harden;
    OSP_CHECK(a->seccomp == b->seccomp && a->landlock == b->landlock && a->exec == b->exec);
    OSP_CHECK(a->privileges == b->privileges && a->wx == b->wx && a->dump == b->dump);
    OSP_CHECK(a->umask == b->umask && a->verbose == b->verbose && a->user.len == 0);
    OSP_CHECK(a->read.count + a->write.count == 0);
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
/* So many bytes in half as many characters, one more in the second. */
#define H16 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
#define H64 H16 H16 H16 H16
#define H63 H16 H16 H16 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9x"

OSP_UNIT_TEST(config_host, "a host has no NUL, and what must have room in another limit has it")
{
    static const struct {
        const char *path, *value, *want;
    } cases[] = {
        { "limits.body", "67108864", "" },
        { "limits.body", "67108865",
          "error: --x: limits.body: must not be more than limits.bodies\n" },
        { "limits.pipelined", "33554432", "" },
        { "limits.pipelined", "33554433",
          "error: --x: limits.pipelined: must not be more than half of limits.answers\n" },
        { "listen.host", "", "error: --x: listen.host: must not be empty\n" },
        { "log.access", LONGEST, "" },
        { "log.access", LONGEST "a",
          "error: --x: log.access: must be at most 1000 characters long\n" },
        { "log.errors", "", "error: --x: log.errors: must not be empty\n" },
        { "log.level", "info", "" },
        { "log.level", "loud",
          "error: --x: log.level: must be one of debug, info, warning, error\n" },
        { "listen.host", H64 H64 H64 H63, "" },
        { "listen.host", H64 H64 H64 H63 "\xc3\xa9",
          "error: --x: listen.host: must not be longer than 255 bytes\n" },
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

/* Reads a configuration of options and variables; false: it is none. */
static bool read_all(osp_settings *s, const osp_config_args *args, char *const *environment)
{
    OSP_CHECK(chdir("/") == 0);
    return osp_config_load(s, args, environment) == OSP_OK;
}

OSP_UNIT_TEST(config_harden, "words leave parts of hardening out, and put them back")
{
    static const struct {
        const char *words, *seccomp, *want; /* seccomp; landlock, exec, verbose */
    } cases[] = {
        { NULL, NULL, "1:110" },
        { "landlock=off,seccomp=strict", NULL, "2:010" },
        { "off,landlock=on,", NULL, "0:100" },
        { "seccomp=off", "on", "1:110" },
        { "verbose=on,exec=off", "strict", "2:101" },
        { "off", NULL, "0:000" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        for (int by_option = 0; by_option < 2; by_option++) {
            osp_settings s;
            char words[80], seccomp[80], found[8];
            char *const environment[] = { words, seccomp, NULL };
            (void)snprintf(words, sizeof words, "OPENSPEED_HARDEN=%s",
                           cases[i].words != NULL ? cases[i].words : "");
            (void)snprintf(seccomp, sizeof seccomp, "OPENSPEED_SECCOMP=%s",
                           cases[i].seccomp != NULL ? cases[i].seccomp : "");
            const osp_config_args args = { .harden = cases[i].words,
                                           .options = { { "harden.seccomp", "--seccomp",
                                                          cases[i].seccomp } },
                                           .option_count = cases[i].seccomp != NULL };
            const osp_config_args none = { .file = NULL };
            OSP_CHECK(
                read_all(&s, by_option ? &args : &none, by_option ? no_environment : environment));
            const osp_config_harden *harden = &((const osp_config *)s.value)->harden;
            (void)snprintf(found, sizeof found, "%d:%d%d%d", (int)harden->seccomp, harden->landlock,
                           harden->exec, harden->verbose);
            OSP_CHECK_STR(osp_str_from(found), osp_str_from(cases[i].want));
            osp_settings_done(&s);
        }
    }
}

OSP_UNIT_TEST(config_harden_refused, "a word that says nothing is an error that names it")
{
    static const char *const bad[] = { "on",   "landlock",  "landlock=",       "landlock=yes",
                                       "=off", "locks=off", "exec=off;wx=off", "exec=strict" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        osp_settings s;
        char want[200];
        OSP_CHECK(!read_all(&s, &(osp_config_args){ .harden = bad[i] }, no_environment));
        (void)snprintf(want, sizeof want,
                       "error: --harden: \"%s\" says nothing; it is off, or words such as "
                       "landlock=off,exec=off\n",
                       bad[i]);
        OSP_CHECK_STR(((osp_str){ s.said.ptr, s.said.len }), osp_str_from(want));
        osp_settings_done(&s);
    }
}

OSP_UNIT_TEST(config_lists, "lists come by separators; options join, a variable replaces")
{
    osp_settings s;
    char *const environment[] = { "OPENSPEED_READ=/a:/b::",
                                  "OPENSPEED_WRITE=/c",
                                  "OPENSPEED_HARDEN_WRITE=/d:/e\"",
                                  "OPENSPEED_PROXIES_TRUSTED=::1",
                                  "OPENSPEED_LISTEN_ADDRESSES=*:1  unix:/x,mode=0600",
                                  NULL };
    const osp_config_args args = { .options = { { "proxies.trusted", "--t", "10.0.0.0/8,unix" },
                                                { "proxies.trusted", "--t", "::2" } },
                                   .option_count = 2 };
    OSP_CHECK(read_all(&s, &args, environment) && s.said.len == 0);
    const osp_config *config = s.value;
    OSP_CHECK(config->harden.read.count == 2 && config->harden.write.count == 2);
    OSP_CHECK_STR(config->harden.read.items[1], OSP_STR("/b"));
    OSP_CHECK_STR(config->harden.write.items[1], OSP_STR("/e\""));
    OSP_CHECK(config->listen.addresses.count == 2);
    OSP_CHECK_STR(config->listen.addresses.items[1], OSP_STR("unix:/x,mode=0600"));
    OSP_CHECK(config->proxies.trusted.count == 3);
    OSP_CHECK_STR(config->proxies.trusted.items[2], OSP_STR("::2"));
    osp_trust trust;
    osp_config_trust(config, &trust);
    OSP_CHECK(trust.count == 3 && !trust.forwarded);
    OSP_CHECK_STR(osp_settings_find(&s, OSP_STR("proxies.trusted"))->from, OSP_STR("--t"));
    osp_settings_done(&s);
}

typedef struct reading {
    osp_settings settings;
    osp_status status;
} reading;

static void read_lists(void *arg)
{
    reading *r = arg;
    char *const environment[] = { "OPENSPEED_LISTEN_ADDRESSES=*:1 unix:/x", NULL };
    const osp_config_args args = { .options = { { "proxies.trusted", "--t", "10.0.0.0/8,unix" },
                                                { "proxies.trusted", "--t", "::2" } },
                                   .option_count = 2 };
    r->status = osp_config_load(&r->settings, &args, environment);
}

static void judge_lists(void *arg, bool starved)
{
    reading *r = arg;
    OSP_CHECK(starved ? r->status == OSP_E_NOMEM || r->status == OSP_OK : r->status == OSP_OK);
    const osp_config *config = r->settings.value;
    OSP_CHECK(r->status != OSP_OK ||
              (config->listen.addresses.count == 2 && config->proxies.trusted.count == 3));
    osp_settings_done(&r->settings);
}

OSP_UNIT_TEST(config_lists_memory, "lists are read or not, whichever allocation fails")
{
    reading r = { .status = OSP_OK };
    OSP_CHECK(osp_fault_each(
                  &(osp_fault_trial){ .work = read_lists, .judge = judge_lists, .arg = &r }) > 5);
}

OSP_UNIT_TEST(config_memory_min, "a worker has the memory that it starts with, at least")
{
    static const struct {
        uint64_t bytes;
        bool good;
    } cases[] = {
        { 0, true }, { 1, false }, { OSP_MEMORY_MIN - 1, false }, { OSP_MEMORY_MIN, true }
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_settings s;
        char text[32];
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)cases[i].bytes);
        const osp_config_args args = { .options = { { "limits.memory", "--x", text } },
                                       .option_count = 1 };
        OSP_CHECK(read_all(&s, &args, no_environment) == cases[i].good);
        OSP_CHECK(cases[i].good ||
                  osp_str_starts_with((osp_str){ s.said.ptr, s.said.len },
                                      OSP_STR("error: --x: limits.memory: must be 0 "
                                              "or at least 16777216\n")));
        osp_settings_done(&s);
    }
}

OSP_UNIT_TEST(config_lists_refused, "an item that does not fit, and one item too many")
{
    static const struct {
        const char *path, *item;
        size_t most;
        const char *why;
    } cases[] = {
        { "listen.addresses", "*:1 ", OSP_LISTENERS_MAX, "must have at most 16 items" },
        { "proxies.trusted", "::1,", OSP_TRUST_RANGES_MAX, "must have at most 64 items" },
        { "harden.read", "/x:", OSP_CONFIG_PATHS_MAX, "must have at most 64 items" },
        { "listen.addresses", "x ", 0, "must end with a port, 0 to 65535" },
        { "proxies.trusted", "10.0.0.1/8", 0, "must be an address, a range or \"unix\"" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        for (size_t more = 0; more < 2; more++) {
            osp_settings s;
            char text[1024] = "", want[200];
            for (size_t n = 0; n < cases[i].most + more; n++) {
                (void)strcat(text, cases[i].item);
            }
            const osp_config_args args = { .options = { { cases[i].path, "--x", text } },
                                           .option_count = 1 };
            OSP_CHECK(read_all(&s, &args, no_environment) == (more == 0));
            (void)snprintf(want, sizeof want, "error: --x: %s: %s", cases[i].path, cases[i].why);
            OSP_CHECK(more == 0 || strncmp(s.said.ptr, want, strlen(want)) == 0);
            osp_settings_done(&s);
        }
    }
}

OSP_UNIT_TEST(config_proxies, "whose word is believed must be said")
{
    osp_settings s;
    const osp_config_args args = {
        .options = { { "proxies.protocol", "--proxy-protocol", "true" } }, .option_count = 1
    };
    char *const environment[] = { "OPENSPEED_PROXIES_HEADER=forwarded", NULL };
    OSP_CHECK(!read_all(&s, &args, no_environment));
    OSP_CHECK_STR(((osp_str){ s.said.ptr, s.said.len }),
                  OSP_STR("error: --proxy-protocol: proxies.protocol: needs proxies.trusted: whose "
                          "word is believed\n"));
    osp_settings_done(&s);
    OSP_CHECK(!read_all(&s, &(osp_config_args){ .file = NULL }, environment));
    OSP_CHECK(memmem(s.said.ptr, s.said.len, "proxies.header: needs proxies.trusted", 37) != NULL);
    osp_settings_done(&s);
}

OSP_UNIT_TEST(config_sealed, "a worker gets the same values, and nobody can change them")
{
    int fd = -1;
    osp_arena arena;
    osp_str paths[] = { OSP_STR("/a:b"), OSP_STR("/\"\n") };
    osp_config config = *osp_config_default();
    config.limits.body = 77;
    config.deadlines.drain_s = 5;
    config.harden.seccomp = OSP_SECCOMP_STRICT;
    config.harden.read = (osp_str_list){ paths, 2 };
    OSP_CHECK(osp_config_seal(&config, &fd) == OSP_OK);
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    const osp_config *got = osp_config_unseal(fd, &arena);
    OSP_CHECK(got != NULL && got->limits.body == 77 && got->deadlines.drain_s == 5);
    OSP_CHECK(got->harden.seccomp == OSP_SECCOMP_STRICT && got->harden.landlock);
    OSP_CHECK(got->harden.read.count == 2);
    OSP_CHECK_STR(got->harden.read.items[1], paths[1]);
    OSP_CHECK(osp_config_sealed_drain_s(fd) == 5 && osp_config_sealed_drain_s(-1) == OSP_DRAIN_S);
    OSP_CHECK(write(fd, "x", 1) < 0 && ftruncate(fd, 0) != 0);
    OSP_CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) != 0);
    close(fd);
    OSP_CHECK(osp_config_unseal(fd, &arena) == NULL);
    osp_arena_done(&arena);
}
