/* What the filters of system calls refuse. */
#include "serve/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sanitizer.h"
#include "tests/unit/unit.h"

OSP_UNIT_TEST(harden_descriptors, "descriptors from one on are not inherited")
{
    const int kept = dup(0), first = dup(0), second = dup2(0, 900);
    OSP_CHECK(kept >= 0 && first == kept + 1 && second == 900);
    osp_harden_descriptors(first);
    OSP_CHECK(fcntl(kept, F_GETFD) == 0 && fcntl(first, F_GETFD) == FD_CLOEXEC);
    OSP_CHECK(fcntl(second, F_GETFD) == FD_CLOEXEC);
    OSP_CHECK(close(kept) == 0 && close(first) == 0 && close(second) == 0);
}

#if !OSP_ASAN && !defined(__SANITIZE_THREAD__)
static bool install(osp_seccomp_mode mode, bool exec)
{
    OSP_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    const osp_status status = osp_seccomp_begin(mode, exec, NULL);
    OSP_CHECK(status == OSP_OK || status == OSP_E_UNSUPPORTED);
    return status == OSP_OK;
}

OSP_UNIT_TEST(seccomp_deny, "what is listed is refused, all else goes on")
{
    if (!install(OSP_SECCOMP_DENY, true)) {
        return;
    }
    OSP_CHECK(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, 0, 0) < 0 && errno == EPERM);
    OSP_CHECK(syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS);
    OSP_CHECK(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
    OSP_CHECK(execl("/nowhere", "x", (char *)NULL) < 0 && errno == EPERM);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    OSP_CHECK(fd >= 0 && close(fd) == 0);
    const pid_t child = fork();
    if (child == 0) {
        _exit(3);
    }
    int how;
    OSP_CHECK(child > 0 && waitpid(child, &how, 0) == child && WEXITSTATUS(how) == 3);
}

OSP_UNIT_TEST(seccomp_exec, "programs may be started where that is allowed")
{
    if (install(OSP_SECCOMP_DENY, false)) {
        OSP_CHECK(execl("/nowhere", "x", (char *)NULL) < 0 && errno == ENOENT);
    }
}

OSP_UNIT_TEST(seccomp_strict, "what is not listed ends the process with SIGSYS")
{
    int how;
    const pid_t child = fork();
    if (child == 0) {
        if (!install(OSP_SECCOMP_STRICT, true)) {
            _exit(4);
        }
        (void)!write(STDERR_FILENO, "", 0);
        (void)syscall(SYS_sethostname, "", 0);
        _exit(0);
    }
    OSP_CHECK(child > 0 && waitpid(child, &how, 0) == child);
    OSP_CHECK((WIFSIGNALED(how) && WTERMSIG(how) == SIGSYS) ||
              (WIFEXITED(how) && WEXITSTATUS(how) == 4));
}
#endif
