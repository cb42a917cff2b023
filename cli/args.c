/* Reads the arguments of a subcommand: --flag, --name value, --name=value and one operand.
 *
 * A `--` ends the options.  What is not in the table is an error that names it, never ignored. */
#include "args.h"
#include "base/words.h"

#include <string.h>

static const osp_option *find(const osp_option *options, osp_str name)
{
    for (const osp_option *option = options; option->name != NULL; option++) {
        if (osp_str_equal(osp_str_from(option->name), name)) {
            return option;
        }
    }
    return NULL;
}

static osp_status set(const osp_option *option, const char *value, osp_error *err)
{
    int64_t number = 0;
    if (option->kind == OSP_OPTION_INT && (osp_str_to_int(osp_str_from(value), &number) != OSP_OK ||
                                           number < option->min || number > option->max)) {
        return osp_error_set(err, OSP_E_INVALID,
                             "--%s must be a number from %lld to %lld, not \"%s\"", option->name,
                             (long long)option->min, (long long)option->max, value);
    }
    int64_t at = 0;
    while (option->kind == OSP_OPTION_MANY && at < option->max && option->value[at] != NULL) {
        at++;
    }
    if (option->kind == OSP_OPTION_MANY && at == option->max) {
        return osp_error_set(err, OSP_E_INVALID, "--%s was given more than %lld times",
                             option->name, (long long)option->max);
    }
    option->value[at] = value;
    return OSP_OK;
}

static osp_status unknown(const osp_option *options, osp_str name, const char *given,
                          osp_error *err)
{
    osp_nearest nearest = { .word = name };
    for (const osp_option *option = options; option->name != NULL; option++) {
        osp_nearest_try(&nearest, option->name);
    }
    if (nearest.name == NULL) {
        return osp_error_set(err, OSP_E_INVALID, "unknown option %s", given);
    }
    return osp_error_set(err, OSP_E_INVALID, "unknown option %s; did you mean --%s?", given,
                         nearest.name);
}

/* Reads argv[*at] and the value that may follow it. */
static osp_status read_option(int argc, char **argv, int *at, const osp_option *options,
                              osp_error *err)
{
    const char *text = argv[*at] + 2, *equals = strchr(text, '=');
    const osp_str name = { text, equals != NULL ? (size_t)(equals - text) : strlen(text) };
    const osp_option *option = find(options, name);
    if (option == NULL) {
        return unknown(options, name, argv[*at], err);
    }
    if (option->kind == OSP_OPTION_FLAG) {
        return equals == NULL
                   ? set(option, "", err)
                   : osp_error_set(err, OSP_E_INVALID, "--%s takes no value", option->name);
    }
    if (equals != NULL) {
        return set(option, equals + 1, err);
    }
    if (*at + 1 >= argc) {
        return osp_error_set(err, OSP_E_INVALID, "--%s needs a value", option->name);
    }
    (*at)++;
    return set(option, argv[*at], err);
}

osp_status osp_args_read(int argc, char **argv, const osp_option *options, const char **operand,
                         osp_error *err)
{
    return osp_args_read_many(argc, argv, options, operand, operand != NULL ? 1 : 0, err);
}

osp_status osp_args_read_many(int argc, char **argv, const osp_option *options,
                              const char **operands, size_t max, osp_error *err)
{
    bool options_end = false;
    size_t seen = 0;
    for (int at = 0; at < argc; at++) {
        if (!options_end && strcmp(argv[at], "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(argv[at], "--", 2) == 0) {
            OSP_TRY(read_option(argc, argv, &at, options, err));
        } else if (!options_end && argv[at][0] == '-' && argv[at][1] != '\0') {
            return osp_error_set(err, OSP_E_INVALID, "unknown option %s", argv[at]);
        } else if (seen == max || argv[at][0] == '\0') {
            return osp_error_set(err, OSP_E_INVALID, "unexpected argument \"%s\"", argv[at]);
        } else {
            operands[seen++] = argv[at];
        }
    }
    return OSP_OK;
}
