/* The symbol table of an executable: whatever stands in the file, names lie within it, and an
 * address lies within the function that it is said to be in. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve/symbols.h"

static void check_inside(const osp_symbols *symbols, osp_str text)
{
    const osp_str all = symbols->strings;
    OSP_ASSERT(text.len == 0 || (text.ptr >= all.ptr && text.len <= all.len &&
                                 (size_t)(text.ptr - all.ptr) <= all.len - text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[64];
    fd = fd < 0 ? memfd_create("symbols", MFD_CLOEXEC) : fd;
    OSP_ASSERT(fd >= 0 && ftruncate(fd, 0) == 0);
    OSP_ASSERT(pwrite(fd, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    osp_symbols symbols;
    if (osp_symbols_open(&symbols, path) != OSP_OK) {
        return 0;
    }
    for (uint64_t address = 0; address < 256; address += 5) {
        osp_symbol symbol;
        if (osp_symbols_find(&symbols, address, &symbol)) {
            OSP_ASSERT(symbol.delta <= address);
            check_inside(&symbols, symbol.name);
            check_inside(&symbols, symbol.file);
        }
    }
    osp_symbols_close(&symbols);
    return 0;
}
