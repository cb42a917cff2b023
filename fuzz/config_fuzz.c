/* A configuration from anyone: a file, variables and an option.
 *
 * Lines before the first empty one are variables, the rest is the file.  Whatever they say, reading
 * ends with settings or with words about each error, every place is one of the file, and what is
 * shown is JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve/address.h"
#include "serve/config.h"
#include "type/json.h"

#define VARIABLES_MAX 16
#define SHOWN_MAX ((size_t)8 << 20) /* a byte of a file takes up to six */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* Splits what stands before the first empty line; returns where the file begins. */
static char *split(char *text, char **variables)
{
    size_t count = 0;
    while (*text != '\0' && *text != '\n') {
        char *stop = text + strcspn(text, "\n");
        /* None that names a file or a folder of this machine. */
        if (count < VARIABLES_MAX && strncmp(text, "OPENSPEED_CONFIG", 16) != 0 &&
            memmem(text, (size_t)(stop - text), "_FILE=", 6) == NULL &&
            strncmp(text, "CREDENTIALS_", 12) != 0) {
            variables[count++] = text;
        }
        text = *stop != '\0' ? stop + 1 : stop;
        *stop = '\0';
    }
    variables[count] = NULL;
    return *text != '\0' ? text + 1 : text;
}

static void check_lines(const osp_settings *s)
{
    size_t errors = 0;
    const char *at = s->said.ptr, *end = at + s->said.len;
    for (; at < end; at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1) {
        const bool is_error = strncmp(at, "error: ", 7) == 0;
        require(is_error || strncmp(at, "warning: ", 9) == 0);
        errors += is_error;
    }
    require(s->said.failed || errors == s->error_count);
}

static void check_keys(const osp_settings *s)
{
    for (size_t i = 0; i < s->key_count; i++) {
        const osp_settings_key *key = &s->keys[i];
        osp_buf out;
        osp_buf_init(&out, NULL, 0, SHOWN_MAX);
        require(osp_settings_show(s, key, &out) == OSP_OK);
        require(osp_json_check((osp_str){ out.ptr, out.len }) == OSP_OK);
        require(key->source != OSP_SETTINGS_FILE || (key->line > 0 && key->column > 0));
        osp_buf_done(&out);
    }
    const osp_config *config = s->value;
    require(config->limits.headers >= 1 && config->limits.headers <= OSP_H1_HEADERS_MAX);
    require(config->limits.request_head <= OSP_H1_HEAD_MAX && config->workers >= 1);
    require(config->limits.body <= config->limits.bodies && config->listen.host.len > 0);
    require(config->listen.host.len <= OSP_ADDRESS_HOST_MAX);
}

/* What the supervisor makes of it, and what a worker gets. */
static void check_use(const osp_config *config)
{
    osp_trust trust;
    osp_address address;
    osp_arena arena;
    osp_buf sent, got;
    int fd;
    osp_config_trust(config, &trust);
    require(trust.count == config->proxies.trusted.count);
    for (size_t i = 0; i < config->listen.addresses.count; i++) {
        require(osp_address_parse(config->listen.addresses.items[i], &address) == NULL);
    }
    osp_arena_init(&arena, NULL, 0, OSP_SETTINGS_ARENA_MAX);
    osp_buf_init(&sent, NULL, 0, SHOWN_MAX);
    osp_buf_init(&got, NULL, 0, SHOWN_MAX);
    require(osp_config_seal(config, &fd) == OSP_OK);
    const osp_config *worker = osp_config_unseal(fd, &arena);
    require(worker != NULL && osp_json_encode(osp_config_type(), config, &sent) == OSP_OK &&
            osp_json_encode(osp_config_type(), worker, &got) == OSP_OK);
    require(sent.len == got.len && memcmp(sent.ptr, got.ptr, got.len) == 0);
    require(osp_config_sealed_drain_s(fd) == config->deadlines.drain_s);
    close(fd);
    osp_buf_done(&sent);
    osp_buf_done(&got);
    osp_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *variables[VARIABLES_MAX + 1], path[64];
    char *text = malloc(size + 1);
    const int fd = memfd_create("config", MFD_CLOEXEC);
    if (text == NULL || fd < 0) {
        abort();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    char *file = split(text, variables);
    const size_t left = size - (size_t)(file - text);
    require(write(fd, file, left) == (ssize_t)left);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    osp_settings s;
    const osp_config_args args = { .file = path,
                                   .options = { { "workers", "--workers", "2" } },
                                   .option_count = 1 };
    const osp_status status = osp_config_load(&s, &args, variables);
    require(status == OSP_OK || status == OSP_E_INVALID || status == OSP_E_NOMEM);
    require((status == OSP_OK) == (s.error_count == 0));
    check_lines(&s);
    if (status == OSP_OK) {
        check_keys(&s);
        check_use(s.value);
    }
    osp_settings_done(&s);
    close(fd);
    free(text);
    return 0;
}
