/* What the files of this room share.
 *
 *     text --parse--> nodes and expressions --compile--> program of operations and terms
 * --render-->
 *
 * Nodes and expressions are what is written; operations and terms are what it means, with the names
 * resolved to offsets and the places to escapes.  All of it lives in the compiler's arena. */
#ifndef OSP_TEMPLATE_TEMPLATE_IMPL_H
#define OSP_TEMPLATE_TEMPLATE_IMPL_H

#include <openspeed/template.h>

#include "base/words.h"
#include "template/context.h"
#include "template/template.h"
#include "type/json.h"

#define OSP_TEMPLATE_TERMS_MAX 64        /* parts of one expression */
#define OSP_TEMPLATE_OPS_MAX 65536       /* operations of a program, partials included */
#define OSP_TEMPLATE_WORK_MAX (1u << 20) /* nodes that are compiled, partials each time */
#define OSP_TEMPLATE_COMPLAINTS_MAX 32   /* that are told in one go */
#define OSP_TEMPLATE_SLOTS_MAX 16        /* {{outlet @name}} of one layout */
#define OSP_TEMPLATE_HEADS_MAX 64        /* elements of the {{#head}} of one template */
/* Values that can be named at one place. */
#define OSP_TEMPLATE_REGISTERS_MAX (OSP_TEMPLATE_SCOPES_MAX + 2 * OSP_TEMPLATE_DEPTH_MAX)

/* ---------------------------------------------------------------- what is written */

typedef enum osp_expr_kind {
    OSP_EXPR_PATH = 0, /* a.b.c, this, @index */
    OSP_EXPR_TEXT,     /* "text" */
    OSP_EXPR_INT,
    OSP_EXPR_DOUBLE,
    OSP_EXPR_BOOL,
    OSP_EXPR_NULL,
    OSP_EXPR_NOT,
    OSP_EXPR_AND,
    OSP_EXPR_OR,
    OSP_EXPR_COMPARE,
    OSP_EXPR_FILTER
} osp_expr_kind;

typedef enum osp_comparison {
    OSP_EQUAL = 0,
    OSP_UNEQUAL,
    OSP_LESS,
    OSP_LESS_EQUAL,
    OSP_GREATER,
    OSP_GREATER_EQUAL
} osp_comparison;

typedef struct osp_expr osp_expr;
struct osp_expr {
    uint8_t kind;       /* osp_expr_kind */
    uint8_t comparison; /* osp_comparison */
    osp_str at;         /* where it stands: the path, the name of the filter, the operator */
    osp_str text;       /* of a literal */
    int64_t number;
    double real;
    osp_expr *left, *right; /* of NOT, FILTER: left alone */
    osp_expr *arguments;    /* of a filter: linked by next */
    osp_expr *next;
};

typedef enum osp_tag_kind {
    OSP_TAG_TEXT = 0,
    OSP_TAG_SHOW,
    OSP_TAG_IF,
    OSP_TAG_EACH,
    OSP_TAG_WITH,
    OSP_TAG_PARTIAL,
    OSP_TAG_OUTLET,
    OSP_TAG_HEAD,
    OSP_TAG_HEAD_BLOCK,
    OSP_TAG_NONCE
} osp_tag_kind;

/* NAME=value of a partial. */
typedef struct osp_argument osp_argument;
struct osp_argument {
    osp_str name;
    const osp_expr *value;
    const osp_argument *next;
};

typedef struct osp_tag osp_tag;
struct osp_tag {
    uint8_t kind;
    bool has_else;
    osp_str text;         /* of TEXT; else the tag as it stands */
    osp_str name;         /* what a block calls its value, a partial, the slot of an outlet */
    const osp_expr *expr; /* NULL: the tag is broken, and that has been told */
    const osp_argument *arguments;
    osp_tag *body, *otherwise, *next;
};

/* ---------------------------------------------------------------- what is told */

/* Tells what is wrong at a slice of a text: with place, excerpt and caret.  The same is told once.
 */
typedef struct osp_teller {
    osp_arena *arena;
    osp_template_complaints *said;
    struct {
        const char *at;
        const char *words;
    } told[OSP_TEMPLATE_COMPLAINTS_MAX];
    size_t told_count;
    size_t wrong;          /* also what was not told for being too much */
    bool newest;           /* what was wrong last has been told */
    const char *newest_at; /* where that was */
} osp_teller;

void osp_tell(osp_teller *teller, const osp_template_text *source, osp_str at, const char *format,
              ...) OSP_PRINTF(4, 5);
/* A note behind what was told last. */
void osp_tell_note(osp_teller *teller, const osp_template_text *source, osp_str at,
                   const char *format, ...) OSP_PRINTF(4, 5);

/* ---------------------------------------------------------------- reading */

/* Text of a template that is being read. */
typedef struct osp_parser {
    osp_arena *arena;
    osp_teller *teller;
    const osp_template_text *source;
    bool no_memory;
} osp_parser;

/* Reads a whole text; what is wrong has been told.  NULL: no memory. */
const osp_tag *osp_template_parse(osp_parser *parser);

/* What an expression is read from: the inside of a tag. */
typedef struct osp_words {
    osp_parser *parser;
    const char *at, *end;
    uint32_t depth, terms;
    bool failed; /* what is wrong has been told */
} osp_words;

/* Reads `expr | filter argument ...`; NULL: it is broken, which has been told. */
osp_expr *osp_expr_read(osp_words *words);
/* Reads one literal, path or expression in parentheses. */
osp_expr *osp_expr_read_one(osp_words *words);
/* Goes on to what is no blank; whether there is anything. */
bool osp_words_more(osp_words *words);
/* Reads a name; empty: there is none. */
osp_str osp_words_name(osp_words *words);
/* Whether the next is exactly this word, which is passed then. */
bool osp_words_take(osp_words *words, const char *word);
static inline bool osp_is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}
static inline bool osp_is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* ---------------------------------------------------------------- what it means */

/* A value that was computed. */
typedef union osp_cell {
    bool boolean;
    int32_t int32;
    uint32_t uint32;
    int64_t integer;
    uint64_t unsigned_integer;
    float real32;
    double real;
    osp_str text;
    osp_time time;
    osp_date date;
    osp_uuid uuid;
    osp_list list;
} osp_cell;

/* A step to a member that is not simply further on. */
typedef struct osp_hop {
    uint32_t offset; /* from where the last one ended */
    uint8_t how;     /* osp_hop_kind */
    uint8_t value_at;
    uint32_t tag_offset; /* of a union's case */
    int64_t tag;
} osp_hop;
typedef enum osp_hop_kind {
    OSP_HOP_REGISTER = 0, /* it may be NULL */
    OSP_HOP_POINTER,
    OSP_HOP_PRESENCE,
    OSP_HOP_CASE
} osp_hop_kind;

typedef enum osp_term_code {
    OSP_TERM_MEMBER = 0, /* register + hops + offset */
    OSP_TERM_LITERAL,
    OSP_TERM_NOT,
    OSP_TERM_AND,
    OSP_TERM_OR,
    OSP_TERM_COMPARE,
    OSP_TERM_PRESENT, /* left is there */
    OSP_TERM_FILTER,
    OSP_TERM_CALL,      /* a filter of the application */
    OSP_TERM_DEFAULT,   /* left, or right where that is not there */
    OSP_TERM_AS_TEXT,   /* left in its text form */
    OSP_TERM_AS_INT,    /* left as int64 */
    OSP_TERM_AS_DOUBLE, /* left as double */
    OSP_TERM_INDEX,     /* @index and its like, of the loop `reg` */
    OSP_TERM_FIRST,
    OSP_TERM_LAST,
    OSP_TERM_LENGTH,
    OSP_TERM_KEY,
    OSP_TERM_UNION_NAME /* the name of the case of the union that left is */
} osp_term_code;

typedef struct osp_term osp_term;
struct osp_term {
    uint8_t code; /* osp_term_code */
    uint8_t kind; /* osp_kind of its value */
    bool optional;
    uint8_t comparison;
    uint8_t how; /* of COMPARE: an osp_kind that both sides are compared as */
    uint8_t reg; /* register or loop */
    uint8_t hop_count;
    uint32_t offset;
    uint32_t count; /* of an array */
    const osp_hop *hops;
    const osp_type *type;   /* of an object, an enum, of elements */
    const osp_field *field; /* that it is; what says how it is written as JSON */
    osp_cell literal;
    const osp_term *left, *right;
    const struct osp_filter_def *filter;
    const osp_filter *call;
    const osp_term *arguments[OSP_FILTER_ARGUMENTS_MAX];
};

typedef enum osp_op_code {
    OSP_OP_END = 0,
    OSP_OP_NEXT, /* nothing but its literal */
    OSP_OP_TEXT, /* a text that is always there, escaped for HTML: register + offset */
    OSP_OP_INT,  /* an int64 that is always there: register + offset */
    OSP_OP_SHOW,
    OSP_OP_JUMP,   /* from here on: to somewhere else */
    OSP_OP_UNLESS, /* jump unless the term is true */
    OSP_OP_EACH,   /* jump if it has no items */
    OSP_OP_AGAIN,  /* jump if there are more */
    OSP_OP_WITH,   /* jump if it is not there */
    OSP_OP_LET,    /* register = the term's value */
    OSP_OP_OUTLET,
    OSP_OP_HEAD,
    OSP_OP_FORM,
    OSP_OP_NONCE,
    OSP_OP_NONCE_ATTRIBUTE
} osp_op_code;

/* Copies a literal, then does something. */
#define OSP_OP_PADDING 32 /* bytes of a literal that can be read, whatever its length */
typedef struct osp_op {
    const char *literal;
    uint32_t len;
    uint8_t code;   /* osp_op_code */
    uint8_t escape; /* osp_escape */
    uint8_t level;  /* of a loop */
    uint8_t reg;    /* register */
    uint32_t to;    /* of a jump; offset; slot */
    const osp_term *term;
} osp_op;

struct osp_template {
    const osp_op *ops;
    const osp_template_head *heads;
    const uint32_t *head_ops; /* where each begins */
    size_t head_count;
    const osp_str *slots;
    size_t slot_count;
    size_t scope_count;
    bool has_outlet;
};

/* ---------------------------------------------------------------- names */

/* A value or a set of members that can be named. */
typedef struct osp_scope osp_scope;
struct osp_scope {
    const osp_scope *outer; /* NULL: none */
    osp_str name;           /* empty: its members are named bare */
    const osp_term *term;   /* what the name means */
    int level;              /* which @index and the others are of; -1: it is none */
    bool of_map;            /* the loop has @key */
    bool is_this;           /* {{this}} is it */
    bool last;              /* those further out are not to be seen: a partial begins here */
    bool *used;             /* it was named; NULL: nobody asks */
};

/* Where a partial is called. */
typedef struct osp_call {
    const osp_template_text *source;
    const osp_tag *tag;
    const osp_scope *scope; /* what can be named there */
} osp_call;

/* What binding needs. */
typedef struct osp_binder {
    osp_arena *arena;
    osp_teller *teller;
    const osp_template_text *source;
    const osp_template_options *options;
    const osp_scope *scope;
    const osp_call *call; /* of the partial that is compiled; NULL: it is none */
    bool no_names;        /* within a {{#head}} that names nothing */
    bool no_memory;       /* sticky */
} osp_binder;

/* What an expression means; NULL: it is wrong, which has been told, or memory is exhausted. */
const osp_term *osp_term_of(osp_binder *binder, const osp_expr *expr);
/* A filter of the language or of the application. */
const osp_term *osp_term_filtered(osp_binder *binder, const osp_expr *expr);
/* A term for what stands in a register. */
osp_term *osp_term_in_register(osp_binder *binder, size_t reg, const osp_term *like);
osp_term *osp_term_new(osp_binder *binder, osp_term_code code, osp_kind kind);
/* Memory of the binder's arena, zeroed; NULL marks no_memory. */
void *osp_binder_alloc(osp_binder *binder, size_t size);
/* "a list", "a number": for people. */
const char *osp_kind_words(osp_kind kind);
bool osp_kind_is_number(osp_kind kind);
bool osp_kind_is_list(osp_kind kind);
/* The same value as text, int64 or double; NULL: it has none, or no memory. */
const osp_term *osp_term_as(osp_binder *binder, const osp_term *term, osp_kind kind);

/* ---------------------------------------------------------------- rendering */

/* A loop that runs. */
typedef struct osp_loop {
    size_t left, count; /* left: with the one that is shown */
    size_t stride;
    size_t reg; /* where the item is; of a map the value, which its key stands in front of */
} osp_loop;

/* A rendering. */
typedef struct osp_frame {
    const osp_template *template;
    const osp_template_hooks *hooks;
    osp_task *task;
    osp_buf *out;
    osp_status status; /* the first failure */
    const void *registers[OSP_TEMPLATE_REGISTERS_MAX];
    osp_cell cells[OSP_TEMPLATE_REGISTERS_MAX];
    osp_loop loops[OSP_TEMPLATE_DEPTH_MAX];
} osp_frame;

/* Where the value of a term is, which may be in *cell; NULL: it is not there (or frame->status). */
const void *osp_term_eval(osp_frame *frame, const osp_term *term, osp_cell *cell);
bool osp_term_truth(const osp_term *term, const void *value);
/* How many items a list, array or map has, and where they begin. */
osp_list osp_term_items(const osp_term *term, const void *value);
/* Writes a value as JSON, of any kind. */
OSP_MUST_CHECK osp_status osp_term_json(const osp_term *term, const void *value, osp_buf *out);
/* The text form of a scalar; what is not text already is written into `made`, which is empty. */
#define OSP_TERM_TEXT_SIZE 64 /* bytes that are enough for most */
osp_str osp_term_text(osp_frame *frame, const osp_term *term, const void *value, osp_buf *made);

#endif
