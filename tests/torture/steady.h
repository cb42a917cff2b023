/* A worker that is warm asks the system for nothing but its clients' bytes. */
#ifndef OSP_TORTURE_STEADY_H
#define OSP_TORTURE_STEADY_H

/* Counts and tells; the last line is `N passed, N failed`.  Returns the exit code. */
int steady_main(void);

#endif
