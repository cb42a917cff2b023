/* The configuration of the server, described.
 *
 * A key is here only when something obeys it.  A value is a plain number with its unit in the name
 * of the key, seconds end in _s, milliseconds in _ms, or else in its description: bytes. */
#include "serve/config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/listen.h"
#include "serve/settings_impl.h"
#include "type/json.h"

#define TEXT_OF(constant) TEXT_OF_1(constant)
#define TEXT_OF_1(number) #number
#define DAY_S 86400
#define RATE_MAX 1073741824
#define BYTES_MAX INT64_C(1099511627776) /* 1 TiB: more than there is */

/* A name or a path. */
static const char *no_nul_text(const osp_str *text)
{
    return memchr(text->ptr, '\0', text->len) == NULL ? NULL : "must not hold a NUL";
}
OSP_CHECKER(no_nul_text, osp_str);

/* Characters of the option's limit may take more bytes than a name has. */
static const char *host_text(const osp_str *host)
{
    return host->len > OSP_ADDRESS_HOST_MAX ? "must not be longer than 255 bytes"
                                            : no_nul_text(host);
}
OSP_CHECKER(host_text, osp_str);

/* Less than a worker has when it starts would refuse all requests. */
static const char *memory_enough(const uint64_t *bytes)
{
    return *bytes == 0 || *bytes >= OSP_MEMORY_MIN
               ? NULL
               : "must be 0 or at least " TEXT_OF(OSP_MEMORY_MIN);
}
OSP_CHECKER(memory_enough, uint64_t);

static const char *address_text(const osp_str *text)
{
    osp_address address;
    return osp_address_parse(*text, &address);
}
OSP_CHECKER(address_text, osp_str);

static const char *trusted_text(const osp_str *text)
{
    osp_trust trust = { .count = 0 };
    osp_str bad;
    return memchr(text->ptr, ',', text->len) == NULL &&
                   osp_trust_add(&trust, *text, &bad) == OSP_OK && trust.count == 1
               ? NULL
               : "must be an address, a range or \"unix\", such as 10.0.0.0/8";
}
OSP_CHECKER(trusted_text, osp_str);

OSP_TYPE(osp_config_listen,
         FIELD(host, .fallback = "127.0.0.1", .min_len = 1, .max_len = OSP_ADDRESS_HOST_MAX,
               CHECK(host_text),
               .doc = "Name or address to listen on; 0.0.0.0 or :: for all. HOST says it too."),
         FIELD(port, .fallback = "3000", RANGE(0, 65535),
               .doc = "TCP port; 0 takes a free one. PORT says it too."),
         FIELD(backlog, .fallback = TEXT_OF(OSP_LISTEN_BACKLOG), RANGE(1, OSP_LISTEN_BACKLOG_MAX),
               .doc = "Connections that may wait to be accepted; the kernel may allow fewer."),
         LIST(addresses, osp_str, .fallback = "[]", .max_len = OSP_LISTENERS_MAX,
              EACH(CHECK(address_text)),
              .doc = "Listens there in place of host and port: *:80, [::1]:80, unix:/PATH."),
         OPTIONS(.additional = OSP_REJECT, .doc = "Where the server listens."));

OSP_ENUM(osp_proxy_header, (OSP_X_FORWARDED, "x-forwarded"), (OSP_FORWARDED, "forwarded"));
OSP_TYPE(osp_config_proxies,
         LIST(trusted, osp_str, .fallback = "[]", .max_len = OSP_TRUST_RANGES_MAX,
              EACH(CHECK(trusted_text)),
              .doc = "Addresses, ranges and unix: whose word about clients is believed."),
         ENUM(header, osp_proxy_header, .fallback = "x-forwarded",
              .doc = "What they send: X-Forwarded-For, -Proto and -Host, or Forwarded."),
         FIELD(protocol, .fallback = "false",
               .doc = "They speak the PROXY protocol in front of each connection."),
         OPTIONS(.additional = OSP_REJECT, .doc = "Who stands between clients and the server."));

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
         FIELD(pipelined, .fallback = TEXT_OF(OSP_PIPELINED_MAX), RANGE(1024, 1073741824),
               .doc = "Bytes of answers that wait for one client; beyond it no more of its "
                      "pipelined requests are answered until they are sent."),
         FIELD(body, .fallback = TEXT_OF(OSP_BODY_MAX), RANGE(0, 1073741824),
               .doc = "Bytes of a request body; beyond it 413."),
         FIELD(bodies, .fallback = TEXT_OF(OSP_BODIES_MAX), RANGE(0, BYTES_MAX),
               .doc = "Bytes of all request bodies that a worker holds at once; beyond it 503."),
         FIELD(answers, .fallback = TEXT_OF(OSP_OUTPUT_MAX), RANGE(65536, BYTES_MAX),
               .doc = "Bytes of answers that wait for one client; beyond it 500."),
         FIELD(spill, .fallback = TEXT_OF(OSP_SPILL_MAX), RANGE(0, BYTES_MAX),
               .doc = "Bytes of answers that a worker keeps in files because their clients do not "
                      "read; others stay in memory. 0: none."),
         FIELD(request_memory, .fallback = TEXT_OF(OSP_REQUEST_MEMORY_MAX), RANGE(65536, BYTES_MAX),
               .doc = "Bytes that answering one request may take; beyond it 503."),
         FIELD(memory, .fallback = "0", RANGE(0, BYTES_MAX), CHECK(memory_enough),
               .doc = "Bytes of memory that a worker may have; beyond it idle connections "
                      "are closed, then requests are 503. 0: its part of 9/10 of what its "
                      "control group may have, if that is limited."),
         FIELD(upload_file, .fallback = TEXT_OF(OSP_UPLOAD_FILE_MAX), RANGE(0, BYTES_MAX),
               .doc = "Bytes of one file in a form; beyond it 413."),
         FIELD(upload_total, .fallback = TEXT_OF(OSP_UPLOAD_TOTAL_MAX), RANGE(1, BYTES_MAX),
               .doc = "Bytes of a form with files, all of it; beyond it 413."),
         FIELD(upload_memory, .fallback = TEXT_OF(OSP_UPLOAD_MEMORY_MAX), RANGE(0, 16777216),
               .doc = "Bytes of a request's files that stay in memory; others go to a file of "
                      "temp_folder."),
         FIELD(uploads, .fallback = TEXT_OF(OSP_UPLOADS_MAX), RANGE(0, BYTES_MAX),
               .doc = "Bytes of such files that a worker keeps at once; beyond it 503."),
         FIELD(upload_files, .fallback = TEXT_OF(OSP_UPLOAD_FILES_MAX), RANGE(0, 10000),
               .doc = "Files of one form; beyond it 413."),
         FIELD(form_fields, .fallback = TEXT_OF(OSP_PARAM_FORM_PAIRS_MAX), RANGE(0, 100000),
               .doc = "Fields of one form that are no files; beyond it 413."),
         FIELD(requests, .fallback = TEXT_OF(OSP_FIBERS_MAX), RANGE(1, 1048576),
               .doc = "Requests that a worker answers at once; beyond it 503."),
         FIELD(requests_per_connection, .fallback = TEXT_OF(OSP_CONN_REQUESTS_MAX),
               RANGE(1, OSP_CONN_REQUESTS_MAX),
               .doc = "Requests of one connection; the answer to the last says that it closes."),
         FIELD(connections, .fallback = TEXT_OF(OSP_CONNS_MAX), RANGE(1, 1048576),
               .doc = "Connections that a worker holds; others wait until one ends."),
         FIELD(connections_per_client, .fallback = "0", RANGE(0, 1048576),
               .doc = "Connections of one IPv4 address, or IPv6 /64, to a worker; others "
                      "are closed at once. 0: as many as there are."),
         FIELD(min_body_rate, .fallback = TEXT_OF(OSP_BODY_RATE_MIN), RANGE(0, RATE_MAX),
               .doc = "Bytes a second that a client must send of a body; who falls "
                      "deadlines.body_s behind gets 408. 0: any."),
         FIELD(min_send_rate, .fallback = TEXT_OF(OSP_SEND_RATE_MIN), RANGE(0, RATE_MAX),
               .doc = "Bytes a second that a client must take of an answer; who falls "
                      "deadlines.write_s behind is closed. 0: any."),
         OPTIONS(.additional = OSP_REJECT, .doc = "How much a client may ask for."));

OSP_TYPE(
    osp_config_deadlines,
    FIELD(idle_s, .fallback = TEXT_OF(OSP_IDLE_S), RANGE(1, DAY_S),
          .doc = "Seconds that a kept connection may be without a request; then it is closed."),
    FIELD(head_s, .fallback = TEXT_OF(OSP_HEAD_S), RANGE(1, DAY_S),
          .doc = "Seconds from the first byte of a request head to its end; then 408."),
    FIELD(head_pause_s, .fallback = TEXT_OF(OSP_HEAD_PAUSE_S), RANGE(1, DAY_S),
          .doc = "Seconds between two reads of a request head; then 408."),
    FIELD(body_s, .fallback = TEXT_OF(OSP_BODY_S), RANGE(1, DAY_S),
          .doc = "Seconds between two reads of a request body; then 408."),
    FIELD(body_total_s, .fallback = TEXT_OF(OSP_BODY_TOTAL_S), RANGE(1, DAY_S),
          .doc = "Seconds from the head of a request to the end of its body; then 408."),
    FIELD(write_s, .fallback = TEXT_OF(OSP_WRITE_S), RANGE(1, DAY_S),
          .doc = "Seconds in which a client reads nothing of its answer; then it is closed."),
    FIELD(handler_s, .fallback = TEXT_OF(OSP_HANDLER_S), RANGE(0, DAY_S),
          .doc = "Seconds that a handler may wait for other things than its client; then its wait "
                 "ends and the answer is 503, unless it has begun. 0: any."),
    FIELD(after_s, .fallback = TEXT_OF(OSP_AFTER_S), RANGE(0, DAY_S),
          .doc = "Seconds that one piece of work after a response may wait; then its wait ends. "
                 "0: any."),
    FIELD(wait_ms, .fallback = TEXT_OF(OSP_WAIT_MS), RANGE(0, 60000),
          .doc = "Milliseconds that requests may wait for the loop while it stays behind; then "
                 "503. 0: any."),
    FIELD(drain_s, .fallback = TEXT_OF(OSP_DRAIN_S), RANGE(1, DAY_S),
          .doc = "Seconds that requests in flight have when their worker is to end."),
    FIELD(drain_delay_s, .fallback = "0", RANGE(0, OSP_DRAIN_DELAY_S_MAX),
          .doc = "Seconds from SIGTERM on for which /readyz says 503 and all else goes on."),
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
OSP_ENUM(osp_seccomp_mode, (OSP_SECCOMP_OFF, "off"), (OSP_SECCOMP_DENY, "on"),
         (OSP_SECCOMP_STRICT, "strict"));
OSP_TYPE(osp_config_harden,
         FIELD(user, .fallback = "", .max_len = 255, CHECK(no_nul_text),
               .doc = "User to become: a name, UID or UID:GID. OPENSPEED_USER says it too."),
         ENUM(seccomp, osp_seccomp_mode, .fallback = "on",
              .doc = "System calls: on refuses what no worker needs, strict all that is not known. "
                     "OPENSPEED_SECCOMP says it too."),
         FIELD(landlock, .fallback = "true", .doc = "Workers reach only files that are named."),
         FIELD(privileges, .fallback = "true",
               .doc = "Workers have no capabilities, and nobody gets new ones."),
         FIELD(exec, .fallback = "true", .doc = "Workers start no program."),
         FIELD(wx, .fallback = "true", .doc = "No memory of workers is written and executed."),
         FIELD(dump, .fallback = "true", .doc = "Workers leave no core and bear no debugger."),
         FIELD(umask, .fallback = "true", .doc = "Files are made unreadable for others."),
         FIELD(verbose, .fallback = "false", .doc = "Each worker says what holds."),
         LIST(read, osp_str, .fallback = "[]", .max_len = OSP_CONFIG_PATHS_MAX,
              EACH(.min_len = 1, .max_len = OSP_CONFIG_PATH_MAX, CHECK(no_nul_text)),
              .doc = "More that workers may read. OPENSPEED_READ says it too."),
         LIST(write, osp_str, .fallback = "[]", .max_len = OSP_CONFIG_PATHS_MAX,
              EACH(.min_len = 1, .max_len = OSP_CONFIG_PATH_MAX, CHECK(no_nul_text)),
              .doc = "More that workers may read and write. OPENSPEED_WRITE says it too."),
         OPTIONS(.additional = OSP_REJECT, .doc = "What the processes give up; all by default."));

/* Never an option of pkg-config's. */
static const char *package_name(const osp_str *text)
{
    bool fits = text->len > 0 && text->ptr[0] != '-';
    for (size_t i = 0; i < text->len; i++) {
        const char c = text->ptr[i];
        fits &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                strchr("+-._", c) != NULL;
        fits &= c != '\0';
    }
    return fits ? NULL : "must be the name of a package, such as libcurl";
}
OSP_CHECKER(package_name, osp_str);

OSP_TYPE(osp_config_build,
         LIST(packages, osp_str, .fallback = "[]", .max_len = OSP_CONFIG_WORDS_MAX,
              EACH(.min_len = 1, .max_len = 255, CHECK(package_name)),
              .doc = "Libraries that the application uses, as pkg-config names them: libcurl."),
         LIST(cflags, osp_str, .fallback = "[]", .max_len = OSP_CONFIG_WORDS_MAX,
              EACH(.min_len = 1, .max_len = OSP_CONFIG_PATH_MAX, CHECK(no_nul_text)),
              .doc = "More arguments of the compiler, one a text: -DWITH_MAPS."),
         LIST(libs, osp_str, .fallback = "[]", .max_len = OSP_CONFIG_WORDS_MAX,
              EACH(.min_len = 1, .max_len = OSP_CONFIG_PATH_MAX, CHECK(no_nul_text)),
              .doc = "More arguments of the linker, behind the library's: -lz."),
         OPTIONS(.additional = OSP_REJECT,
                 .doc = "What openspeed build gives compiler and linker beside its own."));

OSP_TYPE(osp_config,
         FIELD(schema, .name = "$schema", .fallback = "",
               .doc = "Where editors find the schema of this file."),
         OBJECT(listen, osp_config_listen, .fallback = "{}"),
         OBJECT(proxies, osp_config_proxies, .fallback = "{}"),
         FIELD(workers, .fallback = "0", RANGE(0, OSP_WORKERS_MAX),
               .doc = "Worker processes; 0 starts one for each processor that may be used."),
         FIELD(health, .fallback = "true", .doc = "/livez and /readyz are answered."),
         FIELD(pid_file, .fallback = "", .max_len = OSP_CONFIG_PATH_MAX, CHECK(no_nul_text),
               .doc = "File that gets the number of the process."),
         FIELD(temp_folder, .fallback = "", .max_len = OSP_CONFIG_PATH_MAX, CHECK(no_nul_text),
               .doc = "Where files go that last as long as a connection. Empty: TMPDIR, or /tmp."),
         FIELD(public_folder, .fallback = "", .max_len = OSP_CONFIG_PATH_MAX, CHECK(no_nul_text),
               .doc = "Where the application's public/ is. Empty: where it was built, or beside "
                      "the executable."),
         OBJECT(limits, osp_config_limits, .fallback = "{}"),
         OBJECT(deadlines, osp_config_deadlines, .fallback = "{}"),
         OBJECT(log, osp_config_log, .fallback = "{}"),
         OBJECT(harden, osp_config_harden, .fallback = "{}"),
         OBJECT(build, osp_config_build, .fallback = "{}"),
         OPTIONS(.additional = OSP_REJECT, .doc = "The configuration of an OpenSpeed server."));

#define HARDEN_VARIABLE "OPENSPEED_HARDEN"

/* Variables of the builder, of the command itself and of an upgrade, and those with other names for
 * keys. */
static const char *const other_variables[] = { "OPENSPEED_CONFIG",
                                               "OPENSPEED_HOME",
                                               "OPENSPEED_OPENAPI",
                                               "OPENSPEED_BUILD_DIR",
                                               "OPENSPEED_HANDOVER",
                                               HARDEN_VARIABLE,
                                               "OPENSPEED_USER",
                                               "OPENSPEED_SECCOMP",
                                               "OPENSPEED_READ",
                                               "OPENSPEED_WRITE",
                                               NULL };

static const osp_settings_alias aliases[] = { { "HOST", "listen.host" },
                                              { "PORT", "listen.port" },
                                              { "OPENSPEED_USER", "harden.user" },
                                              { "OPENSPEED_SECCOMP", "harden.seccomp" },
                                              { "OPENSPEED_READ", "harden.read" },
                                              { "OPENSPEED_WRITE", "harden.write" },
                                              { NULL, NULL } };

/* How lists are written as one text; an address may hold a comma. */
static const osp_settings_list lists[] = { { "listen.addresses", ' ' }, { "proxies.trusted", ',' },
                                           { "harden.read", ':' },      { "harden.write", ':' },
                                           { "build.packages", ' ' },   { "build.cflags", ' ' },
                                           { "build.libs", ' ' },       { NULL, 0 } };

static const osp_config defaults = {
    .listen = { .host = { "127.0.0.1", 9 }, .port = 3000, .backlog = OSP_LISTEN_BACKLOG },
    .health = true,
    .limits = { .request_head = OSP_H1_HEAD_MAX,
                .target = OSP_H1_TARGET_MAX,
                .headers = OSP_H1_HEADERS_MAX,
                .trailers = OSP_H1_TRAILER_MAX,
                .chunk_line = OSP_H1_CHUNK_LINE_MAX,
                .pipelined = OSP_PIPELINED_MAX,
                .body = OSP_BODY_MAX,
                .bodies = OSP_BODIES_MAX,
                .answers = OSP_OUTPUT_MAX,
                .spill = OSP_SPILL_MAX,
                .request_memory = OSP_REQUEST_MEMORY_MAX,
                .upload_file = OSP_UPLOAD_FILE_MAX,
                .upload_total = OSP_UPLOAD_TOTAL_MAX,
                .upload_memory = OSP_UPLOAD_MEMORY_MAX,
                .uploads = OSP_UPLOADS_MAX,
                .upload_files = OSP_UPLOAD_FILES_MAX,
                .form_fields = OSP_PARAM_FORM_PAIRS_MAX,
                .requests = OSP_FIBERS_MAX,
                .requests_per_connection = OSP_CONN_REQUESTS_MAX,
                .connections = OSP_CONNS_MAX,
                .min_body_rate = OSP_BODY_RATE_MIN,
                .min_send_rate = OSP_SEND_RATE_MIN },
    .deadlines = { .idle_s = OSP_IDLE_S,
                   .head_s = OSP_HEAD_S,
                   .head_pause_s = OSP_HEAD_PAUSE_S,
                   .body_s = OSP_BODY_S,
                   .body_total_s = OSP_BODY_TOTAL_S,
                   .write_s = OSP_WRITE_S,
                   .handler_s = OSP_HANDLER_S,
                   .after_s = OSP_AFTER_S,
                   .wait_ms = OSP_WAIT_MS,
                   .drain_s = OSP_DRAIN_S,
                   .stuck_s = OSP_STUCK_S },
    .log = { .access = { "off", 3 }, .errors = { "stderr", 6 }, .level = OSP_LOG_INFO },
    .harden = { .seccomp = OSP_SECCOMP_DENY,
                .landlock = true,
                .privileges = true,
                .exec = true,
                .wx = true,
                .dump = true,
                .umask = true },
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
    const osp_config_proxies *proxies = &config->proxies;
    if (config->limits.body > config->limits.bodies) {
        const osp_settings_key *key = osp_settings_find(settings, OSP_STR("limits.body"));
        osp_settings_refuse(settings, key, "must not be more than limits.bodies");
    }
    if (config->limits.pipelined > config->limits.answers / 2) { /* or others have no room */
        const osp_settings_key *key = osp_settings_find(settings, OSP_STR("limits.pipelined"));
        osp_settings_refuse(settings, key, "must not be more than half of limits.answers");
    }
    if (proxies->trusted.count == 0 && (proxies->protocol || proxies->header != OSP_X_FORWARDED)) {
        const osp_str path =
            proxies->protocol ? OSP_STR("proxies.protocol") : OSP_STR("proxies.header");
        osp_settings_refuse(settings, osp_settings_find(settings, path),
                            "needs proxies.trusted: whose word is believed");
    }
}

/* ---------------------------------------------------------------- words about hardening */

/* "off,landlock=on" says several keys at once: a row a key. */
static const struct {
    const char *word, *path;
    bool has_modes; /* it is no bool */
} harden_words[] = { { "seccomp", "harden.seccomp", true },
                     { "landlock", "harden.landlock", false },
                     { "privileges", "harden.privileges", false },
                     { "exec", "harden.exec", false },
                     { "wx", "harden.wx", false },
                     { "dump", "harden.dump", false },
                     { "umask", "harden.umask", false },
                     { "verbose", "harden.verbose", false } };
#define HARDEN_WORDS OSP_ARRAY_LEN(harden_words)

/* What a list of words says of each key; NULL: nothing. */
typedef struct harden_said {
    const char *values[HARDEN_WORDS];
    osp_str bad; /* the first word that says nothing */
} harden_said;

/* A value as the key has it; NULL: it is none. */
static const char *value_of(osp_str value, bool has_modes)
{
    if (osp_str_equal(value, OSP_STR("on"))) {
        return has_modes ? "on" : "true";
    }
    if (osp_str_equal(value, OSP_STR("off"))) {
        return has_modes ? "off" : "false";
    }
    return has_modes && osp_str_equal(value, OSP_STR("strict")) ? "strict" : NULL;
}

static bool read_word(harden_said *said, osp_str word)
{
    const char *equals = memchr(word.ptr, '=', word.len);
    if (equals == NULL) {
        return false;
    }
    const osp_str name = { word.ptr, (size_t)(equals - word.ptr) };
    const osp_str value = { equals + 1, word.len - name.len - 1 };
    for (size_t i = 0; i < HARDEN_WORDS; i++) {
        if (osp_str_equal(name, osp_str_from(harden_words[i].word))) {
            said->values[i] = value_of(value, harden_words[i].has_modes);
            return said->values[i] != NULL;
        }
    }
    return false;
}

static harden_said read_words(const char *text)
{
    harden_said said = { .bad = { NULL, 0 } };
    while (text != NULL && *text != '\0') {
        const osp_str word = { text, strcspn(text, ",") };
        if (osp_str_equal(word, OSP_STR("off"))) {
            for (size_t i = 0; i < HARDEN_WORDS; i++) {
                said.values[i] = value_of(word, harden_words[i].has_modes);
            }
        } else if (word.len > 0 && !read_word(&said, word) && said.bad.ptr == NULL) {
            said.bad = word;
        }
        text += word.len + (text[word.len] == ',');
    }
    return said;
}

/* Adds what they say to options, of which there is room for HARDEN_WORDS more. */
static size_t add_words(const harden_said *said, const char *name, osp_settings_option *options)
{
    size_t count = 0;
    for (size_t i = 0; i < HARDEN_WORDS; i++) {
        if (said->values[i] != NULL) {
            options[count++] = (osp_settings_option){ harden_words[i].path, name, said->values[i] };
        }
    }
    return count;
}

static void refuse_word(osp_settings *settings, const harden_said *said, const char *name)
{
    if (said->bad.ptr != NULL) {
        osp_settings_say_error(settings);
        osp_buf_printf(&settings->said, "%s: \"", name);
        osp_settings_say_text(settings, said->bad);
        osp_buf_str(
            &settings->said,
            OSP_STR("\" says nothing; it is off, or words such as landlock=off,exec=off\n"));
    }
}

/* ---------------------------------------------------------------- all of it */

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
    const harden_said of_variable = read_words(variable(environment, HARDEN_VARIABLE));
    const harden_said of_option = read_words(args->harden);
    osp_settings_option compound[HARDEN_WORDS], options[HARDEN_WORDS + OSP_CONFIG_OPTIONS_MAX];
    size_t count = add_words(&of_option, "--harden", options);
    OSP_ASSERT(args->option_count <= OSP_CONFIG_OPTIONS_MAX);
    memcpy(options + count, args->options, args->option_count * sizeof *options);
    const osp_settings_input input = {
        .type = &osp_type_osp_config,
        .file = named != NULL ? named : OSP_CONFIG_FILE,
        .file_required = named != NULL,
        .prefix = "OPENSPEED_",
        .environment = environment,
        .known = other_variables,
        .aliases = aliases,
        .lists = lists,
        .compound = compound,
        .compound_count = add_words(&of_variable, HARDEN_VARIABLE, compound),
        .options = options,
        .option_count = count + args->option_count,
    };
    const osp_status status = osp_settings_load(settings, &input);
    if (status != OSP_OK && status != OSP_E_INVALID) {
        return status;
    }
    refuse_word(settings, &of_variable, HARDEN_VARIABLE);
    refuse_word(settings, &of_option, "--harden");
    if (settings->error_count == 0) {
        judge(settings);
    }
    return settings->error_count != 0 ? OSP_E_INVALID : OSP_OK;
}

osp_status osp_config_load_build(osp_settings *settings, const char *file, char *const *environment)
{
    const osp_settings_input input = { .type = &osp_type_osp_config,
                                       .file = file,
                                       .prefix = "OPENSPEED_",
                                       .environment = environment,
                                       .known = other_variables,
                                       .aliases = aliases,
                                       .lists = lists };
    return osp_settings_load(settings, &input);
}

void osp_config_trust(const osp_config *config, osp_trust *ret_trust)
{
    *ret_trust = (osp_trust){ .forwarded = config->proxies.header == OSP_FORWARDED };
    for (size_t i = 0; i < config->proxies.trusted.count; i++) {
        osp_str bad;
        const osp_status status = osp_trust_add(ret_trust, config->proxies.trusted.items[i], &bad);
        OSP_ASSERT(status == OSP_OK); /* it was judged */
    }
}

/* ---------------------------------------------------------------- for workers */

/* Sealed memory begins with what a signal handler needs, which can neither parse nor find a
 * pointer. All of it follows as JSON, which has no pointers and needs no second description.
 * Nothing of it is secret. */
typedef struct sealed_head {
    uint32_t drain_s;
} sealed_head;

osp_status osp_config_seal(const osp_config *config, int *ret_fd)
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, OSP_SETTINGS_ARENA_MAX);
    const osp_status status = osp_json_encode(&osp_type_osp_config, config, &text);
    const int fd =
        status == OSP_OK ? memfd_create("openspeed-config", MFD_CLOEXEC | MFD_ALLOW_SEALING) : -1;
    const sealed_head head = { config->deadlines.drain_s };
    const bool sealed =
        fd >= 0 && write(fd, &head, sizeof head) == (ssize_t)sizeof head &&
        write(fd, text.ptr, text.len) == (ssize_t)text.len &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0;
    osp_buf_done(&text);
    if (sealed) {
        *ret_fd = fd;
        return OSP_OK;
    }
    if (fd >= 0) {
        close(fd);
    }
    return status != OSP_OK ? status : OSP_E_IO;
}

const osp_config *osp_config_unseal(int fd, osp_arena *arena)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || about.st_size <= (off_t)sizeof(sealed_head)) {
        return NULL;
    }
    const size_t size = (size_t)about.st_size - sizeof(sealed_head);
    char *text = osp_arena_try(arena, size);
    osp_config *config = osp_arena_zalloc(arena, sizeof *config);
    const osp_decoding how = { .arena = arena };
    const bool read = text != NULL && config != NULL &&
                      pread(fd, text, size, sizeof(sealed_head)) == (ssize_t)size;
    return read && osp_json_decode(&osp_type_osp_config, config, (osp_str){ text, size }, &how,
                                   NULL) == OSP_OK
               ? config
               : NULL;
}

uint32_t osp_config_sealed_drain_s(int fd)
{
    sealed_head head;
    return pread(fd, &head, sizeof head, 0) == (ssize_t)sizeof head ? head.drain_s : OSP_DRAIN_S;
}
