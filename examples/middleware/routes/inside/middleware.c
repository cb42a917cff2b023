#include <openspeed/openspeed.h>

OSP_USE(osp_allow_addresses, .allow = "127.0.0.1 ::1 10.0.0.0/8", .deny = "10.0.66.0/24");
