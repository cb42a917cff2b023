/* Options about the way to clients.  One row an option; a worker is started with some of them too.
 */
#include "serve/front.h"

#include <stdio.h>
#include <string.h>

static bool refuse(const char *name, const char *wanted, const char *value)
{
    fprintf(stderr, "error: %s takes %s, not \"%s\"\n", name, wanted, value);
    return false;
}

static bool read_number(const char *text, int64_t min, int64_t max, int64_t *ret_number)
{
    return osp_str_to_int(osp_str_from(text), ret_number) == OSP_OK && *ret_number >= min &&
           *ret_number <= max;
}

static bool read_listen(osp_front *front, const char *name, const char *value)
{
    osp_error err = { 0 };
    if (front->listen_count == OSP_LISTENERS_MAX) {
        fprintf(stderr, "error: %s was given more than %d times\n", name, OSP_LISTENERS_MAX);
        return false;
    }
    if (osp_address_parse(value, &front->listen[front->listen_count], &err) != OSP_OK) {
        fprintf(stderr, "error: %s\n", err.message);
        return false;
    }
    front->listen_count++;
    return true;
}

static bool read_pid_file(osp_front *front, const char *name, const char *value)
{
    front->pid_file = value;
    return value[0] != 0 || refuse(name, "a path", value);
}

static bool read_drain_delay(osp_front *front, const char *name, const char *value)
{
    int64_t number;
    if (!read_number(value, 0, OSP_DRAIN_DELAY_S_MAX, &number)) {
        return refuse(name, "seconds from 0 to 600", value);
    }
    front->drain_delay_s = (uint32_t)number;
    return true;
}

static bool read_trusted(osp_front *front, const char *name, const char *value)
{
    osp_str bad = { 0 };
    front->trusted = value;
    front->trust.count = 0;
    const osp_status status = osp_trust_add(&front->trust, osp_str_from(value), &bad);
    if (status == OSP_E_LIMIT) {
        fprintf(stderr, "error: %s names more than %d ranges\n", name, OSP_TRUST_RANGES_MAX);
    } else if (status != OSP_OK) {
        fprintf(
            stderr,
            "error: %s takes addresses, ranges and \"unix\", such as 10.0.0.0/8,::1; \"%.*s\" is "
            "none\n",
            name, OSP_ARG(bad));
    }
    return status == OSP_OK;
}

/* From the supervisor. */
static bool read_listeners(osp_front *front, const char *name, const char *value)
{
    int64_t number;
    if (!read_number(value, 1, OSP_LISTENERS_MAX, &number)) {
        return refuse(name, "the number of sockets", value);
    }
    front->listener_count = (size_t)number;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(osp_front *front, const char *name, const char *value);
} options[] = {
    { "--listen", read_listen },           { "--drain-delay", read_drain_delay },
    { "--pid-file", read_pid_file },       { "--listeners", read_listeners },
    { "--trusted-proxies", read_trusted },
};

bool osp_front_option(osp_front *front, const char *name, const char *value, bool *ret_valid)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(options); i++) {
        if (strcmp(name, options[i].name) == 0) {
            *ret_valid = options[i].read(front, name, value);
            return true;
        }
    }
    return false;
}

bool osp_front_flag(osp_front *front, const char *name)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        { "--proxy-protocol", &front->proxy_protocol },
        { "--forwarded", &front->trust.forwarded },
        { "--no-health", &front->no_health },
        { "--logs-access", &front->logs_access }, /* from the supervisor */
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(flags); i++) {
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

bool osp_front_valid(const osp_front *front)
{
    if ((front->proxy_protocol || front->trust.forwarded) && front->trust.count == 0) {
        fprintf(stderr, "error: %s needs --trusted-proxies: whose word is believed\n",
                front->proxy_protocol ? "--proxy-protocol" : "--forwarded");
        return false;
    }
    return true;
}

void osp_front_args(const osp_front *front, const char **ret_args)
{
    if (front->trusted != NULL) {
        *ret_args++ = "--trusted-proxies";
        *ret_args++ = front->trusted;
    }
    if (front->proxy_protocol) {
        *ret_args++ = "--proxy-protocol";
    }
    if (front->trust.forwarded) {
        *ret_args++ = "--forwarded";
    }
    if (front->no_health) {
        *ret_args++ = "--no-health";
    }
    *ret_args = NULL;
}
