/* The last words of a worker.
 *
 *     fault --> handler, on a stack of its own --> one line about the request that ran,
 *               one about the others in flight --> the signal's default: a core, the supervisor
 *
 * A handler of an application that crashes takes its worker with it, and "signal 11" does not say
 * which of a hundred routes did it.  Nothing is recorded for this while requests are answered: the
 * pool of fibers knows which one runs, one of the connections has it, and the request there knows
 * its route.
 *
 * A fiber that outgrows its stack faults in the page below it.  No frame can be pushed there, so
 * the handler runs on an alternate stack, and the address of the fault tells this case from others.
 *
 * The code that faulted is named as addr2line wants it: an offset into a file.  Which file lies
 * where is written down beforehand, for asking the loader takes a lock.  The route's number goes
 * into the page shared with the supervisor, which counts, and so do the calls that led here, which
 * it can name.
 *
 * Everything here may run in a signal handler: it reads memory, which may be damaged, and writes to
 * the logs, also what the access log still holds of answered requests.  The handlers reset
 * themselves, so a second fault on the way is the end at once.
 *
 * The one mutable global of the library stands here: a signal belongs to the process and brings no
 * argument, and it may arrive on a thread of the offload queues. */
#include "serve/worker.h"

#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "app/dev.h"
#include "base/sanitizer.h"

#define STACK_SIZE ((size_t)64 * 1024)
#define MODULES_MAX 32
#define NAME_MAX_LEN 63
#define FRAMES_MAX 256 /* calls that are gone through */
#define DEPTH_MAX 8    /* of tasks that tasks have spawned */
#define NAMED_MAX 8    /* requests in flight that are named; the others are counted */

typedef struct crash_signal {
    int number;
    bool has_address;
    const char *name;
} crash_signal;

static const crash_signal crash_signals[] = {
    { SIGABRT, false, "SIGABRT" },
    { SIGSYS, false, "SIGSYS" },
#if !OSP_ASAN && !defined(__SANITIZE_THREAD__)
    /* A sanitizer has handlers of its own, reports more than this, and then aborts. */
    { SIGSEGV, true, "SIGSEGV" },
    { SIGBUS, true, "SIGBUS" },
    { SIGFPE, false, "SIGFPE" },
    { SIGILL, false, "SIGILL" },
    { SIGTRAP, false, "SIGTRAP" },
#endif
};

/* Code of one file. */
typedef struct module {
    uintptr_t start, end;
    uintptr_t bias; /* what the loader added to the addresses in the file */
    char name[NAME_MAX_LEN + 1];
} module;

struct osp_crash_memory {
    size_t module_count;
    module modules[MODULES_MAX];
    char stack[STACK_SIZE];
};

static _Atomic(osp_worker *) watched;

/* A line that is put together without the C library's help. */
typedef struct words {
    char text[1024];
    size_t len;
} words;

static void say(words *w, const char *text)
{
    for (; *text != 0 && w->len < sizeof(w->text) - 1; text++) {
        w->text[w->len++] = *text;
    }
}

static void say_number(words *w, uint64_t number, unsigned base)
{
    char digits[24];
    size_t at = sizeof(digits) - 1;
    digits[at] = 0;
    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    say(w, digits + at);
}

static const osp_fiber *fiber_of(const osp_task *task)
{
    const osp_fiber_waits *waits = task->scheduler;
    return waits != NULL ? waits->fiber : NULL;
}

/* What a task has spawned that runs on a fiber; NULL: nothing. */
static const osp_child *child_on(const osp_task *task, const osp_fiber *fiber, int depth)
{
    const osp_child *child = task->kin != NULL && depth > 0 ? task->kin->first : NULL;
    for (; child != NULL; child = child->next) {
        const osp_child *below = child_on(&child->task, fiber, depth - 1);
        if (below != NULL || fiber_of(&child->task) == fiber) {
            return below != NULL ? below : child;
        }
    }
    return NULL;
}

static bool is_on(const osp_task *task, const osp_fiber *fiber)
{
    return fiber_of(task) == fiber || child_on(task, fiber, DEPTH_MAX) != NULL;
}

/* The task that runs on a fiber, or has spawned what does, of a request or beside one; NULL when
 * there is none. */
static osp_task *task_of(const osp_worker *worker, const osp_fiber *fiber)
{
    for (size_t state = 0; fiber != NULL && state < OSP_CONN_STATES; state++) {
        const osp_conn *conn = worker->conns[state].first;
        for (; conn != NULL; conn = conn->next) {
            if (conn->exchange != NULL && conn->exchange->fiber != NULL &&
                is_on(&conn->exchange->ctx.task, fiber)) {
                return &conn->exchange->ctx.task;
            }
        }
    }
    const osp_work *work = fiber != NULL ? worker->works : NULL;
    while (work != NULL && !is_on(work->task, fiber)) {
        work = work->next;
    }
    return work != NULL ? work->task : NULL;
}

static osp_ctx *ctx_of(osp_task *task)
{
    return OSP_CONTAINER_OF(task, osp_ctx, task);
}

/* Whether its request has been answered. */
static bool is_after(osp_task *task)
{
    return task->of_request &&
           OSP_CONTAINER_OF(ctx_of(task), osp_exchange, ctx)->after != OSP_AFTER_NONE;
}

/* Of no request: a job. */
static void say_job(words *w, const osp_job_def *job)
{
    say(w, "running job ");
    say(w, job != NULL ? job->name_ : "?");
}

static void say_task(const osp_worker *worker, words *w, osp_task *task)
{
    if (!task->of_request) {
        say_job(w, osp_jobs_of(worker, task));
        return;
    }
    const osp_ctx *ctx = ctx_of(task);
    const osp_route *route = osp_ctx_route(ctx);
    if (is_after(task)) {
        say(w, "working after the answer to ");
    }
    if (route == NULL) {
        say(w, "a request without a route");
        return;
    }
    say(w, osp_method_name(ctx->request.method));
    say(w, " ");
    say(w, ctx->match.leaf->pattern);
}

static void say_child(words *w, const osp_child *child)
{
    if (child != NULL) {
        say(w, " in ");
        say(w, child->def->name);
    }
}

static void say_declaration(words *w, const char *what, osp_place at)
{
    say(w, " (");
    say(w, what);
    say(w, " declared at ");
    say(w, at.file);
    say(w, ":");
    say_number(w, (uint64_t)at.line, 10);
    say(w, ")");
}

/* Where the route of a task, or its job, is declared. */
static void say_declared(const osp_worker *worker, words *w, osp_task *task)
{
    const osp_job_def *job = osp_jobs_of(worker, task);
    const osp_route *route = task->of_request ? osp_ctx_route(ctx_of(task)) : NULL;
    if (route != NULL) {
        say_declaration(w, "route", (osp_place){ route->file_, route->line_ });
    } else if (job != NULL) {
        say_declaration(w, "job", (osp_place){ job->file_, job->line_ });
    }
}

/* Says the line in the format of the log. */
static void speak(const osp_worker *worker, words *w, const osp_about *about)
{
    static const size_t front = sizeof "error: " - 1; /* in JSON, the level stands by itself */
    char line[OSP_LOG_LINE_MAX];
    if (worker->journal.json) {
        const size_t len = osp_journal_json(OSP_LOG_ERROR, about,
                                            (osp_str){ w->text + front, w->len - front }, line);
        osp_sink_past(&worker->journal.sink, (osp_str){ line, len });
        return;
    }
    w->text[w->len++] = '\n'; /* say() leaves room */
    osp_sink_past(&worker->journal.sink, (osp_str){ w->text, w->len });
}

static void say_begin(words *w)
{
    w->len = 0;
    say(w, "error: worker ");
    say_number(w, (uint64_t)getpid(), 10);
    say(w, ": ");
}

static void say_cause(words *w, const crash_signal *signal, const siginfo_t *info, bool overflow)
{
    if (overflow) {
        say(w, "stack overflow of a handler, ");
    }
    say(w, signal->name);
    if (signal->has_address && info->si_code > 0) {
        say(w, " at address 0x");
        say_number(w, (uint64_t)(uintptr_t)info->si_addr, 16);
    }
    if (signal->number == SIGSYS && info->si_code > 0) {
        say(w, " by system call ");
        say_number(w, (uint64_t)info->si_syscall, 10);
        say(w, ", which --seccomp strict does not allow,");
    }
}

/* Where the code was, and the frame it had: its caller's frame, and above it the way back. */
typedef struct position {
    uintptr_t counter, frame;
} position;

static position position_of(const void *context)
{
    const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
    return (position){ (uintptr_t)machine->gregs[REG_RIP], (uintptr_t)machine->gregs[REG_RBP] };
#elif defined(__aarch64__)
    return (position){ (uintptr_t)machine->pc, (uintptr_t)machine->regs[29] };
#else
    (void)machine;
    return (position){ 0 };
#endif
}

/* Notes an address in the program's own code for the supervisor, which knows names. */
static void note_frame(const osp_worker *worker, uintptr_t at)
{
    const struct osp_crash_memory *memory = worker->crash_memory;
    osp_page *page = worker->page;
    const module *own = &memory->modules[0]; /* the program comes first */
    const uint32_t count = atomic_load_explicit(&page->frame_count, memory_order_relaxed);
    if (memory->module_count > 0 && at >= own->start && at < own->end && count < OSP_PAGE_FRAMES) {
        atomic_store_explicit(&page->frames[count], at - own->bias, memory_order_relaxed);
        atomic_store_explicit(&page->frame_count, count + 1, memory_order_relaxed);
    }
}

/* The calls that led here, as frame pointers tell; only memory of the fiber's stack is read. */
static void note_stack(const osp_worker *worker, const osp_fiber *fiber, position at)
{
    note_frame(worker, at.counter);
    for (int depth = 0; fiber != NULL && depth < FRAMES_MAX; depth++) {
        if (at.frame % sizeof(uintptr_t) != 0 ||
            !osp_fiber_has(fiber, at.frame, 2 * sizeof(uintptr_t))) {
            return;
        }
        const uintptr_t *frame = (const uintptr_t *)at.frame;
        if (frame[0] <= at.frame || frame[1] == 0) {
            return;
        }
        note_frame(worker, frame[1] - 1); /* within the call */
        at.frame = frame[0];
    }
}

static void say_code(words *w, const struct osp_crash_memory *memory, uintptr_t at)
{
    for (size_t i = 0; i < memory->module_count; i++) {
        const module *in = &memory->modules[i];
        if (at >= in->start && at < in->end) {
            say(w, ", code at ");
            say(w, in->name);
            say(w, "+0x");
            say_number(w, at - in->bias, 16);
            return;
        }
    }
}

/* Names some of many. */
static void say_some(const osp_worker *worker, words *w, size_t *count, osp_task *task)
{
    if (*count < NAMED_MAX) {
        say(w, *count > 0 ? ", " : "");
        say_task(worker, w, task);
    }
    (*count)++;
}

/* All that wait, and the one that runs unless it was named already. */
static void speak_of_others(const osp_worker *worker, const osp_task *named, osp_task *running)
{
    words w;
    size_t count = 0;
    say_begin(&w);
    say(&w, "also in flight: ");
    if (running != NULL && running != named) {
        say_some(worker, &w, &count, running);
    }
    for (size_t state = 0; state < OSP_CONN_STATES; state++) {
        const osp_conn *conn = worker->conns[state].first;
        for (; conn != NULL; conn = conn->next) {
            osp_exchange *exchange = conn->exchange;
            if (exchange != NULL && exchange->fiber != NULL && &exchange->ctx.task != running) {
                say_some(worker, &w, &count, &exchange->ctx.task);
            }
        }
    }
    for (const osp_work *work = worker->works; work != NULL; work = work->next) {
        if (work->task != running) {
            say_some(worker, &w, &count, work->task);
        }
    }
    if (count > NAMED_MAX) {
        say(&w, " and ");
        say_number(&w, count - NAMED_MAX, 10);
        say(&w, " more");
    }
    if (count > 0) {
        speak(worker, &w, &(osp_about){ .method = NULL });
    }
}

/* Notes the request for the supervisor, and says which it was. */
static osp_about name_request(const osp_worker *worker, words *w, osp_ctx *ctx)
{
    osp_page *page = worker->page;
    const osp_route *route = osp_ctx_route(ctx);
    osp_about about = { .request_id = osp_request_id(ctx) };
    if (route != NULL) {
        about.method = osp_method_name(ctx->request.method);
        about.pattern = ctx->match.leaf->pattern;
        about.place = (osp_place){ route->file_, route->line_ };
    }
    atomic_store_explicit(&page->crashed, osp_route_number(worker->app, ctx->match.leaf, route),
                          memory_order_relaxed);
    say(w, ", request ");
    for (size_t i = 0; i < about.request_id.len && i < OSP_REQUEST_ID_MAX; i++) {
        const char text[2] = { about.request_id.ptr[i], 0 };
        say(w, text);
        atomic_store_explicit(&page->request[i], text[0], memory_order_relaxed);
    }
    return about;
}

static osp_about name_task(const osp_worker *worker, words *w, osp_task *task)
{
    const osp_job_def *job = osp_jobs_of(worker, task);
    if (task->of_request) {
        return name_request(worker, w, ctx_of(task));
    }
    return job != NULL ? (osp_about){ .job = job->name_, .place = { job->file_, job->line_ } }
                       : (osp_about){ .method = NULL };
}

static void crashed(int number, siginfo_t *info, void *context)
{
    const osp_worker *worker = atomic_load_explicit(&watched, memory_order_relaxed);
    const crash_signal *signal = crash_signals;
    while (signal->number != number) {
        signal++;
    }
    words w;
    say_begin(&w);
    if (worker != NULL) {
        osp_about about = { .method = NULL };
        const bool on_loop = syscall(SYS_gettid) == (long)getpid();
        const osp_fiber *fiber = osp_fibers_running(worker->fibers);
        osp_task *running = task_of(worker, fiber);
        osp_task *culprit = on_loop ? running : NULL;
        say_cause(&w, signal, info,
                  culprit != NULL && number == SIGSEGV &&
                      osp_fiber_is_overflow(fiber, info->si_addr));
        if (culprit != NULL) {
            const bool answers = culprit->of_request && !is_after(culprit);
            say(&w, answers ? " while answering " : " while ");
            say_task(worker, &w, culprit);
            say_child(&w, child_on(culprit, fiber, DEPTH_MAX));
            say_declared(worker, &w, culprit);
        } else {
            say(&w, on_loop ? " outside of any handler" : " on a thread beside the loop");
        }
        const position at = position_of(context);
        say_code(&w, worker->crash_memory, at.counter);
        if (culprit != NULL) {
            about = name_task(worker, &w, culprit);
        }
        speak(worker, &w, &about);
        speak_of_others(worker, culprit, running);
        note_stack(worker, on_loop ? fiber : NULL, at);
        if (worker->dev != NULL && on_loop) {
            worker->dev->crashed(worker, culprit);
        }
        if (worker->access != NULL && on_loop) { /* or the loop may be writing */
            osp_access_crash(worker->access);
        }
    }
    /* A fault happens again when the handler returns; what was sent must be sent again, and a
     * system call that was refused is over. */
    if (info->si_code <= 0 || number == SIGSYS) {
        (void)raise(number);
    }
}

/* Keeps the last part of a path; of the program itself, which the loader does not name, by asking
 * the kernel. */
static void name_module(module *m, const char *path)
{
    char own[4096];
    if (path[0] == 0) {
        const ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
        own[size > 0 ? size : 0] = 0;
        path = own;
    }
    const char *last = strrchr(path, '/');
    last = last != NULL ? last + 1 : path;
    const size_t len = strcspn(last, " ");
    const size_t kept = len < NAME_MAX_LEN ? len : NAME_MAX_LEN;
    memcpy(m->name, last, kept);
    m->name[kept] = 0;
}

static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    struct osp_crash_memory *memory = arg;
    for (size_t i = 0; i < info->dlpi_phnum && memory->module_count < MODULES_MAX; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) {
            continue;
        }
        module *m = &memory->modules[memory->module_count++];
        m->bias = (uintptr_t)info->dlpi_addr;
        m->start = m->bias + (uintptr_t)part->p_vaddr;
        m->end = m->start + (uintptr_t)part->p_memsz;
        name_module(m, info->dlpi_name);
    }
    return 0;
}

osp_status osp_crash_begin(osp_worker *worker, osp_error *err)
{
    struct osp_crash_memory *memory = malloc(sizeof *memory);
    if (memory == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the stack of signal handlers");
    }
    worker->crash_memory = memory;
    memory->module_count = 0;
    (void)dl_iterate_phdr(add_module, memory);
    const stack_t stack = { .ss_sp = memory->stack, .ss_size = sizeof memory->stack };
    if (sigaltstack(&stack, NULL) != 0) {
        return osp_error_set(err, OSP_E_IO, "cannot set the stack of signal handlers");
    }
    atomic_store_explicit(&watched, worker, memory_order_relaxed);
    struct sigaction action = { .sa_sigaction = crashed,
                                .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND) };
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < OSP_ARRAY_LEN(crash_signals); i++) {
        if (sigaction(crash_signals[i].number, &action, NULL) != 0) {
            return osp_error_set(err, OSP_E_IO, "cannot handle %s", crash_signals[i].name);
        }
    }
    return OSP_OK;
}

void osp_crash_end(osp_worker *worker)
{
    if (worker->crash_memory == NULL) {
        return; /* it never began */
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(crash_signals); i++) {
        (void)signal(crash_signals[i].number, SIG_DFL);
    }
    atomic_store_explicit(&watched, NULL, memory_order_relaxed);
    const stack_t none = { .ss_flags = SS_DISABLE };
    (void)sigaltstack(&none, NULL);
    free(worker->crash_memory);
    worker->crash_memory = NULL;
}
