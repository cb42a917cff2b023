/* The developer's loop.
 *
 *     files change --quiet for a moment--> build --good--> a generation (generations.c)
 *                          |                 |
 *                          | templates       | not good: what serves goes on, and the report is
 * shown
 *                          v
 *                     what serves reads them again
 *
 * One process does all of it, and waits in one place: for files, for the build in the background,
 * for workers and what they say, for signals.  It holds the listening sockets from the start to the
 * end.  A change during a build ends that and begins anew, so that a burst of changes is one
 * generation however long it lasts.
 *
 * With --fast tcc makes a preview first; the build with sanitizers follows, takes its place and
 * judges.  What tcc cannot compile waits for that. */
#include "dev/dev.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev/dev_impl.h"

extern char **environ;

#define LOOK_MS 500 /* between two looks at what is due by time */

/* ---------------------------------------------------------------- building */

/* What needs no build, unless such a file came or went. */
#define LOOSE (OSP_CHANGE_TEMPLATE | OSP_CHANGE_STYLE | OSP_CHANGE_PUBLIC)

static void begin_build(osp_dev *dev, bool fast)
{
    dev->names = osp_watch_names(LOOSE);
    osp_builder_kill(&dev->builder);
    const osp_build_options options = { .dir = ".",
                                        .quiet = true,
                                        .kind = fast ? OSP_BUILD_FAST : OSP_BUILD_DEV,
                                        .plain = dev->options->plain,
                                        .outside = dev->has_outside ? &dev->outside : NULL };
    if (osp_builder_start(&dev->builder, options, osp_dev_now_ms()) != OSP_OK) {
        osp_dev_report(dev, OSP_REPORT_START, "cannot start a build");
    }
}

static void take_good_build(osp_dev *dev, const osp_built *built, bool fast)
{
    const bool serves_it = dev->current.pid != 0 && dev->current.path[0] != '\0' &&
                           dev->current.fast == fast && !built->linked && !dev->behind;
    dev->built = *built;
    dev->built_names = dev->names;
    dev->behind = dev->templates_bad = false;
    if (serves_it && !dev->settings_changed) {
        osp_dev_clear(dev); /* as it was */
        osp_say(dev->options->json,
                &(osp_said){ .event = "unchanged", .generation = dev->current.generation },
                "nothing to build");
    } else {
        osp_dev_begin_generation(dev, built, fast);
        dev->settings_changed = false;
    }
    if (fast) {
        dev->preview = true;
        begin_build(dev, false);
    } else {
        dev->preview = false;
    }
}

static void build_ended(osp_dev *dev)
{
    osp_built built;
    const bool fast = dev->builder.kind == OSP_BUILD_FAST;
    const osp_status status = osp_builder_end(&dev->builder, &built);
    const osp_str said = { dev->builder.said.ptr, dev->builder.said.len };
    if (status == OSP_OK && built.good) {
        if (said.len > 0 && !fast) {
            (void)!write(STDERR_FILENO, said.ptr, said.len); /* warnings */
        }
        take_good_build(dev, &built, fast);
    } else if (fast) {
        begin_build(dev, false); /* gcc says better what is wrong, if anything is */
        dev->preview = false;
    } else {
        dev->behind = true;
        osp_dev_report_build(dev, status == OSP_OK ? built.error : "the build ended unexpectedly",
                             said);
        if (dev->current.pid == 0 && dev->next.pid == 0) {
            osp_dev_begin_blank(dev);
        }
    }
    osp_buf done = dev->builder.said;
    osp_buf_done(&done);
    if (dev->builder.pid == 0) {
        dev->builder.said = (osp_buf){ 0 };
    }
}

/* ---------------------------------------------------------------- changes */

/* Asks pkg-config once, and not at each build; where that fails the build asks again, and says so.
 */
static void read_outside(osp_dev *dev)
{
    osp_arena_done(&dev->outside_arena);
    osp_arena_init(&dev->outside_arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    dev->has_outside = osp_outside_read(&dev->outside_arena, ".", &dev->outside, NULL) == OSP_OK;
}

/* A developer waits for it: less than in production, unless somebody has said how long. */
static uint32_t stuck_s_of(const osp_settings *settings)
{
    const osp_config *config = settings->value;
    const osp_settings_key *key = osp_settings_find(settings, OSP_STR("deadlines.stuck_s"));
    OSP_ASSERT(key != NULL);
    return key->source == OSP_SETTINGS_DEFAULT ? OSP_DEV_STUCK_S : config->deadlines.stuck_s;
}

/* The configuration as it is now; one that is not valid changes nothing, and is reported once
 * something serves. */
static bool read_settings(osp_dev *dev)
{
    osp_settings settings;
    int fd = -1;
    const osp_status status = osp_config_load(&settings, &dev->options->config, environ);
    const bool good = status == OSP_OK && osp_config_seal(settings.value, &fd) == OSP_OK;
    if (!good && dev->config_fd >= 0) {
        osp_dev_report_settings(dev, (osp_str){ settings.said.ptr, settings.said.len });
    } else {
        (void)fwrite(settings.said.ptr, 1, settings.said.len, stderr);
    }
    if (!good) {
        osp_settings_done(&settings);
        return false;
    }
    if (dev->config_fd >= 0) {
        osp_settings_done(&dev->settings);
        (void)close(dev->config_fd);
    }
    dev->settings = settings;
    dev->config_fd = fd;
    dev->stuck_s = stuck_s_of(&dev->settings);
    read_outside(dev);
    return true;
}

/* Lets what serves take other texts of templates, or other files of public/, as they are on disk.
 * False: that is not enough. */
static bool swap(osp_dev *dev)
{
    const unsigned kinds = dev->acted.kinds;
    const bool serves = dev->current.pid != 0 && dev->current.path[0] != '\0';
    if ((kinds & ~(unsigned)LOOSE) != 0 || !serves || dev->behind || dev->builder.pid != 0 ||
        dev->next.pid != 0 || osp_watch_names(LOOSE) != dev->built_names) {
        return false;
    }
    if ((kinds & OSP_CHANGE_TEMPLATE) != 0) {
        osp_dev_swap_templates(dev);
    }
    if ((kinds & OSP_CHANGE_PUBLIC) != 0) {
        osp_dev_tell(dev, "reload", (osp_str){ 0 });
    } else if ((kinds & OSP_CHANGE_STYLE) != 0) {
        osp_dev_tell(dev, "css", (osp_str){ 0 });
    }
    return true;
}

static void act(osp_dev *dev)
{
    dev->acted = dev->changes;
    dev->saved_ms = dev->first_ms;
    dev->changes = (osp_changes){ 0 };
    dev->first_ms = dev->last_ms = 0;
    osp_say(dev->options->json,
            &(osp_said){
                .event = "change", .file = dev->acted.first, .changes = (int64_t)dev->acted.count },
            "%s%s", dev->acted.first[0] != '\0' ? dev->acted.first : "files",
            dev->acted.count > 1 ? " and others changed" : " changed");
    if ((dev->acted.kinds & OSP_CHANGE_CONFIG) != 0) {
        const bool good = read_settings(dev);
        dev->settings_changed |= good;
        if (!good && dev->acted.kinds == OSP_CHANGE_CONFIG) {
            return;
        }
    }
    if (!swap(dev)) {
        begin_build(dev, dev->options->fast);
    }
}

/* Milliseconds until what has changed is acted upon; -1: nothing has. */
static int64_t act_due_ms(const osp_dev *dev, int64_t now)
{
    if (dev->changes.kinds == 0) {
        return -1;
    }
    const int64_t quiet = dev->last_ms + OSP_DEV_QUIET_MS, most = dev->first_ms + OSP_DEV_BURST_MS;
    const int64_t due = quiet < most ? quiet : most;
    return due > now ? due - now : 0;
}

static void watch(osp_dev *dev)
{
    const size_t before = dev->changes.count;
    osp_watcher_read(dev->watcher, &dev->changes);
    if (dev->changes.count != before) {
        dev->last_ms = osp_dev_now_ms();
        dev->first_ms = before == 0 ? dev->last_ms : dev->first_ms;
    }
}

/* ---------------------------------------------------------------- the loop */

/* What is waited for. */
typedef enum wait_kind {
    WAIT_SIGNAL,
    WAIT_FILES,
    WAIT_RESULT,
    WAIT_BUILD_SAYS,
    WAIT_READY,
    WAIT_WORKER_SAYS,
    WAIT_CHANNEL
} wait_kind;

typedef struct wait_list {
    struct pollfd at[8 + 3 * (OSP_DEV_RETIRED_MAX + 2)];
    struct {
        wait_kind kind;
        osp_server *server;
    } what[8 + 3 * (OSP_DEV_RETIRED_MAX + 2)];
    size_t count;
} wait_list;

static void wait_for(wait_list *list, wait_kind kind, int fd, osp_server *server)
{
    if (fd >= 0) {
        const bool sends = kind == WAIT_CHANNEL && server->channel.out.len > 0;
        list->at[list->count] =
            (struct pollfd){ .fd = fd, .events = (short)(sends ? POLLIN | POLLOUT : POLLIN) };
        list->what[list->count].kind = kind;
        list->what[list->count++].server = server;
    }
}

static void wait_for_server(wait_list *list, osp_server *server)
{
    if (server->pid != 0) {
        wait_for(list, WAIT_READY, server->ready_fd, server);
        wait_for(list, WAIT_WORKER_SAYS, server->said_fd, server);
        wait_for(list, WAIT_CHANNEL, server->channel.fd, server);
    }
}

static void reap(osp_dev *dev)
{
    /* One by one: the builder's end is waited for by whoever reads its result. */
    int how;
    for (size_t i = 0; i < OSP_DEV_RETIRED_MAX + 2; i++) {
        const osp_server *server = i == 0   ? &dev->next
                                   : i == 1 ? &dev->current
                                            : &dev->retired[i - 2];
        const pid_t pid = server->pid;
        if (pid != 0 && waitpid(pid, &how, WNOHANG) == pid) {
            osp_dev_worker_ended(dev, pid, how);
        }
    }
}

static void ask_to_end(osp_dev *dev)
{
    osp_builder_kill(&dev->builder);
    osp_dev_stop(dev, dev->stop_ms != 0);
    dev->stop_ms = dev->stop_ms != 0 ? dev->stop_ms : osp_dev_now_ms();
}

static void take_signals(osp_dev *dev, int fd)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGCHLD) {
            ask_to_end(dev);
        }
    }
    reap(dev);
}

static void dispatch(osp_dev *dev, wait_kind kind, osp_server *server, int fd, bool readable)
{
    switch (kind) {
    case WAIT_SIGNAL:
        take_signals(dev, fd);
        return;
    case WAIT_FILES:
        watch(dev);
        return;
    case WAIT_RESULT:
        build_ended(dev);
        return;
    case WAIT_BUILD_SAYS:
        osp_builder_listen(&dev->builder);
        return;
    case WAIT_READY:
        osp_dev_next_told(dev);
        return;
    case WAIT_WORKER_SAYS:
        osp_dev_hear(dev, server); /* a report of what the log tells next comes before that */
        osp_server_listen(server, osp_dev_now_ms());
        return;
    case WAIT_CHANNEL:
        if (!readable) {
            (void)!osp_channel_flush(&server->channel);
        } else {
            osp_dev_hear(dev, server);
        }
        return;
    }
}

static int timeout_ms(const osp_dev *dev)
{
    const int64_t now = osp_dev_now_ms(), act_ms = act_due_ms(dev, now);
    int64_t most = LOOK_MS;
    if (osp_watcher_fd(dev->watcher) < 0) {
        most = OSP_WATCH_POLL_MS;
    }
    if (dev->restart_ms != 0) {
        const int64_t left = dev->restart_ms > now ? dev->restart_ms - now : 0;
        most = left < most ? left : most;
    }
    if (dev->client_count > 0 && most > 2) {
        most = 2;
    }
    return (int)(act_ms >= 0 && act_ms < most ? act_ms : most);
}

/* One wait, and all that came of it.  What one thing does may end another: each is looked up anew.
 */
static void turn(osp_dev *dev, int signal_fd)
{
    wait_list list = { .count = 0 };
    wait_for(&list, WAIT_SIGNAL, signal_fd, NULL);
    if (dev->stop_ms == 0) {
        wait_for(&list, WAIT_FILES, osp_watcher_fd(dev->watcher), NULL);
    }
    if (dev->builder.pid != 0) {
        wait_for(&list, WAIT_RESULT, dev->builder.result_fd, NULL);
        wait_for(&list, WAIT_BUILD_SAYS, dev->builder.said_fd, NULL);
    }
    wait_for_server(&list, &dev->current);
    wait_for_server(&list, &dev->next);
    for (size_t i = 0; i < OSP_DEV_RETIRED_MAX; i++) {
        wait_for_server(&list, &dev->retired[i]);
    }
    if (poll(list.at, (nfds_t)list.count, timeout_ms(dev)) <= 0) {
        return;
    }
    dev->turns++;
    for (size_t i = 0; i < list.count; i++) {
        const size_t at = (i + dev->turns) % list.count;
        if (list.at[at].revents != 0) {
            dispatch(dev, list.what[at].kind, list.what[at].server, list.at[at].fd,
                     (list.at[at].revents & ~POLLOUT) != 0);
            return; /* the rest is still there in the next turn */
        }
    }
}

/* Once for each reason. */
static void warn_of_missed(osp_dev *dev)
{
    const char *missed = osp_watcher_missed(dev->watcher);
    if (missed != dev->missed) {
        dev->missed = missed;
        fprintf(stderr, "warning: %s\n", missed);
    }
}

static void run(osp_dev *dev, int signal_fd)
{
    begin_build(dev, dev->options->fast);
    dev->saved_ms = osp_dev_now_ms();
    while (dev->stop_ms == 0 || osp_dev_alive(dev) > 0) {
        turn(dev, signal_fd);
        if (dev->stop_ms != 0) {
            if (osp_dev_now_ms() - dev->stop_ms > OSP_DEV_STOP_MS) {
                osp_dev_stop(dev, true);
            }
            reap(dev);
            continue;
        }
        if (osp_watcher_fd(dev->watcher) < 0) {
            watch(dev);
        }
        if (act_due_ms(dev, osp_dev_now_ms()) == 0) {
            act(dev);
        }
        warn_of_missed(dev);
        osp_dev_look(dev);
        osp_dev_give_clients(dev);
    }
}

/* ---------------------------------------------------------------- its life */

static osp_status listen_at(osp_dev *dev, osp_error *err)
{
    const osp_config *config = dev->settings.value;
    osp_address all[OSP_LISTENERS_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < config->listen.addresses.count && i < OSP_LISTENERS_MAX; i++) {
        const char *wrong = osp_address_parse(config->listen.addresses.items[i], &all[count++]);
        OSP_ASSERT(wrong == NULL); /* it was judged */
    }
    if (count == 0) {
        all[count] =
            (osp_address){ .kind = OSP_ADDRESS_TCP, .port = (uint16_t)config->listen.port };
        OSP_ASSERT(config->listen.host.len < sizeof all[count].host);
        memcpy(all[count++].host, config->listen.host.ptr, config->listen.host.len);
    }
    OSP_TRY(osp_listen(&dev->listeners, all, count, (int)config->listen.backlog, err));
    char text[OSP_ADDRESS_TEXT_SIZE];
    const osp_address *first = &dev->listeners.at[0].address;
    osp_address_text(first, text, sizeof text);
    (void)snprintf(dev->url, sizeof dev->url, "%s%s",
                   first->kind == OSP_ADDRESS_TCP ? "http://" : "", text);
    return OSP_OK;
}

/* What sanitizers are told, unless somebody has said otherwise: fibers have stacks of their own,
 * and a report ends the process. */
static void set_environment(void)
{
    (void)setenv("ASAN_OPTIONS",
                 "detect_stack_use_after_return=0:abort_on_error=1:detect_leaks=0"
                 ":allocator_may_return_null=1:handle_abort=0",
                 0);
    (void)setenv("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1:abort_on_error=1", 0);
}

static int signals_begin(sigset_t *ret_mask)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigprocmask(SIG_BLOCK, &set, ret_mask);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static osp_status begin(osp_dev *dev, osp_error *err)
{
    if (!read_settings(dev)) {
        return osp_error_set(err, OSP_E_INVALID, "the configuration is not valid");
    }
    OSP_TRY(listen_at(dev, err));
    dev->watcher = osp_watcher_new(dev->options->poll, err);
    return dev->watcher != NULL ? OSP_OK : err->status;
}

static void end(osp_dev *dev)
{
    osp_builder_kill(&dev->builder);
    osp_listen_close(&dev->listeners, false);
    osp_watcher_free(dev->watcher);
    for (size_t i = 0; i < dev->client_count; i++) {
        (void)close(dev->clients[i]);
    }
    (void)osp_shown_clear(&dev->shown);
    osp_arena_done(&dev->outside_arena);
    osp_history_done(&dev->history);
    if (dev->config_fd >= 0) {
        osp_settings_done(&dev->settings);
        (void)close(dev->config_fd);
    }
}

int osp_dev_main(const osp_dev_options *options)
{
    osp_error err = { 0 };
    osp_dev *dev = calloc(1, sizeof *dev);
    if (dev == NULL) {
        return 1;
    }
    dev->options = options;
    dev->config_fd = -1;
    const int signal_fd = signals_begin(&dev->mask);
    set_environment();
    const osp_status status = begin(dev, &err);
    if (status == OSP_OK) {
        osp_say(options->json,
                &(osp_said){ .event = "listening",
                             .url = dev->url,
                             .pid = getpid(),
                             .port = osp_listen_port(&dev->listeners) },
                "%s  (Ctrl-C stops it)", dev->url);
        run(dev, signal_fd);
        osp_say(options->json, &(osp_said){ .event = "stopped" }, NULL);
    } else {
        osp_say(options->json,
                &(osp_said){ .event = "failed", .stage = "start", .error = err.message }, NULL);
        fprintf(stderr, "error: %s\n", err.message);
    }
    end(dev);
    free(dev);
    (void)close(signal_fd);
    return status != OSP_OK;
}
