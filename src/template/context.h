/* Where in a document a place of a template is: what a browser would take a value for that stands
 * there, and so how it must be escaped. */
#ifndef OSP_TEMPLATE_CONTEXT_H
#define OSP_TEMPLATE_CONTEXT_H

#include <openspeed/base.h>

#include "template/markup.h"

#define OSP_CONTEXT_WORD_MAX 24   /* bytes of a word that are told apart from others */
#define OSP_CONTEXT_NESTING_MAX 8 /* template literals of scripts, and SVG, inside each other */

/* How a value is written. */
typedef enum osp_escape {
    OSP_ESCAPE_HTML = 0,   /* text, and attributes, whose quotes are always written */
    OSP_ESCAPE_HTML_TWICE, /* a document in an attribute */
    OSP_ESCAPE_URL_START,  /* a URL, or its begin: schemes that run nothing */
    OSP_ESCAPE_URL_SCHEME, /* behind the begin of a URL: no scheme can come of it */
    OSP_ESCAPE_URL_PATH,   /* within one, before its query */
    OSP_ESCAPE_URL_QUERY,  /* a value of a query, or a fragment */
    OSP_ESCAPE_SRCSET,
    OSP_ESCAPE_CSS_VALUE,
    OSP_ESCAPE_CSS_TEXT_START, /* in quotes, where it may be a URL */
    OSP_ESCAPE_CSS_TEXT,
    OSP_ESCAPE_JS_VALUE,
    OSP_ESCAPE_JS_TEXT,
    OSP_ESCAPE_JS_TEMPLATE,
    OSP_ESCAPE_JS_REGEXP,
    OSP_ESCAPE_MARKUP,  /* an osp_markup between tags: as it is */
    OSP_ESCAPE_NOTHING, /* in a comment: it is left out */
    OSP_ESCAPE_COUNT,
    OSP_ESCAPE_IN_ATTRIBUTE = 0x40 /* beside one of those of URLs, scripts and styles */
} osp_escape;

/* One byte a member, so that two can be compared as they stand. */
typedef struct osp_context {
    uint8_t place;    /* osp_place_kind */
    uint8_t language; /* osp_language */
    uint8_t quote; /* of an attribute's value: '"', '\'', ' ' without, '+' those that were added */
    uint8_t element;                /* osp_element of context.c */
    uint8_t attribute;              /* osp_attribute of context.c */
    uint8_t facts;                  /* of the tag */
    uint8_t torn;                   /* a name ended at a tag: it must not go on */
    uint8_t foreign, foreign_depth; /* a bit a level: 1 within SVG or MathML, 0 HTML within that */

    uint8_t url;                            /* part of the URL */
    uint8_t state;                          /* of the script or style */
    uint8_t escaped, slash, divides, signs; /* of the script */
    uint8_t depth;                          /* of template literals */
    uint8_t braces[OSP_CONTEXT_NESTING_MAX];
    uint8_t word_len;
    char word[OSP_CONTEXT_WORD_MAX]; /* the last one, in lower case, while it may be one that counts
                                      */
} osp_context;

/* What literal text becomes. */
typedef struct osp_context_sink {
    void (*text)(void *arg, const char *text, size_t len);
    /* A form that is sent begins: its hidden fields belong here.  acts: it says where it goes. */
    void (*form)(void *arg, osp_str at, bool acts);
    /* How the text begins that says where a form goes: the action of one, before it begins, or the
     * formaction of a button.  whole: nothing follows. */
    void (*target)(void *arg, osp_str url, bool whole, bool of_button);
    void (*nonce)(void *arg); /* within the tag of a script or style without a nonce */
    void (*wrong)(void *arg, osp_str at, const char *words);
    void *arg;
} osp_context_sink;

/* Goes over literal text, which is part of a template. */
void osp_context_text(osp_context *context, osp_str text, const osp_context_sink *sink);
/* Where a tag of the template stands, or a branch ends: what is open there and can end, ends. */
void osp_context_tag(osp_context *context, const osp_context_sink *sink);
/* How a value is written here, which stands here then; false: it cannot be, which has been told. */
bool osp_context_value(osp_context *context, osp_str at, const osp_context_sink *sink,
                       uint8_t *ret_escape);
/* Whether whole elements can stand here. */
bool osp_context_is_text(const osp_context *context);
/* What both ends of a branch have in common; false: nothing. */
bool osp_context_join(const osp_context *a, const osp_context *b, osp_context *ret_joined);
bool osp_context_equal(const osp_context *a, const osp_context *b);
/* "an attribute", for people. */
const char *osp_context_words(const osp_context *context);

/* ---------------------------------------------------------------- of the languages within HTML */

typedef enum osp_url_part {
    OSP_URL_START = 0,
    OSP_URL_SCHEME, /* something stands before, and it may yet be a scheme */
    OSP_URL_DATA,   /* the same, and a value is of it */
    OSP_URL_PATH,
    OSP_URL_QUERY,
    OSP_URL_RUNS, /* it has a scheme that runs what follows */
    OSP_URL_UNKNOWN
} osp_url_part;

/* osp_context.divides: a slash may divide, or not. */
#define OSP_DIVIDES_UNKNOWN 2

/* Each takes one byte of literal text; NULL, or what is wrong. */
const char *osp_context_url_byte(osp_context *context, char byte);
const char *osp_context_js_byte(osp_context *context, char byte);
const char *osp_context_css_byte(osp_context *context, char byte);
/* Each says how a value is written; NULL, or why it cannot be. */
const char *osp_context_url_value(osp_context *context, uint8_t *ret_escape);
const char *osp_context_js_value(osp_context *context, uint8_t *ret_escape);
const char *osp_context_css_value(osp_context *context, uint8_t *ret_escape);
/* A word ends. */
void osp_context_js_settle(osp_context *context);
/* Forgets what was before: a script, style or URL begins. */
void osp_context_begin(osp_context *context, osp_language language);
/* What stands there is a word, or the begin of one, that is not known. */
void osp_context_blur(osp_context *context);
/* Whether a script or style is within quotes, a comment or such. */
bool osp_context_in_text(const osp_context *context);

#endif
