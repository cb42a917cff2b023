/* The ground everything stands on: slices, status codes, errors, arenas, tasks.
 *
 * This header is part of every application file, so it stays inside the subset of C that gcc,
 * clang and tcc share, and it declares no name outside `osp_`, `OSP_` and the short `S()`. */
#ifndef OPENSPEED_BASE_H
#define OPENSPEED_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* glibc's sys/cdefs.h erases attributes and static assertions for compilers it does not know.
 * tcc understands both; a libc header is included above so that this comes after the erasure. */
#ifdef __TINYC__
#undef __attribute__
#undef _Static_assert
#endif

#ifdef __cplusplus
#ifndef _Bool
#define _Bool bool /* <stdbool.h> does so in GNU modes alone */
#endif
extern "C" {
#endif

/* Of OpenSpeed (semver.org). */
#define OSP_VERSION "0.1.0"

/* What declarations of these headers say to compilers: it is a symbol of the library; its result must be
 * looked at; its arguments are those of printf. */
#define OSP_API __attribute__((visibility("default")))
#ifdef __TINYC__
#define OSP_MUST_CHECK
#define OSP_PRINTF(format_at, first_at)
#else
#define OSP_MUST_CHECK __attribute__((warn_unused_result))
#define OSP_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#endif

/* ---------------------------------------------------------------- status */

/* Every outcome of every fallible function. 0 is success, positive values are verdicts that are
 * no failure, negative values are failures in one range a room. */
#define OSP_STATUS_LIST(X)                                                                         \
    X(OSP_OK, 0, "ok")                                                                             \
    X(OSP_AGAIN, 1, "more input is needed")                                                        \
    X(OSP_DONE, 2, "nothing is left")                                                              \
    X(OSP_E_NOMEM, -1, "out of memory")                                                            \
    X(OSP_E_LIMIT, -2, "a limit was reached")                                                      \
    X(OSP_E_INVALID, -3, "invalid input")                                                          \
    X(OSP_E_IO, -4, "input/output error")                                                          \
    X(OSP_E_CANCELLED, -5, "cancelled")                                                            \
    X(OSP_E_DEADLINE, -6, "the deadline has passed")                                               \
    X(OSP_E_NOT_FOUND, -7, "not found")                                                            \
    X(OSP_E_BUSY, -8, "busy")                                                                      \
    X(OSP_E_UNSUPPORTED, -9, "not supported")                                                      \
    X(OSP_E_CLOSED, -10, "closed")                                                                 \
    X(OSP_E_JSON_SYNTAX, -100, "the text is not valid JSON")                                       \
    X(OSP_E_JSON_DEPTH, -101, "the JSON is nested too deeply")                                     \
    X(OSP_E_JSON_UTF8, -102, "a string is not valid UTF-8")                                        \
    X(OSP_E_JSON_NUMBER, -103, "a number cannot be written as JSON")                               \
    X(OSP_E_TYPE_MISMATCH, -104, "the value does not fit its type")                                \
    X(OSP_E_H1_REQUEST_LINE, -200, "malformed request line")                                       \
    X(OSP_E_H1_METHOD, -201, "malformed method")                                                   \
    X(OSP_E_H1_TARGET, -202, "malformed request target")                                           \
    X(OSP_E_H1_VERSION, -203, "unsupported HTTP version")                                          \
    X(OSP_E_H1_HEADER, -204, "malformed header field")                                             \
    X(OSP_E_H1_HOST, -205, "missing, repeated or malformed Host")                                  \
    X(OSP_E_H1_FRAMING, -206, "ambiguous message framing")                                         \
    X(OSP_E_H1_CHUNK, -207, "malformed chunk")                                                     \
    X(OSP_E_H1_HEAD_LIMIT, -208, "the request head is too large")                                  \
    X(OSP_E_H1_BODY_LIMIT, -209, "the request body is too large")                                  \
    X(OSP_E_H1_CODING, -210, "unsupported transfer coding")                                        \
    X(OSP_E_H1_METHOD_LIMIT, -211, "the method is too long")                                       \
    X(OSP_E_H1_EXPECTATION, -212, "unknown expectation")                                           \
    X(OSP_E_URI, -220, "malformed URI")                                                            \
    X(OSP_E_FAILED, -300, "the request failed and its answer is set")                              \
    X(OSP_E_DB, -400, "database error")                                                            \
    X(OSP_E_DB_CONSTRAINT, -401, "a database constraint was violated")                             \
    X(OSP_E_DB_SCHEMA, -402, "the statement does not fit the database or the type")                \
    X(OSP_E_BUILD, -500, "the application does not build")

/* One of those. */
typedef enum osp_status {
#define OSP_STATUS_MEMBER(name, value, text) name = value,
    OSP_STATUS_LIST(OSP_STATUS_MEMBER)
#undef OSP_STATUS_MEMBER
} osp_status;

/* The fixed English sentence of a status.  Returns static text. */
OSP_API const char *osp_status_text(osp_status status);

/* Returns from the calling function when `expr` failed (is negative). */
#define OSP_TRY(expr)                                                                              \
    do {                                                                                           \
        const osp_status osp_try_status_ = (expr);                                                 \
        if (osp_try_status_ < 0) {                                                                 \
            return osp_try_status_;                                                                \
        }                                                                                          \
    } while (0)

/* What went wrong, for people.  Formatted once, where the cause is known; reporting needs no memory. */
typedef struct osp_error {
    osp_status status;
    const char *file; /* where in OpenSpeed's or the application's source; static */
    int line;
    char message[256];
} osp_error;

/* Fills `err` (NULL allowed) and returns `status`, so that failing is one line. */
#define osp_error_set(err, status, ...)                                                            \
    osp_error_set_at((err), (status), __FILE__, __LINE__, __VA_ARGS__)
OSP_API osp_status osp_error_set_at(osp_error *err, osp_status status, const char *file, int line,
                                    const char *format, ...) OSP_PRINTF(5, 6);

/* A line of the application, for what it calls there to name when it fails.  Constant data: a call
 * that succeeds never reads it. */
typedef struct osp_place {
    const char *file;
    int line;
} osp_place;

/* The place where this stands.  static */
#define OSP_HERE                                                                                   \
    __extension__({                                                                                \
        static const osp_place osp_here_ = { __FILE__, __LINE__ };                                 \
        &osp_here_;                                                                                \
    })

/* ---------------------------------------------------------------- assert */

/* Stands in release builds too: guards memory safety and programmers' promises, never input. */
#define OSP_ASSERT(cond) ((cond) ? (void)0 : osp_assert_failed(#cond, __FILE__, __LINE__))
OSP_API void osp_assert_failed(const char *cond, const char *file, int line)
    __attribute__((noreturn));

/* The same where OSP_DEBUG is defined, else nothing. */
#ifdef OSP_DEBUG
#define OSP_DEBUG_ASSERT(cond) OSP_ASSERT(cond)
#else
#define OSP_DEBUG_ASSERT(cond) ((void)0)
#endif

/* ---------------------------------------------------------------- slices */

/* A borrowed view of bytes.  No NUL is promised behind it and NULs may be inside. */
typedef struct osp_str {
    const char *ptr;
    size_t len;
} osp_str;

/* A slice of a string literal. */
#ifdef __cplusplus
#define OSP_STR(literal) (osp_str{ "" literal, sizeof(literal) - 1 })
#else
#define OSP_STR(literal) ((osp_str){ "" literal, sizeof(literal) - 1 })
#endif
#ifndef OSP_NO_SHORT_NAMES
#define S(literal) OSP_STR(literal)
#endif

/* For printf: `"%.*s", OSP_ARG(slice)`. */
#define OSP_ARG(s) (int)(s).len, ((s).len ? (s).ptr : "")

/* The slice of a NUL-terminated string; NULL gives the empty slice. */
OSP_API osp_str osp_str_from(const char *text);
/* Byte equality. */
OSP_API bool osp_str_equal(osp_str a, osp_str b);
/* Equality that ignores the case of ASCII letters. */
OSP_API bool osp_str_equal_nocase(osp_str a, osp_str b);
/* Byte order as memcmp gives it, shorter first among equals; <0, 0, >0. */
OSP_API int osp_str_compare(osp_str a, osp_str b);
OSP_API bool osp_str_starts_with(osp_str s, osp_str prefix);
/* Without the spaces and tabs around it; a slice of `s`. */
OSP_API osp_str osp_str_trim(osp_str s);
/* Parses a whole slice as a decimal int64.  Returns OSP_OK, OSP_E_INVALID or OSP_E_LIMIT (range). */
OSP_API OSP_MUST_CHECK osp_status osp_str_to_int(osp_str s, int64_t *ret_value);

/* The items of an array, and the struct that a member is in. */
#define OSP_ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define OSP_CONTAINER_OF(ptr, type, member)                                                        \
    ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* ---------------------------------------------------------------- methods */

/* Methods that a route can be declared for.  HEAD is answered by GET. */
typedef enum osp_method {
    OSP_METHOD_GET = 0,
    OSP_METHOD_HEAD,
    OSP_METHOD_POST,
    OSP_METHOD_PUT,
    OSP_METHOD_DELETE,
    OSP_METHOD_PATCH,
    OSP_METHOD_OPTIONS,
    OSP_METHOD_OTHER, /* a valid token, but no route can be declared for it */
    OSP_METHOD_COUNT
} osp_method;

/* ---------------------------------------------------------------- tasks and their memory */

/* A piece of straight-line work: arena, deadline, cancellation, error.  A request embeds one. */
typedef struct osp_task osp_task;
/* A request, as the handler sees it. */
typedef struct osp_ctx osp_ctx;
/* What a task does, with an argument that its declaration gives a type: see OSP_TASK. */
typedef osp_status osp_task_fn(osp_task *task, void *arg);

/* Wherever the public API says `task`, an osp_ctx * or an osp_task * may be given. */
#define OSP_TASK_OF(c)                                                                             \
    ((osp_task *)_Generic((c), osp_ctx *: (void *)(c), osp_task *: (void *)(c)))

/* Memory from the task's arena: aligned for any type, zeroed, gone when the task ends.
 * Returns NULL when memory or the task's memory limit is exhausted. */
#define osp_alloc(task, size) osp_task_alloc_at(OSP_TASK_OF(task), OSP_HERE, (size))
#define osp_new(task, T) ((T *)osp_task_alloc_at(OSP_TASK_OF(task), OSP_HERE, sizeof(T)))
#define osp_new_array(task, T, count)                                                              \
    ((T *)osp_task_alloc_array_at(OSP_TASK_OF(task), OSP_HERE, sizeof(T), (count)))
/* printf into the arena.  Returns the empty slice when memory is exhausted. */
#define osp_format(task, ...) osp_task_format_at(OSP_TASK_OF(task), OSP_HERE, __VA_ARGS__)
/* A copy of `s` in the arena, with a NUL behind it. */
#define osp_copy(task, s) osp_task_copy_at(OSP_TASK_OF(task), OSP_HERE, (s))
/* Calls fn(arg) when the task ends; the last one deferred runs first. */
#define osp_defer(task, fn, arg) osp_task_defer_at(OSP_TASK_OF(task), OSP_HERE, (fn), (arg))

/* What these macros call; `here` is named by the log when memory is exhausted.  NULL: not known. */
OSP_API void *osp_task_alloc_at(osp_task *task, const osp_place *here, size_t size);
OSP_API void *osp_task_alloc_array_at(osp_task *task, const osp_place *here, size_t size,
                                      size_t count);
OSP_API osp_str osp_task_format_at(osp_task *task, const osp_place *here, const char *format, ...)
    OSP_PRINTF(3, 4);
OSP_API osp_str osp_task_copy_at(osp_task *task, const osp_place *here, osp_str s);
OSP_API OSP_MUST_CHECK osp_status osp_task_defer_at(osp_task *task, const osp_place *here,
                                                    void (*fn)(void *arg), void *arg);

/* What has failed so far, or OSP_OK; clears the mark, so that work may go on.
 *
 * A query that failed: OSP_E_DB_CONSTRAINT tells a violated UNIQUE, CHECK, NOT NULL or foreign key.
 * Of an osp_ctx it takes back osp_fail, too (OSP_E_FAILED), and what the server answers in place of
 * a handler that failed, so that another answer can be given.  The status stays until
 * osp_set_status says another one: a page for people is still a 404.  A transaction that has ended
 * stays as it ended, and an answer of which a part has been sent stays cut off.  The cause of a 500
 * that is taken back stands in the log.  Yields: no. */
#define osp_recover(task)                                                                          \
    _Generic((task), osp_ctx *: osp_ctx_recover, osp_task *: osp_task_recover)(task)
OSP_API osp_status osp_task_recover(osp_task *task);
OSP_API osp_status osp_ctx_recover(osp_ctx *ctx);

/* A secret of the application, in this order: the environment variable `name`; the text of the file
 * that the variable name_FILE names; the file `name` below $CREDENTIALS_DIRECTORY, where systemd
 * puts credentials.  A line end behind the text of a file is left out, and there is a NUL behind.
 * A file is read each time, so that a new secret needs no restart.
 *
 * Returns   the text, in the task's arena or of the environment; empty when none is given, and when
 *           it is given twice or its file cannot be read, which the task remembers.  Yields: no.
 * Source    systemd.exec(5), LoadCredential= */
#define osp_secret(task, name) osp_task_secret_at(OSP_TASK_OF(task), OSP_HERE, (name))
OSP_API osp_str osp_task_secret_at(osp_task *task, const osp_place *here, const char *name);
/* Whether what somebody says is the secret; its time tells nothing of where they differ.  An empty
 * secret is nobody's: false.  Yields: no. */
OSP_API bool osp_secret_equal(osp_str said, osp_str secret);

/* Waits; other requests run meanwhile.  Returns OSP_OK, OSP_E_DEADLINE or OSP_E_CANCELLED: a task whose
 * deadline ends the wait hears of that, also when it is its parent's and cancels it at the same time.
 * Yields: yes. */
#define osp_sleep_ms(task, ms) osp_task_sleep_us(OSP_TASK_OF(task), (int64_t)(ms) * 1000)
OSP_API OSP_MUST_CHECK osp_status osp_task_sleep_us(osp_task *task, int64_t us);

/* ---------------------------------------------------------------- tasks beside a task */

#define OSP_CHILDREN_MAX 256   /* tasks that one task spawns */
#define OSP_SPAWN_DEPTH_MAX 64 /* tasks that spawn within each other */

/* Begins fn(child, arg) beside the task: what one of them waits for does not hold up the others.
 * `fn` was declared by OSP_TASK (openspeed/concurrency.h).  The child runs when the task that
 * spawned it waits, on the same thread: nothing is locked, and what is changed between two waits is
 * seen as a whole.  It has an arena of its own, which lasts as long as that of the task; the rest of
 * its deadline; and no open transaction.  Results go into `arg`.
 *
 * A task ends after its children.  The first child that fails cancels the others.
 * Where there is no fiber to spare, and without a server, the child runs within osp_join.
 *
 * arg       borrowed until the child has ended: osp_new gives one that is there for long enough
 * Returns   what osp_join takes; NULL without memory and beyond OSP_CHILDREN_MAX and
 *           OSP_SPAWN_DEPTH_MAX, which the task remembers.  Yields: no. */
#define osp_spawn(task, fn, arg) osp_spawn_##fn(OSP_TASK_OF(task), OSP_HERE, (arg))

/* Waits until a child has ended.
 *
 * child     of osp_spawn by the same task; NULL: the failure of that
 * Returns   what the child's function returned; when that or another child failed first, that failure,
 *           which the task remembers if the child did (as a failed query does).  When the task's
 *           deadline passes or it is cancelled, its children are cancelled, which ends what they wait
 *           for, and it returns OSP_E_DEADLINE or OSP_E_CANCELLED when this one has ended.
 * Yields: yes. */
#define osp_join(task, child) osp_task_join(OSP_TASK_OF(task), (child))
OSP_API OSP_MUST_CHECK osp_status osp_task_join(osp_task *task, osp_task *child);

/* The same for all children.  Returns OSP_OK | the first failure, or that of an osp_spawn that returned
 * NULL; then others may be spawned.  A handler that returns with children left ends so too.
 * Yields: yes. */
#define osp_join_all(task) osp_task_join_all(OSP_TASK_OF(task))
OSP_API OSP_MUST_CHECK osp_status osp_task_join_all(osp_task *task);

/* A block whose waits end after so many milliseconds, or at the task's own deadline if that is sooner;
 * they return OSP_E_DEADLINE then.  Outside of the block the deadline is what it was, however it was
 * left: by its end, break, return, goto.
 *
 *     OSP_WITHIN(ctx, 250) {
 *         status = ask_slow_service(ctx);
 *     }
 */
#define OSP_WITHIN(task, ms) OSP_WITHIN_AT(task, ms, __LINE__)
#define OSP_WITHIN_AT(task, ms, line) OSP_WITHIN_AS(task, ms, line)
#define OSP_WITHIN_AS(task, ms, line)                                                              \
    for (osp_within osp_within_##line __attribute__((cleanup(osp_task_within_leave))) =            \
             osp_task_within_enter(OSP_TASK_OF(task), (ms));                                       \
         osp_within_##line.open; osp_within_##line.open = false)
typedef struct osp_within {
    osp_task *task;
    int64_t outer_us;
    bool open;
} osp_within;
OSP_API osp_within osp_task_within_enter(osp_task *task, int64_t ms);
OSP_API void osp_task_within_leave(osp_within *within);

/* Milliseconds to the task's deadline, 0 when it has passed; INT64_MAX: it has none.  Yields: no. */
#define osp_time_left_ms(task) osp_task_time_left_ms(OSP_TASK_OF(task))
OSP_API int64_t osp_task_time_left_ms(const osp_task *task);
/* Whether nobody wants what the task does any more: its client went away, its time was over, another
 * child failed.  Waits tell by themselves; this is for who computes.  Yields: no. */
#define osp_cancelled(task) osp_task_cancelled(OSP_TASK_OF(task))
OSP_API bool osp_task_cancelled(const osp_task *task);

/* ---------------------------------------------------------------- time */

/* Microseconds since 1970-01-01T00:00:00Z. */
OSP_API int64_t osp_now_us(void);
/* `us` since 1970 as RFC 3339 in UTC with milliseconds, "2026-01-31T12:00:00.000Z", in the arena. */
#define osp_time_format(task, us) osp_task_time_format_at(OSP_TASK_OF(task), OSP_HERE, (us))
OSP_API osp_str osp_task_time_format_at(osp_task *task, const osp_place *here, int64_t us);

/* Fills `size` bytes that nobody can guess, for tokens, keys and names; from the kernel's generator.
 * Ends the process where the kernel has none.  Yields: no.
 * Source    getrandom(2) */
OSP_API void osp_random_bytes(void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
