/* The configuration of the server, described.
 *
 * A key is here only when something obeys it.  A value is a plain number with its unit in the name
 * of the key, seconds end in _s, or else in its description: bytes. */
#include "serve/config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve/listen.h"

#define TEXT_OF(constant) TEXT_OF_1(constant)
#define TEXT_OF_1(number) #number
#define DAY_S 86400
#define BYTES_MAX INT64_C(1099511627776) /* 1 TiB: more than there is */

static const char *no_nul_text(const osp_str *text)
{
    return memchr(text->ptr, '\0', text->len) == NULL ? NULL : "must not hold a NUL";
}
OSP_CHECKER(no_nul_text, osp_str);

OSP_TYPE(osp_config_listen,
         FIELD(host, .fallback = "127.0.0.1", .min_len = 1, .max_len = OSP_ADDRESS_HOST_MAX,
               CHECK(no_nul_text),
               .doc = "Name or address to listen on; 0.0.0.0 or :: for all. HOST says it too."),
         FIELD(port, .fallback = "3000", RANGE(0, 65535),
               .doc = "TCP port; 0 takes a free one. PORT says it too."),
         FIELD(backlog, .fallback = TEXT_OF(OSP_LISTEN_BACKLOG), RANGE(1, OSP_LISTEN_BACKLOG_MAX),
               .doc = "Connections that may wait to be accepted; the kernel may allow fewer."),
         OPTIONS(.additional = OSP_REJECT, .doc = "Where the server listens."));

OSP_TYPE(osp_config_limits,
         FIELD(request_head, .fallback = TEXT_OF(OSP_H1_HEAD_MAX), RANGE(512, OSP_H1_HEAD_MAX),
               .doc = "Bytes of request line and headers; beyond it 431."),
         FIELD(target, .fallback = TEXT_OF(OSP_H1_TARGET_MAX), RANGE(16, OSP_H1_HEAD_MAX),
               .doc = "Bytes of the request target; beyond it 414."),
         FIELD(headers, .fallback = TEXT_OF(OSP_H1_HEADERS_MAX), RANGE(1, OSP_H1_HEADERS_MAX),
               .doc = "Headers of a request; beyond it 431."),
         FIELD(trailers, .fallback = TEXT_OF(OSP_H1_TRAILER_MAX), RANGE(0, 65536),
               .doc = "Bytes of the trailer section of a chunked body; beyond it 400."),
         FIELD(chunk_line, .fallback = TEXT_OF(OSP_H1_CHUNK_LINE_MAX), RANGE(16, 16384),
               .doc = "Bytes of a chunk's size with its extensions; beyond it 400."),
         FIELD(body, .fallback = TEXT_OF(OSP_BODY_MAX), RANGE(0, 1073741824),
               .doc = "Bytes of a request body; beyond it 413."),
         FIELD(bodies, .fallback = TEXT_OF(OSP_BODIES_MAX), RANGE(0, BYTES_MAX),
               .doc = "Bytes of all request bodies that a worker holds at once; beyond it 503."),
         FIELD(answers, .fallback = TEXT_OF(OSP_OUTPUT_MAX), RANGE(65536, BYTES_MAX),
               .doc = "Bytes of answers that wait for one client; beyond it 500."),
         FIELD(request_memory, .fallback = TEXT_OF(OSP_REQUEST_MEMORY_MAX), RANGE(65536, BYTES_MAX),
               .doc = "Bytes that answering one request may take; beyond it 503."),
         FIELD(requests, .fallback = TEXT_OF(OSP_FIBERS_MAX), RANGE(1, 1048576),
               .doc = "Requests that a worker answers at once; beyond it 503."),
         FIELD(requests_per_connection, .fallback = TEXT_OF(OSP_CONN_REQUESTS_MAX),
               RANGE(1, OSP_CONN_REQUESTS_MAX),
               .doc = "Requests of one connection; the answer to the last says that it closes."),
         FIELD(connections, .fallback = TEXT_OF(OSP_CONNS_MAX), RANGE(1, 1048576),
               .doc = "Connections that a worker holds; others wait until one ends."),
         OPTIONS(.additional = OSP_REJECT, .doc = "How much a client may ask for."));

OSP_TYPE(
    osp_config_deadlines,
    FIELD(idle_s, .fallback = TEXT_OF(OSP_IDLE_S), RANGE(1, DAY_S),
          .doc = "Seconds that a kept connection may be without a request; then it is closed."),
    FIELD(head_s, .fallback = TEXT_OF(OSP_HEAD_S), RANGE(1, DAY_S),
          .doc = "Seconds from the first byte of a request head to its end; then 408."),
    FIELD(body_s, .fallback = TEXT_OF(OSP_BODY_S), RANGE(1, DAY_S),
          .doc = "Seconds between two reads of a request body; then 408."),
    FIELD(body_total_s, .fallback = TEXT_OF(OSP_BODY_TOTAL_S), RANGE(1, DAY_S),
          .doc = "Seconds from the head of a request to the end of its body; then 408."),
    FIELD(write_s, .fallback = TEXT_OF(OSP_WRITE_S), RANGE(1, DAY_S),
          .doc = "Seconds between two writes to a client that does not read; then it is closed."),
    FIELD(drain_s, .fallback = TEXT_OF(OSP_DRAIN_S), RANGE(1, DAY_S),
          .doc = "Seconds that requests in flight have when their worker is to end."),
    FIELD(stuck_s, .fallback = TEXT_OF(OSP_STUCK_S), RANGE(2, DAY_S),
          .doc = "Seconds for which the loop of a worker may stand still; then it is replaced."),
    OPTIONS(.additional = OSP_REJECT, .doc = "How long a client may take."));

OSP_ENUM(osp_access_format, (OSP_ACCESS_JSON, "json"), (OSP_ACCESS_COMBINED, "combined"),
         (OSP_ACCESS_TEXT, "text"));
OSP_ENUM(osp_errors_format, (OSP_ERRORS_TEXT, "text"), (OSP_ERRORS_JSON, "json"));
OSP_ENUM(osp_log_level, (OSP_LOG_DEBUG, "debug"), (OSP_LOG_INFO, "info"),
         (OSP_LOG_WARNING, "warning"), (OSP_LOG_ERROR, "error"));

OSP_TYPE(osp_config_log,
         FIELD(access, .fallback = "off", .min_len = 1, .max_len = OSP_LOG_PATH_MAX,
               CHECK(no_nul_text),
               .doc = "Where a line for each request goes: off, stdout, stderr or a file."),
         FIELD(errors, .fallback = "stderr", .min_len = 1, .max_len = OSP_LOG_PATH_MAX,
               CHECK(no_nul_text),
               .doc = "Where the server says what happens to it: stderr, stdout or a file."),
         ENUM(access_format, osp_access_format, .fallback = "json",
              .doc = "How a request is written: json, combined (as Apache and nginx) or text."),
         ENUM(errors_format, osp_errors_format, .fallback = "text",
              .doc = "How the other lines are written: text or json."),
         ENUM(level, osp_log_level, .fallback = "info", .doc = "The least of those that is said."),
         OPTIONS(.additional = OSP_REJECT, .doc = "What the server writes about itself."));

OSP_TYPE(osp_config,
         FIELD(schema, .name = "$schema", .fallback = "",
               .doc = "Where editors find the schema of this file."),
         OBJECT(listen, osp_config_listen, .fallback = "{}"),
         FIELD(workers, .fallback = "1", RANGE(0, OSP_WORKERS_MAX),
               .doc = "Worker processes; 0 starts one for each processor that may be used."),
         OBJECT(limits, osp_config_limits, .fallback = "{}"),
         OBJECT(deadlines, osp_config_deadlines, .fallback = "{}"),
         OBJECT(log, osp_config_log, .fallback = "{}"),
         OPTIONS(.additional = OSP_REJECT, .doc = "The configuration of an OpenSpeed server."));

/* Variables of the builder, of the command itself, of hardening and of an upgrade. */
static const char *const other_variables[] = { "OPENSPEED_CONFIG",
                                               "OPENSPEED_HOME",
                                               "OPENSPEED_OPENAPI",
                                               "OPENSPEED_BUILD_DIR",
                                               "OPENSPEED_USER",
                                               "OPENSPEED_HARDEN",
                                               "OPENSPEED_SECCOMP",
                                               "OPENSPEED_READ",
                                               "OPENSPEED_WRITE",
                                               "OPENSPEED_HANDOVER",
                                               NULL };

static const osp_settings_alias aliases[] = { { "HOST", "listen.host" },
                                              { "PORT", "listen.port" },
                                              { NULL, NULL } };

static const osp_config defaults = {
    .listen = { { "127.0.0.1", 9 }, 3000, OSP_LISTEN_BACKLOG },
    .workers = 1,
    .limits = { .request_head = OSP_H1_HEAD_MAX,
                .target = OSP_H1_TARGET_MAX,
                .headers = OSP_H1_HEADERS_MAX,
                .trailers = OSP_H1_TRAILER_MAX,
                .chunk_line = OSP_H1_CHUNK_LINE_MAX,
                .body = OSP_BODY_MAX,
                .bodies = OSP_BODIES_MAX,
                .answers = OSP_OUTPUT_MAX,
                .request_memory = OSP_REQUEST_MEMORY_MAX,
                .requests = OSP_FIBERS_MAX,
                .requests_per_connection = OSP_CONN_REQUESTS_MAX,
                .connections = OSP_CONNS_MAX },
    .deadlines = { .idle_s = OSP_IDLE_S,
                   .head_s = OSP_HEAD_S,
                   .body_s = OSP_BODY_S,
                   .body_total_s = OSP_BODY_TOTAL_S,
                   .write_s = OSP_WRITE_S,
                   .drain_s = OSP_DRAIN_S,
                   .stuck_s = OSP_STUCK_S },
    .log = { .access = { "off", 3 }, .errors = { "stderr", 6 }, .level = OSP_LOG_INFO },
};

const osp_config *osp_config_default(void)
{
    return &defaults;
}

const osp_type *osp_config_type(void)
{
    return &osp_type_osp_config;
}

/* What no member can say alone. */
static void judge(osp_settings *settings)
{
    const osp_config *config = settings->value;
    if (config->limits.body > config->limits.bodies) {
        const osp_settings_key *key = osp_settings_find(settings, OSP_STR("limits.body"));
        osp_settings_refuse(settings, key, "must not be more than limits.bodies");
    }
}

static const char *variable(char *const *environment, const char *name)
{
    const size_t len = strlen(name);
    for (; environment != NULL && *environment != NULL; environment++) {
        if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=' &&
            (*environment)[len + 1] != '\0') {
            return *environment + len + 1;
        }
    }
    return NULL;
}

osp_status osp_config_load(osp_settings *settings, const osp_config_args *args,
                           char *const *environment)
{
    const char *named = args->file != NULL ? args->file : variable(environment, "OPENSPEED_CONFIG");
    const osp_settings_input input = {
        .type = &osp_type_osp_config,
        .file = named != NULL ? named : OSP_CONFIG_FILE,
        .file_required = named != NULL,
        .prefix = "OPENSPEED_",
        .environment = environment,
        .known = other_variables,
        .aliases = aliases,
        .options = args->options,
        .option_count = args->option_count,
    };
    OSP_TRY(osp_settings_load(settings, &input));
    judge(settings);
    return settings->error_count != 0 ? OSP_E_INVALID : OSP_OK;
}

osp_status osp_config_seal(const osp_config *config, int *ret_fd)
{
    osp_config plain = *config;
    plain.schema = plain.listen.host = plain.log.access = plain.log.errors = (osp_str){ NULL, 0 };
    const int fd = memfd_create("openspeed-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return OSP_E_IO;
    }
    if (write(fd, &plain, sizeof(plain)) != (ssize_t)sizeof(plain) ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        close(fd);
        return OSP_E_IO;
    }
    *ret_fd = fd;
    return OSP_OK;
}

const osp_config *osp_config_map(int fd)
{
    const void *page = mmap(NULL, sizeof(osp_config), PROT_READ, MAP_PRIVATE, fd, 0);
    return page != MAP_FAILED ? page : NULL;
}
