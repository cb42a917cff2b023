/* Names for files out of names from anyone. */
#ifndef OSP_WIRE_FILE_NAME_H
#define OSP_WIRE_FILE_NAME_H

#include <openspeed/base.h>

#define OSP_FILE_NAME_MAX 200 /* bytes; a file system takes 255 */

/* Makes a name that is good for a file of any system out of what a client calls it:
 *
 *     "../../etc/passwd", "C:\\x\\passwd"     passwd     the last part alone
 *     ".htaccess", "-rf"                      htaccess, _rf
 *     "a<b>:\"c|d?*\n"                         a_b___c_d___     also what turns the line of a list
 *     "nul.txt"                               _nul.txt         a device elsewhere
 *     "", "..", " "                           file
 *     one of 300 bytes                        cut before its extension
 *
 * name     UTF-8
 * Returns  the bytes written to `out`, 1 to OSP_FILE_NAME_MAX, UTF-8, without NUL */
size_t osp_file_name_safe(osp_str name, char out[OSP_FILE_NAME_MAX]);

#endif
