/* A fallback that nothing would ever read: a list from the query may be empty.
 *
 * EXPECT: osp_parameter_list_takes_no_fallback_it_may_be_empty
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct ListIn {
    osp_str_list tags;
} ListIn;
OSP_TYPE(ListIn, QUERY_LIST(tags, osp_str, .fallback = "news"));
