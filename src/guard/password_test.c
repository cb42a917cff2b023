/* Passwords, hashed inline: the task has no crypto queue. */
#include "guard/password.h"

#include <sys/resource.h>

#include "tests/unit/unit.h"

#define ROOM ((rlim_t)32 << 20) /* bytes, of which a hash takes twice as many */

static osp_arena arena;
static osp_task task;

static void set_up(void)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_task_init(&task, &arena);
}

OSP_UNIT_TEST(password_round, "a hash matches its password and no other")
{
    set_up();
    osp_str hash = { 0 }, again = { 0 };
    OSP_CHECK(osp_password_hash(&task, S("รหัสผ่าน"), &hash) == OSP_OK);
    OSP_CHECK(osp_password_hash(&task, S("รหัสผ่าน"), &again) == OSP_OK);
    OSP_CHECK(osp_str_starts_with(hash, S("$argon2id$v=19$m=65536,t=2,p=1$")));
    OSP_CHECK(!osp_str_equal(hash, again));
    bool match = false;
    OSP_CHECK(osp_password_check(&task, S("รหัสผ่าน"), hash, &match) == OSP_OK && match);
    OSP_CHECK(osp_password_check(&task, S("รหัสผ่า"), hash, &match) == OSP_OK && !match);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(password_no_hash,
              "an empty or malformed hash takes the time of a hash and never matches")
{
    set_up();
    static const char *const cases[] = {
        "", "$argon2id$", "plain", "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA"
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        bool match = true;
        const int64_t begin = osp_now_us();
        OSP_CHECK(osp_password_check(&task, S("plain"), osp_str_from(cases[i]), &match) == OSP_OK);
        OSP_CHECK(!match);
        OSP_CHECK(osp_now_us() - begin > 5000);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(password_limits, "1024 bytes are a password, 1025 are none")
{
    set_up();
    char text[OSP_PASSWORD_BYTES_MAX + 1];
    memset(text, 'a', sizeof(text));
    osp_str hash = { 0 };
    bool match = false;
    OSP_CHECK(osp_password_hash(&task, ((osp_str){ text, sizeof(text) }), &hash) == OSP_E_LIMIT);
    OSP_CHECK(osp_password_check(&task, ((osp_str){ text, sizeof(text) }), hash, &match) ==
              OSP_E_LIMIT);
    OSP_CHECK(osp_password_hash(&task, ((osp_str){ text, sizeof(text) - 1 }), &hash) == OSP_OK);
    OSP_CHECK(osp_password_hash(&task, ((osp_str){ 0 }), &hash) == OSP_OK);
    OSP_CHECK(osp_password_check(&task, ((osp_str){ 0 }), hash, &match) == OSP_OK && match);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(password_foreign, "a hash with another salt is compared too")
{
    set_up();
    const osp_str hash = OSP_STR(
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
    bool match = false;
    OSP_CHECK(osp_password_check(&task, S("password"), hash, &match) == OSP_OK && match);
    OSP_CHECK(osp_password_check(&task, S("passwore"), hash, &match) == OSP_OK && !match);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(password_memory, "without memory to compare, nobody is told that a password is wrong")
{
    set_up();
    osp_str hash = { 0 };
    OSP_CHECK(osp_password_hash(&task, S("right"), &hash) == OSP_OK);
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    OSP_CHECK(file != NULL && fscanf(file, "%ld", &pages) == 1 && fclose(file) == 0);
    const rlim_t bytes = (rlim_t)pages * 4096 + ROOM;
    OSP_CHECK(setrlimit(RLIMIT_AS, &(struct rlimit){ bytes, bytes }) == 0);
    bool match = true;
    OSP_CHECK(osp_password_check(&task, S("right"), hash, &match) == OSP_E_NOMEM);
    OSP_CHECK(osp_password_hash(&task, S("right"), &hash) == OSP_E_NOMEM);
    osp_arena_done(&arena);
}
