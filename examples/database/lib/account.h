/* Who has how much. */
#ifndef DATABASE_ACCOUNT_H
#define DATABASE_ACCOUNT_H

#include <openspeed/openspeed.h>

typedef struct Account {
    int64_t id;
    osp_str owner;
    int64_t cents;
    osp_opt_time closed_at;
} Account;
OSP_LIST_OF(Account);
OSP_TYPE(Account, FIELD(id), FIELD(owner), FIELD(cents), FIELD(closed_at));

#endif
