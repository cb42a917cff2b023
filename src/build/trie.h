/* The URLs of an application as a trie, and the proof that each URL has one answer. */
#ifndef OSP_BUILD_TRIE_H
#define OSP_BUILD_TRIE_H

#include <openspeed/manifest.h>

#include "build/segment.h"

#define OSP_TRIE_WAYS_MAX 64        /* patterns such as [id=int] in one URL segment */
#define OSP_TRIE_SIBLINGS_MAX 16384 /* static folders and files in one URL segment */
#define OSP_TRIE_HOSTS_MAX 256      /* that routes stand on, each with a table of its own */
#define OSP_TRIE_PERFECT_MAX 256    /* of them for each of which there is a slot of its own */
#define OSP_TRIE_PROBES_MAX 16      /* slots behind a segment's own that it may stand in */
#define OSP_TRIE_MASK_MAX 0x3ffffu  /* slots of a node, less one */
#define OSP_TRIE_SEEDS 16384u       /* tried for each size of table */

struct osp_site_def;

/* A URL pattern and the file that answers it. */
typedef struct osp_trie_leaf {
    const char *file; /* borrowed until the trie goes */
    const char *unit; /* in the symbols of its routes; NULL: that of `file` */
    char *pattern;
    const char *hosts; /* "admin.example.com,*.example.com"; NULL: on all of them */
    osp_str params[OSP_PATH_PARAMS_MAX];
    uint8_t param_count, methods; /* methods: filled in later, a bit per osp_method */
    osp_rest rest;
    bool bare;                       /* a catch-all takes no '/' at the end */
    const osp_asset *asset;          /* of public/; NULL: it is a route */
    const struct osp_site_def *page; /* of a page.html; NULL: it is a route */
    size_t index;                    /* among the leaves, by pattern */
    const struct osp_chain *chain;   /* filled in later; NULL: none */
} osp_trie_leaf;

typedef struct osp_trie_node osp_trie_node;

typedef struct osp_trie_edge {
    osp_str segment;
    osp_trie_node *node;
} osp_trie_edge;

/* A way on that a part of the segments takes, such as [id=int]. */
typedef struct osp_trie_way {
    osp_segment segment; /* a pattern */
    osp_str key;         /* the segment without the names of its parameters */
    const char *file;    /* the first to go this way */
    osp_trie_node *node;
} osp_trie_way;

struct osp_trie_node {
    const osp_trie_node *parent; /* NULL: of the root */
    osp_kit_list edges;          /* osp_trie_edge * */
    osp_kit_list ways;           /* osp_trie_way *: in the order of trying, after osp_proof_run */
    osp_trie_node *param;
    osp_str param_name;
    const char *param_file; /* the first to name the parameter */
    osp_trie_leaf *rest;    /* [...name] or [[...name]]; the latter is `leaf` too */
    osp_trie_leaf *leaf;
    size_t index;
    uint32_t seed, mask;                  /* these and the next after osp_trie_end */
    uint8_t probes;                       /* how far behind its own slot a child may stand */
    const osp_trie_edge **slots;          /* mask + 1 of them; NULL: without children */
    const struct osp_site_def *not_found; /* filled in later; NULL: as above it */
};

typedef struct osp_trie {
    osp_arena *arena;
    osp_kit_list nodes;   /* osp_trie_node *: a parent before its children; the first is the root */
    osp_trie_node *hosts; /* not of the nodes: an edge to the root of each host, and the first node
                             as its parameter; NULL: routes stand on no hosts */
    osp_kit_list leaves;  /* osp_trie_leaf *: by pattern, after osp_trie_end */
    const osp_trie_edge **index; /* of all edges, by parent and segment: a power of two of slots */
    size_t index_size, edge_count;
} osp_trie;

void osp_trie_init(osp_trie *trie, osp_arena *arena);
/* Adds "routes/users/[id]/route.c", or "routes/(@admin.example.com)/users/route.c", which no URL of
 * another host comes to.  Returns OSP_OK | OSP_E_BUILD: a second answer for one URL, a
 * second name for one parameter (both files are named), too many parameters.  Whether two patterns
 * can be one URL is for osp_proof_run to find out. */
OSP_MUST_CHECK osp_status osp_trie_add(osp_trie *trie, const char *file, osp_error *err);
/* The nodes that the folder of `file` leads to, before osp_trie_rebase: one, or one on each of its
 * hosts, or none where nothing is at or below it. */
void osp_trie_find(osp_trie *trie, const char *file, osp_kit_list *ret_nodes);
/* Adds a URL whose segments are taken as they are, brackets and spaces included, such as that of a
 * file.  The leaf is the last one of the trie's leaves until osp_trie_end.
 *
 * path     "/img/a [1].png", "/img/", or "/" alone: as the normal form of a URL has it (wire/uri.h)
 * file     what answers, for messages; borrowed until the trie goes
 * Returns  OSP_OK | OSP_E_BUILD: a second answer for one URL (both files are named), or a path that
 *          no normal form is like, which nobody could ask for */
OSP_MUST_CHECK osp_status osp_trie_add_literal(osp_trie *trie, osp_str path, const char *file,
                                               osp_error *err);
/* Puts all URLs below a base such as "/shop"; osp_trie_end is to be called anew.  The base is as a
 * path of osp_trie_add_literal.  OSP_OK | OSP_E_BUILD. */
OSP_MUST_CHECK osp_status osp_trie_rebase(osp_trie *trie, osp_str base, const char *file,
                                          osp_error *err);
/* Sorts the leaves and finds the perfect hash of every node.  OSP_OK | OSP_E_BUILD. */
OSP_MUST_CHECK osp_status osp_trie_end(osp_trie *trie, osp_error *err);

#endif
