/* An enum that may be absent, from everywhere that has names; and lists and maps of bool.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef enum Color { RED } Color;
OSP_ENUM(Color, (RED, "red"));
OSP_OPT_OF(Color);

typedef struct Asked {
    Color_opt query, header, cookie, form;
} Asked;
OSP_TYPE(Asked, QUERY_OPT_ENUM(query, Color, .name = "color"), HEADER_OPT_ENUM(header, Color),
         COOKIE_OPT_ENUM(cookie, Color), FORM_OPT_ENUM(form, Color, .fallback = "red"));

typedef struct Flags {
    bool_list list;
    bool_map map;
    _Bool_list other;
} Flags;
OSP_TYPE(Flags, LIST(list, bool), MAP(map, bool), LIST(other, _Bool));
