/* Who is asking. */
#ifndef NOTES_AUTH_H
#define NOTES_AUTH_H

#include <openspeed/openspeed.h>

typedef struct Key { osp_str text; } Key;
OSP_PROVIDES(signing_key, Key);

typedef struct User { int64_t id; } User;
OSP_PROVIDES(current_user, User);

#endif
