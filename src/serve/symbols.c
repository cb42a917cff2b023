/* Looks up the function that an address belongs to.
 *
 *     Ehdr --e_shoff--> section headers --SHT_SYMTAB--> symbols --st_name--> string table
 *                                        FILE a.c, its static ones, FILE b.c, ..., global ones
 *
 * A table of some thousands of symbols is gone through once a frame: it happens when a worker has
 * crashed, and nothing is kept for it in the meantime.
 *
 * Source: System V ABI, chapter 4. */
#include "serve/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Copies a struct out; false when it is not all inside. */
static bool copy(osp_str from, uint64_t at, void *out, size_t size)
{
    if (at > from.len || size > from.len - at) {
        return false;
    }
    memcpy(out, from.ptr + at, size);
    return true;
}

static osp_str text_at(osp_str strings, uint64_t at)
{
    if (at >= strings.len) {
        return (osp_str){ 0 };
    }
    return (osp_str){ strings.ptr + at, strnlen(strings.ptr + at, strings.len - at) };
}

static osp_status map_file(const char *path, osp_str *ret_file)
{
    struct stat is;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return OSP_E_IO;
    }
    void *map = MAP_FAILED;
    if (fstat(fd, &is) == 0 && is.st_size > 0 && (uint64_t)is.st_size <= OSP_SYMBOLS_FILE_MAX) {
        map = mmap(NULL, (size_t)is.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    if (map == MAP_FAILED) {
        return OSP_E_IO;
    }
    *ret_file = (osp_str){ map, (size_t)is.st_size };
    return OSP_OK;
}

static bool find_table(osp_symbols *symbols)
{
    Elf64_Ehdr head;
    Elf64_Shdr section, strings;
    const osp_str file = symbols->file;
    if (!copy(file, 0, &head, sizeof(head)) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_shentsize != sizeof(section)) {
        return false;
    }
    for (uint64_t i = 0; i < head.e_shnum; i++) {
        if (!copy(file, head.e_shoff + i * sizeof(section), &section, sizeof(section))) {
            return false;
        }
        if (section.sh_type != SHT_SYMTAB || section.sh_entsize != sizeof(Elf64_Sym)) {
            continue;
        }
        const uint64_t link = head.e_shoff + section.sh_link * (uint64_t)sizeof(strings);
        if (!copy(file, link, &strings, sizeof(strings)) || strings.sh_offset > file.len ||
            strings.sh_size > file.len - strings.sh_offset) {
            return false;
        }
        symbols->at = section.sh_offset;
        symbols->count = section.sh_size / sizeof(Elf64_Sym);
        symbols->strings = (osp_str){ file.ptr + strings.sh_offset, (size_t)strings.sh_size };
        return true;
    }
    return false;
}

osp_status osp_symbols_open(osp_symbols *symbols, const char *path)
{
    *symbols = (osp_symbols){ 0 };
    OSP_TRY(map_file(path, &symbols->file));
    if (!find_table(symbols)) {
        osp_symbols_close(symbols);
        return OSP_E_NOT_FOUND;
    }
    return OSP_OK;
}

void osp_symbols_close(osp_symbols *symbols)
{
    if (symbols->file.ptr != NULL) {
        (void)munmap((void *)(uintptr_t)symbols->file.ptr, symbols->file.len);
    }
    *symbols = (osp_symbols){ 0 };
}

bool osp_symbols_find(const osp_symbols *symbols, uint64_t address, osp_symbol *ret_symbol)
{
    Elf64_Sym symbol;
    osp_str source = { 0 };
    uint64_t source_at = 0;
    for (uint64_t i = 0; i < symbols->count; i++) {
        if (!copy(symbols->file, symbols->at + i * sizeof(symbol), &symbol, sizeof(symbol))) {
            return false;
        }
        const unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if (type == STT_FILE) {
            source = text_at(symbols->strings, symbol.st_name);
            source_at = i + 1;
            continue;
        }
        if (type != STT_FUNC || address < symbol.st_value ||
            address - symbol.st_value >= symbol.st_size) {
            continue;
        }
        const bool is_static = ELF64_ST_BIND(symbol.st_info) == STB_LOCAL;
        *ret_symbol = (osp_symbol){ .name = text_at(symbols->strings, symbol.st_name),
                                    .file = is_static ? source : (osp_str){ 0 },
                                    .delta = address - symbol.st_value,
                                    .beside = is_static ? source_at : 0 };
        return true;
    }
    return false;
}

bool osp_symbols_is_beside(const osp_symbols *symbols, const osp_symbol *symbol, uint64_t address)
{
    Elf64_Sym at;
    for (uint64_t i = symbol->beside; i != 0 && i < symbols->count; i++) {
        if (!copy(symbols->file, symbols->at + i * sizeof(at), &at, sizeof(at)) ||
            ELF64_ST_TYPE(at.st_info) == STT_FILE || ELF64_ST_BIND(at.st_info) != STB_LOCAL) {
            return false;
        }
        if (ELF64_ST_TYPE(at.st_info) == STT_FUNC && at.st_value == address) {
            return true;
        }
    }
    return false;
}

static int take_bias(struct dl_phdr_info *info, size_t size, void *ret_bias)
{
    (void)size;
    *(uint64_t *)ret_bias = info->dlpi_addr;
    return 1; /* the program itself comes first */
}

uint64_t osp_symbols_bias(void)
{
    uint64_t bias = 0;
    (void)dl_iterate_phdr(take_bias, &bias);
    return bias;
}
