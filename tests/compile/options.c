/* Every option where it belongs.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef struct Address {
    osp_str city;
    osp_opt_str street;
    osp_opt_int number;
    osp_opt_bool here;
    double height;
    uint32_t floor;
} Address;
OSP_TYPE(Address, FIELD(city, .min_len = 1, .max_len = 80, .fallback = "Ulm"),
         FIELD(street, .max_len = 80, .doc = "Without the number."), FIELD(number, RANGE(1, 999)),
         FIELD(here, .fallback = "true"), FIELD(height, AT_LEAST(-1.5), AT_MOST(1e3)),
         FIELD(floor));

typedef struct MoveIn {
    osp_str_list tags;
    int64_t_list ids;
    Address to;
    Address *from;
    int64_t_list steps;
} MoveIn;
OSP_TYPE(MoveIn, QUERY_LIST(tags, osp_str, .max_len = 4),
         QUERY_LIST(ids, int64_t, EACH(AT_LEAST(1))), OBJECT(to, Address, .name = "TO"),
         MAYBE(from, Address, .fallback = "{}"),
         LIST(steps, int64_t, .min_len = 1, .max_len = 9, .fallback = "[1]"));
