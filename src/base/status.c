/* Outcomes in words, errors for people, and the end of a process whose promises are broken.
 *
 * The texts come from the one list in base.h.  An osp_error is filled where the cause is known and
 * needs no memory, so that "out of memory" can be told like anything else. */
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *osp_status_text(osp_status status)
{
    switch (status) {
#define STATUS_CASE(name, value, text)                                                             \
    case name:                                                                                     \
        return text;
        OSP_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    }
    return "unknown status";
}

/* The length of `text` without a character that the cut at its end has halved. */
static size_t without_half(const char *text, size_t len)
{
    size_t start = len;
    while (start != 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return len;
    }
    const unsigned char lead = (unsigned char)text[start - 1];
    const size_t want = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    return len - start < want ? start - 1 : len;
}

osp_status osp_error_set_va(osp_error *err, osp_status status, const char *file, int line,
                            const char *format, va_list args)
{
    if (err == NULL) {
        return status;
    }
    /* Formatted aside: the arguments may be parts of *err, as when a message gets a prefix. */
    char message[sizeof(err->message)];
    const int len = vsnprintf(message, sizeof(message), format, args);
    if (len < 0) {
        message[0] = '\0';
    } else if ((size_t)len >= sizeof(message)) {
        message[without_half(message, sizeof(message) - 1)] = '\0';
    }
    *err = (osp_error){ .status = status, .file = file, .line = line };
    memcpy(err->message, message, strlen(message) + 1);
    return status;
}

osp_status osp_error_set_at(osp_error *err, osp_status status, const char *file, int line,
                            const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)osp_error_set_va(err, status, file, line, format, args);
    va_end(args);
    return status;
}

void osp_assert_failed(const char *cond, const char *file, int line)
{
    char text[512];
    const int len = snprintf(text, sizeof(text), "%s:%d: assertion failed: %s\n", file, line, cond);
    if (len > 0) {
        const size_t size = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
        /* Nothing can be done about a failure here: the process ends in any case. */
        const ssize_t written = write(STDERR_FILENO, text, size);
        (void)written;
    }
    abort();
}
