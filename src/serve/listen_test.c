/* Listening: several addresses, files of sockets, who has what is taken. */
#include "serve/listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static osp_status listen_at(osp_listeners *to, const char *text, osp_error *err)
{
    osp_address address;
    OSP_CHECK(osp_address_parse(osp_str_from(text), &address) == NULL);
    return osp_listen(to, &address, 1, 16, err);
}

static void make_folder(char *folder, size_t size)
{
    (void)snprintf(folder, size, "/tmp/openspeed-listen-XXXXXX");
    OSP_CHECK(mkdtemp(folder) != NULL);
}

OSP_UNIT_TEST(listen_several, "several addresses at once; one that is taken takes none")
{
    osp_listeners listeners = { 0 }, others = { 0 };
    osp_error err = { 0 };
    osp_address two[2];
    OSP_CHECK(osp_address_parse(osp_str_from("127.0.0.1:0"), &two[0]) == NULL);
    OSP_CHECK(osp_address_parse(osp_str_from("unix:@openspeed-listen-several"), &two[1]) == NULL);
    OSP_CHECK(osp_listen(&listeners, two, 2, 16, &err) == OSP_OK);
    OSP_CHECK(listeners.count == 2 && osp_listen_port(&listeners) != 0);
    OSP_CHECK(osp_listen(&others, two, 2, 16, &err) == OSP_E_BUSY && others.count == 0);
    char self[32];
    (void)snprintf(self, sizeof self, "(process %d)", (int)getpid());
    OSP_CHECK(strstr(err.message, "unix:@openspeed-listen-several is in use by ") != NULL);
    OSP_CHECK(strstr(err.message, self) != NULL);
    two[0].port = osp_listen_port(&listeners);
    OSP_CHECK(osp_listen(&others, two, 1, 16, &err) == OSP_E_BUSY);
    OSP_CHECK(strstr(err.message, self) != NULL && strstr(err.message, "port ") != NULL);
    osp_listen_close(&listeners, false);
    OSP_CHECK(osp_listen(&others, two, 2, 16, &err) == OSP_OK);
    osp_listen_close(&others, false);
}

OSP_UNIT_TEST(listen_unsent, "what is accepted keeps little for a client that does not read")
{
    osp_listeners listeners = { 0 };
    osp_error err = { 0 };
    int unsent = 0;
    socklen_t size = sizeof unsent;
    OSP_CHECK(listen_at(&listeners, "127.0.0.1:0", &err) == OSP_OK);
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(osp_listen_port(&listeners)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    OSP_CHECK(connect(client, (struct sockaddr *)&to, sizeof to) == 0);
    const int fd = accept(listeners.at[0].fd, NULL, NULL);
    OSP_CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, &size) == 0);
    OSP_CHECK(unsent == OSP_UNSENT_MAX);
    close(fd);
    close(client);
    osp_listen_close(&listeners, false);
}

OSP_UNIT_TEST(listen_limit, "as many addresses as the limit says, and not one more")
{
    osp_listeners listeners = { 0 };
    osp_error err = { 0 };
    for (int i = 0; i < OSP_LISTENERS_MAX; i++) {
        OSP_CHECK(listen_at(&listeners, "127.0.0.1:0", &err) == OSP_OK);
    }
    OSP_CHECK(listen_at(&listeners, "127.0.0.1:0", &err) == OSP_E_LIMIT);
    OSP_CHECK(listeners.count == OSP_LISTENERS_MAX);
    osp_listen_close(&listeners, false);
}

OSP_UNIT_TEST(listen_file, "the file of a socket: its mode, who made it, one that was left")
{
    char folder[64], path[96], text[128];
    make_folder(folder, sizeof folder);
    (void)snprintf(path, sizeof path, "%s/x.sock", folder);
    (void)snprintf(text, sizeof text, "unix:%s,mode=0606", path);
    osp_listeners first = { 0 }, second = { 0 };
    osp_error err = { 0 };
    struct stat about;
    OSP_CHECK(listen_at(&first, text, &err) == OSP_OK);
    OSP_CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0606);
    OSP_CHECK(listen_at(&second, text, &err) == OSP_E_BUSY); /* somebody listens */
    OSP_CHECK(stat(path, &about) == 0);
    osp_listen_close(&first, true); /* left behind */
    OSP_CHECK(stat(path, &about) == 0);
    OSP_CHECK(listen_at(&second, text, &err) == OSP_OK);
    OSP_CHECK(unlink(path) == 0); /* and somebody else makes one of his own */
    osp_listeners third = { 0 };
    OSP_CHECK(listen_at(&third, text, &err) == OSP_OK);
    osp_listen_close(&second, false);
    OSP_CHECK(stat(path, &about) == 0);
    osp_listen_close(&third, false);
    OSP_CHECK(stat(path, &about) != 0);
    FILE *file = fopen(path, "w"); /* what is no socket is nobody's to remove */
    OSP_CHECK(file != NULL);
    fclose(file);
    OSP_CHECK(listen_at(&first, text, &err) == OSP_E_BUSY);
    OSP_CHECK(unlink(path) == 0 && rmdir(folder) == 0);
}

OSP_UNIT_TEST(listen_dual, "all IPv6 addresses take IPv4 too, unless it has a socket of its own")
{
    osp_listeners listeners = { 0 };
    osp_error err = { 0 };
    int only = -1;
    socklen_t size = sizeof only;
    if (listen_at(&listeners, "[::]:0", &err) != OSP_OK) {
        return; /* a machine without IPv6 */
    }
    OSP_CHECK(getsockopt(listeners.at[0].fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0);
    OSP_CHECK(only == 0);
    const uint16_t port = osp_listen_port(&listeners);
    osp_listen_close(&listeners, false);
    osp_address both[2] = { { .port = port, .host = "::" }, { .port = port, .host = "0.0.0.0" } };
    listeners.count = 0;
    OSP_CHECK(osp_listen(&listeners, both, 2, 16, &err) == OSP_OK);
    osp_listen_close(&listeners, false);
}

OSP_UNIT_TEST(listen_adopt, "a socket that somebody else opened")
{
    osp_listeners first = { 0 }, second = { 0 };
    osp_error err = { 0 };
    int pair[2];
    OSP_CHECK(listen_at(&first, "127.0.0.1:0", &err) == OSP_OK);
    const int fd = dup(first.at[0].fd);
    OSP_CHECK(osp_listen_adopt(&second, fd, "web", &err) == OSP_OK);
    OSP_CHECK(osp_listen_port(&second) == osp_listen_port(&first));
    OSP_CHECK(strcmp(second.at[0].address.host, "127.0.0.1") == 0);
    osp_listen_close(&second, false); /* it is another's: not shut down */
    int listens = 0;
    socklen_t size = sizeof listens;
    OSP_CHECK(getsockopt(first.at[0].fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0);
    OSP_CHECK(listens == 1);
    OSP_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    OSP_CHECK(osp_listen_adopt(&second, pair[0], "web", &err) == OSP_E_INVALID);
    OSP_CHECK(strstr(err.message, "web is no listening stream socket") != NULL);
    OSP_CHECK(osp_listen_adopt(&second, STDIN_FILENO, "web", &err) == OSP_E_INVALID);
    close(pair[0]);
    close(pair[1]);
    osp_listen_close(&first, false);
}
