/* Names of the functions of a program, read from its own file when one of its processes has died.
 */
#ifndef OSP_SERVE_SYMBOLS_H
#define OSP_SERVE_SYMBOLS_H

#include <openspeed/base.h>

#define OSP_SYMBOLS_FILE_MAX ((size_t)1 << 30) /* bytes of an executable that is read */

typedef struct osp_symbols {
    osp_str file;    /* mapped */
    uint64_t at;     /* of the symbol table */
    uint64_t count;  /* of symbols */
    osp_str strings; /* their names */
} osp_symbols;

/* Maps the file and finds its symbol table.  Nothing about the file is trusted, not even its own.
 * owned by caller (close with osp_symbols_close).
 * Returns  OSP_OK | OSP_E_IO | OSP_E_NOT_FOUND (it is stripped, or no ELF64 file of this machine)
 */
OSP_MUST_CHECK osp_status osp_symbols_open(osp_symbols *symbols, const char *path);
void osp_symbols_close(osp_symbols *symbols);

typedef struct osp_symbol {
    osp_str name;
    osp_str file;    /* source file of a static function; empty: not known */
    uint64_t delta;  /* bytes from its beginning */
    uint64_t beside; /* of a static function: where the symbols of its source file begin */
} osp_symbol;

/* The function at an address of the file, before the loader added anything; false: there is none.
 */
bool osp_symbols_find(const osp_symbols *symbols, uint64_t address, osp_symbol *ret_symbol);
/* Whether a static function of the same source file as `symbol` begins at an address: of its name
 * the table has only what stands behind the last slash. */
bool osp_symbols_is_beside(const osp_symbols *symbols, const osp_symbol *symbol, uint64_t address);

/* What the loader has added to the addresses of this program. */
uint64_t osp_symbols_bias(void);

#endif
