#include <openspeed/openspeed.h>

OSP_USE(osp_timeout, .ms = 50);
