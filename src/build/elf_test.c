#include "build/elf.h"

#include <elf.h>

#include "tests/unit/unit.h"

/* An object made by hand: header, three section headers, symbols, names. */
typedef struct object {
    Elf64_Ehdr header;
    Elf64_Shdr sections[3]; /* none, symbols, names */
    Elf64_Sym symbols[OSP_ELF_DECLARED_MAX + 2];
    char names[128];
} object;

static object make_object(void)
{
    static const char names[] = "\0osp_route_a__GET\0osp_db_rows\0osp_transaction_enter\0osp_route_"
                                "b\0osp_messages_de_CH\0osp_app_info_";
    object o = { 0 };
    memcpy(o.header.e_ident, ELFMAG, SELFMAG);
    o.header.e_ident[EI_CLASS] = ELFCLASS64;
    o.header.e_ident[EI_DATA] = ELFDATA2LSB;
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
        o.header.e_ident[EI_DATA] = ELFDATA2MSB;
    }
    o.header.e_type = ET_REL;
    o.header.e_shoff = offsetof(object, sections);
    o.header.e_shentsize = sizeof(Elf64_Shdr);
    o.header.e_shnum = 3;
    o.sections[1] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB,
                                  .sh_link = 2,
                                  .sh_entsize = sizeof(Elf64_Sym),
                                  .sh_offset = offsetof(object, symbols),
                                  .sh_size = 2 * sizeof(Elf64_Sym) };
    o.sections[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
                                  .sh_offset = offsetof(object, names),
                                  .sh_size = sizeof(o.names) };
    memcpy(o.names, names, sizeof(names));
    o.symbols[1] = (Elf64_Sym){ .st_name = 1,
                                .st_shndx = 1,
                                .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT) };
    return o;
}

static osp_status read_object(const object *o, osp_elf_symbols *symbols)
{
    return osp_elf_read((osp_str){ (const char *)o, sizeof(*o) }, symbols, NULL);
}

OSP_UNIT_TEST(elf_route, "a defined global route is found; others and locals are not")
{
    osp_elf_symbols symbols;
    object o = make_object();
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK);
    OSP_CHECK(symbols.count == 1 && !symbols.uses_db);
    OSP_CHECK(symbols.declared[0].kind == OSP_DECLARED_ROUTE);
    OSP_CHECK_STR(symbols.declared[0].name, OSP_STR("a__GET"));
    o.symbols[1].st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK && symbols.count == 0);
    o.symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    o.symbols[1].st_shndx = SHN_UNDEF;
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK && symbols.count == 0);
    o.symbols[1] = (Elf64_Sym){ .st_name = 2, .st_shndx = 1, .st_info = 0x10 };
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK && symbols.count == 0);
}

#define MESSAGES_AT 64 /* of "osp_messages_de_CH" */

OSP_UNIT_TEST(elf_kinds, "messages, and what the application says of itself, are told apart")
{
    osp_elf_symbols symbols;
    object o = make_object();
    o.symbols[1].st_name = MESSAGES_AT;
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK && symbols.count == 1);
    OSP_CHECK(symbols.declared[0].kind == OSP_DECLARED_MESSAGES);
    OSP_CHECK_STR(symbols.declared[0].name, OSP_STR("de_CH"));
    o.symbols[1].st_name = MESSAGES_AT + sizeof("osp_messages_de_CH");
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK && symbols.count == 1);
    OSP_CHECK(symbols.declared[0].kind == OSP_DECLARED_INFO);
    OSP_CHECK(symbols.declared[0].name.len == 0);
    o.symbols[1].st_shndx = SHN_UNDEF;
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK && symbols.count == 0);
}

OSP_UNIT_TEST(elf_database, "an undefined database function tells that one is used")
{
    static const struct {
        uint32_t name;
        uint16_t section;
        bool uses;
    } cases[] = { { 18, 0, true }, { 30, 0, true }, { 18, 1, false }, { 1, 0, false } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_elf_symbols symbols;
        object o = make_object();
        o.symbols[1].st_name = cases[i].name;
        o.symbols[1].st_shndx = cases[i].section;
        OSP_CHECK(read_object(&o, &symbols) == OSP_OK);
        OSP_CHECK(symbols.uses_db == cases[i].uses);
    }
}

OSP_UNIT_TEST(elf_limit, "256 things that a file declares fit and one more is refused")
{
    osp_elf_symbols symbols;
    object o = make_object();
    for (size_t i = 1; i < OSP_ARRAY_LEN(o.symbols); i++) {
        o.symbols[i] = o.symbols[1];
    }
    o.sections[1].sh_size = (OSP_ELF_DECLARED_MAX + 1) * sizeof(Elf64_Sym);
    OSP_CHECK(read_object(&o, &symbols) == OSP_OK && symbols.count == OSP_ELF_DECLARED_MAX);
    o.sections[1].sh_size += sizeof(Elf64_Sym);
    OSP_CHECK(read_object(&o, &symbols) == OSP_E_LIMIT);
}

OSP_UNIT_TEST(elf_truncated, "no prefix of an object reads outside it")
{
    const object o = make_object();
    osp_elf_symbols symbols;
    for (size_t len = 0; len < sizeof(o); len++) {
        char *copy =
            malloc(len + 1); /* exactly sized, so that a sanitizer sees the first byte behind */
        OSP_CHECK(copy != NULL);
        char *exact = realloc(copy, len == 0 ? 1 : len);
        OSP_CHECK(exact != NULL);
        memcpy(exact, &o, len);
        OSP_CHECK(osp_elf_read((osp_str){ exact, len }, &symbols, NULL) != OSP_OK);
        free(exact);
    }
}

OSP_UNIT_TEST(elf_hostile_bytes,
              "objects with changed bytes are read or refused, never followed outside")
{
    uint32_t state = 1;
    for (int round = 0; round < 20000; round++) {
        object *o = malloc(sizeof(*o));
        OSP_CHECK(o != NULL);
        *o = make_object();
        for (int change = 0; change < 3; change++) {
            state = state * 1664525u + 1013904223u;
            const size_t at = (state >> 8) % (offsetof(object, symbols) + 2 * sizeof(Elf64_Sym));
            ((unsigned char *)o)[at] = (unsigned char)(state >> 24);
        }
        osp_elf_symbols symbols;
        (void)!read_object(o, &symbols);
        OSP_CHECK(symbols.count <= OSP_ELF_DECLARED_MAX);
        free(o);
    }
}

OSP_UNIT_TEST(elf_refused, "other files are refused with the reason")
{
    osp_elf_symbols symbols;
    osp_error err = { 0 };
    object o = make_object();
    o.header.e_ident[EI_CLASS] = ELFCLASS32;
    OSP_CHECK(read_object(&o, &symbols) == OSP_E_UNSUPPORTED);
    o = make_object();
    o.header.e_type = ET_EXEC;
    OSP_CHECK(read_object(&o, &symbols) == OSP_E_UNSUPPORTED);
    o = make_object();
    o.sections[2].sh_type = SHT_NOBITS;
    OSP_CHECK(read_object(&o, &symbols) == OSP_E_INVALID);
    o = make_object();
    o.names[sizeof(o.names) - 1] = 'x';
    OSP_CHECK(read_object(&o, &symbols) == OSP_E_INVALID);
    OSP_CHECK(osp_elf_read(OSP_STR("!<arch>\n"), &symbols, &err) == OSP_E_INVALID);
    OSP_CHECK(err.message[0] != '\0');
}
