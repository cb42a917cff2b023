/* What the builder reads in an object file. */
#ifndef OSP_BUILD_ELF_H
#define OSP_BUILD_ELF_H

#include "base/arena.h"

#define OSP_ELF_ROUTES_MAX 64        /* routes one file can declare */
#define OSP_ELF_LANGUAGES_MAX 64     /* languages one file can declare messages of */
#define OSP_ELF_SYMBOLS_MAX 1000000u /* symbols of one object */

typedef struct osp_elf_symbols {
    osp_str routes[OSP_ELF_ROUTES_MAX];       /* osp_route_* this object defines; slices of it */
    osp_str languages[OSP_ELF_LANGUAGES_MAX]; /* X of osp_messages_X it defines; slices of it */
    size_t route_count, language_count;
    bool has_info; /* it defines osp_app_info_ */
    osp_str btf;   /* its .BTF section, or empty; a slice of it */
    bool uses_db;  /* it calls osp_db_* or osp_transaction_* */
} osp_elf_symbols;

/* Reads the symbol table of a relocatable ELF64 object of this machine's byte order.
 *
 * object       borrowed; the names point into it.  Nothing about it is trusted.
 * ret_symbols  written on OSP_OK; partly overwritten otherwise
 * Returns      OSP_OK | OSP_E_INVALID | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_elf_read(osp_str object, osp_elf_symbols *ret_symbols,
                                       osp_error *err);

#endif
