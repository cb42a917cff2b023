#include "build/chains.h"

#include "tests/unit/unit.h"

static osp_arena arena;
static osp_trie trie;
static osp_chains chains;
static osp_kit_list files;
static osp_error err;

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, 1 << 24);
    osp_trie_init(&trie, &arena);
    chains = (osp_chains){ 0 };
    files = (osp_kit_list){ 0 };
    err = (osp_error){ 0 };
}

/* A middleware.c with one declaration a line. */
static void add_file(const char *file, const char *unit, const char *lines)
{
    osp_kit_push(&arena, &files, file);
    for (; *lines != 0; lines++) {
        const char *name = osp_kit_format(&arena, "%s__%c", unit, *lines);
        OSP_CHECK(osp_chains_add(&arena, &chains, file, osp_str_from(name), &err) == OSP_OK);
    }
}

static const osp_trie_leaf *leaf(const char *pattern)
{
    for (size_t i = 0; i < trie.leaves.count; i++) {
        const osp_trie_leaf *one = trie.leaves.items[i];
        if (strcmp(one->pattern, pattern) == 0) {
            return one;
        }
    }
    OSP_CHECK(!"the pattern is a leaf");
    return NULL;
}

/* "root:2 admin:7" of its steps. */
static const char *steps_of(const osp_chain *chain)
{
    const char *text = "";
    for (size_t i = 0; chain != NULL && i < chain->steps.count; i++) {
        const osp_chain_step *step = chain->steps.items[i];
        text =
            osp_kit_format(&arena, "%s %.*s:%d", text, (int)(strrchr(step->file, '/') - step->file),
                           step->file, (int)step->line);
    }
    return text;
}

#define ROOT "routes_2fmiddleware_2ec"
#define ADMIN "routes_2f_28in_29_2fadmin_2fmiddleware_2ec"

OSP_UNIT_TEST(chains_nest,
              "a folder's middleware wraps all below, from the outside inwards, by line")
{
    begin();
    OSP_CHECK(osp_trie_add(&trie, "routes/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_add(&trie, "routes/(in)/admin/users/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_add(&trie, "routes/(in)/administer/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_add(&trie, "(openspeed)/openapi.json/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    add_file("routes/(in)/admin/middleware.c", ADMIN, "83");
    add_file("routes/middleware.c", ROOT, "5");
    OSP_CHECK(osp_chains_end(&arena, &chains, &files, &trie, &err) == OSP_OK);
    OSP_CHECK_STR(osp_str_from(steps_of(leaf("/admin/users")->chain)),
                  OSP_STR(" routes:5 routes/(in)/admin:3 routes/(in)/admin:8"));
    OSP_CHECK_STR(osp_str_from(steps_of(leaf("/administer")->chain)), OSP_STR(" routes:5"));
    OSP_CHECK_STR(osp_str_from(steps_of(chains.root)), OSP_STR(" routes:5"));
    OSP_CHECK(leaf("/")->chain == chains.root && leaf("/openapi.json")->chain == chains.root);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(chains_none, "without middleware no leaf has a chain")
{
    begin();
    OSP_CHECK(osp_trie_add(&trie, "routes/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    OSP_CHECK(osp_chains_end(&arena, &chains, &files, &trie, &err) == OSP_OK);
    OSP_CHECK(leaf("/")->chain == NULL && chains.root == NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(chains_refused, "middleware that is elsewhere, declares nothing or wraps nothing")
{
    begin();
    OSP_CHECK(osp_trie_add(&trie, "routes/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    OSP_CHECK(osp_chains_add(&arena, &chains, "routes/route.c", OSP_STR("routes_2froute_2ec__3"),
                             &err) == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "only a middleware.c at or below routes/ can") != NULL);
    OSP_CHECK(osp_chains_add(&arena, &chains, "lib/middleware.c", OSP_STR("x__3"), &err) ==
              OSP_E_BUILD);
    OSP_CHECK(osp_chains_add(&arena, &chains, "routes/middleware.c", OSP_STR(ROOT "__x"), &err) ==
              OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "unknown symbol") != NULL);
    add_file("routes/middleware.c", ROOT, "");
    OSP_CHECK(osp_chains_end(&arena, &chains, &files, &trie, &err) == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "routes/middleware.c declares no middleware") != NULL);
    chains = (osp_chains){ 0 };
    files = (osp_kit_list){ 0 };
    add_file("routes/(in)/admin/middleware.c", ADMIN, "3");
    OSP_CHECK(osp_chains_end(&arena, &chains, &files, &trie, &err) == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "routes/(in)/admin/middleware.c wraps nothing") != NULL);
    osp_arena_done(&arena);
}
