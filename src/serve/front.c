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

static bool read_backlog(osp_front *front, const char *name, const char *value)
{
    int64_t number;
    if (!read_number(value, 1, OSP_LISTEN_BACKLOG_MAX, &number)) {
        return refuse(name, "a number from 1 to 65535", value);
    }
    front->backlog = (int)number;
    return true;
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
    { "--listen", read_listen },
    { "--backlog", read_backlog },
    { "--listeners", read_listeners },
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
