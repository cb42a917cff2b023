/* Runs a program of the machine and hears what it says. */
#ifndef OSP_BUILD_PROGRAM_H
#define OSP_BUILD_PROGRAM_H

#include "build/kit.h"

#define OSP_PROGRAM_OUTPUT_MAX 65536 /* bytes of its words that are kept */

/* Runs a program to its end.
 *
 * words       its name, looked for in PATH, and its arguments
 * ret_output  what it wrote to both outputs, as a string in the arena
 * Returns     its exit status; -1 when it could not be run or was killed */
int osp_program_run(osp_arena *arena, const osp_kit_list *words, const char **ret_output);

#endif
