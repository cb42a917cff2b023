/* Passwords, hashed inline: the task has no crypto queue. */
#include "guard/password.h"

#include "tests/unit/unit.h"

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
