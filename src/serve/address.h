/* Where to listen, as people write it. */
#ifndef OSP_SERVE_ADDRESS_H
#define OSP_SERVE_ADDRESS_H

#include <openspeed/base.h>
#include <sys/un.h>

#define OSP_ADDRESS_HOST_MAX 255   /* bytes of a host name */
#define OSP_ADDRESS_PATH_MAX 107   /* bytes of a unix socket's path or name */
#define OSP_ADDRESS_UNIX_MODE 0660 /* of a unix socket's file, unless the address says another */

_Static_assert(OSP_ADDRESS_PATH_MAX == sizeof((struct sockaddr_un){ 0 }.sun_path) - 1,
               "a path ends with NUL");

typedef enum osp_address_kind {
    OSP_ADDRESS_TCP = 0,
    OSP_ADDRESS_UNIX,    /* a socket in the file system */
    OSP_ADDRESS_ABSTRACT /* one that only has a name */
} osp_address_kind;

/* No pointers: it may be copied. */
typedef struct osp_address {
    osp_address_kind kind;
    uint16_t port;                       /* 0: any free one */
    uint16_t mode;                       /* of a unix socket's file */
    char host[OSP_ADDRESS_HOST_MAX + 1]; /* without brackets; empty: all addresses */
    char path[OSP_ADDRESS_PATH_MAX + 1]; /* without the @ of an abstract one */
} osp_address;

/* Reads one of
 *
 *     3000    :3000    *:3000        all addresses, IPv6 and IPv4
 *     127.0.0.1:3000   [::1]:3000    one
 *     localhost:3000                 the first that the name has
 *     unix:/run/x.sock               a file, unix:/run/x.sock,mode=0666 with this mode
 *     unix:@name                     an abstract socket
 *
 * Returns  NULL, or what is wrong with it: a sentence.  static */
OSP_MUST_CHECK const char *osp_address_parse(osp_str text, osp_address *ret_address);

/* Writes it as osp_address_parse reads it, without the mode; `size` bytes are enough with
 * OSP_ADDRESS_TEXT_SIZE. */
#define OSP_ADDRESS_TEXT_SIZE (OSP_ADDRESS_HOST_MAX + 16)
void osp_address_text(const osp_address *address, char *text, size_t size);

#endif
