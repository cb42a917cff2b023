/* Functions of a program by their addresses, and files that are none. */
#include "serve/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static __attribute__((noinline)) int known_to_nobody_else(int x)
{
    return x * 3 + 1;
}

static __attribute__((noinline)) int known_to_its_file(int x)
{
    return x * 5 + 1;
}

OSP_UNIT_TEST(symbols_own, "a function of this program is found by an address within it")
{
    osp_symbols symbols;
    osp_symbol symbol;
    const uint64_t bias = osp_symbols_bias();
    int (*volatile function)(int) = known_to_nobody_else;
    OSP_CHECK(function(1) == 4);
    OSP_CHECK(osp_symbols_open(&symbols, "/proc/self/exe") == OSP_OK);
    OSP_CHECK(osp_symbols_find(&symbols, (uint64_t)(uintptr_t)function - bias + 1, &symbol));
    OSP_CHECK_STR(symbol.name, OSP_STR("known_to_nobody_else"));
    OSP_CHECK_STR(symbol.file, OSP_STR("symbols_test.c"));
    OSP_CHECK(symbol.delta == 1);
    int (*volatile other)(int) = known_to_its_file;
    const uint64_t beside = (uint64_t)(uintptr_t)other - bias;
    OSP_CHECK(other(1) == 6);
    OSP_CHECK(osp_symbols_is_beside(&symbols, &symbol, beside));
    OSP_CHECK(!osp_symbols_is_beside(&symbols, &symbol, beside + 1));
    OSP_CHECK(
        !osp_symbols_is_beside(&symbols, &symbol, (uint64_t)(uintptr_t)osp_symbols_bias - bias));
    OSP_CHECK(!osp_symbols_find(&symbols, UINT64_MAX, &symbol));
    OSP_CHECK(!osp_symbols_find(&symbols, 0, &symbol));
    osp_symbols_close(&symbols);
}

static osp_status open_bytes(const char *path, const void *bytes, size_t len)
{
    osp_symbols symbols;
    osp_symbol symbol;
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    OSP_CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && close(fd) == 0);
    const osp_status status = osp_symbols_open(&symbols, path);
    if (status == OSP_OK) {
        symbol = (osp_symbol){ .beside = 1 };
        (void)osp_symbols_is_beside(&symbols, &symbol, 0x1001);
        (void)osp_symbols_find(&symbols, 0x1000, &symbol);
        osp_symbols_close(&symbols);
    }
    return status;
}

OSP_UNIT_TEST(symbols_hostile,
              "what is no program, and tables that lie, are refused or find nothing")
{
    char path[] = "/tmp/openspeed-symbols-XXXXXX";
    const int fd = mkstemp(path);
    OSP_CHECK(fd >= 0 && close(fd) == 0);
    struct {
        Elf64_Ehdr head;
        Elf64_Shdr sections[2];
        Elf64_Sym symbols[2];
    } file = { .head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 },
                         .e_shoff = sizeof(Elf64_Ehdr),
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = 2 },
               .sections = { { .sh_type = SHT_SYMTAB,
                               .sh_entsize = sizeof(Elf64_Sym),
                               .sh_offset = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Shdr),
                               .sh_size = 2 * sizeof(Elf64_Sym),
                               .sh_link = 1 },
                             { .sh_offset = 0, .sh_size = 4 } },
               .symbols = {
                   { .st_name = 9999, .st_info = STT_FILE },
                   { .st_name = 9999, .st_info = STT_FUNC, .st_value = 0x1000, .st_size = 1 } } };
    OSP_CHECK(open_bytes(path, &file, sizeof(file)) == OSP_OK);
    OSP_CHECK(open_bytes(path, "", 0) == OSP_E_IO);
    OSP_CHECK(open_bytes(path,
                         "\x7f"
                         "ELF",
                         4) == OSP_E_NOT_FOUND);
    file.sections[0].sh_size = UINT64_MAX; /* symbols beyond the end are none */
    OSP_CHECK(open_bytes(path, &file, sizeof(file)) == OSP_OK);
    file.sections[0].sh_offset = UINT64_MAX - 8;
    OSP_CHECK(open_bytes(path, &file, sizeof(file)) == OSP_OK);
    file.sections[1].sh_size = sizeof(file) + 1;
    OSP_CHECK(open_bytes(path, &file, sizeof(file)) == OSP_E_NOT_FOUND);
    file.sections[0].sh_link = UINT32_MAX;
    OSP_CHECK(open_bytes(path, &file, sizeof(file)) == OSP_E_NOT_FOUND);
    file.head.e_shoff = UINT64_MAX - 16;
    OSP_CHECK(open_bytes(path, &file, sizeof(file)) == OSP_E_NOT_FOUND);
    OSP_CHECK(unlink(path) == 0);
    osp_symbols symbols;
    OSP_CHECK(osp_symbols_open(&symbols, path) == OSP_E_IO);
}
