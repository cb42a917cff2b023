/* Who has the address that we want, as far as /proc tells.
 *
 *     /proc/net/tcp, tcp6, unix    address --> inode of the socket
 *     /proc/PID/fd/N               a link to "socket:[inode]" --> PID
 *
 * Runs once, on the way to an error message: cost does not matter, but that it ends does. */
#include "serve/holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENING 0x0a       /* the state TCP_LISTEN of /proc/net/tcp */
#define UNIX_LISTENS 0x10000 /* __SO_ACCEPTCON of /proc/net/unix */
#define LINE_MAX_BYTES 512
#define FDS_MAX 65536 /* of one process */

/* "  sl  local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode" */
static unsigned long inode_of_port(const char *table, uint16_t port)
{
    unsigned long inode = 0;
    char line[LINE_MAX_BYTES];
    FILE *file = fopen(table, "re");
    while (file != NULL && inode == 0 && fgets(line, sizeof line, file) != NULL) {
        unsigned at = 0, state = 0;
        unsigned long number = 0;
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u %lu", &at,
                   &state, &number) == 3 &&
            at == port && state == LISTENING) {
            inode = number;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return inode;
}

/* "Num RefCount Protocol Flags Type St Inode Path"; who was accepted has the path too. */
static unsigned long inode_of_path(const char *table, const osp_address *address)
{
    unsigned long inode = 0;
    char line[LINE_MAX_BYTES], path[OSP_ADDRESS_PATH_MAX + 2];
    (void)snprintf(path, sizeof path, "%s%s", address->kind == OSP_ADDRESS_ABSTRACT ? "@" : "",
                   address->path);
    FILE *file = fopen(table, "re");
    while (file != NULL && inode == 0 && fgets(line, sizeof line, file) != NULL) {
        unsigned flags = 0;
        unsigned long number = 0;
        int path_at = 0;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%*s %*s %*s %x %*s %*s %lu %n", &flags, &number, &path_at) == 2 &&
            path_at > 0 && (flags & UNIX_LISTENS) != 0 && strcmp(line + path_at, path) == 0) {
            inode = number;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return inode;
}

static bool holds(const char *pid, const char *link)
{
    char path[64], target[64];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    const struct dirent *entry;
    for (int i = 0; i < FDS_MAX && !found && (entry = readdir(folder)) != NULL; i++) {
        const ssize_t len = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        if (len > 0) {
            target[len] = 0;
            found = strcmp(target, link) == 0;
        }
    }
    closedir(folder);
    return found;
}

static void name_of(const char *pid, char *name, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t len = fd >= 0 ? read(fd, name, size - 1) : 0;
    if (fd >= 0) {
        close(fd);
    }
    name[len > 0 ? len : 0] = 0;
    for (char *at = name; *at != 0; at++) { /* a process may call itself anything */
        *at = *at < ' ' || *at > '~' ? (at[1] == 0 ? (char)0 : '?') : *at;
    }
}

void osp_holder_text(const osp_address *address, char *text, size_t size)
{
    char link[40], name[32];
    text[0] = 0;
    unsigned long inode = 0;
    if (address->kind == OSP_ADDRESS_TCP) {
        inode = inode_of_port("/proc/net/tcp", address->port);
        inode = inode != 0 ? inode : inode_of_port("/proc/net/tcp6", address->port);
    } else {
        inode = inode_of_path("/proc/net/unix", address);
    }
    DIR *processes = inode != 0 ? opendir("/proc") : NULL;
    if (processes == NULL) {
        return;
    }
    (void)snprintf(link, sizeof link, "socket:[%lu]", inode);
    const struct dirent *entry;
    for (int i = 0; i < OSP_HOLDER_PROCESSES_MAX && (entry = readdir(processes)) != NULL; i++) {
        const bool is_process = entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
        if (is_process && holds(entry->d_name, link)) {
            name_of(entry->d_name, name, sizeof name);
            (void)snprintf(text, size, " by %s (process %.20s)", name, entry->d_name);
            break;
        }
    }
    closedir(processes);
}
