/* Files of forms that are saved: whole or not at all, whoever looks and whenever the process ends.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openspeed/form.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/ctx.h"
#include "tests/unit/unit.h"

#define LARGE ((size_t)32 << 20) /* bytes that take long enough to be looked at */

static const osp_app_def app = { .name = "test" };
static char dir[] = "/tmp/osp-upload-XXXXXX";

static void begin(void)
{
    OSP_CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
}

static osp_status save(osp_str content, osp_save how)
{
    osp_arena arena;
    osp_ctx ctx;
    const osp_upload upload = { .size = content.len, .content = content };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    const osp_status status = osp_upload_save(&ctx, &upload, S("file"), how);
    osp_arena_done(&arena);
    return status;
}

/* Names in the folder.  Each is of a whole file. */
static size_t look(size_t size)
{
    DIR *folder = opendir(".");
    size_t count = 0;
    OSP_CHECK(folder != NULL);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct stat there;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            fstatat(dirfd(folder), entry->d_name, &there, 0) == 0) {
            OSP_CHECK((size_t)there.st_size == size);
            count++;
        }
    }
    closedir(folder);
    return count;
}

static void clean_up(void)
{
    (void)unlink("file");
    OSP_CHECK(chdir("/") == 0 && rmdir(dir) == 0);
}

OSP_UNIT_TEST(upload_save_whole,
              "what has a name is whole, so that an end meanwhile leaves nothing")
{
    static const osp_save ways[] = { OSP_SAVE_NEW, OSP_SAVE_REPLACE };
    char *bytes = calloc(1, LARGE);
    begin();
    OSP_CHECK(bytes != NULL);
    for (size_t i = 0; i < OSP_ARRAY_LEN(ways); i++) {
        const pid_t child = fork();
        OSP_CHECK(child >= 0);
        if (child == 0) {
            _exit(save((osp_str){ bytes, LARGE }, ways[i]) == OSP_OK ? 0 : 1);
        }
        int ended = 0;
        while (waitpid(child, &ended, WNOHANG) == 0) {
            (void)look(LARGE);
        }
        OSP_CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
        OSP_CHECK(look(LARGE) == 1);
    }
    free(bytes);
    clean_up();
}

OSP_UNIT_TEST(upload_save_ways, "a new file takes nobody's place, and one that replaces does")
{
    begin();
    OSP_CHECK(save(S("one"), OSP_SAVE_NEW) == OSP_OK);
    OSP_CHECK(save(S("other"), OSP_SAVE_NEW) == OSP_DONE);
    OSP_CHECK(look(3) == 1);
    OSP_CHECK(save(S("three"), OSP_SAVE_REPLACE) == OSP_OK);
    OSP_CHECK(look(5) == 1);
    OSP_CHECK(save(S(""), OSP_SAVE_REPLACE) == OSP_OK);
    OSP_CHECK(look(0) == 1);
    clean_up();
}

/* From now on files without a name cannot be made, as where the file system has none. */
static bool refuse_unnamed(void)
{
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = { OSP_ARRAY_LEN(lines), lines };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

OSP_UNIT_TEST(upload_save_named, "where every file has a name one beside the path becomes it")
{
    begin();
    if (refuse_unnamed()) {
        OSP_CHECK(save(S("one"), OSP_SAVE_NEW) == OSP_OK);
        OSP_CHECK(save(S("other"), OSP_SAVE_NEW) == OSP_DONE);
        OSP_CHECK(look(3) == 1);
        OSP_CHECK(save(S("three"), OSP_SAVE_REPLACE) == OSP_OK);
        OSP_CHECK(look(5) == 1);
    }
    clean_up();
}
