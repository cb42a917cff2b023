#include <openspeed/openspeed.h>

OSP_USE(osp_canonical, .host = "www.example.com", .https = true);
