/* Lists of system calls for the filter of a worker. */
#ifndef OSP_SERVE_SYSCALLS_H
#define OSP_SERVE_SYSCALLS_H

#include <stddef.h>
#include <stdint.h>

#define OSP_NO_SYSCALL UINT16_MAX /* this architecture does not have it */

extern const uint16_t osp_syscalls_denied[];
extern const size_t osp_syscalls_denied_count;
extern const uint16_t osp_syscalls_programs[];
extern const size_t osp_syscalls_programs_count;
extern const uint16_t osp_syscalls_allowed[];
extern const size_t osp_syscalls_allowed_count;

#endif
