/* What the builder reads in an object file. */
#ifndef OSP_BUILD_ELF_H
#define OSP_BUILD_ELF_H

#include "base/arena.h"

#define OSP_ELF_DECLARED_MAX 256     /* things one file can declare */
#define OSP_ELF_SYMBOLS_MAX 1000000u /* symbols of one object */

/* What a file of an application can declare. */
typedef enum osp_declared_kind {
    OSP_DECLARED_ROUTE = 0,  /* osp_route_<unit>__<method> */
    OSP_DECLARED_MESSAGES,   /* osp_messages_<language> */
    OSP_DECLARED_INFO,       /* osp_app_info_ */
    OSP_DECLARED_FAILURES,   /* osp_failures_ */
    OSP_DECLARED_MATCHER,    /* osp_matcher_<name> */
    OSP_DECLARED_TEST,       /* osp_test_<unit>__<name> */
    OSP_DECLARED_MIDDLEWARE, /* osp_middleware_<unit>__<line> */
    OSP_DECLARED_JOB,        /* osp_job__<name> */
    OSP_DECLARED_QUERY,      /* osp_query_<name> */
    OSP_DECLARED_LAYOUT,     /* osp_layout_<unit>__GET */
    OSP_DECLARED_ACTION,     /* osp_action_<unit>__<function> */
    OSP_DECLARED_FILTER,     /* osp_filter_<name> */
    OSP_DECLARED_COUNT
} osp_declared_kind;

typedef struct osp_declared {
    osp_declared_kind kind;
    osp_str name;  /* of the symbol, behind the prefix of its kind; a slice of the object */
    osp_str value; /* its bytes, up to the end of its section, where pointers are not set yet; a
                    * slice of the object, or empty */
} osp_declared;

typedef struct osp_elf_symbols {
    osp_declared declared[OSP_ELF_DECLARED_MAX];
    size_t count;
    osp_str btf;  /* its .BTF section, or empty; a slice of it */
    bool uses_db; /* it calls osp_db_* or osp_transaction_* */
} osp_elf_symbols;

/* Reads the symbol table of a relocatable ELF64 object of this machine's byte order.
 *
 * object       borrowed; the names point into it.  Nothing about it is trusted.
 * ret_symbols  written on OSP_OK; partly overwritten otherwise
 * Returns      OSP_OK | OSP_E_INVALID | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_elf_read(osp_str object, osp_elf_symbols *ret_symbols,
                                       osp_error *err);

#endif
