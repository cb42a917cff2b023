/* Judges what a client heard: a reader of answers that believes nothing; see answers.h.
 *
 * An answer that is cut off is no lie: its own framing says so.  What follows one that is whole
 * must be the next one. */
#include "tests/torture/answers.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 19)

/* One answer, as far as it is there. */
typedef struct answer {
    int status;
    const char *head, *body;
    size_t head_len, body_len, size; /* size: of all of it */
    bool whole;
} answer;

static const char *find(const char *text, size_t len, const char *what)
{
    return memmem(text, len, what, strlen(what));
}

/* The value of a field, up to its line's end; NULL: there is none.  name: with its colon. */
static const char *field(const answer *a, const char *name, size_t *ret_len)
{
    char line[64] = "\r\n";
    strncat(line, name, sizeof line - 3);
    const char *at = find(a->head, a->head_len, line);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(line);
    *ret_len = (size_t)(find(at, a->head_len - (size_t)(at - a->head), "\r\n") - at);
    return at;
}

/* Whether every line of the head is a field, without control bytes. */
static bool is_head(const answer *a)
{
    const char *line = find(a->head, a->head_len, "\r\n") + 2;
    while (line < a->head + a->head_len - 2) {
        const char *end = find(line, a->head_len - (size_t)(line - a->head), "\r\n");
        const char *colon = memchr(line, ':', (size_t)(end - line));
        if (colon == NULL || colon == line) {
            return false;
        }
        for (const char *at = line; at < end; at++) {
            if ((unsigned char)*at < 0x20 || *at == 0x7f) {
                return false;
            }
        }
        line = end + 2;
    }
    return true;
}

/* A chunked body, with its trailer; false: it is none. */
static bool read_chunked(answer *a, const char *at, const char *end)
{
    static char content[TEXT_MAX];
    a->body = content;
    for (;;) {
        char *behind;
        if (find(at, (size_t)(end - at), "\r\n") == NULL) {
            return true;
        }
        const size_t size = strtoul(at, &behind, 16);
        if (behind == at || memcmp(behind, "\r\n", 2) != 0 || size > TEXT_MAX - a->body_len) {
            return false;
        }
        at = behind + 2;
        if (size == 0) {
            break;
        }
        if ((size_t)(end - at) < size + 2) {
            return true;
        }
        memcpy(content + a->body_len, at, size);
        a->body_len += size;
        at += size;
        if (memcmp(at, "\r\n", 2) != 0) {
            return false;
        }
        at += 2;
    }
    const char *last = at - 2; /* an empty trailer is one end of a line behind another */
    const char *stop = find(last, (size_t)(end - last), "\r\n\r\n");
    if (stop != NULL) {
        a->whole = true;
        a->size = (size_t)(stop + 4 - a->head);
    }
    return true;
}

/* The body that the head tells of; false: what is there is none. */
static bool read_body(answer *a, const char *end, bool bodiless, bool closed)
{
    size_t len = 0, unused;
    const char *at = a->head + a->head_len;
    const char *length = field(a, "Content-Length: ", &len);
    const bool chunked = field(a, "Transfer-Encoding: chunked", &unused) != NULL;
    a->body = at;
    if (length != NULL && chunked) {
        return false;
    }
    if (bodiless || a->status == 204 || a->status == 304 || a->status < 200) {
        a->whole = true;
        a->body_len = a->status == 101 ? (size_t)(end - at) : 0;
        a->size = a->head_len + a->body_len;
        return true;
    }
    if (chunked) {
        return read_chunked(a, at, end);
    }
    const size_t there = (size_t)(end - at);
    const size_t size = length != NULL ? strtoul(length, NULL, 10) : there;
    a->whole = length != NULL ? there >= size : closed;
    a->body_len = there < size ? there : size;
    a->size = a->head_len + a->body_len;
    return true;
}

/* NULL, or what is wrong with the bytes.  ret_answer: status 0 while its head is not whole. */
static const char *read_answer(const char *text, size_t len, bool bodiless, bool closed,
                               answer *ret_answer)
{
    static const char start[] = "HTTP/1.1 ";
    const size_t begun = len < sizeof start - 1 ? len : sizeof start - 1;
    *ret_answer = (answer){ .head = text };
    if (memcmp(text, start, begun) != 0) {
        return "what came is no answer";
    }
    const char *end = find(text, len, "\r\n\r\n");
    if (end == NULL) {
        return NULL;
    }
    ret_answer->head_len = (size_t)(end + 4 - text);
    ret_answer->status = (int)strtol(text + sizeof start - 1, NULL, 10);
    size_t unused;
    if (!is_head(ret_answer) || ret_answer->status < 100 || ret_answer->status > 599) {
        return "the head of an answer is malformed";
    }
    if (ret_answer->status >= 200 && field(ret_answer, "Date: ", &unused) == NULL) {
        return "an answer has no date";
    }
    return read_body(ret_answer, text + len, bodiless, closed) ? NULL : "a body is malformed";
}

static bool is_interim(int status)
{
    return status >= 100 && status < 200 && status != 101;
}

static bool fits(const answer *a, const expected *want)
{
    return a->status == want->status &&
           (want->body == NULL ||
            (strlen(want->body) == a->body_len && memcmp(want->body, a->body, a->body_len) == 0)) &&
           (want->size == 0 || want->size == a->body_len) &&
           (want->part == NULL || find(a->head, a->size, want->part) != NULL);
}

/* A problem document, in one of its forms. */
static bool is_problem(const answer *a)
{
    static const char *const forms[] = { "application/problem+json", "text/html; charset=utf-8",
                                         "text/plain; charset=utf-8" };
    size_t len = 0;
    const char *type = field(a, "Content-Type: ", &len);
    for (size_t i = 0; type != NULL && i < sizeof forms / sizeof forms[0]; i++) {
        if (len == strlen(forms[i]) && memcmp(type, forms[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/* An answer that a fault may put in the place of the right one: it tells of a failure of ours, or
 * tells of the right one in fewer words. */
static bool is_honest(const answer *a, const expected *want)
{
    if (a->status == want->status && want->or_empty && a->body_len == 0) {
        return true;
    }
    return (a->status >= 500 || a->status == 408 ||
            (a->status == want->status && a->status >= 400)) &&
           (want->head || is_problem(a));
}

verdict answers_judge(const feature *what, const char *text, size_t len, bool closed)
{
    const expected *want = what->answers;
    verdict v = { .right = true };
    for (size_t at = 0; at < len;) {
        answer a;
        const expected *final = want;
        while (is_interim(final->status)) {
            final++;
        }
        v.wrong = final->status == 0 ? "more answers than were asked for"
                                     : read_answer(text + at, len - at, final->head, closed, &a);
        if (v.wrong != NULL || a.status == 0) {
            break;
        }
        if (is_interim(a.status) && want->status != a.status) {
            v.wrong = "an interim answer that nobody asked for";
            break;
        }
        if (!is_interim(a.status)) {
            v.right = v.right && want == final; /* else the interim one is missing */
            want = final;
        }
        if (!a.whole || (a.status == 101 && want->body != NULL && a.body_len < strlen(want->body) &&
                         memcmp(want->body, a.body, a.body_len) == 0)) {
            break;
        }
        if (!fits(&a, want)) {
            v.right = false;
            v.wrong = is_honest(&a, want) ? NULL : "another answer than the right one";
        }
        if (v.wrong != NULL) {
            break;
        }
        want++;
        at += a.size;
    }
    v.whole = want->status == 0 && v.wrong == NULL;
    v.right = v.right && v.whole;
    return v;
}
