/* What is wrong with an input, for the client: every bad field at once, up to a maximum.
 *
 * A flaw is a sentence that is not said yet, with the value that it speaks of: in which language
 * is known only when the answer is written. */
#ifndef OSP_TYPE_ISSUES_H
#define OSP_TYPE_ISSUES_H

#include <openspeed/manifest.h>

#include "base/arena.h"
#include "type/sentences.h"

#define OSP_ISSUES_MAX 32       /* bad fields reported at once */
#define OSP_ISSUE_VALUE_MAX 160 /* bytes of a value in a sentence */

/* What sort of thing is wrong: for programs, and for translations. */
typedef enum osp_issue_code {
    OSP_ISSUE_CHECK = 0, /* a check of the application's own */
    OSP_ISSUE_REQUIRED,
    OSP_ISSUE_NULL,
    OSP_ISSUE_TYPE,
    OSP_ISSUE_MINIMUM,
    OSP_ISSUE_MAXIMUM,
    OSP_ISSUE_ABOVE,
    OSP_ISSUE_BELOW,
    OSP_ISSUE_MULTIPLE,
    OSP_ISSUE_MIN_LENGTH,
    OSP_ISSUE_MAX_LENGTH,
    OSP_ISSUE_MIN_ITEMS,
    OSP_ISSUE_MAX_ITEMS,
    OSP_ISSUE_UNIQUE,
    OSP_ISSUE_PATTERN,
    OSP_ISSUE_FORMAT,
    OSP_ISSUE_ENUM,
    OSP_ISSUE_NEEDS,
    OSP_ISSUE_ADDITIONAL,
    OSP_ISSUE_DUPLICATE,
    OSP_ISSUE_CODES
} osp_issue_code;

/* The code as programs see it: "min_length".  static */
const char *osp_issue_code_name(osp_issue_code code);

/* A sentence of sentences.h. */
typedef struct osp_sentence {
    osp_issue_code code;
    const char *key;
    const char *text; /* in English */
} osp_sentence;

enum {
#define OSP_SENTENCE_INDEX_(name, code, key, text) OSP_SENTENCE_##name,
    OSP_SENTENCES(OSP_SENTENCE_INDEX_) OSP_SENTENCE_COUNT
#undef OSP_SENTENCE_INDEX_
};
extern const osp_sentence osp_sentences[OSP_SENTENCE_COUNT];
#define OSP_SAY(name) (&osp_sentences[OSP_SENTENCE_##name])

/* What is wrong with a value. */
typedef struct osp_flaw {
    const osp_sentence *says; /* NULL: nothing is wrong */
    osp_str value; /* for the placeholder, or an application's own sentence: static or in the
                    * arena; NULL: there is none, or no memory for it */
} osp_flaw;

/* One thing wrong with one field. */
typedef struct osp_issue {
    const char *in; /* NULL: the body; "path", "query", "header", "cookie" or "form" */
    osp_str where;  /* in the body a JSON pointer (RFC 6901), else the parameter's name */
    osp_flaw flaw;
} osp_issue;

/* Every bad field of one input. */
typedef struct osp_issues {
    osp_issue items[OSP_ISSUES_MAX];
    size_t count;
    size_t dropped; /* beyond the maximum */
} osp_issues;

void osp_issues_add(osp_issues *issues, const char *in, osp_str where, osp_flaw flaw);

/* A flaw whose sentence has no value, or one that its key tells. */
static inline osp_flaw osp_flaw_of(const osp_sentence *says)
{
    return (osp_flaw){ .says = says };
}

/* OSP_OK, or why a value could not be judged: OSP_E_LIMIT (the client's fault all the same),
 * OSP_E_NOMEM, OSP_E_INVALID (a bad pattern). */
osp_status osp_flaw_failure(osp_flaw flaw);

/* What a check of the application said; nothing is wrong when that is NULL. */
static inline osp_flaw osp_flaw_checked(const char *sentence)
{
    return sentence != NULL ? (osp_flaw){ .says = OSP_SAY(CHECK), .value = osp_str_from(sentence) }
                            : (osp_flaw){ .says = NULL };
}

/* With a copy of `value` in the arena, cut after OSP_ISSUE_VALUE_MAX bytes. */
osp_flaw osp_flaw_with(const osp_sentence *says, osp_arena *arena, osp_str value);
/* With a number of things; the sentence behind `says`, its `.one`, when that is one. */
osp_flaw osp_flaw_count(const osp_sentence *says, osp_arena *arena, uint64_t count);
/* With the names that an enum or the tag of a union may have. */
osp_flaw osp_flaw_choices(const osp_type *type, osp_arena *arena);

/* What reading a text of a type came to. */
static inline osp_flaw osp_flaw_of_text(const osp_sentence *wrong, const osp_type *type,
                                        osp_arena *arena)
{
    return wrong == OSP_SAY(ENUM) ? osp_flaw_choices(type, arena) : osp_flaw_of(wrong);
}

/* ---------------------------------------------------------------- languages */

/* In which words an answer speaks.  All zero: English. */
typedef struct osp_wording {
    const osp_messages *const *tables;
    size_t table_count;
    osp_str language; /* such as "de-CH"; empty: English */
    bool used;        /* something was said in it */
} osp_wording;

/* The sentence of a flaw, in the arena or static; empty when nothing is wrong.  A table of the
 * language is asked first, then that of the language without its last part, then English. */
osp_str osp_flaw_text(const osp_flaw *flaw, osp_wording *wording, osp_arena *arena);
/* An application's own English sentence in the language; itself when there is no translation. */
osp_str osp_wording_sentence(osp_wording *wording, osp_str sentence);
/* The table of a language, in any case; NULL: there is none. */
const osp_messages *osp_wording_table(const osp_messages *const *tables, size_t count,
                                      osp_str language);
/* NULL, or what is wrong with a row, such as "no message has this key": static. */
const char *osp_message_check(const osp_message *row);

#endif
