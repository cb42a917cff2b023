/* A worker has ended: the next one is started, and then the log told what became of it.
 *
 *     page --> last words, for the next worker begins with an empty one
 *          --> its route is counted, and shut for a while where it keeps ending workers (crashes.c)
 *          --> the seat is taken again
 *          --> the log: how it ended, its request, its stack with names (symbols.c)
 *
 * In this order, for names are looked up in a table that may be large, and clients wait. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "app/ctx.h"
#include "app/graph.h"
#include "serve/supervisor_impl.h"
#include "serve/symbols.h"

osp_last_words osp_page_last_words(const osp_page *page)
{
    osp_last_words words = { .route = atomic_load(&page->crashed) };
    for (; words.request_len < OSP_REQUEST_ID_MAX; words.request_len++) {
        const char c = atomic_load(&page->request[words.request_len]);
        if (c <= ' ' || c > '~' || c == '"' || c == '\\') {
            break;
        }
        words.request[words.request_len] = c;
    }
    const uint32_t told = atomic_load(&page->frame_count);
    words.frame_count = told < OSP_PAGE_FRAMES ? told : OSP_PAGE_FRAMES;
    for (uint32_t i = 0; i < words.frame_count; i++) {
        words.frames[i] = atomic_load(&page->frames[i]);
    }
    return words;
}

/* Counts a route that has ended a worker.  Whether it is shut from now on. */
static bool route_crashed(osp_supervisor *self, uint32_t number, bool hung)
{
    const osp_route_leaf *leaf = NULL;
    osp_method method = OSP_METHOD_GET;
    if (osp_route_of_number(self->app, number, &leaf, &method) == NULL) {
        return false; /* nobody's, or what a broken process wrote */
    }
    const int row = osp_crashes_add(&self->crashes, number, hung ? OSP_CRASHES_OF_HANG : 1,
                                    osp_supervisor_now_ms());
    if (row >= 0) {
        osp_workers_shut(self, number, (size_t)row);
    }
    return row >= 0;
}

static void say_shut(const osp_supervisor *self, uint32_t number)
{
    const osp_route_leaf *leaf = NULL;
    osp_method method = OSP_METHOD_GET;
    if (osp_route_of_number(self->app, number, &leaf, &method) != NULL) {
        osp_journal_say(&self->book->journal, OSP_LOG_ERROR,
                        "%s %s keeps ending workers; it is answered 503 for %d s",
                        osp_method_name(method), leaf->pattern, OSP_CRASHES_SHUT_S);
    }
}

void osp_worker_say_ended(const osp_supervisor *self, pid_t pid, int how,
                          const osp_last_words *words, const char *what_now)
{
    const osp_str request = { words->request, words->request_len };
    osp_journal *journal = &self->book->journal;
    /* In JSON it is a member; in text it stands within the sentence. */
    const osp_about about = { .request_id = journal->json ? request : (osp_str){ 0 } };
    char text[512];
    int len;
    if (WIFSIGNALED(how)) {
        len = snprintf(text, sizeof text, "worker %d was ended by signal %d (%s)%s%.*s%s", (int)pid,
                       WTERMSIG(how), strsignal(WTERMSIG(how)),
                       request.len > 0 ? " in request " : "", OSP_ARG(request), what_now);
    } else {
        len = snprintf(text, sizeof text, "worker %d exited with code %d%s", (int)pid,
                       WEXITSTATUS(how), what_now);
    }
    OSP_ASSERT(len > 0 && (size_t)len < sizeof text);
    osp_journal_tell_about(journal, OSP_LOG_ERROR, &about, (osp_str){ text, (size_t)len });
}

static void say_ended(const osp_supervisor *self, const osp_seat *at, pid_t pid, int how,
                      const osp_last_words *words)
{
    char what_now[128] = "; restarting";
    if (at->failed_starts != 0) {
        (void)snprintf(what_now, sizeof what_now,
                       " before it served; restarting in %.2f s, failed start %u in a row",
                       (double)at->pause_ms / 1000, (unsigned)at->failed_starts);
    }
    osp_worker_say_ended(self, pid, how, words, what_now);
}

/* Where a static function stands. */
typedef struct place {
    const osp_symbols *symbols;
    const osp_symbol *symbol;
    uint64_t bias;
    const char *file; /* NULL: it is not known yet */
} place;

/* Takes the path of a file that declares `fn`, if that stands beside the function. */
static bool stands_beside(place *of, uintptr_t fn, const char *file)
{
    if (of->file == NULL && osp_symbols_is_beside(of->symbols, of->symbol, fn - of->bias)) {
        of->file = file;
    }
    return of->file != NULL;
}

static void look_at_chain(place *of, const osp_middleware *const *chain)
{
    for (; chain != NULL && *chain != NULL; chain++) {
        (void)stands_beside(of, (uintptr_t)(*chain)->call_, (*chain)->place_.file);
    }
}

static bool look_at_provider(const osp_provider *provider, void *arg)
{
    return !stands_beside(arg, (uintptr_t)provider->make_, provider->file_) &&
           !stands_beside(arg, (uintptr_t)provider->close, provider->file_);
}

/* The path of a static function's source file where that declares a route or what is around one or
 * beside them, else its name alone. */
static osp_str file_of(const osp_app_def *app, const osp_symbols *symbols, const osp_symbol *symbol)
{
    place of = { .symbols = symbols, .symbol = symbol, .bias = osp_symbols_bias() };
    for (size_t i = 0; i < app->leaf_count; i++) {
        for (size_t method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = app->leaves[i]->by_method[method];
            if (route != NULL) {
                (void)stands_beside(&of, (uintptr_t)route->call_, route->file_);
            }
        }
        look_at_chain(&of, app->leaves[i]->chain);
    }
    look_at_chain(&of, app->root_chain);
    for (size_t i = 0; i < app->job_count; i++) {
        (void)stands_beside(&of, (uintptr_t)app->jobs[i]->call_, app->jobs[i]->file_);
    }
    if (of.file == NULL && symbol->beside != 0) {
        osp_graph_walk(app, look_at_provider, &of);
    }
    return of.file != NULL ? osp_str_from(of.file) : symbol->file;
}

/* The stack of a crash, as far as it lies in the program itself. */
static void say_stack(const osp_supervisor *self, const osp_last_words *words)
{
    osp_journal *journal = &self->book->journal;
    osp_symbols symbols;
    if (words->frame_count == 0 || osp_symbols_open(&symbols, "/proc/self/exe") != OSP_OK) {
        return;
    }
    for (uint32_t i = 0; i < words->frame_count; i++) {
        osp_symbol symbol;
        const uint64_t address = words->frames[i];
        if (osp_symbols_find(&symbols, address, &symbol)) {
            const osp_str file = file_of(self->app, &symbols, &symbol);
            osp_journal_say(journal, OSP_LOG_ERROR, "  #%u %.*s+0x%llx%s%.*s", (unsigned)i,
                            OSP_ARG(symbol.name), (unsigned long long)symbol.delta,
                            file.len > 0 ? " in " : "", OSP_ARG(file));
        } else {
            osp_journal_say(journal, OSP_LOG_ERROR, "  #%u 0x%llx", (unsigned)i,
                            (unsigned long long)address);
        }
    }
    osp_symbols_close(&symbols);
}

void osp_worker_ended(osp_supervisor *self, size_t index, int how)
{
    osp_seat *at = &self->seats[index];
    const osp_page *page = self->shared[index].page;
    const osp_last_words words = osp_page_last_words(page);
    const pid_t pid = at->pid;
    const bool hung = at->kill_ms != 0;
    osp_seat_vacated(at, atomic_load(&page->serving) != 0, osp_supervisor_now_ms());
    if (self->stop_ms != 0) {
        return;
    }
    const bool shut = route_crashed(self, words.route, hung); /* before the next one may meet it */
    osp_seat_refill(self, index);
    say_ended(self, at, pid, how, &words);
    say_stack(self, &words);
    if (shut) {
        say_shut(self, words.route);
    }
}

void osp_retired_ended(osp_supervisor *self, osp_process *old, int how)
{
    if (how != 0 && self->stop_ms == 0) {
        const osp_last_words words = osp_page_last_words(old->shared.page);
        const bool shut = route_crashed(self, words.route, false);
        osp_worker_say_ended(self, old->pid, how, &words, "; another one had taken its place");
        say_stack(self, &words);
        if (shut) {
            say_shut(self, words.route);
        }
    }
    osp_shared_close(&old->shared);
    *old = (osp_process){ 0 };
}
