/* Answers tests/oracle/routes.mjs: which route of a tree answers a URL.  Lines come in:
 *
 *     tree             a new one
 *     file routes/...  of the tree
 *     url /...         a request target; after the files
 *
 * and for each tree a line goes out, "ok" or "refused MESSAGE", then one for each URL: "400",
 * "404", or the file and its parameters, "routes/[a]/route.c a=6162", their texts in hexadecimal.
 * It is the build's own trie and proof, and the tables and router that serve; a '/' at the end of a
 * URL is passed over, as OSP_SLASH_IGNORE has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctx.h"
#include "build/urls.h"
#include "tests/unit/trees.h"
#include "wire/uri.h"

#define ARENA_MAX ((size_t)256 << 20)

typedef struct tree {
    osp_arena arena;
    osp_trie trie;
    osp_error err;
    const osp_route_node *root; /* once it is proved */
    bool is_told;
} tree;

static const osp_app_info info = { .trailing_slash = OSP_SLASH_IGNORE };

static void begin(tree *t)
{
    osp_arena_done(&t->arena);
    osp_arena_init(&t->arena, NULL, 0, ARENA_MAX);
    osp_trie_init(&t->trie, &t->arena);
    t->err = (osp_error){ 0 };
    t->root = NULL;
    t->is_told = false;
}

static void add_file(tree *t, const char *file)
{
    osp_error err = { 0 };
    const char *kept = osp_kit_format(&t->arena, "%s", file);
    if (osp_trie_add(&t->trie, kept, &err) != OSP_OK && t->err.status == OSP_OK) {
        t->err = err;
    }
}

/* In the steps of the build. */
static osp_status prove(tree *t)
{
    const osp_kit_list matchers = { 0 };
    const osp_urls urls = { .slash = info.trailing_slash };
    OSP_TRY(t->err.status);
    OSP_TRY(osp_trie_end(&t->trie, &t->err));
    OSP_TRY(osp_urls_apply(&urls, &t->trie, &t->err));
    return osp_proof_run(&t->trie, &matchers, &t->err);
}

static void tell(tree *t)
{
    if (t->is_told) {
        return;
    }
    t->is_told = true;
    if (prove(t) == OSP_OK) {
        t->root = osp_tree_tables(&t->arena, &t->trie);
        puts("ok");
    } else {
        printf("refused %s\n", t->err.message);
    }
}

static const osp_trie_leaf *leaf_of(const tree *t, const char *file)
{
    for (size_t i = 0; i < t->trie.leaves.count; i++) {
        const osp_trie_leaf *leaf = t->trie.leaves.items[i];
        if (leaf->file == file) {
            return leaf;
        }
    }
    return NULL;
}

static void write_match(const tree *t, const osp_route_match *match)
{
    const osp_trie_leaf *leaf = leaf_of(t, match->leaf->file);
    OSP_ASSERT(leaf != NULL && match->param_count <= leaf->param_count);
    fputs(leaf->file, stdout);
    for (size_t i = 0; i < match->param_count; i++) {
        printf(" %.*s=", OSP_ARG(leaf->params[i]));
        for (size_t k = 0; k < match->params[i].len; k++) {
            printf("%02x", (unsigned)(unsigned char)match->params[i].ptr[k]);
        }
    }
    putchar('\n');
}

static void find(tree *t, const char *url)
{
    const osp_app_def app = { .info = &info, .root = t->root };
    osp_ctx ctx = { .app = &app };
    osp_target target;
    if (osp_target_split(osp_str_from(url), &target) != OSP_OK ||
        osp_path_normalise(target.path, &t->arena, &ctx.request.path) != OSP_OK) {
        puts("400");
    } else if (osp_route_find(app.root, ctx.request.path, 0, &ctx.match) == OSP_OK ||
               osp_slash_find(&ctx) == OSP_OK) {
        write_match(t, &ctx.match);
    } else {
        puts("404");
    }
}

int main(void)
{
    tree t = { 0 };
    char *line = NULL;
    size_t size = 0;
    begin(&t);
    t.is_told = true;
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "tree") == 0) {
            tell(&t);
            begin(&t);
        } else if (strncmp(line, "file ", 5) == 0) {
            add_file(&t, line + 5);
        } else if (strncmp(line, "url ", 4) == 0) {
            tell(&t);
            find(&t, line + 4);
        } else {
            return 2;
        }
    }
    tell(&t);
    free(line);
    osp_arena_done(&t.arena);
    return 0;
}
