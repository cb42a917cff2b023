#include "api/schema.h"

#include "tests/unit/unit.h"

typedef enum Role { ROLE_ADMIN, ROLE_USER } Role;
OSP_ENUM(Role, (ROLE_ADMIN, "admin"), (ROLE_USER, "us\"er"));
OSP_LIST_OF(Role);

typedef struct Point {
    double x, y;
} Point;
OSP_TYPE(Point, FIELD(x), FIELD(y));
OSP_OPT_OF(Point);
OSP_LIST_OF(Point);
OSP_MAP_OF(Point);

/* ---------------------------------------------------------------- rig */

static osp_arena arena;
static osp_buf out;

static osp_str text(void)
{
    return (osp_str){ out.ptr, out.len };
}

/* The components of types that are used as said; what is wrong with them, when something is. */
static osp_str components(const osp_type *in, const osp_type *second_in, const osp_type *answer)
{
    osp_schemas schemas;
    osp_error err = { 0 };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_buf_init(&out, NULL, 0, 1 << 20);
    osp_schemas_init(&schemas, &arena);
    if (in != NULL) {
        OSP_CHECK(osp_schemas_add(&schemas, in, OSP_INPUT, &err) == OSP_OK);
    }
    if (second_in != NULL) {
        OSP_CHECK(osp_schemas_add(&schemas, second_in, OSP_INPUT, &err) == OSP_OK);
    }
    if (answer != NULL) {
        OSP_CHECK(osp_schemas_add(&schemas, answer, OSP_OUTPUT, &err) == OSP_OK);
    }
    if (osp_schemas_end(&schemas, &err) != OSP_OK) {
        osp_buf_str(&out, osp_str_from(err.message));
        return text();
    }
    osp_buf_byte(&out, '{');
    osp_schemas_write(&schemas, &out);
    osp_buf_byte(&out, '}');
    OSP_CHECK(osp_json_check(text()) == OSP_OK);
    return text();
}

static void done(void)
{
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

/* Whether the member `name` has this schema. */
static void has(const char *name, const char *schema)
{
    char wanted[1024];
    (void)snprintf(wanted, sizeof(wanted), "\"%s\":%s", name, schema);
    osp_buf_byte(&out, '\0');
    out.len--;
    if (strstr(out.ptr, wanted) == NULL) {
        fprintf(stderr, "no %s\nin %s\n", wanted, out.ptr);
    }
    OSP_CHECK(strstr(out.ptr, wanted) != NULL);
}

/* ---------------------------------------------------------------- kinds */

typedef struct Kinds {
    bool yes;
    int32_t i32;
    int64_t i64;
    uint32_t u32;
    uint64_t u64;
    float f;
    double d;
    osp_str s;
    osp_decimal dec;
    osp_bytes raw;
    osp_time at;
    osp_date day;
    osp_duration span;
    osp_uuid id;
    osp_json any;
    Role role;
    Point point;
    Point_list points;
    double pair[2];
    Point_map places;
    osp_str_map words;
    osp_json_map rest;
} Kinds;
OSP_TYPE(Kinds, FIELD(yes), FIELD(i32), FIELD(i64), FIELD(u32), FIELD(u64), FIELD(f), FIELD(d),
         FIELD(s), FIELD(dec), FIELD(raw), FIELD(at), FIELD(day), FIELD(span), FIELD(id),
         FIELD(any), ENUM(role, Role), OBJECT(point, Point), LIST(points, Point),
         ARRAY(pair, double), MAP(places, Point), MAP(words, osp_str), EXTRA(rest));

OSP_UNIT_TEST(schema_kinds, "each kind has its schema")
{
    (void)components(&osp_type_Kinds, NULL, NULL);
    has("yes", "{\"type\":\"boolean\"}");
    has("i32", "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":-2147483648,"
               "\"maximum\":2147483647}");
    has("i64", "{\"type\":\"integer\",\"format\":\"int64\"}");
    has("u32", "{\"type\":\"integer\",\"format\":\"uint32\",\"minimum\":0,\"maximum\":4294967295}");
    has("u64", "{\"type\":\"integer\",\"format\":\"uint64\",\"minimum\":0}");
    has("f", "{\"type\":\"number\",\"format\":\"float\"}");
    has("d", "{\"type\":\"number\",\"format\":\"double\"}");
    has("s", "{\"type\":\"string\"}");
    has("dec", "{\"type\":\"string\",\"format\":\"decimal\","
               "\"pattern\":\"^-?(0|[1-9][0-9]*)(\\\\.[0-9]+)?$\"}");
    has("raw", "{\"type\":\"string\",\"contentEncoding\":\"base64\"}");
    has("at", "{\"type\":\"string\",\"format\":\"date-time\"}");
    has("day", "{\"type\":\"string\",\"format\":\"date\"}");
    has("span", "{\"type\":\"string\",\"pattern\":\"^-?P(");
    has("id", "{\"type\":\"string\",\"format\":\"uuid\"}");
    has("any", "{}");
    has("role", "{\"$ref\":\"#/components/schemas/Role\"}");
    has("point", "{\"$ref\":\"#/components/schemas/Point\"}");
    has("points", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Point\"}}");
    has("pair", "{\"type\":\"array\",\"items\":{\"type\":\"number\",\"format\":\"double\"},"
                "\"minItems\":2,\"maxItems\":2}");
    has("places", "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":"
                  "\"#/components/schemas/Point\"}}");
    has("words", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}");
    has("additionalProperties", "true");
    has("Role", "{\"type\":\"string\",\"enum\":[\"admin\",\"us\\\"er\"]}");
    OSP_CHECK(strstr(out.ptr, "\"rest\"") == NULL);
    done();
}

typedef struct Bounds {
    int64_t closed, open, even, big;
    osp_str word, slug, url, own;
    osp_bytes raw;
    osp_str_list tags;
    Role_list roles;
    osp_opt_str note;
    Point_opt where;
    osp_str plan, card, street;
    osp_decimal price;
} Bounds;
OSP_TYPE(Bounds, FIELD(closed, RANGE(1, 10.5)), FIELD(open, .range_ = { { 1, 0, 1 }, { 1, 9, 1 } }),
         FIELD(even, .multiple_of = 2), FIELD(big, AT_LEAST(0), .as_string = true),
         FIELD(word, .min_len = 2, .max_len = 9, .pattern = "^a\\d\""),
         FIELD(slug, .format = OSP_FORMAT_SLUG),
         FIELD(url, .format = OSP_FORMAT_URL, .pattern = "x"),
         FIELD(own, .name = "o-w\"n", .doc = "An \"own\" name", .example = "\"me\"",
               .deprecated = true),
         FIELD(raw, .min_len = 1, .max_len = 4),
         LIST(tags, osp_str, .min_len = 1, .max_len = 5, .unique = true,
              EACH(.min_len = 3, .pattern = "^t")),
         LIST(roles, Role), FIELD(note, .max_len = 5), OPT(where, Point), FIELD(plan),
         FIELD(card, .needs = "street,plan"), FIELD(street, .name = "Street"),
         FIELD(price, ABOVE(0), BELOW(9.5), .multiple_of = 0.01),
         OPTIONS(.additional = OSP_REJECT, .doc = "Bounded", .example = "{}"));

OSP_UNIT_TEST(schema_constraints, "each constraint has its keyword")
{
    (void)components(&osp_type_Bounds, NULL, NULL);
    has("closed", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":10.5}");
    has("open", "{\"type\":\"integer\",\"format\":\"int64\",\"exclusiveMinimum\":0,"
                "\"exclusiveMaximum\":9}");
    has("even", "{\"type\":\"integer\",\"format\":\"int64\",\"multipleOf\":2}");
    has("big", "{\"type\":\"string\",\"format\":\"int64\",\"pattern\":\"^-?(0|[1-9][0-9]*)$\",\"x-"
               "openspeed-minimum\":0}");
    has("word", "{\"type\":\"string\",\"minLength\":2,\"maxLength\":9,"
                "\"pattern\":\"^a\\\\d\\\"\"}");
    has("slug", "{\"type\":\"string\",\"pattern\":\"^[a-z0-9]+(-[a-z0-9]+)*$\"}");
    has("url", "{\"type\":\"string\",\"format\":\"uri\",\"pattern\":\"x\","
               "\"allOf\":[{\"pattern\":\"^https?://\"}]}");
    has("o-w\\\"n", "{\"type\":\"string\",\"description\":\"An \\\"own\\\" name\","
                    "\"examples\":[\"me\"],\"deprecated\":true}");
    has("raw", "{\"type\":\"string\",\"contentEncoding\":\"base64\",\"minLength\":4,"
               "\"maxLength\":8}");
    has("tags", "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":3,"
                "\"pattern\":\"^t\"},\"minItems\":1,\"maxItems\":5,\"uniqueItems\":true}");
    has("roles", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Role\"}}");
    has("note", "{\"type\":[\"string\",\"null\"],\"maxLength\":5}");
    has("where", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Point\"},{\"type\":\"null\"}]}");
    has("required", "[\"closed\",\"open\",\"even\",\"big\",\"word\",\"slug\",\"url\",\"o-w\\\"n\","
                    "\"raw\",\"tags\",\"roles\",\"plan\",\"card\",\"Street\",\"price\"]");
    has("price", "{\"type\":\"string\",\"format\":\"decimal\",\"pattern\":\"^-?(0|[1-9][0-9]*)("
                 "\\\\.[0-9]+)?$\",\"x-openspeed-exclusiveMinimum\":0,\"x-openspeed-"
                 "exclusiveMaximum\":9.5,\"x-openspeed-multipleOf\":0.01}");
    has("dependentRequired", "{\"card\":[\"Street\",\"plan\"]}");
    has("additionalProperties", "false");
    has("Bounds", "{\"type\":\"object\",\"description\":\"Bounded\",\"properties\":{");
    has("examples", "[{}]}");
    done();
}

typedef struct Defaults {
    bool yes;
    int32_t n;
    double d;
    int64_t digits;
    osp_str s;
    Role role;
    osp_str_list list, filled;
} Defaults;
OSP_TYPE(Defaults, FIELD(yes, .fallback = "1"), FIELD(n, .fallback = "-5"),
         FIELD(d, .fallback = "1.50"), FIELD(digits, .as_string = true, .fallback = "12"),
         FIELD(s, .fallback = "a\"b"), ENUM(role, Role, .fallback = "admin"),
         LIST(list, osp_str, .fallback = ""), LIST(filled, osp_str, .fallback = "[\"a\"]"));

OSP_UNIT_TEST(schema_defaults, "a default has the type of its member, and nothing is required")
{
    (void)components(&osp_type_Defaults, NULL, NULL);
    has("yes", "{\"type\":\"boolean\",\"default\":true}");
    has("maximum", "2147483647,\"default\":-5}");
    has("d", "{\"type\":\"number\",\"format\":\"double\",\"default\":1.5}");
    has("pattern", "\"^-?(0|[1-9][0-9]*)$\",\"default\":\"12\"}");
    has("s", "{\"type\":\"string\",\"default\":\"a\\\"b\"}");
    has("role", "{\"$ref\":\"#/components/schemas/Role\",\"default\":\"admin\"}");
    has("list", "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"default\":[]}");
    has("filled", "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"default\":[\"a\"]}");
    OSP_CHECK(strstr(out.ptr, "required") == NULL);
    done();
}

/* ---------------------------------------------------------------- directions */

typedef struct Account {
    int64_t id;
    osp_str name, password, key;
} Account;
OSP_TYPE(Account, FIELD(id, .read_only = true), FIELD(name, .fallback = "new"),
         FIELD(password, .secret = true, .example = "\"hunter2\""), FIELD(key, .write_only = true));
typedef struct Holder {
    Account account;
} Holder;
OSP_TYPE(Holder, OBJECT(account, Account));

OSP_UNIT_TEST(schema_directions,
              "what is sent and what is got are two components where they differ")
{
    (void)components(&osp_type_Holder, &osp_type_Point, &osp_type_Holder);
    OSP_CHECK_STR(
        text(),
        OSP_STR("{\"Account\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\","
                "\"format\":\"int64\",\"readOnly\":true},\"name\":{\"type\":\"string\"}},"
                "\"required\":[\"id\",\"name\"]},"
                "\"AccountInput\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":"
                "\"integer\",\"format\":\"int64\",\"readOnly\":true},\"name\":{\"type\":"
                "\"string\",\"default\":\"new\"},\"password\":{\"type\":\"string\","
                "\"writeOnly\":true},\"key\":{\"type\":\"string\",\"writeOnly\":true}},"
                "\"required\":[\"password\",\"key\"]},"
                "\"Holder\":{\"type\":\"object\",\"properties\":{\"account\":{\"$ref\":"
                "\"#/components/schemas/Account\"}},\"required\":[\"account\"]},"
                "\"HolderInput\":{\"type\":\"object\",\"properties\":{\"account\":{\"$ref\":"
                "\"#/components/schemas/AccountInput\"}},\"required\":[\"account\"]},"
                "\"Point\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"number\","
                "\"format\":\"double\"},\"y\":{\"type\":\"number\",\"format\":\"double\"}},"
                "\"required\":[\"x\",\"y\"]}}"));
    done();
    (void)components(&osp_type_Account, NULL, NULL); /* used one way it keeps its name */
    has("Account", "{");
    OSP_CHECK(strstr(out.ptr, "AccountInput") == NULL);
    done();
}

typedef struct Node Node;
OSP_LIST_OF(Node);
struct Node {
    osp_str name;
    Node *next;
    Node_list children;
};
OSP_FORWARD_TYPE(Node);
OSP_TYPE(Node, FIELD(name), MAYBE(next, Node), LIST(children, Node));

OSP_UNIT_TEST(schema_recursion, "a type may refer to itself")
{
    (void)components(&osp_type_Node, NULL, &osp_type_Node);
    has("next", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Node\"},{\"type\":\"null\"}]}");
    has("children", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Node\"}}");
    OSP_CHECK(strstr(out.ptr, "NodeInput") == NULL);
    done();
}

typedef enum ShapeIs { SHAPE_DOT, SHAPE_BOX } ShapeIs;
typedef struct Box {
    Point corner;
    double size;
} Box;
OSP_TYPE(Box, OBJECT(corner, Point), FIELD(size, .fallback = "1"));
typedef struct Shape {
    ShapeIs is;
    union {
        Point dot;
        Box box;
    };
} Shape;
OSP_UNION(Shape, is, "type", CASE(SHAPE_DOT, "a dot", dot, Point),
          CASE(SHAPE_BOX, "box", box, Box));

OSP_UNIT_TEST(schema_unions, "each case of a union is a component with its discriminator")
{
    (void)components(&osp_type_Shape, NULL, NULL);
    has("Shape", "{\"oneOf\":[{\"$ref\":\"#/components/schemas/Shape.a_20dot\"},{\"$ref\":"
                 "\"#/components/schemas/Shape.box\"}],\"discriminator\":{\"propertyName\":"
                 "\"type\",\"mapping\":{\"a dot\":\"#/components/schemas/Shape.a_20dot\",\"box\":"
                 "\"#/components/schemas/Shape.box\"}}}");
    has("Shape.a_20dot", "{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"a dot\","
                         "\"type\":\"string\"},\"x\":");
    has("required", "[\"type\",\"x\",\"y\"]}");
    has("required", "[\"type\",\"corner\"]}");
    has("Point", "{"); /* the box has one */
    done();
    (void)components(&osp_type_Shape, NULL, &osp_type_Shape); /* the box has a fallback */
    has("Shape.box", "{");
    has("ShapeInput.box", "{");
    done();
}

/* ---------------------------------------------------------------- refusals */

static const osp_field other_fields[] = {
    { .member_ = "z", .member_len_ = 1, .kind_ = OSP_KIND_STR },
};
static const osp_type other_point = { .name = "Point",
                                      .kind = OSP_KIND_OBJECT,
                                      .fields = other_fields,
                                      .field_count = 1,
                                      .file_ = "other.h",
                                      .line_ = 7 };

OSP_UNIT_TEST(schema_names, "two types of one name are refused with both places, equal ones shared")
{
    osp_type copy = osp_type_Point;
    copy.file_ = "copy.h";
    (void)components(&osp_type_Point, &copy, NULL);
    has("Point", "{");
    done();
    const osp_str said = components(&osp_type_Point, &other_point, NULL);
    OSP_CHECK(osp_str_starts_with(said, OSP_STR("other.h:7: error: Point is also described")));
    osp_buf_byte(&out, '\0');
    OSP_CHECK(strstr(out.ptr, "schema_test.c:") != NULL);
    done();
}

typedef struct Wrong {
    int64_t n;
} Wrong;
OSP_TYPE(Wrong, FIELD(n, .example = "{"));

typedef enum Twice { TWICE_A, TWICE_B } Twice;
OSP_ENUM(Twice, (TWICE_A, "a"), (TWICE_B, "a"));

typedef struct Either {
    int is;
    union {
        Point a, b;
    };
} Either;
OSP_UNION(Either, is, "type", CASE(1, "a", a, Point), CASE(2, "b", b, Point));

typedef struct Told {
    int64_t n;
    osp_str word;
    Point_list points;
    osp_opt_date day;
} Told;
OSP_TYPE(Told, FIELD(n, RANGE(1, 5), .example = "5"),
         FIELD(word, .pattern = "^a", .secret = true, .example = "\"ab\""),
         LIST(points, Point, .example = "[{\"x\":1,\"y\":2}]"), FIELD(day, .example = "null"),
         OPTIONS(.example = "{\"n\":1}"));

static void refuses(const osp_type *type, const char *words)
{
    (void)components(type, NULL, NULL);
    osp_buf_byte(&out, '\0');
    if (strstr(out.ptr, words) == NULL) {
        fprintf(stderr, "%s\n", out.ptr);
        exit(1);
    }
    done();
}

OSP_UNIT_TEST(schema_proofs,
              "an example that does not fit, and names that lead nowhere, are refused")
{
    static const struct {
        int member; /* -1: of the whole */
        const char *example, *words;
    } wrong[] = {
        { 0, "6", "error: the example of Told.n does not fit: must be at most 5" },
        { 0, "\"1\"", "the example of Told.n does not fit: must be a whole number" },
        { 1, "\"b\"", "the example of Told.word does not fit: " },
        { 2, "[{\"x\":\"\"}]", "the example of Told.points does not fit: /0/x must be" },
        { 3, "\"2026-02-30\"", "the example of Told.day does not fit: must be a date" },
        { -1, "{\"n\":\"\"}", "the example of Told does not fit: /n must be a whole number" },
        { -1, "[]", "the example of Told does not fit: must be an object" },
    };
    (void)components(&osp_type_Told, NULL, NULL);
    has("Told", "{");
    done();
    for (size_t i = 0; i < OSP_ARRAY_LEN(wrong); i++) {
        osp_field fields[4];
        memcpy(fields, osp_type_Told.fields, sizeof(fields));
        osp_type type = osp_type_Told;
        type.fields = fields;
        if (wrong[i].member < 0) {
            type.example = wrong[i].example;
        } else {
            fields[wrong[i].member].example = wrong[i].example;
        }
        refuses(&type, wrong[i].words);
    }
    refuses(&osp_type_Twice, "Twice has the name \"a\" twice");
    osp_case cases[] = { osp_type_Either.cases[0], osp_type_Either.cases[1] };
    osp_type either = osp_type_Either;
    either.cases = cases;
    (void)components(&either, NULL, NULL);
    has("Either", "{");
    done();
    either.discriminator = "x";
    refuses(&either, "Either: the case \"a\" has a member of the discriminator's name");
    either.discriminator = "type";
    cases[1].name = "a";
    refuses(&either, "error: Either: the case \"a\" is there twice");
    cases[1] = (osp_case){ 1, "b", cases[1].offset, cases[1].type };
    refuses(&either, "the case \"b\" has the value of another case");
    cases[1] = (osp_case){ 2, "b", cases[1].offset, &osp_type_Role };
    refuses(&either, "the case \"b\" is no OSP_TYPE");
}

OSP_UNIT_TEST(schema_examples, "an example that is not JSON is refused")
{
    (void)components(&osp_type_Wrong, NULL, NULL);
    osp_buf_byte(&out, '\0');
    OSP_CHECK(strstr(out.ptr, "the example of Wrong.n is not JSON: {") != NULL);
    done();
}
