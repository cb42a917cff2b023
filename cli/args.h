/* Arguments of a subcommand by a table. */
#ifndef OSP_CLI_ARGS_H
#define OSP_CLI_ARGS_H

#include <openspeed/base.h>

typedef enum osp_option_kind {
    OSP_OPTION_FLAG = 0, /* --json; stored as "" */
    OSP_OPTION_TEXT,     /* --host H or --host=H */
    OSP_OPTION_INT,      /* as text, checked to be a number from min to max */
    OSP_OPTION_MANY      /* text, up to `max` times; stored one behind the other */
} osp_option_kind;

/* One option; ends a table when its name is NULL. */
typedef struct osp_option {
    const char *name; /* without the dashes */
    osp_option_kind kind;
    const char **value; /* set when given */
    int64_t min, max;
    const char *help;
} osp_option;

/* Fills the options and at most one operand.
 *
 * argc, argv  what follows the name of the subcommand
 * operand     set when given; NULL: none is taken
 * Returns     OSP_OK | OSP_E_INVALID (err says which argument) */
OSP_MUST_CHECK osp_status osp_args_read(int argc, char **argv, const osp_option *options,
                                        const char **operand, osp_error *err);
/* The same with up to `max` operands, in their order; those that are not given stay as they are. */
OSP_MUST_CHECK osp_status osp_args_read_many(int argc, char **argv, const osp_option *options,
                                             const char **operands, size_t max, osp_error *err);

#endif
