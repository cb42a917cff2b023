#include "build/complaint.h"

#include "tests/unit/unit.h"

static char first[OSP_COMPLAINT_FIRST_MAX];

/* Holds what is left of a log, and its first error, against what is wanted. */
static void reads(const char *log, const char *rest, const char *error)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    osp_complaint_read(osp_str_from(log), OSP_STR("/inc"), OSP_STR("routes/route.c"), &out, first);
    OSP_CHECK(!out.failed);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(rest));
    OSP_CHECK_STR(osp_str_from(first), osp_str_from(error));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(complaint_echoes,
              "a line's further errors and the way through our headers are left out")
{
    reads("In file included from /inc/openspeed/app.h:20,\n"
          "                 from routes/route.c:1:\n"
          "routes/route.c:7:33: error: \xe2\x80\x98User\xe2\x80\x99 has no member\n"
          "    7 | OSP_TYPE(User)\n"
          "routes/route.c:7:1: error: expression is not an integer\n"
          "    7 | OSP_TYPE(User)\n"
          "/inc/openspeed/type.h:9:1: note: in definition of macro 'OSP_EACH'\n"
          "    9 | #define\n"
          "routes/route.c:7:1: warning: odd\n"
          "routes/route.c: In function 'show':\n"
          "routes/route.c:17:3: error: other\n"
          "routes/types.h:2:1: note: declared here\n"
          "    2 | int x;\n"
          "/inc/openspeed/type.h:180:53: note: expanded from macro 'OSP_TYPE'\n"
          "    struct\n"
          "<scratch space>:46:1: note: expanded from here\n"
          "osp_type\n"
          "note: (skipping 1 expansions in backtrace)\n"
          "8 errors generated.\n",
          "routes/route.c:7:33: error: \xe2\x80\x98User\xe2\x80\x99 has no member\n"
          "    7 | OSP_TYPE(User)\n"
          "routes/route.c: In function 'show':\n"
          "routes/route.c:17:3: error: other\n"
          "routes/types.h:2:1: note: declared here\n"
          "    2 | int x;\n",
          "routes/route.c:7:33: 'User' has no member");
}

OSP_UNIT_TEST(complaint_pages, "what is wrong with an action or a filter is told in our words")
{
    static const char *const logs[][2] = {
        { "routes/page.c:14:1: error: redefinition of 'osp_fills_save'\n",
          "routes/page.c:14:1: save is declared in this file already" },
        { "lib/a.c:3:1: error: 'osp_type_int' undeclared here (not in a function)\n",
          "lib/a.c:3:1: int is as wide as the compiler likes; say int32_t or int64_t" },
        { "lib/a.c:3:1: error: 'osp_type_integer' undeclared here (not in a function)\n",
          "lib/a.c:3:1: integer is not described above; write OSP_TYPE(integer, ...) there, or "
          "OSP_FORWARD_TYPE of a type that refers to itself" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(logs); i++) {
        reads(logs[i][0], logs[i][0], logs[i][1]);
    }
}

OSP_UNIT_TEST(complaint_macros, "what a macro of ours calls is reported where it is used")
{
    reads("routes/route.c: In function 'show':\n"
          "/inc/openspeed/base.h:219:32: error: ignoring it\n"
          "  219 | #define osp_sleep_ms\n"
          "routes/route.c:6:5: note: in expansion of macro 'osp_sleep_ms'\n"
          "    6 |     osp_sleep_ms(ctx, 3);\n"
          "/inc/openspeed/base.h:219:32: error: ignoring it\n"
          "  219 | #define osp_sleep_ms\n"
          "/inc/openspeed/each.h:2:3: note: in expansion of macro 'OSP_OTHER'\n"
          "    2 | #define\n"
          "routes/route.c:7:5: note: in expansion of macro 'osp_sleep_ms'\n"
          "    7 |     osp_sleep_ms(ctx, 3);\n"
          "/inc/openspeed/base.h:5:5: warning: nobody's\n"
          "/inc/openspeed/base.h:220:1: warning: odd\n"
          "routes/route.c:8:5: note: in expansion of macro 'S'\n"
          "    8 |     S(a);\n"
          "/inc/openspeed/base.h:9:9: error: of the header\n"
          "    9 | body\n",
          "routes/route.c: In function 'show':\n"
          "routes/route.c:6:5: error: ignoring it\n"
          "    6 |     osp_sleep_ms(ctx, 3);\n"
          "routes/route.c:7:5: error: ignoring it\n"
          "    7 |     osp_sleep_ms(ctx, 3);\n"
          "/inc/openspeed/base.h:5:5: warning: nobody's\n"
          "routes/route.c:8:5: warning: odd\n"
          "    8 |     S(a);\n"
          "/inc/openspeed/base.h:9:9: error: of the header\n",
          "routes/route.c:6:5: ignoring it");
}

OSP_UNIT_TEST(complaint_linker, "what the linker finds twice is the first error")
{
    const char *log = "ld: obj/b.o: in function `x':\n"
                      "/a/lib/b.c:1: multiple definition of `x'; obj/a.o:/a/lib/a.c:1: first\n"
                      "collect2: error: ld returned 1 exit status\n";
    reads(log, log, "/a/lib/b.c:1: multiple definition of `x'; obj/a.o:/a/lib/a.c:1: first");
    log = "ld: obj/b.o:/a/lib/b.c:1: multiple definition of `d'; obj/a.o:/a/lib/a.c:1: first\n";
    reads(log, log, "/a/lib/b.c:1: multiple definition of `d'; obj/a.o:/a/lib/a.c:1: first");
    log = "ld: obj/b.o:(.data+0x0): multiple definition of `d'; obj/a.o:(.data+0x0): first\n";
    reads(log, log, "the linker: multiple definition of `d'; obj/a.o:(.data+0x0): first");
}

OSP_UNIT_TEST(complaint_warnings, "warnings pass, and a log without an error has no first one")
{
    const char *log = "In file included from routes/types.h:3,\n"
                      "routes/types.h:7:3: warning: unused\n"
                      "routes/types.h:7:9: warning: also unused\n";
    reads(log, log, "");
    reads("", "", "");
    reads("no report at all", "no report at all", "");
}

OSP_UNIT_TEST(complaint_colours, "colours do not hide a report, and stay in it")
{
    const char *log = "\033[01m\033[Kroutes/route.c:3:1:\033[m\033[K \033[01;31m\033[Kerror: "
                      "\033[m\033[Kno\033[\n";
    reads(log, log, "routes/route.c:3:1: no");
}

OSP_UNIT_TEST(complaint_assertions, "of a static assertion the sentence is repeated")
{
    static const char *const logs[] = {
        "a.c:3:1: error: static assertion failed: \"it\\'s so\"\n",
        "a.c:3:1: error: static_assert failed \"it's so\"\n",
        "a.c:3:1: error: static_assert failed due to requirement 'x == \"y\"' \"it's so\"\n",
        "a.c:3:1: error: static assertion failed due to requirement 'x == 1': it's so\n",
        "a.c:3:1: error: it's so\n",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(logs); i++) {
        reads(logs[i], logs[i], "a.c:3:1: it's so");
    }
}

OSP_UNIT_TEST(complaint_hints, "what our macros make of a mistake is put into our words")
{
    static const char *const logs[][2] = {
        { "a.c:3: error: 'osp_type_User' undeclared\n",
          "a.c:3: User is not described above; write OSP_TYPE(User, ...) there, or "
          "OSP_FORWARD_TYPE of "
          "a type that refers to itself" },
        { "a.c:3:1: error: 'OSP_METHOD_FETCH' undeclared here; did you mean 'OSP_METHOD_PATCH'?\n",
          "a.c:3:1: FETCH is no method; take GET, HEAD, POST, PUT, DELETE, PATCH or OPTIONS" },
        { "a.c:3:1: error: 'struct osp_scalar_takes_neither' has no member named 'min_len'\n",
          "a.c:3:1: a value of this type takes .fallback and .name, .doc, .example, CHECK, .needs, "
          ".secret, .read_only, .write_only, .deprecated" },
        { "a.c:3:1: error: no 'x' in 'struct osp_string_takes_y or struct osp_scalar_takes_z' "
          "(aka 'struct osp_scalar_takes_z')\n",
          "a.c:3:1: a value of this type takes .fallback and .name, .doc, .example, CHECK, .needs, "
          ".secret, .read_only, .write_only, .deprecated" },
        { "a.c:3:1: error: 'struct osp_parameter_or_body_is_neither_x' has no member named 'y'\n",
          "a.c:3:1: what a request says elsewhere than in JSON is always read and never written; "
          "it takes neither .read_only nor .write_only" },
        { "a.c:3:1: error: 'struct osp_map_takes_x' has no member named 'unique'\n",
          "a.c:3:1: a map takes .min_len, .max_len, EACH, .fallback and .name, .doc, .example, "
          "CHECK, .needs, .secret, .read_only, .write_only, .deprecated" },
        { "a.c:3:1: error: redefinition of 'osp_thunk_GET'\n",
          "a.c:3:1: GET has a handler in this file already" },
        { "a.c:3:1: error: unknown type name 'osp_status'\n",
          "a.c:3:1: osp_status is unknown; is it spelt right, and <openspeed/openspeed.h> "
          "included?" },
        { "a.c:3:1: error: unknown type name 'osp_opt_int32'; did you mean 'osp_opt_int'?\n",
          "a.c:3:1: osp_opt_int32 is unknown; there are osp_opt_bool, _int, _uint, _double, _str, "
          "_bytes, _decimal, _time, _date, _duration, _uuid and _json, in "
          "<openspeed/openspeed.h>" },
        { "a.c:3:1: error: unknown type name 'osp_date_map'\n",
          "a.c:3:1: osp_date_map is unknown; OSP_MAP_OF of its values declares it" },
        { "a.c:3:1: error: 'osp_check_even' undeclared here; did you mean 'osp_check_fn'?\n",
          "a.c:3:1: even is no check yet; write OSP_CHECKER(even, ...) above this line" },
        { "a.c:3:1: error: incompatible types when initializing type 'osp_check_fn' using type "
          "'struct osp_check_of_another_type'\n",
          "a.c:3:1: the check is of another type than what it stands at: its OSP_CHECKER says "
          "which" },
        { "a.c:3:1: error: '_Generic' selector of type 'T *' is not compatible with any "
          "association\n",
          "a.c:3:1: a value is of another type than this call takes or is told" },
        { "a.c:3:1: error: unknown type name 'Tag_opt'; did you mean 'Tag_list'?\n",
          "a.c:3:1: Tag_opt is unknown; OSP_OPT_OF of its value declares it" },
        { "a.c:3:1: error: unknown type name 'Tag_map'\n",
          "a.c:3:1: Tag_map is unknown; OSP_MAP_OF of its values declares it" },
        { "a.c:3:1: error: unknown type name 'Tag_list'; did you mean 'va_list'?\n",
          "a.c:3:1: Tag_list is unknown; OSP_LIST_OF of its elements declares it" },
        { "a.c:3:1: error: format '%s' expects argument of type 'char *', but argument 4 has type "
          "'osp_str' [-Werror=format=]\n",
          "a.c:3:1: an osp_str is printed by %.*s with OSP_ARG(...), not by its name alone" },
        { "a.c:3:1: error: format specifies type 'char *' but the argument has type 'osp_str' "
          "(aka 'struct osp_str')\n",
          "a.c:3:1: an osp_str is printed by %.*s with OSP_ARG(...), not by its name alone" },
        { "a.c:3:1: error: initialization of 'const char *' from 'int' makes pointer\n"
          "    3 | QUERY(a, .fallback = \"a\"), QUERY(m, .fallback = 3),\n",
          "a.c:3:1: a fallback is a text: write .fallback = \"3\"" },
        { "a.c:3:1: error: incompatible 'const char *' of 'double'\n"
          "QUERY(m,.fallback=-3.5)",
          "a.c:3:1: a fallback is a text: write .fallback = \"-3.5\"" },
        { "a.c:3:1: error: initialization of 'const char *' from 'int'\n   3 | .fallback",
          "a.c:3:1: initialization of 'const char *' from 'int'" },
        { "lib/a.c:3: undefined reference to `x'\n", "lib/a.c:3: undefined reference to `x'" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(logs); i++) {
        reads(logs[i][0], logs[i][0], logs[i][1]);
    }
}

OSP_UNIT_TEST(complaint_texts, "a literal where an osp_str is wanted is told of S")
{
    static const char *const logs[][2] = {
        { "a.c:3:1: error: incompatible types when assigning to type 'osp_str' from type 'char "
          "*'\n",
          "a.c:3:1: a text of the source becomes an osp_str by S(\"...\")" },
        { "a.c:3:1: error: incompatible types when assigning to type 'char *' from type "
          "'osp_str'\n",
          "a.c:3:1: incompatible types when assigning to type 'char *' from type 'osp_str'" },
        { "a.c:3:1: error: returning 'char[2]' from a function with incompatible result type "
          "'osp_str' (aka 'struct osp_str')\n",
          "a.c:3:1: a text of the source becomes an osp_str by S(\"...\")" },
        { "a.c:3:1: error: missing braces around initializer [-Werror=missing-braces]\n",
          "a.c:3:1: a struct is given without its braces; a text of the source becomes an osp_str "
          "by "
          "S(\"...\")" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(logs); i++) {
        reads(logs[i][0], logs[i][0], logs[i][1]);
    }
}

OSP_UNIT_TEST(complaint_queries, "arguments of queries that are none are put into our words")
{
    static const char *const logs[][2] = {
        { "a.c:3:1: error: 'osp_fields_slug' undeclared here (not in a function)\n",
          "a.c:3:1: slug is no struct that OSP_TYPE describes; an argument of a query is (TYPE, "
          "NAME) in "
          "parentheses, or such a struct" },
        { "a.c:3:1: error: macro \"OSP_QUERY_ARG_2\" requires 2 arguments, but only 1 given\n",
          "a.c:3:1: an argument of a query is a type and a name in parentheses, such as (osp_str, "
          "slug)" },
        { "a.c:3:1: error: redefinition of 'osp_args_user_find'\n",
          "a.c:3:1: user_find is a query of this file already" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(logs); i++) {
        reads(logs[i][0], logs[i][0], logs[i][1]);
    }
}

OSP_UNIT_TEST(complaint_limits,
              "more places than are remembered are all shown; a long error is cut")
{
    osp_buf log;
    osp_buf_init(&log, NULL, 0, 1 << 16);
    for (int i = 0; i <= OSP_COMPLAINT_PLACES_MAX; i++) {
        osp_buf_printf(&log, "a.c:%d:1: error: %0300d\n", i, i);
    }
    osp_buf_byte(&log, '\0');
    char error[OSP_COMPLAINT_FIRST_MAX] = "a.c:0:1: ";
    memset(error + strlen(error), '0', sizeof(error) - strlen(error) - 1);
    reads(log.ptr, log.ptr, error);
    log.len = 0;
    osp_buf_printf(&log, "a.c:0:1: error: %0*d\xc3\xa4\xc3\xa4%c", OSP_COMPLAINT_FIRST_MAX - 11, 0,
                   0);
    error[OSP_COMPLAINT_FIRST_MAX - 2] = '\0'; /* one byte of the first letter would still fit */
    reads(log.ptr, log.ptr, error);
    osp_buf_done(&log);
}
