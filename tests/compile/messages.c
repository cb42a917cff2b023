/* What an application says of itself, and in which languages.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

OSP_APP(.title = "Orders", .version = "1.2.0");
OSP_MESSAGES(de, { "required", "fehlt" }, { "minimum", "muss mindestens {limit} sein" });
OSP_MESSAGES(de_CH, { "required", "fehlt" });
