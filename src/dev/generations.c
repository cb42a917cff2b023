/* Generations: each good build is one, and serves from the moment it can.
 *
 *     build --> next --ready--> current --another one is ready--> retired --> gone
 *                 |               |
 *                 | died          | crashed within its first requests: the one before it comes back
 *                 v               | crashed later: it is started again
 *            current stays        v
 *
 * An executable gets a name of its own before it is started, so that the next build can take its
 * place while it may still be needed.  Sockets are bound once, and every worker is handed them; a
 * worker that retires gives its idle clients to the one that serves. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dev/dev_impl.h"
#include "serve/worker.h"
#include "type/json.h"

#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 5000

int64_t osp_dev_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---------------------------------------------------------------- telling */

static void send_line(osp_server *server, const osp_buf *line)
{
    if (!line->failed &&
        osp_channel_send(&server->channel, (osp_str){ line->ptr, line->len }) != OSP_OK) {
        return; /* it is gone, which is heard of elsewhere, or reads nothing */
    }
}

static void tell(osp_server *server, const char *event, osp_str data)
{
    osp_buf line;
    if (server->pid == 0) {
        return;
    }
    osp_buf_init(&line, NULL, 0, OSP_CHANNEL_LINE_MAX);
    osp_buf_printf(&line, "{\"t\":\"event\",\"event\":\"%s\",\"data\":", event);
    osp_buf_str(&line, data.len > 0 ? data : OSP_STR("null"));
    osp_buf_byte(&line, '}');
    send_line(server, &line);
    osp_buf_done(&line);
}

void osp_dev_tell(osp_dev *dev, const char *event, osp_str data)
{
    tell(&dev->current, event, data);
}

/* ---------------------------------------------------------------- executables */

static bool is_program_of(const osp_program *program, const osp_server *server)
{
    return program->generation != 0 && strcmp(program->path, server->path) == 0;
}

/* Removes an executable that nobody needs any more; one that runs goes on. */
static void forget_program(const osp_dev *dev, const char *path)
{
    const bool needed = path[0] == '\0' || strcmp(path, dev->current.path) == 0 ||
                        strcmp(path, dev->next.path) == 0 || strcmp(path, dev->good.path) == 0;
    if (!needed) {
        (void)unlink(path);
    }
}

/* Gives the executable a name of its own. */
static bool keep_program(const char *app, int64_t generation, char path[PATH_MAX])
{
    if (snprintf(path, PATH_MAX, "%s-%lld", app, (long long)generation) >= PATH_MAX) {
        return false;
    }
    (void)unlink(path);
    return link(app, path) == 0;
}

/* ---------------------------------------------------------------- starting */

static void start(osp_dev *dev, osp_server *server)
{
    const osp_spawn with = { .listeners = &dev->listeners,
                             .config_fd = dev->config_fd,
                             .access_fd = -1,
                             .mask = &dev->mask };
    if (osp_server_start(server, &with, osp_dev_now_ms()) != OSP_OK) {
        char sentence[256];
        (void)snprintf(sentence, sizeof sentence, "cannot start a worker: %s", strerror(errno));
        *server = (osp_server){ 0 };
        osp_dev_report(dev, OSP_REPORT_START, sentence);
    }
}

/* One that has not served yet is of no use any more. */
static void drop_next(osp_dev *dev)
{
    if (dev->next.pid == 0) {
        return;
    }
    (void)kill(dev->next.pid, SIGKILL);
    (void)waitpid(dev->next.pid, NULL, 0);
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", dev->next.path);
    osp_server_done(&dev->next);
    forget_program(dev, path);
}

static void start_next(osp_dev *dev, const osp_program *program)
{
    drop_next(dev);
    dev->restart_ms = 0;
    dev->next = (osp_server){ .generation = program->generation, .fast = program->fast };
    (void)snprintf(dev->next.path, sizeof dev->next.path, "%s", program->path);
    start(dev, &dev->next);
}

void osp_dev_begin_generation(osp_dev *dev, const osp_built *built, bool fast)
{
    /* The judgement of a preview is of the same sources, and no page need be loaded anew. */
    const bool judges = dev->preview && !fast && dev->current.fast;
    osp_program program = { .fast = fast };
    program.generation = judges ? dev->current.generation : ++dev->generation;
    dev->started++;
    if (!keep_program(built->app, dev->started, program.path)) {
        (void)snprintf(program.path, sizeof program.path, "%s", built->app);
    }
    start_next(dev, &program);
    dev->next.quiet = judges;
}

void osp_dev_begin_again(osp_dev *dev)
{
    osp_program same = { .generation = dev->current.generation, .fast = dev->current.fast };
    (void)snprintf(same.path, sizeof same.path, "%s", dev->current.path);
    start_next(dev, &same);
}

void osp_dev_begin_blank(osp_dev *dev)
{
    const osp_program blank = { .generation = ++dev->generation };
    start_next(dev, &blank);
}

/* ---------------------------------------------------------------- taking the place */

static void retire(osp_dev *dev, osp_server *server, bool quiet)
{
    osp_server *place = NULL;
    for (size_t i = 0; i < OSP_DEV_RETIRED_MAX; i++) {
        osp_server *at = &dev->retired[i];
        place = place == NULL || (place->pid != 0 && (at->pid == 0 || at->kill_ms < place->kill_ms))
                    ? at
                    : place;
    }
    if (place->pid != 0) { /* it has had longer than all others */
        (void)kill(place->pid, SIGKILL);
        (void)waitpid(place->pid, NULL, 0);
        osp_server_done(place);
    }
    const osp_config *config = dev->settings.value;
    *place = *server;
    place->announces = true;
    *server = (osp_server){ 0 };
    place->kill_ms = osp_dev_now_ms() + (int64_t)config->deadlines.drain_s * 1000 + 2000;
    char text[80];
    const int len = snprintf(text, sizeof text, "{\"t\":\"retire\",\"generation\":%lld}",
                             quiet ? 0 : (long long)dev->next.generation);
    if (osp_channel_send(&place->channel, (osp_str){ text, (size_t)len }) != OSP_OK) {
        (void)kill(place->pid, OSP_RETIRE);
    }
}

static void say_serving(osp_dev *dev)
{
    const osp_built *built = &dev->built;
    const int64_t now = osp_dev_now_ms(),
                  start_ms = dev->current.served_ms - dev->current.started_ms;
    const osp_said said = { .event = "serving",
                            .url = dev->url,
                            .generation = dev->current.generation,
                            .files = (int64_t)built->files,
                            .compiled = (int64_t)built->compiled,
                            .compile_ms = built->compile_ms,
                            .link_ms = built->link_ms,
                            .start_ms = start_ms,
                            .total_ms = dev->saved_ms != 0 ? now - dev->saved_ms : 0,
                            .fast = dev->current.fast };
    if (dev->current.path[0] == '\0' || dev->current.announced) {
        return; /* nothing does, or it has been said */
    }
    dev->current.announced = true;
    if (dev->current.returns) { /* nothing was built */
        osp_say(dev->options->json, &said, NULL);
        return;
    }
    osp_say(dev->options->json, &said,
            "%s%lld ms: %zu file%s compiled in %lld ms, linked in %lld, started in %lld%s",
            dev->current.quiet ? "judged, " : "", (long long)said.total_ms, built->compiled,
            built->compiled == 1 ? "" : "s", (long long)built->compile_ms,
            (long long)built->link_ms, (long long)start_ms,
            dev->current.fast ? " (preview by tcc; sanitizers follow)" : "");
}

/* Who asks from now on is answered by what serves: the one before has given its clients away, or is
 * gone.  Said once. */
static void announce(osp_dev *dev, osp_server *retired)
{
    if (retired->announces) {
        retired->announces = false;
        say_serving(dev);
    }
}

/* The next one serves. */
static void promote(osp_dev *dev)
{
    const bool quiet = dev->next.quiet, alone = dev->current.pid == 0;
    char gone[PATH_MAX];
    (void)snprintf(gone, sizeof gone, "%s", dev->good.path);
    if (dev->current.pid != 0) {
        if (dev->current.path[0] != '\0' && strcmp(dev->current.path, dev->next.path) != 0) {
            dev->good =
                (osp_program){ .generation = dev->current.generation, .fast = dev->current.fast };
            (void)snprintf(dev->good.path, sizeof dev->good.path, "%s", dev->current.path);
        }
        retire(dev, &dev->current, quiet);
    }
    dev->current = dev->next;
    dev->current.served_ms = osp_dev_now_ms();
    dev->next = (osp_server){ 0 };
    forget_program(dev, gone);
    if (dev->current.path[0] != '\0' && !dev->current.returns && !quiet) {
        osp_dev_clear(dev); /* it was built since */
    } else if (dev->shown.count > 0) {
        osp_dev_show(dev);
    }
    if (alone) {
        say_serving(dev);
    }
}

/* ---------------------------------------------------------------- the channel */

void osp_dev_give_clients(osp_dev *dev)
{
    size_t given = 0;
    while (dev->current.pid != 0 && given < dev->client_count &&
           osp_channel_give(&dev->current.channel, dev->clients[given]) == OSP_OK) {
        (void)close(dev->clients[given++]);
    }
    dev->client_count -= given;
    memmove(dev->clients, dev->clients + given, dev->client_count * sizeof dev->clients[0]);
}

void osp_dev_swap_templates(osp_dev *dev)
{
    if (osp_channel_send(&dev->current.channel, OSP_STR("{\"t\":\"templates\"}")) != OSP_OK) {
        return; /* it is gone, which is heard of elsewhere */
    }
}

typedef struct read_message {
    bool good;
    osp_str said;
} read_message;
OSP_TYPE(read_message, FIELD(good), FIELD(said));

/* A worker has read its templates again, or has not. */
static void templates_read(osp_dev *dev, const osp_server *server, osp_str line)
{
    osp_arena arena;
    read_message message = { 0 };
    osp_arena_init(&arena, NULL, 0, 2 * OSP_CHANNEL_LINE_MAX);
    const osp_decoding how = { .arena = &arena };
    if (osp_json_decode(&osp_type_read_message, &message, line, &how, NULL) != OSP_OK) {
        osp_arena_done(&arena);
        return;
    }
    if (message.good) {
        const int64_t total_ms = osp_dev_now_ms() - dev->saved_ms;
        if (dev->templates_bad) {
            osp_dev_clear(dev);
        }
        osp_say(dev->options->json,
                &(osp_said){ .event = "templates",
                             .generation = dev->current.generation,
                             .total_ms = total_ms },
                "%lld ms: templates read", (long long)total_ms);
        dev->templates_bad = false;
    } else if (!server->returns) { /* those are newer than an older one */
        osp_dev_report_build(dev, "", message.said);
        dev->templates_bad = true;
    }
    osp_arena_done(&arena);
}

void osp_dev_hear(osp_dev *dev, osp_server *server)
{
    const osp_status status = osp_channel_receive(&server->channel);
    osp_str line;
    int fd;
    while ((fd = osp_channel_take(&server->channel)) >= 0) {
        if (dev->client_count < OSP_DEV_CLIENTS_MAX) {
            dev->clients[dev->client_count++] = fd;
        } else {
            (void)close(fd);
        }
    }
    osp_dev_give_clients(dev);
    while (osp_channel_next(&server->channel, &line)) {
        if (osp_str_starts_with(line, OSP_STR("{\"t\":\"retired\""))) {
            osp_dev_give_clients(dev);
            announce(dev, server);
        } else if (osp_str_starts_with(line, OSP_STR("{\"t\":\"templates\""))) {
            templates_read(dev, server, line);
        } else if (!osp_dev_take_line(dev, server, line)) {
            osp_dev_hear_of_failures(dev, server, line);
        }
    }
    if (status != OSP_OK) {
        osp_channel_end(&server->channel);
    }
}

/* ---------------------------------------------------------------- ends */

/* The next one has ended before it served: what serves stays. */
static void next_ended(osp_dev *dev, int how)
{
    char path[PATH_MAX];
    osp_server *next = &dev->next;
    const bool was_blank = next->path[0] == '\0';
    const bool goes_on = dev->current.pid != 0 && dev->current.path[0] != '\0';
    dev->behind = true;
    (void)snprintf(path, sizeof path, "%s", next->path);
    osp_dev_report_end(dev, next, how, goes_on ? "The version before goes on." : NULL);
    osp_server_done(next);
    forget_program(dev, path);
    if (dev->current.pid == 0 && !was_blank) {
        osp_dev_begin_blank(dev);
    }
}

/* One that crashes as soon as it is there is started less and less often. */
static void set_pause(osp_dev *dev, bool is_well)
{
    const int64_t longer = dev->pause_ms == 0 ? PAUSE_MIN_MS : 2 * dev->pause_ms;
    dev->pause_ms = is_well ? 0 : longer < PAUSE_MAX_MS ? longer : PAUSE_MAX_MS;
    dev->restart_ms = osp_dev_now_ms() + dev->pause_ms;
    if (dev->pause_ms > 0) {
        osp_say(dev->options->json, &(osp_said){ .event = "restarting", .pause_ms = dev->pause_ms },
                "Restarting in %.1f s; save a file to try at once.", (double)dev->pause_ms / 1000);
    }
}

/* What serves has crashed. */
static void current_ended(osp_dev *dev, int how)
{
    osp_server *current = &dev->current;
    const bool young = current->asked < OSP_DEV_TRIAL_MAX && !current->quiet;
    const bool back = young && dev->good.generation != 0 && !is_program_of(&dev->good, current);
    osp_program again = { .generation = current->generation, .fast = current->fast };
    (void)snprintf(again.path, sizeof again.path, "%s", current->path);
    const int64_t lived_ms = osp_dev_now_ms() - current->started_ms;
    osp_dev_report_end(dev, current, how,
                       back ? "The version before is back." : "It is started again.");
    osp_server_done(current);
    if (back) {
        dev->behind = true;
        forget_program(dev, again.path);
        again = dev->good;
        again.generation = ++dev->generation; /* pages of either are loaded anew */
    }
    dev->again = again;
    set_pause(dev, back || lived_ms > 1000);
    osp_dev_look(dev);
}

/* One that had left its place; that it was killed for its slowness is no report. */
static void retired_ended(osp_dev *dev, osp_server *server, int how)
{
    osp_server_listen(server, osp_dev_now_ms());
    if (how != 0 && (server->held_ms != 0 || server->hang != OSP_HANG_NONE)) {
        osp_dev_report_end(dev, server, how, "Another one had taken its place.");
    }
    announce(dev, server);
    osp_server_done(server);
}

void osp_dev_next_told(osp_dev *dev)
{
    if (osp_server_is_ready(&dev->next)) {
        promote(dev);
    }
}

/* Whose process it was; NULL: none of theirs. */
static osp_server *server_of(osp_dev *dev, pid_t pid)
{
    osp_server *found = dev->next.pid == pid      ? &dev->next
                        : dev->current.pid == pid ? &dev->current
                                                  : NULL;
    for (size_t i = 0; found == NULL && i < OSP_DEV_RETIRED_MAX; i++) {
        found = dev->retired[i].pid == pid ? &dev->retired[i] : NULL;
    }
    return found;
}

void osp_dev_worker_ended(osp_dev *dev, pid_t pid, int how)
{
    osp_server *server = server_of(dev, pid);
    if (server == NULL) {
        return;
    }
    osp_dev_hear(dev, server); /* its last clients, and why it ends */
    if (dev->stop_ms != 0) {
        osp_server_done(server);
    } else if (server == &dev->next) {
        next_ended(dev, how);
    } else if (server == &dev->current) {
        current_ended(dev, how);
    } else {
        retired_ended(dev, server, how);
    }
}

static void look_at(const osp_dev *dev, osp_server *server, int64_t now)
{
    osp_server_release(server, now);
    osp_server_watch(server, dev->stuck_s, now);
    if (server->pid != 0 && server->kill_ms != 0 && now >= server->kill_ms) {
        (void)kill(server->pid, SIGKILL);
    }
}

void osp_dev_look(osp_dev *dev)
{
    const int64_t now = osp_dev_now_ms();
    look_at(dev, &dev->next, now);
    look_at(dev, &dev->current, now);
    for (size_t i = 0; i < OSP_DEV_RETIRED_MAX; i++) {
        look_at(dev, &dev->retired[i], now);
    }
    if (dev->restart_ms != 0 && now >= dev->restart_ms) {
        dev->restart_ms = 0;
        if (dev->next.pid == 0) { /* else something newer is on its way */
            start_next(dev, &dev->again);
            dev->next.returns = true;
        }
    }
}

/* ---------------------------------------------------------------- the end */

static size_t signal_one(osp_server *server, bool at_once)
{
    if (server->pid == 0) {
        return 0;
    }
    if (!at_once && osp_channel_send(&server->channel, OSP_STR("{\"t\":\"stop\"}")) != OSP_OK) {
        at_once = server->channel.fd < 0;
    }
    (void)kill(server->pid, at_once ? SIGKILL : SIGTERM);
    return 1;
}

void osp_dev_stop(osp_dev *dev, bool at_once)
{
    (void)signal_one(&dev->next, true);
    (void)signal_one(&dev->current, at_once);
    for (size_t i = 0; i < OSP_DEV_RETIRED_MAX; i++) {
        (void)signal_one(&dev->retired[i], at_once);
    }
}

size_t osp_dev_alive(const osp_dev *dev)
{
    size_t alive = (size_t)(dev->next.pid != 0) + (dev->current.pid != 0);
    for (size_t i = 0; i < OSP_DEV_RETIRED_MAX; i++) {
        alive += dev->retired[i].pid != 0;
    }
    return alive;
}
