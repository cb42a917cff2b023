/* Reads what an object declares: routes, messages, the application itself.
 *
 *     Ehdr --e_shoff--> section headers --SHT_SYMTAB--> symbols --st_name--> string table
 *
 * OSP_ROUTE and its kin define one global symbol each; so the compiler, not a scan of the source,
 * says what a file declares.  Every offset is checked against the file before it is followed, and
 * structs are copied out because nothing promises alignment.
 *
 * Cost: linear in the symbols.  Source: System V ABI, chapter 4. */
#include "build/elf.h"

#include <elf.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OSP_ELF_DATA ELFDATA2LSB
#else
#define OSP_ELF_DATA ELFDATA2MSB
#endif

static const char *const declared_prefixes[OSP_DECLARED_COUNT] = {
    [OSP_DECLARED_ROUTE] = "osp_route_",   [OSP_DECLARED_MESSAGES] = "osp_messages_",
    [OSP_DECLARED_INFO] = "osp_app_info_", [OSP_DECLARED_MATCHER] = "osp_matcher_",
    [OSP_DECLARED_TEST] = "osp_test_",     [OSP_DECLARED_MIDDLEWARE] = "osp_middleware_",
    [OSP_DECLARED_JOB] = "osp_job__",      [OSP_DECLARED_FAILURES] = "osp_failures_",
    [OSP_DECLARED_QUERY] = "osp_query_",   [OSP_DECLARED_LAYOUT] = "osp_layout_",
    [OSP_DECLARED_ACTION] = "osp_action_", [OSP_DECLARED_FILTER] = "osp_filter_",
};
static const char *const db_prefixes[] = { "osp_db_", "osp_transaction_" };

/* `len` bytes at `at`, or an empty slice when they are not all inside. */
static osp_str slice(osp_str object, uint64_t at, uint64_t len)
{
    if (at > object.len || len > object.len - at) {
        return (osp_str){ NULL, 0 };
    }
    return (osp_str){ object.ptr + at, (size_t)len };
}

/* Copies a struct out; false when it is not all inside. */
static bool copy(osp_str object, uint64_t at, void *out, size_t size)
{
    const osp_str bytes = slice(object, at, size);
    if (bytes.ptr == NULL) {
        return false;
    }
    memcpy(out, bytes.ptr, size);
    return true;
}

static osp_status invalid(osp_error *err, const char *what)
{
    return osp_error_set(err, OSP_E_INVALID, "the object file is damaged: %s", what);
}

static void take_use(osp_str name, osp_elf_symbols *symbols)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(db_prefixes); i++) {
        symbols->uses_db |= osp_str_starts_with(name, osp_str_from(db_prefixes[i]));
    }
}

/* The bytes that a symbol stands at, up to the end of its section. */
static osp_str value_of(osp_str object, const Elf64_Sym *symbol)
{
    Elf64_Ehdr header;
    Elf64_Shdr section;
    if (!copy(object, 0, &header, sizeof(header)) || symbol->st_shndx >= SHN_LORESERVE ||
        header.e_shoff > object.len ||
        !copy(object, header.e_shoff + symbol->st_shndx * sizeof(section), &section,
              sizeof(section)) ||
        section.sh_type != SHT_PROGBITS || symbol->st_value > section.sh_size) {
        return (osp_str){ NULL, 0 };
    }
    const osp_str bytes = slice(object, section.sh_offset, section.sh_size);
    return bytes.ptr != NULL ? slice(bytes, symbol->st_value, bytes.len - symbol->st_value) : bytes;
}

static osp_status take_declared(osp_str name, osp_str value, osp_elf_symbols *symbols,
                                osp_error *err)
{
    for (size_t kind = 0; kind < OSP_DECLARED_COUNT; kind++) {
        const osp_str prefix = osp_str_from(declared_prefixes[kind]);
        if (!osp_str_starts_with(name, prefix)) {
            continue;
        }
        if (symbols->count == OSP_ELF_DECLARED_MAX) {
            return osp_error_set(err, OSP_E_LIMIT,
                                 "more than %d routes, messages and the like in one file",
                                 OSP_ELF_DECLARED_MAX);
        }
        symbols->declared[symbols->count++] = (osp_declared){
            (osp_declared_kind)kind, { name.ptr + prefix.len, name.len - prefix.len }, value
        };
        return OSP_OK;
    }
    return OSP_OK;
}

static osp_status take_symbol(osp_str object, const Elf64_Sym *symbol, osp_str name,
                              osp_elf_symbols *symbols, osp_error *err)
{
    if (symbol->st_shndx == SHN_UNDEF) {
        take_use(name, symbols);
        return OSP_OK;
    }
    return ELF64_ST_BIND(symbol->st_info) == STB_GLOBAL
               ? take_declared(name, value_of(object, symbol), symbols, err)
               : OSP_OK;
}

static osp_status read_symbols(osp_str object, const Elf64_Shdr *table, const Elf64_Shdr *texts,
                               osp_elf_symbols *symbols, osp_error *err)
{
    const osp_str text = slice(object, texts->sh_offset, texts->sh_size);
    const osp_str entries = slice(object, table->sh_offset, table->sh_size);
    if (table->sh_entsize != sizeof(Elf64_Sym) || entries.ptr == NULL) {
        return invalid(err, "symbol table");
    }
    if (texts->sh_type != SHT_STRTAB || text.len == 0 || text.ptr[text.len - 1] != '\0') {
        return invalid(err, "names of the symbols");
    }
    const size_t count = entries.len / sizeof(Elf64_Sym);
    if (count > OSP_ELF_SYMBOLS_MAX) {
        return osp_error_set(err, OSP_E_LIMIT, "more than %u symbols in one file",
                             OSP_ELF_SYMBOLS_MAX);
    }
    for (size_t i = 1; i < count; i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, entries.ptr + i * sizeof(symbol), sizeof(symbol));
        if (symbol.st_name >= text.len) {
            return invalid(err, "name of a symbol");
        }
        OSP_TRY(
            take_symbol(object, &symbol, osp_str_from(text.ptr + symbol.st_name), symbols, err));
    }
    return OSP_OK;
}

static osp_status check_header(osp_str object, Elf64_Ehdr *header, osp_error *err)
{
    if (!copy(object, 0, header, sizeof(*header)) ||
        memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return osp_error_set(err, OSP_E_INVALID, "the compiler did not write an ELF object");
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != OSP_ELF_DATA ||
        header->e_type != ET_REL) {
        return osp_error_set(err, OSP_E_UNSUPPORTED,
                             "the compiler did not write a 64-bit object for this machine");
    }
    if (header->e_shoff == 0 || header->e_shentsize != sizeof(Elf64_Shdr)) {
        return invalid(err, "section headers");
    }
    return OSP_OK;
}

/* Whether the name at `at` in a string table is `name`. */
static bool is_named(osp_str texts, uint32_t at, const char *name)
{
    const size_t size = strlen(name) + 1;
    return at <= texts.len && texts.len - at >= size && memcmp(texts.ptr + at, name, size) == 0;
}

/* The type information, when the compiler wrote any. */
static osp_str find_btf(osp_str object, const Elf64_Ehdr *header, uint64_t count)
{
    Elf64_Shdr section;
    const uint64_t names_at = header->e_shoff + header->e_shstrndx * sizeof(section);
    if (header->e_shstrndx >= count || !copy(object, names_at, &section, sizeof(section))) {
        return (osp_str){ NULL, 0 };
    }
    const osp_str texts = slice(object, section.sh_offset, section.sh_size);
    for (uint64_t i = 1; texts.ptr != NULL && i < count; i++) {
        if (copy(object, header->e_shoff + i * sizeof(section), &section, sizeof(section)) &&
            section.sh_type == SHT_PROGBITS && is_named(texts, section.sh_name, ".BTF")) {
            return slice(object, section.sh_offset, section.sh_size);
        }
    }
    return (osp_str){ NULL, 0 };
}

osp_status osp_elf_read(osp_str object, osp_elf_symbols *ret_symbols, osp_error *err)
{
    Elf64_Ehdr header;
    Elf64_Shdr first;
    memset(ret_symbols, 0, sizeof(*ret_symbols));
    OSP_TRY(check_header(object, &header, err));
    if (!copy(object, header.e_shoff, &first, sizeof(first))) {
        return invalid(err, "section headers");
    }
    /* With 65280 sections or more the count stands in the first header. */
    const uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
    if (count > (object.len - header.e_shoff) / sizeof(Elf64_Shdr)) {
        return invalid(err, "section headers");
    }
    ret_symbols->btf = find_btf(object, &header, count);
    for (uint64_t i = 1; i < count; i++) {
        Elf64_Shdr table, texts;
        if (!copy(object, header.e_shoff + i * sizeof(table), &table, sizeof(table))) {
            return invalid(err, "section headers");
        }
        if (table.sh_type != SHT_SYMTAB) {
            continue;
        }
        if (table.sh_link >= count ||
            !copy(object, header.e_shoff + table.sh_link * sizeof(texts), &texts, sizeof(texts))) {
            return invalid(err, "names of the symbols");
        }
        OSP_TRY(read_symbols(object, &table, &texts, ret_symbols, err));
    }
    return OSP_OK;
}
