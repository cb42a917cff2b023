/* Texts that a regular expression finds.
 *
 * The expression is walked from left to right, and each part is walked as often as it is written:
 * once without writing, to know where it ends and how many alternatives it has, then for the one
 * that was drawn.  Assertions are taken to hold; whoever asks for a text has it judged. */
#include <string.h>

#include "tests/unit/sample.h"

#define REPEATS_MAX 4 /* beyond the least, of a repetition without end */

typedef struct walker {
    osp_sampler *sampler;
    const char *at;
    osp_buf *out; /* NULL: nothing is written */
    bool unknown; /* something that the sampler does not know */
} walker;

typedef struct class
{
    bool has[128];
} class;

static void walk_choice(walker *w);

static void emit(walker *w, char c)
{
    if (w->out != NULL) {
        osp_buf_byte(w->out, c);
    }
}

static void add_range(class *set, int low, int high)
{
    for (int c = low; c <= high && c < 128; c++) {
        set->has[c] = true;
    }
}

static void invert(class *set)
{
    for (int c = 0; c < 128; c++) {
        set->has[c] = !set->has[c] && c >= ' ' && c < 127;
    }
}

/* What stands behind a backslash. */
static void add_escape(walker *w, class *set, char c)
{
    const char small = (char)(c | 0x20);
    class own = { .has = { false } };
    if (small == 'd' || small == 'w') {
        add_range(&own, '0', '9');
    }
    if (small == 'w') {
        add_range(&own, 'a', 'z');
        add_range(&own, 'A', 'Z');
        own.has['_'] = true;
    } else if (small == 's') {
        own.has[' '] = true;
    } else if (small != 'd') {
        w->unknown |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        own.has[c & 127] = true;
    }
    if (c != small && !w->unknown && strchr("DWS", c) != NULL) {
        invert(&own);
    }
    for (int i = 0; i < 128; i++) {
        set->has[i] |= own.has[i];
    }
}

static void read_class(walker *w, class *set)
{
    const bool negated = *w->at == '^';
    w->at += negated;
    while (*w->at != '\0' && *w->at != ']') {
        const char c = *w->at++;
        if (c == '\\' && *w->at != '\0') {
            add_escape(w, set, *w->at++);
        } else if (w->at[0] == '-' && w->at[1] != ']' && w->at[1] != '\0') {
            w->unknown |= w->at[1] == '\\';
            add_range(set, (unsigned char)c, (unsigned char)w->at[1]);
            w->at += 2;
        } else {
            w->unknown |= (unsigned char)c > 127;
            set->has[c & 127] = true;
        }
    }
    w->at += *w->at == ']';
    if (negated) {
        invert(set);
    }
}

static void emit_one_of(walker *w, const class *set)
{
    char members[128];
    uint32_t count = 0;
    for (int c = 0; c < 128; c++) {
        if (set->has[c]) {
            members[count++] = (char)c;
        }
    }
    if (count == 0) {
        w->unknown = true;
    } else if (w->out != NULL) {
        emit(w, members[osp_sample_below(w->sampler, count)]);
    }
}

static void walk_group(walker *w)
{
    if (w->at[0] == '?') {
        w->unknown |= w->at[1] != ':';
        w->at += w->at[1] == ':' ? 2 : 1;
    }
    walk_choice(w);
    w->unknown |= *w->at != ')';
    w->at += *w->at == ')';
}

static void walk_atom(walker *w)
{
    class set = { .has = { false } };
    const char c = *w->at++;
    switch (c) {
    case '(':
        walk_group(w);
        return;
    case '^':
    case '$':
        return;
    case '.':
        invert(&set);
        break;
    case '[':
        read_class(w, &set);
        break;
    case '\\':
        w->unknown |= *w->at == '\0';
        add_escape(w, &set, *w->at);
        w->at += *w->at != '\0';
        break;
    default:
        emit(w, c);
        return;
    }
    emit_one_of(w, &set);
}

static uint32_t read_number(walker *w)
{
    uint32_t n = 0;
    while (*w->at >= '0' && *w->at <= '9' && n < 1000) {
        n = n * 10 + (uint32_t)(*w->at++ - '0');
    }
    return n;
}

/* How often the atom before stands: drawn from what its quantifier allows. */
static uint32_t read_repeats(walker *w)
{
    uint32_t low = 1, high = 1;
    const char c = *w->at;
    if (c == '?' || c == '*' || c == '+') {
        w->at++;
        low = c == '+';
        high = c == '?' ? 1 : low + REPEATS_MAX;
    } else if (c == '{') {
        w->at++;
        low = high = read_number(w);
        if (*w->at == ',') {
            w->at++;
            high = *w->at == '}' ? low + REPEATS_MAX : read_number(w);
        }
        w->unknown |= *w->at != '}' || high < low;
        w->at += *w->at == '}';
    } else {
        return 1;
    }
    w->at += *w->at == '?' || *w->at == '+'; /* lazy, possessive */
    return w->unknown ? low : low + osp_sample_below(w->sampler, high - low + 1);
}

/* One alternative, with its repetitions. */
static void walk_sequence(walker *w)
{
    osp_buf *const out = w->out;
    while (*w->at != '\0' && *w->at != '|' && *w->at != ')' && !w->unknown) {
        const char *const atom = w->at;
        w->out = NULL;
        walk_atom(w);
        const uint32_t repeats = read_repeats(w);
        const char *const behind = w->at;
        w->out = out;
        for (uint32_t i = 0; i < repeats && out != NULL; i++) {
            w->at = atom;
            walk_atom(w);
        }
        w->at = behind;
    }
}

static void walk_choice(walker *w)
{
    osp_buf *const out = w->out;
    const char *const start = w->at;
    uint32_t count = 0;
    w->out = NULL;
    do {
        w->at += count++ != 0;
        walk_sequence(w);
    } while (*w->at == '|' && !w->unknown);
    const char *const behind = w->at;
    if (out != NULL && !w->unknown) {
        w->at = start;
        for (uint32_t skipped = osp_sample_below(w->sampler, count); skipped > 0; skipped--) {
            walk_sequence(w);
            w->at++;
        }
        w->out = out;
        walk_sequence(w);
    }
    w->out = out;
    w->at = behind;
}

bool osp_sample_pattern(osp_sampler *s, const char *pattern, osp_buf *out)
{
    walker w = { .sampler = s, .at = pattern, .out = out };
    walk_choice(&w);
    return !w.unknown && *w.at == '\0' && !out->failed;
}
